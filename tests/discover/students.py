"""Files as students and engineers write them, with the verdict that each gradient in them deserves."""

LAYERS = '''
import numpy as np

def affine_forward(x, w, b):
    """
    Computes the forward pass for an affine (fully-connected) layer.

    Inputs:
    - x: A numpy array containing input data, of shape (N, d_1, ..., d_k)
    - w: A numpy array of weights, of shape (D, M)
    - b: A numpy array of biases, of shape (M,)

    Returns a tuple of:
    - out: output, of shape (N, M)
    - cache: (x, w, b)
    """
    out = x.reshape(x.shape[0], -1).dot(w) + b
    cache = (x, w, b)
    return out, cache

def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.mean(dout, axis=0)
    return dx, dw, db

def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache

def relu_backward(dout, cache):
    dx, x = None, cache
    dx = dout * (x > 0)
    return dx

def softmax_loss(x, y):
    """
    Inputs:
    - x: Input data, of shape (N, C) where x[i, j] is the score for the jth
      class for the ith input.
    - y: Vector of labels, of shape (N,) where y[i] is the label for x[i] and
      0 <= y[i] < C
    """
    probs = np.exp(x - np.max(x, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx

def svm_loss_vectorized(W, X, y, reg):
    """
    - W: A numpy array of shape (D, C) containing weights.
    - X: A numpy array of shape (N, D) containing a minibatch of data.
    - y: A numpy array of shape (N,) containing training labels; y[i] = c means
      that X[i] has label c, where 0 <= c < C.
    - reg: (float) regularization strength
    """
    loss = 0.0
    dW = np.zeros(W.shape)
    n = X.shape[0]
    s = X.dot(W)
    c = s[np.arange(n), y][:, None]
    m = np.maximum(0, s - c + 1)
    m[np.arange(n), y] = 0
    loss = m.sum() / n + reg * np.sum(W * W)
    mask = (m > 0).astype(float)
    mask[np.arange(n), y] = -mask.sum(1)
    dW = X.T.dot(mask) / n + reg * W
    return loss, dW

def batchnorm_forward(x, gamma, beta, bn_param):
    """
    - x: Data of shape (N, D)
    - gamma: Scale parameter of shape (D,)
    - beta: Shift paremeter of shape (D,)
    """
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    mu = x.mean(0); xc = x - mu
    var = (xc**2).mean(0); std = np.sqrt(var + eps)
    xhat = xc / std
    return gamma * xhat + beta, (xhat, gamma, std, x)

def batchnorm_backward(dout, cache):
    xhat, gamma, std, x = cache
    N = x.shape[0]
    dbeta = dout.sum(0)
    dgamma = (dout * xhat).sum(0)
    dxh = dout * gamma
    dx = (dxh - dxh.mean(0) - xhat * (dxh * xhat).mean(0)) / std
    return dx, dgamma, dbeta

def conv_forward_naive(x, w, b, conv_param):
    """
    - x: Input data of shape (N, C, H, W)
    - w: Filter weights of shape (F, C, HH, WW)
    - b: Biases, of shape (F,)
    """
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0,0),(0,0),(pad,pad),(pad,pad)))
    Ho, Wo = 1 + (H + 2*pad - HH)//stride, 1 + (W + 2*pad - WW)//stride
    out = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            win = xp[:, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
            out[:, :, i, j] = np.tensordot(win, w, axes=([1,2,3],[1,2,3])) + b
    return out, (x, w, b, conv_param)

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0,0),(0,0),(pad,pad),(pad,pad)))
    dxp = np.zeros_like(xp); dw = np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            win = xp[:, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
            dw += np.tensordot(dout[:, :, i, j], win, axes=([0],[0]))
            dxp[:, :, i*stride:i*stride+HH, j*stride:j*stride+WW] += np.tensordot(dout[:, :, i, j], w, axes=([1],[0]))
    db = dout.sum(axis=(0, 2, 3))
    dx = dxp[:, :, pad:-pad, pad:-pad]
    return dx, dw, db

def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = (np.random.rand(*x.shape) < p) / p
    return x * mask, (dropout_param, mask)

def dropout_backward(dout, cache):
    dropout_param, mask = cache
    dx = dout * mask
    return dx

def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """
    - x: Input data for this timestep, of shape (N, D)
    - prev_h: Hidden state from previous timestep, of shape (N, H)
    - Wx: Weight matrix for input-to-hidden connections, of shape (D, H)
    - Wh: Weight matrix for hidden-to-hidden connections, of shape (H, H)
    - b: Biases of shape (H,)
    """
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)

def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, nh = cache
    d = dnext_h * (1 - nh**2)
    return d @ Wx.T, d @ Wh.T, x.T @ d, prev_h.T @ d, d.sum(0)

def sigmoid(z):
    return 1/(1+np.exp(-z))
def sigmoid_prime(z):
    return z*(1-z)
def tanh(x): return np.tanh(x)
def tanh_grad(out): return 1 - out**2
'''
"""Layers in the style of a course: a forward pass with a cache, and a docstring with shapes."""

