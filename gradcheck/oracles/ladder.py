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
from dataclasses import dataclass
from functools import partial

import numpy as np

from gradcheck.op import Array
from gradcheck.point import own_size, typical_size
from gradcheck.records import Estimate

FIRST_STEP = math.e / 1000.0
"""The first step, in units of the entry's own size: no round number, or a periodic function might look constant."""
SHRINK = 32.0
"""The factor from one step to the next."""
SHORTER, LONGER, DEEPER = 4, 2, 4
"""How often a step may be made shorter, or longer; and shorter still, where secants keep growing: a pole is near."""
GROWING = 4.0
"""By what factor they grow, from one step to the next, where they keep growing."""
HIDDEN = 2.0**-24
"""A bar longer than this, against the parameter's largest derivative, and made by rounding: it is worth a fit."""
GOAL, OWN_GOAL = 2.0**-30, 2.0**-20
"""A bar this small, against the parameter's largest derivative and its own, is short enough: no other step is tried."""
REACHES = (0.125, 0.5, 2.0)
"""How far values are looked at for a fit, in units of the entry's size."""
FIT_PLACES = (np.arange(-32, 32) + np.random.default_rng(1).uniform(0.1, 0.9, 64)) / 32.0
"""Where they are looked at, in units of the reach."""
FIT_POWERS = tuple(np.vander(FIT_PLACES, count, increasing=True) for count in (6, 8))
"""The powers, at these places, that two polynomials are made of."""
CHUNK = 2**17
"""How many numbers one stacked call may perturb, so that it stays in the cache."""

Values = Callable[[Array, Array], Array]
"""``values(entries, moved)`` with moved (places, entries, draws): the value when each is moved alone."""

_GAP = np.array([0.0625, -0.625, 1.0]) / 0.4375
"""a G(h) + b G(h/2) + c G(h/4) without the terms in h and h^3, scaled to leave a constant as it is."""


@dataclass(frozen=True)
class _Slopes:
    """Derivatives of some entries with the parts of their error bars; every array is (entries, draws)."""

    value: Array
    truncation: Array
    rounding: Array
    gap: Array
    step: Array

    @property
    def bar(self) -> Array:
        """The whole error bar."""
        return self.truncation + self.rounding + 0.5 * self.gap

    def improved(self, entries: Array, unsettled: Array, other: "_Slopes", finer: bool) -> "_Slopes":
        """Return these slopes with the unsettled ones of some entries taken from another step if its bar is shorter.

        Where the two contradict each other the finer step is right: the coarser has jumped over something. A coarser
        one must be better by far: with many to choose from, a bar that is short by luck is likely.
        """
        own = _Slopes(*(array[entries] for array in self.fields()))
        contradict = ~(np.abs(other.value - own.value) <= other.bar + own.bar) & np.isfinite(other.bar)
        shorter = other.bar < (1.0 if finer else 0.25) * own.bar
        better = unsettled & (np.where(contradict, finer, shorter) | ~np.isfinite(own.bar))
        fields = [array.copy() for array in self.fields()]
        for mixed, mine, theirs in zip(fields, own.fields(), other.fields(), strict=True):
            mixed[entries] = np.where(better, theirs, mine)
        return _Slopes(*fields)

    def fields(self) -> tuple[Array, Array, Array, Array, Array]:
        """Return the five arrays."""
        return self.value, self.truncation, self.rounding, self.gap, self.step


def half_a_unit(values: Array) -> float:
    """Return half the spacing of numbers near 1 that are of the kind of these."""
    return 0.5 * float(np.finfo(values.dtype).eps)


