"""Slopes that were differenced with some step, and what each part of their error bars comes from.

Whether another step would say more depends on what makes a bar long: truncation asks for a shorter step, rounding for a
longer one, and a kink for none. Where two steps contradict each other, the shorter one has seen more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles.grid import Grid


@dataclass(frozen=True)
class Slopes:
    """Derivatives on a grid with the parts of their error bars; every array is (entries, draws)."""

    value: Array
    truncation: Array
    rounding: Array
    gap: Array
    step: Array
    secant: Array
    """The steepest slope to any place that was looked at."""

    @cached_property
    def bar(self) -> Array:
        """The whole error bar."""
        return self.truncation + self.rounding + 0.5 * self.gap

    @property
    def kinked(self) -> Array:
        """Where a kink is seen clearly."""
        return (self.gap > 8.0 * self.rounding) & (self.gap > self.truncation)

    def of(self, grid: Grid) -> "Slopes":
        """Return those of a grid."""
        return Slopes(*map(grid.of, self.fields()))

    def improved(self, grid: Grid, unsettled: Array, other: "Slopes", finer: bool) -> "Slopes":
        """Return these slopes with the unsettled ones of a grid taken from another step if its bar is shorter.

        Where the two contradict each other the finer step is right: the coarser has jumped over something, or over so
        many kinks that it saw none of them. A coarser one must be better by far: with many to choose from, a bar that
        is short by luck is likely.
        """
        own = self.of(grid)
        contradict = ~(np.abs(other.value - own.value) <= other.bar + own.bar) & np.isfinite(other.bar)
        contradict |= finer & other.kinked & (0.5 * other.gap > own.bar)
        shorter = other.bar < (1.0 if finer else 0.25) * own.bar
        better = grid.of(unsettled) & (np.where(contradict, finer, shorter) | ~np.isfinite(own.bar))
        fields = [array.copy() for array in self.fields()]
        for mixed, mine, theirs in zip(fields, own.fields(), other.fields(), strict=True):
            grid.put(mixed, np.where(better, theirs, mine))
        return Slopes(*fields)

    def replaced(self, grid: Grid, other: "Slopes") -> "Slopes":
        """Return these slopes with those of a grid taken from another step."""
        fields = [array.copy() for array in self.fields()]
        for mixed, theirs in zip(fields, other.fields(), strict=True):
            grid.put(mixed, theirs)
        return Slopes(*fields)

    def beside(self, others: "Sequence[Slopes]") -> "Slopes":
        """Return these slopes with those of other entries after them."""
        columns = zip(*(own.fields() for own in (self, *others)), strict=True)
        return Slopes(*map(np.concatenate, columns))

    def fields(self) -> tuple[Array, ...]:
        """Return all arrays."""
        return self.value, self.truncation, self.rounding, self.gap, self.step, self.secant


def one_sided(slopes: Array) -> tuple[Array, Array]:
    """Extrapolate slopes to one side, at the edge of a domain: without their terms in h, and then in h^2.

    There the function need not have a series at all, so the bar is as long as all that was extrapolated, and without
    end if the slopes do not settle.
    """
    coarse, fine = 2.0 * slopes[1] - slopes[0], 2.0 * slopes[2] - slopes[1]
    value = (4.0 * fine - coarse) / 3.0
    settles = np.abs(slopes[2] - slopes[1]) <= 0.8 * np.abs(slopes[1] - slopes[0])
    return value, np.where(settles, np.abs(value - slopes[2]) + np.abs(value - fine), np.inf)
