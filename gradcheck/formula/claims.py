"""A formula that is claimed to be a derivative, with what it is worth, and what the derivative is, at several points.

The points are drawn so that no mistake can hide, and two values are equal up to rounding or not at all. dA/dB in a
person's formula is the partial derivative where A mentions B itself, and stands for all routes where it does not.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gradcheck.formula.language.point import Point
from gradcheck.formula.language.tree import PLACES, Derivative, Each, Entry, Listed, Ones, Tree, walk
from gradcheck.formula.language.valueless import Valueless
from gradcheck.formula.language.values import entries, extent, sized, value
from gradcheck.formula.posed.inputs import kinked
from gradcheck.formula.posed.landscape import BEYOND, Landscape
from gradcheck.formula.posed.problem import Problem
from gradcheck.op import Array

POINTS, BEYOND_KINKS = (0, 1, 2), BEYOND
"""The seeds of the points at which formulas are compared, and of more of them for problems with kinks."""


FURTHER = tuple(range(6, 22))
"""The seeds of the points at which formulas that switch are compared as well, each anywhere."""
NOTHING: Array = np.asarray(np.nan)
"""The value of what has none: equal to nothing."""
CLOSE = 1e-9
"""How close two values must be, relative to the largest entry: rounding leaves 1e-13, a mistake 1e-2."""


@dataclass(frozen=True)
class Claim:
    """A formula that is claimed to be a derivative, with its values at all points."""

    tree: Tree
    target: Derivative
    values: tuple[Array, ...]
    """What it is worth."""
    truths: tuple[Array, ...]
    """What the derivative is."""
    at: tuple[Landscape, ...]
    """Where."""
    numpy: bool
    """Whether it was written in NumPy, where a column is not a vector."""

    @property
    def right(self) -> bool:
        """Say whether the values are those of the derivative."""
        return all(self.agrees(own, place) for place, own in enumerate(self.values))

    def agrees_with(self, predicted: Iterable[Array]) -> bool:
        """Say whether the values are the predicted ones, up to axes of length 1; asks for no more than it needs."""
        return all(
            np.size(said) == np.size(other) and alike(np.squeeze(said), np.squeeze(other), 0.0)
            for said, other in zip(self.values, predicted, strict=False)
        )

    def agrees(self, own: Array, place: int) -> bool:
        """Say whether a value is that of the derivative at one of the points."""
        return self.close(own, self.truths[place], place)

    def close(self, one: Array, other: Array, place: int) -> bool:
        """Say whether two values are the same at one of the points."""
        return alike(one, other, self.at[place].scale)

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The variables whose derivatives the formula takes as given."""
        own = (part for part in walk(self.tree) if isinstance(part, Derivative))
        return tuple({part.by for part in own if part.of == self.target.of and part.by != self.target.by})


def alike(one: Array, other: Array, floor: float) -> bool:
    """Say whether two values are the same array, up to leading axes of length 1."""
    if not np.ndim(one) and not np.ndim(other):
        first, second = float(one), float(other)
        return abs(first - second) <= CLOSE * max(abs(first), abs(second), 1e-3 * floor) < np.inf
    one, other = _without_leading(one), _without_leading(other)
    if one.shape != other.shape:
        return False
    allowed = CLOSE * max(np.abs(other).max(initial=0.0), np.abs(one).max(initial=0.0), 1e-3 * floor)
    return bool(np.isfinite(one).all() and (np.abs(one - other) <= allowed).all())


def _without_leading(array: Array) -> Array:
    array = np.asarray(array)
    while array.ndim and len(array) == 1:
        array = array[0]
    return array


def claim(tree: Tree, target: Derivative, left: Tree, problem: Problem, numpy: bool) -> Claim:
    """Give a formula its values; more of them if it is right so far, and switches. Raises Valueless if it has none."""
    found = claim_at(points(problem), tree, target, left, numpy)
    if found.right and any(map(kinked, walk(tree))):
        further = tuple(Landscape.of(problem, seed) for seed in FURTHER)
        return claim_at((*found.at, *further), tree, target, left, numpy)
    return found


def claim_at(at: tuple[Landscape, ...], tree: Tree, target: Derivative, left: Tree, numpy: bool) -> Claim:
    """Give a formula its values at some points. Raises Valueless if it has none."""
    right = tuple(set_as(truth(left, target, own), numpy) for own in at)
    found = tuple(worth(tree, left, own, numpy) for own in at)
    if any(isinstance(part, Ones) for part in walk(tree)):  # as many ones as the derivative has entries
        found = tuple(
            np.broadcast_to(own, np.shape(r)) if _spreads(own, r) else own for own, r in zip(found, right, strict=True)
        )
    return Claim(tree, target, found, right, at, numpy)


