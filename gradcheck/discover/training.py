"""A loop that trains, with everything written out in it: the gradients are read from the steps that it makes.

    for i in range(epochs):
        ...
        dW = X.T.dot(delta)
        W -= rate * dW

One turn of the loop is run, with parameters that are given; a step over its rate is a gradient. The cost is the
variable ``loss`` of the loop, a cost that it calls or that the file has, or, if there is none, the usual one that the
steps fit best of what is taken from the target. A factor that all steps have in common is a matter of the rate.
"""

import ast
import copy
import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import names
from gradcheck.discover.costs import common_factor, implied, plain
from gradcheck.discover.holdings import around
from gradcheck.discover.opened import Opened
from gradcheck.discover.propagation import COST
from gradcheck.discover.source import defined_in, tree_of
from gradcheck.discover.steps import steps
from gradcheck.discover.subject import Subject, arguments_of, made_with_arguments, moved, settled, takes
from gradcheck.discover.turns import HOOK, Turn, Turned, in_rounds, innermost, rewrite
from gradcheck.op import Array
from gradcheck.repair.names import computed

SIZE = re.compile(r"hdim|hidden|size|dims?$|units|neurons|iter|epoch|passes|^n_|num_")
"""What the whole numbers are called that such a function is given."""
SLOPE = re.compile(r"\bdot\(| @ |\* \(1 - |sum\(|deriv|prime")
"""What a loop has in it that computes gradients itself."""


