"""Layers that only move numbers about: each entry of y is a copy of one entry of x, or a constant.

If y[k] = x[p(k)], then dL/dx[i] = sum over all k with p(k) = i of dL/dy[k]: every copy sends its cotangent home, and
where an entry was copied several times the contributions add. An entry that was copied nowhere receives zero.
"""

from dataclasses import dataclass
from math import prod

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback


@dataclass(frozen=True)
class Flatten(Layer):
    """y[n, k] = x[n, ...]: the last ``axes`` axes of x laid out in one row, k = ((i J + j) K + ...), the last fastest.

    Each entry keeps its place in memory and changes its name, so dL/dx is dL/dy in the old shape.
    """

    axes: int = 1
    """How many axes become one: all but the batch."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the rows and the pullback."""

        def pullback(dy: Array) -> Gradients:
            return {"x": dy.reshape(x.shape)}

        return x.reshape(*x.shape[: x.ndim - self.axes], -1), pullback


@dataclass(frozen=True)
class Reshape(Layer):
    """y[n, ...] = x[n, ...] with the last ``axes`` axes of x in another shape, read in the same order.

    Each entry keeps its place in memory and changes its name, so dL/dx is dL/dy in the old shape.
    Raises IllFormed if the two shapes do not hold equally many numbers.
    """

    shape: tuple[int, ...] = (1,)
    """The new shape of a sample."""
    axes: int = 1
    """How many axes of x it replaces."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return x in another shape and the pullback."""
        stack, sample = x.shape[: x.ndim - self.axes], x.shape[x.ndim - self.axes :]
        if prod(sample) != prod(self.shape):
            raise IllFormed(
                f"a sample of shape {sample} has {prod(sample)} numbers and cannot take the shape {self.shape}, "
                f"which has {prod(self.shape)}."
            )

        def pullback(dy: Array) -> Gradients:
            return {"x": dy.reshape(x.shape)}

        return x.reshape(*stack, *self.shape), pullback
