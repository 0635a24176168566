"""What a formula is worth at a point: trees of the language interpreted in NumPy, and nothing given to ``eval``.

A blank between two arrays is a matrix product where their shapes allow one, and works entry by entry elsewhere; a
vector that was transposed is a row. What has no value (a shape that does not fit, a name without a number) is said as
``Valueless``, with the part of the formula to blame.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradcheck.formula.language import places
from gradcheck.formula.language.axes import arranged, log_softmax, reduced, scattered, spread
from gradcheck.formula.language.calculus import slope_formula
from gradcheck.formula.language.functions import elementwise
from gradcheck.formula.language.point import Point
from gradcheck.formula.language.products import (
    as_matrices,
    entrywise,
    matrix_product,
    outer_product,
    transposed,
    with_ones,
)
from gradcheck.formula.language.squares import of_square
from gradcheck.formula.language.tree import (
    IDENTITY,
    KRONECKER,
    PI,
    PLACES,
    PRODUCTS,
    Binary,
    Call,
    Coefficient,
    Derivative,
    Differential,
    Each,
    Entry,
    Index,
    Listed,
    Name,
    Negative,
    Number,
    Place,
    Transpose,
    Tree,
    factors,
    walk,
)
from gradcheck.formula.language.valueless import Valueless
from gradcheck.op import Array

LARGEST_POWER = 64
"""The largest exponent, so that no text keeps a machine busy."""


def value(tree: Tree, at: Point) -> Array:
    """Return what a formula is worth. Raises Valueless if its parts do not fit together."""
    if id(tree) in at.known:
        return at.known[id(tree)]
    match tree:
        case Number(value=number):
            return np.asarray(float(number))
        case Name(name=name):
            return _named(name, tree, at)
        case Binary() if (walked := _walked(tree, at)) is not None:
            return walked
        case Binary():
            return _joined(tree, value(tree.left, at), value(tree.right, at), at)
        case Derivative(of=of, by=by):
            derivative = at.table(tree) if tree.table else at.slope(tree)
            if derivative is None:
                raise Valueless(f"d{of}/d{by} is a table with the axes of both; write it out in letters", tree)
            return derivative
        case Negative(inner=inner):
            return -value(inner, at)
        case Transpose(inner=inner):
            return transposed(value(inner, at), at.numpy)
        case Index(array=array, at=rows):
            return _picked(tree, value(array, at), np.asarray(value(rows, at)).astype(np.int64))
        case Differential(name=name) if name in at.changes:
            return at.changes[name]
        case Coefficient():
            return _coefficient(tree, at)
        case Entry():
            return _entry(tree, at)
        case Each():
            return _each(tree, at)
        case Place(letter=letter) if letter in at.running:
            return np.asarray(float(at.running[letter]))
        case Listed(letters=letters, body=body):
            return entries(body, letters, [_length(body, letter, at) for letter in letters], at)
        case Call():
            return _called(tree, at)
    raise Valueless("this has no value", tree)


def _coefficient(tree: Coefficient, at: Point) -> Array:
    """Return the derivative of what is linear in differentials, from its value at a change of each entry alone."""
    own = at.numbers[tree.by]
    still = {part.name: np.zeros_like(at.numbers[part.name]) for part in walk(tree) if isinstance(part, Differential)}
    changes = [{**still, tree.by: unit.reshape(np.shape(own))} for unit in np.eye(np.size(own))]
    if np.any(value(tree.body, replace(at, changes=still))):
        raise Valueless("some of this does not change: it has no differential", tree.body)
    found = [np.asarray(value(tree.body, replace(at, changes=change))) for change in changes]
    shape = () if found[0].size == 1 else found[0].shape
    return np.stack([one.reshape(shape) for one in found], axis=-1).reshape((*shape, *np.shape(own)))


def _named(name: str, tree: Tree, at: Point) -> Array:
    if name == PI.name and name not in at.numbers:
        return np.asarray(np.pi)
    if name not in at.numbers:
        raise Valueless(f"{name} has no value here", tree)
    return at.numbers[name]


def _walked(tree: Binary, at: Point) -> Array | None:
    """Return the value of a product of derivatives that follow each other, turned or not; None for all else."""
    if tree.operator not in PRODUCTS or not isinstance(tree.right, Derivative | Transpose):
        return None
    links = [part.inner if isinstance(part, Transpose) else part for part in factors(tree)]
    walk = [(part.of, part.by) for part in links if isinstance(part, Derivative) and not part.table]
    if len(walk) < len(links):
        return None
    found = at.along(walk)
    return at.along(walk[::-1]) if found is None else found


def _entry(tree: Entry, at: Point) -> Array:
    """Return the entries that running letters stand for."""
    known = {**{number: int(number) - 1 for number in PLACES}, **at.running}
    free = [letter for letter in tree.letters if letter not in known]
    if free:
        raise Valueless(f"the letter {free[0]!r} runs over nothing: there is no sum over it", tree)
    if tree.array == KRONECKER:
        return np.asarray(float(known[tree.letters[0]] == known[tree.letters[1]]))
    array = value(tree.array, at)
    return _picked(tree, array, *(np.asarray(known[letter]) for letter in tree.letters))


def _picked(tree: Tree, array: Array, *where: Array) -> Array:
    """Return entries of an array. Raises Valueless if it has none at these places."""
    try:
        return np.asarray(np.asarray(array)[where])
    except IndexError as error:
        letters = ", ".join(getattr(tree, "letters", ()))
        further = f": along an axis of another length {letters} would run" if letters else ""
        raise Valueless(f"an array of shape {np.shape(array)} has no such entries{further}", tree) from error


def _each(tree: Each, at: Point) -> Array:
    """Add the body up over all places of its running letter."""
    if (whole := places.at_once(tree, {}, at, value)) is not None:
        return whole
    length = extent(tree.body, tree.letter, at)
    if tree.over and int(at.numbers[tree.over]) != length:
        raise Valueless(f"{tree.letter!r} does not run from 1 to {tree.over}: the axes are of another size", tree)
    numbers = [value(tree.body, replace(at, running={**at.running, tree.letter: own})) for own in range(length)]
    return np.asarray(sum(numbers[1:], numbers[0]))


def entries(tree: Tree, letters: Sequence[str], lengths: Sequence[int], at: Point) -> Array:
    """Return the values of a formula for all places that letters may stand for, as one array."""
    if (whole := places.at_once(tree, dict(zip(letters, lengths, strict=True)), at, value)) is not None:
        return whole
    running = [dict(zip(letters, place, strict=True)) for place in np.ndindex(*lengths)]
    found = [value(tree, replace(at, running={**at.running, **own})) for own in running]
    shape = () if np.size(found[0]) == 1 else np.shape(found[0])  # a row times a column is a number
    return np.reshape(found, (*lengths, *shape))


def _length(tree: Tree, letter: str, at: Point) -> int:
    """Return how far a letter runs; one that is only compared with another runs as far as that."""
    found = [part for part in walk(tree) if isinstance(part, Entry) and letter in part.letters]
    compared = all(part.array == KRONECKER for part in found)
    others = sorted({own for part in found for own in part.letters if compared} - {letter, *PLACES})
    return extent(tree, others[0] if others else letter, at)


def extent(tree: Tree, letter: str, at: Point) -> int:
    """Return the length of the axes that a letter runs along. Raises Valueless if they differ or there are none."""
    return places.extent(tree, letter, at, value)


def _joined(tree: Binary, left: Array, right: Array, at: Point) -> Array:
    operator = tree.operator
    if operator == "⊗":
        return outer_product(tree, left, right)
    if operator == "^":
        entrywise(tree, left, right)
        if np.any(np.abs(right) > LARGEST_POWER):
            raise Valueless(f"an exponent may be at most {LARGEST_POWER}", tree.right)
        return np.power(np.asarray(left, dtype=np.float64), right)
    if operator == "@" or (operator in " *" and not (at.numpy and operator == "*")):
        if (added := with_ones(tree, left, right, at.numpy)) is not None:
            return added
        left, right = _multiplying(tree.left, left, right, at, 0), _multiplying(tree.right, right, left, at, -1)
        if operator == "@" or as_matrices(tree, left, right):
            return matrix_product(tree, left, right, at.rows and not at.numpy)
    if operator in "+-⊙" or (at.numpy and operator == "*"):
        left, right = sized(tree.left, left, right, at), sized(tree.right, right, left, at)
    entrywise(tree, left, right)
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "/":
            return left / right
        case ">" | "<" | ">=" | "<=":
            return _compared(operator, left, right)
    return left * right


def sized(tree: Tree, own: Array, other: Array, at: Point) -> Array:
    """Return what a formula is worth beside a square matrix: an identity in it is as large as that.

    A row or column of it is enough, as in I - 1 pᵀ, and so is a vector in NumPy.
    """
    if np.ndim(own) or np.ndim(other) < (1 if at.numpy else 2):
        return own
    lengths = set(np.shape(other)) - {1}
    return _of_size(tree, lengths.pop(), at) if len(lengths) == 1 and IDENTITY in walk(tree) else own


def _multiplying(tree: Tree, own: Array, other: Array, at: Point, axis: int) -> Array:
    """Return what a factor is worth beside another: an identity in it is as large as that axis of the other."""
    return _of_size(tree, other.shape[axis], at) if not own.ndim and other.ndim and IDENTITY in walk(tree) else own


def _of_size(tree: Tree, length: int, at: Point) -> Array:
    own = value(tree, replace(at, numbers={**at.numbers, IDENTITY.name: np.eye(length)}, known={}))
    return own if own.ndim else own * np.eye(length)


def _compared(operator: str, left: Array, right: Array) -> Array:
    answers = {">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right}
    return np.asarray(answers[operator], dtype=np.float64)


def _called(tree: Call, at: Point) -> Array:
    arguments = [value(argument, at) for argument in tree.arguments]
    x = arguments[0]
    match tree.function:
        case "sum" | "mean" | "max":
            return reduced(tree, x)
        case "softmax" | "log_softmax":
            log = log_softmax(tree, x)
            return np.exp(log) if tree.function == "softmax" else log
        case "size" | "count" | "flat" | "column" | "diag":
            return arranged(tree, x, at.numpy)
        case "det" | "logdet" | "inv":
            return of_square(tree, x)
        case "outer":
            return np.outer(x, arguments[1])
        case "maximum":
            return np.maximum(x, arguments[1])
        case "spread":
            return spread(tree, x, arguments[1])
        case "scatter":
            return scattered(x, arguments[1], arguments[2])
    own = elementwise(tree.function, at.seed)
    return own.value(x) if not tree.primes else slope(tree, x, at)


def slope(tree: Call, x: Array, at: Point) -> Array:
    """Return f'(x) for the function that is called."""
    own = elementwise(tree.function, at.seed)
    if own.steepness:
        return own.steepness(x)
    letters = Point({"x": x, "y": own.value(x)}, seed=at.seed, numpy=True)
    return value(slope_formula(tree.function, Name("x"), Name("y")), letters) * np.ones_like(x)
