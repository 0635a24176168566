"""Windows that slide over the last axes of an array, and the way back.

Convolution and pooling look at their input through windows. To cut the windows out copies entries, because windows
overlap; so on the way back every entry collects what all of its copies receive. Cutting and pasting are each other's
transpose, <cut(x), w> = <x, paste(w)>, and that is all that the backward pass of either layer needs to know.
"""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradcheck.errors import IllFormed
from gradcheck.op import Array

Sizes = int | tuple[int, ...]
"""A whole number for each axis, or one for all of them."""


def each(name: str, sizes: Sizes, axes: int) -> tuple[int, ...]:
    """Return one number for each axis; raises IllFormed, with the name of the setting, if there are not so many."""
    own = (sizes,) * axes if isinstance(sizes, int) else sizes
    if len(own) != axes:
        wanted = "one number" if axes == 1 else f"one number, or {axes} such as {by((1,) * axes)},"
        raise IllFormed(f"{name}={by(own)} is for {len(own)} axes, and here are {axes}: {wanted} would fit.")
    return own


Ends = tuple[tuple[int, int], ...]
"""How many entries stand before and behind each axis."""


def ends(name: str, sizes: Sizes, axes: int) -> Ends:
    """Return the two ends of each axis; raises IllFormed, with the name of the setting, if they cannot be told.

    One number is for all ends; one for each axis for both of its ends; two for each axis for the end before and behind.
    """
    if isinstance(sizes, tuple) and len(sizes) == 2 * axes:
        return tuple(zip(sizes[::2], sizes[1::2], strict=True))
    if isinstance(sizes, tuple) and len(sizes) != axes:
        wanted = "" if axes == 1 else f"{axes} such as {by((1,) * axes)}, "
        raise IllFormed(
            f"{name}={by(sizes)} has {len(sizes)} numbers, and here are {axes} axes: one number, {wanted}or "
            f"{2 * axes} such as {by((0, 1) * axes)}, before and behind each axis, would fit."
        )
    return tuple((own, own) for own in each(name, sizes, axes))


