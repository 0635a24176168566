"""Mistakes in activations: the slope is missing, doubled, halved, or taken at the wrong place."""

import math

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.making import instead, rerun
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Array, Backward, Op
from gradcheck.reference.activations import erf, logistic

SMOOTH = (
    reference.Sigmoid,
    reference.Tanh,
    reference.Softsign,
    reference.Gelu,
    reference.GeluTanh,
    reference.Silu,
    reference.Mish,
    reference.Softplus,
    reference.LogSigmoid,
    reference.Elu,
    reference.Selu,
)
"""Activations whose slope is neither 0 nor 1 almost everywhere."""
GATES = (reference.Relu, reference.LeakyRelu, reference.Prelu)
"""Activations that are two straight lines."""


def slope(at: Backward, z: Array | None = None) -> Array:
    """Return f'(z), at the input if no other place is given."""
    x = at.inputs["x"] if z is None else z
    return rerun(at, cotangent=np.ones_like(x), x=x)["x"]


def _slope_twice(at: Backward) -> Array:
    return slope(at) ** 2 * at.cotangent


def _formula_in_z(at: Backward) -> Array:
    z = at.inputs["x"]
    return (1.0 - z**2 if isinstance(at.op, reference.Tanh) else z * (1.0 - z)) * at.cotangent


def _one_factor(at: Backward) -> Array:
    return (at.value if isinstance(at.op, reference.Sigmoid) else 1.0 - at.value) * at.cotangent


def _other_slope(at: Backward) -> Array:
    y = at.value
    return (1.0 - y**2 if isinstance(at.op, reference.Sigmoid) else y * (1.0 - y)) * at.cotangent


def _share(op: Op, z: Array) -> Array:
    """Return P(z), for an activation z P(z)."""
    match op:
        case reference.Silu():
            return logistic(z)
        case reference.Gelu():
            return np.asarray(0.5 * (1.0 + erf(z / math.sqrt(2.0))))
        case reference.Mish():
            return np.asarray(np.tanh(np.logaddexp(0.0, z)))
        case reference.Hardswish():
            return np.asarray(np.clip(z + 3.0, 0.0, 6.0) / 6.0)
    return np.asarray(0.5 * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (z + 0.044715 * z**3))))


def _first_term(at: Backward) -> Array:
    """f'(z) = P(z) + z P'(z) without its second term."""
    return _share(at.op, at.inputs["x"]) * at.cotangent


def _inner_slope_missing(at: Backward) -> Array:
    """f'(z) where P is made of tanh(u(z)), without u'."""
    z, P = at.inputs["x"], _share(at.op, at.inputs["x"])
    if isinstance(at.op, reference.Mish):
        return (P + z * (1.0 - P**2)) * at.cotangent
    t = 2.0 * P - 1.0
    return (P + 0.5 * z * (1.0 - t**2)) * at.cotangent


ACTIVATION_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="activation-derivative-missing",
        cause="missing-factor",
        wrong="dz = dy",
        right="dz = f'(z) * dy",
        says="The cotangent has to pass through the activation: multiply by its slope.",
        question="If z moves by a little, how far does the activation move?",
        layers=(*SMOOTH, *GATES, reference.Hardtanh, reference.Hardswish),
        backward=instead(x=lambda at: at.cotangent),
    ),
    LayerMistake(
        id="derivative-at-activation",
        cause="wrong-activation-derivative",
        wrong="dz = f'(y) * dy",
        right="dz = f'(z) * dy",
        says="The slope is taken at the activation y; it belongs at the pre-activation z.",
        question="Where on its graph is the activation when its input is z?",
        layers=(*SMOOTH, *GATES, reference.Hardswish),
        harmless=dict.fromkeys(GATES[:2], "y is positive just where z is, so f'(y) and f'(z) are the same"),
        backward=instead(x=lambda at: slope(at, at.value) * at.cotangent),
    ),
    LayerMistake(
        id="activation-derivative-twice",
        cause="extra-factor",
        wrong="dz = f'(z) * f'(z) * dy",
        right="dz = f'(z) * dy",
        says="The slope of the activation is in there twice; it was already multiplied in when delta was formed.",
        question="How many times does the signal pass through the activation?",
        layers=(*SMOOTH, *GATES, reference.Hardswish),
        harmless={reference.Relu: "its slope is 0 or 1, and each of these is its own square"},
        backward=instead(x=_slope_twice),
    ),
    LayerMistake(
        id="derivative-formula-fed-z",
        cause="wrong-activation-derivative",
        wrong="dz = (1 - z**2) * dy    # tanh; for the sigmoid z * (1 - z)",
        right="dz = (1 - y**2) * dy    # tanh; for the sigmoid y * (1 - y)",
        says="This short form of the slope wants the activation y; you gave it the raw input z.",
        question="In 1 - tanh(z)^2, what is it that gets squared?",
        layers=(reference.Tanh, reference.Sigmoid),
        backward=instead(x=_formula_in_z),
    ),
    LayerMistake(
        id="half-of-the-derivative",
        cause="missing-factor",
        wrong="dz = y * dy    # for tanh (1 - y) * dy",
        right="dz = y * (1 - y) * dy    # for tanh (1 + y) * (1 - y) * dy",
        says="One of the two factors of the slope is missing: s' = s (1 - s), and tanh' = (1 + t) (1 - t).",
        question="What should the slope be where the activation is saturated, on either side?",
        layers=(reference.Sigmoid, reference.Tanh),
        backward=instead(x=_one_factor),
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
        backward=instead(x=_other_slope),
    ),
    LayerMistake(
        id="product-rule-one-term",
        cause="missing-path",
        wrong="dz = P(z) * dy    # of z P(z)",
        right="dz = (P(z) + z * P'(z)) * dy",
        says="z stands in both factors of z P(z), so the product rule has two terms: P(z) and z P'(z).",
        question="In how many places does z occur in this function?",
        layers=(reference.Silu, reference.Gelu, reference.GeluTanh, reference.Mish, reference.Hardswish),
        backward=instead(x=_first_term),
    ),
    LayerMistake(
        id="inner-derivative-missing",
        cause="missing-factor",
        wrong="dt = 1 - t**2    # of t = tanh(u(z))",
        right="dt = (1 - t**2) * du/dz",
        says="tanh is taken of u(z), not of z: the slope of the inner function is a factor too.",
        question="If z moves by a little, how far does u move?",
        layers=(reference.GeluTanh, reference.Mish),
        backward=instead(x=_inner_slope_missing),
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
            reference.Softsign: "its slope is an even function of z, it depends on |z|",
        },
        backward=instead(x=lambda at: slope(at, -at.inputs["x"]) * at.cotangent),
    ),
)
"""The mistakes in activations."""
