"""A small autograd engine: a class whose objects hold a number and its gradient, and know how they were made.

Such a class is recognised by ``data``, ``grad`` and a ``backward`` that takes nothing. Every operation that it has is
judged by itself, and an expression that uses its inputs more than once, where gradients have to add.
"""

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover.opened import Opened
from gradcheck.discover.source import line_of, source_of
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
ARRAYS: dict[str, tuple[Callable[..., Any], str]] = {
    "__matmul__": (lambda left, right: left @ right, "left: (N, D)\nright: (D, M)"),
    "matmul": (lambda left, right: left.matmul(right), "left: (N, D)\nright: (D, M)"),
    "dot": (lambda left, right: left.dot(right), "left: (N, D)\nright: (D, M)"),
    "sum": (lambda x: x.sum(), "x: (N, D)"),
    "mean": (lambda x: x.mean(), "x: (N, D)"),
}
"""Operations of an engine whose objects hold arrays, with the shapes of what they act on."""
COPIES = {"detach", "detached", "copy", "clone", "stop_gradient", "no_grad"}
"""Methods whose result no gradient comes back from."""
ASKED = re.compile(r"_?(requires?|needs?|tracks?|tracking|with|stores?|computes?)_?grad(ient)?s?|autograd|trainable")
"""What says, where an object is made, that a gradient is wanted for it."""
BASIC = {"__add__", "__mul__", "__pow__"}
"""Operations that others are made of."""
BROADCAST = ("broadcast", "sum_to", "reduce_grad")
"""What an engine has in its file if its objects may be of different shapes."""


@dataclass(frozen=True)
class Expression(Subject):
    """An expression of an engine's objects."""

    module: ModuleType
    """The module that the engine is from."""
    engine: type
    """The class."""
    expression: Callable[..., Any]
    """The expression, as a function of its objects."""
    lines: range
    """The lines of the operation; nothing else is looked at for a mistake."""

    @property
    def composed(self) -> bool:
        """Whether the operation is made of others, and has no backward pass of its own."""
        return not re.search("backward|grad", source_of(vars(self.engine)[self.name.rpartition(".")[2]]))

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Evaluate it once, and go back once."""
        opened = Opened(self.name, given, self.value, self.backward)
        opened.suspects = self.lines
        return opened

    def value(self, args: Mapping[str, Any]) -> Any:
        """Return the number that the expression holds; of an array the sum, for all its entries begin with one."""
        with settled(self.module):
            return np.sum(_numbers(self.expression(*(_made(self.engine, value) for value in args.values()))))

    def backward(self, args: Mapping[str, Any], cotangent: Any) -> dict[str, Any]:
        """Return the gradients that the objects hold after a backward pass."""
        arrived = {name: _gradient(own) for name, own in self._gone_back(args).items()}
        return {name: np.asarray(own, dtype=float) * cotangent for name, own in arrived.items()}

    def _gone_back(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return the objects after a backward pass; one that does not begin without it is handed what arrives, ones."""
        arrives: list[Callable[[Any], list[Any]]] = [lambda _: []]
        if len(inspect.signature(self.engine.backward).parameters) > 1:  # type: ignore[attr-defined] # engines have it
            arrives += [lambda ones: [ones], lambda ones: [_made(self.engine, ones)]]
        raised: Exception | None = None
        for own in arrives:
            with settled(self.module):
                objects = {name: _made(self.engine, value) for name, value in args.items()}
                out = self.expression(*objects.values())
                try:
                    out.backward(*own(np.ones(np.shape(_numbers(out)))))
                except Exception as error:  # somebody else's code: what it raised first is told
                    raised = raised or error
                else:
                    return objects
        assert raised is not None  # noqa: S101 - else something has been returned
        raise raised


def of(module: ModuleType, engine: type) -> list[Subject]:
    """Return what can be judged about a class; nothing if it is no engine."""
    backward = inspect.getattr_static(engine, "backward", None)
    if not inspect.isfunction(backward) or len(_wanted(backward)) != 1 or hasattr(engine, "forward"):
        return []
    made_by: Any = engine
    try:
        made = _made(made_by, 0.5)
        float(_numbers(made)), float(_gradient(made))
    except Exception:  # made of something else than a number
        return []
    adds = {"__add__", "__mul__"} <= set(vars(engine))
    if adds and _refuses(_expression(module, engine, "__add__", OPERATIONS["__add__"])):
        return []
    found: list[Subject] = []
    for name, own in (OPERATIONS | {name: _method(name) for name in NAMED}).items():
        if name in vars(engine):
            twice = adds and name not in ("__add__", "__mul__")
            found.append(_expression(module, engine, name, _twice(own) if twice else own))
    known = {*OPERATIONS, *NAMED, *ARRAYS}
    others = [name for name in vars(engine) if name not in known and _is_operation(engine, name)]
    if isinstance(_numbers(made), np.ndarray):
        found += _of_arrays(module, engine, others)
    else:
        found += [_expression(module, engine, name, _twice(_method(name))) for name in others]
    if adds:
        mixed = lambda left, right: (left * right + left) * (right + left * left) + right  # noqa: E731
        found.append(replace(_expression(module, engine, "backward", mixed), lines=_lines(engine)))
    return found


def _refuses(plainest: Expression) -> bool:
    """Say whether an engine does not go back from the plainest sum, in words of its own: it is used otherwise."""
    try:
        plainest.backward({"left": 0.5, "right": 0.25}, 1.0)
    except RuntimeError as error:
        return bool(str(error)) and str(error) in source_of(plainest.module)
    except Exception:  # that is a mistake, which will be told
        return False
    return False


