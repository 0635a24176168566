"""The error bars of finite differences cover the truth: at kinks, under noise, at any scale."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradcheck import Verdict, check_gradient
from gradcheck.op import Array, Gradients, Op, Pullback
from gradcheck.oracles import Differences, fits
from gradcheck.oracles.ladder import FIRST_STEP, PLACES
from gradcheck.oracles.noise import rounding_noise
from gradcheck.point import Point
from gradcheck.records import Estimate

Function = Callable[[Array], Array]

SMOOTH: dict[str, tuple[Function, Function]] = {
    "sin": (np.sin, np.cos),
    "fast sin": (lambda x: np.sin(50 * x), lambda x: 50 * np.cos(50 * x)),
    "very fast sin": (lambda x: np.sin(64 * np.pi * x), lambda x: 64 * np.pi * np.cos(64 * np.pi * x)),
    "exp": (np.exp, np.exp),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "log": (lambda x: np.log(np.abs(x)), lambda x: 1 / x),
    "root": (lambda x: np.sqrt(np.abs(x)), lambda x: np.sign(x) / (2 * np.sqrt(np.abs(x)))),
    "steep tanh": (lambda x: np.tanh(1000 * x), lambda x: 1000 * (1 - np.tanh(1000 * x) ** 2)),
    "far from zero": (lambda x: x + 1e8, np.ones_like),
    "line": (lambda x: 3.0 * x, lambda x: np.full_like(x, 3.0)),
}
RELU: tuple[Function, Function] = (lambda x: np.maximum(x - 1, 0), lambda x: (x > 1) * 1.0)


class Elementwise(Op):
    """y = f(x), without a pullback: the oracle must not need one."""

    def __init__(self, f: Function, *, stacks: bool = True) -> None:
        self.f, self.takes_stacks = f, stacks

    @property
    def stacks(self) -> bool:
        """As asked for."""
        return self.takes_stacks

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return f(x), and a pullback that must not be called."""
        return self.f(x), forbidden


def forbidden(dy: Array) -> Gradients:
    raise AssertionError("the oracle has asked for the claim")


def estimate(f: Function, x: Array, *, stacks: bool = True) -> Estimate:
    """Ask for f'(x), each number a draw of its own."""
    inputs = {"x": x[:, None]}
    return (
        Differences().answer(Point(Elementwise(f, stacks=stacks), inputs, np.ones((len(x), 1)), ("x",))).gradients["x"]
    )


points = st.lists(st.floats(-4, 4).filter(lambda x: abs(x) > 1e-3), min_size=1, max_size=20).map(np.array)


@pytest.mark.parametrize("name", SMOOTH)
@given(x=points)
def test_the_bar_covers_the_truth(name: str, x: Array) -> None:
    f, slope = SMOOTH[name]
    said = estimate(f, x)
    # the slope that we compare with is itself rounded, and so is what f makes of x before it bends it
    own_rounding = 1e-13 * (1.0 + np.abs(slope(x)) * (1.0 + 100.0 * np.abs(x)))
    assert (np.abs(said.value[:, 0] - slope(x)) <= said.bar[:, 0] + own_rounding).all()


@pytest.mark.parametrize("name", ["sin", "exp", "cube", "log", "root", "line"])
def test_the_bar_is_short_enough_to_mean_something(name: str) -> None:
    f, slope = SMOOTH[name]
    x = np.linspace(0.3, 3.0, 50)
    assert (estimate(f, x).bar[:, 0] <= 1e-8 * np.maximum(np.abs(slope(x)), 1e-2)).all()


@given(st.floats(-12, 0), st.sampled_from([-1.0, 1.0]))
def test_next_to_a_kink_the_bar_covers_the_side_that_is_right(exponent: float, side: float) -> None:
    x = np.array([1.0 + side * 10.0**exponent])
    f, slope = RELU
    said = estimate(f, x)
    assert np.abs(said.value[0, 0] - slope(x)) <= said.bar[0, 0] + 1e-15


def test_a_kink_nearby_does_not_disturb_and_one_at_the_point_is_seen() -> None:
    said = estimate(RELU[0], 1.0 + np.array([0.0, 1e-9, 1e-6, 1e-3, -1e-3]))
    assert said.kinks[:, 0].tolist() == [True, True, False, False, False]
    assert (said.bar[2:, 0] < 1e-7).all()
    low, high = (said.value - said.bar)[0, 0], (said.value + said.bar)[0, 0]
    assert -0.01 < low < 0.01
    assert 0.99 < high < 1.01


@pytest.mark.parametrize("away", [1e-12, 1e-9])
def test_a_kink_that_no_step_but_the_shortest_may_leave_is_not_looked_at_with_all(away: float) -> None:
    looks = []

    def bent(x: Array) -> Array:
        looks.append(len(x))
        return np.abs(x - 1.0) + 0.3 * np.sin(x)

    said = estimate(bent, np.array([1.0 + away]))
    assert np.abs(said.value[0, 0] - 1.0 - 0.3 * np.cos(1.0)) <= said.bar[0, 0]
    assert looks.count(len(PLACES)) <= 4
    assert len(fits.PLACES) not in looks


