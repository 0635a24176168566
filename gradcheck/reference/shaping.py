"""Layers that only move numbers about: each entry of y is a copy of one entry of x, or a constant.

If y[k] = x[p(k)], then dL/dx[i] = sum over all k with p(k) = i of dL/dy[k]: every copy sends its cotangent home, and
where an entry was copied several times the contributions add. An entry that was copied nowhere receives zero.
"""

from dataclasses import dataclass
from math import prod

import numpy as np

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
                f"which has {prod(self.shape)}; the sizes must multiply to {prod(sample)}."
            )

        def pullback(dy: Array) -> Gradients:
            return {"x": dy.reshape(x.shape)}

        return x.reshape(*stack, *self.shape), pullback


@dataclass(frozen=True)
class Permute(Layer):
    """y[n, i, j, ...] = x[n, ...] with the axes of a sample in another order: ``order=(2, 1)`` transposes matrices.

    Entry by entry nothing happens, so the cotangent is brought back into the old order by the inverse permutation.
    Raises IllFormed if the order is not one of the axes 1, 2, ... of a sample.
    """

    order: tuple[int, ...] = (1,)
    """For each axis of a sample of y, which axis of x it was, counted from 1; the batch, 0, stays in front."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return x with its axes in another order and the pullback."""
        stack, back = x.ndim - len(self.order), np.argsort(self.order)

        def pullback(dy: Array) -> Gradients:
            return {"x": dy.transpose(*range(stack), *(stack + back))}

        return x.transpose(*range(stack), *(stack - 1 + axis for axis in self.order)), pullback

    def __post_init__(self) -> None:
        """Refuse an order that leaves an axis out."""
        if sorted(self.order) != list(range(1, len(self.order) + 1)):
            raise IllFormed(f"the order {self.order} should name each of 1 to {len(self.order)} once.")


@dataclass(frozen=True)
class Slice(Layer):
    """y = x[..., start:stop:step] along one axis, as Python slices: every ``step``-th entry, stop left out.

    An entry that was taken has one copy and receives its cotangent; all others reached nothing, so they receive 0.
    Raises IllFormed if nothing would be left.
    """

    start: int = 0
    """The first entry."""
    stop: int = 1
    """The entry before which to stop."""
    step: int = 1
    """How far apart the entries are."""
    axis: int = -1
    """Which axis, counted from the last."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the entries taken and the pullback."""
        taken = np.arange(x.shape[self.axis])[self.start : self.stop : max(1, self.step)]
        if not taken.size or self.step < 1:
            has = f"the axis {self.axis} has {x.shape[self.axis]} entries"
            fits = f"a start before the stop, within 0:{x.shape[self.axis]}, and a step of 1 or more would."
            raise IllFormed(f"{has}; {self.start}:{self.stop}:{self.step} takes none of them; {fits}")

        def pullback(dy: Array) -> Gradients:
            dx = np.zeros((*dy.shape[: dy.ndim + self.axis], x.shape[self.axis], *dy.shape[dy.ndim + self.axis + 1 :]))
            np.moveaxis(dx, self.axis, 0)[taken] = np.moveaxis(dy, self.axis, 0)
            return {"x": dx}

        return np.take(x, taken, axis=self.axis), pullback


@dataclass(frozen=True)
class Gather(Layer):
    """y[..., k] = x[..., index[..., k]] along one axis: every line has indices of its own, and they may repeat.

    Shapes of x and index, (batch, ...) both, differ along the axis alone. An entry that is asked for several times has
    several copies, and collects from each: dL/dx[..., i] = sum over k with index[..., k] = i of dL/dy[..., k]. To write
    ``dx[index] = dy``, or even ``dx[index] += dy`` in NumPy, keeps one of them.
    """

    axis: int = -1
    """Which axis, counted from the last."""

    def forward(self, x: Array, index: Array) -> tuple[Array, Pullback]:
        """Return the entries asked for and the pullback."""
        x, index = np.moveaxis(x, self.axis, -1), np.moveaxis(index, self.axis, -1)
        index = np.broadcast_to(index, (*x.shape[: x.ndim - index.ndim], *index.shape))

        def pullback(dy: Array) -> Gradients:
            asked = index[..., None] == np.arange(x.shape[-1])
            dx = (asked * np.moveaxis(dy, self.axis, -1)[..., None]).sum(axis=-2)
            return {"x": np.moveaxis(dx, -1, self.axis)}

        return np.moveaxis(np.take_along_axis(x, index, axis=-1), -1, self.axis), pullback

    @property
    def constants(self) -> frozenset[str]:
        """The indices are given, and have no gradient."""
        return frozenset({"index"})
