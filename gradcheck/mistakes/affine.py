"""Mistakes in affine layers: two matrix products and a sum, and what is left out, turned round or divided twice."""

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.making import at_other, first_sample, instead, over, served, size, times, transposed, under
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Array, Backward, mT

CONVOLUTIONS = (reference.Conv1d, reference.Conv2d, reference.TransposedConv1d, reference.TransposedConv2d)
SHIFTED = (
    reference.Affine,
    reference.WeightNorm,
    reference.BatchNorm,
    reference.BatchNormEvaluation,
    reference.LayerNorm,
    reference.GroupNorm,
    reference.InstanceNorm,
)
"""Layers that add one b to every sample; convolutions have theirs beside."""
LEARNING_RATE = 0.1
"""The step that is commonly taken too early."""


def _updated(at: Backward) -> Array:
    """The weights after the step that should have come last."""
    return at.inputs["W"] - LEARNING_RATE * at.gradients["W"]


AFFINE_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="bias-not-summed-over-batch",
        cause="wrong-reduction",
        wrong="db = dy",
        right="db = dy.sum(axis=0)",
        says="The same bias is added to every sample of the batch, so every sample contributes to its gradient.",
        question="What shape has b, and what shape has dy?",
        layers=(reference.Affine, reference.WeightNorm),
        backward=instead(b=lambda at: at.cotangent),
    ),
    LayerMistake(
        id="mean-for-sum",
        cause="wrong-reduction",
        wrong="db = dy.mean(axis=0)",
        right="db = dy.sum(axis=0)",
        says="Contributions of the samples add; a mean over the batch belongs to the loss, if it belongs anywhere.",
        question="What does each row of the batch contribute to b?",
        layers=(reference.Affine,),
        backward=times(over(served("b")), "b"),
    ),
    LayerMistake(
        id="bias-averaged",
        cause="wrong-reduction",
        wrong="db = dy.mean(axis=(0, 2))",
        right="db = dy.sum(axis=(0, 2))",
        says="The bias is added at every place of every sample, so what the places send back is added, not averaged.",
        question="At how many places of the output does b stand?",
        layers=(*(layer for layer in SHIFTED if layer is not reference.Affine), *CONVOLUTIONS),
        backward=times(over(served("b")), "b"),
    ),
    LayerMistake(
        id="first-sample-only",
        cause="missing-path",
        wrong="db = dy[0]",
        right="db = dy.sum(axis=0)",
        says="Only the first sample contributes to the bias gradient; an index, or an early return, was left behind.",
        question="What happens to the gradient if you swap two samples?",
        layers=SHIFTED,
        backward=under(first_sample(), "b"),
    ),
    LayerMistake(
        id="early-return",
        cause="missing-path",
        wrong="for x_n, dy_n in zip(x, dy): dW += np.outer(x_n, dy_n); db += dy_n; return dW, db",
        right="for x_n, dy_n in zip(x, dy): dW += np.outer(x_n, dy_n); db += dy_n    # and return behind the loop",
        says="Only the first sample contributes to the weights: a return, or a sum, is indented too far.",
        question="How many times does the body of the loop run before it is left?",
        layers=(reference.Affine, reference.WeightNorm, reference.SwiGlu),
        backward=under(first_sample(2), "W", "V", "g", "b"),
    ),
    LayerMistake(
        id="bias-summed-over-features",
        cause="wrong-reduction",
        wrong="db = dy.sum(axis=1)",
        right="db = dy.sum(axis=0)",
        says="A bias is shared by all samples, not by all outputs: add over the batch axis, which is the first.",
        question="Which axis of dy counts the samples?",
        layers=(reference.Affine, reference.WeightNorm),
        backward=instead(b=lambda at: at.cotangent.sum(axis=-1)),
    ),
    LayerMistake(
        id="bias-times-input",
        cause="extra-factor",
        wrong="db = (x.T @ dy).sum(axis=0)",
        right="db = dy.sum(axis=0)",
        says="The bias is added, not multiplied with anything: dz/db is 1, and there is no input in it.",
        question="What multiplies b in z = x W + b?",
        layers=(reference.Affine, reference.WeightNorm),
        backward=instead(b=lambda at: (mT(at.inputs["x"]) @ at.cotangent).sum(axis=-2)),
    ),
    LayerMistake(
        id="missing-transpose",
        cause="missing-transpose",
        wrong="dx = dy @ W",
        right="dx = dy @ W.T",
        says="The error goes back along the arrows it came by, so the weight matrix is transposed: (n,out) @ (out,in).",
        question="Which weights connect input i to the outputs: a row of W, or a column?",
        layers=(reference.Affine,),
        backward=instead(x=lambda at: at.cotangent @ at.inputs["W"]),
    ),
    LayerMistake(
        id="gradient-transposed",
        cause="missing-transpose",
        wrong="dW = dy.T @ x",
        right="dW = x.T @ dy",
        says="These are the right numbers, transposed: the gradient of W has the shape of W, (in, out).",
        question="Which index of dW belongs to the input?",
        layers=(reference.Affine, reference.SwiGlu),
        backward=transposed("W"),
    ),
    LayerMistake(
        id="weights-divided-by-batch",
        cause="wrong-constant",
        wrong="dW = x.T @ dy / n",
        right="dW = x.T @ dy",
        says="The 1/n of a mean has already come in with dy, from the loss; do not divide again.",
        question="Where does the 1/n of the loss enter, and how often should it be there?",
        layers=(reference.Affine, reference.SwiGlu),
        backward=times(over(size("x", -2)), "W", "V"),
    ),
    LayerMistake(
        id="divided-by-inputs",
        cause="wrong-constant",
        wrong="dW = x.T @ dy / x.shape[1]",
        right="dW = x.T @ dy    # the 1/n of a mean comes with dy, and n is x.shape[0]",
        says="You divided by the number of inputs where the number of samples was meant, and that comes in with dy.",
        question="Which axis of x counts the samples?",
        layers=(reference.Affine,),
        backward=times(over(size("x", -1)), "W"),
    ),
    LayerMistake(
        id="input-forgotten",
        cause="missing-factor",
        wrong="dW[i, j] = dy[:, j].sum()",
        right="dW[i, j] = (x[:, i] * dy[:, j]).sum()",
        says="With respect to W[i,j], what remains of the product is the input x[i] that it multiplies.",
        question="If x[i] is 0, can W[i,j] change anything?",
        layers=(reference.Affine, reference.SwiGlu),
        backward=at_other("W", x=lambda at: np.ones_like(at.inputs["x"])),
    ),
    LayerMistake(
        id="output-for-input",
        cause="wrong-variable",
        wrong="dW = y.T @ dy",
        right="dW = x.T @ dy",
        says="dW holds what W multiplies, and that is the layer's input, not its output.",
        question="Which array does W stand next to in the forward pass?",
        layers=(reference.Affine,),
        backward=instead(W=lambda at: mT(at.value) @ at.cotangent),
    ),
    LayerMistake(
        id="weights-forgotten",
        cause="missing-factor",
        wrong="dx[:, i] = dy.sum(axis=1)",
        right="dx[:, i] = (dy * W[i]).sum(axis=1)",
        says="The error arrives at x through W: multiply by the weight of each connection.",
        question="Does an input behind a large weight bear the same blame as one behind a small weight?",
        layers=(reference.Affine,),
        backward=at_other("x", W=lambda at: np.ones_like(at.inputs["W"])),
    ),
    LayerMistake(
        id="updated-weights-used",
        cause="wrong-variable",
        wrong="W -= 0.1 * dW; dx = dy @ W.T",
        right="dx = dy @ W.T; W -= 0.1 * dW",
        says="All gradients belong to the same weights: compute every one of them, and only then take the step.",
        question="At which weights was the loss computed whose gradient this is?",
        layers=(reference.Affine,),
        backward=at_other("x", W=_updated),
    ),
    LayerMistake(
        id="samples-mixed-up",
        cause="wrong-variable",
        wrong="dW = x[::-1].T @ dy",
        right="dW = x.T @ dy",
        says="Each row of dy belongs to its own row of x; one of the two has been put into another order.",
        question="Which sample produced the first row of dy?",
        layers=(reference.Affine, reference.WeightNorm, reference.SwiGlu),
        backward=at_other("W", "V", "g", x=lambda at: at.inputs["x"][..., ::-1, :]),
    ),
    LayerMistake(
        id="weight-forgotten",
        cause="missing-factor",
        wrong="dL/dx = dL/dy",
        right="dL/dx = w * dL/dy",
        says="The error arrives at x through the weight w: multiply by it.",
        question="If w were 0, would the loss notice x at all?",
        layers=(reference.Scale,),
        backward=instead(x=lambda at: at.cotangent),
    ),
    LayerMistake(
        id="wrong-factor-kept",
        cause="wrong-variable",
        wrong="d(w x)/dw = w",
        right="d(w x)/dw = x",
        says="With respect to w, the factor that remains is x.",
        question="What is the slope of w x if you draw it over w?",
        layers=(reference.Scale,),
        backward=instead(w=lambda at: at.inputs["w"] * at.cotangent.sum(axis=(-2, -1))),
    ),
    LayerMistake(
        id="single-weight-averaged",
        cause="wrong-reduction",
        wrong="dw = (x * dy).mean()",
        right="dw = (x * dy).sum()",
        says="The one number w serves every entry, and what the entries contribute adds up.",
        question="What does each sample contribute to w?",
        layers=(reference.Scale,),
        backward=times(over(served("w", axes=0)), "w"),
    ),
)
"""The mistakes in affine layers."""
