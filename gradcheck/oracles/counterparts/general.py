"""What PyTorch calls affine layers, activations and joins."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from gradcheck import reference
from gradcheck.op import Op

Counterpart = Callable[..., Tensor]
"""Takes the layer and its inputs by name, and works under leading stack axes as the layer does."""


def _affine(op: Op, x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    return torch.matmul(x, W) + b.unsqueeze(-2)


def _scale(op: Op, x: Tensor, w: Tensor) -> Tensor:
    return torch.mul(w[..., None, None], x)


def _concatenate(op: reference.Concatenate, left: Tensor, right: Tensor) -> Tensor:
    sides = [side.movedim(op.axis, -1) for side in (left, right)]
    stack = (sides[0][..., 0] + sides[1][..., 0]).shape
    joined = torch.cat([side.expand(*stack, side.shape[-1]) for side in sides], dim=-1)
    return joined.movedim(-1, op.axis)


def _elementwise(name: str, **settings: str) -> Counterpart:
    """A function of functional with one argument ``x``; settings map its keywords to fields of the layer."""

    def counterpart(op: Op, x: Tensor) -> Tensor:
        options = {keyword: getattr(op, attribute) for keyword, attribute in settings.items()}
        value: Tensor = getattr(functional, name)(x, **options)
        return value

    return counterpart


GENERAL: dict[type[Op], Counterpart] = {
    reference.Affine: _affine,
    reference.Scale: _scale,
    reference.Sigmoid: _elementwise("sigmoid"),
    reference.Tanh: _elementwise("tanh"),
    reference.Relu: _elementwise("relu"),
    reference.LeakyRelu: _elementwise("leaky_relu", negative_slope="slope"),
    reference.Elu: _elementwise("elu", alpha="scale"),
    reference.Selu: _elementwise("selu"),
    reference.Hardtanh: _elementwise("hardtanh", min_val="low", max_val="high"),
    reference.Hardswish: _elementwise("hardswish"),
    reference.Softsign: _elementwise("softsign"),
    reference.Gelu: _elementwise("gelu"),
    reference.GeluTanh: lambda op, x: functional.gelu(x, approximate="tanh"),
    reference.Silu: _elementwise("silu"),
    reference.Mish: _elementwise("mish"),
    reference.LogSigmoid: _elementwise("logsigmoid"),
    reference.Softplus: lambda op, x: torch.logaddexp(x, torch.zeros_like(x)),
    reference.Softmax: lambda op, x: torch.softmax(x, dim=op.axis),
    reference.LogSoftmax: lambda op, x: functional.log_softmax(x, dim=op.axis),
    reference.LogSumExp: lambda op, x: torch.logsumexp(x, dim=op.axis, keepdim=True),
    reference.Add: lambda op, left, right: torch.add(left, right),
    reference.Concatenate: _concatenate,
    reference.Dropout: lambda op, x, mask: torch.mul(x, mask),
}
