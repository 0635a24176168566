"""Classes that hold a network, as people write them: what they say about the cost, and how they go back from it."""

from tests.discover.stranger import Stranger

NETWORKS = {
    "back from an output, with what the forward pass kept": Stranger(
        """
class Net:
    def __init__(self, n_in, n_out):
        self.params = {"W": np.random.randn(n_in, n_out), "b": np.zeros(n_out)}
    def forward(self, X):
        h = np.tanh(X @ self.params["W"] + self.params["b"])
        return h, (X, h)
    def mse_loss(self, pred, y):
        return np.mean((pred - y) ** 2)
    def backward(self, pred, y, cache):
        X, h = cache
        d = 2 * (pred - y) / pred.size * (1 - h ** 2)
        return {"W": X.T @ d, "b": d.sum(0)}
""",
        "pred.size",
        "len(pred)",
        "W b",
    ),
    "an energy and its gradient": Stranger(
        """
class DoubleWell:
    def __init__(self, a=1.0):
        self.a = a
    def energy(self, x):
        return np.sum(self.a * (x ** 2 - 1) ** 2)
    def gradient(self, x):
        return 4 * self.a * x * (x ** 2 - 1)
""",
        "4 * self.a",
        "2 * self.a",
        "x",
    ),
    "an output that is handed over, and steps without a rate": Stranger(
        """
class Network:
    def __init__(self):
        self.inputs, self.outputs = 2, 1
        self.W1, self.W2 = np.random.randn(2, 3), np.random.randn(3, self.outputs)
    def forward(self, X):
        self.h = np.tanh(X @ self.W1)
        return np.tanh(self.h @ self.W2)
    def backward(self, X, y, o):
        d = (y - o) * (1 - o ** 2)
        dh = d.dot(self.W2.T) * (1 - self.h ** 2)
        self.W1 += X.T.dot(dh)
        self.W2 += self.h.T.dot(d)
""",
        "(1 - self.h ** 2)",
        "(1 - self.h)",
        "W1 W2",
    ),
    "private methods, and names as long as a line": Stranger(
        """
from numpy import dot
class Network:
    def __init__(self):
        self.synaptic_weights = 2 * np.random.random((3, 1)) - 1
    def __squash(self, x):
        return np.tanh(x)
    def train(self, training_set_inputs, training_set_outputs, number_of_iterations):
        for iteration in range(number_of_iterations):
            output = self.__squash(dot(training_set_inputs, self.synaptic_weights))
            error = training_set_outputs - output
            self.synaptic_weights += dot(training_set_inputs.T, error * (1 - output ** 2))
""",
        "error * (1",
        "(1",
        "self.synaptic_weights",
    ),
    "a loss that knows no target": Stranger(
        """
class LinearAutoencoder:
    def __init__(self, n_features, n_components):
        self.W, self.V = np.random.randn(n_features, n_components), np.random.randn(n_components, n_features)
    def loss(self, X):
        return np.mean((X @ self.W @ self.V - X) ** 2)
    def gradients(self, X):
        E = 2 * (X @ self.W @ self.V - X) / X.size
        return {"W": X.T @ (E @ self.V.T), "V": (X @ self.W).T @ E}
""",
        "X.T @ (E",
        "X.T @ (2 * E",
        "W V",
    ),
    "a step after a forward pass, and the cost of what that has left": Stranger(
        """
class Net:
    def __init__(self, n_in, n_hidden, n_out, lr=0.1):
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros((1, n_hidden))
        self.W2 = np.random.randn(n_hidden, n_out)
        self.lr = lr
    def forward(self, X):
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        E = np.exp(self.A1 @ self.W2)
        self.A2 = E / E.sum(axis=1, keepdims=True)
        return self.A2
    def compute_loss(self, Y):
        return -np.sum(Y * np.log(self.A2)) / len(Y)
    def backward(self, X, Y):
        d = (self.A2 - Y) / len(X)
        dW2 = self.A1.T @ d
        d = d @ self.W2.T * (1 - self.A1 ** 2)
        self.W1 -= self.lr * X.T @ d
        self.b1 -= self.lr * d.sum(axis=0, keepdims=True)
        self.W2 -= self.lr * dW2
""",
        "(1 - self.A1 ** 2)",
        "(1 - self.A1)",
        "W1 b1 W2",
    ),
    "the cost of an output and a target": Stranger(
        """
class Perceptron:
    def __init__(self, n_inputs):
        self.weights = np.random.randn(n_inputs)
        self.bias = 0.0
    def forward(self, X):
        return 1 / (1 + np.exp(-(X @ self.weights + self.bias)))
    def loss(self, y_pred, y_true):
        return -np.mean(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))
    def backward(self, X, y_true):
        error = self.forward(X) - y_true
        self.grad_weights = X.T @ error / len(X)
        self.grad_bias = error.mean()
""",
        "error.mean()",
        "error.sum()",
        "weights bias",
    ),
    "labels, and what went forward": Stranger(
        """
class Classifier:
    def __init__(self, n_features, n_classes):
        self.W = np.random.randn(n_features, n_classes)
    def forward(self, X):
        E = np.exp(X @ self.W)
        return E / E.sum(axis=1, keepdims=True)
    def compute_loss(self, probs, y):
        return -np.log(probs[np.arange(len(y)), y]).sum() / len(y)
    def backward(self, X, y, probs):
        d = probs.copy()
        d[np.arange(len(y)), y] -= 1
        self.dW = X.T @ d / len(y)
""",
        "-= 1",
        "-= 2",
        "W",
    ),
    "columns, and no cost": Stranger(
        """
class Net:
    def __init__(self, nx, nh, ny):
        self.W1, self.W2 = np.random.randn(nh, nx), np.random.randn(ny, nh)
    def forward(self, X):
        self.A1 = np.tanh(self.W1 @ X)
        E = np.exp(self.W2 @ self.A1)
        self.A2 = E / E.sum(axis=0)
        return self.A2
    def backward(self, X, Y):
        d = (self.A2 - Y) / X.shape[1]
        dW2 = d @ self.A1.T
        dW1 = (self.W2.T @ d * (1 - self.A1 ** 2)) @ X.T
        return dW1, dW2
""",
        "(1 - self.A1 ** 2)",
        "self.A1 * (1 - self.A1)",
        "W1 W2",
    ),
    "back from a loss, with nothing to be told": Stranger(
        """
class Model:
    def __init__(self):
        self.W = np.random.randn(3, 2)
    def __call__(self, x):
        self.x = x
        return np.tanh(x @ self.W)
    def loss(self, x, t):
        self.y, self.t = self(x), t
        return np.mean((self.y - t) ** 2)
    def backward(self):
        d = 2 * (self.y - self.t) / self.t.size * (1 - self.y ** 2)
        self.dW = self.x.T @ d
        return d @ self.W.T
""",
        "2 * (self.y",
        "(self.y",
        "x W",
    ),
    "a target that may be classes or rows": Stranger(
        """
def softmax(x):
    return np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)

class SoftmaxWithLoss:
    def forward(self, x, t):
        self.y, self.t = softmax(x), t
        if t.size == self.y.size:
            self.t = t.argmax(axis=1)
        return -np.sum(np.log(self.y[np.arange(len(self.y)), self.t] + 1e-7)) / len(self.y)
    def backward(self, dout=1):
        dx = self.y.copy()
        dx[np.arange(len(dx)), self.t] -= 1
        return dx / len(dx)
""",
        "dx / len(dx)",
        "dx",
        "x",
    ),
    "weights that are given, and fitted elsewhere": Stranger(
        """
class Logistic:
    def __init__(self, l2=0.1):
        self.l2 = l2
    def _sigmoid(self, z):
        return 1 / (1 + np.exp(-z))
    def loss(self, w, X, y):
        p = self._sigmoid(X @ w)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + self.l2 * np.sum(w ** 2)
    def grad(self, w, X, y):
        return X.T @ (self._sigmoid(X @ w) - y) / len(y) + 2 * self.l2 * w
    def fit(self, X, y, n_iter=100, lr=0.1):
        self.w = np.zeros(X.shape[1])
        for _ in range(n_iter):
            self.w -= lr * self.grad(self.w, X, y)
        return self
""",
        "2 * self.l2",
        "self.l2",
        "w",
    ),
}
"""The files, by what is particular about them."""
