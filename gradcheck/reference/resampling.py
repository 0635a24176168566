"""Upsampling: an image made larger, by repeating its entries or by drawing straight lines between them.

Both are linear, y = M x along each axis, with a matrix M that nobody learns. So the cotangent goes back by its
transpose, and what a matrix copies to several places its transpose adds up again.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback


@dataclass(frozen=True)
class _Upsample(Layer):
    """What the two ways of upsampling have in common: one matrix for each axis."""

    factor: int = 2
    """How many times larger every axis but the channels becomes."""
    axes: int = 2
    """How many axes a sample has, the channels among them."""

    def __post_init__(self) -> None:
        """Refuse to make nothing of something."""
        if self.factor < 1:
            raise IllFormed(f"factor={self.factor} cannot be: upsampling makes an image at least as large.")

    def matrix(self, size: int) -> Array:
        """Return M, (factor * size, size): row i says what the new entry i is made of."""
        raise NotImplementedError

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return M x along every axis of the image, and the pullback."""
        matrices = {axis: self.matrix(x.shape[axis]) for axis in range(1 - self.axes, 0)}
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

    def matrix(self, size: int) -> Array:
        """Return M with M[i, k] = 1 where k = floor(i / f)."""
        return np.repeat(np.eye(size), self.factor, axis=0)


class UpsampleLinear(_Upsample):
    """y[..., i] = (1 - t) x[..., k] + t x[..., k + 1] along every axis: linear in signals, bilinear in images.

    x (batch, channels, ...). Entry i has its centre at s = (i + 1/2) / f - 1/2 among the centres of the old entries,
    with a factor f; k = floor(s), t = s - k, and beyond the last centre the last entry is repeated. That is y = M x,
    with rows of M that sum to one, and dL/dx = M^T dL/dy: each old entry collects by the weights by which it gave.

    This is PyTorch's ``align_corners=False``, its default; other texts let the outermost centres coincide instead.
    """

    def matrix(self, size: int) -> Array:
        """Return M with the weights 1 - t and t in each row."""
        centres = np.clip((np.arange(self.factor * size) + 0.5) / self.factor - 0.5, 0, size - 1)
        return np.maximum(0.0, 1.0 - np.abs(centres[:, None] - np.arange(size)))
