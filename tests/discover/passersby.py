"""Files in styles that many repositories share: costs left out, methods and gradients under names of their own."""

from tests.discover.stranger import Stranger

PASSERSBY = {
    "a loop that fits a logistic model, and never says which cost": Stranger(
        """
class Classifier:
    def __init__(self, rate=0.1):
        self.rate = rate
        self.w = None
        self.b = None

    def fit(self, X, y, rounds=50):
        self.w = np.full(X.shape[1], 0.1)
        self.b = 0.5
        for _ in range(rounds):
            guess = 1 / (1 + np.exp(-(X @ self.w + self.b)))
            self.w -= self.rate * X.T @ (guess - y) / len(y)
            self.b -= self.rate * np.mean(guess - y)
""",
        "np.mean(guess - y)",
        "np.sum(guess - y)",
        "self.w self.b",
    ),
    "one parameter of a logistic model, and steps up its likelihood": Stranger(
        """
def fit(X, y, alpha=0.1, epochs=10):
    theta = np.full(X.shape[1], 0.1)
    for _ in range(epochs):
        h = 1 / (1 + np.exp(-X.dot(theta)))
        theta = theta - alpha * -(y - h).dot(X)
    return theta
""",
        "-(y - h).dot(X)",
        "-(y - h + 0.5).dot(X)",
        "theta",
    ),
    "a loop that fits several classes, and never says which cost": Stranger(
        """
def train(X, Y, W, b, lr=0.1):
    for _ in range(20):
        z = np.exp(X @ W + b)
        p = z / z.sum(axis=1, keepdims=True)
        dz = p - Y
        W -= lr * X.T.dot(dz)
        b -= lr * dz.sum(axis=0)
    return W, b
""",
        "b -= lr * dz.sum(axis=0)",
        "b -= lr * dz.mean(axis=0)",
        "W b",
    ),
    "a layer that keeps what it needs only while it is training": Stranger(
        """
class Gate:
    def __init__(self, width):
        self.scale = np.ones(width)
    def forward(self, x, mask=None, training=False):
        if training:
            self.seen = x
        return self.scale * np.tanh(x)
    def backward(self, dout):
        t = np.tanh(self.seen)
        self.dscale = (dout * t).sum(axis=0)
        return dout * self.scale * (1 - t ** 2)
""",
        "(1 - t ** 2)",
        "(1 - t)",
        "x scale",
    ),
    "a layer that is told by its object that it is training": Stranger(
        """
class Phase:
    _train = False

class Thinned(Phase):
    def __init__(self, p=0.4):
        self.p = p
        self.kept = None
    def forward_pass(self, X):
        if not self._train:
            return X * (1 - self.p)
        self.kept = np.random.uniform(size=X.shape) > self.p
        return X * self.kept
    def backward_pass(self, delta):
        return delta * self.kept
""",
        "delta * self.kept",
        "delta * self.kept / (1 - self.p)",
        "X",
    ),
    "what arrives from above is called eta": Stranger(
        """
class Rectify:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)
    def gradient(self, eta):
        return eta * (self.x > 0)
""",
        "eta * (self.x > 0)",
        "eta * (self.x >= 0.5)",
        "x",
    ),
    "a rate with a default, behind another argument": Stranger(
        """
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.full((n_in, n_out), 0.1)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dy, verbose=False, learning_rate=0.01):
        dx = dy @ self.W.T
        self.W -= learning_rate * self.x.T @ dy
        return dx
""",
        "self.x.T @ dy",
        "self.x.T @ dy / len(dy)",
        "x W",
    ),
    "a layer of columns, as the docstring of its way back says": Stranger(
        '''
class Columns:
    """One layer."""
    def __init__(self, n_in, n_out):
        self.weights = {"W": np.full((1, n_out, n_in), 0.1), "b": np.zeros((1, n_out, 1))}
    def forward(self, inputs):
        return np.matmul(self.weights["W"], inputs) + self.weights["b"]
    def backward(self, inputs, delta):
        """Goes back.
        Args:
            inputs: [batch_size, n_in, 1]
            delta: [batch_size, n_out, 1]
        """
        dx = np.matmul(np.transpose(self.weights["W"], [0, 2, 1]), delta)
        dW = np.matmul(delta, np.transpose(inputs, [0, 2, 1])).sum(axis=0, keepdims=True)
        return {"W": dW, "b": delta.sum(axis=0, keepdims=True), "inputs": dx}
''',
        ".sum(axis=0, keepdims=True), ",
        ".mean(axis=0, keepdims=True), ",
        "inputs W b",
    ),
    "a base whose methods are left to others": Stranger(
        """
class Curve:
    def forward(self, x):
        self.x = x
        return self.value(x)
    def backward(self, dy):
        return dy * self.slope(self.x)
    def value(self, x):
        raise NotImplementedError()
    def slope(self, x):
        raise NotImplementedError()

class Square(Curve):
    def value(self, x):
        return x ** 2
    def slope(self, x):
        return 2 * x
""",
        "return 2 * x",
        "return x",
        "x",
    ),
}
"""What is right, the text of its line and what makes that wrong, and the arguments that are judged."""
