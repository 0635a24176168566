"""A line is called guilty only if the code was run without its fault; the code stays as it was; nothing is guessed."""

import importlib.util
import sys
import zlib
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import gradcheck
from gradcheck import Verdict, discover
from gradcheck.discover import judging, searching
from gradcheck.mistakes import CATALOGUE
from gradcheck.mistakes.relations import RELATIONS
from gradcheck.mistakes.slips import SLIPS
from gradcheck.records import Result
from gradcheck.repair import together
from tests.discover.circulating import SPREAD
from tests.discover.guests import GUESTS
from tests.repair import parts
from tests.repair.strangers import SLIPPED, WRITTEN

NET = """
import numpy as np

def loss(X, y, W1, b1, W2, lam):
    h = np.tanh(X @ W1 + b1)
    r = h @ W2 - y
    return (r ** 2).sum() / len(X) + lam * (W1 ** 2).sum()


def loss_gradient(X, y, W1, b1, W2, lam):
    n = len(X)
    h = np.tanh(X @ W1 + b1)
    r = h @ W2 - y
    dr = 2 * r / n
    dW2 = h.T @ dr
    dh = dr @ W2.T
    dz = dh * (1 - h ** 2)
    dW1 = X.T @ dz + 2 * lam * W1
    db1 = dz.sum(axis=0)
    return None, None, dW1, db1, dW2, None
"""
GENERATOR = np.random.default_rng(0)
INPUTS = tuple(np.round(GENERATOR.normal(size=shape), 2) for shape in ((5, 3), (5, 2), (3, 4), (4,), (4, 2)))

WRONG = [
    ("dr = 2 * r / n", "dr = 2 * r", "wrong-reduction", ("W1", "b1", "W2")),
    ("dr = 2 * r / n", "dr = r / n", "wrong-constant", ("W1", "b1", "W2")),
    ("dz = dh * (1 - h ** 2)", "dz = dh", "missing-factor", ("W1", "b1")),
    ("dz = dh * (1 - h ** 2)", "dz = dh * (1 - h)", "wrong-activation-derivative", ("W1", "b1")),
    ("db1 = dz.sum(axis=0)", "db1 = dz.mean(axis=0)", "wrong-reduction", ("b1",)),
    ("+ 2 * lam * W1", "- 2 * lam * W1", "wrong-sign", ("W1",)),
    (" + 2 * lam * W1", "", "missing-path", ("W1",)),
    ("X.T @ dz", "X.T @ dh", "wrong-variable", ("W1",)),
    ("dh = dr @ W2.T", "dh = r @ W2.T", "wrong-variable", ("W1", "b1")),
]


