"""Layers that go back by several methods, or answer gradients beside the very arrays that they are for."""

from tests.discover.stranger import Stranger

DENSE = """
class Dense:
    def __init__(self, in_features, out_features):
        self.kernel = np.random.randn(out_features, in_features)
        self.offset = np.zeros(out_features)
        self.name = "dense"

    def forward(self, x):
        self.x = x
        return x @ self.kernel.T + self.offset
"""
PAIRS = {
    "two methods that go back, one with pairs of an array and its gradient": Stranger(
        DENSE
        + """
    def backward_inputs(self, grads):
        return grads @ self.kernel

    def backward_params(self, grads):
        return [[self.kernel, grads.T @ self.x], [self.offset, grads.sum(axis=0)], self.name]
""",
        "grads.T @ self.x]",
        "grads.T @ self.x / len(self.x)]",
        "x kernel offset",
    ),
    "two methods that go back, of which only shapes tell for what": Stranger(
        DENSE
        + """
    def backward_weights(self, delta):
        return delta.T @ self.x, delta.sum(axis=0)

    def backward_input(self, delta):
        return delta @ self.kernel
""",
        "delta.sum(axis=0)",
        "delta.mean(axis=0)",
        "x kernel offset",
    ),
    "a gradient beside a list of pairs": Stranger(
        DENSE
        + """
    def backward(self, dout):
        return dout @ self.kernel, [(self.kernel, dout.T @ self.x), (self.offset, dout.sum(axis=0))]
""",
        "dout @ self.kernel",
        "2.0 * dout @ self.kernel",
        "x kernel offset",
    ),
    "a penalty that goes back to what it is handed": Stranger(
        """
class Ridge:
    def __init__(self, weights, strength, tag):
        self.weights, self.strength, self.tag = weights, strength, tag

    def forward(self):
        return 0.5 * self.strength * np.sum(self.weights**2)

    def backward_params(self):
        return [[self.weights, self.strength * self.weights], self.tag]
""",
        "self.strength * self.weights]",
        "2 * self.strength * self.weights]",
        "weights",
    ),
}
