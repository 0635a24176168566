"""What a backward pass answers, read as gradients by argument.

People return one array, several in the order of the arguments, or a dictionary; for all arguments, or for those they
train. The names that they return (``dw``, ``grad_b``) decide first, then how many there are, then the shapes.
"""

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import names
from gradcheck.discover.source import text_with_calls
from gradcheck.discover.subject import takes
from gradcheck.op import Array

AVERAGES = (
    "the gradients of parameters are read as means over the samples, which are columns: dZ is every sample's own, "
    "and 1/m comes in here"
)
"""What is said of a backward pass in the convention of a well-known course."""


def by_argument(
    answer: Any, returned: Sequence[str], args: Mapping[str, Any], settings: Collection[str] = ()
) -> dict[str, Any]:
    """Return the gradients by the names of the arguments; empty if nothing came back that can be told apart.

    For a setting there is a gradient only if a name says so, or if there is one for every argument.
    """
    real = [name for name, value in args.items() if is_real(value)]
    contained = any(isinstance(args[name], list | tuple | Mapping) for name in real)
    if own := _as_container(answer, args) or _beside_book(answer, returned, args):
        return own
    if isinstance(answer, Mapping):
        named = {names.of_gradient(str(key), args) or str(key): value for key, value in answer.items()}
        if len(answer) == 1 and len(real) == 1 and not set(named) & set(real):
            named = {real[0]: next(iter(answer.values()))}
        for name in [name for name in real if isinstance(args[name], Mapping)]:
            inside = {names.of_gradient(str(key), args[name]) or str(key): value for key, value in answer.items()}
            if name not in named and set(args[name]) & set(inside):
                named[name] = {key: _keyed(inside.get(key), args[name][key]) for key in args[name]}
        return {name: value for name, value in named.items() if name in args}
    if not contained and isinstance(answer, tuple) and any(isinstance(part, tuple) for part in answer):
        flat = tuple(_flat(answer))
        return by_shape((flat,), {own: np.asarray(args[own]) for own in real}) or by_argument(flat, [], args, settings)
    listed = isinstance(answer, list) and any(isinstance(part, np.ndarray) for part in answer)
    parts = list(answer) if isinstance(answer, tuple) or listed else [answer]
    parts = [None if isinstance(part, list) and not part else part for part in parts]  # of no parameters, no gradients
    numbers = [name for name in real if np.ndim(args[name]) == 0 and name not in settings]
    if len(numbers) > 1 and isinstance(answer, np.ndarray) and answer.shape == (len(numbers),):
        return dict(zip(numbers, answer, strict=True))  # one entry for every number
    likely = [name for name in real if name not in settings] if len(parts) < len(real) else real
    owners = _owners(parts, returned, likely, args)
    return {own: part for own, part in zip(owners, parts, strict=False) if own and part is not None}


def _beside_book(answer: Any, returned: Sequence[str], args: Mapping[str, Any]) -> dict[str, Any]:
    """Return gradients that come back beside a dictionary of those for parameters: ``return dx, {"gamma": dgamma}``."""
    if not isinstance(answer, tuple) or [isinstance(part, Mapping) for part in answer].count(True) != 1:
        return {}
    (place,) = (place for place, part in enumerate(answer) if isinstance(part, Mapping))
    named = {names.of_gradient(str(key), args) or str(key): own for key, own in answer[place].items()}
    if not named.keys() <= args.keys():
        return {}
    others, called = [*answer[:place], *answer[place + 1 :]], [*returned[:place], *returned[place + 1 :]]
    left = {name: own for name, own in args.items() if name not in named}
    return by_argument(others[0] if len(others) == 1 else tuple(others), called, left) | named


