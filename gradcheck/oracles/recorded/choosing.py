"""Functions that choose among numbers: what arrives goes to what was chosen, and where the choice was close is noted.

Those that make arrays like another, or tell something about one, stand here as well: nothing goes back through them.
"""

from typing import Any

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles.recorded.arrays import Decision, Recorded, decided, rule, value_of
from gradcheck.oracles.recorded.links import Link, Map, linear
from gradcheck.oracles.recorded.record import CLOSE, Record, some


@rule(np.where)
def where(record: Record, condition: Any, chosen: Any, other: Any) -> Recorded:
    """Choose between two arrays."""
    there = np.asarray(condition, bool)

    def to(place: Array) -> Map:
        return lambda dy: np.where(place, dy, 0.0)

    pairs = ((chosen, to(there)), (other, to(~there)))
    links = [linear(own, back) for own, back in pairs if isinstance(own, Recorded)]
    return record.put(np.where(there, value_of(chosen), value_of(other)), links, rounds=False)


@rule(np.max)
def largest(record: Record, x: Recorded, axis: Any = None, keepdims: bool = False, **options: Any) -> Recorded:
    """Follow the largest along an axis; where several are, which is a kink, each has an equal share."""
    record.bent = True
    best, finite = x.value.max(axis=axis, keepdims=True), np.isfinite(x.value)
    scale = np.abs(x.value).max(initial=0.0, where=finite)
    here = finite & (best - np.where(finite, x.value, 0.0) <= CLOSE * scale)
    many = here.sum(axis=axis, keepdims=True)
    share = here / np.maximum(many, 1)

    def back(dy: Array) -> Array:
        return np.asarray(share * (dy if keepdims or axis is None else np.expand_dims(dy, axis)))

    value = np.asarray(x.value.max(axis=axis, keepdims=keepdims, **options))
    return record.put(
        value, [Link(x.place, back, None, None, (many > 1).reshape(value.shape), stuck=True)], rounds=False
    )


@rule(np.argmax)
def place_of_largest(record: Record, x: Recorded, axis: int = -1) -> Decision:
    """Say where the largest along an axis is."""
    ordered = np.moveaxis(np.sort(x.value, axis=axis), axis, -1)
    return decided(x.value.argmax(axis=axis), _close(record, ordered[..., -1:], ordered[..., -2:-1]), stuck=True)


@rule(np.argsort)
def order(record: Record, x: Recorded, axis: int = -1, **options: Any) -> Decision:
    """Say in which order numbers are along an axis."""
    ordered = np.moveaxis(np.sort(x.value, axis=axis), axis, -1)
    return decided(
        np.argsort(x.value, axis=axis, **options), _close(record, ordered[..., 1:], ordered[..., :-1]), stuck=True
    )


def _close(record: Record, one: Array, other: Array) -> Array:
    """Say in which draws some numbers are close to others."""
    return record.by_draw(some, record.near(one, other))


@rule(np.clip)
def clipped(_: Record, x: Any, low: Any, high: Any) -> Any:
    """Cut off at both ends."""
    return np.minimum(np.maximum(x, low), high)


@rule(np.zeros)
def zeros(record: Record, shape: Any, **_: Any) -> Recorded:
    """Make an array that something will be written to."""
    return record.put(np.zeros(shape), rounds=False)


@rule(np.zeros_like)
def zeros_like(record: Record, x: Recorded) -> Recorded:
    """Make an array that something will be written to."""
    return record.put(np.zeros(x.value.shape), rounds=False)


@rule(np.ones_like)
def ones_like(_: Record, x: Recorded) -> Array:
    """Make an array of ones."""
    return np.ones(x.value.shape)


@rule(np.isneginf)
def is_negative_infinity(_: Record, x: Recorded) -> Array:
    """Say which numbers are minus infinity."""
    return np.isneginf(x.value)


@rule(np.shape)
def shape(_: Record, x: Recorded) -> tuple[int, ...]:
    """Return the shape."""
    return x.value.shape


@rule(np.ndim)
def ndim(_: Record, x: Recorded) -> int:
    """Return how many axes there are."""
    return x.value.ndim


@rule(np.size)
def size(_: Record, x: Recorded) -> int:
    """Return how many numbers there are."""
    return x.value.size
