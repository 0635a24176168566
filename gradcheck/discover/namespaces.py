"""Classes that only hold functions: an activation and its derivative, as static methods or methods that need no object.

class Tanh:
    @staticmethod
    def tanh(z): ...
    @staticmethod
    def tanh_prime(z): ...
"""

import ast
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from gradcheck.discover import pairing
from gradcheck.discover.functions import Couple, couple_of
from gradcheck.discover.source import returned_names, tree_of
from gradcheck.discover.subject import takes
from gradcheck.errors import GradcheckError


def of(module: ModuleType, made_by: type, taken: set[str]) -> list[Couple]:
    """Return the pairs among the functions of a class that need no object, without those that are judged otherwise."""
    plain = {name: own for name, own in free(made_by).items() if name not in taken}
    found = []
    for f, g in pairing.pairs({name: takes(own) for name, own in plain.items()}):
        try:
            found.append(
                couple_of(module, (made_by.__name__, plain[f].__name__, plain[g].__name__), plain[f], plain[g])
            )
        except GradcheckError:  # it only looks like a pair
            continue
    return found


def free(made_by: type) -> dict[str, Callable[..., Any]]:
    """Return the functions of a class that use its object for nothing, or to call others of their kind."""
    try:
        empty: Any = object.__new__(made_by)
    except TypeError:  # it cannot be made without more ado
        return {}
    needs = {name: _uses(own) for name, own in vars(made_by).items() if _is_function(own)}
    while more := {name for name, used in needs.items() if not used <= set(needs)}:
        needs = {name: used for name, used in needs.items() if name not in more}
    return {name: getattr(empty, name) for name in needs}


def _is_function(own: Any) -> bool:
    """Say whether a class holds a function under a name that is no special one, and it returns something."""
    plain = own.__func__ if isinstance(own, staticmethod) else own
    named = inspect.isfunction(plain) and not plain.__name__.endswith("__") and bool(plain.__code__.co_argcount)
    return named and bool(returned_names(plain))


def _uses(own: Any) -> set[str]:
    """Return what a function takes from its object; the object itself, if it is used as a whole."""
    if isinstance(own, staticmethod):
        return set()
    tree, itself = tree_of(own), takes(own)[0]
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    parts = [node for node in attributes if isinstance(node.value, ast.Name) and node.value.id == itself]
    whole = sum(isinstance(node, ast.Name) and node.id == itself for node in ast.walk(tree)) > len(parts)
    return {node.attr for node in parts} | ({itself} if whole else set())


__all__ = ["free", "of"]
