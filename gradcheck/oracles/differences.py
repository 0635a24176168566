"""Finite differences: move one entry a little to both sides, and see how far the value moves.

Every operation has a forward pass, and no more is needed: a whole network is moved by one entry after the other, every
copy of it in one stacked call, on a ladder of steps that gives every difference its error bar. Where an operation is
made of the reference's layers, though, each of them is gone through by itself with exact steps and the chain rule joins
them (``layers.py``), after which the whole is moved along a few directions to see that nothing was assumed wrongly.
"""

from dataclasses import replace
from functools import cache, partial

import numpy as np

from gradcheck import reference
from gradcheck.line import Line
from gradcheck.op import Array, Op
from gradcheck.oracles import layers, line, units
from gradcheck.oracles.confirmation import confirmed
from gradcheck.oracles.grid import moved_alone, shaped, with_draws
from gradcheck.oracles.ladder import Ladder
from gradcheck.oracles.levers import levers
from gradcheck.oracles.many import MANY, Many
from gradcheck.oracles.noise import coarse_noise, rounding_noise
from gradcheck.oracles.oracle import Oracle
from gradcheck.oracles.ripples import Ripples
from gradcheck.point import Point
from gradcheck.records import Answer, Estimate

SINGLE = 2.0**-40
"""Code whose numbers near 1 are farther apart than this computes in single precision, or half of it."""
PROMISING = 4
"""In how many draws an input that was seen too dimly in all of them is moved by every entry."""


class Differences(Oracle):
    """Central differences with extrapolation, for any operation whatsoever."""

    name = "differences"

    def __init__(self, few: int = MANY) -> None:
        """Give each of no more than so many entries six values; of more, three, which is enough for eight digits."""
        self.few = few

    def judges(self, op: Op) -> bool:
        """Every operation has a forward pass, and that is all this needs."""
        return True

    def answer(self, point: Point) -> Answer:
        """Return the derivative of <cotangent, value> for every entry of every wanted input."""
        with np.errstate(all="ignore"):
            return Answer(self.name, _estimates(point, self.few), None)


def _estimates(point: Point, few: int) -> dict[str, Estimate]:
    """Go the cheapest way that the structure of the operation allows, and in each draw one that is confirmed."""
    if isinstance(point.op, Line):
        return line.differences(point, point.op)
    if not layers.known(point.op):
        return by_entries(point, few)
    found, confirmed = layers.estimates(point)
    return found if confirmed.all() else _moved(point, found, np.flatnonzero(~confirmed))


def _moved(point: Point, found: dict[str, Estimate], draws: Array) -> dict[str, Estimate]:
    """Return what was found, with the wanted inputs moved in some draws, by unit if they are large, or by entry."""
    there = point.of_draws(draws)
    anew = _by_units(there) or by_entries(there)
    return found | {name: with_draws(found[name], draws, own) for name, own in anew.items()}


def looked_closer(point: Point, said: Answer) -> Answer:
    """Return an answer with the wanted inputs moved by every entry in the draws in which that may show most.

    Going layer by layer a bar is that of one short step, for it is not known how long a step the whole would bear.
    """
    gradients = said.gradients
    if not layers.known(point.op):
        return said
    for name in point.wanted:
        if point.inputs[name][0].size <= layers.MANY:
            gradients = _moved(replace(point, wanted=(name,)), gradients, _clearest(gradients[name]))
    return replace(said, gradients=gradients)


def _clearest(said: Estimate) -> Array:
    """Return the draws whose largest derivative is most beside their longest bar, in order of their numbers."""
    largest, longest = (
        np.where(said.kinks, 0.0, own).reshape(len(own), -1).max(axis=1, initial=0.0)
        for own in (np.abs(said.value), said.bar)
    )
    worth = np.where(longest < np.inf, largest / np.maximum(longest, np.finfo(np.float64).tiny), 0.0)
    return np.sort(np.argsort(-worth, kind="stable")[:PROMISING])


def _by_units(point: Point) -> dict[str, Estimate] | None:
    """Move the units of a network, if it has many weights; None if that is not all, or moving the whole denies it."""
    network = layers.inside(point.op)
    many = any(point.inputs[name].size > MANY for name in point.wanted)
    if not (many and isinstance(network, reference.Network) and units.known(point, network)):
        return None
    is_so, found = confirmed(point, units.estimates(point, network), rounding_noise(point))
    return found if is_so.all() else None


def by_entries(point: Point, few: int = MANY) -> dict[str, Estimate]:
    """Move the whole operation by every entry of every wanted input, one by one; if they are few, more often."""
    if not point.wanted:
        return {}
    fine = rounding_noise(point)
    wider = cache(lambda: np.maximum(fine, coarse_noise(point)))
    noise = wider() if few < MANY else fine  # three values alone do not tell the stairs of lost digits from a slope
    centre = point.project({point.wanted[0]: point.inputs[point.wanted[0]][None]})[0]
    ripples, numbers = _ripples(point), _numbers(point)
    known = levers(ripples, noise) if ripples else {}
    kind = Many if sum(point.inputs[name][0].size for name in point.wanted) > few else Ladder
    found = {}
    for name in point.wanted:
        here = point.inputs[name]
        flat = here.reshape(len(here), -1)
        values, cost = (partial(ripples.moved, name), 1) if ripples else (partial(moved_alone, point, name), numbers)
        ladder = kind(flat, values, centre=centre, noise=noise, wider=wider, cost=cost)
        ladder.single = point.op.precision(name) > SINGLE
        if isinstance(ladder, Many):
            ladder.lever = known.get(name)
        found[name] = shaped(ladder.estimate(), here.shape)
    return found


def _numbers(point: Point) -> int:
    """Return how many numbers one draw of a point holds."""
    return sum(array[0].size for array in point.inputs.values())


def _ripples(point: Point) -> Ripples | None:
    """Return what moves entries of a large network for less than a pass; None if the point is about anything else."""
    network = layers.inside(point.op)
    if _numbers(point) > MANY and isinstance(network, reference.Network) and network.stacks:
        return Ripples.of(point, network)
    return None