def _as_container(answer: Any, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return a list of gradients as that of the list that is as long; several such lists in the order of theirs."""
    held = [name for name, value in args.items() if isinstance(value, list | tuple) and is_real(value)]
    if not held or not isinstance(answer, list | tuple):
        return {}
    if len(held) == len(answer) and all(isinstance(part, list | tuple) for part in answer) and len(held) > 1:
        return dict(zip(held, answer, strict=True))
    if len(held) == 1 and len(answer) == len(args[held[0]]):
        return {held[0]: [_keyed(part, own) for part, own in zip(answer, args[held[0]], strict=True)]}
    return {}


def _keyed(gradient: Any, value: Any) -> Any:
    """Return a dictionary of gradients under the keys of what they are for: ``dW`` is ``W``."""
    if not isinstance(gradient, Mapping) or not isinstance(value, Mapping):
        return gradient
    named = {names.of_gradient(str(key), value) or key: own for key, own in gradient.items()}
    return {key: _keyed(named.get(key), own) for key, own in value.items()}


def _owners(
    parts: Sequence[Any], returned: Sequence[str], real: Sequence[str], args: Mapping[str, Any]
) -> Sequence[str | None]:
    """Return, for every part of an answer, the argument that it is the gradient for."""
    named = [names.of_gradient(name, args) for name in returned]
    if len(named) == len(parts) and all(named) and len(set(named)) == len(named):
        return named
    if len(parts) in (len(args), len(real)):
        return list(args if len(parts) == len(args) else real)
    likely = sorted(real, key=lambda name: (names.is_compared(name, args), np.ndim(args[name]) == 0))
    if len(parts) == 1:
        same = [name for name in likely if np.shape(args[name]) == np.shape(parts[0])]
        return (same or likely)[:1]
    untargeted = [name for name in real if not names.is_compared(name, args)]
    told = _told(returned, named, untargeted)
    if len(told) == len(parts) and all(told):
        return told
    for owners in itertools.combinations(untargeted, len(parts)):
        if all(np.shape(args[own]) == np.shape(part) for own, part in zip(owners, parts, strict=True)):
            return owners
    return told if any(named) else list(real)


def _told(returned: Sequence[str], named: Sequence[str | None], real: Sequence[str]) -> list[str | None]:
    """Return what names say, and behind such a name what an abbreviation must be: ``dls``, of log_sigma, behind dmu."""
    told = [own if own and named.count(own) == 1 else None for own in named]
    for place, name in enumerate(returned):
        if place and told[place] is None and re.fullmatch(r"(d|grad_|g_)\w+", name):
            told[place] = _next(told[place - 1], real, told)
    return told


def _next(before: str | None, real: Sequence[str], told: Sequence[str | None]) -> str | None:
    """Return the argument behind another, unless it has a gradient already."""
    behind = real[real.index(before) + 1 :] if before in real else []
    return next((own for own in behind[:1] if own not in told), None)


def by_column(answer: Any, value: Any, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a Jacobian by the arguments that they are for, as a fit asks for them; else nothing.

    Its rows are the entries of the value, and there is a column for every argument that is one number; or else one for
    every entry of the first few arguments, ``(theta, t)`` of ``residual(theta, t, P, Q)``.
    """
    numbers = [name for name, own in args.items() if isinstance(own, float)]
    if not isinstance(answer, np.ndarray) or answer.ndim < 2 or answer.shape[:-1] != np.shape(value):
        return {}
    if len(numbers) > 1 and len(numbers) == answer.shape[-1]:
        return dict(zip(numbers, np.moveaxis(answer, -1, 0), strict=True))
    real = [name for name, own in args.items() if is_float(own)]
    ends = np.cumsum([np.size(args[name]) for name in real]).tolist()
    if answer.shape[-1] not in ends[1:]:
        return {}
    many = ends.index(answer.shape[-1]) + 1
    parts = zip(real[:many], np.split(answer, ends[: many - 1], axis=-1), strict=True)
    return {name: part.reshape(*np.shape(value), *np.shape(args[name])) for name, part in parts}


def by_shape(answer: Any, held: Mapping[str, Array]) -> dict[str, Any]:
    """Match lists of gradients, in their order, with what an object holds; nothing if they do not all find theirs."""
    if not isinstance(answer, list | tuple) or not all(isinstance(part, list | tuple) for part in answer):
        return {}
    left, found = dict(held), {}
    for part in _flat(answer):
        name = next((name for name, array in left.items() if array.shape == np.shape(part)), None)
        if name is None:
            return {}
        found[name] = part
        del left[name]
    return found


def in_pairs(answer: Any, held: Mapping[str, Array]) -> dict[str, Any]:
    """Return the gradients that stand beside the very arrays they are for, ``[[self.W, dW], [self.b, db], "name"]``."""
    if not isinstance(answer, list | tuple):
        return {}
    if len(answer) == 2 and (name := next((name for name, array in held.items() if array is answer[0]), "")):
        return {name: answer[1]}
    return {name: own for part in answer for name, own in in_pairs(part, held).items()}


def _flat(parts: Sequence[Any]) -> Iterator[Any]:
    for part in parts:
        yield from _flat(part) if isinstance(part, list | tuple) else [part]


def in_array(value: Any) -> Any:
    """Return a list of plain numbers, not all whole, or of such lists of one length, as an array; all else as it is."""
    if isinstance(value, list) and value and any(isinstance(own, float | list) for own in value) and _plain(value):
        with suppress(ValueError):  # they are of different lengths
            return np.array(value, dtype=float)
    return value


def _plain(value: Any) -> bool:
    return all(map(_plain, value)) if isinstance(value, list) else type(value) in (int, float, np.float64)


def is_real(value: Any) -> bool:
    """Say whether a value holds floating numbers that could be differentiated."""
    if isinstance(value, Mapping):
        return any(is_real(own) for own in value.values())
    if isinstance(value, list | tuple):
        return any(is_real(own) for own in value)
    return not isinstance(value, bool | int | str | bytes | None) and np.asarray(value).dtype.kind in "fc"


def is_float(value: Any) -> bool:
    """Say whether a value is a floating number, or an array of them."""
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")


def is_single(value: Any) -> bool:
    """Say whether a value is in single precision."""
    return getattr(value, "dtype", None) == np.float32


def equal(one: Any, other: Any) -> bool:
    """Say whether two values, or all parts of two, are the same."""
    return all(map(equal, one, other)) if isinstance(one, tuple) else np.array_equal(one, other)


def alike(gradient: Any, value: Any) -> bool:
    """Say whether a gradient has the form and shape of a value."""
    if isinstance(value, Mapping):
        return isinstance(gradient, Mapping) and all(alike(gradient.get(key), own) for key, own in value.items())
    if isinstance(value, list | tuple):
        both = isinstance(gradient, list | tuple) and len(gradient) == len(value)
        return both and all(alike(one, own) for one, own in zip(gradient, value, strict=True))
    return gradient is None or np.shape(gradient) == np.shape(value)


def as_elsewhere(found: dict[str, Any], owners: Sequence[str], args: Mapping[str, Any]) -> dict[str, Any]:
    """Return gradients as those of what they were for at other inputs, unless their shapes say here that they are not.

    Where lengths are alike more than one argument has the shape of a gradient.
    """
    if len(found) != len(owners) or set(found) == set(owners):
        return found
    handed = dict(zip(owners, found.values(), strict=True))
    suits, suited = (all(alike(own, args.get(name)) for name, own in told.items()) for told in (handed, found))
    return handed if suits or not suited else found


def cotangent_like(value: Any) -> Any:
    """Return a cotangent in the form of a value."""
    if isinstance(value, list | tuple):
        return tuple(cotangent_like(part) for part in value)
    shape = np.shape(value)
    return np.random.default_rng(0).uniform(0.5, 1.5, shape) if shape else 1.0


def against(cotangent: Any, derivative: Any, value: Any, argument: Any) -> Any:
    """Turn a derivative into what a backward pass returns under a cotangent.

    A number's gradient is multiplied with the cotangent, and so is an elementwise derivative, shaped like the value
    and the argument alike; a Jacobian, of shape (*value, *argument), is contracted with it, that of columns too. Where
    there is one value a sample, a row of the derivative is that of its own.
    """
    if derivative is None or isinstance(derivative, Mapping | list | tuple):
        return _scaled(derivative, cotangent)
    array: Array = np.asarray(derivative)
    if np.ndim(value) and array.shape == (*np.shape(value), *np.shape(argument)):
        return np.tensordot(np.reshape(cotangent, np.shape(value)), array, axes=np.ndim(value))
    column = array.shape == (np.size(value), np.size(argument)) != np.shape(argument)
    if column and np.shape(value)[1:] == np.shape(argument)[1:] == (1,):
        return np.reshape(np.ravel(cotangent) @ array, np.shape(argument))
    if np.ndim(value) == 1 and array.ndim > 1 and array.shape == np.shape(argument) and len(array) == len(value):
        return np.asarray(np.reshape(cotangent, (-1, *[1] * (array.ndim - 1))) * array)
    return np.asarray(cotangent * array)


def _scaled(gradient: Any, factor: Any) -> Any:
    if isinstance(gradient, Mapping):
        return {key: _scaled(own, factor) for key, own in gradient.items()}
    if isinstance(gradient, list | tuple):
        return [_scaled(own, factor) for own in gradient]
    return None if gradient is None else np.asarray(gradient * factor)


def averages(module: ModuleType, g: Callable[..., Any]) -> bool:
    """Say whether a backward pass, or one that it calls, divides by the number of columns: ``dW = 1/m * dZ @ A.T``."""
    text = text_with_calls(module, g)
    upstream = re.match(r"d[ZA]", takes(g)[0]) or re.match(r"d[ZA]", takes(g)[-1])
    many = re.search(r"^\s*(\w+)\s*=\s*[\w.]+\.shape\[1\]", text, re.MULTILINE)
    return bool(upstream and many and re.search(rf"/\s*{many[1]}\b", text))


def lost(
    value: Callable[[Mapping[str, Any]], Any], args: Mapping[str, Array], found: Iterable[str], about: Iterable[str]
) -> str:
    """Say for which of some parameters no gradient was found, though the value depends on them; empty for none."""
    without = [name for name in about if name not in set(found)]
    moved = {name: {**args, name: args[name] * 1.125 + 0.125} for name in without}
    without = [name for name in without if not np.array_equal(np.asarray(value(moved[name])), np.asarray(value(args)))]
    return f"no gradient was found for {', '.join(without)}, and none was judged" if without else ""


def finite(value: Any) -> bool:
    """Say whether a value holds numbers, and all of them are finite."""
    if isinstance(value, list | tuple):
        return all(finite(part) for part in value)
    array = np.asarray(value)
    return array.dtype.kind in "fciub" and array.size > 0 and bool(np.isfinite(array).all())
