"""Files as people write them, each right and with one line wrong: layers made of other objects, and odd settings."""

from tests.discover.stranger import Stranger

LAYERS = """
class Affine:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dy):
        self.dW, self.db = self.x.T @ dy, dy.sum(axis=0)
        return dy @ self.W.T

class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y
    def backward(self, dy):
        return dy * (1 - self.y ** 2)
    __call__ = forward

class SquaredError:
    def forward(self, pred, target):
        self.gap = pred - target
        return 0.5 * np.sum(self.gap ** 2)
    def backward(self):
        return self.gap
"""
"""What objects are made of."""
CHAIN = """
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def backward(self, dy):
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy
"""
IN_CHAIN = "x layers[0].W layers[0].b layers[2].W layers[2].b"
GUESTS: dict[str, Stranger] = {
    "a border of different widths on each side": Stranger(
        """
def zero_pad_forward(x, padding):
    (t, b), (l, r) = padding
    return np.pad(x, ((0, 0), (0, 0), (t, b), (l, r)))

def zero_pad_backward(dout, padding):
    (t, b), (l, r) = padding
    return dout[:, :, t:dout.shape[2] - b, l:dout.shape[3] - r]
""",
        "t:dout.shape[2] - b",
        "b:dout.shape[2] - t",
        "x",
    ),
    "a layer with a border of one width before and another behind": Stranger(
        """
class Pad:
    def __init__(self, padding):
        self.before, self.behind = padding
    def forward(self, x):
        '''x: (N, T)'''
        return np.pad(x, ((0, 0), (self.before, self.behind)))
    def backward(self, dy):
        return dy[:, self.before:-self.behind]
""",
        "self.before:-self.behind",
        "self.behind:-self.before",
        "x",
    ),
    "a list of layers": Stranger(
        LAYERS + "class Chain:\n    def __init__(self, layers):\n        self.layers = layers" + CHAIN,
        "in reversed(self.layers)",
        "in self.layers",
        IN_CHAIN,
    ),
    "layers one behind the other": Stranger(
        LAYERS + "class Chain:\n    def __init__(self, *layers):\n        self.layers = list(layers)" + CHAIN,
        "dy = layer.backward(dy)",
        "layer.backward(dy)",
        IN_CHAIN,
    ),
    "layers that are added": Stranger(
        LAYERS
        + "class Chain:\n    def __init__(self):\n        self.layers = []\n    def add(self, layer):\n"
        + "        self.layers.append(layer)"
        + CHAIN,
        "dy = layer.backward(dy)",
        "dy = dy + layer.backward(dy)",
        IN_CHAIN,
    ),
    "a block with a way around it": Stranger(
        LAYERS
        + """
class Around:
    def __init__(self, block):
        self.block = block
    def forward(self, x):
        return x + self.block(x)
    def backward(self, dy):
        return dy + self.block.backward(dy)
""",
        "dy + self",
        "self",
        "x",
    ),
    "an activation that is an object": Stranger(
        """
class Tanh:
    def __call__(self, z):
        return np.tanh(z)
    def gradient(self, z):
        return 1 - np.tanh(z) ** 2

class Dense:
    def __init__(self, n_in, n_out, activation=None):
        self.W, self.activation = np.random.randn(n_in, n_out), activation
    def forward(self, x):
        self.x, self.z = x, x @ self.W
        return self.activation(self.z) if self.activation else self.z
    def backward(self, dy):
        dz = dy * self.activation.gradient(self.z) if self.activation else dy
        self.dW = self.x.T @ dz
        return dz @ self.W.T
""",
        "dz = dy * self.activation.gradient(self.z) if",
        "dz = dy * self.activation.gradient(dy) if",
        "x W",
    ),
    "a network with its loss": Stranger(
        LAYERS
        + """
class Net:
    def __init__(self, layers, criterion):
        self.layers, self.criterion = layers, criterion
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def loss(self, x, y):
        return self.criterion.forward(self.forward(x), y)
    def backward(self, x, y):
        self.loss(x, y)
        dy = self.criterion.backward()
        for layer in self.layers[::-1]:
            dy = layer.backward(dy)
""",
        "dy = layer.backward(dy)\n",
        "dy = layer.backward(dy) / len(x)\n",
        "layers[0].W layers[0].b layers[2].W layers[2].b",
    ),
    "a softmax that goes back from labels, and no loss": Stranger(
        """
class Softmax:
    def forward(self, z):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p
    def backward(self, y):
        d = self.p.copy()
        d[np.arange(len(y)), y] -= 1
        return d / len(y)
""",
        "[np.arange(len(y)), y] -= 1",
        "[:, y] -= 1",
        "z",
    ),
    "a network that goes back from a target": Stranger(
        """
class Net:
    def __init__(self, d, h, k):
        self.W, self.V = np.random.randn(d, h), np.random.randn(h, k)
    def forward(self, X):
        self.X, self.h = X, np.tanh(X @ self.W)
        return self.h @ self.V
    def loss(self, Y):
        return 0.5 * np.sum((self.h @ self.V - Y) ** 2)
    def backward(self, Y):
        r = self.h @ self.V - Y
        self.dV = self.h.T @ r
        self.dW = self.X.T @ (r @ self.V.T * (1 - self.h ** 2))
""",
        "(1 - self.h ** 2)",
        "(1 - self.h)",
        "W V",
    ),
    "a sigmoid with its slope in its output": Stranger(
        """
class Sigmoid:
    def value(self, z):
        return 1 / (1 + np.exp(-z))
    def gradient(self, y):
        return y * (1 - y)
""",
        "y * (1 - y)",
        "(1 - y)",
        "z",
    ),
    "gradients that are cut off, one by one": Stranger(
        """
class Affine:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW = np.clip(self.x.T @ dout, -0.1, 0.1)
        self.db = dout.sum(axis=0).clip(-0.1, 0.1)
        return dout @ self.W.T
""",
        "self.x.T @ dout",
        "-self.x.T @ dout",
        "x W b",
    ),
    "a step of descent with gradients that are cut off in a loop, one column after the other": Stranger(
        """
class Recurrent:
    def __init__(self, n_in, n_out, n_hidden=8):
        self.U = np.random.randn(n_hidden, n_hidden)
        self.W = np.random.randn(n_hidden, n_in)
        self.V = np.random.randn(n_out, n_hidden)
        self.b = np.zeros((n_hidden, 1))
    def forward(self, inputs):
        h = np.zeros((len(self.U), 1))
        self.inputs, self.states = inputs, [h]
        for x in inputs:
            h = np.tanh(self.W @ x + self.U @ h + self.b)
            self.states.append(h)
        return self.V @ h
    def backprop(self, d_y, learn_rate=0.1):
        d_V = d_y @ self.states[-1].T
        d_U, d_W, d_b = np.zeros_like(self.U), np.zeros_like(self.W), np.zeros_like(self.b)
        d_h = self.V.T @ d_y
        for t in reversed(range(len(self.inputs))):
            d_z = (1 - self.states[t + 1] ** 2) * d_h
            d_b += d_z
            d_U += d_z @ self.states[t].T
            d_W += d_z @ self.inputs[t].T
            d_h = self.U.T @ d_z
        for d in [d_U, d_W, d_V, d_b]:
            np.clip(d, -0.1, 0.1, out=d)
        self.U -= learn_rate * d_U
        self.W -= learn_rate * d_W
        self.V -= learn_rate * d_V
        self.b -= learn_rate * d_b
""",
        "self.U.T @ d_z",
        "self.U @ d_z",
        "U W V b",
    ),
    "a list of parameters taken apart, and gradients that a function cuts off": Stranger(
        """
def clip(gradients, most):
    return [np.clip(own, -most, most) for own in gradients]

def loss_and_grads(params, X, y):
    W1, b1, W2 = params
    h = np.tanh(X @ W1 + b1)
    r = h @ W2 - y
    dh = r @ W2.T * (1 - h ** 2)
    grads = [X.T @ dh, dh.sum(0), h.T @ r]
    grads = clip(grads, 0.1)
    return 0.5 * np.sum(r ** 2), grads
""",
        "dh.sum(0)",
        "dh.mean(0)",
        "params[0] params[1] params[2]",
    ),
    "a layer of columns whose gradients are means over them": Stranger(
        """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_out, n_in), np.zeros((n_out, 1))
    def forward(self, A_prev):
        self.A_prev, self.Z = A_prev, self.W @ A_prev + self.b
        return np.maximum(0, self.Z)
    def backward(self, dA):
        m = self.A_prev.shape[1]
        dZ = dA * (self.Z > 0)
        self.dW = 1 / m * np.dot(dZ, self.A_prev.T)
        self.db = 1 / m * np.sum(dZ, axis=1, keepdims=True)
        return np.dot(self.W.T, dZ)
""",
        "self.db = 1 / m * np",
        "self.db = np",
        "A_prev W b",
    ),
    "a softmax that goes back from one class alone": Stranger(
        """
class Softmax:
    def __init__(self, input_len, nodes):
        self.weights = np.random.randn(input_len, nodes)
    def forward(self, x):
        self.x = x
        self.totals = x @ self.weights
        return np.exp(self.totals) / np.sum(np.exp(self.totals))
    def backprop(self, d_out, learn_rate):
        for i, gradient in enumerate(d_out):
            if gradient == 0:
                continue
            e = np.exp(self.totals)
            S = np.sum(e)
            d_t = -e[i] * e / S ** 2
            d_t[i] = e[i] * (S - e[i]) / S ** 2
            d_t = gradient * d_t
            d_x = self.weights @ d_t
            self.weights -= learn_rate * np.outer(self.x, d_t)
            return d_x
""",
        "d_t[i] = e[i] * (S - e[i])",
        "d_t[i] = e[i] * S",
        "x weights",
    ),
    "a gradient gathered in float32": Stranger(
        """
class Steps:
    def forward(self, xs):
        'xs: (N, T)'
        self.xs = xs
        return np.sum(xs ** 2) / xs.shape[1]
    def backward(self, dout=1):
        dxs = np.empty(self.xs.shape, dtype="f")
        for t in range(self.xs.shape[1]):
            dxs[:, t] = 2 * self.xs[:, t] * dout / self.xs.shape[1]
        return dxs
""",
        "dout / self.xs.shape[1]",
        "dout / self.xs.shape[0]",
        "xs",
    ),
    "a score of one of two classes, and the mean over all": Stranger(
        """
def focal_loss(logits, y, gamma=2.0):
    p = 1 / (1 + np.exp(-logits))
    pt = np.where(y == 1, p, 1 - p)
    return -np.mean((1 - pt) ** gamma * np.log(pt))

def focal_loss_grad(logits, y, gamma=2.0):
    p = 1 / (1 + np.exp(-logits))
    pt = np.where(y == 1, p, 1 - p)
    dpt = gamma * (1 - pt) ** (gamma - 1) * np.log(pt) - (1 - pt) ** gamma / pt
    return dpt * pt * (1 - pt) * np.where(y == 1, 1, -1) / len(y)
""",
        "(1 - pt) ** gamma / pt",
        "(1 - pt) ** gamma",
        "logits",
    ),
    "a column that is squeezed, and gradients called w_g": Stranger(
        """
class Mse:
    def __init__(self, n_in):
        self.w = np.random.randn(n_in, 1)
    def __call__(self, inp, targ):
        self.inp, self.gap = inp, (inp @ self.w).squeeze() - targ
        return (self.gap ** 2).mean()
    def backward(self):
        g = 2 * self.gap[:, None] / len(self.gap)
        self.w_g = self.inp.T @ g
        return g @ self.w.T
""",
        "self.w_g = self.inp.T @ g",
        "self.w_g = -self.inp.T @ g",
        "inp w",
    ),
    "parameters as the module holds them": Stranger(
        """
model = {"W1": np.full((5, 6), 0.3), "W2": np.full(5, 0.2)}

def loss(model, X, y):
    h = np.maximum(0, X @ model["W1"].T)
    return 0.5 * np.sum((h @ model["W2"] - y) ** 2)

def loss_grad(model, X, y):
    h = np.maximum(0, X @ model["W1"].T)
    d = h @ model["W2"] - y
    dh = np.outer(d, model["W2"]) * (h > 0)
    return {"W1": dh.T @ X, "W2": h.T @ d}
""",
        "* (h > 0)",
        "* (h > d[:, None])",
        "model['W1'] model['W2']",
    ),
    "a problem made by a function, and nothing to judge about that": Stranger(
        """
def make_problem():
    A = np.cos(np.arange(12.0).reshape(4, 3))
    def f(x):
        return 0.5 * np.sum((A @ x) ** 2)
    def grad(x):
        return A.T @ (A @ x)
    return f, grad
""",
        "A.T @ (A @ x)",
        "2 * A.T @ (A @ x)",
        "x",
    ),
    "an energy of a machine, of what is called v": Stranger(
        """
class Machine:
    def __init__(self, n_visible, n_hidden):
        self.W = np.random.randn(n_visible, n_hidden)
        self.b = np.zeros(n_hidden)
    def free_energy(self, v):
        return -np.logaddexp(0, v @ self.W + self.b).sum()
    def free_energy_grad(self, v):
        h = 1 / (1 + np.exp(-(v @ self.W + self.b)))
        return {"W": -v.T @ h, "b": -h.sum(0)}
""",
        '"b": -h',
        '"b": h',
        "W b",
    ),
    "a covariance whose gradient is that of a symmetric matrix": Stranger(
        """
def nll(mu, Sigma, X):
    'mu: (D,), Sigma: (D, D) covariance matrix, X: (N, D)'
    d = X - mu
    return 0.5 * len(X) * np.linalg.slogdet(Sigma)[1] + 0.5 * np.sum(d @ np.linalg.inv(Sigma) * d)

def nll_grad(mu, Sigma, X):
    d = X - mu
    P = np.linalg.inv(Sigma)
    return -P @ d.sum(0), 0.5 * len(X) * P - 0.5 * P @ (d.T @ d) @ P
""",
        "0.5 * P @ (d.T @ d) @ P",
        "0.5 * P @ (d.T @ d)",
        "mu Sigma",
    ),
    "two numbers above zero": Stranger(
        """
def nll(a, b, x):
    'a, b: floats > 0, x: (N,)'
    return np.sum(a * x ** 2) - 0.5 * len(x) * np.log(a) + b * np.log(b)

def nll_grad(a, b, x):
    return np.sum(x ** 2) - 0.5 * len(x) / a, np.log(b) + 1
""",
        "np.log(b) + 1",
        "np.log(b)",
        "a b",
    ),
    "labels beside a blank": Stranger(
        """
BLANK = 0

def path_loss(logits, labels):
    'logits: (T, K), labels: (T,) ints, none of them blank'
    kept = labels[labels != BLANK]
    return np.log(np.exp(logits).sum(axis=1)).sum() - logits[np.arange(len(kept)), kept].sum()

def path_loss_grad(logits, labels):
    e = np.exp(logits)
    g = e / e.sum(axis=1, keepdims=True)
    g[np.arange(len(labels)), labels] -= 1
    return g
""",
        "labels] -= 1",
        "labels] += 1",
        "logits",
    ),
    "what a docstring says of y, which is no label": Stranger(
        """
def rbf(x, y, gamma=0.5):
    'x: (N, D), y: (M, D)'
    return np.exp(-gamma * ((x[:, None] - y[None]) ** 2).sum(-1))

def rbf_vjp(g, x, y, gamma=0.5):
    k = rbf(x, y, gamma) * g
    d = x[:, None] - y[None]
    return -2 * gamma * (k[..., None] * d).sum(1), 2 * gamma * (k[..., None] * d).sum(0)
""",
        "2 * gamma * (k[..., None] * d).sum(0)",
        "2 * gamma * (k[..., None] * d).sum(1)",
        "x y",
    ),
    "one array with the slopes by several numbers": Stranger(
        """
def sse(amplitude, decay, t, y):
    'amplitude, decay: scalars; t, y: (N,)'
    return np.sum((amplitude * np.exp(-decay * t) - y) ** 2)

def sse_gradient(amplitude, decay, t, y):
    e = np.exp(-decay * t)
    r = amplitude * e - y
    return np.array([2 * r @ e, -2 * r @ (t * amplitude * e)])
""",
        "-2 * r @ (t",
        "2 * r @ (t",
        "amplitude decay",
    ),
    "lists of integers, told in words": Stranger(
        """
Wxh, Whh, Why = np.full((6, 5), 0.1), np.full((6, 6), 0.2), np.full((5, 6), 0.3)

def lossFun(inputs, targets, hprev):
    'inputs, targets are both lists of integers. hprev is (H, 1) array of the state before'
    hs, ps, loss = {-1: hprev}, {}, 0
    for t in range(len(inputs)):
        hs[t] = np.tanh(Wxh[:, [inputs[t]]] + Whh @ hs[t - 1])
        e = np.exp(Why @ hs[t])
        ps[t] = e / e.sum()
        loss -= np.log(ps[t][targets[t], 0])
    dWhh, dWhy, dhnext = np.zeros_like(Whh), np.zeros_like(Why), np.zeros_like(hprev)
    for t in reversed(range(len(inputs))):
        dy = ps[t].copy()
        dy[targets[t]] -= 1
        dWhy += dy @ hs[t].T
        dz = (Why.T @ dy + dhnext) * (1 - hs[t] ** 2)
        dWhh += dz @ hs[t - 1].T
        dhnext = Whh.T @ dz
    return loss, dWhh, dWhy
""",
        "dz @ hs[t - 1].T",
        "dz @ hs[t].T",
        "Whh Why",
    ),
}
