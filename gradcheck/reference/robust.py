"""Losses that do not square large errors: one outlier then cannot outvote the rest.

The price is a kink. Where a loss has one, every slope between those on its two sides is a subgradient, and any of them
is accepted as right; each docstring says which one is taken here.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Pullback
from gradcheck.reference.losses import Loss, spread


@dataclass(frozen=True)
class MeanAbsoluteError(Loss):
    """L = mean |y - t| over all N = batch * outputs entries; y and t are (batch, outputs).

    The slope of |e| is sign(e), so dL/dy = sign(y - t) / N. At e = 0 every number in [-1, 1] is a subgradient of |e|;
    the one here is 0, as in PyTorch, where this is ``l1_loss``.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        error = y - target
        entries = error.shape[-2] * error.shape[-1]

        def pullback(dL: Array) -> Gradients:
            return {"y": np.sign(error) / entries * spread(dL)}

        return np.abs(error).mean(axis=(-2, -1)), pullback


@dataclass(frozen=True)
class Huber(Loss):
    """L = mean over all N entries of e^2 / 2 where |e| <= d and d (|e| - d / 2) elsewhere, e = y - t (batch, outputs).

    The slope is e inside and d sign(e) outside: e, cut off at -d and d. So dL/dy = clip(e, -d, d) / N. Value and slope
    both meet at |e| = d, and there is no kink; only the second derivative jumps. PyTorch's ``smooth_l1_loss`` is this
    divided by d. Huber, 1964.
    """

    delta: float = 1.0
    """d: from where on an error counts by its size and not by its square."""

    def __post_init__(self) -> None:
        """Refuse a loss that is 0 everywhere."""
        if self.delta <= 0.0:
            raise IllFormed(f"delta={self.delta:g} cannot be: below it errors are squared; it is above 0.")

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        error = y - target
        clipped = np.clip(error, -self.delta, self.delta)
        entries = error.shape[-2] * error.shape[-1]

        def pullback(dL: Array) -> Gradients:
            return {"y": clipped / entries * spread(dL)}

        return (clipped * (error - 0.5 * clipped)).mean(axis=(-2, -1)), pullback