class Ladder:
    """The differences of some numbers, from the first step to the one that suffices."""

    def __init__(
        self,
        here: Array,
        values: Values,
        *,
        centre: Array,
        noise: Array,
        wider: Callable[[], Array],
        cost: int,
    ) -> None:
        """Begin at the numbers of ``here``, (draws, entries); centre and noise are (draws) or (entries, draws).

        ``wider`` measures the noise over a wider range, ``cost`` says how many numbers one entry's values take. Steps
        are in units of ``size``, which may be set: a number's own size, but no less than is typical of its draw.
        ``taken`` holds the step that sufficed, (draws, entries), once the estimate is there.
        """
        self.flat, self.values, self.wider, self.cost = here, values, wider, cost
        self.centre, self.noise = (np.broadcast_to(own, here.T.shape) for own in (centre, noise))
        self.size = np.maximum(np.abs(here), typical_size(here))
        self.steepest, self.secant = np.zeros(here.T.shape, here.dtype), np.zeros(here.T.shape, here.dtype)
        self.growing = np.zeros(here.T.shape, bool)
        self.taken = np.zeros(here.shape)

    def estimate(self) -> Estimate:
        """Return value, bar and kinks, each (draws, entries)."""
        if not self.flat.size:
            nothing = np.zeros(self.flat.shape)
            return Estimate(nothing, nothing, nothing.astype(bool), nothing)
        entries = np.arange(self.flat.shape[1])
        slopes = self.slopes(entries, FIRST_STEP)
        if self.unsettled(slopes, True).any() and (self.wider() > 4.0 * self.noise).any():
            self.noise = np.broadcast_to(self.wider(), self.noise.shape)
            slopes = self.slopes(entries, FIRST_STEP)
        slopes = self.climb(slopes)
        own = own_size(self.flat)
        lost = self.too_long(slopes) & (32.0 * own < self.size).T
        if lost.any():  # a small entry among large ones, at the edge of a domain perhaps: its own size is the measure
            self.size = np.where(lost.T, own, self.size)
            entries = np.flatnonzero(lost.any(axis=1))
            slopes = self.climb(slopes.improved(entries, lost[entries], self.slopes(entries, FIRST_STEP), finer=True))
        slopes = self.fitted(slopes)
        kinks = (slopes.gap > 8.0 * slopes.rounding) & (slopes.gap > slopes.truncation) & self.too_long(slopes)
        endless = self.growing & self.too_long(slopes)
        kinks, bar = kinks & ~endless, np.where(np.isfinite(slopes.bar) & ~endless, slopes.bar, np.inf)
        self.taken = slopes.step.T
        found = (slopes.value.astype(np.float64), bar.astype(np.float64), kinks, self.steepest.astype(np.float64))
        return Estimate(*(array.T for array in found))

    def climb(self, slopes: _Slopes) -> _Slopes:
        """Take shorter steps where truncation makes a bar too long, and longer ones where rounding does."""
        for number in range(SHORTER + DEEPER):
            worth = self.unsettled(slopes, True) & (self.growing | (number < SHORTER))
            slopes = self.another(slopes, worth, FIRST_STEP * SHRINK ** -(number + 1.0), finer=True)
        for number in range(LONGER):
            worth = self.unsettled(slopes, False)
            slopes = self.another(slopes, worth, FIRST_STEP * SHRINK ** (number + 1.0), finer=False)
        return slopes

    def another(self, slopes: _Slopes, worth: Array, step: float, *, finer: bool) -> _Slopes:
        """Try another step for the entries that are worth it."""
        entries = np.flatnonzero(worth.any(axis=1))
        if not entries.size:
            return slopes
        before, found = self.secant[entries], self.slopes(entries, step)
        if finer:
            self.growing[entries] = self.secant[entries] > GROWING * before
        return slopes.improved(entries, worth[entries], found, finer)

    def fitted(self, slopes: _Slopes) -> _Slopes:
        """Where rounding hides the derivative from a few values, fit many of them, over wide ranges."""
        hidden = self.unsettled(slopes, False) & (slopes.bar > HIDDEN * np.abs(slopes.value).max(axis=0))
        for reach in REACHES if hidden.any() else ():
            entries = np.flatnonzero((hidden & self.too_long(slopes)).any(axis=1))
            if entries.size:
                fits = self.in_chunks(entries, len(FIT_PLACES), partial(self.fit, reach=reach))
                slopes = slopes.improved(entries, hidden[entries], fits, finer=False)
        return slopes

    def fit(self, entries: Array, reach: float) -> _Slopes:
        """Fit polynomials to values on both sides, and compare the slope of one degree with that of the one before.

        What the larger of them leaves over is noise, and the slope has its share of it; so has a value its rounding.
        """
        here, h = self.flat[:, entries].T, reach * self.size[:, entries].T
        values = self.values(entries, here + FIT_PLACES[:, None, None] * h)
        above = (values - self.centre[entries]).reshape(len(FIT_PLACES), -1)
        smaller, larger = (np.linalg.pinv(own) @ above for own in FIT_POWERS)
        left_over = np.sqrt(((above - FIT_POWERS[1] @ larger) ** 2).sum(axis=0) / (len(above) - len(larger)))
        noise = self.noise[entries] + half_a_unit(values) * np.abs(values).max(axis=0)
        share = float(np.linalg.norm(np.linalg.pinv(FIT_POWERS[1])[1]))
        rounding = 6.0 * share * np.maximum(left_over.reshape(here.shape), noise) / h
        truncation = 2.0 * np.abs(larger[1] - smaller[1]).reshape(here.shape) / h
        truncation = np.where(_foreign(self.noise[entries], values), np.inf, truncation)
        return _Slopes(larger[1].reshape(here.shape) / h, truncation, rounding, np.zeros_like(h), h)

    def too_long(self, slopes: _Slopes) -> Array:
        """Tell which bars are too long against the largest derivative of the draw, or against their own."""
        own = np.where(np.isfinite(slopes.bar), np.abs(slopes.value), 0.0)
        goal = GOAL * own.max(axis=0)
        result: Array = ~(slopes.bar <= np.where(own > 0, np.minimum(goal, OWN_GOAL * own), goal))
        return result

    def unsettled(self, slopes: _Slopes, by_truncation: bool) -> Array:
        """Tell which bars are too long for the given reason."""
        rounding_rules = slopes.rounding > 0.25 * slopes.bar  # noise adds to the other two parts as well
        result: Array = self.too_long(slopes) & (~rounding_rules if by_truncation else rounding_rules)
        return result

    def slopes(self, entries: Array, step: float) -> _Slopes:
        """Difference the given entries with one step (and its half and quarter), in chunks."""
        return self.in_chunks(entries, 6, partial(self.chunk, step=step))

    def in_chunks(self, entries: Array, places: int, differenced: Callable[[Array], _Slopes]) -> _Slopes:
        """Difference as many entries at once as may be perturbed at once, if each takes so many values."""
        chunk = max(1, CHUNK // (places * len(self.flat) * max(1, self.cost)))
        parts = [differenced(entries[start : start + chunk]) for start in range(0, len(entries), chunk)]
        return _Slopes(*(np.concatenate(column) for column in zip(*(part.fields() for part in parts), strict=True)))

    def chunk(self, entries: Array, step: float) -> _Slopes:
        """Difference a few entries, all of them in one stacked call."""
        here = self.flat[:, entries].T
        h = step * self.size[:, entries].T
        moved = np.stack([here + sign * h / part for part in (1, 2, 4) for sign in (1, -1)])
        values, centre = self.values(entries, moved), self.centre[entries]
        secants = np.abs((values - centre) / (moved - here)).max(axis=0, where=np.isfinite(values), initial=0.0)
        self.secant[entries], self.steepest[entries] = secants, np.maximum(self.steepest[entries], secants)
        return self.combine(moved, values, h, entries)

    def combine(self, moved: Array, values: Array, h: Array, entries: Array) -> _Slopes:
        """Extrapolate from the three steps, and estimate what is left of each error."""
        here, centre = self.flat[:, entries].T, self.centre[entries]
        plus, minus, above, below = moved[0::2], moved[1::2], values[0::2], values[1::2]
        D = (above - below) / (plus - minus)
        right, left = (above - centre) / (plus - here), (centre - below) / (here - minus)
        edge = np.isfinite(right).all(axis=0) != np.isfinite(left).all(axis=0)
        G = right - left
        coarse, fine = (4.0 * D[1] - D[0]) / 3.0, (4.0 * D[2] - D[1]) / 3.0
        value = (16.0 * fine - coarse) / 15.0
        first, second = D[1] - D[0], D[2] - D[1]
        as_predicted = np.abs(first - 4.0 * second) <= np.abs(second)
        truncation = 4.0 * np.abs(value - fine) + np.where(as_predicted, 0.0, np.abs(second))
        diverges = (np.abs(second) > 0.9 * np.abs(first)) & (np.abs(second) > 0.25 * np.abs(value))
        largest = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=0)
        noise, unit = self.noise[entries], half_a_unit(values) * largest
        rounding = 16.0 * (noise + unit) / h
        truncation = np.where(diverges & (np.abs(second) > 4.0 * rounding), np.inf, truncation)
        truncation = np.where(_foreign(noise, values), np.inf, truncation)
        gap = np.abs(np.tensordot(_GAP, G, axes=1))
        if edge.any():
            inside = np.where(np.isfinite(right).all(axis=0), right, left)
            one_sided, left_over = _one_sided(inside)
            value, truncation = np.where(edge, one_sided, value), np.where(edge, left_over, truncation)
            rounding, gap = np.where(edge, 4.0 * rounding, rounding), np.where(edge, 0.0, gap)
        return _Slopes(value, truncation, rounding, gap, h)


