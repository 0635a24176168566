"""Edits that put something in: a factor, a size, a slope, a sum, a term that may have been left out."""

import ast
import re
from collections.abc import Iterator

from gradcheck.repair import slopes
from gradcheck.repair.edits import Edit, Site, chosen, parse
from gradcheck.repair.names import Names, fits, written

CONSTANTS = ("2", "0.5")
SPREAD = re.compile(r"(\w+\.)?\w*(std|sigma|sd|norm|rms)\w*", re.IGNORECASE)
"""What a root is called that something has been divided by."""
RESHAPING = ("reshape", "T", "sum", "mean", "dot", "transpose")
"""What is asked of an array as a whole."""

ADDING = ("np.sum", "np.mean")
"""Functions that add up what may have lost a factor, or a term, before."""


def factors(site: Site, names: Names) -> Iterator[Edit]:
    """Yield edits that multiply or divide what stands here, or add it up."""
    if isinstance(site.node, ast.AugAssign):
        yield from _before(site, names)
    if not whole(site):
        return
    node, shape = site.node, shape_at(site, names)
    for size in (_nearest(own, site, names) for own in names.sizes):
        rank = 0 if size in names.numbers else 1
        yield site.edit(parse("(A) / S", A=node, S=parse(size)), "size-left-out", rank)
        yield site.edit(parse("(A) * S", A=node, S=parse(size)), "size-left-out", rank)
        yield site.edit(parse("(A) / S ** 0.5", A=node, S=parse(size)), "factor-left-out", 2)
    for name, value in names.numbers.items():
        if name not in names.sizes and value not in (0.0, 1.0):
            yield site.edit(parse("(A) * S", A=node, S=parse(name)), "factor-left-out", 1)
            yield site.edit(parse("(A) / S", A=node, S=parse(name)), "factor-left-out", 1)
        if name not in names.sizes and 0.0 < value < 1.0:
            yield site.edit(parse("(A) / (1 - S)", A=node, S=parse(name)), "factor-left-out", 1)
            yield site.edit(parse("(A) * (1 - S)", A=node, S=parse(name)), "factor-left-out", 1)
    for name, power in sorted(names.forward.powers):
        for less in (1, 0):
            yield site.edit(parse(f"(A) * {name} ** {power - less}", A=node), "factor-left-out", 2)
    for constant in CONSTANTS:
        yield site.edit(parse(f"{constant} * (A)", A=node), "constant-wrong", 1)
    for name, own in names.arrays.items():
        if shape is None or fits(own, shape):
            yield from _times(site, name, names)
        elif name in names.given:  # what arrives, and was forgotten, is as long as the batch
            yield site.edit(parse("(A) * V", A=node, V=parse(name)), "factor-left-out", 2)
    yield from _sums(site, names, shape)


def _nearest(size: str, site: Site, names: Names) -> str:
    """Write a size as that of an array in the same statement, if it is one, and no number's name."""
    statement = next(own for own in reversed((*site.above, site.node)) if isinstance(own, ast.stmt | ast.Lambda))
    beside = [own.id for own in ast.walk(statement) if isinstance(own, ast.Name)]
    ways = (
        f"{name}.shape[{axis}]"
        for name in reversed(beside)  # what is written to comes last
        for axis, length in enumerate(names.arrays.get(name, ()))
        if length == names.sizes[size]
    )
    return size if size in names.numbers else next(ways, size)


def _before(site: Site, names: Names) -> Iterator[Edit]:
    """A sum that should have been divided before more is added to it."""
    target = ast.unparse(site.node.target)
    for size in names.sizes:
        divided = ast.BinOp(parse(f"{target} / {size}"), site.node.op, site.node.value)
        yield site.edit(ast.Assign([site.node.target], divided), "size-left-out", 2)


def _times(site: Site, name: str, names: Names) -> Iterator[Edit]:
    """An array, or a slope written in it, as a factor."""
    node, own = site.node, parse(name)
    squared = name == written(node) and isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.Sub)
    kind = "activation-slope-wrong" if squared else "factor-left-out"
    yield site.edit(parse("(A) * V", A=node, V=own), kind, 2)
    yield site.edit(parse("(A) / V", A=node, V=own), "factor-left-out", 3)
    if SPREAD.fullmatch(name):  # the slope of 1 / V by what V is the root of
        yield site.edit(parse("(A) / V ** 3", A=node, V=own), "factor-left-out", 3)
    yield from slopes.missing(site, name, names)


def _sums(site: Site, names: Names, shape: tuple[int, ...] | None) -> Iterator[Edit]:
    deepest = len(shape) if shape else max((len(own) for own in names.arrays.values()), default=0)
    for axis in range(deepest):
        for kept in ("", ", keepdims=True"):
            yield site.edit(parse(f"(A).sum(axis={axis}{kept})", A=site.node), "sum-left-out", 2)


def whole(site: Site) -> bool:
    """Say whether an expression is all of what is assigned or returned, or an operand of a matrix product."""
    if isinstance(site.node, ast.stmt | ast.Constant | ast.Tuple | ast.Dict | ast.List | ast.Slice):
        return False
    if not isinstance(getattr(site.node, "ctx", ast.Load()), ast.Load) or site.name in (
        "slice",
        "func",
        "keys",
        "iter",
    ):
        return False
    return _is_all_of(site.parent, site)


