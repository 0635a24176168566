"""Slopes of activations, written in their values: one for another, one left out, one too many."""

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcheck.repair.edits import Edit, Site, parse
from gradcheck.repair.names import Names, written

SLOPES = {"(1 - V ** 2)": (-1.0, 1.0), "V * (1 - V)": (0.0, 1.0), "(V > 0)": (-np.inf, np.inf)}
"""Slopes of activations, written in their value, with where that lies."""
OF_CALLS = {"tanh": "(1 - F ** 2)", "sigmoid": "F * (1 - F)", "expit": "F * (1 - F)", "exp": "F"}
"""Slopes of functions, written in a call of them."""
SOFTMAX = "P * (D - (P * D).sum(axis=-1, keepdims=True))"
"""The slope of a softmax, in its value, times what arrives."""
POWERED = ast.Name | ast.Subscript | ast.Attribute | ast.Call
"""What may have lost its square."""
DENOMINATORS = POWERED | ast.BinOp
"""What may have lost a power below a fraction."""


def mistaken(site: Site) -> Iterator[Edit]:
    """Yield edits of slopes that are written here."""
    for make in (_slope, _softmax, _complement, _squared):
        yield from make(site)


def missing(site: Site, name: str, names: Names) -> Iterator[Edit]:
    """Yield edits that multiply what stands here with the slope of an activation, written in its value."""
    if len(names.arrays[name]) > 1 and _shares(names.known[name]):
        yield site.edit(parse(SOFTMAX, P=parse(name), D=site.node), "activation-slope-missing", 2)
    for slope in (*_of_values(names.known[name]), *(f"{function}(V)" for function in names.slopes)):
        yield site.edit(parse(f"(A) * {slope}", A=site.node, V=parse(name)), "activation-slope-missing", 2)
    for call in sorted(own for own in names.bent if own.endswith(f"({name})")):
        if slope := OF_CALLS.get(call.partition("(")[0].rpartition(".")[2], ""):
            yield site.edit(parse(f"(A) * {slope}", A=site.node, F=parse(call)), "activation-slope-missing", 2)


def misplaced(site: Site, names: Names) -> Iterator[Edit]:
    """Yield edits that put the slope of an activation in the place of a value that something is multiplied with."""
    if (
        written(site.node) in names.arrays
        and isinstance(site.parent, ast.BinOp)
        and isinstance(site.parent.op, ast.Mult)
    ):
        for slope in _of_values(names.known[written(site.node)]):
            yield site.edit(parse(slope, V=site.node), "activation-slope-wrong", 3)


def _of_values(values: Any) -> list[str]:
    """Return the slopes of activations whose values may be these."""
    if not isinstance(values, np.ndarray):
        return list(SLOPES)
    least, most = values.min(initial=0.0), values.max(initial=0.0)
    return [slope for slope, (lower, upper) in SLOPES.items() if lower <= least and most <= upper]


def _shares(values: Any) -> bool:
    """Say whether these may be the values of a softmax."""
    return not isinstance(values, np.ndarray) or np.allclose(values.sum(axis=-1), 1.0)


def unbent(site: Site, names: Names) -> Iterator[Edit]:
    """Yield edits that put what stands here, or in a sum or product, through a function that was forgotten."""
    beside = isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.Add | ast.Sub | ast.Mult)
    raised = isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.Pow) and site.name == "left"
    whole = isinstance(site.parent, ast.Assign | ast.Return) and site.name == "value"
    if (beside or raised or whole) and isinstance(site.node, ast.Name | ast.BinOp):
        for function in sorted(names.forward.functions):
            yield site.edit(parse(f"{function}(A)", A=site.node), "function-wrong", 1 if raised else 2)


