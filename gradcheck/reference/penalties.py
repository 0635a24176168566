"""A penalty is added to a loss to keep something small: the weights, or how fast the output changes with the input.

Large weights cost more under squares, many weights under absolute values. A penalty on a gradient is differentiated
through the backward pass: that is where second derivatives enter a textbook of first ones.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.op import Array, Gradients, Layer, Op, Pullback
from gradcheck.reference.curvature import Gradient
from gradcheck.reference.losses import spread


@dataclass(frozen=True)
class L2Penalty(Layer):
    """R = strength / 2 * sum W^2 over all entries of W (in, out).

    The square brings down a 2, the half takes it away: dR/dW = strength * W. It is added to a loss by an ``Add``.
    """

    strength: float = 0.1
    """How much a weight of size 1 costs, twice over."""

    def forward(self, W: Array) -> tuple[Array, Pullback]:
        """Return R and its pullback."""

        def pullback(dR: Array) -> Gradients:
            return {"W": self.strength * W * spread(dR)}

        return 0.5 * self.strength * (W**2).sum(axis=(-2, -1)), pullback


@dataclass(frozen=True)
class L1Penalty(Layer):
    """R = strength * sum |W| over all entries of W (in, out).

    dR/dW = strength * sign(W): every weight is drawn to 0 with one force, however small it is, and so many end there.
    At W = 0 every number in [-strength, strength] is a subgradient, and any is accepted as right; here it is 0.
    """

    strength: float = 0.1
    """How much a weight of size 1 costs."""

    def forward(self, W: Array) -> tuple[Array, Pullback]:
        """Return R and its pullback."""

        def pullback(dR: Array) -> Gradients:
            return {"W": self.strength * np.sign(W) * spread(dR)}

        return self.strength * np.abs(W).sum(axis=(-2, -1)), pullback


@dataclass(frozen=True)
class GradientPenalty(Op):
    """R = strength * mean over the batch of (|g_n| - 1)^2, where g = d(sum of D(x))/dx; x and g are (batch, features).

    The gradient of the critic D is to have length 1. With u_n = g_n / |g_n|,

        dR/dg_n = 2 strength / batch (|g_n| - 1) u_n,

    and g is itself the answer of a pullback: dR/dg goes back through it by ``Gradient``, to x and to the parameters of
    D. Where g_n = 0 there is no direction u_n, and 0 is taken. Gulrajani et al., "Improved Training of Wasserstein
    GANs", 2017.
    """

    critic: Op
    """D: an operation with an input ``x`` (batch, features) that takes each row by itself."""
    strength: float = 10.0
    """How much a gradient of length 0 costs."""

    def forward(self, x: Array, **parameters: Array) -> tuple[Array, Pullback]:
        """Return R and its pullback."""
        y, _ = self.critic(x=x, **parameters)
        g, gradient_back = Gradient(self.critic)(x=x, cotangent=np.ones_like(y), **parameters)
        length = np.sqrt((g**2).sum(axis=-1, keepdims=True))
        scale = self.strength / g.shape[-2]

        def pullback(dR: Array) -> Gradients:
            u = g / np.where(length > 0, length, 1.0)
            gradients = gradient_back(2.0 * scale * (length - 1.0) * u * spread(dR))
            return {name: gradients[name] for name in gradients if name != "cotangent"}

        return scale * ((length - 1.0) ** 2).sum(axis=(-2, -1)), pullback

    @property
    def constants(self) -> frozenset[str]:
        """The constants of the critic."""
        return self.critic.constants

    @property
    def stacks(self) -> bool:
        """As the critic does."""
        return self.critic.stacks

    @property
    def composed(self) -> bool:
        """A critic may have kinks of its own."""
        return True
