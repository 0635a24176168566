"""An object whose parameters are made late: by its first forward pass, or by a method that is told a shape.

layer.build(x.shape)
layer.set_input_shape((4,)), layer.initialize(optimizer)
"""

import copy
import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import modes
from gradcheck.discover.holdings import RATE, arrays
from gradcheck.discover.readings import is_real
from gradcheck.discover.subject import Argument, arguments_of, settled
from gradcheck.op import Array

BUILDERS = re.compile(r"_*(build|set_?up|init(iali[sz]e)?|create|make|reset|set)(_\w*)?", re.IGNORECASE)
"""What a method is called that makes parameters."""
TELLS_SHAPE = re.compile(r"_*set_(in(put)?_)?shape")
"""What it is called if it only tells the shape of a sample."""
SHAPES = re.compile(r"((in|inp|inputs?|x|batch)_?)?(shapes?|dims)", re.IGNORECASE)
"""What it calls the shape that it is told,"""
LENGTHS = re.compile(
    r"(n|num|dim|size|fan)_?(in|inputs?|features|x|prev)|(in|inputs?|prev)_?(features|dim|size|units|nodes)|input"
)
"""a length,"""
SAMPLES = re.compile(r"x|X|inputs|data|batch|sample")
"""the samples themselves,"""
OPTIMISER = re.compile(r"opt(im(i[sz]er)?)?", re.IGNORECASE)
"""and what takes steps."""
MISSING = object()
"""Stands for what is not there."""


class Descent:
    """An optimiser that takes one long step down."""

    def update(self, weights: Any, gradients: Any, *_: Any, **__: Any) -> Any:
        """Return weights after a step; in a dictionary or a list they are exchanged."""
        if not isinstance(weights, dict | list):
            return weights - RATE * np.asarray(gradients)
        for key in weights if isinstance(weights, dict) else range(len(weights)):
            weights[key] = weights[key] - RATE * np.asarray(gradients[key])
        return weights

    __call__ = step = update

    def __repr__(self) -> str:
        return "an optimiser"


def descends(made: Any) -> bool:
    """Say whether an object holds the optimiser that takes a long step."""
    return any(isinstance(own, Descent) for own in vars(made).values()) if hasattr(made, "__dict__") else False


def prepared(made: Any, module: ModuleType, forward: str, inputs: Sequence[Any]) -> Any:
    """Return an object with its parameters made, for inputs of its forward method; the same if it makes none."""

    def run(own: Any, factor: float = 1.0) -> Any:
        method = getattr(own, forward)
        with settled(module):
            method(*(_times(one, factor) for one in inputs), **modes.flags(method))
        return own

    first = next((own for own in inputs if isinstance(own, np.ndarray) and own.ndim), None)
    built = made if first is None else _built(made, run, first)
    with suppress(Exception):  # what it raises will be raised again, and told
        once = run(copy.deepcopy(built))
        views = _views(once)
        if any(id(own) not in views for name, own in arrays(once).items() if name not in arrays(built)):
            lasting = _lasting(copy.deepcopy(built), once, _again(run, once), views)
            return lasting if set(arrays(lasting)) - set(arrays(built)) else built
    return built


def _views(made: Any) -> set[int]:
    """Return which arrays of an object are others of it in another shape: ``self.W.reshape(F, -1).T`` is W."""
    held = arrays(made).values()
    derived = [own for own in held if own.base is not None]
    return {id(own) for own in derived if any(np.shares_memory(own, other) for other in held if other is not own)}


def _again(run: Callable[..., Any], once: Any) -> Any:
    """Return an object that has run once after another run, at other inputs: where it was cut off it is not now."""
    with suppress(Exception):  # they may be outside of its domain
        return run(copy.deepcopy(once), -1.25)
    return run(copy.deepcopy(once), 1.25)


def _times(value: Any, factor: float) -> Any:
    """Return an input with other numbers if a factor is not 1: those times it, if they are real, or else whole ones."""
    if not isinstance(value, np.ndarray) or not value.size or factor == 1.0:
        return copy.deepcopy(value)
    if value.dtype.kind in "iu":
        turned = value.max() + value.min() - value
        return turned if (turned != value).any() else np.where(value == 0, 1, 0)
    return value * factor if is_real(value) else value.copy()


