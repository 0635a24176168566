"""Windows that slide over the last axes of an array, and the way back.

Convolution and pooling look at their input through windows. To cut the windows out copies entries, because windows
overlap; so on the way back every entry collects what all of its copies receive. Cutting and pasting are each other's
transpose, <cut(x), w> = <x, paste(w)>, and that is all that the backward pass of either layer needs to know.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradcheck.errors import IllFormed
from gradcheck.op import Array


@dataclass(frozen=True)
class Windows:
    """Where the windows lie: one every ``stride`` entries along the last axes, its own entries ``dilation`` apart."""

    kernel: tuple[int, ...]
    """The window's size along each of the last axes."""
    stride: int = 1
    """How far it moves from one place to the next."""
    padding: int = 0
    """How many entries are put before the first and after the last along each axis."""
    dilation: int = 1
    """How far apart the entries of one window are."""

    def __post_init__(self) -> None:
        """Refuse strides and dilations below 1, and negative padding."""
        if self.stride < 1 or self.dilation < 1 or self.padding < 0:
            raise IllFormed(
                f"stride={self.stride}, dilation={self.dilation} and padding={self.padding} cannot be: stride and "
                "dilation are at least 1, padding at least 0."
            )

    @property
    def span(self) -> tuple[int, ...]:
        """How far one window reaches along each axis."""
        return tuple(self.dilation * (size - 1) + 1 for size in self.kernel)

    def places(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Return how many places a window has along axes of these sizes; raises IllFormed if it fits nowhere."""
        padded = tuple(size + 2 * self.padding for size in sizes)
        if any(span > size for span, size in zip(self.span, padded, strict=True)):
            raise IllFormed(
                f"a kernel of {by(self.kernel)} with dilation {self.dilation} reaches over {by(self.span)} entries, "
                f"more than the {by(padded)} of the padded input; a smaller kernel or more padding would fit."
            )
        return tuple((size - span) // self.stride + 1 for span, size in zip(self.span, padded, strict=True))

    def pad(self, x: Array, value: float = 0.0) -> Array:
        """Put a number around the last axes."""
        axes = len(self.kernel)
        return np.pad(x, [(0, 0)] * (x.ndim - axes) + [(self.padding, self.padding)] * axes, constant_values=value)

    def cut(self, x: Array, value: float = 0.0) -> Array:
        """Return every window of x, from (..., *sizes) to (..., *places, *kernel): a view of the padded x."""
        axes = len(self.kernel)
        self.places(x.shape[x.ndim - axes :])
        every = sliding_window_view(self.pad(x, value), self.span, axis=tuple(range(-axes, 0)))
        strides = [slice(None, None, step) for step in (self.stride, self.dilation) for _ in range(axes)]
        windows: Array = every[_last(*strides)]
        return windows

    def paste(self, windows: Array, sizes: tuple[int, ...]) -> Array:
        """Add every entry of every window to the place it was cut from, from (..., *places, *kernel) to (..., *sizes).

        It is the transpose of ``cut``. One step for each entry of the kernel moves all windows at once.
        """
        axes = len(self.kernel)
        places = windows.shape[windows.ndim - 2 * axes : windows.ndim - axes]
        around = (*windows.shape[: windows.ndim - 2 * axes], *(size + 2 * self.padding for size in sizes))
        padded: Array = np.zeros(around, like=windows)
        for entry in np.ndindex(*self.kernel):
            starts = [self.dilation * own for own in entry]
            stops = [start + self.stride * (count - 1) + 1 for start, count in zip(starts, places, strict=True)]
            taken = (slice(start, stop, self.stride) for start, stop in zip(starts, stops, strict=True))
            padded[_last(*taken)] += windows[_last(*entry)]
        within: Array = padded[self.inside(sizes)]
        return within

    def inside(self, sizes: tuple[int, ...]) -> tuple[Any, ...]:
        """Return the index of what is no padding, for axes of these sizes without it."""
        return _last(*(slice(self.padding, self.padding + size) for size in sizes))


def _last(*index: Any) -> tuple[Any, ...]:
    """Return an index into the last axes of an array."""
    return (Ellipsis, *index)


def by(sizes: tuple[int, ...]) -> str:
    """Write sizes as 3x2."""
    return "x".join(map(str, sizes))
