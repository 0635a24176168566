"""Evidence is gathered for those who doubt the check: the whole gradient, and one entry's differences at many steps.

A plain central difference is taken at every step, of the whole operation, as a reader would do it by hand. Beside it
stand what the oracles make of that entry, and the step from which the differences were extrapolated.
"""

from collections.abc import Iterator

import numpy as np

from gradcheck.evidence import Evidence
from gradcheck.op import Array
from gradcheck.oracles import ORACLES
from gradcheck.oracles.differences import moved_alone
from gradcheck.oracles.grid import Grid
from gradcheck.oracles.ladder import Ladder
from gradcheck.oracles.noise import coarse_noise, rounding_noise
from gradcheck.point import Point, typical_size
from gradcheck.records import Estimate, Result

STEPS = 10.0 ** -np.arange(0.5, 13.0, 0.5)
"""The steps of the evidence, in units of the size of the input."""
MOST = 1024
"""A gradient with more entries is not written out."""

Said = dict[str, Estimate]
"""What each oracle says about one parameter, by its name."""


def of_findings(point: Point, result: Result) -> Iterator[Evidence]:
    """Yield the evidence for every finding that is about numbers, at its worst entry."""
    for finding in result.findings:
        if finding.entries and point.inputs[finding.parameter][0].size <= MOST:
            said = _said(point, finding.parameter)
            yield _gathered(point, finding.parameter, finding.draw, finding.entries[0].index, said)


def of_a_call(point: Point, parameter: str) -> Evidence | None:
    """Return the evidence for a gradient that agrees, at the entry that came nearest; None if it is too large."""
    here = point.inputs[parameter]
    if here[0].size > MOST:
        return None
    said, claim = _said(point, parameter), point.claim()[parameter]
    with np.errstate(all="ignore"):
        errors = [np.abs(claim - own.value) / own.bar for own in said.values()]
    nearest = np.nan_to_num(np.min(errors, axis=0), posinf=0.0)
    draw, *index = (int(place) for place in np.unravel_index(int(nearest.argmax()), here.shape))
    return _gathered(point, parameter, draw, tuple(index), said)


def _said(point: Point, name: str) -> Said:
    """Ask every oracle that judges here about one parameter."""
    with np.errstate(all="ignore"):
        answers = [oracle.answer(point) for oracle in ORACLES if oracle.judges(point.op)]
    return {answer.oracle: answer.gradients[name] for answer in answers}


def _gathered(point: Point, name: str, draw: int, index: tuple[int, ...], said: Said) -> Evidence:
    here, place = point.inputs[name], (draw, *index)
    differences, pytorch = said["differences"], said.get("pytorch")
    with np.errstate(all="ignore"):
        steps, slopes = _differenced(point, name, draw, index)
        taken = _taken(point, name, index)[draw]
    return Evidence(
        parameter=name,
        shape=here.shape[1:],
        claimed=_short(point.claim()[name][draw]),
        expected=_short((pytorch or differences).value[draw]),
        index=index,
        differences=_short(differences.value[place])[0],
        bar=_short(differences.bar[place], 3)[0],
        pytorch=_short(pytorch.value[place])[0] if pytorch else None,
        pytorch_bar=_short(pytorch.bar[place], 3)[0] if pytorch else None,
        taken=_short(taken, 3)[0],
        value=_short(point.project({name: here[None]})[0, draw], 6)[0],
        steps=_short(steps, 3),
        slopes=_short(slopes, 17),
    )


def _differenced(point: Point, name: str, draw: int, index: tuple[int, ...]) -> tuple[Array, Array]:
    """Return steps, and the central difference by one entry at each of them."""
    here = point.inputs[name]
    steps = STEPS * float(typical_size(here)[draw].max())
    moved = np.repeat(here[None], 2 * len(steps), axis=0)
    for copy, step in zip(moved, np.concatenate([steps, -steps]), strict=True):
        copy[(draw, *index)] += step
    ahead, behind = np.split(point.project({name: moved})[:, draw], 2)
    return steps, (ahead - behind) / (2.0 * steps)


def _taken(point: Point, name: str, index: tuple[int, ...]) -> Array:
    """Return the step with which the differences of one entry are content, for every draw."""
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
