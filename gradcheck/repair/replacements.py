"""Plain edits: another variable, sign, axis or constant; a call renamed; a factor, a term, a transpose dropped."""

import ast
from collections.abc import Iterator
from typing import Any

from gradcheck.repair import statements
from gradcheck.repair.edits import Edit, Site, chosen, parse
from gradcheck.repair.names import Names, written
from gradcheck.repair.statements import dropped, read

MEANS = {"mean": "sum", "sum": "mean"}
"""Calls that are taken for each other."""
OTHERS = {"max": "min", "min": "max", "tanh": "sigmoid", "argmax": "argmin"}


def of(site: Site, names: Names) -> Iterator[Edit]:
    """Yield the plain edits of one expression or statement."""
    node = site.node
    if isinstance(node, ast.stmt):
        yield from statements.of(site, names)
        return
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
        return
    yield from _variable(site, names)
    if names.raises:
        yield from misread(site, names)
    yield from _sign(site)
    match node:
        case ast.BinOp():
            yield from _operation(site, names)
        case ast.Call():
            yield from _call(site, names)
        case ast.Constant():
            yield from _constant(site)
        case ast.Compare():
            yield from _comparison(site)
        case ast.Subscript():
            yield from _subscript(site)
        case ast.Tuple():
            yield from _order(site)
        case ast.Name() | ast.Attribute() if site.name == "iter":
            yield site.edit(parse("reversed(A)", A=node), "wrong-way-through-time", 1)
    yield from _transpose(site, names)
    yield from _index(site)


def _variable(site: Site, names: Names) -> Iterator[Edit]:
    """Another name in the place of one."""
    name = written(site.node)
    written_to = isinstance(site.parent, ast.Subscript) and isinstance(site.parent.ctx, ast.Store)
    if not name or (isinstance(site.parent, ast.Call) and site.name == "func") or (written_to and site.name == "value"):
        return
    for other in names.others(name):
        yield site.edit(parse(other), "other-variable", 1 if other in names.known else 2)
    measured = isinstance(site.parent, ast.Attribute) and site.parent.attr in ("shape", "size")
    if measured or (isinstance(site.parent, ast.Call) and ast.unparse(site.parent.func) == "len"):
        lengths = [other for other in names.arrays if names.arrays[other] != names.arrays.get(name)]
        yield from (site.edit(parse(other), "other-variable", 1) for other in lengths)


def misread(site: Site, names: Names) -> Iterator[Edit]:
    """Yield edits that put an array of another shape in the place of one."""
    own = names.shape(site.node)
    if own is None or not isinstance(site.node, ast.Name | ast.Attribute) or isinstance(site.parent, ast.Attribute):
        return
    if isinstance(site.node.ctx, ast.Load) and site.name != "func":
        others = (other for other, shape in names.arrays.items() if shape != own)
        yield from (site.edit(parse(other), "other-variable", 3) for other in others)


def _sign(site: Site) -> Iterator[Edit]:
    """A minus that is lost, or one too many."""
    node = site.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield site.edit(node.operand, "sign-wrong")
    whole = (
        isinstance(site.parent, ast.Assign | ast.AugAssign | ast.Return | ast.Dict | ast.Tuple) and site.name != "slice"
    )
    whole = whole or chosen(site)
    if whole and isinstance(node, ast.Name | ast.Call | ast.BinOp | ast.Attribute) and not _target(site):
        yield site.edit(parse("-(A)", A=node), "sign-wrong", 2)
    if (
        isinstance(site.parent, ast.BinOp)
        and isinstance(node, ast.Name | ast.Call)
        and isinstance(site.parent.op, ast.Mult)
    ):
        yield site.edit(parse("-A", A=node), "sign-wrong", 4)


def _target(site: Site) -> bool:
    return any(isinstance(own, ast.Subscript) for own in site.above[-2:]) or site.name in ("targets", "target", "keys")


