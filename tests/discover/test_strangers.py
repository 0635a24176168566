"""Files as people write them, each right and with one line wrong: what the source says about inputs is understood."""

from pathlib import Path

import pytest

from gradcheck import discover
from gradcheck.discover import judging, searching
from gradcheck.records import Verdict
from gradcheck.stages.testimony import undiagnosed
from tests.discover.arrivals import ARRIVALS
from tests.discover.bystanders import BYSTANDERS
from tests.discover.callers import CALLERS
from tests.discover.containers import CONTAINERS
from tests.discover.evaluated import EVALUATED
from tests.discover.guests import GUESTS
from tests.discover.joined import JOINED
from tests.discover.neighbours import NEIGHBOURS
from tests.discover.networks import NETWORKS
from tests.discover.pairs import PAIRS
from tests.discover.passersby import PASSERSBY
from tests.discover.stacked import STACKED
from tests.discover.stranger import Stranger
from tests.discover.told import TOLD
from tests.discover.torchbearers import TORCHBEARERS
from tests.discover.travellers import TRAVELLERS
from tests.discover.visitors import VISITORS
from tests.discover.wanderers import WANDERERS
from tests.repair.strangers import DEEP, ENGINE

STRANGERS = (
    NETWORKS
    | TOLD
    | CONTAINERS
    | VISITORS
    | PASSERSBY
    | GUESTS
    | NEIGHBOURS
    | JOINED
    | CALLERS
    | ARRIVALS
    | BYSTANDERS
    | TRAVELLERS
    | WANDERERS
    | PAIRS
    | STACKED
    | EVALUATED
    | TORCHBEARERS
    | {
        "single numbers, as math takes them": Stranger(
            """
from math import log, sqrt, erf, exp

def price(S, K, r, sigma, T):
    return S * erf((log(S / K) + r * T) / (sigma * sqrt(T))) - K * exp(-r * T)

def price_grad(S, K, r, sigma, T):
    v = sigma * sqrt(T)
    d = (log(S / K) + r * T) / v
    n = 2 / sqrt(3.141592653589793) * exp(-d * d)
    e = exp(-r * T)
    return erf(d) + n / v, -S * n / (K * v) - e, S * n * T / v + K * T * e, -S * n * d / sigma, \\
        S * n * (r / v - d / (2 * T)) + K * r * e
""",
            "S * n * (r / v",
            "n * (r / v",
            "S K r sigma T",
        ),
        "images told by how their shape is taken apart": Stranger(
            """
import numpy as np

def blur_forward(A_prev, W, b, stride, pad):
    (m, h, w, c) = A_prev.shape
    (f, f, c, nc) = W.shape
    A = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    return np.tensordot(A[:, :f, :f], W, axes=3) + b, (A_prev, W, pad)

def blur_backward(dZ, cache):
    A_prev, W, pad = cache
    (f, f, c, nc) = W.shape
    A = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dA = np.zeros_like(A)
    dA[:, :f, :f] = np.tensordot(dZ, W, axes=([1], [3]))
    dW = np.tensordot(A[:, :f, :f], dZ, axes=([0], [0]))
    return dA[:, pad:-pad, pad:-pad], dW, dZ.sum(axis=0)
""",
            "dA[:, pad:-pad, pad:-pad]",
            "dA[:, :-2 * pad, :-2 * pad]",
            "A_prev W b",
        ),
        "a convolution with channels that have no name, and a stride that is one if nobody says so": Stranger(
            """
import numpy as np

def conv_forward(x, w, b, stride=1, pad=1):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    Ho = 1 + (H + 2 * pad - HH) // stride
    Wo = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            window = xp[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
            out[:, :, i, j] = np.tensordot(window, w, axes=((1, 2, 3), (1, 2, 3))) + b
    return out, (x, w, b, stride, pad)

def conv_backward(dout, cache):
    x, w, b, stride, pad = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            window = xp[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
            d = dout[:, :, i, j]
            dw += np.tensordot(d, window, axes=((0,), (0,)))
            dxp[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW] += np.tensordot(d, w, axes=((1,), (0,)))
    dx = dxp[:, :, pad:-pad, pad:-pad]
    return dx, dw, db
""",
            "dxp[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW] +=",
            "dxp[:, :, i:i + HH, j:j + WW] +=",
            "x w b",
        ),
        "a convolution of signals with channels that have no name": Stranger(
            """
def conv1d_forward(x, w, b, stride=1):
    N, C, L = x.shape
    F, _, K = w.shape
    T = (L - K) // stride + 1
    out = np.zeros((N, F, T))
    for t in range(T):
        out[:, :, t] = np.tensordot(x[:, :, t * stride:t * stride + K], w, axes=((1, 2), (1, 2))) + b
    return out, (x, w, b, stride)

def conv1d_backward(dout, cache):
    x, w, b, stride = cache
    dx, dw, K = np.zeros_like(x), np.zeros_like(w), w.shape[2]
    for t in range(dout.shape[2]):
        dw += np.tensordot(dout[:, :, t], x[:, :, t * stride:t * stride + K], axes=((0,), (0,)))
        dx[:, :, t * stride:t * stride + K] += np.tensordot(dout[:, :, t], w, axes=((1,), (0,)))
    return dx, dw, dout.sum(axis=(0, 2))
""",
            "dx[:, :, t * stride:t * stride + K] +=",
            "dx[:, :, t:t + K] +=",
            "x w b",
        ),
        "a constructor told how many channels": Stranger(
            """
class Scale:
    def __init__(self, num_channels=3):
        self.gamma = np.ones(num_channels)
    def forward(self, x):
        '''x: (N, C, H, W)'''
        self.x = x
        return self.gamma[:, None, None] * x ** 2
    def backward(self, dy):
        self.dgamma = (dy * self.x ** 2).sum(axis=(0, 2, 3))
        return 2 * dy * self.gamma[:, None, None] * self.x
""",
            "axis=(0, 2, 3)",
            "axis=(0, 2, 3)) / len(dy",
            "x gamma",
        ),
        "four gates side by side, and lists of parameters and gradients": Stranger(
            """
class Cell:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]
    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        H = h_prev.shape[1]
        A = x @ Wx + h_prev @ Wh + b
        self.cache = x, h_prev, A, H
        return A[:, :H] * A[:, H:2*H] + A[:, 2*H:3*H] * A[:, 3*H:]
    def backward(self, dh):
        x, h_prev, A, H = self.cache
        Wx, Wh, b = self.params
        dA = np.hstack((dh * A[:, H:2*H], dh * A[:, :H], dh * A[:, 3*H:], dh * A[:, 2*H:3*H]))
        for own, grad in zip(self.grads, (x.T @ dA, h_prev.T @ dA, dA.sum(axis=0))):
            own[...] = grad
        return dA @ Wx.T, dA @ Wh.T
""",
            "dh * A[:, H:2*H], dh * A[:, :H]",
            "dh * A[:, :H], dh * A[:, H:2*H]",
            "x h_prev Wx Wh b",
        ),
        "a book of parameters and one of gradients": Stranger(
            """
class Linear:
    def __init__(self, n_in, n_out):
        self.params = {"W": np.random.randn(n_in, n_out), "b": np.zeros(n_out)}
        self.grads = {}
    def forward(self, x):
        self.x = x
        return x @ self.params["W"] + self.params["b"]
    def backward(self, dy):
        self.grads["W"] = self.x.T @ dy
        self.grads["b"] = dy.sum(axis=0)
        return dy @ self.params["W"].T
""",
            "dy.sum(axis=0)",
            "dy.mean(axis=0)",
            "x W b",
        ),
        "a vector taken apart through a function": Stranger(
            """
def nll(theta):
    a, b, c = np.exp(theta)
    return a * b + c ** 2

def nll_grad(theta):
    a, b, c = np.exp(theta)
    return np.array([a * b, a * b, 2 * c ** 2])
""",
            "2 * c ** 2]",
            "2 * c]",
            "theta",
        ),
        "one output, and its bias": Stranger(
            """
def loss(params, X, y):
    h = np.tanh(X @ params["W1"] + params["b1"])
    return np.mean(((h @ params["W2"] + params["b2"]).ravel() - y) ** 2)

def grad_loss(params, X, y):
    h = np.tanh(X @ params["W1"] + params["b1"])
    d = 2 * ((h @ params["W2"] + params["b2"]).ravel() - y)[:, None] / len(y)
    dz = d @ params["W2"].T * (1 - h ** 2)
    return {"W1": X.T @ dz, "b1": dz.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
""",
            '"b1": dz.sum(0)',
            '"b1": dz.mean(0)',
            "params['W1'] params['b1'] params['W2'] params['b2']",
        ),
        "one number a sample, under a name of its own": Stranger(
            """
def neg_loglik(beta, X, event):
    eta = X @ beta
    return -np.sum(event * (eta - np.log(np.cumsum(np.exp(eta)))))

def neg_loglik_grad(beta, X, event):
    w = np.exp(X @ beta)
    return -(event[:, None] * (X - np.cumsum(w[:, None] * X, axis=0) / np.cumsum(w)[:, None])).sum(axis=0)
""",
            "event[:, None] * (X",
            "1 * (X",
            "beta",
        ),
        "single numbers, which as one number a sample would run as well": Stranger(
            """
def nll(ell, sf, sn, X, y):
    D2 = ((X[:, None] - X[None]) ** 2).sum(-1)
    K = sf ** 2 * np.exp(-0.5 * D2 / ell ** 2) + sn ** 2 * np.eye(len(y))
    L = np.linalg.cholesky(K)
    return 0.5 * y @ np.linalg.solve(K, y) + np.log(np.diag(L)).sum()

def nll_grad(ell, sf, sn, X, y):
    D2 = ((X[:, None] - X[None]) ** 2).sum(-1)
    Kf = sf ** 2 * np.exp(-0.5 * D2 / ell ** 2)
    Kinv = np.linalg.inv(Kf + sn ** 2 * np.eye(len(y)))
    M = Kinv - np.outer(Kinv @ y, Kinv @ y)
    return 0.5 * np.sum(M * Kf * D2) / ell ** 3, np.sum(M * Kf) / sf, sn * np.trace(M)
""",
            "sn * np.trace(M)",
            "sn ** 2 * np.trace(M)",
            "ell sf sn",
        ),
        "a docstring goes before what names have in common": Stranger(
            """
def mmd(x, y):
    '''x: (N, D), y: (M, D)'''
    return np.exp(-((x[:, None] - y[None]) ** 2).sum(-1)).mean()

def mmd_grad(x, y):
    d = x[:, None] - y[None]
    k = np.exp(-(d ** 2).sum(-1))[..., None] * d / (len(x) * len(y))
    return -2 * k.sum(1), 2 * k.sum(0)
""",
            "2 * k.sum(0)",
            "k.sum(0)",
            "x y",
        ),
        "a partial derivative, and a number that counts": Stranger(
            """
def bond(c, y, T):
    t = np.arange(1, int(T) + 1)
    return c * np.sum(np.exp(-y * t)) + np.exp(-y * int(T))

def d_bond_dy(c, y, T):
    t = np.arange(1, int(T) + 1)
    return -c * np.sum(t * np.exp(-y * t)) - int(T) * np.exp(-y * int(T))
""",
            "np.sum(t * np.exp(",
            "np.sum(np.exp(",
            "y",
        ),
        "a list of numbers beside its gradients": Stranger(
            """
import math

class Neuron:
    def __init__(self, n):
        self.w, self.b = [0.1 * k for k in range(n)], 0.1
    def forward(self, x):
        self.x = x
        self.out = math.tanh(sum(w * v for w, v in zip(self.w, x)) + self.b)
        return self.out
    def backward(self, grad):
        d = grad * (1 - self.out ** 2)
        self.dw = [d * v for v in self.x]
        self.db = d
        return [d * w for w in self.w]
""",
            "[d * v for v in self.x]",
            "[d * v for v in self.w]",
            "x w b",
        ),
        "as long as an array of the module": Stranger(
            """
K = np.cos(np.arange(36.0).reshape(6, 6))

def objective(alpha, lam=0.1):
    return np.logaddexp(0, K @ alpha).sum() + 0.5 * lam * alpha @ alpha

def objective_grad(alpha, lam=0.1):
    return K.T @ (1 / (1 + np.exp(-K @ alpha))) + lam * alpha
""",
            "+ lam * alpha",
            "- lam * alpha",
            "alpha",
        ),
        "m samples of n numbers in Spanish, and one number in a matrix": Stranger(
            """
def costo(theta, X, y):
    'X: (m, n), y: (m, 1)'
    r = X @ theta - y
    return r.T @ r / (2 * len(y)) + theta[1:].T @ theta[1:]

def gradiente(theta, X, y):
    g = X.T @ (X @ theta - y) / len(y)
    g[1:] += 2 * theta[1:]
    return g
""",
            "g[1:] += 2 * theta[1:]",
            "g += 2 * theta",
            "theta",
        ),
        "a layer in German": Stranger(
            """
class Schicht:
    'Eingabe: (N, 4)'
    def __init__(self):
        self.gewichte = np.ones((4, 3))
    def vorwaerts(self, x):
        self.x = x
        return np.tanh(x @ self.gewichte)
    def rueckwaerts(self, fehler):
        delta = fehler * (1 - np.tanh(self.x @ self.gewichte) ** 2)
        self.d_gewichte = self.x.T @ delta
        return delta @ self.gewichte.T
""",
            "return delta @",
            "return fehler @",
            "x gewichte",
        ),
        "what may be left out": Stranger(
            """
import torch

class Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias=None):
        ctx.save_for_backward(x, weight)
        return x @ weight.T if bias is None else x @ weight.T + bias
    @staticmethod
    def backward(ctx, dy):
        x, weight = ctx.saved_tensors
        return dy @ weight, dy.T @ x, dy.sum(0)
""",
            "dy.sum(0)",
            "dy.mean(0)",
            "x weight bias",
        ),
        "what writes into its input": Stranger(
            """
class Gate:
    def forward(self, x):
        out = x.copy()
        self.shut = x <= 0
        out[self.shut] = 0
        return out
    def backward(self, dy):
        return dy * ~self.shut
""",
            "x.copy()",
            "x",
            "x",
        ),
        "a threshold that no prediction in 0..1 passes": Stranger(
            """
from dataclasses import dataclass

@dataclass(frozen=True)
class HuberLoss:
    delta: float = 1.0
    def __call__(self, pred, target):
        r = pred - target
        inside = np.abs(r) <= self.delta
        return np.mean(np.where(inside, 0.5 * r ** 2, self.delta * (np.abs(r) - 0.5 * self.delta)))
    def gradient(self, pred, target):
        r = pred - target
        return np.where(np.abs(r) <= self.delta, r, self.delta * np.sign(r)) / r.size
""",
            "self.delta * np.sign(r))",
            "self.delta)",
            "pred",
        ),
        "a gate that one number is for": Stranger(
            """
def gate(x):
    return x if x > 0 else 0.0

def gate_grad(x):
    return 1.0 if x > 0 else 0.0
""",
            "x > 0 else 0.0\n\ndef gate_grad(x):\n    return 1.0 if x > 0",
            "x > 0 else 0.0\n\ndef gate_grad(x):\n    return 1.0 if x > -9",
            "x",
        ),
    }
)


