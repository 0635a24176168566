"""One function that returns its value and, beside it, its gradients or its pullback.

The gradients may be for its arguments, or for arrays of the module that it reads: ``dWxh`` is the gradient for a global
``Wxh``. Such an array then is an argument as well, which the function finds where it always looks for it.
"""

import contextlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from traceback import walk_tb
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import names
from gradcheck.discover.opened import Opened
from gradcheck.discover.readings import against, by_argument
from gradcheck.discover.source import line_of, returned_keys, returned_names, source_of, text_with_calls
from gradcheck.discover.subject import Subject, arguments_of, call, moved, settled, shapes_beside
from gradcheck.discover.tensors import as_arrays, as_tensors, of_tensors

_GRADIENT = re.compile(r"(grad|d[A-Z_])\w*|\w+_?[gG]rad(ient)?s?|g|d[a-z]\d?|nabla\w*")
_VALUE = re.compile(r"[JLEf]|val|\w*(loss|cost|value|energy|nll|objective|fx|total)\w*", re.IGNORECASE)
CLIPPED = "gradients are clipped; they were judged where they are too small for that to matter"
"""What is said of a function that cuts its gradients off."""
JOINED = {"append", "concatenate", "hstack", "r_"}
"""What joins the gradients of all parameters to one vector."""
UNNAMED = {"fun", "func", "fg", "objective", "obj"}
"""The words of functions that return two things without names, as optimisers want them."""


