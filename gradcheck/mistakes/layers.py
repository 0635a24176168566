"""Mistakes in the backward pass of a layer: affine layers, activations, joins."""

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Backward, Gradients, mT

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


def _not_summed(at: Backward) -> Gradients:
    return at.gradients | {"b": at.cotangent}


def _mean(at: Backward) -> Gradients:
    return at.gradients | {"b": at.cotangent.mean(axis=-2)}


def _first_sample(at: Backward) -> Gradients:
    return at.gradients | {"b": at.cotangent[..., 0, :]}


def _untransposed(at: Backward) -> Gradients:
    return at.gradients | {"x": at.cotangent @ at.inputs["W"]}


def _transposed(at: Backward) -> Gradients:
    return at.gradients | {"W": mT(at.gradients["W"])}


def _no_slope(at: Backward) -> Gradients:
    return {"x": at.cotangent}


def _slope_at_output(at: Backward) -> Gradients:
    return at.op(x=at.value)[1](at.cotangent)


def _slope_twice(at: Backward) -> Gradients:
    return at.op(**at.inputs)[1](at.gradients["x"])


def _gate_from_cotangent(at: Backward) -> Gradients:
    return {"x": at.cotangent * (at.cotangent > 0)}


def _dead_below_zero(at: Backward) -> Gradients:
    return {"x": at.cotangent * (at.inputs["x"] > 0)}


def _diagonal(at: Backward) -> Gradients:
    return {"x": at.value * (1.0 - at.value) * at.cotangent}


def _no_skip(at: Backward) -> Gradients:
    return at.gradients | {"x": at.gradients["x"] - at.cotangent}


def _no_mask(at: Backward) -> Gradients:
    return {"x": at.cotangent}


def _no_scale(at: Backward) -> Gradients:
    return {"x": at.cotangent * (np.asarray(at.inputs["mask"]) > 0)}


LAYER_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="bias-not-summed-over-batch",
        cause="wrong-reduction",
        wrong="db = dy",
        right="db = dy.sum(axis=0)",
        says="The same bias is added to every sample of the batch, so every sample contributes to its gradient.",
        question="What shape has b, and what shape has dy?",
        layers=(reference.Affine,),
        backward=_not_summed,
    ),
    LayerMistake(
        id="mean-for-sum",
        cause="wrong-reduction",
        wrong="db = dy.mean(axis=0)",
        right="db = dy.sum(axis=0)",
        says="Contributions of the samples add; a mean over the batch belongs to the loss, if it belongs anywhere.",
        question="What does each row of the batch contribute to b?",
        layers=(reference.Affine,),
        backward=_mean,
    ),
    LayerMistake(
        id="first-sample-only",
        cause="missing-path",
        wrong="db = dy[0]",
        right="db = dy.sum(axis=0)",
        says="Only the first sample contributes to the bias gradient; an index, or an early return, was left behind.",
        question="What happens to the gradient if you swap two samples?",
        layers=(reference.Affine,),
        backward=_first_sample,
    ),
    LayerMistake(
        id="missing-transpose",
        cause="missing-transpose",
        wrong="dx = dy @ W",
        right="dx = dy @ W.T",
        says="The error goes back along the arrows it came by, so the weight matrix is transposed: (n,out) @ (out,in).",
        question="Which weights connect input i to the outputs: a row of W, or a column?",
        layers=(reference.Affine,),
        backward=_untransposed,
    ),
    LayerMistake(
        id="gradient-transposed",
        cause="missing-transpose",
        wrong="dW = dy.T @ x",
        right="dW = x.T @ dy",
        says="These are the right numbers, transposed: the gradient of W has the shape of W, (in, out).",
        question="Which index of dW belongs to the input?",
        layers=(reference.Affine,),
        backward=_transposed,
    ),
    LayerMistake(
        id="activation-derivative-missing",
        cause="missing-factor",
        wrong="dz = dy",
        right="dz = f'(z) * dy",
        says="The cotangent has to pass through the activation: multiply by its slope.",
        question="If z moves by a little, how far does the activation move?",
        layers=(*SMOOTH, reference.Relu, reference.LeakyRelu),
        backward=_no_slope,
    ),
    LayerMistake(
        id="derivative-at-activation",
        cause="wrong-activation-derivative",
        wrong="dz = f'(y) * dy",
        right="dz = f'(z) * dy",
        says="The slope is taken at the activation y; it belongs at the pre-activation z.",
        question="Where on its graph is the activation when its input is z?",
        layers=SMOOTH,
        backward=_slope_at_output,
    ),
    LayerMistake(
        id="activation-derivative-twice",
        cause="extra-factor",
        wrong="dz = f'(z) * f'(z) * dy",
        right="dz = f'(z) * dy",
        says="The slope of the activation is in there twice; it was already multiplied in when delta was formed.",
        question="How many times does the signal pass through the activation?",
        layers=SMOOTH,
        backward=_slope_twice,
    ),
    LayerMistake(
        id="gate-from-gradient",
        cause="wrong-variable",
        wrong="dz = dy * (dy > 0)",
        right="dz = dy * (z > 0)",
        says="The gate is decided on the way forward, by the sign of z, not by the sign of the gradient.",
        question="What does ReLU look at when it decides to let a value through?",
        layers=(reference.Relu,),
        backward=_gate_from_cotangent,
    ),
    LayerMistake(
        id="leaky-slope-missing",
        cause="missing-factor",
        wrong="dz = dy * (z > 0)",
        right="dz = dy * np.where(z > 0, 1, slope)",
        says="Below zero the slope of a leaky ReLU is small, not 0.",
        question="What is the slope of this function at z = -1?",
        layers=(reference.LeakyRelu,),
        backward=_dead_below_zero,
    ),
    LayerMistake(
        id="softmax-diagonal-only",
        cause="missing-path",
        wrong="dz = y * (1 - y) * dy",
        right="dz = y * (dy - (y * dy).sum(axis=-1, keepdims=True))",
        says="Raising one logit lowers all the other probabilities: the terms off the diagonal are missing.",
        question="If z_1 grows, what happens to y_2?",
        layers=(reference.Softmax,),
        backward=_diagonal,
    ),
    LayerMistake(
        id="residual-branch-forgotten",
        cause="missing-path",
        wrong="dx = dF",
        right="dx = dF + dy",
        says="The skip connection passes the gradient on unchanged, beside what comes back through the block.",
        question="By how many routes does x reach y = x + F(x)?",
        layers=(reference.Residual,),
        backward=_no_skip,
    ),
    LayerMistake(
        id="dropout-mask-missing",
        cause="missing-factor",
        wrong="dx = dy",
        right="dx = dy * mask",
        says="A unit that was dropped on the way forward gets no gradient on the way back.",
        question="If a dropped unit had been larger, would the loss have noticed?",
        layers=(reference.Dropout,),
        backward=_no_mask,
    ),
    LayerMistake(
        id="dropout-scale-missing",
        cause="missing-factor",
        wrong="dx = dy * (mask > 0)",
        right="dx = dy * mask",
        says="The forward pass divided by the probability to keep, so the backward pass must too.",
        question="By what was x multiplied on the way forward, where it was kept?",
        layers=(reference.Dropout,),
        backward=_no_scale,
    ),
)
"""The layer mistakes, in the order in which the layers are taught."""
