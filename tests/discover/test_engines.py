"""Engines that have to be asked for gradients, or handed what arrives, are asked; one that wants a tape is let be."""

from pathlib import Path

import pytest

from gradcheck import discover
from gradcheck.discover import judging, searching
from gradcheck.records import Verdict
from gradcheck.stages.testimony import undiagnosed

ENGINE = """
import numpy as np

class Tensor:
    def __init__(self, data, requires_grad=False, parents=()):
        self.data, self.requires_grad, self.parents = np.asarray(data, dtype=float), requires_grad, parents
        self.grad, self._backward = None, lambda: None

    def _arrives(self, grad):
        if self.requires_grad:
            self.grad = grad if self.grad is None else self.grad + grad

    def _made(self, other, data, back):
        out = Tensor(data, self.requires_grad or other.requires_grad, (self, other))
        out._backward = lambda: back(out.grad)
        return out

    def __add__(self, other):
        return self._made(other, self.data + other.data, lambda grad: (self._arrives(grad), other._arrives(grad)))

    def __mul__(self, other):
        return self._made(
            other, self.data * other.data,
            lambda grad: (self._arrives(grad * other.data), other._arrives(grad * self.data)),
        )

    def __matmul__(self, other):
        return self._made(
            other, self.data @ other.data,
            lambda grad: (self._arrives(grad @ other.data.T), other._arrives(self.data.T @ grad)),
        )

    def backward(self, grad=None):
        if grad is None and self.data.shape:
            raise RuntimeError("a gradient has to be given for what is no number")
        self.grad = np.ones(()) if grad is None else grad
        order, seen = [], set()
        def visit(one):
            if id(one) not in seen:
                seen.add(id(one))
                for parent in one.parents:
                    visit(parent)
                order.append(one)
        visit(self)
        for one in reversed(order):
            one._backward()
"""


@pytest.mark.parametrize("wrong", [False, True])
def test_an_engine_is_asked_for_gradients_and_handed_what_arrives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: bool
) -> None:
    monkeypatch.setattr(searching, "EXAMPLES", 2)
    monkeypatch.setattr(judging, "POINTS", judging.POINTS[:2])
    slip = ENGINE.replace("self.data.T @ grad", "2 * self.data.T @ grad")
    (tmp_path / "engine.py").write_text(slip if wrong else ENGINE)
    for name in ("__add__", "__mul__", "__matmul__"):
        with undiagnosed():
            result = discover.check_pair(tmp_path / "engine.py", f"Tensor.{name}")
        expected = Verdict.DIFFERS if wrong and name == "__matmul__" else Verdict.AGREES
        assert result.verdict is expected, str(result)


def test_an_engine_that_wants_to_be_used_otherwise_is_not_called_broken(tmp_path: Path) -> None:
    source = ENGINE.replace("if grad is None and self.data.shape", "if TAPE is None").replace(
        "a gradient has to be given for what is no number", "there is no tape"
    )
    (tmp_path / "engine.py").write_text(f"TAPE = None\n{source}")
    assert not discover.find(discover.load(tmp_path / "engine.py"))


def test_an_engine_may_hold_its_numbers_under_a_name_of_its_own(tmp_path: Path) -> None:
    source = ENGINE.replace(".data", ".valor")
    for stem, slip in (("right", "other.valor)"), ("wrong", "self.valor)")):
        back = source.replace("self._arrives(grad * other.valor)", f"self._arrives(grad * {slip}")
        (tmp_path / f"{stem}.py").write_text(back)
        with undiagnosed():
            result = discover.check_pair(tmp_path / f"{stem}.py", "Tensor.__mul__")
        assert result.verdict is (Verdict.AGREES if stem == "right" else Verdict.DIFFERS), str(result)