@dataclass(frozen=True)
class Both(Subject):
    """A function that returns its value and, beside it, its gradients, or its pullback."""

    module: ModuleType
    """The module that it is from."""
    f: Callable[..., Any]
    """The function."""
    last: bool
    """Whether the value comes last."""
    around: tuple[str, ...]
    """The arrays of the module for which it returns gradients."""
    tensors: bool = False
    """Whether it takes tensors and returns them."""
    partly: bool = False
    """Whether its value is taken from where it stands if the rest raises."""

    @property
    def halfway(self) -> "Both":
        """The same, with its value taken from where it stands."""
        return replace(self, partly=True)

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Run it once."""
        clipped = "clip(" in source_of(self.f)
        far = 0.05 if clipped else 0.4  # so that no gradient is cut off
        parameters = {name: moved(getattr(self.module, name), far) for name in self.around}
        told = any(names.of_gradient(own, {**given, **parameters}) for own in returned_names(self.f))
        opened = Opened(self.name, {**given, **parameters}, self.value, self.backward, told=told)
        opened.remark = opened.remark or CLIPPED * (clipped and bool(self.around))
        return opened

    def value(self, args: Mapping[str, Any]) -> Any:
        """Return the value among what it returns."""
        try:
            value, rest = self._parted(args)
        except Exception as error:
            value, rest = self._left_by(error), [None]
            if value is None:
                raise
        if callable(rest[0]):
            return value
        if np.size(value) != 1:
            raise ValueError("the value is not one number")
        return np.reshape(value, ())

    def backward(self, args: Mapping[str, Any], cotangent: Any) -> dict[str, Any]:
        """Return what it returns beside the value, as gradients."""
        value, rest = self._parted(args)
        if callable(rest[0]):
            with settled(self.module):
                return by_argument(rest[0](cotangent), [], args)
        named = returned_names(self.f)
        named = named[:-1] if self.last else named[1:]
        told = [(part, name) for part, name in zip(rest, named, strict=False) if is_gradient(name, list(args))]
        rest, named = ([part for part, _ in told], [name for _, name in told]) if told else (rest, named)
        settings = [own.name for own in self.arguments if isinstance(own.default, float)]
        found = by_argument(rest[0] if len(rest) == 1 else tuple(rest), named, args, settings)
        return {name: against(cotangent, own, value, args[name]) for name, own in found.items()}

    def _left_by(self, error: Exception) -> Any:
        """Return the value as it was when something raised; None if it was not there, or is not asked for."""
        frames = [frame for frame, _ in walk_tb(error.__traceback__) if self.partly and frame.f_code is self.f.__code__]
        name = returned_names(self.f)[-1 if self.last else 0]
        return frames[0].f_locals.get(name) if frames else None

    def _parted(self, args: Mapping[str, Any]) -> tuple[Any, list[Any]]:
        """Call the function; return the value, and the rest."""
        with settled(self.module), self._held(args):
            given = {name: own for name, own in args.items() if name not in self.around}
            answer = call(self.f, given) if not self.tensors else self._of_tensors(given)
        return (answer[-1], list(answer[:-1])) if self.last else (answer[0], list(answer[1:]))

    def _of_tensors(self, given: Mapping[str, Any]) -> Any:
        """Call the function with tensors; return what it returns as arrays."""
        defaults = {own.name for own in self.arguments if own.default is not inspect.Parameter.empty}
        return as_arrays(
            call(self.f, {name: own if name in defaults else as_tensors(own) for name, own in given.items()})
        )

    @contextlib.contextmanager
    def _held(self, args: Mapping[str, Any]) -> Iterator[None]:
        """Let the module hold other arrays for a while."""
        before = {name: getattr(self.module, name) for name in self.around}
        vars(self.module).update({name: args[name] for name in self.around})
        try:
            yield
        finally:
            vars(self.module).update(before)


def both(module: ModuleType, name: str) -> Both:
    """Return a function that returns its value and its gradients."""
    return both_of(module, name, vars(module)[name])


def both_of(module: ModuleType, name: str, f: Callable[..., Any]) -> Both:
    """Return a function of a module, or one inside another, that returns its value and its gradients."""
    text = text_with_calls(module, f)
    returned, arguments = returned_names(f), [replace(own, source=text) for own in arguments_of(f)]
    own = {
        key: array for key, array in vars(module).items() if isinstance(array, np.ndarray) and array.dtype.kind == "f"
    }
    takes = {argument.name for argument in arguments}
    named = [names.of_gradient(one, own) for one in returned if one and not names.of_gradient(one, takes)]
    around = tuple(dict.fromkeys(one for one in named if one))
    if around:
        shapes = shapes_beside([own[key] for key in around])
        arguments = [replace(argument, shapes=shapes) for argument in arguments]
    return Both(name, line_of(f), tuple(arguments), module, f, _value_last(returned), around, of_tensors(module, f))


def is_gradient(name: str, known: Any) -> bool:
    """Say whether what is returned under a name is a gradient."""
    return bool(_GRADIENT.fullmatch(name) or names.of_gradient(name, known))


def _value_last(returned: list[str]) -> bool:
    """Say whether the value is returned behind its gradients."""
    return len(returned) == 2 and bool(_GRADIENT.fullmatch(returned[0])) and bool(_VALUE.fullmatch(returned[1]))


def _unnamed(function: str, returned: list[str]) -> bool:
    """Say whether a function's own name says that what it returns second, under no name, is a gradient."""
    if len(returned) != 2 or returned[1]:
        return False
    words, valued = set(names.words(function)), bool(_VALUE.fullmatch(returned[0]))
    told = words & UNNAMED or (words & names.MARKERS and "and" in words)
    return bool((told and (valued or not returned[0])) or (words & names.MARKERS and valued))


def returns_both(function: Callable[..., Any]) -> bool:
    """Say whether a function returns a value and, beside it, what it calls gradients, or a pullback."""
    returned = returned_names(function)
    inner = re.findall(r"^\s+def (\w+)\(", source_of(function), re.MULTILINE)
    if len(returned) == 2 and returned[1] in inner:
        return returned[0] not in inner
    takes = [own.name for own in arguments_of(function)]
    if len(returned) < 2 or not takes or names.is_helper(function.__name__) or inspect.isgeneratorfunction(function):
        return False
    if len(returned) == 2 and _VALUE.fullmatch(returned[0]) and (returned[1] in JOINED or returned_keys(function)):
        return True
    if _unnamed(function.__name__, returned) or _value_last(returned):
        return True
    around = [name for name, thing in function.__globals__.items() if isinstance(thing, np.ndarray)]
    if _GRADIENT.fullmatch(returned[0]) and names.MARKERS & set(names.words(function.__name__)):
        return False  # the first is a gradient as well
    told = [is_gradient(name, (*takes, *around)) for name in returned[1:]]
    return all(told) or (bool(_VALUE.fullmatch(returned[0])) and len(told) > 2 and all(told[:-1]))
