"""Gradients that are cut off once they are there, so that no step is too long: ``np.clip(dW, -5, 5, out=dW)``.

What is cut off is no gradient any more, and whoever does it knows that. So it is judged as it was before.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from gradcheck.discover.rewriting import Rewriter, functions_of, rewrite, used
from gradcheck.discover.source import GRADIENT
from gradcheck.repair import rewritten

CALLED = re.compile(r"grads?|gradients?|delta\w*|nabla\w*", re.IGNORECASE)
"""What gradients are called together, or what arrives."""


@contextmanager
def left_out(module: ModuleType) -> Iterator[list[int]]:
    """Run the functions of a module, and of the person's modules that it uses, without cutting gradients off.

    Return the lines at which they are.
    """
    functions = [(own, there) for there in used(module) for own in functions_of(there)]
    before = [(own, own.__code__) for own, _ in functions]
    lines = []
    try:
        for own, there in functions:
            unclipped = _Unclipped()
            if rewrite(own, there, unclipped):
                lines += [own.__code__.co_firstlineno - 1 + line for line in unclipped.lines]
        with rewritten(_Unclipped):
            yield lines
    finally:
        for own, code in before:
            own.__code__ = code


class _Unclipped(Rewriter):
    """Leaves gradients as they were before they were cut off."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []
        self.listed: set[str] = set()
        """What a loop calls the gradients that it goes through."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.listed = set()
        return self.generic_visit(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        if _holds_gradients(node.iter):
            self.listed |= {own.id for own in ast.walk(node.target) if isinstance(own, ast.Name)}
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Call) and self._clips(node.value):
            return self._instead(node, ast.Pass())
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        clipped = node.value
        if isinstance(clipped, ast.Call) and (self._clips(clipped) or self._is_one(node.targets[0])):
            what = _clipped(clipped)
            return self._instead(node, ast.Assign(node.targets, what)) if what else node
        return node

    def _clips(self, call: ast.Call) -> bool:
        """Say whether a call cuts a gradient off."""
        what = _clipped(call)
        return what is not None and self._is_one(what)

    def _is_one(self, node: ast.expr) -> bool:
        """Say whether something is called a gradient, or is one of several."""
        return _is_gradient(node) or any(isinstance(own, ast.Name) and own.id in self.listed for own in ast.walk(node))

    def _instead(self, node: ast.stmt, new: ast.stmt) -> ast.stmt:
        self.any = True
        self.lines.append(node.lineno)
        return ast.copy_location(new, node)


def _clipped(call: ast.Call) -> ast.expr | None:
    """Return what a call cuts off; None if it cuts off nothing."""
    match call.func:
        case ast.Attribute(ast.Name("np" | "numpy"), "clip") if call.args:
            return call.args[0]
        case ast.Attribute(what, "clip"):
            return what
        case ast.Name(name) | ast.Attribute(attr=name) if "clip" in name and call.args:
            return call.args[0]
    return None


def _holds_gradients(node: ast.expr) -> bool:
    """Say whether a loop goes through gradients."""
    names = [own for own in ast.walk(node) if isinstance(own, ast.Name | ast.Attribute)]
    return any(_is_gradient(own) for own in names)


def _is_gradient(node: ast.expr) -> bool:
    """Say whether something has the name of a gradient, or of several."""
    match node:
        case ast.Name(name) | ast.Attribute(attr=name):
            return bool(GRADIENT.fullmatch(name) or CALLED.fullmatch(name))
        case ast.Subscript(value=inner):
            return _is_gradient(inner)
    return False
