"""Somebody else's file: what is found in it, with which inputs, and whether the verdicts are right."""

import random
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from gradcheck import discover
from gradcheck.discover import judging, searching
from gradcheck.discover.forms import Form
from gradcheck.discover.opened import Opened
from gradcheck.discover.subject import moved, settled
from gradcheck.errors import GradcheckError, UnknownName
from gradcheck.line import Direction
from gradcheck.point import Point
from gradcheck.records import Finding, Result, Verdict
from gradcheck.stages.glance import Look
from gradcheck.stages.testimony import undiagnosed
from tests.discover import students
from tests.discover.torchbearers import TORCHBEARERS

SOURCES = {
    "layers": students.LAYERS,
    "classes": students.CLASSES,
    "losses": students.LOSSES,
    "tor": students.TORCH,
    "more": students.MORE,
    "odd": students.ODD,
    "world": students.WORLD,
    "statistics": students.STATISTICS,
}
FOUND = {"layers": 10, "classes": 14, "losses": 10, "tor": 3, "more": 19, "odd": 15, "world": 11, "statistics": 7}


LOOKED_AT = {
    "Linear": "x W b", "Affine": "x W b", "Dense": "input weights bias", "Layer_Dense": "inputs weights biases",
    "TwoLayerNet": "W1 b1 W2 b2", "LinP": "x w b", "Net": "x layers[0].W layers[0].b layers[2].W layers[2].b",
    "RNN": "x h_prev Wx Wh b", "lossFun": "Wxh Whh Why", "vae_kl:vae_kl_backward": "mu logvar", "Quadratic": "x",
    "forward_propagation:backward_propagation":
        "parameters['W1'] parameters['b1'] parameters['W2'] parameters['b2']",
    "gaussian_logpdf:gaussian_logpdf_grad": "mu sigma", "LogisticRegression": "w b", "SummedBias": "w b",
    "mf_loss:mf_grad": "U V", "path_loss:path_grad": "emissions transitions", "softmax_cost": "params",
}  # fmt: skip
"""The gradients that there are in some of the classes."""


def write(folder: Path, source: str, name: str = "student.py") -> Path:
    path = folder / name
    path.write_text(source)
    return path


def judged(folder: Path, source: str, inputs: str = "", *told: str) -> list[Result]:
    """Everything in a file, judged."""
    path = write(folder, source)
    found = discover.find(discover.load(path), told)
    return [discover.judge(subject, discover.read_inputs(inputs), str(path)) for subject in found]


def slipped(folder: Path, right: str, wrong: str) -> Result:
    """The one thing in a file agrees as it stands, and differs with a slip; return what is said of that."""
    (result,) = judged(folder, right)
    assert result.verdict is Verdict.AGREES, result
    (folder / "wrong").mkdir()
    with undiagnosed():
        (result,) = judged(folder / "wrong", wrong)
    assert result.verdict is Verdict.DIFFERS, result
    return result


@pytest.fixture(autouse=True)
def short_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search has a test of its own."""
    monkeypatch.setattr(searching, "EXAMPLES", 2)


def test_what_pytorch_draws_and_how_precisely_it_computes_stays_what_it_was(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype(), torch.get_rng_state()
    (result,) = judged(tmp_path, TORCHBEARERS["a mask that PyTorch draws, by options under a name of their own"].source)
    assert result.verdict is Verdict.AGREES
    assert torch.get_default_dtype() is before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


SURE = """
import numpy as np

def cost(w, x, y):
    z = x @ w
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    d = p.copy()
    d[rows, y] -= 1
    loss = -np.log(p[rows, y] + 1e-7).mean()
    dw = x.T @ d / len(x)
    return loss, dw
