"""Slopes of functions that a file does not define: what they are taken for, and in terms of what."""

from pathlib import Path

import pytest

from gradcheck import discover
from gradcheck.discover import judging, searching
from gradcheck.records import Result, Verdict
from gradcheck.stages.testimony import undiagnosed

RIGHT = {
    "tanh_prime(x)": ("tanh", "1 - np.tanh(x) ** 2"),
    "dsin(t)": ("sin", "np.cos(t)"),
    "sqrt_derivative(x)": ("sqrt", "0.5 / np.sqrt(x)"),
    "softplus_grad(x)": ("softplus", "1 / (1 + np.exp(-x))"),
    "reluDerivative(z)": ("relu", "np.where(z > 0, 1.0, 0.0)"),
    "leaky_relu_prime(x, alpha=0.1)": ("leaky_relu", "np.where(x > 0, 1.0, alpha)"),
}


@pytest.fixture(autouse=True)
def two_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "EXAMPLES", 2)
    monkeypatch.setattr(judging, "POINTS", judging.POINTS[:3:2])


def judged(folder: Path, source: str) -> list[Result]:
    (folder / "own.py").write_text(f"import numpy as np\n{source}")
    found = discover.find(discover.load(folder / "own.py"))
    with undiagnosed():
        return [discover.judge(subject, {}, "own.py") for subject in found]


@pytest.mark.parametrize("head", RIGHT)
def test_a_slope_is_held_against_the_function_that_everybody_calls_so(tmp_path: Path, head: str) -> None:
    name, slope = RIGHT[head]
    (right,) = judged(tmp_path, f"def {head}: return {slope}\n")
    assert right.verdict is Verdict.AGREES, right
    assert right.subject.split()[0] == f"{name}:{head.partition('(')[0]}"
    assert any(note.startswith(f"the file has no {name}: ") for note in right.notes)
    (tmp_path / "own.py").write_text(f"import numpy as np\ndef {head}: return 1.5 * ({slope})\n")
    with undiagnosed():
        wrong = discover.check_pair(tmp_path / "own.py", right.subject.split()[0])
    assert wrong.verdict is Verdict.DIFFERS


def test_a_slope_in_terms_of_the_output_is_judged_so_and_told(tmp_path: Path) -> None:
    (result,) = judged(tmp_path, "def sigmoid_derivative(x): return x * (1 - x)\n")
    assert result.verdict is Verdict.AGREES
    assert any("sigmoid_derivative is given what that returns" in note for note in result.notes)
    (result,) = judged(tmp_path, "def sigmoid_derivative(x): return x * (1 + x)\n")
    assert result.verdict is Verdict.DIFFERS


def test_a_slope_that_is_given_what_the_function_is_given_is_not_in_terms_of_the_output(tmp_path: Path) -> None:
    source = "def tanh_prime(x): return 1 - x**2\ndef use(z): return np.tanh(z) + tanh_prime({})\n"
    (result,) = judged(tmp_path, source.format("z"))
    assert result.verdict is Verdict.DIFFERS
    (result,) = judged(tmp_path, source.format("np.tanh(z)"))
    assert result.verdict is Verdict.AGREES


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("sigmoid_prime = lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2\n", "sigmoid:sigmoid_prime"),
        (
            "class Net:\n    def tanh_prime(self, x):\n        return 1 - np.tanh(x) ** 2\n",
            "Net.tanh:Net.tanh_prime",
        ),
    ],
)
def test_a_slope_may_stand_in_a_line_or_in_a_class(tmp_path: Path, source: str, name: str) -> None:
    (right,) = judged(tmp_path, source)
    assert (right.verdict, right.subject.split()[0]) == (Verdict.AGREES, name)
    with undiagnosed():
        assert discover.check_pair(tmp_path / "own.py", name).verdict is Verdict.AGREES


@pytest.mark.parametrize(
    "source",
    [
        "def exp_grad(w, g): return w * np.exp(-g)\n",
        "def square_grad(grads): return grads**2\n",
        "def leaky_relu_grad(x): return np.where(x > 0, 1.0, 0.2)\n",
        "def tanh_hess(x): return np.tanh(x)\n",
        "class tanh: pass\ndef tanh_grad(x): return x\n",
    ],
)
def test_what_may_be_something_else_is_not_judged(tmp_path: Path, source: str) -> None:
    assert judged(tmp_path, source) == []


def test_a_function_that_is_imported_is_the_one_that_is_meant(tmp_path: Path) -> None:
    (tmp_path / "others.py").write_text("def softsign(x): return x**3\n")
    (result,) = judged(tmp_path, "from others import softsign\ndef softsign_grad(x): return 3 * x**2\n")
    assert result.verdict is Verdict.AGREES
    assert not any("the file has no" in note for note in result.notes)