DIVIDES = """
    def __pow__(self, n):
        out = Value(self.data**n, (self,))
        def _backward():
            self.grad += n * self.data**n / out.grad
        out._backward = _backward
        return out
"""
"""A method of an engine of scalars."""
SPRINGS = """
import numpy as np

def energy(x):
    'x: (4, 2) beads on a string'
    d = np.diff(x, axis=0)
    return 0.5 * np.sum((np.sqrt((d ** 2).sum(axis=1)) - 1.2) ** 2)

def energy_grad(x):
    d = np.diff(x, axis=0)
    r = np.sqrt((d ** 2).sum(axis=1))
    g = np.zeros_like(x)
    g[1:] += ((r - 1.2) / r)[:, None] * d
    g[:-1] -= ((r - 1.2) / r)[:, None] * d
    return g
"""
SMOOTH = """
import numpy as np

def bowl(x):
    'x: (4, 2)'
    return 0.5 * np.sum(np.diff(x, axis=0) ** 2)

def bowl_grad(x):
    d = np.diff(x, axis=0)
    g = np.zeros_like(x)
    g[1:] += d ** 2 / d
    g[:-1] -= d ** 2 / d
    return g
"""
MATMUL = """
import numpy as np

class Tensor:
    def __init__(self, data, children=()):
        self.data, self.children = np.asarray(data, dtype=float), children
        self.grad = np.zeros_like(self.data)
        self._backward = lambda: None
    def __add__(self, other):
        out = Tensor(self.data + other.data, (self, other))
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out
    def matmul(self, other):
        out = Tensor(self.data @ other.data, (self, other))
        def _backward():
            self.grad += out.grad @ other.data.T
            other.grad += self.data.T @ out.grad
        out._backward = _backward
        return out
    def backward(self):
        order, seen = [], set()
        def visit(one):
            if id(one) not in seen:
                seen.add(id(one))
                for child in one.children:
                    visit(child)
                order.append(one)
        visit(self)
        self.grad = np.ones_like(self.data)
        for one in reversed(order):
            one._backward()
"""
LOOP = """
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def train(X, y, rate):
    w1, w2 = np.ones((4, 3)), np.ones((3, 1))
    for _ in range(3):
        h = sigmoid(X @ w1)
        o = sigmoid(h @ w2)
        d = 2 * (o - y) * o * (1 - o)
        w1 -= rate * X.T @ (d @ w2.T * h)
        w2 -= rate * h.T @ d
"""


