"""An embedding turns the number of a word into a row of a table, and the table is what is learned.

Looking up a row does not look linear, but it is: write each number n as a row of zeros with a single 1 at place n, and
the look-up becomes a matrix product with the table. Its backward pass is then the one of every matrix product.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback, mT


def one_hot(indices: Array, count: int) -> Array:
    """Return 1.0 at the place that each index names and 0.0 elsewhere; (..., count) for indices (...)."""
    marks: Array = (indices[..., None] == np.arange(count)).astype(np.float64)
    return marks


def within(layer: str, indices: Array, count: int) -> None:
    """Raise IllFormed, for the layer of this name, unless every index is a whole number from 0 to count - 1."""
    if not np.issubdtype(indices.dtype, np.integer):
        raise IllFormed(f"{layer} looks up whole numbers; given were numbers of type {indices.dtype}.")
    if indices.size and (indices.min() < 0 or indices.max() >= count):
        raise IllFormed(
            f"{layer} has {count} to choose from, so indices of shape {indices.shape} may run from 0 to {count - 1}; "
            f"given were {indices.min()} to {indices.max()}."
        )


@dataclass(frozen=True)
class Embedding(Layer):
    """y = W[n]: row n of the table W (words, width) for every index n (batch, time); y is (batch, time, width).

    With H[b,t,n] = 1 where indices[b,t] = n and 0 elsewhere this is y = H W, so

        dL/dW[n] = sum over all b, t of H[b,t,n] dL/dy[b,t],

    that is dW = H^T dy, with b and t taken together.

    A word that occurs three times receives the sum of three gradients, and one that does not occur receives 0. Written
    with a look-up, ``dW[indices] += dy`` keeps only the last of the three, because NumPy reads the row before it writes
    any; ``np.add.at`` adds them all. The product with H is used here since it is the derivation itself.

    Raises IllFormed if an index is no row of the table.
    """

    def forward(self, indices: Array, W: Array) -> tuple[Array, Pullback]:
        """Return the rows of W that the indices name, and the pullback."""
        within("An embedding", indices, W.shape[-2])
        H = one_hot(indices, W.shape[-2])
        y = H @ W[..., None, :, :]

        def pullback(dy: Array) -> Gradients:
            return {"W": (mT(H) @ dy).sum(axis=-3)}

        return y, pullback

    @property
    def constants(self) -> frozenset[str]:
        """Which word stands where is data."""
        return frozenset({"indices"})
