"""Losses that ask how likely the right answer is: the logarithm of a probability, with a minus before it.

Some rows may have no right answer: they are ignored, and the mean is over the others. Some right answers are softened
a little, so that no logit is driven to infinity.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Pullback
from gradcheck.reference.embedding import one_hot, within
from gradcheck.reference.losses import Loss, log_softmax, spread


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

        return -(share * y).sum(axis=(-2, -1)), pullback


@dataclass(frozen=True)
class SmoothedCrossEntropy(Loss):
    """Cross-entropy of the logits y (batch, classes) with softened targets, over the rows that are not ignored.

    With p the softmax of y, e the smoothing and C classes, the target of row n is q[n,k] = (1 - e) [k = c_n] + e / C,
    a distribution, and L = mean over the N rows with c_n not ignored of -sum_k q[n,k] log p[n,k]. So

        dL/dy[n,k] = (p[n,k] - q[n,k]) / N,    and 0 in a row that is ignored, which is not counted in N either.

    Raises IllFormed if a target is neither a class nor the ignored number, or if every row is ignored.
    """

    smoothing: float = 0.1
    """e: what the right class gives away, to be shared by all classes alike."""
    ignored: int = -100
    """The target of a row that does not count."""

    def forward(self, y: Array, target: Array) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        classes, counts = y.shape[-1], target != self.ignored
        within("The smoothed cross-entropy", np.where(counts, target, 0), classes)
        rows = counts.sum(axis=-1)[..., None, None]
        if not rows.all():
            raise IllFormed(
                f"The smoothed cross-entropy is a mean over rows, and all {target.shape[-1]} are {self.ignored}, "
                "ignored. At least one row must name its class."
            )
        q = (1.0 - self.smoothing) * one_hot(target, classes) + self.smoothing / classes
        share = counts[..., None] / rows
        log_p = log_softmax(y)

        def pullback(dL: Array) -> Gradients:
            return {"y": share * (np.exp(log_p) - q) * spread(dL)}

        return -(share * q * log_p).sum(axis=(-2, -1)), pullback


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

        return (share * (log_t - y)).sum(axis=(-2, -1)), pullback
