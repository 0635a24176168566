"""Which known mistake gives a person's numbers at every point, the likeliest first.

Right numbers in a wrong shape, nothing at all, a constant factor; a wrong rule somewhere on the way; the derivative of
something else, or by something else.
"""

from collections.abc import Iterator

import numpy as np

from gradcheck.formula.claims import NOTHING, Claim, alike
from gradcheck.formula.diagnose.ratios import constants, ratio
from gradcheck.formula.diagnose.suspects import FIRST, Explanation, further, wrong_derivations
from gradcheck.formula.diagnose.wrong import shown
from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.tree import Call, Derivative, Name
from gradcheck.formula.posed.problem import Problem
from gradcheck.formula.posed.routes import Routes
from gradcheck.op import Array


def explain(claim: Claim) -> Iterator[Explanation]:
    """Yield the wrong derivations that give the numbers of a claim at every point, the likeliest first."""
    if _turned(claim):
        says = "These are the right numbers, transposed: a derivative has the shape of what it is by."
        says += " (Numerator layout writes it so; what is subtracted in a step of descent is not.)"
        question = "Which axis of the derivative belongs to the input?"
        yield Explanation(
            (Slip("missing-transpose", None, says, "transpose the result", "gradient-transposed", question),)
        )
    if not any(np.any(truth) for truth in claim.truths):
        of, by = claim.target.of, claim.target.by
        says = f"{of} does not depend on {by}, neither directly nor through anything else, so d{of}/d{by} is 0."
        loss, inputs = claim.at[0].problem.loss, claim.at[0].problem.inputs
        if of in inputs and by in inputs:
            says += f" (Where {loss} is held constant, it is -(d{loss}/d{by})/(d{loss}/d{of}).)"
        yield Explanation((Slip("not-a-path", None, says, "0", question=f"Where is {by} used?"),))
        return
    if not any(np.any(said) for said in claim.values):
        yield Explanation((_nothing(claim),))
        return
    number = ratio(claim.values, claim.truths, claim.at)
    if (number and str(number) == "1") or _repeats(claim):
        yield Explanation((_shape(claim),))
    elif number:
        yield Explanation(constants(number))
    if claim.target.table:
        yield from _of_table(claim)
        return
    alone, scaled = wrong_derivations(claim)
    yield from alone if claim.given else [one for one in alone if one.slips[0].mistake in FIRST]
    yield from _other_derivatives(claim)
    yield from alone
    yield from scaled


def _shape(claim: Claim) -> Slip:
    """Say that the numbers are right and their shape is not."""
    said, truth = claim.values[0].shape, claim.truths[0].shape
    says = f"The numbers are right, their shape is not: {said} for {truth}."
    says += f" Subtracted from {claim.target.by} they would spread."
    return Slip("shape-error", None, says, mistake="missing-keepdims", question=f"What shape has {claim.target.by}?")


def _repeats(claim: Claim) -> bool:
    """Say whether the values, repeated along an axis that is missing, are those of the derivative."""
    pairs = list(zip(claim.values, claim.truths, strict=True))
    if any(said.ndim >= truth.ndim or said.shape != truth.shape[truth.ndim - said.ndim :] for said, truth in pairs):
        return False
    return all(claim.agrees(np.broadcast_to(said, truth.shape), place) for place, (said, truth) in enumerate(pairs))


def _turned(claim: Claim) -> bool:
    """Say whether the values are those of the derivative, transposed."""
    if any(
        said.ndim != 2 or 1 in said.shape or said.shape[::-1] != truth.shape
        for said, truth in zip(claim.values, claim.truths, strict=True)
    ):
        return False
    return all(claim.agrees(said.T, place) for place, said in enumerate(claim.values))


def _of_table(claim: Claim) -> Iterator[Explanation]:
    """Recognise a table of derivatives that is right on its diagonal alone."""
    if all(map(_on_the_diagonal, claim.values, claim.truths)):
        target = claim.target
        says = f"On the diagonal this is right; but every entry of {target.by} moves every entry of {target.of}."
        question = "What happens to the other entries?"
        yield Explanation((Slip("missing-path", None, says, mistake="diagonal-only", question=question),))


def _on_the_diagonal(said: Array, truth: Array) -> bool:
    """Say whether a table is right on its diagonal, and elsewhere zero, or what stands there for its row."""
    if said.ndim != 2 or said.shape != truth.shape or len(said) != len(said.T):
        return False
    right = np.diag(truth)
    return alike(said, np.diag(right), 0.0) or alike(said, np.broadcast_to(right[:, None], said.shape), 0.0)


def _nothing(claim: Claim) -> Slip:
    """Say why a derivative that is claimed to be zero is not."""
    target = claim.target
    route = Routes.of(claim.at[0].problem).between(target.by, target.of)[0]
    shown = " -> ".join(name for name in route if not name.startswith("net_"))
    says = f"0 would mean that {target.by} does not reach {target.of}; it does: {shown}."
    return Slip("missing-path", claim.tree.span, says, question=f"Where is {target.by} used?")


def _other_derivatives(claim: Claim) -> Iterator[Explanation]:
    """Recognise the derivative of something else, or by something else."""
    problem, target = claim.at[0].problem, claim.target
    for by in problem.variables:
        on_the_way = _depends(problem, by, target.by)
        if by in (target.by, target.of) or not (on_the_way or by in problem.parameters):
            continue
        if Routes.of(problem).links.get((target.by, by)) == 1 or _squashes(problem, by, target.by):
            continue
        predicted = (NOTHING if (slope := at.derivative(target.of, by)) is None else slope for at in claim.at)
        if found := ratio(claim.values, predicted, claim.at):
            yield Explanation((_early(by, target) if on_the_way else _wrong_target(by, target), *further(found)))
    links = Routes.of(problem).links
    for of in problem.definitions:
        if of in (target.of, target.by) or not _depends(problem, of, target.by) or links.get((of, target.of)) == 1:
            continue
        predicted = (at.towards(of).get(target.by, NOTHING) for at in claim.at)
        if found := ratio(claim.values, predicted, claim.at):
            yield Explanation((_unfinished(of, target), *further(found)))


def _unfinished(of: str, target: Derivative) -> Slip:
    link = f"d{target.of}/d{of}"
    says = f"This is the derivative of {shown(of)}, not of {target.of}: the link {link} is missing."
    question = f"How does {target.of} come in?"
    return Slip("missing-factor", None, says, f"multiply by {link}", "loss-link-missing", question)


def _squashes(problem: Problem, of: str, by: str) -> bool:
    """Say whether one variable is a function of the other alone: what is missing between them is a slope."""
    definition = problem.definitions.get(of)
    return isinstance(definition, Call) and definition.arguments == (Name(by),)


def _depends(problem: Problem, of: str, by: str) -> bool:
    return Routes.of(problem).depends(of, by)


def _early(by: str, target: Derivative) -> Slip:
    says = f"This is d{target.of}/d{by}: you stopped at {shown(by)}, and the link to {target.by} is missing."
    question = f"Where is {target.by} in this formula?"
    return Slip("early-stop", None, says, f"multiply by d{by}/d{target.by}", question=question)


def _wrong_target(by: str, target: Derivative) -> Slip:
    says = f"This is the derivative by {by}; asked for was the one by {target.by}."
    return Slip("wrong-target", None, says, question=f"What does {target.by} multiply?")
