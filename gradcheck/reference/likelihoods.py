"""Losses that ask how likely the right answer is: the logarithm of a probability, with a minus before it.

Some rows may have no right answer: they are ignored, and the mean is over the others. Some right answers are softened
a little, so that no logit is driven to infinity.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Pullback
from gradcheck.reference.activations import logistic
from gradcheck.reference.embedding import one_hot, within
from gradcheck.reference.losses import Loss, inner, log_softmax, spread


@dataclass(frozen=True)
class NegativeLogLikelihood(Loss):
    """L = mean over the batch of -y[n, c_n]; y (batch, classes) are logarithms of probabilities, c (batch) the target.

    L is linear in y: dL/dy[n,k] = -[k = c_n] / batch. Behind a log-softmax it is ``SoftmaxCrossEntropy``.
    Raises IllFormed if a target is no class.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        within("The negative log-likelihood", target, y.shape[-1])
        share = one_hot(target, y.shape[-1]) / y.shape[-2]

        def pullback(dL: Array) -> Gradients:
            return {"y": -share * spread(dL)}

        return -inner(share, y), pullback


@dataclass(frozen=True)
class SmoothedCrossEntropy(Loss):
    """Cross-entropy of the logits y (batch, classes) with softened targets, over the rows that are not ignored.

    With p the softmax of y, e the smoothing, C classes and a weight w[k] for each of them, 1 if none are given,

        q[n,k] = w[k] ((1 - e) [k = c_n] + e / C),
        N = sum of w[c_n] over the rows that are not ignored,
        L = 1/N sum over these rows of -sum_k q[n,k] log p[n,k].

    log p[n,k] = y[n,k] - log sum_j exp(y[n,j]), so a row costs Q log sum_j exp(y[n,j]) - sum_k q[n,k] y[n,k] with
    Q[n] = sum_k q[n,k], and the slope of log-sum-exp is the softmax:

        dL/dy[n,k] = (Q[n] p[n,k] - q[n,k]) / N,

    and 0 in a row that is ignored, which has no part in N either.

    Without weights each q[n] is a distribution, Q = 1 and N is the number of rows: the well-known (p - q) / N. PyTorch
    divides by the weights of the right classes alone, also where the smoothing has brought in those of others. Raises
    IllFormed if a target is neither a class nor the ignored number, if every row is ignored, or weights do not fit.
    """

    smoothing: float = 0.1
    """e: what the right class gives away, to be shared by all classes alike."""
    ignored: int = -100
    """The target of a row that does not count."""

    def __post_init__(self) -> None:
        """Refuse to give away more than there is."""
        if not 0.0 <= self.smoothing <= 1.0:
            raise IllFormed(f"smoothing={self.smoothing:g} cannot be: it is a share of the target, from 0 to 1.")

    def forward(self, y: Array, target: Array, weights: Array | None = None) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        classes, counts = y.shape[-1], target != self.ignored
        self._fits(classes, counts, target, weights)
        right, w = one_hot(target, classes), np.ones(classes) if weights is None else weights
        w = w[..., None, :]
        N = (w * right).sum(axis=(-2, -1), keepdims=True)
        share = counts[..., None] * w * ((1.0 - self.smoothing) * right + self.smoothing / classes) / N
        log_p = log_softmax(y)

        def pullback(dL: Array) -> Gradients:
            return {"y": (share.sum(axis=-1, keepdims=True) * np.exp(log_p) - share) * spread(dL)}

        return -inner(share, log_p), pullback

    def _fits(self, classes: int, counts: Array, target: Array, weights: Array | None) -> None:
        """Refuse targets and weights that do not belong to the classes, and a mean over nothing."""
        within("The smoothed cross-entropy", np.where(counts, target, 0), classes)
        if weights is not None and weights.shape[-1:] != (classes,):
            raise IllFormed(
                f"The smoothed cross-entropy of {classes} classes takes as many weights, not {weights.shape}."
            )
        if not counts.any(axis=-1).all():
            raise IllFormed(
                f"The smoothed cross-entropy is a mean over rows, and all {target.shape[-1]} are {self.ignored}, "
                "ignored. At least one row must name its class."
            )

    @property
    def constants(self) -> frozenset[str]:
        """The targets, and how much each class counts, are given and not learned."""
        return frozenset({"target", "weights"})


@dataclass(frozen=True)
class KlDivergence(Loss):
    """L = 1/batch sum t (log t - y), with t probabilities and y logarithms of probabilities, both (batch, classes).

    It is linear in y: dL/dy = -t / batch. Where t = 0, t log t is 0, its limit. Divided by the batch it is the mean of
    the divergences, PyTorch's ``batchmean``; PyTorch's default divides by the classes as well.
    """

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        share = target / y.shape[-2]
        log_t = np.log(np.where(target > 0, target, 1.0))

        def pullback(dL: Array) -> Gradients:
            return {"y": -share * spread(dL)}

        return inner(share, log_t - y), pullback


@dataclass(frozen=True)
class Focal(Loss):
    """L = mean over all N entries of -(1 - q)^f log q, where q is the probability of what is right; y are logits.

    y and t are (batch, outputs), t is 0 or 1. With u = y where t = 1 and u = -y where t = 0, q = s(u), s the logistic
    function. The factor (1 - q)^f is small where q is near 1: what is right already counts little, and the focus is on
    the rest. By the product rule, with q' = q (1 - q),

        dL/du = f (1 - q)^(f - 1) q (1 - q) log q - (1 - q)^f q (1 - q) / q
              = (1 - q)^f (f q log q - (1 - q)),

    divided by N, and dL/dy = dL/du where t = 1, -dL/du where t = 0. With f = 0 it is ``BinaryCrossEntropy``. Lin et
    al., "Focal Loss for Dense Object Detection", 2017; torchvision's ``sigmoid_focal_loss`` also weighs the two
    classes.
    """

    focus: float = 2.0
    """f: how little counts what is right already."""

    def __post_init__(self) -> None:
        """Refuse to let count more what is right already."""
        if self.focus < 0.0:
            raise IllFormed(f"focus={self.focus:g} cannot be: it is 0, as in the cross-entropy, or more.")

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        entries = y.shape[-2] * y.shape[-1]
        side = 2.0 * target - 1.0
        u = side * y
        q, log_q = logistic(u), -np.logaddexp(0.0, -u)
        share = logistic(-u) ** self.focus / entries

        def pullback(dL: Array) -> Gradients:
            du = share * (self.focus * q * log_q - logistic(-u))
            return {"y": side * du * spread(dL)}

        return -inner(share, log_q), pullback
