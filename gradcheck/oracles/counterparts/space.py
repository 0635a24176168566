"""What PyTorch calls the layers of signals and images, and those that move numbers about.

PyTorch's own functions take no stack axes. A stack is laid into the batch, or, where every weight draw has parameters
of its own, into the channels: a convolution in as many groups as there are draws judges them side by side.
"""

import torch
from torch import Tensor
from torch.nn import functional

from gradcheck import reference
from gradcheck.op import Op
from gradcheck.oracles.counterparts.general import Counterpart


def into_channels(x: Tensor, axes: int) -> Tensor:
    """Lay a stack of (batch, channels, ...) with so many axes into (batch, stack * channels, ...)."""
    return x.flatten(0, -axes - 1).movedim(0, 1).flatten(1, 2)


def out_of_channels(y: Tensor, stack: torch.Size) -> Tensor:
    """Undo ``into_channels``."""
    return y.reshape(len(y), stack.numel(), -1, *y.shape[2:]).movedim(1, 0).reshape(*stack, len(y), -1, *y.shape[2:])


def _convolution(name: str, *settings: str) -> Counterpart:
    """A convolution of functional; settings name fields of the layer."""

    def counterpart(op: Op, x: Tensor, W: Tensor, b: Tensor) -> Tensor:
        axes = x.ndim - b.ndim + 1
        stack, groups = x.shape[:-axes], getattr(op, "groups", 1)
        function = getattr(functional, f"{name}{axes - 2}d")
        options = {setting: getattr(op, setting) for setting in settings}
        kernels = W.flatten(0, -axes).contiguous()
        y = function(into_channels(x, axes), kernels, b.flatten(), groups=stack.numel() * groups, **options)
        return out_of_channels(y, stack)

    return counterpart


_forth = _convolution("conv", "stride", "padding", "dilation")
_back = _convolution("conv_transpose", "stride", "padding", "output_padding")

SPACE: dict[type[Op], Counterpart] = {
    reference.Conv1d: _forth,
    reference.Conv2d: _forth,
    reference.TransposedConv1d: _back,
    reference.TransposedConv2d: _back,
    reference.Flatten: lambda op, x: torch.flatten(x, -op.axes),
    reference.Reshape: lambda op, x: x.reshape(*x.shape[: -op.axes], *op.shape),
}
"""The counterpart of every layer of signals and images, and of those that move numbers about."""
