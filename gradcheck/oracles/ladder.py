"""A ladder of steps: difference numbers of which a value depends, with the step that suffices, and an error bar.

The central difference D(h) = (f(x + h) - f(x - h)) / 2h errs by h^2 f'''/6 + h^4 f'''''/120 + ..., so differences at h,
h/2 and h/4 can be combined until the first two terms are gone (Richardson). What is left, and what rounding adds, is
estimated from the same numbers and becomes the error bar. If a bar is too long to mean anything, the step is made
shorter (it was truncation, or a kink) or longer (it was rounding). The claimed gradient is never looked at.

A kink shows in the gap between the one-sided slopes. For a smooth function G(h) = D+(h) - D-(h) is an odd series
h f'' + h^3 f''''/12 + ..., whose first two terms are combined away as well; what a kink puts into it stays.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles import fits
from gradcheck.oracles.grid import Grid
from gradcheck.oracles.noise import foreign, half_a_unit
from gradcheck.oracles.slopes import Slopes, one_sided
from gradcheck.point import own_size, typical_size
from gradcheck.records import Estimate

FIRST_STEP = math.e / 1000.0
"""The first step, in units of the entry's own size: no round number, or a periodic function might look constant."""
SHRINK = 32.0
"""The factor from one step to the next shorter one."""
SHORTER, DEEPER = 4, 4
"""How often a step may be made shorter; and shorter still, where secants keep growing: a pole is near."""
LONGER = (8.0, 32.0, 1024.0)
"""How many times as long as the first step others may be, one after the other."""
STEADY = 0.25
"""By what part of it the gap between the slopes to both sides of a kink may change from one step to the next."""
GROWING = 4.0
"""By what factor they grow, from one step to the next, where they keep growing."""
CAUTION = 16.0
"""A bar is so many times as long as noise by itself would make it, in one value, over a step."""
HIDDEN = 2.0**-24
"""A bar longer than this, against the parameter's largest derivative, and made by rounding: it is worth a fit;"""
UNSEEN = 16.0
"""unless it is longer than this, for a fit makes it a tenth or so, and nothing would be seen then either."""
GOAL, OWN_GOAL = 2.0**-30, 2.0**-20
"""A bar this small, against the parameter's largest derivative and its own, is short enough: no other step is tried."""
PLACES = np.array([1.0, -1.0, 0.5, -0.5, 0.25, -0.25]).reshape(-1, 1, 1)
"""Where values are taken, in units of the step."""
CHUNK = 2**17
"""How many numbers one stacked call may perturb, so that it stays in the cache."""

Values = Callable[[Grid, Array], Array]
"""``values(grid, moved)`` with moved (places, entries, draws): the value when each entry of a grid is moved alone."""

Look = Callable[[Grid, float], Slopes]
"""``look(grid, step)``: the slopes of a grid, from differences with that step."""


