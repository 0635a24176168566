"""Files whose inputs fit together in more than one way, of which one is meant."""

from tests.discover.stranger import Stranger

NEIGHBOURS = {
    "a vector whose first entry is the intercept": Stranger(
        """
def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def cost_function(theta, X, y, lam):
    m = len(y)
    h = sigmoid(X @ theta[1:] + theta[0])
    J = -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))
    return J + lam / (2 * m) * np.sum(theta[1:] ** 2)

def gradient(theta, X, y, lam):
    m = len(y)
    h = sigmoid(X @ theta[1:] + theta[0])
    grad = np.zeros_like(theta)
    grad[0] = np.sum(h - y) / m
    grad[1:] = X.T @ (h - y) / m + lam / m * theta[1:]
    return grad
""",
        "lam / m * theta[1:]\n",
        "lam * theta[1:]\n",
        "theta",
    ),
    "an anchor, what is like it and what is not": Stranger(
        """
def triplet_loss(a, p, n, margin):
    dp = np.sum((a - p) ** 2, axis=1)
    dn = np.sum((a - n) ** 2, axis=1)
    return np.mean(np.maximum(0, dp - dn + margin))

def triplet_grad(a, p, n, margin):
    B = a.shape[0]
    dp = np.sum((a - p) ** 2, axis=1)
    dn = np.sum((a - n) ** 2, axis=1)
    active = (dp - dn + margin > 0).astype(float)[:, None]
    ga = 2 * active * (n - p) / B
    gp = -2 * active * (a - p) / B
    gn = 2 * active * (a - n) / B
    return ga, gp, gn
""",
        "gp = -2 * active * (a - p) / B",
        "gp = -2 * (a - p) / B",
        "a p n",
    ),
    "noise that is spread, and data that are made of it again": Stranger(
        """
def vae_loss(x, mu, logvar, eps, W, b):
    z = mu + np.exp(0.5 * logvar) * eps
    xhat = z @ W + b
    rec = 0.5 * np.sum((xhat - x) ** 2)
    kl = -0.5 * np.sum(1 + logvar - mu ** 2 - np.exp(logvar))
    return (rec + kl) / x.shape[0]

def vae_loss_grad(x, mu, logvar, eps, W, b):
    n = x.shape[0]
    std = np.exp(0.5 * logvar)
    z = mu + std * eps
    xhat = z @ W + b
    dxhat = (xhat - x) / n
    dx = -dxhat
    dW = z.T @ dxhat
    db = dxhat.sum(axis=0)
    dz = dxhat @ W.T
    dmu = dz + mu / n
    dlogvar = dz * eps * 0.5 * std + 0.5 * (np.exp(logvar) - 1) / n
    deps = dz * std
    return dx, dmu, dlogvar, deps, dW, db
""",
        "dz * eps * 0.5 * std",
        "dz * eps * std",
        "x mu logvar eps W b",
    ),
    "places that are looked up one after the other": Stranger(
        """
class Embedding:
    def __init__(self, vocab_size, dim):
        self.W = np.random.randn(vocab_size, dim) * 0.1
        self.dW = np.zeros_like(self.W)
    def forward(self, idx):
        self.idx = idx
        return self.W[idx]
    def backward(self, dout):
        self.dW = np.zeros_like(self.W)
        for i, word in enumerate(self.idx):
            self.dW[word] += dout[i]
        return None
""",
        "self.dW[word] += dout[i]",
        "self.dW[word] = dout[i]",
        "W",
    ),
    "heads that are neither all of a model nor one number wide": Stranger(
        """
def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

class MultiHeadAttention:
    def __init__(self, d_model, n_heads):
        self.h = n_heads
        self.dk = d_model // n_heads
        s = 1 / np.sqrt(d_model)
        self.Wq = np.random.randn(d_model, d_model) * s
        self.Wk = np.random.randn(d_model, d_model) * s
        self.Wv = np.random.randn(d_model, d_model) * s
        self.Wo = np.random.randn(d_model, d_model) * s
    def split(self, x):
        B, T, D = x.shape
        return x.reshape(B, T, self.h, self.dk).transpose(0, 2, 1, 3)
    def merge(self, x):
        B, h, T, dk = x.shape
        return x.transpose(0, 2, 1, 3).reshape(B, T, h * dk)
    def forward(self, x):
        self.x = x
        self.q = self.split(x @ self.Wq)
        self.k = self.split(x @ self.Wk)
        self.v = self.split(x @ self.Wv)
        scores = self.q @ self.k.transpose(0, 1, 3, 2) / np.sqrt(self.dk)
        self.a = softmax(scores)
        self.ctx = self.merge(self.a @ self.v)
        return self.ctx @ self.Wo
    def backward(self, dout):
        B, T, D = dout.shape
        self.dWo = self.ctx.reshape(-1, D).T @ dout.reshape(-1, D)
        dctx = self.split(dout @ self.Wo.T)
        da = dctx @ self.v.transpose(0, 1, 3, 2)
        dv = self.a.transpose(0, 1, 3, 2) @ dctx
        ds = self.a * (da - (da * self.a).sum(axis=-1, keepdims=True))
        ds = ds / np.sqrt(self.dk)
        dq = self.merge(ds @ self.k)
        dk = self.merge(ds.transpose(0, 1, 3, 2) @ self.q)
        dv = self.merge(dv)
        xf = self.x.reshape(-1, D)
        self.dWq = xf.T @ dq.reshape(-1, D)
        self.dWk = xf.T @ dk.reshape(-1, D)
        self.dWv = xf.T @ dv.reshape(-1, D)
        dx = dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T
        return dx
""",
        "ds = ds / np.sqrt(self.dk)",
        "ds = ds * np.sqrt(self.dk)",
        "x Wq Wk Wv Wo",
    ),
    "a row of places, which is no batch of one in which nothing happens": Stranger(
        '''
def energy(q, k, eps):
    """Springs between neighbours, and a soft repulsion between all pairs."""
    d = q[1:] - q[:-1]
    spring = 0.5 * k * np.sum((d - 1.0) ** 2)
    rep = 0.0
    n = len(q)
    for i in range(n):
        for j in range(i + 1, n):
            r2 = (q[i] - q[j]) ** 2 + 0.1
            rep += eps / r2
    return spring + rep

def energy_gradient(q, k, eps):
    d = q[1:] - q[:-1]
    g = np.zeros_like(q)
    f = k * (d - 1.0)
    g[1:] += f
    g[:-1] -= f
    n = len(q)
    for i in range(n):
        for j in range(i + 1, n):
            diff = q[i] - q[j]
            r2 = diff ** 2 + 0.1
            c = -2 * eps * diff / r2 ** 2
            g[i] += c
            g[j] -= c
    return g
''',
        "-2 * eps * diff",
        "-eps * diff",
        "q",
    ),
}