def _slope(site: Site) -> Iterator[Edit]:
    """The slope of a tanh for that of a sigmoid, and the other way round, in their values; one that is too much."""
    match site.node:
        case ast.BinOp(ast.BinOp(before, ast.Mult(), value), ast.Mult(), ast.BinOp(ast.Constant(1), ast.Sub(), other)):
            if ast.dump(value) == ast.dump(other):
                yield site.edit(before, "activation-slope-too-many", 1)
                yield site.edit(parse("A * (1 - V ** 2)", A=before, V=value), "activation-slope-wrong", 1)
        case ast.BinOp(value, ast.Mult(), ast.BinOp(ast.Constant(1), ast.Sub(), other)):
            if ast.dump(value) == ast.dump(other):
                yield site.edit(parse("1 - V ** 2", V=value), "activation-slope-wrong", 1)
        case ast.BinOp(ast.Constant(1), ast.Sub(), ast.BinOp(value, ast.Pow(), ast.Constant(2))):
            yield site.edit(parse("V * (1 - V)", V=value), "activation-slope-wrong", 1)
        case ast.BinOp(ast.Constant(1), ast.Sub(), ast.BinOp(value, ast.Mult(), other)):
            if ast.dump(value) == ast.dump(other):
                yield site.edit(parse("V * (1 - V)", V=value), "activation-slope-wrong", 1)


def _softmax(site: Site) -> Iterator[Edit]:
    """The slope of a softmax without what is off its diagonal, or without the weights in its sum."""
    match site.node:
        case ast.BinOp(ast.BinOp(p, ast.Mult(), ast.BinOp(ast.Constant(1), ast.Sub(), other)), ast.Mult(), dp):
            if ast.dump(p) == ast.dump(other):
                yield site.edit(parse(SOFTMAX, P=p, D=dp), "activation-slope-wrong", 1)
        case ast.BinOp(
            dp, ast.Mult(), ast.BinOp(p, ast.Mult(), ast.BinOp(ast.Constant(1), ast.Sub(), other))
        ) | ast.BinOp(ast.BinOp(dp, ast.Mult(), p), ast.Mult(), ast.BinOp(ast.Constant(1), ast.Sub(), other)):
            if ast.dump(p) == ast.dump(other):
                yield site.edit(parse(SOFTMAX, P=p, D=dp), "activation-slope-wrong", 1)
        case ast.BinOp(p, ast.Mult(), ast.BinOp(dp, ast.Sub(), ast.Call())):
            yield site.edit(parse(SOFTMAX, P=p, D=dp), "activation-slope-wrong", 2)
        case ast.BinOp(ast.Name() | ast.Attribute() as one, ast.Mult(), ast.Name() | ast.Attribute() as other):
            yield site.edit(parse(SOFTMAX, P=one, D=other), "activation-slope-wrong", 2)
            yield site.edit(parse(SOFTMAX, P=other, D=one), "activation-slope-wrong", 2)


def _complement(site: Site) -> Iterator[Edit]:
    """What is left of a share for the share itself, and the other way round, in a product or a quotient."""
    if isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.Mult | ast.Div):
        match site.node:
            case ast.BinOp(ast.Constant(1), ast.Sub(), ast.Name() | ast.Attribute() as share):
                yield site.edit(share, "share-for-the-rest", 1)
            case ast.Name() | ast.Attribute():
                yield site.edit(parse("1 - A", A=site.node), "share-for-the-rest", 2)


def _squared(site: Site) -> Iterator[Edit]:
    """The square that the slope of a tanh has, and that of an arctangent; the power below that of a quotient."""
    if isinstance(site.node, ast.Name | ast.Attribute) and _below_a_fraction(site):
        yield from (site.edit(parse(f"A ** {power}", A=site.node), "power-left-out", 2) for power in (2, 3))
    match site.parent:
        case ast.BinOp(op=ast.Sub()) if isinstance(site.node, POWERED):
            yield site.edit(parse("A ** 2", A=site.node), "activation-slope-wrong", 1)
        case ast.BinOp(ast.Constant(1), ast.Add(), node) if isinstance(node, POWERED) and node is site.node:
            yield site.edit(parse("A ** 2", A=site.node), "activation-slope-wrong", 1)
        case ast.BinOp(op=ast.Div(), right=node) if isinstance(node, DENOMINATORS) and node is site.node:
            for power in (2, 3):
                yield site.edit(parse(f"A ** {power}", A=site.node), "power-left-out", 2)


def _below_a_fraction(site: Site) -> bool:
    """Say whether something is a factor of what is divided by."""
    product = site.parent
    if not isinstance(product, ast.BinOp) or not isinstance(product.op, ast.Mult) or len(site.above) < 2:
        return False
    fraction = site.above[-2]
    return isinstance(fraction, ast.BinOp) and isinstance(fraction.op, ast.Div) and fraction.right is product


__all__ = ["misplaced", "missing", "mistaken", "unbent"]
