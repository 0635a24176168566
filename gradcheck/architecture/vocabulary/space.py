"""The words for layers of signals and images, and for those that move numbers about."""

from math import prod
from typing import Any

from gradcheck import reference
from gradcheck.architecture.vocabulary.kind import Kind, Need, Pick, Settings, Shape, Size, written
from gradcheck.errors import IllFormed


def factors(product: int, count: int) -> list[Shape]:
    """Return every way to write a number as a product of so many sizes."""
    if count == 1:
        return [(product,)]
    sizes = [size for size in range(1, product + 1) if product % size == 0]
    return [(size, *rest) for size in sizes for rest in factors(product // size, count - 1)]


def _reshape(pick: Pick, shape: Shape) -> dict[str, Any]:
    """Draw another shape with as many numbers, of one, two or three axes."""
    return {"shape": pick(factors(prod(shape[1:]), pick((1, 2, 3))))}


SIGNAL, IMAGE = 3, 4
"""How many axes they have, the batch and the channels among them."""
_SIZED = (Size("channels"), Size("kernel", tuple))


def _kernel(settings: Settings, axes: int) -> Shape:
    """Return the kernel's size along every axis; one number is for all of them."""
    kernel: Shape = settings["kernel"]
    if len(kernel) not in (1, axes):
        raise IllFormed(f"a kernel of {written(kernel)} slides along {len(kernel)} axes, and here are {axes}.")
    return kernel * axes if len(kernel) == 1 else kernel


def _convolution(shape: Shape, settings: Settings) -> dict[str, Need]:
    outputs, seen = settings["channels"], shape[1] // settings["groups"]
    return {"W": Need((outputs, seen, *_kernel(settings, len(shape) - 2))), "b": Need((outputs,))}


def _transposed(shape: Shape, settings: Settings) -> dict[str, Need]:
    outputs = settings["channels"]
    return {"W": Need((shape[1], outputs, *_kernel(settings, len(shape) - 2))), "b": Need((outputs,))}


def _draw_convolution(pick: Pick, shape: Shape) -> dict[str, Any]:
    padding = pick((0, 1, 2))
    room = [size + 2 * padding for size in shape[2:]]
    kernel = tuple(pick([size for size in (1, 2, 3, 2) if size <= own]) for own in room)
    dilation = pick(
        [own for own in (1, 2) if all(own * (size - 1) < most for size, most in zip(kernel, room, strict=True))]
    )
    groups = pick([own for own in (1, 2, 3, 4) if shape[1] % own == 0])
    stride, channels = pick((1, 2, 3)), groups * pick((1, 2))
    return {
        "channels": channels,
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
    }


def _draw_transposed(pick: Pick, shape: Shape) -> dict[str, Any]:
    stride, kernel = pick((1, 2)), tuple(pick((1, 2, 3)) for _ in shape[2:])
    least = min((count - 1) * stride + size for count, size in zip(shape[2:], kernel, strict=True))
    padding = pick([own for own in (0, 1) if 2 * own < least])
    return {
        "channels": pick((1, 2)),
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "output_padding": pick(range(stride)),
    }


SPACE = (
    Kind(reference.Conv1d, takes=(SIGNAL,), sizes=_SIZED, needs=_convolution, draw=_draw_convolution),
    Kind(reference.Conv2d, takes=(IMAGE,), sizes=_SIZED, needs=_convolution, draw=_draw_convolution),
    Kind(reference.TransposedConv1d, takes=(SIGNAL,), sizes=_SIZED, needs=_transposed, draw=_draw_transposed),
    Kind(reference.TransposedConv2d, takes=(IMAGE,), sizes=_SIZED, needs=_transposed, draw=_draw_transposed),
    Kind(reference.Flatten),
    Kind(reference.Reshape, draw=_reshape),
)
"""Layers of signals (batch, channels, length) and of images (batch, channels, height, width)."""
