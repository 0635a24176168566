"""Mistakes that show at other settings than the defaults alone, and code that is right at all it is made for."""

from pathlib import Path

import pytest

from gradcheck import discover
from gradcheck.discover import judging
from gradcheck.records import Verdict
from gradcheck.stages.testimony import undiagnosed
from tests.discover.stranger import Stranger

HIDDEN = {
    "no padding": Stranger(
        '''
def blur_forward(x, w, pad=0):
    """x: (N, T), w: (K,)"""
    padded = np.pad(x, ((0, 0), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(w), axis=1)
    return windows @ w, (x.shape, windows, w, pad)

def blur_backward(dout, cache):
    shape, windows, w, pad = cache
    dpadded = np.zeros((shape[0], shape[1] + 2 * pad))
    for t in range(dout.shape[1]):
        dpadded[:, t:t + len(w)] += np.outer(dout[:, t], w)
    return dpadded[:, pad:pad + shape[1]], np.einsum("nt,ntk->k", dout, windows)
''',
        "dpadded[:, pad:pad + shape[1]]",
        "dpadded[:, :shape[1]]",
        "x w",
    ),
    "a stride that is as large as the window": Stranger(
        '''
class Peaks:
    """x: (N, T)"""
    def __init__(self, window=3, stride=None):
        self.window, self.stride = window, stride or window
    def forward(self, x):
        windows = np.lib.stride_tricks.sliding_window_view(x, self.window, axis=1)[:, :: self.stride]
        self.shape, self.won = x.shape, windows.argmax(axis=2)
        return windows.max(axis=2)
    def backward(self, dout):
        dx = np.zeros(self.shape)
        for n, t in np.ndindex(dout.shape):
            dx[n, t * self.stride + self.won[n, t]] += dout[n, t]
        return dx
''',
        "t * self.stride + self",
        "t * self.window + self",
        "x",
    ),
    "an axis that is the last": Stranger(
        """
def norm_forward(x, axis=-1):
    size = np.sqrt((x * x).sum(axis=axis, keepdims=True))
    return x / size, (x / size, size, axis)

def norm_backward(dout, cache):
    u, size, axis = cache
    return (dout - u * (dout * u).sum(axis=axis, keepdims=True)) / size
""",
        "(dout * u).sum(axis=axis",
        "(dout * u).sum(axis=-1",
        "x",
    ),
    "an axis that is the second": Stranger(
        """
def total_forward(x, axis=1):
    return (x ** 2).sum(axis=axis), (x, axis)

def total_backward(dout, cache):
    x, axis = cache
    return 2 * x * np.expand_dims(dout, axis)
""",
        "np.expand_dims(dout, axis)",
        "dout[:, None]",
        "x",
    ),
    "a number in a dictionary": Stranger(
        """
def dense_forward(x, w, config={"scale": 1.0, "power": 1}):
    z = config["scale"] * (x @ w)
    return z ** config["power"], (x, w, z, config)

def dense_backward(dout, cache):
    x, w, z, config = cache
    dz = config["scale"] * config["power"] * z ** (config["power"] - 1) * dout
    return dz @ w.T, x.T @ dz
""",
        'dz = config["scale"] * ',
        "dz = ",
        "x w",
    ),
    "a flag that is down": Stranger(
        """
class Block:
    def __init__(self, dim, residual=False):
        self.W = np.random.randn(dim, dim)
        self.residual = residual
    def forward(self, x):
        self.x = x
        return x @ self.W + (x if self.residual else 0)
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T + (dout if self.residual else 0)
""",
        "+ (dout if self.residual else 0)",
        "",
        "dim residual x",
    ),
    "a mask that is not there": Stranger(
        """
def weigh_forward(x, mask=None):
    return (x ** 2 if mask is None else x ** 2 * mask), (x, mask)

def weigh_backward(dout, cache):
    x, mask = cache
    return 2 * x * dout * (1 if mask is None else mask)
""",
        " * (1 if mask is None else mask)",
        "",
        "x",
    ),
    "words that are looked up": Stranger(
        """
def act_forward(z, kind="tanh"):
    a = {"tanh": np.tanh, "exp": np.exp}[kind](z)
    return a, (a, kind)

def act_backward(da, cache):
    a, kind = cache
    return da * {"tanh": 1 - a * a, "exp": a}[kind]
""",
        '"exp": a}',
        '"exp": a * a}',
        "z",
    ),
    "what is none of the words": Stranger(
        """
class Act:
    def __init__(self, kind="tanh"):
        self.kind = kind
    def forward(self, z):
        self.a = np.tanh(z) if self.kind == "tanh" else np.exp(z)
        return self.a
    def backward(self, da):
        return da * (1 - self.a ** 2 if self.kind == "tanh" else self.a)
""",
        "else self.a)",
        "else self.a ** 2)",
        "kind z",
    ),
    "a word in a dictionary": Stranger(
        """
def scale_forward(x, gamma, bn_param):
    mode = bn_param["mode"]
    x = x - x.mean(axis=0) if mode == "train" else x
    return gamma * x, (x, gamma, mode)

def scale_backward(dout, cache):
    x, gamma, mode = cache
    dx = dout * gamma
    return dx - dx.mean(axis=0) if mode == "train" else dx, (dout * x).sum(axis=0)
""",
        "else dx,",
        "else dout,",
        "x gamma",
    ),
    "an object that is not training": Stranger(
        """
class Norm:
    def __init__(self, dim):
        self.running_var = np.ones(dim)
        self.training = True
    def forward(self, x):
        self.x = x
        return x ** 2 if self.training else x / np.sqrt(self.running_var)
    def backward(self, dout):
        return 2 * self.x * dout if self.training else dout / np.sqrt(self.running_var)
""",
        "else dout / np.sqrt(self.running_var)",
        "else dout",
        "dim x",
    ),
    "an entry that stands for none, and sequences with channels": Stranger(
        """
class Lookup:
    def __init__(self, vocab_size, dim, padding_idx=0):
        self.W = np.random.randn(vocab_size, dim)
        self.padding_idx = padding_idx
    def forward(self, ids):
        self.ids = ids
        return self.W[ids] * (ids != self.padding_idx)[..., None]
    def backward(self, dout):
        self.dW = np.zeros_like(self.W)
        np.add.at(self.dW, self.ids, dout * (self.ids != self.padding_idx)[..., None])
""",
        "dout * (self.ids != self.padding_idx)[..., None]",
        "dout",
        "vocab_size dim padding_idx ids",
    ),
    "a sequence that has channels": Stranger(
        """
class Mix:
    def __init__(self, in_channels, out_channels):
        self.W = np.random.randn(out_channels, in_channels, 2)
    def forward(self, x):
        self.x = x
        both = zip((x[:, :, :-1], x[:, :, 1:]), np.moveaxis(self.W, 2, 0))
        return sum(np.einsum("nct,fc->nft", part, own) for part, own in both)
    def backward(self, dout):
        parts = self.x[:, :, :-1], self.x[:, :, 1:]
        self.dW = np.stack([np.einsum("nft,nct->fc", dout, part) for part in parts], axis=2)
        dx = np.zeros_like(self.x)
        dx[:, :, :-1] += np.einsum("nft,fc->nct", dout, self.W[:, :, 0])
        dx[:, :, 1:] += np.einsum("nft,fc->nct", dout, self.W[:, :, 1])
        return dx
""",
        "dx[:, :, 1:] +=",
        "dx[:, :, 1:] =",
        "in_channels out_channels x",
    ),
    "a threshold that is a little off": Stranger(
        """
def huber(pred, target, delta=1.0):
    r = pred - target
    return np.where(np.abs(r) <= delta, 0.5 * r ** 2, delta * (np.abs(r) - 0.5 * delta)).sum()

def huber_grad(pred, target, delta=1.0):
    r = pred - target
    return np.where(np.abs(r) <= delta, r, delta * np.sign(r))
""",
        "np.abs(r) <= delta, r",
        "np.abs(r) <= 0.93 * delta, r",
        "pred",
    ),
    "two settings at once": Stranger(
        """
def power_forward(x, ord=2, squared=False):
    n = (np.abs(x) ** ord).sum(axis=-1)
    return (n if squared else n ** (1 / ord)), (x, n, ord, squared)

def power_backward(dout, cache):
    x, n, ord, squared = cache
    if squared:
        return dout[..., None] * ord * np.abs(x) ** (ord - 1) * np.sign(x)
    return (dout * n ** (1 / ord - 1))[..., None] * np.abs(x) ** (ord - 1) * np.sign(x)
""",
        "dout[..., None] * ord * np.abs(x) ** (ord - 1) * np.sign(x)",
        "dout[..., None] * 2 * x",
        "x",
    ),
    "steps of a size that is a float": Stranger(
        '''
def smooth(x, a, steps=1):
    """x: (D,), a: float"""
    for _ in range(steps):
        x = x + a * (np.roll(x, 1) - x)
    return 0.5 * np.sum(x ** 2)

def smooth_grad(x, a, steps=1):
    xs = [x]
    for _ in range(steps):
        xs.append(xs[-1] + a * (np.roll(xs[-1], 1) - xs[-1]))
    g, da = xs[-1], 0.0
    for before in xs[-2::-1]:
        da += np.sum(g * (np.roll(before, 1) - before))
        g = g + a * (np.roll(g, -1) - g)
    return g, da
''',
        "da += ",
        "da = ",
        "x a",
    ),
}
RIGHT = {
    "it refuses what it is not made for": """
def sum_forward(x, stride=1, training=True, flip=False):
    if stride != 1:
        raise NotImplementedError("only a stride of one")
    return np.cumsum(x, axis=1), (training, flip)

def sum_backward(dout, cache):
    training, flip = cache
    if not training or flip:
        raise RuntimeError("not while training")
    return np.cumsum(dout[:, ::-1], axis=1)[:, ::-1]
""",
    "the gradient is not told": """
def leaky(z, slope=0.01, flip=False):
    return np.where((z > 0) != flip, z, slope * z)

def leaky_backward(dout, cache):
    return np.where(cache > 0, dout, 0.01 * dout)
""",
}


