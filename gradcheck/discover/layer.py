"""A layer or loss that is a class, at inputs: its object is made, and its two methods are run.

Every question is put to a fresh copy of the object, so what one backward pass leaves behind never reaches the next.
Parameters are the arrays for which a gradient can be found afterwards: returned, kept beside them, or, if the
backward pass takes a learning rate, in the step that it made.
"""

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import modes, names, objects
from gradcheck.discover.holdings import (
    RATE,
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
from gradcheck.discover.opened import Opened
from gradcheck.discover.passes import DERIVATIVES
from gradcheck.discover.prepared import descends, prepared
from gradcheck.discover.readings import AVERAGES, against, alike, by_argument, by_shape, cotangent_like, in_pairs, lost
from gradcheck.discover.source import returned_names, source_of
from gradcheck.discover.subject import Subject, moved, settled, takes
from gradcheck.discover.tensors import as_arrays, holding_arrays


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
    params: tuple[str, ...] = ()
    """The names of what goes back to the parameters, if the backward method goes back to the inputs alone."""
    training: bool = True
    """Whether its objects are told that they are training."""
    tensors: bool = False
    """Whether its methods take tensors and return them."""

    @property
    def way_back(self) -> str:
        """The text of the backward method, and of those beside it."""
        return "\n".join(source_of(getattr(self.made_by, name)) for name in (self.backward, *self.params))

    @property
    def at_rest(self) -> "Layer | None":
        """The same that is not training, if its backward method asks whether it is."""
        return replace(self, training=False) if modes.asks(self.way_back) else None

    @property
    def descends(self) -> bool:
        """Whether it takes a learning rate."""
        return Role.RATE in self.roles.values()

    def expects(self, judged: Collection[str]) -> bool:
        """Say whether gradients are likely for what they are for: a slope is for what its function is given."""
        takes = {own.name for own in self.arguments if not own.constructor}
        slope = self.backward in DERIVATIVES and takes and not any(map(names.is_target, takes))
        return bool(takes & set(judged)) if slope else super().expects(judged)

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Make an object, and run both methods once."""
        takes = [own.name for own in self.arguments if not own.constructor]
        with settled(self.module):
            given_to = {own.name: copy.deepcopy(given[own.name]) for own in self.arguments if own.constructor}
            make = partial(objects.make, self.made_by, given_to)
            methods = {self.forward, self.backward, *self.params}
            made = holding_arrays(make, methods) if self.tensors else make()
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
        opened.untrained = {name: own for name, own in parameters.items() if name not in kept}
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
            answers = self._backward(own, args, {Role.OUTPUT: value, Role.CACHE: cache}, cotangent)
            found, held = together(own, self.takes), self._arrays(own)
        if Role.RATE in self.layer.roles.values() or descends(own):
            found |= stepped(before, own, RATE)
        found = {self.called.get(name, name): gradient for name, gradient in found.items()}
        for about, (answer, returned) in zip(self._about(args), answers, strict=True):
            read = {} if answer is None else self._read(answer, returned, about, held)
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

    def _about(self, args: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return what the gradients may be for that come back: for the inputs alone, if others go to the parameters."""
        params = {name: own for name, own in args.items() if name not in self.takes}
        return [self._inputs(args), *(params for _ in self.layer.params)] if self.layer.params else [args]

    def _inputs(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the forward method is given."""
        return {name: own for name, own in args.items() if name in self.takes}

    def _read(
        self, answer: Any, returned: list[str], args: Mapping[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return what a backward method answers by what it is for: some may stand in pairs with what is held."""
        unmoved = {name: array for name, array in held.items() if name in args and np.array_equal(array, args[name])}
        if not (paired := in_pairs(answer, unmoved)):
            return by_shape(answer, self._arrays(self.made)) or by_argument(answer, returned, args)
        rest = [part for part in answer if isinstance(part, np.ndarray)]
        if not rest or any(rest[0] is array for array in unmoved.values()):
            return paired
        return by_argument(rest[0] if len(rest) == 1 else tuple(rest), [], self._inputs(args)) | paired

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
            return np.reshape(self._arrays_of(returned[0]), ()), None
        if isinstance(returned, list) and all(isinstance(one, float) for one in returned):  # written without NumPy
            if any(np.ndim(args[name]) > 1 for name in self.takes):
                raise ValueError("what returns a list of numbers takes one sample at a time")
            return np.array(returned), None
        if returned is None:
            returned = kept_value(own)
        many = max(list(self.layer.roles.values()).count(Role.COTANGENT), 1)
        if isinstance(returned, tuple) and len(returned) > many and Role.COTANGENT in self.layer.roles.values():
            cache = returned[many:]
            value = self._arrays_of(returned[:many] if many > 1 else returned[0])
            return value, cache if len(cache) > 1 else cache[0]
        return self._arrays_of(returned), None

    def _arrays_of(self, returned: Any) -> Any:
        """Return what a method returns, of tensors as arrays."""
        return as_arrays(returned) if self.layer.tensors else returned

    def _backward(
        self, own: Any, args: Mapping[str, Any], kept: Mapping[Role, Any], cotangent: Any
    ) -> list[tuple[Any, list[str]]]:
        """Return what the backward method answers, and what it calls it; and so what those beside it answer."""
        method = getattr(own, self.layer.backward)
        if self.layer.forward == self.layer.backward:
            rest = self._arrays_of(method(*(args[name] for name in self.takes)))[1:]
            return [(rest[0] if len(rest) == 1 else rest, returned_names(method)[1:])]
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
        called = [(getattr(own, name), copy.deepcopy(given)) for name in self.layer.params]
        asked = [(one, {name: own[name] for name in takes(one)}) for one, own in called]
        return [(self._arrays_of(one(**own)), returned_names(one)) for one, own in [(method, given), *asked]]

    def _per_sample(self, value: Any) -> bool:
        """Say whether a loss is returned for every sample, and its gradient for their mean."""
        loss = "loss" in self.layer.made_by.__name__.lower() or "cost" in self.layer.made_by.__name__.lower()
        return loss and Role.COTANGENT not in self.layer.roles.values() and np.ndim(value) == 1