CLASSES = """
import numpy as np

class Layer:
    def forward(self, x): raise NotImplementedError
    def backward(self, dout): raise NotImplementedError

class Linear(Layer):
    def __init__(self, in_features, out_features):
        self.W = np.random.randn(in_features, out_features) * 0.01
        self.b = np.zeros(out_features)
    def forward(self, x):
        self.cache = x
        return x @ self.W + self.b
    def backward(self, dout):
        x = self.cache
        self.dW = x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T

class WrongLinear(Linear):
    def backward(self, dout):
        x = self.cache
        self.dW = x.T @ dout
        self.db = dout.mean(axis=0)
        return dout @ self.W.T

class Affine:   # deep learning from scratch
    def __init__(self, W, b):
        self.W = W; self.b = b; self.x = None; self.dW = None; self.db = None
    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b
    def backward(self, dout):
        dx = np.dot(dout, self.W.T)
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return dx

class Relu:
    def __init__(self): self.mask = None
    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy(); out[self.mask] = 0
        return out
    def backward(self, dout):
        dout = dout.copy()
        dout[self.mask] = 0
        return dout

class Dense:  # gradient step inside
    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(output_size, input_size)
        self.bias = np.random.randn(output_size, 1)
    def forward(self, input):
        self.input = input
        return np.dot(self.weights, self.input) + self.bias
    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(output_gradient, self.input.T)
        input_gradient = np.dot(self.weights.T, output_gradient)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * output_gradient
        return input_gradient

class Layer_Dense:   # nnfs
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)

class Loss_CategoricalCrossentropy:
    def forward(self, y_pred, y_true):
        samples = len(y_pred)
        y_pred_clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            c = y_pred_clipped[range(samples), y_true]
        else:
            c = np.sum(y_pred_clipped * y_true, axis=1)
        return -np.log(c)
    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        labels = len(dvalues[0])
        if len(y_true.shape) == 1:
            y_true = np.eye(labels)[y_true]
        self.dinputs = -y_true / dvalues
        self.dinputs = self.dinputs / samples

class MSELoss:
    def forward(self, pred, target):
        self.pred, self.target = pred, target
        return np.mean((pred - target)**2)
    def backward(self):
        return 2*(self.pred - self.target)/self.pred.size

class SoftmaxWithLoss:
    def __init__(self):
        self.loss = None; self.y = None; self.t = None
    def forward(self, x, t):
        self.t = t
        e = np.exp(x - x.max(1, keepdims=True)); self.y = e/e.sum(1, keepdims=True)
        self.loss = -np.sum(np.log(self.y[np.arange(len(x)), t] + 1e-7))/len(x)
        return self.loss
    def backward(self, dout=1):
        n = self.t.shape[0]
        dx = self.y.copy(); dx[np.arange(n), self.t] -= 1
        return dx * dout / n

class Sigmoid:
    def __call__(self, x): return 1/(1+np.exp(-x))
    def gradient(self, x):
        s = self(x)
        return s*(1-s)

class TwoLayerNet:
    def __init__(self, input_dim, hidden_dim, num_classes, weight_scale=1e-3):
        self.params = {'W1': weight_scale*np.random.randn(input_dim, hidden_dim), 'b1': np.zeros(hidden_dim),
           'W2': weight_scale*np.random.randn(hidden_dim, num_classes), 'b2': np.zeros(num_classes)}
    def loss(self, X, y=None):
        W1, b1, W2, b2 = (self.params[k] for k in ('W1','b1','W2','b2'))
        h = np.maximum(0, X @ W1 + b1)
        s = h @ W2 + b2
        if y is None: return s
        e = np.exp(s - s.max(1, keepdims=True)); p = e/e.sum(1, keepdims=True)
        n = len(X)
        loss = -np.log(p[np.arange(n), y]).mean()
        d = p.copy(); d[np.arange(n), y] -= 1; d /= n
        grads = {'W2': h.T @ d, 'b2': d.sum(0)}
        dh = d @ W2.T * (h > 0)
        grads['W1'] = X.T @ dh; grads['b1'] = dh.sum(0)
        return loss, grads

class Tensor:
    def __init__(self, data): self.data = data; self.grad = np.zeros_like(data)
class LinP:
    def __init__(self, n_in, n_out):
        self.w = Tensor(np.random.randn(n_in, n_out)); self.b = Tensor(np.zeros(n_out))
    def forward(self, x):
        self.x = x
        return x @ self.w.data + self.b.data
    def backward(self, grad):
        self.w.grad += self.x.T @ grad
        self.b.grad += grad.sum(0)
        return grad @ self.w.data.T

class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.layers = [Linear(n_in, n_hidden), Relu(), Linear(n_hidden, n_out)]
    def forward(self, x):
        for l in self.layers: x = l.forward(x)
        return x
    def backward(self, dout):
        for l in reversed(self.layers): dout = l.backward(dout)
        return dout
class BatchNorm:
    def __init__(self, dim, eps=1e-5, momentum=0.9):
        self.gamma = np.ones(dim); self.beta = np.zeros(dim); self.eps=eps; self.momentum=momentum
        self.running_mean = np.zeros(dim); self.running_var = np.ones(dim)
    def forward(self, x, training=True):
        self.mu = x.mean(0); self.var = x.var(0)
        self.running_mean = self.momentum*self.running_mean + (1-self.momentum)*self.mu
        self.xh = (x - self.mu)/np.sqrt(self.var+self.eps)
        return self.gamma*self.xh + self.beta
    def backward(self, dout):
        self.grads = {'gamma': (dout*self.xh).sum(0), 'beta': dout.sum(0)}
        dxh = dout*self.gamma
        return (dxh)/np.sqrt(self.var+self.eps)
"""
"""Layers and losses as classes, as seven books and courses write them."""

