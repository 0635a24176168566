"""Functions that move numbers about, copy them or drop them: numbers given to the entries tell where each went."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradcheck.op import Array
from gradcheck.oracles.recorded.arrays import Recorded, rule, value_of
from gradcheck.oracles.recorded.links import Link, Map, gathered
from gradcheck.oracles.recorded.record import Record


def _rule(apply: Callable[..., Any], *functions: Callable[..., Any]) -> None:
    """Let some functions be applied in one way: ``apply(record, function, *arguments)``."""

    def of(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda record, *arguments, **options: apply(record, function, *arguments, **options)

    for function in functions:
        rule(function)(of(function))


def reshaped(record: Record, function: Callable[..., Any], x: Recorded, *others: Any, **options: Any) -> Recorded:
    """Keep all numbers in their order."""
    shape = x.value.shape

    def back(dy: Array) -> Array:
        return dy.reshape(shape)

    return record.put(function(x.value, *others, **options), [Link(x.place, back)], rounds=False)


def reordered(record: Record, function: Callable[..., Any], x: Recorded, *others: Any, **options: Any) -> Recorded:
    """Change the order of axes; sizes that are all different tell which went where."""
    sizes = np.broadcast_to(0, tuple(range(2, 2 + x.ndim)))
    order = np.argsort(function(sizes, *others, **options).shape)

    def back(dy: Array) -> Array:
        return dy.transpose(order)

    return record.put(function(x.value, *others, **options), [Link(x.place, back)], rounds=False)


def moved(record: Record, function: Callable[..., Any], first: Any, *others: Any, **options: Any) -> Any:
    """Do anything else to one array, or to several."""
    many = isinstance(first, list | tuple)
    parts = list(first) if many else [first]
    values = [np.asarray(value_of(part)) for part in parts]
    ends = np.cumsum([1, *(value.size for value in values)])
    numbers = [np.arange(a, b).reshape(v.shape) for a, b, v in zip(ends, ends[1:], values, strict=False)]
    found = function(values if many else values[0], *others, **options)
    plain = {name: 0 if name == "constant_values" else own for name, own in options.items()}
    came_from = function(numbers if many else numbers[0], *others, **plain)
    if not isinstance(found, list):
        return record.put(found, _collecting(parts, ends, came_from), rounds=False)
    pairs = zip(found, came_from, strict=True)
    return [record.put(value, _collecting(parts, ends, own), rounds=False) for value, own in pairs]


def _collecting(parts: Sequence[Any], ends: Array, came_from: Array) -> list[Link]:
    """Return the ways back to arrays whose entries stand, under consecutive numbers, in an array; 0 is nobody's."""
    where = np.asarray(came_from).reshape(-1)

    def to(begin: int, end: int, shape: tuple[int, ...]) -> Map:
        return lambda dy: np.bincount(where, dy.reshape(-1), int(ends[-1]))[begin:end].reshape(shape)

    maps = [to(begin, end, np.shape(value_of(own))) for begin, end, own in zip(ends, ends[1:], parts, strict=False)]
    return [Link(own.place, back) for own, back in zip(parts, maps, strict=True) if isinstance(own, Recorded)]


_rule(reshaped, np.reshape, np.ravel, np.expand_dims, np.squeeze, np.copy)
_rule(reordered, np.swapaxes, np.transpose, np.moveaxis)
_rule(moved, np.broadcast_to, np.concatenate, np.stack, np.split, np.repeat, np.flip, np.roll, np.take)
_rule(moved, np.take_along_axis, np.tril, np.triu, np.pad, sliding_window_view)


_PLAIN = frozenset({int, slice, type(None), type(Ellipsis)})
"""What may stand in brackets for what is read to be a piece of the array, with nothing in it twice."""


@rule(list.__getitem__)
def taken(record: Record, own: Recorded, place: Any) -> Any:
    """Read a part of an array."""
    parts = place if isinstance(place, tuple) else (place,)
    if not _PLAIN.issuperset(map(type, parts)):
        return moved(record, lambda array: array[place], own)
    found, shape = own.value[place], own.value.shape
    if found.size == own.value.size and found.flags.c_contiguous and own.value.flags.c_contiguous:
        return record.put(found, [Link(own.place, lambda dy: dy.reshape(shape))], rounds=False)

    def back(dy: Array) -> Array:
        whole = np.zeros(shape)
        whole[place] = dy
        return whole

    return record.put(found, [Link(own.place, back)], rounds=False)


@rule(list.__setitem__)
def written(record: Record, own: Recorded, place: Any, there: Any) -> Recorded:
    """Replace a part of an array."""
    value, shape = own.value.copy(), np.shape(value_of(there))
    value[place] = value_of(there)

    def kept(dy: Array) -> Array:
        rest = dy.copy()
        rest[place] = 0.0
        return rest

    def part(dy: Array) -> Array:
        return gathered(dy[place], shape)

    links = [Link(own.place, kept)]
    links += [Link(there.place, part)] if isinstance(there, Recorded) else []
    return record.put(value, links, rounds=False)
