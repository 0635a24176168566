"""Sum the vote on a parameter up: is it wrong, could it be judged, and how small an error would have been seen?

A parameter is judged on its own, so that a loud one cannot hide a quiet one. Where only one oracle contradicts the
claim, the vote says which, and why that happens. What a verdict rests on is the tally of all entries; only where
something is wrong are these looked at one by one.
"""

from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from gradcheck.op import Array, Gradients
from gradcheck.records import Answer, Comparison, Estimate
from gradcheck.stages.entries import EXACT, MEANINGFUL, SLIP, Entries

ROUGH = 0.1
"""A claim whose last digits move it by more than this fraction of its largest entry says nothing."""
SMALLEST = 1e-6
"""Entries smaller than this fraction of the largest do not count towards the sensitivity that is stated."""
NEGLIGIBLE = 1e-9
"""A parameter that moves the value by less than this fraction of what others do moves it by nothing to speak of."""
STILL = 2.0**-40
"""A parameter that moves the value by less than this fraction of what others do moves it by rounding alone."""
LAST_DIGIT = 2.0**-52
"""The last digit of a number, relative to it."""
UNITS = 4.0
"""What is left of a sum that cancels may be so many units of the rounding that was seen."""


@dataclass(frozen=True)
class Ballot(Entries):
    """One parameter's vote, summed up."""

    def comparison(self) -> Comparison:
        """Sum the ballot up."""
        return Comparison(
            parameter=self.parameter,
            entries=self.claim.size,
            margin=self.margin,
            sensitivity=self.sensitivity,
            kinks=self.tally.kinks,
            vote=self.vote(),
        )

    @property
    def margin(self) -> float:
        """The largest error, in units of what is allowed."""
        return float(self.tally.margin.max(initial=0.0))

    @property
    def accuses(self) -> bool:
        """Whether some entry is wrong."""
        return bool(self.tally.wrong.any())

    @property
    def kinked(self) -> bool:
        """Whether some entry lies at a kink."""
        return self.tally.kinks > 0

    @property
    def unseen(self) -> int:
        """How many entries are claimed to be something of which no oracle can see two digits beside the rest."""
        return self.tally.unseen

    @cached_property
    def decided(self) -> bool:
        """Whether the bars of some oracle are short enough, in some draw, to mean something."""
        return any(self.judged(oracle).any() for oracle in self.voters) or self.vanishes

    @cached_property
    def fine(self) -> bool:
        """Whether so small an error would have been seen in every entry that more digits could show nothing else."""
        return self.sensitivity is not None and self.sensitivity <= SMALLEST and not self.unseen

    def judged(self, oracle: str) -> Array:
        """Tell the draws that an oracle can judge, (draws).

        Differences may do it alone, because they need no second implementation of the forward pass. Another oracle
        may stand in where it agrees with the claim.
        """
        word = self.tally.words[oracle]
        agrees = ~word.contradicts | (oracle == next(iter(self.voters)))
        short, steady = word.longest <= MEANINGFUL * word.known, self.tally.wobble <= ROUGH * word.known
        return np.asarray(agrees & short & steady)

    @cached_property
    def sensitivity(self) -> float | None:
        """Return the smallest relative error of one entry that the best-judged draw would have shown.

        Counted are entries down to a millionth of the largest, away from kinks; None if there are none.
        """
        for oracle, word in self.tally.words.items():
            least = SMALLEST * word.largest
            hides = reduce(np.maximum, (piece.hides(oracle, least) for piece in self.pieces()))
            useful = self.judged(oracle) & (hides >= 0)
            if useful.any():
                return float(hides[useful].min())
        return None

    @property
    def blurred(self) -> float:
        """The error, in units of the largest entry, that the best-informed oracle would not have seen somewhere."""
        with np.errstate(all="ignore"):
            seen = [word.longest.max() / word.largest.max() for word in self.tally.words.values()]
        return float(np.nan_to_num(min(seen), nan=np.inf))

    @cached_property
    def vanishes(self) -> bool:
        """Whether everybody says that there is nothing but zeros and rounding.

        Where sums cancel, what is left is rounding, in one entry as much as in another: the largest bar of a parameter
        says how much that is, for it may be short by luck in a single entry. Two oracles need no more than that. One
        alone, differences, must also have seen that nothing moves at all, or that what is zero here to within the bar
        is far from flat elsewhere: else it may be lost in rounding.
        """
        for said in self.voters.values():
            bars = said.bar + self.wobble
            noise = np.maximum(bars, bars.max(where=np.isfinite(bars), initial=0.0))
            if (np.abs(said.value) > noise).any() or (np.abs(said.value - self.claim) > noise).any():
                return False
        if len(self.voters) > 1 or (EXACT in self.estimates and np.isfinite(self.estimates[EXACT].bar).all()):
            return True
        (said,) = self.voters.values()
        steepest = said.steepest.max(initial=0.0)
        flat = bool(np.all(said.bar <= SMALLEST * steepest)) or (steepest == 0.0 and not self.claim.any())
        return flat or self._cancels(said)

    def _cancels(self, said: Estimate) -> bool:
        """Whether the claim is what rounding leaves of sums that cancel, and the value does not move to speak of.

        Nothing at all may be what is left of them, but it may have been forgotten too: then the value has to be so
        still that no other number could be told from nothing. What is left may be the same wherever it is asked, and
        is no more then than a last digit of the value.
        """
        rounding = self.tally.wobble
        claimed, bar = self.largest(np.abs(self.claim)), self.largest(said.bar)
        share = np.where(rounding > 0.0, NEGLIGIBLE, STILL)
        left = np.maximum(rounding, np.where(rounding > 0.0, LAST_DIGIT, 0.0) * self.level)
        return bool(np.all((claimed <= UNITS * left) & (bar <= share * self.level)))

    @cached_property
    def off(self) -> set[str]:
        """The oracles that contradict the claim somewhere, away from kinks."""
        return {oracle for oracle, word in self.tally.words.items() if word.off.any()}

    @property
    def doubted(self) -> Array:
        """The draws in which some oracle contradicts the claim away from kinks, (draws)."""
        return np.asarray(reduce(np.logical_or, (word.off for word in self.tally.words.values())))

    def vote(self) -> str:
        """Say who agrees with whom."""
        names = " and ".join(self.estimates)
        if self.accuses:
            together = "agree with each other and not" if len(self.estimates) > 1 else "do not agree"
            return f"{names} {together} with the claim"
        if not self.off:
            return f"the claim agrees with {names}" if self.decided else "nobody can tell"
        if self.off == {"differences"} and len(self.voters) > 1:
            return "differences alone stand apart: a kink, or noise"
        if self.off == {"pytorch"}:
            return "pytorch alone stands apart, by less than differences can resolve"
        return "claim and oracles all stand apart"


