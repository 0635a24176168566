"""A first look at everything at once, for the price of a dozen passes; and what is looked at again, more closely.

If the claim is right and the place is smooth, moving all entries together leaves nothing to ask. Few entries are also
to be seen as sharply as they would be alone: with more digits, or farther apart. Otherwise few are asked one by one,
and many along a direction for each parameter; where entries at a kink hide the others, their direction is taken apart.
A direction that sees less than the first look did is no witness against what that has seen.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gradcheck.line import SHARP, Direction, Line, along
from gradcheck.oracles.ladder import FIRST_STEP
from gradcheck.oracles.line import REACH
from gradcheck.oracles.more_digits import with_more_digits
from gradcheck.oracles.noise import coarse_noise, rounding_noise
from gradcheck.point import Point
from gradcheck.records import Comparison
from gradcheck.stages.compare import Ballot
from gradcheck.stages.directions import (
    by_kind,
    by_loudness,
    by_parameter,
    entries_are_few,
    halved,
    joined,
    one_by_one,
    sensitivity,
)
from gradcheck.stages.hearing import Hearing, hear

FINE = 2.0**-10
"""What a first look must be able to see, against the share of one entry, to be enough."""
SHARPER = (by_loudness, by_parameter, halved, halved)
"""How directions are taken apart, round by round, along which entries are not seen sharply."""
NOISY = 64.0
"""How many times the noise of the value, over a step, a bar may be that is made of nothing else."""
FINER = 4
"""How often directions are halved that see less than the first look did, where that has seen something wrong."""

Apart = Callable[[Direction, Point], list[Direction]]
"""Takes a direction through a point apart."""


@dataclass(frozen=True)
class Look:
    """A first look at everything at once."""

    judged: Point
    heard: Hearing
    settles: bool
    """Whether it leaves nothing to ask."""
    dim: tuple[str, ...] = ()
    """The parameters of which some entries should have been seen more sharply, if that is all that it leaves to ask."""

    @property
    def accuses(self) -> float:
        """How little of the share of one entry was seen where something seems wrong; without end if nothing does."""
        ways = directions_of(self.judged)
        wrong = [vote for vote in self.heard.votes if vote.accuses and not vote.kinked]
        seen = [bar(vote) / ways[vote.parameter].share for vote in wrong if ways[vote.parameter].share > 0]
        return min(seen, default=math.inf)


def first_look(point: Point, ways: Sequence[Direction]) -> Look:
    """Look at everything at once.

    Few entries could be asked one by one: then each of them must be seen nearly as sharply as it would be alone. Where
    that is not so it is looked at with more digits, if the code takes such numbers, and the direction is taken apart.
    """
    together = list(joined(ways))
    judged = along(point, together)
    point.forget()  # what it says along these directions is known
    heard = hear(judged)
    if _blurred(judged, heard):
        there = _longer(point) or point
        judged = along(there, [replace(way, sharply=True) for way in together])
        judged, heard = _apart(there, judged, hear(judged), SHARPER, _blurred)
    dim = dict.fromkeys(own for way in _dim(judged, heard) for own in way.stretches)
    return Look(judged, heard, not (dim or _asks(heard)), () if _asks(heard) else tuple(dim))


def _longer(point: Point) -> Point | None:
    """Return the point with more digits, under the very same claim; None if its code has no use for them."""
    longer = with_more_digits(point)
    if longer:
        vars(longer)["claimed"] = point.claim()
    return longer


def _blurred(judged: Point, heard: Hearing) -> list[str]:
    """Return the directions of a few entries along which one is not seen as it would be alone, if nothing is amiss."""
    blurred = _few(judged) and not _asks(heard)
    return [way.name for way in _dim(judged, heard) if way.entries > 1] if blurred else []


def _dim(judged: Point, heard: Hearing) -> list[Direction]:
    """Return the directions along which too little is seen: of every entry, if they are few, or of an ordinary one."""
    ways, few = directions_of(judged), _few(judged)
    loudest = max(way.share for way in ways.values())
    goals = {name: SHARP * (way.least or loudest) if few else FINE * way.share for name, way in ways.items()}
    return [ways[name] for name, goal in goals.items() if not bar(heard.vote(name)) <= goal]


def _few(judged: Point) -> bool:
    """Say whether the entries that move along the directions could be judged one by one."""
    return isinstance(judged.op, Line) and entries_are_few(judged.op.point)


def _asks(heard: Hearing) -> bool:
    """Say whether something seems wrong, or could not be judged, or lies at a kink."""
    return bool(heard.wrong or heard.undecided or any(vote.kinked for vote in heard.votes))


def closely(point: Point, ways: Sequence[Direction], accused: float = math.inf) -> tuple[Point, Hearing]:
    """Look along every direction by itself, or, if there are none, at every entry.

    What seemed wrong when this little of an entry's share was seen, ``accused``, is right only if it is seen as well.
    """
    if not ways:
        return point, hear(point)
    lines = along(point, ways)
    noise = rounding_noise(lines)
    judged = along(point, ways, noise)
    kinked = partial(hidden_by_kinks, seen=FINE)
    judged, heard = _apart(point, judged, hear(judged), (by_kind, halved, one_by_one), kinked)
    if heard.wrong or not math.isfinite(accused):
        return judged, heard
    noisy = NOISY * float(np.maximum(noise, coarse_noise(lines)).max()) / (FIRST_STEP * REACH)
    dimmer = partial(_dimmer, seen=accused, noisy=noisy)
    return _apart(point, judged, heard, (halved,) * FINER, dimmer)


def _apart(
    point: Point, judged: Point, heard: Hearing, rounds: Sequence[Apart], hidden: Callable[[Point, Hearing], list[str]]
) -> tuple[Point, Hearing]:
    """Take the directions apart along which something is hidden, round by round."""
    votes, ways = {vote.parameter: vote for vote in heard.votes}, directions_of(judged)
    for apart in rounds:
        names = hidden(judged, heard)
        if not names or not isinstance(judged.op, Line):
            break
        parts = [part for way in map(ways.pop, names) for part in apart(way, point)]
        ways |= {part.name: part for part in parts}
        noise = judged.op.noise
        judged, again = along(point, ways.values(), noise), hear(along(point, parts, noise))
        votes |= {vote.parameter: vote for vote in again.votes}
        heard = Hearing(again.answers, [votes[name] for name in ways])
    return judged, heard


def _dimmer(judged: Point, heard: Hearing, seen: float, noisy: float) -> list[str]:
    """Return the directions along which less is seen than this, against the share of one entry, if all seem right.

    Where noise is what hides the rest, with bars no longer than ``noisy``, the first look has taken it for a mistake.
    """
    ways = {name: way for name, way in directions_of(judged).items() if way.entries > 1}
    votes = [] if heard.wrong else [vote for vote in heard.votes if vote.parameter in ways]
    return [vote.parameter for vote in votes if bar(vote) > max(noisy, 2.0 * seen * ways[vote.parameter].share)]


def hidden_by_kinks(judged: Point, heard: Hearing, seen: float) -> list[str]:
    """Return the directions along which a kink hides all that is smaller than this, against the share of one entry."""
    ways = {name: way for name, way in directions_of(judged).items() if way.entries > 1}
    kinked = [vote for vote in heard.votes if vote.kinked and vote.parameter in ways]
    return [vote.parameter for vote in kinked if bar(vote) > seen * ways[vote.parameter].share]


def directions_of(judged: Point) -> dict[str, Direction]:
    """Return the directions that are judged, by name; none if entries are."""
    return dict(judged.op.directions) if isinstance(judged.op, Line) else {}


def bar(vote: Ballot) -> float:
    """Return how far from each other claim and oracles may be, along a direction."""
    return float((next(iter(vote.voters.values())).bar + vote.wobble).max())


def comparisons(point: Point, judged: Point, heard: Hearing) -> list[Comparison]:
    """Sum every ballot up; one along a direction stands for every parameter that moves along it."""
    ways = directions_of(judged)
    if not ways:
        return [vote.comparison() for vote in heard.votes]
    found: dict[str, list[Comparison]] = {name: [] for name in point.wanted}
    for vote in heard.votes:
        way, kinks, word = ways[vote.parameter], vote.tally.kinks, vote.vote()
        for name in way.stretches:
            alone = way.entries == 1 and vote.kinked  # there any slope between the one-sided ones is right
            seen = sensitivity(name, way, bar(vote)) if vote.decided and not alone else None
            found[name].append(Comparison(name, point.inputs[name].size, vote.margin, seen, kinks, word))
    return [_worst(own) for own in found.values() if own]


def _worst(parts: list[Comparison]) -> Comparison:
    """Sum up what was found along several directions of one parameter."""
    seen = [one.sensitivity for one in parts if one.sensitivity is not None]
    worst = max(parts, key=lambda one: one.margin)
    return replace(worst, sensitivity=max(seen, default=None), kinks=sum(one.kinks for one in parts))