LOSSES = '''
import numpy as np
def loss(w, X, y):
    return 0.5 * np.mean((X @ w - y) ** 2)
def grad(w, X, y):
    return X.T @ (X @ w - y) / len(y)

def logistic_loss(w, X, y):
    p = 1/(1+np.exp(-X @ w))
    return -np.mean(y*np.log(p) + (1-y)*np.log(1-p))
def logistic_loss_grad(w, X, y):
    p = 1/(1+np.exp(-X @ w))
    return X.T @ (p - y) / len(y)

def loss_and_grad(w):
    return float(np.sum(w**4)), 4*w**3

def bce(y_pred, y):
    return -np.sum(y*np.log(y_pred) + (1-y)*np.log(1-y_pred))
def bce_backward(y_pred, y):
    return (y_pred - y)/(y_pred*(1-y_pred))

def rosenbrock(x):
    return (1-x[0])**2 + 100*(x[1]-x[0]**2)**2
def rosenbrock_grad(x):
    return np.array([-2*(1-x[0]) - 400*x[0]*(x[1]-x[0]**2), 200*(x[1]-x[0]**2)])
def f(x, y):
    return x**2*y + np.sin(y)
def df(x, y):
    return 2*x*y, x**2 + np.cos(y)
def softmax(x):
    e = np.exp(x - x.max()); return e/e.sum()
def softmax_jacobian(x):
    s = softmax(x); return np.diag(s) - np.outer(s, s)
def layernorm(x, gamma, beta):
    mu = x.mean(-1, keepdims=True); v = x.var(-1, keepdims=True)
    return gamma*(x-mu)/np.sqrt(v+1e-5)+beta
def layernorm_vjp(x, gamma, beta, dy):
    mu = x.mean(-1, keepdims=True); v = x.var(-1, keepdims=True); s = np.sqrt(v+1e-5); xh = (x-mu)/s
    d = dy*gamma
    return (d - d.mean(-1, keepdims=True) - xh*(d*xh).mean(-1, keepdims=True))/s, (dy*xh).sum(0), dy.sum(0)
def compute_cost(X, y, theta):
    m = len(y)
    return 1/(2*m)*np.sum((X.dot(theta)-y)**2)
def compute_gradient(X, y, theta):
    m = len(y)
    return X.T.dot(X.dot(theta)-y)/m
def linear_forward(A, W, b):
    """A -- activations from previous layer: (size of previous layer, number of examples)
    W -- weights matrix: numpy array of shape (size of current layer, size of previous layer)
    b -- bias vector, numpy array of shape (size of the current layer, 1)"""
    Z = W @ A + b
    return Z, (A, W, b)
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = 1/m * dZ @ A_prev.T
    db = 1/m * np.sum(dZ, axis=1, keepdims=True)
    dA_prev = W.T @ dZ
    return dA_prev, dW, db
'''
"""Functions with their gradients."""

