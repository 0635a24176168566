"""What is asked of arrays at a point, of small ones and of those that are taken piece by piece."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.op import Array
from gradcheck.point import BLOCK, PIECE, largest, pieces, shaken, unchanged, unrepeated


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


def test_what_is_repeated_is_taken_once() -> None:
    one: Array = np.broadcast_to(np.array([[[1.0]], [[2.0]]]), (2, 500, 500))
    assert unrepeated(one).shape == (2, 1, 1)
    assert unrepeated(np.ones((2, 3))).shape == (2, 3)


def test_nan_is_unchanged_where_it_was() -> None:
    here = np.array([1.0, np.nan])
    assert unchanged(here, here.copy())
    assert not unchanged(here, here[::-1])
    assert not unchanged(here, np.array([1.0, 2.0]))
