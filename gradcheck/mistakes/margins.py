"""Mistakes in losses that are content with a margin, and in losses of direction."""

from dataclasses import replace

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.losses import samples
from gradcheck.mistakes.making import instead, rerun, times
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Array, Backward, Gradients, mT
from gradcheck.reference.activations import logistic
from gradcheck.reference.embedding import one_hot
from gradcheck.reference.losses import log_softmax, spread
from gradcheck.reference.similarity import unit


def _gateless(at: Backward) -> Gradients:
    """The gradient with all terms in force: taken with so large a margin that none is content."""
    match at.op:
        case reference.Hinge():
            entries = at.inputs["y"].size / at.cotangent.size
            return {"y": -at.inputs["target"] / entries * spread(at.cotangent)}
        case reference.MultiMargin():
            return rerun(at, op=reference.MultiMargin(1e6))
        case _:
            return rerun(at, op=reference.Triplet(1e6))


def _gate_at_zero(at: Backward) -> Gradients:
    wrong_side = at.inputs["target"] * at.inputs["y"] < 0
    return {"y": np.where(wrong_side, _gateless(at)["y"], 0.0)}


def _other_side(at: Backward) -> Array:
    """The slope taken at t y, not at -t y."""
    t, y = at.inputs["target"], at.inputs["y"]
    return np.asarray(-t * logistic(t * y) * at.cotangent.size / y.size * spread(at.cotangent))


def _not_pulled(at: Backward) -> Gradients:
    return {"y": at.gradients["y"] * (1.0 - one_hot(at.inputs["target"], at.inputs["y"].shape[-1]))}


def _not_divided_by_distance(at: Backward) -> Gradients:
    near, far = (at.inputs["anchor"] - at.inputs[other] + 1e-6 for other in ("positive", "negative"))
    length = [np.sqrt((side**2).sum(axis=-1, keepdims=True)) for side in (near, far)]
    short = (length[0] - length[1] + at.op.margin > 0) / samples(at) * spread(at.cotangent)  # type: ignore[attr-defined] # it is Triplet
    return {"anchor": short * (near - far), "positive": -short * near, "negative": short * far}


def _length_constant(at: Backward) -> Gradients:
    """d(x / |x|) without the part that comes from |x|."""
    one, other = ("y", "target") if isinstance(at.op, reference.CosineLoss) else ("left", "right")
    x, t = at.inputs[one], at.inputs[other]
    length = np.sqrt((x**2).sum(axis=-1, keepdims=True))
    if isinstance(at.op, reference.CosineLoss):
        return {"y": -unit(t)[0] / length / samples(at) * spread(at.cotangent)}
    return at.gradients | {"left": at.cotangent[..., None] * unit(t)[0] / length}


def _contrast_not_transposed(at: Backward) -> Gradients:
    """dV = dS U instead of dS^T U."""
    (U, _), (V, V_back) = unit(at.inputs["left"]), unit(at.inputs["right"])
    temperature = at.op.temperature  # type: ignore[attr-defined] # it is InfoNce
    P = np.exp(log_softmax(U @ mT(V) / temperature))
    dS = (P - np.eye(P.shape[-1])) / samples(at) / temperature * spread(at.cotangent)
    return at.gradients | {"right": V_back(dS @ U)}


MARGIN_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="margin-gate-missing",
        cause="missing-factor",
        wrong="dy = -t / n",
        right="dy = -t * (t * y < 1) / n",
        says="What leads by the margin already costs nothing, and nothing goes back to it.",
        question="What is the slope of max(0, u) where u is negative?",
        layers=(reference.Hinge, reference.MultiMargin, reference.Triplet),
        when=lambda op: getattr(op, "power", 1) == 1,
        backward=_gateless,
    ),
    LayerMistake(
        id="margin-gate-at-zero",
        cause="wrong-constant",
        wrong="dy = -t * (t * y < 0) / n",
        right="dy = -t * (t * y < 1) / n",
        says="To be on the right side is not enough: the loss is content only beyond the margin of 1.",
        question="What does this loss cost at t y = 1/2?",
        layers=(reference.Hinge,),
        backward=_gate_at_zero,
    ),
    LayerMistake(
        id="square-of-the-hinge-forgotten",
        cause="missing-factor",
        wrong="v = (h > 0) / n",
        right="v = (h > 0) * 2 * h / n",
        says="This hinge is squared, and the square brings down 2 h: who is far on the wrong side is pushed harder.",
        question="What is the slope of h^2 where h is nearly 0?",
        layers=(reference.MultiMargin,),
        when=lambda op: op.power == 2,  # type: ignore[attr-defined] # it is MultiMargin
        backward=lambda at: rerun(at, op=replace(at.op, power=1)),  # type: ignore[type-var] # it is MultiMargin
    ),
    LayerMistake(
        id="sigmoid-of-the-other-side",
        cause="wrong-sign",
        wrong="dy = -t / (1 + np.exp(-t * y)) / n",
        right="dy = -t / (1 + np.exp(t * y)) / n",
        says="A sign was lost in the exponent: what is right by far should be left alone, and what is wrong be pulled.",
        question="How large should the gradient be where t y is 100?",
        layers=(reference.SoftMargin,),
        backward=instead(y=_other_side),
    ),
    LayerMistake(
        id="right-class-not-pulled",
        cause="missing-path",
        wrong="dy[v > 0] = 1 / (C * n)",
        right="dy[v > 0] = 1 / (C * n); dy[range(n), target] -= v.sum(axis=1) / (C * n)",
        says="The right class stands in every term: it is pulled up once for each class that comes too close.",
        question="In how many of the terms does the score of the right class occur?",
        layers=(reference.MultiMargin,),
        backward=_not_pulled,
    ),
    LayerMistake(
        id="distance-not-normalised",
        cause="missing-factor",
        wrong="da = (a - p) - (a - n)",
        right="da = (a - p) / |a - p| - (a - n) / |a - n|",
        says="The gradient of a length is the unit vector; a - p is the gradient of half its square.",
        question="If both points moved twice as far apart, would the gradient of their distance change?",
        layers=(reference.Triplet,),
        backward=_not_divided_by_distance,
    ),
    LayerMistake(
        id="length-taken-for-constant",
        cause="missing-path",
        wrong="dx = du / |x|",
        right="dx = (du - u * (u * du).sum(axis=1, keepdims=True)) / |x|",
        says="|x| depends on x too: take the part of the gradient along x away, for to make x longer changes no angle.",
        question="What happens to x / |x| if x is doubled?",
        layers=(reference.CosineLoss, reference.CosineSimilarity),
        backward=_length_constant,
    ),
    LayerMistake(
        id="temperature-forgotten",
        cause="missing-factor",
        wrong="dU = dS @ V",
        right="dU = dS @ V / temperature",
        says="The cosines were divided by the temperature on the way forward, and so are their gradients.",
        question="By what was U V^T divided?",
        layers=(reference.InfoNce,),
        when=lambda op: op.temperature != 1.0,  # type: ignore[attr-defined] # it is InfoNce
        backward=times(lambda at: at.op.temperature),  # type: ignore[attr-defined] # as above
    ),
    LayerMistake(
        id="contrast-not-transposed",
        cause="missing-transpose",
        wrong="dV = dS @ U / temperature",
        right="dV = dS.T @ U / temperature",
        says="Row m of V meets the queries in column m of S, so the scores' gradient is transposed.",
        question="Which entries of S does the m-th row of V appear in?",
        layers=(reference.InfoNce,),
        backward=_contrast_not_transposed,
    ),
)
"""The mistakes in margins and losses of direction."""
