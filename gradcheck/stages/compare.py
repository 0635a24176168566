"""Hold a claimed gradient against the oracles, each entry against its own error bar.

This is the only place where two numbers are called equal or not, and there is no tolerance to set: what is allowed
is the oracle's bar and nothing else. A parameter is judged on its own, so that a loud one cannot hide a quiet one.
Two oracles and the claim hold a vote. An entry is wrong when both oracles contradict the claim and agree with each
other; when only one of them contradicts it, the vote says which, and why that happens. The complex step is no third
voter: where it is proved, and differences confirm it, it speaks in their place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np

from gradcheck.op import Array, Gradients
from gradcheck.point import finite
from gradcheck.records import Answer, Comparison, Entry, Estimate

MEANINGFUL = 1e-2
"""A bar above this fraction of a parameter's largest derivative says nothing about it."""
ROUGH = 0.1
"""A claim whose last digits move it by more than this fraction of its largest entry says nothing."""
SMALLEST = 1e-6
"""Entries smaller than this fraction of the largest do not count towards the sensitivity that is stated."""
TINY = 1e-290
"""Differences smaller than this are the grain of floating numbers next to zero."""
EXACT = "complex-step"
"""The oracle that speaks in place of differences where these confirm it."""
SLIP = 2.0**-30
"""No slip is smaller than this, relative to its entry; a guard against division by zero, or a series cut off, is."""
NEGLIGIBLE = 1e-9
"""A parameter that moves the value by less than this fraction of what others do moves it by nothing to speak of."""
STILL = 2.0**-40
"""A parameter that moves the value by less than this fraction of what others do moves it by rounding alone."""
UNITS = 4.0
"""What is left of a sum that cancels may be so many units of the rounding that was seen."""
NARROW = 4.0
"""A bar is an estimate: what misses it by less than this factor, and is right near by, is no mistake."""
SHOWN = 4
"""How many of the worst entries of a parameter are shown."""


