"""How noisy is a value? Look at places so near to each other that a smooth function is a straight line between them.

Code that has lost digits makes steps that are wider than that, and is looked at on wider spacings. And where digits
were lost to a difference such as 1 - p beside p = 1, the value climbs a staircase whose steps may be wider than any
spacing: there the same code, run with more digits, tells how far from the slope the stairs are.

The places are irregular, because on a regular grid rounding errors repeat. The idea is that of More and Wild,
"Estimating Computational Noise", SIAM J. Sci. Comput. 33 (2011).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles.more_digits import WIDER, MoreDigits
from gradcheck.point import Point, own_size

SPACING = 2.0**-40
"""The spacing, in units of an input's size, at which a smooth function is a straight line and only noise is seen."""
NARROWER = (2.0**-46, 2.0**-52, 2.0**-57)
"""Narrower ones, for the neighbourhood of a pole; no place is nearer than the last digits of the numbers allow."""
COARSE_SPACINGS = (2.0**-17, 2.0**-23)
"""Wider spacings, which span many of the steps that lost digits make."""
WIDEST_SPACINGS = (2.0**-13, 2.0**-10)
"""Where a value stands still on all of these, as one does that is nearly rounded away, its steps are wider yet."""
SMOOTH = 0.5
"""What a parabola leaves over is no noise if it jumps, by von Neumann's ratio, so little from place to place."""
CLEAR = 64.0
"""A slope is seen clearly that lifts the value, from the first place to the last, by so many times its noise."""
LOUD = 2.0**24
"""Noise of so many units in the last place may be no noise, but a function that swings within the spacing."""
STEPS = 4
"""With fewer different steps than this a staircase is too short to be seen as noise."""
STAIRS_SPACING = 2.0**-12
"""The spacing at which a value is held against what its own code says with more digits."""
LARGE = 2**14
"""Of more numbers than this only every fourth place is looked at with more digits, which takes long."""
COUNT = 16
"""How many places are looked at."""
FRACTION = 32.0
"""Places are whole numbers of such parts of the spacing, and the spacing is so many times two last digits at least."""
PLACES = np.linspace(-8.0, 8.0, COUNT) + np.random.default_rng(0).uniform(-0.4, 0.4, COUNT)
PLACES = np.round(FRACTION * PLACES) / FRACTION
"""The places, in units of the spacing; no rounding moves them."""
PARABOLA, BENT = 3, 9
"""The terms of a parabola; and of a polynomial that follows a value which bends more than that, beside a pole, say."""

Measure = Callable[[float], Array]
"""``measure(spacing)``: the values at all places near by, (COUNT, ...)."""


def half_a_unit(values: Array) -> float:
    """Return half the spacing of numbers near 1 that are of the kind of these."""
    return 0.5 * float(np.finfo(values.dtype).eps)


def rounding_noise(point: Point) -> Array:
    """Estimate the rounding noise of <cotangent, value>, (draws). Never below half a unit in the last place."""
    if not point.wanted:
        return np.zeros(point.draws)
    noise = fine(near(point))
    return np.asarray(np.maximum(noise, lost_digits(point).astype(noise.dtype)))


def coarse_noise(point: Point) -> Array:
    """Estimate the noise of <cotangent, value> that shows only over a wider range, (draws)."""
    return coarse(near(point))


def near(point: Point) -> Measure:
    """Return what measures <cotangent, value> at places near by, all wanted inputs moved at once, (COUNT, draws)."""
    return lambda spacing: point.project(around(point, spacing))


def around(point: Point, spacing: float, there: Array = PLACES) -> dict[str, Array]:
    """Return the wanted inputs at places on a line through the point, (places, draws, ...)."""
    generator = np.random.default_rng(0)
    generator.uniform(size=COUNT)  # the places have had these
    return {name: places(point.inputs[name], spacing, generator, there) for name in point.wanted}


