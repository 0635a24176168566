"""What may be said about a formula that is right: a term that is zero, a part that could be written more simply."""

from gradcheck.formula.chains.terms import span_of_term
from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.tree import ONE, ZERO, Binary, Number, Transpose, Tree, factors, walk
from gradcheck.formula.posed.routes import Routes, multiplied_out


def harmless(tree: Tree, routes: Routes) -> tuple[Slip, ...]:
    """Say which terms of a right formula are zero and could be left out."""
    slips = []
    for term in multiplied_out(tree) or []:
        zero = next((factor for factor in term.factors if not routes.meant(factor)), None)
        if zero:
            says = f"Correct but unnecessary: {zero.of} does not depend on {zero.by}, so this term is 0."
            slips.append(Slip("zero-term", span_of_term(term), says, "leave the term out"))
    return tuple(slips)


def unsimplified(tree: Tree) -> tuple[Slip, ...]:
    """Say that a right formula has parts that are plainly 0 or 1."""
    for part in walk(tree):
        if isinstance(part, Binary) and _idle(part):
            return (Slip("unsimplified", part.span, "Correct, and it can be written more simply."),)
    return ()


def _idle(part: Binary) -> bool:
    """Say whether an operation changes nothing, or could be done right away."""
    left, right = part.left, part.right
    if None in (left.span, right.span):  # the 1 of an empty product is nowhere in the text
        return False
    if part.operator in "* " and isinstance(right, Transpose):  # a column of ones before a row
        return False
    if part.operator in "* ":
        numbers = [factor for factor in factors(part) if isinstance(factor, Number) or _fraction(factor)]
        return bool({ZERO, ONE} & {left, right}) or len(numbers) > 1
    return part.operator == "/" and right in (left, ONE)


def _fraction(part: Tree) -> bool:
    """Say whether a part is one number over another."""
    return isinstance(part, Binary) and part.operator == "/" and {type(part.left), type(part.right)} == {Number}
