"""Files from homework, notebooks and repositories: parameters under keys, points in a plane, norms."""

from tests.discover.stranger import Stranger

TRAVELLERS = {
    "parameters under keys, columns of samples, and a guard in a logarithm": Stranger(
        """
def forward(X, params):
    Z1 = params["W1"] @ X + params["b1"]
    A1 = np.where(Z1 > 0, Z1, 0.01 * Z1)
    Z2 = params["W2"] @ A1 + params["b2"]
    e = np.exp(Z2 - Z2.max(axis=0))
    A2 = e / e.sum(axis=0)
    return A2, {"Z1": Z1, "A1": A1, "A2": A2}

def compute_loss(A2, Y):
    return -np.sum(Y * np.log(A2 + 1e-12)) / Y.shape[1]

def backward(X, Y, params, cache):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    grads = {"dW2": dZ2 @ cache["A1"].T / m, "db2": dZ2.sum(axis=1, keepdims=True) / m}
    dZ1 = (params["W2"].T @ dZ2) * np.where(cache["Z1"] > 0, 1, 0.01)
    grads["dW1"] = dZ1 @ X.T / m
    grads["db1"] = dZ1.sum(axis=1, keepdims=True) / m
    return grads
""",
        "np.where(cache",
        "0.1 * np.where(cache",
        "params['b1'] params['b2'] params['W1'] params['W2']",
    ),
    "what is normalised behind a layer, scaled by as many numbers as that has outputs": Stranger(
        """
def affine_norm_forward(x, w, b, gamma, beta):
    a = x.dot(w) + b
    std = np.sqrt(a.var(axis=0) + 0.1)
    xhat = (a - a.mean(axis=0)) / std
    return gamma * xhat + beta, (x, w, xhat, std, gamma)

def affine_norm_backward(dout, cache):
    x, w, xhat, std, gamma = cache
    N, dxhat = len(x), dout * gamma
    da = (N * dxhat - dxhat.sum(axis=0) - xhat * np.sum(dxhat * xhat, axis=0)) / (N * std)
    return da.dot(w.T), x.T.dot(da), da.sum(axis=0), np.sum(dout * xhat, axis=0), dout.sum(axis=0)
""",
        "- xhat * np.sum",
        "+ xhat * np.sum",
        "x w b gamma beta",
    ),
    "a valley whose ends are told apart from what lies between": Stranger(
        """
def fun(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

def jac(x):
    mid, before, behind = x[1:-1], x[:-2], x[2:]
    der = np.zeros_like(x)
    der[1:-1] = 200 * (mid - before**2) - 400 * (behind - mid**2) * mid - 2 * (1 - mid)
    der[0] = -400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0])
    der[-1] = 200 * (x[-1] - x[-2] ** 2)
    return der
""",
        "* mid - 2 * (1 - mid)",
        "* mid + 2 * (1 - mid)",
        "x",
    ),
    "probabilities of pairs, and points that are called as targets are": Stranger(
        """
def pairs(Y):
    near = 1 / (1 + ((Y[:, None] - Y[None]) ** 2).sum(-1))
    np.fill_diagonal(near, 0)
    return near / near.sum(), near

def kl(Y, P):
    Q, near = pairs(Y)
    there = P > 0
    return np.sum(P[there] * np.log(P[there] / Q[there]))

def kl_grad(Y, P):
    Q, near = pairs(Y)
    g = np.zeros_like(Y)
    for i in range(len(Y)):
        g[i] = 4 * (((P - Q)[i] * near[i])[:, None] * (Y[i] - Y)).sum(0)
    return g
""",
        "* near[i])",
        ")",
        "Y",
    ),
    "a loss of PyTorch that has no gradient for its target": Stranger(
        """
import torch

class Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, target):
        ctx.save_for_backward(logits, target)
        return (torch.nn.functional.softplus(logits) - logits * target).mean()
    @staticmethod
    def backward(ctx, g):
        logits, target = ctx.saved_tensors
        return g * (torch.sigmoid(logits) - target) / logits.numel(), None
""",
        "/ logits.numel()",
        "/ len(logits)",
        "logits",
    ),
    "a backward pass that is given what the forward pass returns, labels, and no cost anywhere": Stranger(
        """
m = 5

def forward_prop(W1, b1, W2, b2, X):
    Z1 = W1.dot(X) + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2.dot(A1) + b2
    A2 = np.exp(Z2) / sum(np.exp(Z2))
    return Z1, A1, Z2, A2

def one_hot(Y):
    hot = np.zeros((Y.size, Y.max() + 1))
    hot[np.arange(Y.size), Y] = 1
    return hot.T

def backward_prop(Z1, A1, Z2, A2, W1, W2, X, Y):
    one_hot_Y = one_hot(Y)
    dZ2 = A2 - one_hot_Y
    dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
    db1, db2 = (1 / m * np.sum(dZ, axis=1, keepdims=True) for dZ in (dZ1, dZ2))
    return 1 / m * dZ1.dot(X.T), db1, 1 / m * dZ2.dot(A1.T), db2
""",
        "sum(dZ, axis=1, keepdims=True)",
        "sum(dZ)",
        "W1 b1 W2 b2",
    ),
    "a margin that ordinary numbers lie beyond": Stranger(
        """
def contrastive_loss(x1, x2, y, margin=1.0):
    diff = x1 - x2
    d = np.sqrt(np.sum(diff ** 2, axis=1) + 1e-12)
    hinge = np.maximum(margin - d, 0)
    loss = 0.5 * np.mean(y * d ** 2 + (1 - y) * hinge ** 2)
    dx1 = (y - (1 - y) * hinge / d)[:, None] * diff / len(y)
    dx2 = -dx1
    return loss, dx1, dx2
""",
        "* hinge / d)",
        "* hinge)",
        "x1 x2",
    ),
    "pairs of samples that lie side by side, of which one alone tells nothing": Stranger(
        """
def pair_loss(z, temperature=0.5):
    n, pos = len(z), np.arange(len(z)) ^ 1
    s = z @ z.T / temperature - 1e9 * np.eye(n)
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    ds = p.copy()
    ds[np.arange(n), pos] -= 1
    loss, dz = -np.mean(np.log(p[np.arange(n), pos])), (ds + ds.T) @ z / (n * temperature)
    return loss, dz
""",
        "(ds + ds.T)",
        "2 * ds",
        "z",
    ),
    "a price, and its derivative by what Greeks call it": Stranger(
        """
from math import erf

def cdf(x):
    return 0.5 * (1 + np.vectorize(erf)(x / np.sqrt(2)))

def d1(S, K, T, r, sigma):
    return (np.log(S / K) + (r + 0.5 * sigma ** 2) * T) / (sigma * np.sqrt(T))

def call_price(S, K, T, r, sigma):
    d = d1(S, K, T, r, sigma)
    return S * cdf(d) - K * np.exp(-r * T) * cdf(d - sigma * np.sqrt(T))

def vega(S, K, T, r, sigma):
    return S * np.exp(-d1(S, K, T, r, sigma) ** 2 / 2) / np.sqrt(2 * np.pi) * np.sqrt(T)
""",
        "np.pi) * np.sqrt(T)",
        "np.pi)",
        "sigma",
    ),
    "derivatives that are named by what they are taken by, of a matrix and a product": Stranger(
        """
def frobenius(V, W, H):
    return 0.5 * np.linalg.norm(V - W @ H) ** 2

def grad_W(V, W, H):
    return (W @ H - V) @ H.T

def grad_H(V, W, H):
    return W.T @ (W @ H - V)
""",
        "W.T @ (W @ H - V)",
        "W.T @ (V - W @ H)",
        "H",
    ),
    "a yield that is no target, and how many years are counted": Stranger(
        """
def bond_price(y, face, coupon, n):
    t = np.arange(1, n + 1)
    cf = np.full(n, face * coupon)
    cf[-1] += face
    return np.sum(cf / (1 + y) ** t)

def bond_price_derivative(y, face, coupon, n):
    t = np.arange(1, n + 1)
    cf = np.full(n, face * coupon)
    cf[-1] += face
    return -np.sum(t * cf / (1 + y) ** (t + 1))
""",
        "** (t + 1)",
        "** t",
        "y",
    ),
    "a time that is no target": Stranger(
        """
def growth(t, K, r):
    return K / (1 + 9 * np.exp(-r * t))

def growth_derivative(t, K, r):
    e = 9 * np.exp(-r * t)
    return K * r * e / (1 + e) ** 2
""",
        "K * r * e",
        "K * e",
        "t",
    ),
    "one number that is called as scales of many columns are": Stranger(
        """
def objective(w, mu, Sigma, gamma, w0):
    return 0.5 * gamma * w @ Sigma @ w - mu @ w + np.sum(np.abs(w - w0) ** 1.5)

def objective_grad(w, mu, Sigma, gamma, w0):
    d = w - w0
    return gamma * Sigma @ w - mu + 1.5 * np.sign(d) * np.sqrt(np.abs(d))
""",
        "return gamma",
        "return 0.5 * gamma",
        "w",
    ),
    "one number that spreads over a sum, whose name says otherwise": Stranger(
        """
def ridge(w, X, y, kappa):
    r, alpha = X @ w - y, kappa ** 2
    return 0.5 * np.sum(r ** 2) + np.sum(alpha * w) ** 2

def ridge_grad(w, X, y, kappa):
    return X.T @ (X @ w - y) + 2 * kappa ** 4 * w.sum() * np.ones_like(w)
""",
        "2 * kappa",
        "kappa",
        "w",
    ),
    "two arguments that are told of together": Stranger(
        '''
def smooth_l1(pred, target, beta=1.0):
    """Box regression loss, averaged over boxes; pred and target (N, 4)."""
    d = np.abs(pred - target)
    return np.where(d < beta, 0.5 * d ** 2 / beta, d - 0.5 * beta).sum() / pred.shape[0]

def smooth_l1_grad(pred, target, beta=1.0):
    e = pred - target
    return np.where(np.abs(e) < beta, e / beta, np.sign(e)) / pred.shape[0]
''',
        "np.sign(e)) / pred.shape[0]",
        "np.sign(e)) / pred.size",
        "pred",
    ),
    "arrays that are told of all at once": Stranger(
        '''
def objective(x, kernel, y):
    """0.5 ||k * x - y||^2, circular convolution by FFT. All arrays (n,)."""
    r = np.real(np.fft.ifft(np.fft.fft(kernel) * np.fft.fft(x))) - y
    return 0.5 * np.sum(r ** 2)

def objective_grad(x, kernel, y):
    K = np.fft.fft(kernel)
    r = np.real(np.fft.ifft(K * np.fft.fft(x))) - y
    return np.real(np.fft.ifft(np.conj(K) * np.fft.fft(r)))
''',
        "np.conj(K)",
        "K",
        "x",
    ),
    "filters that are taken apart tap by tap": Stranger(
        """
def conv3x3(x, w):
    N, C, H, W = x.shape
    out = np.zeros((N, w.shape[0], H - 2, W - 2))
    for i in range(3):
        for j in range(3):
            out += np.einsum("nchw,fc->nfhw", x[:, :, i:i + H - 2, j:j + W - 2], w[:, :, i, j])
    return out

def conv3x3_backward(dout, x, w):
    N, C, H, W = x.shape
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(3):
        for j in range(3):
            dw[:, :, i, j] = np.einsum("nfhw,nchw->fc", dout, x[:, :, i:i + H - 2, j:j + W - 2])
            dx[:, :, i:i + H - 2, j:j + W - 2] += np.einsum("nfhw,fc->nchw", dout, w[:, :, i, j])
    return dx, dw
""",
        "2] += np",
        "2] = np",
        "x w",
    ),
    "a loss whose backward pass is given what the loss has made of its input": Stranger(
        """
class Softmax_Loss:
    def forward(self, inputs, y_true):
        e = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = e / e.sum(axis=1, keepdims=True)
        return np.mean(-np.log(self.output[range(len(inputs)), y_true]))

    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        self.dinputs = dvalues.copy()
        self.dinputs[range(samples), y_true] -= 1
        self.dinputs = self.dinputs / samples
""",
        "/ samples",
        "/ 2",
        "inputs",
    ),
    "one Jacobian for the entries of the first two arguments": Stranger(
        '''
def residual(theta, t, P, Q):
    """theta: rotation angle, t: translation (2,), P and Q: (n, 2) point sets."""
    c, s = np.cos(theta), np.sin(theta)
    return (P @ np.array([[c, -s], [s, c]]).T + t - Q).ravel()

def jacobian(theta, t, P, Q):
    c, s = np.cos(theta), np.sin(theta)
    J = np.zeros((2 * len(P), 3))
    J[:, 0] = (P @ np.array([[-s, -c], [c, -s]]).T).ravel()
    J[0::2, 1] = 1
    J[1::2, 2] = 1
    return J
''',
        "J[1::2, 2]",
        "J[0::2, 2]",
        "theta t",
    ),
    "an alignment, which needs more frames than there are labels": Stranger(
        """
def ctc_loss(params, labels, blank=0):
    L, T = 2 * len(labels) + 1, params.shape[1]
    at = [blank if s % 2 == 0 else labels[(s - 1) // 2] for s in range(L)]
    skips = [s > 1 and s % 2 == 1 and at[s] != at[s - 2] for s in range(L)]
    p = np.exp(params) / np.exp(params).sum(axis=0)
    alphas, betas = np.zeros((L, T)), np.zeros((L, T))
    alphas[:2, 0] = p[at[:2], 0]
    betas[-2:, -1] = 1
    for t in range(1, T):
        for s in range(L):
            a = alphas[max(s - 1, 0):s + 1, t - 1].sum() + (alphas[s - 2, t - 1] if skips[s] else 0)
            alphas[s, t] = a * p[at[s], t]
    for t in range(T - 2, -1, -1):
        for s in range(L):
            to = [u for u in (s, s + 1, s + 2) if u < L and (u < s + 2 or skips[u])]
            betas[s, t] = sum(betas[u, t + 1] * p[at[u], t + 1] for u in to)
    like = alphas[-2:, -1].sum()
    grad = p.copy()
    for s in range(L):
        grad[at[s]] -= alphas[s] * betas[s] / like
    loss = -np.log(like)
    return loss, grad
""",
        "betas[-2:, -1] = 1",
        "betas[-1:, -1] = 1",
        "params",
    ),
}
