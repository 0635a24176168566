"""Mistakes where routes meet or are closed: sums, concatenations, skip connections, dropout."""

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.making import instead, nothing, times
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Backward, Gradients


def _cut_from_the_end(at: Backward) -> Gradients:
    """The cotangent cut at the right's length instead of the left's, so that each side receives the other's end."""
    axis = at.op.axis if isinstance(at.op, reference.Concatenate) else -1
    dy = np.moveaxis(at.cotangent, axis, -1)
    seam = at.inputs["right"].shape[axis]
    left, right = dy[..., seam:], dy[..., :seam]
    return {"left": np.moveaxis(left, -1, axis), "right": np.moveaxis(right, -1, axis)}


JOIN_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="one-summand-forgotten",
        cause="missing-path",
        wrong="dleft, dright = dy, 0",
        right="dleft, dright = dy, dy",
        says="A sum hands its cotangent to both of its summands, undiminished.",
        question="If the right summand grew by 1, would the sum notice?",
        layers=(reference.Add,),
        backward=nothing("right"),
    ),
    LayerMistake(
        id="sum-shares-out",
        cause="wrong-constant",
        wrong="dleft, dright = dy / 2, dy / 2",
        right="dleft, dright = dy, dy",
        says="A sum does not share its cotangent out: each summand moves the sum by its whole own movement.",
        question="If left grows by 1 and right stays, by how much does the sum grow?",
        layers=(reference.Add,),
        backward=times(0.5),
    ),
    LayerMistake(
        id="concatenation-cut-wrongly",
        cause="wrong-variable",
        wrong="dright, dleft = dy[:, :n], dy[:, n:]",
        right="dleft, dright = dy[:, :m], dy[:, m:]",
        says="The cotangent is cut where the two were joined: the first entries belong to the left.",
        question="Which entries of y are copies of entries of left?",
        layers=(reference.Concatenate,),
        backward=_cut_from_the_end,
    ),
    LayerMistake(
        id="residual-branch-forgotten",
        cause="missing-path",
        wrong="dx = dF",
        right="dx = dF + dy",
        says="The skip connection passes the gradient on unchanged, beside what comes back through the block.",
        question="By how many routes does x reach y = x + F(x)?",
        layers=(reference.Residual,),
        backward=instead(x=lambda at: at.gradients["x"] - at.cotangent),
    ),
    LayerMistake(
        id="residual-block-forgotten",
        cause="missing-path",
        wrong="dx = dy",
        right="dx = dy + dF",
        says="What the block sends back to x is missing; only the skip connection was followed.",
        question="Does F(x) depend on x?",
        layers=(reference.Residual,),
        backward=instead(x=lambda at: at.cotangent),
    ),
    LayerMistake(
        id="residual-skip-twice",
        cause="duplicate-path",
        wrong="dx = dy + dF + dy",
        right="dx = dy + dF",
        says="The skip connection is counted twice; once it was added by the block, and once again outside of it.",
        question="By how many routes does x reach y = x + F(x)?",
        layers=(reference.Residual,),
        backward=instead(x=lambda at: at.gradients["x"] + at.cotangent),
    ),
    LayerMistake(
        id="dropout-mask-missing",
        cause="missing-factor",
        wrong="dx = dy",
        right="dx = dy * mask",
        says="A unit that was dropped on the way forward gets no gradient on the way back.",
        question="If a dropped unit had been larger, would the loss have noticed?",
        layers=(reference.Dropout,),
        backward=instead(x=lambda at: at.cotangent),
    ),
    LayerMistake(
        id="dropout-scale-missing",
        cause="missing-factor",
        wrong="dx = dy * (mask > 0)",
        right="dx = dy * mask",
        says="The forward pass divided by the probability to keep, so the backward pass must too.",
        question="By what was x multiplied on the way forward, where it was kept?",
        layers=(reference.Dropout,),
        backward=instead(x=lambda at: at.cotangent * (np.asarray(at.inputs["mask"]) > 0)),
    ),
    LayerMistake(
        id="dropout-scale-twice",
        cause="extra-factor",
        wrong="dx = dy * mask / keep",
        right="dx = dy * mask    # the mask holds 1 / keep already",
        says="The 1 / keep is in the mask already; it was applied a second time.",
        question="By what was x multiplied on the way forward, where it was kept?",
        layers=(reference.Dropout,),
        backward=instead(x=lambda at: at.cotangent * at.inputs["mask"] ** 2),
    ),
    LayerMistake(
        id="dropout-other-mask",
        cause="wrong-variable",
        wrong="dx = dy * new_mask",
        right="dx = dy * mask",
        says="This is not the mask of the forward pass: the units that were dropped there are silent here too.",
        question="Which units were dropped when the loss was computed?",
        layers=(reference.Dropout,),
        backward=instead(x=lambda at: at.cotangent * np.roll(at.inputs["mask"], 1, axis=-1)),
    ),
)
"""The mistakes where routes meet."""
