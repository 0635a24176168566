"""A symmetric matrix has two derivatives: each entry may move alone, or A[i,j] and A[j,i] together.

Code that decomposes a symmetric matrix reads one triangle of it, and its value has no slope by the other. The gradient
that everybody means is the symmetric one, right for all changes that leave the matrix symmetric: so the operation is
judged as a function of (A + A^T) / 2. And who counts A[i,j] and A[j,i] as one variable claims, off the diagonal, the
sum of the two slopes; that is told, not forgiven, for who moves the entries by such a gradient moves them twice as far.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradcheck.op import Array, Pullback, Wrapped, mT
from gradcheck.point import Point, typical_size
from gradcheck.stages.compare import Ballot

ROUNDING = 2.0**-40
"""How far two entries may be from each other, relative to the largest, in a symmetric gradient."""
AWAY = 0.1
"""How far the entries of one triangle are moved, in units of their size, to see whether anybody reads them."""


@dataclass(frozen=True)
class Symmetrised(Wrapped):
    """An operation as a function of the symmetric part of some of its inputs."""

    matrices: frozenset[str]
    """Which inputs are symmetric."""

    def forward(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Return the value at the symmetric parts; the symmetric parts of the gradients come back."""
        return self._both(self.original(**self._parts(inputs)))

    def continued(self, inputs: Mapping[str, Any]) -> tuple[Any, Pullback]:
        """Do the same with numbers of another kind."""
        return self._both(self.original.continued(self._parts(inputs)))

    def _both(self, opened: tuple[Any, Pullback]) -> tuple[Any, Pullback]:
        value, pullback = opened
        return value, lambda dy: self._parts(pullback(dy))

    def _parts(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        folded = {name: 0.5 * (arrays[name] + mT(arrays[name])) for name in self.matrices if name in arrays}
        return {**arrays, **folded}

    @property
    def note(self) -> str:
        """How its matrices are judged."""
        names = ", ".join(sorted(self.matrices))
        return f"{names}: symmetric, and read in one triangle alone; judged by changes that leave it symmetric."

    @property
    def continues(self) -> bool:
        """As the original does."""
        return self.original.continues

    def rounded(self, name: str, array: Array) -> Array:
        """Return numbers as the original can hold them."""
        return self.original.rounded(name, array)

    def precision(self, name: str) -> float:
        """Return the precision of the original."""
        return self.original.precision(name)


def of_one_triangle(point: Point) -> Symmetrised | None:
    """Return the operation of a point, symmetrised in all inputs of which it reads one triangle alone.

    They must be symmetric, and so must what is claimed of them; None if there is no such input.
    """
    if point.draws > 1 or point.op.stacks:
        return None
    claim = point.claim()
    found = [name for name in point.wanted if _symmetric(point.inputs[name]) and _symmetric(claim[name])]
    matrices = frozenset(name for name in found if any(_unread(point, name, cut) for cut in (np.triu, np.tril)))
    return Symmetrised(point.op, matrices) if matrices else None


def convention(point: Point, vote: Ballot) -> str:
    """Say that a claim counts A[i,j] and A[j,i] as one variable, if that is all that is wrong with it; else nothing."""
    name, said = vote.parameter, next(iter(vote.voters.values()))
    here = point.inputs.get(name)
    if here is None or not (_symmetric(here) and _symmetric(vote.claim)):
        return ""
    both = said.value + np.where(np.eye(here.shape[-1], dtype=bool), 0.0, mT(said.value))
    if not np.all(np.abs(vote.claim - both) <= vote.allowed(said) + mT(vote.allowed(said))):
        return ""
    says = f"It is the derivative if {name}[i,j] and {name}[j,i] are one variable, and {name} stays symmetric"
    return f" {says}; by entries, each on its own, what is off the diagonal is half of it."


def _symmetric(array: Array) -> bool:
    """Say whether these are square matrices of more than one entry, symmetric but for rounding, and not diagonal."""
    if array.ndim < 3 or array.shape[-1] != array.shape[-2] or array.shape[-1] < 2:
        return False
    room = ROUNDING * np.abs(array).max(initial=0.0)
    return bool(np.all(np.abs(array - mT(array)) <= room)) and bool(np.abs(np.tril(array, -1)).max() > room)


def _unread(point: Point, name: str, cut: Any) -> bool:
    """Say whether the value is the very same when the entries of one triangle, the diagonal left out, are others."""
    here = point.inputs[name]
    outside = cut(np.ones(here.shape), 1 if cut is np.triu else -1)
    moves = AWAY * typical_size(here) * np.random.default_rng(12).uniform(-1.0, 1.0, here.shape)
    with suppress(Exception):  # somebody else's code may insist that it be symmetric
        there = replace(point, inputs={**point.inputs, name: point.op.rounded(name, here + outside * moves)})
        return np.array_equal(there.value(), point.value())
    return False