def test_an_engine_that_divides_by_what_arrives_is_seen_to_be_wrong(tmp_path: Path) -> None:
    (tmp_path / "engine.py").write_text(ENGINE + DIVIDES)
    with undiagnosed():
        assert discover.check_pair(tmp_path / "engine.py", "Value.__pow__").verdict is Verdict.DIFFERS


@pytest.mark.parametrize("source", [SPRINGS, SMOOTH])
def test_where_the_value_has_no_derivative_nothing_is_asked_of_the_gradient(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setattr(judging, "POINTS", judging.POINTS[:1])
    (tmp_path / "own.py").write_text(source)
    (subject,) = discover.find(discover.load(tmp_path / "own.py"))
    with undiagnosed():
        result = discover.judge(subject, {}, "own.py")
    assert result.verdict is (Verdict.AGREES if source is SPRINGS else Verdict.BROKEN)
    assert any("no derivative" in note for note in result.notes) == (source is SPRINGS)


@pytest.mark.parametrize("wrong", [False, True])
def test_an_operation_of_arrays_that_assigns_its_gradient_is_seen_to_be_wrong(tmp_path: Path, wrong: bool) -> None:
    assigned = MATMUL.replace("other.grad += self.data.T", "other.grad = self.data.T")
    (tmp_path / "engine.py").write_text(assigned if wrong else MATMUL)
    with undiagnosed():
        result = discover.check_pair(tmp_path / "engine.py", "Tensor.matmul")
    assert result.verdict is (Verdict.DIFFERS if wrong else Verdict.AGREES)


TAPE = """
import math

class Var:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, None

    def __add__(self, other):
        return Var(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Var(self.value * other.value, ((self, other.value), (other, self.value)))

    def cube(self):
        return Var(self.value ** 3, ((self, 3 * self.value ** 2),))

    def detach(self):
        return Var(self.value)

    def backward(self, seed=1.0):
        self.grad = (self.grad or 0.0) + seed
        for parent, slope in self.parents:
            parent.backward(seed * slope)
"""


def test_an_operation_of_an_engine_is_judged_whatever_it_is_called(tmp_path: Path) -> None:
    for power, verdict in ((2, Verdict.AGREES), (1, Verdict.DIFFERS)):
        (tmp_path / "tape.py").write_text(TAPE.replace("3 * self.value ** 2", f"3 * self.value ** {power}"))
        found = {own.name for own in discover.find(discover.load(tmp_path / "tape.py"))}
        assert found == {"Var.__add__", "Var.__mul__", "Var.cube", "Var.backward"}
        with undiagnosed():
            assert discover.check_pair(tmp_path / "tape.py", "Var.cube").verdict is verdict


SOFTMAX = """
    def normalise(self):
        own = Tensor(self.data / self.data.sum(axis=-1, keepdims=True), (self,))
        def back():
            along = (own.grad * own.data).sum(axis=-1, keepdims=True)
            self.grad += (own.grad - along) / self.data.sum(axis=-1, keepdims=True)
        own._backward = back
        return own

    def __mul__(self, other):
        own = Tensor(self.data * other.data, (self, other))
        def back():
            self.grad += other.data * own.grad
            other.grad += self.data * own.grad
        own._backward = back
        return own

    def __add__"""


def test_an_operation_along_an_axis_of_an_engine_is_judged_for_arrays(tmp_path: Path) -> None:
    source = MATMUL.replace("\n    def __add__", SOFTMAX, 1)
    assert source != MATMUL
    for axis, verdict in ((-1, Verdict.AGREES), (0, Verdict.DIFFERS)):
        (tmp_path / "engine.py").write_text(source.replace("own.data).sum(axis=-1", f"own.data).sum(axis={axis}"))
        with undiagnosed():
            assert discover.check_pair(tmp_path / "engine.py", "Tensor.normalise").verdict is verdict


def test_no_step_is_blamed_that_fits_a_guessed_cost_but_for_a_factor(tmp_path: Path) -> None:
    (tmp_path / "loop.py").write_text(LOOP)
    with undiagnosed():
        result = discover.check_pair(tmp_path / "loop.py", "train", "X=5x4 y=5x1")
    assert [own.parameter for own in result.findings] == ["w1"]


@pytest.mark.parametrize("name", STRANGERS)
def test_a_strangers_file_is_judged_rightly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(searching, "EXAMPLES", 2)
    own = STRANGERS[name]
    monkeypatch.setattr(judging, "POINTS", judging.POINTS[:3] if own.far else judging.POINTS[:3:2])
    assert own.line in own.source
    for stem, source in (("right", own.source), ("wrong", own.source.replace(own.line, own.wrong, 1))):
        path = tmp_path / f"{stem}.py"
        path.write_text(f"import numpy as np\n{source}")
        subject = discover.find(discover.load(path))[-1]
        with undiagnosed():
            result = discover.judge(subject, {}, str(path))
        if stem == "right":
            assert result.verdict is Verdict.AGREES, str(result)
            assert {one.parameter for one in result.comparisons} == set(own.judged.split())
        else:
            assert result.verdict in (Verdict.DIFFERS, Verdict.BROKEN), str(result)


POOLING = """
def pool_forward(x, k=2):
    'x: (N, C, H, W)'
    N, C, H, W = x.shape
    return x.reshape(N, C, H // k, k, W // k, k).mean(axis=(3, 5))

def pool_backward(dout, x, k=2):
    return dout.repeat(k, axis=2).repeat(k, axis=3) / k
"""


def test_a_line_that_is_right_at_one_size_alone_is_not_suggested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "POINTS", judging.POINTS[:1])
    (tmp_path / "pool.py").write_text(POOLING)
    (finding,) = discover.check_pair(tmp_path / "pool.py", "pool_forward:pool_backward").findings
    assert finding.place is None or "shape" not in finding.place.right


