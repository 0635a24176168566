"""Which entries of a large parameter are wrong? Ask a few alone, then halve the direction that disagrees.

What a claim misses along a direction is what it misses along its two halves, so one half need only be measured, and the
half that misses most is looked at first. A single wrong entry is found in as many measurements as its size has binary
digits, several in at most so many times their number. But where entries drawn at random are mostly wrong, all
of the parameter is, and there is nothing to search for. And where every entry is off by so little that none of them is
wrong, by a guard against division by zero, say, nobody is accused.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from gradcheck.line import TOGETHER, Direction, Line, Stretch, along
from gradcheck.oracles import ComplexStep, Differences
from gradcheck.records import Entry, Finding
from gradcheck.stages.compare import Ballot
from gradcheck.stages.entries import EXACT, SLIP, TINY

SHOWN = 4
"""How many wrong entries are looked for."""
ASKED = 6
"""How many entries are asked alone."""
ALONE = 4
"""After how many entries that are right alone, and should have been wrong, the search ends."""
ALIKE = 1e-6
"""Factors that differ by less than this are one factor."""


@dataclass(frozen=True)
class Missed:
    """What the claim misses along neighbouring entries of a direction."""

    start: int
    stop: int
    claimed: float
    """What the claim says that they add to the derivative."""
    value: float
    """What they do add."""
    bar: float
    """How far apart the two may be."""

    @property
    def by(self) -> float:
        """How far the claim is from the value."""
        return abs(self.claimed - self.value)

    @property
    def wrong(self) -> bool:
        """Whether that is farther than it may be."""
        return self.by > self.bar

    def __lt__(self, other: "Missed") -> bool:
        """The shorter is looked at first, and of two that are as long the one that misses more."""
        return (self.stop - self.start, -self.by) < (other.stop - other.start, -other.by)

    def without(self, part: "Missed") -> "Missed":
        """Return what is left when its first part is taken away."""
        left = self.claimed - part.claimed, self.value - part.value, self.bar + part.bar
        return Missed(part.stop, self.stop, *left)


def pinpoint(line: Line, votes: list[Ballot]) -> Finding | None:
    """Return a finding that shows the wrong entries of a parameter, given the votes along its directions.

    Where many kinks meet, the chain rule's answer need not lie between the slopes of both sides; and small slips of all
    entries may add up to what looks like a mistake of one. Then it takes a single wrong entry to accuse anybody, and
    None is returned if there is none.
    """
    found: list[Entry] = []
    for vote in votes:
        search = _Search(line, vote)
        asked = search.asked()
        wrong = [own for own in asked if own.wrong]
        if 2 * len(wrong) > len(asked) > 1:
            return search.finding(search.entries(sorted(wrong)), _most(asked, wrong, search.size))
        found += search.entries(wrong if len(asked) == 1 else search.halved(SHOWN - len(found)))
        if len(found) >= SHOWN:
            return search.finding(found, f", the first {SHOWN} that were found of more")
    forgiven = any(vote.kinked for vote in votes) or all(_slips(line, vote) for vote in votes)
    return search.finding(found) if found or not forgiven else None


def _slips(line: Line, vote: Ballot) -> bool:
    """Say whether what is missed along a direction may be slips of all its entries, too small to be wrong in any."""
    said, way = next(iter(vote.voters.values())), line.directions[vote.parameter]
    missed = np.abs(vote.claim - said.value) - said.bar - vote.wobble
    return bool((missed <= SLIP * way.shares).all())


def _most(asked: list[Missed], wrong: list[Missed], size: int) -> str:
    """Say that most of a parameter is wrong, and how, if all that is wrong is so by the same factor."""
    count = "all" if len(wrong) == len(asked) else str(len(wrong))
    return f": of {len(asked)} among its {size} entries, drawn at random, {count} are wrong{_factor(wrong)}"


def _factor(wrong: list[Missed]) -> str:
    """Say that entries are zero, or all wrong by the same factor; nothing if they are not."""
    factors = [own.claimed / own.value if own.value else np.nan for own in wrong]
    if not any(factors):
        return ", and zero"
    same = max(factors) - min(factors) <= ALIKE * max(map(abs, factors))
    return f", and {factors[0]:.4g} times what they should be" if same else ""


class _Search:
    """The search for the wrong entries of one parameter, along the direction that showed that there are some."""

    def __init__(self, line: Line, vote: Ballot) -> None:
        way = line.directions[vote.parameter]
        self.point, self.noise, self.vote, self.name = line.point, line.noise, vote, way.parameter
        self.stretch, self.size, self.extent = way.stretches[self.name], way.entries, way.extent
        self.claim = self.point.claim()[self.name].reshape(-1)[self.stretch.entries]
        near = self.point.nudged(np.random.default_rng(3)).claim()[self.name]
        self.rounding = near.reshape(-1)[self.stretch.entries] - self.claim
        self.exact = bool(EXACT in vote.estimates and np.isfinite(vote.estimates[EXACT].bar).all())

    def asked(self) -> list[Missed]:
        """Measure a few entries, drawn at random, each alone."""
        moved = np.flatnonzero(self.stretch.lengths)
        places = np.random.default_rng(8).choice(moved, min(ASKED, self.size), replace=False)
        return [self.measure(int(place), int(place) + 1) for place in places]

    def halved(self, most: int) -> Iterator[Missed]:
        """Yield single wrong entries, found by halving what misses most."""
        said = next(iter(self.vote.voters.values()))
        bar = float((said.bar + self.vote.wobble).max())
        ahead = [Missed(0, self.stretch.lengths.size, float(self.vote.claim.sum()), float(said.value.sum()), bar)]
        found = right = 0
        while ahead and found < most:
            whole = heappop(ahead)
            if whole.stop - whole.start == 1:
                alone = self.measure(whole.start, whole.stop)
                found, right = found + alone.wrong, right + (not alone.wrong)
                yield from [alone] if alone.wrong else []
                if right >= ALONE:
                    break
                continue
            middle = (whole.start + whole.stop) // 2
            half = self.measure(whole.start, middle)
            other = whole.without(half)
            if self.vote.kinked or not (half.wrong or other.wrong):
                other = self.measure(middle, whole.stop)
            # One of the two is wrong if the whole is, though the bar of neither may show it.
            likelier = max(half, other, key=lambda own: own.by / (own.bar + TINY))
            for own in (half, other):
                if own.wrong or own is likelier:
                    heappush(ahead, own)

    def measure(self, start: int, stop: int) -> Missed:
        """Measure what some neighbouring entries add to the derivative, by the sharpest oracle that there is."""
        lengths = self.stretch.lengths[start:stop]
        shares = self.claim[start:stop] * lengths
        total = float(np.abs(shares).sum())
        way = Direction(
            self.name,
            {self.name: Stretch(self.stretch.start + start, lengths, total)},
            total / lengths.size,
            self.extent,
        )
        place = along(self.point, [way], self.noise)
        oracle = ComplexStep() if self.exact else Differences()
        said = oracle.answer(place).gradients[self.name]
        moved = self.rounding[start:stop] * lengths
        wobble = 6.0 * max(abs(float(moved.sum())), float(np.sqrt(np.square(moved).sum())))
        bar = float(said.bar.max()) + wobble + (TOGETHER if lengths.size > 1 else SLIP) * total
        return Missed(start, stop, float(shares.sum()), float(said.value.sum()), bar)

    def finding(self, entries: list[Entry], more: str = "") -> Finding:
        """Return the finding that shows some entries."""
        says = f"The gradient for {self.name} is not the derivative of the forward pass{more}."
        return Finding("gradient", self.name, says, entries=tuple(entries), wrong_entries=len(entries))

    def entries(self, found: Iterable[Missed]) -> list[Entry]:
        """Return what was found as entries of the parameter, a few of them."""
        return [self.entry(own) for own, _ in zip(found, range(SHOWN), strict=False)]

    def entry(self, own: Missed) -> Entry:
        """Turn what one entry adds along the direction into the derivative by that entry."""
        length, shape = float(self.stretch.lengths[own.start]), self.point.inputs[self.name].shape[1:]
        value = own.value / length
        return Entry(
            index=tuple(int(i) for i in np.unravel_index(self.stretch.start + own.start, shape)),
            claimed=own.claimed / length,
            differences=value,
            pytorch=None,
            bar=own.bar / abs(length),
            complex_step=value if self.exact else None,
        )
