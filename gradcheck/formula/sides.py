"""Left sides: what an equation says that it is about.

dw/dL stands on its head, because w is not computed from L. The derivative of a vector by a vector is the table of all
pairs of their entries. And dL = c ds, an equation between differentials, says what dL/ds is.
"""

from dataclasses import replace

from gradcheck.formula.claims import points
from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.tree import ZERO, Binary, Derivative, Negative, Tree, derivatives, is_product
from gradcheck.formula.posed.problem import Problem
from gradcheck.formula.posed.routes import Routes
from gradcheck.formula.text.unreadable import Unreadable


def turned(problem: Problem, left: Derivative, members: tuple[Tree, ...]) -> Slip | None:
    """Say that a left side stands on its head; None if it does not, or is claimed to be 0, as it is."""
    of, by = left.of, left.by
    if of == by or not problem.is_input(of) or not Routes.of(problem).depends(by, of):
        return None
    if all(member == ZERO for member in members):
        return None
    says = f"{of} is not computed from {by}; it is the other way round, and d{by}/d{of} is what is asked for."
    question = f"Which of {of} and {by} is computed from the other?"
    return Slip("inverted-factor", left.span, says, f"d{of}/d{by}  ->  d{by}/d{of}", question=question)


def whole(problem: Problem, left: Tree) -> Tree:
    """Return a left side, as a table if it is the derivative of a vector by a vector or number with no simpler form."""
    if not isinstance(left, Derivative) or left.of == left.by:
        return left
    at = points(problem)[0]
    vectors = at.numbers[left.of].ndim == 1 and at.numbers[left.by].ndim <= 1
    return replace(left, table=left.table or (vectors and at.derivative(left.of, left.by) is None))


def of_differentials(
    problem: Problem, left: Derivative, members: tuple[Tree, ...]
) -> tuple[Derivative, tuple[Tree, ...]]:
    """Return dL = c ds as dL/ds = c, dy = c dw as dy/dw = c, and all else as it is.

    Raises Unreadable for a sum of differentials.
    """
    split = [_at_differential(member) for member in members]
    by = {found.by for _, found in split if found}
    if left.of != left.by and not (left.of == problem.loss and by and _made_from(problem, left.by, by)):
        return left, members
    if not by and not any(derivatives(member) for member in members):
        return left, members
    of = left.of if left.of == left.by else left.by
    if len(by) != 1 or any(found is None for _, found in split):
        says = "an equation between differentials is read if it has one of them on the right"
        raise Unreadable(says, members[0].span or (0, 1), f"d{left.of}/dx = ..., one line for each variable")
    return Derivative(of, by.pop(), span=left.span), tuple(coefficient for coefficient, _ in split)


def _made_from(problem: Problem, name: str, sources: set[str]) -> bool:
    """Say whether a variable is computed from all of others: dy = c dw is about dy/dw then, and not about dL/dy."""
    return all(Routes.of(problem).depends(name, source) and name != source for source in sources)


def _at_differential(tree: Tree) -> tuple[Tree, Derivative | None]:
    """Take the last factor of a product off, if it is a differential."""
    if isinstance(tree, Negative):
        coefficient, found = _at_differential(tree.inner)
        return replace(tree, inner=coefficient), found
    if isinstance(tree, Binary) and is_product(tree) and isinstance(tree.right, Derivative):
        return tree.left, tree.right
    return tree, None