@pytest.fixture(autouse=True)
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found must not hang on how fast a machine is; that time can be up is a test of its own."""
    for module in ("proving", "uses"):
        monkeypatch.setattr(f"gradcheck.repair.{module}.SECONDS", 60.0)
    monkeypatch.setattr(searching, "EXAMPLES", 2)  # that a search finds what is rarely wrong is a test of its own
    monkeypatch.setattr(judging, "POINTS", judging.POINTS[:3:2])  # and so is where else something may be wrong


def written(text: str, folder: Path) -> ModuleType:
    """Write a module and import it."""
    name = f"student_{zlib.crc32(text.encode())}"
    path = folder / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def judged(text: str, folder: Path) -> Result:
    module = written(text, folder)
    return gradcheck.check_gradient(module.loss, module.loss_gradient, *INPUTS, 0.3, wrt=("W1", "b1", "W2"))


@pytest.mark.parametrize(("right", "wrong", "cause", "because"), WRONG)
def test_the_line_is_named_and_what_is_wrong_because_of_it_is_one_finding(
    right: str, wrong: str, cause: str, because: tuple[str, ...], tmp_path: Path
) -> None:
    assert judged(NET, tmp_path).verdict is Verdict.AGREES
    text = NET.replace(right, wrong)
    (finding,) = judged(text, tmp_path).findings
    assert finding.consequences == because
    assert [told.cause for told in finding.diagnoses] == [cause]
    place = finding.place
    assert place is not None
    assert place.line == next(
        n for n, (a, b) in enumerate(zip(NET.split("\n"), text.split("\n"), strict=True), 1) if a != b
    )
    assert place.wrong == text.split("\n")[place.line - 1].strip()
    mended = text.split("\n")
    mended[place.line - 1] = mended[place.line - 1].replace(place.wrong, place.right)
    assert judged("\n".join(mended), tmp_path).verdict is Verdict.AGREES


def test_two_mistakes_in_two_places_are_two_findings(tmp_path: Path) -> None:
    text = NET.replace("dr = 2 * r / n", "dr = 2 * r").replace("db1 = dz.sum(axis=0)", "db1 = -dz.sum(axis=0)")
    result = judged(text, tmp_path)
    assert {own.place.wrong for own in result.findings if own.place} == {"dr = 2 * r", "db1 = -dz.sum(axis=0)"}
    assert "^" in str(result)


def test_what_no_edit_repairs_is_told_of_no_line_and_the_code_stays_as_it_was(tmp_path: Path) -> None:
    text = NET.replace("dz = dh * (1 - h ** 2)", "dz = dh * np.cos(3 * h + X[0, 0])")
    module = written(text, tmp_path)
    code = module.loss_gradient.__code__
    result = gradcheck.check_gradient(module.loss, module.loss_gradient, *INPUTS, 0.3, wrt=("W1", "b1", "W2"))
    assert result.verdict is Verdict.DIFFERS
    assert all(own.place is None for own in result.findings)
    assert module.loss_gradient.__code__ is code


def test_when_time_is_up_no_line_is_named_and_the_verdict_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = NET.replace("dr = 2 * r / n", "dr = 2 * r")
    assert judged(text, tmp_path).findings[0].place is not None
    monkeypatch.setattr("gradcheck.repair.proving.SECONDS", 0.0)
    result = judged(text, tmp_path)
    assert result.verdict is Verdict.DIFFERS
    assert all(own.place is None for own in result.findings)


def test_an_edit_that_never_ends_is_given_up(tmp_path: Path) -> None:
    text = """
import math

def root(a, tolerance):
    low, high = -10.0, 10.0
    while high - low > tolerance:
        middle = (low + high) / 2
        low, high = (low, middle) if math.exp(middle) + middle > a else (middle, high)
    return (low + high) / 2

def loss(a):
    return root(a, 1e-8)

def loss_gradient(a):
    return 1 / (1 + math.exp(-root(a, 1e-14)))
"""
    module = written(text, tmp_path)
    (finding,) = gradcheck.check_gradient(module.loss, module.loss_gradient, 3.3).findings
    assert finding.place is not None
    assert finding.place.right == "return 1 / (1 + math.exp(root(a, 1e-14)))"


def test_a_test_of_a_gradient_is_no_slope_and_is_not_called(tmp_path: Path) -> None:
    text = """
called = []

def loss(x):
    return (x ** 3).sum()

def loss_gradient(x):
    return x ** 2 * x

def test_the_gradient(x):
    called.append(x)
    return x
"""
    module = written(text, tmp_path)
    assert gradcheck.check_gradient(module.loss, module.loss_gradient, INPUTS[3]).verdict is Verdict.DIFFERS
    assert not module.called


def test_arrays_that_the_code_sees_from_outside_are_not_written_to(tmp_path: Path) -> None:
    text = """
import numpy as np
DATA = np.array([1.0, -2.0, 0.5])

def loss(w):
    return ((w * DATA) ** 2).sum()

def loss_gradient(w):
    print("working")
    g = 2 * w * DATA
    g *= w
    return g
"""
    module = written(text, tmp_path)
    before = module.DATA.copy()
    result = gradcheck.check_gradient(module.loss, module.loss_gradient, np.array([0.3, 0.7, -1.1]))
    assert np.array_equal(module.DATA, before)
    assert module.DATA.flags.writeable
    (finding,) = result.findings
    assert finding.place is not None
    assert finding.place.right == "g *= DATA"


def test_a_closure_is_repaired_where_it_stands() -> None:
    scale = np.array([2.0, 3.0])

    def f(x: Any) -> Any:
        return (scale * x**2).sum()

    def gradient(x: Any) -> Any:
        return 3 * scale * x

    (finding,) = gradcheck.check_gradient(f, gradient, np.array([0.4, -1.3])).findings
    assert finding.place is not None
    assert finding.place.right == "return 2 * scale * x"
    assert gradient(1.0)[0] == 6.0


TIED = """
import numpy as np

