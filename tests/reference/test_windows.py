"""Windows: cut and paste are each other's transpose, and ties, padding and places are PyTorch's."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradcheck.errors import IllFormed
from gradcheck.reference import Conv1d, GlobalMaxPool, LayerNorm, MaxPool1d, MaxPool2d, ReflectPad, TransposedConv1d
from gradcheck.reference.windows import Sizes, Windows


def sizes_of(least: int, most: int) -> st.SearchStrategy[Sizes]:
    """One number for both axes, or one for each."""
    return st.integers(least, most) | st.tuples(st.integers(least, most), st.integers(least, most))


windows = st.builds(
    Windows,
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=sizes_of(1, 3),
    padding=sizes_of(0, 2) | st.tuples(*[st.integers(0, 2)] * 4),
    dilation=sizes_of(1, 2),
    partial=st.booleans(),
)


@given(windows=windows, sizes=st.tuples(st.integers(1, 6), st.integers(1, 6)), seed=st.integers(0, 100))
def test_cut_and_paste_are_transposes(windows: Windows, sizes: tuple[int, int], seed: int) -> None:
    """<cut(x), w> = <x, paste(w)>."""
    room = (size + sum(own) for size, own in zip(sizes, windows.paddings, strict=True))
    assume(all(span <= size for span, size in zip(windows.span, room, strict=True)))
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(2, *sizes))
    cut = windows.cut(x)
    assert cut.shape == (2, *windows.places(sizes), *windows.kernel)
    w = generator.normal(size=cut.shape)
    np.testing.assert_allclose((cut * w).sum(), (x * windows.paste(w, sizes)).sum(), rtol=1e-12, atol=1e-12)


def test_transposed_convolution_is_the_way_back_of_a_convolution() -> None:
    generator = np.random.default_rng(0)
    x, W = generator.normal(size=(2, 3, 7)), generator.normal(size=(4, 3, 3))
    y, pullback = Conv1d(stride=2, padding=1)(x=x, W=W, b=np.zeros(4))
    dy = generator.normal(size=y.shape)
    back, _ = TransposedConv1d(stride=2, padding=1)(x=dy, W=W, b=np.zeros(3))
    np.testing.assert_allclose(pullback(dy)["x"], back)


def test_at_a_tie_the_first_of_the_largest_receives_all() -> None:
    ties = np.array([[[1.0, 3.0, 3.0, 3.0]]])
    one = np.ones((1, 1, 2))
    np.testing.assert_array_equal(MaxPool1d()(x=ties)[1](one)["x"], [[[0, 1, 1, 0]]])
    np.testing.assert_array_equal(GlobalMaxPool()(x=ties)[1](np.ones((1, 1)))["x"], [[[0, 1, 0, 0]]])


def test_an_entry_that_is_largest_in_two_windows_receives_from_both() -> None:
    x = np.array([[[1.0, 5.0, 2.0]]])
    _, pullback = MaxPool1d(stride=1)(x=x)
    np.testing.assert_array_equal(pullback(np.array([[[10.0, 1.0]]]))["x"], [[[0, 11, 0]]])


def test_padding_never_wins_in_a_max() -> None:
    value, _ = MaxPool2d(kernel=2, stride=1, padding=1)(x=np.full((1, 1, 1, 1), -7.0))
    np.testing.assert_array_equal(value, np.full((1, 1, 2, 2), -7.0))


def test_a_window_that_would_see_only_padding_is_refused() -> None:
    with pytest.raises(IllFormed, match="nothing but padding"):
        MaxPool1d(kernel=2, padding=1, dilation=2)(x=np.ones((1, 1, 1)))


@given(sizes=st.tuples(st.integers(1, 6), st.integers(1, 6)), windows=windows, padded=st.booleans())
def test_the_entries_that_count_are_counted(sizes: tuple[int, int], windows: Windows, padded: bool) -> None:
    """What a window of ones adds up to, with ones or zeros in the padding, and zeros beyond it."""
    room = [size + sum(own) for size, own in zip(sizes, windows.paddings, strict=True)]
    assume(all(span <= size for span, size in zip(windows.span, room, strict=True)))
    ones = np.ones(room) if padded else np.pad(np.ones(sizes), windows.paddings)
    whole = replace(windows, padding=0).cut(ones) if not windows.partial else None
    counted = windows.counted(sizes, padded=padded)
    assert counted.shape == windows.places(sizes)
    if whole is not None:
        np.testing.assert_array_equal(counted, whole.sum(axis=(-2, -1)))
    assert counted.max() <= np.prod(windows.kernel)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"stride": 0}, "cannot be"),
        ({"dilation": 0}, "cannot be"),
        ({"padding": -1}, "cannot be"),
        ({"padding": (1, 2, 3)}, "padding=1x2x3 has 3 numbers, .* 1 axes: one number, or 2 such as 0x1, before and"),
    ],
)
def test_what_no_window_can_do_is_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(IllFormed, match=says):
        Windows((2,), **settings)


def test_what_is_as_large_as_its_input_has_the_odd_zero_behind() -> None:
    x, W = np.arange(1.0, 6.0).reshape(1, 1, 5), np.array([[[1.0, 10.0]]])
    same, _ = Conv1d(padding="same")(x=x, W=W, b=np.zeros(1))
    behind, _ = Conv1d(padding=(0, 1))(x=x, W=W, b=np.zeros(1))
    np.testing.assert_array_equal(same, [[[21, 32, 43, 54, 5]]])
    np.testing.assert_array_equal(behind, same)
    with pytest.raises(IllFormed, match="same with stride=2 cannot be"):
        Conv1d(stride=2, padding="same")


def test_a_border_may_be_wider_at_one_end() -> None:
    x = np.array([[[1.0, 2.0, 3.0]]])
    y, pullback = ReflectPad(padding=(2, 0))(x=x)
    np.testing.assert_array_equal(y, [[[3, 2, 1, 2, 3]]])
    np.testing.assert_array_equal(pullback(y)["x"], [[[1, 4, 6]]])
    with pytest.raises(IllFormed, match=r"a border of 3 copied from an axis of 3 needs 4 .* at most 2 would fit"):
        ReflectPad(padding=(0, 3))(x=x)


def test_images_may_be_normalised_whole() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    y, _ = LayerNorm(axes=3, over=3)(x=x, g=np.ones((3, 4, 5)), b=np.zeros((3, 4, 5)))
    np.testing.assert_allclose(y.mean(axis=(1, 2, 3)), 0.0, atol=1e-12)
    with pytest.raises(IllFormed, match=r"over=4 cannot be: a sample of x \(2, 3, 4, 5\) has 3 axes, of which 1 to 3"):
        LayerNorm(axes=3, over=4)(x=x, g=np.ones(5), b=np.ones(5))
    with pytest.raises(IllFormed, match=r"must be \(4, 5\); given were g \(5,\)"):
        LayerNorm(axes=3, over=2)(x=x, g=np.ones(5), b=np.ones(5))