@dataclass(frozen=True)
class Training(Subject):
    """A function, or the level of a file, with a loop that trains."""

    module: ModuleType
    """The module that it is from."""
    code: Any
    """The rewritten function, compiled."""
    function: str
    """Its name."""
    costs: tuple[str, ...]
    """The expressions, or names, of the costs that may be meant."""
    in_rounds: bool = False
    """Whether it goes round and round, so that what it leaves is no single step."""
    made_by: type | None = None
    """The class, if it is a method."""

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Run one turn, to see from which parameters it starts, and what factor its steps have."""
        started = self._run(given, {}, stepping=True)
        parameters = {name: moved(started.found[name]) for name in started.gradients}
        if not parameters:
            raise ValueError("no step was made")
        args = {**given, **parameters}
        gradients = self._run(args, parameters, stepping=True).gradients
        factor, which = self._meant(args, gradients)

        def value(inner: Mapping[str, Any]) -> Any:
            return factor * self._value(inner, tuple(parameters), which)

        def backward(inner: Mapping[str, Any], cotangent: Any) -> dict[str, Any]:
            turn = self._run(inner, {name: inner[name] for name in parameters}, stepping=True)
            return {name: own * cotangent for name, own in turn.gradients.items()}

        opened = Opened(self.name, args, value, backward)
        often = "" if factor == 1.0 else f", {factor:.6g} times: a factor in all steps is a matter of the rate"
        opened.remark = f"the steps of one turn of the loop are read as gradients of {self.costs[which]}{often}"
        return opened

    def _meant(self, args: Mapping[str, Any], gradients: Mapping[str, Array]) -> tuple[float, int]:
        """Return the factor of the steps, and which cost they fit best."""
        fits = [(1.0, 0)] * len(self.costs)
        for which in range(len(self.costs)):
            value = partial(self._value, parameters=tuple(gradients), which=which)
            with suppress(*[Exception] * (which > 0)), np.errstate(all="ignore"):  # it is no cost of this
                fits[which] = common_factor(value, gradients, args, tuple(gradients))
        best = max(range(len(fits)), key=lambda own: bool(plain(fits[own][0])) * fits[own][1])
        return fits[best][0], best

    def _run(self, given: Mapping[str, Any], parameters: Mapping[str, Array], stepping: bool, which: int = 0) -> Turn:
        turn = Turn(parameters, stepping, {}, {}, which)
        scope = {**vars(self.module), HOOK: turn, f"{HOOK}_module": copy.deepcopy(self._held())}
        with settled(self.module):
            exec(self.code, scope)  # noqa: S102 - a file is run because a person asked for it
            args = {own.name: copy.deepcopy(given[own.name]) for own in self.arguments if not own.constructor}
            made_with = {own.name: copy.deepcopy(given[own.name]) for own in self.arguments if own.constructor}
            made = [self.made_by(**made_with)] if self.made_by else []
            try:
                scope[self.function](*made, **args, **({} if made else made_with))
            except Turned:
                return turn
        raise ValueError("the loop was not reached")

    def _held(self) -> dict[str, Any]:
        """Return the arrays and numbers of the module."""
        return {
            name: own for name, own in vars(self.module).items() if isinstance(own, np.ndarray | float | int | list)
        }

    def _value(self, args: Mapping[str, Any], parameters: tuple[str, ...], which: int) -> Any:
        value = self._run(args, {name: args[name] for name in parameters}, stepping=False, which=which).value
        if np.size(value) != 1:
            raise ValueError("the cost is not one number")
        return np.reshape(np.asarray(value, dtype=float), ())


def of(module: ModuleType) -> Iterator[Training]:
    """Yield the loops of a module that train, in functions and in the file itself."""
    for name, thing in defined_in(module).items():
        if inspect.isfunction(thing):
            tree = _definition(thing)
            if tree and (subject := _training(module, name, thing, tree)):
                yield subject
        else:
            yield from _of_class(module, thing)
    yield from _of_file(module)


def _definition(function: FunctionType) -> ast.FunctionDef | None:
    """Return the syntax of a function; None if it is not known."""
    match tree_of(function):
        case ast.Module([ast.FunctionDef() as own]):
            return own
    return None


def _of_class(module: ModuleType, made_by: type) -> Iterator[Training]:
    """Yield the methods of a class that train what it holds; what goes forward without arguments goes before."""
    for name, method in vars(made_by).items():
        tree = _definition(method) if inspect.isfunction(method) else None
        for node in ast.walk(tree or ast.Module([], [])):
            if isinstance(node, ast.Attribute) and node.attr.startswith("__") and not node.attr.endswith("__"):
                node.attr = f"_{made_by.__name__.lstrip('_')}{node.attr}"  # as Python has it within the class
        if tree is None or takes(method)[:1] != ("self",):
            continue
        ahead = [
            own for own in ("feedforward", "forward") if own in vars(made_by) and len(takes(vars(made_by)[own])) == 1
        ]
        if len(takes(method)) == 1 and ahead:
            tree.body.insert(0, ast.parse(f"self.{ahead[0]}()").body[0])
        if subject := _training(module, f"{made_by.__name__}.{name}", method, tree):
            made_with = made_with_arguments(made_by)
            shapes = around(made_by) if not made_with else ()
            asked = [own for own in subject.arguments if own.name != "self"]
            asked = [replace(own, shapes=shapes, constructor=False) for own in asked]
            yield replace(subject, arguments=(*made_with, *asked), made_by=made_by)


def _of_file(module: ModuleType) -> Iterator[Training]:
    """Yield the loop at the level of a file, as a function without arguments."""
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError, SyntaxError):
        return
    for loop in [own for own in tree.body if isinstance(own, ast.For)]:
        function = ast.parse("def the_loop(): pass").body[0]
        assert isinstance(function, ast.FunctionDef)  # noqa: S101 - it is written above
        function.body = [loop]
        if subject := _training(module, f"loop-{loop.lineno}", None, function):
            yield subject


def _training(module: ModuleType, name: str, function: FunctionType | None, tree: ast.FunctionDef) -> Training | None:
    """Return a function with a loop that trains; None if it makes no steps, or computes no gradients itself."""
    turn = innermost(tree)
    body = turn.body
    found = steps(body)
    text = ast.unparse(ast.Module(body, []))
    if not found or not SLOPE.search(text):
        return None
    if not (costs := _costs(module, tree, body)):
        return None
    line = (function.__code__.co_firstlineno - 1 if function else 0) + body[0].lineno
    rewrite(body, found, list(costs.values()))
    tree.name, tree.decorator_list = "the_loop", []
    if function:
        ast.increment_lineno(tree, function.__code__.co_firstlineno - 1)
    if not function:  # what the file holds is read there, and not in a function of its own
        own = [name for name in computed(tree) if isinstance(vars(module).get(name), np.ndarray | float | int)]
        reads = [ast.parse(f"{one} = {HOOK}_module[{one!r}]").body[0] for one in sorted(own)]
        tree.body = [*reads, *tree.body]
    code = compile(ast.fix_missing_locations(ast.Module([tree], [])), str(module.__file__), "exec")
    asked = (
        [replace(own, constructor=bool(SIZE.search(own.name))) for own in arguments_of(function)] if function else []
    )
    return Training(name, line, tuple(asked), module, code, "the_loop", tuple(costs), in_rounds(turn))


def _costs(module: ModuleType, tree: ast.FunctionDef, body: list[ast.stmt]) -> dict[str, ast.expr]:
    """Return the costs that may be meant: the one that the file says, or those that fit what is compared."""
    if cost := _cost(module, tree, body):
        return {ast.unparse(cost): cost}
    return implied(body, f"{HOOK}.implied")


def _cost(module: ModuleType, tree: ast.FunctionDef, body: list[ast.stmt]) -> ast.expr | None:
    """Return the expression of the cost that a file says: a variable, a call, a function of what is known."""
    stored = computed(ast.Module(body, []))
    for name in ("loss", "cost", "J", "total_loss", "L"):
        if name in stored:
            return ast.Name(name, ast.Load())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and COST & set(names.words(ast.unparse(node.func).rpartition(".")[2])):
            return copy.deepcopy(node)
    known = {own.id for own in ast.walk(tree) if isinstance(own, ast.Name)} | set(vars(module))
    for own in filter(inspect.isfunction, defined_in(module).values()):
        if COST & set(names.words(own.__name__)) and known.issuperset(takes(own)):
            return ast.parse(f"{own.__name__}({', '.join(takes(own))})", mode="eval").body
    return None
