"""One check, through all its stages: contract, oracles, comparison, kinks, blame, diagnosis.

Each stage may end the check. Structure is judged before numbers, the forward value before any derivative, and a
disagreement counts only if it is still there after the inputs have been moved a little, away from any kink.
"""

from dataclasses import replace

import numpy as np

from gradcheck.compare import Ballot, ballots, other_function
from gradcheck.contract import violations
from gradcheck.diagnose import diagnoses
from gradcheck.locate import Suspect, first_not_finite, suspects
from gradcheck.op import Array, Op
from gradcheck.oracles import ORACLES
from gradcheck.point import Point
from gradcheck.records import Finding, Result, Verdict
from gradcheck.reference import Network

SHIFT = 0.02
"""How far a disagreement must persist, in units of the size of each input."""
SHIFTS = 3
"""At how many shifted points it must persist."""


def check(op: Op, **inputs: Array) -> Result:
    """Judge the pullback of an operation at the given inputs, under a random cotangent.

    Inputs are arrays without stack axes. Integer and boolean inputs, and those that the operation calls constants,
    are not differentiated. Raises OracleMissing if PyTorch is needed and not there.
    """
    arrays = {name: np.asarray(array) for name, array in inputs.items()}
    try:
        point = Point.of(op, arrays)
    except Exception as error:  # somebody else's forward pass may fail in any way; that is the finding
        finding = Finding("raises", "", f"The forward pass raised {type(error).__name__}: {error}")
        return Result(Verdict.BROKEN, op.kind, (), (finding,))
    return examine(point, op.kind)


def examine(point: Point, subject: str) -> Result:
    """Take a point through the stages; return the verdict with everything that led to it."""
    broken = violations(point)
    if broken:
        return Result(Verdict.BROKEN, subject, (), tuple(_blame_contract(point, broken[0])))
    answers = [oracle.answer(point) for oracle in ORACLES if oracle.judges(point.op)]
    names = tuple(answer.oracle for answer in answers)
    other = other_function(point.value(), answers)
    if other:
        says = f"The forward value is not what {other} computes: it is another function, and gradients cannot agree."
        return Result(Verdict.DIFFERS, subject, names, (Finding("value", "", says),))
    votes = ballots(point.claim(), answers)
    confirmed = _persistent(point, [vote.parameter for vote in votes if vote.wrong.any()])
    findings = tuple(_blame(point, [vote for vote in votes if vote.parameter in confirmed]))
    result = Result(Verdict.AGREES, subject, names, findings, tuple(vote.comparison() for vote in votes))
    if findings:
        return replace(result, verdict=Verdict.DIFFERS)
    undecided = [vote for vote in votes if vote.sensitivity() is None and not vote.vanishes]
    notes = (*_kink_notes(votes), *(f"{vote.parameter}: no oracle could judge it here." for vote in undecided))
    return replace(result, verdict=Verdict.UNDECIDED if undecided else Verdict.AGREES, notes=notes)


def _persistent(point: Point, parameters: list[str]) -> set[str]:
    """Return those parameters that are still wrong when the inputs have been moved a little, each time anew."""
    generator = np.random.default_rng(2)
    remaining = set(parameters)
    for _ in range(SHIFTS):
        if not remaining:
            break
        shifted = point.shifted(generator, SHIFT)
        shifted = replace(shifted, wanted=tuple(name for name in point.wanted if name in remaining))
        answers = [oracle.answer(shifted) for oracle in ORACLES if oracle.judges(point.op)]
        remaining = {vote.parameter for vote in ballots(shifted.claim(), answers) if vote.wrong.any()}
    return remaining


def _judge(point: Point) -> frozenset[str] | None:
    """Judge a layer alone: the inputs whose gradients are wrong, none, or an empty set for a broken contract."""
    if violations(point):
        return frozenset()
    answers = [oracle.answer(point) for oracle in ORACLES if oracle.judges(point.op)]
    wrong = _persistent(point, [vote.parameter for vote in ballots(point.claim(), answers) if vote.wrong.any()])
    return frozenset(wrong) or None


def _blame(point: Point, wrong: list[Ballot]) -> list[Finding]:
    """Return one finding for every guilty layer; one for the operation itself if it has no layers to blame."""
    if not wrong:
        return []
    names = tuple(vote.parameter for vote in wrong)
    guilty = list(suspects(point.op, point.inputs, _judge)) if isinstance(point.op, Network) else []
    if not guilty:
        vote = wrong[0]
        return [replace(_shown(vote), says=_says_alone(point, vote), consequences=names)]
    return [_finding(suspect, wrong, names) for suspect in guilty]


def _finding(suspect: Suspect, wrong: list[Ballot], names: tuple[str, ...]) -> Finding:
    """Describe a guilty layer by the parameter in which its fault is seen best."""
    node = next(node for node in suspect.network.nodes if node.name == suspect.layer.rpartition("/")[2])
    own = {node.sources[role] for role in suspect.wrong}
    vote = min(wrong, key=lambda vote: (vote.parameter not in own, vote.parameter == "x"))
    roles = ", ".join(sorted(suspect.wrong))
    return replace(
        _shown(vote),
        says=f"Layer {suspect.layer} answers wrongly to a cotangent: its gradient for {roles} is not the derivative.",
        layer=suspect.layer,
        layer_kind=suspect.point.op.kind,
        role=roles,
        consequences=names,
        diagnoses=diagnoses(suspect),
    )


def _shown(vote: Ballot) -> Finding:
    """Show the worst entries of a parameter, in the draw where most is wrong."""
    counts = vote.wrong.reshape(len(vote.wrong), -1).sum(axis=1)
    draw = int(np.argmax(counts))
    return Finding(
        "gradient", vote.parameter, "", entries=vote.entries(draw), wrong_entries=int(counts[draw]), draw=draw
    )


def _says_alone(point: Point, vote: Ballot) -> str:
    if isinstance(point.op, Network):
        return "Every layer is right by itself; the fault lies in how their gradients are put together."
    return f"The gradient for {vote.parameter} is not the derivative of the forward pass."


def _blame_contract(point: Point, finding: Finding) -> list[Finding]:
    """Name the layers in which a broken contract shows."""
    if not isinstance(point.op, Network):
        return [finding]
    place = first_not_finite(point.op, point.inputs)
    if place:
        return [replace(finding, layer=place, says=f"{finding.says} It first appears at {place}.")]
    guilty = list(suspects(point.op, point.inputs, _judge))
    return [
        replace(
            finding,
            layer=suspect.layer,
            layer_kind=suspect.point.op.kind,
            role=", ".join(sorted(suspect.wrong)),
            diagnoses=diagnoses(suspect),
        )
        for suspect in guilty
    ] or [finding]


def _kink_notes(votes: list[Ballot]) -> list[str]:
    """Say where any slope between two would have been accepted."""
    at = [vote.parameter for vote in votes if vote.kinks.any()]
    return [
        f"{', '.join(at)}: some entries lie at a kink, where any slope between the one-sided ones is right."
    ] * bool(at)