def loss(W, X):
    h = np.tanh(X @ W)
    return ((h @ W.T - X) ** 2).sum()


def loss_gradient(W, X):
    h = np.tanh(X @ W)
    dr = 2 * (h @ W.T - X)
    dz = (dr @ W) * (1 - h ** 2)
    return X.T @ dz, None
"""
LAGS = """
import numpy as np

def loss(W, xs):
    h = np.zeros(len(W))
    for x in xs:
        h = np.tanh(W @ h + x)
    return (h ** 2).sum()


def loss_gradient(W, xs):
    states = [np.zeros(len(W))]
    for x in xs:
        states.append(np.tanh(W @ states[-1] + x))
    dz = 2 * states[-1] * (1 - states[-1] ** 2)
    dW = np.outer(dz, states[-2])
    dz = (W.T @ dz) * (1 - states[-2] ** 2)
    return dW + np.outer(dz, states[-3]), None
"""


@pytest.mark.parametrize(
    ("text", "shapes", "lines"),
    [
        (TIED, ((4, 3), (5, 4)), ("line 6",)),
        (LAGS, ((3, 3), (5, 3)), ("line 7 at turn 2 of 5", "7 at turn 3 of 5")),
    ],
)
def test_uses_of_shared_weights_that_are_left_out_are_named(
    text: str, shapes: tuple[tuple[int, ...], ...], lines: tuple[str, ...], tmp_path: Path
) -> None:
    """The first turn starts from a state of zeros and contributes nothing; the last two are counted."""
    module = written(text, tmp_path)
    args = [np.round(GENERATOR.normal(size=shape), 2) for shape in shapes]
    (finding,) = gradcheck.check_gradient(module.loss, module.loss_gradient, *args).findings
    assert [told.mistake for told in finding.diagnoses] == ["use-left-out"]
    assert all(line in finding.diagnoses[0].says for line in lines)
    assert "__gradcheck_use__" not in vars(module)


def test_every_slip_has_a_name_of_its_own() -> None:
    ids = [*CATALOGUE, *(own.id for own in RELATIONS), *SLIPS]
    assert len(ids) == len(set(ids))
    assert all(own.says.endswith(".") and own.question.endswith("?") for own in SLIPS.values())


def test_a_penalty_that_was_forgotten_is_put_back(tmp_path: Path) -> None:
    path = tmp_path / "student.py"
    path.write_text(SPREAD["collaborative filtering, unrolled"][0].replace("err @ Theta + Lambda * X", "err @ Theta"))
    (subject,) = discover.find(discover.load(path))
    (finding,) = discover.judge(subject, {}, str(path)).findings
    assert finding.place is not None
    assert "Lambda * X" in finding.place.right


def of_file(text: str, folder: Path) -> list[Result]:
    """Judge everything in a file."""
    path = folder / f"stranger_{zlib.crc32(text.encode())}.py"
    path.write_text(text)
    subjects = discover.find(discover.load(path))
    return [own for own in discover.judge_all(subjects, {}, str(path), 0) if isinstance(own, Result)]


@pytest.mark.parametrize("name", ["minchar", "gate", "lists", "classes", "columns", "fitted"])
def test_code_of_strangers_agrees_as_it_was_written(name: str, tmp_path: Path) -> None:
    results = of_file(WRITTEN[name], tmp_path)
    assert {own.verdict for own in results} == {Verdict.AGREES}


@pytest.mark.parametrize(("name", "right", "wrong", "mistake"), SLIPPED)
def test_a_slip_in_code_of_strangers_is_named_at_its_line(
    name: str, right: str, wrong: str, mistake: str, tmp_path: Path
) -> None:
    text = WRITTEN[name]
    start = text.rindex(right)
    results = of_file(text[:start] + wrong + text[start + len(right) :], tmp_path)
    (finding,) = (finding for own in results for finding in own.findings)
    assert [own.mistake for own in finding.diagnoses] == [mistake]
    assert finding.place is not None
    assert finding.place.line == text[:start].count("\n") + 1


RAISES = """
import numpy as np
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dy):
        self.dW = np.zeros_like(self.W)
        self.dW += self.x @ dy
        return dy @ self.W.T
