"""Parameters that are made late are judged: those of a first forward pass, and of a method that is told a shape."""

from pathlib import Path

import pytest

from gradcheck import discover
from gradcheck.discover import judging, searching
from gradcheck.records import Verdict
from gradcheck.stages.testimony import undiagnosed

LAYER = """
import numpy as np

class Descent:
    def update(self, w, grad):
        return w - 0.01 * grad

class Dense:
    def __init__(self, {made}):
        {kept}
        self.seen = []

    {makes}

    def forward(self, x):
        {first}
        self.seen.append(x)
        return x @ self.W + self.b

    def backward(self, dy):
        (x,) = self.seen
        back = dy @ self.W.T
        dW, db = x.T @ dy, dy.sum(axis=0)
        {leaves}
        return back
"""
MAKES = "self.W, self.b = np.random.randn({}, self.units), np.zeros(self.units)"
BESIDE = "self.dW, self.db = dW, db"
WAYS = {
    "by the first forward pass": (
        "units", "self.units, self.W, self.b = units, None, None", "pass",
        "if self.W is None: " + MAKES.format("x.shape[1]"), BESIDE,
    ),
    "by a method that the forward pass calls": (
        "units", "self.units, self.there = units, False", "def build(self, shape): " + MAKES.format("shape[-1]"),
        "if not self.there: self.build(x.shape); self.there = True", BESIDE,
    ),
    "by a method that is told the shape of a batch": (
        "units", "self.units = units", "def build(self, input_shape): " + MAKES.format("input_shape[1]"), "", BESIDE,
    ),
    "by a method that is told how many features there are": (
        "units", "self.units = units", "def init_weights(self, n_in): " + MAKES.format("n_in"), "", BESIDE,
    ),
    "by two methods, of which one is handed an optimiser": (
        "units, input_shape=None", "self.units, self.shape = units, input_shape",
        "def set_input_shape(self, shape): self.shape = shape\n    def initialize(self, optimizer): "
        + MAKES.format("self.shape[0]") + "; self.rule = optimizer",
        "", "self.W, self.b = self.rule.update(self.W, dW), self.rule.update(self.b, db)",
    ),
    "by a constructor that is handed an optimiser": (
        "n_in, units, optimizer", "self.units, self.rule = units, optimizer; " + MAKES.format("n_in"), "pass",
        "", "self.W, self.b = self.rule.update(self.W, dW), self.rule.update(self.b, db)",
    ),
}  # fmt: skip
"""What an object is made with and keeps, the method that makes parameters, what goes forward first, what it leaves."""


@pytest.mark.parametrize("way", WAYS)
def test_parameters_that_are_made_late_are_judged(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "EXAMPLES", 2)
    monkeypatch.setattr(judging, "POINTS", judging.POINTS[:2])
    made, kept, makes, first, leaves = WAYS[way]
    text = LAYER.format(made=made, kept=kept, makes=makes, first=first or "pass", leaves=leaves)
    for stem, source in (("right", text), ("wrong", text.replace("dy.sum(axis=0)", "dy.mean(axis=0)"))):
        (tmp_path / f"{stem}.py").write_text(source)
        with undiagnosed():
            result = discover.check_pair(tmp_path / f"{stem}.py", "Dense")
        assert {own.parameter for own in result.comparisons} == {"x", "W", "b"}
        assert result.verdict is (Verdict.AGREES if stem == "right" else Verdict.DIFFERS), str(result)


SCALE = """
import numpy as np

class Scale:
    def set_input_shape(self, shape):
        self.shape = shape
    def initialize(self, optimizer):
        self.gamma, self.rule = np.ones(self.shape), optimizer
    def forward(self, x):
        self.x = x
        return self.gamma * x
    def backward(self, dy):
        before = self.gamma
        self.gamma = self.rule.update(self.gamma, (dy * self.x).sum(axis=0))
        return before * dy
"""


def test_a_parameter_that_would_be_as_long_as_a_batch_is_none_of_it(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(SCALE)
    with undiagnosed():
        assert discover.check_pair(tmp_path / "own.py", "Scale").verdict is Verdict.AGREES