QUADRATIC = """
def value(x, A):
    "x: (D,), A: (D, D)"
    return 0.5 * x @ A @ x

def value_grad(x, A):
    return A @ x
"""


def test_what_is_right_where_a_matrix_is_symmetric_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(QUADRATIC)
    with undiagnosed():
        result = discover.check_pair(tmp_path / "own.py", "value:value_grad")
    assert result.verdict is Verdict.DIFFERS
    assert "it is right where A is symmetric" in result.notes


SORTED = """
import numpy as np

class Sort:
    def forward(self, x):
        self.order = np.argsort(x, axis=-1, kind="stable")
        return np.take_along_axis(x, self.order, axis=-1)

    def backward(self, g):
        return np.take_along_axis(g, np.argsort(self.order, axis=-1), axis=-1)
"""
SPREAD = """
def top(x):
    "x: (D,)"
    return x.max()

def top_grad(x):
    return (x == x.max()).astype(float)
"""


@pytest.mark.parametrize("source", [SORTED, SPREAD])
def test_a_limit_of_right_gradients_is_right_where_many_kinks_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setattr(searching, "EXAMPLES", 8)
    monkeypatch.setattr(judging, "POINTS", judging.POINTS[:1])
    (tmp_path / "own.py").write_text(source)
    (subject,) = discover.find(discover.load(tmp_path / "own.py"))
    with undiagnosed():
        result = discover.judge(subject, {}, "own.py")
    assert result.verdict is (Verdict.AGREES if source is SORTED else Verdict.DIFFERS)