@dataclass(frozen=True)
class Windows:
    """Where the windows lie: one every ``stride`` entries along the last axes, its own entries ``dilation`` apart."""

    kernel: tuple[int, ...]
    """The window's size along each of the last axes."""
    stride: Sizes = 1
    """How far it moves from one place to the next."""
    padding: Sizes = 0
    """How many entries are put around: one number, one for each axis, or one before and one behind each axis."""
    dilation: Sizes = 1
    """How far apart the entries of one window are."""
    partial: bool = False
    """Whether a last window may reach beyond the padding, if it begins before (``ceil_mode`` in PyTorch)."""

    def __post_init__(self) -> None:
        """Refuse strides and dilations below 1, and negative padding."""
        if min(*self.strides, *self.dilations) < 1 or min(map(min, self.paddings)) < 0:
            raise IllFormed(
                f"stride={by(self.stride)}, dilation={by(self.dilation)} and padding={by(self.padding)} cannot be: "
                "stride and dilation are at least 1, padding at least 0."
            )

    @property
    def strides(self) -> tuple[int, ...]:
        """The stride along each axis."""
        return each("stride", self.stride, len(self.kernel))

    @property
    def paddings(self) -> Ends:
        """The padding before and behind each axis."""
        return ends("padding", self.padding, len(self.kernel))

    @property
    def dilations(self) -> tuple[int, ...]:
        """The dilation along each axis."""
        return each("dilation", self.dilation, len(self.kernel))

    @property
    def span(self) -> tuple[int, ...]:
        """How far one window reaches along each axis."""
        return tuple(own * (size - 1) + 1 for own, size in zip(self.dilations, self.kernel, strict=True))

    def places(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Return how many places a window has along axes of these sizes; raises IllFormed if it fits nowhere."""
        padded = tuple(size + sum(own) for size, own in zip(sizes, self.paddings, strict=True))
        if any(span > size for span, size in zip(self.span, padded, strict=True)):
            apart = "" if prod(self.dilations) == 1 else f" with dilation {by(self.dilation)}"
            raise IllFormed(
                f"a kernel of {by(self.kernel)}{apart} reaches over {by(self.span)} entries, "
                f"more than the {by(padded)} of the padded input; a smaller kernel or more padding would fit."
            )
        axes = zip(sizes, self.strides, self.paddings, self.span, strict=True)
        return tuple(self._places(*own) for own in axes)

    def _places(self, size: int, stride: int, padding: tuple[int, int], span: int) -> int:
        """Return the places along one axis; a window that begins in the padding behind is none."""
        room = size + sum(padding) - span
        if not self.partial:
            return room // stride + 1
        further = -(-room // stride)
        return further + (further * stride < size + padding[0])

    def around(self, sizes: tuple[int, ...]) -> list[tuple[int, int]]:
        """Return how many entries stand before and behind each axis, for all windows to have something to see."""
        axes = zip(sizes, self.places(sizes), self.strides, self.paddings, self.span, strict=True)
        return [
            (before, max(behind, (count - 1) * stride + span - size - before))
            for size, count, stride, (before, behind), span in axes
        ]

    def cut(self, x: Array, value: float = 0.0) -> Array:
        """Return every window of x, from (..., *sizes) to (..., *places, *kernel): a view of x with a number around."""
        axes = len(self.kernel)
        sizes = x.shape[x.ndim - axes :]
        padded = np.pad(x, [(0, 0)] * (x.ndim - axes) + self.around(sizes), constant_values=value)
        every = sliding_window_view(padded, self.span, axis=tuple(range(-axes, 0)))
        counts = zip(self.places(sizes), self.strides, strict=True)
        places = [slice(0, (count - 1) * stride + 1, stride) for count, stride in counts]
        windows: Array = every[_last(*places, *(slice(None, None, own) for own in self.dilations))]
        return windows

    def paste(self, windows: Array, sizes: tuple[int, ...]) -> Array:
        """Add every entry of every window to the place it was cut from, from (..., *places, *kernel) to (..., *sizes).

        It is the transpose of ``cut``. One step for each entry of the kernel moves all windows at once.
        """
        axes = len(self.kernel)
        around = self.around(sizes)
        whole = (before + size + behind for size, (before, behind) in zip(sizes, around, strict=True))
        padded: Array = np.zeros((*windows.shape[: windows.ndim - 2 * axes], *whole), like=windows)
        places = windows.shape[windows.ndim - 2 * axes : windows.ndim - axes]
        for entry in np.ndindex(*self.kernel):
            starts = [dilation * own for dilation, own in zip(self.dilations, entry, strict=True)]
            every = zip(starts, self.strides, places, strict=True)
            taken = (slice(start, start + stride * (count - 1) + 1, stride) for start, stride, count in every)
            padded[_last(*taken)] += windows[_last(*entry)]
        within: Array = padded[self.inside(sizes)]
        return within

    def inside(self, sizes: tuple[int, ...]) -> tuple[Any, ...]:
        """Return the index of what is no padding, for axes of these sizes without it."""
        return _last(*(slice(own, own + size) for (own, _), size in zip(self.paddings, sizes, strict=True)))

    def counted(self, sizes: tuple[int, ...], *, padded: bool) -> Array:
        """Return how many entries of each window lie in x, or in x with its padding; the shape is that of the places.

        What a window sees beyond the padding never counts.
        """
        count: Array = np.ones(())
        axes = zip(sizes, self.places(sizes), self.strides, self.paddings, self.dilations, self.kernel, strict=True)
        for size, places, stride, padding, dilation, kernel in axes:
            seen = stride * np.arange(places)[:, None] + dilation * np.arange(kernel) - padding[0]
            before, behind = padding if padded else (0, 0)
            count = np.multiply.outer(count, ((seen >= -before) & (seen < size + behind)).sum(axis=1))
        return count


def _last(*index: Any) -> tuple[Any, ...]:
    """Return an index into the last axes of an array."""
    return (Ellipsis, *index)


def by(sizes: Sizes) -> str:
    """Write sizes as 3x2."""
    return str(sizes) if isinstance(sizes, int) else "x".join(map(str, sizes))