def ballots(claim: Gradients, answers: list[Answer], wobble: Gradients, levels: Gradients, slip: float) -> list[Ballot]:
    """Return one ballot for every parameter that the oracles were asked about."""
    said = {name: {answer.oracle: answer.gradients[name] for answer in answers} for name in answers[0].gradients}
    return [
        Ballot(name, claim[name], _confirmed(own, claim[name], wobble[name]), wobble[name], levels[name], slip)
        for name, own in said.items()
    ]


def _confirmed(said: dict[str, Estimate], claim: Array, wobble: Array) -> dict[str, Estimate]:
    """Leave the complex step no word where differences contradict it, or see a kink, and the claim does not support it.

    Differences that nothing has moved at all do not contradict: what moves may be lost in rounding. And where claim and
    complex step say the same, by ways that have nothing in common, it is the differences that have stumbled: over a
    pole, or over the stairs of lost digits.
    """
    if EXACT not in said:
        return said
    rough, exact = said["differences"], said[EXACT]
    contradicted = (np.abs(exact.value - rough.value) > exact.bar + rough.bar) & (rough.steepest > 0)
    supported = np.abs(claim - exact.value) <= exact.bar + SLIP * np.abs(exact.value) + wobble
    doubted = (contradicted | rough.kinks) & ~(supported & (claim != 0))
    return {**said, EXACT: exact._replace(bar=np.where(doubted, np.inf, exact.bar))}


def other_function(value: Array, answers: list[Answer], noise: Array | None = None) -> str:
    """Name the oracle whose value is another function's, beyond its noise, (draws), if that is known; empty if none."""
    for answer in answers:
        if answer.value is not None:
            own = answer.value
            bar = own.bar.max() if (own.bar > np.abs(own.value)).any() else own.bar  # others may be still by luck
            room = 64.0 * bar + 2.0**-40 * np.abs(own.value).max(initial=0.0)
            if noise is not None:
                room = room + 16.0 * noise.reshape(-1, *[1] * (value.ndim - 1))
            if bool(np.any(np.abs(value - own.value) > room)):
                return answer.oracle
    return ""
