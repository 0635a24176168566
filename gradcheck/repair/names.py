"""What the names of a function held: which could stand for which, and which are sizes."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from types import FunctionType
from typing import Any

import numpy as np

from gradcheck.repair.items import computed_shape, simple, taken

BENDS = {"exp", "log", "tanh", "sigmoid", "expit", "cos", "sin", "sqrt", "log1p", "expm1", "softmax", "relu", "abs"}
"""The functions that may be forgotten on the way back."""
REDUCTIONS = {"sum", "mean", "var", "std", "norm"}
"""What adds up along an axis."""


@dataclass(frozen=True)
class Names:
    """The names of a function, with what they held when it returned."""

    held: Mapping[str, Any]
    counters: frozenset[str] = frozenset()
    """Those that count a loop: what they hold at its end means nothing."""
    computed: frozenset[str] = frozenset()
    """Those that the function gives a value to itself."""
    items: frozenset[str] = frozenset()
    """What the function takes out of arrays, lists and objects, as it is written: ``hs[t]``, ``out.grad``."""
    places: frozenset[tuple[str, str]] = frozenset()
    """Where the function reads from something or writes into it: what that is, and ``[the place]``, as written."""
    forward: "Forward" = field(default_factory=lambda: Forward())
    """What goes forward does."""
    bent: frozenset[str] = frozenset()
    """Where functions that bend are called with a name, on either way, as it is written: ``np.tanh(c)``."""
    raises: bool = False
    """Whether something raises: then an array of another shape may well be meant."""

    @cached_property
    def known(self) -> dict[str, Any]:
        """Every name, and every attribute of ``self``, as it is written, with what it held."""
        found = {name: own for name, own in self.held.items() if name.isidentifier()}
        for key, own in getattr(self.held.get("self"), "__dict__", {}).items():
            if key.isidentifier():
                found[f"self.{key}"] = own
        parts = sorted(self.items | self._beside(found))
        return found | {item: own for item in parts if (own := taken(item, found)) is not None}

    def _beside(self, found: Mapping[str, Any]) -> frozenset[str]:
        """Return what stands in arrays at the places at which one of the same shape is read or written to."""
        shapes = {name: shape for name, own in found.items() if (shape := shape_of(own)) is not None}
        alike = (
            (name, place) for holder, place in self.places for name in shapes if shapes[name] == shapes.get(holder)
        )
        return frozenset(f"{name}{place}" for name, place in alike)

    @cached_property
    def numbers(self) -> dict[str, float]:
        """The names of single numbers."""
        plain = {name: own for name, own in self.known.items() if isinstance(own, int | float | np.number)}
        plain = {name: own for name, own in plain.items() if name not in self.counters}
        return {name: float(own) for name, own in plain.items() if not isinstance(own, bool)}

    @cached_property
    def strengths(self) -> list[str]:
        """The names of numbers that a function is given, and that are no sizes: the strength of a penalty, say."""
        given = [name for name in self.numbers if name not in self.computed and name not in self.sizes]
        return [name for name in given if self.numbers[name] not in (0.0, 1.0)]

    @cached_property
    def given(self) -> list[str]:
        """The names of arrays that a function is given."""
        return [name for name in self.arrays if name.isidentifier() and name not in self.computed]

    @cached_property
    def slopes(self) -> list[str]:
        """The names of functions that are slopes of activations."""
        return [name for name, own in self.held.items() if isinstance(own, FunctionType)]

    @cached_property
    def arrays(self) -> dict[str, tuple[int, ...]]:
        """The names of arrays, with their shapes."""
        return {name: shape for name, own in self.known.items() if (shape := shape_of(own)) is not None}

    @cached_property
    def sizes(self) -> dict[str, float]:
        """How sizes can be written, one way for each: the name of a number, or a length of an array."""
        found = {name: own for name, own in self.numbers.items() if own > 1 and own == int(own)}
        for name, shape in self.arrays.items():
            for axis, length in enumerate(shape):
                if length > 1 and length not in found.values():
                    found[f"{name}.shape[{axis}]"] = float(length)
        for name, shape in self.arrays.items():
            if len(shape) > 1 and prod(shape) not in found.values():
                found[f"{name}.size"] = float(prod(shape))
        return found

    def others(self, name: str) -> Iterator[str]:
        """Yield the names that could stand for one: arrays of the same shape, numbers for numbers, lists for lists."""
        if name not in self.known:
            return
        own = self.known[name]
        if name in self.arrays:
            yield from (other for other, shape in self.arrays.items() if shape == self.arrays[name] and other != name)
        elif name in self.numbers:
            yield from (other for other, value in self.numbers.items() if other != name and value not in (0.0, 1.0))
            yield from (other for other in self.sizes if other not in self.numbers)
        elif isinstance(own, list | dict | tuple) or hasattr(own, "__dict__"):
            alike = [other for other, one in self.known.items() if type(one) is type(own) and other != name]
            yield from alike

    def shape(self, node: ast.AST) -> tuple[int, ...] | None:
        """Return the shape of what a name holds, a part of it, or a plain expression; None if that is not known."""
        name = written(node)
        if name in self.arrays or not isinstance(node, ast.expr):
            return self.arrays.get(name)
        if id(node) not in self._shapes:
            self._shapes[id(node)] = node, computed_shape(node, self.known)
        return self._shapes[id(node)][1] or None

    @cached_property
    def _shapes(self) -> dict[int, tuple[ast.AST, tuple[int, ...] | None]]:
        """The shapes of expressions, with these, by their ids."""
        return {}


@dataclass(frozen=True)
class Forward:
    """What the functions that go forward do, as it is written."""

    functions: frozenset[str] = frozenset()
    """The functions of one argument that bend something: ``np.exp``."""
    bent: frozenset[str] = frozenset()
    """Where they are called with a name: ``np.tanh(c)``."""
    axes: tuple[str, ...] = ()
    """The axes along which something is added up, or its mean or spread taken: ``(2, 3)``."""
    powers: frozenset[tuple[str, int]] = frozenset()
    """The names that are raised to a power, with it."""
    assigned: Mapping[str, tuple[ast.expr, ...]] = field(default_factory=dict)
    """What is assigned to names."""

    @classmethod
    def of(cls, ways: Sequence[ast.AST]) -> "Forward":
        """Read functions that go forward."""
        return cls(functions(ways), bent(ways), axes(ways), powers(ways), assigned(ways))


def counters(function: ast.AST) -> frozenset[str]:
    """Name what the loops of a function count with."""
    targets = [own.target for own in ast.walk(function) if isinstance(own, ast.For)]
    return frozenset(own.id for target in targets for own in ast.walk(target) if isinstance(own, ast.Name))


def functions(forwards: Iterable[ast.AST]) -> frozenset[str]:
    """Return the functions of one argument that bend something in functions that go forward."""
    named = [ast.unparse(own.func) for own in _calls(forwards) if isinstance(own.func, ast.Name | ast.Attribute)]
    slopes = {re.sub("abs$", "sign", own) for own in named if own.endswith("np.abs")}
    return frozenset(own for own in named if own.rpartition(".")[2] in BENDS) | slopes


def bent(ways: Iterable[ast.AST]) -> frozenset[str]:
    """Return the calls of functions that bend, with a name as their argument, in functions that go either way."""
    calls = [own for own in _calls(ways) if ast.unparse(own.func).rpartition(".")[2] in BENDS]
    return frozenset(ast.unparse(own) for own in calls if written(own.args[0]))


def axes(ways: Iterable[ast.AST]) -> tuple[str, ...]:
    """Return the axes along which functions add something up, or take its mean or spread."""
    calls = [own for one in ways for own in ast.walk(one) if isinstance(own, ast.Call)]
    reducing = [own for own in calls if isinstance(own.func, ast.Attribute) and own.func.attr in REDUCTIONS]
    named = [key.value for own in reducing for key in own.keywords if key.arg == "axis"]
    placed = [own.args[-1] for own in reducing if own.args and not isinstance(own.args[-1], ast.Name)]
    return tuple(dict.fromkeys(ast.unparse(own) for own in (*named, *placed) if _number(own)))


def _number(node: ast.AST) -> bool:
    """Say whether something is written in whole numbers alone."""
    written_in = ast.Constant | ast.Tuple | ast.UnaryOp | ast.USub | ast.Load
    inside = list(ast.walk(node))
    numbers = [own.value for own in inside if isinstance(own, ast.Constant)]
    return all(isinstance(own, written_in) for own in inside) and {type(own) for own in numbers} == {int}


def powers(ways: Iterable[ast.AST]) -> frozenset[tuple[str, int]]:
    """Return the names that functions raise to a whole power of more than one, with it."""
    raised = [own for one in ways for own in ast.walk(one) if isinstance(own, ast.BinOp)]
    return frozenset(
        (written(own.left), own.right.value)
        for own in raised
        if isinstance(own.op, ast.Pow)
        and isinstance(own.right, ast.Constant)
        and isinstance(own.right.value, int)
        and own.right.value > 1
        and written(own.left)
    )


def assigned(ways: Iterable[ast.AST]) -> dict[str, tuple[ast.expr, ...]]:
    """Return what functions assign to each plain name."""
    found = dict[str, tuple[ast.expr, ...]]()
    for own in (node for one in ways for node in ast.walk(one) if isinstance(node, ast.Assign)):
        if len(own.targets) == 1 and isinstance(own.targets[0], ast.Name):
            name = own.targets[0].id
            found[name] = (*found.get(name, ()), own.value)
    return found


def _calls(ways: Iterable[ast.AST]) -> list[ast.Call]:
    """Return the calls with one argument in functions."""
    nodes = (own for one in ways for own in ast.walk(one))
    return [own for own in nodes if isinstance(own, ast.Call) and len(own.args) == 1]


def computed(function: ast.AST) -> frozenset[str]:
    """Name what a function gives a value to."""
    return frozenset(
        own.id for own in ast.walk(function) if isinstance(own, ast.Name) and isinstance(own.ctx, ast.Store)
    )


def shape_of(value: Any) -> tuple[int, ...] | None:
    """Return the shape of an array or tensor with axes; None for anything else."""
    shape = getattr(value, "shape", None)
    return tuple(shape) if isinstance(shape, tuple) and len(shape) > 0 else None


def written(node: ast.AST) -> str:
    """Return a name, an attribute of ``self`` or an item, as it is written; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Subscript) and simple(node):
        return ast.unparse(node)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr != "T":
        return ast.unparse(node)
    return ""


def fits(shape: tuple[int, ...], into: tuple[int, ...]) -> bool:
    """Say whether an array of one shape can be multiplied with one of another without making it larger."""
    try:
        return np.broadcast_shapes(shape, into) == into
    except ValueError:
        return False
