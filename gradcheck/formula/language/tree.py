"""Formulas as trees: what a person wrote, and what we write ourselves, is made of these few kinds of nodes.

A tree knows the stretch of text that it was read from, so that a judgement can point at the person's own words; two
trees are equal if they say the same, wherever they stood. Nothing here computes: ``values`` gives trees a value,
``calculus`` a derivative, ``writing`` a form on paper.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

Span = tuple[int, int]
"""Where in the text something stands: the first character, and the one after the last."""


@dataclass(frozen=True)
class Tree:
    """A formula, or a part of one."""

    span: Span | None = field(default=None, compare=False, kw_only=True)
    """Where it was read; None if we wrote it ourselves."""


@dataclass(frozen=True)
class Number(Tree):
    """A number, kept exactly."""

    value: Fraction

    @staticmethod
    def of(number: int) -> "Number":
        """Return a whole number."""
        return Number(Fraction(number))


@dataclass(frozen=True)
class Ones(Number):
    """A vector of ones, as long as what it is multiplied with; the number 1 everywhere else."""


@dataclass(frozen=True)
class Name(Tree):
    """A variable of the problem, by the problem's own name, or a size."""

    name: str


@dataclass(frozen=True)
class Derivative(Tree):
    """The derivative of one variable by another, dA/dB."""

    of: str
    by: str
    table: bool = False
    """Whether it has the axes of both, as when the person names entries of both by letters."""
    held: bool | None = None
    """Whether all else is held fixed, or may follow B; None where that is a matter of convention."""
    still: tuple[str, ...] = ()
    """What else is held fixed, where it is some of all."""
    straight: bool = field(default=True, compare=False)
    """Whether it is written with a d, and not with a ∂."""
    alone: bool = field(default=False, compare=False)
    """Whether it is written as dB, which in an equation between differentials is a small change of B."""


@dataclass(frozen=True)
class Differential(Tree):
    """A small change of a variable, the dX of tr(Aᵀ dX)."""

    name: str


@dataclass(frozen=True)
class Coefficient(Tree):
    """The derivative, by one of its differentials, of what is linear in them: A is that of tr(Aᵀ dX) by X."""

    body: Tree
    by: str


@dataclass(frozen=True)
class Negative(Tree):
    """-a."""

    inner: Tree


@dataclass(frozen=True)
class Binary(Tree):
    """Two parts and what joins them: + - * / ^ @, a comparison, ⊙ entry by entry, a blank where nothing is written."""

    operator: str
    left: Tree
    right: Tree


@dataclass(frozen=True)
class Transpose(Tree):
    """A matrix with its rows and columns exchanged."""

    inner: Tree


@dataclass(frozen=True)
class Call(Tree):
    """A function of its arguments; ``sum`` and ``mean`` may run along one axis."""

    function: str
    arguments: tuple[Tree, ...]
    primes: int = 0
    """How many times the function is differentiated: 1 in s'(z)."""
    axis: int | None = None
    """The axis of a sum or mean; None for all."""
    keepdims: bool = False
    """Whether that axis stays, with length 1."""


@dataclass(frozen=True)
class Index(Tree):
    """Entries of an array: rows picked by an array of whole numbers."""

    array: Tree
    at: Tree


@dataclass(frozen=True)
class Entry(Tree):
    """Entries of an array by running letters, W_ij; fewer letters than axes leave the last axes whole."""

    array: Tree
    letters: tuple[str, ...]
    """One for each axis; one of PLACES is a place, counted from 1."""


@dataclass(frozen=True)
class Each(Tree):
    """The sum over a running letter, for as many values as the axes it runs along are long."""

    letter: str
    body: Tree
    over: str = ""
    """The size that was said to be the last of these values; empty if none was."""


@dataclass(frozen=True)
class Listed(Tree):
    """The array whose entries are told by a formula with letters, which no other formula uses."""

    letters: tuple[str, ...]
    body: Tree


@dataclass(frozen=True)
class Place(Tree):
    """The number of the place that a running letter stands for, counted from 0 as the indices of rows are."""

    letter: str


PLACES = "123"
"""The places along an axis that may be named by their numbers: every axis is at least as long."""
KRONECKER = Name("kronecker-delta")
"""1 where its two letters are equal, else 0."""
IDENTITY = Name("identity")
"""The identity matrix, as large as what it is added to, multiplied with or claimed to be; until then it counts as 1."""
PI = Name("pi")
"""The number pi, where a problem has nothing of that name."""
ON_PAPER = {KRONECKER.name: "delta", IDENTITY.name: "I"}
"""How these two are written."""
ZERO, ONE, TWO = Number.of(0), Number.of(1), Number.of(2)