"""


def test_what_raises_is_mended_and_not_left_out(tmp_path: Path) -> None:
    (finding,) = (finding for own in of_file(RAISES, tmp_path) for finding in own.findings)
    assert finding.place is not None
    assert finding.place.right == "self.dW += self.x.T @ dy"


def test_the_guilty_line_may_stand_in_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is handed on is right: the line of the caller is told, though the other could make up for it."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "parts_of_it.py").write_text("def slope(x, t):\n    return 2 * (x - t) / x.size\n")
    module = written(HANDED_ON, tmp_path)
    (finding,) = gradcheck.check_gradient(module.loss, module.loss_gradient, POINT, POINT[::-1].copy()).findings
    assert finding.place is not None
    assert (Path(finding.place.file).name[:7], finding.place.right) == (
        "student",
        "return parts_of_it.slope(x, t), None",
    )


POINT = np.array([1.0, -2.0, 0.5])
HANDED_ON = """
import parts_of_it

def loss(x, t):
    return ((x - t) ** 2).mean()


def loss_gradient(x, t):
    return 3 * parts_of_it.slope(x, t), None
"""


def test_where_some_of_the_code_cannot_be_read_the_numbers_keep_their_name() -> None:
    def right(x: Any) -> Any:
        return 2.0 * (x - 1.0)

    scope: dict[str, Any] = {"right": right, "__name__": "__main__"}
    exec("def gradient(x):\n    return -right(x)", scope)  # noqa: S102 - code that stands in no file
    (finding,) = gradcheck.check_gradient(lambda x: ((x - 1.0) ** 2).sum(), scope["gradient"], POINT).findings
    assert [own.mistake for own in finding.diagnoses] == ["gradient-negated"]
    assert finding.place is None


def test_what_only_stops_an_exception_is_no_repair(tmp_path: Path) -> None:
    """Without what cannot be multiplied one gradient is right, and the other as wrong as before."""
    text = """
import numpy as np

def loss(x, c):
    return (x ** 3).sum() + c ** 2

def loss_gradient(x, c):
    dc = np.cos(7 * c) + np.ones(2) @ np.ones(3)
    return 3 * x ** 2, dc
"""
    module = written(text, tmp_path)
    (finding,) = gradcheck.check_gradient(module.loss, module.loss_gradient, POINT, 0.3).findings
    assert finding.clause == "raises"
    assert finding.place is None


def test_a_divisor_that_should_not_be_there_is_left_out_and_not_made_one(tmp_path: Path) -> None:
    text = "def loss(x): return (x * x).sum()\n\ndef loss_gradient(x):\n    return (x + x) / 2\n"
    module = written(text, tmp_path)
    (finding,) = gradcheck.check_gradient(module.loss, module.loss_gradient, POINT).findings
    assert finding.place is not None
    assert "/" not in finding.place.right


@pytest.mark.parametrize(
    ("value", "slope", "right", "cause"),
    [
        ("np.tanh(x)", "1 - np.tanh(x)", "1 - np.tanh(x) ** 2", "wrong-activation-derivative"),
        ("np.arctan(x)", "1 / (1 + x)", "1 / (1 + x ** 2)", "wrong-activation-derivative"),
        ("np.tan(x)", "1 / np.cos(x)", "1 / np.cos(x) ** 2", "wrong-constant"),
        ("x / np.sqrt(1 + x * x)", "1 / np.sqrt(1 + x * x)", "1 / np.sqrt(1 + x * x) ** 3", "wrong-constant"),
        ("1 - 1 / (2 + x)", "1 / (2 + x)", "1 / ((2 + x) ** 2)", "wrong-constant"),
    ],
)
def test_a_power_that_is_lost_is_put_back(value: str, slope: str, right: str, cause: str, tmp_path: Path) -> None:
    text = f"import numpy as np\n\ndef loss(x): return np.sum({value})\n\ndef loss_gradient(x):\n    return {slope}\n"
    module = written(text, tmp_path)
    (finding,) = gradcheck.check_gradient(module.loss, module.loss_gradient, POINT * 0.3).findings
    assert finding.place is not None
    assert finding.place.right == f"return {right}"
    assert {own.cause for own in finding.diagnoses} <= {cause, "missing-factor"}


MADE_OF = """
class Slope:
    def forward(self, x):
        self.x = x
        return x ** 2
    def backward(self, dy):
        return dy * 2 * self.x