COUNTED = """
def bent(x, k: int):
    return (x ** k).sum()

def bent_grad(x, k):
    return k * x ** (k - 1), 0.5
"""


def test_a_gradient_for_what_is_taken_for_a_whole_number_is_told_not_to_be_judged(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(COUNTED)
    with undiagnosed():
        result = discover.check_pair(tmp_path / "own.py", "bent:bent_grad")
    assert any("a gradient comes back for k too, given a whole number here" in note for note in result.notes)


MODEL = """
class Model:
    def __init__(self):
        self.loss = None
    def compile(self, loss):
        self.loss = loss
    def forward(self, x):
        self.x = x
        return x ** 2
    def backward(self, dy):
        return self.loss.backward() * 2 * self.x * dy
"""


@pytest.mark.parametrize(("lacks", "judged"), [("self.loss", False), ("self.lost", True), ("self.x.loss", True)])
def test_what_lacks_something_that_its_class_keeps_was_not_judged(tmp_path: Path, lacks: str, judged: bool) -> None:
    (tmp_path / "own.py").write_text(MODEL.replace("return self.loss", f"return {lacks}"))
    with undiagnosed():
        (said,) = discover.judge_all(discover.find(discover.load(tmp_path / "own.py")), {}, "own.py", 0)
    assert isinstance(said, str) != judged
    assert ("was not judged" in str(said)) != judged


VIEWS = """
import numpy as np

class Net:
    def __init__(self):
        self.params = np.full(6, 0.1)
        self.w = self.params[:4]
        self.b = self.params[4:]
    def loss(self, x, y):
        return 0.5 * np.sum((x @ self.w + self.b[0] - y) ** 2)
    def gradient(self, x, y):
        gap = x @ self.w + self.b[0] - y
        return np.concatenate((x.T @ gap, [gap.sum(), 0.0]))
"""


def test_an_object_whose_arrays_are_views_of_each_other_is_not_called_wrong(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(VIEWS)
    (said,) = discover.judge_all(discover.find(discover.load(tmp_path / "own.py")), {}, "own.py", 0)
    assert "views of others" in str(said)


@pytest.mark.parametrize(("place", "verdict"), [("l - 1", Verdict.AGREES), ("0", Verdict.DIFFERS)])
def test_what_is_the_same_layer_in_a_net_of_two_is_told_apart_in_one_of_three(
    tmp_path: Path, place: str, verdict: Verdict
) -> None:
    (tmp_path / "own.py").write_text(DEEP.replace("self.zs[l - 1]", f"self.zs[{place}]"))
    with undiagnosed():
        assert discover.check_pair(tmp_path / "own.py", "DeepNet").verdict is verdict


SQUARES = """
class Both:
    def forward(self, x_hat, x, mu):
        self.x_hat, self.x, self.mu = x_hat, x, mu
        return (0.5 * np.sum((x_hat - x) ** 2) + np.sum(mu ** 2 * (1 + 0 * x))) / x.shape[0]
    def backward(self):
        dx_hat = 2 * (self.x_hat - self.x) / self.x.shape[0]
        dmu = 2 * self.mu / self.x.shape[0]
        return dx_hat, dmu
"""


def test_what_is_wrong_is_shown_where_the_least_of_it_is(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("import numpy as np\n" + SQUARES)
    with undiagnosed():
        result = discover.check_pair(tmp_path / "own.py", "Both")
    assert {own.parameter for own in result.findings} == {"x_hat"}


SOFTPLUS = """
import numpy as np
def softplus_fwd(x, beta):
    y = np.logaddexp(0.0, beta * x) / beta
    return y, (x, beta, y)

def softplus_bwd(res, g):
    x, beta, y = res
    s = 1 / (1 + np.exp(-beta * x))
    dbeta = np.sum(g * (x * s - y))
    return g * s, dbeta
"""


def test_what_a_gradient_is_added_up_for_entry_by_entry_is_one_number(tmp_path: Path) -> None:
    (path := tmp_path / "softplus.py").write_text(SOFTPLUS)
    with undiagnosed():
        result = discover.check_pair(path, "softplus_fwd:softplus_bwd")
    assert "inputs: x 3x4, beta scalar" in result.notes
    assert {own.parameter for own in result.findings} == {"beta"}
