"""Which known mistake gives exactly these numbers?

Naming the wrong mistake is worse than naming none. A mistake is named only if it reproduces every entry of the wrong
gradient, in every draw, to many digits; if several do, all of them are named, and that is a tie.
"""

import numpy as np

from gradcheck.locate import Suspect
from gradcheck.mistakes import CATALOGUE, LayerMistake, RouteMistake
from gradcheck.op import Altered, Array, Backward, Gradients, Op
from gradcheck.point import Point
from gradcheck.records import Diagnosis

DIGITS = 1e-9
"""How closely a mistake must reproduce the numbers, relative to their largest."""


def diagnoses(suspect: Suspect) -> tuple[Diagnosis, ...]:
    """Return every mistake of the catalogue that explains a wrong layer."""
    right = _right(suspect.point.op)
    value, pullback = right(**suspect.point.inputs)
    at = Backward(right, suspect.point.inputs, value, suspect.point.cotangent, pullback(suspect.point.cotangent))
    claim = _claim(suspect.point)
    found = [
        mistake
        for mistake in CATALOGUE.values()
        if (isinstance(mistake, LayerMistake) and mistake.applies(right) and _same(claim, _gradients(mistake, at)))
        or (isinstance(mistake, RouteMistake) and _forgets(mistake, suspect, claim, at.gradients))
    ]
    return tuple(mistake.diagnosis() for mistake in found)


def _right(op: Op) -> Op:
    """Return the reference operation that the layer should be."""
    return op.original if isinstance(op, Altered) else op


def _claim(point: Point) -> Gradients | str:
    """Return the layer's gradients, or the exception that came instead."""
    try:
        return point.claim()
    except Exception as error:  # a wrong backward pass may fail in any way, and how it fails is what is compared
        return type(error).__name__


def _gradients(mistake: LayerMistake, at: Backward) -> Gradients | str:
    """Return the gradients of a mistake, or the exception that it leads to."""
    try:
        return mistake.backward(at)
    except Exception as error:  # a mistake of shape fails as the claim does
        return type(error).__name__


def _same(claim: Gradients | str, other: Gradients | str) -> bool:
    """Say whether two sets of gradients are the same numbers, or the same failure."""
    if isinstance(claim, str) or isinstance(other, str):
        return claim == other
    return claim.keys() == other.keys() and all(_close(claim[name], other[name]) for name in claim)


def _close(a: Array, b: Array) -> bool:
    largest = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= DIGITS * largest))


def _forgets(mistake: RouteMistake, suspect: Suspect, claim: Gradients | str, right: Gradients) -> bool:
    """Say whether the layer sends nothing back along just those routes that the mistake forgets."""
    if isinstance(claim, str):
        return False
    name = suspect.layer.rpartition("/")[2]
    forgotten = {role for node, role in mistake.forgotten(suspect.network) if node == name}
    expected = {role: 0.0 * gradient if role in forgotten else gradient for role, gradient in right.items()}
    return bool(forgotten) and _same(claim, expected)