TORCH = """
import torch
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * x
class Lin(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, weight, bias):
        ctx.save_for_backward(input, weight)
        return input @ weight.t() + bias
    @staticmethod
    def backward(ctx, g):
        i, w = ctx.saved_tensors
        return g @ w, g.t() @ i, g.sum(0)
class Mod(torch.nn.Module):
    def __init__(self, dim):
        super().__init__(); self.l = torch.nn.Linear(dim, 3)
    def forward(self, x): return torch.tanh(self.l(x))
"""
"""PyTorch functions and a module."""

MORE = '''
import numpy as np, math
from dataclasses import dataclass
class Value:
    def __init__(self, data, _children=(), _op=''):
        self.data = data; self.grad = 0; self._backward = lambda: None
        self._prev = set(_children); self._op = _op
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), '+')
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), '*')
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out
    def __pow__(self, other):
        out = Value(self.data**other, (self,), f'**{other}')
        def _backward():
            self.grad = (other * self.data**(other-1)) * out.grad
        out._backward = _backward
        return out
    def tanh(self):
        t = math.tanh(self.data)
        out = Value(t, (self,), 'tanh')
        def _backward():
            self.grad += (1 - t) * out.grad
        out._backward = _backward
        return out
    def relu(self):
        out = Value(0 if self.data < 0 else self.data, (self,), 'ReLU')
        def _backward(): self.grad += (out.data > 0) * out.grad
        out._backward = _backward
        return out
    def backward(self):
        topo = []; visited = set()
        def build_topo(v):
            if v not in visited:
                visited.add(v)
                for c in v._prev: build_topo(c)
                topo.append(v)
        build_topo(self)
        self.grad = 1
        for v in reversed(topo): v._backward()
    def __neg__(self): return self * -1
    def __radd__(self, other): return self + other
    def __sub__(self, other): return self + (-other)
    def __rmul__(self, other): return self * other
    def __truediv__(self, other): return self * other**-1

def affine(x, W, b):
    y = x @ W + b
    def pullback(dy):
        return {"x": dy @ W.T, "W": x.T @ dy, "b": dy.sum(0)}
    return y, pullback

@dataclass
class Attention:
    scale: float = 0.5
    def forward(self, q: np.ndarray, k: np.ndarray, v: np.ndarray) -> np.ndarray:
        s = q @ k.T * self.scale
        e = np.exp(s - s.max(-1, keepdims=True)); self.p = e / e.sum(-1, keepdims=True)
        self.q, self.k, self.v = q, k, v
        return self.p @ v
    def backward(self, grad_out):
        dv = self.p.T @ grad_out
        dp = grad_out @ self.v.T
        ds = self.p * (dp - (dp * self.p).sum(-1, keepdims=True))
        return ds @ self.k * self.scale, ds.T @ self.q * self.scale, dv

class Embedding:
    def __init__(self, vocab_size, embed_dim):
        self.weight = np.random.randn(vocab_size, embed_dim)
    def forward(self, idx):
        self.idx = idx
        return self.weight[idx]
    def backward(self, dout):
        self.dweight = np.zeros_like(self.weight)
        self.dweight[self.idx] = dout       # wrong: repeated indices must add

def huber(y_pred, y_true, delta=1.0):
    r = y_pred - y_true
    return np.where(np.abs(r) <= delta, 0.5*r**2, delta*(np.abs(r)-0.5*delta)).mean()
def huber_grad(y_pred, y_true, delta=1.0):
    r = y_pred - y_true
    return np.clip(r, -delta, delta) / r.size

def cross_entropy(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -logp[np.arange(len(labels)), labels].mean()
def grad_cross_entropy(logits, labels):
    p = np.exp(logits - logits.max(axis=1, keepdims=True)); p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """
    - x: Input data, of shape (N, D)
    - prev_h: Previous hidden state, of shape (N, H)
    - prev_c: previous cell state, of shape (N, H)
    - Wx: Input-to-hidden weights, of shape (D, 4H)
    - Wh: Hidden-to-hidden weights, of shape (H, 4H)
    - b: Biases, of shape (4H,)
    """
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    sg = lambda z: 1/(1+np.exp(-z))
    i, f, o, g = sg(a[:, :H]), sg(a[:, H:2*H]), sg(a[:, 2*H:3*H]), np.tanh(a[:, 3*H:])
    next_c = f*prev_c + i*g
    next_h = o*np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)
def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, c = cache
    do = dnext_h*np.tanh(c)
    dc = dnext_c + dnext_h*o*(1-np.tanh(c)**2)
    df, di, dg = dc*prev_c, dc*g, dc*i
    da = np.hstack([di*i*(1-i), df*f*(1-f), do*o*(1-o), dg*(1-g**2)])
    dx, dprev_h, dprev_c, dWx, dWh, db = da@Wx.T, da@Wh.T, dc*f, x.T@da, prev_h.T@da, da.sum(0)
    return dx, dprev_h, dprev_c, dWx, dWh, db
def max_pool_forward_naive(x, pool_param):
    """- x: Input data, of shape (N, C, H, W)"""
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H-ph)//s+1, (W-pw)//s+1))
    for a in range(out.shape[2]):
        for b in range(out.shape[3]):
            out[:, :, a, b] = x[:, :, a*s:a*s+ph, b*s:b*s+pw].max((2, 3))
    return out, (x, pool_param)
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros_like(x)
    for a in range(dout.shape[2]):
        for b in range(dout.shape[3]):
            w = x[:, :, a*s:a*s+ph, b*s:b*s+pw]
            m = w == w.max((2, 3), keepdims=True)
            dx[:, :, a*s:a*s+ph, b*s:b*s+pw] += m * dout[:, :, a, b][:, :, None, None]
    return dx
class MyNet:
    def __init__(self, n_in=3, n_hidden=4, n_out=2, seed=0):
        rng = np.random.default_rng(seed)
        self.params = {"W1": rng.normal(size=(n_in, n_hidden)), "b1": np.zeros(n_hidden),
                       "W2": rng.normal(size=(n_hidden, n_out)), "b2": np.zeros(n_out)}
    def forward(self, X):
        self.X = X
        self.h = np.tanh(X @ self.params["W1"] + self.params["b1"])
        return self.h @ self.params["W2"] + self.params["b2"]
    def backward(self, dY):
        p, g = self.params, {}
        g["W2"] = self.h.T @ dY; g["b2"] = dY.sum(0)
        dh = dY @ p["W2"].T * (1 - self.h**2)
        g["W1"] = self.X.T @ dh; g["b1"] = dh.sum(0)
        return g
'''
"""An autograd engine, attention, an embedding, and what else has come along."""

