"""Losses that are content once the right answer leads by a margin: beyond it the loss is 0, and so is the gradient.

All are sums of max(0, something). At the margin itself there is a kink, where every share from 0 to 1 of the inner
gradient is a subgradient and any of them is accepted as right; the share taken here is 0, unless the docstring says so.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback
from gradcheck.reference.activations import logistic
from gradcheck.reference.embedding import one_hot, within
from gradcheck.reference.losses import Loss, spread


@dataclass(frozen=True)
class Hinge(Loss):
    """L = mean of max(0, 1 - t y) over all N entries; y (batch, outputs) are scores, t is -1 or 1.

    dL/dy = -t / N where t y < 1, and 0 where t y >= 1: what is right by a margin of 1 is left alone.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        short = 1.0 - target * y
        entries = short.shape[-2] * short.shape[-1]

        def pullback(dL: Array) -> Gradients:
            return {"y": -target * (short > 0) / entries * spread(dL)}

        return np.maximum(short, 0.0).mean(axis=(-2, -1)), pullback


@dataclass(frozen=True)
class SoftMargin(Loss):
    """L = mean of log(1 + exp(-t y)) over all N entries; y (batch, outputs) are scores, t is -1 or 1.

    The hinge, rounded off: it has no kink, and no margin beyond which it is 0. The slope of log(1 + exp(u)) is s(u),
    the logistic function, and u = -t y, so  dL/dy = -t s(-t y) / N:  all of -t / N where the sign is wrong by far,
    nearly nothing where it is right by far. With labels 0 and 1 in the place of -1 and 1 it is ``BinaryCrossEntropy``.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        u = -target * y
        entries = u.shape[-2] * u.shape[-1]

        def pullback(dL: Array) -> Gradients:
            return {"y": -target * logistic(u) / entries * spread(dL)}

        return np.logaddexp(0.0, u).mean(axis=(-2, -1)), pullback


@dataclass(frozen=True)
class MultiMargin(Loss):
    """L = mean over the batch of 1/C sum over k != c of max(0, margin - y_c + y_k)^p, c the right class of C.

    y is (batch, classes), the target c (batch). With h[n,k] the maximum in the term of class k, and v[n,k] the slope of
    h[n,k]^p,

        v[n,k]       = 1 if p = 1, 2 h[n,k] if p = 2;
                       0 where k = c_n or h[n,k] = 0
        dL/dy[n,k]   = v[n,k] / (C batch)  for k != c_n,
        dL/dy[n,c_n] = -sum_k v[n,k] / (C batch):

    each class that comes too close is pushed down, and the right one is pulled up once for each of them. Squared, the
    loss has no kink: at the margin the slope is 0 on both sides. Crammer and Singer, 2001, take the closest class only;
    this is PyTorch's. Raises IllFormed if a target is no class.
    """

    margin: float = 1.0
    """By how much the right class has to lead."""
    power: int = 1
    """p: 1, or 2 for the squared hinge."""

    def __post_init__(self) -> None:
        """Refuse other powers."""
        if self.power not in (1, 2):
            raise IllFormed(f"power={self.power} cannot be: it is 1 or 2.")

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        batch, classes = y.shape[-2:]
        within("The multi-class margin", target, classes)
        right = one_hot(target, classes)
        h = np.maximum((1.0 - right) * (self.margin + y - (right * y).sum(axis=-1, keepdims=True)), 0.0)

        def pullback(dL: Array) -> Gradients:
            v = (h > 0) * (2.0 * h if self.power == 2 else 1.0) / (classes * batch)
            return {"y": (v - right * v.sum(axis=-1, keepdims=True)) * spread(dL)}

        return (h**self.power).sum(axis=(-2, -1)) / (classes * batch), pullback


@dataclass(frozen=True)
class Triplet(Layer):
    """L = mean over the batch of max(0, |a - p| - |a - n| + margin): an anchor, a positive and a negative example.

    All three are (batch, features), and |.| is the Euclidean norm of a row, whose gradient is the unit vector: with
    u = (a - p) / |a - p| and w = (a - n) / |a - n|, in the rows where the term is positive,

        dL/da = (u - w) / batch      dL/dp = -u / batch      dL/dn = w / batch.

    The three add up to zero, for only differences count. An anchor far away sees both examples in one direction and at
    one distance, and the differences lose all their digits; so they are taken where they are small, with
    d = |a - p| - |a - n|:

        d = <n - p, (a - p) + (a - n)> / (|a - p| + |a - n|),
            because |s|^2 - |t|^2 = <s - t, s + t>,
        u - w = ((n - p) - w d) / |a - p|,
            because a - p = (a - n) + (n - p).

    Against |0| the differences are taken 1e-6 longer, as in PyTorch: a - p + 1e-6 in every entry. Schroff et al.,
    "FaceNet", 2015, who square the distances.
    """

    margin: float = 1.0
    """How much closer than the negative the positive has to be."""

    def forward(self, anchor: Array, positive: Array, negative: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        if not anchor.shape[-2:] == positive.shape[-2:] == negative.shape[-2:]:
            shapes = ", ".join(str(array.shape[-2:]) for array in (anchor, positive, negative))
            raise IllFormed(f"The triplet loss takes three arrays (batch, features) of one shape; given were {shapes}.")
        near, far, between = anchor - positive + 1e-6, anchor - negative + 1e-6, negative - positive
        d_near, d_far = (np.sqrt((side**2).sum(axis=-1, keepdims=True)) for side in (near, far))
        d = (between * (near + far)).sum(axis=-1, keepdims=True) / (d_near + d_far)
        short, batch = d + self.margin, anchor.shape[-2]

        def pullback(dL: Array) -> Gradients:
            share = (short > 0) / batch * spread(dL)
            u, w = near / d_near, far / d_far
            apart = (between - w * d) / d_near
            return {"anchor": share * apart, "positive": -share * u, "negative": share * w}

        return np.maximum(short, 0.0).sum(axis=(-2, -1)) / batch, pullback