class Ladder:
    """The differences of some numbers, from the first step to the one that suffices."""

    first_step, goal, caution = FIRST_STEP, GOAL, CAUTION
    single: bool = False
    """Whether all that is seen has so few digits, those of single precision, that a fit shows no more."""
    beside: float | Array = 0.0
    """The largest derivative among numbers that stand on no step of this ladder, (draws)."""

    def __init__(  # noqa: PLR0913 - all that a step is chosen by
        self,
        here: Array,
        values: Values,
        *,
        centre: Array,
        noise: Array,
        wider: Callable[[], Array],
        cost: int,
        size: Array | None = None,
    ) -> None:
        """Begin at the numbers of ``here``, (draws, entries); centre and noise are (draws) or (entries, draws).

        ``wider`` measures the noise over a wider range, ``cost`` says how many numbers one entry's values take. Steps
        are in units of ``size``: if none is given, a number's own, but no less than is typical of its draw. What
        a value may lose that no noise shows, such as all of exp(-800), is ``lost``, (entries, draws), if it is set.
        Once the estimate is there, ``taken`` holds the step that sufficed, ``noisy`` whether most of the bar is
        rounding, and ``gap`` how far the slopes to both sides are apart, each (draws, entries).
        """
        here = np.asfortranarray(here)  # so that its entries lie, draw beside draw, as the values of them do
        self.flat, self.values, self.wider, self.cost = here, values, wider, cost
        self.centre, self.noise = (np.broadcast_to(own, here.T.shape) for own in (centre, noise))
        self.size = np.maximum(np.abs(here), typical_size(here)) if size is None else size
        self.lost = np.zeros(here.T.shape)
        self.steepest, self.secant = np.zeros(here.T.shape, here.dtype), np.zeros(here.T.shape, here.dtype)
        self.growing, self.grown, self.curved, self.cornered = (np.zeros(here.T.shape, bool) for _ in range(4))
        self.kink = np.zeros(here.T.shape)
        self.taken, self.noisy, self.gap = np.zeros(here.shape), np.zeros(here.shape, bool), np.zeros(here.shape)

    def estimate(self) -> Estimate:
        """Return value, bar and kinks, each (draws, entries)."""
        if not self.flat.size:
            nothing = np.zeros(self.flat.shape)
            return Estimate(nothing, nothing, nothing.astype(bool), nothing)
        slopes = self.by_their_own(self.first_look())
        if (too_long := self.too_long(slopes)).any():
            slopes = self.settled(self.louder(slopes))
            too_long = self.too_long(slopes)
        endless = self.growing & too_long
        kinks = slopes.kinked & too_long & ~endless
        bar = np.where(np.isfinite(slopes.bar) & ~endless, slopes.bar, np.inf)
        self.taken, self.noisy, self.gap = slopes.step.T, (slopes.rounding > 0.5 * bar).T, slopes.gap.T
        found = (slopes.value.astype(np.float64), bar.astype(np.float64), kinks, self.steepest.astype(np.float64))
        return Estimate(*(array.T for array in found))

    def first_look(self) -> Slopes:
        """Look at everything, with the first step."""
        return self.looked(np.ones(self.flat.T.shape, bool), FIRST_STEP)

    def by_their_own(self, slopes: Slopes) -> Slopes:
        """Look at small entries among large ones by their own size as well: a step as long as theirs may jump a lot."""
        own, size = own_size(self.flat), self.size
        small = ((32.0 * FIRST_STEP * own < self.first_step * size) & (self.flat != 0)).T
        if not small.any():
            return slopes
        self.size = np.where(small.T, own, size)
        nearer, self.size = self.looked(small, FIRST_STEP), size
        return slopes.improved(Grid.around(small), small, nearer, finer=True)

    def settled(self, slopes: Slopes) -> Slopes:
        """Take other steps where bars are too long, and fit where no step will do."""
        slopes = self.climb(slopes, np.ones(self.flat.T.shape, bool))
        own = own_size(self.flat)
        lost = self.too_long(slopes) & (32.0 * own < self.size).T
        if lost.any():  # a small entry among large ones, at the edge of a domain perhaps: its own size is the measure
            self.size = np.where(lost.T, own, self.size)
            nearer = self.looked(lost, FIRST_STEP)
            slopes = self.climb(slopes.improved(Grid.around(lost), lost, nearer, finer=True), lost)
        return self.fitted(slopes)

    def louder(self, slopes: Slopes) -> Slopes:
        """Where a draw is unsettled, and there is more noise over a wider range, look again with that in mind."""
        doubtful = self.unsettled(slopes, True).any(axis=0)
        if not doubtful.any():
            return slopes
        noise = self.wider()
        doubtful = doubtful & (noise > 4.0 * np.maximum(self.noise, self.lost)).any(axis=0)
        self.noise = np.where(doubtful, noise, self.noise)
        again = np.broadcast_to(doubtful, self.noise.shape)
        return slopes.replaced(Grid.around(again), self.looked(again, FIRST_STEP)) if doubtful.any() else slopes

    def climb(self, slopes: Slopes, among: Array) -> Slopes:
        """Take shorter steps where truncation makes a bar too long, and longer ones where rounding does.

        No step is made longer that already bends so much that truncation weighs more.
        """
        before = self.kink.copy()
        for number in range(SHORTER + DEEPER):
            worth = among & self.unsettled(slopes, True) & (self.grown | (number < SHORTER))
            if not worth.any():
                break
            slopes = self.another(slopes, worth, FIRST_STEP * SHRINK ** -(number + 1.0), finer=True)
            if number > 0:
                continue
            steady = (before > 0) & (np.abs(self.kink - before) <= STEADY * before)  # of stairs it comes and goes
            if (near := worth & steady & ~self.grown & self.unsettled(slopes, True)).any():
                slopes, among = self.past_kinks(slopes, near), among & ~near
                self.cornered |= near
        for factor in LONGER:
            worth = among & self.unsettled(slopes, False) & ~self.curved
            if not worth.any():
                break
            slopes = self.another(slopes, worth, FIRST_STEP * factor, finer=False)
        return slopes

    def past_kinks(self, slopes: Slopes, worth: Array) -> Slopes:
        """Take the shortest step where a kink is near, and come back from it where it has left that behind.

        At a kink that the shortest step does not leave, none between does.
        """
        for number in range(SHORTER, 1, -1):
            if worth.any():
                found = self.looked(worth, FIRST_STEP * SHRINK**-number)
                slopes = slopes.improved(Grid.around(worth), worth, found, finer=number == SHORTER)
                worth = worth & self.unsettled(slopes, False)
        return slopes

    def another(self, slopes: Slopes, worth: Array, step: float, *, finer: bool) -> Slopes:
        """Try another step where it is worth it."""
        before, grid = self.secant.copy(), Grid.around(worth)
        found = self.looked(worth, step)
        if finer:
            clear = self.secant * step * self.size.T > self.lost
            self.growing = np.where(worth, clear & (self.secant > GROWING * before), self.growing)
            self.grown |= self.growing
        else:
            grid.put(self.curved, grid.of(self.curved) | ~(found.truncation < found.rounding))
        return slopes.improved(grid, worth, found, finer)

    def looked(self, wanted: Array, step: float, places: int = 6, look: Look | None = None) -> Slopes:
        """Difference the smallest grid around what is wanted with one step; note how steep it is, and where kinked."""
        grid = Grid.around(wanted)
        look = look or self.piece
        slopes = self.in_pieces(grid, places, lambda piece: look(piece, step))
        for noted, seen in ((self.secant, slopes.secant), (self.kink, np.where(slopes.kinked, slopes.gap, 0.0))):
            grid.put(noted, np.where(grid.of(wanted), seen, grid.of(noted)))
        np.maximum(self.steepest, self.secant, out=self.steepest, where=wanted)
        return slopes

    def fitted(self, slopes: Slopes) -> Slopes:
        """Where rounding hides a derivative, fit many values, over a range that widens until a fit bends too much."""
        hidden = self.hidden(slopes)
        for reach in fits.REACHES if hidden.any() else ():
            worth = hidden & self.too_long(slopes)
            if worth.any():
                grid = Grid.around(worth)
                found = self.in_pieces(grid, len(fits.PLACES), partial(self.fit, reach=reach))
                slopes = slopes.improved(grid, worth, found, finer=False)
                grid.put(hidden, grid.of(hidden) & (found.truncation < found.rounding))
        return slopes

    def hidden(self, slopes: Slopes) -> Array:
        """Tell where rounding hides so much that a fit is worth it.

        It tells no more of what all values have lost, nor of one that has not moved at all, over the longest of steps,
        nor where there is a kink within its reach, nor in single precision.
        """
        largest = np.maximum(np.abs(slopes.value).max(axis=0), self.beside)
        worth: Array = (slopes.bar > HIDDEN * largest) & (slopes.bar < UNSEEN * largest) & (self.steepest > 0)
        return worth & self.unsettled(slopes, False) & (self.lost <= self.noise) & ~self.cornered & (not self.single)

    def fit(self, grid: Grid, reach: float) -> Slopes:
        """Fit polynomials to many values on both sides."""
        here, h = grid.of(self.flat.T), reach * grid.of(self.size.T)
        values = self.values(grid, here + fits.PLACES[:, None, None] * h)
        slopes = fits.slopes(values, grid.of(self.centre), self.uncertain(grid), h)
        lost = foreign(grid.of(self.noise), values)
        return replace(slopes, truncation=np.where(lost, np.inf, slopes.truncation))

    def uncertain(self, grid: Grid) -> Array:
        """Return by how much a value may be off: its noise, or what it has lost without a trace of it."""
        return np.maximum(grid.of(self.noise), grid.of(self.lost))

    def too_long(self, slopes: Slopes) -> Array:
        """Tell which bars are too long against the largest derivative of the draw, or against their own."""
        own = np.where(np.isfinite(slopes.bar), np.abs(slopes.value), 0.0)
        goal = self.goal * np.maximum(own.max(axis=0), self.beside)
        return np.asarray(~(slopes.bar <= np.where(own > 0, np.minimum(goal, OWN_GOAL * own), goal)))

    def unsettled(self, slopes: Slopes, by_truncation: bool) -> Array:
        """Tell which bars are too long for the given reason."""
        rounding_rules = slopes.rounding > 0.25 * slopes.bar  # noise adds to the other two parts as well
        return np.asarray(self.too_long(slopes) & (~rounding_rules if by_truncation else rounding_rules))

    def in_pieces(self, grid: Grid, places: int, differenced: Callable[[Grid], Slopes]) -> Slopes:
        """Difference as many entries at once as may be perturbed at once, if each takes so many values."""
        pieces = grid.pieces(CHUNK // (places * max(1, self.cost)))
        first, *others = map(differenced, pieces)
        return first.beside(others) if others else first

    def piece(self, grid: Grid, step: float) -> Slopes:
        """Difference a grid with one step (and its half and quarter), in one stacked call."""
        here, h = grid.of(self.flat.T), step * grid.of(self.size.T)
        h = 4.0 * ((here + h / 4.0) - here)  # whole numbers of the last digit, or rounding would bend a steep line
        moved = here + PLACES * h
        return self.combine(grid, moved, self.values(grid, moved), h)

    def combine(self, grid: Grid, moved: Array, values: Array, h: Array) -> Slopes:
        """Extrapolate from the three steps, and estimate what is left of each error."""
        here, centre = grid.of(self.flat.T), grid.of(self.centre)
        plus, minus, above, below = moved[0::2], moved[1::2], values[0::2], values[1::2]
        D = (above - below) / (plus - minus)
        right, left = (above - centre) / (plus - here), (centre - below) / (here - minus)
        G = right - left
        coarse, fine = (4.0 * D[1] - D[0]) / 3.0, (4.0 * D[2] - D[1]) / 3.0
        value = (16.0 * fine - coarse) / 15.0
        first, second, change = D[1] - D[0], D[2] - D[1], np.abs(D[2] - D[1])
        truncation = 4.0 * np.abs(value - fine) + np.where(np.abs(first - 4.0 * second) <= change, 0.0, change)
        diverges = (change > 0.9 * np.abs(first)) & (change > 0.25 * np.abs(value))
        seen = np.isfinite(values)
        edge = seen[0::2].all(axis=0) != seen[1::2].all(axis=0)
        largest = np.abs(values).max(axis=0, where=seen, initial=0.0)
        rounding = self.caution * (self.uncertain(grid) + half_a_unit(values) * largest) / h
        lost = foreign(grid.of(self.noise), values) | (diverges & (change > 4.0 * rounding))
        truncation = np.where(lost, np.inf, truncation)
        gap = np.abs(G[0] - 10.0 * G[1] + 16.0 * G[2]) / 7.0  # without the terms in h and h^3; a constant stays
        if edge.any():
            beside, left_over = one_sided(np.where(seen[0::2].all(axis=0), right, left))
            value, truncation = np.where(edge, beside, value), np.where(edge, left_over, truncation)
            rounding, gap = np.where(edge, 4.0 * rounding, rounding), np.where(edge, 0.0, gap)
        secant = np.abs((values - centre) / (moved - here)).max(axis=0, where=seen, initial=0.0)
        return Slopes(value, truncation, rounding, gap, h, secant)
