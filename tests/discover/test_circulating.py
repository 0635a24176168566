"""Code as people copy it from each other is found and judged: right as it stands, wrong with one slip."""

from pathlib import Path

import pytest

from gradcheck import discover
from gradcheck.discover import judging, searching
from gradcheck.records import Verdict
from gradcheck.stages.testimony import undiagnosed
from tests.discover.circulating import SPREAD
from tests.discover.test_discover import judged, write


@pytest.mark.parametrize("name", SPREAD)
def test_code_that_circulates_is_judged(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "EXAMPLES", 1)
    monkeypatch.setattr(judging, "POINTS", judging.POINTS[:2])
    source, right, wrong = SPREAD[name]
    assert source.count(right) == 1
    (result,) = judged(tmp_path, source)
    assert result.verdict is Verdict.AGREES, result
    (tmp_path / "slip").mkdir()
    with undiagnosed():
        (result,) = judged(tmp_path / "slip", source.replace(right, wrong))
    assert result.verdict in (Verdict.DIFFERS, Verdict.BROKEN), result


ENGINE = """
import numpy as np
class Tensor:
    def __init__(self, data, _children=()):
        self.data, self.grad = np.array(data, dtype=float), 0.0
        self._prev, self._backward = set(_children), lambda: None
    def __mul__(self, other):
        out = Tensor(self.data * other.data, (self, other))
        def _backward():
            self.grad = self.grad + other.data * out.grad
            other.grad = other.grad + self.data * out.grad
        out._backward = _backward
        return out
    def __matmul__(self, other):
        out = Tensor(self.data @ other.data, (self, other))
        def _backward():
            self.grad = self.grad + out.grad @ other.data.T
            other.grad = other.grad + self.data.T @ out.grad
        out._backward = _backward
        return out
    def __neg__(self):
        return self * Tensor(-1.0)
    def backward(self):
        self.grad, order = np.ones_like(self.data), []
        def build(node):
            if node not in order:
                for child in node._prev:
                    build(child)
                order.append(node)
        build(self)
        for node in reversed(order):
            node._backward()
"""


@pytest.mark.parametrize(
    ("right", "wrong", "operation", "line"),
    [
        ("out.grad @ other.data.T", "out.grad @ other.data", "Tensor.__matmul__", 17),
        ("self.data * out.grad", "other.data * out.grad", "Tensor.__mul__", 11),
    ],
)
def test_an_operation_of_an_engine_is_blamed_in_its_own_lines(
    tmp_path: Path, right: str, wrong: str, operation: str, line: int
) -> None:
    path = write(tmp_path, ENGINE.replace(right, wrong))
    seen = list(discover.judge_all(discover.find(discover.load(path)), {}, str(path), 0))
    results = [own for own in seen if not isinstance(own, str)]
    (bad,) = [own for own in results if own.verdict is not Verdict.AGREES]
    assert bad.subject.startswith(operation)
    assert bad.findings[0].place is not None
    assert bad.findings[0].place.line == line
    told = [own.split()[0] for own in seen if isinstance(own, str)]
    assert ("Tensor.__neg__" in told) == (operation == "Tensor.__mul__"), "it is made of products"
