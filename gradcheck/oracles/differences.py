"""Finite differences: move one entry a little to both sides, and see how far the value moves.

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
from functools import cache

import numpy as np

from gradcheck.op import Array, Op
from gradcheck.oracles.oracle import Oracle
from gradcheck.point import Point, own_size, typical_size
from gradcheck.records import Answer, Estimate

FIRST_STEP = math.e / 1000.0
"""The first step, in units of the entry's own size: no round number, or a periodic function might look constant."""
SHRINK = 32.0
"""The factor from one step to the next."""
SHORTER, LONGER = 4, 2
"""How often a step may be made shorter, or longer."""
GOAL, OWN_GOAL = 2.0**-30, 2.0**-20
"""A bar this small, against the parameter's largest derivative and its own, is short enough: no other step is tried."""
NOISE_STEP = 2.0**-40
"""The spacing, in units of an input's size, at which a smooth function is a straight line and only noise is seen."""
COARSE_STEPS = (2.0**-17, 2.0**-23)
"""Wider spacings, which span many of the steps that lost digits make."""
CHUNK = 2**17
"""How many numbers one stacked call may perturb, so that it stays in the cache."""

_GAP = np.array([0.0625, -0.625, 1.0]) / 0.4375
"""a G(h) + b G(h/2) + c G(h/4) without the terms in h and h^3, scaled to leave a constant as it is."""


@dataclass(frozen=True)
class _Slopes:
    """Derivatives of some entries with the parts of their error bars; every array is (entries, draws)."""

    value: Array
    truncation: Array
    rounding: Array
    gap: Array

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

    def fields(self) -> tuple[Array, Array, Array, Array]:
        """Return the four arrays."""
        return self.value, self.truncation, self.rounding, self.gap


class Differences(Oracle):
    """Central differences with extrapolation, for any operation whatsoever."""

    name = "differences"

    def judges(self, op: Op) -> bool:
        """Every operation has a forward pass, and that is all this needs."""
        return True

    def answer(self, point: Point) -> Answer:
        """Return the derivative of <cotangent, value> for every entry of every wanted input."""
        with np.errstate(all="ignore"):
            noise = rounding_noise(point)
            centre = point.project({point.wanted[0]: point.inputs[point.wanted[0]][None]})[0] if point.wanted else noise
            wider = cache(lambda: np.maximum(noise, coarse_noise(point)))
            gradients = {name: _Ladder(point, name, centre, noise, wider).estimate() for name in point.wanted}
        return Answer(self.name, gradients, None)


def rounding_noise(point: Point) -> Array:
    """Estimate the rounding noise of <cotangent, value>, (draws). Never below half a unit in the last place."""
    if not point.wanted:
        return np.zeros(point.draws)
    spread, _, largest = _left_over(point, NOISE_STEP)
    return np.asarray(np.maximum(largest, spread))


def coarse_noise(point: Point) -> Array:
    """Estimate the noise that shows only over a wider range, (draws): code that has lost digits makes steps of it.

    Noise jumps from place to place. What is left over of a smooth function, or of one with a kink, does not, and
    counts as none: by von Neumann's ratio, which is 2 for noise and near 0 for anything smooth. A function that swings
    many times within the wider range is smooth in the narrower one, where noise is still noise.
    """
    found = [_left_over(point, spacing) for spacing in COARSE_STEPS]
    return np.asarray(np.min([np.where(jumps > 1.0, spread, 0.0) for spread, jumps, _ in found], axis=0))


