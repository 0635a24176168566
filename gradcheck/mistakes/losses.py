"""Mistakes at the loss: signs, halves, means, the target that is subtracted, and penalties."""

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.making import instead, nothing, over, times
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Backward, Gradients
from gradcheck.reference.losses import spread

SQUARES = (reference.HalfSumOfSquares, reference.MeanSquaredError)
OVER_ENTRIES = (
    reference.MeanSquaredError,
    reference.BinaryCrossEntropy,
    reference.LogLoss,
    reference.Focal,
    reference.PoissonLikelihood,
    reference.GaussianLikelihood,
    reference.MeanAbsoluteError,
    reference.Huber,
    reference.Hinge,
    reference.SoftMargin,
)
"""Losses that are a mean over all entries, outputs and samples alike."""
OVER_SAMPLES = (
    reference.SoftmaxCrossEntropy,
    reference.SoftLabelCrossEntropy,
    reference.NegativeLogLikelihood,
    reference.KlDivergence,
    reference.MultiMargin,
    reference.CosineLoss,
    reference.Triplet,
    reference.InfoNce,
)
"""Losses that are a mean over the samples."""
PENALTIES = (reference.L2Penalty, reference.L1Penalty)
EVERY_LOSS = (*SQUARES, *OVER_ENTRIES[1:], *OVER_SAMPLES, reference.SmoothedCrossEntropy, reference.Ctc)


def samples(at: Backward) -> float:
    """Return how many samples the mean is over."""
    values = next(at.inputs[role] for role in at.gradients)
    return float(values.shape[-3 if isinstance(at.op, reference.Ctc) else -2])


