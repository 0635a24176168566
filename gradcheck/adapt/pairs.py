"""A function and its backward pass, as people write them, made into one operation.

The function sees its arguments as they were given, in private copies, so nothing it does can reach the caller. For the
oracles it is evaluated in double precision, whatever precision the backward pass is asked in: a float32 gradient is
judged against the derivative of the same computation on the same numbers, not against float32 noise.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from gradcheck.adapt.leaves import Leaf, leaves, match, nothing_in, real, rebuild
from gradcheck.adapt.resized import resized
from gradcheck.adapt.surroundings import Surroundings
from gradcheck.errors import ContractBroken, GradcheckError
from gradcheck.op import Array, Gradients, Op, Pullback
from gradcheck.point import unchanged

Prepare = Callable[..., Callable[[Any], Any]]
"""Takes the arguments; returns what turns a cotangent of the value into gradients, one an argument."""


class Pair(Op):
    """The operation of a function f(*args) and a backward pass prepare(*args)(cotangent).

    Raises GradcheckError if there is nothing to differentiate among the arguments to be judged.
    """

    def __init__(
        self, f: Callable[..., Any], prepare: Prepare, args: Sequence[Any], names: Sequence[str], wrt: Any = None
    ) -> None:
        self.f, self.prepare, self.args, self.names = f, prepare, tuple(args), list(names)
        self.wrt, self.seen = chosen(wrt, self.names), False
        self.returned: list[tuple[str, Array, Array]] = []
        self.whole: dict[str, np.dtype[Any]] = {}
        found = (own for index in self.wrt for own in leaves(self.names[index], self.args[index]))
        self.leaves: dict[str, Leaf] = {own.name: replace(own, array=own.array.copy()) for own in found}
        self.wide = {name: own.widened() for name, own in self.leaves.items()}
        if not self.leaves:
            raise GradcheckError(nothing_in(dict(zip(self.names, self.args, strict=True))))

    @property
    def kind(self) -> str:
        """The name of the function."""
        return getattr(self.f, "__name__", type(self.f).__name__)

    @property
    def inputs(self) -> dict[str, Array]:
        """The leaves that are judged, by name."""
        return {name: own.array for name, own in self.leaves.items()}

    @property
    def given(self) -> dict[str, Any]:
        """The arguments that are not judged."""
        return {name: own for name, own in zip(self.names, self.args, strict=True) if name not in self.leaves}

    @property
    def around(self) -> dict[str, Array]:
        """The arrays that the function takes from where it was written."""
        try:
            seen = inspect.getclosurevars(inspect.unwrap(self.f))
        except TypeError:  # it is no Python function
            return {}
        named = {**seen.globals, **seen.nonlocals}
        return {name: own for name, own in named.items() if isinstance(own, np.ndarray)}

    def resized(self, lengths: Mapping[int, int]) -> tuple[Op, dict[str, Array]] | None:
        """Return the same functions where all arrays have axes of other lengths; None if an argument has no axes."""
        try:
            args = [resized(own, lengths) for own in self.args]
        except ValueError:
            return None
        around = Surroundings(lengths)
        pair = Pair(around.of(self.f), around.of(self.prepare), args, self.names, self.wrt)
        return pair, pair.inputs

    def rounded(self, name: str, array: Array) -> Array:
        """Return an array as the type in which the input was given can hold it."""
        part = np.empty(0, self.leaves[name].dtype).real.dtype
        return array.astype(part, copy=False).astype(np.float64, copy=False)

    def precision(self, name: str) -> float:
        """Return the spacing of numbers near 1 in the type in which the input was given."""
        return float(np.finfo(self.leaves[name].dtype).eps)

    def forward(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Return the value of f in double precision, flat unless it is one array, and the given backward pass."""
        args = self.arguments({name: self.wide[name].restore(array) for name, array in inputs.items()})
        value = self.f(*args)
        if not self.seen:  # thousands of values will be asked for; that f keeps its hands off is seen at the first
            self.seen = True
            self.untouched(args, inputs)
        started: list[tuple[list[Any], Callable[[Any], Any]]] = []

        def pullback(dy: Array) -> Gradients:
            if not started:  # the oracles ask for thousands of values and for no gradient
                args = self.arguments({name: self.leaves[name].restore(array) for name, array in inputs.items()})
                started.append((args, self.prepare(*args)))
            args, backward = started[0]
            cotangent = like(value, dy, self.widest)
            before = [np.array(own, copy=True) for own in _arrays(cotangent)]
            named = self.named(backward(cotangent))
            self.kept(named)
            self.untouched(args, inputs)
            for was, own in zip(before, _arrays(cotangent), strict=True):
                if not np.array_equal(was, own):
                    raise ContractBroken(
                        "unchanged", "", f"The backward pass changed the cotangent, {change(was, own)}."
                    )
            return {name: self.numbers(name, own) for name, own in named.items() if own is not None}

        return flat(value), pullback

    @property
    def continues(self) -> bool:
        """Complex arguments are taken apart into real ones, which no complex step fits."""
        return not self.composed and all(own.dtype.kind == "f" for own in self.leaves.values())

    def continued(self, inputs: Mapping[str, Any]) -> tuple[Any, Pullback]:
        """Run f, and the backward pass, on numbers as they are. Raises TypeError if f returns several values."""

        def arguments() -> list[Any]:
            return self.arguments({name: self.leaves[name].formed(own) for name, own in inputs.items()})

        def pullback(dy: Array) -> Gradients:
            answer = self.prepare(*arguments())(dy[()] if dy.ndim == 0 else dy.copy())
            return {name: np.asarray(own) for name, own in self.named(answer).items() if own is not None}

        value = self.f(*arguments())
        if isinstance(value, list | tuple | Mapping):
            raise TypeError("Several values have no one cotangent of another kind.")
        return value, pullback

    def arguments(self, restored: Mapping[str, Any]) -> list[Any]:
        """Return the arguments with the given leaves in place."""
        return [rebuild(name, value, restored) for name, value in zip(self.names, self.args, strict=True)]

    @cached_property
    def widest(self) -> np.dtype[Any]:
        """The widest of the types in which the inputs were given: that of the value, and its cotangent."""
        return np.result_type(*(own.dtype for own in self.leaves.values()))

    def untouched(self, args: list[Any], inputs: Mapping[str, Array]) -> None:
        """Raise ContractBroken if an argument has been written to."""
        for index in self.wrt:
            for own in leaves(self.names[index], args[index]):
                here = self.rounded(own.name, inputs[own.name])
                if not unchanged(here, own.array):
                    says = f"The argument {own.name!r} was changed, {change(here, own.array)}."
                    raise ContractBroken("unchanged", own.name, says)

    def kept(self, named: Mapping[str, Any]) -> None:
        """Raise ContractBroken, now and ever after, if an answer has written over the one before."""
        for name, own, before in self.returned:
            if not unchanged(before, own):
                says = (
                    f"The gradient for {name!r} is written over by later calls, {change(before, own)}. Return a copy."
                )
                raise ContractBroken("reused", name, says)
        self.returned = [(name, own, own.copy()) for name, own in named.items() if isinstance(own, np.ndarray)]

    def named(self, answer: Any) -> dict[str, Any]:
        """Return what came back, by the names of the leaves."""
        named: dict[str, Any] = {}
        for index, own in zip(self.wrt, self.one_each(answer), strict=True):
            try:
                named.update(match(self.names[index], self.args[index], own))
            except ValueError as error:
                raise ContractBroken("names", self.names[index], str(error)) from error
        return named

    def one_each(self, answer: Any) -> list[Any]:
        """Return one gradient for each argument that is judged."""
        if isinstance(answer, Mapping) and not isinstance(self.args[self.wrt[0]], Mapping):
            if answer.keys().isdisjoint(self.names):
                came = ", ".join(map(repr, answer))
                raise ContractBroken(
                    "names", "", f"Gradients came back for {came}; of {', '.join(self.names)} for none."
                )
            return [answer.get(self.names[index]) for index in self.wrt]
        if len(self.args) == 1 and not (isinstance(answer, tuple | list) and len(answer) == 1):
            return [answer]
        if len(self.wrt) == 1 and not isinstance(answer, tuple):
            one = isinstance(answer, list) and len(answer) == 1 and np.ndim(answer) > np.ndim(self.args[self.wrt[0]])
            return answer if one else [answer]
        parts = list(answer) if isinstance(answer, tuple | list) else [answer]
        if len(parts) == len(self.args):
            return [parts[index] for index in self.wrt]
        if len(parts) == len(self.wrt):
            return parts
        floating = [index for index in self.wrt if any(True for _ in leaves(self.names[index], self.args[index]))]
        if len(parts) == len(floating):  # one for each argument that has a gradient
            own = dict(zip(floating, parts, strict=True))
            return [own.get(index) for index in self.wrt]
        asked = ", ".join(self.names[index] for index in self.wrt)
        says = f"{len(parts)} gradients came back for {len(self.wrt)} arguments: {asked}."
        if len(parts) < len(self.wrt):
            says += " Return None for what is not judged, or name with wrt= what is."
        raise ContractBroken("names", "", says)

    def numbers(self, name: str, gradient: Any) -> Array:
        """Return a gradient as real numbers. Raises ContractBroken if it holds less than the input's precision.

        Whole numbers and truth values, such as those of (x > 0), are exact, and no less than what they say.
        """
        if hasattr(gradient, "__getitem__") and not (hasattr(gradient, "__iter__") or hasattr(gradient, "__array__")):
            kind = type(gradient).__name__  # NumPy would ask such a thing for entries without end: np.r_, say
            raise ContractBroken("dtype", name, f"The gradient for {name!r} is of type {kind}, which holds no numbers.")
        array, own = np.asarray(gradient), self.leaves[name]
        if array.dtype.kind in "iub" and own.dtype.kind == "f":
            self.whole[name] = array.dtype
            return array.astype(np.float64)
        if array.dtype.kind not in "fc" or (array.dtype.kind == "c") != (own.dtype.kind == "c"):
            raise ContractBroken("dtype", name, f"The gradient for {name!r} holds {array.dtype}; {name!r} {own.dtype}.")
        if np.finfo(array.dtype).eps > np.finfo(own.dtype).eps:
            says = f"The gradient for {name!r} holds {array.dtype}, which keeps fewer digits than {own.dtype}."
            raise ContractBroken("dtype", name, says)
        return array if array.dtype == np.float64 else real(array)


