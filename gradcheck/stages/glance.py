"""A first look at everything at once, for the price of a dozen passes; and what is looked at again, more closely.

If the claim is right and the place is smooth, moving all entries together leaves nothing to ask. Otherwise few entries
are asked one by one, and many along a direction for each parameter; where entries at a kink hide the others, their
direction is taken apart. A direction that sees less than the first look did is no witness against what that has seen.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gradcheck.line import Direction, Line, along
from gradcheck.op import Array
from gradcheck.oracles.ladder import FIRST_STEP
from gradcheck.oracles.line import REACH
from gradcheck.oracles.noise import coarse_noise, rounding_noise
from gradcheck.point import Point
from gradcheck.records import Comparison
from gradcheck.stages.compare import Ballot
from gradcheck.stages.directions import by_kind, entries_are_few, halved, joined, one_by_one, sensitivity
from gradcheck.stages.hearing import Hearing, hear

FINE = 2.0**-10
"""What a first look must be able to see, against the share of one entry, to be enough."""
SHARP = 2.0**-20
"""What it must be able to see of every single entry, if they are few."""
NOISY = 64.0
"""How many times the noise of the value, over a step, a bar may be that is made of nothing else."""
FINER = 4
"""How often directions are halved that see less than the first look did, where that has seen something wrong."""

Apart = Callable[[Direction, Array, Array], list[Direction]]
"""Takes a direction apart, given the claim and the values of its parameter."""


@dataclass(frozen=True)
class Look:
    """A first look at everything at once."""

    judged: Point
    heard: Hearing
    settles: bool
    """Whether it leaves nothing to ask."""

    @property
    def accuses(self) -> float:
        """How little of the share of one entry was seen where something seems wrong; without end if nothing does."""
        ways = directions_of(self.judged)
        wrong = [vote for vote in self.heard.votes if vote.accuses and not vote.kinked]
        seen = [bar(vote) / ways[vote.parameter].share for vote in wrong if ways[vote.parameter].share > 0]
        return min(seen, default=math.inf)


def first_look(point: Point, ways: Sequence[Direction]) -> Look:
    """Look at everything at once.

    Few entries could be asked one by one: then each of them must be seen nearly as sharply as it would be alone.
    """
    together = list(joined(ways))
    judged = along(point, together)
    point.forget()  # what it says along these directions is known
    heard = hear(judged)
    loudest, few = max(way.share for way in together), entries_are_few(point)
    goals = [SHARP * (way.least or loudest) if few else FINE * way.share for way in together]
    short = all(bar(vote) <= goal for vote, goal in zip(heard.votes, goals, strict=True))
    asks = heard.wrong or heard.undecided or any(vote.kinked for vote in heard.votes)
    return Look(judged, heard, short and not asks)


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
        parts = [
            part
            for way in map(ways.pop, names)
            for part in apart(way, point.claim()[way.parameter][0], point.inputs[way.parameter][0])
        ]
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
