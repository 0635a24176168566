"""What PyTorch calls the layers of signals and images, and those that move numbers about.

PyTorch's own functions take no stack axes. A stack is laid into the batch, or, where every weight draw has parameters
of its own, into the channels: a convolution in as many groups as there are draws judges them side by side.
"""

import warnings
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from gradcheck import reference
from gradcheck.op import Op
from gradcheck.oracles.counterparts.general import Counterpart
from gradcheck.reference.windows import Sizes, each, ends


def into_channels(x: Tensor, axes: int) -> Tensor:
    """Lay a stack of (batch, channels, ...) with so many axes into (batch, stack * channels, ...)."""
    return x.flatten(0, -axes - 1).movedim(0, 1).flatten(1, 2)


def out_of_channels(y: Tensor, stack: torch.Size) -> Tensor:
    """Undo ``into_channels``."""
    return y.reshape(len(y), stack.numel(), -1, *y.shape[2:]).movedim(1, 0).reshape(*stack, len(y), -1, *y.shape[2:])


def _prelu(op: reference.Prelu, x: Tensor, a: Tensor) -> Tensor:
    stack, axes = x.shape[: -op.axes - 1], op.axes + 1
    slopes = a.expand(*stack, x.shape[-op.axes]).flatten()
    return out_of_channels(functional.prelu(into_channels(x, axes), slopes), stack)


def _convolution(name: str, *settings: str) -> Counterpart:
    """A convolution of functional; settings name fields of the layer."""

    def counterpart(op: Any, x: Tensor, W: Tensor, b: Tensor) -> Tensor:
        axes = x.ndim - b.ndim + 1
        stack = x.shape[:-axes]
        function = getattr(functional, f"{name}{axes - 2}d")
        options = {setting: getattr(op, setting) for setting in settings} | {"groups": stack.numel() * op.groups}
        if isinstance(op.padding, tuple) and len(op.padding) > axes - 2:
            x, options["padding"] = _padded(x, op.padding, axes - 1, "constant"), 0
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Using padding='same'")  # which may cost it a copy
            y = function(_laid_out(into_channels(x, axes)), W.flatten(0, -axes).contiguous(), b.flatten(), **options)
        return out_of_channels(y, stack)

    return counterpart


def _laid_out(x: Tensor) -> Tensor:
    """Return a copy with the last axis innermost: axes of length 1 may look like a layout that has no way back."""
    return x.clone(memory_format=torch.contiguous_format)


def _pool(name: str, axes: int, **settings: str) -> Counterpart:
    """A pooling of functional, for values with so many axes; the stack is laid into the batch."""
    settings = {"kernel_size": "kernel", "stride": "stride", "padding": "padding", "ceil_mode": "partial"} | settings

    def counterpart(op: Op, x: Tensor) -> Tensor:
        options = {keyword: getattr(op, attribute) for keyword, attribute in settings.items()}
        y = getattr(functional, name)(x.flatten(0, -axes), **options)
        pooled: Tensor = y.reshape(*x.shape[: 2 - axes], *y.shape[2 - axes :])
        return pooled

    return counterpart


def _global_max_pool(op: reference.GlobalMaxPool, x: Tensor) -> Tensor:
    function = functional.adaptive_max_pool1d if op.axes == 2 else functional.adaptive_max_pool2d
    return function(x.flatten(0, -op.axes - 1), 1).reshape(x.shape[: 1 - op.axes])


def _upsample(op: reference.UpsampleNearest | reference.UpsampleLinear, x: Tensor) -> Tensor:
    factors = tuple(map(float, each("factor", op.factor, op.axes - 1)))
    linear = "linear" if op.axes == 2 else "bilinear"
    mode, corners = (linear, op.corners) if isinstance(op, reference.UpsampleLinear) else ("nearest", None)
    y = functional.interpolate(x.flatten(0, -op.axes - 1), scale_factor=factors, mode=mode, align_corners=corners)
    return y.reshape(*x.shape[: 1 - op.axes], *y.shape[1 - op.axes :])


def _padded(x: Tensor, padding: Sizes, axes: int, mode: str) -> Tensor:
    """Pad the last axes of samples with so many; PyTorch begins with the last."""
    around = [end for axis in reversed(ends("padding", padding, axes - 1)) for end in axis]
    y = functional.pad(x.flatten(0, -axes - 1), around, mode=mode)
    return y.reshape(*x.shape[: 1 - axes], *y.shape[1 - axes :])


def _pad(mode: str) -> Counterpart:
    """A padding of functional."""
    return lambda op, x: _padded(x, op.padding, op.axes, mode)


def _permute(op: reference.Permute, x: Tensor) -> Tensor:
    stack = x.ndim - len(op.order)
    return x.permute(*range(stack), *(stack - 1 + axis for axis in op.order))


_forth = _convolution("conv", "stride", "padding", "dilation")
_back = _convolution("conv_transpose", "stride", "padding", "output_padding", "dilation")

SPACE: dict[type[Op], Counterpart] = {
    reference.Prelu: _prelu,
    reference.Conv1d: _forth,
    reference.Conv2d: _forth,
    reference.TransposedConv1d: _back,
    reference.TransposedConv2d: _back,
    reference.MaxPool1d: _pool("max_pool1d", 3, dilation="dilation"),
    reference.MaxPool2d: _pool("max_pool2d", 4, dilation="dilation"),
    reference.AveragePool1d: _pool("avg_pool1d", 3, count_include_pad="padded"),
    reference.AveragePool2d: _pool("avg_pool2d", 4, count_include_pad="padded"),
    reference.GlobalAveragePool: lambda op, x: x.mean(dim=tuple(range(1 - op.axes, 0))),
    reference.GlobalMaxPool: _global_max_pool,
    reference.UpsampleNearest: _upsample,
    reference.UpsampleLinear: _upsample,
    reference.Flatten: lambda op, x: torch.flatten(x, -op.axes),
    reference.Reshape: lambda op, x: x.reshape(*x.shape[: -op.axes], *op.shape),
    reference.Permute: _permute,
    reference.Slice: lambda op, x: x.movedim(op.axis, 0)[op.start : op.stop : op.step].movedim(0, op.axis),
    reference.Gather: lambda op, x, index: torch.gather(x, op.axis, index.long()),
    reference.ZeroPad: _pad("constant"),
    reference.ReplicatePad: _pad("replicate"),
    reference.ReflectPad: _pad("reflect"),
    reference.CircularPad: _pad("circular"),
}
"""The counterpart of every layer of signals and images, and of those that move numbers about."""
