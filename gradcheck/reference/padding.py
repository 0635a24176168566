"""Padding: a signal or an image made larger by a border, of zeros or of what it has already.

Every entry of y is a copy of one entry of x, or a zero. Along one axis that is y = M x, where row i of M has one 1, at
the entry that y[i] is a copy of, or none. So the cotangent goes back by the transpose: each entry of x adds up what all
of its copies receive, and what arrives at a zero is dropped. The four layers differ in what the border copies.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Layer, Pullback
from gradcheck.reference.resampling import multiplied
from gradcheck.reference.windows import Sizes, by, ends

FREE = 10**9
"""By how much a border may be larger than the axis if nothing prevents it."""


@dataclass(frozen=True)
class _Pad(Layer):
    """What all ways of padding have in common: along each axis, which entry every entry of y is a copy of."""

    least: ClassVar[int]
    """By how much an axis must be larger than its border, at the least."""

    padding: Sizes = 1
    """How many entries stand around: one number, one for each axis, or two for each axis, before and behind."""
    axes: int = 2
    """How many axes a sample has, the channels among them."""

    def __post_init__(self) -> None:
        """Refuse to take something away."""
        if min(map(min, ends("padding", self.padding, self.axes - 1))) < 0:
            raise IllFormed(f"padding={by(self.padding)} cannot be: a border has 0 entries or more; to cut off, slice.")

    def copied(self, places: Array, size: int) -> Array:
        """Return which entry of x stands at some places, 0 being that of the first entry; -1 where a zero stands."""
        raise NotImplementedError

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return x with its border and the pullback; raises IllFormed if x is too small for it."""
        places, paddings = range(1 - self.axes, 0), ends("padding", self.padding, self.axes - 1)
        matrices = {axis: self._matrix(x.shape[axis], own) for axis, own in zip(places, paddings, strict=True)}
        return multiplied(matrices, x)

    def _matrix(self, size: int, padding: tuple[int, int]) -> Array:
        """Return M, (before + size + behind, size), for one axis."""
        before, behind = padding
        if size < max(padding) + self.least:
            raise IllFormed(
                f"a border of {max(padding)} copied from an axis of {size} needs {max(padding) + self.least} entries "
                f"or more; a padding of at most {max(0, size - self.least)} would fit."
            )
        copied = self.copied(np.arange(-before, size + behind), size)
        return np.asarray(copied[:, None] == np.arange(size), np.float64)


class ZeroPad(_Pad):
    """y[..., i + a] = x[..., i] along every axis, with padding a, and zeros around; x (batch, channels, *places).

    The zeros depend on nothing, so their cotangents are dropped: dL/dx[..., i] = dL/dy[..., i + a], its inside.
    """

    least = -FREE

    def copied(self, places: Array, size: int) -> Array:
        """No entry stands outside of x."""
        return np.where((places >= 0) & (places < size), places, -1)


class ReplicatePad(_Pad):
    """y[..., i + a] = x[..., min(max(i, 0), n - 1)] along every axis of n entries: the border repeats the outermost.

    x (batch, channels, *places), padding a. Inside, an entry has one copy. The first has a + 1 of them, so
    dL/dx[..., 0] = sum over i from 0 to a of dL/dy[..., i], and likewise the last, at the other end; in a corner of an
    image both axes add up. PyTorch's mode ``replicate``, NumPy's ``edge``.
    """

    least = -FREE

    def copied(self, places: Array, size: int) -> Array:
        """Before the first stands the first, after the last the last."""
        return np.clip(places, 0, size - 1)


class ReflectPad(_Pad):
    """y[..., i + a] = x[..., |i|] before the first entry, and x[..., 2 (n - 1) - i] after the last: a mirror.

    x (batch, channels, *places), padding a < n, n entries along an axis. The mirror stands on the outermost entry,
    which is not repeated: -1 shows entry 1. An entry k with 1 <= k <= a has a copy at -k besides its own, so

        dL/dx[..., k] = dL/dy[..., a + k] + [1 <= k <= a] dL/dy[..., a - k]
                        + the same as the second term from the other end.

    PyTorch's and NumPy's mode ``reflect``; NumPy's ``symmetric`` repeats the outermost entry as well.
    """

    least = 1

    def copied(self, places: Array, size: int) -> Array:
        """Outside of x stands what is as far inside."""
        return np.asarray(size - 1 - np.abs(size - 1 - np.abs(places)))


class CircularPad(_Pad):
    """y[..., i + a] = x[..., i mod n] along every axis of n entries: the last stand before the first, and so round.

    x (batch, channels, *places), padding a <= n. The last a entries have a copy before the first, the first a one after
    the last: dL/dx[..., k] = sum over all i with i mod n = k of dL/dy[..., i + a]. PyTorch's mode ``circular``, NumPy's
    ``wrap``.
    """

    least = 0

    def copied(self, places: Array, size: int) -> Array:
        """After the last comes the first again."""
        return places % size
