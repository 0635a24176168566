"""Weights through the numbers they move: two values are enough for most, and the bars hold, at kinks as well."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.architecture import parse_case, plan
from gradcheck.op import Array
from gradcheck.oracles.grid import Grid
from gradcheck.oracles.levers import Lever, levers
from gradcheck.oracles.many import STEP, Many
from gradcheck.oracles.ripples import Ripples
from gradcheck.point import Point
from gradcheck.records import Estimate

Function = Callable[[Array], Array]
EPS = float(np.finfo(np.float64).eps)
PLAIN = "3x6 affine:5 {bend} affine:4 binary-cross-entropy draws=1"

SMOOTH: dict[str, tuple[Function, Function]] = {
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "fifth power": (lambda z: z**5, lambda z: 5 * z**4),
    "line": (lambda z: 3.0 * z, lambda z: np.full_like(z, 3.0)),
}


@dataclass
class Layer:
    """f summed over z = x W + b in some rows, and what is said of the weights."""

    x: Array
    W: Array
    b: Array
    looked_at: int = 0

    @staticmethod
    def drawn(seed: int, rows: int, into: int, units: int) -> "Layer":
        """Draw one in which some weights are multiplied with next to nothing, and others with nothing."""
        generator = np.random.default_rng(seed)
        shapes = (rows, into), (into, units), (units,)
        x, W, b = (scale * generator.normal(size=shape) for scale, shape in zip((1.0, 0.3, 1.0), shapes, strict=True))
        x[:, 0] *= 1e-5
        x[:, into // 2] = 0.0
        return Layer(x, W, b)

    @property
    def z(self) -> Array:
        """What moves, (rows, units)."""
        return np.asarray(self.x @ self.W + self.b)

    def estimate(self, f: Function, slope: Function, *, smooth: bool) -> tuple[Estimate, Array]:
        """Return what many entries with a lever say of the weights, and the truth, both (1, weights)."""

        def third(u: Array) -> Array:
            self.looked_at += 3 * u.size
            return f(self.z + 2.0 * u) - 3.0 * f(self.z + u) + 3.0 * f(self.z) - f(self.z - u)

        def values(grid: Grid, moved: Array) -> Array:
            self.looked_at += moved.size
            into, unit = np.divmod(grid.entries, len(self.b))
            d = moved[..., 0] - self.W.reshape(-1)[grid.entries]
            return np.asarray(f(self.z[:, unit] + d[:, None] * self.x[:, into]).sum(axis=1)[..., None])

        right = (self.x.T @ slope(self.z)).reshape(1, -1)
        centre = np.tile(f(self.z).sum(axis=0), len(self.W))[:, None]
        sizes = np.abs(f(self.z)) + np.abs(self.z * slope(self.z))
        noise = EPS * len(self.x) * np.tile(sizes.sum(axis=0), len(self.W))[:, None]
        with np.errstate(all="ignore"):
            ladder = Many(self.W.reshape(1, -1), values, centre=centre, noise=noise, wider=lambda: noise, cost=1)
            ladder.lever = Lever(self.x, len(self.b), smooth, third)
            return ladder.estimate(), right


@pytest.mark.parametrize("name", SMOOTH)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 5), smooth=st.booleans())
def test_the_bars_hold_the_truth(name: str, seed: int, rows: int, smooth: bool) -> None:
    said, right = Layer.drawn(seed, rows, 8, 6).estimate(*SMOOTH[name], smooth=smooth)
    assert (np.abs(said.value - right) <= said.bar + EPS).all()
    assert (said.bar <= 1e-6 * np.abs(said.value).max()).all()


@pytest.mark.parametrize("rows", [1, 4])
def test_two_values_are_enough_for_most(rows: int) -> None:
    layer = Layer.drawn(0, rows, 400, 10)
    layer.W /= 20.0
    layer.estimate(lambda z: np.sin(0.1 * z), lambda z: 0.1 * np.cos(0.1 * z), smooth=True)
    assert layer.looked_at < 2.2 * layer.W.size


@given(st.floats(-2.5, 2.5), st.integers(0, 47), st.integers(1, 3))
def test_a_kink_within_reach_is_in_the_bar(place: float, entry: int, rows: int) -> None:
    layer = Layer.drawn(1, rows, 8, 6)
    into, unit = divmod(entry, 6)
    step = STEP * max(abs(layer.W[into, unit]), 0.3)
    kink = layer.z[0, unit] + place * step * layer.x[0, into]
    said, right = layer.estimate(lambda z: np.maximum(z - kink, 0.0), lambda z: (z > kink) * 1.0, smooth=False)
    at = (np.abs(layer.x).T @ (layer.z == kink)).reshape(1, -1)
    assert (np.abs(said.value - right) <= said.bar + at + EPS).all()


def at(text: str) -> Ripples:
    """The ripples of a case, all weights wanted."""
    case = parse_case(text)
    laid = plan(case.architecture)
    wanted = tuple(name for name in laid.network.inputs if name[0] == "W")
    return Ripples.of(Point(laid.network, laid.inputs(case), np.ones(case.draws), wanted), laid.network)


@pytest.mark.parametrize("bend", ["tanh", "softmax", "elu"])
@pytest.mark.parametrize("name", ["W1", "W3"])
def test_what_rows_say_is_what_a_third_value_of_every_weight_says(bend: str, name: str) -> None:
    ripples = at(PLAIN.format(bend=bend))
    W = ripples.point.inputs[name].reshape(1, -1)
    grid, h = Grid(np.arange(W.size), np.arange(1)), 0.01 * np.abs(W.T)
    ladder = Many(
        W,
        lambda own, moved: ripples.moved(name, own, moved),
        centre=ripples.value(),
        noise=np.zeros(1),
        wider=lambda: np.zeros(1),
        cost=1,
    )
    values = ladder.values(grid, np.stack([W.T - h, W.T + h]))
    right = ladder.third(grid, W.T, h, values, np.arange(W.size))[:, 0]
    said, off = levers(ripples)[name].bend(grid.entries, h[:, 0])
    assert (np.abs(said - right) <= 0.1 * np.abs(right).max()).all()
    assert (np.abs(said - right) <= off + 1e-9).all()
    assert np.abs(right).max() > 1e-8


@pytest.mark.parametrize(
    ("text", "have_one"),
    [
        (PLAIN.format(bend="tanh"), {"W1", "W3"}),
        ("3x6 affine:5 batch-norm tanh affine:4 mean-squared-error draws=1", set()),
        ("1x6 affine:5 layer-norm tanh affine:4 mean-squared-error draws=1", {"W1", "W4"}),
        ("3x6 affine:5 tanh affine:4 mean-squared-error draws=2", set()),
        ("3x2 affine:5 tanh affine:4 mean-squared-error draws=1", {"W3"}),
    ],
)
def test_who_has_a_lever(text: str, have_one: set[str]) -> None:
    assert set(levers(at(text))) == have_one
