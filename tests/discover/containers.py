"""Files whose parameters are in containers: under keys of their own, layer by layer, in lists and pairs."""

from tests.discover.stranger import Stranger

CONTAINERS = {
    "keys without numbers, and a state that returns": Stranger(
        '''
def rnn_loss(params, inputs, targets):
    """inputs: (T, D) targets: (T, M)"""
    h, loss = np.zeros(len(params["Wh"])), 0.0
    for x, t in zip(inputs, targets):
        h = params["Wx"] @ x + params["Wh"] @ h
        loss += 0.5 * np.sum((params["Wy"] @ h - t) ** 2)
    return loss

def rnn_loss_grad(params, inputs, targets):
    hs = [np.zeros(len(params["Wh"]))]
    for x in inputs:
        hs.append(params["Wx"] @ x + params["Wh"] @ hs[-1])
    g, back = {k: np.zeros_like(v) for k, v in params.items()}, 0.0
    for i in reversed(range(len(inputs))):
        dy = params["Wy"] @ hs[i + 1] - targets[i]
        g["Wy"] += np.outer(dy, hs[i + 1])
        dz = params["Wy"].T @ dy + back
        g["Wx"] += np.outer(dz, inputs[i])
        g["Wh"] += np.outer(dz, hs[i])
        back = params["Wh"].T @ dz
    return g
''',
        "np.outer(dz, hs[i])",
        "np.outer(dz, hs[i + 1])",
        "params['Wx'] params['Wh'] params['Wy']",
    ),
    "layers under their names": Stranger(
        """
def loss_and_grads(params, x, y):
    h = np.tanh(x @ params["hidden"]["W"] + params["hidden"]["b"])
    d = h @ params["out"]["W"] + params["out"]["b"] - y
    loss = 0.5 * np.sum(d ** 2)
    dh = d @ params["out"]["W"].T * (1 - h ** 2)
    grads = {"hidden": {"dW": x.T @ dh, "db": dh.sum(0)}, "out": {"dW": h.T @ d, "db": d.sum(0)}}
    return loss, grads
""",
        "dh.sum(0)",
        "dh.mean(0)",
        "params['hidden']['W'] params['hidden']['b'] params['out']['W'] params['out']['b']",
    ),
    "a list of matrices": Stranger(
        """
def loss(ws, x, y):
    for W in ws:
        x = np.tanh(x @ W)
    return np.sum((x - y) ** 2)

def grad_loss(ws, x, y):
    acts = [x]
    for W in ws:
        acts.append(np.tanh(acts[-1] @ W))
    d, gs = 2 * (acts[-1] - y), []
    for W, inp, out in zip(ws[::-1], acts[-2::-1], acts[:0:-1]):
        d = d * (1 - out ** 2)
        gs.append(inp.T @ d)
        d = d @ W.T
    return gs[::-1]
""",
        "(1 - out ** 2)",
        "(1 - out)",
        "ws[0] ws[1]",
    ),
    "a list of pairs": Stranger(
        """
def predict(params, x):
    acts = [x]
    for W, b in params:
        acts.append(np.tanh(acts[-1] @ W + b))
    return acts

def mse(params, x, y):
    return np.mean((predict(params, x)[-1] - y) ** 2)

def mse_grad(params, x, y):
    acts, grads = predict(params, x), []
    d = 2 * (acts[-1] - y) / y.size
    for i in reversed(range(len(params))):
        d = d * (1 - acts[i + 1] ** 2)
        grads.append((acts[i].T @ d, d.sum(axis=0)))
        d = d @ params[i][0].T
    return grads[::-1]
""",
        "d.sum(axis=0)",
        "d.mean(axis=0)",
        "params[0][0] params[0][1] params[1][0] params[1][1]",
    ),
    "weights in one list and biases in another": Stranger(
        """
def loss(weights, biases, x, y):
    for W, b in zip(weights, biases):
        x = np.tanh(x @ W + b)
    return 0.5 * np.sum((x - y) ** 2)

def loss_grad(weights, biases, x, y):
    acts, dW, db = [x], [], []
    for W, b in zip(weights, biases):
        acts.append(np.tanh(acts[-1] @ W + b))
    d = acts[-1] - y
    for i in reversed(range(len(weights))):
        d = d * (1 - acts[i + 1] ** 2)
        dW.insert(0, acts[i].T @ d)
        db.insert(0, d.sum(axis=0))
        d = d @ weights[i].T
    return dW, db
""",
        "d @ weights[i].T",
        "d @ weights[i].T * 2",
        "weights[0] weights[1] biases[0] biases[1]",
    ),
    "a list of gradients beside the list of what they are for": Stranger(
        """
class Stack:
    def __init__(self, dim, n_layers=2):
        self.Ws = [np.random.randn(dim, dim) * 0.4 for _ in range(n_layers)]
    def forward(self, x):
        self.acts = [x]
        for W in self.Ws:
            self.acts.append(np.tanh(self.acts[-1] @ W))
        return self.acts[-1]
    def backward(self, d):
        self.dWs = [None] * len(self.Ws)
        for i in reversed(range(len(self.Ws))):
            d = d * (1 - self.acts[i + 1] ** 2)
            self.dWs[i] = self.acts[i].T @ d
            d = d @ self.Ws[i].T
        return d
""",
        "self.acts[i].T @ d",
        "self.acts[0].T @ d",
        "x Ws[0] Ws[1]",
    ),
    "a list of gradients that is filled on the way back": Stranger(
        """
class Stack:
    def __init__(self, n_in, n_hidden, n_out):
        self.weights = [np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, n_out)]
    def forward(self, x):
        self.inputs = []
        for W in self.weights:
            self.inputs.append(x)
            x = x @ W
        return x
    def backward(self, d):
        self.dweights = []
        for x, W in zip(self.inputs[::-1], self.weights[::-1]):
            self.dweights.append(x.T @ d)
            d = d @ W.T
        return d
""",
        "append(x.T @ d)",
        "append(x.T @ d / len(d))",
        "x weights[0] weights[1]",
    ),
}
"""The files, by what holds the parameters."""
