"""What PyTorch calls the losses that ask for likelihoods, margins, directions and alignments."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from gradcheck import reference
from gradcheck.op import Op
from gradcheck.oracles.counterparts.general import Counterpart


def _by_class(function: Callable[[Any, Tensor, Tensor], Tensor]) -> Counterpart:
    """A loss of y (batch, classes) and of the indices of classes: that of every row, and its mean over those counted.

    ``function(op, y, target)`` returns the loss of every row, whatever draw it is of.
    """

    def counterpart(op: Op, y: Tensor, target: Tensor) -> Tensor:
        classes = target.long().expand(y.shape[:-1])
        each = function(op, y.flatten(0, -2), classes.flatten()).reshape(y.shape[:-1])
        return each.sum(dim=-1) / (classes != getattr(op, "ignored", -100)).sum(dim=-1)

    return counterpart


_smoothed = _by_class(
    lambda op, y, target: functional.cross_entropy(
        y, target, label_smoothing=op.smoothing, ignore_index=op.ignored, reduction="none"
    )
)


def _smoothed_cross_entropy(
    op: reference.SmoothedCrossEntropy, y: Tensor, target: Tensor, weights: Tensor | None = None
) -> Tensor:
    """PyTorch's own takes one set of weights; where each draw has its own, they are in targets that are soft."""
    if weights is None:
        return _smoothed(op, y, target)
    counts = (target != op.ignored).expand(y.shape[:-1])
    right = functional.one_hot(torch.where(counts, target.long(), 0), y.shape[-1]) * weights.unsqueeze(-2)
    soft = (1.0 - op.smoothing) * right + op.smoothing / y.shape[-1] * weights.unsqueeze(-2)
    each = functional.cross_entropy(y.flatten(0, -2), soft.expand_as(y).flatten(0, -2), reduction="none")
    total = (right.sum(dim=-1) * counts).sum(dim=-1)
    return (each.reshape(y.shape[:-1]) * counts).sum(dim=-1) / total


def _mean_absolute_error(op: Op, y: Tensor, target: Tensor) -> Tensor:
    return functional.l1_loss(y, target.expand_as(y), reduction="none").mean(dim=(-2, -1))


def _huber(op: reference.Huber, y: Tensor, target: Tensor) -> Tensor:
    return functional.huber_loss(y, target.expand_as(y), reduction="none", delta=op.delta).mean(dim=(-2, -1))


def _kl_divergence(op: Op, y: Tensor, target: Tensor) -> Tensor:
    return functional.kl_div(y, target.expand_as(y), reduction="none").sum(dim=-1).mean(dim=-1)


def _hinge(op: Op, y: Tensor, target: Tensor) -> Tensor:
    nothing = torch.zeros_like(y)
    return functional.margin_ranking_loss(y, nothing, target.expand_as(y), margin=1.0, reduction="none").mean(
        dim=(-2, -1)
    )


def _soft_margin(op: Op, y: Tensor, target: Tensor) -> Tensor:
    """PyTorch's own, ``soft_margin_loss``, lets exp(-t y) overflow; this is the same."""
    return -functional.logsigmoid(target * y).mean(dim=(-2, -1))


def _focal(op: reference.Focal, y: Tensor, target: Tensor) -> Tensor:
    """As in torchvision, without its weights of the classes."""
    u = (2.0 * target - 1.0) * y
    return -(torch.sigmoid(-u) ** op.focus * functional.logsigmoid(u)).mean(dim=(-2, -1))


def _poisson(op: Op, y: Tensor, target: Tensor) -> Tensor:
    return functional.poisson_nll_loss(y, target.expand_as(y), reduction="none").mean(dim=(-2, -1))


def _gaussian(op: Op, y: Tensor, target: Tensor) -> Tensor:
    m, s = y.tensor_split(2, dim=-1)
    least = torch.finfo(y.dtype).tiny
    each = functional.gaussian_nll_loss(m, target.expand_as(m), s.exp(), eps=least, reduction="none")
    return each.mean(dim=(-2, -1))


def _triplet(op: reference.Triplet, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    """PyTorch's own subtracts one distance from the other, which leaves nothing of them if the anchor is far away."""
    near, far = anchor - positive + 1e-6, anchor - negative + 1e-6
    lengths = torch.linalg.vector_norm(near, dim=-1) + torch.linalg.vector_norm(far, dim=-1)
    closer = ((negative - positive) * (near + far)).sum(dim=-1) / lengths
    return torch.relu(closer + op.margin).mean(dim=-1)


def _cosine_loss(op: Op, y: Tensor, target: Tensor) -> Tensor:
    return (1.0 - functional.cosine_similarity(y, target, dim=-1)).mean(dim=-1)


def _info_nce(op: reference.InfoNce, left: Tensor, right: Tensor) -> Tensor:
    U, V = (functional.normalize(side, dim=-1, eps=1e-8) for side in (left, right))
    scores = U @ V.transpose(-1, -2) / op.temperature
    own = torch.arange(scores.shape[-1]).expand(scores.shape[:-1]).flatten()
    each = functional.cross_entropy(scores.flatten(0, -2), own, reduction="none")
    return each.reshape(scores.shape[:-1]).mean(dim=-1)


def _ctc(op: Op, y: Tensor, target: Tensor, **lengths: Tensor) -> Tensor:
    rows = y.shape[:-2]
    log_p = functional.log_softmax(y, dim=-1).flatten(0, -3).transpose(0, 1)
    targets = target.long().expand(*rows, target.shape[-1]).flatten(0, -2)
    steps, labels = (
        lengths.get(name, torch.tensor(most)).long().expand(rows).flatten()
        for name, most in (("input_lengths", y.shape[-2]), ("target_lengths", target.shape[-1]))
    )
    each = functional.ctc_loss(log_p, targets, steps, labels, reduction="none") / labels.clamp(min=1)
    return each.reshape(rows).mean(dim=-1)


OBJECTIVES: dict[type[Op], Counterpart] = {
    reference.NegativeLogLikelihood: _by_class(lambda op, y, target: functional.nll_loss(y, target, reduction="none")),
    reference.SmoothedCrossEntropy: _smoothed_cross_entropy,
    reference.MultiMargin: _by_class(
        lambda op, y, target: functional.multi_margin_loss(y, target, p=op.power, margin=op.margin, reduction="none")
    ),
    reference.KlDivergence: _kl_divergence,
    reference.MeanAbsoluteError: _mean_absolute_error,
    reference.Huber: _huber,
    reference.Hinge: _hinge,
    reference.SoftMargin: _soft_margin,
    reference.Focal: _focal,
    reference.PoissonLikelihood: _poisson,
    reference.GaussianLikelihood: _gaussian,
    reference.Triplet: _triplet,
    reference.CosineSimilarity: lambda op, left, right: functional.cosine_similarity(left, right, dim=-1),
    reference.CosineLoss: _cosine_loss,
    reference.InfoNce: _info_nce,
    reference.Ctc: _ctc,
    reference.L1Penalty: lambda op, W: op.strength * W.abs().sum(dim=(-2, -1)),
}