def handed_over(site: Site) -> bool:
    """Say whether an expression is an argument of a function that the person has written."""
    own = isinstance(site.parent, ast.Call) and site.name == "args" and isinstance(site.parent.func, ast.Name)
    return own and isinstance(site.node, ast.Name | ast.Subscript | ast.BinOp)


def _is_all_of(parent: ast.AST, site: Site) -> bool:
    match parent:
        case ast.Assign() | ast.AugAssign() | ast.Return():
            return site.name == "value"
        case ast.Dict() | ast.Tuple() | ast.List():
            return not any(isinstance(own, ast.Subscript) for own in site.above)
        case ast.BinOp():
            grouped = isinstance(site.node, ast.BinOp) and site.name == "right"
            return isinstance(parent.op, ast.MatMult | ast.Add | ast.Sub) or grouped
        case ast.Attribute():
            return site.name == "value" and parent.attr in RESHAPING
        case ast.Call():
            added = site.place == 0 and ast.unparse(parent.func) in ADDING
            return chosen(site) or added or ast.unparse(parent.func).endswith(("dot", "outer", "add.at"))
    return False


def shape_at(site: Site, names: Names) -> tuple[int, ...] | None:
    """Return the shape of what stands here, if it is a name or is given one."""
    own = names.shape(site.node)
    if own is None and isinstance(site.parent, ast.Assign) and len(site.parent.targets) == 1:
        return names.shape(site.parent.targets[0])
    return own


def terms(site: Site, names: Names) -> Iterator[Edit]:
    """Yield edits that add or take away a term: an array, or a number times an array."""
    if not whole(site) and not handed_over(site):
        yield from _within(site, names)
        return
    node, shape = site.node, shape_at(site, names)
    for name, own in names.arrays.items():
        if (shape is None or fits(own, shape)) and name != written(node):
            for sign in "+-":
                yield site.edit(parse(f"A {sign} V", A=node, V=parse(name)), "term-left-out", 1)
            for scalar in names.strengths:
                yield from _penalties(site, name, scalar, names)
    for name in (own for own in names.numbers if "[" in own):
        for sign in "+-":
            yield site.edit(parse(f"A {sign} V", A=node, V=parse(name)), "term-left-out", 1)
    if shape is not None:
        yield from _around(site, shape, names)
    if isinstance(site.parent, ast.Assign | ast.Return):
        yield from _alike(site, names)


def a_factor(site: Site) -> bool:
    """Say whether a name is a factor, or stands above a fraction."""
    match site.parent:
        case ast.BinOp(op=ast.Mult()):
            return bool(written(site.node))
        case ast.BinOp(op=ast.Div()):
            return bool(written(site.node)) and site.name == "left"
    return False


def _within(site: Site, names: Names) -> Iterator[Edit]:
    """One term more in a factor, or above a fraction: ``(h - n) * z`` for ``h * z``."""
    shape = names.shape(site.node) if a_factor(site) else None
    for name, own in names.arrays.items() if shape else ():
        if own == shape and name != written(site.node):
            for sign in "+-":
                yield site.edit(parse(f"A {sign} V", A=site.node, V=parse(name)), "term-left-out", 2)


def _around(site: Site, shape: tuple[int, ...], names: Names) -> Iterator[Edit]:
    """A way around: what arrives, or what was carried here, times what it passed through."""
    carried = written(site.parent.targets[0]) if isinstance(site.parent, ast.Assign) else ""
    arrives = [name for name in dict.fromkeys((carried, *names.given)) if names.arrays.get(name) == shape]
    for name in arrives:
        for other, own in names.arrays.items():
            if other != name and fits(own, shape):
                for factor in (other, f"(1 - {other})"):
                    yield site.edit(parse(f"A + {name} * {factor}", A=site.node), "term-left-out", 2)


def _alike(site: Site, names: Names) -> Iterator[Edit]:
    """One term more like those that are there: ``dk @ Wk.T`` beside ``dq @ Wq.T``."""
    there = {ast.unparse(own) for own in ast.walk(site.node)}
    for term in _terms(site.node):
        match term:
            case ast.BinOp(left, ast.MatMult(), ast.Attribute(right, "T")) if written(left) and written(right):
                for one in (written(left), *names.others(written(left))):
                    for other in (written(right), *names.others(written(right))):
                        if f"{one} @ {other}.T" not in there:
                            more = parse(f"{one} @ {other}.T")
                            yield site.edit(parse("A + B", A=site.node, B=more), "term-left-out", 1)


def _terms(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the terms of a sum."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from (*_terms(node.left), *_terms(node.right))
    else:
        yield node


def _penalties(site: Site, name: str, scalar: str, names: Names) -> Iterator[Edit]:
    """A penalty's slope: a number times an array, twice that, or that over a size."""
    factors_ = (scalar, f"2 * {scalar}", *(f"{scalar} / {size}" for size in names.sizes))
    for factor in factors_:
        yield site.edit(parse(f"A + {factor} * V", A=site.node, V=parse(name)), "term-left-out", 2)


__all__ = ["a_factor", "factors", "handed_over", "shape_at", "terms", "whole"]
