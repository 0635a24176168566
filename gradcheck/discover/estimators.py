"""Objects that hold a whole network: a method is given samples and targets, and returns all gradients, or keeps them.

    nabla_b, nabla_w = network.backprop(x, y)

An object that has no parameters before it is fitted is fitted for one round. A method that knows the target may rely on
the forward pass that went before, be given its output, and take a step of descent instead of returning anything.
What the gradients are for is a cost: another method, of the same arguments or of an output and the target; or what a
forward pass returns and a function of it and the target. If the file has no cost, it is the one whose slope
``cost_derivative`` returns, or else the usual one that the gradients fit best.
"""

import copy
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import names, objects
from gradcheck.discover.constructors import is_image
from gradcheck.discover.costs import IMPLIED, Cost, common_factor, plain, with_slope
from gradcheck.discover.docstrings import telling
from gradcheck.discover.fitted import asked_of, fit
from gradcheck.discover.holdings import RATE, around, arrays, as_number, hold_numbers, of_others, stepped, together
from gradcheck.discover.methods import (
    drawn,
    is_beside_cost,
    is_cost,
    is_forward,
    is_gradient,
    is_told_the_target,
    wanted,
)
from gradcheck.discover.opened import Opened
from gradcheck.discover.prepared import prepared
from gradcheck.discover.propagation import COST
from gradcheck.discover.readings import by_argument, by_shape, lost
from gradcheck.discover.source import line_of, returned_names, source_of
from gradcheck.discover.subject import Subject, arguments_of, moved_alike, settled, takes


