"""The record of what was done to some arrays, in order, and the way back through all of it.

Decisions, such as which of two numbers is larger, are remembered as well, and which of them were close: there the
layer may have a kink, and going back through what was done is no way to judge it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles.recorded.arrays import Decision, Recorded
from gradcheck.oracles.recorded.links import NOWHERE, Link, added, gathered
from gradcheck.point import finite, squares
from gradcheck.records import Estimate

ROUNDING = 2.0**-49
"""What one function may lose, relative to the sum of the sizes of what it adds up."""
HALF_A_UNIT = 2.0**-53
"""By how much, relative to itself, a number is rounded."""
MANY = 2**13
"""Of more summands than this only the norm is kept."""
CLOSE = 2.0**-30
"""A decision between numbers closer than this, relative to the largest of their draw, may as well be the other one."""


@dataclass
class Record:
    """What was done, in order."""

    draws: int
    """The length of the first axis of all that goes in."""
    links: list[Sequence[Link]] = field(default_factory=list)
    values: list[Array | None] = field(default_factory=list)
    """What came out of every function that rounds."""
    reverse: bool = False
    """Whether close decisions are taken the other way."""
    bent: bool = False
    """Whether anything was done but adding products and moving numbers about."""
    decisive: bool = False
    """Whether anything was decided that may have been close."""
    doubtful: bool = False
    """Whether there is any draw in which something followed from a close decision."""

    @property
    def kinked(self) -> bool:
        """Whether any function was used at a kink."""
        return any(link.kinks is not None for links in self.links for link in links)

    @cached_property
    def close(self) -> Array:
        """The draws in which something followed from a close decision, (draws)."""
        return np.zeros(self.draws, bool)

    @cached_property
    def stuck(self) -> Array:
        """The draws in which a close decision has more than one other way, (draws)."""
        return np.zeros(self.draws, bool)

    def put(self, value: Array, links: Sequence[Link] = (), *, rounds: bool = True) -> Recorded:
        """Write one function down, and return what came out of it."""
        value = np.asarray(value)
        self.links.append(links)
        self.values.append(value if rounds else None)
        return Recorded(value, self, len(self.links) - 1)

    def rows(self, array: Array) -> Array:
        """Return a row of numbers for each draw; where the axis of draws has been lost, the same for all of them."""
        if array.ndim and len(array) == self.draws:
            return array.reshape(self.draws, -1)
        return np.broadcast_to(array.reshape(1, -1), (self.draws, array.size))

    def by_draw(self, together: Callable[[Array], Array], array: Array) -> Array:
        """Reduce an array to one number for each draw."""
        return together(self.rows(array))

    def near(self, one: Array, other: Array) -> Array:
        """Say which of these numbers are so close to the others that either may be larger."""
        self.decisive = True
        sizes = np.maximum(np.abs(one), np.abs(other))
        largest = self.by_draw(_largest, np.where(np.isfinite(sizes), sizes, 0.0))
        with_draws = sizes.ndim and len(sizes) == self.draws
        scale = largest.reshape(-1, *[1] * (sizes.ndim - 1)) if with_draws else largest.max()
        return np.asarray(np.abs(one - other) <= CLOSE * scale)

    def heed(self, *arguments: Any) -> None:
        """Note where something is done because of a close decision."""
        for own in arguments:
            if isinstance(own, Decision) and own.close is not None:
                self.note(own.close, own.stuck)
            elif isinstance(own, tuple):
                self.heed(*own)

    def note(self, close: Array, stuck: bool = False) -> None:
        """Note the draws in which something follows from a close decision."""
        if close.any():
            self.doubtful = True
            self.close |= close
            self.stuck |= close & stuck

    def backwards(self, top: Recorded, arrived: Estimate) -> tuple[dict[int, Estimate], list[Array]]:
        """Go back from a value; return the derivative by everything recorded, and what rounding changes the whole by.

        That is what every number that was rounded adds to <arrived, value>, to be rounded with it: ``rounded`` tells
        what comes of that. Where a kink is met, its draw is noted as close.
        """
        found, summands = {top.place: arrived}, list[Array]()
        for place in range(top.place, -1, -1):
            links = self.links[place]
            if not links or place not in found:
                continue
            said, value = found.pop(place), self.values[place]  # nobody will ask for it again
            loose = said.bar
            if value is not None:
                rows = self.rows(said.value * value)
                summands.append(rows if rows.shape[1] <= MANY else _norms(rows)[:, None])
                loose = loose + ROUNDING * np.abs(said.value)
            for link in links:
                share = self.share(link, said, loose)
                found[link.source] = added(found[link.source], share) if link.source in found else share
        return found, summands

    def share(self, link: Link, said: Estimate, loose: Array) -> Estimate:
        """Take a derivative back through one link; ``loose`` is its bar, with what the function itself may lose."""
        if link.kinks is not None:
            self.note(self.by_draw(some, link.kinks & (np.abs(said.value) > said.bar)), link.stuck)
        unsigned, shape = link.size or link.back, link.shape
        bar = unsigned(loose) if link.blur is None else unsigned(loose) + link.blur(np.abs(said.value) + loose)
        kinks = NOWHERE
        if said.kinks is not NOWHERE and said.kinks.any():
            kinks = gathered(unsigned(said.kinks.astype(float)), shape) > 0
        value = link.back(said.value)
        if shape is not None and value.shape != shape:
            value, bar = gathered(value, shape), gathered(bar, shape)
        return Estimate(value, bar, kinks, NOWHERE)


def _largest(rows: Array) -> Array:
    return np.asarray(rows.max(axis=1, initial=0.0))


def some(rows: Array) -> Array:
    """Say in which rows something is true."""
    return np.asarray(rows.any(axis=1))


def rounded(summands: Sequence[Array], draws: int) -> Array:
    """Return by how much a sum is off, typically, if every summand is rounded by half a unit, at random, (draws).

    That is the root of the sum of their squares, as far as these are finite (Linnainmaa 1976).
    """
    return HALF_A_UNIT * _norms(np.concatenate([np.zeros((draws, 0)), *summands], axis=1))


def _norms(rows: Array) -> Array:
    """Return the root of the sum of the squares of each row, as far as these are finite."""
    found = squares(rows)
    if not found @ found < np.inf:
        found = np.where(np.isfinite(rows), rows * rows, 0.0).sum(axis=1)
    return np.sqrt(found)


def scaled(record: Record, own: Recorded, factor: Array, bar: Array | None = None, kinks: Array | None = None) -> Link:
    """Return the link to an array of which every number moves its own by a factor; the factor may have a bar.

    Where the factor is not finite nothing is said, and that is noted as a close decision.
    """
    if not finite(factor):
        record.note(record.by_draw(some, ~np.isfinite(factor)))
        factor = np.where(np.isfinite(factor), factor, 0.0)
    blur = None if bar is None else lambda dy: bar * dy
    kinks = kinks if kinks is not None and kinks.any() else None
    return Link(own.place, lambda dy: factor * dy, lambda dy: np.abs(factor) * dy, blur, kinks, shape=own.value.shape)
