"""Mistakes at the loss: signs, halves, means, and the target that is subtracted."""

from gradcheck import reference
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Backward, Gradients

SQUARES = (reference.HalfSumOfSquares, reference.MeanSquaredError)
ENTROPIES = (reference.BinaryCrossEntropy, reference.SoftmaxCrossEntropy, reference.SoftLabelCrossEntropy)


def _negative(at: Backward) -> Gradients:
    return {"y": -at.gradients["y"]}


def _factor_two(at: Backward) -> Gradients:
    return {"y": at.gradients["y"] * (2.0 if isinstance(at.op, reference.HalfSumOfSquares) else 0.5)}


def _sum_for_mean(at: Backward) -> Gradients:
    y = at.inputs["y"]
    samples = y.shape[-2]
    means_over_outputs = isinstance(at.op, (reference.MeanSquaredError, reference.BinaryCrossEntropy))
    return {"y": at.gradients["y"] * (samples * y.shape[-1] if means_over_outputs else samples)}


def _target_forgotten(at: Backward) -> Gradients:
    target = at.inputs["target"]
    nothing = at.op(y=at.inputs["y"], target=0.0 * target)
    return nothing[1](at.cotangent)


def _penalty_forgotten(at: Backward) -> Gradients:
    return {"W": 0.0 * at.gradients["W"]}


def _penalty_doubled(at: Backward) -> Gradients:
    return {"W": 2.0 * at.gradients["W"]}


LOSS_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="wrong-sign",
        cause="wrong-sign",
        wrong="dy = t - y",
        right="dy = y - t",
        says="Everything is right except the sign: this points the way down, which is the update and not the gradient.",
        question="If y is too large, should the loss rise or fall when y grows?",
        layers=(*SQUARES, *ENTROPIES),
        backward=_negative,
    ),
    LayerMistake(
        id="loss-factor",
        cause="wrong-constant",
        wrong="dy = 2 * (y - t)    # of 1/2 (y - t)^2",
        right="dy = y - t",
        says="The square brings down a 2; whether a 1/2 in the loss takes it away decides the factor.",
        question="What is the derivative of u^2 / 2, and of u^2?",
        layers=SQUARES,
        backward=_factor_two,
    ),
    LayerMistake(
        id="sum-for-mean",
        cause="wrong-constant",
        wrong="dy = p - t",
        right="dy = (p - t) / n",
        says="The loss is a mean, so its gradient carries the same 1/n.",
        question="If you doubled the batch by repeating it, what would happen to the loss, and to each sample's share?",
        layers=(reference.MeanSquaredError, *ENTROPIES),
        backward=_sum_for_mean,
    ),
    LayerMistake(
        id="target-not-subtracted",
        cause="missing-factor",
        wrong="dy = y",
        right="dy = y - t",
        says="The gradient does not depend on the target, so nothing can be learned from it.",
        question="What should the gradient be when the prediction is perfect?",
        layers=(*SQUARES, reference.BinaryCrossEntropy),
        backward=_target_forgotten,
    ),
    LayerMistake(
        id="penalty-forgotten",
        cause="missing-path",
        wrong="dW = dW_data",
        right="dW = dW_data + strength * W",
        says="The penalty is a second route from the weights to the loss: add its derivative.",
        question="Through which terms of the loss does W act?",
        layers=(reference.L2Penalty,),
        backward=_penalty_forgotten,
    ),
    LayerMistake(
        id="penalty-doubled",
        cause="wrong-constant",
        wrong="dW = dW_data + 2 * strength * W",
        right="dW = dW_data + strength * W",
        says="The penalty has a 1/2, which cancels the 2 of the square.",
        question="What is the derivative of strength / 2 * W^2?",
        layers=(reference.L2Penalty,),
        backward=_penalty_doubled,
    ),
)
"""The mistakes at the loss."""
