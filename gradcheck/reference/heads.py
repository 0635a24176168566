"""Several heads of attention look for several things at once, each among features of its own.

Queries, keys and values are projected, cut into heads, attended head by head, put side by side and projected once
more. Cutting and joining only move numbers about, so backwards they swap their parts: the gradient is cut where the
value was joined, and joined where it was cut.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback
from gradcheck.reference.affine import Affine
from gradcheck.reference.attention import Attend, allowed, attend
from gradcheck.reference.tokenwise import Tokenwise

_PROJECT = Tokenwise(Affine())


@dataclass(frozen=True)
class MultiHeadAttention(Layer):
    """Y = [Y_1 ... Y_h] W_o + b_o with Y_i = attention(Q_i, K_i, V_i): the h heads side by side, projected.

    Q = query W_q + b_q, K = key W_k, V = value W_v + b_v; head i is given the i-th of h equal parts of the columns
    of each. query is (batch, queries, width), key and value (batch, keys, width), W_q, W_k and W_v
    (width, h d), W_o (h d, out), Y (batch, queries, out). With query, key and value the same x this is
    self-attention: x is then a value with three consumers, and its three gradients add.

        d[Y_1 ... Y_h] = dY W_o^T     cut into heads;
        dQ_i, dK_i, dV_i              by the pullback of attention, in each head;
        dQ = [dQ_1 ... dQ_h], ...     joined, and sent through the projections
                                      as through any affine layer.

    PyTorch keeps W_q, W_k, W_v transposed and below each other as ``in_proj_weight``, and W_o transposed. It has a bias
    for the keys too, which moves all scores of a query alike; the softmax does not see that, and its gradient is 0.

    Raises IllFormed if the heads do not divide the projected width.
    """

    heads: int = 2
    """How many heads h there are."""
    causal: bool = False
    """Whether position t may only look at positions up to t."""

    def __post_init__(self) -> None:
        """Refuse to look with no head at all."""
        _some(self.kind, self.heads)

    def forward(
        self, query: Array, key: Array, value: Array, mask: Array | None = None, **weights: Array
    ) -> tuple[Array, Pullback]:
        """Return Y and its pullback; weights are W_q, b_q, W_k, W_v, b_v, W_o and b_o."""
        return in_heads(self, self.heads, {"q": query, "k": key, "v": value}, mask, weights)

    @property
    def constants(self) -> frozenset[str]:
        """Who may look at whom is given, not learned."""
        return frozenset({"mask"})


@dataclass(frozen=True)
class GroupedQueryAttention(Layer):
    """Multi-head attention in which a group of query heads shares one head of keys and values.

    With h heads and g groups, Y_i = attention(Q_i, K_j, V_j), j = floor(i g / h): K and V have g heads only, W_k and
    W_v are (width, g d), and all else is as in ``MultiHeadAttention``. K_j has h / g consumers, so

        dK_j = sum over the heads i of group j of what head i sends back,

    and dV_j likewise.

    g = h is multi-head attention, g = 1 multi-query attention. Ainslie et al., "GQA", 2023.
    Raises IllFormed if the groups do not divide the heads, or the heads the width.
    """

    heads: int = 4
    """How many heads h of queries there are."""
    groups: int = 2
    """How many heads g of keys and values there are."""
    causal: bool = False
    """Whether position t may only look at positions up to t."""

    def __post_init__(self) -> None:
        """Refuse groups of different sizes."""
        _some(self.kind, self.heads)
        if self.groups < 1 or self.heads % self.groups:
            fit = [str(g) for g in range(1, self.heads + 1) if self.heads % g == 0]
            raise IllFormed(
                f"Grouped-query attention has {self.heads} heads, which {self.groups} groups cannot share evenly; "
                f"{', '.join(fit)} would fit."
            )

    def forward(
        self, query: Array, key: Array, value: Array, mask: Array | None = None, **weights: Array
    ) -> tuple[Array, Pullback]:
        """Return Y and its pullback; weights are W_q, b_q, W_k, W_v, b_v, W_o and b_o."""
        return in_heads(self, self.groups, {"q": query, "k": key, "v": value}, mask, weights)

    @property
    def constants(self) -> frozenset[str]:
        """Who may look at whom is given, not learned."""
        return frozenset({"mask"})


_LONG = {"q": "query", "k": "key", "v": "value"}


def in_heads(
    layer: MultiHeadAttention | GroupedQueryAttention,
    groups: int,
    sources: dict[str, Array],
    mask: Array | None,
    weights: dict[str, Array],
    attention: Attend = attend,
) -> tuple[Array, Pullback]:
    """Project, cut, attend, join, project; and all of it backwards."""
    heads, of = {"q": layer.heads, "k": groups, "v": groups}, layer.heads // groups
    parts, backs = {}, {}
    for role, source in sources.items():
        W = weights[f"W_{role}"]
        bias = weights[f"b_{role}"] if role != "k" else np.zeros(W.shape[-1])
        projected, backs[role] = _PROJECT(x=source, W=W, b=bias)
        _divides(layer, heads[role], f"W_{role}", W)
        parts[role] = _cut(projected, heads[role])
    where = allowed(sources["q"], sources["k"], None if mask is None else mask[..., None, :, :], layer.causal)
    Y, attention_back = attention(parts["q"], _repeated(parts["k"], of), _repeated(parts["v"], of), where)
    y, output_back = _PROJECT(x=_joined(Y), W=weights["W_o"], b=weights["b_o"])

    def pullback(dy: Array) -> Gradients:
        output = output_back(dy)
        dQ, dK, dV = attention_back(_cut(output["x"], layer.heads))
        gradients = {"W_o": output["W"], "b_o": output["b"]}
        for role, own in (("q", dQ), ("k", _summed(dK, of)), ("v", _summed(dV, of))):
            back = backs[role](_joined(own))
            gradients |= {_LONG[role]: back["x"], f"W_{role}": back["W"]}
            gradients |= {f"b_{role}": back["b"]} if role != "k" else {}
        return gradients

    return y, pullback


def _cut(x: Array, heads: int) -> Array:
    """Cut the features into heads: (..., time, heads * d) becomes (..., heads, time, d)."""
    return np.swapaxes(x.reshape(*x.shape[:-1], heads, x.shape[-1] // heads), -2, -3)


def _joined(x: Array) -> Array:
    """Put the heads side by side: (..., heads, time, d) becomes (..., time, heads * d)."""
    x = np.swapaxes(x, -2, -3)
    return x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1])


def _repeated(x: Array, times: int) -> Array:
    """Let so many heads of queries, one after the other, see the same keys: (..., groups * times, time, d)."""
    return x if times == 1 else np.repeat(x, times, axis=-3)


def _summed(x: Array, times: int) -> Array:
    """Add up what so many heads send back to the keys they share: (..., groups, time, d)."""
    groups = x.shape[-3] // times
    total: Array = x.reshape(*x.shape[:-3], groups, times, *x.shape[-2:]).sum(axis=-3)
    return total


def _some(kind: str, heads: int) -> None:
    """Raise IllFormed unless there is a head."""
    if heads < 1:
        raise IllFormed(f"The {kind} layer has heads={heads}, and needs at least 1.")


def _divides(layer: Layer, heads: int, name: str, W: Array) -> None:
    """Raise IllFormed unless so many heads divide the columns of a projection."""
    columns = W.shape[-1]
    if columns % heads:
        fit = [str(number) for number in range(1, columns + 1) if columns % number == 0]
        raise IllFormed(
            f"The {layer.kind} layer cuts the columns of {name} {W.shape[-2:]} into {heads} heads, which do not divide "
            f"{columns}; {', '.join(fit)} would."
        )
