"""Files with something around what is judged: decorators, builders, loops within loops."""

from tests.discover.stranger import Stranger

WANDERERS = {
    "decorated by what does not say what it wraps, and written in terms of the output": Stranger(
        """
def as_given(function):
    def wrapper(x, *args, **kwargs):
        return np.asarray(function(x, *args, **kwargs), dtype=x.dtype)
    return wrapper

@as_given
def logistic(x):
    return 1 / (1 + np.exp(-x))

@as_given
def logistic_deriv(a):
    return a * (1 - a)
""",
        "a * (1 - a)",
        "a * (1 - a ** 2)",
        "x",
    ),
    "a layer whose methods are timed": Stranger(
        """
def timed(method):
    def wrapper(*args, **kwargs):
        return method(*args, **kwargs)
    return wrapper

class Scaled:
    def __init__(self, n_in, n_out):
        self.W = np.ones((n_in, n_out))
    @timed
    def forward(self, x):
        self.x = x
        return 0.5 * x @ self.W
    @timed
    def backward(self, dout):
        self.dW = 0.5 * self.x.T @ dout
        return 0.5 * dout @ self.W.T
""",
        "return 0.5 * dout",
        "return dout",
        "x W",
    ),
    "functions of one number each, applied to all": Stranger(
        """
leaky = np.vectorize(lambda z: z if z > 0 else 0.1 * z)
leaky_prime = np.vectorize(lambda z: 1.0 if z > 0 else 0.1)
""",
        "else 0.1)",
        "else 0.2)",
        "z",
    ),
    "compiled, as by numba": Stranger(
        """
class jit:
    def __init__(self, function):
        self.py_func, self.__name__, self.__module__ = function, function.__name__, function.__module__
    def __call__(self, *args):
        return self.py_func(*(np.asarray(own, dtype=np.float32) for own in args))

@jit
def energy(q):
    return (q ** 2 + q ** 4).sum()

@jit
def energy_grad(q):
    return 2 * q + 4 * q ** 3
""",
        "4 * q ** 3",
        "4 * q ** 2",
        "q",
    ),
    "plain numbers that a fit has made NumPy's of": Stranger(
        """
class Line:
    def __init__(self, rate=0.01):
        self.w, self.b, self.rate = 0.0, 0.0, rate

    def predict(self, X):
        return [self.w * x + self.b for x in X]

    def cost(self, X, y):
        return sum((p - t) ** 2 for p, t in zip(self.predict(X), y)) / len(y)

    def gradients(self, X, y):
        p = self.predict(X)
        dw = 2 / len(y) * sum((own - t) * x for own, t, x in zip(p, y, X))
        db = 2 / len(y) * sum(own - t for own, t in zip(p, y))
        return dw, db

    def fit(self, X, y, epochs=100):
        for _ in range(epochs):
            dw, db = self.gradients(X, y)
            self.w -= self.rate * dw
            self.b -= self.rate * db
            print(f"{self.w:.3f} {self.b:.3f}")
""",
        "sum((own - t) * x",
        "sum((t - own) * x",
        "w b",
    ),
    "steps of twice a mean, whose cost is left out": Stranger(
        """
def descend(X, y, rounds=10, lr=0.1):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(rounds):
        error = X @ w + b - y
        w -= lr * (2 / len(y)) * X.T @ error
        b -= lr * (2 / len(y)) * error.sum()
    return w, b
""",
        "error.sum()",
        "error.mean()",
        "w b",
    ),
    "steps entry by entry, as many as the degree says": Stranger(
        """
class Polynomial:
    def __init__(self, degree, rate=0.01):
        self.weights, self.bias, self.degree, self.rate = [0.0] * degree, 0.0, degree, rate

    def fit(self, X, y, epochs=100):
        powers = [[x ** (k + 1) for k in range(self.degree)] for x in X]
        for epoch in range(epochs):
            out = [sum(w * p for w, p in zip(self.weights, row)) + self.bias for row in powers]
            errors = [o - t for o, t in zip(out, y)]
            for k in range(self.degree):
                slope = sum(errors[i] * powers[i][k] for i in range(len(y))) / len(y)
                self.weights[k] -= self.rate * slope
            self.bias -= self.rate * sum(errors) / len(y)
            if epoch % 10 == 0:
                cost = sum(e ** 2 for e in errors) / (2 * len(y))
                print(f"{cost:.3f} {self.bias:.3f}")
""",
        "powers[i][k] for",
        "powers[i][0] for",
        "self.weights self.bias",
    ),
    "layers in lists, each taking its step in turn": Stranger(
        """
def train(X, y, epochs=10, lr=0.1):
    W, b = [np.full((4, 3), 0.5), np.full((3, 2), 0.5)], [np.zeros(3), np.zeros(2)]
    for _ in range(epochs):
        a = [X]
        for k in range(2):
            a.append(np.tanh(a[-1] @ W[k] + b[k]))
        loss = 0.5 * np.sum((a[-1] - y) ** 2)
        delta, dW, db = (a[-1] - y) * (1 - a[-1] ** 2), [None, None], [None, None]
        for k in (1, 0):
            dW[k], db[k] = a[k].T @ delta, delta.sum(axis=0)
            delta = (delta @ W[k].T) * (1 - a[k] ** 2)
        for k in range(2):
            W[k] -= lr * dW[k]
            b[k] -= lr * db[k]
    return W, b
""",
        "(delta @ W[k].T) * (1 - a[k] ** 2)",
        "(delta @ W[k].T) * (1 - a[k])",
        "W[0] W[1] b[0] b[1]",
    ),
    "a scale that is made for so many features, where one sample has as few": Stranger(
        """
class Scale:
    def set_input_shape(self, shape):
        self.shape = shape
    def init_params(self, input_dim):
        self.s = np.full(input_dim, 0.7)
    def forward(self, inputs, training):
        self.inputs = inputs
        return inputs * self.s
    def backward(self, grad):
        self.ds = np.sum(grad * self.inputs, axis=0)
        return grad * self.s
""",
        "np.sum(grad",
        "np.mean(grad",
        "inputs s",
    ),
    "a shape that is only told for the way back": Stranger(
        """
class Flatten:
    def __init__(self, input_shape=None):
        self.input_shape = input_shape
    def set_input_shape(self, shape):
        self.input_shape = shape
    def forward(self, inputs):
        return inputs.reshape(inputs.shape[0], -1)
    def backward(self, grad):
        return grad.reshape((grad.shape[0],) + self.input_shape)
""",
        "grad.reshape((grad.shape[0],) + self.input_shape)",
        "grad",
        "inputs",
    ),
    "what is laid flat, and stays so on the way back": Stranger(
        """
class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1)
    def backward(self, dout):
        return dout.reshape(self.shape)
""",
        "dout.reshape(self.shape)",
        "dout",
        "x",
    ),
    "an image of which is said that it is one": Stranger(
        """
def flatten_forward(x):
    'x: (N, C, H, W)'
    return x.reshape(x.shape[0], -1), x.shape

def flatten_backward(dout, cache):
    return dout.reshape(cache)
""",
        "dout.reshape(cache)",
        "dout",
        "x",
    ),
    "what every sample adds to the gradient of a shared parameter": Stranger(
        """
class Affine:
    def __init__(self, dim):
        self.gain, self.shift = np.ones(dim), np.zeros(dim)
    def forward(self, x):
        self.x = np.tanh(x)
        return self.gain * self.x + self.shift
    def backward(self, dout):
        self.dgain, self.dshift = (dout * self.x).sum(axis=0), dout.sum(axis=0)
        return dout * self.gain * (1 - self.x ** 2)
""",
        "(dout * self.x).sum(axis=0), dout.sum(axis=0)",
        "dout * self.x, dout",
        "x gain shift",
    ),
    "the same, with the parameters beside the samples": Stranger(
        """
def norm_forward(x, gamma, beta):
    centred = x - x.mean(axis=-1, keepdims=True)
    return gamma * centred + beta, (centred, gamma)

def norm_backward(dout, cache):
    centred, gamma = cache
    d = dout * gamma
    return d - d.mean(axis=-1, keepdims=True), (dout * centred).sum(axis=0), dout.sum(axis=0)
""",
        "(dout * centred).sum(axis=0), dout.sum(axis=0)",
        "dout * centred, dout",
        "x gamma beta",
    ),
    "written for one sample at a time, as its outer product says": Stranger(
        """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.full((n_in, n_out), 0.3), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW, self.db = np.outer(self.x, dout), dout
        return self.W @ dout

class Shift:
    def __init__(self, n):
        self.b = np.zeros(n)
    def forward(self, x):
        return np.tanh(x + self.b)
    def backward(self, dout, x):
        dx = dout * (1 - np.tanh(x + self.b) ** 2)
        self.db = dx
        return dx
""",
        "dout * (1 - np.tanh(x + self.b) ** 2)",
        "dout * (1 - np.tanh(x) ** 2)",
        "x b",
    ),
    "rounds of descent until all has converged, beside a prediction": Stranger(
        """
class Logistic:
    def __init__(self, lr=0.01, max_iter=1000, tol=1e-6):
        self.lr, self.max_iter, self.tol, self.coef = lr, max_iter, tol, None
    def fit(self, X, y):
        self.coef = self._gradient_descent(X, y)
        return self
    def _gradient_descent(self, X, y):
        coef = np.zeros(X.shape[1])
        for _ in range(self.max_iter):
            p = self._sigmoid(X @ coef)
            gradient = X.T @ (p - y) / len(y)
            new = coef - self.lr * gradient
            if np.linalg.norm(new - coef) < self.tol:
                break
            coef = new
        return coef
    def _sigmoid(self, z):
        return 1 / (1 + np.exp(-z))
    def predict_proba(self, X):
        return self._sigmoid(X @ self.coef)
""",
        "X.T @ (p - y)",
        "X.T @ (p - y) ** 2",
        "coef",
    ),
    "counts, whose likelihood is left out": Stranger(
        """
def fit(X, y, rate=0.01, n_iter=100):
    w = np.zeros(X.shape[1])
    for i in range(n_iter):
        mu = np.exp(np.clip(X @ w, -30, 30))
        w += rate * X.T @ (y - mu) / len(X)
    return w
""",
        "(y - mu)",
        "(y - mu) * mu",
        "w",
    ),
    "cut off far out on both sides, so that an exponential stays finite": Stranger(
        """
class Swish:
    def forward(self, x):
        self.x, self.s = x, 1 / (1 + np.exp(-np.clip(x, -30, 30)))
        return x * self.s
    def backward(self, dout):
        return dout * self.s * (1 + self.x * (1 - self.s))
""",
        "(1 + self.x * (1 - self.s))",
        "(1 + self.x * self.s)",
        "x",
    ),
    "gradients of parameters that come back together, for data under another name": Stranger(
        """
def layer_forward(x, w, b):
    return np.tanh(x @ w + b)

def layer_backward(g, x_in, w, b):
    g = g * (1 - np.tanh(x_in @ w + b) ** 2)
    return g @ w.T, (x_in.T @ g, g.sum(axis=0))
""",
        "(x_in.T @ g, g.sum(axis=0))",
        "(x_in.T @ g, g.mean(axis=0))",
        "x w b",
    ),
    "a layer whose gradients come back together": Stranger(
        """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        dW, db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T, (dW, db)
""",
        "dout.sum(axis=0)",
        "2 * dout.sum(axis=0)",
        "x W b",
    ),
    "a matrix of second derivatives in rows, some of them whole numbers": Stranger(
        """
def grad_f(x):
    return [4 * x[0] ** 3 + x[1], x[0] + 6 * x[1]]

def hessian_f(x):
    return [[12 * x[0] ** 2, 1], [1, 6]]
""",
        "[1, 6]",
        "[1, 3]",
        "x",
    ),
}
"""Each with what is wrong in it."""
