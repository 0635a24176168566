"""Layers and losses as classes: a forward and a backward method, with parameters and gradients kept on the object.

Every question is put to a fresh copy of the object, so what one backward pass leaves behind never reaches the next.
Parameters are the arrays for which a gradient can be found afterwards: returned, kept beside them, or, if the
backward pass takes a learning rate, in the step that it made.
"""

import ast
import copy
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import modes, names, objects
from gradcheck.discover.both import returns_both
from gradcheck.discover.docstrings import telling
from gradcheck.discover.functions import Opened
from gradcheck.discover.holdings import (
    RATE,
    around,
    arrays,
    as_handed,
    as_number,
    handed_on,
    hold_numbers,
    kept_value,
    stepped,
    together,
    with_gradients,
)
from gradcheck.discover.names import Role
from gradcheck.discover.passes import DERIVATIVES, FORWARDS, backward_pass, forward_pass
from gradcheck.discover.prepared import descends, prepared
from gradcheck.discover.propagation import COST
from gradcheck.discover.readings import AVERAGES, against, alike, averages, by_argument, by_shape, cotangent_like, lost
from gradcheck.discover.source import attributes, line_of, returned_names, source_of, tree_of, written
from gradcheck.discover.steps import rates
from gradcheck.discover.subject import Argument, Subject, arguments_of, moved, settled

GATHERED = ("grads", "gradients")
"""Where a backward method keeps several gradients."""


