"""Forward mode and second order: what dual numbers say, against the pullback, against differences, against PyTorch."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck import Verdict
from gradcheck.architecture import parse_case, plan
from gradcheck.check import examine
from gradcheck.op import Array, Gradients, Op, Pullback, mT
from gradcheck.point import Point
from gradcheck.reference import (
    Affine,
    Gradient,
    GradientPenalty,
    Lstm,
    Network,
    Node,
    Relu,
    Rnn,
    Sigmoid,
    Tanh,
    hessian_vector,
    pushforward,
)
from gradcheck.reference.duals import Dual, NoRule

seeds = st.integers(0, 1000)


def critic(bend: Op) -> Network:
    """Two affine layers with a bend between them."""
    return Network(
        (
            Node("z", Affine(), {"x": "x", "W": "W", "b": "b"}),
            Node("h", bend, {"x": "z"}),
            Node("y", Affine(), {"x": "h", "W": "V", "b": "c"}),
        )
    )


def draw(seed: int, **shapes: tuple[int, ...]) -> dict[str, Array]:
    generator = np.random.default_rng(seed)
    return {name: generator.normal(size=shape) for name, shape in shapes.items()}


def of_critic(seed: int, draws: int = 2) -> dict[str, Array]:
    shapes = {"x": (3, 2), "W": (2, 4), "b": (4,), "V": (4, 2), "c": (2,)}
    return draw(seed, **{name: (draws, *shape) for name, shape in shapes.items()})


def inner(left: Gradients, right: Gradients) -> float:
    return sum(float((left[name] * right[name]).sum()) for name in right)


@settings(max_examples=20)
@given(seed=seeds)
def test_a_gradient_is_an_operation_like_any_other(seed: int) -> None:
    """Through the pullback of a pullback, to every input and to the cotangent; both oracles judge it."""
    for of in ("x", "W"):
        inputs = of_critic(seed) | draw(seed + 1, cotangent=(2, 3, 2))
        result = examine(Point.under(Gradient(critic(Tanh()), of), inputs, seed), "gradient")
        assert result.verdict is Verdict.AGREES, str(result)
        assert result.oracles == ("differences", "pytorch")


@settings(max_examples=20)
@given(seed=seeds)
def test_through_time_a_gradient_can_be_differentiated_too(seed: int) -> None:
    inputs = draw(seed, x=(2, 3, 1), h0=(2, 2), c0=(2, 2), W=(1, 8), U=(2, 8), b=(8,), cotangent=(2, 3, 2))
    result = examine(Point.of(Gradient(Lstm(), "U"), inputs), "gradient of an LSTM")
    assert result.verdict is Verdict.AGREES, str(result)


@pytest.mark.parametrize("bend", [Tanh(), Relu()])
@settings(max_examples=20)
@given(seed=seeds)
def test_the_gradient_penalty_is_differentiated_through_the_backward_pass(bend: Op, seed: int) -> None:
    result = examine(Point.under(GradientPenalty(critic(bend)), of_critic(seed), seed), "penalty")
    assert result.verdict is Verdict.AGREES, str(result)
    assert result.oracles == ("differences", "pytorch")


CASES = [
    "3x2 affine:3 tanh affine:2 half-sum-of-squares",
    "4x3 affine:2 sigmoid affine:2~b1 mean-squared-error",
    "3x4 residual(silu affine:4) affine:3 softmax-cross-entropy l2:0.1",
    "3x4 concatenate(gelu affine:2 | elu softplus) soft-label-cross-entropy",
    "two-two-two",
]


@settings(max_examples=20)
@given(text=st.sampled_from(CASES), seed=seeds)
def test_the_hessian_of_a_network_is_that_of_pytorch(text: str, seed: int) -> None:
    from gradcheck.oracles.counterparts import evaluate

    case = parse_case(f"{text} weights={seed}")
    laid = plan(case.architecture)
    inputs = {name: array[0] for name, array in laid.inputs(case).items()}
    wanted = [name for name in inputs if name not in laid.network.constants]
    u = draw(seed, **{name: inputs[name].shape for name in wanted})
    ours = hessian_vector(laid.network, inputs, u)
    tensors = {name: torch.tensor(array, requires_grad=name in wanted) for name, array in inputs.items()}
    first = torch.autograd.grad(evaluate(laid.network, tensors), [tensors[name] for name in wanted], create_graph=True)
    slope = sum((g * torch.tensor(u[name])).sum() for name, g in zip(wanted, first, strict=True))
    assert isinstance(slope, torch.Tensor)
    second = torch.autograd.grad(slope, [tensors[name] for name in wanted], allow_unused=True)
    for name, theirs in zip(wanted, second, strict=True):
        expected = np.zeros(inputs[name].shape) if theirs is None else theirs.numpy()
        np.testing.assert_allclose(ours[name], expected, rtol=1e-9, atol=1e-9)


def test_a_quadratic_has_its_matrix_for_a_hessian() -> None:
    """L = 1/2 sum (x W)^2 has d2L/dx2 = W W^T, at every x."""

    class Quadratic(Op):
        def forward(self, x: Array, W: Array) -> tuple[Array, Pullback]:
            """Return L."""
            y = x @ W

            def pullback(dL: Array) -> Gradients:
                return {"x": dL * (y @ mT(W)), "W": dL * (mT(x) @ y)}

            return 0.5 * (y**2).sum(), pullback

    W, u = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([[0.5, -2.0]])
    for x in (np.zeros((1, 2)), np.array([[4.0, 1.0]])):
        np.testing.assert_allclose(hessian_vector(Quadratic(), {"x": x, "W": W}, {"x": u})["x"], u @ W @ W.T)


class Slipped(Op):
    """A recurrent layer whose pullback forgets the initial state: what must be noticed."""

    def forward(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Return the states."""
        y, pullback = Rnn()(**inputs)
        return y, lambda dy: pullback(dy) | {"h0": np.zeros_like(inputs["h0"])}