"""


def test_a_guard_may_have_a_share_of_some_hundredths_where_probabilities_are_small(tmp_path: Path) -> None:
    (right,) = judged(tmp_path, SURE)
    assert right.verdict is Verdict.AGREES
    assert any("off by 4e-02 of its size, without it by nothing" in note for note in right.notes)
    (wrong,) = judged(tmp_path, SURE.replace("dw = x.T", "dw = 1.01 * x.T"))
    assert wrong.verdict is Verdict.DIFFERS


def test_what_directions_alone_accuse_is_judged_by_every_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = import_module("gradcheck.check")
    decided: Callable[..., Result] = check._decided
    accused, first_look = [0], check.first_look

    def hasty(point: Point, moved: list[Direction], look: Look | None, subject: str) -> Result:
        if not moved:
            return decided(point, moved, look, subject)
        accused[0] += 1
        return Result(Verdict.DIFFERS, subject, (), (Finding("gradient", "x", "It is accused."),))

    monkeypatch.setattr(check, "_decided", hasty)
    monkeypatch.setattr(check, "first_look", lambda *asked: replace(first_look(*asked), settles=False))
    (result,) = judged(tmp_path, "import numpy as np\ndef sine(x): return np.sin(x)\ndef dsine(x): return np.cos(x)")
    assert result.verdict is Verdict.AGREES
    assert accused[0] > 0


@pytest.mark.parametrize("name", SOURCES)
def test_everything_in_a_file_is_found_and_judged_rightly(tmp_path: Path, name: str) -> None:
    with undiagnosed():
        results = judged(tmp_path, SOURCES[name])
    assert len(results) == FOUND[name]
    for result in results:
        subject = result.subject.split()[0]
        expected = (Verdict.DIFFERS, Verdict.BROKEN) if subject in students.WRONG else (Verdict.AGREES,)
        assert result.verdict in expected, f"{subject}\n{result}"
        assert f"--pair {subject}" in result.reproduce
        if subject in LOOKED_AT:  # a class whose gradients are not found would agree for want of anything to judge
            assert {one.parameter for one in result.comparisons} == set(LOOKED_AT[subject].split())


AFFINE = """
def forward(x, W, b):
    return x @ W + b, (x, W)

def backward(dout, cache):
    x, W = cache
    return {gradients}
"""


@pytest.mark.parametrize(
    ("gradients", "clause"),
    [
        ("dout @ W.T, x.T @ dout, dout", "shape"),
        ("dout @ W, x.T @ dout, dout.sum(axis=0)", "raises"),
        ("dout @ W.T, dout.T @ x, dout.sum(axis=0)", "shape"),
        ("dout @ W.T, -(x.T @ dout), dout.sum(axis=0)", "gradient"),
    ],
)
def test_a_layer_that_forgets_its_batch_is_not_taken_for_one_without(
    tmp_path: Path, gradients: str, clause: str
) -> None:
    (result,) = judged(tmp_path, AFFINE.format(gradients=gradients))
    assert result.verdict in (Verdict.DIFFERS, Verdict.BROKEN)
    assert result.findings[0].clause == clause
    right = AFFINE.format(gradients="dout @ W.T, x.T @ dout, dout.sum(axis=0)")
    assert judged(tmp_path, right)[0].verdict is Verdict.AGREES


def test_a_parameter_without_a_gradient_is_told(tmp_path: Path) -> None:
    (result,) = judged(
        tmp_path, students.CLASSES.replace("self.db = dout.sum(axis=0)", "self.unknown = 0"), "", "Linear"
    )
    assert result.verdict is Verdict.AGREES
    assert "no gradient was found for b, and none was judged" in result.notes


@pytest.mark.parametrize("seed", [3, 4])
def test_a_step_of_descent_is_read_without_rounding(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "EXAMPLES", 25)
    path = write(tmp_path, students.CLASSES)
    assert discover.check_pair(path, "Dense", seed=seed).verdict is Verdict.AGREES
    wrong = students.CLASSES.replace("self.bias -= learning_rate * output", "self.bias -= 2 * learning_rate * output")
    assert discover.check_pair(write(tmp_path, wrong, "wrong.py"), "Dense").verdict is Verdict.DIFFERS


RECURRENT = """
import numpy as np
class RNN:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]
    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        self.kept = x, h_prev, np.tanh(x @ Wx + h_prev @ Wh + b)
        return self.kept[-1]
    def backward(self, dh_next):
        Wx, Wh, b = self.params
        x, h_prev, h_next = self.kept
        dt = dh_next * (1 - h_next ** 2)
        for grad, own in zip(self.grads, (x.T @ dt, h_prev.T @ dt, {db})):
            grad[...] = own
        return dt @ Wx.T, dt @ Wh.T
"""


def test_a_bias_that_could_be_a_number_is_as_long_as_its_gradient(tmp_path: Path) -> None:
    result = slipped(tmp_path, RECURRENT.format(db="dt.sum(axis=0)"), RECURRENT.format(db="dt.mean(axis=0)"))
    assert [finding.parameter for finding in result.findings] == ["b"]


ONE_PROBABILITY = """
import numpy as np
class LogisticLoss:
    def forward(self, x, t):
        self.t, self.y = t, 1 / (1 + np.exp(-x))
        both = np.c_[1 - self.y, self.y]
        return -np.log(both[np.arange(len(x)), t]).mean()
    def backward(self, dout=1):
        return dout * {slope} / len(self.t)
