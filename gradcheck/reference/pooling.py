"""Pooling: every window of the input becomes one number, its largest or its mean.

There is nothing to learn in it. Going backwards, the largest entry of a window receives all of the window's cotangent,
or every entry an equal share of it; and where windows overlap, an entry adds up what it receives from each of them.
"""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback
from gradcheck.reference.windows import Windows


@dataclass(frozen=True)
class _Pool(Layer):
    """What poolings along one and along two axes have in common."""

    space: ClassVar[int]
    """How many axes the window slides along."""

    kernel: int = 2
    """The window's size along each axis."""
    stride: int = 2
    """How far the window moves from one place to the next; below the kernel, windows overlap."""
    padding: int = 0
    """How many entries are put around the input; what they hold, each pooling says."""

    def __post_init__(self) -> None:
        """Refuse what no window can do, and windows that would see nothing but padding."""
        if self.kernel < 1 or not 0 <= 2 * self.padding <= self.kernel:
            raise IllFormed(
                f"kernel={self.kernel} and padding={self.padding} cannot be: a kernel is at least 1, and the padding "
                "at most half of it, or a window would see nothing else."
            )
        self.windows()

    def windows(self) -> Windows:
        """Return where the windows lie."""
        return Windows((self.kernel,) * self.space, self.stride, self.padding)


class _MaxPool(_Pool):
    """The largest entry of every window."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the maxima and the pullback; raises IllFormed if the window is larger than the input."""
        windows = self.windows().cut(x, -np.inf)
        entries = windows.reshape(*windows.shape[: -self.space], -1)
        largest = entries.argmax(axis=-1)[..., None]

        def pullback(dy: Array) -> Gradients:
            dX = np.where(np.arange(entries.shape[-1]) == largest, dy[..., None], 0.0)
            return {"x": self.windows().paste(dX.reshape(windows.shape), x.shape[-self.space :])}

        return np.take_along_axis(entries, largest, axis=-1)[..., 0], pullback


class _AveragePool(_Pool):
    """The mean of every window."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the means and the pullback; raises IllFormed if the window is larger than the input."""
        windows, entry = self.windows().cut(x), tuple(range(-self.space, 0))

        def pullback(dy: Array) -> Gradients:
            share = np.expand_dims(dy / self.kernel**self.space, entry)
            return {"x": self.windows().paste(np.broadcast_to(share, windows.shape), x.shape[-self.space :])}

        return windows.mean(axis=entry), pullback


class MaxPool1d(_MaxPool):
    """y[n,c,p] = max over u of x[n,c, s p + u - a], with stride s, padding a; outside of x there is -infinity.

    x (batch, channels, length), y (batch, channels, places). With i*(p) the place at which the window p is largest,

        dL/dx[n,c,i] = sum over the windows p with i*(p) = i of dL/dy[n,c,p].

    At a tie every share among the largest is a subgradient; here, as in PyTorch, the first of them receives all.
    """

    space = 1


class MaxPool2d(_MaxPool):
    """y[n,c,p,q] = max over u, v of x[n,c, s p + u - a, s q + v - a]; stride s, padding a, -infinity outside of x.

    x (batch, channels, height, width). An entry of x receives the cotangents of all windows in which it is the largest:
    dL/dx[n,c,i,j] = sum over the windows (p, q) that are largest at (i, j) of dL/dy[n,c,p,q].

    At a tie every share among the largest is a subgradient. Here the first of them, row by row, receives all, as in
    PyTorch's max_pool2d; its ``amax`` shares equally instead.
    """

    space = 2


class AveragePool1d(_AveragePool):
    """y[n,c,p] = 1/k sum over u of x[n,c, s p + u - a], kernel k, stride s, padding a; outside of x there is 0.

    x (batch, channels, length), y (batch, channels, places). Every entry of a window weighs 1/k, hence

        dL/dx[n,c,i] = 1/k sum over the windows p that hold i of dL/dy[n,c,p].

    The zeros of the padding are counted in k, as PyTorch does by default (``count_include_pad``).
    """

    space = 1


class AveragePool2d(_AveragePool):
    """y[n,c,p,q] = 1/k^2 sum over u, v of x[n,c, s p + u - a, s q + v - a]; kernel k, stride s, padding a with zeros.

    x (batch, channels, height, width). Every entry of a window weighs 1/k^2, hence

        dL/dx[n,c,i,j] = 1/k^2 sum over the windows (p, q) that hold (i, j) of dL/dy[n,c,p,q].

    The zeros of the padding are counted in k^2, as PyTorch does by default (``count_include_pad``).
    """

    space = 2


@dataclass(frozen=True)
class GlobalAveragePool(Layer):
    """y[n,c] = mean of x[n,c,...] over all places; x (batch, channels, *places), y (batch, channels).

    Each of the P places weighs 1/P, so each receives dL/dx[n,c,...] = 1/P dL/dy[n,c].
    """

    axes: int = 2
    """How many axes a sample has, the channels among them."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the means and the pullback."""
        places = tuple(range(1 - self.axes, 0))
        count = prod(x.shape[1 - self.axes :])

        def pullback(dy: Array) -> Gradients:
            return {"x": np.broadcast_to(np.expand_dims(dy, places) / count, x.shape).copy()}

        return x.mean(axis=places), pullback


@dataclass(frozen=True)
class GlobalMaxPool(Layer):
    """y[n,c] = max of x[n,c,...] over all places; x (batch, channels, *places), y (batch, channels).

    The largest place receives dL/dx = dL/dy[n,c] and all others 0. At a tie it is the first of the largest, as in
    PyTorch's adaptive_max_pool; its ``amax`` shares equally instead.
    """

    axes: int = 2
    """How many axes a sample has, the channels among them."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the maxima and the pullback."""
        entries = x.reshape(*x.shape[: x.ndim + 1 - self.axes], -1)
        largest = entries.argmax(axis=-1)[..., None]

        def pullback(dy: Array) -> Gradients:
            dx = np.where(np.arange(entries.shape[-1]) == largest, dy[..., None], 0.0)
            return {"x": dx.reshape(x.shape)}

        return np.take_along_axis(entries, largest, axis=-1)[..., 0], pullback