@dataclass(frozen=True)
class Estimator(Subject):
    """A class with a method that gives the gradients of a cost for what an object holds."""

    module: ModuleType
    """The module that it is from."""
    made_by: type
    """The class."""
    backward: str
    """The name of the method that gives gradients."""
    cost: str
    """The name of the method that returns the cost; empty if there is none."""
    forward: str
    """The name of the method that returns the output; empty if there is none."""

    @property
    def way(self) -> str:
        """What its method that gives gradients is called in full."""
        return f"{self.name}.{self.backward}"

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Make an object, and run both ways once."""
        with settled(self.module):
            made: Any = objects.make(
                self.made_by, {own.name: given[own.name] for own in self.arguments if own.constructor}
            )
            inputs = {own.name: given[own.name] for own in self.arguments if not own.constructor}
            fit(made, inputs)
        if self.forward:
            made = prepared(made, self.module, self.forward, list(inputs.values())[:1])
        hold_numbers(made, self.made_by, self.backward)
        found = arrays(made)
        sums = of_others(found)  # what gradients are added to is left as it is
        held = {name: moved_alike(array) for name, array in found.items() if name not in sums}
        use, said = self._meant(_Use(self, made, tuple(inputs)), inputs | held)
        opened = Opened(self.name, inputs | held, use.value, use.gradients)
        opened.suspects = objects.Beside(tuple(objects.parts_of(self.arguments)))
        without = "" if opened.raised else lost(use.value, inputs | held, opened.judged, held)
        opened.remark = "; ".join(filter(None, (said, without)))
        return opened

    def _meant(self, use: "_Use", args: Mapping[str, Any]) -> tuple["_Use", str]:
        """Return the use of an object with the cost that is meant, and what is said of it."""
        if self.cost:
            factor = _factor(use, args)[0] if use.steps(args) else 1.0
            often = (
                f"the steps are those of {factor:.6g} times the cost: a factor in all of them is a matter of the rate"
            )
            return replace(use, factor=factor), often if factor != 1.0 else ""
        known = self._known(use.made)
        if known is None:
            tried = [replace(use, cost=cost) for _, cost, _ in IMPLIED]
            fits = [_factor(own, args) for own in tried]
            best = max(range(len(IMPLIED)), key=lambda place: bool(plain(fits[place][0])) * fits[place][1])
            name, use = IMPLIED[best][0], replace(tried[best], factor=plain(fits[best][0]) or 1.0)
        else:
            name, use = known[0], replace(use, cost=known[1])
        often = f", {use.factor:.6g} times" if use.factor != 1.0 else ""
        return use, f"the value is {name} of what {self.forward} returns{often}"

    def _known(self, made: Any) -> tuple[str, Cost] | None:
        """Return the cost of an output, with its name: the object's, the module's, or the one with the right slope."""
        module = vars(self.module)
        held = getattr(made, "cost", None)
        if callable(getattr(held, "fn", None)):
            return "the cost", held.fn  # type: ignore[union-attr] # it is callable
        for own in filter(inspect.isfunction, module.values()):
            words = set(names.words(own.__name__))
            if COST & words and len(takes(own)) == 2 and not (names.NUMERICAL | names.MARKERS) & words:
                return own.__name__, _target_last(own)
        slope: Any = getattr(made, "cost_derivative", None) or module.get("cost_derivative")
        return (with_slope(slope) or IMPLIED[0][:2]) if callable(slope) else None


def _target_last(cost: Callable[..., Any]) -> Cost:
    """Return a cost as a function of an output and a target, in this order."""
    first, second = takes(cost)
    turned = names.is_target(first) and not names.is_target(second)
    return (lambda output, target: cost(target, output)) if turned else cost


def _factor(use: "_Use", args: Mapping[str, Any]) -> tuple[float, int]:
    """Return the factor that the gradients have against the slopes of the cost, and how many have it."""
    with suppress(Exception), np.errstate(all="ignore"):  # it is no cost of this, or what is wrong raises
        found = {name: np.asarray(own, dtype=float) for name, own in use.gradients(args, 1.0).items()}
        return common_factor(use.value, found, args, tuple(found))
    return 1.0, 0


@dataclass(frozen=True)
class _Use:
    """An object, never used itself, and the names of what its methods are given."""

    estimator: Estimator
    made: Any
    inputs: tuple[str, ...]
    cost: Cost | None = None
    """The cost of an output, if the object has none."""
    factor: float = 1.0
    """How many times the cost is meant."""

    def value(self, args: Mapping[str, Any]) -> Any:
        """Return the cost. Raises ValueError if it is not one number."""
        own, estimator = self._copy(args), self.estimator
        with settled(estimator.module):
            if self.cost:
                cost = self.cost(self._forward(own, args)[0], args[self._target()])
            else:
                method = getattr(own, estimator.cost)
                gone = self._forward(own, args) if self.inputs[0] not in asked_of(method) else (None, None)
                cost = method(*self._given(method, args, *gone))
        if np.size(cost) != 1:
            raise ValueError("the cost is not one number")
        return self.factor * np.reshape(cost, ())

    def gradients(self, args: Mapping[str, Any], cotangent: Any) -> dict[str, Any]:
        """Return the gradients of the cost, times the cotangent."""
        found, stepped = self._back(args)
        parts = {name: part for name, part in (found or stepped).items() if name in args}
        parts |= {name: as_number(part, args[name]) for name, part in parts.items() if name not in self.inputs}
        return {name: np.asarray(part) * cotangent for name, part in parts.items()}

    def steps(self, args: Mapping[str, Any]) -> bool:
        """Say whether what comes back are steps of descent."""
        with suppress(Exception):  # it will be run again, and what it raises be told
            found, stepped = self._back(args)
            return bool(stepped and not found)
        return False

    def _back(self, args: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Run the backward method, after a forward pass; return its gradients, and the steps that it made."""
        own = self._copy(args)
        method, rates = getattr(own, self.estimator.backward), _rates(own, getattr(own, self.estimator.backward))
        with settled(self.estimator.module):
            gone = self._forward(own, args) if self.estimator.forward else (None, None)
            before = {name: array.copy() for name, array in arrays(own).items()}
            vars(own).update(dict.fromkeys(rates, RATE))
            answer = method(*self._given(method, args, *gone))
        found = by_shape(answer, arrays(self.made)) or by_argument(answer, returned_names(method), args)
        found = together(own, self.inputs) | (found if answer is not None else {})
        rate = RATE if rates or names.RATES & set(asked_of(method)) else 1.0
        gradients, steps = (
            {name: part for name, part in own.items() if name in args} for own in (found, stepped(before, own, rate))
        )
        return gradients, steps

    def _forward(self, own: Any, args: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return what the forward pass returns, and what it keeps for the way back."""
        returned = getattr(own, self.estimator.forward)(args[self.inputs[0]])
        return (returned[0], returned[1]) if isinstance(returned, tuple) else (returned, None)

    def _given(self, method: Any, args: Mapping[str, Any], output: Any, cache: Any) -> Iterator[Any]:
        """Yield what a method is called with: inputs, a target under whatever name, a rate, or what went forward."""
        for name in asked_of(method):
            if name in args:
                yield args[name]
            elif names.is_target(name):
                yield args[self._target()]
            elif names.is_cache(name):
                yield cache
            else:
                yield RATE if name.lower() in names.RATES else output

    def _target(self) -> str:
        return next((name for name in self.inputs if names.is_target(name)), self.inputs[-1])

    def _copy(self, args: Mapping[str, Any]) -> Any:
        own = copy.deepcopy(self.made)
        for name, array in arrays(own).items():
            if name in args:
                array[...] = args[name]
        return own


def _rates(made: Any, method: Any) -> list[str]:
    """Name the rates that an object holds, by what its method says: ``self.W -= self.lr * dW``."""
    steps = re.findall(r"self\.[\w.\[\]]+\s*(?:-=|=\s*self\.[\w.\[\]]+\s*-)\s*\(?\s*self\.(\w+)", source_of(method))
    return [name for name in dict.fromkeys(steps) if isinstance(getattr(made, name, None), float)]


def of(module: ModuleType, made_by: type) -> Estimator | None:
    """Return what can be judged about a class; None if no method of it is given a target and returns gradients."""
    plain = {name: own for name, own in vars(made_by).items() if inspect.isfunction(own)}
    methods = {name: own for name, own in plain.items() if not names.is_helper(name)}
    forward = next((name for name, own in methods.items() if is_forward(name, wanted(own))), "")
    backward = next((name for name, own in methods.items() if is_gradient(name, wanted(own))), None)
    if forward and backward is None:
        backward = next((name for name, own in methods.items() if is_told_the_target(name, own)), None)
    backward = backward or next((name for name in methods if is_beside_cost(name, methods)), None)
    if backward is None or inspect.isabstract(made_by):
        return None
    inputs = [own for own in arguments_of(methods[backward], 1, about=made_by) if drawn(own, forward)]
    if forward and all(names.is_target(own.name) for own in inputs):  # the samples went forward, and are kept
        inputs = [*arguments_of(methods[forward], 1, about=made_by)[:1], *inputs]
    inputs = [telling(made_by, own, (forward, backward)) for own in inputs]
    known = [own.name for own in inputs]
    cost = next((name for name, own in methods.items() if is_cost(name, wanted(own), known, forward)), "")
    made_with = objects.made_with(module, made_by)
    if (
        made_with is None
        or not (cost or (forward and len(inputs) == 2))
        or set(known) & {own.name for own in made_with}
    ):
        return None
    images = tuple(("N", *own.default) for own in made_with if is_image(own))
    inputs = [own if names.is_target(own.name) else replace(own, shapes=(*own.shapes, *images)) for own in inputs]
    if not made_with:
        inputs = [replace(own, shapes=around(made_by)) for own in inputs]
    line = line_of(methods[backward])
    return Estimator(made_by.__name__, line, (*made_with, *inputs), module, made_by, backward, cost, forward)