"""


def test_inputs_for_which_the_backward_pass_raises_are_not_meant_if_others_are_near(tmp_path: Path) -> None:
    slipped(tmp_path, *(ONE_PROBABILITY.format(slope=slope) for slope in ("(self.y - self.t)", "(self.t - self.y)")))


def test_many_weights_are_moved_by_less_than_few() -> None:
    many, few = moved(np.zeros((900, 5))), moved(np.zeros((3, 5)))
    assert 0.2 < few.std() < 0.8
    assert np.abs(many.sum(axis=0)).max() < 10.0
    assert np.count_nonzero(many) > 0.9 * many.size


TIED = """
import numpy as np
class MatMul:
    def __init__(self, W):
        self.params, self.grads = [W], [np.zeros_like(W)]
    def forward(self, x):
        self.x = x
        return x @ self.params[0]
    def backward(self, dout):
        self.grads[0][...] = self.x.T @ dout
        return dout @ self.params[0].T
class Both:
    def __init__(self, n_in, n_out):
        W = np.random.randn(n_in, n_out)
        self.one, self.two = MatMul(W), MatMul(W)
    def forward(self, a, b):
        return self.one.forward(a) * 0.5 + self.two.forward(b)
    def backward(self, dout):
        return self.one.backward({half} * dout), self.two.backward(dout)
"""


@pytest.mark.parametrize(("half", "verdict"), [("0.5", Verdict.AGREES), ("0.25", Verdict.DIFFERS)])
def test_the_gradients_of_weights_that_two_layers_share_add_up(tmp_path: Path, half: str, verdict: Verdict) -> None:
    with undiagnosed():
        result = judged(tmp_path, TIED.format(half=half), "", "Both")[0]
    assert result.verdict is verdict, result
    assert "one.params[0]" in {one.parameter for one in result.comparisons}


def test_a_layout_that_was_passed_over_is_told(tmp_path: Path) -> None:
    (result,) = judged(tmp_path, AFFINE.format(gradients="dout @ W.T, x.T @ dout, dout.sum(axis=0, keepdims=True)"))
    assert result.verdict is Verdict.AGREES
    assert any("the forward pass runs at x 3x4, W 4x2, b 2 as well, but no gradients" in note for note in result.notes)
    assert "inputs: x 3x4, W 4x2, b 1x2" in result.notes


def test_what_is_wrong_at_few_inputs_is_searched_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "EXAMPLES", 50)
    source = "import numpy as np\ndef f(w): return np.sum(np.abs(w) ** 3)\n"
    source += "def f_grad(w): return 3 * w * np.abs(w) * np.where(np.abs(w) > {}, 1.01, 1.0)\n"
    assert judged(tmp_path, source.format("9e9"))[0].verdict is Verdict.AGREES
    assert judged(tmp_path, source.format("2.3"))[0].verdict is Verdict.DIFFERS


def test_a_guard_that_a_search_comes_upon_is_no_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "EXAMPLES", 15)
    monkeypatch.setattr(judging, "POINTS", judging.POINTS[:1])
    guarded = "import numpy as np\ndef f(w): return -np.sum(np.log(1 / (1 + np.exp(-w ** 3)) + 1e-14))\n"
    guarded += "def f_grad(w): return -3 * w ** 2 / (1 + np.exp(w ** 3))\n"
    with undiagnosed():
        assert judged(tmp_path, guarded)[0].verdict is Verdict.AGREES


def test_a_wrong_gradient_is_told_with_the_points_at_which_it_is_right(tmp_path: Path) -> None:
    (result,) = judged(tmp_path, AFFINE.format(gradients="dout @ W.T, x.T @ dout, dout.mean(axis=0)"))
    assert "wrong at 3 of 5 points; agrees at x 1x3, W 3x2, b 2" in result.notes


def test_a_target_that_is_compared_is_one_of_classes(tmp_path: Path) -> None:
    source = """
import numpy as np
def loss(w, X, y):
    p = 1 / (1 + np.exp(-X @ w))
    return -np.where(y == 1, np.log(p), np.log(1 - p)).sum()
