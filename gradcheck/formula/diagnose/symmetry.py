"""What holds for a symmetric matrix alone: d(x^T A x)/dx is 2 A x there, and (A + A^T) x for any other."""

from dataclasses import replace

import numpy as np

from gradcheck.formula.claims import Claim, alike, set_as, truth, worth
from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.tree import Name, Tree, walk
from gradcheck.formula.language.valueless import Valueless
from gradcheck.formula.posed.landscape import Landscape, compute
from gradcheck.formula.posed.problem import Problem
from gradcheck.op import Array


def assumed_symmetric(claim: Claim, left: Tree) -> Slip | None:
    """Return what to say about a claim that is right where a matrix is symmetric; None if it is not right there."""
    problem = claim.at[0].problem
    names = {part.name for part in walk(claim.tree) if isinstance(part, Name)}
    square = [name for name in problem.inputs if name in names and _square(problem, name) and name != claim.target.by]
    for name in square:
        span = next(own.span for own in walk(claim.tree) if own == Name(name))
        if all(_holds(claim, left, _with_symmetric(at, name)) for at in claim.at):
            says = f"This holds if {name} is symmetric; here it is any matrix, and its transpose comes in as well."
            question = f"Which entries of {name} stand before the product of two different entries?"
            repair = f"({name} + {name}.T)/2 in the place of {name}"
            return Slip("missing-transpose", span, says, repair, "symmetry-assumed", question)
    return None


def _square(problem: Problem, name: str) -> bool:
    axes = problem.shapes.get(name, ())
    return len(axes) == 2 and axes[0] == axes[1]


def _with_symmetric(at: Landscape, name: str) -> Landscape:
    """Return a point at which a matrix is symmetric, and all else that is given is as it was."""
    numbers: dict[str, Array] = dict(at.numbers)
    numbers[name] = (numbers[name] + numbers[name].T) / 2
    compute(at.problem, numbers, at.point.seed)
    return Landscape(at.problem, replace(at.point, numbers=numbers))


def _holds(claim: Claim, left: Tree, at: Landscape) -> bool:
    """Say whether a claim is right at a point."""
    try:
        with np.errstate(all="ignore"):
            right = set_as(truth(left, claim.target, at), claim.numpy)
            return alike(worth(claim.tree, left, at, claim.numpy), right, at.scale)
    except Valueless:
        return False
