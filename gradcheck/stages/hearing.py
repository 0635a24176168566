"""A hearing: what the operation claims about a point, and what every oracle that can judge it says."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial, reduce

import numpy as np

from gradcheck.line import Line
from gradcheck.op import Gradients
from gradcheck.oracles import ORACLES, Differences
from gradcheck.oracles.differences import looked_closer
from gradcheck.oracles.more_digits import sharpened, with_more_digits
from gradcheck.point import NEAR, Point, own_size, unrepeated
from gradcheck.records import Answer
from gradcheck.stages.compare import Ballot, ballots
from gradcheck.stages.contract import violations
from gradcheck.stages.entries import EXACT, SLIP
from gradcheck.stages.rounding import known_beforehand, lost_inside, moves, own_rounding, wobble
from gradcheck.stages.saturation import saturated

CLOSE = 2.0**-20
"""How far, in units of their own size, to leave a place at which several kinks meet: no farther than they do."""
FAR = 2.0**20
"""A claim that moves by more than so many times what a kink explains is not at one: it is made of rounding."""
SHIFTS = 3
"""At how many places near by a point is heard again."""


@dataclass(frozen=True)
class Hearing:
    """One point, heard."""

    answers: list[Answer]
    """What the oracles say."""
    votes: list[Ballot]
    """One ballot for each wanted input."""

    @property
    def oracles(self) -> tuple[str, ...]:
        """The names of the oracles that answered."""
        return tuple(answer.oracle for answer in self.answers)

    @property
    def wrong(self) -> list[str]:
        """The inputs with a wrong entry."""
        return [vote.parameter for vote in self.votes if vote.accuses]

    @property
    def undecided(self) -> list[str]:
        """The inputs that no oracle could judge."""
        return [vote.parameter for vote in self.votes if not vote.decided]

    def right(self, name: str) -> bool:
        """Whether an input could be judged, and has no wrong entry."""
        vote = self.vote(name)
        return vote.decided and not vote.accuses

    def vote(self, name: str) -> Ballot:
        """Return the ballot on an input."""
        return next(vote for vote in self.votes if vote.parameter == name)

    def without(self, names: Iterable[str]) -> "Hearing":
        """Return the hearing without the ballots on some inputs."""
        return replace(self, votes=[vote for vote in self.votes if vote.parameter not in names])


def hear(point: Point) -> Hearing:
    """Ask the operation and every oracle about a point; differences again, closer or with more digits, if it is dim.

    The complex step sees so much that rounding in the claim would look wrong, so it is only heard if that is known. A
    large claim is let go while the oracles speak, and asked again.
    """
    known = known_beforehand(point)
    moved = {name: np.zeros_like(own) for name, own in point.claim().items()} if known else moves(point, point.claim())
    point.forget()
    answers = [oracle.answer(point) for oracle in ORACLES if oracle.judges(point.op)]
    exact = next((own for own in answers if own.oracle == EXACT), None)
    claim = point.claim()
    lost = own_rounding(point, claim, exact)
    answers = [own for own in answers if own is not exact or (lost and own.gradients)]
    allowed = wobble(point, claim, moved, lost)
    slopes = levels(point, answers[0])
    cast = partial(_votes, point, claim, slopes=slopes, lost=lost)
    votes = cast(answers, allowed)
    if known and any(vote.off or not vote.decided for vote in votes):
        allowed = wobble(point, claim, moves(point, claim), lost)
        votes = cast(answers, allowed)
    if dim := tuple(vote.parameter for vote in votes if not vote.decided):
        answers = [looked_closer(replace(point, wanted=dim), answers[0]), *answers[1:]]
        votes = cast(answers, allowed)
    coarse = tuple(vote.parameter for vote in votes if point.op.continues and not vote.fine)
    if coarse and (longer := with_more_digits(replace(point, wanted=coarse))):
        sharper = Differences().answer(longer)
        answers = [sharpened(own, sharper) if own.oracle == sharper.oracle else own for own in answers]
        votes = cast(answers, allowed)
    if any(vote.off for vote in votes):
        allowed = saturated(point, votes, lost_inside(point, claim, answers[0], allowed), lost)
        votes = cast(answers, allowed)
    return Hearing(answers, votes)


def levels(point: Point, said: Answer) -> Gradients:
    """Return, for every parameter, the slope with which it would move the value as much as any does, or all of it.

    What a parameter moves is its steepest slope times its size; every level is (draws). Along a line entries may cancel
    that alone move all of the value.
    """
    steepest = {
        name: unrepeated(own.steepest).reshape(len(own.steepest), -1).max(axis=1, initial=0.0)
        for name, own in said.gradients.items()
    }
    most = reduce(np.maximum, (own * point.sizes[name] for name, own in steepest.items()))
    if not isinstance(point.op, Line):
        most = np.maximum(most, np.abs(point.cotangent * point.value()).reshape(point.draws, -1).sum(axis=1))
    return {name: most / point.sizes[name] for name in steepest}


def _votes(
    point: Point, claim: Gradients, answers: list[Answer], allowed: Gradients, slopes: Gradients, lost: Gradients
) -> list[Ballot]:
    """Return the ballots. At a kink a claim may jump, and the slopes on both sides say how far: no more is allowed.

    But for what it has lost, where that is known, or if it moves by far more than these slopes are apart: the stairs of
    lost digits look like kinks.
    """
    away = dict(allowed)
    for name, own in allowed.items():
        kinks = [answer.gradients[name].kinks for answer in answers]
        if any(unrepeated(seen).any() for seen in kinks):
            jumps = reduce(np.logical_or, kinks) & (own <= FAR * answers[0].gradients[name].bar)
            away[name] = np.where(jumps, lost.get(name, 0.0), own)
    slip = 0.0 if isinstance(point.op, Line) else SLIP  # along a line, one entry in a million may be off by more
    return ballots(claim, answers, away, slopes, slip)


def elsewhere(point: Point, names: list[str], times: int = SHIFTS) -> list[Hearing]:
    """Hear some inputs of a point again at places near by, away from any kink."""
    generator = np.random.default_rng(2)
    places = (point.shifted(generator, NEAR) for _ in range(times if names else 0))
    return [heard for place in places if (heard := _heard(place, names))]


def beside(point: Point) -> Iterator[Point]:
    """Yield places so near that nothing but an exact tie, or the kink of an entry, is left behind."""
    generator = np.random.default_rng(2)
    return (point.shifted(generator, CLOSE, own_size) for _ in range(SHIFTS))


def lasting(point: Point, names: list[str]) -> list[str]:
    """Return those inputs that are not seen to be right at any of the places right beside a point."""
    for place in beside(point) if names else ():
        heard = _heard(place, names)
        names = [name for name in names if not (heard and heard.right(name))]
        if not names:
            break
    return names


def wrong_beside(point: Point, names: list[str]) -> tuple[Point, list[Ballot]]:
    """Return the ballots on those inputs that are wrong at all places right beside a point, at the last of these."""
    votes: list[Ballot] = []
    for place in beside(point) if names else ():
        heard = _heard(place, names)
        votes = [vote for vote in heard.votes if vote.accuses and not vote.narrow] if heard else []
        point, names = place, [vote.parameter for vote in votes]
        if not names:
            break
    return point, votes


def _heard(point: Point, names: list[str]) -> Hearing | None:
    """Hear some inputs; None outside of somebody else's domain, where nothing is told."""
    with suppress(Exception):
        if not np.isfinite(point.value()).all():
            return None
        return hear(replace(point, wanted=tuple(name for name in point.wanted if name in names)))
    return None


def judge_alone(point: Point) -> frozenset[str] | None:
    """Judge a layer: the inputs whose gradients are wrong; None if none is; an empty set for a broken contract."""
    if violations(point):
        return frozenset()
    wrong = hear(point).wrong
    return frozenset(lasting(point, wrong) if point.op.composed else wrong) or None
