"""From wrong numbers to findings: which layer is to blame, which entries show it best, which mistake it is."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradcheck.diagnose import diagnoses
from gradcheck.diagnose.locate import Suspect, first_not_finite, suspects
from gradcheck.point import Point
from gradcheck.records import Finding
from gradcheck.reference import Network
from gradcheck.stages.compare import Ballot
from gradcheck.stages.hearing import judge_alone
from gradcheck.stages.symmetry import convention
from gradcheck.stages.testimony import diagnose

HERE_ONLY = " at this very point, though it is right near by"
BESIDE_KINK = " right beside this point, at which some entries have a kink that hides it"


def blame(point: Point, wrong: list[Ballot], where: str = "", shown: Sequence[Finding] = ()) -> list[Finding]:
    """Return one finding for every guilty layer, or for every parameter if there are no layers to blame.

    ``where`` says where it is wrong, if that is not so everywhere; ``shown`` has been found wrong along directions.
    """
    if isinstance(point.op, Network):
        return [*shown, *_blamed(point, point.op, wrong)]
    found = [replace(_shown(vote), says=_says(vote, where) + convention(point, vote)) for vote in wrong]
    return diagnose(point, [*shown, *found]) if found or shown else []


def _blamed(point: Point, network: Network, wrong: list[Ballot]) -> list[Finding]:
    """Blame the layers of a network, or how their gradients are put together."""
    if not wrong:
        return []
    names = tuple(vote.parameter for vote in wrong)
    guilty = list(suspects(network, point.inputs, judge_alone))
    if guilty:
        return [_finding(suspect, wrong, names) for suspect in guilty]
    says = "Every layer is right by itself; the fault lies in how their gradients are put together."
    return [replace(_shown(wrong[0]), says=says, consequences=names)]


def blame_contract(point: Point, finding: Finding) -> list[Finding]:
    """Name the layers in which a broken contract shows."""
    if not isinstance(point.op, Network):
        return diagnose(point, [finding])
    place = first_not_finite(point.op, point.inputs)
    if place:
        return [replace(finding, layer=place, says=f"{finding.says} It first appears at {place}.")]
    return [
        replace(
            finding,
            layer=suspect.layer,
            layer_kind=suspect.point.op.kind,
            role=", ".join(sorted(suspect.wrong)),
            diagnoses=diagnoses(suspect),
        )
        for suspect in suspects(point.op, point.inputs, judge_alone)
    ] or [finding]


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
    entries = vote.entries(draw)
    return Finding("gradient", vote.parameter, "", entries=entries, wrong_entries=int(counts[draw]), draw=draw)


def _says(vote: Ballot, where: str) -> str:
    says = f"The gradient for {vote.parameter} is not the derivative of the forward pass"
    if where == HERE_ONLY and bool((vote.wrong & vote.kinks).any()):
        return f"{says} at this very point, a kink: it is not between the slopes on its two sides."
    return f"{says}{where}."
