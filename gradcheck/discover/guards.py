"""Small constants that keep a logarithm finite, or a division: ``log(p + 1e-8)``, ``sqrt(var + eps)``.

Nobody differentiates them. A gradient that is off by as little as such a constant is judged once more with the
constants left out: if it is right then, it is the right gradient of what was meant.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

from gradcheck.discover.source import defined_in, tree_of
from gradcheck.records import Result, Verdict
from gradcheck.repair.witnesses import codes, key_of, theirs

SLIGHT = 1e-3
"""Below this relative error a gradient is that of nearly the same function."""
SMALL = 1e-4
"""A constant of this size, or less, may be a guard."""


def slight(result: Result) -> float:
    """Return by how much of its size a wrong gradient is off, if that is slight; else zero."""
    entries = [entry for finding in result.findings for entry in finding.entries]
    pairs = [(entry.claimed, entry.differences) for entry in entries if entry.differences is not None]
    largest = max((abs(right) for _, right in pairs), default=0.0)
    if result.verdict is not Verdict.DIFFERS or not largest:
        return 0.0
    error = max(abs(claimed - right) for claimed, right in pairs) / largest
    return error if error <= SLIGHT else 0.0


@contextmanager
def left_out(module: ModuleType) -> Iterator[bool]:
    """Run the functions of a module, and of the person's modules that it uses, without small constants for a while.

    Say whether there are any.
    """
    modules = _used(module)
    functions = [(own, there) for there in modules for own in _functions(there)]
    before = [(own, own.__code__, own.__defaults__) for own, _ in functions]
    held = [(there, {name: own for name, own in vars(there).items() if _is_small(own)}) for there in modules]
    try:
        found = [_without(own, there) for own, there in functions]
        for there, small in held:
            vars(there).update(dict.fromkeys(small, 0.0))
        yield any(found) or any(small for _, small in held)
    finally:
        for there, small in held:
            vars(there).update(small)
        for own, code, defaults in before:
            own.__code__, own.__defaults__ = code, defaults


def _used(module: ModuleType) -> list[ModuleType]:
    """Return a module, and a person's own modules that it uses, and those that these use."""
    found = [module]
    for own in found:
        for thing in list(vars(own).values()):
            named = inspect.isfunction(thing) or inspect.isclass(thing)
            other = sys.modules.get(thing.__module__) if named else thing
            if inspect.ismodule(other) and other not in found and theirs(getattr(other, "__file__", None) or ""):
                found.append(other)
    return found


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    """Yield the functions of a module, and those of its classes."""
    for thing in defined_in(module).values():
        for own in list(vars(thing).values()) if inspect.isclass(thing) else [thing]:
            plain = own.__func__ if isinstance(own, staticmethod | classmethod) else own
            if isinstance(plain, FunctionType):
                yield plain


def _without(function: FunctionType, module: ModuleType) -> bool:
    """Take small constants out of a function; say whether there were any."""
    defaults = function.__defaults__ or ()
    small = any(map(_is_small, defaults))
    function.__defaults__ = tuple(0.0 if _is_small(own) else own for own in defaults) or None
    removed = _Removed()
    statement = removed.visit(tree_of(function))
    if not removed.any or not isinstance(statement.body[0], ast.stmt):
        return small
    ast.increment_lineno(statement, function.__code__.co_firstlineno - 1)
    now = codes(statement.body[0], str(module.__file__))
    key = key_of(function.__code__, now)
    if key is None or now[key].co_freevars != function.__code__.co_freevars:
        return small
    function.__code__ = now[key]
    return True


class _Removed(ast.NodeTransformer):
    """Turns small constants into zero, where they are added, taken as a bound, or given a name."""

    def __init__(self) -> None:
        self.any = False

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not _is_small(node.value):
            return node
        self.any = True
        return ast.copy_location(ast.Constant(0.0), node)


def _is_small(value: Any) -> bool:
    return isinstance(value, float) and 0.0 < value <= SMALL
