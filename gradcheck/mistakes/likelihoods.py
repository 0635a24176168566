"""Mistakes in cross-entropies, in margins and in losses of direction."""

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

INDEXED = (reference.SoftmaxCrossEntropy, reference.NegativeLogLikelihood)


def _p(at: Backward) -> Array:
    return np.exp(log_softmax(at.inputs["y"]))


def _label(at: Backward) -> Array:
    """The target as probabilities, whichever way it was given."""
    target = at.inputs["target"]
    return target if target.dtype.kind == "f" else one_hot(target, at.inputs["y"].shape[-1])


def _instead_of_p(at: Backward, taken: Array) -> Gradients:
    """Something else in the place of the probabilities: (taken - t) / n."""
    count = at.inputs["y"].size / at.cotangent.size if isinstance(at.op, reference.BinaryCrossEntropy) else samples(at)
    return {"y": (taken - _label(at)) / count * spread(at.cotangent)}


def _minus_at(at: Backward, places: Array) -> Gradients:
    """1 taken away at the wrong places."""
    p = _p(at) if isinstance(at.op, reference.SoftmaxCrossEntropy) else 0.0
    return {"y": (p - places) / samples(at) * spread(at.cotangent)}


def _through_softmax_again(at: Backward) -> Gradients:
    p, d = _p(at), at.gradients["y"]
    return {"y": p * (d - (p * d).sum(axis=-1, keepdims=True))}


def _unsmoothed(at: Backward) -> Gradients:
    return rerun(at, op=reference.SmoothedCrossEntropy(0.0, at.op.ignored))  # type: ignore[attr-defined] # it is one


def _counted(at: Backward) -> Array:
    counts: Array = at.inputs["target"] != at.op.ignored  # type: ignore[attr-defined] # it is SmoothedCrossEntropy
    return counts


def _ignored_pushed(at: Backward) -> Gradients:
    """Rows that are ignored treated as rows without a right class."""
    smoothing, classes = at.op.smoothing, at.inputs["y"].shape[-1]  # type: ignore[attr-defined] # as above
    q = (1.0 - smoothing) * one_hot(at.inputs["target"], classes) + smoothing / classes
    return {"y": (_p(at) - q) / _counted(at).sum(axis=-1)[..., None, None] * spread(at.cotangent)}


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


