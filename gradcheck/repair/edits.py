"""Small edits of somebody's expressions: each is a guess at what was meant, to be tried and not to be believed.

Every edit changes one expression, or turns one assignment into an addition. The plain ones come first: another
variable, another sign, a call renamed, a factor dropped. Then a factor more, then a term more.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gradcheck.repair.names import Names

HANDED_ON = 3
"""How much more far-fetched an edit is where a name is only returned."""


@dataclass
class Edit:
    """One expression, or one statement, replaced by another."""

    parent: ast.AST
    """What holds it."""
    name: str
    """The field of the parent."""
    place: int | None
    """Its place in that field, if that is a list."""
    old: Any
    """What stands there."""
    new: Any
    """What is tried."""
    slip: str
    """The slip that it undoes."""
    rank: int = 0
    """How far-fetched it is."""
    unit: ast.expr | None = None
    """The whole of what is assigned, or returned, that it is a part of; None if it is a part of neither."""
    line: int = field(init=False)

    def __post_init__(self) -> None:
        """Give what is new the place of the old, for tracebacks and for the names of code objects."""
        self.line = self.old.lineno
        for node in ast.walk(self.new):
            if isinstance(node, ast.expr | ast.stmt | ast.keyword) and not hasattr(node, "lineno"):
                ast.copy_location(node, self.old)

    def make(self) -> None:
        """Put what is new in its place."""
        self._put(self.new)

    def undo(self) -> None:
        """Put what was there back."""
        self._put(self.old)

    def _put(self, node: ast.AST) -> None:
        if self.place is None:
            setattr(self.parent, self.name, node)
        else:
            getattr(self.parent, self.name)[self.place] = node


@dataclass(frozen=True)
class Site:
    """An expression in its place."""

    parent: ast.AST
    name: str
    place: int | None
    node: Any
    above: tuple[ast.AST, ...]
    """What it lies in, the nearest last."""

    def edit(self, new: ast.AST, slip: str, rank: int = 0) -> Edit:
        """Return the edit that puts something else here; what is only handed on was made, and is mended, elsewhere."""
        alone = isinstance(self.node, ast.Name) and isinstance(self.parent, ast.Return | ast.Tuple | ast.Dict)
        handed_on = alone and any(isinstance(own, ast.Return) for own in self.above)
        rank += HANDED_ON * handed_on
        return Edit(self.parent, self.name, self.place, self.node, new, slip, rank, self.unit)

    @cached_property
    def unit(self) -> ast.expr | None:
        """The whole of what is assigned, or returned, that this is a part of; of several values returned, one."""
        inside = [*self.above, self.node]
        held = _held_by(next(own for own in reversed(inside) if isinstance(own, ast.stmt | ast.Lambda)))
        if isinstance(held, ast.Call) and held.args and isinstance(held.args[0], ast.List | ast.Tuple):
            held = held.args[0] if held.args[0] in self.above else held  # parts that are put side by side
        if isinstance(held, ast.Tuple | ast.List | ast.Dict):
            elements = held.values if isinstance(held, ast.Dict) else held.elts
            return next((own for own in elements if own in inside), None)
        return held


def chosen(site: Site) -> bool:
    """Say whether an expression is one of the two that ``where`` chooses from."""
    call = site.parent
    return isinstance(call, ast.Call) and ast.unparse(call.func).endswith("where") and site.place in (1, 2)


def _held_by(node: ast.AST) -> ast.expr | None:
    """Return what a statement assigns or returns; nothing if it does neither."""
    match node:
        case ast.Assign(_, value) | ast.AugAssign(_, _, value) | ast.Return(value):
            return value
        case ast.Expr(ast.Call(args=[_, _, value])):  # it is scattered
            return value
        case ast.Lambda(_, body):
            return body
    return None


def sites(function: ast.AST) -> list[Site]:
    """Return every expression and statement of a function, without those of functions inside it.

    Where a loop goes on for as long as something holds, nothing is touched: it might never end. Nor is what the value
    is made of, where one function returns it beside its gradients: with that changed it would be another function.
    """
    endless = any(isinstance(own, ast.While) for own in ast.walk(function))
    forward = of_value(function)
    return (
        [] if endless else [own for own in _below(function, ()) if forward.isdisjoint(map(id, (*own.above, own.node)))]
    )


VALUE = re.compile(r"(\w*_)?[JL](_\w*)?|\w*(loss|cost|objective|energy|total|value)\w*", re.IGNORECASE)
"""What the value is called that a function returns beside its gradients."""


def of_value(function: ast.AST) -> set[int]:
    """Return the plain statements that a value is made of, by their ids, if it is returned beside gradients."""
    returned = [own.value for own in ast.walk(function) if isinstance(own, ast.Return)]
    elements = [own.elts for own in returned if isinstance(own, ast.Tuple)]
    values = {own.id for group in elements for own in group if isinstance(own, ast.Name) and VALUE.fullmatch(own.id)}
    made = [own for own in ast.walk(function) if isinstance(own, ast.Assign | ast.AugAssign)]
    found: set[int] = set()
    while values:
        new = [own for own in made if id(own) not in found and values & _stored(own)]
        found |= set(map(id, new))
        values = {own.id for one in new for own in ast.walk(one) if isinstance(own, ast.Name)}
    return found


def _stored(node: ast.Assign | ast.AugAssign) -> set[str]:
    """Name what an assignment gives a value to; what it only takes away from an entry, as on the way back, is none."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    parts = [part for own in targets for part in (own.elts if isinstance(own, ast.Tuple) else [own])]
    if isinstance(node, ast.Assign):
        parts = [part.value if isinstance(part, ast.Subscript) else part for part in parts]
    return {own.id for own in parts if isinstance(own, ast.Name)}


