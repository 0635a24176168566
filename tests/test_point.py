"""What is asked of arrays at a point, of small ones and of those that are taken piece by piece."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.op import Array
from gradcheck.point import BLOCK, PIECE, STEADY, brief, gaps, largest, pieces, shaken, unchanged, unrepeated


@pytest.mark.parametrize("shape", [(), (7,), (BLOCK,), (3, BLOCK), (2, 300, 200)])
def test_every_number_is_moved_a_little_and_neighbours_otherwise(shape: tuple[int, ...]) -> None:
    here = np.random.default_rng(0).normal(size=shape)
    moved = shaken(here, 1e-12, np.random.default_rng(1))
    apart = np.ravel(moved / here - 1.0)
    assert moved.shape == shape
    assert 0.0 < np.abs(apart).max() <= 1.001e-12
    assert np.count_nonzero(apart) > 0.99 * here.size
    assert np.unique(apart[:1000]).size > 0.9 * min(here.size, 1000)
    assert not np.array_equal(moved, shaken(here, 1e-12, np.random.default_rng(2)))


@given(st.integers(0, 3 * PIECE))
def test_pieces_are_everything_once_and_may_be_written_to(size: int) -> None:
    here, there = np.arange(size), np.zeros(size, int)
    for own, other in pieces(here, there):
        assert own.size <= PIECE
        other += own
    assert np.array_equal(here, there)


@given(st.lists(st.floats(-1e300, 1e300), min_size=1), st.integers(1, 3))
def test_the_largest_is_that_of_each_draw(numbers: list[float], draws: int) -> None:
    array = np.array([numbers] * draws) * np.arange(1, draws + 1)[:, None]
    assert np.array_equal(largest(array), np.abs(array).max(axis=1))
    assert not largest(np.zeros((draws, 0))).any()


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


def test_what_is_repeated_is_taken_once() -> None:
    one: Array = np.broadcast_to(np.array([[[1.0]], [[2.0]]]), (2, 500, 500))
    assert unrepeated(one).shape == (2, 1, 1)
    assert unrepeated(np.ones((2, 3))).shape == (2, 3)


def test_nan_is_unchanged_where_it_was() -> None:
    here = np.array([1.0, np.nan])
    assert unchanged(here, here.copy())
    assert not unchanged(here, here[::-1])
    assert not unchanged(here, np.array([1.0, 2.0]))
