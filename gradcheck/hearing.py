"""A hearing: what the operation claims about a point, and what every oracle that can judge it says."""

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from gradcheck.compare import EXACT, Ballot, ballots
from gradcheck.contract import violations
from gradcheck.op import Array, Gradients
from gradcheck.oracles import ORACLES
from gradcheck.point import Point
from gradcheck.records import Answer

SHIFT = 0.02
"""How far the inputs are moved, in units of their size, to leave a kink."""
SHIFTS = 3
"""At how many places near by a point is heard again."""
NUDGES = 3
"""How often the last digits are moved to see what that does to the claim."""


@dataclass(frozen=True)
class Hearing:
    """One point, heard."""

    answers: list[Answer]
    """What the oracles say."""
    votes: list[Ballot]
    """One ballot for each wanted input."""

    @property
    def wrong(self) -> list[str]:
        """The inputs with a wrong entry."""
        return [vote.parameter for vote in self.votes if vote.wrong.any()]

    @property
    def undecided(self) -> list[str]:
        """The inputs that no oracle could judge."""
        return [vote.parameter for vote in self.votes if not vote.decided]


def hear(point: Point) -> Hearing:
    """Ask the operation and every oracle about a point."""
    claim = point.claim()
    rounding = own_rounding(point, claim)
    answers = [oracle.answer(point) for oracle in ORACLES if oracle.judges(point.op)]
    answers = [own for own in answers if own.oracle != EXACT or (rounding and own.gradients)]
    wobble = _wobble(point, claim, rounding)
    for name in point.wanted:  # at a kink the claim may jump, and the slopes on both sides say how far
        at_kink = np.any([answer.gradients[name].kinks for answer in answers], axis=0)
        wobble[name] = np.where(at_kink, 0.0, wobble[name])
    return Hearing(answers, ballots(claim, answers, wobble))


def elsewhere(point: Point, names: list[str]) -> list[Hearing]:
    """Hear some inputs of a point again at places near by, away from any kink."""
    generator = np.random.default_rng(2)
    wanted = tuple(name for name in point.wanted if name in names)
    heard = []
    for _ in range(SHIFTS if wanted else 0):
        with suppress(Exception):  # the place may lie outside of somebody else's domain; then it tells nothing
            heard.append(hear(replace(point.shifted(generator, SHIFT), wanted=wanted)))
    return heard


def wrong_everywhere(names: list[str], near: list[Hearing]) -> list[str]:
    """Return those inputs that are still wrong at every place near by."""
    return [name for name in names if all(name in there.wrong for there in near)]


def judge_alone(point: Point) -> frozenset[str] | None:
    """Judge a layer: the inputs whose gradients are wrong; None if none is; an empty set for a broken contract."""
    if violations(point):
        return frozenset()
    wrong = hear(point).wrong
    return frozenset(wrong_everywhere(wrong, elsewhere(point, wrong)) if point.op.composed else wrong) or None


def own_rounding(point: Point, claim: Gradients) -> Gradients:
    """Return how far every entry of the claim is from what the same code says with more digits; nothing if unknown.

    Then a small entry beside large ones is not forgiven what the large ones may have lost, and a gradient that has
    lost digits on the way, as 1 - tanh(x)^2 does for large x, is. The inputs get digits that float64 cannot hold, so that
    code which returns to float64 on the way is found out: it has only float64's digits to say.
    """
    if not point.op.continues or point.draws > 1:
        return {}
    generator = np.random.default_rng(5)
    try:
        with np.errstate(all="ignore"):
            inputs: dict[str, Array] = dict(point.draw(0))
            for name in point.wanted:
                here = inputs[name].astype(np.longdouble)
                inputs[name] = here + here * 2.0**-58 * generator.uniform(0.5, 1.5, here.shape)
            said = point.op.continued(inputs)[1](point.cotangent[0].astype(np.longdouble))
            found = {name: np.abs(said[name] - claim[name][0])[None] for name in point.wanted}
    except Exception:  # somebody else's code need not take such numbers
        return {}
    more = any(bool(np.any(said[name].astype(np.float64) != said[name])) for name in point.wanted)
    constant = all(not own.any() for own in found.values())
    right = all(own.shape == claim[name].shape and np.isfinite(own).all() for name, own in found.items())
    return {name: own.astype(np.float64) for name, own in found.items()} if right and (more or constant) else {}


def _wobble(point: Point, claim: Gradients, rounding: Gradients) -> Gradients:
    """Return how far every entry of the claim moves when the last digits of inputs and cotangent are moved."""
    generator = np.random.default_rng(3)
    with np.errstate(all="ignore"):
        near = [point.nudged(generator).claim() for _ in range(NUDGES)]
    wobble = {}
    for name in point.wanted:
        moved = np.nan_to_num(np.median([np.abs(own[name] - claim[name]) for own in near], axis=0))
        wobble[name] = np.maximum(6.0 * moved, _last_digits(point, name, claim[name], rounding))
    return wobble


def _last_digits(point: Point, name: str, claim: Array, rounding: Gradients) -> Array:
    """Return what rounding is known to do, or else four units in the last place of the largest entry of each draw.

    Where sums were taken, rounding may leave that much in the small entries too.
    """
    own = tuple(range(1, claim.ndim))
    largest = np.abs(claim).max(axis=own, keepdims=True, initial=0.0)
    if rounding:
        return np.asarray(2.0 * rounding[name] + 2.0**-61 * largest)
    return np.asarray(4.0 * point.op.precision(name) * largest)
