"""Convolution: one small kernel slides over the input, and every window of it is weighed by the same weights.

With the windows laid out it is an affine layer: each output is a weighted sum of one window. So its backward pass is
that of an affine layer, and one thing more: windows overlap, and what they send back to an entry adds up. Transposed
convolution is that last step used as a forward pass. As in PyTorch no kernel is flipped on the way forward (what
signal theory calls a correlation); on the way back to x it is, since the entry that a window sees last sees it first.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback
from gradcheck.reference.windows import Sizes, Windows, by, each

SAME = "same"
"""The padding with which y is as large as x, where the stride is 1."""


@dataclass(frozen=True)
class _Convolution(Layer):
    """What convolutions along one and along two axes have in common."""

    space: ClassVar[int]
    """How many axes the kernel slides along."""

    stride: Sizes = 1
    """How far the kernel moves from one place to the next: one number, or one for each axis."""
    padding: Sizes | str = 0
    """How many zeros are put around: one number, one for each axis, two for each (before, behind), or ``same``."""
    dilation: Sizes = 1
    """How far apart the entries lie that one window sees."""
    groups: int = 1
    """How many groups the channels are cut into; each sees its own."""

    def __post_init__(self) -> None:
        """Refuse what no window can do, and fewer than one group."""
        if isinstance(self.padding, str) and (
            self.padding != SAME or {*each("stride", self.stride, self.space)} != {1}
        ):
            raise IllFormed(
                f"padding={self.padding} with stride={by(self.stride)} cannot be: padding is numbers, or {SAME}, "
                "which leaves an image as large as it is and needs stride 1."
            )
        self.windows((1,) * self.space)
        _some(self.groups)

    def windows(self, kernel: tuple[int, ...]) -> Windows:
        """Return where the windows lie; ``same`` adds one zero less than a window is wide, the odd one behind."""
        slide = Windows(kernel, self.stride, 0, self.dilation)
        if isinstance(self.padding, str):
            around = [((own - 1) // 2, own // 2) for own in slide.span]
            return replace(slide, padding=tuple(end for axis in around for end in axis))
        return replace(slide, padding=self.padding)

    def forward(self, x: Array, W: Array, b: Array) -> tuple[Array, Pullback]:
        """Return y and its pullback; raises IllFormed if channels do not fit groups, or kernels the input."""
        _divide(self.groups, x.shape[-self.space - 1], W.shape[-self.space - 2])
        self._check(x.shape[-self.space - 1], *W.shape[-self.space - 2 : -self.space])
        place, entry, axes = "pq"[: self.space], "uv"[: self.space], tuple(range(-self.space, 0))
        X, K, Y = f"...ngc{place}{entry}", f"...goc{entry}", f"...ngo{place}"
        slide = self.windows(W.shape[-self.space :])
        windows = _grouped(slide.cut(x), self.groups, -2 * self.space - 1)
        weights = _grouped(W, self.groups, -self.space - 2)
        y = _ungrouped(np.einsum(f"{X},{K}->{Y}", windows, weights), -self.space - 1)

        def pullback(dy: Array) -> Gradients:
            dY = _grouped(dy, self.groups, -self.space - 1)
            dX = _ungrouped(np.einsum(f"{Y},{K}->{X}", dY, weights), -2 * self.space - 1)
            dW = _ungrouped(np.einsum(f"{Y},{X}->{K}", dY, windows), -self.space - 2)
            return {"x": slide.paste(dX, x.shape[-self.space :]), "W": dW, "b": dy.sum(axis=(-self.space - 2, *axes))}

        return y + np.expand_dims(b, (-self.space - 2, *axes)), pullback

    def _check(self, channels: int, outputs: int, seen: int) -> None:
        """Refuse kernels for another number of channels."""
        if seen * self.groups != channels:
            raise IllFormed(
                f"the kernel sees {seen} channels in each of {self.groups} groups, and the input has {channels}; "
                f"kernels of shape ({outputs}, {channels // self.groups}, ...) would fit."
            )


def _some(groups: int) -> None:
    """Refuse fewer than one group."""
    if groups < 1:
        raise IllFormed(f"groups={groups} cannot be: there is at least one group.")


def _divide(groups: int, channels: int, outputs: int) -> None:
    """Refuse groups that cannot share the channels evenly."""
    if channels % groups or outputs % groups:
        fit = [str(own) for own in range(1, min(channels, outputs) + 1) if channels % own == outputs % own == 0]
        raise IllFormed(
            f"groups={groups} must divide the {channels} channels of the input and the {outputs} of y; "
            f"{', '.join(fit)} would fit."
        )


def _grouped(array: Array, groups: int, channels: int) -> Array:
    """Cut an axis of channels into (groups, channels of a group)."""
    channels += array.ndim
    return array.reshape(*array.shape[:channels], groups, -1, *array.shape[channels + 1 :])


def _ungrouped(array: Array, channels: int) -> Array:
    """Join the axes (groups, channels of a group) into one; it is the given axis afterwards."""
    channels += array.ndim - 1
    return array.reshape(*array.shape[:channels], -1, *array.shape[channels + 2 :])


class Conv1d(_Convolution):
    """y[n,o,p] = b[o] + sum_cu W[o,c,u] x[n,c, s p + t u - a], with stride s, dilation t, padding a, 0 outside of x.

    x (batch, in, length), W (out, in / groups, kernel), b (out), y (batch, out, places). With the windows
    X[n,c,p,u] = x[n,c, s p + t u - a] it is affine, y[n,o,p] = b[o] + sum_cu W[o,c,u] X[n,c,p,u], and so

        dL/dX[n,c,p,u] = sum_o  dL/dy[n,o,p] W[o,c,u]
        dL/dW[o,c,u]   = sum_np dL/dy[n,o,p] X[n,c,p,u]   a weight serves every
        dL/db[o]       = sum_np dL/dy[n,o,p]              sample at every place

    Then every window gives back what it holds: the entries of X that are copies of one entry of x add up to its dL/dx.
    With stride 1 the sum over copies is dL/dx[n,c,i] = sum_ou dL/dy[n,o, i + a - t u] W[o,c,u]: the kernel, flipped.
    The padding behind may differ from the one before, which is a; how wide it is decides only where the windows end.
    """

    space = 1


class Conv2d(_Convolution):
    """y[n,o,p,q] = b[o] + sum_cuv W[o,c,u,v] x[n,c, s p + t u - a, s q + t v - a]; stride s, dilation t, padding a.

    x (batch, in, height, width), W (out, in / groups, kernel height, kernel width), b (out), y (batch, out, *places).
    With the windows X[n,c,p,q,u,v] = x[n,c, s p + t u - a, s q + t v - a], 0 outside of x, it is affine, and so

        dL/dX[n,c,p,q,u,v] = sum_o   dL/dy[n,o,p,q] W[o,c,u,v]
        dL/dW[o,c,u,v]     = sum_npq dL/dy[n,o,p,q] X[n,c,p,q,u,v]
        dL/db[o]           = sum_npq dL/dy[n,o,p,q].

    A weight, and a bias, serves every sample at every place. dX is pasted where the windows were cut from, adding up
    where they overlap, and that is dL/dx.

    Stride, dilation and padding may be a pair, such as 2x1: then each axis has its own s, t and a. Four numbers of
    padding are those above, below, left and right; a is what stands above, or left. With groups, the outputs of a group
    see the channels of that group alone: the same sums, group by group.
    """

    space = 2


@dataclass(frozen=True)
class _TransposedConvolution(Layer):
    """What transposed convolutions along one and along two axes have in common."""

    space: ClassVar[int]
    """How many axes the kernel slides along."""

    stride: Sizes = 1
    """How far apart the places lie at which two neighbouring entries of x put their kernels."""
    padding: Sizes = 0
    """How many entries are cut off before the first and after the last of the output along each axis."""
    output_padding: Sizes = 0
    """How many entries are added after the last along each axis."""
    dilation: Sizes = 1
    """How far apart the entries of one kernel are put down."""
    groups: int = 1
    """How many groups the channels are cut into; each makes outputs of its own."""

    def __post_init__(self) -> None:
        """Refuse what no window can do, and an output padding that another place would fill."""
        own = Windows((1,) * self.space, self.stride, self.padding, self.dilation)
        each("padding", self.padding, self.space)
        _some(self.groups)
        added = each("output_padding", self.output_padding, self.space)
        if not all(0 <= more < stride for more, stride in zip(added, own.strides, strict=True)):
            raise IllFormed(
                f"output_padding={by(self.output_padding)} must be less than the stride, which is {by(self.stride)}: "
                "it tells the sizes apart that a convolution with this stride takes to the same."
            )

    def forward(self, x: Array, W: Array, b: Array) -> tuple[Array, Pullback]:
        """Return y and its pullback; raises IllFormed if channels differ, or nothing is left of the output."""
        axes, slide = tuple(range(-self.space, 0)), self._windows(W.shape[-self.space :])
        sizes = self._sizes(x.shape[-self.space :], slide)
        self._check(x.shape[-self.space - 1], *W.shape[-self.space - 2 : -self.space])
        place, entry = "pq"[: self.space], "uv"[: self.space]
        X, K, Y = f"...ngc{place}", f"...gco{entry}", f"...ngo{place}{entry}"
        inputs = _grouped(x, self.groups, -self.space - 1)
        weights = _grouped(W, self.groups, -self.space - 2)
        y = slide.paste(_ungrouped(np.einsum(f"{X},{K}->{Y}", inputs, weights), -2 * self.space - 1), sizes)

        def pullback(dy: Array) -> Gradients:
            dY = _grouped(slide.cut(dy), self.groups, -2 * self.space - 1)
            dx = _ungrouped(np.einsum(f"{Y},{K}->{X}", dY, weights), -self.space - 1)
            dW = _ungrouped(np.einsum(f"{X},{Y}->{K}", inputs, dY), -self.space - 2)
            return {"x": dx, "W": dW, "b": dy.sum(axis=(-self.space - 2, *axes))}

        return y + np.expand_dims(b, (-self.space - 2, *axes)), pullback

    def _windows(self, kernel: tuple[int, ...]) -> Windows:
        """Return where in the output the kernels are put down."""
        return Windows(kernel, self.stride, self.padding, self.dilation)

    def _sizes(self, places: tuple[int, ...], slide: Windows) -> tuple[int, ...]:
        """Return the sizes of the output."""
        added = each("output_padding", self.output_padding, self.space)
        axes = zip(places, slide.strides, slide.span, slide.paddings, added, strict=True)
        sizes = tuple((count - 1) * stride + span - sum(own) + more for count, stride, span, own, more in axes)
        if min(sizes) < 1:
            raise IllFormed(
                f"of {by(places)} places with kernels of {by(slide.kernel)} a padding of {by(self.padding)} leaves "
                "nothing; less padding or a larger kernel would fit."
            )
        return sizes

    def _check(self, channels: int, seen: int, outputs: int) -> None:
        """Refuse kernels for another number of channels."""
        _divide(self.groups, channels, outputs * self.groups)
        if seen != channels:
            raise IllFormed(
                f"the kernels are for {seen} channels, and the input has {channels}; kernels of shape "
                f"({channels}, {outputs}, ...) would fit."
            )


class TransposedConv1d(_TransposedConvolution):
    """y[n,o,i] = b[o] + sum over all c, p, u with s p + t u - a = i of W[c,o,u] x[n,c,p]: every x puts its kernel down.

    x (batch, in, places), W (in, out / groups, kernel) - in first, as in PyTorch - b (out), y (batch, out, length) with
    length = s (places - 1) + t (kernel - 1) + 1 - 2 a + output padding, for stride s, dilation t, padding a. Kernels
    that overlap add up: it is the backward pass of ``Conv1d`` to its input, and its own way back to x is that
    convolution. x[n,c,p] feeds y[n,o, s p + t u - a] with the weight W[c,o,u], for all o and u. So with the windows
    dY[n,o,p,u] = dL/dy[n,o, s p + t u - a], 0 outside of y,

        dL/dx[n,c,p] = sum_ou dY[n,o,p,u] W[c,o,u]
        dL/dW[c,o,u] = sum_np x[n,c,p] dY[n,o,p,u]
        dL/db[o]     = sum_ni dL/dy[n,o,i].

    Each x looks at all that its kernel reached; a weight is put down for every sample at every place; and a bias is
    added to every entry of its channel, reached by a kernel or not.
    """

    space = 1


class TransposedConv2d(_TransposedConvolution):
    """y = b + every x[n,c,p,q] times its kernel W[c,o,:,:], put down from (s p - a, s q - a) on and added up.

    x (batch, in, *places), W (in, out / groups, kernel height, kernel width) - in first, as in PyTorch - b (out), and y
    (batch, out, height, width); height = s (places - 1) + t (kernel - 1) + 1 - 2 a + output padding, for stride s,
    dilation t, padding a, each of which may differ between the axes. It is the transpose of ``Conv2d``, so each is the
    other's way back. With the windows dY[n,o,p,q,u,v] = dL/dy[n,o, s p + t u - a, s q + t v - a], 0 outside of y,

        dL/dx[n,c,p,q] = sum_ouv dY[n,o,p,q,u,v] W[c,o,u,v]
        dL/dW[c,o,u,v] = sum_npq x[n,c,p,q] dY[n,o,p,q,u,v]
        dL/db[o]       = sum over n and all entries of dL/dy[n,o].

    Each x looks at all that its kernel reached, and a bias is added to every entry, reached by a kernel or not.
    """

    space = 2
