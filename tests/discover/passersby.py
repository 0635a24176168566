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
    "gradients whose names lack a word of their arguments', and not in the order of these": Stranger(
        """
def bound(y, guess, t_mean, t_log_var):
    kl = -0.5 * np.sum(1 + t_log_var - t_mean ** 2 - np.exp(t_log_var), axis=1)
    return np.mean(0.5 * np.sum((guess - y) ** 2, axis=1) + kl)

def bound_grad(y, guess, t_mean, t_log_var):
    n = y.shape[0]
    dGuess = (guess - y) / n
    dLogVar = (np.exp(t_log_var) - 1) / (2 * n)
    dMean = t_mean / n
    return dGuess, dLogVar, dMean
""",
        "(np.exp(t_log_var) - 1) / (2 * n)",
        "(np.exp(t_log_var) - 1) / n",
        "guess t_mean t_log_var",
    ),
    "the slopes of the output by every parameter": Stranger(
        """
class Coder:
    def __init__(self, input_size, hidden_size):
        self.W_enc = np.full((input_size, hidden_size), 0.1)
        self.b_enc = np.zeros((1, hidden_size))
        self.W_dec = np.full((hidden_size, input_size), 0.1)
        self.b_dec = np.zeros((1, input_size))
    def forward(self, X):
        self.X = X
        self.h = np.tanh(X @ self.W_enc + self.b_enc)
        return self.h @ self.W_dec + self.b_dec
    def backward(self, dout):
        dy_dw_dec = self.h.T @ dout
        dy_db_dec = dout.sum(axis=0, keepdims=True)
        back = dout @ self.W_dec.T * (1 - self.h ** 2)
        dy_dw_enc = self.X.T @ back
        dy_db_enc = back.sum(axis=0, keepdims=True)
        return dy_dw_dec, dy_db_dec, dy_dw_enc, dy_db_enc
""",
        "back.sum(axis=0, keepdims=True)",
        "dout.sum(axis=0, keepdims=True) @ self.W_dec.T",
        "W_enc b_enc W_dec b_dec",
    ),
    "a cost of samples and targets, and its slopes under the name of a prime": Stranger(
        """
class Net:
    def __init__(self):
        self.W1 = np.full((2, 3), 0.2)
        self.W2 = np.full((3, 1), 0.3)
    def forward(self, X):
        self.a = np.tanh(X @ self.W1)
        return self.a @ self.W2
    def costFunction(self, X, y):
        self.guess = self.forward(X)
        return 0.5 * sum((y - self.guess) ** 2)
    def costFunctionPrime(self, X, y):
        self.guess = self.forward(X)
        delta = self.guess - y
        dJdW2 = self.a.T @ delta
        dJdW1 = X.T @ (delta @ self.W2.T * (1 - self.a ** 2))
        return dJdW1, dJdW2
""",
        "(1 - self.a ** 2)",
        "(1 - self.a)",
        "W1 W2",
    ),
    "weights of classes, which there need not be": Stranger(
        """
class CrossEntropy:
    def __init__(self, T=1.0, weights=None):
        self.T = T
        self.weights = weights
    def loss(self, logits, labels):
        z = np.exp(logits / self.T)
        p = z / z.sum(axis=1, keepdims=True)
        nll = -(np.log(p) * labels).sum(axis=1)
        if self.weights is not None:
            nll = nll * self.weights[np.argmax(labels, axis=1)]
        return nll.sum() / labels.shape[0]
    def grad(self, logits, labels):
        z = np.exp(logits / self.T)
        g = (z / z.sum(axis=1, keepdims=True) - labels) / self.T
        if self.weights is not None:
            g = g * self.weights[np.argmax(labels, axis=1)][:, None]
        return g / labels.shape[0]
""",
        "return g / labels.shape[0]",
        "return g",
        "logits",
    ),
    "training is said by whoever calls": Stranger(
        """
class Kept:
    def forward(self, a_prev, training):
        if training:
            self.kept = a_prev
        return a_prev ** 2
    def backward(self, da):
        return 2 * da * self.kept
""",
        "2 * da",
        "da",
        "a_prev",
    ),
    "a loss for every sample, and a row of slopes for each": Stranger(
        """
class Entropy:
    def compute(self, logits, Y):
        z = np.exp(logits)
        p = z / z.sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(logits.shape[0]), np.argmax(Y, axis=1)]) / logits.shape[0]
    def deriv(self, logits, Y):
        z = np.exp(logits)
        return (z / z.sum(axis=1, keepdims=True) - Y) / logits.shape[0]
""",
        "- Y) / logits.shape[0]",
        "- Y)",
        "logits",
    ),
    "a bias of one row, to be added to each": Stranger(
        """
class Add:
    def __init__(self, B):
        self.param = B
    def forward(self, input_):
        self.input_ = input_
        return input_ + self.param
    def backward(self, output_grad):
        self.param_grad = np.ones_like(self.param) * output_grad.sum(axis=0).reshape(1, -1)
        return output_grad
""",
        "output_grad.sum(axis=0)",
        "output_grad.mean(axis=0)",
        "input_ param",
    ),
    "two that look like gradients, one not written yet, and a penalty that goes by the name of its slope": Stranger(
        """
class Penalty:
    def __init__(self, C=0.01):
        self.C = C
    def grad(self, weights):
        return 2 * self.C * weights
    def __call__(self, weights):
        return self.grad(weights)

def softmax(x):
    return np.exp(x) / np.exp(x).sum()

def softmax_grad(x):
    pass

def bend(x):
    return np.sin(x)

def bend_grad(x):
    return np.cos(x)
""",
        "return np.cos(x)",
        "return -np.cos(x)",
        "x",
    ),
    "a method for the gradients of parameters, beside a loss of other arguments": Stranger(
        """
class Fit:
    def compute_loss(self, y_true, y_pred):
        return -np.mean(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))
    def compute_gradients(self, x, y_true, y_pred):
        gap = y_pred - y_true
        gradient_b = np.mean(gap)
        gradients_w = np.matmul(x.transpose(), gap)
        return gradients_w, gradient_b

def bend(x):
    return np.sin(x)

def bend_grad(x):
    return np.cos(x)
""",
        "return np.cos(x)",
        "return -np.cos(x)",
        "x",
    ),
    "a penalty that is in the way back alone": Stranger(
        """
class Dense:
    def __init__(self, n_inputs, n_neurons, l1, l2):
        self.weights = np.full((n_inputs, n_neurons), 0.1)
        self.l1, self.l2 = l1, l2
    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.weights
    def backward(self, dvalues):
        self.dweights = self.inputs.T @ dvalues
        if self.l1 > 0:
            self.dweights += self.l1 * np.sign(self.weights)
        if self.l2 > 0:
            self.dweights += 2 * self.l2 * self.weights
        self.dinputs = dvalues @ self.weights.T
""",
        "self.inputs.T @ dvalues",
        "self.inputs.T @ dvalues / len(dvalues)",
        "inputs weights",
    ),
    "shapes of images and of kernels, as their class takes them apart": Stranger(
        """
class Filters:
    def __init__(self, input_shape, kernel_size, depth):
        channels, height, width = input_shape
        self.size = kernel_size
        self.kernels = np.full((depth, channels, kernel_size, kernel_size), 0.1)
        self.biases = np.zeros((depth, height - kernel_size + 1, width - kernel_size + 1))
    def patches(self, x):
        return np.lib.stride_tricks.sliding_window_view(x, (self.size, self.size), axis=(1, 2))
    def forward(self, input):
        self.input = input
        return np.einsum("chwrs,dcrs->dhw", self.patches(input), self.kernels) + self.biases
    def backward(self, output_gradient, learning_rate):
        spread = np.pad(output_gradient, ((0, 0), (self.size - 1,) * 2, (self.size - 1,) * 2))
        back = np.einsum("dhwrs,dcrs->chw", self.patches(spread), self.kernels[:, :, ::-1, ::-1])
        self.kernels -= learning_rate * np.einsum("chwrs,dhw->dcrs", self.patches(self.input), output_gradient)
        self.biases -= learning_rate * output_gradient
        return back
""",
        "self.kernels[:, :, ::-1, ::-1]",
        "self.kernels",
        "input kernels biases",
    ),
    "a shape that is put behind the number of samples": Stranger(
        """
class Flat:
    def __init__(self, shape):
        self.shape = shape
    def forward(self, inputs):
        return np.reshape(inputs, (inputs.shape[0], -1)) ** 2
    def backward(self, dy, inputs):
        return np.reshape(dy, (dy.shape[0],) + self.shape) * 2 * inputs
""",
        "* 2 * inputs",
        "* inputs",
        "inputs",
    ),
    "how often a picture is repeated, and how wide it is padded": Stranger(
        '''
class Larger:
    def __init__(self, scale, pad_width):
        self.scale, self.pad = scale, pad_width
    def forward(self, x):
        """x: (N, H, W, C)"""
        x = np.pad(x, ((0, 0), (self.pad, self.pad), (self.pad, self.pad), (0, 0)))
        return x.repeat(self.scale, axis=1).repeat(self.scale, axis=2)
    def backward(self, dy):
        N, H, W, C = dy.shape
        s, p = self.scale, self.pad
        return dy.reshape(N, H // s, s, W // s, s, C).sum(axis=(2, 4))[:, p:-p, p:-p]
''',
        ".sum(axis=(2, 4))",
        ".mean(axis=(2, 4))",
        "x",
    ),
    "probabilities told by the shape of their arrays, and a target of a class of arrays": Stranger(
        '''
def entropy(y, y_pred):
    """
    y : :py:class:`ndarray <numpy.ndarray>` of shape `(n_ex, N)`
        The images.
    y_pred : :py:class:`ndarray <numpy.ndarray>` of shape `(n_ex, N)`
        What is made of them.
    """
    p = np.clip(y_pred, 1e-12, 1 - 1e-12)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(y)

def entropy_grad(y, y_pred):
    p = np.clip(y_pred, 1e-12, 1 - 1e-12)
    return (p - y) / (p * (1 - p)) / len(y)
''',
        "/ (p * (1 - p)) / len(y)",
        "/ (p * (1 - p))",
        "y_pred",
    ),
    "functions of an engine that are handed a context": Stranger(
        """
class Function:
    def __init__(self, device, *parents):
        self.device, self.parents = device, parents

class Softplus(Function):
    @staticmethod
    def forward(ctx, x, beta=2.0):
        ctx.beta = beta
        ctx.save_for_backward(x)
        return np.log1p(np.exp(beta * x)) / beta
    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output / (1 + np.exp(-ctx.beta * x))
""",
        "-ctx.beta * x",
        "-x",
        "x",
    ),
    "two arguments, and a context that asks which of them needs a gradient": Stranger(
        """
class Product:
    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        return x @ weight
    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        grad_x = grad_weight = None
        if ctx.needs_input_grad[0]:
            grad_x = grad_output @ weight.T
        if ctx.needs_input_grad[1]:
            grad_weight = x.T @ grad_output
        return grad_x, grad_weight
""",
        "x.T @ grad_output",
        "-x.T @ grad_output",
        "x weight",
    ),
    "a flag that is named like a gradient": Stranger(
        """
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.full((n_in, n_out), 0.1)
        self.dW = np.zeros((n_in, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dy, retain_grads=True):
        if retain_grads:
            self.dW = self.x.T @ dy
        return dy @ self.W.T
""",
        "self.x.T @ dy",
        "self.x.T @ dy / len(dy)",
        "x W",
    ),
    "a function and its derivative, given to whoever makes the layer": Stranger(
        """
class Bend:
    def __init__(self, f, f_prime):
        self.f = f
        self.f_prime = f_prime
    def forward(self, inputs):
        self.inputs = inputs
        return self.f(inputs)
    def backward(self, grad):
        return self.f_prime(self.inputs) * grad
""",
        "self.f_prime(self.inputs)",
        "self.f_prime(self.f(self.inputs))",
        "inputs",
    ),
}
"""What is right, the text of its line and what makes that wrong, and the arguments that are judged."""