class Third:
    def forward(self, x):
        self.x = x
        return x ** 3
    def backward(self, dy):
        return dy * 3 * self.x ** 2

class Around:
    def __init__(self, block):
        self.block = block
    def forward(self, x):
        return x + self.block.forward(x)
    def backward(self, dy):
        return self.block.backward(dy)
"""


def test_what_an_object_is_made_of_is_judged_by_itself_and_not_to_blame_for_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(MADE_OF)
    (finding,) = discover.check_pair(path, "Around").findings
    assert finding.place is not None
    assert finding.place.right == "return self.block.backward(dy) + dy"


def test_what_is_made_of_something_wrong_is_only_told(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(MADE_OF.replace("dy * 2 * self.x", "dy * self.x"))
    said = list(discover.judge_all(discover.find(discover.load(path)), {}, "own.py", 0))
    assert [own.verdict for own in said if isinstance(own, Result)] == [Verdict.DIFFERS, Verdict.AGREES]
    assert "Around is made of Slope, and was not judged by itself." in said


@pytest.mark.parametrize(
    ("right", "wrong"), [("dy = layer.backward(dy)", "layer.backward(dy)"), ("reversed(self.layers)", "self.layers")]
)
def test_a_chain_of_layers_is_mended(right: str, wrong: str, tmp_path: Path) -> None:
    text = GUESTS["a list of layers"].source
    path = tmp_path / "own.py"
    path.write_text("import numpy as np\n" + text.replace(right, wrong))
    (finding,) = discover.check_pair(path, "Chain").findings
    assert finding.place is not None
    assert right in finding.place.right


def test_a_mistake_before_gradients_are_cut_off_has_its_line(tmp_path: Path) -> None:
    own = GUESTS["a step of descent with gradients that are cut off in a loop, one column after the other"]
    path = tmp_path / "own.py"
    path.write_text("import numpy as np\n" + own.source.replace(own.line, own.wrong))
    result = discover.check_pair(path, "Recurrent")
    (finding,) = result.findings
    assert finding.place is not None
    assert finding.place.right == "d_h = self.U.T @ d_z"
    assert "gradients are cut off (line 27), and were judged as they are before that" in result.notes


TWICE_DIVIDED = """
import numpy as np

class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dy):
        m = len(dy)
        self.dW = self.x.T @ dy / m
        self.db = np.sum(dy, axis=0) / m
        return dy @ self.W.T
"""


def test_of_two_divisions_too_many_both_are_left_out(tmp_path: Path) -> None:
    (result,) = of_file(TWICE_DIVIDED, tmp_path)
    assert {own.place.right for own in result.findings if own.place} == {
        "self.dW = self.x.T @ dy",
        "self.db = np.sum(dy, axis=0)",
    }


FORGOTTEN = [
    ("np.sum(np.exp(x) - x * 0.5)", "x - 0.5", "return np.exp(x) - 0.5"),
    ("np.sum(np.sin(SCALE) * x + x ** 2)", "SCALE + 2 * x", "return np.sin(SCALE) + 2 * x"),
    ("np.sum(np.abs(x) + 0.5 * x ** 2)", "x + x", "return np.sign(x) + x"),
]
"""A value, a gradient of it with something forgotten, and its line with that put back."""


@pytest.mark.parametrize(("value", "slope", "right"), FORGOTTEN)
def test_a_function_that_was_forgotten_is_put_back(value: str, slope: str, right: str, tmp_path: Path) -> None:
    text = (
        f"import numpy as np\nSCALE = np.array([0.3, 0.8, 1.4])\n\ndef loss(x): return {value}\n\n"
        f"def loss_gradient(x):\n    return {slope}\n"
    )
    module = written(text, tmp_path)
    (finding,) = gradcheck.check_gradient(module.loss, module.loss_gradient, POINT * 0.3).findings
    assert finding.place is not None
    assert finding.place.right == right


PLACES = """
import numpy as np

