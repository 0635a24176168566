"""Why a formula is wrong: what gives the same numbers, and what has to be changed to make it right."""

from dataclasses import replace

import numpy as np

from gradcheck.formula import claims
from gradcheck.formula.diagnose.explaining import explain
from gradcheck.formula.diagnose.repairs import Repairs
from gradcheck.formula.diagnose.suspects import Explanation, explain_two
from gradcheck.formula.diagnose.symmetry import assumed_symmetric
from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.tree import Index, Number, Tree


def explained(claim: claims.Claim, left: Tree) -> tuple[Slip, ...]:
    """Explain a wrong value by what gives the same numbers, and by what has to be changed to make it right."""
    if isinstance(left, Index) and not isinstance(left.at, Number):
        says = "A row that is picked several times receives the sum of what comes back to it; here the last one counts."
        question = "What happens to a row that is picked twice?"
        return (Slip("missing-path", claim.tree.span, says, "add at: np.add.at", "duplicates-overwritten", question),)
    changes = Repairs(claim, left)
    named = next(explain(claim), None)
    repair = next(changes.exact(), None) if any(np.any(truth) for truth in claim.truths) else None
    turned = repair is not None and repair.cause == "missing-transpose"
    if not turned and (symmetric := assumed_symmetric(claim, left)):
        return (symmetric,)
    less_likely = Repairs(claim, left, further=True)
    if repair is None and named is None:
        repair = next(less_likely.exact(), None)
    if repair and (named is None or _weak(named) or _of_sign(repair, named)):
        return (repair,)
    if named is None:
        two = next(changes.up_to_a_constant(), None) or next(changes.after_a_route(), None)
        named = next(explain_two(claim), None) if not two else None
        if named is None:
            return two or next(less_likely.up_to_a_constant(), None) or (_unknown(claim),)
    first, *rest = named.slips
    signs = repair is not None and repair.cause == "wrong-sign" and repair.mistake != "argument-sign"
    if repair and not rest and (signs or first.mistake != "overall-sign"):
        first = replace(first, span=repair.span, repair=repair.repair or first.repair)
    return (replace(first, span=first.span or claim.tree.span), *rest)


def _weak(named: Explanation) -> bool:
    """Say whether one change of the text explains more than this."""
    first = named.slips[0]
    return len(named.slips) > 1 or first.cause == "wrong-target" or first.mistake in ("route-twice", "route-negative")


def _of_sign(repair: Slip, named: Explanation) -> bool:
    """Say whether a slope that seems to be missing, s(-z) = s'(z)/s(z), or a constant is a wrong sign within."""
    instead = {"activation-derivative-missing": "argument-sign", "loss-factor": ""}
    return repair.cause == "wrong-sign" and instead.get(named.slips[0].mistake) == repair.mistake


def _unknown(claim: claims.Claim) -> Slip:
    """Say by how much a formula is wrong, if nobody can say why."""
    place = next(place for place, own in enumerate(claim.values) if not claim.agrees(own, place))
    said, truth = claim.values[place], claim.truths[place]
    says, cause = "This is not the derivative, and no mistake that I know gives it.", "wrong-variable"
    if said.shape != truth.shape:
        says += f" It has shape {said.shape}; the derivative has {truth.shape}."
        cause = "shape-error"
    elif not truth.ndim:
        says += f" At a random point it is {float(said):.6g}; the derivative is {float(truth):.6g}."
    return Slip(cause, claim.tree.span, says, mistake="unknown")