def lost_digits(point: Point) -> Array:
    """Return how far the value is from what its own code says with more digits, give or take a constant, (draws).

    It is 0 where the code takes no such numbers. A value that was computed with them has itself lost as much less as
    they are finer; four times that is allowed, for stairs so wide that they were met by chance in one place only.
    """
    original = point.op.original if isinstance(point.op, MoreDigits) else point.op
    if not (WIDER and (original.stacks or (original.continues and point.draws == 1))):
        return np.zeros(point.draws)
    large = sum(point.inputs[name].size for name in point.wanted) > LARGE
    moved = around(point, STAIRS_SPACING, PLACES[:: 4 if large else 1])
    moved = {name: own.astype(np.float64, copy=False) for name, own in moved.items()}
    longer = {name: own.astype(np.longdouble) for name, own in moved.items()}
    try:
        apart = replace(point, op=MoreDigits(original)).project(longer) - replace(point, op=original).project(moved)
    except Exception:  # somebody else's layer need not take such numbers
        return np.zeros(point.draws)
    inside = np.isfinite(apart)
    finer = 4.0 * half_a_unit(apart) / half_a_unit(np.zeros(0)) if original is not point.op else 1.0
    return np.asarray(finer * np.nan_to_num(apart.std(axis=0, where=inside | ~inside.any(axis=0))))


def places(here: Array, spacing: float, generator: np.random.Generator, there: Array = PLACES) -> Array:
    """Return copies of an array, every entry of it moved by a few spacings of its own size, (places, *shape).

    The spacing of an entry is a whole number of its last digits, or else a steep slope would make noise of rounding.
    """
    direction = spacing * own_size(here) * generator.uniform(0.5, 1.5, here.shape)
    grain = np.where(here == 0, direction, 2.0 * FRACTION * np.spacing(np.abs(here)))
    direction = grain * np.maximum(np.round(direction / grain), 1.0)
    moved = there.reshape(-1, *[1] * here.ndim) * direction
    moved += here
    return moved


def fine(measure: Measure) -> Array:
    """Estimate the noise of whatever is measured. Never below half a unit in the last place."""
    seen = _Seen.of(measure(SPACING))
    spread, bent, loud = seen.spread, seen.bent, seen.loud
    for spacing in NARROWER:
        if not (bent | loud).any():
            break
        nearer = _Seen.of(measure(spacing))
        bent = bent | (loud & nearer.swings(seen, SPACING / spacing))
        spread = np.where(bent, np.fmin(spread, nearer.spread), spread)
        bent, loud = bent & nearer.bent, np.zeros_like(bent)
    return np.asarray(np.maximum(seen.unit, spread))


def coarse(measure: Measure) -> Array:
    """Estimate the noise that shows only over a wider range: code that has lost digits makes steps of it.

    Noise jumps from place to place. What is left over of a smooth function, or of one with a kink, does not, and
    counts as none: by von Neumann's ratio, which is 2 for noise and near 0 for anything smooth. A function that swings
    many times within the wider range is smooth in the narrower one, where noise is still noise. And where a slope is
    clearly seen from near by that the wider range does not show, the function swings, or has a pole, and is not noisy.
    """
    near_by = {SPACING: _Seen.of(measure(SPACING))}
    if near_by[SPACING].loud.any():
        near_by[NARROWER[0]] = _Seen.of(measure(NARROWER[0]))
    found = []
    for spacing in COARSE_SPACINGS:
        seen = _Seen.of(measure(spacing))
        swings = np.any([own.swings(seen, spacing / nearer) for nearer, own in near_by.items()], axis=0)
        noise = np.where((seen.jumps > 1.0) & ~swings, seen.spread, 0.0)
        found.append(np.where(seen.still, np.inf, noise))
    least = np.min(found, axis=0)
    for spacing in WIDEST_SPACINGS:
        if np.isfinite(least).all():
            break
        seen = _Seen.of(measure(spacing))
        noise = np.where(seen.still, np.inf, np.where(seen.jumps > 1.0, seen.spread, 0.0))
        least = np.where(np.isfinite(least), least, noise)
    return np.asarray(np.where(np.isfinite(least), least, 0.0))


