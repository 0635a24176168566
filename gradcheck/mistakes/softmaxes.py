"""Mistakes in softmax and its relatives: the entries of a row are not independent of each other."""

from typing import Any

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.making import instead
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Array, Backward


def _axis(at: Backward) -> int:
    op: Any = at.op
    return int(op.axis)


def _summed(at: Backward, array: Array, axis: int | None = None) -> Array:
    """Add up along the axis of the softmax, or another, and keep it."""
    total: Array = array.sum(axis=_axis(at) if axis is None else axis, keepdims=True)
    return total


def _other_axis(at: Backward) -> int:
    """The axis before the right one, or the last if there is none: rows and columns taken for each other."""
    return _axis(at) - 1 if _axis(at) - 1 >= 1 - at.value.ndim else -1


SOFTMAX_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="softmax-diagonal-only",
        cause="missing-path",
        wrong="dz = y * (1 - y) * dy",
        right="dz = y * (dy - (y * dy).sum(axis=-1, keepdims=True))",
        says="Raising one logit lowers all the other probabilities: the terms off the diagonal are missing.",
        question="If z_1 grows, what happens to y_2?",
        layers=(reference.Softmax,),
        backward=instead(x=lambda at: at.value * (1.0 - at.value) * at.cotangent),
    ),
    LayerMistake(
        id="softmax-derivative-missing",
        cause="missing-factor",
        wrong="dz = dy",
        right="dz = y * (dy - (y * dy).sum(axis=-1, keepdims=True))",
        says="The cotangent has to pass through the softmax; p - t is for the two of them, softmax and cross-entropy.",
        question="Is dy the derivative with respect to the probabilities, or to the logits?",
        layers=(reference.Softmax,),
        backward=instead(x=lambda at: at.cotangent),
    ),
    LayerMistake(
        id="softmax-summed-over-wrong-axis",
        cause="wrong-reduction",
        wrong="dz = y * (dy - (y * dy).sum(axis=0, keepdims=True))",
        right="dz = y * (dy - (y * dy).sum(axis=-1, keepdims=True))",
        says="The probabilities that compete stand in one row; the sum runs along that row, not over the batch.",
        question="Should the gradient of one sample change when another sample changes?",
        layers=(reference.Softmax,),
        backward=instead(
            x=lambda at: at.value * (at.cotangent - _summed(at, at.value * at.cotangent, _other_axis(at)))
        ),
    ),
    LayerMistake(
        id="softmax-sum-not-weighted",
        cause="missing-factor",
        wrong="dz = y * (dy - dy.sum(axis=-1, keepdims=True))",
        right="dz = y * (dy - (y * dy).sum(axis=-1, keepdims=True))",
        says="What is taken away is the mean of dy under the probabilities y: each term of the sum is weighed by y.",
        question="What is dz if all entries of dy are equal?",
        layers=(reference.Softmax,),
        backward=instead(x=lambda at: at.value * (at.cotangent - _summed(at, at.cotangent))),
    ),
    LayerMistake(
        id="softmax-outer-factor-missing",
        cause="missing-factor",
        wrong="dz = dy - (y * dy).sum(axis=-1, keepdims=True)",
        right="dz = y * (dy - (y * dy).sum(axis=-1, keepdims=True))",
        says="The factor y in front is missing: a class with probability 0 cannot be moved by its logit.",
        question="If y_i is nearly 0, how much can its logit do?",
        layers=(reference.Softmax,),
        backward=instead(x=lambda at: at.cotangent - _summed(at, at.value * at.cotangent)),
    ),
    LayerMistake(
        id="softmax-off-diagonal-sign",
        cause="wrong-sign",
        wrong="J[i, j] = y[i] * y[j]    # where i != j",
        right="J[i, j] = -y[i] * y[j]",
        says="Off the diagonal the Jacobian is -y_i y_j: to raise one logit takes probability away from the others.",
        question="Do the others gain or lose when z_j grows?",
        layers=(reference.Softmax,),
        backward=instead(
            x=lambda at: at.value * ((1.0 - 2.0 * at.value) * at.cotangent + _summed(at, at.value * at.cotangent))
        ),
    ),
    LayerMistake(
        id="log-softmax-own-term-only",
        cause="missing-path",
        wrong="dz = dy * (1 - p)",
        right="dz = dy - p * dy.sum(axis=-1, keepdims=True)",
        says="Every logit stands in the sum under every logarithm: add up the whole row of dy, then weigh it by p.",
        question="In how many of the outputs does z_1 occur?",
        layers=(reference.LogSoftmax,),
        backward=instead(x=lambda at: at.cotangent * (1.0 - np.exp(at.value))),
    ),
    LayerMistake(
        id="log-softmax-sum-missing",
        cause="missing-path",
        wrong="dz = dy",
        right="dz = dy - p * dy.sum(axis=-1, keepdims=True)",
        says="z_j reaches y_j by itself and all y through the sum; the second route is missing.",
        question="If z_1 grows, what happens to log p_2?",
        layers=(reference.LogSoftmax,),
        backward=instead(x=lambda at: at.cotangent),
    ),
    LayerMistake(
        id="logarithm-for-probability",
        cause="wrong-variable",
        wrong="dz = dy - y * dy.sum(axis=-1, keepdims=True)    # y = log p",
        right="dz = dy - np.exp(y) * dy.sum(axis=-1, keepdims=True)",
        says="The sum is weighed by the probabilities p; y holds their logarithms, so take exp(y).",
        question="Is what the layer returned a probability, or the logarithm of one?",
        layers=(reference.LogSoftmax,),
        backward=instead(x=lambda at: at.cotangent - at.value * _summed(at, at.cotangent)),
    ),
    LayerMistake(
        id="softmax-not-normalised",
        cause="missing-factor",
        wrong="dz = np.exp(z) * dy",
        right="dz = np.exp(z - y) * dy    # y = log(exp(z).sum())",
        says="The slope of log-sum-exp is the softmax: the exponentials divided by their sum.",
        question="By how much does y grow if 1 is added to every z?",
        layers=(reference.LogSumExp,),
        backward=instead(x=lambda at: np.exp(at.inputs["x"]) * at.cotangent),
    ),
    LayerMistake(
        id="soft-maximum-taken-for-sum",
        cause="missing-factor",
        wrong="dz = dy",
        right="dz = np.exp(z - y) * dy",
        says="No entry moves the soft maximum by its whole own movement: each has the share that the softmax says.",
        question="By how much does y grow if 1 is added to every z?",
        layers=(reference.LogSumExp,),
        backward=instead(x=lambda at: np.broadcast_to(at.cotangent, at.inputs["x"].shape).copy()),
    ),
)
"""The mistakes in softmax and its relatives."""
