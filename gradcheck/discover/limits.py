"""Numbers at which a function is cut off, or goes on otherwise: ``np.clip(x, 0, 6)``, ``np.abs(r) <= delta``.

Beyond them it is another function, and its gradient has a part of its own that ordinary numbers never reach.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence

from gradcheck.discover.source import parsed
from gradcheck.discover.subject import Argument

CUTTING = {"clip", "minimum", "maximum", "min", "max", "where", "clamp", "fmin", "fmax"}
"""The functions that cut something off."""
FEW, CLOSE = 3, 0.05
"""So many of them are looked at closely, and none that only keeps numbers from 0."""
NEAR, FAR = 1.5, 100.0
"""What is cut off below is reached by ordinary numbers; above, nothing but overflows would be seen."""
GUARD = 15.0
"""What is cut off on both sides so far out, or farther, where exponentials are taken, only keeps them finite."""


def reach(arguments: Sequence[Argument]) -> float:
    """Return the largest number at which the source of arguments cuts something off; 0 if there is none to go to."""
    return max((limit for limit in _all(arguments) if NEAR < limit <= FAR), default=0.0)


def edges(arguments: Sequence[Argument]) -> list[float]:
    """Return the numbers at which the source of arguments cuts something off, those that can be looked at closely."""
    return sorted({limit for limit in _all(arguments) if CLOSE <= limit <= FAR})[:FEW]


def _all(arguments: Sequence[Argument]) -> list[float]:
    defaults = {own.name: abs(own.default) for own in arguments if type(own.default) in (int, float)}
    source = arguments[0].source if arguments else ""
    exponential = "exp(" in source
    nodes = (node for node in ast.walk(parsed(source)) if not (exponential and _keeps_finite(node, defaults)))
    return [limit for node in nodes for limit in _limits(node, defaults)]


def _keeps_finite(node: ast.AST, defaults: Mapping[str, float]) -> bool:
    """Say whether something is cut off far out on both sides, ``np.clip(z, -30, 30)``: nobody differentiates that."""
    if not isinstance(node, ast.Call) or _name(node.func) != "clip" or len(node.args) < 2:
        return False
    low, high = node.args[-2:]
    sizes = _sizes(high, defaults)
    both = isinstance(low, ast.UnaryOp) and isinstance(low.op, ast.USub) and _sizes(low.operand, defaults) == sizes
    return both and all(own >= GUARD for own in sizes)


def _limits(node: ast.AST, defaults: Mapping[str, float]) -> Iterator[float]:
    """Yield the sizes of what something is compared with, or cut off at."""
    if isinstance(node, ast.Compare):
        parts: list[ast.expr] = [node.left, *node.comparators]
    elif isinstance(node, ast.Call) and _name(node.func) in CUTTING:
        parts = node.args
    else:
        return
    for part in parts:
        yield from _sizes(part.operand if isinstance(part, ast.UnaryOp) else part, defaults)


def _sizes(own: ast.expr, defaults: Mapping[str, float]) -> list[float]:
    """Return the size of a number, or of the default that has its name; nothing for anything else."""
    if isinstance(own, ast.Constant) and type(own.value) in (int, float):
        return [abs(own.value)]  # type: ignore[arg-type] # it is a number
    return [defaults[name]] if (name := _name(own)) in defaults else []


def _name(node: ast.expr) -> str:
    """Return the name of a variable, or of an attribute."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
