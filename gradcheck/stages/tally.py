"""What a ballot comes to: the few numbers in which all of its entries are summed up.

A ballot on a large parameter is counted in pieces that stay in the cache, and the counts are put together: so whatever
is computed of its entries is never held for all of them. Single entries are looked at only where something is wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from gradcheck.op import Array


@dataclass(frozen=True)
class Word:
    """What one voter says of some entries; every array is (draws)."""

    contradicts: Array
    """Whether the claim lies outside of a bar somewhere."""
    off: Array
    """Whether it does away from kinks."""
    known: Array
    """The largest derivative that has a bar."""
    largest: Array
    """The largest derivative, with or without one."""
    longest: Array
    """The longest bar away from kinks."""

    def joined(self, other: "Word") -> "Word":
        """Return what is said of the entries of both."""
        return Word(*map(np.maximum, vars(self).values(), vars(other).values()))  # of truths it is whether one is true


@dataclass(frozen=True)
class Tally:
    """What some entries come to."""

    words: dict[str, Word]
    """What each voter says, by its name."""
    wrong: Array
    """Whether some entry is wrong, (draws)."""
    wobble: Array
    """How far the claim moves with the last digits of the inputs, at most, (draws)."""
    margin: Array
    """How near an entry came to its bar, (draws)."""
    kinks: int
    """How many entries lie at a kink."""
    unseen: int
    """How many are claimed to be something of which no oracle can see two digits beside the rest."""

    @staticmethod
    def of(parts: Iterable["Tally"]) -> "Tally":
        """Put the tallies of all pieces together."""
        return reduce(Tally.joined, parts)

    def joined(self, other: "Tally") -> "Tally":
        """Return the tally of the entries of both."""
        return Tally(
            words={name: word.joined(other.words[name]) for name, word in self.words.items()},
            wrong=self.wrong | other.wrong,
            wobble=np.maximum(self.wobble, other.wobble),
            margin=np.maximum(self.margin, other.margin),
            kinks=self.kinks + other.kinks,
            unseen=self.unseen + other.unseen,
        )