@dataclass(frozen=True)
class Layer(Subject):
    """A class with a forward and a backward method."""

    module: ModuleType
    """The module that it is from."""
    made_by: type
    """The class."""
    forward: str
    """The name of its forward method."""
    backward: str
    """The name of its backward method; the forward method's own if that returns the gradients too."""
    roles: Mapping[str, Role]
    """What the arguments are that the backward method is given."""
    averages: bool = False
    """Whether the gradients of parameters are means over samples, which are columns."""
    training: bool = True
    """Whether its objects are told that they are training."""

    @property
    def way_back(self) -> str:
        """The text of the backward method."""
        return source_of(getattr(self.made_by, self.backward))

    @property
    def at_rest(self) -> "Layer | None":
        """The same that is not training, if its backward method asks whether it is."""
        return replace(self, training=False) if modes.asks(self.way_back) else None

    @property
    def descends(self) -> bool:
        """Whether it takes a learning rate."""
        return Role.RATE in self.roles.values()

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Make an object, and run both methods once."""
        takes = [own.name for own in self.arguments if not own.constructor]
        with settled(self.module):
            given_to = {own.name: copy.deepcopy(given[own.name]) for own in self.arguments if own.constructor}
            made = objects.make(self.made_by, given_to)
        called = as_handed(made, given_to)
        modes.train(made, self.training)
        for array in () if self.training else arrays(made).values():
            array[...] = moved(array, 0.2)  # a variance of one, as it is before any training, hides something
        made = prepared(made, self.module, self.forward, [given[name] for name in takes])
        hold_numbers(made, self.made_by, self.backward)
        held = {called.get(name, name): moved(array) for name, array in arrays(made).items()}
        parameters = {name: array for name, array in held.items() if name not in takes}
        use = _Use(self, made, {name: given[name] for name in takes} | parameters, tuple(takes), called)
        probe = use.probe()
        told = with_gradients(parameters, self.made_by, self.backward) if probe is None else probe
        kept = {name: use.args[name] for name in use.args if name in takes or name in told}
        if not kept:
            raise ValueError("no gradient was returned, or kept as self.dW, self.grads['W'] or self.W.grad")
        opened = Opened(self.name, kept, use.value, use.gradients)
        opened.suspects = objects.Beside(tuple(objects.parts_of(self.arguments)))
        without = "" if opened.raised else lost(use.value, use.args, probe or {}, parameters)
        opened.remark = "; ".join(filter(None, (AVERAGES * self.averages, without)))
        return opened


@dataclass(frozen=True)
class _Use:
    """An object of a class, and what its methods are called with."""

    layer: Layer
    """What is judged."""
    made: Any
    """The object, never used itself."""
    args: Mapping[str, Any]
    """Inputs and parameters."""
    takes: tuple[str, ...]
    """The names of the inputs of the forward method."""
    called: Mapping[str, str]
    """What is called by the name under which it was handed to the constructor: ``params[0]`` is ``W``."""

    def probe(self) -> dict[str, Any] | None:
        """Return the gradients that can be found after one backward pass; None if it raises."""
        value = self.value(copy.deepcopy(self.args))
        try:
            return self.gradients(copy.deepcopy(self.args), cotangent_like(value))
        except Exception:
            return None

    def value(self, args: Mapping[str, Any]) -> Any:
        """Return the value of the forward method."""
        with settled(self.layer.module):
            value, _ = self._forward(self._copy(args), args)
        return np.mean(value) if self._per_sample(value) else value

    def gradients(self, args: Mapping[str, Any], cotangent: Any) -> dict[str, Any]:
        """Return every gradient that can be found after a backward pass."""
        with settled(self.layer.module):
            own = self._copy(args)
            value, cache = self._forward(own, args)
            before = {name: array.copy() for name, array in arrays(own).items()}
            answer, returned = self._backward(own, args, {Role.OUTPUT: value, Role.CACHE: cache}, cotangent)
            found = together(own, self.takes)
        if Role.RATE in self.layer.roles.values() or descends(own):
            found |= stepped(before, own, RATE)
        found = {self.called.get(name, name): gradient for name, gradient in found.items()}
        if answer is not None:
            read = by_shape(answer, self._arrays(self.made)) or by_argument(answer, returned, args)
            found |= {name: own for name, own in read.items() if name not in found or alike(own, args.get(name))}
        found = {name: gradient for name, gradient in found.items() if name in args}
        found |= {name: as_number(own, args[name]) for name, own in found.items() if name not in self.takes}
        if self.layer.averages:
            samples = np.shape(cotangent)[-1]
            found = {name: own if name in self.takes else own * samples for name, own in found.items()}
        if Role.COTANGENT in self.layer.roles.values():
            return found
        value = np.mean(value) if self._per_sample(value) else value
        return {name: against(cotangent, gradient, value, args[name]) for name, gradient in found.items()}

    def _copy(self, args: Mapping[str, Any]) -> Any:
        own = copy.deepcopy(self.made)
        for name, array in self._arrays(own).items():
            if name in args and name not in self.takes:
                array[...] = args[name]
        return own

    def _arrays(self, own: Any) -> dict[str, Any]:
        """Return the arrays that an object holds."""
        return {self.called.get(name, name): array for name, array in arrays(own).items()}

    def _forward(self, own: Any, args: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return the value, and what is returned behind it for the way back."""
        method = getattr(own, self.layer.forward)
        returned = method(*(args[name] for name in self.takes), **modes.flags(method, self.layer.training))
        if self.layer.forward == self.layer.backward:
            return np.reshape(returned[0], ()), None
        if isinstance(returned, list) and all(isinstance(one, float) for one in returned):  # written without NumPy
            if any(np.ndim(args[name]) > 1 for name in self.takes):
                raise ValueError("what returns a list of numbers takes one sample at a time")
            return np.array(returned), None
        if returned is None:
            returned = kept_value(own)
        many = max(list(self.layer.roles.values()).count(Role.COTANGENT), 1)
        if isinstance(returned, tuple) and len(returned) > many and Role.COTANGENT in self.layer.roles.values():
            cache = returned[many:]
            return returned[:many] if many > 1 else returned[0], cache if len(cache) > 1 else cache[0]
        return returned, None

    def _backward(
        self, own: Any, args: Mapping[str, Any], kept: Mapping[Role, Any], cotangent: Any
    ) -> tuple[Any, list[str]]:
        """Return what the backward method answers, and what it calls it."""
        method = getattr(own, self.layer.backward)
        if self.layer.forward == self.layer.backward:
            rest = method(*(args[name] for name in self.takes))[1:]
            return (rest[0] if len(rest) == 1 else rest), returned_names(method)[1:]
        several = iter(cotangent) if isinstance(cotangent, list | tuple) else iter([cotangent])
        by_role = {**kept, Role.RATE: RATE}
        given = {}
        for place, (name, role) in enumerate(self.layer.roles.items()):
            if role is Role.COTANGENT:
                given[name] = next(several)
            elif role in by_role or name in args:
                given[name] = by_role[role] if role in by_role else args[name]
            else:
                given[name] = handed_on(own, name, args[self.takes[place]])
        return method(**given), returned_names(method)

    def _per_sample(self, value: Any) -> bool:
        """Say whether a loss is returned for every sample, and its gradient for their mean."""
        loss = "loss" in self.layer.made_by.__name__.lower() or "cost" in self.layer.made_by.__name__.lower()
        return loss and Role.COTANGENT not in self.layer.roles.values() and np.ndim(value) == 1


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
    return Layer(made_by.__name__, line, (*made_with, *takes), module, made_by, forward, backward, roles, mean)


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
