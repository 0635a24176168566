"""Files that were found in public, shortened: what stood in the way of judging them."""

from tests.discover.stranger import Stranger

BYSTANDERS = {
    "an object that keeps the module that it computes with": Stranger(
        """
import numpy as np

class Scale:
    def __init__(self, factor=2.0, xp=np):
        self.factor, self.xp = factor, xp

    def forward(self, x):
        self.x = x
        return self.xp.sin(self.factor * x)

    def backward(self, dout):
        return dout * self.factor * self.xp.cos(self.factor * self.x)
""",
        "dout * self.factor *",
        "dout *",
        "x",
    ),
    "logits beside a target that is told to be a column": Stranger(
        '''
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def binary_cross_entropy(logits, targets):
    """logit -> sigmoid -> BCE. targets: (N, 1)."""
    preds = np.clip(sigmoid(logits), 1e-8, 1 - 1e-8)
    return -np.mean(targets * np.log(preds) + (1 - targets) * np.log(1 - preds))

def binary_cross_entropy_grad(logits, targets):
    return (sigmoid(logits) - targets) / len(logits)
''',
        "/ len(logits)",
        "",
        "logits",
    ),
    "two functions in another that plots them, of a vector of one": Stranger(
        """
import numpy as np

def demonstrate():
    figure, axes = plt.subplots(1, 3)
    power = 2

    def parabola(x):
        return x[0] ** power

    print("the minimum is", axes[0].plot())

    def parabola_grad(x):
        return np.array([power * x[0]])

    return parabola, parabola_grad
""",
        "power * x[0]",
        "x[0]",
        "x",
    ),
    "a quadratic form, whose gradient is that by its vector": Stranger(
        """
import numpy as np

def quadratic(A, b, x):
    return 0.5 * x @ A @ x - b @ x

def quadratic_grad(A, b, x):
    return 0.5 * (A + A.T) @ x - b
""",
        "@ x - b\n",
        "@ x + b\n",
        "x",
    ),
    "numbers of which a gradient is right for the last": Stranger(
        """
def lens(f, u, v):
    return (1 / f - 1 / u - 1 / v) ** 2

def lens_gradient(f, u, v):
    return 2 * (1 / f - 1 / u - 1 / v) / v**2
""",
        "return 2 *",
        "return 3 *",
        "v",
    ),
    "a symmetric matrix that an object holds": Stranger(
        """
import numpy as np

class Quadratic:
    def __init__(self, dim):
        M = np.random.default_rng(0).standard_normal((dim, dim))
        self.A = M @ M.T + np.eye(dim)

    def objective(self, x):
        return 0.5 * x @ self.A @ x

    def gradient(self, x):
        return self.A @ x
""",
        "return self.A @ x",
        "return 2 * self.A @ x",
        "x",
    ),
    "a gradient beside a dictionary of one": Stranger(
        """
import numpy as np

class RMSNorm:
    def __init__(self, num_features):
        self.gamma = np.ones(num_features)

    def forward(self, x):
        self.x, self.rms = x, np.sqrt(np.mean(x * x, axis=1, keepdims=True) + 1e-5)
        return self.gamma * x / self.rms

    def backward(self, grad_output):
        dy = grad_output * self.gamma
        dot = np.sum(dy * self.x, axis=1, keepdims=True)
        dx = dy / self.rms - self.x * dot / (self.x.shape[1] * self.rms**3)
        return dx, {"gamma": np.sum(grad_output * self.x / self.rms, axis=0)}
""",
        "self.rms**3",
        "self.rms",
        "x gamma",
    ),
    "lists of numbers, one after the other": Stranger(
        """
import math

def tanh(v):
    return [math.tanh(x) for x in v]

def tanh_grad(h):
    return [1 - x * x for x in h]

def step(v):
    h = tanh(v)
    return [a * b for a, b in zip(h, tanh_grad(h))]
""",
        "1 - x * x",
        "1 - x",
        "v",
    ),
    "a network written without arrays, which steps where its lists are": Stranger(
        """
import math, random

def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))

class Network:
    def __init__(self, hidden_size=8, lr=0.1):
        self.hidden_size, self.lr = hidden_size, lr
        self.w1 = [[random.gauss(0, 0.5) for _ in range(2)] for _ in range(hidden_size)]
        self.b1 = [0.0] * hidden_size
        self.w2 = [random.gauss(0, 0.5) for _ in range(hidden_size)]

    def forward(self, x):
        self.x, self.h = x, []
        for i in range(self.hidden_size):
            self.h.append(sigmoid(self.w1[i][0] * x[0] + self.w1[i][1] * x[1] + self.b1[i]))
        self.out = sigmoid(sum(self.w2[i] * self.h[i] for i in range(self.hidden_size)))
        return self.out

    def backward(self, target):
        d_out = self.out - target
        for i in range(self.hidden_size):
            d_h = d_out * self.w2[i] * self.h[i] * (1 - self.h[i])
            self.w2[i] -= self.lr * d_out * self.h[i]
            for j in range(2):
                self.w1[i][j] -= self.lr * d_h * self.x[j]
            self.b1[i] -= self.lr * d_h
""",
        "* (1 - self.h[i])",
        "",
        "w1 b1 w2",
    ),
    "a gradient of a cost that goes through the activation before it": Stranger(
        """
import numpy as np

def softmax(values):
    return np.exp(values) / np.sum(np.exp(values))

def cross_entropy(softmax_probs, true_labels):
    winner = np.where(true_labels > 0)[0][0]
    return -np.log(softmax_probs[winner])

def derivative_cross_entropy(values, true_labels):
    winner = np.where(true_labels > 0)[0][0]
    d = softmax(values)
    d[winner] -= 1
    return d
""",
        "-= 1",
        "-= 2",
        "values",
    ),
    "what arrives, called as an output is, in a backward pass that reads what went forward": Stranger(
        """
import numpy as np

class Sigmoid:
    def forward(self, x):
        self.x = 1 / (1 + np.exp(-x))
        return self.x

    def backward(self, y):
        return np.multiply(y, np.multiply(self.x, 1 - self.x))
""",
        "1 - self.x",
        "self.x",
        "x",
    ),
    "no gradients of parameters, told as an empty list": Stranger(
        """
import numpy as np

class Dropout:
    def __init__(self, prob=0.5):
        self.prob = prob

    def forward(self, X):
        self.drop = (np.random.rand(*X.shape) < self.prob) / self.prob
        return X * self.drop

    def backward(self, dout):
        return dout * self.drop, []
""",
        "dout * self.drop",
        "dout",
        "X",
    ),
    "a generator without a seed, made on the way forward": Stranger(
        """
from numpy.random import default_rng

def noise(shape):
    return default_rng().normal(size=shape)

class Dropout:
    def __init__(self, p=0.5):
        self.p = p

    def forward(self, x):
        self.mask = (np.random.default_rng().random(x.shape) > self.p) / (1 - self.p)
        self.scale = 1 + 0.1 * noise(x.shape)
        return x * self.mask * self.scale

    def backward(self, dout):
        return dout * self.mask * self.scale
""",
        "dout * self.mask * self.scale",
        "dout * self.mask",
        "x",
    ),
}