def _below(node: ast.AST, above: tuple[ast.AST, ...]) -> Iterator[Site]:
    inside = (*above, node)
    for name, value in ast.iter_fields(node):
        if name in ("decorator_list", "args", "returns", "annotation") and isinstance(
            node, ast.FunctionDef | ast.Lambda
        ):
            continue
        for place, own in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(own, ast.expr | ast.stmt):
                yield Site(node, name, place if isinstance(value, list) else None, own, inside)
            if isinstance(own, ast.AST) and not isinstance(own, ast.FunctionDef | ast.Lambda):
                yield from _below(own, inside)


def parse(text: str, **parts: ast.AST) -> Any:
    """Return an expression read from text, with nodes in the places of some names."""
    return _filled(ast.parse(text, mode="eval").body, parts)


def _filled(node: Any, parts: dict[str, ast.AST]) -> Any:
    """Put nodes in the places of names, and take the rest its own place in the file."""
    if isinstance(node, ast.Name) and node.id in parts:
        return parts[node.id]
    for key in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
        node.__dict__.pop(key, None)
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            value[:] = [_filled(own, parts) if isinstance(own, ast.AST) else own for own in value]
        elif isinstance(value, ast.AST):
            setattr(node, name, _filled(value, parts))
    return node


def stages(function: ast.AST, names: Names, wanted: Callable[[Site], bool]) -> Iterator[Iterator[Edit]]:
    """Yield edits of the wanted sites of one function in stages: what was so before, or is unused, comes first."""
    from gradcheck.repair import insertions, norms, replacements, slopes
    from gradcheck.repair.idle import idle, plainly, together
    from gradcheck.repair.statements import as_before

    every = sites(function)
    unused, own = idle(names, every), [site for site in every if wanted(site)]
    yield (edit for site in own for edit in (*as_before(site, names), *plainly(site, names, unused)))
    yield (edit for site in own for edit in (*replacements.of(site, names), *slopes.mistaken(site)))
    far = () if names.raises else (replacements.misread,)
    yield (
        edit
        for site in own
        for make in (insertions.factors, slopes.misplaced, slopes.unbent, *far)
        for edit in make(site, names)
    )
    yield (edit for site in own for make in (insertions.terms, norms.statistics) for edit in make(site, names))
    yield (edit for site in own for edit in together(site, names, unused))
