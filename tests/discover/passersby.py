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
}
"""What is right, the text of its line and what makes that wrong, and the arguments that are judged."""
