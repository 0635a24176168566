"""Files whose classes say in their own way what they are made with: lengths on the object, heads, kernels, widths."""

from tests.discover.stranger import Stranger

CALLERS = {
    "a shape taken apart onto the object": Stranger(
        """
import numpy as np

class MeanPool:
    def __init__(self, pool_h, pool_w):
        self.pool_h = pool_h
        self.pool_w = pool_w

    def forward(self, inputs):
        N, self.C_in, self.H_in, self.W_in = inputs.shape
        self.H_out, self.W_out = self.H_in // self.pool_h, self.W_in // self.pool_w
        kept = inputs[:, :, : self.H_out * self.pool_h, : self.W_out * self.pool_w]
        return kept.reshape(N, self.C_in, self.H_out, self.pool_h, self.W_out, self.pool_w).mean(axis=(3, 5))

    def backward(self, dvalues):
        dinputs = np.zeros((len(dvalues), self.C_in, self.H_in, self.W_in))
        spread = np.repeat(np.repeat(dvalues, self.pool_h, axis=2), self.pool_w, axis=3)
        dinputs[:, :, : spread.shape[2], : spread.shape[3]] = spread / (self.pool_h * self.pool_w)
        return dinputs
""",
        "spread / (self.pool_h * self.pool_w)",
        "spread / self.pool_h",
        "inputs",
    ),
    "words that are made whole in another method": Stranger(
        """
import numpy as np

class Embedding:
    def __init__(self, input_d, output_d):
        self.input_d, self.output_d = input_d, output_d
        self.weights = np.random.randn(input_d, output_d)

    def onehot(self, inputs):
        ids = inputs.astype(np.int32)
        return np.eye(self.input_d)[ids]

    def forward(self, inputs):
        self.hot = self.onehot(inputs)
        return self.hot @ self.weights

    def backward(self, dvalues):
        self.dweights = self.hot.reshape(-1, self.input_d).T @ dvalues.reshape(-1, self.output_d)
        return dvalues @ self.weights.T
""",
        "self.hot.reshape(-1, self.input_d).T @",
        "2 * self.hot.reshape(-1, self.input_d).T @",
        "weights",
    ),
    "heads by another name": Stranger(
        """
import numpy as np

class Mixed:
    def __init__(self, input_d=512, heads_num=8):
        self.heads_num = heads_num
        self.head_dim = input_d // heads_num
        self.W = np.random.randn(heads_num, self.head_dim, self.head_dim)

    def forward(self, query):
        self.q = query.reshape(*query.shape[:-1], self.heads_num, self.head_dim)
        return np.einsum("...hd,hde->...he", self.q, self.W).reshape(query.shape)

    def backward(self, dout):
        d = dout.reshape(self.q.shape)
        self.dW = np.einsum("...hd,...he->hde", self.q, d)
        return np.einsum("...he,hde->...hd", d, self.W).reshape(dout.shape)
""",
        '"...he,hde->...hd"',
        '"...hd,hde->...he"',
        "query W",
    ),
    "a convolution made with single letters": Stranger(
        """
import numpy as np

class Conv:
    def __init__(self, Cin, Cout, K, P, S):
        self.K, self.P, self.S = K, P, S
        self.W = np.random.randn(K, K, Cin, Cout)

    def forward(self, x):
        self.x = x
        B, H, W, Cin = x.shape
        K, P, S = self.K, self.P, self.S
        self.padded = np.pad(x, ((0, 0), (P, P), (P, P), (0, 0)))
        rows, columns = (H - K + 2 * P) // S + 1, (W - K + 2 * P) // S + 1
        y = np.zeros((B, rows, columns, self.W.shape[-1]))
        for i in range(rows):
            for j in range(columns):
                seen = self.padded[:, i * S : i * S + K, j * S : j * S + K]
                y[:, i, j] = np.tensordot(seen, self.W, axes=3)
        return y

    def backward(self, dy):
        K, P, S = self.K, self.P, self.S
        self.dW, dpadded = np.zeros_like(self.W), np.zeros_like(self.padded)
        for i in range(dy.shape[1]):
            for j in range(dy.shape[2]):
                seen = self.padded[:, i * S : i * S + K, j * S : j * S + K]
                self.dW += np.tensordot(seen, dy[:, i, j], axes=(0, 0))
                dpadded[:, i * S : i * S + K, j * S : j * S + K] += np.tensordot(dy[:, i, j], self.W, axes=(1, 3))
        return dpadded[:, P : P + self.x.shape[1], P : P + self.x.shape[2]]
""",
        "self.dW += np.tensordot",
        "self.dW = np.tensordot",
        "x W",
    ),
    "widths in a list of any name": Stranger(
        """
import numpy as np

class Stack:
    def __init__(self, lst):
        self.Ws = []
        wide = lst[0]
        for i in range(1, len(lst)):
            self.Ws.append(np.random.randn(wide, lst[i]))
            wide = lst[i]

    def forward(self, x):
        self.seen = []
        for W in self.Ws:
            self.seen.append(x)
            x = np.tanh(x @ W)
        self.y = x
        return x

    def backward(self, g):
        out = self.y
        for W, x in zip(self.Ws[::-1], self.seen[::-1]):
            g = (g * (1 - out**2)) @ W.T
            out = x
        return g
""",
        "(g * (1 - out**2))",
        "(g * (1 - out))",
        "x",
    ),
    "a target that is asked where it is largest": Stranger(
        """
import numpy as np

class CrossEntropy:
    def forward(self, outputs, targets):
        return -np.log(outputs[:, targets.argmax()] + 1.0e-10)

    def backward(self, outputs, targets):
        return -targets * (1 / np.maximum(1.0e-25, outputs))
""",
        "-targets * (1 /",
        "targets * (1 /",
        "outputs",
    ),
    "what a dropped layer keeps is no parameter": Stranger(
        """
import numpy as np

class Linear:
    def __init__(self, n_in, n_out):
        self.weights = 0.1 * np.random.randn(n_in, n_out)

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.weights

    def backward(self, dvalues):
        self.dweights = self.inputs.T @ dvalues
        self.dinputs = dvalues @ self.weights.T
        return self.dinputs

class FFN:
    def __init__(self, n_in, n_hidden, dropout=0.0):
        self.one, self.two, self.rate = Linear(n_in, n_hidden), Linear(n_hidden, n_in), dropout

    def forward(self, x):
        z = self.one.forward(x)
        self.open = (z > 0) & (np.abs(z) < 1e9 * (1 - 3 * self.rate))
        return self.two.forward(z * self.open)

    def backward(self, dvalues):
        return self.one.backward(self.two.backward(dvalues) * self.open)
""",
        "self.two.backward(dvalues) * self.open",
        "self.two.backward(dvalues)",
        "x one.weights two.weights",
    ),
    "a call that goes forward through nothing": Stranger(
        """
import numpy as np

class Module:
    def __init__(self):
        self.y = 0

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        pass

class Dropout(Module):
    def fordrop(self, x, traning):
        self.y = x
        return self.y

    def backward(self, g):
        return self.y * g

class Sigmoid(Module):
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, g):
        return g * self.y * (1 - self.y)
""",
        "g * self.y * (1 - self.y)",
        "g * self.y",
        "x",
    ),
    "gradients that are added up on an object of one sample": Stranger(
        """
import numpy as np

class Perceptron:
    def __init__(self, input_dim):
        self.w = np.random.randn(input_dim)
        self.b = 0.0
        self.dw = np.zeros(input_dim)

    def forward(self, x):
        \"\"\"Predict.

        Args:
            x: Input vector of shape (input_dim,)
        \"\"\"
        z = self.b
        for i in range(len(x)):
            z += self.w[i] * x[i]
        return 1 / (1 + np.exp(-z))

    def compute_loss(self, y_pred, y_true):
        return -(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))

    def backward(self, x, y_true, y_pred):
        \"\"\"Go back.

        Args:
            x: Input vector
        \"\"\"
        error = y_pred - y_true
        for i in range(len(x)):
            self.dw[i] += error * x[i]
        self.db = error
""",
        "self.dw[i] += error * x[i]",
        "self.dw[i] -= error * x[i]",
        "w b",
    ),
    "a number whose gradient is an array of one": Stranger(
        """
import numpy as np

class Logistic:
    def __init__(self, dim_in):
        self.w = np.random.randn(dim_in)
        self.b = 0

    def forward(self, x):
        return 1 / (1 + np.exp(-(x @ self.w + self.b)))

    def loss(self, y_hat, y):
        return -np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))

    def backward(self, x, y_hat, y):
        off = y_hat.reshape(-1, 1) - y.reshape(-1, 1)
        dw = np.mean(x * off, axis=0)
        db = np.mean(off, axis=0)
        return dw, db
""",
        "db = np.mean(off, axis=0)",
        "db = np.sum(off, axis=0)",
        "w b",
    ),
    "a step of a GRU, some of it lost where it saturates": Stranger(
        """
def gru_step_forward(x, h, Wz, Wr, Wn, Uz, Ur, Un):
    z = 1 / (1 + np.exp(-(x @ Wz + h @ Uz)))
    r = 1 / (1 + np.exp(-(x @ Wr + h @ Ur)))
    n = np.tanh(x @ Wn + (r * h) @ Un)
    out = (1 - z) * n + z * h
    return out, (x, h, z, r, n, Wz, Wr, Wn, Uz, Ur, Un)


def gru_step_backward(dout, cache):
    x, h, z, r, n, Wz, Wr, Wn, Uz, Ur, Un = cache
    dz = dout * (h - n)
    dn = dout * (1 - z)
    dh = dout * z
    dan = dn * (1 - n ** 2)
    drh = dan @ Un.T
    dr = drh * h
    dh = dh + drh * r
    daz = dz * z * (1 - z)
    dar = dr * r * (1 - r)
    dh = dh + daz @ Uz.T + dar @ Ur.T
    dx = daz @ Wz.T + dar @ Wr.T + dan @ Wn.T
    dWz, dWr, dWn = x.T @ daz, x.T @ dar, x.T @ dan
    dUz, dUr = h.T @ daz, h.T @ dar
    dUn = (r * h).T @ dan
    return dx, dh, dWz, dWr, dWn, dUz, dUr, dUn
""",
        "dr = drh * h",
        "dr = drh",
        "x h Wz Wr Wn Uz Ur Un",
    ),
}
