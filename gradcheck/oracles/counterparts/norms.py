"""What PyTorch calls the normalisations.

Gains and shifts differ from draw to draw; they are applied outside of PyTorch's own functions where those take one for
all. Batch norm has draws side by side as channels, which it never mixes.
"""

import torch
from torch import Tensor
from torch.nn import functional

from gradcheck import reference
from gradcheck.op import Op
from gradcheck.oracles.counterparts.general import Counterpart
from gradcheck.oracles.counterparts.space import into_channels, out_of_channels
from gradcheck.reference.normalisation import LENGTHS


def _scaled(z: Tensor, g: Tensor, b: Tensor, axes: int, own: tuple[int, ...]) -> Tensor:
    """Return g z + b, with a g and a b for each entry along some of the axes of a sample with so many, in each draw."""
    shape = [*g.shape[: g.ndim - len(own)], *[1] * (axes + 1)]
    for axis, size in zip(own, g.shape[g.ndim - len(own) :], strict=True):
        shape[axis] = size
    return g.reshape(shape) * z + b.reshape(shape)


def _batch_norm(op: reference.BatchNorm, x: Tensor, g: Tensor, b: Tensor) -> Tensor:
    channels = into_channels(x, op.axes + 1)
    y = functional.batch_norm(channels, None, None, g.flatten(), b.flatten(), training=True, eps=op.epsilon)
    return out_of_channels(y, x.shape[: -op.axes - 1])


def _evaluation(
    op: reference.BatchNormEvaluation, x: Tensor, g: Tensor, b: Tensor, mean: Tensor, variance: Tensor
) -> Tensor:
    channels, running = into_channels(x, op.axes + 1), (mean.flatten(), variance.flatten())
    y = functional.batch_norm(channels, *running, g.flatten(), b.flatten(), training=False, eps=op.epsilon)
    return out_of_channels(y, x.shape[: -op.axes - 1])


def _layer_norm(op: reference.LayerNorm, x: Tensor, g: Tensor, b: Tensor) -> Tensor:
    z = functional.layer_norm(x, x.shape[-op.over :], eps=op.epsilon)
    return _scaled(z, g, b, op.axes, tuple(range(-op.over, 0)))


def _rms_norm(op: reference.RmsNorm, x: Tensor, g: Tensor) -> Tensor:
    z = functional.rms_norm(x, x.shape[-op.over :], eps=op.epsilon)
    return _scaled(z, g, torch.zeros_like(g), op.axes, tuple(range(-op.over, 0)))


def _group_norm(op: reference.GroupNorm, x: Tensor, g: Tensor, b: Tensor) -> Tensor:
    z = functional.group_norm(x.flatten(0, -op.axes - 1), op.groups, eps=op.epsilon)
    return _scaled(z.reshape(x.shape), g, b, op.axes, (-op.axes,))


def _instance_norm(op: reference.InstanceNorm, x: Tensor, g: Tensor, b: Tensor) -> Tensor:
    z = functional.instance_norm(x.flatten(0, -op.axes - 1), eps=op.epsilon)
    return _scaled(z.reshape(x.shape), g, b, op.axes, (-op.axes,))


def _weight_norm(op: reference.WeightNorm, x: Tensor, V: Tensor, g: Tensor, b: Tensor) -> Tensor:
    length = torch.linalg.vector_norm(V, dim=LENGTHS[op.of], keepdim=True)
    W = V / length * g.reshape(*g.shape[: g.ndim + len(LENGTHS[op.of]) - 2], *length.shape[-2:])
    return torch.matmul(x, W) + b.unsqueeze(-2)


NORMS: dict[type[Op], Counterpart] = {
    reference.LayerNorm: _layer_norm,
    reference.BatchNorm: _batch_norm,
    reference.BatchNormEvaluation: _evaluation,
    reference.RmsNorm: _rms_norm,
    reference.GroupNorm: _group_norm,
    reference.InstanceNorm: _instance_norm,
    reference.WeightNorm: _weight_norm,
}
"""The counterpart of every normalisation."""
