"""How else a person may mean the derivatives that they write.

dA/dB is taken for the partial derivative where A mentions B itself, and for the sum over all routes where it does not.
That is what chains of derivatives need, but not the only custom. Who writes ∂ and d in one line tells the two apart by
that. Who writes out what A owes to B by itself, as in dc/dw = b + w db/dw for c = w b, means all routes by db/dw. And
∂c/∂w = b is right as well: there everything but w is held fixed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gradcheck.formula.language.functions import ELEMENTWISE
from gradcheck.formula.language.tree import (
    Binary,
    Call,
    Derivative,
    Name,
    Negative,
    Transpose,
    Tree,
    derivatives,
    parts,
    rewrite,
)
from gradcheck.formula.posed.problem import Problem
from gradcheck.formula.posed.routes import Routes


@dataclass(frozen=True)
class Meaning:
    """A side of an equality and a member, as they may be meant."""

    left: Tree
    member: Tree
    says: str
    """How they are meant."""


def meanings(left: Tree, member: Tree, problem: Problem) -> Iterator[Meaning]:
    """Yield what else an equality may mean."""
    several = [own for own in derivatives(member) if twofold(own, problem)]
    straight = [own for own in several if own.straight]
    curly = any(not own.straight for own in (*derivatives(left), *derivatives(member)))
    links = [own for own in derivatives(member) if own.of != problem.loss]
    for follow in (straight if curly else [], several if _free(member, links) else []):
        if follow:
            names = " and ".join(dict.fromkeys(f"d{own.of}/d{own.by}" for own in follow))
            yield Meaning(left, following(member, follow), f"{names} is meant over all routes.")
    if isinstance(left, Derivative) and left.of != left.by and {left.of, left.by} <= set(problem.inputs):
        along = (replace(left, of=problem.loss), replace(left, of=problem.loss, by=left.of))
        yield Meaning(
            Negative(Binary("/", *along)), member, f"{problem.loss} is held constant: that makes {left.of} move."
        )
    if isinstance(left, Derivative) and (made_from := _renamed(left.by, problem)):
        along = (replace(left, by=made_from), replace(left, of=left.by, by=made_from))
        yield Meaning(Binary("/", *along), member, f"{made_from} moves with {left.by}, which is made from it alone.")
    if isinstance(left, Derivative) and left.table and not left.still:
        yield Meaning(
            Transpose(left), member, f"the entries of {left.by} are numbered by the rows of d{left.of}/d{left.by}."
        )
    if isinstance(left, Derivative) and left.of != problem.loss and twofold(left, problem):
        says = f"d{left.of}/d{left.by} is meant with everything but {left.by} held fixed."
        yield Meaning(replace(left, held=True), member, says)


def _renamed(name: str, problem: Problem) -> str:
    """Return the parameter of which a variable is a function, as sigma = exp(s) is; empty if it is none."""
    match problem.definitions.get(name):
        case Call(function=function, arguments=(Name(name=inner),)) if function in ELEMENTWISE:
            return inner if inner in problem.parameters else ""
    return ""


def following(tree: Tree, follow: list[Derivative]) -> Tree:
    """Return a formula with some of its derivatives as those over all routes."""

    def over_all(part: Tree) -> Tree | None:
        return (
            replace(part, held=False) if isinstance(part, Derivative) and any(part is own for own in follow) else None
        )

    return rewrite(tree, over_all)


def twofold(own: Derivative, problem: Problem) -> bool:
    """Say whether A mentions B itself, and depends on it in other ways as well."""
    routes = Routes.of(problem)
    direct = routes.direct(own.by, own.of)
    return own.of != own.by and bool(direct) and len(direct) < len(routes.between(own.by, own.of))


def _free(tree: Tree, of: list[Derivative]) -> bool:
    """Say whether a formula, multiplied out, has a term without any of some derivatives."""
    match tree:
        case Derivative():
            return tree not in of
        case Binary(operator="+" | "-", left=left, right=right):
            return _free(left, of) or _free(right, of)
        case Binary() | Negative() | Call():
            return all(_free(part, of) for part in parts(tree))
    return not any(own in of for own in derivatives(tree))
