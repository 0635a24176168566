"""What a function takes out of arrays, lists and objects, as it is written: ``hs[t]``, ``x[:, i:i + k]``."""

import ast
import operator
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any

import numpy as np

OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}
"""How places are counted."""
PLAIN = ast.Name | ast.Constant | ast.UnaryOp | ast.BinOp | ast.Slice | ast.Tuple
"""What places are made of."""


def items(function: ast.AST) -> frozenset[str]:
    """Return what a function takes out of something at places that are written plainly."""
    found = [own for own in ast.walk(function) if isinstance(own, ast.Subscript | ast.Attribute) and simple(own)]
    return frozenset(ast.unparse(own) for own in found if isinstance(own.ctx, ast.Load))


def places(function: ast.AST) -> frozenset[tuple[str, str]]:
    """Return where a function reads from something or writes into it: what that is, and ``[the place]``, as written."""
    found = [own for own in ast.walk(function) if isinstance(own, ast.Subscript) and simple(own)]
    held = [(ast.unparse(own.value), ast.unparse(own)) for own in found]
    return frozenset((holder, whole.removeprefix(holder)) for holder, whole in held)


def simple(node: ast.Subscript | ast.Attribute) -> bool:
    """Say whether an item is taken from a name at a plain place, or an attribute of one that is not self."""
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id != "self"
    return (isinstance(node.value, ast.Name) or _of_self(node.value)) and _plain(node.slice)


def _of_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _plain(place: ast.AST) -> bool:
    """Say whether a place is made of names, numbers, and of their sums, products and stretches."""
    inside = [own for own in ast.walk(place) if isinstance(own, ast.expr)]
    return all(isinstance(own, PLAIN) or _of_self(own) for own in inside)


def taken(item: str, known: Mapping[str, Any]) -> Any:
    """Return what is taken from an array or an object, given what names held; of a list its last array.

    None if it is no array and no number.
    """
    node = ast.parse(item, mode="eval").body
    own = None
    with suppress(Exception):  # what a loop counts with may be beyond what there is when it has ended
        if isinstance(node, ast.Attribute):
            own = vars(known[ast.unparse(node.value)]).get(node.attr)
        elif isinstance(node, ast.Subscript):
            own = _inside(known[ast.unparse(node.value)], node.slice, known)
    return own if isinstance(own, np.ndarray | np.number | int | float) else None


def _inside(holder: Any, place: ast.expr, known: Mapping[str, Any]) -> Any:
    if isinstance(holder, np.ndarray):
        return holder[_at(place, known)]
    inside = list(holder.values()) if isinstance(holder, dict) else holder if isinstance(holder, list) else []
    return next((own for own in reversed(inside) if isinstance(own, np.ndarray)), None)


def _at(place: ast.expr | None, known: Mapping[str, Any]) -> Any:
    """Return a plain place, given what names held."""
    at: Any = None
    match place:
        case None:
            pass
        case ast.Constant(value):
            at = value
        case ast.UnaryOp(_, own):
            at = -_at(own, known)
        case ast.BinOp(left, operation, right):
            at = OPERATIONS[type(operation)](_at(left, known), _at(right, known))
        case ast.Slice(lower, upper, step):
            at = slice(_at(lower, known), _at(upper, known), _at(step, known))
        case ast.Tuple(parts):
            at = tuple(_at(own, known) for own in parts)
        case _:
            at = known[ast.unparse(place)]
    return at


EXPRESSION = (
    ast.Name | ast.Constant | ast.BinOp | ast.UnaryOp | ast.Compare | ast.Attribute | ast.Subscript | ast.Slice
    | ast.Tuple | ast.Call | ast.keyword | ast.operator | ast.unaryop | ast.cmpop | ast.expr_context
)  # fmt: skip
"""What expressions are made of that do nothing but compute."""
CALLED = frozenset({
    "sum", "mean", "dot", "outer", "exp", "log", "tanh", "sqrt", "abs", "maximum", "where", "reshape", "transpose",
    "swapaxes", "einsum", "tensordot", "zeros_like", "ones_like", "hstack", "concatenate", "copy", "astype", "ravel",
})  # fmt: skip
"""Calls that do nothing else."""


def computed_shape(node: ast.expr, known: Mapping[str, Any]) -> tuple[int, ...] | None:
    """Return the shape of a plain expression of arrays and numbers; None if it is none, or cannot be computed."""
    inside = list(ast.walk(node))
    called = {own.func for own in inside if isinstance(own, ast.Call)}
    if not all(isinstance(own, EXPRESSION) for own in inside) or not all(_harmless(own) for own in called):
        return None
    names = {own.id for own in inside if isinstance(own, ast.Name)} - {"np", "self"}
    if not all(isinstance(known.get(name), np.ndarray | np.number | int | float) for name in names):
        return None
    with suppress(Exception), np.errstate(all="ignore"):  # what a loop counts with may be beyond what there is
        code = compile(ast.fix_missing_locations(ast.Expression(deepcopy(node))), "<shape>", "eval")
        value = eval(code, {"__builtins__": {}, "np": np}, dict(known))  # noqa: S307 - names, sums and products alone
        return tuple(np.shape(value)) if isinstance(value, np.ndarray | np.number | int | float) else None
    return None


def _harmless(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in CALLED


__all__ = ["computed_shape", "items", "places", "simple", "taken"]
