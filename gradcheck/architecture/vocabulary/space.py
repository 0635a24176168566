"""The words for layers of signals and images, and for those that move numbers about."""

from collections.abc import Sequence
from itertools import permutations, product
from math import prod
from typing import Any

from gradcheck import reference
from gradcheck.architecture.vocabulary.kind import FURTHEST, ROOM, Kind, Need, Pick, Settings, Shape, Size, written
from gradcheck.errors import IllFormed
from gradcheck.reference.convolution import SAME
from gradcheck.reference.windows import Sizes, Windows, each, ends


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
_SIZED = (
    Size("channels", "How many channels of outputs there are."),
    Size("kernel", "The size of the kernel: one number, or one for each axis.", tuple),
)
_PADDED = {"padding": {SAME: SAME}}


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
    outputs, groups = settings["channels"], settings["groups"]
    if outputs % groups:
        fit = [str(own) for own in range(1, outputs + 1) if outputs % own == shape[1] % own == 0]
        raise IllFormed(f"groups={groups} must divide the {outputs} channels of y; {', '.join(fit)} would fit.")
    return {"W": Need((shape[1], outputs // groups, *_kernel(settings, len(shape) - 2))), "b": Need((outputs,))}


def _by_axis(options: Sequence[int], axes: int) -> list[Sizes]:
    """Return one number for all axes, each of the options, and then pairs of different ones."""
    return [*options, *(own for own in product(options[:2], repeat=axes) if len(set(own)) > 1)]


def _by_end(options: Sequence[int], axes: int) -> list[Sizes]:
    """Return what may stand around: the same at both ends of an axis, then one more at one end than at the other."""
    return [*_by_axis(options, axes), (0, 1) * axes, (1, 0) * axes, (0, 2, 1, 0)[: 2 * axes]]


def _span(kernel: Sizes, dilation: Sizes, axes: int) -> list[int]:
    """Return how far a window reaches along every axis."""
    pairs = zip(each("kernel", kernel, axes), each("dilation", dilation, axes), strict=True)
    return [apart * (size - 1) + 1 for size, apart in pairs]


def _reach(kernel: Sizes, dilation: Sizes, room: Sequence[int]) -> bool:
    """Say whether a window has a place."""
    return all(own <= most for own, most in zip(_span(kernel, dilation, len(room)), room, strict=True))


def _room(shape: Shape, padding: Sizes) -> list[int]:
    """Return the sizes of an image with its padding."""
    return [size + sum(own) for size, own in zip(shape[2:], ends("padding", padding, len(shape) - 2), strict=True)]


def _groups(pick: Pick, shape: Shape) -> int:
    """Draw into how many groups the channels are cut."""
    groups: int = pick([own for own in (1, 2, 3, 4) if shape[1] % own == 0])
    return groups


def _draw_convolution(pick: Pick, shape: Shape) -> dict[str, Any]:
    axes = len(shape) - 2
    padding = pick([*_by_end((0, 1, 2), axes), SAME])
    room = [FURTHEST] * axes if padding == SAME else _room(shape, padding)
    kernel = tuple(pick([size for size in (1, 2, 3, 2) if size <= own]) for own in room)
    dilation = pick([own for own in _by_axis((1, 2), axes) if _reach(kernel, own, room)])
    groups, stride = _groups(pick, shape), 1 if padding == SAME else pick(_by_axis((1, 2, 3), axes))
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return {"channels": groups * pick((1, 2)), "kernel": kernel} | settings


def _draw_transposed(pick: Pick, shape: Shape) -> dict[str, Any]:
    axes = len(shape) - 2
    stride, kernel = pick(_by_axis((1, 2), axes)), tuple(pick((1, 2, 3)) for _ in shape[2:])
    dilation, strides = pick(_by_axis((1, 2), axes)), each("stride", stride, axes)
    ends = zip(shape[2:], strides, _span(kernel, dilation, axes), strict=True)
    least = min((count - 1) * step + span for count, step, span in ends)
    padding = pick([own for own in _by_axis((0, 1), axes) if own == 0 or least > 2])
    added = pick(_by_axis(range(min(strides)), axes))
    groups = _groups(pick, shape)
    small = {"channels": groups, "kernel": (1,) * axes, "groups": groups}
    further = {"stride": stride, "padding": padding, "output_padding": added, "dilation": dilation}
    wished = small | further | {"channels": groups * pick((1, 2)), "kernel": kernel}
    tried = (wished, wished | {"channels": groups}, small | {"kernel": kernel}, small)
    room = max(ROOM, prod(shape[1:]))
    return next(own for own in tried if _made(shape, own) <= room)


def _made(shape: Shape, settings: Settings) -> int:
    """Count the numbers that a transposed convolution makes of a sample, at the most."""
    axes = len(shape) - 2
    strides, added = (
        each(name, settings.get(name, usual), axes) for name, usual in (("stride", 1), ("output_padding", 0))
    )
    spans = _span(settings["kernel"], settings.get("dilation", 1), axes)
    sizes = zip(shape[2:], strides, spans, added, strict=True)
    channels: int = settings["channels"]
    return channels * prod((count - 1) * step + span + more for count, step, span, more in sizes)


def _draw_pool(pick: Pick, shape: Shape) -> dict[str, Any]:
    """Draw a window, padded by no more than half of it; one entry, where none else has a place."""
    axes = len(shape) - 2
    kernel = pick(_by_axis((2, 3, 1), axes))
    half = min(each("kernel", kernel, axes)) // 2
    paddings = [own for own in _by_axis((0, 1), axes) if own == 0 or half]
    paddings = [own for own in paddings if _reach(kernel, 1, _room(shape, own))]
    if not paddings:
        return {"kernel": 1}
    stride, padding, partial = pick(_by_axis((2, 1, 3), axes)), pick(paddings), pick((False, False, True))
    return {"kernel": kernel, "stride": stride, "padding": padding, "partial": partial}


def _draw_maximum(pick: Pick, shape: Shape) -> dict[str, Any]:
    settings, axes = _draw_pool(pick, shape), len(shape) - 2
    kernel, padding = each("kernel", settings["kernel"], axes), settings.get("padding", 0)

    def sees(dilation: Sizes) -> bool:
        windows = Windows(kernel, settings.get("stride", 1), padding, dilation, settings.get("partial", False))
        fits = _reach(kernel, dilation, _room(shape, padding))
        return fits and bool(windows.counted(shape[2:], padded=False).all())

    return settings | {"dilation": pick([own for own in _by_axis((1, 2), axes) if sees(own)])}


def _draw_mean(pick: Pick, shape: Shape) -> dict[str, Any]:
    return _draw_pool(pick, shape) | {"padded": pick((True, False))}


def _draw_factor(pick: Pick, shape: Shape) -> dict[str, Any]:
    axes = len(shape) - 2
    fitting = [own for own in _by_axis((2, 1, 3), axes) if prod(shape[1:]) * prod(each("factor", own, axes)) <= ROOM]
    return {"factor": pick([own for own in fitting if own != 1] or [1])}


def _draw_line(pick: Pick, shape: Shape) -> dict[str, Any]:
    return _draw_factor(pick, shape) | {"corners": pick((False, True))}


def _draw_border(least: int) -> Any:
    """Draw a padding for images that must be larger than it by so many entries."""

    def draw(pick: Pick, shape: Shape) -> dict[str, Any]:
        def fits(padding: Sizes) -> bool:
            border = ends("padding", padding, len(shape) - 2)
            enough = all(max(own) + least <= size for own, size in zip(border, shape[2:], strict=True))
            return enough and shape[1] * prod(_room(shape, padding)) <= ROOM

        return {"padding": pick([own for own in _by_end((1, 0, 2), len(shape) - 2) if fits(own)] or [0])}

    return draw


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
    Kind(reference.Conv1d, (SIGNAL,), _SIZED, needs=_convolution, draw=_draw_convolution, words=_PADDED),
    Kind(reference.Conv2d, (IMAGE,), _SIZED, needs=_convolution, draw=_draw_convolution, words=_PADDED),
    Kind(reference.TransposedConv1d, takes=(SIGNAL,), sizes=_SIZED, needs=_transposed, draw=_draw_transposed),
    Kind(reference.TransposedConv2d, takes=(IMAGE,), sizes=_SIZED, needs=_transposed, draw=_draw_transposed),
    Kind(reference.MaxPool1d, takes=(SIGNAL,), draw=_draw_maximum),
    Kind(reference.MaxPool2d, takes=(IMAGE,), draw=_draw_maximum),
    Kind(reference.AveragePool1d, takes=(SIGNAL,), draw=_draw_mean),
    Kind(reference.AveragePool2d, takes=(IMAGE,), draw=_draw_mean),
    Kind(reference.GlobalAveragePool, takes=(IMAGE, SIGNAL)),
    Kind(reference.GlobalMaxPool, takes=(IMAGE, SIGNAL)),
    Kind(reference.UpsampleNearest, takes=(IMAGE, SIGNAL), draw=_draw_factor),
    Kind(reference.UpsampleLinear, takes=(IMAGE, SIGNAL), draw=_draw_line),
    Kind(reference.ZeroPad, takes=(IMAGE, SIGNAL), draw=_draw_border(-FURTHEST)),
    Kind(reference.ReplicatePad, takes=(IMAGE, SIGNAL), draw=_draw_border(-FURTHEST)),
    Kind(reference.ReflectPad, takes=(IMAGE, SIGNAL), draw=_draw_border(1)),
    Kind(reference.CircularPad, takes=(IMAGE, SIGNAL), draw=_draw_border(0)),
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
        sizes=(Size("count", "How many entries are taken of every line."),),
        needs=_indices,
        draw=lambda pick, shape: {"count": pick((1, 2, 3))} | _inner_axis(pick, shape),
    ),
    Kind(reference.LogSumExp, draw=_inner_axis),
)
"""Layers after which a sample has other axes."""