@given(points, st.integers(-12, 12), st.integers(-12, 12))
def test_units_do_not_matter(x: Array, inner: int, outer: int) -> None:
    """f(x) = 10^b sin(10^-a x) at 10^a x: the relative bar is what it is for sin."""
    a, b = 10.0**inner, 10.0**outer
    said, plain = estimate(lambda t: b * np.sin(t / a), a * x), estimate(np.sin, x)
    np.testing.assert_array_less(said.bar * a / b, 10.0 * plain.bar + 1e-9)


def test_an_operation_without_stacks_gets_the_same_answer() -> None:
    x = np.array([0.3, -1.2, 2.0])
    stacked, one_by_one = estimate(np.sin, x), estimate(np.sin, x, stacks=False)
    np.testing.assert_allclose(stacked.value, one_by_one.value, rtol=1e-9)


def test_noise_is_measured_and_lengthens_the_bar() -> None:
    def noisy(x: Array) -> Array:
        return np.asarray(np.sin(x) + 1e-8 * np.sin(1e13 * x))

    point = Point(Elementwise(noisy), {"x": np.array([[0.7]])}, np.ones((1, 1)), ("x",))
    assert 1e-9 < rounding_noise(point)[0] < 1e-7
    said = estimate(noisy, np.array([0.7]))
    assert np.abs(said.value[0, 0] - np.cos(0.7)) <= said.bar[0, 0]
    assert said.bar[0, 0] > 1e-8


@pytest.mark.parametrize("offset", [1e6, 1e7, 1e8, 1e9])
def test_steps_that_lost_digits_make_are_noise(offset: float) -> None:
    """f is flat from one number that float64 can hold near the offset to the next; mostly that is seen."""
    x = np.random.default_rng(1).uniform(-4.0, 4.0, 100)
    each = [estimate(lambda t: np.sin((t + offset) - offset), x[place : place + 1]) for place in range(x.size)]
    error = np.array([abs(said.value[0, 0] - np.cos(own)) for said, own in zip(each, x, strict=True)])
    covered = error <= np.array([said.bar[0, 0] for said in each]) + 4e-16 * offset
    assert covered.mean() > 0.75


@given(st.floats(3, 3.5), points)
def test_a_very_fast_function_is_no_noise(power: float, x: Array) -> None:
    """Unless all three steps are whole numbers of half its period: then no difference knows it from a slower one."""
    steps = FIRST_STEP * np.where(x == 0, 1.0, np.abs(x)) / 4.0
    assume((np.abs(np.sin(10.0**power * steps)) > 0.03).all())
    said = estimate(lambda t: np.sin(10.0**power * t), x)
    own_rounding = 1e-13 * 10.0 ** (2 * power) * (1.0 + np.abs(x))
    assert (np.abs(said.value[:, 0] - 10.0**power * np.cos(10.0**power * x)) <= said.bar[:, 0] + own_rounding).all()


def test_what_swings_within_the_finest_spacing_is_no_noise() -> None:
    """The argument of this sine turns by 6e10 while x does by 1, and no complex number gets through."""

    def f(x: Array) -> float:
        return float(np.log(np.abs(np.sin(np.exp(x**3))) + 0.02).sum())

    def slope(x: Array) -> Array:
        turn, sine = np.exp(x**3), np.sin(np.exp(x**3))
        return np.asarray(np.cos(turn) * np.sign(sine) / (np.abs(sine) + 0.02) * turn * 3 * x**2)

    x = np.array([2.78624094451589])
    assert check_gradient(f, slope, x).verdict is Verdict.AGREES
    assert check_gradient(f, lambda x: 1.1 * slope(x), x).verdict is Verdict.DIFFERS


def test_outside_the_domain_the_oracle_says_that_it_cannot_tell() -> None:
    with np.errstate(all="ignore"):
        said = estimate(np.log, np.array([-1.0]))
    assert np.isinf(said.bar).all()


def test_nothing_asked_nothing_answered() -> None:
    said = Differences().answer(Point(Elementwise(np.sin), {"x": np.zeros((2, 0))}, np.zeros((2, 0)), ("x",)))
    assert said.gradients["x"].value.shape == (2, 0)


@pytest.mark.parametrize("seed", [3, 8, 14, 21, 30, 34])
def test_a_staircase_of_rounding_is_taken_for_no_slope(seed: int) -> None:
    """Where p rounds to 1, log(1 - p) climbs in steps that are wider than any spacing that noise is looked for on."""
    generator = np.random.default_rng(seed)
    size = generator.choice([1.0, 5.0, 10.0, 20.0, 40.0])
    X, w = generator.normal(size=(5, 3)), size * generator.normal(size=3)
    y = (generator.uniform(size=5) < 0.5) * 1.0

    def loss(w: Array) -> Array:
        p = 1.0 / (1.0 + np.exp(-X @ w))
        return np.asarray(-np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p)))

    def gradient(w: Array) -> Array:
        return np.asarray(X.T @ (1.0 / (1.0 + np.exp(-X @ w)) - y) / 5.0)

    with np.errstate(all="ignore"):
        finite = np.isfinite(loss(w))
    if finite:
        assert check_gradient(loss, gradient, w).verdict is Verdict.AGREES
        assert check_gradient(loss, lambda w: 1.01 * gradient(w), w).verdict is Verdict.DIFFERS
