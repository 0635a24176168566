"""Derivatives along a line, where every value is a pass over everything and as few are taken as will do.

The first step is a large one: the parameters move by up to a tenth of their size, each its own way, and extrapolation
takes the curvature out. So rounding is nowhere nearer to what is wanted. Noise is taken from one more pass; whoever
has reason to doubt it measures it with care and hands it over. Where the code is analytic, one complex step along the
line says the same to many more digits.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from gradcheck.line import FAIR, TOGETHER, Direction, Line
from gradcheck.op import Array
from gradcheck.oracles.grid import Grid
from gradcheck.oracles.ladder import CAUTION, SHRINK, Ladder
from gradcheck.oracles.noise import PLACES, SPACING, coarse, half_a_unit
from gradcheck.oracles.watched import NotAnalytic, Watched
from gradcheck.point import Point
from gradcheck.records import Estimate

REACH = 30.0
"""The ladder's steps are those of a number of this size."""
CARE = 6.0
"""At a first look a bar need not be so long: what seems wrong is looked at again, with noise that was measured."""
DIM = 2.0**-7
"""Only where a bar is longer than this, against the same, is it worth dozens of passes more to fit it."""
STEP = 2.0**-66
"""The complex step: so short that its square is nothing beside 1."""


class Along(Ladder):
    """A ladder for one number t, whose bars are measured by what one entry adds and not by what all do."""

    first = False
    way: Direction
    """The direction."""

    def too_long(self, slopes: Any) -> Array:
        """Tell which bars are too long against the share of one entry."""
        return np.asarray(~(slopes.bar <= (self.way.goal or FAIR * self.steepest)))

    def unsettled(self, slopes: Any, by_truncation: bool) -> Array:
        """Tell which bars another step may shorten: not where only a kink is left, at the very point.

        Where entries are to be seen sharply, what looks like a kink may be left by a step that is too long.
        """
        bent = slopes.truncation + slopes.rounding <= (self.way.goal or FAIR * self.steepest)
        return np.asarray(super().unsettled(slopes, by_truncation) & ~(bent & (not self.way.sharply)))

    def hidden(self, slopes: Any) -> Array:
        """Fit only where next to nothing would be seen otherwise, and never at a first look."""
        dim = ~(slopes.bar <= DIM * (self.way.share or self.steepest))
        return np.asarray(super().hidden(slopes) & dim & (not self.first))


def differences(point: Point, line: Line) -> dict[str, Estimate]:
    """Return the slopes along all wanted directions by central differences."""
    wider = cache(partial(_coarse, point, line))
    return {name: _difference(point, line, name, wider) for name in point.wanted}


def _difference(point: Point, line: Line, name: str, wider: Callable[[], Array]) -> Estimate:
    def values(_: Grid, moved: Array) -> Array:
        return point.project({name: moved}).reshape(moved.shape)

    here, centre = point.inputs[name], (point.cotangent * point.value()).sum().reshape(1)
    first = line.noise is None
    noise = _one_sample(point, name, centre) if line.noise is None else line.noise
    wider = partial(np.copy, noise) if first else wider
    size = np.full(here.shape, REACH)
    ladder = Along(here, values, centre=centre, noise=noise, wider=wider, cost=2**40, size=size)
    ladder.caution = CARE if first else CAUTION
    ladder.first, ladder.way = first, line.directions[name]
    said = ladder.estimate()
    if said.kinks.any() and not first:  # over so long a step a kink looks as if it were smaller than it is
        ladder.size = size / SHRINK
        said = ladder.estimate()
    return said


def _one_sample(point: Point, name: str, centre: Array) -> Array:
    """Return how far the value is from that of a place so near that only noise tells them apart, or half a unit."""
    (near,) = point.project({name: point.inputs[name][None] + SPACING})
    return np.asarray(np.abs(near - centre) + half_a_unit(centre) * np.abs(centre))


def _coarse(point: Point, line: Line) -> Array:
    """Return the noise that shows over a wider range, such as the steps of numbers that were rounded inside.

    It is the value's, whatever moves: so everything moves at once.
    """
    places = PLACES.reshape(-1, 1, 1)
    extents = {name: line.directions[name].extent for name in point.wanted}
    return coarse(lambda spacing: point.project({name: spacing * own * places for name, own in extents.items()}))


def complex_step(point: Point, line: Line) -> dict[str, Estimate]:
    """Return the slopes along all wanted directions by a complex step, each in one pass.

    Raises NotAnalytic, or whatever the code makes of watched numbers, where that cannot be done.
    """
    return {name: _complex(point, line, name) for name in point.wanted}


def _complex(point: Point, line: Line, name: str) -> Estimate:
    held = {
        parameter: Watched(moved) if np.iscomplexobj(moved) else moved
        for parameter, moved in line.moved({name: np.array([1j * STEP])}).items()
    }
    value = line.op.continued(held)[0]
    if not isinstance(value, Watched) or value.shape != point.cotangent.shape[1:] or not np.isfinite(value.array).all():
        raise NotAnalytic("the value does not come from what was moved")
    slope = (point.cotangent[0] * value.array.imag).sum().reshape(1, 1) / STEP
    bar = 2.0**-50 * np.abs(slope) + TOGETHER * line.directions[name].shares
    nothing = np.zeros((1, 1))
    return Estimate(slope, bar, nothing.astype(bool), nothing)
