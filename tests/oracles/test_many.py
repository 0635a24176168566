"""Three values an entry: the bars hold, as short as they are, and what they do not settle is given six."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.op import Array
from gradcheck.oracles.grid import Grid
from gradcheck.oracles.many import STEP, Many
from gradcheck.records import Estimate

Function = Callable[[Array], Array]
EPS = float(np.finfo(np.float64).eps)

SMOOTH: dict[str, tuple[Function, Function]] = {
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "fifth power": (lambda x: x**5, lambda x: 5 * x**4),
    "fast sin": (lambda x: np.sin(300 * x), lambda x: 300 * np.cos(300 * x)),
    "line": (lambda x: 3.0 * x, lambda x: np.full_like(x, 3.0)),
}


def estimate(f: Function, x: Array, slope: Array | float = 1.0) -> tuple[Estimate, int]:
    """Ask for f'(x), about the slope, of every number as an entry; with it comes how many values were looked at."""
    looked_at = 0

    def values(_: Grid, moved: Array) -> Array:
        nonlocal looked_at
        looked_at += moved.size
        return f(moved)

    centre = f(x)[:, None]
    noise = EPS * (np.abs(centre) + np.abs(x * slope)[:, None])
    with np.errstate(all="ignore"):
        ladder = Many(x[None], values, centre=centre, noise=noise, wider=lambda: noise, cost=1)
        return ladder.estimate(), looked_at


@pytest.mark.parametrize("name", SMOOTH)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_bars_hold_the_truth(name: str, seed: int) -> None:
    f, slope = SMOOTH[name]
    x = np.random.default_rng(seed).normal(size=50)
    said, _ = estimate(f, x, slope(x))
    assert (np.abs(said.value[0] - slope(x)) <= said.bar[0]).all()
    assert (said.bar[0] <= 1e-6 * np.abs(said.value).max()).all()


def test_three_values_are_enough_for_most() -> None:
    x = np.random.default_rng(0).normal(size=5000)
    _, looked_at = estimate(lambda t: np.sin(0.1 * t), x)
    assert looked_at < 3.5 * len(x)


@given(st.floats(-2.5, 2.5), st.integers(0, 49))
def test_a_kink_within_reach_is_in_the_bar(place: float, entry: int) -> None:
    x = np.random.default_rng(1).uniform(0.5, 1.5, 50)
    kink = x[entry] + place * STEP
    said, _ = estimate(lambda t: np.maximum(t - kink, 0.0), x)
    right = np.where(x > kink, 1.0, 0.0)
    assert (np.abs(said.value[0] - right) <= said.bar[0] + (x == kink)).all()