ODD = """
import numpy as np

def mse_loss(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)

def mse_loss_derivative(y_true, y_pred):
    return 2 * (y_pred - y_true) / y_true.size

def tanh(x):
    return np.tanh(x)
def tanh_derivative(y):
    return 1 - y**2

def leaky_relu(z, alpha=0.01):
    return np.where(z > 0, z, alpha * z)
def leaky_relu_backward(dA, cache):
    Z = cache
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] *= 0.01
    return dZ

def sigmoid_forward(Z):
    A = 1 / (1 + np.exp(-Z))
    return A, Z
def sigmoid_backward(dA, cache):
    Z = cache
    s = 1 / (1 + np.exp(-Z))
    return dA * s * (1 - s)

def linear_activation_forward(A_prev, W, b, activation="relu"):
    Z = W @ A_prev + b
    return np.maximum(0, Z), (A_prev, W, b, Z)
def linear_activation_backward(dA, cache, activation="relu"):
    A_prev, W, b, Z = cache
    dZ = dA * (Z > 0)
    dW = dZ @ A_prev.T
    db = dZ.sum(axis=1, keepdims=True)
    dA_prev = W.T @ dZ
    return dA_prev, dW, db

def cost_function(theta, X, y):
    m = len(y)
    h = 1 / (1 + np.exp(-X.dot(theta)))
    J = -(1/m) * (y.T.dot(np.log(h)) + (1 - y).T.dot(np.log(1 - h)))
    grad = (1/m) * X.T.dot(h - y)
    return J, grad

def ridge_loss(w, X, y, lam=0.1):
    r = X @ w - y
    return 0.5 * r @ r + 0.5 * lam * w @ w
def ridge_grad(w, X, y, lam=0.1):
    return X.T @ (X @ w - y)       # penalty forgotten

def log_likelihood(beta, X, y):
    eta = X @ beta
    return np.sum(y * eta - np.exp(eta))
def log_likelihood_gradient(beta, X, y):
    return X.T @ (y - np.exp(X @ beta))

def quadratic_form(x, A):
    return x @ A @ x
def grad_quadratic_form(x, A):
    return 2 * A @ x        # right only for symmetric A

def gaussian_logpdf(x, mu, sigma):
    return -0.5 * np.sum(((x - mu) / sigma) ** 2) - len(x) * np.log(sigma)
def gaussian_logpdf_grad(x, mu, sigma):
    return np.sum(x - mu) / sigma**2, np.sum((x - mu) ** 2) / sigma**3 - len(x) / sigma

def conv1d_forward(x, w):
    n, k = len(x), len(w)
    return np.array([x[i:i+k] @ w for i in range(n-k+1)])
def conv1d_backward(dy, x, w):
    k = len(w)
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i, d in enumerate(dy):
        dx[i:i+k] += d * w
        dw += d * x[i:i+k]
    return dx, dw

def layer_norm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(-1, keepdims=True); var = x.var(-1, keepdims=True)
    xh = (x - mu) / np.sqrt(var + eps)
    return gamma * xh + beta, (xh, gamma, var, eps)
def layer_norm_backward(dout, cache):
    xh, gamma, var, eps = cache
    dgamma = (dout * xh).sum(0); dbeta = dout.sum(0)
    dxh = dout * gamma
    dx = (dxh - dxh.mean(-1, keepdims=True)) / np.sqrt(var + eps)
    return dx, dgamma, dbeta

class Softmax:
    def forward(self, inputs):
        e = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = e / e.sum(axis=1, keepdims=True)
        return self.output
    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for i, (o, d) in enumerate(zip(self.output, dvalues)):
            o = o.reshape(-1, 1)
            self.dinputs[i] = np.dot(np.diagflat(o) - np.dot(o, o.T), d)

class LogisticRegression:
    def __init__(self, n_features):
        self.w = np.zeros(n_features); self.b = np.zeros(1)
    def loss(self, X, y):
        p = 1 / (1 + np.exp(-(X @ self.w + self.b)))
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    def gradient(self, X, y):
        p = 1 / (1 + np.exp(-(X @ self.w + self.b)))
        return {"w": X.T @ (p - y) / len(y), "b": np.array([np.mean(p - y)])}

class RNN:
    def __init__(self, input_size, hidden_size):
        self.Wx = np.random.randn(input_size, hidden_size)
        self.Wh = np.random.randn(hidden_size, hidden_size)
        self.b = np.zeros(hidden_size)
    def forward(self, x, h_prev):
        self.cache = (x, h_prev, np.tanh(x @ self.Wx + h_prev @ self.Wh + self.b))
        return self.cache[2]
    def backward(self, dh_next):
        x, h_prev, h = self.cache
        dt = dh_next * (1 - h**2)
        self.grads = [x.T @ dt, h_prev.T @ dt, dt.sum(0)]
        return dt @ self.Wx.T, dt @ self.Wh.T
"""
"""Loose conventions: no cache where one is named, gradients for some arguments, outputs as inputs."""

