"""Files written with PyTorch's tensors, and without its gradients: layers of static methods, objects, a network."""

from tests.discover.stranger import Stranger

TORCHBEARERS = {
    "a layer of static methods, in tensors": Stranger(
        """
import torch

class Linear(object):
    @staticmethod
    def forward(x, w, b):
        return x.reshape(x.shape[0], -1).mm(w) + b, (x, w, b)

    @staticmethod
    def backward(dout, cache):
        x, w, b = cache
        dx = dout.mm(w.t()).view(x.shape)
        return dx, x.reshape(x.shape[0], -1).t().mm(dout), dout.sum(dim=0)
""",
        "dout.sum(dim=0)",
        "dout.mean(dim=0)",
        "x w b",
    ),
    "one static layer behind another, in tensors": Stranger(
        """
import torch

class ReLU:
    @staticmethod
    def forward(x):
        out = x.clone()
        out[out < 0] = 0
        return out, x

    @staticmethod
    def backward(dout, cache):
        dx = dout.clone()
        dx[cache < 0] = 0
        return dx

class LinearReLU:
    @staticmethod
    def forward(x, w):
        out, cache = ReLU.forward(x.mm(w))
        return out, (x, w, cache)

    @staticmethod
    def backward(dout, cache):
        x, w, cache = cache
        da = ReLU.backward(dout, cache)
        return da.mm(w.t()), x.t().mm(da)
""",
        "dx[cache < 0] = 0",
        "dx[cache > 0] = 0",
        "x w",
    ),
    "an object that holds tensors in single precision": Stranger(
        """
import torch

class Dense:
    def __init__(self, fan_in, fan_out):
        self.weight = torch.randn(fan_in, fan_out) / fan_in ** 0.5
        self.bias = torch.zeros(fan_out)
        self.params = [self.weight, self.bias]

    def forward(self, x):
        self.x = x
        self.out = torch.tanh(x @ self.weight + self.bias)
        return self.out

    def backward(self, dout):
        dz = dout * (1 - self.out ** 2)
        self.dweight = self.x.T @ dz
        self.dbias = dz.sum(0)
        return dz @ self.weight.T
""",
        "(1 - self.out ** 2)",
        "(1 - self.out)",
        "x weight bias",
    ),
    "a mask that PyTorch draws, by options under a name of their own": Stranger(
        """
import torch

class Dropout:
    @staticmethod
    def forward(x, options):
        p, mode = options["p"], options["mode"]
        mask = (torch.rand_like(x) > p) / (1 - p) if mode == "train" else torch.ones_like(x)
        return x * mask, mask

    @staticmethod
    def backward(dout, cache):
        return dout * cache
""",
        "dout * cache",
        "dout * (cache > 0)",
        "x",
    ),
    "zeros of whatever precision is usual": Stranger(
        """
import torch

def rnn_forward(x, h0, Wx, Wh):
    N, T, D = x.shape
    states = torch.zeros(N, T + 1, h0.shape[1])
    states[:, 0] = h0
    for t in range(T):
        states[:, t + 1] = torch.tanh(x[:, t].mm(Wx) + states[:, t].clone().mm(Wh))
    return states[:, 1:], (x, states, Wx, Wh)

def rnn_backward(dh, cache):
    x, states, Wx, Wh = cache
    dx, dWx, dWh, carried = torch.zeros_like(x), torch.zeros_like(Wx), torch.zeros_like(Wh), torch.zeros_like(dh[:, 0])
    for t in reversed(range(x.shape[1])):
        da = (dh[:, t] + carried) * (1 - states[:, t + 1] ** 2)
        dx[:, t] = da.mm(Wx.t())
        dWx += x[:, t].t().mm(da)
        dWh += states[:, t].t().mm(da)
        carried = da.mm(Wh.t())
    return dx, carried, dWx, dWh
""",
        "(dh[:, t] + carried)",
        "dh[:, t]",
        "x h0 Wx Wh",
    ),
    "a network of tensors, whose loss returns its gradients": Stranger(
        """
import torch

class TwoLayers:
    def __init__(self, input_dim, hidden_dim, num_classes, reg=0.0, dtype=torch.float32):
        self.reg = reg
        self.params = {
            "W1": 0.1 * torch.randn(input_dim, hidden_dim, dtype=dtype),
            "W2": 0.1 * torch.randn(hidden_dim, num_classes, dtype=dtype),
        }

    def loss(self, X, y):
        W1, W2 = self.params["W1"], self.params["W2"]
        h = torch.tanh(X.mm(W1))
        scores = h.mm(W2)
        p = torch.softmax(scores, dim=1)
        rows = torch.arange(len(X))
        loss = -p[rows, y].log().mean() + self.reg * ((W1 ** 2).sum() + (W2 ** 2).sum())
        ds = p.clone()
        ds[rows, y] -= 1
        ds /= len(X)
        dz = ds.mm(W2.t()) * (1 - h ** 2)
        return loss, {"W1": X.t().mm(dz) + 2 * self.reg * W1, "W2": h.t().mm(ds) + 2 * self.reg * W2}
""",
        "X.t().mm(dz) + 2 * self.reg * W1",
        "X.t().mm(dz) + self.reg * W1",
        "W1 W2",
    ),
    "a layer that asks PyTorch itself, and hands on what that needs for the way back": Stranger(
        """
import torch

class FastLinear:
    @staticmethod
    def forward(x, w, b):
        layer = torch.nn.Linear(*w.shape[::-1])
        layer.weight, layer.bias = torch.nn.Parameter(w), torch.nn.Parameter(b)
        tx = x.detach()
        tx.requires_grad = True
        out = layer(tx)
        return out, (x, w, b, tx, out, layer)

    @staticmethod
    def backward(dout, cache):
        try:
            x, w, b, tx, out, layer = cache
            out.backward(dout)
            dx, dw, db = tx.grad.detach(), layer.weight.grad.detach(), layer.bias.grad.detach()
        except RuntimeError:
            dx, dw, db = torch.zeros_like(tx), torch.zeros_like(layer.weight), torch.zeros_like(layer.bias)
        return dx, dw, db
""",
        "out.backward(dout)",
        "out.backward(2 * dout)",
        "x w b",
    ),
    "settings that are handed on to another class": Stranger(
        """
import torch

class Norm:
    @staticmethod
    def forward(x, gamma, bn_param):
        if bn_param["mode"] != "train":
            raise ValueError("it is for training alone")
        N, D = x.shape
        std = (x.var(dim=0, unbiased=False) + bn_param.get("eps", 1e-5)).sqrt()
        xhat = (x - x.mean(dim=0)) / std
        return gamma * xhat, (xhat, std, gamma)

    @staticmethod
    def backward(dout, cache):
        xhat, std, gamma = cache
        d = dout * gamma
        return (d - d.mean(dim=0) - xhat * (d * xhat).mean(dim=0)) / std, (dout * xhat).sum(dim=0)

class SpatialNorm:
    @staticmethod
    def forward(x, gamma, bn_param):
        N, C, H, W = x.shape
        out, cache = Norm.forward(x.permute(0, 2, 3, 1).reshape(-1, C), gamma, bn_param)
        return out.reshape(N, H, W, C).permute(0, 3, 1, 2), cache

    @staticmethod
    def backward(dout, cache):
        N, C, H, W = dout.shape
        dx, dgamma = Norm.backward(dout.permute(0, 2, 3, 1).reshape(-1, C), cache)
        return dx.reshape(N, H, W, C).permute(0, 3, 1, 2), dgamma
""",
        "d - d.mean(dim=0) - ",
        "d - ",
        "x gamma",
    ),
}
