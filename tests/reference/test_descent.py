"""Gradient descent: what a small step gains, and that no other direction gains more."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.architecture import parse_case, plan
from gradcheck.op import Array
from gradcheck.reference import Network
from gradcheck.reference.descent import Weights, feedforward, gradient, loss, step, train, update

CASES = [
    "3x2 affine:3 tanh affine:2 half-sum-of-squares",
    "4x3 affine:2 sigmoid affine:2~b1 mean-squared-error",
    "3x4 residual(silu affine:4) affine:3 softmax-cross-entropy l2:0.1",
    "one-path",
    "two-two-two",
]
cases = st.builds("{} weights={}".format, st.sampled_from(CASES), st.integers(0, 500))


def problem(case: str) -> tuple[Network, Weights, dict[str, Array]]:
    """The network of a case, its weights, and its data."""
    parsed = parse_case(case)
    laid = plan(parsed.architecture)
    inputs = {name: array[0] for name, array in laid.inputs(parsed).items()}
    weights = {name: array for name, array in inputs.items() if laid.kinds[name] == "weight"}
    return laid.network, weights, {name: inputs[name] for name in inputs.keys() - weights.keys()}


def slope(network: Network, weights: Weights, data: dict[str, Array], direction: Weights) -> float:
    """The derivative of the loss along a direction, by a central difference."""
    h = 1e-5

    def at(t: float) -> float:
        values, _ = feedforward(network, {name: w + t * direction[name] for name, w in weights.items()}, data)
        return float(loss(network, values))

    return (at(h) - at(-h)) / (2.0 * h)


def norm(direction: Weights) -> float:
    return float(np.sqrt(sum((d**2).sum() for d in direction.values())))


def downhill(network: Network, weights: Weights, data: dict[str, Array]) -> Weights:
    values, pullbacks = feedforward(network, weights, data)
    return gradient(network, weights, pullbacks, loss(network, values))


@given(cases)
def test_the_loss_falls_by_a_g_squared(case: str) -> None:
    network, weights, data = problem(case)
    g = downhill(network, weights, data)
    squared = norm(g) ** 2
    rate = 1e-7 / max(1.0, squared)
    before, after = step(network, weights, data, rate)
    now = loss(network, feedforward(network, after, data)[0])
    gained, predicted = float(before - now), rate * squared
    assert abs(gained - predicted) <= 1e-3 * predicted + 1e-13 * max(1.0, abs(float(before)))
    assert abs(slope(network, weights, data, g) - squared) <= 1e-6 * max(squared, 1.0)


@given(cases, st.integers(0, 100))
def test_no_direction_of_the_same_length_falls_faster(case: str, seed: int) -> None:
    network, weights, data = problem(case)
    g = downhill(network, weights, data)
    generator = np.random.default_rng(seed)
    other = {name: generator.normal(size=w.shape) for name, w in weights.items()}
    scaled = {name: d * norm(g) / norm(other) for name, d in other.items()}
    steepest = -(norm(g) ** 2)
    assert slope(network, weights, data, scaled) >= steepest - 1e-6 * max(1.0, -steepest)


def test_all_gradients_belong_to_the_same_old_weights() -> None:
    weights = {"a": np.array(1.0), "b": np.array(2.0)}
    assert update(weights, {"a": np.array(10.0), "b": np.array(20.0)}, 0.1) == {"a": 0.0, "b": 0.0}
    assert weights == {"a": 1.0, "b": 2.0}


def test_training_learns() -> None:
    network, weights, data = problem("3x2 affine:4 tanh affine:1 half-sum-of-squares weights=3")
    losses = [float(L) for L, _ in train(network, weights, data, rate=0.05, steps=300)]
    assert losses[-1] < 1e-3 * losses[0]
