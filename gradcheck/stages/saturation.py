"""What stands still because it has saturated: a claim is not accused of what no number of so few digits can show.

A slope such as 1 - y^2 loses all of its digits where y is nearly 1, and a value that is nearly at its end may not move
at all. What a right formula says there, and what it would say elsewhere, tell how much that may be.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import reduce

import numpy as np

from gradcheck.op import Array, Gradients
from gradcheck.point import NEAR, Point, own_size, typical_size
from gradcheck.stages.compare import Ballot
from gradcheck.stages.rounding import NUDGES

SURROUNDINGS = 8
"""In so many places around a value it is looked at, of which one is likely to lie on either side of it."""
FARTHER = (4.0, 16.0)
"""How far the inputs are moved, in units of their size, to see how large a value is that does not move nearer by."""
NEARER = (0.25, 0.0625)
"""What part of the inputs is left where they are made smaller."""
DIGITS = 64.0
"""A claim of which nobody knows what it has lost may have lost so many of the value's last digits."""
FEW, LEAST = 4.0, float(np.finfo(np.longdouble).eps)
"""Of a claim of which that is known so many last digits may be lost of more digits."""


def saturated(point: Point, votes: Sequence[Ballot], allowed: Gradients, lost: Gradients) -> Gradients:
    """Allow claims also what no value can show if it stands still, in those draws in which one is contradicted."""
    doubted = np.flatnonzero(reduce(np.logical_or, (vote.doubted for vote in votes)))
    there = point.of_draws(doubted)
    if there is point:
        return _allowed(point, votes, allowed, lost)
    few = {name: own[doubted] for name, own in allowed.items()}
    more = _allowed(there, [vote.of_draws(doubted) for vote in votes], few, lost)
    return {name: _renewed(own, doubted, more[name]) for name, own in allowed.items()}


def _renewed(array: Array, draws: Array, own: Array) -> Array:
    """Return an array, one number in it perhaps standing for many, with that of some draws in its place."""
    whole = np.array(np.broadcast_to(array, (len(array), *own.shape[1:])))
    whole[draws] = own
    return whole


def _allowed(point: Point, votes: Sequence[Ballot], allowed: Gradients, lost: Gradients) -> Gradients:
    """Allow a claim also what no value can show: less than its last digit where it is large, if it stands still here.

    The cross-entropy of a classifier that is right, and sure of it, is log(1 + 1e-52): 0, though its slope is not. And
    the slope 1 - y^2 of y = tanh 30 is 0, though more digits show that there is one. Of y = tanh 18 it is right to a
    tenth: where nobody knows what the claim has lost, it may be as much as some digits of the value here. Where it does
    not stand still nothing of this is more than that, and a claim is often farther off than could be allowed.
    """
    still = (_changes(point, np.random.default_rng(12), NEAR, NUDGES) == 0).all(axis=0)
    worth = float(np.finfo(np.float64).eps) * np.abs(_worth(point))
    sizes = {name: typical_size(point.inputs[name]) for name in allowed}
    most = np.where(still, np.inf, 2.0 * DIGITS * worth)
    if not any(vote.lifted(most / sizes[vote.parameter].reshape(-1)) for vote in votes):
        return allowed
    nothing = {vote.parameter: vote.claim == 0 for vote in votes if vote.accuses_nothing}
    allowed = _vanished(point, allowed, nothing, known=bool(lost))
    if lost and not still.any():
        return allowed
    digit = float(np.finfo(np.float64).eps) * _elsewhere(point)
    digit = np.maximum(np.where(still, digit, 0.0), 0.0 if lost else DIGITS * np.minimum(digit, worth))
    return {name: own + digit.reshape(-1, *[1] * (own.ndim - 1)) / sizes[name] for name, own in allowed.items()}


def _vanished(point: Point, allowed: Gradients, nothing: Mapping[str, Array], *, known: bool) -> Gradients:
    """Allow a claim of nothing also some last digits of what is claimed in surroundings where it is something.

    The slope 1 - y^2 of y = tanh 30 is 0, whatever the rest of a network makes of it: that of tanh 3 is not, and has
    been computed with no more digits. Where it is ``known`` what a claim has lost, from more digits, it may be without
    what these lose as well: that of a sum over rows, of which one is tanh 30. No more counts of what is claimed in
    surroundings than would move the value by as much as it is worth.
    """
    asked = allowed if known else nothing
    found = {name: np.zeros(allowed[name].shape) for name in asked}
    for place in _surroundings(point) if asked else ():
        with suppress(Exception):  # it may lie outside of somebody else's domain
            there = place.claim()
            found |= {name: np.fmax(own, np.abs(there[name])) for name, own in found.items()}
    worth, more = np.abs(_worth(point)), dict(allowed)
    for name, own in found.items():
        most = worth.reshape(-1, *[1] * (own.ndim - 1)) / typical_size(point.inputs[name])
        share = np.where(nothing.get(name, False), DIGITS * np.finfo(np.float64).eps, FEW * LEAST)
        more[name] = more[name] + share.astype(np.float64) * np.minimum(own, most)
    return more


def _surroundings(point: Point) -> Iterator[Point]:
    """Yield places farther away, and some nearer to the origin, where less has saturated."""
    generator = np.random.default_rng(13)
    for reach in FARTHER:
        yield from (point.shifted(generator, reach, own_size) for _ in range(SURROUNDINGS))
    for part in NEARER:
        yield replace(point, inputs={**point.inputs, **{name: part * point.inputs[name] for name in point.wanted}})


def _elsewhere(point: Point) -> Array:
    """Return by how much <cotangent, value> moves, (draws), in the nearest of some surroundings where it does."""
    generator, found = np.random.default_rng(11), np.zeros(point.draws)
    for reach in FARTHER:
        if not found.all():
            changes = _changes(point, generator, reach, SURROUNDINGS)
            found = np.where(found == 0, changes.max(axis=0, where=np.isfinite(changes), initial=0.0), found)
    return found


def _changes(point: Point, generator: np.random.Generator, reach: float, places: int) -> Array:
    """Return how <cotangent, value> changes to so many places so far away, (places, draws); 0 where it raises."""
    here, changes = _worth(point), np.zeros((places, point.draws))
    for change in changes:
        with suppress(Exception):  # the place may lie outside of somebody else's domain
            change[:] = np.abs(_worth(point.shifted(generator, reach, own_size)) - here)
    return changes


def _worth(point: Point) -> Array:
    """Return <cotangent, value>, (draws)."""
    return np.asarray((point.cotangent * point.value()).reshape(point.draws, -1).sum(axis=1))
