"""A forward pass, a cost, and one backward pass through both, as courses on deep networks have them.

    AL, caches = L_model_forward(X, parameters)
    cost       = compute_cost(AL, Y)
    grads      = L_model_backward(AL, Y, caches)

The backward pass knows the target, and no gradient arrives from above: it is the gradient of the cost.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import names
from gradcheck.discover.functions import arguments_beside
from gradcheck.discover.opened import Opened
from gradcheck.discover.readings import by_argument
from gradcheck.discover.source import line_of, returned_names
from gradcheck.discover.subject import Argument, Subject, arguments_of, call, settled, takes

COST = {"cost", "loss", "costs", "objective", "entropy", "mse"}
"""The words of a function that says how far an output is from its target."""


@dataclass(frozen=True)
class Propagation(Subject):
    """A forward pass, the cost of its output, and the gradient of that cost."""

    module: ModuleType
    """The module that they are from."""
    f: Callable[..., Any]
    """The forward pass, which returns its output, and a cache."""
    cost: Callable[..., Any]
    """The cost of an output, which comes first among its arguments."""
    g: Callable[..., Any]
    """The backward pass."""

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Run all three once."""
        opened = Opened(self.name, given, self.value, self.backward)
        opened.remark = f"the value is that of {self.cost.__name__} after {self.f.__name__}"
        return opened

    def value(self, args: Mapping[str, Any]) -> Any:
        """Return the cost. Raises ValueError if it is not one number."""
        with settled(self.module):
            output, _, _ = self._forward(args)
            cost = call(self.cost, self._chosen(self.cost, args, {takes(self.cost)[0]: output}))
        if np.size(cost) != 1:
            raise ValueError("the cost is not one number")
        return np.reshape(cost, ())

    def backward(self, args: Mapping[str, Any], cotangent: Any) -> dict[str, Any]:
        """Return the gradients of the cost, times the cotangent."""
        with settled(self.module):
            output, cache, named = self._forward(args)
            unknown = [name for name in takes(self.g) if name not in args]
            more = {name: cache if names.is_cache(name) else named.get(name, output) for name in unknown}
            answer = call(self.g, self._chosen(self.g, args, more))
        return {
            name: {key: part * cotangent for key, part in own.items()} if isinstance(own, Mapping) else own * cotangent
            for name, own in by_argument(answer, returned_names(self.g), args).items()
        }

    def _forward(self, args: Mapping[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
        """Return the output, the cache, and all that is returned under the names that the source has for it.

        Of several values the output is what the cost's first argument is called, ``A2`` of ``Z1, A1, Z2, A2``; else the
        first.
        """
        returned = call(self.f, self._chosen(self.f, args, {}))
        if not isinstance(returned, tuple) or len(returned) < 2:
            return returned, None, {}
        named = dict(zip(returned_names(self.f), returned, strict=False))
        return named.get(takes(self.cost)[0], returned[0]), returned[1], named

    def _chosen(self, function: Callable[..., Any], args: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a function is called with, in the order of its arguments."""
        known = {**args, **more}
        return {name: known[name] for name in takes(function) if name in known}


def propagation(module: ModuleType, name: str, gradient: str) -> Propagation | None:
    """Return a forward and a backward pass with the cost between them; None if there is none."""
    f, g = vars(module)[name], vars(module)[gradient]
    arguments = arguments_beside(module, f, g)
    known = {own.name for own in arguments}
    targets = [own for own in takes(g) if names.is_target(own) and own not in known]
    if (
        not names.BACKWARD & set(names.words(gradient))
        or not targets
        or any(names.is_cotangent(own) and own not in known for own in takes(g))
    ):
        return None
    for cost in filter(inspect.isfunction, vars(module).values()):
        behind = takes(cost)[1:]
        if COST & set(names.words(cost.__name__)) and targets[0] in behind and takes(cost)[0] not in known:
            both = {own.name: own for own in (*arguments_of(g), *arguments_of(cost)) if own.name in behind}
            beside: list[Argument] = [own for own in both.values() if own.name not in known]
            text = f"{name}:{gradient}"
            return Propagation(text, line_of(g), (*arguments, *beside), module, f, cost, g)
    return None


def cost_of(module: ModuleType, f: str, gradient: str) -> str:
    """Return the cost that a gradient is for if it takes what the cost takes, a target among it; else f."""
    wanted = set(takes(vars(module)[gradient]))
    if not any(map(names.is_target, wanted)) or set(takes(vars(module)[f])) == wanted:
        return f
    own = [name for name, thing in vars(module).items() if inspect.isfunction(thing) and set(takes(thing)) == wanted]
    costs = (name for name in own if COST & set(names.words(name)) and not names.MARKERS & set(names.words(name)))
    return next(costs, f)
