"""What PyTorch calls each layer of the reference: the same function, written by other people.

To add a layer to the reference, add its counterpart here; a test notices if it is missing. Each takes the layer and
its inputs by name, and works under leading stack axes as the layer does. This module imports PyTorch, so it is itself
imported only when the oracle is asked.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from gradcheck import reference
from gradcheck.op import Altered, Op

Counterpart = Callable[..., Tensor]


def evaluate(op: Op, inputs: dict[str, Tensor]) -> Tensor:
    """Return PyTorch's value for an operation of the reference."""
    match op:
        case Altered(original=original):
            return evaluate(original, inputs)
        case reference.Network(nodes=nodes):
            values = dict(inputs)
            for node in nodes:
                arguments = {role: values[source] for role, source in node.sources.items()}
                values[node.name] = evaluate(node.op, arguments)
            return values[op.output]
        case reference.Residual(block=block):
            return inputs["x"] + evaluate(block, inputs)
    return COUNTERPARTS[type(op)](op, **inputs)


def _affine(op: Op, x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    return torch.matmul(x, W) + b.unsqueeze(-2)


def _scale(op: Op, x: Tensor, w: Tensor) -> Tensor:
    return torch.mul(w[..., None, None], x)


def _concatenate(op: Op, left: Tensor, right: Tensor) -> Tensor:
    stack = (left[..., 0] + right[..., 0]).shape
    return torch.cat([side.expand(*stack, side.shape[-1]) for side in (left, right)], dim=-1)


def _half_sum_of_squares(op: Op, y: Tensor, target: Tensor) -> Tensor:
    return 0.5 * functional.mse_loss(y, target.expand_as(y), reduction="none").sum(dim=(-2, -1))


def _mean_squared_error(op: Op, y: Tensor, target: Tensor) -> Tensor:
    return functional.mse_loss(y, target.expand_as(y), reduction="none").mean(dim=(-2, -1))


def _binary_cross_entropy(op: Op, y: Tensor, target: Tensor) -> Tensor:
    entropy = functional.binary_cross_entropy_with_logits
    return entropy(y, target.expand_as(y), reduction="none").mean(dim=(-2, -1))


def _softmax_cross_entropy(op: Op, y: Tensor, target: Tensor) -> Tensor:
    return _cross_entropy(y, target.expand(y.shape[:-1]).flatten().long())


def _soft_label_cross_entropy(op: Op, y: Tensor, target: Tensor) -> Tensor:
    return _cross_entropy(y, target.expand_as(y).flatten(0, -2))


def _cross_entropy(y: Tensor, target: Tensor) -> Tensor:
    """Fold the stack into the batch, for PyTorch's own function, and unfold what it returns."""
    each = functional.cross_entropy(y.flatten(0, -2), target, reduction="none")
    return each.reshape(y.shape[:-1]).mean(dim=-1)


def _elementwise(name: str, **settings: str) -> Counterpart:
    """A function of functional with one argument ``x``; settings map its keywords to fields of the layer."""

    def counterpart(op: Op, x: Tensor) -> Tensor:
        options = {keyword: getattr(op, attribute) for keyword, attribute in settings.items()}
        value: Tensor = getattr(functional, name)(x, **options)
        return value

    return counterpart


COUNTERPARTS: dict[type[Op], Counterpart] = {
    reference.Affine: _affine,
    reference.Scale: _scale,
    reference.Sigmoid: _elementwise("sigmoid"),
    reference.Tanh: _elementwise("tanh"),
    reference.Relu: _elementwise("relu"),
    reference.LeakyRelu: _elementwise("leaky_relu", negative_slope="slope"),
    reference.Elu: _elementwise("elu", alpha="scale"),
    reference.Gelu: _elementwise("gelu"),
    reference.GeluTanh: lambda op, x: functional.gelu(x, approximate="tanh"),
    reference.Silu: _elementwise("silu"),
    reference.Softplus: lambda op, x: torch.logaddexp(x, torch.zeros_like(x)),
    reference.Softmax: lambda op, x: torch.softmax(x, dim=-1),
    reference.Add: lambda op, left, right: torch.add(left, right),
    reference.Concatenate: _concatenate,
    reference.Dropout: lambda op, x, mask: torch.mul(x, mask),
    reference.HalfSumOfSquares: _half_sum_of_squares,
    reference.MeanSquaredError: _mean_squared_error,
    reference.BinaryCrossEntropy: _binary_cross_entropy,
    reference.SoftmaxCrossEntropy: _softmax_cross_entropy,
    reference.SoftLabelCrossEntropy: _soft_label_cross_entropy,
    reference.L2Penalty: lambda op, W: 0.5 * op.strength * W.square().sum(dim=(-2, -1)),
}