def _operation(site: Site, names: Names) -> Iterator[Edit]:
    node = site.node
    left, right = node.left, node.right
    index = site.name in ("slice", "lower", "upper")
    sign, term = ("place-wrong", "place-wrong") if index else ("sign-wrong", "term-too-many")
    match node.op:
        case ast.Add():
            yield site.edit(parse("A - B", A=left, B=right), sign)
            yield site.edit(parse("B - A", A=left, B=right), sign, 1)
            yield site.edit(left, term, 1)
            yield site.edit(right, term, 1)
        case ast.Sub():
            yield site.edit(parse("A + B", A=left, B=right), sign)
            yield site.edit(parse("B - A", A=left, B=right), sign)
            yield site.edit(left, term, 1)
            yield site.edit(parse("-B", B=right), "term-too-many", 1)
        case ast.Mult():
            yield site.edit(left, dropped(right, names), 1)
            yield site.edit(right, dropped(left, names), 1)
            yield site.edit(parse("A / B", A=left, B=right), "factor-upside-down", 1)
            yield site.edit(parse("A @ B", A=left, B=right), "elementwise-for-matrix", 1)
        case ast.Div():
            yield site.edit(left, dropped(right, names), 1)
            yield site.edit(parse("A * B", A=left, B=right), "factor-upside-down", 1)
        case ast.MatMult():
            yield site.edit(parse("B @ A", A=left, B=right), "operands-exchanged", 1)
            yield site.edit(parse("A * B", A=left, B=right), "elementwise-for-matrix", 1)
            if inner := turned(left):
                yield site.edit(parse("B @ A", A=inner, B=_turned_like(left, right)), "operands-exchanged", 1)
            if inner := turned(right):
                yield site.edit(parse("B @ A", A=_turned_like(right, left), B=inner), "operands-exchanged", 1)
        case ast.Pow():
            yield site.edit(left, "constant-wrong", 1)


def turned(node: ast.expr) -> ast.expr | None:
    """Return what is written with its rows for columns, ``x.T`` or ``x.swapaxes(-1, -2)``; None if nothing is."""
    match node:
        case ast.Attribute(value=inner, attr="T"):
            return inner
        case ast.Call(func=ast.Attribute(value=inner, attr="swapaxes")):
            return inner
    return None


def _turned_like(node: Any, other: ast.expr) -> ast.expr:
    """Return an expression with its rows for columns, written as another is."""
    if isinstance(node, ast.Attribute):
        return ast.Attribute(other, "T", ast.Load())
    return ast.Call(ast.Attribute(other, "swapaxes", ast.Load()), node.args, node.keywords)


def _call(site: Site, names: Names) -> Iterator[Edit]:
    node: ast.Call = site.node
    if isinstance(node.func, ast.Attribute):
        yield from _renamed(site, node, node.func)
    if len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred):
        yield site.edit(node.args[0], "function-wrong", 2)
    if len(node.args) == 2 and not node.keywords:
        yield site.edit(ast.Call(node.func, node.args[::-1], []), "operands-exchanged", 2)
        if ast.unparse(node.func) in ("np.dot", "numpy.dot"):
            yield site.edit(parse("A * B", A=node.args[0], B=node.args[1]), "elementwise-for-matrix", 2)
    if ast.unparse(node.func) == "range":
        yield site.edit(parse("reversed(A)", A=node), "wrong-way-through-time", 1)
    if ast.unparse(node.func) == "reversed":
        yield site.edit(node.args[0], "wrong-way-through-time", 1)
    yield from _axes(site, node, names)


def _renamed(site: Site, node: ast.Call, function: ast.Attribute) -> Iterator[Edit]:
    """A sum for a mean, and the other way round; a sum or mean that should not be there."""
    name = function.attr
    if name in MEANS:
        slip = "mean-taken-for-sum" if name == "mean" else "sum-taken-for-mean"
        yield site.edit(_with(node, ast.Attribute(function.value, MEANS[name], ast.Load())), slip)
    elif name in OTHERS:
        yield site.edit(_with(node, ast.Attribute(function.value, OTHERS[name], ast.Load())), "function-wrong", 1)


def _with(node: ast.Call, function: ast.expr) -> ast.Call:
    return ast.Call(function, node.args, node.keywords)


