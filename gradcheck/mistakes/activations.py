"""Mistakes in activations: the slope is missing, doubled, halved, or taken at the wrong place."""

import math

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.making import instead
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Array, Backward, Gradients
from gradcheck.reference.activations import erf, logistic

SMOOTH = (
    reference.Sigmoid,
    reference.Tanh,
    reference.Gelu,
    reference.GeluTanh,
    reference.Silu,
    reference.Softplus,
    reference.Elu,
)
"""Activations whose slope is neither 0 nor 1 almost everywhere."""
GATES = (reference.Relu, reference.LeakyRelu)
"""Activations that are two straight lines."""
SUBGRADIENT = "it differs at z = 0 alone, and there every slope between the two sides is a subgradient"


def slope(at: Backward, z: Array | None = None) -> Array:
    """Return f'(z), at the input if no other place is given."""
    x = at.inputs["x"] if z is None else z
    return at.op(x=x)[1](np.ones_like(x))["x"]


def _slope_twice(at: Backward) -> Gradients:
    return {"x": slope(at) ** 2 * at.cotangent}


def _formula_in_z(at: Backward) -> Gradients:
    z = at.inputs["x"]
    return {"x": (1.0 - z**2 if isinstance(at.op, reference.Tanh) else z * (1.0 - z)) * at.cotangent}


def _one_factor(at: Backward) -> Gradients:
    return {"x": (at.value if isinstance(at.op, reference.Sigmoid) else 1.0 - at.value) * at.cotangent}


def _other_slope(at: Backward) -> Gradients:
    y = at.value
    return {"x": (1.0 - y**2 if isinstance(at.op, reference.Sigmoid) else y * (1.0 - y)) * at.cotangent}


def _first_term(at: Backward) -> Gradients:
    """f'(z) = P(z) + z P'(z) without its second term."""
    z = at.inputs["x"]
    match at.op:
        case reference.Silu():
            P = logistic(z)
        case reference.Gelu():
            P = 0.5 * (1.0 + erf(z / math.sqrt(2.0)))
        case _:
            P = 0.5 * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (z + 0.044715 * z**3)))
    return {"x": P * at.cotangent}


def _inner_slope_missing(at: Backward) -> Gradients:
    z = at.inputs["x"]
    t = np.tanh(math.sqrt(2.0 / math.pi) * (z + 0.044715 * z**3))
    return {"x": (0.5 * (1.0 + t) + 0.5 * z * (1.0 - t**2)) * at.cotangent}


def _below(at: Backward, below: Array | float) -> Gradients:
    """The slope 1 above zero, and another below."""
    return {"x": np.where(at.inputs["x"] > 0, 1.0, below) * at.cotangent}


def _sides_exchanged(at: Backward) -> Gradients:
    own = at.op.slope if isinstance(at.op, reference.LeakyRelu) else 0.0
    return {"x": np.where(at.inputs["x"] > 0, own, 1.0) * at.cotangent}


def _at_and_above(at: Backward) -> Gradients:
    own = at.op.slope if isinstance(at.op, reference.LeakyRelu) else 0.0
    return {"x": np.where(at.inputs["x"] >= 0, 1.0, own) * at.cotangent}


def _from_cotangent(at: Backward) -> Gradients:
    own = at.op.slope if isinstance(at.op, reference.LeakyRelu) else 0.0
    return {"x": np.where(at.cotangent > 0, 1.0, own) * at.cotangent}


