"""Windows: cut and paste are each other's transpose, and ties, padding and places are PyTorch's."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradcheck.errors import IllFormed
from gradcheck.reference import Conv1d, GlobalMaxPool, MaxPool1d, MaxPool2d, TransposedConv1d
from gradcheck.reference.windows import Windows

windows = st.builds(
    Windows,
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
)


@given(windows=windows, sizes=st.tuples(st.integers(1, 6), st.integers(1, 6)), seed=st.integers(0, 100))
def test_cut_and_paste_are_transposes(windows: Windows, sizes: tuple[int, int], seed: int) -> None:
    """<cut(x), w> = <x, paste(w)>."""
    assume(all(span <= size + 2 * windows.padding for span, size in zip(windows.span, sizes, strict=True)))
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


@pytest.mark.parametrize("settings", [{"stride": 0}, {"dilation": 0}, {"padding": -1}])
def test_what_no_window_can_do_is_refused(settings: dict[str, int]) -> None:
    with pytest.raises(IllFormed, match="cannot be"):
        Windows((2,), **settings)
