"""Whose a gradient is: names say it, or else shapes where lengths differ, and then it stays so where they are alike."""

from pathlib import Path

import pytest

from gradcheck import discover
from gradcheck.discover import judging, searching
from gradcheck.discover.source import returned_names
from gradcheck.records import Result, Verdict
from gradcheck.stages.testimony import undiagnosed

UNNAMED = """
import numpy as np

def layer_forward(x, kernel, offset):
    out = np.tanh(x @ kernel + offset)
    return out, (x, out)

def layer_backward(dout, cache):
    x, out = cache
    local = dout * (1 - out**2)
    return x.T @ local, local.sum(axis=0)
"""
RECURRENT = """
import numpy as np

class Recurrent:
    def __init__(self, input_size, hidden_size):
        self.U = np.random.randn(input_size, hidden_size)
        self.W = np.random.randn(hidden_size, hidden_size)

    def forward(self, x, h0):
        self.x, self.h0 = x, h0
        self.h = np.tanh(x @ self.U + h0 @ self.W)
        return self.h

    def backward(self, dout):
        local = dout * (1 - self.h**2)
        return self.x.T @ local, self.h0.T @ local
"""
NAMED = """
import numpy as np

def loss_and_gradients(features, targets, weights, bias):
    residual = features @ weights.T + bias - targets
    weight_gradient, bias_gradient = residual.T @ features, residual.sum(axis=0)
    n = len(features)
    return 0.5 * np.sum(residual**2) / n, 1 / n * weight_gradient, bias_gradient * (1 / n)
"""


@pytest.fixture(autouse=True)
def usual_and_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are judged where all lengths differ, and where all are alike."""
    monkeypatch.setattr(searching, "EXAMPLES", 2)
    monkeypatch.setattr(judging, "POINTS", (judging.POINTS[0], judging.POINTS[-1]))


def judged(folder: Path, source: str) -> Result:
    (folder / "own.py").write_text(source)
    (subject,) = discover.find(discover.load(folder / "own.py"))
    with undiagnosed():
        return discover.judge(subject, {}, "own.py")


@pytest.mark.parametrize(
    ("source", "slip", "owners"),
    [
        (UNNAMED, ("x.T @ local,", "x.T @ dout,"), {"kernel", "offset"}),
        (RECURRENT, ("self.h0.T @ local", "self.h0.T @ dout"), {"U", "W"}),
        (NAMED, ("residual.T @ features,", "2 * residual.T @ features,"), {"weights", "bias"}),
    ],
)
def test_whose_a_gradient_is_stays_where_lengths_are_alike(
    tmp_path: Path, source: str, slip: tuple[str, str], owners: set[str]
) -> None:
    right = judged(tmp_path, source)
    assert right.verdict is Verdict.AGREES, right
    assert {one.parameter for one in right.comparisons} == owners
    wrong = judged(tmp_path, source.replace(*slip))
    assert wrong.verdict is Verdict.DIFFERS, wrong
    assert {finding.parameter for finding in wrong.findings} < owners


def test_a_gradient_times_a_number_keeps_its_name() -> None:
    def backward(dw, db, size, x, dy, grad):  # type: ignore[no-untyped-def] # it is only read
        n = len(x)
        return n * dw, db * size, dw * (1.0 / n), grad * x.shape[0], dy * x, 2 * x

    assert returned_names(backward) == ["dw", "db", "dw", "grad", "", ""]
