"""A gated layer multiplies two views of its input: one says what, the other says how much of it passes.

It is the product rule once more: each factor receives the gradient times the other factor.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback, mT
from gradcheck.reference.activations import logistic


@dataclass(frozen=True)
class Glu(Layer):
    """y = a s(g), where x = [a, g] is cut in two and s is the logistic function; x (batch, 2 m), y (batch, m).

    dL/da = s(g) dL/dy,    dL/dg = a s(g) (1 - s(g)) dL/dy,    dL/dx = [dL/da, dL/dg].

    Dauphin et al., "Language Modeling with Gated Convolutional Networks", 2017.
    Raises IllFormed if x cannot be cut in two.
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the first half of x, gated by the second, and the pullback."""
        half, odd = divmod(x.shape[-1], 2)
        if odd:
            raise IllFormed(
                f"A gated linear unit cuts its features in two; x {x.shape[-2:]} has {x.shape[-1]}. "
                f"An even number fits, such as {x.shape[-1] + 1}."
            )
        a, s = x[..., :half], logistic(x[..., half:])
        y = a * s

        def pullback(dy: Array) -> Gradients:
            return {"x": np.concatenate([s * dy, y * (1.0 - s) * dy], axis=-1)}

        return y, pullback


@dataclass(frozen=True)
class SwiGlu(Layer):
    """y = u s(u) v with u = x W and v = x V, s the logistic function; x (batch, in), W and V (in, out), y (batch, out).

    u s(u) is the SiLU of u, whose slope is s(u) (1 + u (1 - s(u))). The product rule, then two matrix products:

        dv = u s(u) dy                       dV = x^T dv
        du = s(u) (1 + u (1 - s(u))) v dy    dW = x^T du
        dx = du W^T + dv V^T.

    x is used twice, and its two gradients add. Shazeer, "GLU Variants Improve Transformer", 2020.
    """

    def forward(self, x: Array, W: Array, V: Array) -> tuple[Array, Pullback]:
        """Return y and its pullback."""
        u, v = x @ W, x @ V
        s = logistic(u)

        def pullback(dy: Array) -> Gradients:
            du, dv = s * (1.0 + u * (1.0 - s)) * v * dy, u * s * dy
            return {"x": du @ mT(W) + dv @ mT(V), "W": mT(x) @ du, "V": mT(x) @ dv}

        return u * s * v, pullback