def _left_over(point: Point, spacing: float) -> tuple[Array, Array, Array]:
    """Return what the best parabola leaves over near the point, how it jumps, and half a unit in the last place.

    The places are irregular, because on a regular grid rounding errors repeat. The idea is that of More and Wild,
    "Estimating Computational Noise", SIAM J. Sci. Comput. 33 (2011).
    """
    generator = np.random.default_rng(0)
    places = np.linspace(-8.0, 8.0, 16) + generator.uniform(-0.4, 0.4, 16)
    changed = {}
    for name in point.wanted:
        here = point.inputs[name]
        direction = spacing * own_size(here) * generator.uniform(0.5, 1.5, here.shape)
        changed[name] = here + places.reshape(-1, *[1] * here.ndim) * direction
    values = point.project(changed)
    inside = np.isfinite(values).all(axis=1)  # at the edge of a domain, those on the one side
    if inside.sum() > 4:
        values, places = values[inside], places[inside]
    parabolas = np.linalg.qr(np.vander(places, 3))[0]
    above = values - values[0]  # what all of them have in common would be rounded in float64
    left_over = above - parabolas @ (parabolas.T @ above)
    squares = (left_over**2).sum(axis=0)
    jumps = (np.diff(left_over, axis=0) ** 2).sum(axis=0) / np.where(squares > 0, squares, 1.0)
    return np.sqrt(squares / (len(places) - 3)), jumps, np.abs(values).max(axis=0) * half_a_unit(values)


def half_a_unit(values: Array) -> float:
    """Return half the spacing of numbers near 1 that are of the kind of these."""
    return 0.5 * float(np.finfo(values.dtype).eps)


