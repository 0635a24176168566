"""Functions that people differentiate by hand: in NumPy with the gradient derived, and in PyTorch for the truth.

Each entry has a value f(*args), a gradient grad(*args) with one array an argument, the same function written with
PyTorch, and arguments. The PyTorch version is written apart, and autograd differentiates it: that is the truth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Function:
    """A function with its gradient, and with its twin in PyTorch."""

    name: str
    f: Callable[..., Any]
    grad: Callable[..., tuple[Array | None, ...]]
    twin: Callable[..., Any]
    args: tuple[Any, ...]

    def truth(self) -> tuple[Array, ...]:
        """Differentiate the twin, in double precision."""
        given = [
            torch.tensor(np.array(arg), dtype=torch.float64, requires_grad=True)
            if np.asarray(arg).dtype.kind == "f"
            else torch.as_tensor(np.asarray(arg))
            for arg in self.args
        ]
        value = self.twin(*given)
        leaves = [tensor for tensor in given if tensor.requires_grad]
        found = torch.autograd.grad(value, leaves, allow_unused=True)
        return tuple(
            (torch.zeros_like(leaf) if own is None else own).numpy() for own, leaf in zip(found, leaves, strict=True)
        )


def sigmoid(z: Array) -> Array:
    return np.asarray(np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z)))))


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def log_softmax(z: Array) -> Array:
    shifted = z - z.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def elementwise(name: str, f: Any, slope: Any, twin: Any, x: Array) -> Function:
    """The weighted sum of a function of each entry."""
    w = np.linspace(0.5, 1.5, x.size).reshape(x.shape)
    return Function(
        name,
        lambda x: (w * f(x)).sum(),
        lambda x: (w * slope(x),),
        lambda x: (torch.as_tensor(w) * twin(x)).sum(),
        (x,),
    )


def functions(seed: int = 0) -> list[Function]:
    """All of them, at arguments drawn from a seed."""
    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> Array:
        return rng.normal(size=shape)

    def positive(*shape: int) -> Array:
        return rng.uniform(0.2, 2.0, size=shape)

    return [
        *_elementwise(normal, positive),
        *_losses(normal, rng),
        *_algebra(normal),
        *_indexing(normal),
        *_layers(normal),
        *_unusual(normal, positive),
    ]


def _elementwise(normal: Any, positive: Any) -> list[Function]:
    a = 0.1
    return [
        elementwise("sin", np.sin, np.cos, torch.sin, normal(3, 4)),
        elementwise("exp", np.exp, np.exp, torch.exp, normal(5)),
        elementwise("tanh", np.tanh, lambda x: 1 - np.tanh(x) ** 2, torch.tanh, normal(6)),
        elementwise("sigmoid", sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x)), torch.sigmoid, 3 * normal(6)),
        elementwise("softplus", lambda x: np.logaddexp(0, x), sigmoid, functional.softplus, normal(6)),
        elementwise("silu", lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x))), functional.silu, normal(6)),
        elementwise("log", np.log, lambda x: 1 / x, torch.log, positive(5)),
        elementwise("sqrt", np.sqrt, lambda x: 0.5 / np.sqrt(x), torch.sqrt, positive(5)),
        elementwise("reciprocal", lambda x: 1 / x, lambda x: -1 / x**2, torch.reciprocal, positive(5)),
        elementwise("cube", lambda x: x**3, lambda x: 3 * x**2, lambda x: x**3, normal(5)),
        elementwise("arctan", np.arctan, lambda x: 1 / (1 + x**2), torch.arctan, normal(5)),
        elementwise("fast sine", lambda x: np.sin(50 * x), lambda x: 50 * np.cos(50 * x), lambda x: torch.sin(50 * x), normal(5)),
        elementwise("steep tanh", lambda x: np.tanh(100 * x), lambda x: 100 * (1 - np.tanh(100 * x) ** 2), lambda x: torch.tanh(100 * x), 0.01 * normal(5)),
        elementwise("relu", lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0, torch.relu, normal(8)),
        elementwise("leaky relu", lambda x: np.where(x > 0, x, a * x), lambda x: np.where(x > 0, 1.0, a), lambda x: functional.leaky_relu(x, a), normal(8)),
        elementwise("abs", np.abs, np.sign, torch.abs, normal(5)),
        elementwise("clip", lambda x: np.clip(x, -1, 1), lambda x: (np.abs(x) <= 1) * 1.0, lambda x: torch.clamp(x, -1, 1), normal(8)),
        elementwise("huber", lambda x: np.where(np.abs(x) < 1, 0.5 * x**2, np.abs(x) - 0.5), lambda x: np.clip(x, -1, 1), lambda x: functional.huber_loss(x, torch.zeros_like(x), reduction="none"), 2 * normal(8)),
        elementwise("elu", lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda x: np.where(x > 0, 1.0, np.exp(np.minimum(x, 0))), functional.elu, normal(6)),
        elementwise("gelu tanh", _gelu, _gelu_slope, lambda x: functional.gelu(x, approximate="tanh"), normal(6)),
        elementwise("sinc", lambda x: np.sin(x) / x, lambda x: (x * np.cos(x) - np.sin(x)) / x**2, lambda x: torch.sin(x) / x, normal(5)),
        elementwise("bump", lambda x: np.exp(-1 / (1 - x**2)), lambda x: np.exp(-1 / (1 - x**2)) * -2 * x / (1 - x**2) ** 2, lambda x: torch.exp(-1 / (1 - x**2)), 0.3 * normal(5)),
    ]  # fmt: skip


def _gelu(x: Array) -> Array:
    return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))


def _gelu_slope(x: Array) -> Array:
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    return np.asarray(0.5 * (1 + t) + 0.5 * x * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2))


def _losses(normal: Any, rng: np.random.Generator) -> list[Function]:
    classes = rng.integers(0, 5, size=4)
    bits, soft = rng.integers(0, 2, size=(4, 3)) * 1.0, softmax(normal(4, 5))
    t = normal(4, 3)
    onehot = np.eye(5)[classes]

    def cosine_grad(a: Array, b: Array) -> tuple[Array, Array]:
        na, nb, c = np.linalg.norm(a), np.linalg.norm(b), a @ b
        return b / (na * nb) - c * a / (na**3 * nb), a / (na * nb) - c * b / (na * nb**3)

    return [
        Function("mean squared error", lambda y: ((y - t) ** 2).mean(), lambda y: (2 * (y - t) / y.size,), lambda y: functional.mse_loss(y, torch.as_tensor(t)), (normal(4, 3),)),
        Function("half sum of squares", lambda y: 0.5 * ((y - t) ** 2).sum(), lambda y: (y - t,), lambda y: 0.5 * ((y - torch.as_tensor(t)) ** 2).sum(), (normal(4, 3),)),
        Function("binary cross-entropy", lambda y: (np.logaddexp(0, y) - bits * y).mean(), lambda y: ((sigmoid(y) - bits) / y.size,), lambda y: functional.binary_cross_entropy_with_logits(y, torch.as_tensor(bits)), (normal(4, 3),)),
        Function("cross-entropy", lambda y: -log_softmax(y)[np.arange(4), classes].mean(), lambda y: ((softmax(y) - onehot) / 4,), lambda y: functional.cross_entropy(y, torch.as_tensor(classes)), (normal(4, 5),)),
        Function("soft cross-entropy", lambda y: -(soft * log_softmax(y)).sum(), lambda y: (softmax(y) - soft,), lambda y: functional.cross_entropy(y, torch.as_tensor(soft), reduction="sum"), (normal(4, 5),)),
        Function("saturated cross-entropy", lambda y: -log_softmax(y)[np.arange(4), classes].mean(), lambda y: ((softmax(y) - onehot) / 4,), lambda y: functional.cross_entropy(y, torch.as_tensor(classes)), (8 * normal(4, 5),)),
        Function("hinge", lambda y: np.maximum(0, 1 - (2 * bits - 1) * y).sum(), lambda y: (-(2 * bits - 1) * ((2 * bits - 1) * y < 1),), lambda y: torch.relu(1 - torch.as_tensor(2 * bits - 1) * y).sum(), (normal(4, 3),)),
        Function("Kullback-Leibler", lambda q: (soft * (np.log(soft) - np.log(q))).sum(), lambda q: (-soft / q,), lambda q: functional.kl_div(torch.log(q), torch.as_tensor(soft), reduction="sum"), (softmax(normal(4, 5)),)),
        Function("cosine", lambda a, b: a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), cosine_grad, lambda a, b: functional.cosine_similarity(a, b, dim=0), (normal(5), normal(5))),
        Function("log-sum-exp", lambda x: np.log(np.exp(x - x.max()).sum()) + x.max(), lambda x: (softmax(x),), lambda x: torch.logsumexp(x, 0), (5 * normal(6),)),
    ]  # fmt: skip


def _algebra(normal: Any) -> list[Function]:
    S, v = normal(4, 4), normal(4)
    P = S @ S.T + 4 * np.eye(4)
    inverse = np.linalg.inv
    return [
        Function("quadratic form", lambda x: x @ S @ x, lambda x: ((S + S.T) @ x,), lambda x: x @ torch.as_tensor(S) @ x, (normal(4),)),
        Function("log-determinant", lambda A: np.linalg.slogdet(A)[1], lambda A: (inverse(A).T,), torch.logdet, (P,)),
        Function("determinant", np.linalg.det, lambda A: (np.linalg.det(A) * inverse(A).T,), torch.det, (normal(4, 4),)),
        Function("trace of inverse", lambda A: np.trace(inverse(A)), lambda A: (-(inverse(A) @ inverse(A)).T,), lambda A: torch.trace(torch.inverse(A)), (P,)),
        Function("solve", lambda A, b: v @ np.linalg.solve(A, b), lambda A, b: (-np.outer(inverse(A).T @ v, np.linalg.solve(A, b)), inverse(A).T @ v), lambda A, b: torch.as_tensor(v) @ torch.linalg.solve(A, b), (P, normal(4))),
        Function("trace of product", lambda A, B: np.trace(A @ B), lambda A, B: (B.T, A.T), lambda A, B: torch.trace(A @ B), (normal(3, 5), normal(5, 3))),
        Function("Frobenius norm", np.linalg.norm, lambda A: (A / np.linalg.norm(A),), torch.linalg.norm, (normal(3, 4),)),
        Function("Rayleigh quotient", lambda x: (x @ P @ x) / (x @ x), lambda x: (2 * (P @ x - (x @ P @ x) / (x @ x) * x) / (x @ x),), lambda x: (x @ torch.as_tensor(P) @ x) / (x @ x), (normal(4),)),
        Function("outer product", lambda a, b: (np.outer(a, b) ** 2).sum(), lambda a, b: (2 * a * (b @ b), 2 * b * (a @ a)), lambda a, b: (torch.outer(a, b) ** 2).sum(), (normal(3), normal(5))),
        Function("matrix power", lambda A: np.trace(A @ A @ A), lambda A: (3 * (A @ A).T,), lambda A: torch.trace(A @ A @ A), (normal(4, 4),)),
        Function("variance", lambda x: x.var(), lambda x: (2 * (x - x.mean()) / x.size,), lambda x: x.var(unbiased=False), (normal(7),)),
    ]  # fmt: skip


def _indexing(normal: Any) -> list[Function]:
    ids, w = np.array([1, 3, 1, 0, 1]), np.arange(1.0, 7.0)
    weights = normal(5, 3)

    def gathered(W: Array) -> tuple[Array]:
        total = np.zeros_like(W)
        np.add.at(total, ids, weights * np.cos(W[ids]))
        return (total,)

    def horner(c: Array, x: Any) -> Any:
        value = 0 * x
        for own in c:
            value = value * x + own
        return value

    def horner_grad(c: Array, x: Array) -> tuple[Array, Array]:
        powers = x ** np.arange(len(c) - 1, -1, -1)
        return powers, np.asarray((c[:-1] * np.arange(len(c) - 1, 0, -1) * x ** np.arange(len(c) - 2, -1, -1)).sum())

    return [
        Function("embedding", lambda W: (weights * np.sin(W[ids])).sum(), gathered, lambda W: (torch.as_tensor(weights) * torch.sin(W[torch.as_tensor(ids)])).sum(), (normal(4, 3),)),
        Function("sort", lambda x: (w * np.sort(x)).sum(), lambda x: (w[np.argsort(np.argsort(x))],), lambda x: (torch.as_tensor(w) * torch.sort(x)[0]).sum(), (normal(6),)),
        Function("max", lambda x: x.max(), lambda x: (np.eye(6)[x.argmax()],), torch.max, (normal(6),)),
        Function("row maxima", lambda x: (x.max(axis=1) ** 2).sum(), lambda x: (2 * x * (x == x.max(axis=1, keepdims=True)),), lambda x: (x.max(dim=1)[0] ** 2).sum(), (normal(3, 4),)),
        Function("cumulative sum", lambda x: (w * np.cumsum(x) ** 2).sum(), lambda x: (np.cumsum((2 * w * np.cumsum(x))[::-1])[::-1].copy(),), lambda x: (torch.as_tensor(w) * torch.cumsum(x, 0) ** 2).sum(), (normal(6),)),
        Function("where", lambda x: np.where(x > 0.1, x**2, np.sin(x)).sum(), lambda x: (np.where(x > 0.1, 2 * x, np.cos(x)),), lambda x: torch.where(x > 0.1, x**2, torch.sin(x)).sum(), (normal(6),)),
        Function("product", lambda x: x.prod(), lambda x: (np.array([np.delete(x, i).prod() for i in range(x.size)]),), torch.prod, (normal(5),)),
        Function("polynomial", horner, horner_grad, horner, (normal(5), normal())),
        Function("take and whole numbers", lambda x, n: x[n] ** 2, lambda x, n: (2 * x * (np.arange(x.size) == n), None), lambda x, n: x[n] ** 2, (normal(5), 3)),
    ]  # fmt: skip


def _layers(normal: Any) -> list[Function]:
    return [
        _affine(normal),
        _two_layers(normal),
        _layer_norm(normal),
        _attention(normal),
        _recurrent(normal),
        _convolution(normal),
    ]


def _affine(normal: Any) -> Function:
    t = normal(5, 2)

    def grad(x: Array, W: Array, b: Array) -> tuple[Array, ...]:
        d = x @ W + b - t
        return d @ W.T, x.T @ d, d.sum(axis=0)

    return Function(
        "affine",
        lambda x, W, b: 0.5 * ((x @ W + b - t) ** 2).sum(),
        grad,
        lambda x, W, b: 0.5 * ((x @ W + b - torch.as_tensor(t)) ** 2).sum(),
        (normal(5, 3), normal(3, 2), normal(2)),
    )


def _two_layers(normal: Any) -> Function:
    x, t = normal(5, 3), normal(5, 2)

    def grad(W1: Array, b1: Array, W2: Array, b2: Array) -> tuple[Array, ...]:
        h = np.tanh(x @ W1 + b1)
        d = 2 * (h @ W2 + b2 - t) / t.size
        dz = d @ W2.T * (1 - h**2)
        return x.T @ dz, dz.sum(axis=0), h.T @ d, d.sum(axis=0)

    return Function(
        "two layers",
        lambda W1, b1, W2, b2: ((np.tanh(x @ W1 + b1) @ W2 + b2 - t) ** 2).mean(),
        grad,
        lambda W1, b1, W2, b2: functional.mse_loss(
            torch.tanh(torch.as_tensor(x) @ W1 + b1) @ W2 + b2, torch.as_tensor(t)
        ),
        (normal(3, 4), normal(4), normal(4, 2), normal(2)),
    )


def _layer_norm(normal: Any) -> Function:
    w = normal(4, 6)

    def f(x: Array, g: Array) -> Any:
        hat = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
        return (w * g * hat).sum()

    def grad(x: Array, g: Array) -> tuple[Array, Array]:
        scale = 1 / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
        hat = (x - x.mean(axis=1, keepdims=True)) * scale
        d = w * g
        dx = scale * (d - d.mean(axis=1, keepdims=True) - hat * (d * hat).mean(axis=1, keepdims=True))
        return dx, (w * hat).sum(axis=0)

    return Function(
        "layer norm",
        f,
        grad,
        lambda x, g: (torch.as_tensor(w) * functional.layer_norm(x, (6,), g)).sum(),
        (normal(4, 6), normal(6)),
    )


def _attention(normal: Any) -> Function:
    w, scale = normal(3, 4), 0.5

    def grad(Q: Array, K: Array, V: Array) -> tuple[Array, ...]:
        A = softmax(scale * Q @ K.T)
        dA = w @ V.T
        dS = scale * A * (dA - (A * dA).sum(axis=1, keepdims=True))
        return dS @ K, dS.T @ Q, A.T @ w

    return Function(
        "attention",
        lambda Q, K, V: (w * (softmax(scale * Q @ K.T) @ V)).sum(),
        grad,
        lambda Q, K, V: (torch.as_tensor(w) * functional.scaled_dot_product_attention(Q, K, V)).sum(),
        (normal(3, 4), normal(5, 4), normal(5, 4)),
    )


def _recurrent(normal: Any) -> Function:
    xs, w = normal(4, 3), normal(3)

    def states(U: Array) -> list[Array]:
        found = [np.zeros(3)]
        for x in xs:
            found.append(np.tanh(U @ found[-1] + x))
        return found

    def grad(U: Array) -> tuple[Array]:
        h = states(U)
        dU, dh = np.zeros_like(U), w.copy()
        for step in range(len(xs), 0, -1):
            dz = dh * (1 - h[step] ** 2)
            dU += np.outer(dz, h[step - 1])
            dh = U.T @ dz
        return (dU,)

    def twin(U: Any) -> Any:
        h = torch.zeros(3, dtype=torch.float64)
        for x in xs:
            h = torch.tanh(U @ h + torch.as_tensor(x))
        return torch.as_tensor(w) @ h

    return Function("recurrent network", lambda U: w @ states(U)[-1], grad, twin, (normal(3, 3),))


def _convolution(normal: Any) -> Function:
    w = normal(6)

    def grad(x: Array, k: Array) -> tuple[Array, Array]:
        return np.convolve(w, k), np.correlate(x, w, "valid")

    return Function(
        "convolution",
        lambda x, k: w @ np.correlate(x, k, "valid"),
        grad,
        lambda x, k: torch.as_tensor(w) @ functional.conv1d(x[None, None], k[None, None])[0, 0],
        (normal(8), normal(3)),
    )


def _unusual(normal: Any, positive: Any) -> list[Function]:
    """What seldom stands in a test: series, spectra, decompositions, loops that end when they have seen enough."""
    kernel, ids = normal(3), np.array([0, 2, 2, 1, 0])
    odd, even = normal(7), normal(6)

    def convolved(x: Array) -> tuple[Array]:
        return (np.convolve(2 * np.convolve(x, kernel, "valid"), kernel[::-1], "full"),)

    def added(x: Array) -> Any:
        total = np.zeros(3, dtype=x.dtype)
        np.add.at(total, ids, x)
        return (total**3).sum()

    def spectrum(A: Array) -> tuple[Array]:
        values, vectors = np.linalg.eigh((A + A.T) / 2)
        return ((vectors * np.cos(values)) @ vectors.T,)

    def nuclear(A: Array) -> tuple[Array]:
        u, _, vt = np.linalg.svd(A, full_matrices=False)
        return (u @ vt,)

    def median(x: Array) -> tuple[Array]:
        order, slope = np.argsort(x), np.zeros_like(x)
        slope[order[2:4]] = 0.5
        return (slope,)

    def filtered(x: Array) -> Any:
        return (np.abs(np.fft.fft(x)) ** 2 * np.arange(x.size)).sum()

    return [
        elementwise("error function, a series", _erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-(x**2)), torch.erf, normal(4)),
        elementwise("Bessel function, a series", lambda x: _bessel(x, 0), lambda x: -_bessel(x, 1), _bessel_integral, positive(4)),
        elementwise("square root by Newton", _newton, lambda x: 0.5 / np.sqrt(x), torch.sqrt, positive(4)),
        Function("log of cumulative sums", lambda x: np.log(np.cumsum(np.exp(x))).sum(), lambda x: (np.exp(x) * np.cumsum((1 / np.cumsum(np.exp(x)))[::-1])[::-1],), lambda x: torch.logcumsumexp(x, 0).sum(), (normal(6),)),
        Function("cumulative product", lambda x: np.cumprod(x).sum(), lambda x: (np.array([(np.cumprod(x)[k:] / x[k]).sum() for k in range(x.size)]),), lambda x: torch.cumprod(x, 0).sum(), (positive(6),)),
        Function("median, squared", lambda x: np.median(x) ** 2, lambda x: (2 * x * (x == np.median(x)),), lambda x: torch.median(x) ** 2, (odd,)),
        Function("median of an even number", np.median, median, lambda x: torch.quantile(x, 0.5), (even,)),
        Function("convolution", lambda x: (np.convolve(x, kernel, "valid") ** 2).sum(), convolved, lambda x: (functional.conv1d(x[None, None], torch.as_tensor(kernel[::-1].copy())[None, None]) ** 2).sum(), (normal(7),)),
        Function("add at repeated places", added, lambda x: (3 * np.array([x[ids == k].sum() for k in range(3)])[ids] ** 2,), lambda x: (torch.zeros(3, dtype=x.dtype).index_add(0, torch.as_tensor(ids), x) ** 3).sum(), (normal(5),)),
        Function("sines of eigenvalues", lambda A: np.sin(np.linalg.eigvalsh((A + A.T) / 2)).sum(), spectrum, lambda A: torch.sin(torch.linalg.eigvalsh((A + A.T) / 2)).sum(), (normal(4, 4),)),
        Function("nuclear norm", lambda A: np.linalg.svd(A, compute_uv=False).sum(), nuclear, lambda A: torch.linalg.matrix_norm(A, "nuc"), (normal(4, 3),)),
        Function("filtered spectrum", filtered, lambda x: (2 * np.fft.fft(np.arange(x.size) * np.conj(np.fft.fft(x))).real,), lambda x: (torch.fft.fft(x).abs() ** 2 * torch.arange(x.numel())).sum(), (normal(6),)),
    ]  # fmt: skip


def _erf(x: Array) -> Array:
    total, term = 0 * x, 2 / np.sqrt(np.pi) * x
    for k in range(60):
        total = total + term / (2 * k + 1)
        term = -term * x**2 / (k + 1)
    return total


def _bessel(x: Array, order: int) -> Array:
    total, term = 0 * x, (x / 2) ** order
    for k in range(30):
        total = total + term
        term = -term * (x / 2) ** 2 / ((k + 1) * (k + 1 + order))
    return total


def _bessel_integral(x: Any) -> Any:
    angles = torch.pi * torch.arange(64, dtype=torch.float64) / 64
    return torch.cos(x[..., None] * torch.sin(angles)).mean(-1)


def _newton(a: Array) -> Array:
    root = 0 * a + 1.0
    for _ in range(40):
        root = root - (root**2 - a) / (2 * root)
        if np.all((root**2 - a) ** 2 < 1e-26):
            break
    return root