def grad(w, X, y):
    return X.T @ (1 / (1 + np.exp(-X @ w)) - {y})
"""
    assert judged(tmp_path, source.format(y="y"))[0].verdict is Verdict.AGREES
    assert judged(tmp_path, source.format(y="2 * y"))[0].verdict is Verdict.DIFFERS


def test_a_target_that_is_a_number_is_no_class(tmp_path: Path) -> None:
    source = "def loss(w, X, y): return ((X @ w - y) ** 2).sum()\ndef grad(w, X, y): return 2 * X.T @ (X @ w - y{})\n"
    assert judged(tmp_path, source.format(""))[0].verdict is Verdict.AGREES
    assert judged(tmp_path, source.format("**2"))[0].verdict is Verdict.DIFFERS


COLUMNS = '''
import numpy as np

def forward(X, W, b):
    """X: (n, m)
    W: (1, n)
    b: (1, 1)"""
    return np.dot(W, X) + b, (X, W)

def backward(dZ, cache):
    X, W = cache
    return {"W": np.dot(dZ, X.T), "b": np.sum(dZ, axis=1, keepdims=True)}
'''


def test_a_shape_of_ones_in_a_docstring_is_a_shape(tmp_path: Path) -> None:
    (result,) = judged(tmp_path, COLUMNS)
    assert result.verdict is Verdict.AGREES
    assert any("b 1x1" in note for note in result.notes)


def test_inputs_may_be_given(tmp_path: Path) -> None:
    source = """
import numpy as np
def loss(Q, kinds, config): return config["scale"] * (Q[np.arange(7), kinds] ** 2).sum()
def grad(Q, kinds, config):
    g = np.zeros_like(Q)
    g[np.arange(7), kinds] = 2 * config["scale"] * Q[np.arange(7), kinds]
    return g
"""
    with pytest.raises(GradcheckError, match="No inputs were found for loss:grad"):
        judged(tmp_path, source)
    (result,) = judged(tmp_path, source, "Q=7x5 kinds=int:7:5 config={'scale': 0.5}")
    assert result.verdict is Verdict.AGREES
    assert result.comparisons[0].entries == 35
    assert result.reproduce.endswith("--inputs 'Q=7x5 kinds=int:7:5 config=value:{'scale': 0.5}'")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x", "give a name and a shape"),
        ("x=", "give a name and a shape"),
        ("x=3xx4", "neither a shape"),
        ("x=int:5", "how many classes"),
        ("x=wild:3", "There is no kind of input 'wild'"),
        ("x=unit:0x3", "cannot be read"),
        ("x=value:{", "nor a Python literal"),
    ],
)
def test_inputs_that_cannot_be_read_are_told(text: str, says: str) -> None:
    with pytest.raises(GradcheckError, match=says):
        discover.read_inputs(text)


def test_a_file_that_cannot_be_imported_is_told_with_its_line(tmp_path: Path) -> None:
    for source, says in [
        ("x = 1\nx = = 2\n", r"line 2: SyntaxError"),
        ("import numpy\n\nnumpy.nothing()\n", r"line 3: AttributeError"),
        ("import sys\nsys.exit(3)\n", r"line 2: SystemExit"),
        ("import nowhere_to_be_found\n", r"line 1: ModuleNotFoundError"),
    ]:
        with pytest.raises(GradcheckError, match=rf"student.py cannot be imported: {says}"):
            discover.load(write(tmp_path, source))
    with pytest.raises(GradcheckError, match="There is no file"):
        discover.load(tmp_path / "nothing.py")
    with pytest.raises(GradcheckError, match="is a folder; give Python files"):
        discover.load(tmp_path)


def test_what_cannot_be_run_of_a_file_is_left_out_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = discover.load(write(tmp_path, students.WORLD))
    assert module.vocab_size == 4
    told = capsys.readouterr().err
    assert "was left out line 3: ModuleNotFoundError: No module named 'a_library_that_plots'; line 4:" in told
    assert "line 6: FileNotFoundError" in told
    assert "and 1 more" in told
    source = "from nowhere import square\ndef f(x): return square(x).sum()\ndef df(x): return 2 * x\n"
    with pytest.raises(GradcheckError, match="is not there: NameError: name 'square' is not defined"):
        judged(tmp_path, source)


def test_a_file_may_import_its_neighbours_and_leaves_nothing_behind(tmp_path: Path) -> None:
    write(tmp_path, "def helper(x): return x ** 2\n", "beside_it.py")
    path = write(tmp_path, "print('hello')\nfrom beside_it import helper\ndef f(x): return helper(x).sum()\n")
    before, state = list(sys.path), np.random.get_state()[1].copy()  # type: ignore[index]
    module = discover.load(path)
    sys.modules.pop("beside_it")
    assert module.f(np.ones(3)) == 3.0
    assert list(sys.path) == before
    judged(tmp_path, "import numpy as np\ndef f(x): return (x * np.random.rand(*x.shape)).sum()\ndef df(x): return x\n")
    assert np.array_equal(np.random.get_state()[1], state)  # type: ignore[index]


DROPOUT = """
import numpy as np
{imports}
class Layer:
    def __init__(self): self.W = np.full((4, 3), 0.3)
    def forward(self, x):
        self.mask = np.array([2.0 * ({draw} < 0.5) for _ in range(3)])
        self.x, self.y = x, np.tanh(x @ self.W)
        return self.y * self.mask
    def backward(self, dy):
        dz = dy * self.mask * (1.0 - self.y ** 2)
        self.dW = self.x.T @ dz
        return dz @ self.W.T
