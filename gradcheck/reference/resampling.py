"""Upsampling: an image made larger, by repeating its entries or by drawing straight lines between them.

Both are linear, y = M x along each axis, with a matrix M that nobody learns. So the cotangent goes back by its
transpose, and what a matrix copies to several places its transpose adds up again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback
from gradcheck.reference.windows import Sizes, by, each


@dataclass(frozen=True)
class _Upsample(Layer):
    """What the two ways of upsampling have in common: one matrix for each axis."""

    factor: Sizes = 2
    """How many times larger every axis but the channels becomes: one number, or one for each axis."""
    axes: int = 2
    """How many axes a sample has, the channels among them."""

    def __post_init__(self) -> None:
        """Refuse to make nothing of something."""
        if min(each("factor", self.factor, self.axes - 1)) < 1:
            raise IllFormed(f"factor={by(self.factor)} cannot be: upsampling makes an image at least as large.")

    def matrix(self, size: int, factor: int) -> Array:
        """Return M, (factor * size, size): row i says what the new entry i is made of."""
        raise NotImplementedError

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return M x along every axis of the image, and the pullback."""
        places, factors = range(1 - self.axes, 0), each("factor", self.factor, self.axes - 1)
        matrices = {axis: self.matrix(x.shape[axis], own) for axis, own in zip(places, factors, strict=True)}
        return multiplied(matrices, x)


def multiplied(matrices: Mapping[int, Array], x: Array) -> tuple[Array, Pullback]:
    """Return y, which is M x along each axis with the matrix M of that axis, and the pullback: dx = M^T dy."""
    y = x
    for axis, M in matrices.items():
        y = _along(axis, M, y)

    def pullback(dy: Array) -> Gradients:
        for axis, M in matrices.items():
            dy = _along(axis, M.T, dy)
        return {"x": dy}

    return y, pullback


def _along(axis: int, M: Array, x: Array) -> Array:
    """Multiply every line along an axis by a matrix."""
    return np.moveaxis(np.moveaxis(x, axis, -1) @ M.T, -1, axis)


class UpsampleNearest(_Upsample):
    """y[..., i] = x[..., floor(i / f)] along every axis of the image, with a whole factor f; x (batch, channels, ...).

    Every entry is copied f times along each axis, so it collects f cotangents along each:
    dL/dx[..., k] = sum over i from f k to f k + f - 1 of dL/dy[..., i].
    """

    def matrix(self, size: int, factor: int) -> Array:
        """Return M with M[i, k] = 1 where k = floor(i / f)."""
        return np.repeat(np.eye(size), factor, axis=0)


@dataclass(frozen=True)
class UpsampleLinear(_Upsample):
    """y[..., i] = (1 - t) x[..., k] + t x[..., k + 1] along every axis: linear in signals, bilinear in images.

    x (batch, channels, ...). New entry i has its centre at s among the centres 0, ..., n - 1 of the old ones, and
    k = floor(s), t = s - k. With a factor f, there are two conventions:

        s = (i + 1/2) / f - 1/2      every old entry is a square, cut in f
        s = i (n - 1) / (f n - 1)    the outermost centres coincide.

    The first is PyTorch's default, align_corners=False; the second is align_corners=True, and in older texts. Under the
    first, s may lie beyond the first or the last centre; then that entry is repeated. Either way y = M x,
    with rows of M that sum to one, and dL/dx = M^T dL/dy: each old entry collects by the weights by which it gave,
    dL/dx[..., k] = sum over i of max(0, 1 - |s_i - k|) dL/dy[..., i].
    """

    corners: bool = False
    """Whether the outermost centres coincide (``align_corners`` in PyTorch)."""

    def matrix(self, size: int, factor: int) -> Array:
        """Return M with the weights 1 - t and t in each row."""
        places = np.arange(factor * size)
        if self.corners:
            centres = places * ((size - 1) / max(1, factor * size - 1))
        else:
            centres = np.clip((places + 0.5) / factor - 0.5, 0, size - 1)
        return np.asarray(np.maximum(0.0, 1.0 - np.abs(centres[:, None] - np.arange(size))))
