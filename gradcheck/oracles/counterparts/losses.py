"""What PyTorch calls the losses and penalties of the reference."""

from torch import Tensor
from torch.nn import functional

from gradcheck import reference
from gradcheck.op import Op
from gradcheck.oracles.counterparts.general import Counterpart


def _half_sum_of_squares(op: Op, y: Tensor, target: Tensor) -> Tensor:
    return 0.5 * functional.mse_loss(y, target.expand_as(y), reduction="none").sum(dim=(-2, -1))


def _mean_squared_error(op: Op, y: Tensor, target: Tensor) -> Tensor:
    return functional.mse_loss(y, target.expand_as(y), reduction="none").mean(dim=(-2, -1))


def _binary_cross_entropy(op: Op, y: Tensor, target: Tensor) -> Tensor:
    entropy = functional.binary_cross_entropy_with_logits
    return entropy(y, target.expand_as(y), reduction="none").mean(dim=(-2, -1))


def _log_loss(op: Op, y: Tensor, target: Tensor) -> Tensor:
    within = target.expand_as(y).clamp(0.0, 1.0)  # its last digits may have been moved
    return functional.binary_cross_entropy(y, within, reduction="none").mean(dim=(-2, -1))


def _softmax_cross_entropy(op: Op, y: Tensor, target: Tensor) -> Tensor:
    return _cross_entropy(y, target.expand(y.shape[:-1]).flatten().long())


def _soft_label_cross_entropy(op: Op, y: Tensor, target: Tensor) -> Tensor:
    return _cross_entropy(y, target.expand_as(y).flatten(0, -2))


def _cross_entropy(y: Tensor, target: Tensor) -> Tensor:
    """Fold the stack into the batch, for PyTorch's own function, and unfold what it returns."""
    each = functional.cross_entropy(y.flatten(0, -2), target, reduction="none")
    return each.reshape(y.shape[:-1]).mean(dim=-1)


LOSSES: dict[type[Op], Counterpart] = {
    reference.HalfSumOfSquares: _half_sum_of_squares,
    reference.MeanSquaredError: _mean_squared_error,
    reference.BinaryCrossEntropy: _binary_cross_entropy,
    reference.LogLoss: _log_loss,
    reference.SoftmaxCrossEntropy: _softmax_cross_entropy,
    reference.SoftLabelCrossEntropy: _soft_label_cross_entropy,
    reference.L2Penalty: lambda op, W: 0.5 * op.strength * W.square().sum(dim=(-2, -1)),
}
