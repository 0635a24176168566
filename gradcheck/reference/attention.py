"""Attention lets every position of a sequence look at the others, and take the average of what it finds there.

How much it takes from where is a softmax over scores, one score for each pair of a query and a key. The backward pass
is two matrix products, the softmax's own pullback, and two matrix products more.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback, mT

Triple = tuple[Array, Array, Array]
Attend = Callable[[Array, Array, Array, Array], tuple[Array, Callable[[Array], Triple]]]
"""From Q, K, V and where it is allowed to look, to the value and the pullback to (dQ, dK, dV)."""


@dataclass(frozen=True)
class ScaledDotProductAttention(Layer):
    """Y = A V with A = softmax(S) and S = Q K^T / sqrt(d), row by row, where the mask allows.

    Q is (batch, queries, d), K (batch, keys, d), V (batch, keys, width), Y (batch, queries, width). Backwards:

        dA = dY V^T                            Y = A V is a matrix product: each
        dV = A^T dY                            receives dY times the other
        dS = A (dA - sum over keys of A dA)    the softmax, one row for each query
        dQ = dS K / sqrt(d)                    S is a matrix product again, and
        dK = dS^T Q / sqrt(d)                  the scale comes back with it

    One number for a whole row of dA changes nothing, since each row of A sums to 1. What the key that is looked at most
    receives is taken out beforehand: so no digits are lost where one key has nearly all of the attention.

    A pair that is not allowed has score -infinity, hence A = 0, dS = 0: nothing flows through it either way. The mask
    (batch, queries, keys) is true (or not 0) where query may look at key; with ``causal`` no query looks beyond its own
    position as well. A query that may look at nothing has value 0 and gradient 0, as in PyTorch.

    Raises IllFormed if the sizes of Q, K and V do not fit together.
    """

    causal: bool = False
    """Whether position t may only look at positions up to t."""

    def forward(self, q: Array, k: Array, v: Array, mask: Array | None = None) -> tuple[Array, Pullback]:
        """Return Y and its pullback."""
        if q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
            shapes = ", ".join(f"{name} {array.shape[-2:]}" for name, array in (("Q", q), ("K", k), ("V", v)))
            raise IllFormed(
                f"Attention takes Q (queries, d), K (keys, d) and V (keys, width); given were {shapes}. "
                "Q and K must have one width, K and V one length."
            )
        y, triple = attend(q, k, v, allowed(q, k, mask, self.causal))

        def pullback(dy: Array) -> Gradients:
            return dict(zip("qkv", triple(dy), strict=True))

        return y, pullback

    @property
    def constants(self) -> frozenset[str]:
        """Who may look at whom is given, not learned."""
        return frozenset({"mask"})


def allowed(q: Array, k: Array, mask: Array | None, causal: bool) -> Array:
    """Return where a query may look at a key, to be broadcast against (..., queries, keys)."""
    pairs = np.ones((q.shape[-2], k.shape[-2]), bool)
    earlier = np.tril(pairs) if causal else pairs
    return earlier if mask is None else earlier & (mask != 0)


def attend(q: Array, k: Array, v: Array, where: Array) -> tuple[Array, Callable[[Array], Triple]]:
    """Return A V and the pullback to (dQ, dK, dV); axes before the last two are independent of each other."""
    scale = 1.0 / math.sqrt(q.shape[-1])
    A = _softmax_where(q @ mT(k) * scale, where)
    most = np.argmax(A, axis=-1)[..., None]

    def pullback(dy: Array) -> Triple:
        dA = dy @ mT(v)
        dA = dA - np.take_along_axis(dA, most, axis=-1)
        dS = A * (dA - (A * dA).sum(axis=-1, keepdims=True)) * scale
        return dS @ k, mT(dS) @ q, mT(A) @ dy

    return A @ v, pullback


def _softmax_where(scores: Array, where: Array) -> Array:
    """The softmax of the last axis over the allowed entries; 0 elsewhere, and in rows where none is allowed."""
    scores = np.where(where, scores, -np.inf)
    highest = scores.max(axis=-1, keepdims=True)
    e = np.exp(scores - np.where(np.isfinite(highest), highest, 0.0))
    total = e.sum(axis=-1, keepdims=True)
    weights: Array = e / np.where(total > 0, total, 1.0)
    return weights
