"""Formulas as a person would leave them on paper: numbers multiplied out, ones and zeros gone, one sign in front.

Nothing clever: no terms are collected and nothing is factored, because a derivation is easier to follow when each of
its factors can still be seen.
"""

from fractions import Fraction

from gradcheck.formula.language.tree import (
    ONE,
    ZERO,
    Binary,
    Call,
    Negative,
    Number,
    Ones,
    Transpose,
    Tree,
    parts,
    with_parts,
)


def simplified(tree: Tree) -> Tree:
    """Return the formula without ones, zeros, double signs and products of bare numbers."""
    tree = with_parts(tree, tuple(simplified(part) for part in parts(tree)))
    match tree:
        case Negative(inner=inner):
            return _negative(inner)
        case Transpose(inner=Transpose(inner=inner)):
            return inner
        case Transpose(inner=Negative(inner=inner)):
            return Negative(Transpose(inner))
        case Binary(operator="+" | "-"):
            return _sum(tree)
        case Binary(operator="*" | " " | "⊙"):
            return _product(tree)
        case Binary(operator="@"):
            return _matrix_product(tree)
        case Binary(operator="/"):
            return _quotient(tree)
        case Binary(operator="^", left=base, right=Number(value=exponent)) if exponent in (0, 1):
            return base if exponent == 1 else ONE
        case Call(function="sum", arguments=(Negative(inner=inner),)):
            return Negative(with_parts(tree, (inner,)))
    return tree


def _negative(inner: Tree) -> Tree:
    match inner:
        case Negative(inner=twice):
            return twice
        case Number(value=value):
            return Number(-value) if value else ZERO
    return Negative(inner)


def _split(tree: Tree) -> tuple[int, Tree]:
    """Return the sign of a formula, and the formula without it."""
    match tree:
        case Negative(inner=inner):
            return -1, inner
        case Number(value=value) if value < 0:
            return -1, Number(-value)
    return 1, tree


def _signed(sign: int, tree: Tree) -> Tree:
    return tree if sign > 0 else _negative(tree)


def _sum(tree: Binary) -> Tree:
    left, (sign, right) = tree.left, _split(tree.right)
    sign = sign if tree.operator == "+" else -sign
    if left == ZERO:
        return _signed(sign, right)
    if right == ZERO:
        return left
    if isinstance(left, Number) and isinstance(right, Number):
        return Number(left.value + sign * right.value)
    return Binary("+" if sign > 0 else "-", left, right)


def _factors(tree: Tree, operator: str) -> tuple[Fraction, list[Tree]]:
    """Return the number in front of a product, and its other factors in order."""
    match tree:
        case Number(value=value) if not isinstance(tree, Ones):
            return value, []
        case Negative(inner=inner):
            number, factors = _factors(inner, operator)
            return -number, factors
        case Binary(operator=own, left=left, right=right) if own == operator:
            first, before = _factors(left, operator)
            second, after = _factors(right, operator)
            return first * second, before + after
    return Fraction(1), [tree]


def _product(tree: Binary) -> Tree:
    number, factors = _factors(tree, tree.operator)
    if not number or not factors:
        return Number(number)
    if isinstance(tree.right, Binary) and tree.right.operator == "/" and tree.right.left == ONE:
        return simplified(Binary("/", tree.left, tree.right.right))
    if abs(number) != 1:
        factors = [Number(abs(number)), *factors]
    whole = factors[0]
    for factor in factors[1:]:
        whole = Binary(tree.operator, whole, factor)
    return _signed(1 if number > 0 else -1, whole)


def _matrix_product(tree: Binary) -> Tree:
    (one, left), (other, right) = _split(tree.left), _split(tree.right)
    return _signed(one * other, Binary("@", left, right))


def _quotient(tree: Binary) -> Tree:
    (one, left), (other, right) = _split(tree.left), _split(tree.right)
    if right == ONE or left == ZERO:
        return _signed(one * other, left)
    if isinstance(left, Number) and isinstance(right, Number):
        return Number(one * other * left.value / right.value)
    return _signed(one * other, Binary("/", left, right))
