"""What PyTorch calls each layer of the reference: the same function, written by other people.

To add a layer to the reference, add its counterpart here; a test notices if it is missing. Each takes the torch
module, the layer, and the layer's inputs by name, and works under leading stack axes as the layer does.
"""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from gradcheck import reference
from gradcheck.op import Altered, Op

if TYPE_CHECKING:
    from torch import Tensor

Counterpart = Callable[..., Any]


def evaluate(torch: ModuleType, op: Op, inputs: dict[str, "Tensor"]) -> "Tensor":
    """Return PyTorch's value for an operation of the reference."""
    match op:
        case Altered(original=original):
            return evaluate(torch, original, inputs)
        case reference.Network(nodes=nodes):
            values = dict(inputs)
            for node in nodes:
                arguments = {role: values[source] for role, source in node.sources.items()}
                values[node.name] = evaluate(torch, node.op, arguments)
            return values[op.output]
        case reference.Residual(block=block):
            return inputs["x"] + evaluate(torch, block, inputs)
    value: Tensor = COUNTERPARTS[type(op)](torch, op, **inputs)
    return value


def knows(op: Op) -> bool:
    """Say whether every part of an operation has a counterpart."""
    match op:
        case Altered(original=original):
            return knows(original)
        case reference.Network(nodes=nodes):
            return all(knows(node.op) for node in nodes)
        case reference.Residual(block=block):
            return knows(block)
    return type(op) in COUNTERPARTS


def _affine(torch: ModuleType, op: Op, x: "Tensor", W: "Tensor", b: "Tensor") -> "Tensor":
    return torch.matmul(x, W) + b.unsqueeze(-2)


def _scale(torch: ModuleType, op: Op, x: "Tensor", w: "Tensor") -> "Tensor":
    return torch.mul(w[..., None, None], x)


def _concatenate(torch: ModuleType, op: Op, left: "Tensor", right: "Tensor") -> "Tensor":
    stack = torch.broadcast_shapes(left.shape[:-1], right.shape[:-1])
    return torch.cat([side.expand(*stack, side.shape[-1]) for side in (left, right)], dim=-1)


def _half_sum_of_squares(torch: ModuleType, op: Op, y: "Tensor", target: "Tensor") -> "Tensor":
    return 0.5 * torch.nn.functional.mse_loss(y, target.expand_as(y), reduction="none").sum(dim=(-2, -1))


def _mean_squared_error(torch: ModuleType, op: Op, y: "Tensor", target: "Tensor") -> "Tensor":
    return torch.nn.functional.mse_loss(y, target.expand_as(y), reduction="none").mean(dim=(-2, -1))


def _binary_cross_entropy(torch: ModuleType, op: Op, y: "Tensor", target: "Tensor") -> "Tensor":
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    return entropy(y, target.expand_as(y), reduction="none").mean(dim=(-2, -1))


def _softmax_cross_entropy(torch: ModuleType, op: Op, y: "Tensor", target: "Tensor") -> "Tensor":
    return _cross_entropy(torch, y, target.expand(y.shape[:-1]).flatten().long())


def _soft_label_cross_entropy(torch: ModuleType, op: Op, y: "Tensor", target: "Tensor") -> "Tensor":
    return _cross_entropy(torch, y, target.expand_as(y).flatten(0, -2))


def _cross_entropy(torch: ModuleType, y: "Tensor", target: "Tensor") -> "Tensor":
    """Fold the stack into the batch, for PyTorch's own function, and unfold what it returns."""
    each = torch.nn.functional.cross_entropy(y.flatten(0, -2), target, reduction="none")
    return each.unflatten(0, y.shape[:-1]).mean(dim=-1)


def _elementwise(name: str, **settings: str) -> Counterpart:
    """A function of torch.nn.functional with one argument ``x``; settings map its keywords to fields of the layer."""

    def counterpart(torch: ModuleType, op: Op, x: "Tensor") -> "Tensor":
        options = {keyword: getattr(op, attribute) for keyword, attribute in settings.items()}
        value: Tensor = getattr(torch.nn.functional, name)(x, **options)
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
    reference.GeluTanh: lambda torch, op, x: torch.nn.functional.gelu(x, approximate="tanh"),
    reference.Silu: _elementwise("silu"),
    reference.Softplus: lambda torch, op, x: torch.logaddexp(x, torch.zeros_like(x)),
    reference.Softmax: lambda torch, op, x: torch.softmax(x, dim=-1),
    reference.Add: lambda torch, op, left, right: torch.add(left, right),
    reference.Concatenate: _concatenate,
    reference.Dropout: lambda torch, op, x, mask: torch.mul(x, mask),
    reference.HalfSumOfSquares: _half_sum_of_squares,
    reference.MeanSquaredError: _mean_squared_error,
    reference.BinaryCrossEntropy: _binary_cross_entropy,
    reference.SoftmaxCrossEntropy: _softmax_cross_entropy,
    reference.SoftLabelCrossEntropy: _soft_label_cross_entropy,
    reference.L2Penalty: lambda torch, op, W: 0.5 * op.strength * W.square().sum(dim=(-2, -1)),
}
