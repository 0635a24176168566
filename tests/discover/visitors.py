"""Files whose mistakes hide at the first inputs that come to mind, or whose inputs must be of a special kind."""

from tests.discover.stranger import Stranger

VISITORS = {
    "numbers beside a vector of data, and a setting that has no gradient": Stranger(
        """
def student_t_nll(mu, log_sigma, x, nu=4.0):
    z = (x - mu) / np.exp(log_sigma)
    return np.sum(0.5 * (nu + 1) * np.log(1 + z ** 2 / nu) + log_sigma)

def student_t_nll_grad(mu, log_sigma, x, nu=4.0):
    s = np.exp(log_sigma)
    z = (x - mu) / s
    w = (nu + 1) / (nu + z ** 2)
    dmu = -np.sum(w * z) / s
    dls = np.sum(1 - w * z ** 2)
    return dmu, dls
""",
        "np.sum(1 - w * z ** 2)",
        "1 - np.sum(w * z ** 2)",
        "mu log_sigma",
    ),
    "a covariance, which is symmetric": Stranger(
        '''
def neg_sharpe(w, mu, Sigma, rf=0.02):
    """w: (D,), mu: (D,), Sigma: (D, D)"""
    return -(w @ mu - rf) / np.sqrt(w @ Sigma @ w)

def neg_sharpe_grad(w, mu, Sigma, rf=0.02):
    vol = np.sqrt(w @ Sigma @ w)
    return -(mu / vol - (w @ mu - rf) * (Sigma @ w) / vol ** 3)
''',
        "vol ** 3",
        "vol ** 2",
        "w",
    ),
    "a matrix that is said to be symmetric, and arguments told behind a colon": Stranger(
        '''
def krr_loss(alpha, K, y, lam=0.1):
    """kernel ridge regression: alpha (N,), K (N, N) kernel matrix, y (N,)"""
    r = K @ alpha - y
    return 0.5 * r @ r + 0.5 * lam * alpha @ K @ alpha

def krr_grad(alpha, K, y, lam=0.1):
    return K @ (K @ alpha - y) + lam * K @ alpha
''',
        "lam * K @ alpha",
        "lam * alpha",
        "alpha",
    ),
    "a series long enough for what was forgotten two steps back": Stranger(
        '''
def garch_nll(theta, r):
    """theta: (3,) positive; r: (T,) returns"""
    w, a, b = theta
    h, nll = np.var(r) + 1.0, 0.0
    for t in range(len(r)):
        if t > 0:
            h = w + a * r[t - 1] ** 2 + b * h
        nll += 0.5 * (np.log(h) + r[t] ** 2 / h)
    return nll

def garch_nll_grad(theta, r):
    w, a, b = theta
    h, dh, g = np.var(r) + 1.0, np.zeros(3), np.zeros(3)
    for t in range(len(r)):
        if t > 0:
            dh = np.array([1.0, r[t - 1] ** 2, h]) + b * dh
            h = w + a * r[t - 1] ** 2 + b * h
        g += 0.5 * (1 / h - r[t] ** 2 / h ** 2) * dh
    return g
''',
        "+ b * dh",
        "",
        "theta",
    ),
    "residuals and their Jacobian, of one sample too": Stranger(
        '''
def fun(params, pts):
    """params: (3,), pts: (N, 2)"""
    return np.hypot(pts[:, 0] - params[0], pts[:, 1] - params[1]) - params[2]

def fun_jac(params, pts):
    dx, dy = params[0] - pts[:, 0], params[1] - pts[:, 1]
    d = np.hypot(dx, dy)
    return np.column_stack([dx / d, dy / d, -np.ones(len(pts))])
''',
        "-np.ones",
        "np.ones",
        "params",
    ),
    "a setting whose default hides what is forgotten of it": Stranger(
        """
class HuberLoss:
    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, pred, target):
        self.r = pred - target
        quad = np.minimum(np.abs(self.r), self.delta)
        return np.sum(0.5 * quad**2 + self.delta * (np.abs(self.r) - quad))

    def backward(self):
        return np.clip(self.r, -self.delta, self.delta)
""",
        "np.clip(self.r, -self.delta, self.delta)",
        "np.where(np.abs(self.r) < self.delta, self.r, np.sign(self.r))",
        "pred",
        far=True,
    ),
    "numbers that are said to be positive, and some that are 0 or 1": Stranger(
        '''
def loglik(params, t, event):
    """Weibull survival. t: positive times (N,), event: (N,) 1 if observed, 0 if censored. params: (2,)"""
    k, lam = np.exp(params)
    return np.sum(event * (np.log(k) - np.log(lam) + (k - 1) * np.log(t / lam)) - (t / lam) ** k)

def loglik_grad(params, t, event):
    k, lam = np.exp(params)
    u = np.log(t / lam)
    z = np.exp(k * u)
    dlam = np.sum(-event * k / lam + z * k / lam)
    return np.array([k * np.sum(event * (1 / k + u) - z * u), dlam * lam])
''',
        "event * (1 / k + u) - z * u",
        "event * (1 / k + u) - np.median(z * u)",
        "params",
    ),
    "pairs of which there is none in a batch of one": Stranger(
        '''
def kl(Y):
    """Y: (N, 2)"""
    W = (1 - np.eye(len(Y))) / (1 + ((Y[:, None] - Y[None]) ** 2).sum(-1))
    off = ~np.eye(len(Y), dtype=bool)
    return -np.log(W[off] / W.sum()).sum()

def kl_grad(Y):
    d = Y[:, None] - Y[None]
    W = (1 - np.eye(len(Y))) / (1 + (d ** 2).sum(-1))
    many = len(Y) * (len(Y) - 1)
    return 4 * np.einsum("ij,ijk->ik", (1 - np.eye(len(Y)) - many * W / W.sum()) * W, d)
''',
        "many * W / W.sum()",
        "W / W.sum()",
        "Y",
    ),
    "residuals, and a Jacobian whose name says no more": Stranger(
        """
t = np.linspace(0, 2, 7)

def residuals(p):
    A, k, c = p
    return A * np.exp(-k * t) + c - t

def jac(p):
    A, k, c = p
    e = np.exp(-k * t)
    return np.stack([e, -A * t * e, np.ones_like(t)], axis=1)
""",
        "-A * t * e",
        "-A * k * e",
        "p",
    ),
    "a table of functions and their derivatives": Stranger(
        """
ACTIVATIONS = {"softplus": (lambda z: np.log1p(np.exp(z)), lambda z: 1 / (1 + np.exp(-z)))}
""",
        "1 + np.exp(-z)",
        "1 + np.exp(z)",
        "z",
    ),
    "a table with words for the two, one of them NumPy's own": Stranger(
        """
table = [{"name": "tanh", "fn": np.tanh, "grad": lambda z: 1 - np.tanh(z) ** 2}]
""",
        "** 2",
        "** 3",
        "x",
    ),
    "a forward and a backward pass of tensors, without autograd": Stranger(
        """
import torch

def layernorm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(-1, keepdim=True)
    rstd = (x.var(-1, unbiased=False, keepdim=True) + eps).rsqrt()
    xhat = (x - mu) * rstd
    return xhat * gamma + beta, (xhat, rstd, gamma)

def layernorm_backward(dout, cache):
    xhat, rstd, gamma = cache
    d = dout * gamma
    dx = rstd * (d - d.mean(-1, keepdim=True) - xhat * (d * xhat).mean(-1, keepdim=True))
    return dx, (dout * xhat).sum(0), dout.sum(0)
""",
        " - d.mean(-1, keepdim=True)",
        "",
        "x gamma beta",
    ),
    "a loss and its gradient, returned as tensors": Stranger(
        """
import torch

def loss(w, X, y):
    e = X @ w - y
    grad = 2 * X.t() @ e / len(y)
    return (e**2).mean(), grad
""",
        "2 * X.t()",
        "3 * X.t()",
        "w",
    ),
    "a layer that is as wide as its input": Stranger(
        """
def highway_forward(x, Wh, bh, Wt, bt):
    h = np.tanh(x @ Wh + bh)
    t = 1 / (1 + np.exp(-(x @ Wt + bt)))
    return t * h + (1 - t) * x, (x, Wh, Wt, h, t)

def highway_backward(dy, cache):
    x, Wh, Wt, h, t = cache
    dzh = dy * t * (1 - h ** 2)
    dzt = dy * (h - x) * t * (1 - t)
    dx = dzh @ Wh.T + dzt @ Wt.T + dy * (1 - t)
    return dx, x.T @ dzh, dzh.sum(0), x.T @ dzt, dzt.sum(0)
""",
        "dy * (h - x)",
        "dy * h",
        "x Wh bh Wt bt",
    ),
    "a layer that computes in float32, whatever it is given": Stranger(
        """
class Dense32:
    def __init__(self, n_in, n_out):
        self.W = np.full((n_in, n_out), 0.3, dtype=np.float32)
        self.b = np.zeros(n_out, dtype=np.float32)

    def forward(self, x):
        self.x = x.astype(np.float32)
        return self.x @ self.W + self.b

    def backward(self, dy):
        dy = dy.astype(np.float32)
        self.dW = self.x.T @ dy
        self.db = dy.sum(axis=0)
        return dy @ self.W.T
""",
        "dy.sum(axis=0)",
        "dy.sum(axis=0) * np.float32(1.001)",
        "x W b",
    ),
    "two settings that are alike by default, and taken for each other": Stranger(
        """
class Springs:
    def __init__(self, k=1.0, l=1.0):
        self.k, self.l = k, l

    def energy(self, q):
        return self.k * np.cos(q[0]) + self.l * np.cos(q[1])

    def grad(self, q):
        return np.array([-self.k * np.sin(q[0]), -self.l * np.sin(q[1])])
""",
        "-self.l",
        "-self.k",
        "q",
    ),
    "numbers alike, all of them between 0 and 1": Stranger(
        """
def blend_fwd(a, b, w):
    out = np.log(w * np.exp(a) + (1 - w) * np.exp(b))
    return out, (a, b, w, out)

def blend_bwd(res, g):
    a, b, w, out = res
    ea, eb = np.exp(a - out), np.exp(b - out)
    return g * w * ea, g * (1 - w) * eb, g * (ea - eb)
""",
        "g * (1 - w)",
        "g * w",
        "a b w",
    ),
    "a vector of which slices are taken": Stranger(
        """
def smoothness(c, lam=0.5):
    d = c[2:] - 2 * c[1:-1] + c[:-2]
    return 0.5 * lam * np.sum(d ** 2)

def smoothness_grad(c, lam=0.5):
    d = c[2:] - 2 * c[1:-1] + c[:-2]
    g = np.zeros_like(c)
    g[2:] += d
    g[1:-1] -= 2 * d
    g[:-2] += d
    return lam * g
""",
        "-= 2 * d",
        "-= d",
        "c",
    ),
    "a dictionary with scalars in it": Stranger(
        '''
def tree_loss(params, X, y):
    """params: dict with w (D,), b scalar, left scalar, right scalar"""
    p = 1 / (1 + np.exp(-(X @ params["w"] + params["b"])))
    return np.mean((p * params["left"] + (1 - p) * params["right"] - y) ** 2)

def tree_loss_grad(params, X, y):
    p = 1 / (1 + np.exp(-(X @ params["w"] + params["b"])))
    e = 2 * (p * params["left"] + (1 - p) * params["right"] - y) / len(y)
    dz = e * (params["left"] - params["right"]) * p * (1 - p)
    return {"w": X.T @ dz, "b": dz.sum(), "left": (e * p).sum(), "right": (e * (1 - p)).sum()}
''',
        "(e * (1 - p)).sum()",
        "(e * p).sum()",
        "params['w'] params['b'] params['left'] params['right']",
    ),
    "lists of whole numbers": Stranger(
        '''
class Bigram:
    def __init__(self, vocab):
        self.W = np.full((vocab, vocab), 0.1)

    def loss(self, inputs, targets):
        """inputs, targets: lists of ints"""
        total, dW = 0.0, np.zeros_like(self.W)
        for i, j in zip(inputs, targets):
            p = np.exp(self.W[i]) / np.exp(self.W[i]).sum()
            total -= np.log(p[j])
            p[j] -= 1
            dW[i] += p
        return total, {"W": dW}
''',
        "dW[i] += p",
        "dW[i] = p",
        "W",
    ),
    "a function and its gradient inside another, for an optimiser": Stranger(
        '''
def fit(X, y, steps, lam=0.1):
    """X: (N, D), y: (N,)"""
    scaled = X / 2.0

    def cost(w):
        r = scaled @ w - y
        return 0.5 * r @ r + 0.5 * lam * w @ w

    def cost_grad(w):
        return scaled.T @ (scaled @ w - y) + lam * w

    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w -= 0.1 * cost_grad(w)
    return w
''',
        "+ lam * w\n\n    w",
        "+ 2 * lam * w\n\n    w",
        "w",
    ),
    "a value and its gradient, neither of them named": Stranger(
        '''
def loss_and_grad(coef, x, y):
    """coef: (4,), x: (N,), y: (N,)"""
    V = np.vander(x, 4)
    r = V @ coef - y
    return float(r @ r) / len(x), 2 * V.T @ r / len(x)
''',
        "2 * V.T @ r / len(x)",
        "2 * V.T @ r / V.shape[1]",
        "coef",
    ),
    "a loss and a gradient, with a penalty where they are returned": Stranger(
        '''
def svm(W, X, y, reg):
    """W: (D, C), X: (N, D), y: (N,) labels, reg: float"""
    dW, loss = np.zeros_like(W), 0.0
    for i in range(len(X)):
        s = X[i] @ W
        for j in range(W.shape[1]):
            if j != y[i] and s[j] - s[y[i]] + 1 > 0:
                loss += s[j] - s[y[i]] + 1
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    return loss / len(X) + reg * np.sum(W * W), dW / len(X) + 2 * reg * W
''',
        "+ 2 * reg",
        "+ reg",
        "W",
    ),
    "numbers that are said to be scalars, and are rounded on the way": Stranger(
        '''
def sample(img, x):
    """img: (L,); x: scalar"""
    x = 1.2 + 0.5 * np.tanh(x)
    i = int(x)
    return (1 - (x - i)) * img[i] + (x - i) * img[i + 1]

def sample_grad(img, x):
    t = np.tanh(x)
    x = 1.2 + 0.5 * t
    i = int(x)
    g = np.zeros_like(img)
    g[i], g[i + 1] = 1 - (x - i), x - i
    return g, (img[i + 1] - img[i]) * 0.5 * (1 - t ** 2)
''',
        "0.5 * (1 - t ** 2)",
        "0.5 * (1 - t)",
        "img x",
    ),
    "a convolution told how many channels come in, and out": Stranger(
        '''
class Conv1x1:
    def __init__(self, cin=3, cout=2):
        self.w = np.arange(1.0, 1.0 + cin * cout).reshape(cout, cin) / 4
        self.gw = np.zeros_like(self.w)

    def forward(self, x):
        """x: (N, C, H, W)"""
        self.x = x
        return np.einsum("oc,nchw->nohw", self.w, x)

    def backward(self, g):
        self.gw[...] = np.einsum("nohw,nchw->oc", g, self.x)
        return np.einsum("oc,nohw->nchw", self.w, g)
''',
        "g, self.x)",
        "g, self.x) / len(g)",
        "x w",
    ),
    "a rectifier that ends where ordinary numbers do not reach": Stranger(
        """
class ReLU6:
    def forward(self, x):
        self.x = x
        return np.minimum(np.maximum(x, 0), 6)

    def backward(self, g):
        return g * (self.x > 0) * (self.x < 6)
""",
        " * (self.x < 6)",
        "",
        "x",
    ),
    "a setting that matters beyond another alone": Stranger(
        """
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    return np.where(z > threshold, x, np.log1p(np.exp(np.minimum(z, threshold))) / beta)

def softplus_grad(x, beta=1.0, threshold=20.0):
    z = beta * x
    return np.where(z > threshold, 1.0, 1 / (1 + np.exp(-z)))
""",
        "1.0, 1 / (",
        "beta, 1 / (",
        "x",
    ),
    "a recurrent network that goes four steps back": Stranger(
        '''
def rnn_loss(Wh, Wx, xs, target):
    """Wh: (H, H), Wx: (H, D), xs: (T, D), target: (H,)"""
    h = np.zeros(Wh.shape[0])
    for x in xs:
        h = np.tanh(Wh @ h + Wx @ x)
    return 0.5 * np.sum((h - target) ** 2)

def rnn_loss_grad(Wh, Wx, xs, target):
    hs = [np.zeros(Wh.shape[0])]
    for x in xs:
        hs.append(np.tanh(Wh @ hs[-1] + Wx @ x))
    dh = hs[-1] - target
    dWh, dWx = np.zeros_like(Wh), np.zeros_like(Wx)
    for t in range(len(xs) - 1, -1, -1):
        dz = dh * (1 - hs[t + 1] ** 2)
        dWh += np.outer(dz, hs[t])
        dWx += np.outer(dz, xs[t])
        dh = Wh.T @ dz
    return dWh, dWx
''',
        "len(xs) - 1, -1, -1",
        "len(xs) - 1, max(-1, len(xs) - 5), -1",
        "Wh Wx",
    ),
    "windows that overlap": Stranger(
        '''
def conv1d(x, w, stride=2):
    """x: (N, L), w: (K,)"""
    k = len(w)
    n = (x.shape[1] - k) // stride + 1
    return np.stack([x[:, i * stride : i * stride + k] @ w for i in range(n)], axis=1)

def conv1d_backward(dy, x, w, stride=2):
    k = len(w)
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(dy.shape[1]):
        dx[:, i * stride : i * stride + k] += dy[:, i : i + 1] * w
        dw += dy[:, i] @ x[:, i * stride : i * stride + k]
    return dx, dw
''',
        "+= dy[:, i : i + 1]",
        "= dy[:, i : i + 1]",
        "x w",
    ),
    "a value and its gradient from one function inside another": Stranger(
        '''
def make_objective(X, y, lam):
    """X: (N, D), y: (N,), lam: scalar"""
    n = len(y)

    def value_and_grad(w):
        r = X @ w - y
        return 0.5 * r @ r / n + 0.5 * lam * w @ w, X.T @ r / n + lam * w

    return value_and_grad
''',
        "r / n + lam * w",
        "r + lam * w",
        "w",
    ),
    "a dictionary whose vectors all belong to what comes out": Stranger(
        """
def forward(params, X):
    Z = X @ params["W"] + params["b"]
    return np.tanh(Z) * params["scale"], {"X": X, "Z": Z}

def backward(params, cache, dout):
    t = np.tanh(cache["Z"])
    grads = {"scale": (dout * t).sum(axis=0)}
    dZ = dout * params["scale"] * (1 - t ** 2)
    grads["W"] = cache["X"].T @ dZ
    grads["b"] = dZ.sum(axis=0)
    return grads
""",
        "dZ.sum(axis=0)",
        "dZ.mean(axis=0)",
        "params['W'] params['b'] params['scale']",
    ),
    "a vector that is sorted": Stranger(
        """
def topk_mean(x, k=2):
    return np.sort(x)[-k:].mean()

def topk_mean_grad(x, k=2):
    g = np.zeros_like(x)
    g[np.argsort(x)[-k:]] = 1.0 / k
    return g
""",
        "1.0 / k",
        "1.0 / len(x)",
        "x",
    ),
}
