"""Files whose inputs are found by what they raise: joined arrays, groups, windows, a bias of filters."""

from tests.discover.stranger import Stranger

JOINED = {
    "a norm over groups of channels": Stranger(
        """
def groupnorm_forward(x, gamma, beta, G, eps=1e-5):
    N, C, H, W = x.shape
    xg = x.reshape(N, G, -1)
    mean = xg.mean(axis=2, keepdims=True)
    var = xg.var(axis=2, keepdims=True)
    std = np.sqrt(var + eps)
    xhat = ((xg - mean) / std).reshape(N, C, H, W)
    out = gamma[None, :, None, None] * xhat + beta[None, :, None, None]
    cache = (x, xhat, mean, std, gamma, G)
    return out, cache

def groupnorm_backward(dout, cache):
    x, xhat, mean, std, gamma, G = cache
    N, C, H, W = x.shape
    dbeta = dout.sum(axis=(0, 2, 3))
    dgamma = (dout * xhat).sum(axis=(0, 2, 3))
    dxhat = dout * gamma[None, :, None, None]
    dxhat_g = dxhat.reshape(N, G, -1)
    xhat_g = xhat.reshape(N, G, -1)
    m = dxhat_g.shape[2]
    dvar_term = xhat_g * (dxhat_g * xhat_g).sum(axis=2, keepdims=True)
    dmean_term = dxhat_g.sum(axis=2, keepdims=True)
    dx_g = (m * dxhat_g - dmean_term - dvar_term) / (m * std)
    dx = dx_g.reshape(N, C, H, W)
    return dx, dgamma, dbeta
""",
        "    m = dxhat_g.shape[2]",
        "    m = C * H * W",
        "x gamma beta",
    ),
    "groups that a constructor is told": Stranger(
        """
class GroupNorm:
    def __init__(self, num_groups, num_channels, eps=1e-5):
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.gamma = np.ones(num_channels)
        self.beta = np.zeros(num_channels)
        self.grads = {}

    def forward(self, x):
        n, c, h, w = x.shape
        g = self.num_groups
        xg = x.reshape(n, g, c // g, h, w)
        mu = xg.mean(axis=(2, 3, 4), keepdims=True)
        var = xg.var(axis=(2, 3, 4), keepdims=True)
        self.inv = 1.0 / np.sqrt(var + self.eps)
        self.xhat = ((xg - mu) * self.inv)
        return self.xhat.reshape(x.shape) * self.gamma.reshape(1, -1, 1, 1) + self.beta.reshape(1, -1, 1, 1)

    def backward(self, dy):
        n, c, h, w = dy.shape
        g = self.num_groups
        xhat = self.xhat.reshape(dy.shape)
        self.grads["gamma"] = (dy * xhat).sum(axis=(0, 2, 3))
        self.grads["beta"] = dy.sum(axis=(0, 2, 3))
        dxhat = (dy * self.gamma.reshape(1, -1, 1, 1)).reshape(self.xhat.shape)
        ax = (2, 3, 4)
        along = (dxhat * self.xhat).mean(axis=ax, keepdims=True)
        dx = self.inv * (dxhat - dxhat.mean(axis=ax, keepdims=True) - self.xhat * along)
        return dx.reshape(dy.shape)
""",
        "dxhat.mean(axis=ax, keepdims=True)",
        "dxhat.mean(axis=(3, 4), keepdims=True)",
        "x gamma beta",
    ),
    "weights over what is joined": Stranger(
        """
def cell_forward(x, h, Wz, Wc):
    xh = np.concatenate([x, h], axis=1)
    z, c = xh @ Wz, np.tanh(xh @ Wc)
    return z * c + h, (x, xh, z, c, Wz, Wc)

def cell_backward(dout, cache):
    x, xh, z, c, Wz, Wc = cache
    dz, dc = dout * c, dout * z * (1 - c ** 2)
    dxh, D = dz @ Wz.T + dc @ Wc.T, x.shape[1]
    return dxh[:, :D], dxh[:, D:] + dout, xh.T @ dz, xh.T @ dc
""",
        "dxh[:, D:] + dout",
        "dxh[:, D:]",
        "x h Wz Wc",
    ),
    "an array that is another in another shape": Stranger(
        """
def im2col(x, kh, kw, stride, pad):
    N, C, H, W = x.shape
    out_h = (H + 2 * pad - kh) // stride + 1
    out_w = (W + 2 * pad - kw) // stride + 1
    img = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    col = np.zeros((N, C, kh, kw, out_h, out_w))
    for i in range(kh):
        for j in range(kw):
            col[:, :, i, j, :, :] = img[:, :, i:i + stride * out_h:stride, j:j + stride * out_w:stride]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * out_h * out_w, -1)

def col2im(col, x_shape, kh, kw, stride, pad):
    N, C, H, W = x_shape
    out_h = (H + 2 * pad - kh) // stride + 1
    out_w = (W + 2 * pad - kw) // stride + 1
    col = col.reshape(N, out_h, out_w, C, kh, kw).transpose(0, 3, 4, 5, 1, 2)
    img = np.zeros((N, C, H + 2 * pad + stride - 1, W + 2 * pad + stride - 1))
    for i in range(kh):
        for j in range(kw):
            img[:, :, i:i + stride * out_h:stride, j:j + stride * out_w:stride] += col[:, :, i, j, :, :]
    return img[:, :, pad:H + pad, pad:W + pad]

class Convolution:
    def __init__(self, W, b, stride=1, pad=0):
        self.W = W
        self.b = b
        self.stride = stride
        self.pad = pad

    def forward(self, x):
        FN, C, FH, FW = self.W.shape
        N, C, H, W = x.shape
        out_h = 1 + (H + 2 * self.pad - FH) // self.stride
        out_w = 1 + (W + 2 * self.pad - FW) // self.stride
        col = im2col(x, FH, FW, self.stride, self.pad)
        col_W = self.W.reshape(FN, -1).T
        out = np.dot(col, col_W) + self.b
        out = out.reshape(N, out_h, out_w, -1).transpose(0, 3, 1, 2)
        self.x = x
        self.col = col
        self.col_W = col_W
        return out

    def backward(self, dout):
        FN, C, FH, FW = self.W.shape
        dout = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
        self.db = np.sum(dout, axis=0)
        self.dW = np.dot(self.col.T, dout)
        self.dW = self.dW.transpose(1, 0).reshape(FN, C, FH, FW)
        dcol = np.dot(dout, self.col_W.T)
        dx = col2im(dcol, self.x.shape, FH, FW, self.stride, self.pad)
        return dx
""",
        "        self.db = np.sum(dout, axis=0)",
        "        self.db = np.mean(dout, axis=0)",
        "x W b",
    ),
    "a docstring that divides an axis": Stranger(
        '''
def grouped_linear_forward(x, w, b):
    """x: (N, D), w: (groups, D/groups, M), b: (groups, M)."""
    G, d, M = w.shape
    N = x.shape[0]
    xg = x.reshape(N, G, d)
    out = np.einsum("ngd,gdm->ngm", xg, w) + b
    return out.reshape(N, G * M), (xg, w)

def grouped_linear_backward(dout, cache):
    xg, w = cache
    N, G, d = xg.shape
    dg = dout.reshape(N, G, -1)
    dw = np.einsum("ngd,ngm->gdm", xg, dg)
    db = dg.sum(axis=0)
    dx = np.einsum("ngm,gdm->ngd", dg, w).reshape(N, G * d)
    return dx, dw, db
''',
        "    db = dg.sum(axis=0)",
        "    db = dg.mean(axis=0)",
        "x w b",
    ),
    "a sequence of batches": Stranger(
        """
def rnn_forward(xs, h0, Wx, Wh, b):
    hs = [h0]
    for x in xs:
        hs.append(np.tanh(x @ Wx + hs[-1] @ Wh + b))
    return np.stack(hs[1:]), (xs, hs, Wx, Wh)

def rnn_backward(dhs, cache):
    xs, hs, Wx, Wh = cache
    dWx, dWh = np.zeros_like(Wx), np.zeros_like(Wh)
    db = np.zeros(Wh.shape[1])
    dxs = np.zeros_like(xs)
    dh = np.zeros_like(hs[0])
    for t in reversed(range(len(xs))):
        dz = (dhs[t] + dh) * (1 - hs[t + 1] ** 2)
        dWx += xs[t].T @ dz
        dWh += hs[t].T @ dz
        db += dz.sum(axis=0)
        dxs[t] = dz @ Wx.T
        dh = dz @ Wh.T
    return dxs, dh, dWx, dWh, db
""",
        "        dWh += hs[t].T @ dz",
        "        dWh = hs[t].T @ dz",
        "xs h0 Wx Wh b",
    ),
    "heads that a function is told": Stranger(
        """
def scores_forward(q, k, n_heads):
    T, D = q.shape
    d = D // n_heads
    a, b = (own.reshape(-1, n_heads, d).transpose(1, 0, 2) for own in (q, k))
    return a @ b.transpose(0, 2, 1) / np.sqrt(d), (a, b, n_heads)

def scores_backward(ds, cache):
    a, b, n_heads = cache
    ds = ds / np.sqrt(a.shape[-1])
    da, db = ds @ b, ds.transpose(0, 2, 1) @ a
    return tuple(own.transpose(1, 0, 2).reshape(-1, n_heads * own.shape[-1]) for own in (da, db))
""",
        "np.sqrt(a.shape[-1])",
        "np.sqrt(a.shape[-1] * n_heads)",
        "q k",
    ),
    "windows of a whole number": Stranger(
        """
def avgpool_forward(x, k, stride):
    N, C, H, W = x.shape
    oh, ow = (H - k) // stride + 1, (W - k) // stride + 1
    out = np.zeros((N, C, oh, ow))
    for i in range(oh):
        for j in range(ow):
            out[:, :, i, j] = x[:, :, i * stride:i * stride + k, j * stride:j * stride + k].mean(axis=(2, 3))
    return out, (x.shape, k, stride)

def avgpool_backward(dout, cache):
    shape, k, stride = cache
    dx = np.zeros(shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * stride:i * stride + k, j * stride:j * stride + k] += dout[:, :, i:i + 1, j:j + 1] / k ** 2
    return dx
""",
        "stride + k] +=",
        "stride + k] =",
        "x",
    ),
    "a parameter as the class makes it": Stranger(
        """
class Cell:
    @staticmethod
    def init(input_size, hidden_size):
        WX = np.random.randn(input_size + hidden_size + 1, hidden_size) / np.sqrt(input_size + hidden_size)
        return WX
    @staticmethod
    def forward(X, WX):
        n, b, input_size = X.shape
        Hin, H = np.ones((n, b, WX.shape[0])), np.zeros((n, b, WX.shape[1]))
        for t in range(n):
            Hin[t, :, 1:input_size + 1] = X[t]
            Hin[t, :, input_size + 1:] = H[t - 1] if t > 0 else 0
            H[t] = np.tanh(Hin[t] @ WX)
        return H, (Hin, H, WX)
    @staticmethod
    def backward(dH_in, cache):
        Hin, H, WX = cache
        dH, d = dH_in.copy(), WX.shape[0] - WX.shape[1]
        dX, dWX = np.zeros((*H.shape[:2], d - 1)), np.zeros_like(WX)
        for t in reversed(range(len(H))):
            dz = dH[t] * (1 - H[t] ** 2)
            dWX += Hin[t].T @ dz
            dHin = dz @ WX.T
            dX[t] = dHin[:, 1:d]
            if t > 0:
                dH[t - 1] += dHin[:, d:]
        return dX, dWX
""",
        "dH[t - 1] += dHin",
        "dH[t - 1] = dHin",
        "X WX",
    ),
    "a default that is made anew": Stranger(
        """
from dataclasses import dataclass, field

@dataclass
class Scale:
    n_in: int
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    def __post_init__(self):
        self.w = self.rng.normal(size=self.n_in)
    def forward(self, x):
        self.x = x
        return x * self.w
    def backward(self, dout):
        self.dw = (dout * self.x).sum(axis=0)
        return dout * self.w
""",
        "self.x).sum(axis=0)",
        "self.x).mean(axis=0)",
        "x w",
    ),
    "axes that einsum tells": Stranger(
        """
def bilinear_forward(x1, x2, W):
    return np.einsum("ni,kij,nj->nk", x1, W, x2), (x1, x2, W)

def bilinear_backward(dy, cache):
    x1, x2, W = cache
    dx1, dx2 = np.einsum("nk,kij,nj->ni", dy, W, x2), np.einsum("nk,kij,ni->nj", dy, W, x1)
    return dx1, dx2, np.einsum("nk,ni,nj->kij", dy, x1, x2)
""",
        "dy, W, x1)",
        "dy, W, x1) / len(dy)",
        "x1 x2 W",
    ),
    "windows that are laid flat": Stranger(
        """
class Peak:
    def __init__(self, kernel_size=2):
        self.k = kernel_size
    def forward(self, x):
        n, c, h, w = x.shape
        out = np.empty((n, c, h - self.k + 1))
        self.x, self.where = x, np.empty(out.shape, dtype=int)
        for i in range(h - self.k + 1):
            window = x[:, :, i:i + self.k, :].reshape(n, c, -1)
            self.where[:, :, i] = window.argmax(axis=2)
            out[:, :, i] = window.max(axis=2)
        return out
    def backward(self, dout):
        dx = np.zeros_like(self.x)
        for b, c, i in np.ndindex(dout.shape):
            p, q = divmod(self.where[b, c, i], self.x.shape[3])
            dx[b, c, i + p, q] += dout[b, c, i]
        return dx
""",
        "q] +=",
        "q] =",
        "x",
    ),
    "features that are called phi": Stranger(
        '''
def value_loss(theta, phi, rewards):
    """theta (D,), phi (N, D), rewards (N,)"""
    return 0.5 * np.mean((phi @ theta - rewards) ** 2)

def value_loss_grad(theta, phi, rewards):
    return phi.T @ (phi @ theta - rewards) / len(rewards)
''',
        " / len(rewards)",
        "",
        "theta",
    ),
    "channels of images that nothing takes apart": Stranger(
        """
class Channels:
    def __init__(self, num_features):
        self.gamma = np.ones(num_features)
    def forward(self, x):
        mu = x.mean(axis=(0, 2, 3))
        self.rest = x - mu[:, None, None]
        return self.rest * self.gamma[:, None, None]
    def backward(self, dy):
        self.dgamma = (dy * self.rest).sum(axis=(0, 2, 3))
        d = dy * self.gamma[:, None, None]
        return d - d.mean(axis=(0, 2, 3), keepdims=True)
""",
        "d.mean(axis=(0, 2, 3), keepdims=True)",
        "d.mean(axis=0, keepdims=True)",
        "x gamma",
    ),
    "sizes that a constructor makes arrays of": Stranger(
        """
class Filters:
    def __init__(self, c, f, k=2):
        self.W = np.random.randn(f, c, k)
    def forward(self, x):
        self.windows = np.lib.stride_tricks.sliding_window_view(x, self.W.shape[2], axis=2)
        return np.einsum("nctk,fck->nft", self.windows, self.W)
    def backward(self, dout):
        self.dW = np.einsum("nft,nctk->fck", dout, self.windows)
        n, c, t, k = self.windows.shape
        dx = np.zeros((n, c, t + k - 1))
        for i in range(k):
            dx[:, :, i:i + t] += np.einsum("nft,fc->nct", dout, self.W[:, :, i])
        return dx
""",
        "dx[:, :, i:i + t] +=",
        "dx[:, :, i:i + t] =",
        "x W",
    ),
    "a docstring that multiplies by a setting": Stranger(
        '''
def shuffle_forward(x, r=2):
    """x: (N, C * r * r, H, W)"""
    N, C, H, W = x.shape
    C = C // (r * r)
    return x.reshape(N, C, r, r, H, W).transpose(0, 1, 4, 2, 5, 3).reshape(N, C, H * r, W * r), r

def shuffle_backward(dout, r):
    N, C, H, W = dout.shape
    parts = dout.reshape(N, C, H // r, r, W // r, r)
    return parts.transpose(0, 1, 3, 5, 2, 4).reshape(N, C * r * r, H // r, W // r)
''',
        "(0, 1, 3, 5, 2, 4)",
        "(0, 1, 5, 3, 2, 4)",
        "x",
    ),
    "a small matrix of which single entries are taken": Stranger(
        """
def net_forward(x, k):
    N, H, W = x.shape
    out = np.zeros((N, H - 2, W - 2))
    for i in range(3):
        for j in range(3):
            out += k[i, j] * x[:, i:i + H - 2, j:j + W - 2]
    return out, (x, k)

def net_backward(dout, cache):
    x, k = cache
    N, H, W = x.shape
    dx, dk = np.zeros_like(x), np.zeros_like(k)
    for i in range(3):
        for j in range(3):
            dk[i, j] = np.sum(dout * x[:, i:i + H - 2, j:j + W - 2])
            dx[:, i:i + H - 2, j:j + W - 2] += dout * k[i, j]
    return dx, dk
""",
        "dout * k[i, j]",
        "dout * k[2 - i, 2 - j]",
        "x k",
    ),
    "a docstring that takes one off": Stranger(
        '''
def bias_forward(s, bias):
    """s: (T, T); bias: (2T-1,)"""
    T = len(s)
    where = np.arange(T)[:, None] - np.arange(T)[None, :] + T - 1
    return s * bias[where], (s, bias, where)

def bias_backward(dout, cache):
    s, bias, where = cache
    dbias = np.zeros_like(bias)
    np.add.at(dbias, where, dout * s)
    return dout * bias[where], dbias
''',
        "np.add.at(dbias, where, dout * s)",
        "dbias[where] += dout * s",
        "s bias",
    ),
    "a bias that is called c": Stranger(
        """
def gate_forward(x, W, V, b, c):
    g, u = np.tanh(x @ W + b), x @ V + c
    return g * u, (x, W, V, g, u)

def gate_backward(dout, cache):
    x, W, V, g, u = cache
    da, du = dout * u * (1 - g ** 2), dout * g
    return da @ W.T + du @ V.T, x.T @ da, x.T @ du, da.sum(axis=0), du.sum(axis=0)
""",
        "du.sum(axis=0)",
        "du.mean(axis=0)",
        "x W V b c",
    ),
    "weights that are laid out in groups": Stranger(
        '''
def groups_forward(x, w, groups=2):
    """x: (N, C, L), w: (F, C // groups)"""
    N, C, L = x.shape
    xg, wg = x.reshape(N, groups, -1, L), w.reshape(groups, len(w) // groups, C // groups)
    return np.einsum("ngcl,gfc->ngfl", xg, wg).reshape(N, len(w), L), (xg, wg, x.shape, w.shape)

def groups_backward(dout, cache):
    xg, wg, xs, ws = cache
    d = dout.reshape(xg.shape[0], xg.shape[1], -1, xg.shape[3])
    return np.einsum("ngfl,gfc->ngcl", d, wg).reshape(xs), np.einsum("ngfl,ngcl->gfc", d, xg).reshape(ws)
''',
        "d, wg)",
        "d, wg[::-1])",
        "x w",
    ),
}
