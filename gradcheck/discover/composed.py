"""A gradient that goes through an activation as well: of a cost of probabilities, by the logits that they are made of.

def cross_entropy(probs, y): ...
def cross_entropy_grad(logits, y): return softmax(logits) - y
"""

import ast
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from gradcheck.discover import names
from gradcheck.discover.source import defined_in, tree_of


def composed(module: ModuleType, f: Callable[..., Any], g: Callable[..., Any]) -> Callable[..., Any]:
    """Return a cost after what its gradient applies to the one argument that it calls otherwise; else the cost."""
    wants, takes = list(inspect.signature(f).parameters), list(inspect.signature(g).parameters)
    other = [place for place, pair in enumerate(zip(wants, takes, strict=False)) if pair[0] != pair[1]]
    if len(wants) != len(takes) or len(other) != 1 or not any(map(names.is_target, wants)):
        return f
    (place,) = other
    applied = {name for name in _applied(g, takes[place]) if name != f.__name__} - _called(f)
    activations = [own for name, own in defined_in(module).items() if name in applied]
    return _after(activations[0], f, place, takes[place]) if len(activations) == 1 else f


def _after(activation: Callable[..., Any], f: Callable[..., Any], place: int, name: str) -> Callable[..., Any]:
    """Return a function of what one of its arguments is made of by an activation."""
    own = inspect.signature(f)
    parameters = list(own.parameters.values())
    parameters[place] = parameters[place].replace(name=name)

    def after(*values: Any) -> Any:
        return f(*values[:place], activation(values[place]), *values[place + 1 :])

    after.__signature__, after.__wrapped__ = own.replace(parameters=parameters), f  # type: ignore[attr-defined]
    after.__name__, after.__doc__ = f.__name__, inspect.getdoc(f)
    after.remark = f"the value is that of {f.__name__} after {activation.__name__}"  # type: ignore[attr-defined]
    return after


def _applied(g: Callable[..., Any], argument: str) -> set[str]:
    """Name the functions that the source of a gradient calls with nothing but one of its arguments."""
    calls = [node for node in ast.walk(tree_of(g)) if isinstance(node, ast.Call) and len(node.args) == 1]
    return {
        node.func.id
        for node in calls
        if isinstance(node.func, ast.Name) and isinstance(node.args[0], ast.Name) and node.args[0].id == argument
    }


def _called(f: Callable[..., Any]) -> set[str]:
    """Name the functions that the source of a function calls."""
    calls = [node.func for node in ast.walk(tree_of(f)) if isinstance(node, ast.Call)]
    return {node.id for node in calls if isinstance(node, ast.Name)}