def parts(tree: Tree) -> tuple[Tree, ...]:
    """Return the trees directly inside a tree."""
    match tree:
        case Binary(left=left, right=right):
            return left, right
        case Negative(inner=inner) | Transpose(inner=inner):
            return (inner,)
        case Call(arguments=arguments):
            return arguments
        case Index(array=array, at=at):
            return array, at
        case Entry(array=array):
            return (array,)
        case Each(body=body) | Coefficient(body=body) | Listed(body=body):
            return (body,)
    return ()


def with_parts(tree: Tree, new: tuple[Tree, ...]) -> Tree:
    """Return the tree with other trees directly inside."""
    match tree:
        case Binary():
            return Binary(tree.operator, new[0], new[1], span=tree.span)
        case Negative() | Transpose():
            return replace(tree, inner=new[0])
        case Call():
            return replace(tree, arguments=new)
        case Index():
            return replace(tree, array=new[0], at=new[1])
        case Entry():
            return replace(tree, array=new[0])
        case Each() | Coefficient() | Listed():
            return replace(tree, body=new[0])
    return tree


def walk(tree: Tree) -> Iterator[Tree]:
    """Yield a tree and everything inside it, outermost first."""
    yield tree
    for part in parts(tree):
        yield from walk(part)


def rewrite(tree: Tree, change: Callable[[Tree], Tree | None]) -> Tree:
    """Return the tree with every part for which ``change`` has an answer replaced by it, outermost first."""
    new = change(tree)
    if new is not None:
        return new
    return with_parts(tree, tuple(rewrite(part, change) for part in parts(tree)))


def variants(tree: Tree, change: Callable[[Tree], Iterator[Tree]]) -> Iterator[Tree]:
    """Yield the tree with one part changed, in every place and in every way that ``change`` knows."""
    yield from change(tree)
    inside = parts(tree)
    for place, part in enumerate(inside):
        for new in variants(part, change):
            yield with_parts(tree, (*inside[:place], new, *inside[place + 1 :]))


def regrouped(tree: Tree) -> Iterator[Tree]:
    """Yield the tree with one product entry by entry taken after the next, a ⊙ (B c), or with a sum multiplied out."""

    def after(part: Tree) -> Iterator[Tree]:
        if isinstance(part, Binary) and part.operator in " *@" and isinstance(part.left, Binary):
            first = part.left
            if first.operator == "⊙":
                yield replace(
                    first, right=Binary(part.operator, first.right, part.right, span=part.span), span=part.span
                )

    def out(part: Tree) -> Iterator[Tree]:
        if is_product(part) and isinstance(part, Binary):
            for place, side in enumerate(parts(part)):
                if isinstance(side, Binary) and side.operator in "+-":
                    terms = [
                        with_parts(part, (*parts(part)[:place], own, *parts(part)[place + 1 :])) for own in parts(side)
                    ]
                    yield with_parts(side, tuple(terms))

    yield from variants(tree, after)
    yield from variants(tree, out)


def names(tree: Tree) -> set[str]:
    """Return every variable that a tree mentions, those in derivatives left out."""
    return {part.name for part in walk(tree) if isinstance(part, Name)}


def derivatives(tree: Tree) -> list[Derivative]:
    """Return every derivative in a tree, from left to right."""
    return [part for part in walk(tree) if isinstance(part, Derivative)]


def is_product(tree: Tree) -> bool:
    """Say whether a tree is two parts multiplied, by whatever sign."""
    return isinstance(tree, Binary) and tree.operator in PRODUCTS


def factors(tree: Tree) -> list[Tree]:
    """Return what is multiplied in a tree, by whatever sign, from left to right."""
    if isinstance(tree, Binary) and tree.operator in PRODUCTS:
        return [*factors(tree.left), *factors(tree.right)]
    return [tree]


def terms(tree: Tree, sign: int = 1) -> Iterator[tuple[int, Tree]]:
    """Yield what is added up in a tree, with its sign."""
    match tree:
        case Binary(operator="+" | "-" as operator, left=left, right=right):
            yield from terms(left, sign)
            yield from terms(right, sign if operator == "+" else -sign)
        case Negative(inner=inner):
            yield from terms(inner, -sign)
        case _:
            yield sign, tree


PRODUCTS = ("*", " ", "⊙", "@")
"""The signs of multiplication: explicit, not written, entry by entry, of matrices."""