def _built(made: Any, run: Callable[[Any], Any], first: Array) -> Any:
    """Return an object that cannot go forward without it as its own methods make it for an input, if they can.

    Of several shapes with which it goes forward, with samples and without, that is meant which makes it hold the least.
    Samples are columns only where it does not go forward if they are rows.
    """
    builders = list(_builders(type(made)))
    if builders and _runs(made, run):
        return _told_the_shape(made, builders, first)
    found: list[Any] = []
    for shape, length in (
        (first.shape, first.shape[-1:]),
        (first.shape[1:], first.shape[-1:]),
        (first.shape, first.shape[:1]),
    ):
        own = copy.deepcopy(made)
        for name, asked in builders:
            with suppress(Exception):  # not made for this
                getattr(own, name)(*(_told(one.name, shape, length, first) for one in asked))
        as_columns = length != first.shape[-1:]
        found += [own] if not (as_columns and found) and _runs(own, run) else []
    return min(found, key=lambda own: sum(array.size for array in arrays(own).values()), default=made)


def _told_the_shape(made: Any, builders: Sequence[tuple[str, list[Argument]]], first: Array) -> Any:
    """Return an object that goes forward as it is, told the shape of a sample if it lacks it: the way back may ask."""
    own = copy.deepcopy(made)
    for name, asked in builders:
        if len(asked) == 1 and TELLS_SHAPE.fullmatch(name) and SHAPES.fullmatch(asked[0].name):
            with suppress(Exception):  # not made for this
                getattr(own, name)(first.shape[1:])
    before = getattr(made, "__dict__", {})
    changed = [name for name, held in getattr(own, "__dict__", {}).items() if type(held) is not type(before.get(name))]
    return own if changed and all(before.get(name) is None for name in changed) else made


def _runs(made: Any, run: Callable[[Any], Any]) -> bool:
    with suppress(Exception):
        run(copy.deepcopy(made))
        return True
    return False


def _builders(made_by: type) -> Iterator[tuple[str, list[Argument]]]:
    """Yield the methods that may make parameters, with what they must be given; what is told a shape comes first."""
    found = []
    for name, own in inspect.getmembers(made_by, inspect.isfunction):
        if BUILDERS.fullmatch(name) and name != "__init__":
            asked = [one for one in arguments_of(own, 1) if one.default is inspect.Parameter.empty]
            found.append((name, asked))
    yield from sorted(found, key=lambda own: not any(SHAPES.fullmatch(one.name) for one in own[1]))


def _told(name: str, shape: tuple[int, ...], length: tuple[int, ...], first: Array) -> Any:
    """Return what a method is told under some name. Raises ValueError if that is not known."""
    if OPTIMISER.fullmatch(name):
        return Descent()
    if SHAPES.fullmatch(name):
        return shape
    if LENGTHS.fullmatch(name):
        return length[0]
    if SAMPLES.fullmatch(name):
        return first
    raise ValueError(name)


def _lasting(fresh: Any, once: Any, twice: Any, seen: set[int]) -> Any:
    """Return what a second run leaves of what a first one has made, and of all else what was there before.

    Of arrays that were seen before, those that are there too, nothing is left but what was there.
    """
    view = id(once) in seen and isinstance(once, np.ndarray)
    if not view and ((id(once) in seen and _is_object(once)) or _same(once, twice, set())):
        return once
    seen.add(id(once))
    if view or type(once) is not type(twice) or type(once) is not type(fresh):
        return fresh
    if isinstance(once, list | tuple) and len(once) == len(twice) == len(fresh):
        return type(once)(_lasting(*own, seen) for own in zip(fresh, once, twice, strict=True))
    if isinstance(once, dict):
        found = {
            key: _lasting(fresh.get(key, MISSING), own, twice.get(key, MISSING), seen) for key, own in once.items()
        }
        return {key: own for key, own in found.items() if own is not MISSING}
    if _is_object(once):
        held = _lasting(vars(fresh), vars(once), vars(twice), seen)
        vars(once).clear()
        vars(once).update(held)
        return once
    return fresh


def _same(one: Any, other: Any, seen: set[int]) -> bool:
    """Say whether two things hold the same, as far as they have not been seen before."""
    if one is other or id(one) in seen:
        return True
    if type(one) is not type(other) or isinstance(one, np.ndarray):
        return isinstance(one, np.ndarray) and np.array_equal(one, other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(_same(*own, seen) for own in zip(one, other, strict=True))
    if isinstance(one, dict):
        return _same([*one, *one.values()], [*other, *other.values()], seen)
    if not _is_object(one):
        return bool(one == other)
    seen.add(id(one))
    return _same(vars(one), vars(other), seen)


def _is_object(thing: Any) -> bool:
    return hasattr(thing, "__dict__") and not isinstance(thing, type | ModuleType | FunctionType)