def foreign(noise: Array, values: Array) -> Array:
    """Tell where the noise is none of these values': as large as they are, and they lie together? It is a pole's."""
    loud = noise > np.abs(values).max(axis=0, where=np.isfinite(values), initial=0.0) / 16.0
    return np.asarray(loud & (np.ptp(values, axis=0) < noise / 16.0)) if loud.any() else loud


@dataclass(frozen=True)
class _Seen:
    """What the values at all places look like; every array has the shape of one value."""

    spread: Array
    """What the best parabola leaves over of them."""
    jumps: Array
    """How that jumps, by von Neumann's ratio."""
    rise: Array
    """By how much the parabola changes from the first place to the last."""
    unit: Array
    """Half a unit in the last place."""
    still: Array
    """Whether it takes so few different values that it stands still between them."""
    bent: Array
    """Whether it bends so much that what is left over is no noise, or is not defined everywhere: a pole is near."""

    @property
    def loud(self) -> Array:
        """Whether what is left over is so much that it may be no noise."""
        return self.spread > LOUD * self.unit

    def swings(self, wider: "_Seen", times: float) -> Array:
        """Say whether a slope that is clearly seen here does not go on over a range so many times as wide."""
        lifts = times * self.rise
        clear = self.rise > CLEAR * self.spread
        return np.asarray(clear & (lifts > 4.0 * wider.rise) & (lifts > wider.spread))

    @staticmethod
    def of(values: Array) -> "_Seen":
        """Look at values of shape (COUNT, ...); those that are not finite lie outside of a domain."""
        shape, values, places = values.shape[1:], values.reshape(COUNT, -1), PLACES
        inside = np.isfinite(values).all(axis=1)  # at the edge of a domain, those on the one side
        if not inside.all() and inside.sum() > 4:
            values, places = values[inside], places[inside]
        above = values - values[0]  # what all of them have in common would be rounded in float64
        parabola, spread, jumps = _fitted(above, places, PARABOLA)
        rise, unit = np.abs(parabola[-1] - parabola[0]), np.abs(values).max(axis=0) * half_a_unit(values)
        smooth = bent = (jumps < SMOOTH) & (spread > unit)
        if smooth.any() and len(places) > BENT:
            _, less, again = _fitted(above, places, BENT)
            spread, bent = np.where(smooth, np.fmin(less, spread), spread), smooth & (again < SMOOTH) & (less > unit)
        bent = bent | (not inside.all())
        still = np.count_nonzero(np.diff(np.sort(above, axis=0), axis=0), axis=0) < STEPS
        return _Seen(*(array.reshape(shape) for array in (spread, jumps, rise, unit, still, bent)))


def _fitted(above: Array, places: Array, terms: int) -> tuple[Array, Array, Array]:
    """Fit polynomials of so many terms; return them, what they leave over, and how that jumps from place to place."""
    basis = _basis(places.tobytes(), terms)
    fitted = basis @ (basis.T @ above)
    left_over = above - fitted
    largest = np.abs(left_over).max(axis=0, initial=0.0)
    left_over = left_over / np.where(largest > 0, largest, 1.0)  # squares of very large numbers are infinite
    squares = (left_over**2).sum(axis=0)
    jumps = (np.diff(left_over, axis=0) ** 2).sum(axis=0) / np.where(squares > 0, squares, 1.0)
    return fitted, largest * np.sqrt(squares / (len(places) - terms)), jumps


@lru_cache(64)
def _basis(places: bytes, terms: int) -> Array:
    """Return an orthonormal basis of the polynomials of so many terms, at these places."""
    return np.linalg.qr(np.vander(np.frombuffer(places), terms))[0]
