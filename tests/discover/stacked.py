"""Layers that are told which layer comes before them, and losses with penalties of which they are told."""

from tests.discover.stranger import Stranger

STACKED = {
    "a dense layer on one whose shape it reads": Stranger(
        """
def small(shape, fan_in):
    return np.random.randn(*shape) / fan_in

class Dense:
    def __init__(self, input_layer, units, name, initializer=small):
        self.input_shape = input_layer.shape
        fan_in = 1
        for length in self.input_shape[1:]:
            fan_in *= length
        self.W = initializer((fan_in, units), fan_in)
        self.b = np.zeros(units)
        self.label = "layer " + name

    def forward(self, inputs):
        self.inputs = inputs
        return np.tanh(inputs @ self.W + self.b)

    def backward(self, grads):
        local = grads * (1 - np.tanh(self.inputs @ self.W + self.b) ** 2)
        self.dW, self.db = self.inputs.T @ local, local.sum(axis=0)
        return local @ self.W.T
""",
        "local.sum(axis=0)",
        "grads.sum(axis=0)",
        "inputs W b",
    ),
    "pooling on a layer of images": Stranger(
        """
class AveragePool:
    def __init__(self, previous, pool=2):
        self.before = previous
        self.shape_in = previous.output_shape
        n, c, h, w = self.shape_in
        self.output_shape = (n, c, h // pool, w // pool)
        self.pool = pool

    def forward(self, x):
        n, c, h, w = x.shape
        k = self.pool
        return x.reshape(n, c, h // k, k, w // k, k).mean(axis=(3, 5))

    def backward(self, dout):
        k = self.pool
        return dout.repeat(k, axis=2).repeat(k, axis=3) / k**2
""",
        "/ k**2",
        "/ k",
        "x",
    ),
    "a layer as wide as the one before it": Stranger(
        """
class Gain:
    def __init__(self, prev_layer, layer_name):
        self.prev_layer = prev_layer
        self.gain = np.ones(self.prev_layer.num_outputs)
        self.layer_name = layer_name.upper()

    def forward(self, x):
        self.x = x
        return x * self.gain

    def backward(self, dout):
        self.dgain = (dout * self.x).sum(axis=0)
        return dout * self.gain
""",
        "(dout * self.x).sum(axis=0)",
        "dout.sum(axis=0)",
        "x gain",
    ),
    "parameters that are handed over, whose shape is read and set": Stranger(
        """
class Dense:
    def __init__(self, W, b):
        self.W = W
        self.b = b
        if self.b.shape != (W.shape[1],):
            self.b.shape = (W.shape[1],)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T
""",
        "dout.sum(axis=0)",
        "dout.mean(axis=0)",
        "x W b",
    ),
    "a loss with the penalties that it is told of": Stranger(
        '''
class Ridge:
    def __init__(self, weights, reg):
        self.weights, self.reg = weights, reg

    def forward(self):
        return 0.5 * self.reg * np.sum(self.weights**2)

    def backward_params(self):
        return [[self.weights, self.reg * self.weights], "ridge"]

class Squared:
    def forward(self, x, y):
        return 0.5 * np.sum((x - y) ** 2)

    def backward_inputs(self, x, y):
        return x - y

class Regularized:
    def __init__(self, data_loss, penalties):
        self.data_loss, self.penalties = data_loss, penalties

    def forward(self, x, y):
        """x and y: arrays of shape (N, D)"""
        return self.data_loss.forward(x, y) + sum(own.forward() for own in self.penalties)

    def backward_inputs(self, x, y):
        return 1.0 * self.data_loss.backward_inputs(x, y)

    def backward_params(self):
        return [own.backward_params() for own in self.penalties]
''',
        "1.0 * self.data_loss.backward_inputs(x, y)",
        "self.data_loss.backward_inputs(x, y) / len(x)",
        "x penalties[0].weights",
    ),
}
