"""Arguments of other sizes: every axis as long as it is meant to be, and what belongs together still does."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gradcheck.adapt.resized import resized
from gradcheck.op import Array

lengths = st.dictionaries(st.integers(2, 6), st.integers(1, 9), max_size=3)
shapes = st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple)


@given(arrays.arrays(np.float64, shapes, elements=st.floats(-9.0, 9.0)), lengths)
def test_axes_are_as_long_as_they_are_mapped_to(array: Array, lengths: dict[int, int]) -> None:
    found = resized(array, lengths)
    assert found.shape == tuple(lengths.get(own, own) for own in array.shape)
    assert found.dtype == array.dtype
    kept = tuple(slice(min(one, other)) for one, other in zip(array.shape, found.shape, strict=True))
    one = (array >= 0).all() and np.allclose(array.sum(axis=-1), 1.0)
    assert one or np.array_equal(found[kept], array[kept])


@given(st.integers(1, 8), st.integers(4, 9), st.integers(1, 3), st.booleans())
def test_rows_that_add_up_to_one_still_do(rows: int, classes: int, left: int, one_hot: bool) -> None:
    generator = np.random.default_rng(rows)
    shares = generator.dirichlet(np.ones(classes), rows)
    array = np.eye(classes)[generator.integers(0, classes, rows)] if one_hot else shares
    found = resized(array, {classes: left})
    assert found.shape[-1] == left
    assert np.allclose(found.sum(axis=-1), 1.0)
    assert not one_hot or set(found.reshape(-1)) <= {0.0, 1.0}


@given(arrays.arrays(np.float64, shapes, elements=st.sampled_from((0.0, 1.0))), lengths)
def test_a_mask_stays_one(mask: Array, lengths: dict[int, int]) -> None:
    assert set(resized(mask, lengths).reshape(-1)) <= {0.0, 0.5, 1.0} | set(np.divide(1.0, np.arange(1, 7)))


@given(st.integers(2, 9), st.integers(1, 8))
def test_labels_stay_on_the_axis_that_was_cut(classes: int, left: int) -> None:
    found = resized(np.arange(20) % classes, {classes: min(left, classes)})
    assert found.shape == (20,)
    assert found.max() < min(left, classes)


class Given(NamedTuple):
    """Parameters with names."""

    W: Array
    n: Array


@pytest.mark.parametrize(
    ("argument", "shape"),
    [
        ({"W": np.ones((7, 2))}, lambda own: own["W"].shape),
        ([np.ones((7, 2)), np.ones(3)], lambda own: own[0].shape),
        (Given(np.ones((7, 2)), np.ones(3)), lambda own: own.W.shape),
    ],
)
def test_what_is_inside_is_resized(argument: Any, shape: Any) -> None:
    found = resized(argument, {7: 4})
    assert type(found) is type(argument)
    assert shape(found) == (4, 2)


@pytest.mark.parametrize("plain", [2.5, None, "mean", True])
def test_what_has_no_axes_stays(plain: Any) -> None:
    assert resized(plain, {7: 4}) is plain


def test_lists_of_plain_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="plain numbers"):
        resized([1, 2, 3], {3: 4})