class _Ladder:
    """The differences of one input, from the first step to the one that suffices."""

    def __init__(self, point: Point, name: str, centre: Array, noise: Array, wider: Callable[[], Array]) -> None:
        self.point, self.name, self.centre, self.noise, self.wider = point, name, centre, noise, wider
        here = point.inputs[name]
        self.shape = here.shape
        self.flat = here.reshape(len(here), -1)
        self.size = np.maximum(np.abs(self.flat), typical_size(self.flat))
        self.steepest = np.zeros(self.flat.T.shape, here.dtype)

    def estimate(self) -> Estimate:
        """Return value, bar and kinks, each of the input's shape."""
        if not self.flat.size:
            nothing = np.zeros(self.shape)
            return Estimate(nothing, nothing, nothing.astype(bool), nothing)
        entries = np.arange(self.flat.shape[1])
        slopes = self.slopes(entries, FIRST_STEP)
        if self.unsettled(slopes, True).any() and (self.wider() > 4.0 * self.noise).any():
            self.noise = self.wider()
            slopes = self.slopes(entries, FIRST_STEP)
        slopes = self.climb(slopes)
        own = own_size(self.flat)
        lost = self.too_long(slopes) & (32.0 * own < self.size).T
        if lost.any():  # a small entry among large ones, at the edge of a domain perhaps: its own size is the measure
            self.size = np.where(lost.T, own, self.size)
            entries = np.flatnonzero(lost.any(axis=1))
            slopes = self.climb(slopes.improved(entries, lost[entries], self.slopes(entries, FIRST_STEP), finer=True))
        kinks = (slopes.gap > 8.0 * slopes.rounding) & (slopes.gap > slopes.truncation) & self.too_long(slopes)
        bar = np.where(np.isfinite(slopes.bar), slopes.bar, np.inf)
        found = (slopes.value.astype(np.float64), bar.astype(np.float64), kinks, self.steepest.astype(np.float64))
        return Estimate(*(array.T.reshape(self.shape) for array in found))

    def climb(self, slopes: _Slopes) -> _Slopes:
        """Take shorter steps where truncation makes a bar too long, and longer ones where rounding does."""
        for shrink, count in ((1.0 / SHRINK, SHORTER), (SHRINK, LONGER)):
            step = FIRST_STEP
            for _ in range(count):
                step *= shrink
                unsettled = self.unsettled(slopes, shrink < 1.0)
                if not unsettled.any():
                    break
                entries = np.flatnonzero(unsettled.any(axis=1))
                again = self.slopes(entries, step)
                slopes = slopes.improved(entries, unsettled[entries], again, finer=shrink < 1.0)
        return slopes

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
        numbers = sum(array[0].size for array in self.point.inputs.values())
        chunk = max(1, CHUNK // (6 * self.point.draws * max(1, numbers)))
        parts = [self.chunk(entries[start : start + chunk], step) for start in range(0, len(entries), chunk)]
        return _Slopes(*(np.concatenate(column) for column in zip(*(part.fields() for part in parts), strict=True)))

    def chunk(self, entries: Array, step: float) -> _Slopes:
        """Difference a few entries, all of them in one stacked call."""
        here = self.flat[:, entries].T
        h = step * self.size[:, entries].T
        moved = np.stack([here + sign * h / part for part in (1, 2, 4) for sign in (1, -1)])
        values = self.point.project({self.name: self.copies(entries, moved)}).reshape(moved.shape)
        secants = np.abs((values - self.centre) / (moved - here)).max(axis=0, where=np.isfinite(values), initial=0.0)
        self.steepest[entries] = np.maximum(self.steepest[entries], secants)
        return self.combine(here, moved, values, h)

    def copies(self, entries: Array, moved: Array) -> Array:
        """Return the whole input once for every moved entry, (6 * entries, *shape)."""
        count = len(entries)
        copies = np.broadcast_to(self.flat, (6, count, *self.flat.shape)).copy()
        copies[:, np.arange(count), :, entries] = np.moveaxis(moved, 1, 0)
        return copies.reshape(6 * count, *self.shape)

    def combine(self, here: Array, moved: Array, values: Array, h: Array) -> _Slopes:
        """Extrapolate from the three steps, and estimate what is left of each error."""
        plus, minus, above, below = moved[0::2], moved[1::2], values[0::2], values[1::2]
        D = (above - below) / (plus - minus)
        right, left = (above - self.centre) / (plus - here), (self.centre - below) / (here - minus)
        edge = np.isfinite(right).all(axis=0) != np.isfinite(left).all(axis=0)
        G = right - left
        coarse, fine = (4.0 * D[1] - D[0]) / 3.0, (4.0 * D[2] - D[1]) / 3.0
        value = (16.0 * fine - coarse) / 15.0
        first, second = D[1] - D[0], D[2] - D[1]
        as_predicted = np.abs(first - 4.0 * second) <= np.abs(second)
        truncation = 4.0 * np.abs(value - fine) + np.where(as_predicted, 0.0, np.abs(second))
        diverges = (np.abs(second) > 0.9 * np.abs(first)) & (np.abs(second) > 0.25 * np.abs(value))
        largest = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=0)
        rounding = 16.0 * (self.noise + half_a_unit(values) * largest) / h
        truncation = np.where(diverges & (np.abs(second) > 4.0 * rounding), np.inf, truncation)
        gap = np.abs(np.tensordot(_GAP, G, axes=1))
        if edge.any():
            inside = np.where(np.isfinite(right).all(axis=0), right, left)
            one_sided, left_over = _one_sided(inside)
            value, truncation = np.where(edge, one_sided, value), np.where(edge, left_over, truncation)
            rounding, gap = np.where(edge, 4.0 * rounding, rounding), np.where(edge, 0.0, gap)
        return _Slopes(value, truncation, rounding, gap)


def _one_sided(slopes: Array) -> tuple[Array, Array]:
    """Extrapolate slopes to one side, at the edge of a domain: without their terms in h, and then in h^2.

    There the function need not have a series at all, so the bar is as long as all that was extrapolated, and without
    end if the slopes do not settle.
    """
    coarse, fine = 2.0 * slopes[1] - slopes[0], 2.0 * slopes[2] - slopes[1]
    value = (4.0 * fine - coarse) / 3.0
    settles = np.abs(slopes[2] - slopes[1]) <= 0.8 * np.abs(slopes[1] - slopes[0])
    return value, np.where(settles, np.abs(value - slopes[2]) + np.abs(value - fine), np.inf)
