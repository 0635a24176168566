"""Parameters layer by layer: ``params["hidden"]["W"]``, ``for W, b in params``, ``for W in weights``.

What one layer holds is read from the source; a network of two layers is enough, where the source does not name them.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

from gradcheck.discover.source import parsed
from gradcheck.discover.subject import Argument

SHELF = re.compile(
    r"(nn_?|model_?|net_?)?(params?|parameters|[wW](eight)?s|[wW]|layers|[tT]hetas?|network|model|matrices)"
)
"""What a list of what layers hold is called,"""
BIASES = re.compile(r"bs|biases|b")
"""and a list of biases alone."""
MANY = 2
"""How many layers a list has."""


def layers(argument: Argument) -> Any:
    """Return the keys of what the layers hold, in the containers that hold them: ``[("W", "b"), ("W", "b")]``.

    A list of matrices alone is ``["W", "W"]``; nothing is returned for what is no such container.
    """
    tree = parsed(argument.source)
    nested = _nested(tree, argument.name)
    if nested:
        return nested
    if BIASES.fullmatch(argument.name) and any(True for _ in _elements(tree, argument.name)):
        return ["b"] * MANY
    if not SHELF.fullmatch(argument.name):
        return None
    found = [own for own in map(_layer, _elements(tree, argument.name)) if own]
    if any(isinstance(own, tuple) for own in found):
        return [("W", "b")] * MANY
    one = next((own for own in found if own and _held(tree, own)), None)
    if one:
        return [dict.fromkeys(_held(tree, one))] * MANY
    multiplied = next((own for own in found if _multiplied(argument.source, own)), None)
    return ["W"] * MANY if multiplied else None


def _nested(tree: ast.AST, name: str) -> dict[str, dict[str, None]]:
    """Return the keys under the keys of a dictionary: ``params["hidden"]["W"]``."""
    found: dict[str, dict[str, None]] = {}
    inside = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    for node in sorted(inside, key=lambda node: (node.lineno, node.col_offset)):
        match node:
            case ast.Subscript(
                ast.Subscript(ast.Name(id=own), ast.Constant(value=str(outer))), ast.Constant(value=str(inner))
            ) if own == name:
                found.setdefault(outer, {})[inner] = None
    return found


def _elements(tree: ast.AST, name: str) -> Iterator[ast.expr]:
    """Yield what the elements of something are assigned to, in loops and where one is taken out."""
    for node in ast.walk(tree):
        match node:
            case ast.For(target, iter=over) | ast.comprehension(target, over):
                yield from _element(target, over, name)
            case ast.Assign([target], ast.Subscript(ast.Name(id=own), place)) if own == name:
                if not isinstance(place, ast.Slice) and not isinstance(getattr(place, "value", None), str):
                    yield target


def _element(target: ast.expr, over: ast.expr, name: str) -> Iterator[ast.expr]:
    match over:
        case ast.Name(id=own) | ast.Subscript(ast.Name(id=own), ast.Slice()) if own == name:
            yield target
        case ast.Call(ast.Name("reversed" | "list"), [inner]):
            yield from _element(target, inner, name)
        case ast.Call(ast.Name("enumerate"), [inner, *_]) if isinstance(target, ast.Tuple):
            yield from _element(target.elts[1], inner, name)
        case ast.Call(ast.Name("zip"), parts) if isinstance(target, ast.Tuple):
            for one, inner in zip(target.elts, parts, strict=False):
                yield from _element(one, inner, name)


def _layer(target: ast.expr) -> str | tuple[str, ...] | None:
    """Return the name of an element, or the two names it is taken apart to."""
    match target:
        case ast.Name(own):
            return own
        case ast.Tuple([ast.Name(weight), ast.Name(bias)]):
            return (weight, bias)
    return None


def _held(tree: ast.AST, name: str | tuple[str, ...]) -> list[str]:
    """Return the keys under which things are looked up in an element: ``layer["W"]``."""
    return [
        str(node.slice.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == name
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
    ]


def _multiplied(source: str, name: str | tuple[str, ...]) -> bool:
    """Say whether an element is a factor of a product of matrices."""
    own = re.escape(str(name))
    return bool(re.search(rf"@\s*{own}\b|\b{own}(\.T)?\s*@|dot\([^)\n]*\b{own}\b|\b{own}(\.T)?\.dot\(", source))