def outputs(at: Backward) -> float:
    """Return how many outputs, or classes, a sample has."""
    width = next(at.inputs[role] for role in at.gradients).shape[-1]
    return float(width // 2 if isinstance(at.op, reference.GaussianLikelihood) else width)


def _entries(at: Backward) -> float:
    return samples(at) * (outputs(at) if isinstance(at.op, OVER_ENTRIES) else 1.0)


def _other_half(at: Backward) -> Gradients:
    return times(2.0 if isinstance(at.op, reference.HalfSumOfSquares) else 0.5)(at)


def _target_forgotten(at: Backward) -> Gradients:
    return at.op(y=at.inputs["y"], target=0.0 * at.inputs["target"])[1](at.cotangent)


def _sign_for_square(at: Backward) -> Gradients:
    error = at.inputs["y"] - at.inputs["target"]
    return {"y": error / _entries(at) * spread(at.cotangent)}


LOSS_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="wrong-sign",
        cause="wrong-sign",
        wrong="dy = t - y",
        right="dy = y - t",
        says="Everything is right except the sign: this points the way down, which is the update and not the gradient.",
        question="If y is too large, should the loss rise or fall when y grows?",
        layers=EVERY_LOSS,
        backward=times(-1.0),
    ),
    LayerMistake(
        id="loss-factor",
        cause="wrong-constant",
        wrong="dy = 2 * (y - t)    # of 1/2 (y - t)^2",
        right="dy = y - t",
        says="The square brings down a 2; whether a 1/2 in the loss takes it away decides the factor.",
        question="What is the derivative of u^2 / 2, and of u^2?",
        layers=SQUARES,
        backward=_other_half,
    ),
    LayerMistake(
        id="sum-for-mean",
        cause="wrong-constant",
        wrong="dy = p - t",
        right="dy = (p - t) / n",
        says="The loss is a mean, so its gradient carries the same 1/n.",
        question="If you doubled the batch by repeating it, what would happen to the loss, and to each sample's share?",
        layers=(*OVER_ENTRIES, *OVER_SAMPLES, reference.Ctc),
        backward=times(_entries),
    ),
    LayerMistake(
        id="mean-over-samples-only",
        cause="wrong-constant",
        wrong="dy = (y - t) / len(y)",
        right="dy = (y - t) / y.size",
        says="This loss is a mean over the outputs as well as over the samples, so n is the number of all entries.",
        question="Over how many numbers does .mean() take the mean here?",
        layers=OVER_ENTRIES,
        backward=times(outputs),
    ),
    LayerMistake(
        id="mean-over-classes-too",
        cause="wrong-constant",
        wrong="dy = (p - t) / p.size",
        right="dy = (p - t) / len(p)",
        says="The mean is over the samples only; your n counts the classes too.",
        question="How many terms does the loss have: one a sample, or one for each sample and class?",
        layers=OVER_SAMPLES,
        backward=times(over(outputs)),
    ),
    LayerMistake(
        id="mean-counted-twice",
        cause="extra-factor",
        wrong="dy = (p - t) / n / n",
        right="dy = (p - t) / n",
        says="The 1/n of the mean is in there twice.",
        question="How often does the loss divide by n?",
        layers=(*OVER_ENTRIES, *OVER_SAMPLES, reference.Ctc),
        backward=times(over(_entries)),
    ),
    LayerMistake(
        id="mean-for-sum-of-squares",
        cause="wrong-constant",
        wrong="dy = (y - t) / n",
        right="dy = y - t",
        says="This loss is a sum over the samples: no 1/n appears in it, and none in its gradient.",
        question="If you doubled the batch by repeating it, what would happen to this loss?",
        layers=(reference.HalfSumOfSquares,),
        backward=times(over(samples)),
    ),
    LayerMistake(
        id="target-not-subtracted",
        cause="missing-factor",
        wrong="dy = y",
        right="dy = y - t",
        says="The gradient does not depend on the target, so nothing can be learned from it.",
        question="What should the gradient be when the prediction is perfect?",
        layers=(
            *SQUARES,
            reference.BinaryCrossEntropy,
            reference.PoissonLikelihood,
            reference.MeanAbsoluteError,
            reference.Huber,
        ),
        backward=_target_forgotten,
    ),
    LayerMistake(
        id="sign-forgotten",
        cause="wrong-activation-derivative",
        wrong="dy = (y - t) / n",
        right="dy = np.sign(y - t) / n    # for Huber's loss np.clip(y - t, -d, d) / n",
        says="That is the slope of a square; outside of a small error this loss rises in a straight line.",
        question="Does an error of 10 pull ten times as hard as an error of 1 here?",
        layers=(reference.MeanAbsoluteError, reference.Huber),
        backward=_sign_for_square,
    ),
    LayerMistake(
        id="sign-for-clip",
        cause="wrong-activation-derivative",
        wrong="dy = d * np.sign(y - t) / n",
        right="dy = np.clip(y - t, -d, d) / n",
        says="Near zero this loss is a square, and its slope is the error itself.",
        question="What is the slope of Huber's loss at an error of 0?",
        layers=(reference.Huber,),
        backward=lambda at: {
            "y": at.op.delta * np.sign(at.inputs["y"] - at.inputs["target"]) / _entries(at) * spread(at.cotangent)  # type: ignore[attr-defined] # it is Huber
        },
    ),
    LayerMistake(
        id="penalty-forgotten",
        cause="missing-path",
        wrong="dW = dW_data",
        right="dW = dW_data + strength * W",
        says="The penalty is a second route from the weights to the loss: add its derivative.",
        question="Through which terms of the loss does W act?",
        layers=PENALTIES,
        backward=nothing("W"),
    ),
    LayerMistake(
        id="penalty-doubled",
        cause="wrong-constant",
        wrong="dW = dW_data + 2 * strength * W",
        right="dW = dW_data + strength * W",
        says="The penalty has a 1/2, which cancels the 2 of the square.",
        question="What is the derivative of strength / 2 * W^2?",
        layers=(reference.L2Penalty,),
        backward=times(2.0),
    ),
    LayerMistake(
        id="penalty-subtracted",
        cause="wrong-sign",
        wrong="dW = dW_data - strength * W",
        right="dW = dW_data + strength * W",
        says="The penalty is added to the loss, so its gradient is added too: large weights are to cost more.",
        question="Should a step of descent make a large weight larger?",
        layers=PENALTIES,
        backward=times(-1.0),
    ),
    LayerMistake(
        id="penalty-strength-forgotten",
        cause="missing-factor",
        wrong="dW = dW_data + W",
        right="dW = dW_data + strength * W",
        says="The penalty counts with its strength, in the gradient as in the loss.",
        question="What would the gradient be if the strength were 0?",
        layers=PENALTIES,
        backward=times(lambda at: 1.0 / at.op.strength),  # type: ignore[attr-defined] # penalties have it
    ),
    LayerMistake(
        id="square-penalty-for-absolute",
        cause="wrong-activation-derivative",
        wrong="dW = dW_data + strength * W",
        right="dW = dW_data + strength * np.sign(W)",
        says="That is the slope of a square; the absolute value draws every weight to 0 with one force.",
        question="Is a weight of 10 drawn to zero ten times as hard as a weight of 1?",
        layers=(reference.L1Penalty,),
        backward=instead(W=lambda at: at.op.strength * at.inputs["W"] * spread(at.cotangent)),  # type: ignore[attr-defined] # it is L1Penalty
    ),
)
"""The mistakes at the loss."""
