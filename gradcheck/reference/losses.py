"""A loss is the last layer: it turns predictions and targets into one number, where the walk backwards begins.

Each takes y (batch, outputs) and a target, and returns one number for the whole batch. Whether that number is a sum
or a mean over the batch decides a factor in every gradient of the network, so each docstring says which it is.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.op import Array, Gradients, Layer, Pullback
from gradcheck.reference.activations import logistic


class Loss(Layer):
    """A loss has one input that is data: the target."""

    @property
    def constants(self) -> frozenset[str]:
        """The target is given, not learned."""
        return frozenset({"target"})


def spread(dL: Array) -> Array:
    """Give the cotangent of a loss, one number a draw, the two axes (batch, outputs) to be broadcast over."""
    return dL[..., None, None]


def inner(a: Array, b: Array) -> Array:
    """Return <a, b>, the sum of all products over the two axes (batch, outputs): one number a draw."""
    products: Array = np.einsum("...ij,...ij->...", a, b)
    return products


@dataclass(frozen=True)
class HalfSumOfSquares(Loss):
    """L = 1/2 sum (y - t)^2 over all outputs and all samples; y and t are (batch, outputs).

    The square brings down a 2, the half takes it away: dL/dy = y - t. It is a sum: no 1/batch appears.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        error = y - target

        def pullback(dL: Array) -> Gradients:
            return {"y": error * spread(dL)}

        return 0.5 * inner(error, error), pullback


@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """L = mean (y - t)^2 over all N = batch * outputs entries; y and t are (batch, outputs).

    dL/dy = 2 (y - t) / N: the mean is over the outputs as well as over the batch, as in PyTorch.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        error = y - target
        entries = error.shape[-2] * error.shape[-1]

        def pullback(dL: Array) -> Gradients:
            return {"y": 2.0 * error / entries * spread(dL)}

        return inner(error, error) / entries, pullback


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """L = mean of -t log s(y) - (1 - t) log(1 - s(y)) over all N entries; y are logits, t in [0, 1].

    With -log s(y) = log(1 + exp(-y)) and -log(1 - s(y)) = y + log(1 + exp(-y)), one term is

        (1 - t) y + log(1 + exp(-y)) = log(1 + exp(y)) - t y,

    which needs no logarithm of a rounded s(y). The slope of softplus is s, hence dL/dy = (s(y) - t) / N.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        entries = y.shape[-2] * y.shape[-1]

        def pullback(dL: Array) -> Gradients:
            return {"y": (logistic(y) - target) / entries * spread(dL)}

        return (np.logaddexp(0.0, y) - target * y).mean(axis=(-2, -1)), pullback


@dataclass(frozen=True)
class LogLoss(Loss):
    """L = mean of -t log y - (1 - t) log(1 - y) over all N entries; y are probabilities in (0, 1), t in [0, 1].

    The binary cross-entropy of what a sigmoid has made already, PyTorch's ``BCELoss``. With log' = 1/y,

        dL/dy = ((1 - t) / (1 - y) - t / y) / N = (y - t) / (y (1 - y)) / N.

    The sigmoid before it, y = s(z), has the slope y (1 - y), which cancels: behind both, dL/dz = (y - t) / N, and that
    is ``BinaryCrossEntropy``. A term with t = 0 or 1 has only one logarithm; what would be 0 log 0 is 0.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        entries = y.shape[-2] * y.shape[-1]
        right = np.where(target > 0, y, 1.0)
        wrong = np.where(target < 1, 1.0 - y, 1.0)

        def pullback(dL: Array) -> Gradients:
            return {"y": ((1.0 - target) / wrong - target / right) / entries * spread(dL)}

        return -(target * np.log(right) + (1.0 - target) * np.log(wrong)).mean(axis=(-2, -1)), pullback


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss):
    """L = mean over the batch of -log p[n, c_n], with p the softmax of the logits y (batch, classes).

    The target c (batch) holds the index of the right class. Per sample L = log sum_k exp(y_k) - y_c, and the slope
    of log-sum-exp is the softmax: dL/dy_k = (p_k - [k = c]) / batch. It subtracts 1 at each row's own class only.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        log_p = log_softmax(y)
        classes = np.arange(y.shape[-1])
        one_hot = (target[..., None] == classes).astype(y.dtype)

        def pullback(dL: Array) -> Gradients:
            return {"y": (np.exp(log_p) - one_hot) / y.shape[-2] * spread(dL)}

        return -(one_hot * log_p).sum(axis=-1).mean(axis=-1), pullback


@dataclass(frozen=True)
class SoftLabelCrossEntropy(Loss):
    """L = mean over the batch of -sum_k t_k log p_k, with p the softmax of the logits y; y and t (batch, classes).

    Per sample L = T log sum_k exp(y_k) - sum_k t_k y_k with T = sum_k t_k, so dL/dy_k = (T p_k - t_k) / batch.
    The well-known p - t is the special case T = 1, which labels that are probabilities satisfy.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        log_p = log_softmax(y)
        total = target.sum(axis=-1, keepdims=True)

        def pullback(dL: Array) -> Gradients:
            return {"y": (total * np.exp(log_p) - target) / y.shape[-2] * spread(dL)}

        return -(target * log_p).sum(axis=-1).mean(axis=-1), pullback


def log_softmax(y: Array) -> Array:
    """log(exp(y_k) / sum_j exp(y_j)) along the last axis, with the largest logit taken out first."""
    shifted = y - y.max(axis=-1, keepdims=True)
    log_p: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_p
