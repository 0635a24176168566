"""Finite differences: move one entry a little to both sides, and see how far the value moves.

Every operation has a forward pass, and no more is needed: a whole network is moved by one entry after the other, every
copy of it in one stacked call, on a ladder of steps that gives every difference its error bar. Where an operation is
made of the reference's layers, though, each of them is gone through by itself with exact steps and the chain rule joins
them (``layers.py``), after which the whole is moved along a few directions to see that nothing was assumed wrongly.
"""

from functools import cache, partial

import numpy as np

from gradcheck.line import Line
from gradcheck.op import Array, Op
from gradcheck.oracles import layers, line
from gradcheck.oracles.grid import Grid, shaped, with_draws
from gradcheck.oracles.ladder import Ladder
from gradcheck.oracles.noise import coarse_noise, rounding_noise
from gradcheck.oracles.oracle import Oracle
from gradcheck.point import Point
from gradcheck.records import Answer, Estimate


class Differences(Oracle):
    """Central differences with extrapolation, for any operation whatsoever."""

    name = "differences"

    def judges(self, op: Op) -> bool:
        """Every operation has a forward pass, and that is all this needs."""
        return True

    def answer(self, point: Point) -> Answer:
        """Return the derivative of <cotangent, value> for every entry of every wanted input."""
        with np.errstate(all="ignore"):
            return Answer(self.name, _estimates(point), None)


def _estimates(point: Point) -> dict[str, Estimate]:
    """Go the cheapest way that the structure of the operation allows, and in each draw one that is confirmed."""
    if isinstance(point.op, Line):
        return line.differences(point, point.op)
    if not layers.known(point.op):
        return by_entries(point)
    found, confirmed = layers.estimates(point)
    if confirmed.all():
        return found
    rest = np.flatnonzero(~confirmed)
    return {name: with_draws(found[name], rest, anew) for name, anew in by_entries(point.of_draws(rest)).items()}


def by_entries(point: Point) -> dict[str, Estimate]:
    """Move the whole operation by every entry of every wanted input, one by one."""
    if not point.wanted:
        return {}
    noise = rounding_noise(point)
    centre = point.project({point.wanted[0]: point.inputs[point.wanted[0]][None]})[0]
    wider = cache(lambda: np.maximum(noise, coarse_noise(point)))
    numbers = sum(array[0].size for array in point.inputs.values())
    found = {}
    for name in point.wanted:
        here = point.inputs[name]
        flat, values = here.reshape(len(here), -1), partial(moved_alone, point, name)
        ladder = Ladder(flat, values, centre=centre, noise=noise, wider=wider, cost=numbers)
        found[name] = shaped(ladder.estimate(), here.shape)
    return found


def moved_alone(point: Point, name: str, grid: Grid, moved: Array) -> Array:
    """Return <cotangent, value> when entries of one input are moved, each alone; shaped as ``moved``."""
    changed = grid.copies(point.inputs[name], moved)
    return point.of_draws(grid.draws).project({name: changed}).reshape(moved.shape)
