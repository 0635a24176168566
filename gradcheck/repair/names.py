"""What the names of a function held: which could stand for which, and which are sizes."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from types import FunctionType
from typing import Any

import numpy as np

BENDS = {"exp", "log", "tanh", "sigmoid", "expit", "cos", "sin", "sqrt", "log1p", "expm1", "softmax", "relu", "abs"}
"""The functions that may be forgotten on the way back."""


@dataclass(frozen=True)
class Names:
    """The names of a function, with what they held when it returned."""

    held: Mapping[str, Any]
    counters: frozenset[str] = frozenset()
    """Those that count a loop: what they hold at its end means nothing."""
    computed: frozenset[str] = frozenset()
    """Those that the function gives a value to itself."""
    items: frozenset[str] = frozenset()
    """What the function takes out of lists, dictionaries and objects, as it is written: ``hs[t]``, ``out.grad``."""
    functions: frozenset[str] = frozenset()
    """The functions of one argument that bend what goes forward, as they are written: ``np.exp``."""
    bent: frozenset[str] = frozenset()
    """Where they are called with a name, as it is written: ``np.tanh(c)``."""

    @cached_property
    def known(self) -> dict[str, Any]:
        """Every name, and every attribute of ``self``, as it is written, with what it held."""
        found = {name: own for name, own in self.held.items() if name.isidentifier()}
        for key, own in getattr(self.held.get("self"), "__dict__", {}).items():
            if key.isidentifier():
                found[f"self.{key}"] = own
        return found | {item: own for item in sorted(self.items) if (own := self._taken(item)) is not None}

    def _taken(self, item: str) -> Any:
        """Return the array or number that is taken from an object; of a list or dictionary one of those in it."""
        name, dot, attribute = item.partition(".")
        if dot:
            own = vars(self.held[name]).get(attribute) if hasattr(self.held.get(name), "__dict__") else None
            return own if isinstance(own, np.ndarray | int | float) else None
        holder = self.held.get(item.partition("[")[0])
        inside = holder.values() if isinstance(holder, dict) else holder if isinstance(holder, list) else ()
        return next((own for own in inside if isinstance(own, np.ndarray)), None)

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
        """Return the shape of what a name holds; None if that is not known."""
        return self.arrays.get(written(node))


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


def _calls(ways: Iterable[ast.AST]) -> list[ast.Call]:
    """Return the calls with one argument in functions."""
    nodes = (own for one in ways for own in ast.walk(one))
    return [own for own in nodes if isinstance(own, ast.Call) and len(own.args) == 1]


def items(function: ast.AST) -> frozenset[str]:
    """Return what a function takes out of something by one name or number, as it is written."""
    taken = [own for own in ast.walk(function) if isinstance(own, ast.Subscript | ast.Attribute) and _simple(own)]
    return frozenset(ast.unparse(own) for own in taken if isinstance(own.ctx, ast.Load))


def _simple(node: ast.Subscript | ast.Attribute) -> bool:
    """Say whether an item is taken from a name, by a name or a number, or an attribute of one that is not self."""
    if not isinstance(node.value, ast.Name):
        return False
    return (
        node.value.id != "self" if isinstance(node, ast.Attribute) else isinstance(node.slice, ast.Name | ast.Constant)
    )


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
    if isinstance(node, ast.Subscript) and _simple(node):
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
