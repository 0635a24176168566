"""The affine layer: every output is a weighted sum of the inputs plus a bias.

It is the layer that holds the parameters, and its backward pass is two matrix products and a sum. Each of the three
follows from one question: which entries of the output does this entry feed, and with what weight?
"""

from dataclasses import dataclass

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback, mT


@dataclass(frozen=True)
class Affine(Layer):
    """y = x W + b, with x (batch, in), W (in, out), b (out) and y (batch, out).

    In entries, y[n,j] = sum_i x[n,i] W[i,j] + b[j]. So

        dL/dx[n,i] = sum_j dL/dy[n,j] W[i,j]    each input feeds its row of y
        dL/dW[i,j] = sum_n x[n,i] dL/dy[n,j]    each weight serves every row
        dL/db[j]   = sum_n dL/dy[n,j]           each bias is added to every row

    and as matrices

        dx = dy W^T        dW = x^T dy        db = sum over n of dy
    """

    def forward(self, x: Array, W: Array, b: Array) -> tuple[Array, Pullback]:
        """Return y = x W + b and its pullback; raises IllFormed if the widths do not meet."""
        if x.shape[-1:] != W.shape[-2:-1] or b.shape[-1] not in (1, W.shape[-1]):
            raise IllFormed(
                f"The {self.kind} layer cannot take x {x.shape}, W {W.shape} and b {b.shape}: x with rows of "
                f"{x.shape[-1]} needs W (..., {x.shape[-1]}, out) and b (..., out)."
            )
        y = x @ W + b[..., None, :]

        def pullback(dy: Array) -> Gradients:
            return {"x": dy @ mT(W), "W": mT(x) @ dy, "b": dy.sum(axis=-2)}

        return y, pullback


@dataclass(frozen=True)
class Scale(Layer):
    """y = w x: one number w, on one edge of a network drawn with single weights; x and y are (batch, features).

    dL/dx = w dL/dy                         the same factor for every entry
    dL/dw = sum over all entries of x dL/dy the one number feeds them all
    """

    def forward(self, x: Array, w: Array) -> tuple[Array, Pullback]:
        """Return y = w x and its pullback."""
        weight = w[..., None, None]
        y = weight * x

        def pullback(dy: Array) -> Gradients:
            return {"x": weight * dy, "w": (x * dy).sum(axis=(-2, -1))}

        return y, pullback
