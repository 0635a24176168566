"""Left sides: what an equation says that it is about.

dw/dL stands on its head, because w is not computed from L. The derivative of a vector by a vector is the table of all
pairs of their entries. -dL/dw = c is about dL/dw, and so is dL = c dw, an equation between differentials.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

import numpy as np

from gradcheck.formula.claims import alike, points, worth
from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.functions import ELEMENTWISE
from gradcheck.formula.language.tree import (
    ZERO,
    Binary,
    Call,
    Coefficient,
    Derivative,
    Differential,
    Entry,
    Index,
    Name,
    Negative,
    Number,
    Transpose,
    Tree,
    derivatives,
    is_product,
    rewrite,
    terms,
    walk,
)
from gradcheck.formula.language.valueless import Valueless
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


def by_entry(problem: Problem, left: Tree) -> Tree:
    r"""Return the derivative of a vector by an entry, ``\partial c/\partial e_j``, as a column of the table of both."""
    own = left.array if isinstance(left, Entry) else None
    if not isinstance(own, Derivative) or own.table or not isinstance(left, Entry):
        return left
    at = points(problem)[0]
    vectors = at.numbers[own.of].ndim == 1 == at.numbers[own.by].ndim == len(left.letters)
    if not vectors or at.slope(own) is not None:
        return left
    return replace(left, array=Transpose(replace(own, table=True), span=own.span))


def of_differentials(
    problem: Problem, left: Derivative, members: tuple[Tree, ...]
) -> list[tuple[Derivative, tuple[Tree, ...]]]:
    """Return dL = c ds as dL/ds = c, dy = A dw + db as what it says of dy/dw and of dy/db, and all else as it is.

    A change dA beside a change of something that A is made from is a change of its own: there all else is held.
    """
    if not between_differentials(problem, left, members):
        return [(left, members)]
    found = [{own.by for own in _differentials(member)} for member in members]
    if not all(_differentials(term) for member in members for _, term in terms(member)):
        says = "an equation between differentials has one of them in every term on the right"
        raise Unreadable(says, members[0].span or (0, 1), f"d{left.of}/dx = ..., one line for each variable")
    of = left.by
    split = [_at_differential(member) for member in members]
    if len(set.union(*found)) == 1 and all(own and not _differentials(rest) for rest, own in split):
        single = Derivative(of, min(found[0]), span=left.span)
        if points(problem)[0].slope(single) is not None or np.ndim(points(problem)[0].numbers[of]) < 2:
            return [(single, tuple(rest for rest, _ in split))]
    routes = Routes.of(problem)
    pairs: list[tuple[Derivative, tuple[Tree, ...]]] = []
    for by in dict.fromkeys(own.by for member in members for own in _differentials(member)):
        about = tuple(member for member, own in zip(members, found, strict=True) if by in own)
        beside = set.union(*(own for own in found if by in own)) - {by}
        still = tuple(sorted(other for other in beside if routes.depends(other, by)))
        table = bool(points(problem)[0].numbers[of].ndim)
        target = Derivative(of, by, table, still=still, span=left.span)
        pairs.append((target, tuple(Coefficient(as_changes(member), by, span=member.span) for member in about)))
    return pairs


def between_differentials(problem: Problem, left: Tree, members: Iterable[Tree]) -> bool:
    """Say whether an equation is one between differentials: of the loss, or of something by what that is made from."""
    if not isinstance(left, Derivative) or not left.alone:
        return False
    if left.of == left.by:
        return any(derivatives(member) for member in members)
    found = [{own.by for own in _differentials(member)} for member in members]
    return all(own and _made_from(problem, left.by, own) for own in found)


def _differentials(tree: Tree) -> list[Derivative]:
    return [own for own in derivatives(tree) if own.alone]


def shown(chain: tuple[Tree, ...]) -> tuple[Tree, ...]:
    """Return formulas that are claimed to be equal as they are to be shown: those about dL with its dX as changes."""
    first = chain[0]
    changes = isinstance(first, Derivative) and first.alone and first.of == first.by
    return tuple(map(as_changes, chain)) if changes else chain


def as_changes(tree: Tree) -> Tree:
    """Return a formula in which dX is a small change of X."""

    def change(part: Tree) -> Tree | None:
        return Differential(part.by, span=part.span) if isinstance(part, Derivative) and part.alone else None

    return rewrite(tree, change)


def solved(problem: Problem, left: Tree, members: tuple[Tree, ...]) -> tuple[Tree, tuple[Tree, ...]]:
    """Return an equation about -d, dᵀ or a multiple of a derivative d as one about d."""
    match left:
        case Negative(inner=inner):
            return solved(problem, inner, tuple(Negative(own, span=own.span) for own in members))
        case Transpose(inner=inner):
            return solved(problem, inner, tuple(Transpose(own, span=own.span) for own in members))
        case Binary(operator="*" | " ", left=factor, right=inner) if _is_number(problem, factor):
            return solved(problem, inner, tuple(Binary("/", own, factor, span=own.span) for own in members))
        case Binary(operator="*" | " ", left=factor, right=Derivative() as inner) if inner.alone and _entry_by_entry(
            problem, factor, inner
        ):
            return solved(problem, inner, tuple(Binary("/", own, factor, span=own.span) for own in members))
        case Binary(operator=operator, left=factor, right=inner) if (
            operator == "*" or (operator == " " and not _is_array(problem, factor))
        ) and _entry_by_entry(problem, factor, inner):
            return solved(problem, inner, tuple(Binary("/", own, factor, span=own.span) for own in members))
        case Binary(operator="*" | " ", left=inner, right=factor) if _entry_by_entry(problem, factor, inner):
            return solved(problem, inner, tuple(Binary("/", own, factor, span=own.span) for own in members))
        case Binary(operator="/", left=inner, right=factor) if _is_number(problem, factor) or _entry_by_entry(
            problem, factor, inner
        ):
            return solved(problem, inner, tuple(Binary("*", own, factor, span=own.span) for own in members))
    return left, members


def spelled_out(problem: Problem, left: Tree, members: Iterable[Tree]) -> Tree:
    """Return the ∂J of a problem with one parameter as the derivative by it, and ⟨∇L, dX⟩ as the dL that it is."""
    if isinstance(left, Derivative):
        by = problem.parameters[0] if len(problem.parameters) == 1 else ""
        alone = left.alone and not left.straight and left.of == left.by == problem.loss
        changes = any(map(_differentials, members))
        return Derivative(left.of, by, span=left.span) if by and alone and not changes else left
    return _along_a_change(problem, left)


def _along_a_change(problem: Problem, left: Tree) -> Tree:
    """Return the inner product of a gradient and a change as the differential of the loss; all else as it is."""
    found = derivatives(left)
    if sorted(own.alone for own in found) != [False, True]:
        return left
    gradient, change = sorted(found, key=lambda own: own.alone)
    if gradient.of != problem.loss or gradient.by != change.by:
        return left
    at = points(problem)[0]
    with suppress(Valueless):
        truth = at.slope(gradient)
        own = worth(Coefficient(as_changes(left), change.by), gradient, at, False)
        if truth is not None and alike(own, truth, at.scale):
            return Derivative(problem.loss, problem.loss, alone=True, span=left.span)
    return left


def _is_number(problem: Problem, factor: Tree) -> bool:
    """Say whether a factor is made of numbers and sizes."""
    of = {part.name for part in walk(factor) if isinstance(part, Name)}
    return of <= set(problem.letters) and all(isinstance(own, Number | Name | Binary) for own in walk(factor))


def _is_array(problem: Problem, tree: Tree) -> bool:
    """Say whether a formula is worth more than one number."""
    with suppress(Valueless):
        return np.ndim(worth(tree, tree, points(problem)[0], False)) > 0
    return True


def _entry_by_entry(problem: Problem, factor: Tree, inner: Tree) -> bool:
    """Say whether a factor is a number, or a vector as long as the derivative: the slope of a logarithm."""
    found = derivatives(inner)
    if len(found) != 1 or derivatives(factor) or not _is_multiple(inner):
        return False
    own = found[0]
    at = points(problem)[0]
    with suppress(Valueless):
        slopes = at.slope(own)
        shape = np.shape(worth(factor, own, at, False))
        return slopes is not None and (not shape or (slopes.ndim < 2 and shape == slopes.shape))
    return False


def _is_multiple(tree: Tree) -> bool:
    """Say whether a formula is a derivative, perhaps with a sign, or multiplied or divided by something."""
    match tree:
        case Negative(inner=inner):
            return _is_multiple(inner)
        case Binary(operator="*" | " " | "/", left=left, right=right):
            return _is_multiple(left) or (tree.operator != "/" and _is_multiple(right))
    return isinstance(tree, Derivative)


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


def defined(left: Tree) -> Name | None:
    """Return the variable that a left side without a derivative is about: itself, its entries, or a power of it."""
    inner = left.left if isinstance(left, Binary) and left.operator == "^" and isinstance(left.right, Number) else left
    own = inner.array if isinstance(inner, Entry) else inner
    return own if isinstance(own, Name) else None


def told_by_value(left: Tree) -> bool:
    """Say whether an equation is about what something is worth: a variable, or a function, as in s(-z) = 1 - s(z)."""
    function = isinstance(left, Call) and left.function in ELEMENTWISE and not left.primes and not derivatives(left)
    return function or defined(left) is not None


def is_matrix(problem: Problem, tree: Tree, numpy: bool) -> bool:
    """Say whether a formula is worth a matrix."""
    with suppress(Valueless):
        return np.ndim(worth(tree, tree, points(problem)[0], numpy)) > 1
    return False


def of_several(problem: Problem, left: Tree) -> bool:
    """Say whether a left side is made of several derivatives, as a ratio of two is."""
    found = derivatives(left)
    if len(found) < 2 or any(own.alone for own in found):
        return False
    with suppress(Valueless):
        return not np.ndim(worth(left, left, points(problem)[0], False))
    return False


def about_a_class(problem: Problem, left: Tree) -> bool:
    """Say whether a left side is the entry, or row, of one derivative for the class of a sample."""
    product = left.arguments[0] if isinstance(left, Call) and left.function == "sum" else left
    match product:
        case Binary(operator="⊙" | "@", left=Name(name=classes), right=Derivative()):
            return problem.kinds.get(classes) == "one-hot"
    return False


def _is_gradient(array: Tree) -> bool:
    """Say whether an array is a derivative, or one turned so that letters pick its columns."""
    return isinstance(array.inner if isinstance(array, Transpose) else array, Derivative)


def about_entries(left: Tree) -> bool:
    """Say whether a left side is entries of one derivative, or a multiple of such entries by letters."""
    found = derivatives(left)
    picked = [part for part in walk(left) if isinstance(part, Entry | Index) and _is_gradient(part.array)]
    joined = isinstance(left, Binary) and (is_product(left) or left.operator == "/")
    lettered = joined and all(isinstance(part, Entry) for part in picked)
    return len(found) == 1 == len(picked) and (left == picked[0] or lettered)
