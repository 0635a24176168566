"""A layer that is recorded: the same value, exact derivatives, and a word where a choice was close."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.architecture import weights
from gradcheck.architecture.vocabulary import KINDS, LOSSES
from gradcheck.generate.assembly import alone
from gradcheck.op import Array, Op
from gradcheck.oracles import layers, single, structure
from gradcheck.oracles.recorded import Record, rounded
from gradcheck.records import Estimate
from gradcheck.reference import Dropout, Huber, Relu, Sigmoid, Softmax

DRAWS = 3


def recorded(x: Array) -> Any:
    return Record(len(x)).put(x, rounds=False)


def arrived(shape: tuple[int, ...]) -> Estimate:
    dy = np.random.default_rng(1).normal(size=shape)
    return Estimate(dy, np.zeros(shape), np.zeros(shape, bool), np.abs(dy))


def back_from(top: Any) -> tuple[Array, Estimate]:
    """What arrives, and the derivative by the first thing recorded."""
    dy = arrived(top.shape)
    return dy.value, top.record.backwards(top, dy)[0][0]


@pytest.mark.parametrize("word", [*KINDS, *LOSSES])
@pytest.mark.parametrize("wishes", [0, 12**3 + 12 + 1])
@np.errstate(all="ignore")
def test_a_layer_is_recorded_and_its_derivative_is_exact(word: str, wishes: int) -> None:
    drawn, needs = alone(word, (3, 4), wishes)
    op = layers.inside(drawn)
    seeds = range(DRAWS)
    inputs = {name: weights.draw(own.holds, name, own.shape, seeds, "ordinary") for name, own in needs.items()}
    roles = [name for name, own in inputs.items() if own.dtype.kind == "f" and name not in op.constants]
    value, pullback = op(**inputs)
    record, top = single.recorded(op, inputs, roles)
    assert top is not None
    np.testing.assert_array_equal(top.value, value)
    dy = arrived(value.shape)
    found, claim = record.backwards(top, dy)[0], pullback(dy.value)
    for place, role in enumerate(roles):
        if not record.close.any() and place in found:
            said = found[place]
            assert (np.abs(said.value - claim[role]) <= said.bar + 1e-12 * np.abs(claim[role]).max() + 1e-13).all()


@pytest.mark.parametrize(
    ("op", "at", "close"),
    [
        (Relu(), [1.0, -1.0, 2.0], False),
        (Relu(), [1.0, 0.0, 2.0], True),
        (Relu(), [1.0, 1e-17, 2.0], True),
        (Sigmoid(), [1.0, 1e-17, 2.0], True),
        (Softmax(), [1.0, 1.0, 2.0], False),
        (Softmax(), [2.0, 2.0, 2.0], False),
    ],
)
def test_a_close_decision_is_noted_in_its_own_draw(op: Op, at: list[float], close: bool) -> None:
    top: Any = op(x=recorded(np.array([[[3.0, 2.0, 1.0]], [at]])))[0]
    back_from(top)
    assert top.record.close.tolist() == [False, close]


def test_a_decision_that_nothing_follows_from_is_none() -> None:
    x = recorded(np.array([[1.0, 1.0]]))
    assert (x > 0.5).all()
    assert not (x * 2.0).record.close.any()
    y: Any = np.where(x >= 1.0, x, 0.0)
    assert y.record.close.all()


def test_what_is_decided_by_a_decision_is_one() -> None:
    x = recorded(np.array([[0.0, 1.0]]))
    gain: Any = np.where(x > 0, 1.0, 0.1)
    assert (x * (2.0 * gain[..., None, :] + 1.0)).record.close.all()
    mask = np.ones((1, 1, 2))
    dropped: Any = Dropout()(x=recorded(np.zeros((1, 1, 2))), mask=mask)[0]
    assert not dropped.record.close.any()


def test_a_close_decision_that_changes_no_slope_is_no_kink() -> None:
    """The logistic function is written for two cases, and has no kink between them; the maximum of two numbers has."""
    x = np.array([[[1.0, 0.0]], [[2.0, 3.0]]])
    dy = arrived(x.shape)
    said = layers.through(Sigmoid(), {"x": x}, ["x"])[1](dy)[0]["x"]
    y = 1.0 / (1.0 + np.exp(-x))
    assert not said.kinks.any()
    np.testing.assert_allclose(said.value, y * (1.0 - y) * dy.value, rtol=1e-14)
    assert layers.through(Relu(), {"x": x}, ["x"])[1](dy)[0]["x"].kinks.tolist() == [[[False, True]], [[False] * 2]]


def test_at_a_kink_the_layer_is_moved() -> None:
    inputs = {"y": np.array([[[3.0]], [[1.0]]]), "target": np.zeros((2, 1, 1))}
    dy = arrived((2,))
    said = layers.through(Huber(), inputs, ["y"])[1](dy)[0]["y"]
    assert said.bar[0].max() < 1e-10
    assert structure.rule(Huber()) is not structure.one_by_one
    np.testing.assert_allclose(said.value[:, 0, 0], dy.value, rtol=1e-6)


@given(st.sampled_from(sorted(structure.ENTRYWISE, key=repr)), st.integers(0, 9999), st.integers(1, 30))
@np.errstate(all="ignore")
def test_a_number_beside_far_larger_ones_is_seen_as_sharply(kind: type[Op], seed: int, powers: int) -> None:
    """Also where the layer stands still at exactly zero: nothing is noisy there, and nothing moves."""
    generator = np.random.default_rng(seed)
    x = generator.choice([-1.0, 1.0], (2, 4)) * 10.0 ** generator.uniform(-3, powers, (2, 4))
    everywhere = np.ones(x.shape)
    above = Estimate(everywhere, 0.0 * everywhere, np.zeros(x.shape, bool), everywhere)
    said = structure.rule(kind())(kind(), {"x": x}, ["x"], above)["x"]
    assert said.bar.max() < 1e-3
    assert (np.abs(said.value - kind()(x=x)[1](everywhere)["x"]) <= said.bar).all()


@given(st.integers(0, 99))
def test_what_is_written_over_is_forgotten(seed: int) -> None:
    """y = x, y[1:] = 3 y[:2], so that <dy, y> moves with x by dy with what came from each place."""
    x = np.random.default_rng(seed).normal(size=(1, 3))
    y: Any = recorded(x).copy()
    y[..., 1:] = 3.0 * y[..., :2]
    dy, said = back_from(y)
    np.testing.assert_allclose(said.value, dy @ np.array([[1.0, 0.0, 0.0], [3.0, 0.0, 0.0], [0.0, 3.0, 0.0]]))


@given(st.integers(0, 99))
def test_one_array_taken_apart_and_put_together(seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(1, 2, 6))
    a, b, c = np.split(recorded(x), 3, axis=-1)
    dy, said = back_from(np.concatenate([c, a * b, a[..., [1, 1]]], axis=-1))
    left, right, twice = np.split(dy, 3, axis=-1)
    first, second = x[..., :2], x[..., 2:4]
    copied = np.stack([0.0 * twice[..., 0], twice.sum(axis=-1)], axis=-1)
    expected = np.concatenate([right * second + copied, right * first, left], axis=-1)
    np.testing.assert_allclose(said.value, expected)


def test_rounding_is_foreseen() -> None:
    """What rounding does to a sum of products, as the record foresees it and as it is."""
    generator = np.random.default_rng(0)
    x, w = (generator.normal(size=(200, 1, 100)) for _ in range(2))
    top = (recorded(x) * w).sum(axis=(-2, -1))
    _, summands = top.record.backwards(top, Estimate(np.ones(200), np.zeros(200), np.zeros(200, bool), np.ones(200)))
    exact = (x.astype(np.longdouble) * w).sum(axis=(-2, -1))
    error = np.sqrt(np.mean((top.value - exact) ** 2))
    assert 0.1 < error / np.sqrt((rounded(summands, 200) ** 2).mean()) < 1.5


def test_what_is_not_known_is_not_recorded() -> None:
    class Strange(Op):
        def forward(self, x: Array) -> Any:
            return np.fft.fft(x), None

    assert single.recorded(Strange(), {"x": np.ones((1, 2))}, ["x"])[1] is None
