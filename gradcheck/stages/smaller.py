"""A smaller problem of the same code: what is wrong in many entries is explained where there are few.

An explanation needs every right entry, at several points, and code is run with one edit after the other; but it is the
same code for arrays of any size. So long axes are cut, each to a length of its own, as far as the code takes that.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from time import thread_time

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles import PyTorch
from gradcheck.oracles.many import MANY
from gradcheck.point import Point
from gradcheck.records import Estimate, Finding
from gradcheck.repair import Exhibit

FEW = 64
"""So few entries are looked at as they are."""
SHORT = (3, 4, 5, 2, 6, 7, 8, 12)
"""How long an axis may be when it has been cut, the best first: in two numbers many an order is the same."""


def entries(point: Point) -> int:
    """Return how many entries the wanted inputs have."""
    return sum(point.inputs[name].size for name in point.wanted)


def smaller(point: Point) -> Point:
    """Return a point with the longest axes cut, until few entries are left; itself if they are, or it cannot be."""
    found, lengths = point, dict[int, int]()
    for length in sorted(lengths_of(point), reverse=True):
        if entries(found) <= FEW:
            break
        taken = lengths_of(found) - {length}
        ways = ({**lengths, length: short} for short in SHORT if short < length and short not in taken)
        cut = next(((own, way) for way in ways if (own := _cut(point, way))), None)
        found, lengths = cut or (found, lengths)
    return found


def lengths_of(point: Point) -> set[int]:
    """Return the lengths of all axes, of the inputs and of the arrays beside them."""
    beside = [np.shape(own) for own in point.op.given.values() if isinstance(own, np.ndarray)]
    return {size for shape in [*(own.shape[1:] for own in point.inputs.values()), *beside] for size in shape}


def _cut(point: Point, lengths: dict[int, int]) -> Point | None:
    """Return the point with axes of these lengths cut; None if the code does not take that."""
    with suppress(Exception):
        made = point.op.resized(lengths)
        own = replace(Point.of(*made), wanted=point.wanted) if made else None
        return own if own and np.isfinite(own.value()).all() else None
    return None


def measured(point: Point, findings: Iterable[Finding]) -> Exhibit:
    """Return a point with those entries of the right gradients that findings show; any other may be anything."""
    right = {
        finding.parameter: _shown(point.inputs[finding.parameter][0], finding)
        for finding in findings
        if finding.entries
    }
    return Exhibit(point, point.value(), right)


def _shown(array: Array, finding: Finding) -> Estimate:
    value, bar = np.zeros((1, *array.shape)), np.full((1, *array.shape), np.inf)
    for entry in finding.entries:
        said = next((own for own in (entry.complex_step, entry.pytorch, entry.differences) if own is not None), None)
        if said is not None:
            value[0][entry.index], bar[0][entry.index] = said, entry.bar
    return Estimate(value, bar, np.zeros(value.shape, bool), np.zeros(value.shape))


def affordable(point: Point, points: int, seconds: float) -> bool:
    """Say whether every entry can be moved, at so many points, in so many seconds."""
    if PyTorch().judges(point.op):
        return True
    values = (3 if entries(point) > MANY else 6) * entries(point) * points
    return values * min(_seconds(point), _seconds(point)) < seconds


def _seconds(point: Point) -> float:
    """Return how long one value takes."""
    before = thread_time()
    point.open()
    return thread_time() - before
