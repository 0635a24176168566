"""The words for layers of signals and images, and for those that move numbers about."""

from itertools import permutations
from math import prod
from typing import Any

from gradcheck import reference
from gradcheck.architecture.vocabulary.kind import FURTHEST, ROOM, Kind, Need, Pick, Settings, Shape, Size, written
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


def _draw_pool(pick: Pick, shape: Shape) -> dict[str, Any]:
    kernel = pick((2, 3, 1))
    paddings = [own for own in (0, 1) if 2 * own <= kernel <= min(shape[2:]) + 2 * own]
    return {"kernel": kernel, "padding": pick(paddings), "stride": pick((2, 1, 3))} if paddings else {"kernel": 1}


def _draw_factor(pick: Pick, shape: Shape) -> dict[str, Any]:
    fitting = [own for own in (2, 3) if prod(shape[1:]) * own ** (len(shape) - 2) <= ROOM]
    return {"factor": pick(fitting or [1])}


def _indices(shape: Shape, settings: Settings) -> dict[str, Need]:
    axis = settings["axis"] + len(shape)
    return {"index": Need((*shape[:axis], settings["count"], *shape[axis + 1 :]), f"class:{shape[axis]}")}


def _inner_axis(pick: Pick, shape: Shape) -> dict[str, Any]:
    """Draw any axis but the batch, the last one first."""
    return {"axis": pick(range(-1, -len(shape), -1))}


def _draw_slice(pick: Pick, shape: Shape) -> dict[str, Any]:
    axis = pick(range(-1, -len(shape), -1))
    size = min(shape[axis], FURTHEST)
    start = pick(range(size))
    return {"axis": axis, "start": start, "stop": pick(range(start + 1, size + 1)), "step": pick((1, 2))}


def _permutation(shape: Shape, settings: Settings) -> dict[str, Need]:
    if len(settings["order"]) != len(shape) - 1:
        raise IllFormed(f"the order {written(settings['order'])} should name each of the axes 1 to {len(shape) - 1}.")
    return {}


SPACE = (
    Kind(reference.Conv1d, takes=(SIGNAL,), sizes=_SIZED, needs=_convolution, draw=_draw_convolution),
    Kind(reference.Conv2d, takes=(IMAGE,), sizes=_SIZED, needs=_convolution, draw=_draw_convolution),
    Kind(reference.TransposedConv1d, takes=(SIGNAL,), sizes=_SIZED, needs=_transposed, draw=_draw_transposed),
    Kind(reference.TransposedConv2d, takes=(IMAGE,), sizes=_SIZED, needs=_transposed, draw=_draw_transposed),
    Kind(reference.MaxPool1d, takes=(SIGNAL,), draw=_draw_pool),
    Kind(reference.MaxPool2d, takes=(IMAGE,), draw=_draw_pool),
    Kind(reference.AveragePool1d, takes=(SIGNAL,), draw=_draw_pool),
    Kind(reference.AveragePool2d, takes=(IMAGE,), draw=_draw_pool),
    Kind(reference.GlobalAveragePool, takes=(IMAGE, SIGNAL)),
    Kind(reference.GlobalMaxPool, takes=(IMAGE, SIGNAL)),
    Kind(reference.UpsampleNearest, takes=(IMAGE, SIGNAL), draw=_draw_factor),
    Kind(reference.UpsampleLinear, takes=(IMAGE, SIGNAL), draw=_draw_factor),
)
"""Layers of signals (batch, channels, length) and of images (batch, channels, height, width)."""

SHAPING = (
    Kind(reference.Flatten),
    Kind(reference.Reshape, draw=_reshape),
    Kind(
        reference.Permute,
        needs=_permutation,
        draw=lambda pick, shape: {"order": pick(list(permutations(range(1, len(shape)))))},
    ),
    Kind(reference.Slice, draw=_draw_slice),
    Kind(
        reference.Gather,
        sizes=(Size("count"),),
        needs=_indices,
        draw=lambda pick, shape: {"count": pick((1, 2, 3))} | _inner_axis(pick, shape),
    ),
    Kind(reference.ZeroPad, takes=(IMAGE, SIGNAL)),
    Kind(reference.LogSumExp, draw=_inner_axis),
)
"""Layers after which a sample has other axes."""
