"""A hearing: what the operation claims about a point, and what every oracle that can judge it says."""

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from gradcheck.compare import EXACT, Ballot, ballots
from gradcheck.contract import violations
from gradcheck.op import Array, Gradients
from gradcheck.oracles import ORACLES, Differences
from gradcheck.oracles.more_digits import WIDER, beyond, sharpened, with_more_digits
from gradcheck.point import Point
from gradcheck.records import Answer

SHIFT = 0.02
"""How far the inputs are moved, in units of their size, to leave a kink."""
SHIFTS = 3
"""At how many places near by a point is heard again."""
NUDGES = 3
"""How often the last digits are moved to see what that does to the claim."""
LOST = 2.0**-16
"""What rounding may take from a claim, relative to its largest entry, and be forgiven."""


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
    votes = _votes(claim, answers, wobble)
    coarse = tuple(vote.parameter for vote in votes if not vote.fine)
    if coarse and (longer := with_more_digits(replace(point, wanted=coarse))):
        sharper = Differences().answer(longer)
        answers = [sharpened(own, sharper) if own.oracle == sharper.oracle else own for own in answers]
        votes = _votes(claim, answers, wobble)
    return Hearing(answers, votes)


def _votes(claim: Gradients, answers: list[Answer], wobble: Gradients) -> list[Ballot]:
    """Return the ballots. At a kink a claim may jump, and the slopes on both sides say how far: no more is allowed."""
    at_kink = {name: np.any([own.gradients[name].kinks for own in answers], axis=0) for name in wobble}
    return ballots(claim, answers, {name: np.where(at_kink[name], 0.0, own) for name, own in wobble.items()})


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
    lost digits on the way, as 1 - tanh(x)^2 does for large x, is. The inputs get digits that float64 cannot hold, so
    that code which returns to float64 on the way is found out: it has only float64's digits to say.
    """
    if not (WIDER and point.op.continues and point.draws == 1):
        return {}
    try:
        with np.errstate(all="ignore"):
            inputs = {name: array[0] for name, array in beyond(point).items()}
            said = point.op.continued(inputs)[1](point.cotangent[0].astype(np.longdouble))
            found = {name: np.abs(said[name] - claim[name][0])[None] for name in point.wanted}
    except Exception:  # somebody else's code need not take such numbers
        return {}
    more = any(bool(np.any(said[name].astype(np.float64) != said[name])) for name in point.wanted)
    constant = all(not own.any() for own in found.values())
    same = all(_is_rounding(own, claim[name], point.op.precision(name)) for name, own in found.items())
    return {name: own.astype(np.float64) for name, own in found.items()} if same and (more or constant) else {}


def _is_rounding(apart: Array, claim: Array, precision: float) -> bool:
    """Say whether two answers of the same code are so near that only their number of digits tells them apart."""
    most = max(LOST, 256.0 * precision) * np.abs(claim).max(initial=0.0)
    return apart.shape == claim.shape and bool(np.all(apart <= most))


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
    if rounding:
        return np.asarray(2.0 * rounding[name] + 4.0 * point.op.precision(name) * np.abs(claim))
    own = tuple(range(1, claim.ndim))
    return np.asarray(4.0 * point.op.precision(name) * np.abs(claim).max(axis=own, keepdims=True, initial=0.0))
