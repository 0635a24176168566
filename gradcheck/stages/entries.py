"""One parameter, entry by entry: what is claimed, what the oracles say, and how far apart the two may be.

This is the only place where two numbers are called equal or not, and there is no tolerance to set: what is allowed
is the oracle's bar and nothing else. Two oracles and the claim hold a vote. An entry is wrong when both oracles
contradict the claim and agree with each other. The complex step is no third voter: where it is proved, and differences
confirm it, it speaks in their place.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import combinations
from operator import itemgetter
from typing import Self

import numpy as np

from gradcheck.op import Array
from gradcheck.point import PIECE, finite, unrepeated
from gradcheck.records import Entry, Estimate
from gradcheck.stages.tally import Tally, Word

MEANINGFUL = 1e-2
"""A bar above this fraction of a parameter's largest derivative says nothing about it."""
TINY = 1e-290
"""Differences smaller than this are the grain of floating numbers next to zero."""
EXACT = "complex-step"
"""The oracle that speaks in place of differences where these confirm it."""
SLIP = 2.0**-30
"""No slip is smaller than this, relative to its entry; a guard against division by zero, or a series cut off, is."""
NARROW = 4.0
"""A bar is an estimate: what misses it by less than this factor, and is right near by, is no mistake."""
SHOWN = 4
"""How many of the worst entries of a parameter are shown."""


