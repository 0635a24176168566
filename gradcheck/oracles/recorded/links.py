"""The ways back from what came out of a function to what went into it: linear maps of what arrives there.

Beside a map stands the same one with all of its signs positive, for error bars, which never cancel.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcheck.op import Array
from gradcheck.records import Estimate

if TYPE_CHECKING:
    from gradcheck.oracles.recorded.arrays import Recorded

NOWHERE = np.zeros((), bool)
"""What is zero, or false, everywhere, as one number."""

Map = Callable[[Array], Array]


class Link(NamedTuple):
    """The way back from a value to one that it was made of."""

    source: int
    """Where that one stands in the record."""
    back: Map
    """Takes the derivative by the value to the derivative by what it was made of: a linear map."""
    size: Map | None = None
    """The same map with all of its signs positive, for error bars, which never cancel; None if they are."""
    blur: Map | None = None
    """The same for the error bars of the map itself, if it has any."""
    kinks: Array | None = None
    """Where the value has a kink, if it may have any."""
    stuck: bool = False
    """Whether there are more than two sides to a kink, or it cannot be left."""
    shape: tuple[int, ...] | None = None
    """The shape of what it was made of, if that was perhaps repeated before it was used."""


def same(dy: Array) -> Array:
    """Take what arrives as it is."""
    return dy


def linear(own: "Recorded", back: Map, size: Map | None = None) -> Link:
    """Return the link to an array that was perhaps repeated before it was used."""
    return Link(own.place, back, size, shape=own.value.shape)


def gathered(array: Array, shape: tuple[int, ...] | None) -> Array:
    """Add up over all axes along which something of this shape was repeated; nothing was if there is none."""
    if shape is None or array.shape == shape:
        return array
    if array.ndim > len(shape):
        array = array.sum(axis=tuple(range(array.ndim - len(shape))))
    repeated = tuple(axis for axis, size in enumerate(shape) if size == 1 and array.shape[axis] != 1)
    return array.sum(axis=repeated, keepdims=True) if repeated else array


def added(one: Estimate, other: Estimate) -> Estimate:
    """Add two shares of a derivative; their bars add as well."""
    value, steepest = one.value + other.value, _steepest(one) + _steepest(other)
    kinks = one.kinks if other.kinks is NOWHERE else one.kinks | other.kinks
    return Estimate(value, one.bar + other.bar, kinks, steepest)


def _steepest(said: Estimate) -> Array:
    """Return the steepest slopes that were seen; where only exact steps were taken these are the slopes themselves."""
    return said.steepest if said.steepest.ndim else np.abs(said.value)
