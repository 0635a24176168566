"""What a gradient is of if a file does not say it, and the factor that the gradients of a cost have in common.

Some leave out the cost, for training needs no more than its slope; and whether a step of descent is that of a sum or of
a mean, of a square or of half of it, is a matter of the rate.
"""

import ast
import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradcheck.discover.names import is_target

Cost = Callable[[Any, Any], Any]
"""Takes an output and a target."""
Value = Callable[[Mapping[str, Any]], Any]
"""Takes arguments; returns one number."""
IMPLIED: tuple[tuple[str, Cost, Cost], ...] = (
    ("half the sum of squares", lambda a, y: 0.5 * np.sum((a - y) ** 2), lambda a, y: a - y),
    ("the sum of squares", lambda a, y: np.sum((a - y) ** 2), lambda a, y: 2.0 * (a - y)),
    ("the cross-entropy of classes", lambda a, y: -np.sum(y * np.log(a)), lambda a, y: -y / a),
    ("the cross-entropy of labels", lambda a, y: -np.sum(np.log(a[np.arange(len(a)), y])), lambda _, y: np.nan * y),
    ("the cross-entropy of labels, whose samples are columns",
     lambda a, y: -np.sum(np.log(a[y, np.arange(a.shape[1])])), lambda _, y: np.nan * y),
    ("the cross-entropy", lambda a, y: -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a)),
     lambda a, y: (a - y) / (a * (1 - a))),
    ("the likelihood of Poisson", lambda a, y: np.sum(a - y * np.log(a)), lambda a, y: 1.0 - y / a),
)  # fmt: skip
"""Costs that a file may leave out, with their slopes."""
COMPARED = ("the cross-entropy", "the cross-entropy of classes", "the likelihood of Poisson")
"""Those whose slopes, by what an output is made of, hold its difference from the target."""


def of_name(name: str) -> Cost:
    """Return the cost that has a name."""
    return next(cost for known, cost, _ in IMPLIED if known == name)


def implied(body: Sequence[ast.stmt], call: str) -> dict[str, ast.expr]:
    """Return the costs that statements leave out which compare an output with a target, with their expressions.

    Those that have a name are called by it, and given the output and the target.
    """
    for node in ast.walk(ast.Module(list(body), [])):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            sides = sorted((node.left, node.right), key=_is_target)
            if any(map(_is_target, sides)):
                return _of_error(ast.unparse(node), ", ".join(map(ast.unparse, sides)), call)
    return {}


def _of_error(error: str, sides: str, call: str) -> dict[str, ast.expr]:
    """Return the costs whose slopes hold the difference of an output and a target."""
    squares = f"0.5 * (({error}) ** 2).sum()"
    named = {name: f"{call}({name!r}, {sides})" for name in COMPARED}
    return {name: ast.parse(text, mode="eval").body for name, text in ({squares: squares} | named).items()}


def _is_target(side: ast.expr) -> bool:
    return is_target(ast.unparse(side).rpartition(".")[2])


def with_slope(slope: Cost) -> tuple[str, Cost] | None:
    """Return the cost that has a slope; None if it is none of those."""
    a, y = np.array([[0.3], [0.6]]), np.array([[1.0], [0.0]])
    return next(((name, cost) for name, cost, right in IMPLIED if np.allclose(slope(a, y), right(a, y))), None)


def common_factor(
    value: Value, gradients: Mapping[str, Any], args: Mapping[str, Any], parameters: Sequence[str]
) -> tuple[float, int]:
    """Return the factor that most gradients have, 1 if they have none in common, and how many have it."""
    ratios = [_ratio(value, gradients[name], args, name) for name in parameters]
    near = [sum(abs(own - one) < 1e-4 * abs(one) for own in ratios) for one in ratios]
    many, common = max(zip(near, ratios, strict=True), key=lambda own: (own[0], bool(plain(own[1]))))
    if common <= 0.0 or (many == 1 and len(ratios) > 1 and not plain(common)):
        return 1.0, 0
    return float(plain(common) or common), many


def _ratio(value: Value, gradient: Any, args: Mapping[str, Any], name: str) -> float:
    """Return how many times the slope a gradient claims; zero if there is none, or it is not as often elsewhere."""
    shape, generator = np.shape(args[name]), np.random.default_rng(4)
    if np.shape(gradient) != shape:
        return 0.0
    ratios = []
    for look in (_slope, _short_slope) if shape else (_slope,):
        direction = generator.normal(size=shape)
        slope = look(partial(_moved, value, args, name, direction))
        ratios.append(float((gradient * direction).sum()) / slope if slope else 0.0)
    return ratios[0] if abs(ratios[-1] - ratios[0]) <= 1e-3 * abs(ratios[0]) else 0.0


def _moved(value: Value, args: Mapping[str, Any], name: str, direction: Any, step: float) -> float:
    return float(value({**args, name: args[name] + step * direction}))


def _short_slope(along: Callable[[float], float]) -> float:
    return (along(1e-5) - along(-1e-5)) / 2e-5


def _slope(along: Callable[[float], float]) -> float:
    """Return a slope to ten digits, of longer and longer steps, if it is seen to be one: no kink is so near."""
    short = _short_slope(along)
    longer = [(along(step) - along(-step)) / (2.0 * step) for step in (1e-3, 2e-3, 4e-3)]
    while len(longer) > 1:
        power = 4.0 ** (4 - len(longer))
        longer = [(power * one - other) / (power - 1.0) for one, other in itertools.pairwise(longer)]
    return longer[0] if abs(longer[0] - short) < 1e-6 * abs(short) else short


def plain(factor: float) -> float:
    """Return the whole number, or one or two over it, that a factor is; zero if it is none."""
    for over in (0.0, 1.0, 2.0) if factor else ():
        own = over / factor if over else factor
        if own > 0.5 and abs(own - round(own)) < 1e-5 * own:
            return over / round(own) if over else float(round(own))
    return 0.0


__all__ = ["IMPLIED", "Cost", "Value", "common_factor", "implied", "of_name", "plain", "with_slope"]
