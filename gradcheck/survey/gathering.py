"""Evidence is gathered for those who doubt the check: the whole gradient, and one entry's differences at many steps.

A plain central difference is taken at every step, of the whole operation, as a reader would do it by hand. Beside it
stand what the oracles make of that entry, and the step from which the differences were extrapolated.
"""

from collections.abc import Iterator

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles.grid import Grid, moved_alone
from gradcheck.oracles.ladder import Ladder
from gradcheck.oracles.noise import coarse_noise, rounding_noise
from gradcheck.point import Point, typical_size
from gradcheck.records import Result
from gradcheck.records.evidence import Evidence
from gradcheck.stages.compare import Ballot
from gradcheck.stages.hearing import Hearing, hear

STEPS = 10.0 ** -np.arange(0.5, 13.0, 0.5)
"""The steps of the evidence, in units of the size of the input."""
MOST = 1024
"""A gradient with more entries is not written out."""


def of_findings(point: Point, result: Result) -> Iterator[Evidence]:
    """Yield the evidence for every finding that is about numbers, at its worst entry."""
    shown = [own for own in result.findings if own.entries and point.inputs[own.parameter][0].size <= MOST]
    if shown:
        heard = _heard(point)
        for finding in shown:
            yield _gathered(point, heard.vote(finding.parameter), finding.draw, finding.entries[0].index)


def of_a_call(point: Point, parameter: str) -> Evidence | None:
    """Return the evidence for a gradient that agrees, at the entry that came nearest; None if it is too large."""
    if point.inputs[parameter][0].size > MOST:
        return None
    vote = _heard(point).vote(parameter)
    draw, *index = (int(place) for place in np.unravel_index(int(vote.margins.argmax()), vote.claim.shape))
    return _gathered(point, vote, draw, tuple(index))


def _heard(point: Point) -> Hearing:
    """Hear all parameters together: what is allowed to one depends on what the others move."""
    with np.errstate(all="ignore"):
        return hear(point)


def _gathered(point: Point, vote: Ballot, draw: int, index: tuple[int, ...]) -> Evidence:
    name, place, alone = vote.parameter, (draw, *index), point.of_draws(np.array([draw]))
    here, differences, pytorch = alone.inputs[name], vote.estimates["differences"], vote.estimates.get("pytorch")
    with np.errstate(all="ignore"):
        steps, slopes = _differenced(alone, name, index)
        taken = _taken(alone, name, index)
    return Evidence(
        parameter=name,
        shape=here.shape[1:],
        claimed=_short(vote.claim[draw]),
        expected=_short((pytorch or differences).value[draw]),
        index=index,
        differences=_short(differences.value[place])[0],
        bar=_short(vote.allowed(differences)[place], 3)[0],
        pytorch=_short(pytorch.value[place])[0] if pytorch else None,
        pytorch_bar=_short(vote.allowed(pytorch)[place], 3)[0] if pytorch else None,
        taken=_short(taken, 3)[0],
        value=_short(alone.project({name: here[None]}), 6)[0],
        steps=_short(steps, 3),
        slopes=_short(slopes, 17),
    )


def _differenced(point: Point, name: str, index: tuple[int, ...]) -> tuple[Array, Array]:
    """Return steps, and the central difference by one entry of the only draw at each of them."""
    here = point.inputs[name]
    steps = STEPS * float(typical_size(here).max())
    moved = np.repeat(here[None], 2 * len(steps), axis=0)
    for copy, step in zip(moved, np.concatenate([steps, -steps]), strict=True):
        copy[(0, *index)] += step
    ahead, behind = np.split(point.project({name: moved})[:, 0], 2)
    return steps, (ahead - behind) / (2.0 * steps)


def _taken(point: Point, name: str, index: tuple[int, ...]) -> Array:
    """Return the step with which the differences of one entry are content, for every draw that there is."""
    here = point.inputs[name]
    flat, place = here.reshape(len(here), -1), np.array([np.ravel_multi_index(index, here.shape[1:]) if index else 0])
    noise = rounding_noise(point)
    ladder = Ladder(
        flat[:, place],
        lambda grid, moved: moved_alone(point, name, Grid(place, grid.draws), moved),
        centre=point.project({name: here[None]})[0],
        noise=noise,
        wider=lambda: np.maximum(noise, coarse_noise(point)),
        cost=sum(array[0].size for array in point.inputs.values()),
    )
    ladder.size = np.maximum(np.abs(flat), typical_size(flat))[:, place]
    ladder.estimate()
    return ladder.taken[:, 0]


def _short(array: Array, digits: int = 15) -> tuple[float, ...]:
    """Return the numbers of an array with so many digits; what is not finite keeps its place, as a 0."""
    return tuple(float(f"{number:.{digits}g}") if np.isfinite(number) else 0.0 for number in np.ravel(array))
