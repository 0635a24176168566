"""A small autograd engine: a class whose objects hold a number and its gradient, and know how they were made.

Such a class is recognised by ``data``, ``grad`` and a ``backward`` that takes nothing. Every operation that it has is
judged by itself, and an expression that uses its inputs more than once, where gradients have to add.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from gradcheck.discover.functions import Opened
from gradcheck.discover.source import line_of
from gradcheck.discover.subject import NUMBER, Argument, Subject, settled

OPERATIONS: dict[str, Callable[..., Any]] = {
    "__add__": lambda left, right: left + right,
    "__mul__": lambda left, right: left * right,
    "__sub__": lambda left, right: left - right,
    "__truediv__": lambda left, right: left / right,
    "__pow__": lambda x: x**3,
    "__neg__": lambda x: -x,
    "__radd__": lambda x: 2.0 + x,
    "__rmul__": lambda x: 2.0 * x,
    "__rsub__": lambda x: 2.0 - x,
    "__rtruediv__": lambda x: 2.0 / x,
}
"""The operators of Python that such a class may define, each as a function of its objects."""
NAMED = ("relu", "tanh", "sigmoid", "exp", "log", "sin", "cos", "sqrt", "square", "abs", "leaky_relu", "softplus")
"""Methods without further arguments that it may have."""


@dataclass(frozen=True)
class Expression(Subject):
    """An expression of an engine's objects."""

    module: ModuleType
    """The module that the engine is from."""
    engine: type
    """The class."""
    expression: Callable[..., Any]
    """The expression, as a function of its objects."""

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Evaluate it once, and go back once."""
        return Opened(self.name, given, self.value, self.backward)

    def value(self, args: Mapping[str, Any]) -> Any:
        """Return the number that the expression holds."""
        with settled(self.module):
            return self.expression(*(self.engine(value) for value in args.values())).data

    def backward(self, args: Mapping[str, Any], cotangent: Any) -> dict[str, Any]:
        """Return the gradients that the objects hold after a backward pass."""
        with settled(self.module):
            objects = {name: self.engine(value) for name, value in args.items()}
            self.expression(*objects.values()).backward()
        return {name: float(own.grad) * cotangent for name, own in objects.items()}


def of(module: ModuleType, engine: type) -> list[Subject]:
    """Return what can be judged about a class; nothing if it is no engine."""
    backward = inspect.getattr_static(engine, "backward", None)
    if (
        not inspect.isfunction(backward)
        or len(inspect.signature(backward).parameters) != 1
        or hasattr(engine, "forward")
    ):
        return []
    made_by: Any = engine
    try:
        made = made_by(0.5)
        float(made.data), float(made.grad)
    except Exception:  # made of something else than a number
        return []
    adds = {"__add__", "__mul__"} <= set(vars(engine))
    found: list[Subject] = []
    for name, own in (OPERATIONS | {name: _method(name) for name in NAMED}).items():
        if name in vars(engine):
            twice = adds and name not in ("__add__", "__mul__")
            found.append(_expression(module, engine, name, _twice(own) if twice else own))
    if adds:
        mixed = lambda left, right: (left * right + left) * (right + left * left) + right  # noqa: E731
        found.append(_expression(module, engine, "backward", mixed))
    return found


def _method(name: str) -> Callable[..., Any]:
    return lambda x: getattr(x, name)()


def _twice(own: Callable[..., Any]) -> Callable[..., Any]:
    """Use an operation and its inputs more than once: what is assigned and not added to shows there."""
    if len(inspect.signature(own).parameters) == 1:
        return lambda x: own(x) * x + own(x)
    return lambda left, right: own(left, right) * left + own(left, right)


def _expression(module: ModuleType, engine: type, name: str, own: Callable[..., Any]) -> Expression:
    method = vars(engine)[name]
    arguments = tuple(Argument(name, annotation=NUMBER) for name in inspect.signature(own).parameters)
    return Expression(f"{engine.__name__}.{name}", line_of(method), arguments, module, engine, own)
