"""What an object holds: its arrays, in containers and other objects too, and the gradients it keeps for them.

A gradient stands beside its array under a name of its own (``W`` and ``dW``), in a book of gradients
(``grads["W"]``), or on the object that holds the array (``W.data`` and ``W.grad``).
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import names
from gradcheck.discover.readings import in_array
from gradcheck.discover.source import attributes, returned_keys, returned_names
from gradcheck.discover.subject import shapes_beside
from gradcheck.op import Array

GRADIENTS = (
    "d{}",
    "d_{}",
    "grad_{}",
    "{}_grad",
    "grad{}",
    "{}_gradient",
    "gradient_{}",
    "{}grad",
    "g{}",
    "g_{}",
    "{}_g",
    "dL_d{}",
    "dLd{}",
)
"""What the gradient of an attribute is called."""
FIRST = ("dinputs", "dinput", "grad_input", "input_grad", "dx", "dX")
"""What the gradient of the first input is called, whatever the input is called."""
BOOKS = ("grads", "gradients", "grad", "dparams", "gradient")
"""What a collection of gradients is called."""
VALUES = ("output", "out", "outputs", "y", "a", "activations", "z")
"""Where a forward method leaves its value."""
HOLDERS = ("data", "value", "val")
"""What an object that holds an array and its ``grad`` calls the array."""

RATE = 2.0**40
"""The rate of a step of descent: so long a step that rounding takes nothing from it."""


def arrays(thing: Any) -> dict[str, Array]:
    """Return the floating arrays that an object holds, each once, under the names a person would give them."""
    found: dict[str, Array] = {}
    seen: set[int] = set()
    for name, array in _walk(thing, "", 0):
        if id(array) not in seen:
            seen.add(id(array))
            found[name] = array
    return found


def as_handed(made: Any, given: Mapping[str, Any]) -> dict[str, str]:
    """Return what arrays in lists were called that a constructor was handed, by their places in the object."""
    return {
        held: name
        for held, array in arrays(made).items()
        for name, own in given.items()
        if own is array and "[" in held
    }


def stepped(before: Mapping[str, Array], own: Any, rate: float) -> dict[str, Array]:
    """Return by how much what an object holds has gone down since, over the rate, where it has moved at all."""
    now = arrays(own)
    moved = [name for name, array in before.items() if name in now and not np.array_equal(array, now[name])]
    return {name: (before[name] - now[name]) / rate for name in moved}


def around(made_by: type) -> tuple[tuple[int | str, ...], ...]:
    """Return the shapes that go with what an object holds from the start."""
    try:
        return shapes_beside(list(arrays(made_by()).values()))
    except Exception:  # it cannot be made of nothing, and that is said where it is judged
        return ()


def hold_numbers(thing: Any, made_by: type, backward: str) -> None:
    """Hold as arrays what an object holds as plain numbers, or lists of them, and names gradients of: ``b`` and ``db``.

    They are named where its class keeps something, or by what that class's method ``backward`` returns. One that is
    written without arrays holds its parameters in lists of numbers.
    Raises ValueError where arrays are views of each other, so that no copy of the object is what it is.
    """
    held = list(arrays(thing).values())
    if any(np.shares_memory(one, other) for one, other in itertools.combinations(held, 2)):
        raise ValueError("some arrays of the object are views of others, and would not be in a copy of it")
    numbers = [name for name, own in vars(thing).items() if _numbers(own)]
    listed = [] if held else [name for name in numbers if isinstance(in_array(getattr(thing, name)), np.ndarray)]
    for name in [*with_gradients(numbers, made_by, backward), *listed]:
        setattr(thing, name, np.array(getattr(thing, name), dtype=float))


def as_number(gradient: Any, held: Any) -> Any:
    """Return the gradient for a number that an object holds as one: a step takes one of shape (1,) as well."""
    return np.reshape(gradient, ()) if np.ndim(held) == 0 and np.size(gradient) == 1 else gradient


def with_gradients(names: Iterable[str], made_by: type, backward: str) -> list[str]:
    """Return those names of which a class names the gradients, as it stands in the file: ``b`` if it has a ``db``."""
    method = getattr(made_by, backward)
    named, keys = {*returned_names(method), *attributes(made_by)}, returned_keys(method)
    return [name for name in names if name in keys or any(own.format(name) in named for own in GRADIENTS)]


def of_others(held: Collection[str]) -> set[str]:
    """Return those names of arrays under which the gradients of others are kept: ``dW`` beside ``W``."""
    parts = [(name.removesuffix(last), last) for name in held for last in [name.rpartition(".")[2]]]
    return {before + pattern.format(last) for before, last in parts for pattern in GRADIENTS}.intersection(held)


def _numbers(own: Any) -> bool:
    """Say whether something is a plain number, or a list that holds nothing else."""
    return type(own) in (int, float, np.float64) or (isinstance(own, list) and bool(own) and all(map(_numbers, own)))


def _walk(thing: Any, name: str, depth: int) -> Iterator[tuple[str, Array]]:
    if isinstance(thing, np.ndarray):
        if thing.dtype.kind == "f" and thing.size and thing.flags.writeable:
            yield name, thing
    elif depth < 5:
        for key, own in _inside(thing):
            if not (isinstance(key, str) and key in BOOKS):
                yield from _walk(own, _joined(thing, name, key), depth + 1)


def _inside(thing: Any) -> list[tuple[Any, Any]]:
    if isinstance(thing, dict):
        return list(thing.items())
    if isinstance(thing, list | tuple):
        return list(enumerate(thing))
    return list(vars(thing).items()) if hasattr(thing, "__dict__") and not isinstance(thing, type | ModuleType) else []


def _joined(thing: Any, name: str, key: Any) -> str:
    """Name what a container holds; what holds parameters only lends them no name."""
    if isinstance(thing, dict | list | tuple):
        return str(key) if name in ("params", "parameters", "weights") and isinstance(key, str) else f"{name}[{key!r}]"
    return name if key in HOLDERS and name else f"{name}.{key}" if name else str(key)


def kept(own: Any, takes: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield the gradients that an object keeps, by the names of what they are for."""
    yield from ((takes[0], getattr(own, name)) for name in FIRST if takes and getattr(own, name, None) is not None)
    for name in takes:
        for pattern in GRADIENTS:
            if getattr(own, pattern.format(name), None) is not None:
                yield name, getattr(own, pattern.format(name))
    yield from _beside(own, "", 0)


