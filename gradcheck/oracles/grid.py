"""Some entries in some draws, each to be moved alone: what one stacked call looks at.

Where a step is wanted for a few entries of a few draws, only these are moved. So a draw is looked at as if it were
alone, and costs what it takes itself, however many others stand beside it.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gradcheck.op import Array
from gradcheck.point import Point
from gradcheck.records import Estimate


class Entry(NamedTuple):
    """In copies of an input one entry has moved."""

    number: Array
    """Which it is, (copies)."""
    there: Array
    """What it is now, (copies, draws)."""

    def within(self, base: Array) -> Array:
        """Return the copies in whole, (copies, draws, *the shape of the input)."""
        flat = base.reshape(len(base), -1)
        copies = np.broadcast_to(flat, (len(self.number), *flat.shape)).copy()
        copies[np.arange(len(copies)), :, self.number] = self.there
        return copies.reshape(len(copies), *base.shape)


@dataclass(frozen=True)
class Grid:
    """Some entries in some draws."""

    entries: Array
    """The numbers of the entries."""
    draws: Array
    """The numbers of the draws."""

    @staticmethod
    def around(chosen: Array) -> "Grid":
        """Return the smallest grid that holds all that is chosen in an array of (entries, draws)."""
        return Grid(np.flatnonzero(chosen.any(axis=1)), np.flatnonzero(chosen.any(axis=0)))

    def of(self, array: Array) -> Array:
        """Return the part of an array of (entries, draws) in the grid; a view if its entries are neighbours."""
        return np.asarray(array[self._place(array)])

    def put(self, array: Array, part: Array) -> None:
        """Write such a part where it belongs."""
        array[self._place(array)] = part

    def _place(self, array: Array) -> Any:
        """Return what finds the grid in an array; numbers take much longer than a slice does."""
        entries, draws = self.entries, self.draws
        if len(draws) == array.shape[1] and len(entries) and entries[-1] - entries[0] + 1 == len(entries):
            return slice(entries[0], entries[-1] + 1)
        return np.ix_(entries, draws)

    def pieces(self, most: int) -> "list[Grid]":
        """Cut the grid into pieces of no more than so many entries, if that is one at least."""
        size = max(1, most // max(1, len(self.draws)))
        return [Grid(self.entries[start : start + size], self.draws) for start in range(0, len(self.entries), size)]

    def alone(self, moved: Array) -> Entry:
        """Return a copy for every moved entry, with moved (places, entries, draws)."""
        return Entry(np.tile(self.entries, len(moved)), moved.reshape(-1, moved.shape[-1]))

    def copies(self, here: Array, moved: Array) -> Array:
        """Return the draws of an input once for every moved entry, (places * entries, draws, *shape)."""
        return self.alone(moved).within(here[self.draws])


def moved_alone(point: Point, name: str, grid: Grid, moved: Array) -> Array:
    """Return <cotangent, value> when entries of one input are moved, each alone; shaped as ``moved``."""
    changed = grid.copies(point.inputs[name], moved)
    return point.of_draws(grid.draws).project({name: changed}).reshape(moved.shape)


def shaped(said: Estimate, shape: tuple[int, ...]) -> Estimate:
    """Return an estimate of entries in the shape of their input."""
    return Estimate(*(array.reshape(shape) for array in (said.value, said.bar, said.kinks, said.steepest)))


def with_draws(said: Estimate, draws: Array, anew: Estimate) -> Estimate:
    """Return an estimate with what was found anew for some draws."""

    def renewed(array: Array, own: Array) -> Array:
        whole = array.astype(np.result_type(array, own))
        whole[draws] = own
        return whole

    return Estimate(*map(renewed, said, anew))
