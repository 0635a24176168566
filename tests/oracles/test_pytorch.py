"""PyTorch as an oracle: the same functions, one thread, and a clear word if it is not there."""

import builtins
from typing import Any

import numpy as np
import pytest
import torch

from gradcheck import reference
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
