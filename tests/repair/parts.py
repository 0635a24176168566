"""Right code in which parts of arrays, norms, powers and ways around are at work, and slips in it that are mended."""

WRITTEN = {
    "batch norm": """
def norm_forward(x, gamma, beta):
    inv = 1 / np.sqrt(x.var(axis=0) + 1e-5)
    xhat = (x - x.mean(axis=0)) * inv
    return gamma * xhat + beta, (xhat, inv, gamma)

def norm_backward(dout, cache):
    xhat, inv, gamma = cache
    n = len(dout)
    dgamma, dbeta = (dout * xhat).sum(axis=0), dout.sum(axis=0)
    dx = gamma * inv / n * (n * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta
""",
    "root mean square": """
def rms_forward(x, g):
    rms = np.sqrt(np.mean(x ** 2, axis=-1, keepdims=True) + 1e-6)
    return g * x / rms, (x, g, rms)

def rms_backward(dy, cache):
    x, g, rms = cache
    d = x.shape[-1]
    dg = np.sum(dy * x / rms, axis=0)
    dn = dy * g
    dx = dn / rms - x * np.sum(dn * x, axis=-1, keepdims=True) / (d * rms ** 3)
    return dx, dg
""",
    "steps in a slice": """
def last_loss(X, y, W, U, v):
    n, T, d = X.shape
    hs = np.zeros((n, T + 1, U.shape[0]))
    for t in range(T):
        hs[:, t + 1] = np.tanh(X[:, t] @ W + hs[:, t] @ U)
    pred = hs[:, -1] @ v
    loss = 0.5 * np.mean((pred - y) ** 2)
    dpred = (pred - y) / n
    dv = hs[:, -1].T @ dpred
    dW, dU = np.zeros_like(W), np.zeros_like(U)
    dhs = np.zeros_like(hs)
    dhs[:, -1] = np.outer(dpred, v)
    for t in reversed(range(T)):
        dz = dhs[:, t + 1] * (1 - hs[:, t + 1] ** 2)
        dW += X[:, t].T @ dz
        dU += hs[:, t].T @ dz
        dhs[:, t] += dz @ U.T
    return loss, (dW, dU, dv)
""",
    "rows": '''
def rows_loss(P, Q, R, lam=0.1):
    """
    P: (N, K)
    Q: (M, K)
    R: (N, M)
    """
    loss, dP, dQ = 0.0, np.zeros_like(P), np.zeros_like(Q)
    for u in range(R.shape[0]):
        for i in range(R.shape[1]):
            e = R[u, i] - P[u] @ Q[i]
            loss += e ** 2 + lam * (P[u] @ P[u] + Q[i] @ Q[i])
            dP[u] += -2 * e * Q[i] + 2 * lam * P[u]
            dQ[i] += -2 * e * P[u] + 2 * lam * Q[i]
    return loss, dP, dQ
''',
    "masked": '''
def masked_loss(P, Q, R, mask, lam=0.1):
    """
    P: (N, K)
    Q: (M, K)
    R: (N, M)
    mask: (N, M)
    """
    E = mask * (P @ Q.T - R)
    return 0.5 * np.sum(E ** 2) + 0.5 * lam * (np.sum(P ** 2) + np.sum(Q ** 2))

def masked_gradient(P, Q, R, mask, lam=0.1):
    E = mask * (P @ Q.T - R)
    dP = E @ Q + lam * P
    dQ = E.T @ P + lam * Q
    return dP, dQ
''',
    "gated step": '''
def step_forward(x, h, Wz, Wn, Uz, Un):
    """
    x: (N, D)
    h: (N, H)
    Wz: (D, H)
    Wn: (D, H)
    Uz: (H, H)
    Un: (H, H)
    """
    z = 1 / (1 + np.exp(-(x @ Wz + h @ Uz)))
    n = np.tanh(x @ Wn + h @ Un)
    return (1 - z) * n + z * h, (x, h, z, n, Wz, Wn, Uz, Un)

def step_backward(dout, cache):
    x, h, z, n, Wz, Wn, Uz, Un = cache
    daz = dout * (h - n) * z * (1 - z)
    dan = dout * (1 - z) * (1 - n ** 2)
    dh = daz @ Uz.T + dan @ Un.T + dout * z
    dx = daz @ Wz.T + dan @ Wn.T
    return dx, dh, x.T @ daz, x.T @ dan, h.T @ daz, h.T @ dan
''',
    "gelu": """
class Gelu:
    def forward(self, x):
        self.x = x
        self.t = np.tanh(0.8 * (x + 0.044715 * x ** 3))
        return 0.5 * x * (1 + self.t)

    def backward(self, dout):
        x, t = self.x, self.t
        du = 0.8 * (1 + 3 * 0.044715 * x ** 2)
        return dout * (0.5 * (1 + t) + 0.5 * x * (1 - t ** 2) * du)
""",
    "huber": """
def huber_loss(w, X, y):
    r = X @ w - y
    return np.sum(np.where(np.abs(r) <= 1, 0.5 * r ** 2, np.abs(r) - 0.5))

def huber_gradient(w, X, y):
    r = X @ w - y
    return X.T @ np.where(np.abs(r) <= 1, r, np.sign(r))
""",
    "logits": """
def logit_loss(logits, targets):
    return np.mean(np.logaddexp(0, logits) - targets * logits)

def logit_gradient(logits, targets):
    p = 1 / (1 + np.exp(-logits))
    return (p - targets) / logits.size
""",
    "words": """
def words_loss(V, U, context, target):
    h = V[context].mean(axis=0)
    s = U @ h
    p = np.exp(s - s.max())
    p /= p.sum()
    loss = -np.log(p[target])
    ds = p.copy()
    ds[target] -= 1
    dU = np.outer(ds, h)
    dh = U.T @ ds
    dV = np.zeros_like(V)
    np.add.at(dV, context, dh / len(context))
    return loss, dV, dU
""",
    "gates side by side": '''
def gates_forward(x, c, W):
    """
    x: (N, D)
    c: (N, H)
    W: (D, 2H)
    """
    H = c.shape[1]
    a = x @ W
    f, g = 1 / (1 + np.exp(-a[:, :H])), np.tanh(a[:, H:])
    return f * c + g, (x, c, W, f, g)

def gates_backward(dy, cache):
    x, c, W, f, g = cache
    df = dy * c
    da = np.hstack([df * f * (1 - f), dy * (1 - g ** 2)])
    return da @ W.T, dy * f, x.T @ da
''',
}
"""The code, by what is in it."""

SLIPPED = [
    ("batch norm", "(n * dout - dbeta - xhat * dgamma)", "(n * dout)"),
    ("batch norm", " - xhat * dgamma)", ")"),
    ("root mean square", " - x * np.sum(dn * x, axis=-1, keepdims=True) / (d * rms ** 3)", ""),
    ("root mean square", "rms ** 3", "rms"),
    ("root mean square", "np.sum(dy * x / rms", "np.sum(dy * rms / rms"),
    ("steps in a slice", "dhs[:, t + 1] * (1 - hs[:, t + 1] ** 2)", "dhs[:, t + 1]"),
    ("rows", "e * P[u] +", "e * Q[i] +"),
    ("rows", "-2 * e * Q[i]", "-2 * e"),
    ("masked", "E.T @ P", "E @ P"),
    ("masked", "E.T @ P", "E.T @ Q"),
    ("gated step", "(h - n)", "h"),
    ("gated step", " + dout * z", ""),
    ("gelu", " * x ** 2", ""),
    ("huber", "r = X @ w - y", "r = X @ w"),
    ("logits", "(p - targets)", "p"),
    ("words", "dh / len(context)", "dh"),
    ("gates side by side", "df * f *", "df *"),
]
"""Code, what is right in it, and what stands there instead."""