def _axes(site: Site, node: ast.Call, names: Names) -> Iterator[Edit]:
    """An axis where everything is added up, and the axis that is kept."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in (*MEANS, "max"):
        return
    own = {key.arg for key in node.keywords}
    method = written(node.func.value) != "np"
    if "axis" not in own and len(node.args) == (0 if method else 1):
        deepest = max((len(shape) for shape in names.arrays.values()), default=0)
        for axis in range(deepest):
            for kept in (False, True):
                more = [ast.keyword("axis", ast.Constant(axis))] + [ast.keyword("keepdims", ast.Constant(True))] * kept
                yield site.edit(ast.Call(node.func, node.args, more), "sum-over-other-axis", 2)
    if own and "keepdims" not in own:
        kept_too = [*node.keywords, ast.keyword("keepdims", ast.Constant(True))]
        yield site.edit(ast.Call(node.func, node.args, kept_too), "sum-over-other-axis", 1)
    if "keepdims" in own:
        without = [key for key in node.keywords if key.arg != "keepdims"]
        yield site.edit(ast.Call(node.func, node.args, without), "sum-over-other-axis", 2)


def _constant(site: Site) -> Iterator[Edit]:
    """Another number; in an axis another axis, in an index another place."""
    value = site.node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    minus = isinstance(site.parent, ast.UnaryOp)
    axis = (isinstance(site.parent, ast.keyword) and site.parent.arg == "axis") or _reduced(site)
    index = any(isinstance(own, ast.Subscript | ast.Slice) for own in site.above[-3:])
    loop = any(isinstance(own, ast.Call) and ast.unparse(own.func) == "range" for own in site.above[-3:])
    slip = "sum-over-other-axis" if axis else "steps-left-out" if loop else "place-wrong" if index else "constant-wrong"
    tried = [1 - value, -1, 2] if axis else [value + 1, value - 1, 2 * value, value / 2, -value, 1, 3 * value]
    match site.parent:
        case ast.BinOp(op=ast.Mult()):
            factor = True
        case ast.BinOp(op=ast.Div()):
            factor = site.name == "right"
        case _:
            factor = False
    pointless = {value, *([1] if factor else []), *([0] if minus else [])}  # a factor of 1 is left out
    for other in dict.fromkeys(own for own in tried if own not in pointless):
        whole = int(other) if isinstance(value, int) and other == int(other) else other
        if isinstance(whole, float) and (axis or index or loop):
            continue
        kind = "sign-wrong" if whole == -value and slip == "constant-wrong" else slip
        broken = isinstance(whole, float) and isinstance(value, int) and value != 1
        yield site.edit(parse(repr(whole)), kind, 2 if broken else 1)


def _reduced(site: Site) -> bool:
    """Say whether a number is the axis of a sum, given without its name."""
    call = site.parent
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in MEANS


def _comparison(site: Site) -> Iterator[Edit]:
    node: ast.Compare = site.node
    turned: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
        ast.Gt: (ast.Lt, ast.GtE, ast.LtE), ast.Lt: (ast.Gt, ast.LtE, ast.GtE), ast.GtE: (ast.Gt, ast.LtE, ast.Lt),
        ast.LtE: (ast.Lt, ast.GtE, ast.Gt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
    }  # fmt: skip
    for other in turned.get(type(node.ops[0]), ()):
        yield site.edit(ast.Compare(node.left, [other()], node.comparators), "comparison-wrong")


def _subscript(site: Site) -> Iterator[Edit]:
    """The array without its index; every entry's own row for all rows."""
    node: ast.Subscript = site.node
    if isinstance(node.slice, ast.Tuple):
        yield site.edit(node.value, "place-wrong", 3)


def _order(site: Site) -> Iterator[Edit]:
    """Two values returned in each other's places; the labels of all rows for each row's own label."""
    own = site.node.elts
    if isinstance(site.parent, ast.Return):
        for one in range(len(own)):
            for other in range(one):
                order = list(own)
                order[one], order[other] = own[other], own[one]
                yield site.edit(ast.Tuple(order, ast.Load()), "operands-exchanged", 3)
    if isinstance(site.parent, ast.Subscript) and len(own) == 2 and isinstance(own[0], ast.Slice):
        rows = parse("(np.arange(len(A)), B)", A=read(site.parent.value), B=own[1])
        yield site.edit(rows, "place-wrong", 1)


def _transpose(site: Site, names: Names) -> Iterator[Edit]:
    node = site.node
    if inner := turned(node):
        yield site.edit(inner, "transpose-too-many")
    operand = isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.MatMult | ast.Add | ast.Sub)
    operand = operand or (isinstance(site.parent, ast.Call) and ast.unparse(site.parent.func).endswith("dot"))
    operand = operand or isinstance(site.parent, ast.Return | ast.Assign | ast.Tuple | ast.Dict)
    whole = ast.Name | ast.Call | ast.BinOp | ast.UnaryOp | ast.Attribute | ast.Subscript
    if operand and not _target(site) and isinstance(node, whole):
        shape = names.shape(node)
        if site.name != "func" and (shape is None or len(shape) == 2):
            yield site.edit(parse("A.T", A=node), "transpose-left-out", 0 if isinstance(node, ast.Name) else 2)
        elif site.name != "func" and shape and len(shape) > 2:
            rank = 0 if isinstance(node, ast.Name) else 2
            yield site.edit(parse("A.swapaxes(-1, -2)", A=node), "transpose-left-out", rank)


def _index(site: Site) -> Iterator[Edit]:
    """The step before or after, in an index or as the end of a loop."""
    part = site.name in ("slice", "lower", "upper", "elts") and not isinstance(site.parent, ast.Return)
    inside = part and any(isinstance(own, ast.Subscript) for own in site.above)
    loop = isinstance(site.parent, ast.Call) and ast.unparse(site.parent.func) == "range"
    if isinstance(site.node, ast.Name | ast.Call | ast.BinOp | ast.UnaryOp) and (inside or loop):
        for step in "+-":
            yield site.edit(parse(f"A {step} 1", A=site.node), "steps-left-out" if loop else "place-wrong", 1)
