"""Mistakes in rectifiers and their relatives: the piece is chosen wrongly, or given the slope of another one."""

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.activations import GATES, slope
from gradcheck.mistakes.making import instead, over, rerun, served, times
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Array, Backward
from gradcheck.reference.rectifiers import SELU_SCALE

SUBGRADIENT = "it differs at z = 0 alone, and there every slope between the two sides is a subgradient"


def _below(at: Backward, below: Array | float) -> Array:
    """The right slope above zero, and another below."""
    return np.where(at.inputs["x"] > 0, slope(at), below) * at.cotangent


def _lower(at: Backward) -> Array | float:
    """The slope below zero of two straight lines."""
    if isinstance(at.op, reference.Prelu):
        return rerun(at, cotangent=np.ones_like(at.value), x=-np.ones_like(at.inputs["x"]))["x"]
    return at.op.slope if isinstance(at.op, reference.LeakyRelu) else 0.0


def _sides_exchanged(at: Backward) -> Array:
    return np.where(at.inputs["x"] > 0, _lower(at), 1.0) * at.cotangent


def _at_and_above(at: Backward) -> Array:
    return np.where(at.inputs["x"] >= 0, 1.0, _lower(at)) * at.cotangent


def _from_cotangent(at: Backward) -> Array:
    return np.where(at.cotangent > 0, 1.0, _lower(at)) * at.cotangent


def _one_end(at: Backward) -> Array:
    """The slope in the middle taken for the one above the upper end as well."""
    low: float = at.op.low  # type: ignore[attr-defined] # it is Hardtanh
    return np.where(at.inputs["x"] > low, at.cotangent, 0.0)


def _above_as_well(at: Backward) -> Array:
    """What a learned slope is multiplied with, where it takes no part as well."""
    there = rerun(at, x=-np.abs(at.inputs["x"]), cotangent=-np.sign(at.inputs["x"]) * at.cotangent)
    return there["a"]


RECTIFIER_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="gate-from-gradient",
        cause="wrong-variable",
        wrong="dz = dy * (dy > 0)",
        right="dz = dy * (z > 0)",
        says="The gate is decided on the way forward, by the sign of z, not by the sign of the gradient.",
        question="What does ReLU look at when it decides to let a value through?",
        layers=GATES,
        backward=instead(x=_from_cotangent),
    ),
    LayerMistake(
        id="gate-includes-zero",
        cause="wrong-activation-derivative",
        wrong="dz = dy * (z >= 0)",
        right="dz = dy * (z > 0)",
        says="This gate is open at z = 0 as well; nobody can object, for at a kink every slope between will do.",
        question="How often is z exactly 0?",
        layers=GATES,
        harmless=dict.fromkeys(GATES, SUBGRADIENT),
        backward=instead(x=_at_and_above),
    ),
    LayerMistake(
        id="gate-inverted",
        cause="wrong-sign",
        wrong="dz = dy * (z < 0)",
        right="dz = dy * (z > 0)",
        says="The two sides are exchanged: what was let through on the way forward is let through on the way back.",
        question="Which units had any influence on the loss?",
        layers=GATES,
        backward=instead(x=_sides_exchanged),
    ),
    LayerMistake(
        id="leaky-slope-missing",
        cause="missing-factor",
        wrong="dz = dy * (z > 0)",
        right="dz = dy * np.where(z > 0, 1, slope)",
        says="Below zero the slope of this activation is small, not 0.",
        question="What is the slope of this function at z = -1?",
        layers=(reference.LeakyRelu, reference.Prelu, reference.Elu, reference.Selu),
        backward=instead(x=lambda at: _below(at, 0.0)),
    ),
    LayerMistake(
        id="value-for-slope",
        cause="wrong-activation-derivative",
        wrong="dz = dy * np.where(z > 0, 1, y)",
        right="dz = dy * np.where(z > 0, 1, y + a)",
        says="Below zero y is a (exp(z) - 1), and its slope a exp(z) is y + a, not y.",
        question="Can the slope of a function that rises everywhere be negative?",
        layers=(reference.Elu, reference.Selu),
        backward=instead(x=lambda at: _below(at, at.value)),
    ),
    LayerMistake(
        id="outer-scale-forgotten",
        cause="missing-factor",
        wrong="dz = dy * np.where(z > 0, 1, a * np.exp(z))",
        right="dz = dy * l * np.where(z > 0, 1, a * np.exp(z))",
        says="The whole function is multiplied by l, and so is its slope, on both sides of zero.",
        question="What is the slope of l z?",
        layers=(reference.Selu,),
        backward=times(1.0 / SELU_SCALE),
    ),
    LayerMistake(
        id="one-end-forgotten",
        cause="wrong-activation-derivative",
        wrong="dz = dy * (z > low)",
        right="dz = dy * ((z > low) & (z < high))",
        says="The function is flat above its upper end as well as below its lower one.",
        question="What is the slope of this function at z = 100?",
        layers=(reference.Hardtanh,),
        backward=instead(x=_one_end),
    ),
    LayerMistake(
        id="learned-slope-everywhere",
        cause="extra-factor",
        wrong="da = (dy * z).sum()",
        right="da = (dy * np.where(z > 0, 0, z)).sum()",
        says="Above zero y is z, and a takes no part in it: only what lies below zero contributes to its gradient.",
        question="If a changed, which entries of y would move?",
        layers=(reference.Prelu,),
        backward=instead(a=_above_as_well),
    ),
    LayerMistake(
        id="learned-slope-averaged",
        cause="wrong-reduction",
        wrong="da = (dy * np.where(z > 0, 0, z)).mean()",
        right="da = (dy * np.where(z > 0, 0, z)).sum()",
        says="One slope serves many entries, and what they contribute adds up.",
        question="What does each entry contribute to a?",
        layers=(reference.Prelu,),
        backward=times(over(served("a")), "a"),
    ),
)
"""The mistakes in rectifiers."""
