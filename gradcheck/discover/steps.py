"""Steps of descent in somebody's code: ``W -= rate * dW``, ``W = W - rate * dW``, ``syn1 += l1.T.dot(l2_delta)``.

What is made of a parameter may get a name of its own first, ``new = W - rate * dW``, if ``W = new`` follows; and a loop
may go entry by entry, ``for j in range(n): w[j] -= rate * dw``: then ``w`` is the parameter.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from gradcheck.discover import names

RATES = names.RATES | {"alpha", "l_rate", "step"}
"""What the rate of a step is called."""
PARAMETER = re.compile(r"(self\.)?(syn\w*|[wWbBvV]_?\w{0,3}|\w*weights?\w*|bias(es)?\w*|theta\w*|Theta\w*|coef\w*)")
"""What a parameter is called, where a step has no rate."""
GRADIENT = re.compile(r"(self\.)?(d[A-Z_]?\w*|grad\w*|\w*_grad|nabla\w*|delta\w*|m[A-Z]\w*|v[A-Z]\w*)")
"""What is added to, and is no parameter."""


@dataclass(frozen=True)
class Step:
    """One statement that changes a parameter."""

    statement: ast.stmt
    holder: list[ast.stmt]
    """The statements that it stands among."""
    target: ast.expr
    """The parameter."""
    step: ast.expr
    """What is taken from it."""
    rate: ast.expr
    """The rate, 1 if there is none."""
    parameter: ast.expr
    """What it is an entry of, if a loop within goes from one to the next; or else the target."""
    stored: ast.expr
    """Where it is kept after the step."""
    place: tuple[ast.expr, ...] = ()
    """Which entry."""

    def noted(self, hook: str) -> ast.stmt:
        """Return the statement that tells the step to a hook, and makes it."""
        whole, target = ast.unparse(self.parameter), ast.unparse(self.target)
        place = "".join(f"{ast.unparse(own)}, " for own in self.place)
        given = f"{whole!r}, {whole}, ({place}), {target}, {ast.unparse(self.step)}, {ast.unparse(self.rate)}"
        noted = f"{ast.unparse(self.stored)} = {hook}.step({given})"
        return ast.copy_location(ast.parse(noted).body[0], self.statement)


def steps(body: list[ast.stmt]) -> list[Step]:
    """Return the steps among statements, those under an ``if`` too."""
    return list(_steps(body, frozenset()))


def _steps(body: list[ast.stmt], counters: frozenset[str]) -> Iterator[Step]:
    for statement in body:
        if own := _step(statement, body):
            yield replace(own, **_entry_of(own.target, counters))
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            within = counters | _named(statement.target) if isinstance(statement, ast.For) else counters
            for inside in ("body", "orelse"):
                yield from _steps(getattr(statement, inside, []), within)


def by_entry(loop: ast.For | ast.While) -> bool:
    """Say whether a loop goes from one entry of its parameters to the next."""
    if isinstance(loop, ast.While):
        return False
    counters, targets = _named(loop.target), [own.target for own in steps(loop.body)]
    return all(isinstance(own, ast.Subscript) and counters & _named(own) for own in targets)


def _entry_of(target: ast.expr, counters: frozenset[str]) -> dict[str, Any]:
    """Return what a target is an entry of, for all that loops count with, and which: of ``W[l][i, j]`` all but W."""
    place: list[ast.expr] = []
    while isinstance(target, ast.Subscript) and counters & _named(target):
        place[:0] = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
        target = target.value
    return {"parameter": target, "place": tuple(place)}


def _named(node: ast.expr) -> frozenset[str]:
    """Return the names in an expression."""
    return frozenset(own.id for own in ast.walk(node) if isinstance(own, ast.Name))


def _step(statement: ast.stmt, holder: list[ast.stmt]) -> Step | None:
    match statement:
        case ast.AugAssign(stored, ast.Sub() | ast.Add() as sign, value):
            target = stored
        case ast.Assign([stored], ast.BinOp(target, ast.Sub() | ast.Add() as sign, value)):
            if ast.unparse(target) != ast.unparse(stored) and not _replaces(stored, target, holder):
                return None
        case _:
            return None
    name, rate = ast.unparse(target), _rate(value)
    if not isinstance(target, ast.Name | ast.Attribute | ast.Subscript) or GRADIENT.fullmatch(name):
        return None
    if rate is None and not (PARAMETER.fullmatch(name) and isinstance(statement, ast.AugAssign)):
        return None
    step = value if isinstance(sign, ast.Sub) else ast.UnaryOp(ast.USub(), value)
    return Step(statement, holder, target, step, rate or ast.Constant(1.0), target, stored)


def _replaces(new: ast.expr, old: ast.expr, holder: list[ast.stmt]) -> bool:
    """Say whether something takes the place of something else among statements: ``old = new``."""
    return isinstance(new, ast.Name) and f"{ast.unparse(old)} = {new.id}" in map(ast.unparse, holder)


def _rate(value: ast.expr) -> ast.expr | None:
    """Return the rate among the factors of a step."""
    match value:
        case ast.Name() | ast.Attribute() if ast.unparse(value).removeprefix("self.") in RATES:
            return value
        case ast.UnaryOp(ast.USub(), inner):
            return _rate(inner)
        case ast.BinOp(left, ast.Mult() | ast.Div() | ast.MatMult(), right):  # rate * X.T @ d is (rate * X.T) @ d
            return _rate(left) or (_rate(right) if isinstance(value.op, ast.Mult) else None)
    return None


def rates(definition: ast.AST) -> set[str]:
    """Name the rates of the steps that a function makes."""
    body = [own for node in ast.walk(definition) if isinstance(node, ast.FunctionDef) for own in node.body]
    return {own.id for step in steps(body) for own in ast.walk(step.rate) if isinstance(own, ast.Name)}
