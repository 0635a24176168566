"""Functions that add products: the slope of one factor is what stands beside it, under any step."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.op import Array, mT
from gradcheck.oracles.recorded.record import Link, Map, NotRecorded, Record, Recorded, linear, rule, value_of


@rule(np.matmul)
def product(record: Record, a: Any, b: Any) -> Recorded:
    """Multiply matrices: Y = A B, so <dY, A B> moves with A by dY B^T, and with B by A^T dY."""
    left, right = value_of(a), value_of(b)
    if min(np.ndim(left), np.ndim(right)) < 2:
        raise NotRecorded("a product of vectors")

    def to_left(other: Array) -> Map:
        return lambda dy: dy @ mT(other)

    def to_right(other: Array) -> Map:
        return lambda dy: mT(other) @ dy

    pairs = ((a, to_left, right), (b, to_right, left))
    return record.put(left @ right, [_both(own, to, other) for own, to, other in pairs if isinstance(own, Recorded)])


@rule(np.einsum)
def summed_products(record: Record, subscripts: str, *factors: Any) -> Recorded:
    """Sum products of two factors over axes."""
    sides, result = subscripts.split("->")
    first, second = sides.split(",")

    def to(one: str, two: str) -> Callable[[Array], Map]:
        return lambda other: lambda dy: np.einsum(f"{result},{two}->{one}", dy, other)

    pairs = ((factors[0], to(first, second), factors[1]), (factors[1], to(second, first), factors[0]))
    links = [_both(own, back, value_of(other)) for own, back, other in pairs if isinstance(own, Recorded)]
    return record.put(np.einsum(subscripts, *map(value_of, factors)), links)


def _both(own: Recorded, to: Callable[[Array], Map], other: Array) -> Link:
    """Return the way back to one factor; with all signs positive the other is its size."""
    return linear(own, to(other), lambda dy: to(np.abs(other))(dy))


@rule(np.sum)
def sum_(record: Record, x: Recorded, axis: Any = None, keepdims: bool = False) -> Recorded:
    """Add up over axes: what arrives at the sum arrives at everything that was added."""
    back = _spread(x.value.shape, None if keepdims else axis)
    return record.put(x.value.sum(axis=axis, keepdims=keepdims), [Link(x.place, back)])


@rule(np.mean)
def mean(record: Record, x: Recorded, axis: Any = None, keepdims: bool = False) -> Recorded:
    """Add up and divide: everything receives an equal share."""
    value, spread = (
        np.asarray(x.value.mean(axis=axis, keepdims=keepdims)),
        _spread(x.value.shape, None if keepdims else axis),
    )
    share = value.size / x.value.size

    def back(dy: Array) -> Array:
        return spread(share * dy)

    return record.put(value, [Link(x.place, back)])


def _spread(shape: tuple[int, ...], lost: Any) -> Map:
    """Return what repeats an array along the axes that were added up; ``lost`` are those that are no longer there."""

    def back(dy: Array) -> Array:
        whole = np.empty(shape)
        whole[...] = dy if lost is None else np.expand_dims(dy, lost)
        return whole

    return back


@rule(np.cumsum)
def running_sum(record: Record, x: Recorded, axis: int) -> Recorded:
    """Add up along an axis: an entry is in its own sum and in all later ones."""

    def back(dy: Array) -> Array:
        return np.flip(np.cumsum(np.flip(dy, axis), axis), axis)

    return record.put(np.cumsum(x.value, axis), [Link(x.place, back)])