WORLD = '''
import numpy as np
import a_library_that_plots as plt
from a_file_of_the_course import helper

data = open("a file that is not here.txt").read()
plt.style.use("dark")
while True:
    helper()

vocab_size, hidden_size = 4, 3
Wxh = np.ones((hidden_size, vocab_size))
Whh = np.ones((hidden_size, hidden_size))
Why = np.ones((vocab_size, hidden_size))

def lossFun(inputs, targets, hprev):
    """inputs and targets are lists of integers"""
    xs, hs, ps, loss = {}, {-1: np.copy(hprev)}, {}, 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((vocab_size, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t - 1])
        e = np.exp(Why @ hs[t])
        ps[t] = e / e.sum()
        loss += -np.log(ps[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += dy @ hs[t].T
        dh = Why.T @ dy       # wrong: what comes back from the next step is forgotten
        dhraw = (1 - hs[t] * hs[t]) * dh
        dWxh += dhraw @ xs[t].T
        dWhh += dhraw @ hs[t - 1].T
        dhnext = Whh.T @ dhraw
    return loss, dWxh, dWhh, dWhy, hs[len(inputs) - 1]

def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def sigmoid_derivative(x):
    return x * (1 - x)
def trained(x, y, w):
    layer = sigmoid(x @ w)
    return x.T @ ((layer - y) * sigmoid_derivative(layer))

def forward_propagation(X, parameters):
    """X -- input data of size (n_x, m)"""
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = sigmoid(np.dot(W2, A1) + b2)
    return A2, {"A1": A1, "A2": A2}
def compute_cost(A2, Y):
    m = Y.shape[1]
    return -np.sum(np.multiply(np.log(A2), Y) + np.multiply(np.log(1 - A2), 1 - Y)) / m
def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dZ1 = np.dot(parameters["W2"].T, dZ2) * (1 - np.power(cache["A1"], 2))
    return {"dW1": np.dot(dZ1, X.T) / m, "db1": np.sum(dZ1, axis=1, keepdims=True) / m,
            "dW2": np.dot(dZ2, cache["A1"].T) / m, "db2": np.sum(dZ2, axis=1, keepdims=True) / m}

def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors):
    """outsideVectors -- in shape (num words in vocab, word vector length)"""
    scores = np.dot(outsideVectors, centerWordVec)
    y_hat = np.exp(scores - scores.max())
    y_hat /= y_hat.sum()
    loss = -np.log(y_hat[outsideWordIdx])
    delta = y_hat.copy()
    delta[outsideWordIdx] -= 1
    gradCenterVec = np.dot(outsideVectors.T, delta)
    gradOutsideVecs = np.outer(delta, centerWordVec)
    return loss, gradCenterVec, gradOutsideVecs

def propagate(w, b, X, Y):
    """w -- weights of shape (D, 1)
    b -- bias, a scalar
    X -- data of shape (D, N)
    Y -- true labels of shape (1, N)"""
    m = X.shape[1]
    A = sigmoid(np.dot(w.T, X) + b)
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    grads = {"dw": np.dot(X, (A - Y).T), "db": np.sum(A - Y) / m}     # wrong: 1 / m is missing once
    return grads, cost

def focal_loss(logits, labels, *, gamma):
    p = 1 / (1 + np.exp(-logits))
    pt = np.where(labels == 1, p, 1 - p)
    return -np.mean((1 - pt) ** gamma * np.log(pt))
def focal_loss_grad(logits, labels, *, gamma):
    p = 1 / (1 + np.exp(-logits))
    pt = np.where(labels == 1, p, 1 - p)
    dpt = gamma * (1 - pt) ** (gamma - 1) * np.log(pt) - (1 - pt) ** gamma / pt
    return dpt * pt * (1 - pt) * np.where(labels == 1, 1.0, -1.0) / logits.size

def rosen(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
def rosen_der(x):
    der = np.zeros_like(x)
    der[:-1] = -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    der[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return der

def activate(Z, kind="relu"):
    if kind == "relu":
        return np.maximum(0, Z)
    elif kind == "tanh":
        return np.tanh(Z)
def activate_backward(dA, Z, kind="relu"):
    if kind == "relu":
        return dA * (Z > 0)
    elif kind == "tanh":
        return dA * (1 - Z ** 2)      # wrong in this branch alone

def vae_kl(mu, logvar):
    return -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))
def vae_kl_backward(mu, logvar):
    return mu, -0.5 * (1 - np.exp(logvar))

class Layer:
    def forward(self, x):
        # TODO: return the output
        pass
    def backward(self, dout):
        pass

class SoftmaxOfColumns:
    def forward(self, input):
        tmp = np.exp(input)
        self.output = tmp / np.sum(tmp)
        return self.output
    def backward(self, output_gradient):
        n = np.size(self.output)
        return np.dot((np.identity(n) - self.output.T) * self.output, output_gradient)

class Quadratic:
    def __init__(self):
        self.A = np.array([[3.0, 1.0], [1.0, 2.0]])
        self.b = np.array([1.0, -1.0])
    def fun(self, x):
        return 0.5 * x @ self.A @ x - self.b @ x
    def jac(self, x):
        return self.A @ x - self.b
'''
"""What files do besides: read what is not here, keep parameters in globals and dictionaries, take columns."""