def loss(w, idx, jdx):
    return (w[idx, jdx] ** 2).sum() - np.linalg.slogdet(w)[1] + (np.where(w > 0, w, 0.3 * w)).sum()


def loss_gradient(w, idx, jdx):
    g = np.where(w > 0, 1.0, 0.3) - np.linalg.inv(w).T
    np.add.at(g, (idx, jdx), 2 * w[idx, jdx])
    return g, None, None
"""
INDICES = np.array([0, 0, 1, 0]), np.array([1, 1, 2, 1])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("np.add.at(g, (idx, jdx), 2 * w[idx, jdx])", "g[idx, jdx] += 2 * w[idx, jdx]"),
        ("np.linalg.inv(w).T", "np.linalg.inv(w)"),
        ("np.where(w > 0, 1.0, 0.3)", "np.where(w > 0, 1.0, 0.6)"),
    ],
)
def test_what_is_scattered_or_turned_or_chosen_is_mended(right: str, wrong: str, tmp_path: Path) -> None:
    module = written(PLACES.replace(right, wrong), tmp_path)
    w = np.array([[1.2, -0.4, 0.3], [0.6, 0.9, -0.7], [-0.2, 0.5, 1.5]])
    (finding,) = gradcheck.check_gradient(module.loss, module.loss_gradient, w, *INDICES).findings
    assert finding.place is not None
    assert right in finding.place.right


PENALISED = """
import numpy as np

def loss(W, X, y):
    A = np.hstack([np.ones((len(X), 1)), X])
    return 0.5 * ((A @ W.T - y) ** 2).sum() + 0.5 * (W[:, 1:] ** 2).sum()


def loss_gradient(W, X, y):
    A = np.hstack([np.ones((len(X), 1)), X])
    g = (A @ W.T - y).T @ A
    g += W
    return g, None, None
"""


def test_a_bias_that_is_penalised_is_left_out(tmp_path: Path) -> None:
    module = written(PENALISED, tmp_path)
    args = [np.round(GENERATOR.normal(size=shape), 2) for shape in ((2, 4), (5, 3), (5, 2))]
    (finding,) = gradcheck.check_gradient(module.loss, module.loss_gradient, *args, wrt=("W",)).findings
    assert [own.mistake for own in finding.diagnoses] == ["bias-penalised"]
    assert finding.place is not None
    assert finding.place.right == "g[:, 1:] += W[:, 1:]"


def test_a_size_of_another_array_may_be_meant(tmp_path: Path) -> None:
    text = NET.replace("n = len(X)", "n = len(W1)")
    (finding,) = judged(text, tmp_path).findings
    assert finding.place is not None
    assert finding.place.right in ("n = len(X)", "n = len(y)")


@pytest.mark.parametrize(("name", "right", "wrong"), parts.SLIPPED)
def test_a_slip_in_a_part_a_norm_a_power_or_a_way_around_is_mended(
    name: str, right: str, wrong: str, tmp_path: Path
) -> None:
    text = "import numpy as np\n" + parts.WRITTEN[name]
    start = text.rindex(right)
    slipped = text[:start] + wrong + text[start + len(right) :]
    (finding,) = (finding for own in of_file(slipped, tmp_path) for finding in own.findings)
    place = finding.place
    assert place is not None
    assert place.line == text[:start].count("\n") + 1
    lines = slipped.split("\n")
    lines[place.line - 1] = lines[place.line - 1].replace(place.wrong, place.right)
    assert [own.verdict for own in of_file("\n".join(lines), tmp_path)] == [Verdict.AGREES]


def test_searches_that_share_their_time_take_that_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With too little left for a second search the verdict stands, and no line is named."""
    text, ticks = NET.replace("dr = 2 * r / n", "dr = 2 * r"), count()
    monkeypatch.setattr("gradcheck.repair.proving.thread_time", lambda: float(next(ticks)))
    monkeypatch.setattr("gradcheck.repair.proving.SECONDS", 1e9)
    judged(text, tmp_path)
    monkeypatch.setattr("gradcheck.repair.proving.SECONDS", 1.5 * next(ticks))
    with together():
        assert judged(text, tmp_path).findings[0].place is not None
        assert judged(text, tmp_path).findings[0].place is None
    assert judged(text, tmp_path).findings[0].place is not None
