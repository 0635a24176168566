"""Losses of a network that answers with a distribution: it says the parameters, and the target is one draw.

The loss is the negative logarithm of the target's probability, without what depends on the target alone. Parameters
that have to be positive are said by their logarithms, so that any number is an answer; by the chain rule the gradient
with respect to log r is r times the one with respect to r.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Pullback
from gradcheck.reference.losses import Loss, spread


@dataclass(frozen=True)
class PoissonLikelihood(Loss):
    """L = mean of exp(y) - t y over all N entries: t is a count, and y the logarithm of the rate that is expected.

    A count t has the probability r^t exp(-r) / t!, with the rate r = exp(y). Its negative logarithm is r - t y + log
    t!, the last of which is left out. So dL/dy = (exp(y) - t) / N: once more what is expected minus what came. y and t
    are (batch, outputs). PyTorch's ``PoissonNLLLoss``.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        rate = np.exp(y)
        entries = y.shape[-2] * y.shape[-1]

        def pullback(dL: Array) -> Gradients:
            return {"y": (rate - target) / entries * spread(dL)}

        return (rate - target * y).mean(axis=(-2, -1)), pullback


@dataclass(frozen=True)
class GaussianLikelihood(Loss):
    """L = mean of (s + (t - m)^2 exp(-s)) / 2 over all N targets; y = [m, s] is cut in two, means and log variances.

    y (batch, 2 outputs), t (batch, outputs), N = batch * outputs. A normal t with mean m and variance v = exp(s) has
    the density exp(-(t - m)^2 / (2 v)) / sqrt(2 pi v); its negative logarithm is L and log(2 pi) / 2, which is left
    out. With the error weighed by its variance, w = (t - m) exp(-s),

        dL/dm = -w / N                     as for a squared error, weighed by v
        dL/ds = (1 - w (t - m)) / (2 N)    0 where v is the error's square.

    Where v is large an error counts little, and v learns how large the errors are.

    PyTorch's ``GaussianNLLLoss`` takes v in the place of s, so its dL/dv is dL/ds / v. Nix and Weigend, 1994. Raises
    IllFormed if y cannot be cut in two.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        half = target.shape[-1]
        if y.shape[-1] != 2 * half:
            raise IllFormed(
                f"{half} targets take {half} means and {half} log variances: y {(y.shape[-2], 2 * half)} would fit; "
                f"it is {y.shape[-2:]}."
            )
        m, s = y[..., :half], y[..., half:]
        entries = y.shape[-2] * half
        w = (target - m) * np.exp(-s)

        def pullback(dL: Array) -> Gradients:
            dy = np.concatenate([-w, 0.5 * (1.0 - w * (target - m))], axis=-1)
            return {"y": dy / entries * spread(dL)}

        return 0.5 * (s + w * (target - m)).sum(axis=(-2, -1)) / entries, pullback
