"""Softmax and its relatives: numbers along one axis made into probabilities, or into one soft maximum.

They are one family. The slope of log-sum-exp is the softmax; log-softmax is what log-sum-exp leaves of an entry; and
all three are computed from what an entry is below the largest, so that no exponential overflows and no digits are lost
in a large number that cancels.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.op import Array, Gradients, Layer, Pullback


@dataclass(frozen=True)
class Softmax(Layer):
    """y_i = exp(z_i) / sum_k exp(z_k) along one axis, most often the classes of z and y (batch, classes).

    Raising z_j lifts y_j and lowers all the others: dy_i/dz_j = y_i ([i = j] - y_j). Summed over the outputs,

        dL/dz_j = sum_i dL/dy_i y_i ([i = j] - y_j)
                = y_j (dL/dy_j - sum_i y_i dL/dy_i).

    The rows of dL/dz sum to zero, because adding one number to a whole row of z changes nothing.
    """

    axis: int = -1
    """Which axis, counted from the last."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the softmax of x along the axis and its pullback."""
        e = np.exp(x - x.max(axis=self.axis, keepdims=True))
        y = e / e.sum(axis=self.axis, keepdims=True)

        def pullback(dy: Array) -> Gradients:
            return {"x": y * (dy - (y * dy).sum(axis=self.axis, keepdims=True))}

        return y, pullback


@dataclass(frozen=True)
class LogSoftmax(Layer):
    """y_i = log(exp(z_i) / sum_k exp(z_k)) = z_i - log sum_k exp(z_k) along one axis.

    z_j stands in y_j by itself, and in every y_i through the sum, whose logarithm has the slope p_j = exp(y_j):

        dy_i/dz_j = [i = j] - p_j,    so    dL/dz_j = dL/dy_j - p_j sum_i dL/dy_i.
    """

    axis: int = -1
    """Which axis, counted from the last."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the log-softmax of x along the axis and its pullback."""
        below = x - x.max(axis=self.axis, keepdims=True)
        y = below - np.log(np.exp(below).sum(axis=self.axis, keepdims=True))

        def pullback(dy: Array) -> Gradients:
            return {"x": dy - np.exp(y) * dy.sum(axis=self.axis, keepdims=True)}

        return y, pullback


@dataclass(frozen=True)
class LogSumExp(Layer):
    """y = log sum_k exp(z_k) along one axis, which stays with the size 1 (``keepdim=True`` in PyTorch).

    dy/dz_j = exp(z_j) / sum_k exp(z_k) = p_j: the softmax. So dL/dz_j = p_j dL/dy, and the shares of all entries add up
    to dL/dy: raising all of them by one number raises y by it.
    """

    axis: int = -1
    """Which axis, counted from the last."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the soft maximum of x along the axis and its pullback."""
        largest = x.max(axis=self.axis, keepdims=True)
        e = np.exp(x - largest)
        total = e.sum(axis=self.axis, keepdims=True)

        def pullback(dy: Array) -> Gradients:
            return {"x": e / total * dy}

        return largest + np.log(total), pullback
