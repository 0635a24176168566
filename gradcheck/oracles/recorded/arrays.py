"""Arrays that write down what is done to them, and decisions that remember whether they were close."""

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from gradcheck.errors import GradcheckError
from gradcheck.op import Array

if TYPE_CHECKING:
    from gradcheck.oracles.recorded.record import Record

RULES: dict[Any, Callable[..., Any]] = {}
"""``rule(record, *arguments, **options)`` for each of NumPy's functions that there is a way back through.

``np.ufunc`` stands for all functions of each number by itself that have no rule of their own, ``list.__getitem__`` and
``list.__setitem__`` for reading and writing a part of an array.
"""


def rule(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make what follows the rule for some functions."""

    def enter(own: Callable[..., Any]) -> Callable[..., Any]:
        RULES.update(dict.fromkeys(functions, own))
        return own

    return enter


class NotRecorded(GradcheckError):
    """A function of NumPy that there is no way back through."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no way back through {what}.")


class Decision(np.ndarray[Any, Any]):
    """Places or truths that depend on which numbers are larger, and the draws in which that was close."""

    close: Array | None = None
    stuck: bool = False
    """Whether it has more than one other way."""

    def __array_finalize__(self, made_of: Any) -> None:
        """Whatever is cut out of a decision is one."""
        self.close, self.stuck = getattr(made_of, "close", None), getattr(made_of, "stuck", False)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *arguments: Any, **options: Any) -> Any:
        """Whatever is computed from decisions is one."""
        if any(isinstance(own, Recorded) for own in arguments):
            return NotImplemented
        made_of = [own for own in arguments if isinstance(own, Decision)]
        close = [own.close for own in made_of if own.close is not None]
        plain = [np.asarray(own) if isinstance(own, Decision) else own for own in arguments]
        if "out" in options:
            options["out"] = tuple(map(np.asarray, options["out"]))
        outcome = getattr(ufunc, method)(*plain, **options)
        return decided(outcome, np.any(close, axis=0) if close else None, stuck=any(own.stuck for own in made_of))

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, options: Any) -> Any:
        """Whatever is chosen by a decision is one."""
        found = super().__array_function__(function, types, arguments, options)
        return decided(found, self.close, stuck=self.stuck) if type(found) is np.ndarray else found


def decided(outcome: Any, close: Array | None, *, stuck: bool = False) -> Decision:
    """Return a decision with the draws in which it was close."""
    decision = np.asarray(outcome).view(Decision)
    decision.close, decision.stuck = close, stuck
    return decision


class Recorded(NDArrayOperatorsMixin):
    """An array, and its place in the record."""

    shape, ndim, size, dtype = (property(attrgetter(f"value.{name}")) for name in ("shape", "ndim", "size", "dtype"))

    def __init__(self, value: Array, record: "Record", place: int) -> None:
        self.value, self.record, self.place = value, record, place

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *arguments: Any, **options: Any) -> Any:
        """Apply a function of each number by itself, or a matrix product."""
        options.pop("out", None)  # x += y binds x anew
        if method != "__call__" or options:
            raise NotRecorded(f"numpy.{ufunc.__name__}.{method}")
        if self.record.decisive:
            self.record.heed(*arguments)
        own = RULES.get(ufunc)
        return own(self.record, *arguments) if own else RULES[np.ufunc](self.record, ufunc, *arguments)

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, options: Any) -> Any:
        """Apply one of NumPy's other functions."""
        if function not in RULES:
            raise NotRecorded(f"numpy.{function.__name__}")
        if self.record.decisive:
            self.record.heed(*arguments)
        return RULES[function](self.record, *arguments, **options)

    def __array__(self, *_: Any, **__: Any) -> Array:
        """Refuse to be turned into plain numbers: nobody would know where these came from."""
        raise NotRecorded("a conversion to a plain array")

    def __getattr__(self, name: str) -> Any:
        """Return the methods that are functions of NumPy as well."""
        if name in {"sum", "mean", "max", "argmax", "copy", "swapaxes"}:
            return partial(RULES[getattr(np, name)], self.record, self)
        raise AttributeError(name)

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, place: Any) -> "Recorded":
        if self.record.decisive:
            self.record.heed(place)
        found: Recorded = RULES[list.__getitem__](self.record, self, place)
        return found

    def __setitem__(self, place: Any, there: Any) -> None:
        new: Recorded = RULES[list.__setitem__](self.record, self, place, there)
        self.value, self.place = new.value, new.place

    def reshape(self, *shape: Any) -> Any:
        """Return the same numbers in another shape."""
        return np.reshape(self, shape[0] if isinstance(shape[0], tuple) else shape)

    def transpose(self, *axes: int) -> Any:
        """Return the same numbers with the axes in another order."""
        return np.transpose(self, axes)

    def astype(self, _: Any) -> "Recorded":
        """Return the same numbers: they are floating ones already."""
        return self


def value_of(argument: Any) -> Any:
    """Return the numbers of a recorded array; of anything else, itself."""
    return argument.value if isinstance(argument, Recorded) else argument