@dataclass(frozen=True)
class Entries:
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
        merged = said._replace(value=value, bar=bar)
        others = {oracle: own for oracle, own in self.estimates.items() if oracle not in (rough, EXACT)}
        return {f"{rough} and {EXACT}": merged, **others}

    @cached_property
    def errors(self) -> dict[str, Array]:
        """For each voter, the distance of the claim from what it says, in units of its bar; 0 where it cannot tell."""
        return {oracle: self._error(said) for oracle, said in self.voters.items()}

    def _error(self, said: Estimate) -> Array:
        with np.errstate(all="ignore"):
            error = np.subtract(self.claim, said.value)
            np.abs(error, out=error)
            allowed = self.allowed(said)
            allowed += TINY
            error /= allowed
        return error if finite(error) else np.nan_to_num(error, copy=False, nan=0.0, posinf=1e300)

    def allowed(self, said: Estimate) -> Array:
        """Return how far the claim may be from what an oracle says."""
        allowed = np.abs(said.value)
        allowed *= self.slip
        allowed += said.bar
        allowed += self.wobble
        return np.asarray(allowed)

    @cached_property
    def contradicted(self) -> dict[str, Array]:
        """For each voter, where the claim lies outside of its bar."""
        return {oracle: error > 1.0 for oracle, error in self.errors.items()}

    @property
    def moves(self) -> Array:
        """The wobble of every entry."""
        wobble = np.asarray(self.wobble)
        return wobble if wobble.shape == self.claim.shape else np.broadcast_to(wobble, self.claim.shape)

    @cached_property
    def smooth(self) -> bool:
        """Whether no oracle sees a kink anywhere."""
        return not any(unrepeated(said.kinks).any() for said in self.voters.values())

    @cached_property
    def kinks(self) -> Array:
        """Where some oracle sees a kink."""
        return np.asarray(reduce(np.logical_or, (said.kinks for said in self.voters.values())))

    @cached_property
    def wrong(self) -> Array:
        """Where every oracle contradicts the claim and none contradicts another."""
        return np.asarray(reduce(np.logical_and, (*self.contradicted.values(), ~self.oracles_apart)))

    @cached_property
    def least(self) -> Array:
        """The error by the oracle that is nearest to the claim."""
        return np.asarray(reduce(np.minimum, self.errors.values()))

    @property
    def accuses_nothing(self) -> bool:
        """Whether nothing is claimed of an entry, away from kinks, of which an oracle says that there is something."""
        return any(bool((off & (self.claim == 0) & ~self.kinks).any()) for off in self.contradicted.values())

    def lifted(self, more: Array) -> bool:
        """Whether some contradiction ends, away from kinks, if a claim may be farther off by so much, (draws)."""
        more = more.reshape(-1, *[1] * (self.claim.ndim - 1))
        near = (np.abs(self.claim - said.value) <= self.allowed(said) + more for said in self.voters.values())
        off = (own & ~self.kinks for own in self.contradicted.values())
        return any(bool((one & other).any()) for one, other in zip(near, off, strict=True))

    @property
    def excess(self) -> Array:
        """By how much the worst wrong entry of each draw misses the bars, in units of these, (draws)."""
        return self.largest(np.where(self.wrong, self.least, 0.0))

    @property
    def narrow(self) -> bool:
        """Whether all that is wrong misses a bar by little, and not at a kink."""
        return not bool((self.wrong & (self.kinks | (self.least > NARROW))).any())

    @cached_property
    def oracles_apart(self) -> Array:
        """Where the oracles contradict each other."""
        pairs = combinations(self.voters.values(), 2)
        apart = (np.abs(one.value - other.value) > one.bar + other.bar for one, other in pairs)
        return np.asarray(reduce(np.logical_or, apart, np.zeros(self.claim.shape, bool)))

    @property
    def margins(self) -> Array:
        """How near each entry came to its bar; where the oracles cannot agree, none is a close call."""
        return np.where(self.oracles_apart if self.smooth else self.kinks | self.oracles_apart, 0.0, self.least)

    @property
    def unseen_entries(self) -> Array:
        """Where something is claimed of which no oracle can see two digits beside the rest, away from kinks."""
        shortest = reduce(np.minimum, (said.bar for said in self.voters.values()))
        hidden = MEANINGFUL * np.abs(self.claim) < shortest
        return np.asarray(hidden & (self.claim != 0) & ~self.kinks if hidden.any() else hidden)

    @cached_property
    def tally(self) -> Tally:
        """What all entries come to."""
        return Tally.of(piece.counted() for piece in self.pieces())

    def of_draws(self, draws: Array) -> Self:
        """Return the ballot on some of the draws."""
        return replace(self._with(itemgetter(draws)), level=np.broadcast_to(self.level, len(self.claim))[draws])

    def pieces(self) -> Iterator[Self]:
        """Yield the ballots on some entries at a time, as many as stay in the cache."""
        width = max(1, PIECE // len(self.claim))
        if self.claim.size <= width * len(self.claim):
            yield self
            return
        rows = self._with(self.rows)
        for start in range(0, rows.claim.shape[1], width):
            yield rows._with(itemgetter((slice(None), slice(start, start + width))))

    def _with(self, change: Callable[[Array], Array]) -> Self:
        """Return the ballot with every array of entries changed."""
        estimates = {oracle: Estimate(*map(change, said)) for oracle, said in self.estimates.items()}
        return replace(self, claim=change(self.claim), estimates=estimates, wobble=change(self.moves))

    def counted(self) -> Tally:
        """Return what the entries come to, counted all at once."""
        return Tally(
            words={oracle: self._word(oracle) for oracle in self.voters},
            wrong=self.anywhere(self.wrong),
            wobble=self.largest(self.moves),
            margin=self.largest(self.margins),
            kinks=0 if self.smooth else int(np.count_nonzero(self.kinks)),
            unseen=int(np.count_nonzero(self.unseen_entries)),
        )

    def _word(self, oracle: str) -> Word:
        said, contradicted, bar = self.voters[oracle], self.contradicted[oracle], self.voters[oracle].bar
        size = np.abs(said.value)
        largest = self.largest(size)
        return Word(
            contradicts=self.anywhere(contradicted),
            off=self.anywhere(contradicted if self.smooth else contradicted & ~self.kinks),
            known=largest if finite(bar) else self.largest(np.where(np.isfinite(bar), size, 0.0)),
            largest=largest,
            longest=self.largest(bar if self.smooth else np.where(self.kinks, 0.0, bar)),
        )

    def hides(self, oracle: str, least: Array) -> Array:
        """Return the largest relative error that no entry above the least would have shown; -1 if there is none."""
        said = self.voters[oracle]
        size, allowed = self.rows(np.abs(said.value)), self.rows(self.allowed(said))
        counted = size > least[:, None]
        counted = counted if self.smooth else counted & ~self.rows(self.kinks)
        with np.errstate(all="ignore"):
            return np.asarray(np.where(counted, allowed / size, -1.0).max(axis=1, initial=-1.0))

    def rows(self, array: Array) -> Array:
        """Arrange an array as (draws, entries)."""
        return array.reshape(len(self.claim), -1)

    def anywhere(self, truths: Array) -> Array:
        """Say in which draws something holds for some entry, (draws)."""
        return np.asarray(self.rows(truths).any(axis=1))

    def largest(self, array: Array) -> Array:
        """Return the largest number of each draw, (draws); 0 if there are none."""
        return np.asarray(self.rows(array).max(axis=1, initial=0.0))

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
