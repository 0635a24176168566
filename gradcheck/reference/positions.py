"""Attention treats a sequence as a set; positions must be written into the values themselves.

They can be added, as waves or as a learned table, or each pair of features can be turned by an angle that grows with
the position. Adding a constant leaves the gradient alone, a learned table collects it, and a turn turns it back.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback


def _angles(time: int, pairs: int, base: float) -> Array:
    """Return t / base^(i / pairs) for position t and pair of features i, (time, pairs)."""
    return np.arange(time)[:, None] / base ** (np.arange(pairs) / pairs)


@dataclass(frozen=True)
class SinusoidalEncoding(Layer):
    """y[t] = x[t] + P[t], with P[t,2i] = sin(a), P[t,2i+1] = cos(a), a = t / base^(2i / width); x (batch, time, width).

    P is a constant, so dL/dx = dL/dy. Vaswani et al., "Attention Is All You Need", 2017, section 3.5.
    Raises IllFormed if the width is odd.
    """

    base: float = 10000.0
    """How many times slower the last wave is than the first."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return x + P and its pullback."""
        _even("A sinusoidal encoding", x)
        angles = _angles(x.shape[-2], x.shape[-1] // 2, self.base)
        P = np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(x.shape[-2:])

        def pullback(dy: Array) -> Gradients:
            return {"x": dy}

        return x + P, pullback


@dataclass(frozen=True)
class LearnedEncoding(Layer):
    """y[b,t] = x[b,t] + P[t], with x (batch, time, width) and a learned table P (longest, width), longest >= time.

    dL/dx = dL/dy. Row t is added to step t of every sample, so dL/dP[t] = sum_b dL/dy[b,t]; rows past the end are not
    used, and receive 0. Raises IllFormed if the table is too short, or of another width.
    """

    def forward(self, x: Array, P: Array) -> tuple[Array, Pullback]:
        """Return x + P and its pullback."""
        time, longest = x.shape[-2], P.shape[-2]
        if longest < time or P.shape[-1] != x.shape[-1]:
            fits = f"a table ({time} or more, {x.shape[-1]})"
            raise IllFormed(f"A learned encoding of x (time, width) {x.shape[-2:]} needs {fits}, not {P.shape[-2:]}.")

        def pullback(dy: Array) -> Gradients:
            unused = np.zeros((*dy.shape[:-3], longest - time, dy.shape[-1]))
            return {"x": dy, "P": np.concatenate([dy.sum(axis=-3), unused], axis=-2)}

        return x + P[..., None, :time, :], pullback


@dataclass(frozen=True)
class RotaryEmbedding(Layer):
    """Turn each pair (u, v) = (x[2i], x[2i+1]) of step t by the angle a = t / base^(2i / width).

        u' = u cos a - v sin a          v' = u sin a + v cos a.

    x and y are (batch, time, width). A turn is an orthogonal matrix, so its transpose is the turn by -a:  dL/dx is
    dL/dy turned back. The product of a turned query and a turned key depends only on how far apart they stand, (R_s
    q)^T (R_t k) = q^T R_(t-s) k.

    Neighbours are paired, as in Su et al., "RoFormer", 2021. Some programs pair feature i with i + width / 2 instead:
    the same function after a permutation of the features. Raises IllFormed if the width is odd.
    """

    base: float = 10000.0
    """How many times slower the last pair turns than the first."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return x with every pair of features turned, and the pullback."""
        _even("A rotary embedding", x)
        angles = _angles(x.shape[-2], x.shape[-1] // 2, self.base)

        def pullback(dy: Array) -> Gradients:
            return {"x": _turned(dy, -angles)}

        return _turned(x, angles), pullback


def _turned(x: Array, angles: Array) -> Array:
    """Turn each pair of neighbouring features by its angle."""
    u, v = x[..., 0::2], x[..., 1::2]
    cos, sin = np.cos(angles), np.sin(angles)
    return np.stack([u * cos - v * sin, u * sin + v * cos], axis=-1).reshape(x.shape)


def _even(layer: str, x: Array) -> None:
    """Raise IllFormed unless the features can be taken in pairs."""
    if x.shape[-1] % 2:
        raise IllFormed(
            f"{layer} takes features in pairs; x (time, width) is {x.shape[-2:]}. An even width fits, "
            f"such as {x.shape[-1] + 1}."
        )