def test_forward_mode_knows_the_slope_of_a_sigmoid_where_its_two_halves_meet() -> None:
    x = np.array([[-1.0, 0.0, 1.0]])
    value, slope = pushforward(Sigmoid(), {"x": x}, {"x": np.ones((1, 3))})
    np.testing.assert_allclose(slope, value * (1.0 - value), rtol=1e-15)


def test_a_slip_in_a_pullback_does_not_fool_forward_mode() -> None:
    """The two sides of <v, J u> = <J^T v, u> know nothing of each other, so a slip in one shows."""
    inputs = draw(0, x=(2, 3, 1), h0=(2, 2), W=(1, 2), U=(2, 2), b=(2,))
    u = draw(1, **{name: array.shape for name, array in inputs.items()})
    for op, holds in ((Rnn(), True), (Slipped(), False)):
        y, J_u = pushforward(op, inputs, u)
        v = np.random.default_rng(2).normal(size=y.shape)
        gap = float((v * J_u).sum()) - inner(op(**inputs)[1](v), u)
        assert (abs(gap) < 1e-12) is holds


def test_dual_numbers_say_what_they_cannot_do() -> None:
    x: Any = Dual(np.ones(3), np.ones(3))
    with pytest.raises(NoRule, match=r"numpy\.arctan"):
        np.arctan(x)
    with pytest.raises(NoRule, match=r"numpy\.median"):
        np.median(x)
    with pytest.raises(NoRule, match="plain array"):
        np.asarray(x)
    with pytest.raises(NoRule, match="third derivative"):
        Dual(x, x)


def test_dual_numbers_are_written_to_like_arrays() -> None:
    x: Any = Dual(np.array([1.0, 2.0]), np.array([10.0, 20.0]))
    zeros: Any = np.zeros_like(x)
    zeros[1] = x[0] * x[1]
    np.testing.assert_array_equal(zeros.value, [0.0, 2.0])
    np.testing.assert_array_equal(zeros.tangent, [0.0, 40.0])