@dataclass(frozen=True)
class Ballot:
    """One parameter's vote, entry by entry; every array is (draws, *shape of the parameter)."""

    parameter: str
    claim: Array
    estimates: Mapping[str, Estimate]
    """What each oracle says, by its name."""
    wobble: Array | float = 0.0
    """How far the claim itself moves when the last digits of the inputs do."""
    level: Array | float = 0.0
    """The slope, in each draw, (draws), with which this parameter would matter as much as any."""
    slip: float = SLIP
    """How far, relative to what an oracle says, the claim may be from it besides."""

    @cached_property
    def voters(self) -> dict[str, Estimate]:
        """What each voter says, by its name; the first needs no second implementation of the forward pass."""
        if EXACT not in self.estimates:
            return dict(self.estimates)
        (rough, said), exact = next(iter(self.estimates.items())), self.estimates[EXACT]
        proved = np.isfinite(exact.bar)
        value, bar = np.where(proved, exact.value, said.value), np.where(proved, exact.bar, said.bar)
        merged = replace(said, value=value, bar=bar)
        others = {oracle: own for oracle, own in self.estimates.items() if oracle not in (rough, EXACT)}
        return {f"{rough} and {EXACT}": merged, **others}

    @cached_property
    def contradicted(self) -> dict[str, Array]:
        """For each oracle, where the claim lies outside of its bar."""
        return {oracle: self.error(said) > 1.0 for oracle, said in self.voters.items()}

    def error(self, said: Estimate) -> Array:
        """Return the distance of the claim from what an oracle says, in units of its bar; 0 where it cannot tell."""
        with np.errstate(all="ignore"):
            error: Array = np.abs(self.claim - said.value) / (self.allowed(said) + TINY)
        return error if finite(error) else np.nan_to_num(error, copy=False, nan=0.0, posinf=1e300)

    def allowed(self, said: Estimate) -> Array:
        """Return how far the claim may be from what an oracle says."""
        return np.asarray(said.bar + self.wobble + self.slip * np.abs(said.value))

    @cached_property
    def kinks(self) -> Array:
        """Where some oracle sees a kink."""
        return np.asarray(np.any([said.kinks for said in self.voters.values()], axis=0))

    @cached_property
    def wrong(self) -> Array:
        """Where every oracle contradicts the claim and none contradicts another."""
        return np.asarray(np.all([*self.contradicted.values(), ~self.oracles_apart], axis=0))

    @cached_property
    def least(self) -> Array:
        """The error by the oracle that is nearest to the claim."""
        return np.asarray(reduce(np.minimum, (self.error(said) for said in self.voters.values())))

    @property
    def excess(self) -> Array:
        """By how much the worst wrong entry of each draw misses the bars, in units of these, (draws)."""
        return np.asarray(self._rows(np.where(self.wrong, self.least, 0.0)).max(axis=1, initial=0.0))

    @property
    def narrow(self) -> bool:
        """Whether all that is wrong misses a bar by little, and not at a kink."""
        return not bool((self.wrong & (self.kinks | (self.least > NARROW))).any())

    @cached_property
    def oracles_apart(self) -> Array:
        """Where the oracles contradict each other."""
        low = reduce(np.maximum, (said.value - said.bar for said in self.voters.values()))
        high = reduce(np.minimum, (said.value + said.bar for said in self.voters.values()))
        return np.asarray(low > high)

    @property
    def margins(self) -> Array:
        """How near each entry came to its bar; where the oracles cannot agree, none is a close call."""
        return np.where(self.kinks | self.oracles_apart, 0.0, self.least)

    def comparison(self) -> Comparison:
        """Sum the ballot up."""
        return Comparison(
            parameter=self.parameter,
            entries=self.claim.size,
            margin=float(self.margins.max(initial=0.0)),
            sensitivity=self.sensitivity,
            kinks=int(self.kinks.sum()),
            vote=self.vote(),
        )

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
        said = self.voters[oracle]
        known = np.where(np.isfinite(said.bar), np.abs(said.value), 0.0)
        largest = self._rows(known).max(axis=1, initial=0.0, keepdims=True)
        agree = ~self._rows(self.contradicted[oracle])
        short = self._rows(np.where(self.kinks, 0.0, said.bar)) <= MEANINGFUL * largest
        steady = self._rows(np.broadcast_to(self.wobble, said.bar.shape)) <= ROUGH * largest
        return np.asarray(((agree | (oracle == next(iter(self.voters)))) & short & steady).all(axis=1))

    @cached_property
    def sensitivity(self) -> float | None:
        """Return the smallest relative error of one entry that the best-judged draw would have shown.

        Counted are entries down to a millionth of the largest, away from kinks; None if there are none.
        """
        for oracle, said in self.voters.items():
            size, kinks = self._rows(np.abs(said.value)), self._rows(self.kinks)
            largest = size.max(axis=1, initial=0.0, keepdims=True)
            counted = (size > SMALLEST * largest) & ~kinks
            useful = self.judged(oracle) & counted.any(axis=1)
            if useful.any():
                relative = np.where(counted, self._rows(self.allowed(said)) / np.where(counted, size, 1.0), 0.0)
                return float(relative.max(axis=1)[useful].min())
        return None

    @property
    def blurred(self) -> float:
        """The error, in units of the largest entry, that the best-informed oracle would not have seen somewhere."""
        with np.errstate(all="ignore"):
            seen = [
                np.where(self.kinks, 0.0, said.bar).max() / np.abs(said.value).max() for said in self.voters.values()
            ]
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
        still that no other number could be told from nothing.
        """
        rounding = self._rows(np.broadcast_to(self.wobble, self.claim.shape)).max(axis=1, initial=0.0)
        claimed = self._rows(np.abs(self.claim)).max(axis=1, initial=0.0)
        bar = self._rows(said.bar).max(axis=1, initial=0.0)
        share = np.where(rounding > 0.0, NEGLIGIBLE, STILL)
        return bool(np.all((claimed <= UNITS * rounding) & (bar <= share * self.level)))

    def _rows(self, array: Array) -> Array:
        """Arrange an array as (draws, entries)."""
        return array.reshape(len(self.claim), -1)

    @cached_property
    def unseen(self) -> int:
        """How many entries are claimed to be something of which no oracle can see two digits beside the rest."""
        shortest = np.min([said.bar for said in self.voters.values()], axis=0)
        return int(((self.claim != 0) & (MEANINGFUL * np.abs(self.claim) < shortest) & ~self.kinks).sum())

    @cached_property
    def off(self) -> set[str]:
        """The oracles that contradict the claim somewhere, away from kinks."""
        return {oracle for oracle, there in self.contradicted.items() if (there & ~self.kinks).any()}

    def vote(self) -> str:
        """Say who agrees with whom."""
        names = " and ".join(self.estimates)
        if self.wrong.any():
            together = "agree with each other and not" if len(self.estimates) > 1 else "do not agree"
            return f"{names} {together} with the claim"
        if not self.off:
            return f"the claim agrees with {names}" if self.decided else "nobody can tell"
        if self.off == {"differences"} and len(self.voters) > 1:
            return "differences alone stand apart: a kink, or noise"
        if self.off == {"pytorch"}:
            return "pytorch alone stands apart, by less than differences can resolve"
        return "claim and oracles all stand apart"

    def entries(self, draw: int) -> tuple[Entry, ...]:
        """Return the worst entries of one draw, worst first."""
        excess = np.where(self.wrong[draw], self.least[draw], 0.0)
        order = np.argsort(-excess, axis=None, kind="stable")[: min(SHOWN, int(self.wrong[draw].sum()))]
        return tuple(self._entry(draw, np.unravel_index(place, excess.shape)) for place in order)

    def _entry(self, draw: int, index: tuple[np.intp, ...]) -> Entry:
        bars = {oracle: float(said.bar[draw][index]) for oracle, said in self.estimates.items()}
        values = {oracle: float(said.value[draw][index]) for oracle, said in self.estimates.items()}
        numbers = {oracle: value if np.isfinite(value) else None for oracle, value in values.items()}
        return Entry(
            index=tuple(int(i) for i in index),
            claimed=float(self.claim[draw][index]),
            differences=numbers.get("differences"),
            pytorch=numbers.get("pytorch"),
            bar=bars[EXACT] if np.isfinite(bars.get(EXACT, np.inf)) else max(bars.values()),
            complex_step=numbers.get(EXACT),
        )


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
    return {**said, EXACT: replace(exact, bar=np.where(doubted, np.inf, exact.bar))}


def other_function(value: Array, answers: list[Answer], noise: Array | None = None) -> str:
    """Name the oracle whose value is another function's, beyond its noise, (draws), if that is known; empty if none."""
    for answer in answers:
        if answer.value is not None:
            own = answer.value
            room = 64.0 * own.bar + 2.0**-40 * np.abs(own.value).max(initial=0.0)
            if noise is not None:
                room = room + 16.0 * noise.reshape(-1, *[1] * (value.ndim - 1))
            if bool(np.any(np.abs(value - own.value) > room)):
                return answer.oracle
    return ""
