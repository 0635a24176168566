"""Counted piece by piece or all at once: a ballot comes to the same, and no entry is left out."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.op import Array
from gradcheck.records import Estimate
from gradcheck.stages.compare import Ballot

ORACLES = ("differences", "complex-step", "pytorch")


def cast(seed: int, shape: tuple[int, ...], oracles: int) -> Ballot:
    """A ballot with some kinks, some bars without end, some entries off, and some oracles that contradict another."""
    generator = np.random.default_rng(seed)
    right = generator.normal(size=shape)
    claim = right * np.where(generator.random(shape) < 0.05, 1.01, 1.0)

    def said(scale: float) -> Estimate:
        value = right * np.where(generator.random(shape) < 0.02, 1.5, 1.0)
        bar = np.where(generator.random(shape) < 0.1, np.inf, scale * np.abs(right))
        kinks: Array = np.broadcast_to(np.zeros((), bool), shape)
        return Estimate(value, bar, generator.random(shape) < 0.1 if seed % 2 else kinks, np.zeros(shape))

    wobble = 1e-12 * generator.random(shape) if seed % 3 else 0.0
    return Ballot("w", claim, {name: said(1e-9**place) for place, name in enumerate(ORACLES[:oracles], 1)}, wobble)


@given(st.integers(0, 2**20), st.integers(1, 3), st.integers(0, 40), st.integers(1, 3), st.integers(1, 30))
def test_a_ballot_comes_to_the_same_in_pieces(seed: int, draws: int, rows: int, oracles: int, piece: int) -> None:
    shape = (draws, rows, 2)
    whole, cut = cast(seed, shape, oracles), cast(seed, shape, oracles)
    told = whole.comparison(), whole.unseen, whole.blurred, whole.off, whole.decided, whole.accuses
    with patch("gradcheck.stages.entries.PIECE", piece):
        assert (cut.comparison(), cut.unseen, cut.blurred, cut.off, cut.decided, cut.accuses) == told
        for oracle, word in cut.tally.words.items():
            np.testing.assert_equal(vars(word), vars(whole.tally.words[oracle]))


@pytest.mark.parametrize("place", [0, 65_535, 65_536, 149_999])
def test_one_wrong_entry_of_many_is_counted_wherever_it_is(place: int) -> None:
    right = np.linspace(1.0, 2.0, 150_000)[None]
    claim = right.copy()
    claim[0, place] *= 1.0 + 1e-6
    said = Estimate(right, 1e-9 * right, np.zeros(right.shape, bool), np.zeros(right.shape))
    vote = Ballot("w", claim, {"differences": said, "pytorch": said})
    assert vote.accuses
    assert vote.entries(0)[0].index == (place,)
    assert not Ballot("w", right, {"differences": said, "pytorch": said}).accuses
