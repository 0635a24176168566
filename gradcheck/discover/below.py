"""The layer before another, which a constructor is handed: no more is asked of it than how long what it returns is.

def __init__(self, input_layer, num_outputs):
    N, C, H, W = input_layer.shape
"""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from gradcheck.discover.docstrings import unpacked
from gradcheck.discover.forms import Form
from gradcheck.discover.source import parsed
from gradcheck.discover.subject import Argument

SHAPES = re.compile(r"(out(put)?_?)?(shape|dims)")
"""What a layer calls the shape of what it returns,"""
LENGTHS = re.compile(
    r"(n|num)_?(out(put)?s?|units|neurons|nodes|features)|(out(put)?_?)?(size|dim|features|units|width)"
)
"""and the length of its last axis."""
SOME = (("N", "D"), ("N", "C", "H", "W"))
"""The shapes that it may have if nothing says which."""


class Before:
    """Stands for a layer, of which it has the shape of what comes out."""

    def __init__(self, shape: tuple[int, ...], asked: tuple[str, ...]) -> None:
        for name in asked:
            setattr(self, name, shape if SHAPES.fullmatch(name) else shape[-1])
        self._said = "x".join(map(str, shape))

    def __repr__(self) -> str:
        return f"of shape {self._said}"


@dataclass(frozen=True)
class Below:
    """A layer before another, to be made anew for every draw."""

    axes: tuple[str | int, ...]
    """The shape of what it returns."""
    asked: tuple[str, ...]
    """What is asked of it."""
    parts: tuple[()] = ()
    """The classes of a file that it is made of."""

    def draw(self, sizes: Mapping[str, int], _generator: np.random.Generator, _scale: float, _which: int) -> Before:
        """Make what stands for it."""
        return Before(Form("shape", self.axes).sized(sizes), self.asked)

    def of_one_width(self) -> "Below":
        """Return it as it is."""
        return self


def below(argument: Argument) -> list[Form]:
    """Return what an argument of a constructor may be of which no more is read than lengths: the layer before it."""
    if not argument.constructor or argument.default is not inspect.Parameter.empty:
        return []
    asked = _asked(argument)
    if not asked:
        return []
    text = re.sub(rf"\b{argument.name}\.(\w+)", lambda own: _as_shape(argument.name, own[1]), argument.source)
    for kept in re.findall(rf"\bself\.(\w+)\s*=\s*{argument.name}\.shape\s*$", text, re.MULTILINE):
        text = re.sub(rf"(=\s*)self\.{kept}\s*$", rf"\1{argument.name}.shape", text, flags=re.MULTILINE)
    apart = [own.axes for own in unpacked(replace(argument, source=text), 2)]
    return [Form("object", cost=place, value=Below(axes, asked)) for place, axes in enumerate(apart or SOME)]


def _as_shape(name: str, asked: str) -> str:
    return f"{name}.shape" if SHAPES.fullmatch(asked) else f"{name}.{asked}"


def _asked(argument: Argument) -> tuple[str, ...]:
    """Return what is asked of an argument, and of what it is kept as; nothing if it is anything but lengths."""
    tree = parsed(argument.source)
    constructor = next((own for own in ast.walk(tree) if _is_constructor(own)), tree)
    kept = [f"self.{own}" for own in _kept(constructor, argument.name)]
    asked = [*_read(constructor, argument.name), *(own for name in kept for own in _read(tree, name))]
    used = _uses(constructor, argument.name) - len(kept) + sum(_uses(tree, name) for name in kept)
    lengths = all(SHAPES.fullmatch(own) or LENGTHS.fullmatch(own) for own in asked)
    return tuple(dict.fromkeys(asked)) if lengths and used == len(asked) else ()


def _is_constructor(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"


def _read(tree: ast.AST, name: str) -> list[str]:
    """Return what is asked of what has a name, wherever that is."""
    asked = [own for own in ast.walk(tree) if isinstance(own, ast.Attribute) and isinstance(own.ctx, ast.Load)]
    return [own.attr for own in asked if ast.unparse(own.value) == name]


def _uses(tree: ast.AST, name: str) -> int:
    """Count how often what has a name is used, for whatever it may be."""
    used = [own for own in ast.walk(tree) if isinstance(own, ast.Name | ast.Attribute) and ast.unparse(own) == name]
    return sum(isinstance(own.ctx, ast.Load) for own in used)


def _kept(constructor: ast.AST, name: str) -> Iterator[str]:
    """Yield as what an object keeps what has a name."""
    for node in ast.walk(constructor):
        match node:
            case ast.Assign([ast.Attribute(ast.Name("self"), kept)], ast.Name(value)) if value == name:
                yield kept
