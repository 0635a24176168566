"""Weights depend on the seed and the name, and on nothing else, for ever."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.architecture import REGIMES, parse_case, plan
from gradcheck.architecture.weights import draw
from gradcheck.errors import UnknownName


def test_these_numbers_never_change() -> None:
    """A case in somebody's bug report must mean the same network next year."""
    np.testing.assert_array_equal(draw("weight", "W1", (2, 2), [0], "ordinary")[0], FIRST)


FIRST = [[-1.01, 0.72], [-1.33, 1.85]]


@given(st.integers(0, 1000))
def test_a_layer_more_does_not_roll_the_others_again(seed: int) -> None:
    short = parse_case(f"3x4 affine:5 mean-squared-error weights={seed}")
    long = parse_case(f"3x4 affine:5 tanh affine:5 mean-squared-error weights={seed}")
    before, after = (plan(case.architecture).inputs(case) for case in (short, long))
    for name in ("x", "W1", "b1"):
        np.testing.assert_array_equal(before[name], after[name])


@given(st.integers(0, 1000), st.integers(1, 5))
def test_a_draw_alone_is_the_draw_among_others(seed: int, draw_number: int) -> None:
    many = parse_case(f"2x2 affine:2 mean-squared-error weights={seed} draws=8")
    one = parse_case(f"2x2 affine:2 mean-squared-error weights={seed + draw_number}")
    laid = plan(many.architecture)
    np.testing.assert_array_equal(laid.inputs(many)["W1"][draw_number], laid.inputs(one)["W1"][0])


@pytest.mark.parametrize("regime", REGIMES)
def test_a_regime_is_what_it_says(regime: str) -> None:
    W = draw("weight", "W", (40, 40), [5], regime)[0]
    size = np.abs(W)
    match regime:
        case "ordinary":
            assert (size >= 0.1).all()
            assert (size <= 2.0).all()
            assert (np.round(W, 2) == W).all()
        case "saturated":
            assert 2.0 < size.mean() < 12.0
        case "tiny":
            assert size.max() < 1e-3
        case "huge":
            assert size.mean() > 100
        case "sparse":
            assert 0.4 < (W == 0).mean() < 0.8
        case "near-kink":
            off = np.abs(W - np.round(2 * W) / 2)
            assert 0 < off[off > 0].max() < 1e-7
            assert (off > 0).mean() < 0.5
        case "repeated":
            assert len(np.unique(W)) == 2
        case _:
            pytest.fail(f"no test for the regime {regime}")


def test_an_unknown_regime_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'saturated'"):
        draw("weight", "W", (1,), [0], "saturate")
