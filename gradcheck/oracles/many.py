"""Many entries: three values of each are enough for most, half of what the ladder asks for; or two.

Through the values at -h, 0, h and 2h goes a cubic, whose slope at 0 is what is looked for. The slope of the parabola
through the first three is the central difference, and how far the two are apart bounds what truncation leaves. A kink
bends the cubic as well. So whatever three values do not settle shows a long bar, and goes up the ladder.

Where many entries move the value through one and the same number, how far it bends is told by that (``levers.py``),
and none of them needs its third value.
"""

from copy import copy

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles.grid import Grid
from gradcheck.oracles.ladder import FIRST_STEP, Ladder
from gradcheck.oracles.levers import Lever
from gradcheck.oracles.noise import foreign, half_a_unit
from gradcheck.oracles.slopes import Slopes

MANY = 1024
"""More entries than this are many."""
STEP = 2.0**-11
"""The step, in units of the entry's size: about where truncation and rounding weigh alike."""
GOAL = 2.0**-28
"""A bar this small, against the parameter's largest derivative, is short enough."""
FARTHER = 8.0
"""By what factor it is longer at a second look, where most of a bar is rounding."""
ENOUGH = 0.5
"""Truncation may take so much of the longest bar that is short enough; the rest is for rounding."""
LUCK = 0.125
"""The parts of a third difference may cancel, by luck; no bar is shorter than so much of the median one."""


class Many(Ladder):
    """A ladder that is climbed only by entries that three values do not settle."""

    first_step, goal = STEP, GOAL
    lever: Lever | None = None
    """Through what the entries of the only draw move the value, if that is known."""

    def first_look(self) -> Slopes:
        """Look at everything with three values, farther away where rounding hides it, and with six at what is left."""
        slopes = self.looked(np.ones(self.flat.T.shape, bool), self.first_step, 3, self.three)
        left = self.too_long(slopes)
        if not left.any():
            return slopes
        rounded = self.unsettled(slopes, by_truncation=False)
        if rounded.any():
            farther = self.looked(rounded, FARTHER * self.first_step, 3, self.three)
            slopes = slopes.improved(Grid.around(rounded), rounded, farther, finer=False)
            left = self.too_long(slopes)
        return slopes.replaced(Grid.around(left), self.looked(left, FIRST_STEP)) if left.any() else slopes

    def settled(self, slopes: Slopes) -> Slopes:
        """Let those that are left climb alone: whatever is done for them then takes as long as they are many."""
        left = np.asarray(self.too_long(slopes).any(axis=1))
        if not left.any():
            return slopes
        grid = Grid(np.flatnonzero(left), np.arange(len(self.flat)))
        few, others = self.among(grid), ~left[:, None] & np.isfinite(slopes.bar)
        few.beside = np.abs(slopes.value).max(axis=0, where=others, initial=0.0)
        slopes = slopes.replaced(grid, super(Many, few).settled(slopes.of(grid)))
        grid.put(self.steepest, few.steepest)
        grid.put(self.growing, few.growing)
        return slopes

    def among(self, grid: Grid) -> "Many":
        """Return a ladder for some entries in all draws, that stands where this one does."""
        few = copy(self)
        few.flat, few.size = self.flat[:, grid.entries], self.size[:, grid.entries]
        few.values = lambda own, moved: self.values(Grid(grid.entries[own.entries], own.draws), moved)
        for name in ("centre", "noise", "lost", "steepest", "secant", "growing", "grown", "curved", "cornered", "kink"):
            setattr(few, name, grid.of(getattr(self, name)))
        return few

    def three(self, grid: Grid, step: float) -> Slopes:
        """Difference a grid with three values: D = (f(h) - f(-h)) / 2h, and T = f(2h) - 3 f(h) + 3 f(0) - f(-h).

        T is h^3 f''' and more, D is f' + h^2 f'''/6 and more, so f' is D - T / 6h; noise enters it no more than twice.
        """
        here, centre, h = grid.of(self.flat.T), grid.of(self.centre), step * grid.of(self.size.T)
        h = (here + h) - here
        moved = np.stack([here - h, here + h])
        values = self.values(grid, moved)
        behind, ahead = values
        third, truncation = self.bend(grid, here, h, values)
        noise = grid.of(self.noise)
        rounding = 4.0 * (noise + half_a_unit(values) * np.abs(values).max(axis=0)) / h
        truncation = np.where(foreign(noise, values), np.inf, truncation)
        secant = np.abs((values - centre) / (moved - here)).max(axis=0)
        return Slopes((ahead - behind) / (2.0 * h) - third, truncation, rounding, np.zeros_like(h), h, secant)

    def bend(self, grid: Grid, here: Array, h: Array, values: Array) -> tuple[Array, Array]:
        """Return T / 6h, and how far it may be off, given the values at -h and h.

        A third value is given to whatever does not show by itself that it bends little enough.
        """
        third, off = self.guessed(grid, here, h, values)
        largest = np.abs((values[1] - values[0]) / h).max() / 2.0
        left = ~(off <= ENOUGH * self.goal * largest).all(axis=1)
        if left.any():
            third[left] = own = self.third(grid, here, h, values, left)
            off[left] = np.maximum(np.abs(own), LUCK * np.median(np.abs(np.nan_to_num(own)), axis=0))
        return third, off

    def guessed(self, grid: Grid, here: Array, h: Array, values: Array) -> tuple[Array, Array]:
        """Return T / 6h, and how far it may be off, as far as that is known without a third value of each."""
        if not self.lever:
            return np.zeros_like(h), np.full_like(h, np.inf)
        third, off = self.lever.bend(grid.entries, h[:, 0])
        return third[:, None], off[:, None]

    def third(self, grid: Grid, here: Array, h: Array, values: Array, asked: Array) -> Array:
        """Return T / 6h of some entries of a grid, with one more value of each."""
        there, here, h = Grid(grid.entries[asked], grid.draws), here[asked], h[asked]
        (beyond,), (behind, ahead) = self.values(there, (here + 2.0 * h)[None]), values[:, asked]
        return np.asarray((beyond - 3.0 * ahead + 3.0 * there.of(self.centre) - behind) / (6.0 * h))
