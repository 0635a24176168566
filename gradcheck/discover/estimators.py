"""Objects that hold a whole network: a method is given samples and targets, and returns all gradients.

    nabla_b, nabla_w = network.backprop(x, y)

An object that has no parameters before it is fitted is fitted for one round.
What the gradients are for is a cost: another method with the same arguments, or what a forward pass returns and a
function of it and the target. If the file has no cost, it is the one whose slope ``cost_derivative`` returns.
"""

import copy
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import names
from gradcheck.discover.functions import Opened
from gradcheck.discover.holdings import arrays, hold_numbers, kept
from gradcheck.discover.propagation import COST
from gradcheck.discover.readings import by_argument
from gradcheck.discover.source import line_of, returned_names
from gradcheck.discover.subject import Argument, Subject, arguments_of, made_with_arguments, moved, settled, takes
from gradcheck.op import Array

GRADIENTS = {"gradient", "gradients", "grad", "grads", *names.BACKWARD}
"""The words of a method that returns gradients."""
FORWARDS = {"predict", *names.FORWARD}
"""The words of a method that returns an output."""
ROUNDS = re.compile(r"(n|num|max)?_?(iter(ation)?s?|epochs?|steps)")
"""What the number of rounds is called for which an object is fitted."""
Cost = Callable[[Array, Array], Any]
IMPLIED: tuple[tuple[str, Cost, Cost], ...] = (
    ("half the sum of squares", lambda a, y: 0.5 * np.sum((a - y) ** 2), lambda a, y: a - y),
    ("the sum of squares", lambda a, y: np.sum((a - y) ** 2), lambda a, y: 2.0 * (a - y)),
    ("the cross-entropy", lambda a, y: -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a)),
     lambda a, y: (a - y) / (a * (1 - a))),
)  # fmt: skip
"""Costs that a file may leave out, with their slopes."""