def _made(engine: Any, value: Any) -> Any:
    """Make an object of an engine, one for which a gradient is wanted if that has to be said."""
    parameters = inspect.signature(engine).parameters.items()
    asked = {name: True for name, own in parameters if ASKED.fullmatch(name) and own.default in (False, None)}
    return engine(value, **asked)


def _gradient(made: Any) -> Any:
    """Return the gradient that an object holds, which may be an object of the engine itself; zero if there is none."""
    if made.grad is None:
        return 0.0
    return _numbers(made.grad) if isinstance(made.grad, type(made)) else made.grad


def _numbers(made: Any) -> Any:
    """Return what an object of an engine holds. Raises AttributeError if it holds nothing that it is made of."""
    engine: type = type(made)
    name = next((own for own in ("data", "value", "val", "x", "v") if hasattr(made, own)), "")
    return getattr(made, name or _held_as(engine))


@functools.lru_cache(maxsize=64)
def _held_as(engine: type) -> str:
    """Return under what name an object of an engine holds what it is made of; ``data`` if it does not."""
    held = getattr(_made(engine, 0.5), "__dict__", {})
    return next((name for name, own in held.items() if np.size(own) == 1 and np.all(own == 0.5)), "data")


def _wanted(method: Callable[..., Any]) -> list[str]:
    """Name the arguments that a method must be given."""
    parameters = inspect.signature(method).parameters.values()
    return [own.name for own in parameters if own.default is own.empty]


def _is_operation(engine: Any, name: str) -> bool:
    """Say whether a method that must be given nothing makes another object of the engine."""
    method = vars(engine)[name]
    if name.startswith("__") or name in COPIES or not inspect.isfunction(method):
        return False
    try:
        arrays = isinstance(_numbers(_made(engine, 0.5)), np.ndarray)
        before = _made(engine, np.array([[0.2, 0.5]]) if arrays else 0.5)
        made = getattr(before, name)() if len(_wanted(method)) == 1 else None
    except Exception:  # it is made for something else
        return False
    return isinstance(made, engine) and made is not before


def _of_arrays(module: ModuleType, engine: type, others: Sequence[str]) -> Iterator[Expression]:
    """Yield the operations of arrays; sums and products of different shapes too, if the file allows for them."""
    of_one = {name: (_method(name), "x: (N, D)") for name in others}
    for name, (own, shapes) in (ARRAYS | of_one).items():
        if name in vars(engine):
            yield _expression(module, engine, name, _weighed(engine, own), shapes)
    text = inspect.getsource(module)
    for name in ("__add__", "__mul__"):
        if name in vars(engine) and any(word in text for word in BROADCAST):
            yield _expression(module, engine, name, _weighed(engine, OPERATIONS[name]), "left: (N, D)\nright: (D,)")


def _weighed(engine: type, own: Callable[..., Any]) -> Callable[..., Any]:
    """Weigh the entries of a result, if there are products: else one comes back to all of them alike.

    If there are sums it is used twice: what is assigned and not added to shows there.
    """

    def weighed(*inputs: Any) -> Any:
        out = own(*inputs) + own(*inputs) if "__add__" in vars(engine) else own(*inputs)
        made_by: Any = engine
        held = _numbers(out)
        return out * made_by(1.0 + np.arange(np.size(held)).reshape(np.shape(held))) if weighs else out

    weighs = "__mul__" in vars(engine)
    functools.update_wrapper(weighed, own)
    return weighed


def _method(name: str) -> Callable[..., Any]:
    return lambda x: getattr(x, name)()


def _twice(own: Callable[..., Any]) -> Callable[..., Any]:
    """Use an operation and its inputs more than once: what is assigned and not added to shows there.

    Two that go on to x and to 1 would leave it open whether what arrives from above is multiplied or divided by.
    """
    if len(inspect.signature(own).parameters) == 1:
        return lambda x: own(x) * x + own(x) + own(x)
    return lambda left, right: own(left, right) * left + own(left, right) + own(left, right)


def _expression(module: ModuleType, engine: type, name: str, own: Callable[..., Any], shapes: str = "") -> Expression:
    method, annotation = vars(engine)[name], "" if shapes else NUMBER
    names = list(inspect.signature(own).parameters)
    arguments = tuple(Argument(name, annotation=annotation, docstring=shapes) for name in names)
    return Expression(f"{engine.__name__}.{name}", line_of(method), arguments, module, engine, own, _lines(method))


def _lines(thing: Any) -> range:
    """Return the lines that a method or a class stands in."""
    return range(line_of(thing), line_of(thing) + source_of(thing).count("\n") + 1)


def consequences(subjects: Sequence[Subject], wrong: Sequence[str]) -> list[str]:
    """Name the operations that are made of others, of which some are wrong: they are not judged by themselves."""
    if not wrong:
        return []
    engines = {name.partition(".")[0] for name in wrong}
    made = [own for own in subjects if isinstance(own, Expression) and own.name.partition(".")[0] in engines]
    operations = {name.rpartition(".")[2] for name in wrong}
    if not operations & BASIC:
        return []
    used = operations & {"__add__", "__mul__"}
    plain = ("__add__", "__mul__")
    return [
        own.name
        for own in made
        if own.composed or own.name.endswith(".backward") or (used and not own.name.endswith(plain))
    ]
