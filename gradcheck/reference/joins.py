"""Layers at which routes meet: add, concatenate, residual; and dropout, which closes some of them.

Going backwards a join is a fork. Addition hands the same cotangent to both sides, concatenation cuts it in two, and a
residual block sends it down the skip connection and through the block, and adds what comes back.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.op import Array, Gradients, Layer, Op, Pullback


@dataclass(frozen=True)
class Add(Layer):
    """y = left + right, all of one shape.

    dy/dleft = dy/dright = 1, so both sides receive dL/dy unchanged.
    """

    def forward(self, left: Array, right: Array) -> tuple[Array, Pullback]:
        """Return left + right and its pullback."""

        def pullback(dy: Array) -> Gradients:
            return {"left": dy, "right": dy}

        return left + right, pullback


@dataclass(frozen=True)
class Concatenate(Layer):
    """y = [left, right] side by side along one axis: left (..., m, ...), right (..., n, ...), y (..., m + n, ...).

    Every entry of y is a copy of one entry, so the cotangent is cut where the two were joined. For (batch, features)
    the axis is the last; for images (batch, channels, height, width) it is most often the channels, -3.
    """

    axis: int = -1
    """Which axis, counted from the last."""

    def forward(self, left: Array, right: Array) -> tuple[Array, Pullback]:
        """Return [left, right] and its pullback."""
        left, right = (np.moveaxis(side, self.axis, -1) for side in (left, right))
        seam = left.shape[-1]
        stack = np.broadcast_shapes(left.shape[:-1], right.shape[:-1])
        y = np.concatenate([np.broadcast_to(side, (*stack, side.shape[-1])) for side in (left, right)], axis=-1)

        def pullback(dy: Array) -> Gradients:
            dy = np.moveaxis(dy, self.axis, -1)
            return {
                "left": np.moveaxis(dy[..., :seam], -1, self.axis),
                "right": np.moveaxis(dy[..., seam:], -1, self.axis),
            }

        return np.moveaxis(y, -1, self.axis), pullback


@dataclass(frozen=True)
class Residual(Op):
    """y = x + F(x): a block F, and a connection that skips it; x and y are of one shape.

    Two routes lead from x to y, and routes add: dL/dx = dL/dy + (what the pullback of F makes of dL/dy).
    The parameters of F are reached by the second route alone.
    """

    block: Op
    """F: an operation with an input ``x`` and a value of the same shape; its other inputs are its parameters."""

    def forward(self, x: Array, **parameters: Array) -> tuple[Array, Pullback]:
        """Return x + F(x) and its pullback."""
        f, block_pullback = self.block(x=x, **parameters)

        def pullback(dy: Array) -> Gradients:
            gradients = block_pullback(dy)
            return gradients | {"x": dy + gradients["x"]}

        return x + f, pullback

    def nudged(self, generator: np.random.Generator) -> "Residual":
        """Return the connection around the block nudged."""
        return Residual(self.block.nudged(generator))

    @property
    def constants(self) -> frozenset[str]:
        """The constants of the block."""
        return self.block.constants

    @property
    def composed(self) -> bool:
        """As the block is."""
        return self.block.composed

    @property
    def stacks(self) -> bool:
        """As the block does."""
        return self.block.stacks


@dataclass(frozen=True)
class Dropout(Layer):
    """y = x * mask, with the mask given: 0 where a unit is dropped, 1 / keep where it stays; all of one shape.

    The mask is a constant of this pass, so dL/dx = mask * dL/dy: the same units are silent, the same scale applies.
    """

    def forward(self, x: Array, mask: Array) -> tuple[Array, Pullback]:
        """Return x * mask and its pullback."""

        def pullback(dy: Array) -> Gradients:
            return {"x": mask * dy}

        return x * mask, pullback

    @property
    def constants(self) -> frozenset[str]:
        """The mask is drawn, not learned."""
        return frozenset({"mask"})
