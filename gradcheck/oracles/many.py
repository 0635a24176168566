"""Many entries: three values of each are enough for most, half of what the ladder asks for; or one.

Through the values at -h, 0, h and 2h goes a cubic, whose slope at 0 is what is looked for. The slope of the parabola
through the first three is the central difference, and how far the two are apart bounds what truncation leaves. A kink
bends the cubic as well. So whatever three values do not settle shows a long bar, and goes up the ladder.

Where many entries move the value through one and the same number, how far it bends is told by that (``levers.py``),
and one value of each is enough.
"""

from copy import copy
from functools import partial

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
LUCK = 0.125
"""The parts of a third difference may cancel, by luck; no bar is shorter than so much of the median one."""


class Many(Ladder):
    """A ladder that is climbed only by entries that three values do not settle."""

    first_step, goal = STEP, GOAL
    lever: Lever | None = None
    """Through what the entries of the only draw move the value, if that is known."""

    def first_look(self) -> Slopes:
        """Look at everything with three values, or with one where that is enough."""
        everything = np.ones(self.flat.T.shape, bool)
        if not self.lever:
            return self.closer(self.looked(everything, self.first_step, 3, self.three))
        h = (self.flat + self.first_step * self.size) - self.flat
        one = partial(self.one, self.lever, self.lever.bend(h[0]))
        slopes = self.looked(everything, self.first_step, len(self.lever.x), one)
        left = self.too_long(slopes)
        if not left.any():
            return slopes
        return self.closer(slopes.replaced(Grid.around(left), self.looked(left, self.first_step, 3, self.three)))

    def closer(self, slopes: Slopes) -> Slopes:
        """Look farther away where rounding hides too much, and with six values at what is left."""
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

    def one(self, lever: Lever, bent: tuple[Array, Array], grid: Grid, step: float) -> Slopes:
        """Difference a grid with one value of each: f' is (f(h) - f(0)) / h, but for how all entries bend under it.

        The steepest is given three values as well; where they deny what is said of it, nothing is said of any.
        Noise enters the difference twice, its bend twice, and what is left of that once or twice.
        """
        here, centre, h = grid.of(self.flat.T), grid.of(self.centre), step * grid.of(self.size.T)
        moved = here + h
        h = moved - here
        rise = lever.rises(grid.entries, moved[:, 0])[:, None]
        bend, off = (grid.of(own[:, None]) for own in bent)
        secant = rise / h
        value, rounding = secant - bend, 6.0 * lever.noise / h
        truncation = np.where(foreign(grid.of(self.noise), (centre + rise)[None]), np.inf, off)
        steepest = np.argmax(np.nan_to_num(np.abs(value)))
        seen = self.three(Grid(grid.entries[[steepest]], grid.draws), step)
        if not np.abs(value[steepest] - seen.value) <= (truncation + rounding)[steepest] + seen.bar:
            truncation[:] = np.inf
        return Slopes(value, truncation, rounding, np.zeros_like(h), h, np.abs(secant))

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
        """Return T / 6h, and how far it may be off, given the values at -h and h."""
        third = self.third(grid, here, h, values)
        sizes = np.abs(third)
        return third, np.maximum(sizes, LUCK * np.median(np.nan_to_num(sizes), axis=0))

    def third(self, grid: Grid, here: Array, h: Array, values: Array) -> Array:
        """Return T / 6h, with one more value of each."""
        (beyond,), (behind, ahead) = self.values(grid, (here + 2.0 * h)[None]), values
        return np.asarray((beyond - 3.0 * ahead + 3.0 * grid.of(self.centre) - behind) / (6.0 * h))
