"""Somebody's functions with something in them written otherwise, for a while."""

import ast
import inspect
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType

from gradcheck.discover.source import defined_in, tree_of
from gradcheck.repair.watching import theirs
from gradcheck.repair.witnesses import codes, key_of


class Rewriter(ast.NodeTransformer):
    """Writes something otherwise, and knows whether there was any of it."""

    def __init__(self) -> None:
        self.any = False


def used(module: ModuleType) -> list[ModuleType]:
    """Return a module, and a person's own modules that it uses, and those that these use."""
    found = [module]
    for own in found:
        for thing in list(vars(own).values()):
            named = inspect.isfunction(thing) or inspect.isclass(thing)
            other = sys.modules.get(thing.__module__) if named else thing
            if inspect.ismodule(other) and other not in found and theirs(getattr(other, "__file__", None) or ""):
                found.append(other)
    return found


def functions_of(module: ModuleType) -> Iterator[FunctionType]:
    """Yield the functions of a module, and those of its classes."""
    for thing in defined_in(module).values():
        for own in list(vars(thing).values()) if inspect.isclass(thing) else [thing]:
            plain = own.__func__ if isinstance(own, staticmethod | classmethod) else own
            if isinstance(plain, FunctionType):
                yield plain


def rewrite(function: FunctionType, module: ModuleType, rewriter: Rewriter) -> bool:
    """Write something in a function otherwise; say whether there was anything."""
    statement = rewriter.visit(tree_of(function))
    if not rewriter.any or not isinstance(statement.body[0], ast.stmt):
        return False
    ast.increment_lineno(ast.fix_missing_locations(statement), function.__code__.co_firstlineno - 1)
    now = codes(statement.body[0], str(module.__file__))
    key = key_of(function.__code__, now)
    if key is None or now[key].co_freevars != function.__code__.co_freevars:
        return False
    function.__code__ = now[key]
    return True
