"""Pooling: every window of the input becomes one number, its largest or its mean.

There is nothing to learn in it. Going backwards, the largest entry of a window receives all of the window's cotangent,
or every entry an equal share of it; and where windows overlap, an entry adds up what it receives from each of them.
"""

from dataclasses import dataclass, replace
from math import prod
from typing import ClassVar

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback
from gradcheck.reference.windows import Sizes, Windows, by, each


@dataclass(frozen=True)
class _Pool(Layer):
    """What poolings along one and along two axes have in common."""

    space: ClassVar[int]
    """How many axes the window slides along."""

    kernel: Sizes = 2
    """The window's size: one number, or one for each axis."""
    stride: Sizes = 2
    """How far the window moves from one place to the next; below the kernel, windows overlap."""
    padding: Sizes = 0
    """How many entries are put around the input; what they hold, each pooling says."""
    partial: bool = False
    """Whether a last window may reach beyond the padding, if it begins before (``ceil_mode`` in PyTorch)."""

    def __post_init__(self) -> None:
        """Refuse what no window can do, and windows that would see nothing but padding."""
        kernel, padding = each("kernel", self.kernel, self.space), each("padding", self.padding, self.space)
        if not all(own >= 1 and 0 <= 2 * around <= own for own, around in zip(kernel, padding, strict=True)):
            raise IllFormed(
                f"kernel={by(self.kernel)} and padding={by(self.padding)} cannot be: a kernel is at least 1, and the "
                "padding at most half of it, or a window would see nothing else."
            )
        self.windows()

    def windows(self) -> Windows:
        """Return where the windows lie."""
        kernel = each("kernel", self.kernel, self.space)
        return Windows(kernel, self.stride, self.padding, partial=self.partial)

    def seeing(self, sizes: tuple[int, ...]) -> Windows:
        """Return the windows over an input of these sizes; raises IllFormed if one of them would see only padding."""
        windows = self.windows()
        if not windows.counted(sizes, padded=False).all():
            raise IllFormed(
                f"of {by(sizes)} entries with padding {by(self.padding)} some window of {by(windows.kernel)} would see "
                "nothing but padding; less padding or dilation would fit."
            )
        return windows


@dataclass(frozen=True)
class _MaxPool(_Pool):
    """The largest entry of every window."""

    dilation: Sizes = 1
    """How far apart the entries lie that one window sees."""

    def windows(self) -> Windows:
        """Return where the windows lie."""
        return replace(super().windows(), dilation=self.dilation)

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the maxima and the pullback; raises IllFormed if the window is larger than the input."""
        slide = self.seeing(x.shape[-self.space :])
        windows = slide.cut(x, -np.inf)
        entries = windows.reshape(*windows.shape[: -self.space], -1)
        largest = entries.argmax(axis=-1)[..., None]

        def pullback(dy: Array) -> Gradients:
            dX = np.where(np.arange(entries.shape[-1]) == largest, dy[..., None], 0.0)
            return {"x": slide.paste(dX.reshape(windows.shape), x.shape[-self.space :])}

        return np.take_along_axis(entries, largest, axis=-1)[..., 0], pullback


@dataclass(frozen=True)
class _AveragePool(_Pool):
    """The mean of every window."""

    padded: bool = True
    """Whether the zeros of the padding count as entries (``count_include_pad`` in PyTorch)."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the means and the pullback; raises IllFormed if the window is larger than the input."""
        sizes, entry = x.shape[-self.space :], tuple(range(-self.space, 0))
        slide = self.seeing(sizes)
        windows, count = slide.cut(x), slide.counted(sizes, padded=self.padded)

        def pullback(dy: Array) -> Gradients:
            share = np.expand_dims(dy / count, entry)
            return {"x": slide.paste(np.broadcast_to(share, windows.shape), sizes)}

        return windows.sum(axis=entry) / count, pullback


class MaxPool1d(_MaxPool):
    """y[n,c,p] = max over u of x[n,c, s p + t u - a], stride s, dilation t, padding a; outside of x there is -infinity.

    x (batch, channels, length), y (batch, channels, places). A little change of x changes y[n,c,p] only at the place
    i*(p) where the window is largest, and there with the slope 1. An entry may be the largest of several windows:

        dL/dx[n,c,i] = sum over the windows p with i*(p) = i of dL/dy[n,c,p].

    At a tie every share among the largest is a subgradient; here, as in PyTorch, the first of them receives all.
    """

    space = 1


class MaxPool2d(_MaxPool):
    """y[n,c,p,q] = max over u, v of x[n,c, s p + t u - a, s q + t v - a]; stride s, dilation t, padding a, -infinity.

    x (batch, channels, height, width). A little change of x changes a maximum only where its window is largest, with
    the slope 1. So an entry receives the cotangents of all windows in which it is the largest:

        dL/dx[n,c,i,j] = sum of dL/dy[n,c,p,q]
                         over the windows (p, q) that are largest at (i, j).

    At a tie every share among the largest is a subgradient. Here the first of them, row by row, receives all, as in
    PyTorch's max_pool2d; its ``amax`` shares equally instead.
    """

    space = 2


class AveragePool1d(_AveragePool):
    """y[n,c,p] = 1/k sum over u of x[n,c, s p + u - a], kernel k, stride s, padding a; outside of x there is 0.

    x (batch, channels, length), y (batch, channels, places). Every entry of a window weighs 1/k, hence

        dL/dx[n,c,i] = 1/k sum over the windows p that hold i of dL/dy[n,c,p].

    The zeros of the padding are counted in k, as PyTorch does by default (``count_include_pad``). If they are not, or
    if a last window reaches beyond them, k is the number of entries that count, and differs from window to window: it
    belongs inside of the sum, dL/dx[n,c,i] = sum over p of 1/k[p] dL/dy[n,c,p].
    """

    space = 1


class AveragePool2d(_AveragePool):
    """y[n,c,p,q] = 1/k^2 sum over u, v of x[n,c, s p + u - a, s q + v - a]; kernel k, stride s, padding a with zeros.

    x (batch, channels, height, width). Every entry of a window weighs 1/k^2, hence

        dL/dx[n,c,i,j] = 1/k^2 sum of dL/dy[n,c,p,q]
                         over the windows (p, q) that hold (i, j).

    The zeros of the padding are counted in k^2, as PyTorch does by default (``count_include_pad``). If they are not, or
    if a last window reaches beyond them, the number of entries that count differs from window to window, and so does
    the share that each of them sends back.
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