"""


@pytest.mark.parametrize(
    ("imports", "draw"),
    [
        ("import random", "random.random()"),
        ("from chance import drawn", "drawn()"),
        ("from luck import drawn", "drawn()"),
        ("", "np.random.rand()"),
    ],
)
def test_whoever_draws_a_mask_the_same_is_drawn_every_time(tmp_path: Path, imports: str, draw: str) -> None:
    write(tmp_path, "import random\ndef drawn(): return random.random()\n", "chance.py")
    write(tmp_path, "from chance import drawn\n", "luck.py")
    state = random.getstate()
    (result,) = judged(tmp_path, DROPOUT.format(imports=imports, draw=draw))
    assert result.verdict is Verdict.AGREES
    assert random.getstate() == state


def test_the_generator_of_modules_out_of_reach_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = discover.load(write(tmp_path, DROPOUT.format(imports="", draw="np.random.rand()")))
    monkeypatch.delattr(random, "getstate")  # drawn from by these tests, but not by what is judged
    with settled(module):
        assert vars(module)["np"].random.rand() == np.random.RandomState(0).rand()
        assert np.random.default_rng().random() == np.random.default_rng().random()
    assert np.random.default_rng().random() != np.random.default_rng().random()


GUARDED = """
import losses
def cost(p, t):
    return losses.{loss}(p, t)
def cost_grad(p, t):
    return -{gradient}
"""
LOSSES = """
import numpy as np
TINY = 1e-7
def by_sum(p, t):
    return -np.sum(t * np.log(p + 1e-7))
def by_name(p, t):
    return -np.sum(t * np.log(p + TINY))
"""


@pytest.mark.parametrize("loss", ["by_sum", "by_name"])
def test_a_guard_may_stand_in_another_file_of_the_person(tmp_path: Path, loss: str) -> None:
    write(tmp_path, LOSSES, "losses.py")
    for gradient, verdict in (("t / p", Verdict.AGREES), ("1.0003 * t / p", Verdict.DIFFERS)):
        path = write(tmp_path, GUARDED.format(loss=loss, gradient=gradient), "own.py")
        with undiagnosed():
            assert discover.check_pair(path, "cost:cost_grad").verdict is verdict


@pytest.mark.parametrize("package", [False, True])
def test_a_file_may_import_from_where_the_whole_is_run(tmp_path: Path, package: bool) -> None:
    folder = tmp_path / "the_whole" / "inner"
    folder.mkdir(parents=True)
    write(folder.parent, "def squared(x): return (x ** 2).sum()\n", "shared_by_all.py")
    if package:
        write(folder, "import the_whole.shared_by_all\n", "__init__.py")
    path = write(folder, "from the_whole.shared_by_all import squared\ndef f(x): return squared(x)\n")
    before = list(sys.path)
    assert discover.load(path).f(np.ones(3)) == 3.0
    assert sys.path == before


def test_a_file_is_named_as_it_is_called_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests").mkdir()
    write(tmp_path, "def f(x): return (x**2).sum()\ndef df(x): return 2 * x\n", "own.py")
    monkeypatch.chdir(tmp_path)
    result = discover.check_pair(tmp_path / "tests" / ".." / "own.py", "f:df")
    assert result.subject == "f:df   own.py:2"
    assert result.reproduce == "gradcheck check own.py --pair f:df"


def test_what_a_file_prints_does_not_bury_what_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = (
        "for epoch in range(999): print('epoch', epoch)\n"
        "def f(x):\n    print('seen', [*x.shape])\n    return (x**2).sum()\n"
    )
    with undiagnosed():
        (result,) = judged(tmp_path, f"{source}def df(x): return 3 * x\n")
    assert result.verdict is Verdict.DIFFERS
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("epoch 0\nepoch 1\n")
    assert "\nseen [" in err
    assert err.count("gradcheck: what else the file prints is left out\n") == 2
    assert len(err.splitlines()) < 40


def test_a_file_may_belong_to_a_package(tmp_path: Path) -> None:
    folder = tmp_path / "a_package" / "inner"
    folder.mkdir(parents=True)
    for place in (folder, folder.parent):
        write(place, "", "__init__.py")
    write(folder.parent, "def squared(x): return (x ** 2).sum()\n", "shared.py")
    path = write(folder, "from ..shared import squared\ndef f(x): return squared(x)\ndef df(x): return 2 * x\n")
    assert [subject.name for subject in discover.find(discover.load(path))] == ["f:df"]


def test_a_random_forward_pass_is_settled(tmp_path: Path) -> None:
    source = """
