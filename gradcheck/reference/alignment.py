"""Connectionist temporal classification: the loss of a sequence of labels of which nobody knows when each was said.

Each way to stretch the labels over the time steps, with blanks between, has a probability, and their sum is what
counts. There are too many ways to list, but they run through a small table, and two sweeps through it, one from each
end, give the sum and the probability that a way passes through each cell. All of it is done with logarithms.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Pullback, mT
from gradcheck.reference.embedding import one_hot, within
from gradcheck.reference.losses import Loss, log_softmax
from gradcheck.reference.softmax import LogSumExp

BLANK = 0
"""The class that says nothing."""


@dataclass(frozen=True)
class Ctc(Loss):
    """L = mean over the batch of -log P(labels) / labels; y (batch, time, classes) are logits, class 0 is the blank.

    The target (batch, labels) is stretched to s_0 ... s_(2 labels) = blank, label, blank, ..., label, blank. A way
    starts at s_0 or s_1; at each step it stays, goes on by one, or by two if that skips a blank between labels that
    differ; it ends at one of the last two. With p[t,k] the softmax of y[t], the ways up to step t, and those from it,
    have the probabilities

        alpha_t(s) = p[t,s] (alpha_(t-1)(s) + alpha_(t-1)(s-1)
                             + [may skip to s] alpha_(t-1)(s-2))
        beta_t(s)  = p[t,s] (beta_(t+1)(s) + beta_(t+1)(s+1)
                             + [may skip from s] beta_(t+1)(s+2))

    P = alpha_T(last) + alpha_T(last but one), and g[t,s] = alpha_t(s) beta_t(s) / (p[t,s] P) is the probability that
    the way is at s at step t. Every way is somewhere, so each g[t] sums to 1; hence it is had without P, and rounding
    cannot spoil that where logarithms are huge. P is linear in each step's p, so d(-log P)/d log p[t,k] = -sum of
    g[t,s] over the s that say k; and, since g[t] sums to 1, behind the softmax

        dL/dy[t,k] = (p[t,k] - sum of g[t,s] over the s that say k)
                     / (labels batch).

    Both sum to 1 over the classes, so the likeliest class gets minus what the others get: where nothing is left but
    1 - 1, that keeps its digits.

    Samples may be shorter than the arrays that hold them: then ``input_lengths`` and ``target_lengths`` (batch) say how
    many steps and labels count. A way ends at the last two states of its own labels, and stands still once its time is
    over, at no cost; what comes after neither counts nor receives a gradient. A sample without labels is divided by 1.

    Graves et al., 2006. PyTorch takes log p as its input, yet returns the gradient with respect to y: right only behind
    a log-softmax. Here the softmax is part of the loss. Raises IllFormed if a label is no class or the blank, or if the
    labels, with a blank between equal neighbours, do not fit into the time.
    """

    @property
    def constants(self) -> frozenset[str]:
        """The labels are given, and so are the lengths."""
        return frozenset({"target", "input_lengths", "target_lengths"})

    def forward(
        self, y: Array, target: Array, input_lengths: Array | None = None, target_lengths: Array | None = None
    ) -> tuple[Array, Pullback]:
        """Return L and its pullback."""
        steps = _lengths("input_lengths", input_lengths, 1, y.shape[-2])
        labels = _lengths("target_lengths", target_lengths, 0, target.shape[-1])
        target = np.where(np.arange(target.shape[-1]) < labels, target, BLANK)
        _fits(y, target, steps, labels)
        log_p = log_softmax(y)
        spoken = one_hot(_stretched(target), y.shape[-1])
        during = np.expand_dims(np.arange(y.shape[-2]) < steps, -1)
        log_at = np.where(during, log_p @ mT(spoken), 0.0)
        forwards, backwards = _may_skip(target)
        states = np.arange(spoken.shape[-2])
        last = (states == 2 * labels) | (states == 2 * labels - 1)
        alpha = _sweep(log_at, during, states < 2, forwards)
        beta = _sweep(log_at[..., ::-1, ::-1], during[..., ::-1, :], last[..., ::-1], backwards)[..., ::-1, ::-1]
        log_P = LogSumExp()(x=np.where(last, alpha[..., -1, :], -np.inf))[0][..., 0]
        scale = np.maximum(1, labels[..., 0]) * y.shape[-3]

        def pullback(dL: Array) -> Gradients:
            g = np.exp(log_softmax(alpha + beta - log_at))
            dy = np.where(during, np.exp(log_p) - g @ spoken, 0.0)
            likeliest = np.expand_dims(log_p.argmax(axis=-1), -1) == np.arange(y.shape[-1])
            others = np.where(likeliest, 0.0, dy)
            dy = np.where(likeliest, -others.sum(axis=-1, keepdims=True), others)
            return {"y": dy / scale[..., None, None] * dL[..., None, None, None]}

        return -(log_P / scale).sum(axis=-1), pullback


def _lengths(name: str, given: Array | None, least: int, most: int) -> Array:
    """Return how much of each sample counts, (..., batch, 1), or (1) for all; raises IllFormed if it cannot be."""
    if given is None:
        return np.array([most])
    if given.dtype.kind not in "iu" or (given < least).any() or (given > most).any():
        raise IllFormed(
            f"The CTC loss takes {name} (batch) that are whole numbers from {least} to {most}; given were {given}."
        )
    return given[..., None]


def _sweep(log_at: Array, during: Array, start: Array, may_skip: Array) -> Array:
    """Return log alpha (..., time, states) from log p[t,s]; beta is the same sweep with both axes turned round.

    It begins at the states ``start``, at the first step that is ``during`` the sample, and stands still after the last.
    """
    begins = np.where(start, 0.0, -np.inf)
    alphas = [begins + log_at[..., 0, :]]
    for t in range(1, log_at.shape[-2]):
        stays = alphas[-1]
        skips = np.where(may_skip, _further(stays, 2), -np.inf)
        goes = np.logaddexp(np.logaddexp(stays, _further(stays, 1)), skips)
        moved = log_at[..., t, :] + np.where(during[..., t - 1, :], goes, begins)
        alphas.append(np.where(during[..., t, :], moved, stays))
    return np.stack(alphas, axis=-2)


def _further(alpha: Array, by: int) -> Array:
    """Move what is at each state so many states further; nothing arrives at the first ones."""
    nothing = np.full((*alpha.shape[:-1], by), -np.inf)
    return np.concatenate([nothing, alpha], axis=-1)[..., : alpha.shape[-1]]


def _stretched(target: Array) -> Array:
    """Put blanks before, between and behind the labels: (..., 2 labels + 1)."""
    states = np.full((*target.shape[:-1], 2 * target.shape[-1] + 1), BLANK)
    states[..., 1::2] = target
    return states


def _may_skip(target: Array) -> tuple[Array, Array]:
    """Say which states may be reached from two before: labels unlike the one before; and the same backwards."""
    differs = target[..., 1:] != target[..., :-1]
    forwards, backwards = (np.zeros((*target.shape[:-1], 2 * target.shape[-1] + 1), bool) for _ in range(2))
    forwards[..., 3::2], backwards[..., 3::2] = differs, differs[..., ::-1]
    return forwards, backwards


def _fits(y: Array, target: Array, steps: Array, labels: Array) -> None:
    """Raise IllFormed unless the labels are classes, not the blank, and fit into the time."""
    within("The CTC loss", target, y.shape[-1])
    counts = np.arange(target.shape[-1]) < labels
    if (counts & (target == BLANK)).any():
        raise IllFormed(f"The CTC loss keeps class {BLANK} for the blank; labels may run from 1 to {y.shape[-1] - 1}.")
    repeats = (counts[..., 1:] & (target[..., 1:] == target[..., :-1])).sum(axis=-1)
    least = labels[..., 0] + repeats
    if (least > steps[..., 0]).any():
        raise IllFormed(
            f"The CTC loss cannot fit targets (batch, labels) {target.shape[-2:]} into logits (batch, time, classes) "
            f"{y.shape[-3:]}: with a blank between equal neighbours they take {least.max()} steps or more, "
            f"and a sample has {steps.min()}."
        )