def judged(path: Path, source: str) -> Verdict:
    """Return what is said of the one subject in a file."""
    path.write_text("import numpy as np\n" + source)
    (subject,) = discover.find(discover.load(path))
    with undiagnosed():
        return discover.judge(subject, {}, path.name).verdict


@pytest.mark.parametrize("name", HIDDEN)
def test_a_mistake_that_hides_at_a_default_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(judging, "POINTS", judging.POINTS[:1])
    own = HIDDEN[name]
    assert own.line in own.source
    assert judged(tmp_path / "right.py", own.source) is Verdict.AGREES
    assert judged(tmp_path / "wrong.py", own.source.replace(own.line, own.wrong)) is Verdict.DIFFERS


@pytest.mark.parametrize("name", RIGHT)
def test_what_it_is_not_made_for_makes_nothing_wrong(tmp_path: Path, name: str) -> None:
    assert judged(tmp_path / "right.py", RIGHT[name]) is Verdict.AGREES


MEAN = """
def mse(y_pred, y_true):
    return np.mean((y_pred - y_true) ** 2)

def mse_grad(y_pred, y_true):
    return 2 * (y_pred - y_true) / y_true.size
"""


@pytest.mark.parametrize(("many", "told"), [("y_true.size", False), ("len(y_true)", True), ("y_true.shape[0]", True)])
def test_a_mean_over_rows_is_told_from_one_over_all_entries(tmp_path: Path, many: str, told: bool) -> None:
    (tmp_path / "mean.py").write_text("import numpy as np\n" + MEAN.replace("y_true.size", many))
    (subject,) = discover.find(discover.load(tmp_path / "mean.py"))
    result = discover.judge(subject, {}, "mean.py")
    assert result.verdict is Verdict.AGREES
    assert any("not one over the rows" in note for note in result.notes) == told


def test_a_setting_is_judged_where_few_of_the_usual_numbers_are_in_its_domain(tmp_path: Path) -> None:
    source = '''
def focused(p, y, power=2.0):
    """p, y: (N,)"""
    there = np.where(y == 1, p, 1 - p)
    return -np.sum((1 - there) ** power * np.log(there))

def focused_grad(p, y, power=2.0):
    there = np.where(y == 1, p, 1 - p)
    slope = power * (1 - there) ** (power - 1) * np.log(there) - (1 - there) ** power / there
    return np.where(y == 1, slope, -slope)
'''
    assert judged(tmp_path / "right.py", source) is Verdict.AGREES
    wrong = source.replace("power * (1 - there) ** (power - 1)", "2 * (1 - there)")
    assert judged(tmp_path / "wrong.py", wrong) is Verdict.DIFFERS
