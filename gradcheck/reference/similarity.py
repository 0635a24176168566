"""Losses of direction: only the angle between two vectors counts, and not their length.

The length is taken out by dividing by it, u = x / |x|. The pullback of that division removes the part of the gradient
along u: to make x longer changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback, mT
from gradcheck.reference.losses import Loss, log_softmax, spread

SHORTEST = 1e-8
"""What a row is divided by if it is shorter than this, as in PyTorch: a row of zeros has no direction."""


def unit(x: Array) -> tuple[Array, Callable[[Array], Array]]:
    """Return u = x / |x| for every row of x, and its pullback.

    du = dx / |x| - x <x, dx> / |x|^3 = (dx - u <u, dx>) / |x|, a symmetric map: dL/dx = (dL/du - u <u, dL/du>) / |x|.
    Where |x| is too short to be divided by, the divisor is a constant.
    """
    squared = (x**2).sum(axis=-1, keepdims=True)
    directed = squared > SHORTEST**2
    length = np.sqrt(np.where(directed, squared, SHORTEST**2))
    u = x / length

    def pullback(du: Array) -> Array:
        along = np.where(directed, u * (u * du).sum(axis=-1, keepdims=True), 0.0)
        dx: Array = (du - along) / length
        return dx

    return u, pullback


@dataclass(frozen=True)
class CosineSimilarity(Layer):
    """y = <u, v> with u = left / |left|, v = right / |right|, row by row; left and right (batch, features), y (batch).

    dy/du = v and dy/dv = u, sent through the two divisions:  dL/dleft = (v - u y) / |left| dL/dy, and dL/dright
    likewise. Each is at a right angle to its own row.
    """

    def forward(self, left: Array, right: Array) -> tuple[Array, Pullback]:
        """Return the cosine of each pair of rows, and the pullback."""
        _one_width(self.kind, left, right)
        (u, u_back), (v, v_back) = unit(left), unit(right)

        def pullback(dy: Array) -> Gradients:
            return {"left": u_back(v * dy[..., None]), "right": v_back(u * dy[..., None])}

        return (u * v).sum(axis=-1), pullback


@dataclass(frozen=True)
class CosineLoss(Loss):
    """L = mean over the batch of 1 - cos(y, t), the angle between y and t, row by row; both are (batch, features).

    dL/dcos = -1 / batch, and from there as in ``CosineSimilarity``. PyTorch's ``cosine_embedding_loss`` for pairs that
    belong together.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        cosine, cosine_back = CosineSimilarity()(left=y, right=target)
        batch = y.shape[-2]

        def pullback(dL: Array) -> Gradients:
            towards = np.broadcast_to(-dL[..., None] / batch, (*dL.shape, batch))
            return {"y": cosine_back(towards)["left"]}

        return (1.0 - cosine).mean(axis=-1), pullback


@dataclass(frozen=True)
class InfoNce(Layer):
    """The contrastive loss: of all rows of ``right``, row n of ``left`` has to pick row n; both are (batch, features).

    S = U V^T / temperature with U and V the rows at length 1, and L = mean over n of -log softmax(S[n])[n], the softmax
    cross-entropy with class n in row n. So with P the softmax of the rows of S and I the identity

        dS = (P - I) / batch     dU = dS V / temperature
                                 dV = dS^T U / temperature,

    sent through the two divisions. The other rows of the batch are the negative examples: with a batch of one L = 0.
    van den Oord et al., "Representation Learning with Contrastive Predictive Coding", 2018.
    """

    temperature: float = 0.5
    """What the cosines are divided by."""

    def __post_init__(self) -> None:
        """Refuse to divide by nothing."""
        if self.temperature <= 0.0:
            raise IllFormed(f"temperature={self.temperature:g} cannot be: cosines are divided by it; it is above 0.")

    def forward(self, left: Array, right: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        _one_width(self.kind, left, right)
        (U, U_back), (V, V_back) = unit(left), unit(right)
        log_P = log_softmax(U @ mT(V) / self.temperature)
        batch = left.shape[-2]
        identity = np.eye(batch)

        def pullback(dL: Array) -> Gradients:
            dS = (np.exp(log_P) - identity) / batch / self.temperature * spread(dL)
            return {"left": U_back(dS @ V), "right": V_back(mT(dS) @ U)}

        return -(identity * log_P).sum(axis=(-2, -1)) / batch, pullback


def _one_width(layer: str, left: Array, right: Array) -> None:
    """Raise IllFormed unless the two have rows to be paired."""
    if left.shape[-2:] != right.shape[-2:]:
        raise IllFormed(
            f"The {layer} pairs rows of left (batch, features) {left.shape[-2:]} with those of right "
            f"{right.shape[-2:]}; the two shapes must be equal."
        )
