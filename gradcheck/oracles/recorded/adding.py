"""Functions that add products: the slope of one factor is what stands beside it, under any step."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles.recorded.arrays import NotRecorded, Recorded, rule, value_of
from gradcheck.oracles.recorded.links import Link, Map, linear, same
from gradcheck.oracles.recorded.record import Record, scaled


@rule(np.add)
def sum_of_two(record: Record, a: Any, b: Any) -> Recorded:
    """Add: what arrives at the sum arrives at both."""
    return record.put(value_of(a) + value_of(b), [linear(own, same) for own in (a, b) if isinstance(own, Recorded)])


@rule(np.subtract)
def difference(record: Record, a: Any, b: Any) -> Recorded:
    """Subtract: what arrives at the difference arrives at what was taken away with the other sign."""
    pairs = ((a, same), (b, np.negative))
    links = [linear(own, back, same) for own, back in pairs if isinstance(own, Recorded)]
    return record.put(value_of(a) - value_of(b), links)


@rule(np.negative)
def opposite(record: Record, a: Recorded) -> Recorded:
    """Turn the sign."""
    return record.put(-a.value, [linear(a, np.negative, same)])


@rule(np.multiply)
def multiple(record: Record, a: Any, b: Any) -> Recorded:
    """Multiply: the slope of one factor is the other, and a square has that of both."""
    left, right = value_of(a), value_of(b)
    pairs = ((a, left + right),) if a is b else ((a, right), (b, left))
    links = [scaled(record, own, np.asarray(f, np.float64)) for own, f in pairs if isinstance(own, Recorded)]
    return record.put(left * right, links)


@rule(np.matmul)
def product(record: Record, a: Any, b: Any) -> Recorded:
    """Multiply matrices: Y = A B, so <dY, A B> moves with A by dY B^T = (B dY^T)^T, and with B by A^T dY."""
    left, right = value_of(a), value_of(b)
    if min(left.ndim, right.ndim) < 2:
        raise NotRecorded("a product of vectors")

    def to_left(other: Array) -> Map:
        return lambda dy: _turned(other @ _turned(dy))

    def to_right(other: Array) -> Map:
        return lambda dy: other.swapaxes(-1, -2) @ dy

    pairs = ((a, to_left, right), (b, to_right, left))
    return record.put(left @ right, [_both(own, to, other) for own, to, other in pairs if isinstance(own, Recorded)])


def _turned(matrix: Array) -> Array:
    """Return a matrix with its rows for columns, laid out anew: of one laid out otherwise BLAS makes slow products."""
    return np.ascontiguousarray(matrix.swapaxes(-1, -2))


@rule(np.einsum)
def summed_products(record: Record, subscripts: str, *factors: Any) -> Recorded:
    """Sum products of two factors over axes."""
    sides, result = subscripts.split("->")
    first, second = sides.split(",")

    def to(one: str, two: str) -> Callable[[Array], Map]:
        return lambda other: lambda dy: np.einsum(f"{result},{two}->{one}", dy, other)

    (a, b), (left, right) = factors, map(value_of, factors)
    pairs = [(a, to(first, second), right), (b, to(second, first), left)]
    if a is b and first == second:  # a square
        pairs = [(a, to(first, second), left + right)]
    links = [_both(own, back, other) for own, back, other in pairs if isinstance(own, Recorded)]
    return record.put(np.einsum(subscripts, left, right), links)


def _both(own: Recorded, to: Callable[[Array], Map], other: Array) -> Link:
    """Return the way back to one factor; with all signs positive the other is its size."""
    return linear(own, to(other), lambda dy: to(np.abs(other))(dy))


@rule(np.sum)
def sum_(record: Record, x: Recorded, axis: Any = None, keepdims: bool = False) -> Recorded:
    """Add up over axes: what arrives at the sum arrives at everything that was added."""
    return record.put(x.value.sum(axis=axis, keepdims=keepdims), [_spread(x, axis, 1.0)])


@rule(np.mean)
def mean(record: Record, x: Recorded, axis: Any = None, keepdims: bool = False) -> Recorded:
    """Add up and divide: everything receives an equal share."""
    value = np.asarray(x.value.mean(axis=axis, keepdims=keepdims))
    return record.put(value, [_spread(x, axis, value.size / x.value.size)])


def _spread(x: Recorded, axis: Any, share: float) -> Link:
    """Return what gives a share of what arrives to everything that was added up along some axes."""
    shape, kept = x.value.shape, list(x.value.shape)
    for lost in range(len(shape)) if axis is None else np.atleast_1d(axis):
        kept[lost] = 1

    def back(dy: Array) -> Array:
        whole = np.empty(shape)
        whole[...] = share * dy.reshape(kept)
        return whole

    return Link(x.place, back)


@rule(np.cumsum)
def running_sum(record: Record, x: Recorded, axis: int) -> Recorded:
    """Add up along an axis: an entry is in its own sum and in all later ones."""

    def back(dy: Array) -> Array:
        return np.flip(np.cumsum(np.flip(dy, axis), axis), axis)

    return record.put(np.cumsum(x.value, axis), [Link(x.place, back)])
