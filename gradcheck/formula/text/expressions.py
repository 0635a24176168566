"""The differential of an expression, by the rules of sums and products: d(X w + b) is dX w + X dw + db."""

from collections.abc import Callable
from dataclasses import replace

from gradcheck.formula.language.calculus import slope_formula
from gradcheck.formula.language.functions import ELEMENTWISE
from gradcheck.formula.language.tree import PRODUCTS, Binary, Call, Derivative, Name, Negative, Number, Transpose, Tree
from gradcheck.formula.text.cursor import span_of
from gradcheck.formula.text.unreadable import Unreadable


def differential_of(tree: Tree, loss: str, sizes: tuple[str, ...]) -> Tree | None:
    """Return the differential of an expression; None if it does not change.

    Raises Unreadable for an expression whose differential these rules do not tell.
    """

    def inside(part: Tree) -> Tree | None:
        return differential_of(part, loss, sizes)

    match tree:
        case Number():
            return None
        case Name(name=name):
            return None if name in sizes else Derivative(loss, name, alone=True, straight=True, span=tree.span)
        case Negative(inner=inner):
            return _about(inside(inner), lambda own: Negative(own, span=tree.span))
        case Transpose(inner=inner):
            return _about(inside(inner), lambda own: Transpose(own, span=tree.span))
        case Binary(operator="+" | "-", left=left, right=right):
            return _joined(tree, inside(left), inside(right))
        case Binary(operator=operator, left=left, right=right) if operator in PRODUCTS:
            first = _about(inside(left), lambda own: Binary(operator, own, right, span=tree.span))
            second = _about(inside(right), lambda own: Binary(operator, left, own, span=tree.span))
            return _joined(Binary("+", left, right, span=tree.span), first, second)
        case Call(function="sum" | "mean", arguments=(argument,)):
            return _about(inside(argument), lambda own: replace(tree, arguments=(own,)))
        case Call(function=function, arguments=(argument,), primes=0) if function in ELEMENTWISE:
            slope = slope_formula(function, argument, tree)
            return _about(inside(argument), lambda own: Binary("⊙", slope, own, span=tree.span))
    raise Unreadable("the differential of this is not read", span_of(tree), "the differential of a variable, dz")


def _about(change: Tree | None, made: Callable[[Tree], Tree]) -> Tree | None:
    """Return what is made of a change; None if there is none."""
    return None if change is None else made(change)


def _joined(tree: Binary, left: Tree | None, right: Tree | None) -> Tree | None:
    """Return the sum or difference of two changes, of which there may be one or none."""
    if left is None or right is None:
        return left or _about(right, lambda own: Negative(own) if tree.operator == "-" else own)
    return replace(tree, left=left, right=right)
