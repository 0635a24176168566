"""PyTorch as an oracle: the same functions, one thread, and a clear word if it is not there."""

import builtins
from typing import Any

import numpy as np
import pytest
import torch

from gradcheck import reference
from gradcheck.architecture import parse_case, plan
from gradcheck.errors import OracleMissing
from gradcheck.op import Altered, Array, Gradients, Op, Pullback
from gradcheck.oracles import PyTorch
from gradcheck.oracles.counterparts import COUNTERPARTS
from gradcheck.oracles.pytorch import one_thread
from gradcheck.point import Point
from gradcheck.reference import Network, Node, Relu, Residual, Tanh


class Stranger(Op):
    """An operation that PyTorch knows nothing of."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return x."""
        return x, lambda dy: {"x": dy}


def test_every_layer_has_a_counterpart() -> None:
    assert set(COUNTERPARTS) >= set(reference.LAYERS)


def test_it_judges_the_textbook_and_nothing_else() -> None:
    inside = Network((Node("a", Stranger(), {"x": "x"}),))
    assert PyTorch().judges(Network((Node("a", Residual(Network((Node("b", Tanh(), {"x": "x"}),))), {"x": "x"}),)))
    assert not PyTorch().judges(Stranger())
    assert not PyTorch().judges(Residual(inside))


def test_an_altered_backward_does_not_reach_the_oracle() -> None:
    """The oracle differentiates the forward pass; whoever replaced the backward pass replaced it for himself."""

    def zeros(at: Any) -> Gradients:
        return {"x": 0.0 * at.cotangent}

    point = Point.of(Altered(Tanh(), zeros), {"x": np.array([[0.5, -0.3]])})
    said = PyTorch().answer(point).gradients["x"]
    right = (1.0 - np.tanh(point.inputs["x"]) ** 2) * point.cotangent
    assert (np.abs(said.value - right) <= said.bar).all()
    assert (said.bar <= 1e-13).all()


def test_the_bar_grows_where_the_last_digits_decide() -> None:
    near, far = (Point.of(Relu(), {"x": np.array([[x]])}) for x in (1e-300, 1.0))
    assert PyTorch().answer(far).gradients["x"].bar[0, 0, 0] < 1e-13
    assert PyTorch().answer(near).gradients["x"].bar[0, 0, 0] < 1e-13
    cancelling = Network(
        (
            Node("p", reference.Softmax(), {"x": "x"}),
            Node("L", reference.HalfSumOfSquares(), {"y": "p", "target": "t"}),
        )
    )
    inputs = {"x": np.array([[1e8, 1e8 + 1.0]]), "t": np.array([[1.0, 0.0]])}
    assert PyTorch().answer(Point.of(cancelling, inputs)).gradients["x"].bar.max() > 1e-9


def test_the_threads_are_left_as_they_were() -> None:
    before = torch.get_num_threads()
    with one_thread(torch):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_without_pytorch_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def no_torch(name: str, *rest: Any) -> Any:
        if name == "torch":
            raise ImportError("No module named 'torch'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_torch)
    with pytest.raises(OracleMissing, match="pip install torch=="):
        PyTorch().answer(Point.of(Tanh(), {"x": np.ones((1, 1))}))


@pytest.mark.parametrize(("kind", "gates"), [("rnn_tanh", 1), ("rnn_relu", 1), ("lstm", 4), ("gru", 3)])
@pytest.mark.parametrize("ends", [[""], ["", "_reverse"]])
def test_a_stack_of_recurrent_layers_is_what_pytorch_makes_of_each(kind: str, gates: int, ends: list[str]) -> None:
    generator = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {"h0": (3, 2), "W": (5, gates * 2), "U": (2, gates * 2), "b": (gates * 2,)}
    if gates > 1:
        shapes |= {"c0": (3, 2)} if kind == "lstm" else {"c": (gates * 2,)}
    w = {f"{name}{end}": generator.normal(size=(4, *shape)) for name, shape in shapes.items() for end in ends}
    w["x"] = generator.normal(size=(4, 3, 6, 5))
    plain: dict[str, Op] = {"rnn_tanh": reference.Rnn(), "rnn_relu": reference.Rnn("relu")}
    layer = (plain | {"lstm": reference.Lstm(), "gru": reference.Gru()})[kind]
    op = layer if len(ends) == 1 else reference.Bidirectional(layer)
    stack = {name: torch.from_numpy(array) for name, array in w.items()}
    found = COUNTERPARTS[type(op)](op, **stack)
    for k in range(4):
        own = {name: array[k] for name, array in stack.items()}
        state = [torch.stack([own[f"{name}{end}"] for end in ends]) for name in ("h0", "c0") if name in own]
        weights = []
        for end in ends:
            second = own.get(f"c{end}", torch.zeros_like(own[f"b{end}"]))
            weights += [own[f"W{end}"].T, own[f"U{end}"].T, own[f"b{end}"], second]
        run, start = getattr(torch, kind), state if kind == "lstm" else state[0]
        right = run(own["x"], start, weights, True, 1, 0.0, False, len(ends) == 2, True)[0]
        torch.testing.assert_close(found[k], right, rtol=1e-13, atol=1e-13)


def test_a_stack_of_attentions_is_what_pytorch_makes_of_each() -> None:
    generator, width, shapes = np.random.default_rng(0), 4, dict[str, tuple[int, ...]]()
    shapes |= {f"W_{role}": (width, width) for role in "qkvo"} | {f"b_{role}": (width,) for role in "qvo"}
    shapes |= dict.fromkeys(("query", "key", "value"), (2, 3, width))
    stack = {name: torch.from_numpy(generator.normal(size=(3, *shape))) for name, shape in shapes.items()}
    op = reference.MultiHeadAttention(heads=2)
    found = COUNTERPARTS[type(op)](op, **stack)
    for k in range(3):
        own = {name: array[k] for name, array in stack.items()}
        module = torch.nn.MultiheadAttention(width, 2, batch_first=True, dtype=torch.float64)
        with torch.no_grad():
            module.in_proj_weight.copy_(torch.cat([own[f"W_{role}"].T for role in "qkv"]))
            module.in_proj_bias.copy_(torch.cat([own["b_q"], torch.zeros(width, dtype=torch.float64), own["b_v"]]))
            module.out_proj.weight.copy_(own["W_o"].T)
            module.out_proj.bias.copy_(own["b_o"])
        right = module(own["query"], own["key"], own["value"], need_weights=False)[0]
        torch.testing.assert_close(found[k], right.detach(), rtol=1e-12, atol=1e-12)


def test_axes_of_length_1_are_no_other_layout() -> None:
    """PyTorch has no way back through a transposed convolution of what it takes to be laid out channel by channel."""
    text = "1x1x1 concatenate:-2(tanh | sigmoid) transposed-conv1d:2,2 flatten half-sum-of-squares draws=2"
    case = parse_case(text)
    laid = plan(case.architecture)
    said = PyTorch().answer(Point(laid.network, laid.inputs(case), np.ones(case.draws), ("W4",)))
    assert np.isfinite(said.gradients["W4"].bar).all()
