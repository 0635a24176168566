"""Which known mistake gives exactly these numbers?

Naming the wrong mistake is worse than naming none. A mistake is named only if it reproduces every entry of the wrong
gradient, in every draw, to many digits, at points chosen to tell mistakes apart; if several do, all of them are named,
and that is a tie. What is not a layer of the textbook is first matched with one; where that fails, only relations
between the claimed numbers and the right ones are told.
"""

from collections.abc import Mapping, Sequence

from gradcheck.diagnose.hypotheses import Evidence, close, evidence, explanations, same
from gradcheck.diagnose.locate import Suspect
from gradcheck.diagnose.telling import telling_inputs
from gradcheck.mistakes import CATALOGUE, RouteMistake
from gradcheck.op import Altered, Array, Gradients, Op
from gradcheck.records import Diagnosis


def diagnoses(suspect: Suspect) -> tuple[Diagnosis, ...]:
    """Return every mistake of the catalogue that explains a wrong layer."""
    right = suspect.point.op.original if isinstance(suspect.point.op, Altered) else suspect.point.op
    here = evidence(right, suspect.point.op, suspect.point.inputs, suspect.point.cotangent)
    found = of_layer(right, suspect.point.op, [here], suspect.point.inputs)
    routes = [own for own in CATALOGUE.values() if isinstance(own, RouteMistake) and _forgets(own, suspect, here)]
    return (*found, *(mistake.diagnosis() for mistake in routes))


def of_layer(
    right: Op,
    claimed: Op,
    seen: Sequence[Evidence],
    inputs: Mapping[str, Array],
    only: frozenset[str] | None = None,
) -> tuple[Diagnosis, ...]:
    """Return the mistakes that explain a wrong backward pass of a layer of the textbook."""

    def more() -> list[Evidence]:
        told = [evidence(right, claimed, own, only=only) for own in telling_inputs(right, inputs)]
        return [own for own in told if not isinstance(own.claim, str) or isinstance(seen[0].claim, str)]

    return explanations(right, seen, more)


def _forgets(mistake: RouteMistake, suspect: Suspect, here: Evidence) -> bool:
    """Say whether the layer sends nothing back along just those routes that the mistake forgets."""
    if isinstance(here.claim, str):
        return False
    name = suspect.layer.rpartition("/")[2]
    forgotten = {role for node, role in mistake.forgotten(suspect.network) if node == name}
    right: Gradients = here.at.gradients
    expected = {role: 0.0 * gradient if role in forgotten else gradient for role, gradient in right.items()}
    return bool(forgotten) and same(here.claim, expected)


__all__ = ["Evidence", "close", "diagnoses", "evidence", "of_layer"]
