"""Layers and losses as classes: a forward and a backward method, with parameters and gradients kept on the object."""

import ast
import inspect
import re
from dataclasses import replace
from types import ModuleType

from gradcheck.discover import names, objects
from gradcheck.discover.both import returns_both
from gradcheck.discover.docstrings import telling
from gradcheck.discover.holdings import around
from gradcheck.discover.layer import Layer
from gradcheck.discover.names import Role
from gradcheck.discover.passes import DERIVATIVES, FORWARDS, backward_pass, beside, forward_pass
from gradcheck.discover.propagation import COST
from gradcheck.discover.readings import averages
from gradcheck.discover.source import attributes, line_of, source_of, tree_of, written
from gradcheck.discover.steps import rates
from gradcheck.discover.subject import Argument, arguments_of
from gradcheck.discover.tensors import of_tensors

GATHERED = ("grads", "gradients")
"""Where a backward method keeps several gradients."""


def of(module: ModuleType, made_by: type) -> Layer | None:
    """Return what can be judged about a class; None if it has no forward and backward method of its own."""
    forward, backward = forward_pass(made_by), backward_pass(made_by)
    if forward and backward and not _wanted(made_by, backward):  # it goes back from a loss, and not from an output
        forward = next((name for name in vars(made_by) if _is_loss(made_by, name)), forward)
    if forward and backward and f"self.{backward}(" in source_of(getattr(made_by, forward)):
        return None  # what goes forward is another name of the gradient
    if forward and not backward:
        forward = backward = next(own for own in (*FORWARDS, None) if own is None or _gives_both(made_by, own))
    if not forward and not backward:
        costs = (name for name in vars(made_by) if COST & set(names.words(name)))
        forward = backward = next((name for name in costs if _gives_both(made_by, name)), None)
    if forward is None or backward is None:
        return None
    takes = [
        own for own in arguments_of(getattr(made_by, forward), _self(made_by, forward), about=made_by) if _asked(own)
    ]
    takes = [telling(made_by, own, (forward, backward)) for own in takes]
    made_with = objects.made_with(module, made_by)
    roles = {} if forward == backward else _roles(made_by, backward, [own.name for own in takes])
    if roles is None or made_with is None or {own.name for own in takes} & {own.name for own in made_with}:
        return None
    takes = takes if made_with else [replace(own, shapes=around(made_by)) for own in takes]
    line = line_of(getattr(made_by, backward))
    mean = Role.COTANGENT in roles.values() and averages(module, getattr(made_by, backward))
    arguments, params = (*made_with, *takes), () if forward == backward else beside(made_by, backward)
    tensors = of_tensors(module, *(getattr(made_by, name) for name in ("__init__", forward, backward)))
    asked = made_by, forward, backward, roles, mean, params
    return Layer(made_by.__name__, line, arguments, module, *asked, tensors=tensors)


def _gives_both(made_by: type, name: str) -> bool:
    """Say whether a class has a method that returns its value and its gradients."""
    return written(made_by, name) and returns_both(getattr(made_by, name))


def _wanted(made_by: type, method: str) -> list[Argument]:
    """Return what a method has to be given."""
    takes = arguments_of(getattr(made_by, method), _self(made_by, method))
    return [own for own in takes if own.default is inspect.Parameter.empty]


def _is_loss(made_by: type, name: str) -> bool:
    """Say whether a class has a method of that name that compares something with a target."""
    words = set(names.words(name))
    asked = _wanted(made_by, name) if COST & words and not names.MARKERS & words and written(made_by, name) else []
    return len(asked) > 1 and any(names.is_target(own.name) for own in asked)


def _asked(own: Argument) -> bool:
    """Say whether an argument has to be given: it has no default, or is a target, or the strength of a penalty."""
    return own.default is inspect.Parameter.empty or names.is_target(own.name) or own.is_none_of_it


def _self(made_by: type, method: str) -> int:
    """Return how many arguments a method gets by itself."""
    return 0 if isinstance(inspect.getattr_static(made_by, method), staticmethod) else 1


def _roles(made_by: type, backward: str, forward: list[str]) -> dict[str, Role] | None:
    """Return what the arguments of a backward method are; None if that cannot be told."""
    takes = arguments_of(getattr(made_by, backward), _self(made_by, backward))
    used = {own.id for own in ast.walk(tree_of(getattr(made_by, backward))) if isinstance(own, ast.Name)}
    wanted = [
        own.name
        for own in takes
        if own.default is inspect.Parameter.empty
        or (not isinstance(own.default, bool) and own.name in used and names.is_handed(own.name))
    ]
    if len(wanted) == len(forward) and len(wanted) > 1 and any(names.is_target(name) for name in wanted):
        return dict.fromkeys(wanted, Role.ARGUMENT)  # a loss's backward pass is given what the loss was given
    if wanted in (["eta"], ["epsilon"]) and wanted[0] not in rates(tree_of(getattr(made_by, backward))):
        return {wanted[0]: Role.COTANGENT}  # what arrives, and not how far to step
    known = names.roles(wanted, forward, backward not in DERIVATIVES) or names.roles(wanted, forward, True)
    if known == [Role.OUTPUT] and backward not in DERIVATIVES and _goes_back(made_by, backward):
        known = [Role.COTANGENT]  # an adjoint called ``a``: from an output alone follows no gradient of a weight
    return None if known is None else dict(zip(wanted, known, strict=True))


def _goes_back(made_by: type, backward: str) -> bool:
    """Say whether a backward method keeps the gradient of something, ``self.dW``, or reads what has gone forward."""
    held, text = attributes(made_by), source_of(getattr(made_by, backward))
    before = re.findall(r"\bself\.(\w+)\s*=(?!=)", source_of(getattr(made_by, forward_pass(made_by) or backward)))
    kept = re.findall(r"\bself\.(\w+)(?:\[[^\]]*\])?\s*[-+]?=(?!=)", text)
    read = {own for own in before if re.search(rf"\bself\.{own}\b(?!\s*=[^=])", text)}
    return bool(read) or any(own in GATHERED or names.of_gradient(own, held - {own}) for own in kept)
