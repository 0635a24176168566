"""Small constants that keep a logarithm finite, or a division: ``log(p + 1e-8)``, ``sqrt(var + eps)``.

Nobody differentiates them. A gradient that is off by as little as such a constant is judged once more with the
constants left out: if it is right then, it is the right gradient of what was meant.
"""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

from gradcheck.discover.rewriting import Rewriter, functions_of, rewrite, used
from gradcheck.records import Result, Verdict

SLIGHT = 1e-3
"""Below this relative error a gradient is that of nearly the same function."""
RARE = 0.1
"""Below this it may be, where probabilities are so small that a guard has a share in them."""
SMALL = 1e-4
"""A constant of this size, or less, may be a guard."""


def slight(result: Result, most: float = SLIGHT) -> float:
    """Return by how much of its size a wrong gradient is off, if that is no more than so much; else zero."""
    entries = [entry for finding in result.findings for entry in finding.entries]
    pairs = [(entry.claimed, entry.differences) for entry in entries if entry.differences is not None]
    largest = max((abs(right) for _, right in pairs), default=0.0)
    if result.verdict is not Verdict.DIFFERS or not largest:
        return 0.0
    error = max(abs(claimed - right) for claimed, right in pairs) / largest
    return error if error <= most else 0.0


@contextmanager
def left_out(module: ModuleType) -> Iterator[bool]:
    """Run the functions of a module, and of the person's modules that it uses, without small constants for a while.

    Say whether there are any.
    """
    modules = used(module)
    functions = [(own, there) for there in modules for own in functions_of(there)]
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


def _without(function: FunctionType, module: ModuleType) -> bool:
    """Take small constants out of a function; say whether there were any."""
    defaults = function.__defaults__ or ()
    function.__defaults__ = tuple(0.0 if _is_small(own) else own for own in defaults) or None
    return rewrite(function, module, _Removed()) or any(map(_is_small, defaults))


class _Removed(Rewriter):
    """Turns small constants into zero, where they are added, taken as a bound, or given a name."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not _is_small(node.value):
            return node
        self.any = True
        return ast.copy_location(ast.Constant(0.0), node)


def _is_small(value: Any) -> bool:
    return isinstance(value, float) and 0.0 < value <= SMALL
