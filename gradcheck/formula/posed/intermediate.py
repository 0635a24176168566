"""A variable that a person puts into a problem: the e of "let e = y - Xw", by which the loss is then differentiated.

It is computed by the way, and whatever in the forward pass has its value is computed from it from then on. So is an
expression that is differentiated without a name, the X^T A X of d(X^T A X). What is written on paper is told as NumPy
tells it first; where that does not give the same numbers at every point, there is no such variable.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from gradcheck.formula.language.functions import ALONG_AXES, ALONG_ROWS, ELEMENTWISE
from gradcheck.formula.language.point import Point
from gradcheck.formula.language.products import as_matrices
from gradcheck.formula.language.tree import (
    ONE,
    PRODUCTS,
    Binary,
    Call,
    Each,
    Entry,
    Name,
    Negative,
    Number,
    Ones,
    Transpose,
    Tree,
    names,
    rewrite,
    walk,
)
from gradcheck.formula.language.valueless import Valueless
from gradcheck.formula.language.values import value
from gradcheck.formula.posed.landscape import Landscape
from gradcheck.formula.posed.problem import Problem
from gradcheck.op import Array

WITH_A_FORM = (*ELEMENTWISE, *ALONG_AXES, *ALONG_ROWS, "maximum", "det", "logdet", "inv")
"""Functions that a forward pass may use."""
SAME = 1e-9
"""How close two values are that are the same."""


def with_variable(problem: Problem, name: str, tree: Tree, seeds: Sequence[int]) -> Problem | None:
    """Return a problem in which an expression is a variable; None if it can be none."""
    at = [Landscape.of(problem, seed).point for seed in seeds]
    told = as_forward(tree, replace(at[0], numpy=False))
    if told is None or not all(_same(_value(told, own), _value(_whole(tree), replace(own, numpy=False))) for own in at):
        return None
    forward: dict[str, Tree] = {}
    missing = names(told) & set(problem.forward)
    for own, definition in problem.forward.items():
        if not missing and name not in forward:
            forward[name] = told
        forward[own] = definition if missing else _used_in(name, told, definition, at)
        missing -= {own}
    return replace(problem, forward={**forward, name: forward.get(name, told)}, own=(*problem.own, name))


def _used_in(name: str, told: Tree, definition: Tree, at: Sequence[Point]) -> Tree:
    """Return a definition with the name of an expression wherever that stands, spelled out if it stands only there."""
    for form in (definition, _spelled_out(definition)):
        found = _computed_from(name, told, form, at)
        if found != form:
            return found
    return definition


def _spelled_out(definition: Tree) -> Tree:
    """Return a sigmoid or softmax of a variable as the quotient that it is."""
    match definition:
        case Call(function="sigmoid", arguments=(Name() as x,)):
            return Binary("/", ONE, Binary("+", ONE, Call("exp", (Negative(x),))))
        case Call(function="softmax", arguments=(Name() as x,), axis=axis):
            powers = Call("exp", (x,))
            along = -1 if axis is None else axis
            return Binary("/", powers, Call("sum", (powers,), axis=along, keepdims=True))
    return definition


def _computed_from(name: str, told: Tree, definition: Tree, at: Sequence[Point]) -> Tree:
    """Return a definition in which whatever has the value of an expression, or minus that, is named."""
    wanted = [_value(told, own) for own in at]

    def named(part: Tree) -> Tree | None:
        if isinstance(part, Name | Number):
            return None
        found = [_value(part, own) for own in at]
        if all(_same(one, other) for one, other in zip(found, wanted, strict=True)):
            return Name(name)
        opposite = all(_same(one, None if other is None else -other) for one, other in zip(found, wanted, strict=True))
        return Negative(Name(name)) if opposite else None

    return rewrite(definition, named)


def _value(tree: Tree, at: Point) -> Array | None:
    with suppress(Valueless, ValueError, IndexError):
        return np.asarray(value(tree, at))
    return None


def _same(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None or np.size(one) != np.size(other):
        return False
    one, other = np.squeeze(one), np.squeeze(other)
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=SAME, atol=SAME))


def _whole(tree: Tree) -> Tree:
    """Return an expression for the entries that its free letters stand for as one for the whole array."""
    return _without(_free(tree), tree)


def _free(tree: Tree) -> tuple[str, ...]:
    bound = {part.letter for part in walk(tree) if isinstance(part, Each)}
    letters = (letter for part in walk(tree) if isinstance(part, Entry) for letter in part.letters)
    return tuple(letter for letter in dict.fromkeys(letters) if letter not in bound)


def _without(letters: tuple[str, ...], tree: Tree) -> Tree:
    """Return a formula with arrays in the place of those of their entries that have these letters."""

    def array(part: Tree) -> Tree | None:
        return part.array if isinstance(part, Entry) and part.letters == letters else None

    return rewrite(tree, array) if letters else tree


def as_forward(tree: Tree, at: Point) -> Tree | None:
    """Return an expression on paper as a forward pass writes it; None if it has no such form."""
    return _told(_whole(tree), at)


def _told(tree: Tree, at: Point) -> Tree | None:
    match tree:
        case Ones():
            return ONE
        case Number() | Name():
            return tree
        case Negative(inner=inner):
            return _made(at, Negative, inner)
        case Transpose(inner=inner):
            own = _value(inner, at)
            single = own is not None and own.ndim < 2
            return _made(at, lambda part: part if single else Transpose(part), inner)
        case Binary():
            return _pair(tree, at)
        case Each():
            return _sum(tree, at)
        case Call(function="sum", arguments=(Call(function="diag", arguments=(inner,)),)):
            return _trace(_told(inner, at))
        case Call(function=function, primes=0) if function in WITH_A_FORM:
            return _made(at, lambda *own: replace(tree, arguments=own), *tree.arguments)
    return None


def _made(at: Point, whole: Callable[..., Tree], *inside: Tree) -> Tree | None:
    """Return what is made of parts, if every one of them has a form."""
    told = [_told(part, at) for part in inside]
    return None if None in told else whole(*told)


def _pair(tree: Binary, at: Point) -> Tree | None:
    """Return two parts joined; a product says which it is."""
    left, right = _value(tree.left, at), _value(tree.right, at)
    if left is None or right is None:
        return None
    operator = tree.operator
    if operator in PRODUCTS:
        operator = "@" if operator == "@" or (operator != "⊙" and as_matrices(tree, left, right)) else "*"
    if operator == "@" and left.ndim < 2 and right.ndim == 2 and len(right) == 1:
        return None  # a column times a row: no forward pass writes that
    inner = operator == "@" and left.shape[:-1] == (1,) and right.ndim == 1
    return _made(at, lambda one, other: _joined("*" if inner else operator, one, other, inner), tree.left, tree.right)


def _joined(operator: str, left: Tree, right: Tree, inner: bool) -> Tree:
    both = Binary(operator, left, right)
    return Call("sum", (both,)) if inner else both


def _sum(tree: Each, at: Point) -> Tree | None:
    """Return a sum over entries as one over arrays."""
    letters: tuple[str, ...] = (tree.letter,)
    body = tree.body
    while isinstance(body, Each):
        letters, body = (*letters, body.letter), body.body
    return _made(at, lambda own: Call("sum", (own,)), _without(letters, body))


def _trace(matrix: Tree | None) -> Tree | None:
    """Return the trace of a product of matrices."""
    if isinstance(matrix, Binary) and matrix.operator == "@":
        return Call("sum", (Binary("*", matrix.left, Transpose(matrix.right)),))
    return None
