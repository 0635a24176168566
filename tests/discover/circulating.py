"""Code as it circulates in courses and blogs, in few lines: each with one slip that people make in it."""

SPREAD: dict[str, tuple[str, str, str]] = {
    "collaborative filtering, unrolled": (
        """
import numpy as np
def cofiCostFunc(params, Y, R, num_users, num_movies, num_features, Lambda):
    X = params[:num_movies * num_features].reshape(num_movies, num_features)
    Theta = params[num_movies * num_features:].reshape(num_users, num_features)
    err = (X @ Theta.T - Y) * R
    J = 0.5 * np.sum(err ** 2) + Lambda / 2 * (np.sum(X ** 2) + np.sum(Theta ** 2))
    X_grad = err @ Theta + Lambda * X
    Theta_grad = err.T @ X + Lambda * Theta
    return J, np.append(X_grad.flatten(), Theta_grad.flatten())
""",
        "err.T @ X + Lambda * Theta",
        "err.T @ X + Lambda * Theta ** 2",
    ),
    "a network whose weights are one vector": (
        """
import numpy as np
def forward_backward_prop(data, labels, params, dimensions):
    Dx, H, Dy = dimensions
    ofs = 0
    W1 = np.reshape(params[ofs:ofs + Dx * H], (Dx, H))
    ofs += Dx * H
    W2 = np.reshape(params[ofs:ofs + H * Dy], (H, Dy))
    h = 1 / (1 + np.exp(-data.dot(W1)))
    e = np.exp(h.dot(W2))
    y_hat = e / e.sum(axis=1, keepdims=True)
    cost = -np.sum(labels * np.log(y_hat))
    d = y_hat - labels
    gradW2 = h.T.dot(d)
    gradW1 = data.T.dot(d.dot(W2.T) * h * (1 - h))
    return cost, np.concatenate((gradW1.flatten(), gradW2.flatten()))
""",
        "* h * (1 - h)",
        "* h",
    ),
    "columns of samples, with means": (
        """
import numpy as np
def linear_forward(A, W, b):
    return W @ A + b, (A, W, b)
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    return np.dot(W.T, dZ), dW, db
""",
        "keepdims=True) / m",
        "keepdims=True)",
    ),
    "a gate that is set in place": (
        """
import numpy as np
class Relu:
    def forward(self, x):
        self.mask = x <= 0
        return np.where(self.mask, 0, x)
    def backward(self, dout):
        dout[self.mask] = 0
        return dout
""",
        "dout[self.mask] = 0",
        "dout[self.mask] = 1",
    ),
    "a rate by its short name": (
        """
import numpy as np
class FullyConnected:
    def __init__(self, fan_in, fan_out):
        self.W, self.b = np.ones((fan_in, fan_out)), np.zeros(fan_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad, rate):
        dx = grad @ self.W.T
        self.W -= rate * (self.x.T @ grad)
        self.b -= rate * grad.sum(0)
        return dx
""",
        "grad.sum(0)",
        "grad.mean(0)",
    ),
    "a model in a dictionary, with its cost": (
        """
import numpy as np
def forward(model, x):
    a1 = np.tanh(x.dot(model["W1"]) + model["b1"])
    return a1, a1.dot(model["W2"]) + model["b2"]
def calculate_loss(model, x, y):
    a1, out = forward(model, x)
    return 0.5 * np.sum((out - y) ** 2)
def backprop(model, x, y):
    a1, out = forward(model, x)
    delta = out - y
    hidden = delta.dot(model["W2"].T) * (1 - a1 ** 2)
    return {"W1": x.T.dot(hidden), "b1": hidden.sum(0), "W2": a1.T.dot(delta), "b2": delta.sum(0)}
""",
        "(1 - a1 ** 2)",
        "(1 - a1)",
    ),
    "a guarded logarithm": (
        """
import numpy as np
def loss(p, t):
    return -np.sum(t * np.log(p + 1e-8))
def loss_grad(p, t):
    return -t / p
""",
        "-t / p",
        "-t / p ** 2",
    ),
    "labels that are counted by the largest": (
        """
import numpy as np
def forward_prop(W1, b1, W2, b2, X):
    Z1 = W1.dot(X) + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2.dot(A1) + b2
    A2 = np.exp(Z2) / sum(np.exp(Z2))
    return Z1, A1, Z2, A2
def compute_loss(A2, Y):
    return -np.sum(np.log(A2[Y, np.arange(Y.size)])) / Y.size
def backward_prop(Z1, A1, Z2, A2, W1, W2, X, Y):
    m = Y.size
    dZ2 = A2 - np.eye(Y.max() + 1)[Y].T
    dW2 = dZ2.dot(A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
    return dZ1.dot(X.T) / m, np.sum(dZ1, axis=1, keepdims=True) / m, dW2, db2
""",
        "* (Z1 > 0)",
        "",
    ),
    "a network of lists, one sample at a time": (
        """
import numpy as np
class Network:
    def __init__(self, sizes):
        self.num_layers = len(sizes)
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]
    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a
    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activations, zs = [x], []
        for b, w in zip(self.biases, self.weights):
            zs.append(np.dot(w, activations[-1]) + b)
            activations.append(sigmoid(zs[-1]))
        delta = self.cost_derivative(activations[-1], y) * slope(zs[-1])
        nabla_b[-1], nabla_w[-1] = delta, np.dot(delta, activations[-2].T)
        for l in range(2, self.num_layers):
            delta = np.dot(self.weights[-l + 1].T, delta) * slope(zs[-l])
            nabla_b[-l], nabla_w[-l] = delta, np.dot(delta, activations[-l - 1].T)
        return nabla_b, nabla_w
    def cost_derivative(self, output_activations, y):
        return output_activations - y
def sigmoid(z): return 1 / (1 + np.exp(-z))
def slope(z): return sigmoid(z) * (1 - sigmoid(z))
""",
        "return output_activations - y",
        "return y - output_activations",
    ),
    "a function that trains, on data that are not here": (
        """
import numpy as np
import sklearn.datasets
X, y = sklearn.datasets.make_moons(20)
rate = 0.01
def calculate_loss(model):
    e = np.exp(np.tanh(X.dot(model["W1"]) + model["b1"]).dot(model["W2"]))
    return -np.log((e / e.sum(1, keepdims=True))[range(len(X)), y]).sum() / len(X)
def build_model(nn_hdim, num_passes=200):
    W1, b1 = np.random.randn(2, nn_hdim), np.zeros((1, nn_hdim))
    W2 = np.random.randn(nn_hdim, 2)
    for i in range(num_passes):
        a1 = np.tanh(X.dot(W1) + b1)
        e = np.exp(a1.dot(W2))
        delta = e / np.sum(e, axis=1, keepdims=True)
        delta[range(len(X)), y] -= 1
        dW2 = a1.T.dot(delta)
        hidden = delta.dot(W2.T) * (1 - a1 ** 2)
        W1 += -rate * X.T.dot(hidden)
        b1 += -rate * hidden.sum(axis=0)
        W2 += -rate * dW2
        model = {"W1": W1, "b1": b1, "W2": W2}
        if i % 100 == 0:
            print(calculate_loss(model))
    return model
""",
        "* (1 - a1 ** 2)",
        "",
    ),
    "a loop of a file": (
        """
import numpy as np
X, y = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]), np.array([[0, 1, 1, 0]]).T
syn0, syn1 = 2 * np.random.random((3, 4)) - 1, 2 * np.random.random((4, 1)) - 1
for j in range(60):
    l1 = 1 / (1 + np.exp(-(np.dot(X, syn0))))
    l2 = 1 / (1 + np.exp(-(np.dot(l1, syn1))))
    l2_delta = (y - l2) * (l2 * (1 - l2))
    l1_delta = l2_delta.dot(syn1.T) * (l1 * (1 - l1))
    syn1 += l1.T.dot(l2_delta)
    syn0 += X.T.dot(l1_delta)
""",
        "* (l1 * (1 - l1))",
        "",
    ),
    "a layer behind a file that is not there": (
        """
import numpy as np
data = open("input.txt").read()
size = len(set(data))
W, b = np.zeros((5, size)), np.zeros((5, 1))
def lossFun(inputs):
    h = np.tanh(np.dot(W, np.eye(size)[:, inputs]) + b)
    dh = h * (1 - h ** 2)
    dW, db = np.dot(dh, np.eye(size)[:, inputs].T), dh.sum(1, keepdims=True)
    for dparam in [dW, db]:
        np.clip(dparam, -5, 5, out=dparam)
    return 0.5 * np.sum(h ** 2), dW, db
""",
        "(1 - h ** 2)",
        "(1 - h)",
    ),
}
"""What it is, the source, a part of it, and what a person may have written for that part."""
