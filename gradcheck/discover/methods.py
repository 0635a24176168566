"""What the methods of an object are that holds a whole network: one that goes forward, a cost, one with gradients."""

import ast
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradcheck.discover import names
from gradcheck.discover.propagation import COST
from gradcheck.discover.source import tree_of
from gradcheck.discover.subject import Argument, arguments_of

GRADIENTS = {"gradient", "gradients", "grad", "grads", *names.BACKWARD}
"""The words of a method that returns gradients."""
SLOPES = {"prime", "derivative", "derivatives", "deriv"}
"""Those of one that does if it is given samples, and not the output: ``cost_prime(X, y)``."""
FORWARDS = {"predict", *names.FORWARD}
"""The words of a method that returns an output."""


def drawn(own: Argument, forward: str) -> bool:
    """Say whether an argument of a backward method is made up: it is not, if it is a rate or what went forward."""
    asked = own.default is inspect.Parameter.empty or own.is_none_of_it
    return (
        asked
        and own.name.lower() not in names.RATES
        and not (forward and (names.OUTPUT.fullmatch(own.name) or names.is_cache(own.name)))
    )


def wanted(method: Callable[..., Any]) -> list[Argument]:
    """Return what a method has to be given."""
    return [own for own in arguments_of(method, 1) if own.default is inspect.Parameter.empty]


def is_gradient(name: str, inputs: list[Argument]) -> bool:
    """Say whether a method is named like a gradient, and takes samples and a target, and nothing that arrives."""
    asked, words = [own.name for own in inputs], set(names.words(name))
    arrives = any(names.is_cotangent(own) and not names.is_target(own) for own in asked)
    if len(asked) < 2 or not any(map(names.is_target, asked)) or arrives:
        return False
    slope = SLOPES & words and not any(map(names.OUTPUT.fullmatch, asked)) and not names.is_target(asked[0])
    return bool(GRADIENTS & words or slope)


def is_told_the_target(name: str, method: Callable[..., Any]) -> bool:
    """Say whether a method is named like a gradient, and is given a target alone, which it subtracts or counts by."""
    asked = [own.name for own in wanted(method)]
    if len(asked) != 1 or not names.is_target(asked[0]) or not GRADIENTS & set(names.words(name)):
        return False
    tree, name = tree_of(method), asked[0]
    slope = re.search(rf"\b{name} \* \(1(\.0)? - {name}\)", ast.unparse(tree))  # of a sigmoid, in its output
    return not slope and any(_compares(node, name) for node in ast.walk(tree))


def _compares(node: ast.AST, target: str) -> bool:
    """Say whether an expression does with a target what nobody does with what arrives from above."""
    match node:
        case ast.BinOp(op=ast.Sub(), right=ast.Name(name)) | ast.Compare(comparators=[ast.Name(name)]):
            return name == target
        case ast.Subscript(slice=place):
            return any(isinstance(own, ast.Name) and own.id == target for own in ast.walk(place))
    return False


def is_beside_cost(name: str, methods: Mapping[str, Callable[..., Any]]) -> bool:
    """Say whether a method is named like a gradient, and a cost takes the very same samples, and no target."""
    asked = [own.name for own in wanted(methods[name])]
    named = set(names.words(name)) & (GRADIENTS - names.BACKWARD)
    return bool(named and asked) and any(is_cost(own, wanted(methods[own]), asked, "") for own in methods)


def is_cost(name: str, inputs: list[Argument], known: Sequence[str], forward: str) -> bool:
    """Say whether a method is a cost of the inputs, or of an output, which a forward pass returns, and the target."""
    asked = [own.name for own in inputs]
    words = set(names.words(name))
    plain = (COST | names.ENERGIES) & words and not (names.MARKERS | names.NUMERICAL) & words
    others = [own for own in asked if own not in known and not names.is_target(own)]
    target = any(own in known or names.is_target(own) for own in asked)
    return bool(plain and target and len(others) <= bool(forward) and (forward or set(asked) == set(known)))


def is_forward(name: str, inputs: list[Argument]) -> bool:
    """Say whether a method is named like a forward pass, and takes samples alone."""
    return bool(FORWARDS & set(names.words(name))) and len(inputs) == 1
