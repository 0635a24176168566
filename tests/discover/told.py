"""Files whose docstrings and names tell what is meant, several arguments in one line, the value beside the gradient."""

from tests.discover.stranger import Stranger

TOLD = {
    "forces, which are minus a gradient": Stranger(
        """
def spring_energy(x, k=2.0):
    return 0.5 * k * np.sum(np.diff(x, axis=0) ** 2)

def spring_forces(x, k=2.0):
    t = k * np.diff(x, axis=0)
    f = np.zeros_like(x)
    f[:-1] += t
    f[1:] -= t
    return f
""",
        "f[1:] -= t",
        "f[1:] += t",
        "x",
    ),
    "a number in the midst of matrices, and axes in small letters": Stranger(
        '''
def predict(x, w0, w, V):
    """x: (n, nv), w0: scalar, w: (nv,), V: (nv, k)"""
    return w0 + x @ w + ((x @ V) ** 2).sum(axis=1)

def predict_backward(dy, x, w0, w, V):
    dV = 2 * x.T @ (dy[:, None] * (x @ V))
    return dy[:, None] * (w + 2 * x @ V @ V.T), dy.sum(), x.T @ dy, dV
''',
        "dy.sum(), x.T",
        "dy.mean(), x.T",
        "x w0 w V",
    ),
    "an activation and its derivative as static methods": Stranger(
        """
class Tanh:
    @staticmethod
    def tanh(z):
        return np.tanh(z)
    @staticmethod
    def tanh_prime(z):
        return 1 - np.tanh(z) ** 2
""",
        "1 - np.tanh(z) ** 2",
        "1 - np.tanh(z)",
        "z",
    ),
    "a derivative that is given the output, as methods that call each other": Stranger(
        """
class Net:
    def __init__(self, w):
        self.w = w
    def sigmoid(self, x):
        return 1 / (1 + np.exp(-x))
    def sigmoid_derivative(self, x):
        return x * (1 - x)
    def think(self, x):
        return self.sigmoid(x @ self.w)
    def train(self, x, y):
        output = self.think(x)
        return x.T @ ((output - y) * self.sigmoid_derivative(output))
""",
        "return x * (1 - x)",
        "return x * (1 + x)",
        "x",
    ),
    "several arguments in one line, and a vector taken apart": Stranger(
        '''
def nll(theta, X, y):
    """theta = [log scale, log noise]; X: (6, 2), y: (6,)"""
    s, n = np.exp(theta)
    K = s * (X @ X.T) + n * np.eye(len(X))
    return 0.5 * y @ np.linalg.solve(K, y)

def nll_grad(theta, X, y):
    s, n = np.exp(theta)
    a = np.linalg.solve(s * (X @ X.T) + n * np.eye(len(X)), y)
    return -0.5 * np.array([s * np.sum((X.T @ a) ** 2), n * a @ a])
''',
        "n * a @ a",
        "a @ a",
        "theta",
    ),
    "a single number beside matrices in one line": Stranger(
        '''
def turn_energy(angle, pts, target):
    """angle: scalar; pts: (n, 2), target: (n, 2)"""
    c, s = np.cos(angle), np.sin(angle)
    return np.sum((pts @ np.array([[c, s], [-s, c]]) - target) ** 2)

def d_turn_energy(angle, pts, target):
    c, s = np.cos(angle), np.sin(angle)
    turned = pts @ np.array([[-s, c], [-c, -s]])
    return 2 * np.sum((pts @ np.array([[c, s], [-s, c]]) - target) * turned)
''',
        "[-c, -s]",
        "[-c, s]",
        "angle",
    ),
    "factors, their biases and a mask, all in one line": Stranger(
        '''
def mf_objective(P, Q, bu, R, mask):
    """P: (n_users, k)  Q: (n_items, k)  bu: (n_users,)  R, mask: (n_users, n_items)"""
    E = mask * (bu[:, None] + P @ Q.T - R)
    loss = 0.5 * np.sum(E ** 2)
    gP, gQ, gbu = E @ Q, E.T @ P, E.sum(1)
    return loss, (gP, gQ, gbu)
''',
        "E.T @ P",
        "2 * E.T @ P",
        "P Q bu",
    ),
    "one weight more than features": Stranger(
        '''
class Regression:
    def __init__(self, C=1.0):
        self.C = C
    def _loss_grad(self, w, X, y):
        """w: (n_features + 1,) with the intercept last"""
        r = X @ w[:-1] + w[-1] - y
        loss = 0.5 * r @ r + 0.5 / self.C * w[:-1] @ w[:-1]
        grad = np.append(X.T @ r + w[:-1] / self.C, r.sum())
        return loss, grad
''',
        "r.sum())",
        "r.mean())",
        "w",
    ),
    "a potential, whose gradient drops that word": Stranger(
        """
def lj_potential(r):
    return np.sum(r ** -12 - r ** -6)

def lj_grad(r):
    return -12 * r ** -13 + 6 * r ** -7
""",
        "6 * r ** -7",
        "6 * r ** -6",
        "r",
    ),
    "a value with its gradient under no name": Stranger(
        """
def value_and_grad(w, X, y):
    p = 1 / (1 + np.exp(-X @ w))
    val = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    return val, X.T @ (p - y) / len(y)
""",
        "(p - y) / len(y)",
        "(p - y)",
        "w",
    ),
    "static methods, with a cache between them": Stranger(
        """
class Norm:
    @staticmethod
    def forward(x, w):
        rstd = ((x ** 2).mean(-1, keepdims=True) + 1e-5) ** -0.5
        return x * rstd * w, (x, w, rstd)
    @staticmethod
    def backward(dout, cache):
        x, w, rstd = cache
        n = x * rstd
        dw = (dout * n).sum(axis=0)
        dn = dout * w
        return (dn - n * (dn * n).mean(-1, keepdims=True)) * rstd, dw
""",
        "dw = (dout * n)",
        "dw = (dout * x)",
        "x w",
    ),
    "lists of gradients, weights before biases": Stranger(
        """
class MLP:
    def __init__(self, sizes):
        self.weights = [np.random.randn(a, b) for a, b in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.zeros(b) for b in sizes[1:]]
    def forward(self, x):
        self.a = [x]
        for W, b in zip(self.weights, self.biases):
            self.a.append(np.tanh(self.a[-1] @ W + b))
        return self.a[-1]
    def backward(self, grad_output):
        grads_w, grads_b, delta = [], [], grad_output
        for i in reversed(range(len(self.weights))):
            delta = delta * (1 - self.a[i + 1] ** 2)
            grads_w.insert(0, self.a[i].T @ delta)
            grads_b.insert(0, delta.sum(axis=0))
            delta = delta @ self.weights[i].T
        return grads_w, grads_b
""",
        "delta.sum(axis=0)",
        "delta.mean(axis=0)",
        "weights[0] weights[1] biases[0] biases[1]",
    ),
}
"""The files, by what is particular about them."""