import numpy as np
rng = np.random.default_rng()
def dropout_forward(x, p=0.5):
    mask = rng.random(x.shape) < p
    return x * mask / p, (mask, p)
def dropout_backward(dout, cache):
    mask, p = cache
    return dout * mask / {p}
"""
    assert judged(tmp_path, source.format(p="p"))[0].verdict is Verdict.AGREES
    assert judged(tmp_path, source.format(p="1.0"))[0].verdict is Verdict.DIFFERS


def test_a_gradient_is_for_the_same_argument_where_another_has_its_shape(tmp_path: Path) -> None:
    """At one of the points all axes are as long."""
    source = """
import numpy as np
def loss(A, X):
    '''A: (K, D), X: (N, D)'''
    return 0.25 * ((X @ A.T) ** 2).sum() ** 2
def loss_grad(A, X):
    Z = X @ A.T
    return {}(Z ** 2).sum() * Z.T @ X
"""
    for factor, verdict in (("", Verdict.AGREES), ("2 * ", Verdict.DIFFERS)):
        (result,) = judged(tmp_path, source.format(factor))
        assert result.verdict is verdict
        assert [one.parameter for one in result.comparisons] == ["A"]


def test_what_writes_into_its_inputs_is_judged_at_those_that_were_given(tmp_path: Path) -> None:
    """Whose gradient it is has been asked before, with copies."""
    source = """
def loss(a, b): return ((a - b) ** 2).sum()
def loss_grad(a, b):
    a *= 2.0
    return a - 2 * b
"""
    (subject,) = discover.find(discover.load(write(tmp_path, source)))
    given = {"a": np.array([1.0, 2.0]), "b": np.array([0.5, -1.0])}
    opened = subject.open(given)
    assert isinstance(opened, Opened)
    assert np.array_equal(opened.args["a"], given["a"])
    assert np.array_equal(given["a"], [1.0, 2.0])


def test_weights_that_are_all_alike_to_begin_with_need_not_be_symmetric(tmp_path: Path) -> None:
    """A transpose that is left out would be hidden."""
    source = """
import numpy as np
class Square:
    def __init__(self, dim): self.W = np.full((dim, dim), 0.1)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W{}
"""
    assert judged(tmp_path, source.format(".T"))[0].verdict is Verdict.AGREES
    assert judged(tmp_path, source.format(""))[0].verdict is Verdict.DIFFERS


def test_a_comment_may_stand_to_the_left_of_its_method(tmp_path: Path) -> None:
    """To Python that is all the same."""
    source = """
class Square:
    def forward(self, x):
#       print(x)
        self.x = x
        return x ** 2
    def backward(self, dout):
#       return dout * self.x
        return {}dout * self.x
"""
    assert judged(tmp_path, source.format("2 * "))[0].verdict is Verdict.AGREES
    assert judged(tmp_path, source.format(""))[0].verdict is Verdict.DIFFERS


def test_a_method_that_looks_like_a_gradient_may_take_nothing(tmp_path: Path) -> None:
    """It is named like one, and that is all."""
    source = """
