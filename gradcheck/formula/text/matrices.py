"""Which formulas are square matrices: a -1 raised at one is its inverse, and single bars are its determinant."""

from gradcheck.formula.language.functions import ELEMENTWISE
from gradcheck.formula.language.tree import (
    IDENTITY,
    ONE,
    Binary,
    Call,
    Derivative,
    Name,
    Negative,
    Transpose,
    Tree,
    is_product,
)
from gradcheck.formula.text.names import Names

Axes = tuple[Tree, ...]


def is_square(tree: Tree, names: Names) -> bool:
    """Say whether a formula is a matrix with as many rows as columns."""
    axes = axes_of(tree, names)
    return len(axes) == 2 and axes[0] == axes[1] and tree != IDENTITY


def axes_of(tree: Tree, names: Names) -> Axes:
    """Return the lengths of the axes of a formula, as they are written; none for a number, and where nobody knows."""
    match tree:
        case Name(name=name):
            return names.axes.get(name, ())
        case Derivative(of=of, by=by) if of == names.loss:
            return names.axes.get(by, ())
        case Negative(inner=inner):
            return axes_of(inner, names)
        case Transpose(inner=inner):
            axes = axes_of(inner, names)
            return (ONE, *axes) if len(axes) == 1 else axes[::-1]
        case Binary(operator="+" | "-", left=left, right=right):
            return axes_of(left, names) or axes_of(right, names)
        case Binary(left=left, right=right) if is_product(tree):
            return _of_product(axes_of(left, names), axes_of(right, names), tree.operator)
        case Binary(operator="⊗", left=left, right=right):
            return (*axes_of(left, names), *axes_of(right, names))
        case Binary(operator="/" | "^", left=left):
            return axes_of(left, names)
        case Call(function="diag", arguments=(inner,)):
            axes = axes_of(inner, names)
            return (*axes, *axes) if len(axes) == 1 else axes[:1]
        case Call(function=function, arguments=(inner,)) if function in ("inv", *ELEMENTWISE):
            return axes_of(inner, names)
    return ()


def _of_product(left: Axes, right: Axes, operator: str) -> Axes:
    """Return the axes of a product."""
    if not left or not right or operator == "⊙":
        return left or right
    if len(left) == 1:
        return (*left, right[-1]) if right[0] == ONE else left
    return (*left[:-1], *right[1:]) if left[0] != ONE or len(right) > 1 else ()