def change(before: Array, after: Array) -> str:
    """Say which entry of an array changed first, and how."""
    place = tuple(np.argwhere(before != after)[0].tolist())
    return f"first at entry {place}: it was {before[place]:.6g} and is {after[place]:.6g}"


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """Return the names of the arguments as the function's signature has them, or their numbers."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    plain = [own.name for own in parameters if own.kind in (own.POSITIONAL_ONLY, own.POSITIONAL_OR_KEYWORD)]
    return [plain[index] if index < len(plain) else f"argument {index}" for index in range(count)]


def chosen(wrt: Iterable[int | str] | int | str | None, names: list[str]) -> list[int]:
    """Return the numbers of the arguments to be judged. Raises GradcheckError for one that does not exist."""
    if wrt is None:
        return list(range(len(names)))
    numbers = []
    for one in [wrt] if isinstance(wrt, int | str) else wrt:
        if one in names:
            numbers.append(names.index(str(one)))
        elif isinstance(one, int) and -len(names) <= one < len(names):
            numbers.append(one % len(names))
        else:
            raise GradcheckError(
                f"wrt={one!r} is no argument; there is: {', '.join(names)} (or 0 to {len(names) - 1})."
            )
    return numbers


def flat(value: Any) -> Array:
    """Return a value as real numbers: one array as it is, several as one long vector."""
    if not isinstance(value, list | tuple | Mapping):
        return real(_finite_type(value))
    return np.concatenate([real(part).reshape(-1) for part in _arrays(value)])


def like(value: Any, dy: Array, dtype: np.dtype[Any]) -> Any:
    """Return the numbers of a cotangent in the form of the value; always a copy."""
    if not isinstance(value, list | tuple | Mapping):
        return _one_like(np.asarray(value), dy, dtype)
    ends = np.cumsum([real(part).size for part in _arrays(value)])
    pieces = iter(np.split(dy, ends[:-1]))
    parts = {own.name: _one_like(own_array, next(pieces), dtype) for own, own_array in _parts(value)}
    return rebuild("value", value, parts)


def _one_like(array: Array, dy: Array, dtype: np.dtype[Any]) -> Any:
    if array.dtype.kind == "c":
        return Leaf("", dy, np.dtype(np.complex128), array.ndim == 0).restore(dy.reshape(*array.shape, 2))
    copied = dy.reshape(array.shape).astype(dtype if dtype.kind == "f" else np.float64)
    return copied if array.ndim else copied[()]


def _parts(value: Any) -> list[tuple[Leaf, Array]]:
    found = list(leaves("value", value))
    return [(own, own.restore(own.array)) for own in found]


def _arrays(value: Any) -> list[Array]:
    """Return the floating arrays inside a value, in order."""
    if not isinstance(value, list | tuple | Mapping):
        return [np.asarray(value)]
    return [np.asarray(own.restore(own.array)) for own in leaves("value", value)]


def _finite_type(value: Any) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in "fciub":
        held = "The forward pass returned None" if value is None else f"The value holds {array.dtype}"
        raise ContractBroken("number", "", f"{held}, where a number or an array of numbers is expected.")
    return array
