"""Files in which names and shapes are told by what stands beside them."""

from tests.discover.stranger import Stranger

LOGSUMEXP = """
import numpy as np

def logsumexp(a, axis=None, keepdims=False):
    top = a.max(axis=axis, keepdims=True)
    total = np.log(np.exp(a - top).sum(axis=axis, keepdims=True)) + top
    return total if keepdims else total.squeeze(axis) if axis is not None else total.reshape(())
"""
"""What SciPy has, and NumPy has not."""
ARRIVALS = {
    "a gradient of scores that is called ds": Stranger(
        '''
import numpy as np

def softmax_loss(scores, y):
    """Returns loss and gradient ds."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    Z = np.exp(shifted).sum(axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    N = scores.shape[0]
    loss = -log_probs[np.arange(N), y].mean()
    ds = np.exp(log_probs)
    ds[np.arange(N), y] -= 1
    ds /= N
    return loss, ds
''',
        "-= 1",
        "-= 0.5",
        "scores",
    ),
    "an intercept that is called as its slopes are": Stranger(
        """
def loss_and_grads(x, t, theta, theta0):
    residual = x @ theta + theta0 - t
    theta_derivative = x.T @ residual / len(x)
    theta0_derivative = residual.sum(axis=0) / len(x)
    return 0.5 * np.sum(residual**2) / len(x), theta_derivative, theta0_derivative
""",
        "residual.sum(axis=0) / len(x)",
        "residual.sum(axis=0)",
        "theta theta0",
    ),
    "a sequence of tags that are looked up two by two": Stranger(
        LOGSUMEXP
        + """
def crf_nll(emissions, transitions, tags):
    T, K = emissions.shape
    alpha = emissions[0]
    for t in range(1, T):
        alpha = logsumexp(alpha[:, None] + transitions, axis=0) + emissions[t]
    logZ = logsumexp(alpha)
    score = emissions[np.arange(T), tags].sum() + transitions[tags[:-1], tags[1:]].sum()
    return logZ - score

def crf_nll_grad(emissions, transitions, tags):
    T, K = emissions.shape
    alpha = np.zeros((T, K))
    beta = np.zeros((T, K))
    alpha[0] = emissions[0]
    for t in range(1, T):
        alpha[t] = logsumexp(alpha[t - 1][:, None] + transitions, axis=0) + emissions[t]
    for t in range(T - 2, -1, -1):
        beta[t] = logsumexp(transitions + emissions[t + 1] + beta[t + 1], axis=1)
    logZ = logsumexp(alpha[-1])
    d_em = np.exp(alpha + beta - logZ)
    d_tr = np.zeros_like(transitions)
    for t in range(T - 1):
        d_tr += np.exp(alpha[t][:, None] + transitions + emissions[t + 1] + beta[t + 1] - logZ)
    d_em[np.arange(T), tags] -= 1
    np.add.at(d_tr, (tags[:-1], tags[1:]), -1)
    return d_em, d_tr
""",
        "np.add.at(d_tr, (tags[:-1], tags[1:]), -1)",
        "d_tr[tags[:-1], tags[1:]] -= 0.5",
        "emissions transitions",
    ),
    "an objective and the gradient that is left": Stranger(
        """
import numpy as np

def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def objective(theta, states, actions, returns):
    p = softmax(states @ theta)
    logp = np.log(p[np.arange(len(actions)), actions])
    return np.mean(logp * returns)

def policy_gradient(theta, states, actions, returns):
    p = softmax(states @ theta)
    onehot = np.eye(theta.shape[1])[actions]
    return states.T @ ((onehot - p) * returns[:, None]) / len(actions)
""",
        "onehot - p",
        "p - onehot",
        "theta",
    ),
    "a number kept beside arrays, under the key of a dictionary": Stranger(
        """
import numpy as np

class FactorizationMachine:
    def __init__(self, n_features, k):
        rng = np.random.default_rng(0)
        self.w0 = 0.0
        self.w = rng.normal(0, 0.1, n_features)
        self.V = rng.normal(0, 0.1, (n_features, k))

    def predict(self, X):
        XV = X @ self.V
        return self.w0 + X @ self.w + 0.5 * (XV**2 - (X**2) @ (self.V**2)).sum(axis=1)

    def loss(self, X, y):
        return 0.5 * np.mean((self.predict(X) - y) ** 2)

    def gradients(self, X, y):
        e = (self.predict(X) - y) / len(y)
        XV = X @ self.V
        gw0 = e.sum()
        gw = X.T @ e
        gV = X.T @ (e[:, None] * XV) - self.V * ((X**2).T @ e)[:, None]
        return {"w0": gw0, "w": gw, "V": gV}
""",
        "gw0 = e.sum()",
        "gw0 = e.mean()",
        "w0 w V",
    ),
    "an adjoint that is called a": Stranger(
        '''
import numpy as np

class EulerODE:
    """x' = tanh(W x + b), integrated with Euler steps."""
    def __init__(self, dim, steps=5, h=0.1):
        self.W = np.random.randn(dim, dim) * 0.5
        self.b = np.zeros(dim)
        self.steps, self.h = steps, h

    def forward(self, x):
        self.xs = [x]
        for _ in range(self.steps):
            x = x + self.h * np.tanh(x @ self.W.T + self.b)
            self.xs.append(x)
        return x

    def backward(self, a):
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)
        for x in reversed(self.xs[:-1]):
            t = np.tanh(x @ self.W.T + self.b)
            d = self.h * a * (1 - t**2)
            self.dW += d.T @ x
            self.db += d.sum(axis=0)
            a = a + d @ self.W
        return a
''',
        "a = a + d @ self.W",
        "a = d @ self.W",
        "x W b",
    ),
    "a vector set upright to meet the others": Stranger(
        LOGSUMEXP
        + """
def loglik(mu, log_sigma, logits, x):
    log_pi = logits - logsumexp(logits)
    s = np.exp(log_sigma)
    comp = log_pi - log_sigma - 0.5 * np.log(2 * np.pi) - 0.5 * ((x[:, None] - mu) / s) ** 2
    return logsumexp(comp, axis=1).sum()

def loglik_grads(mu, log_sigma, logits, x):
    pi = np.exp(logits - logsumexp(logits))
    s = np.exp(log_sigma)
    comp = np.log(pi) - log_sigma - 0.5 * np.log(2 * np.pi) - 0.5 * ((x[:, None] - mu) / s) ** 2
    r = np.exp(comp - logsumexp(comp, axis=1, keepdims=True))
    z = (x[:, None] - mu) / s
    d_mu = (r * z / s).sum(0)
    d_log_sigma = (r * (z**2 - 1)).sum(0)
    d_logits = (r - pi).sum(0)
    return d_mu, d_log_sigma, d_logits
""",
        "z**2 - 1",
        "z**2",
        "mu log_sigma logits",
    ),
    "one argument beside arrays of which two have lengths that might be meant": Stranger(
        """
import numpy as np

rng = np.random.default_rng(1)
X = rng.normal(size=(30, 3))
y = rng.integers(0, 2, 30)

def J(theta):
    z = X @ theta
    return np.mean(np.logaddexp(0, z) - y * z)

def dJ(theta):
    p = 1 / (1 + np.exp(-X @ theta))
    return X.T @ (p - y) / len(y)
""",
        "/ len(y)",
        "/ X.shape[1]",
        "theta",
    ),
    "a Jacobian with a column for every number": Stranger(
        """
import numpy as np

def model(t, a, b, c):
    return a * np.exp(-b * t) + c

def jac(t, a, b, c):
    e = np.exp(-b * t)
    return np.column_stack([e, -a * t * e, np.ones_like(t)])
""",
        "-a * t * e",
        "-t * e",
        "a b c",
    ),
    "angles, one of them called phi": Stranger(
        """
import numpy as np

def to_cartesian(r, theta, phi):
    return np.array([r * np.sin(theta) * np.cos(phi), r * np.sin(theta) * np.sin(phi), r * np.cos(theta)])

def to_cartesian_jacobian(r, theta, phi):
    st, ct, sp, cp = np.sin(theta), np.cos(theta), np.sin(phi), np.cos(phi)
    return np.array([
        [st * cp, r * ct * cp, -r * st * sp],
        [st * sp, r * ct * sp, r * st * cp],
        [ct, -r * st, 0.0],
    ])
""",
        "[ct, -r * st, 0.0]",
        "[ct, r * st, 0.0]",
        "r theta phi",
    ),
    "a gradient that is called grad beside the only array": Stranger(
        """
import numpy as np

class Embedding:
    def __init__(self, vocab_size, dim):
        self.weight = np.random.randn(vocab_size, dim) * 0.1
        self.grad = np.zeros_like(self.weight)

    def forward(self, idx):
        self.idx = idx
        return self.weight[idx]

    def backward(self, dout):
        self.grad = np.zeros_like(self.weight)
        np.add.at(self.grad, self.idx, dout)
""",
        "np.add.at(self.grad, self.idx, dout)",
        "self.grad[self.idx] += dout",
        "weight",
    ),
    "a subgradient": Stranger(
        """
import numpy as np

def pinball(beta, X, y, tau):
    r = y - X @ beta
    return np.mean(np.where(r >= 0, tau * r, (tau - 1) * r))

def pinball_subgradient(beta, X, y, tau):
    r = y - X @ beta
    return -X.T @ np.where(r >= 0, tau, tau - 1) / len(y)
""",
        "tau - 1) / len(y)",
        "1 - tau) / len(y)",
        "beta",
    ),
    "a vector that a helper takes apart": Stranger(
        """
import numpy as np

def unpack(params, n_in, n_hid):
    W1 = params[: n_in * n_hid].reshape(n_in, n_hid)
    b1 = params[n_in * n_hid : n_in * n_hid + n_hid]
    w2 = params[n_in * n_hid + n_hid : -1]
    return W1, b1, w2, params[-1]

def cost_and_grad(params, X, y, n_hid, lam):
    n, n_in = X.shape
    W1, b1, w2, b2 = unpack(params, n_in, n_hid)
    A = np.tanh(X @ W1 + b1)
    out = A @ w2 + b2
    r = out - y
    cost = 0.5 * r @ r / n + 0.5 * lam * (np.sum(W1**2) + np.sum(w2**2))
    dout = r / n
    dw2 = A.T @ dout + lam * w2
    db2 = dout.sum()
    dA = np.outer(dout, w2) * (1 - A**2)
    dW1 = X.T @ dA + lam * W1
    db1 = dA.sum(axis=0)
    return cost, np.concatenate([dW1.ravel(), db1, dw2, [db2]])
""",
        "+ lam * W1",
        "+ 2 * lam * W1",
        "params",
    ),
    "a factor whose diagonal has to be positive": Stranger(
        '''
import numpy as np

def gaussian_nll(mu, L, x):
    """mu: (d,), L: (d, d) lower triangular Cholesky factor of the precision, x: (n, d)"""
    r = (x - mu) @ L
    return 0.5 * np.sum(r**2) - len(x) * np.sum(np.log(np.diag(L)))

def gaussian_nll_grad(mu, L, x):
    d = x - mu
    r = d @ L
    dmu = -(r @ L.T).sum(axis=0)
    dL = d.T @ r - len(x) * np.diag(1 / np.diag(L))
    return dmu, dL
''',
        "- len(x) *",
        "-",
        "mu L",
    ),
    "forces between neighbours of a vector": Stranger(
        """
import numpy as np

def elastic_energy(u, k, h):
    s = np.diff(u) / h - 1.0
    return 0.5 * k * h * np.sum(s ** 2)

def elastic_force(u, k, h):
    s = np.diff(u) / h - 1.0
    f = np.zeros_like(u)
    f[:-1] += k * s
    f[1:] -= k * s
    return f
""",
        "f[1:] -= k * s",
        "f[1:] += k * s",
        "u",
    ),
}
