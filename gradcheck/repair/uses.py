"""Which uses of a parameter does a gradient count? Each use is moved alone, and the claim is fitted by what they give.

Weights that are shared, a value with a way around a block, a matrix of every time step: their gradient is a sum
over all uses. The code is run with each use in turn replaced by one that is a little off; the claimed gradient is then
written as a combination of what the uses contribute. A factor of 0 is a use left out, of 2 one counted twice.
"""

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from time import thread_time
from typing import Any

import numpy as np

from gradcheck.mistakes.slips import slip
from gradcheck.op import Array
from gradcheck.point import Point
from gradcheck.records import Diagnosis
from gradcheck.repair.witnesses import Scene, Witness

MOST = 16
"""How many uses are told apart."""
SECONDS = 1.0
"""How long the uses of all parameters of a backward pass are looked at, in time of the processor."""
HOOK = "__gradcheck_use__"
"""What a use is replaced by."""
STEP = 1e-3
"""How far a use is moved; with four values the error is that to the fourth."""
DIGITS = 1e-6
"""How closely the uses must make up the right gradient, and the claimed one."""
MEANT = {0.0: "use-left-out", 2.0: "use-counted-twice", -1.0: "use-with-wrong-sign"}
"""What a factor of a use means."""


@dataclass
class Hook:
    """Stands in the place of a parameter: notes every use, and moves one of them."""

    moved: int = -1
    by: Any = 0.0
    lines: list[int] = field(default_factory=list)

    def __call__(self, value: Any, line: int) -> Any:
        """Return the parameter, or if this is the use that is moved, what is a little off."""
        self.lines.append(line)
        return value + self.by if len(self.lines) == self.moved + 1 else value


class _Hooked(ast.NodeTransformer):
    """Hands every use of a parameter to the hook."""

    def __init__(self, role: str) -> None:
        self.role = role

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id != self.role or not isinstance(node.ctx, ast.Load):
            return node
        call = ast.Call(ast.Name(HOOK, ast.Load()), [node, ast.Constant(node.lineno)], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))


def told(scene: Scene, role: str, points: Sequence[Point], right: Sequence[Array], ends: float) -> Diagnosis | None:
    """Say which uses of a parameter a gradient leaves out, or counts twice; None if that does not explain it.

    Raises TimeoutError if it is not known by the time ``ends``, as ``thread_time`` counts.
    """
    witness = next((own for own in scene.forwards if role in _arguments(own)), None)
    if witness is None:
        return None
    with scene.guarded(), _hooked(witness, role) as hooks:
        points[0].open()
        lines = hooks[0].lines
        if not 1 < len(lines) <= MOST:
            return None
        fitted = [_seen(hooks, role, point, len(lines), ends) for point in points]
    uses, claims = np.concatenate([own for own, _ in fitted]), np.concatenate([own for _, own in fitted])
    truth = np.concatenate([_along(role, own, point, len(lines)) for own, point in zip(right, points, strict=True)])
    counted = [place for place in range(len(lines)) if np.abs(uses[:, place]).max() > DIGITS * np.abs(truth).max()]
    factors = _factors(uses[:, counted], claims, truth)
    return None if factors is None else _diagnosis(role, [_place(lines, own) for own in counted], factors)


def _arguments(witness: Witness) -> set[str]:
    return {own.arg for own in witness.function.args.args}


@contextmanager
def _hooked(witness: Witness, role: str) -> Iterator[list[Hook]]:
    """Run the code with every use of a parameter handed to the hook that stands in the list."""
    holder, function = [Hook()], witness.function
    body, scopes = function.body, [own.__globals__ for own, _ in witness.tree.live]
    try:
        for scope in scopes:
            scope[HOOK] = lambda value, line: holder[0](value, line)
        function.body = [_Hooked(role).visit(deepcopy(own)) for own in body]  # type: ignore[union-attr] # no lambda
        with witness.tree.running():
            yield holder
    finally:
        function.body = body
        for scope in scopes:
            scope.pop(HOOK, None)


def _seen(hooks: list[Hook], role: str, point: Point, uses: int, ends: float) -> tuple[Array, Array]:
    """Return what each use contributes along some directions, (directions, uses), and what is claimed along them."""
    columns = []
    for place in range(uses):
        if thread_time() > ends:
            raise TimeoutError
        columns.append([_slope(hooks, place, direction, point) for direction in _directions(role, point, uses)])
    return np.array(columns).T, _along(role, np.asarray(point.claim()[role]), point, uses)


def _directions(role: str, point: Point, uses: int) -> Array:
    generator = np.random.default_rng(8)
    return generator.normal(size=(uses + 3, *point.inputs[role].shape[1:]))


def _along(role: str, gradient: Array, point: Point, uses: int) -> Array:
    """Return a gradient along the directions."""
    return np.array([(gradient[0] * own).sum() for own in _directions(role, point, uses)])


def _slope(hooks: list[Hook], place: int, direction: Array, point: Point) -> float:
    """Return the derivative of the value if one use alone moves along a direction."""

    def value(step: float) -> float:
        hooks[0] = Hook(place, step * direction)
        return float((point.cotangent * point.open()[0]).sum())

    near, far = value(STEP) - value(-STEP), value(2 * STEP) - value(-2 * STEP)
    return (8.0 * near - far) / (12.0 * STEP)


def _factors(uses: Array, claims: Array, truth: Array) -> Array | None:
    """Return how often each use is counted; None if that cannot be told, or says nothing."""
    if np.linalg.matrix_rank(uses, tol=DIGITS * np.abs(uses).max(initial=1.0)) < uses.shape[1]:
        return None
    if not _fits(uses @ np.ones(uses.shape[1]), truth):
        return None
    factors = np.linalg.lstsq(uses, claims, rcond=None)[0]
    meant = np.round(factors)
    known = {1.0, *MEANT}
    sure = set(meant.tolist()) <= known and meant.any() and (meant != 1.0).any()
    return meant if sure and _fits(uses @ meant, claims, np.abs(truth).max()) else None


def _fits(one: Array, other: Array, scale: float = 0.0) -> bool:
    return bool(np.abs(one - other).max() <= DIGITS * max(np.abs(other).max(), scale))


def _diagnosis(role: str, places: list[str], factors: Array) -> Diagnosis:
    """Say which uses are meant."""
    factor = next(own for own in MEANT if own in factors)
    meant = [place for place, own in zip(places, factors, strict=True) if own == factor]
    found = slip(MEANT[factor])
    says = f"{found.says} Here: {role} acts in {len(places)} places, and it is the one in {', '.join(meant)}."
    wrong = f"d{role} = " + " + ".join(_term(place, own) for place, own in enumerate(factors) if own)
    right = f"d{role} = " + " + ".join(_term(place, 1.0) for place in range(len(places)))
    return replace(found.diagnosis(wrong, right), says=says)


def _place(lines: list[int], use: int) -> str:
    """Name a use by its line, and where that runs several times by its turn."""
    line, many = lines[use], lines.count(lines[use])
    return f"line {line}" + (f" at turn {lines[: use + 1].count(line)} of {many}" if many > 1 else "")


def _term(place: int, factor: float) -> str:
    return f"{'' if factor == 1.0 else f'{factor:g} * '}(use {place + 1})"