@dataclass(frozen=True)
class Estimator(Subject):
    """A class with a method that returns the gradients of a cost for what an object holds."""

    module: ModuleType
    """The module that it is from."""
    made_by: type
    """The class."""
    backward: str
    """The name of the method that returns gradients."""
    cost: str
    """The name of the method that returns the cost; empty if there is none."""
    forward: str
    """The name of the method that returns the output; empty if there is none."""

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Make an object, and run both ways once."""
        with settled(self.module):
            made: Any = self.made_by(**{own.name: given[own.name] for own in self.arguments if own.constructor})
            inputs = {own.name: given[own.name] for own in self.arguments if not own.constructor}
            _fit(made, inputs)
        hold_numbers(made, self.made_by, self.backward)
        held = {name: moved(array) for name, array in arrays(made).items()}
        use = _Use(self, made, tuple(inputs), self._meant(made))
        opened = Opened(self.name, inputs | held, use.value, use.gradients)
        opened.remark = "" if self.cost else f"the value is {use.meant[0]} of what {self.forward} returns"
        return opened

    def _meant(self, made: Any) -> tuple[str, Cost]:
        """Return the cost of an output, with its name: the object's, the module's, or the one with the right slope."""
        module = vars(self.module)
        held = getattr(made, "cost", None)
        if callable(getattr(held, "fn", None)):
            return "the cost", held.fn  # type: ignore[union-attr] # it is callable
        for own in filter(inspect.isfunction, module.values()):
            words = set(names.words(own.__name__))
            if COST & words and len(takes(own)) == 2 and not (names.NUMERICAL | names.MARKERS) & words:
                return own.__name__, own
        slope: Any = getattr(made, "cost_derivative", None) or module.get("cost_derivative")
        a, y = np.array([[0.3], [0.6]]), np.array([[1.0], [0.0]])
        for name, cost, right in IMPLIED if callable(slope) else ():
            if np.allclose(slope(a, y), right(a, y)):
                return name, cost
        return IMPLIED[0][:2]


def _fit(made: Any, inputs: Mapping[str, Any]) -> None:
    """Fit an object that holds nothing yet, for one round: its parameters are then there, numbers as arrays."""
    fit = getattr(made, "fit", None)
    if arrays(made) or not callable(fit):
        return
    vars(made).update({name: 1 for name in vars(made) if ROUNDS.fullmatch(name)})
    before = {name for name, own in vars(made).items() if own is not None}
    fit(*inputs.values(), **{name: 1 for name in inspect.signature(fit).parameters if ROUNDS.fullmatch(name)})
    for name, own in vars(made).items():
        if name not in before and isinstance(own, float | np.floating):
            setattr(made, name, np.array(own, dtype=float))


@dataclass(frozen=True)
class _Use:
    """An object, never used itself, and the names of what its methods are given."""

    estimator: Estimator
    made: Any
    inputs: tuple[str, ...]
    meant: tuple[str, Cost]
    """The cost of an output, with its name."""

    def value(self, args: Mapping[str, Any]) -> Any:
        """Return the cost. Raises ValueError if it is not one number."""
        own, estimator = self._copy(args), self.estimator
        with settled(estimator.module):
            if estimator.cost:
                cost = _call(getattr(own, estimator.cost), args)
            else:
                output = getattr(own, estimator.forward)(args[self.inputs[0]])
                cost = self.meant[1](output, args[self.inputs[-1]])
        if np.size(cost) != 1:
            raise ValueError("the cost is not one number")
        return np.reshape(cost, ())

    def gradients(self, args: Mapping[str, Any], cotangent: Any) -> dict[str, Any]:
        """Return the gradients of the cost, times the cotangent."""
        own = self._copy(args)
        method = getattr(own, self.estimator.backward)
        with settled(self.estimator.module):
            answer = _call(method, args)
        found = _by_shape(answer, arrays(self.made)) or by_argument(answer, returned_names(method), args)
        found = found if answer is not None else dict(kept(own, self.inputs))
        return {name: np.asarray(part) * cotangent for name, part in found.items() if name in args}

    def _copy(self, args: Mapping[str, Any]) -> Any:
        own = copy.deepcopy(self.made)
        for name, array in arrays(own).items():
            array[...] = args[name]
        return own


def _call(method: Any, args: Mapping[str, Any]) -> Any:
    """Call a method of a copy; its arguments are read off its function, which all copies share."""
    return method(*(args[name] for name in takes(method.__func__)[1:] if name in args))


def _by_shape(answer: Any, held: Mapping[str, Array]) -> dict[str, Any]:
    """Match lists of gradients, in their order, with what an object holds; nothing if they do not all find theirs."""
    if not isinstance(answer, list | tuple) or not all(isinstance(part, list | tuple) for part in answer):
        return {}
    left, found = dict(held), {}
    for part in _flat(answer):
        name = next((name for name, array in left.items() if array.shape == np.shape(part)), None)
        if name is None:
            return {}
        found[name] = part
        del left[name]
    return found


def _flat(parts: Sequence[Any]) -> Iterator[Any]:
    for part in parts:
        yield from _flat(part) if isinstance(part, list | tuple) else [part]


def of(module: ModuleType, made_by: type) -> Estimator | None:
    """Return what can be judged about a class; None if no method of it is given a target and returns gradients."""
    methods = {name: own for name, own in vars(made_by).items() if inspect.isfunction(own)}
    backward = next((name for name, own in methods.items() if _is_gradient(name, _inputs(own))), None)
    if backward is None or inspect.isabstract(made_by):
        return None
    inputs = arguments_of(methods[backward], 1, about=made_by)
    inputs = [own for own in inputs if own.default is inspect.Parameter.empty or own.is_none_of_it]
    cost = next((name for name, own in methods.items() if _is_cost(name, _inputs(own), _inputs(methods[backward]))), "")
    forward = next((name for name, own in methods.items() if _is_forward(name, _inputs(own))), "")
    made_with = made_with_arguments(made_by)
    if not (cost or (forward and len(inputs) == 2)) or {own.name for own in inputs} & {own.name for own in made_with}:
        return None
    line = line_of(methods[backward])
    return Estimator(made_by.__name__, line, (*made_with, *inputs), module, made_by, backward, cost, forward)


def _inputs(method: Callable[..., Any]) -> list[Argument]:
    return [own for own in arguments_of(method, 1) if own.default is inspect.Parameter.empty]


def _is_gradient(name: str, inputs: list[Argument]) -> bool:
    """Say whether a method is named like a gradient, and takes samples and a target, and nothing that arrives."""
    asked = [own.name for own in inputs]
    arrives = any(names.is_cotangent(own) and not names.is_target(own) for own in asked)
    words = set(names.words(name))
    return bool(GRADIENTS & words) and len(asked) > 1 and any(map(names.is_target, asked)) and not arrives


def _is_cost(name: str, inputs: list[Argument], known: list[Argument]) -> bool:
    asked = {own.name for own in inputs}
    plain = not names.MARKERS & set(names.words(name))
    return bool(COST & set(names.words(name))) and plain and asked == {own.name for own in known}


def _is_forward(name: str, inputs: list[Argument]) -> bool:
    return bool(FORWARDS & set(names.words(name))) and len(inputs) == 1
