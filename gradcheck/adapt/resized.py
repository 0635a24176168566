"""Arguments of other sizes, as the same code might be given: axes of some lengths are made longer, or cut.

What belongs together stays so: rows that add up to one still do, and whole numbers that are places along an axis stay
on it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gradcheck.op import Array


def resized(argument: Any, lengths: Mapping[int, int]) -> Any:
    """Return an argument in which every axis of these lengths is as long as they are mapped to.

    Raises ValueError if it holds lists of plain numbers: what they stand for, nobody knows.
    """
    if isinstance(argument, Mapping):
        return {name: resized(own, lengths) for name, own in argument.items()}
    if isinstance(argument, list | tuple):
        if any(np.ndim(own) == 0 and not isinstance(own, Mapping) for own in argument):
            raise ValueError("a list of plain numbers")
        return again(argument, [resized(own, lengths) for own in argument])
    return argument if np.ndim(argument) == 0 else _array(np.asarray(argument), lengths)


def again(own: list[Any] | tuple[Any, ...], parts: Iterable[Any]) -> Any:
    """Return a list or a tuple, with names or without, of other parts."""
    return type(own)(*parts) if hasattr(own, "_fields") else type(own)(parts)


def _array(array: Array, lengths: Mapping[int, int]) -> Array:
    for axis, own in enumerate(array.shape):
        for _ in range(lengths.get(own, own) - own):
            array = _longer(array, axis)
        if lengths.get(own, own) < own:
            array = _shorter(array, axis, lengths[own])
    return _on_axis(array, lengths) if array.dtype.kind in "iu" else array


def _longer(array: Array, axis: int) -> Array:
    """Repeat the last entry along an axis, moved a little where it is not a whole number.

    One-hot rows stay one-hot: another class is one that no row has. A mask stays one.
    """
    mask = bool(np.all((array == 0) | (array == 1)))
    one_hot = mask and bool(np.all(array.sum(axis=-1) == 1))
    last = np.take(array, [-1], axis=axis)
    if array.dtype.kind in "fc":
        last = last * (0.7 if not mask else not one_hot or axis < array.ndim - 1)
    return np.concatenate([array, last], axis=axis).astype(array.dtype)


def _shorter(array: Array, axis: int, length: int) -> Array:
    """Leave the first entries along an axis; in rows that added up to one and have lost all, the first one has it."""
    found = np.take(array, range(length), axis=axis)
    if axis < array.ndim - 1 or array.dtype.kind not in "iuf" or not _shares(array):
        return found
    total = found.sum(axis=-1, keepdims=True)
    first = np.arange(length) == 0
    return np.where(total > 0, found / np.where(total > 0, total, 1), first).astype(array.dtype)


def _shares(array: Array) -> bool:
    """Say whether all rows add up to one, and nothing in them is negative."""
    return bool((array >= 0).all() and np.allclose(array.sum(axis=-1), 1.0))


def _on_axis(places: Array, lengths: Mapping[int, int]) -> Array:
    """Return whole numbers that may be places along an axis that was cut, so that they are places along it again."""
    axes = sorted(
        old for old, new in lengths.items() if new < old and 0 <= places.min(initial=0) <= places.max(initial=0) < old
    )
    return places % lengths[axes[0]] if axes else places