class Layer:
    def forward(self, x): self.x = x; return x ** 2
    def activation_derivatives(self): return 2 * self.x
"""
    assert judged(tmp_path, source) == []


def test_a_pair_may_be_told(tmp_path: Path) -> None:
    source = "import numpy as np\ndef wert(x): return np.sum(x ** 2)\ndef steigung(x): return 2 * x\n"
    assert judged(tmp_path, source) == []
    (result,) = judged(tmp_path, source, "", "wert:steigung")
    assert result.verdict is Verdict.AGREES
    for pair in ("wert:stiegung", "wort"):
        with pytest.raises(UnknownName, match=r"There is no function or class of student\.py"):
            judged(tmp_path, source, "", pair)


def test_of_an_engine_one_operation_is_judged_at_a_time(tmp_path: Path) -> None:
    path = write(tmp_path, students.MORE)
    assert discover.check_pair(path, "Value.relu").verdict is Verdict.AGREES
    with pytest.raises(GradcheckError, match=r"Value holds several things to judge: Value.__add__, "):
        discover.check_pair(path, "Value")


def test_a_method_that_takes_differences_is_no_claim(tmp_path: Path) -> None:
    source = """
import numpy as np
class Model:
    def __init__(self, n_in, n_out):
        self.params = {"W": np.random.randn(n_in, n_out)}
    def loss(self, x, t):
        return 0.5 * ((x @ self.params["W"] - t) ** 2).sum()
    def numerical_gradient(self, x, t):
        return {"W": np.zeros_like(self.params["W"])}
    def gradient(self, x, t):
        return {"W": x.T @ (x @ self.params["W"] - t)}
"""
    (result,) = judged(tmp_path, source)
    assert result.verdict is Verdict.AGREES
    assert result.subject.endswith(":10")


def test_a_gradient_from_differences_is_no_claim(tmp_path: Path) -> None:
    source = (
        "def f(x): return (x ** 2).sum()\ndef numerical_grad(f, x): return x\ndef eval_numerical_gradient(f, x): pass\n"
    )
    assert judged(tmp_path, source) == []


def test_two_cotangents_arrive_at_two_values(tmp_path: Path) -> None:
    source = """
import numpy as np
def step_forward(x, prev_c):
    c = np.tanh(x) * prev_c
    h = np.sin(c)
    return h, c, (x, prev_c, c)
def step_backward(dh, dc, cache):
    x, prev_c, c = cache
    d = {d}
    return d * prev_c * (1 - np.tanh(x) ** 2), d * np.tanh(x)
