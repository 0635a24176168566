"""Where several entries share a kink, it is not enough that each lies between the slopes on its own two sides.

At a tie of max each entry may receive anything from 0 to 1, but all of them together just 1. A subgradient is a mixture
of the gradients on all sides of the kink; so the sides are visited one by one, and the claim must lie between them in
every direction.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from gradcheck.op import Array
from gradcheck.point import Point, typical_size
from gradcheck.records import Finding
from gradcheck.stages.compare import Ballot

SHARED = 6
"""How many entries may share a kink for all of its sides to be visited."""
ASIDE = 1e-6
"""How far a side is from the kink, in units of the entries' size."""


def across_kinks(point: Point, vote: Ballot) -> Finding | None:
    """Return a finding if a few entries of a parameter share a kink and the claim is no mixture of its sides."""
    at_kink = np.flatnonzero(vote.kinks[0])
    if point.op.composed or point.draws > 1 or not 2 <= at_kink.size <= SHARED or vote.parameter not in point.inputs:
        return None
    generator = np.random.default_rng(6)
    claim = vote.claim.reshape(-1)[at_kink]
    sides = np.stack([_beside(point, vote.parameter, at_kink, np.array(signs)) for signs in _signs(at_kink.size)])
    ways = np.concatenate([np.ones((1, at_kink.size)), generator.normal(size=(16, at_kink.size))])
    around, own = sides @ ways.T, claim @ ways.T
    room = 1e-3 * np.abs(around).max(axis=0)
    if np.all((own >= around.min(axis=0) - room) & (own <= around.max(axis=0) + room)):
        return None
    within = f"The gradient for {vote.parameter} is no subgradient: each entry lies between the slopes on its two sides"
    return Finding("gradient", vote.parameter, f"{within}, but where several move at once they add up wrongly.")


def _signs(count: int) -> Iterator[tuple[float, ...]]:
    """Yield every choice of sides."""
    return product((-1.0, 1.0), repeat=count)


def _beside(point: Point, name: str, entries: Array, signs: Array) -> Array:
    """Return the claim for some entries when each of them is moved to one side of the kink."""
    here = np.array(point.inputs[name])
    size = np.maximum(np.abs(here), typical_size(here)).reshape(-1)[entries]
    here.reshape(-1)[entries] += ASIDE * signs * size * np.linspace(1.0, 2.0, entries.size)
    moved = replace(point, inputs={**point.inputs, name: point.op.rounded(name, here)})
    return np.asarray(moved.claim()[name].reshape(-1)[entries])
