"""Functions with their gradients: pairs, a forward pass with its cache, a loss that returns its gradient."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.adapt.functions import judge
from gradcheck.adapt.pairs import Pair
from gradcheck.discover import names
from gradcheck.discover.names import Role
from gradcheck.discover.readings import against, alike, by_argument, cotangent_like, is_real
from gradcheck.discover.source import line_of, returned_names, source_of
from gradcheck.discover.subject import Subject, Trial, arguments_of, settled
from gradcheck.errors import GradcheckError
from gradcheck.records import Result

Differential = Callable[[Mapping[str, Any], Any], dict[str, Any]]
"""Takes the arguments and a cotangent; returns the gradients by argument."""


class Opened(Trial):
    """A value and its backward pass, at inputs."""

    def __init__(
        self, name: str, args: Mapping[str, Any], value: Callable[[Mapping[str, Any]], Any], backward: Differential
    ) -> None:
        self.name, self.args, self.value, self.backward = name, dict(args), value, backward
        first = value(self.args)
        if not _finite(first):
            raise ValueError("the value is not finite, or holds nothing")
        try:
            gradients = backward(self.args, cotangent_like(first))
        except Exception:  # whatever it is, the check will run into it again, and say so
            gradients = {}
        self.judged = tuple(name for name in self.args if name in gradients)
        self.fits = bool(self.judged) and all(alike(gradients[name], self.args[name]) for name in self.judged)

    def judge(self, seed: int) -> Result:
        """Judge the gradients that come back."""
        own = list(self.args)

        def value(*inner: Any) -> Any:
            return self.value(dict(zip(own, inner, strict=True)))

        def prepare(*inner: Any) -> Callable[[Any], Any]:
            given = dict(zip(own, inner, strict=True))
            return lambda cotangent: self.backward(given, cotangent)

        value.__name__ = self.name
        return judge(Pair(value, prepare, list(self.args.values()), own, list(self.judged) or None), seed)


def _finite(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_finite(part) for part in value)
    array = np.asarray(value)
    return array.dtype.kind in "fciub" and array.size > 0 and bool(np.isfinite(array).all())


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

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Run both once. Raises ValueError where a gradient would be one of an array, entry by entry."""
        opened = Opened(self.name, given, self.value, self.backward)
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
        with settled(self.module):
            value, cache = self._parted(self.f(*args.values()), args)
            answer = self.g(*self._given(args, value, cache, None))
        own: Any = by_argument(answer, returned_names(self.g), args).get(name)
        wanted: tuple[int, ...] = (*np.shape(value), *np.shape(args[name]))
        return tuple(np.shape(own)) == wanted

    def value(self, args: Mapping[str, Any]) -> Any:
        """Return the value: what the function returns, less its cache."""
        with settled(self.module):
            return self._parted(self.f(*args.values()), args)[0]

    def backward(self, args: Mapping[str, Any], cotangent: Any) -> dict[str, Any]:
        """Return the gradients; a gradient that takes no cotangent is multiplied with it."""
        with settled(self.module):
            value, cache = self._parted(self.f(*args.values()), args)
            answer = self.g(*self._given(args, value, cache, cotangent))
        found = by_argument(answer, returned_names(self.g), args)
        if Role.COTANGENT in self.roles:
            return found
        return {name: against(cotangent, own, value, args[name]) for name, own in found.items()}

    def _parted(self, returned: Any, args: Mapping[str, Any]) -> tuple[Any, Any]:
        """Tell the value from the cache behind it; where there is none, the cache is what the function was given."""
        many = max(self.roles.count(Role.COTANGENT), 1)
        if not isinstance(returned, tuple) or Role.CACHE not in self.roles or len(returned) <= many:
            given = [args[own.name] for own in self.arguments if own.default is inspect.Parameter.empty]
            return returned, tuple(given) if len(given) > 1 else next(iter(given), None)
        values, cache = returned[:many], returned[many:]
        return values if many > 1 else values[0], cache if len(cache) > 1 else cache[0]

    def _given(self, args: Mapping[str, Any], value: Any, cache: Any, cotangent: Any) -> Iterator[Any]:
        """Yield what the gradient is called with."""
        several = iter(cotangent) if isinstance(cotangent, list | tuple) else iter([cotangent])
        takes = list(inspect.signature(self.g).parameters)
        for place, role in enumerate(self.roles):
            if role is Role.ARGUMENT:
                yield args[takes[place]] if takes[place] in args else list(args.values())[place]
            else:
                yield {Role.CACHE: cache, Role.OUTPUT: value}[role] if role is not Role.COTANGENT else next(several)


@dataclass(frozen=True)
class Both(Subject):
    """A function that returns its value and, beside it, its gradient, or its pullback."""

    module: ModuleType
    """The module that it is from."""
    f: Callable[..., Any]
    """The function."""

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Run it once."""
        return Opened(self.name, given, self.value, self.backward)

    def value(self, args: Mapping[str, Any]) -> Any:
        """Return what it returns first."""
        with settled(self.module):
            value, rest = self.f(*args.values())[:2]
        if callable(rest):
            return value
        if np.size(value) != 1:
            raise ValueError("the value is not one number")
        return np.reshape(value, ())

    def backward(self, args: Mapping[str, Any], cotangent: Any) -> dict[str, Any]:
        """Return what it returns after the value, as gradients."""
        with settled(self.module):
            value, *rest = self.f(*args.values())
            if callable(rest[0]):
                return by_argument(rest[0](cotangent), [], args)
        answer = rest[0] if len(rest) == 1 else tuple(rest)
        found = by_argument(answer, returned_names(self.f)[1:], args)
        return {name: against(cotangent, own, value, args[name]) for name, own in found.items()}


def couple(module: ModuleType, name: str, gradient: str) -> Couple:
    """Return the pair of two functions. Raises GradcheckError if their arguments cannot be made to fit."""
    f, g = vars(module)[name], vars(module)[gradient]
    takes, wants = _required(g), [own.name for own in arguments_of(f)]
    backward = bool(
        {"backward", "backwards", "bwd", "backprop", "bprop", "vjp", "pullback"} & set(names.words(gradient))
    )
    roles = names.roles(takes, wants, backward) or names.roles(takes, wants, True)
    if roles is None:
        given = f"{gradient}({', '.join(takes)}) does not say what its arguments are"
        raise GradcheckError(f"{given}: name them as those of {name}({', '.join(wants)}), and dout, cache or out.")
    return Couple(f"{name}:{gradient}", line_of(g), tuple(arguments_of(f)), module, f, g, tuple(roles))


def both(module: ModuleType, name: str) -> Both:
    """Return a function that returns its value and its gradient."""
    f = vars(module)[name]
    return Both(name, line_of(f), tuple(arguments_of(f)), module, f)


def _required(function: Callable[..., Any]) -> list[str]:
    """Return the arguments without a default."""
    return [own.name for own in arguments_of(function) if own.default is inspect.Parameter.empty]


def returns_both(function: Callable[..., Any]) -> bool:
    """Say whether a function returns a value and, beside it, what it calls gradients, or a pullback."""
    returned = returned_names(function)
    inner = re.findall(r"^\s+def (\w+)\(", source_of(function), re.MULTILINE)
    if len(returned) == 2 and returned[1] in inner:
        return True
    takes = [own.name for own in arguments_of(function)]
    if len(returned) < 2 or not takes or names.is_helper(function.__name__):
        return False
    general = {"grad", "grads", "gradient", "gradients", "g", "dx"}
    return all(name and (name in general or names.of_gradient(name, takes)) for name in returned[1:])
