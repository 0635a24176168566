"""How far entries move is told of each, or of all together where that says as much."""

from collections.abc import Callable

import numpy as np
import pytest

from gradcheck.op import Array
from gradcheck.oracles.steady import STEADY, brief, gaps
from gradcheck.point import PIECE


@pytest.mark.parametrize(
    "laid_out", [np.transpose, np.ascontiguousarray, lambda own: np.broadcast_to(own[:1], own.shape)]
)
def test_gaps_do_not_depend_on_how_arrays_are_laid_out(laid_out: Callable[[Array], Array]) -> None:
    here = laid_out(np.random.default_rng(0).normal(size=(300, 300)))
    there = here + 0.5
    assert np.array_equal(gaps(there, here), np.abs(there - here))
    assert np.array_equal(gaps(here, there), np.abs(there - here))


@pytest.mark.parametrize("shape", [(1, PIECE + 1), (2, 300, 300)])
def test_moves_of_a_large_array_are_one_number_only_if_none_of_them_is_large(shape: tuple[int, ...]) -> None:
    moves, top = np.random.default_rng(0).uniform(0.0, STEADY, shape), np.ones(shape[0])
    found = brief(moves, top)
    assert found.size == len(top)
    assert (found >= moves).all()
    few = moves[:, :5]
    assert brief(few, top) is few
    moves[0, 7] = 1.1 * STEADY
    assert brief(moves, top) is moves