def _foreign(noise: Array, values: Array) -> Array:
    """Tell where the noise is none of these values': as large as they are, and they lie together? It is a pole's."""
    largest = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=0)
    return np.asarray((np.ptp(values, axis=0) < noise / 16.0) & (noise > largest / 16.0))


def _one_sided(slopes: Array) -> tuple[Array, Array]:
    """Extrapolate slopes to one side, at the edge of a domain: without their terms in h, and then in h^2.

    There the function need not have a series at all, so the bar is as long as all that was extrapolated, and without
    end if the slopes do not settle.
    """
    coarse, fine = 2.0 * slopes[1] - slopes[0], 2.0 * slopes[2] - slopes[1]
    value = (4.0 * fine - coarse) / 3.0
    settles = np.abs(slopes[2] - slopes[1]) <= 0.8 * np.abs(slopes[1] - slopes[0])
    return value, np.where(settles, np.abs(value - slopes[2]) + np.abs(value - fine), np.inf)


def copies(here: Array, entries: Array, moved: Array) -> Array:
    """Return the whole input once for every moved entry, (places * entries, *shape)."""
    count = len(entries)
    flat = here.reshape(len(here), -1)
    found = np.broadcast_to(flat, (len(moved), count, *flat.shape)).copy()
    found[:, np.arange(count), :, entries] = np.moveaxis(moved, 1, 0)
    return found.reshape(len(moved) * count, *here.shape)


def shaped(said: Estimate, shape: tuple[int, ...]) -> Estimate:
    """Return an estimate of entries in the shape of their input."""
    return Estimate(*(array.reshape(shape) for array in (said.value, said.bar, said.kinks, said.steepest)))
