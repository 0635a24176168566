"""Mistakes in cross-entropies: what is subtracted from which probabilities, and where."""

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.losses import samples
from gradcheck.mistakes.making import instead, rerun, times
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Array, Backward, Gradients
from gradcheck.reference.activations import logistic
from gradcheck.reference.embedding import one_hot
from gradcheck.reference.losses import log_softmax, spread

INDEXED = (reference.SoftmaxCrossEntropy, reference.NegativeLogLikelihood)


def _p(at: Backward) -> Array:
    return np.exp(log_softmax(at.inputs["y"]))


def _label(at: Backward) -> Array:
    """The target as probabilities, whichever way it was given."""
    target = at.inputs["target"]
    return target if target.dtype.kind == "f" else one_hot(target, at.inputs["y"].shape[-1])


def _instead_of_p(at: Backward, taken: Array) -> Gradients:
    """Something else in the place of the probabilities: (taken - t) / n."""
    each = (reference.BinaryCrossEntropy, reference.PoissonLikelihood)
    count = at.inputs["y"].size / at.cotangent.size if isinstance(at.op, each) else samples(at)
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
    right, w = one_hot(at.inputs["target"], classes), at.inputs.get("weights", np.ones(classes))[..., None, :]
    q = w * ((1.0 - smoothing) * right + smoothing / classes)
    N = (w * right).sum(axis=(-2, -1), keepdims=True)
    return {"y": (q.sum(axis=-1, keepdims=True) * _p(at) - q) / N * spread(at.cotangent)}


def _unfocused(at: Backward) -> Array:
    """The weight of each entry taken for a constant."""
    side = 2.0 * at.inputs["target"] - 1.0
    away = logistic(-side * at.inputs["y"])
    count = at.inputs["y"].size / at.cotangent.size
    return np.asarray(-side * away ** (at.op.focus + 1.0) / count * spread(at.cotangent))  # type: ignore[attr-defined] # it is Focal


def _log_variance(at: Backward) -> Array:
    return np.asarray(np.split(at.inputs["y"], 2, axis=-1)[1])


def _scaled_half(at: Backward, mean: Array | float, log_variance: Array | float) -> Gradients:
    """The right gradient with each of its halves times a factor."""
    dm, ds = np.split(at.gradients["y"], 2, axis=-1)
    return {"y": np.concatenate([dm * mean, ds * log_variance], axis=-1)}


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
        says="The 1 is subtracted at every class; it belongs at each row's own label: the rows should sum to zero.",
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
        id="sigmoid-slope-left-out",
        cause="missing-factor",
        wrong="dy = (y - t) / n    # y is the probability",
        right="dy = (y - t) / (y * (1 - y)) / n",
        says="y - t is the derivative behind the sigmoid, by its logits; by the probability, y (1 - y) stays below it.",
        question="What is the derivative of -log y, and how large is it where y is nearly 0?",
        layers=(reference.LogLoss,),
        backward=times(lambda at: at.inputs["y"] * (1.0 - at.inputs["y"])),
    ),
    LayerMistake(
        id="other-class-forgotten",
        cause="missing-path",
        wrong="dy = -t / y / n",
        right="dy = ((1 - t) / (1 - y) - t / y) / n",
        says="A sample of the other class costs -log(1 - y), and sends a gradient back as well.",
        question="If t is 0, what should the loss do with y?",
        layers=(reference.LogLoss,),
        backward=times(lambda at: at.inputs["target"]),
    ),
    LayerMistake(
        id="focus-taken-for-constant",
        cause="missing-path",
        wrong="du = -(1 - q)**f * (1 - q)",
        right="du = (1 - q)**f * (f * q * np.log(q) - (1 - q))",
        says="The weight (1 - q)^f depends on the logits too: by the product rule there is a term with its slope.",
        question="In how many places does q occur in (1 - q)^f log q?",
        layers=(reference.Focal,),
        when=lambda op: op.focus > 0,  # type: ignore[attr-defined] # it is Focal
        backward=instead(y=_unfocused),
    ),
    LayerMistake(
        id="logarithm-for-rate",
        cause="wrong-variable",
        wrong="dy = (y - t) / n",
        right="dy = (np.exp(y) - t) / n",
        says="y is the logarithm of the rate; it is the rate itself that is compared with the count.",
        question="Can the rate be negative, and can y?",
        layers=(reference.PoissonLikelihood,),
        backward=lambda at: _instead_of_p(at, at.inputs["y"]),
    ),
    LayerMistake(
        id="error-not-weighed",
        cause="missing-factor",
        wrong="dm = (m - t) / n",
        right="dm = (m - t) * np.exp(-s) / n",
        says="An error counts in relation to its variance: divide it by exp(s).",
        question="Where the network expects large errors, should a large error pull as hard?",
        layers=(reference.GaussianLikelihood,),
        backward=lambda at: _scaled_half(at, np.exp(_log_variance(at)), 1.0),
    ),
    LayerMistake(
        id="variance-for-its-logarithm",
        cause="missing-factor",
        wrong="ds = (1 / v - (t - m)**2 / v**2) / 2 / n    # v = exp(s)",
        right="ds = (1 - (t - m)**2 / v) / 2 / n",
        says="That is the derivative by v; s is its logarithm, and dv/ds = v is a factor.",
        question="If s moves by a little, how far does v = exp(s) move?",
        layers=(reference.GaussianLikelihood,),
        backward=lambda at: _scaled_half(at, 1.0, np.exp(-_log_variance(at))),
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
)
"""The mistakes in cross-entropies."""