def together(own: Any, takes: tuple[str, ...]) -> dict[str, Any]:
    """Return the gradients that an object keeps; what several layers alike have for one array adds up: it is one."""
    found, first = dict(kept(own, takes)), dict[int, str]()
    for name, array in _walk(own, "", 0):
        before = first.setdefault(id(array), name)
        alike = name != before and "." in name and name.partition(".")[2] == before.partition(".")[2]
        if alike and name in found and before in found and found[name] is not found[before]:
            found[before] = found[before] + found[name]
    return found


def _in_order(held: list[tuple[Any, Array]], book: Sequence[Any], thing: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield a list of gradients in the order of the arrays they are for, if every one of them finds its own."""
    left, found = iter(held), []
    for gradient in book:
        key = next((key for key, own in left if own.shape == np.shape(gradient)), None)
        if key is None:
            return
        found.append((_joined(thing, name, key), gradient))
    yield from found


def _beside(thing: Any, name: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield the gradients that stand beside the arrays they are for."""
    if isinstance(thing, np.ndarray) or depth >= 5:
        return
    items = _inside(thing)
    around = dict(items)
    books = [around[book] for book in BOOKS if isinstance(around.get(book), dict | list | tuple)]
    for book in books:
        if isinstance(book, list | tuple):
            yield from _in_order([(key, own) for key, own in items if isinstance(own, np.ndarray)], book, thing, name)
    for key, own in items:
        if isinstance(own, np.ndarray):
            bare = ["grad"] if key in HOLDERS or _only(items, "grad") == key else []
            names_of = [pattern.format(key) for pattern in GRADIENTS] + bare
            beside = [around[one] for one in names_of if one in around]
            beside += [book[one] for book in books if isinstance(book, dict) for one in (key, f"d{key}") if one in book]
            yield from ((_joined(thing, name, key), gradient) for gradient in beside[:1])
        elif isinstance(own, dict | list | tuple) and books and all(own is not book for book in books):
            for book in books:
                for one, gradient in _inside(book):
                    target = one if not isinstance(own, dict) or one in own else str(one).removeprefix("d")
                    yield _joined(own, _joined(thing, name, key), target), gradient
        if isinstance(own, dict | list) and isinstance(key, str):
            alike = (around.get(pattern.format(key)) for pattern in GRADIENTS)
            found = next((list(_side_by_side(own, book)) for book in alike if isinstance(book, dict | list)), [])
            yield from ((_joined(own, _joined(thing, name, key), one), gradient) for one, gradient in found)
        if not (isinstance(key, str) and key in BOOKS):
            yield from _beside(own, _joined(thing, name, key), depth + 1)


def _only(items: Sequence[tuple[Any, Any]], gradient: str) -> Any:
    """Return the key of the only array shaped like a gradient whose name names none: ``weight`` beside ``grad``."""
    shape = next((np.shape(own) for key, own in items if key == gradient), None)
    real = [key for key, own in items if isinstance(own, np.ndarray) and own.dtype.kind == "f" and own.shape == shape]
    alike = [key for key in real if key != gradient]
    return alike[0] if len(alike) == 1 else None


def _side_by_side(held: dict[Any, Any] | list[Any], book: dict[Any, Any] | list[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield gradients that lie in a container as the arrays they are for do in theirs: ``dWs[0]`` for ``Ws[0]``.

    A list that was filled on the way back is in the opposite order.
    """
    if isinstance(held, list) and isinstance(book, list):
        if len(held) == len(book) and not _suit(held, book):
            book = book[::-1]
        if len(held) != len(book) or not _suit(held, book):
            return
    own = dict(_inside(book))
    yield from ((key, own[key]) for key, array in _inside(held) if np.ndim(array) and own.get(key) is not None)


def _suit(held: Sequence[Any], book: Sequence[Any]) -> bool:
    """Say whether gradients have the shapes of the arrays they are for, as far as there are any."""
    return all(own is None or np.shape(own) == np.shape(array) for array, own in zip(held, book, strict=True))


def kept_value(own: Any) -> Any:
    """Return the value that a forward method has left with its object; None if it has left none."""
    return next((getattr(own, name) for name in VALUES if getattr(own, name, None) is not None), None)


def handed_on(own: Any, name: str, argument: Any) -> Any:
    """Return what the backward method of a loss is given in place of an argument: under another name it is that.

    Under the name of what arrives it is what was made of the argument, if that is kept: ``backward(loss.output, y)``.
    """
    kept = kept_value(own)
    return kept if names.is_cotangent(name) and np.shape(kept) == np.shape(argument) else argument