LIKELIHOOD_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="one-hot-not-subtracted",
        cause="missing-path",
        wrong="dy = p / n",
        right="dy = (p - one_hot) / n",
        says="The right class stands in the loss by itself as well as in the sum: subtract 1 at its place.",
        question="What should the gradient be when p is 1 at the right class?",
        layers=(reference.SoftmaxCrossEntropy, reference.SoftLabelCrossEntropy),
        backward=instead(y=lambda at: _p(at) / samples(at) * spread(at.cotangent)),
    ),
    LayerMistake(
        id="one-subtracted-in-whole-row",
        cause="wrong-variable",
        wrong="p[range(n)] -= 1",
        right="p[range(n), target] -= 1",
        says="The 1 is subtracted at every class; it belongs at each row's own label only. Its rows should sum to zero.",
        question="What does p[range(n)] select?",
        layers=INDEXED,
        backward=lambda at: _minus_at(at, np.ones_like(at.inputs["y"])),
    ),
    LayerMistake(
        id="one-subtracted-in-every-row",
        cause="wrong-variable",
        wrong="p[:, target] -= 1",
        right="p[range(n), target] -= 1",
        says="Every row loses 1 at the labels of all rows; subtract it only where row and label belong together.",
        question="How many entries does p[:, target] select?",
        layers=INDEXED,
        backward=lambda at: _minus_at(
            at, np.broadcast_to(_label(at).max(axis=-2, keepdims=True), at.inputs["y"].shape)
        ),
    ),
    LayerMistake(
        id="logits-for-probabilities",
        cause="wrong-variable",
        wrong="dy = (y - t) / n",
        right="dy = (p - t) / n    # p = softmax(y), or the sigmoid of y",
        says="y holds logits; it is the probabilities made of them that are compared with the target.",
        question="Is y between 0 and 1?",
        layers=(reference.SoftmaxCrossEntropy, reference.SoftLabelCrossEntropy, reference.BinaryCrossEntropy),
        backward=lambda at: _instead_of_p(at, at.inputs["y"]),
    ),
    LayerMistake(
        id="sigmoid-for-softmax",
        cause="wrong-activation-derivative",
        wrong="dy = (sigmoid(y) - t) / n",
        right="dy = (softmax(y) - t) / n",
        says="The classes compete for one probability: that is a softmax along the row, not a sigmoid for each class.",
        question="Do your probabilities of one sample add up to 1?",
        layers=(reference.SoftmaxCrossEntropy, reference.SoftLabelCrossEntropy),
        backward=lambda at: _instead_of_p(at, logistic(at.inputs["y"])),
    ),
    LayerMistake(
        id="softmax-jacobian-twice",
        cause="extra-factor",
        wrong="dy = J @ (p - t)",
        right="dy = p - t    # or J @ (-t / p)",
        says="p - t includes the Jacobian of the softmax already; you sent it through once more.",
        question="Is p - t the derivative with respect to the probabilities, or to the logits?",
        layers=(reference.SoftmaxCrossEntropy, reference.SoftLabelCrossEntropy),
        backward=_through_softmax_again,
    ),
    LayerMistake(
        id="squared-error-slope-in-cross-entropy",
        cause="extra-factor",
        wrong="dy = (p - t) * p * (1 - p)",
        right="dy = p - t",
        says="That is for squared errors; in the cross-entropy the slope p (1 - p) cancels against the logarithm's.",
        question="What is the derivative of -log p, and what does it do to p (1 - p)?",
        layers=(reference.BinaryCrossEntropy,),
        backward=times(lambda at: logistic(at.inputs["y"]) * (1.0 - logistic(at.inputs["y"]))),
    ),
    LayerMistake(
        id="label-total-forgotten",
        cause="missing-factor",
        wrong="dy = (p - t) / n",
        right="dy = (t.sum(axis=1, keepdims=True) * p - t) / n",
        says="p - t holds if the labels of each row add up to 1, which probabilities do.",
        question="What do the labels of one row add up to?",
        layers=(reference.SoftLabelCrossEntropy,),
        harmless={reference.SoftLabelCrossEntropy: "labels that are probabilities add up to 1 in every row"},
        backward=lambda at: _instead_of_p(at, _p(at)),
    ),
    LayerMistake(
        id="smoothing-forgotten",
        cause="missing-path",
        wrong="dy = (p - one_hot) / n",
        right="dy = (p - ((1 - e) * one_hot + e / C)) / n",
        says="The target was softened in the loss, so it is the softened target that is subtracted.",
        question="At which p is this loss the smallest?",
        layers=(reference.SmoothedCrossEntropy,),
        backward=_unsmoothed,
    ),
    LayerMistake(
        id="ignored-rows-pushed",
        cause="wrong-reduction",
        wrong="dy = (p - q) / counted.sum()",
        right="dy = np.where(counted[:, None], p - q, 0) / counted.sum()",
        says="A row that is ignored is not in the loss; nothing goes back to it.",
        question="If the logits of an ignored row changed, would the loss notice?",
        layers=(reference.SmoothedCrossEntropy,),
        backward=_ignored_pushed,
    ),
    LayerMistake(
        id="ignored-rows-in-the-mean",
        cause="wrong-constant",
        wrong="dy = np.where(counted[:, None], p - q, 0) / len(p)",
        right="dy = np.where(counted[:, None], p - q, 0) / counted.sum()",
        says="The mean is over the rows that count; the ignored ones are not among its n either.",
        question="How many rows is the mean taken over?",
        layers=(reference.SmoothedCrossEntropy,),
        backward=times(lambda at: _counted(at).sum(axis=-1)[..., None, None] / samples(at)),
    ),
    LayerMistake(
        id="other-direction-of-divergence",
        cause="wrong-variable",
        wrong="dy = -np.exp(y) / n",
        right="dy = -t / n",
        says="The divergence is weighed by the target t: it is KL(t || p), not KL(p || t).",
        question="Which of the two distributions stands before the logarithm?",
        layers=(reference.KlDivergence,),
        backward=instead(y=lambda at: -np.exp(at.inputs["y"]) / samples(at) * spread(at.cotangent)),
    ),
    LayerMistake(
        id="margin-gate-missing",
        cause="missing-factor",
        wrong="dy = -t / n",
        right="dy = -t * (t * y < 1) / n",
        says="What leads by the margin already costs nothing, and nothing goes back to it.",
        question="What is the slope of max(0, u) where u is negative?",
        layers=(reference.Hinge, reference.MultiMargin, reference.Triplet),
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
"""The mistakes in cross-entropies, margins and losses of direction."""