"""
    assert judged(tmp_path, source.format(d="dc + dh * np.cos(c)"))[0].verdict is Verdict.AGREES
    assert judged(tmp_path, source.format(d="dh * np.cos(c)"))[0].verdict is Verdict.DIFFERS


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (students.LAYERS, "sigmoid_prime is right in terms of the output"),
        (students.CLASSES, "right but for a small constant that keeps numbers finite"),
    ],
    ids=["output", "constant"],
)
def test_hints(tmp_path: Path, source: str, says: str) -> None:
    pair = "sigmoid:sigmoid_prime" if "output" in says else "SoftmaxWithLoss"
    (result,) = judged(tmp_path, source, "", pair)
    assert any(says in note for note in result.notes)


def test_a_function_may_be_its_own_derivative_under_a_flag(tmp_path: Path) -> None:
    (right,) = judged(tmp_path, students.FLAG)
    (wrong,) = judged(tmp_path, students.FLAG.replace("x * (1 - x)", "x * (1 + x)"))
    assert (right.verdict, wrong.verdict) == (Verdict.AGREES, Verdict.DIFFERS)


def test_a_layer_for_one_sample_is_judged_with_one(tmp_path: Path) -> None:
    (right,) = judged(tmp_path, students.ONE_SAMPLE)
    (wrong,) = judged(tmp_path, students.ONE_SAMPLE.replace("eta * error", "eta * 2 * error"))
    assert right.verdict is Verdict.AGREES
    assert wrong.verdict in (Verdict.DIFFERS, Verdict.BROKEN)
    assert {one.parameter for one in right.comparisons} == {"data", "weights", "bias"}
    assert "it is written for one sample" in str(right)


def test_a_sum_over_nothing_is_no_point(tmp_path: Path) -> None:
    (right,) = judged(tmp_path, students.SLICES)
    (wrong,) = judged(tmp_path, students.SLICES.replace("200 * (x[-1]", "100 * (x[-1]"))
    assert right.verdict is Verdict.AGREES
    assert wrong.verdict is Verdict.DIFFERS


def test_a_share_of_a_gradient_is_one(tmp_path: Path) -> None:
    source = "def loss(x):\n    dx = 2 * x\n    return (x**2).sum() / 3, dx / {}\n"
    assert judged(tmp_path, source.format(3))[0].verdict is Verdict.AGREES
    assert judged(tmp_path, source.format(4))[0].verdict is Verdict.DIFFERS


def test_what_looks_like_a_gradient_of_nothing_is_told(tmp_path: Path) -> None:
    source = "def splash_grad(x): return x\ndef f(x): return x**2\ndef f_grad(x): return 2 * x\n"
    module = discover.load(write(tmp_path, source))
    (line,) = discover.unread(module, discover.find(module), "own.py")
    assert "splash_grad (line 1)" in line
    assert "--pair FUNCTION:splash_grad" in line


UNLIKE = """
import numpy as np
def relu(x): return np.maximum(x, 0)
def relu_grad(x): return (x > 0) * 1.0
def head(h, w): return h @ w
def head_grad(this, that, further): return this @ that, further
"""


def test_a_pair_that_does_not_go_together_is_told_and_leaves_the_others(tmp_path: Path) -> None:
    module = discover.load(write(tmp_path, UNLIKE))
    found = discover.find(module)
    assert [own.name for own in found] == ["relu:relu_grad"]
    (told,) = discover.unread(module, found, "student.py")
    assert "head_grad(this, that, further) does not say what its arguments are" in told


MISSING = """
def loss(W, X): return np.sum((X @ W) ** 2) / (many if W.ndim == 2 else 1)
def loss_grad(W, X): return 2 * X.T @ (X @ W) / many
"""


def test_what_needs_something_that_is_not_there_is_not_judged_at_other_inputs(tmp_path: Path) -> None:
    with pytest.raises(GradcheckError, match="for something that it uses is not there: NameError: name 'many'"):
        judged(tmp_path, f"import numpy as np\n{MISSING}")


HALFWAY = """
import numpy as np
def loss_and_grad(w, X, y):
    loss = np.mean((X @ w - y) ** 2)
    grad = X.T @ (X @ w - Y) / len(y)
    return loss, grad
"""


def test_what_raises_once_the_value_is_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(GradcheckError, match=r"At w 4, X 3x4, y 3 it comes as far as to its value.*NameError"):
        judged(tmp_path, HALFWAY)
    (result,) = judged(tmp_path, HALFWAY, "w=4 X=3x4 y=3")
    assert result.verdict is Verdict.BROKEN
    (result,) = judged(tmp_path, HALFWAY.replace("X.T @ (X @ w - Y)", "X @ (X @ w - y)"))
    assert {own.clause for own in result.findings} == {"raises"}
    assert "inputs: w 4, X 3x4, y 3" in result.notes


def test_inputs_that_nothing_takes_are_told(tmp_path: Path) -> None:
    with pytest.raises(GradcheckError, match=r"There is no argument 'z'\..*There is: W, b, x"):
        discover.check_pair(write(tmp_path, AFFINE), "forward:backward", "z=3x4")


@pytest.mark.parametrize("kind", ["binary", "mask"])
def test_zeros_and_ones_are_not_all_alike(kind: str) -> None:
    drawn = [Form(kind, ("N",)).draw({"N": 2}, np.random.default_rng(seed)) for seed in range(8)]
    assert all(set(own.tolist()) == {0.0, 1.0} for own in drawn)


def test_a_pair_of_a_class_may_be_told(tmp_path: Path) -> None:
    path = write(tmp_path, "class A:\n    def f(self, x): return x ** 3\n    def f_prime(self, x): return 3 * x ** 2\n")
    (found,) = discover.find(discover.load(path))
    assert found.name == "A.f:A.f_prime"
    assert discover.check_pair(path, found.name).verdict is Verdict.AGREES


def test_a_method_that_looks_like_a_gradient_of_nothing_is_told(tmp_path: Path) -> None:
    source = "class A:\n    def gradient_of_it(self, where):\n        g = self.f(where)\n        return g\n"
    module = discover.load(write(tmp_path, source))
    (line,) = discover.unread(module, discover.find(module), "own.py")
    assert line.startswith("A.gradient_of_it (line 2)")
