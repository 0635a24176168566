"""Edits of statements: what is added or replaced, scattered, thrown away, or added where it does not belong."""

import ast
from collections.abc import Iterator

from gradcheck.repair.edits import Edit, Site, parse
from gradcheck.repair.names import Names, written


def of(site: Site, names: Names) -> Iterator[Edit]:
    """An addition for an assignment and the other way round; a change in place that should not be made."""
    if isinstance(site.node, ast.AugAssign):
        term = isinstance(site.node.op, ast.Add | ast.Sub)
        yield site.edit(ast.Pass(), "term-too-many" if term else dropped(site.node.value, names), 1)
    match site.node:
        case ast.AugAssign(target, ast.Add() | ast.Sub() as sign, value):
            other = ast.Sub() if isinstance(sign, ast.Add) else ast.Add()
            yield site.edit(ast.AugAssign(target, other, value), "sign-wrong")
            yield site.edit(ast.Assign([target], value), "added-instead-of-replaced", 1)
            yield from _scattered(site, target, value, "add" if isinstance(sign, ast.Add) else "subtract")
            yield from _of_weights(site, target, sign, value, names)
        case ast.Assign([ast.Name() | ast.Attribute() | ast.Subscript() as target], value):
            yield site.edit(ast.AugAssign(target, ast.Add(), value), "overwritten-instead-of-added", 1)
            yield site.edit(ast.AugAssign(target, ast.Sub(), value), "overwritten-instead-of-added", 3)
            yield from _scattered(site, target, value)
        case ast.Expr(ast.Call(args=[ast.Name(name), *_]) as call):
            yield site.edit(ast.Assign([ast.Name(name, ast.Store())], call), "answer-thrown-away", 1)


def as_before(site: Site, names: Names) -> Iterator[Edit]:
    """Yield what is computed on the way forward, in the place of what has the same name and is computed otherwise."""
    match site.node:
        case ast.Assign([ast.Name(name) as target], value):
            before = names.forward.assigned.get(name, ())
            if not any(ast.dump(own) == ast.dump(value) for own in before):
                yield from (site.edit(ast.Assign([target], own), "unlike-on-the-way-forward") for own in before)


def _of_weights(site: Site, target: ast.expr, sign: ast.operator, value: ast.expr, names: Names) -> Iterator[Edit]:
    """The slope of a penalty for all but the biases, which stand in the first, or last, column or row."""
    shape, held = names.shape(target), [own for own in ast.walk(value) if written(own) in names.arrays]
    same = [own for own in held if names.shape(own) == shape]
    for place in ("[:, 1:]", "[:, :-1]", "[1:]", "[:-1]") if shape and len(same) == 1 else ():
        if len(shape or ()) > 1 or "," not in place:
            without = parse(ast.unparse(value).replace(written(same[0]), f"{written(same[0])}{place}"))
            part = ast.Subscript(read(target), parse(f"A{place}", A=target).slice, ast.Store())
            yield site.edit(ast.AugAssign(part, sign, without), "bias-penalised", 1)


def _scattered(site: Site, target: ast.expr, value: ast.expr, how: str = "add") -> Iterator[Edit]:
    """An addition at places of which some may be the same: fancy indexing counts them once."""
    places = ast.Name | ast.Attribute | ast.Call
    if not isinstance(target, ast.Subscript):
        return
    parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
    looked_up = [own.value if isinstance(own, ast.Subscript) else own for own in parts]
    if all(isinstance(own, places) for own in looked_up):
        scatter = parse(f"np.{how}.at(A, B, C)", A=read(target.value), B=target.slice, C=value)
        yield site.edit(ast.Expr(scatter), "overwritten-instead-of-added", 1)


def read(node: ast.expr) -> ast.expr:
    """Return a target as an expression that is read."""
    return parse(ast.unparse(node))  # type: ignore[no-any-return] # an expression


def dropped(factor: ast.expr, names: Names) -> str:
    """Name the slip of a factor that should not be there."""
    if isinstance(factor, ast.Constant):
        return "constant-wrong"
    return "size-too-many" if _is_size(factor, names) else "factor-too-many"


def _is_size(node: ast.expr, names: Names) -> bool:
    """Say whether an expression is a size: a number called so, a length, or made of such."""
    match node:
        case ast.BinOp():
            return _is_size(node.left, names) or _is_size(node.right, names)
        case ast.Call(ast.Name("len" | "float" | "int")):
            return True
        case ast.Subscript(ast.Attribute(attr="shape")) | ast.Attribute(attr="size"):
            return True
    return ast.unparse(node) in names.sizes
