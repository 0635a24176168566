"""One turn of a loop that trains: what of the loop it is, what it is given, and what it leaves."""

import ast
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.discover.costs import implied, of_name
from gradcheck.discover.steps import Step, by_entry, steps
from gradcheck.op import Array

ROUNDS = re.compile(r"^_ in|iter|epoch|step|round", re.IGNORECASE)
"""What a loop counts with, and up to, that does the same over and over."""
HOOK = "__gradcheck_turn__"
"""What the rewritten loop calls."""


class Turned(Exception):
    """One turn of the loop is over."""


@dataclass
class Turn:
    """What one turn of a loop is given, and what it leaves."""

    given: Mapping[str, Array]
    stepping: bool
    found: dict[str, Array]
    gradients: dict[str, Array]
    which: int = 0
    value: Any = None

    def parameter(self, name: str, own: Any) -> Any:
        """Return the parameter as it is given, in its container; note what the file starts from."""
        if isinstance(own, dict):
            return {key: self.parameter(f"{name}[{key!r}]", one) for key, one in own.items()}
        if isinstance(own, list) and any(isinstance(one, np.ndarray) for one in own):
            return [self.parameter(f"{name}[{place}]", one) for place, one in enumerate(own)]
        self.found[name] = np.array(own, dtype=float)
        given = self.given.get(name, self.found[name])
        return given.copy() if np.ndim(own) else float(given)

    def step(self, name: str, whole: Any, place: tuple[Any, ...], own: Any, step: Any, rate: Any) -> Any:
        """Note a gradient, or an entry of one, and make the step; where only the value is asked for, make none."""
        if not self.stepping:
            return own
        while place and isinstance(whole, dict | list):
            name, whole, place = f"{name}[{place[0]!r}]", whole[place[0]], place[1:]
        gradient = np.asarray(step / rate, dtype=float)
        with suppress(ValueError):  # of another shape, which is for the check to say
            gradient = np.broadcast_to(gradient, np.shape(own)).copy()
        if place:
            self.gradients.setdefault(name, np.zeros(np.shape(whole)))[place] += gradient
        else:
            self.gradients[name] = gradient
        return own - step

    def over(self, *costs: Callable[[], Any]) -> None:
        """End the turn, with the value of one of the costs that may be meant."""
        self.value = costs[self.which]()
        raise Turned

    def implied(self, name: str, output: Any, target: Any) -> Any:
        """Return a cost that the file leaves out."""
        return of_name(name)(output, target)


def in_rounds(turn: ast.AST) -> bool:
    """Say whether a loop does the same over and over: ``for _ in range(max_iter)``."""
    counts = f"{ast.unparse(turn.target)} in {ast.unparse(turn.iter)}" if isinstance(turn, ast.For) else ""
    return isinstance(turn, ast.While) or bool(ROUNDS.search(counts))


def innermost(tree: ast.FunctionDef) -> ast.FunctionDef | ast.For | ast.While:
    """Return the innermost loop that makes steps; the function if no loop does.

    One that goes from entry to entry, and compares nothing with a target, is part of a turn.
    """
    loops = [own for own in ast.walk(tree) if isinstance(own, ast.For | ast.While) and steps(own.body)]
    turns = [own for own in loops if implied(own.body, HOOK) or not by_entry(own)]
    return turns[-1] if turns else tree


def _to_its_end(statement: ast.stmt) -> ast.stmt:
    """Return a statement of a turn that does not leave it where all has converged: ``if norm(step) < tol: break``."""
    if isinstance(statement, ast.Break):
        return ast.copy_location(ast.Pass(), statement)
    if isinstance(statement, ast.If):
        statement.body = [_to_its_end(own) for own in statement.body]
        statement.orelse = [_to_its_end(own) for own in statement.orelse]
    return statement


def rewrite(body: list[ast.stmt], found: list[Step], costs: list[ast.expr]) -> None:
    """Let parameters come from outside, steps be noted, and one turn be all."""
    for own in found:
        index = own.holder.index(own.statement)
        own.holder[index] = own.noted(HOOK)
    body[:] = [_to_its_end(own) for own in body]
    parameters = dict.fromkeys(ast.unparse(own.parameter) for own in found)
    begins = [ast.parse(f"{name} = {HOOK}.parameter({name!r}, {name})").body[0] for name in parameters]
    body[:0] = begins
    none = ast.arguments([], [], None, [], [], None, [])
    asked: list[ast.expr] = [ast.Lambda(none, cost) for cost in costs]
    body.append(ast.Expr(ast.Call(ast.parse(f"{HOOK}.over", mode="eval").body, asked, [])))
