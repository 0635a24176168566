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
}
"""Each with what is wrong in it."""
