"""Functions with their gradients: a function and its derivative, a forward pass with its cache and a backward pass."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import names, pairing
from gradcheck.discover.composed import composed
from gradcheck.discover.docstrings import told
from gradcheck.discover.held import as_held, leaves
from gradcheck.discover.names import Role
from gradcheck.discover.opened import Opened
from gradcheck.discover.readings import (
    AVERAGES,
    against,
    averages,
    by_argument,
    by_column,
    in_array,
    is_real,
)
from gradcheck.discover.source import (
    arrays_used,
    calls_with_value_of,
    line_of,
    returned_names,
    source_of,
    text_with_calls,
)
from gradcheck.discover.subject import Argument, Subject, arguments_of, call, settled, shapes_beside, takes
from gradcheck.discover.tensors import as_arrays, as_tensors, of_tensors
from gradcheck.errors import GradcheckError

FORCES = "forces are judged as what they are: minus the gradient of the energy"
"""What is said of those."""


@dataclass(frozen=True)
class Couple(Subject):
    """A function and, as another function, its gradient or backward pass."""

    module: ModuleType
    """The module that they are from."""
    f: Callable[..., Any]
    """The function."""
    g: Callable[..., Any]
    """Its gradient, or its backward pass."""
    roles: tuple[Role, ...]
    """What each argument of the gradient is."""
    averages: bool = False
    """Whether the gradients of parameters are means over samples, which are columns."""
    by: str | None = None
    """The one argument by which it is differentiated, if its name says so."""
    tensors: bool = False
    """Whether they take tensors and return them."""

    @property
    def way_back(self) -> str:
        """The text of the gradient."""
        return source_of(self.g)

    def heeds(self, setting: str) -> bool:
        """Say whether the gradient is told of a setting, or is handed what the function has kept beside its value."""
        keeps = Role.CACHE in self.roles and len(returned_names(self.f)) > 1
        return keeps or setting in takes(self.g)

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Run both once. Raises ValueError where a gradient would be one of an array, entry by entry."""
        told = Role.COTANGENT in self.roles or any(names.of_gradient(own, given) for own in self._names())
        opened = Opened(self.name, given, self.value, self.backward, told=told)
        if self.averages:
            opened.remark = AVERAGES
        if names.is_force(self.g.__name__):
            opened.remark = FORCES
        if said := getattr(self.f, "remark", ""):
            opened.remark = said
        if Role.COTANGENT not in self.roles and np.ndim(self.value(given)):
            claimed = opened.judged or [name for name, value in given.items() if is_real(value)]
            mixed = [name for name in claimed if not self._elementwise(given, name)]
            if mixed and not (opened.judged and self._jacobian(given, mixed[0])):
                raise ValueError("the value is not one number, and the gradient takes no cotangent")
        return opened

    def _elementwise(self, args: Mapping[str, Any], name: str) -> bool:
        """Say whether an entry of an argument reaches the same entry of the value alone."""
        before, moved = np.asarray(self.value(args)), np.array(args[name], copy=True)
        if moved.shape != before.shape:
            return False
        moved.flat[0] *= 1.125
        changed = np.flatnonzero(np.asarray(self.value({**args, name: moved})) != before)
        return set(changed.tolist()) <= {0}

    def _jacobian(self, args: Mapping[str, Any], name: str) -> bool:
        """Say whether the gradient of an argument comes back as a Jacobian."""
        value, answer = self._asked(args, None)
        own: Any = self._read(answer, value, args).get(name)
        wanted: tuple[int, ...] = (*np.shape(value), *np.shape(args[name]))
        return tuple(np.shape(own)) == wanted

    @property
    def _settings(self) -> list[str]:
        """The arguments that have a number for a default."""
        return [own.name for own in self.arguments if isinstance(own.default, float)]

    def _names(self) -> list[str]:
        """Return what the gradients that come back are called."""
        return [f"d{self.by}"] if self.by else returned_names(self.g)

    def value(self, args: Mapping[str, Any]) -> Any:
        """Return the value: what the function returns, less its cache."""
        with settled(self.module):
            taken = self._taken(args)
            value = self._returned(self._parted(call(self.f, taken), taken)[0])
        alone = Role.COTANGENT not in self.roles and isinstance(value, np.ndarray) and value.size == 1
        return value.reshape(()) if alone else value  # e.T @ e is one number, whatever its shape

    def backward(self, args: Mapping[str, Any], cotangent: Any) -> dict[str, Any]:
        """Return the gradients; a gradient that takes no cotangent is multiplied with it."""
        value, answer = self._asked(args, cotangent)
        found = self._read(answer, value, args)
        if self.averages:
            first, samples = next(iter(args)), np.shape(cotangent)[-1]
            found = {name: own if name == first else own * samples for name, own in found.items()}
        if Role.COTANGENT in self.roles:
            return found
        upstream = -np.asarray(cotangent) if names.is_force(self.g.__name__) else cotangent
        return {name: against(upstream, own, value, args[name]) for name, own in found.items()}

    def _read(self, answer: Any, value: Any, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the gradient answers by argument: a matrix may hold one column for every number."""
        columns = {} if Role.COTANGENT in self.roles else by_column(answer, value, args)
        return columns or by_argument(answer, self._names(), args, self._settings)

    def _asked(self, args: Mapping[str, Any], cotangent: Any) -> tuple[Any, Any]:
        """Run both; return the value, and what the gradient returns."""
        with settled(self.module):
            taken = self._taken(args)
            value, cache = self._parted(call(self.f, taken), taken)
            given = self._taken({"": cotangent})[""]
            answer = call(self.g, dict(self._given(taken, value, cache, given)))
        return self._returned(value), self._returned(answer)

    def _taken(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments as the functions take them; a default stays what it is."""
        settings = self._settings if self.tensors else args
        return {name: own if name in settings else as_tensors(own) for name, own in args.items()}

    def _returned(self, value: Any) -> Any:
        """Return what the functions return as arrays, lists of plain numbers too."""
        return as_arrays(value) if self.tensors else in_array(value)

    def _parted(self, returned: Any, args: Mapping[str, Any]) -> tuple[Any, Any]:
        """Tell the value from the cache behind it; where there is none, the cache is what the function was given."""
        many = max(self.roles.count(Role.COTANGENT), 1)
        if not isinstance(returned, tuple) or Role.CACHE not in self.roles or len(returned) <= many:
            given = [args[own.name] for own in self.arguments if own.default is inspect.Parameter.empty]
            return returned, tuple(given) if len(given) > 1 else next(iter(given), None)
        values, cache = returned[:many], returned[many:]
        return values if many > 1 else values[0], cache if len(cache) > 1 else cache[0]

    def _given(self, args: Mapping[str, Any], value: Any, cache: Any, cotangent: Any) -> Iterator[tuple[str, Any]]:
        """Yield what the gradient is called with, by name."""
        several = iter(cotangent) if isinstance(cotangent, list | tuple) else iter([cotangent])
        for place, (name, role) in enumerate(zip(_asked_of(self.g, args), self.roles, strict=True)):
            if role is Role.ARGUMENT:  # under another name it is the first, where what arrives is handed as well
                otherwise = 0 if Role.COTANGENT in self.roles else place
                yield name, args[name] if name in args else list(args.values())[otherwise]
            elif role is Role.COTANGENT:
                yield name, next(several)
            else:
                yield name, cache if role is Role.CACHE else value


def couple(module: ModuleType, name: str, gradient: str) -> Couple:
    """Return the pair of two functions. Raises GradcheckError if their arguments cannot be made to fit."""
    return couple_of(module, ("", name, gradient), vars(module)[name], vars(module)[gradient])


def couple_of(module: ModuleType, called: tuple[str, str, str], f: Callable[..., Any], g: Callable[..., Any]) -> Couple:
    """Return the pair of two functions of a class, or of none, and what all three are called; raises as ``couple``."""
    within, name, gradient = called
    f = composed(module, f, g)
    wants = [own.name for own in arguments_of(f)]
    takes = _asked_of(g, wants)
    backward = bool(names.BACKWARD & set(names.words(gradient)))
    roles = names.roles(takes, wants, backward) or names.roles(takes, wants, True)
    if roles is None:
        given = f"{gradient}({', '.join(takes)}) does not say what its arguments are"
        raise GradcheckError(f"{given}: name them as those of {name}({', '.join(wants)}), and dout, cache or out.")
    if roles == [Role.ARGUMENT] and calls_with_value_of(module, name, gradient):
        roles = [Role.OUTPUT]  # sigmoid_derivative(a) where a = sigmoid(z): it is written in terms of the output
    arguments = tuple(own if own.name in takes else replace(own, choices=()) for own in arguments_beside(module, f, g))
    mean = Role.COTANGENT in roles and averages(module, g)
    by = pairing.partial_of(gradient, name, wants) or pairing.by_argument(gradient, wants)
    both = ":".join(f"{within}.{own}" if within else own for own in (name, gradient))
    return Couple(both, line_of(g), arguments, module, f, g, tuple(roles), mean, by, of_tensors(module, f, g))


def arguments_beside(module: ModuleType, f: Callable[..., Any], g: Callable[..., Any]) -> list[Argument]:
    """Return the arguments of a function with what its gradient, and what both call, say about them."""
    text = text_with_calls(module, f, g)
    about, wants = {own.name: own.docstring for own in arguments_of(g)}, arguments_of(f)
    free = [own for own in wants if own.default is inspect.Parameter.empty]
    around = shapes_beside(arrays_used(module, f, g)) if len(free) == 1 else ()
    docstrings = {own.name: own.docstring if told(own) else about.get(own.name, own.docstring) for own in wants}
    held = {own.name: as_held(vars(module).get(own.name)) for own in free}
    around = around or shapes_beside([np.empty(form.sized({})) for forms in held.values() for form in leaves(forms)])
    return [
        replace(own, source=text, docstring=docstrings[own.name], shapes=around, held=held.get(own.name, ()))
        for own in wants
    ]


def _asked_of(function: Callable[..., Any], known: Iterable[str] = ()) -> list[str]:
    """Return the arguments that a gradient is given: those without a default, and those that its function has too."""
    return [own.name for own in arguments_of(function) if own.default is inspect.Parameter.empty or own.name in known]
