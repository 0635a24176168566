"""Weights through the numbers they move: one value is enough for most, the bars hold, and what is assumed is seen."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.architecture import parse_case, plan
from gradcheck.op import Array
from gradcheck.oracles import layers
from gradcheck.oracles.grid import Grid
from gradcheck.oracles.levers import Lever, levers
from gradcheck.oracles.many import Many
from gradcheck.oracles.ripples import Ripples
from gradcheck.oracles.single import whole
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

    def estimate(self, f: Function, slope: Function, claimed: Function | None = None) -> tuple[Estimate, Array]:
        """Return what is said of the weights with a lever that claims f to be so, and the truth, both (1, weights)."""
        claimed = claimed or f

        def moved(entries: Array, there: Array) -> tuple[Array, Array]:
            into, unit = np.divmod(entries, len(self.b))
            d = there - self.W.reshape(-1)[entries]
            return self.z[:, unit], self.z[:, unit] + d * self.x[:, into]

        def bends(u: Array) -> tuple[Array, Array, Array]:
            self.looked_at += 4 * u.size
            below, behind, here, ahead, above = (claimed(self.z + place * u) for place in (-2.0, -1.0, 0.0, 1.0, 2.0))
            fourth = above - 4.0 * ahead + 6.0 * here - 4.0 * behind + below
            return ahead - 2.0 * here + behind - fourth / 12.0, 0.5 * (above - below) - ahead + behind, fourth

        def rises(entries: Array, there: Array) -> Array:
            self.looked_at += entries.size
            before, after = moved(entries, there)
            return np.asarray((claimed(after) - claimed(before)).sum(axis=0))

        def values(grid: Grid, there: Array) -> Array:
            self.looked_at += there.size
            return np.stack([f(moved(grid.entries, own)[1]).sum(axis=0)[:, None] for own in there[..., 0]])

        right = (self.x.T @ slope(self.z)).reshape(1, -1)
        centre = np.tile(f(self.z).sum(axis=0), len(self.W))[:, None]
        sizes = np.abs(f(self.z)) + np.abs(self.z * slope(self.z))
        noise = EPS * len(self.x) * np.tile(sizes.sum(axis=0), len(self.W))[:, None]
        with np.errstate(all="ignore"):
            ladder = Many(self.W.reshape(1, -1), values, centre=centre, noise=noise, wider=lambda: noise, cost=1)
            ladder.lever = Lever(self.x, len(self.b), float(noise.max()), rises, bends)
            return ladder.estimate(), right


@pytest.mark.parametrize("name", SMOOTH)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 5))
def test_the_bars_hold_the_truth(name: str, seed: int, rows: int) -> None:
    said, right = Layer.drawn(seed, rows, 8, 6).estimate(*SMOOTH[name])
    assert (np.abs(said.value - right) <= said.bar + EPS).all()
    assert (said.bar <= 1e-6 * np.abs(said.value).max()).all()


@pytest.mark.parametrize("rows", [1, 4])
def test_one_value_is_enough_for_most(rows: int) -> None:
    layer = Layer.drawn(0, rows, 400, 10)
    layer.W /= 20.0
    layer.estimate(lambda z: np.sin(0.1 * z), lambda z: 0.1 * np.cos(0.1 * z))
    assert layer.looked_at < 1.2 * layer.W.size


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 5))
def test_a_lever_through_which_the_value_does_not_move_is_not_believed(seed: int, rows: int) -> None:
    said, right = Layer.drawn(seed, rows, 8, 6).estimate(np.sin, np.cos, claimed=lambda z: np.sin(1.001 * z))
    assert (np.abs(said.value - right) <= said.bar + EPS).all()
    assert (said.bar <= 1e-6 * np.abs(said.value).max()).all()


def at(text: str) -> Ripples:
    """The ripples of a case, all weights wanted."""
    case = parse_case(text)
    laid = plan(case.architecture)
    wanted = tuple(name for name in laid.network.inputs if name[0] == "W")
    return Ripples.of(Point(laid.network, laid.inputs(case), np.ones(case.draws), wanted), laid.network)


@pytest.mark.parametrize("bend", ["tanh", "softmax"])
@pytest.mark.parametrize("name", ["W1", "W3"])
def test_what_rows_say_of_bending_is_what_weights_do(bend: str, name: str) -> None:
    ripples = at(PLAIN.format(bend=bend))
    W = ripples.point.inputs[name].reshape(1, -1)
    grid, h = Grid(np.arange(W.size), np.arange(1)), 0.01 * np.abs(W.T)
    rise = (ripples.moved(name, grid, (W.T + h)[None])[0] - ripples.value())[:, 0]
    slope = whole(layers.chained(ripples.point)[0][name]).value.reshape(-1)
    lever, right = levers(ripples, np.zeros(1))[name], rise / h[:, 0] - slope
    said, off = lever.bend(h[:, 0])
    assert lever.rises(grid.entries, (W.T + h)[:, 0]) == pytest.approx(rise, rel=1e-9, abs=1e-14)
    assert (np.abs(said - right) <= 1e-3 * np.abs(right).max()).all()
    assert (np.abs(said - right) <= off + 1e-9).all()
    assert np.abs(right).max() > 1e-5


@pytest.mark.parametrize(
    ("text", "have_one"),
    [
        (PLAIN.format(bend="tanh"), {"W1", "W3"}),
        ("3x6 affine:5 batch-norm tanh affine:4 mean-squared-error draws=1", set()),
        ("1x6 affine:5 layer-norm tanh affine:4 mean-squared-error draws=1", set()),
        (PLAIN.format(bend="elu"), set()),
        ("3x6 affine:5 tanh affine:4 mean-squared-error draws=2", set()),
        ("3x2 affine:5 tanh affine:4 mean-squared-error draws=1", {"W3"}),
    ],
)
def test_who_has_a_lever(text: str, have_one: set[str]) -> None:
    assert set(levers(at(text), np.zeros(1))) == have_one
