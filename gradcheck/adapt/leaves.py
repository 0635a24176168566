"""Arguments as people pass them, taken apart into named arrays and put together again.

An argument may be an array, a number, or lists, tuples and dictionaries of them, nested at will. Its floating arrays
are the *leaves* that can be judged, each under a name a person would give it: ``weights[0]['b']``. Everything else,
whole numbers above all, is carried along untouched. A complex array is a leaf of real numbers with one more axis of
length 2: real part, imaginary part. So the gradient of z = a + ib is dL/da + i dL/db, as in PyTorch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradcheck.op import Array


@dataclass(frozen=True)
class Leaf:
    """One floating array among the arguments."""

    name: str
    """What a person would call it."""
    array: Array
    """Its numbers as float64, a complex array with one more axis; if nothing had to be changed, they themselves."""
    dtype: np.dtype[Any]
    """The type it was given in."""
    scalar: bool
    """Whether it was a bare number."""

    def restore(self, numbers: Array) -> Any:
        """Return numbers in the type and form in which the leaf was given; always a copy."""
        if self.dtype.kind == "c":
            numbers = np.ascontiguousarray(numbers, dtype=np.float64).view(np.complex128)[..., 0]
        array = np.array(numbers, dtype=self.dtype)
        return array[()] if self.scalar else array

    def formed(self, numbers: Any) -> Any:
        """Return numbers of any kind in the form in which the leaf was given; a copy, if they are an array."""
        copied = numbers.copy()
        return copied[()] if self.scalar else copied

    def widened(self) -> "Leaf":
        """Return the leaf as if it had been given in double precision, if it was given in less."""
        wide = np.dtype(np.complex128) if self.dtype.kind == "c" else np.dtype(np.float64)
        return replace(self, dtype=wide) if wide.itemsize > self.dtype.itemsize else self


def leaf(name: str, value: Any) -> Leaf | None:
    """Make a leaf of a floating array or number; return None for anything else."""
    if isinstance(value, bool | int | str | bytes) or value is None:
        return None
    array = np.asarray(value)
    if array.dtype.kind not in "fc":
        return None
    numbers = array if array.dtype == np.float64 else real(array)
    return Leaf(name, numbers, array.dtype, array.ndim == 0 and not isinstance(value, np.ndarray))


def real(array: Array) -> Array:
    """Return the numbers of an array as float64; those of a complex array with one more axis: real, imaginary."""
    if array.dtype.kind == "c":
        return np.stack([array.real, array.imag], axis=-1).astype(np.float64)
    return np.array(array, dtype=np.float64)


def leaves(name: str, argument: Any) -> Iterator[Leaf]:
    """Yield the leaves of an argument, in order."""
    yield from (found for own, value in parts(name, argument) if (found := leaf(own, value)))


def parts(name: str, argument: Any) -> Iterator[tuple[str, Any]]:
    """Yield everything in an argument that is no container, by name, in order."""
    inner = _inside(argument)
    if inner is None:
        yield name, argument
        return
    for key, value in inner:
        yield from parts(f"{name}[{key!r}]", value)


def rebuild(name: str, argument: Any, restored: Mapping[str, Any]) -> Any:
    """Return the argument with its leaves replaced, by name."""
    if name in restored:
        return restored[name]
    inner = _inside(argument)
    if inner is None:
        return argument
    rebuilt = [(key, rebuild(f"{name}[{key!r}]", value, restored)) for key, value in inner]
    if isinstance(argument, Mapping):
        return dict(rebuilt)
    values = [value for _, value in rebuilt]
    if isinstance(argument, tuple):
        return type(argument)(*values) if hasattr(argument, "_fields") else tuple(values)
    return values


def match(name: str, argument: Any, gradient: Any) -> Iterator[tuple[str, Any]]:
    """Yield for every leaf of an argument what stands in its place in the gradient; None where nothing does.

    Raises ValueError, naming the place, if the gradient is put together in another way than the argument.
    """
    inner = _inside(argument)
    if inner is None:
        if leaf(name, argument):
            yield name, gradient
        return
    if gradient is None:
        gradient = {key: None for key, _ in inner}
    found = _inside(list(gradient) if isinstance(gradient, np.ndarray) and gradient.ndim else gradient)
    if found is None or {key for key, _ in found} != {key for key, _ in inner}:
        expected = ", ".join(repr(key) for key, _ in inner)
        raise ValueError(f"The gradient for {name} is put together in another way than {name}, which holds {expected}.")
    by_key = dict(found)
    for key, value in inner:
        yield from match(f"{name}[{key!r}]", value, by_key[key])


def _inside(argument: Any) -> list[tuple[Any, Any]] | None:
    """Return what a container holds, by key; None for what is no container."""
    if isinstance(argument, Mapping):
        return list(argument.items())
    return list(enumerate(argument)) if isinstance(argument, list | tuple) else None


def nothing_in(args: Mapping[str, Any]) -> str:
    """Say that arguments hold nothing that can be differentiated, what they hold, and what to give instead."""
    kinds = {
        name: f"{own.dtype} array" if isinstance(own, np.ndarray) else type(own).__name__ for name, own in args.items()
    }
    given = ", ".join(f"{name}: {kind}" for name, kind in kinds.items()) or "there are none"
    says = f"Nothing to differentiate: no floating numbers among the arguments judged ({given})."
    inner = [one for own in args.values() for one in (own if isinstance(own, list | tuple) else [own])]
    if any(isinstance(one, int | np.integer) or getattr(one, "dtype", np.dtype(object)).kind in "iub" for one in inner):
        return f"{says} Whole numbers are taken for indices and labels: give 1.0, or x.astype(float)."
    return f"{says} They may be arrays, numbers, and lists, tuples and dictionaries of them."