def _spreads(own: Array, whole: Array) -> bool:
    """Say whether a value is one of numbers that come several times in another shape."""
    axes = zip(np.shape(own)[::-1], np.shape(whole)[::-1], strict=False)
    return np.ndim(own) <= np.ndim(whole) and all(one in (1, length) for one, length in axes)


def points(problem: Problem) -> tuple[Landscape, ...]:
    """Return the points at which formulas about a problem are compared: more where it has kinks of single numbers.

    There each point is in one of few places, and what is wrong in one may be right in the others.
    """
    seeds = (*POINTS, *BEYOND_KINKS) if Landscape.of(problem, 0).sides else POINTS
    return tuple(Landscape.of(problem, seed) for seed in seeds)


def truths(target: Derivative, left: Tree, problem: Problem, numpy: bool) -> tuple[Array, ...] | None:
    """Return the derivative at every point; None if it is a table with the axes of both."""
    try:
        return tuple(set_as(truth(left, target, at), numpy) for at in points(problem))
    except Valueless:
        return None


def same_value(left: Tree, member: Tree, problem: Problem, numpy: bool) -> bool:
    """Say whether a formula has the value of a variable, or of its entries, at every point."""
    try:
        return all(
            alike(worth(member, left, at, numpy), set_as(_spelled_out(left, left, at.point), numpy), 1.0)
            for at in points(problem)
        )
    except Valueless:
        return False


def truth(left: Tree, target: Derivative, at: Landscape) -> Array:
    """Return the derivative, or those entries of it that the left side names."""
    if target.table or at.slope(target) is not None:
        return _spelled_out(left, left, replace(at.point, slope=at.slope, table=at.table))
    says = f"d{target.of}/d{target.by} is a table with the axes of both; take the derivative of the loss"
    raise Valueless(says, left)


def worth(tree: Tree, left: Tree, at: Landscape, numpy: bool) -> Array:
    """Return the value of a formula; of an array, if its left side names the entries by letters."""
    return worth_at(tree, left, view(at, numpy))


def worth_at(tree: Tree, left: Tree, point: Point) -> Array:
    """Return the value of a formula at a point as the person sees it."""
    found = set_as(_spelled_out(tree, left, point), point.numpy)
    if isinstance(left, Derivative) and left.table and (whole := point.table(left)) is not None:
        return sized(tree, found, whole, point)
    return found


def remembering(tree: Tree, left: Tree, point: Point) -> Point:
    """Return a point that knows the value of every part of a formula, so that variants of it cost little."""
    if free_letters(left) or any(isinstance(part, Each | Listed) for part in walk(tree)):
        return point
    known: dict[int, Array] = {}
    for part in walk(tree):
        with suppress(Valueless, ValueError, IndexError):
            known[id(part)] = value(part, point)
    return replace(point, known=known)


def set_as(array: Array, numpy: bool) -> Array:
    """Return a value as its notation sees it: on paper a matrix of one column is a vector."""
    array = np.asarray(array)
    return array if numpy or not array.ndim or array.shape[-1] != 1 else array[..., 0]


def view(at: Landscape, numpy: bool) -> Point:
    """Return a point as a person's formula sees it: dA/dB is the partial derivative where A mentions B itself."""

    def slope(own: Derivative) -> Array | None:
        convention = own.held is None and _mentions(at, own.of, own.by)
        return at.slope(replace(own, held=True) if convention else own)

    return replace(at.point, slope=slope, table=at.table, along=at.along, numpy=numpy, rows=at.rows)


def _spelled_out(tree: Tree, left: Tree, point: Point) -> Array:
    """Return the value of a formula for every place that the letters of its left side may stand for."""
    letters = free_letters(left)
    with np.errstate(all="ignore"):
        if not letters:
            return np.asarray(value(tree, point))
        return entries(tree, letters, [extent(left, letter, point) for letter in letters], point)


def _mentions(at: Landscape, of: str, by: str) -> bool:
    own = at.problem.sources(of)
    return by in own or (f"net_{of}" in own and by in at.problem.sources(f"net_{of}"))


def free_letters(tree: Tree) -> tuple[str, ...]:
    """Return the letters by which a left side names entries."""
    bound = {part.letter for part in walk(tree) if isinstance(part, Each)}
    letters = (letter for part in walk(tree) if isinstance(part, Entry) for letter in part.letters)
    return tuple(dict.fromkeys(letter for letter in letters if letter not in (*bound, *PLACES)))