ACTIVATION_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="activation-derivative-missing",
        cause="missing-factor",
        wrong="dz = dy",
        right="dz = f'(z) * dy",
        says="The cotangent has to pass through the activation: multiply by its slope.",
        question="If z moves by a little, how far does the activation move?",
        layers=(*SMOOTH, *GATES),
        backward=instead(x=lambda at: at.cotangent),
    ),
    LayerMistake(
        id="derivative-at-activation",
        cause="wrong-activation-derivative",
        wrong="dz = f'(y) * dy",
        right="dz = f'(z) * dy",
        says="The slope is taken at the activation y; it belongs at the pre-activation z.",
        question="Where on its graph is the activation when its input is z?",
        layers=(*SMOOTH, *GATES),
        harmless=dict.fromkeys(GATES, "y is positive just where z is, so f'(y) and f'(z) are the same"),
        backward=instead(x=lambda at: slope(at, at.value) * at.cotangent),
    ),
    LayerMistake(
        id="activation-derivative-twice",
        cause="extra-factor",
        wrong="dz = f'(z) * f'(z) * dy",
        right="dz = f'(z) * dy",
        says="The slope of the activation is in there twice; it was already multiplied in when delta was formed.",
        question="How many times does the signal pass through the activation?",
        layers=(*SMOOTH, *GATES),
        harmless={reference.Relu: "its slope is 0 or 1, and each of these is its own square"},
        backward=_slope_twice,
    ),
    LayerMistake(
        id="derivative-formula-fed-z",
        cause="wrong-activation-derivative",
        wrong="dz = (1 - z**2) * dy    # tanh; for the sigmoid z * (1 - z)",
        right="dz = (1 - y**2) * dy    # tanh; for the sigmoid y * (1 - y)",
        says="This short form of the slope wants the activation y; you gave it the raw input z.",
        question="In 1 - tanh(z)^2, what is it that gets squared?",
        layers=(reference.Tanh, reference.Sigmoid),
        backward=_formula_in_z,
    ),
    LayerMistake(
        id="half-of-the-derivative",
        cause="missing-factor",
        wrong="dz = y * dy    # for tanh (1 - y) * dy",
        right="dz = y * (1 - y) * dy    # for tanh (1 + y) * (1 - y) * dy",
        says="One of the two factors of the slope is missing: s' = s (1 - s), and tanh' = (1 + t) (1 - t).",
        question="What should the slope be where the activation is saturated, on either side?",
        layers=(reference.Sigmoid, reference.Tanh),
        backward=_one_factor,
    ),
    LayerMistake(
        id="slope-of-the-error",
        cause="wrong-activation-derivative",
        wrong="dz = dy * (1 - dy)",
        right="dz = dy * y * (1 - y)",
        says="The slope of the sigmoid depends on its output y, not on the error that comes back.",
        question="If the error were twice as large, should dz be twice as large?",
        layers=(reference.Sigmoid,),
        backward=instead(x=lambda at: at.cotangent * (1.0 - at.cotangent)),
    ),
    LayerMistake(
        id="slope-of-another-activation",
        cause="wrong-activation-derivative",
        wrong="dz = (1 - y**2) * dy    # of a sigmoid; for tanh y * (1 - y)",
        right="dz = y * (1 - y) * dy    # of a sigmoid; for tanh 1 - y**2",
        says="This is the slope of the other activation: y (1 - y) is the sigmoid's, 1 - y^2 that of tanh.",
        question="Which of the two curves is steepest with the slope 1, and which with 1/4?",
        layers=(reference.Sigmoid, reference.Tanh),
        backward=_other_slope,
    ),
    LayerMistake(
        id="product-rule-one-term",
        cause="missing-path",
        wrong="dz = P(z) * dy    # of z P(z)",
        right="dz = (P(z) + z * P'(z)) * dy",
        says="z stands in both factors of z P(z), so the product rule has two terms: P(z) and z P'(z).",
        question="In how many places does z occur in this function?",
        layers=(reference.Silu, reference.Gelu, reference.GeluTanh),
        backward=_first_term,
    ),
    LayerMistake(
        id="inner-derivative-missing",
        cause="missing-factor",
        wrong="dt = 1 - t**2    # of t = tanh(u(z))",
        right="dt = (1 - t**2) * du/dz",
        says="tanh is taken of u(z), not of z: the slope of the inner function is a factor too.",
        question="If z moves by a little, how far does u move?",
        layers=(reference.GeluTanh,),
        backward=_inner_slope_missing,
    ),
    LayerMistake(
        id="slope-at-minus-z",
        cause="wrong-sign",
        wrong="dz = f'(-z) * dy",
        right="dz = f'(z) * dy",
        says="A sign was lost in the exponent: the slope is taken on the other side of zero.",
        question="Is this activation steeper at z = 2, or at z = -2?",
        layers=SMOOTH,
        harmless={
            reference.Sigmoid: "its slope is an even function, s'(-z) = s'(z)",
            reference.Tanh: "its slope is an even function, tanh'(-z) = tanh'(z)",
        },
        backward=instead(x=lambda at: slope(at, -at.inputs["x"]) * at.cotangent),
    ),
    LayerMistake(
        id="gate-from-gradient",
        cause="wrong-variable",
        wrong="dz = dy * (dy > 0)",
        right="dz = dy * (z > 0)",
        says="The gate is decided on the way forward, by the sign of z, not by the sign of the gradient.",
        question="What does ReLU look at when it decides to let a value through?",
        layers=GATES,
        backward=_from_cotangent,
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
        backward=_at_and_above,
    ),
    LayerMistake(
        id="gate-inverted",
        cause="wrong-sign",
        wrong="dz = dy * (z < 0)",
        right="dz = dy * (z > 0)",
        says="The two sides are exchanged: what was let through on the way forward is let through on the way back.",
        question="Which units had any influence on the loss?",
        layers=GATES,
        backward=_sides_exchanged,
    ),
    LayerMistake(
        id="leaky-slope-missing",
        cause="missing-factor",
        wrong="dz = dy * (z > 0)",
        right="dz = dy * np.where(z > 0, 1, slope)",
        says="Below zero the slope of this activation is small, not 0.",
        question="What is the slope of this function at z = -1?",
        layers=(reference.LeakyRelu, reference.Elu),
        backward=lambda at: _below(at, 0.0),
    ),
    LayerMistake(
        id="value-for-slope",
        cause="wrong-activation-derivative",
        wrong="dz = dy * np.where(z > 0, 1, y)",
        right="dz = dy * np.where(z > 0, 1, y + a)",
        says="Below zero y is a (exp(z) - 1), and its slope a exp(z) is y + a, not y.",
        question="Can the slope of a function that rises everywhere be negative?",
        layers=(reference.Elu,),
        backward=lambda at: _below(at, at.value),
    ),
)
"""The mistakes in activations."""