FLAG = """
import numpy as np
def nonlin(x, deriv=False):
    if deriv == True:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))
l1 = nonlin(np.ones(3))
l1_delta = nonlin(l1, deriv=True)
"""
ONE_SAMPLE = """
import numpy as np
class FCLayer:
    def __init__(self, input_size, output_size):
        self.weights = np.random.rand(input_size, output_size) - 0.5
        self.bias = np.random.rand(1, output_size) - 0.5
    def forward_propagation(self, data):
        self.input = data
        return np.dot(data, self.weights) + self.bias
    def backward_propagation(self, error, eta):
        input_error = np.dot(error, self.weights.T)
        self.weights -= eta * np.dot(self.input.T, error)
        self.bias -= eta * error
        return input_error
"""
SLICES = """
import numpy as np
def rosen(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
def rosen_der(x):
    xm = x[1:-1]
    der = np.zeros_like(x)
    der[1:-1] = 200 * (xm - x[:-2] ** 2) - 400 * (x[2:] - xm ** 2) * xm - 2 * (1 - xm)
    der[0] = -400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0])
    der[-1] = 200 * (x[-1] - x[-2] ** 2)
    return der
"""
"""Derivatives under a flag, a layer for one sample, and a function that is a sum over nothing for one number."""

STATISTICS = '''
import numpy as np

class LogisticRegression:
    def __init__(self, n_features, lam=0.1):
        self.w = np.random.RandomState(0).randn(n_features) * 0.1
        self.b = 0.0
        self.lam = lam
    def loss(self, X, y):
        p = 1 / (1 + np.exp(-(X @ self.w + self.b)))
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + 0.5 * self.lam * np.sum(self.w ** 2)
    def gradient(self, X, y):
        err = 1 / (1 + np.exp(-(X @ self.w + self.b))) - y
        dw = X.T @ err / len(y) + self.lam * self.w
        db = err.mean()
        return dw, db

class SummedBias(LogisticRegression):
    def loss(self, X, y):
        return super().loss(X, y)
    def gradient(self, X, y):
        err = 1 / (1 + np.exp(-(X @ self.w + self.b))) - y
        dw = X.T @ err / len(y) + self.lam * self.w
        db = err.sum()
        return dw, db

def vae_loss(x, x_rec, mu, logvar):
    N = x.shape[0]
    loss = ((x_rec - x) ** 2).sum() / N - 0.5 * (1 + logvar - mu ** 2 - np.exp(logvar)).sum() / N
    grads = {"x_rec": 2 * (x_rec - x) / N, "mu": mu / N, "logvar": 0.5 * (np.exp(logvar) - 1) / N}
    return loss, grads

def vae_sum(x, x_rec, mu, logvar):
    N = x.shape[0]
    loss = ((x_rec - x) ** 2).sum() / N - 0.5 * (1 + logvar - mu ** 2 - np.exp(logvar)).sum() / N
    grads = {"x_rec": 2 * (x_rec - x) / N, "mu": mu, "logvar": 0.5 * (np.exp(logvar) - 1) / N}
    return loss, grads

def mf_loss(U, V, R, mask, lam=0.1):
    E = mask * (R - U @ V.T)
    return (E ** 2).sum() + lam * ((U ** 2).sum() + (V ** 2).sum())

def mf_grad(U, V, R, mask, lam=0.1):
    E = mask * (R - U @ V.T)
    return -2 * E @ V + 2 * lam * U, -2 * E.T @ U + 2 * lam * V

def path_loss(emissions, transitions, tags):
    """Negative score of one path. emissions (T, K), transitions (K, K), tags (T,) labels in [0, K)."""
    T, K = emissions.shape
    return -np.sum(emissions[np.arange(T), tags] ** 2) / 2 - transitions[tags[:-1], tags[1:]].sum()

def path_grad(emissions, transitions, tags):
    T, K = emissions.shape
    dE, dT = np.zeros_like(emissions), np.zeros_like(transitions)
    dE[np.arange(T), tags] -= emissions[np.arange(T), tags]
    dT[tags[:-1], tags[1:]] -= 1
    return dE, dT

def softmax_cost(params, X, y, num_labels=3):
    m, n = X.shape
    Z = X.dot(params.reshape(n, num_labels))
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    Y = np.eye(num_labels)[y]
    J = -(Y * np.log(P)).sum() / m
    grad = X.T.dot(P - Y) / m
    return J, grad.ravel()
'''
"""Likelihoods and factorisations: biases that are plain numbers, shapes told in passing, indices that meet twice."""

WRONG = {
    "SummedBias", "vae_sum", "path_loss:path_grad",
    "affine_forward:affine_backward", "svm_loss_vectorized", "sigmoid:sigmoid_prime", "WrongLinear", "BatchNorm",
    "Square", "Value.__pow__", "Value.__truediv__", "Value.tanh",
    "Embedding", "ridge_loss:ridge_grad", "layer_norm_forward:layer_norm_backward",
    "quadratic_form:grad_quadratic_form", "lossFun", "propagate", "activate:activate_backward",
}  # fmt: skip
"""What is wrong in them."""
