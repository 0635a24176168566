"""Code as strangers write it, right as it stands, with slips that people make in it and what each is called."""

MINCHAR = '''
import numpy as np

def lossFun(Wxh, Whh, Why, bh, by, xs, targets, hprev):
    """Wxh: (H, D)
    Whh: (H, H)
    Why: (K, H)
    bh: (H, 1)
    by: (K, 1)
    xs: (T, D)
    targets: (T, K) one-hot
    hprev: (H, 1)"""
    hs, ps = {-1: hprev}, {}
    loss = 0
    for t in range(len(xs)):
        hs[t] = np.tanh(np.dot(Wxh, xs[t][:, None]) + np.dot(Whh, hs[t - 1]) + bh)
        ys = np.dot(Why, hs[t]) + by
        ps[t] = np.exp(ys) / np.sum(np.exp(ys))
        loss += -np.sum(targets[t][:, None] * np.log(ps[t]))
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby, dhnext = np.zeros_like(bh), np.zeros_like(by), np.zeros_like(hprev)
    for t in reversed(range(len(xs))):
        dy = ps[t] - targets[t][:, None]
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
        dh = np.dot(Why.T, dy) + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh += dhraw
        dWxh += np.dot(dhraw, xs[t][None, :])
        dWhh += np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(Whh.T, dhraw)
    return loss, {"Wxh": dWxh, "Whh": dWhh, "Why": dWhy, "bh": dbh, "by": dby}
'''
ATTENTION = """
import numpy as np

def attention(Q, K, V):
    w = np.exp(Q @ K.T / np.sqrt(Q.shape[-1]))
    return w / w.sum(axis=-1, keepdims=True) @ V

def attention_backward(d_out, Q, K, V):
    w = np.exp(Q @ K.T / np.sqrt(Q.shape[-1]))
    w = w / w.sum(axis=-1, keepdims=True)
    dw = d_out @ V.T
    ds = w * (dw - np.sum(dw * w, axis=-1, keepdims=True))
    ds = ds / np.sqrt(Q.shape[-1])
    return ds @ K, ds.T @ Q, w.T @ d_out
"""
BATCHED = '''
import numpy as np

def attend(Q, K, V):
    """Q, K, V: (N, T, D)"""
    w = np.exp(Q @ K.swapaxes(-2, -1))
    return w / w.sum(axis=-1, keepdims=True) @ V

def attend_backward(d_out, Q, K, V):
    w = np.exp(Q @ K.swapaxes(-2, -1))
    w = w / w.sum(axis=-1, keepdims=True)
    dw = d_out @ V.swapaxes(-2, -1)
    ds = w * (dw - np.sum(dw * w, axis=-1, keepdims=True))
    dK = ds.swapaxes(-2, -1) @ Q
    return ds @ K, dK.reshape(K.shape), w.swapaxes(-2, -1) @ d_out
'''
GATE = '''
import numpy as np

def sigmoid(a):
    return 1 / (1 + np.exp(-a))

def gate_forward(x, h, Wz, Wn):
    """x: (N, D)
    h: (N, n_units)
    Wz: (D, n_units)
    Wn: (D, n_units)"""
    z, n = sigmoid(x @ Wz), np.tanh(x @ Wn)
    return z * h + (1 - z) * n, (x, h, Wz, Wn, z, n)

def gate_backward(dout, cache):
    x, h, Wz, Wn, z, n = cache
    dz = dout * (h - n) * z * (1 - z)
    dn = dout * (1 - z) * (1 - n ** 2)
    return dz @ Wz.T + dn @ Wn.T, dout * z, x.T @ dz, x.T @ dn
'''
DROPOUT = """
import numpy as np

class Dropout:
    def __init__(self, p=0.4):
        self.p = p

    def forward(self, x):
        self.mask = np.random.RandomState(7).rand(*x.shape) > self.p
        return x * self.mask / (1 - self.p)

    def backward(self, dout):
        return dout * self.mask / (1 - self.p)
"""
LISTS = '''
import math

def sigmoid(z):
    return 1.0 / (1.0 + math.exp(-z))

def cost(w, xs, ys):
    """w: (3,)"""
    return sum((sigmoid(w[0] + w[1] * x[0] + w[2] * x[1]) - y) ** 2 for x, y in zip(xs, ys))

def cost_gradient(w, xs, ys):
    g = [0.0, 0.0, 0.0]
    for x, y in zip(xs, ys):
        p = sigmoid(w[0] + w[1] * x[0] + w[2] * x[1])
        d = 2 * (p - y) * p * (1 - p)
        g[0] += d
        g[1] += d * x[0]
        g[2] += d * x[1]
    return g
'''
CLASSES = """
import numpy as np

def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def cross_entropy_loss(logits, labels):
    n = logits.shape[0]
    return -np.log(softmax(logits)[np.arange(n), labels]).sum() / n

def cross_entropy_loss_backward(logits, labels):
    n = logits.shape[0]
    grad = softmax(logits)
    grad[np.arange(n), labels] -= 1
    return grad / n
"""
COLUMNS = '''
import numpy as np

def linear_forward(A, W, b):
    """A: (n_prev, m)
    W: (n, n_prev)
    b: (n, 1)"""
    return np.dot(W, A) + b, (A, W, b)

def linear_backward(dZ, cache):
    A_prev, W, b = cache
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db
'''
ENGINE = """
class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents
        self._backward = lambda: None

    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def backward(self):
        order, seen = [], []
        def visit(node):
            if node not in seen:
                seen.append(node)
                for parent in node.parents:
                    visit(parent)
                order.append(node)
        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node._backward()
"""
FITTED = """
import numpy as np

class LogisticRegression:
    def __init__(self, alpha=0.1):
        self.alpha = alpha

    def _forward(self, X):
        return 1.0 / (1.0 + np.exp(-(X @ self.coef_ + self.intercept_)))

    def _loss(self, X, y):
        p = self._forward(X)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + 0.5 * self.alpha * np.sum(self.coef_ ** 2)

    def _gradients(self, X, y):
        err = self._forward(X) - y
        return X.T @ err / len(y) + self.alpha * self.coef_, err.mean()

    def fit(self, X, y, lr=0.1, n_iter=10**9):
        self.coef_, self.intercept_ = np.zeros(X.shape[1]), 0.0
        for _ in range(n_iter):
            grad_w, grad_b = self._gradients(X, y)
            self.coef_ -= lr * grad_w
            self.intercept_ -= lr * grad_b
        return self
"""
CELL = """
import numpy as np

def sigmoid(x): return 1 / (1 + np.exp(-x))

class LSTM:
    def __init__(self, n_in, n_h):
        self.Wx = np.random.randn(n_in, 4 * n_h) * 0.1
        self.Wh = np.random.randn(n_h, 4 * n_h) * 0.1
        self.b = np.zeros(4 * n_h)
    def forward(self, x):
        N, T, D = x.shape; H = self.Wh.shape[0]
        h = np.zeros((N, H)); c = np.zeros((N, H)); self.cache = []; self.x = x
        out = np.zeros((N, T, H))
        for t in range(T):
            a = x[:, t] @ self.Wx + h @ self.Wh + self.b
            i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H:2*H]), sigmoid(a[:, 2*H:3*H])
            g = np.tanh(a[:, 3*H:])
            c_prev, h_prev = c, h
            c = f * c_prev + i * g
            h = o * np.tanh(c)
            self.cache.append((i, f, o, g, c_prev, h_prev, c))
            out[:, t] = h
        return out
    def backward(self, dout):
        N, T, D = self.x.shape; H = self.Wh.shape[0]
        dx = np.zeros_like(self.x)
        self.dWx = np.zeros_like(self.Wx); self.dWh = np.zeros_like(self.Wh); self.db = np.zeros_like(self.b)
        dh_next = np.zeros((N, H)); dc_next = np.zeros((N, H))
        for t in reversed(range(T)):
            i, f, o, g, c_prev, h_prev, c = self.cache[t]
            dh = dout[:, t] + dh_next
            do = dh * np.tanh(c)
            dc = dc_next + dh * o * (1 - np.tanh(c) ** 2)
            df = dc * c_prev; di = dc * g; dg = dc * i
            dc_next = dc * f
            da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)])
            dx[:, t] = da @ self.Wx.T
            self.dWx += self.x[:, t].T @ da
            self.dWh += h_prev.T @ da
            self.db += da.sum(axis=0)
            dh_next = da @ self.Wh.T
        return dx
"""
HEAD = """
import numpy as np

def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def forward(X, Wq, Wk, Wv, Wo):
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    d = Q.shape[-1]
    A = softmax(Q @ K.T / np.sqrt(d))
    H = A @ V
    out = H @ Wo
    return out, (X, Wq, Wk, Wv, Wo, Q, K, V, A, H, d)

def backward(dout, cache):
    X, Wq, Wk, Wv, Wo, Q, K, V, A, H, d = cache
    dWo = H.T @ dout
    dH = dout @ Wo.T
    dA = dH @ V.T
    dV = A.T @ dH
    dS = A * (dA - (dA * A).sum(axis=-1, keepdims=True))
    dS = dS / np.sqrt(d)
    dQ = dS @ K
    dK = dS.T @ Q
    dWq, dWk, dWv = X.T @ dQ, X.T @ dK, X.T @ dV
    dX = dQ @ Wq.T + dK @ Wk.T + dV @ Wv.T
    return dX, dWq, dWk, dWv, dWo
"""
RECURRENT = """
import numpy as np

def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.zeros((N, T, H))
    prev = h0
    for t in range(T):
        prev = np.tanh(x[:, t] @ Wx + prev @ Wh + b)
        h[:, t] = prev
    return h, (x, h0, Wx, Wh, b, h)

def rnn_backward(dh, cache):
    x, h0, Wx, Wh, b, h = cache
    N, T, H = dh.shape
    dx = np.zeros_like(x)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dprev = np.zeros_like(h0)
    for t in reversed(range(T)):
        prev = h[:, t - 1] if t > 0 else h0
        dtotal = dh[:, t] + dprev
        dz = dtotal * (1 - h[:, t] ** 2)
        dx[:, t] = dz @ Wx.T
        dWx += x[:, t].T @ dz
        dWh += prev.T @ dz
        db += dz.sum(axis=0)
        dprev = dz @ Wh.T
    return dx, dprev, dWx, dWh, db
"""
DEEP = """
import numpy as np

def relu(z):
    return np.maximum(z, 0)

def relu_grad(z):
    return (z > 0).astype(float)

class DeepNet:
    def __init__(self, sizes, lam=0.01):
        self.sizes = sizes
        self.lam = lam
        self.W = [np.random.randn(m, n) * 0.5 for n, m in zip(sizes[:-1], sizes[1:])]
        self.b = [np.zeros((m, 1)) for m in sizes[1:]]
    def forward(self, X):
        A = X
        self.zs, self.As = [], [X]
        for l in range(len(self.W)):
            Z = self.W[l] @ A + self.b[l]
            A = relu(Z) if l < len(self.W) - 1 else Z
            self.zs.append(Z)
            self.As.append(A)
        return A
    def loss(self, X, Y):
        m = X.shape[1]
        out = self.forward(X)
        penalty = sum(np.sum(W ** 2) for W in self.W)
        return np.sum((out - Y) ** 2) / (2 * m) + self.lam / (2 * m) * penalty
    def gradients(self, X, Y):
        m = X.shape[1]
        self.forward(X)
        dW, db = [None] * len(self.W), [None] * len(self.b)
        dZ = (self.As[-1] - Y) / m
        for l in reversed(range(len(self.W))):
            dW[l] = dZ @ self.As[l].T + self.lam / m * self.W[l]
            db[l] = np.sum(dZ, axis=1, keepdims=True)
            if l > 0:
                dA = self.W[l].T @ dZ
                dZ = dA * relu_grad(self.zs[l - 1])
        return dW, db
"""
FACTORS = """
import numpy as np

def mf_loss(U, V, bu, bi, R, mask, lam):
    pred = U @ V.T + bu[:, None] + bi[None, :]
    err = mask * (R - pred)
    return 0.5 * np.sum(err ** 2) + 0.5 * lam * (np.sum(U ** 2) + np.sum(V ** 2) + np.sum(bu ** 2) + np.sum(bi ** 2))

def mf_grad(U, V, bu, bi, R, mask, lam):
    pred = U @ V.T + bu[:, None] + bi[None, :]
    err = mask * (R - pred)
    dU = -err @ V + lam * U
    dV = -err.T @ U + lam * V
    dbu = -err.sum(axis=1) + lam * bu
    dbi = -err.sum(axis=0) + lam * bi
    return dU, dV, dbu, dbi
"""
ROOT = """
import numpy as np

class RMSNorm:
    def __init__(self, dim, eps=1e-6):
        self.weight = np.ones(dim)
        self.eps = eps
    def forward(self, x):
        self.x = x
        self.rms = np.sqrt(np.mean(x ** 2, axis=-1, keepdims=True) + self.eps)
        self.norm = x / self.rms
        return self.norm * self.weight
    def backward(self, grad_out):
        d = self.x.shape[-1]
        self.weight_grad = np.sum(grad_out * self.norm, axis=tuple(range(grad_out.ndim - 1)))
        g = grad_out * self.weight
        dot = np.sum(g * self.x, axis=-1, keepdims=True)
        grad_x = g / self.rms - self.x * dot / (d * self.rms ** 3)
        return grad_x
"""
WRITTEN = {
    "minchar": MINCHAR, "attention": ATTENTION, "batched": BATCHED, "gate": GATE, "dropout": DROPOUT, "lists": LISTS,
    "classes": CLASSES, "columns": COLUMNS, "engine": ENGINE, "fitted": FITTED, "cell": CELL, "head": HEAD,
    "recurrent": RECURRENT, "factors": FACTORS, "root": ROOT, "deep": DEEP,
}  # fmt: skip
"""The code, by what it is."""
SLIPPED = [
    ("minchar", "(1 - hs[t] * hs[t]) * dh", "dh", "activation-slope-missing"),
    ("minchar", " + dhnext", "", "term-left-out"),
    ("attention", "w * (dw - np.sum(dw * w, axis=-1, keepdims=True))", "w * (1 - w) * dw", "activation-slope-wrong"),
    ("batched", "ds.swapaxes(-2, -1) @ Q", "Q.swapaxes(-2, -1) @ ds", "operands-exchanged"),
    ("batched", "w.swapaxes(-2, -1) @ d_out", "w @ d_out", "transpose-left-out"),
    ("gate", "dn = dout * (1 - z) * (1 - n ** 2)", "dn = dout * z * (1 - n ** 2)", "share-for-the-rest"),
    ("gate", "(1 - n ** 2)", "n * (1 - n)", "activation-slope-wrong"),
    ("dropout", "self.mask / (1 - self.p)", "self.mask", "factor-left-out"),
    ("lists", "g[2] += d * x[1]", "g[2] += d * x[0]", "place-wrong"),
    ("classes", "return grad / n", "return grad", "sum-for-mean"),
    (
        "columns",
        "db = np.sum(dZ, axis=1, keepdims=True)",
        "db = np.mean(dZ, axis=1, keepdims=True)",
        "divided-by-a-size",
    ),
    ("fitted", " + self.alpha * self.coef_, err", ", err", "penalty-wrong"),
    ("cell", "dc_next = dc * f", "dc_next = dc", "factor-left-out"),
    ("head", " + dK @ Wk.T", "", "term-left-out"),
    ("head", "A * (dA - (dA * A).sum(axis=-1, keepdims=True))", "A * dA", "activation-slope-wrong"),
    ("factors", "-err.sum(axis=0) + lam * bi", "err.sum(axis=0) + lam * bi", "sign-wrong"),
    ("root", "np.sum(g * self.x, axis", "np.sum(g, axis", "factor-left-out"),
    ("recurrent", "dWh += prev.T @ dz", "dWh += prev @ dz", "transpose-left-out"),
    ("recurrent", "if t > 0 else", "if t <= 0 else", "comparison-wrong"),
    ("deep", "self.W[l].T @ dZ", "self.W[l] @ dZ", "transpose-left-out"),
    ("deep", "relu_grad(self.zs[l - 1])", "relu_grad(self.zs[l])", "place-wrong"),
    ("engine", "other.grad += out.grad", "other.grad = out.grad", "overwritten-instead-of-added"),
]
"""What is written, what belongs there, what stands there, and how it is called."""
