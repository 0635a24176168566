"""Mistakes inside a transformer block: it is a network, so what goes wrong in a layer of it goes wrong in the block."""

from gradcheck import reference
from gradcheck.mistakes.attention import ATTENTION_MISTAKES
from gradcheck.mistakes.joins import JOIN_MISTAKES
from gradcheck.mistakes.making import Slip
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.mistakes.norms import NORM_MISTAKES
from gradcheck.op import Backward, Gradients

_PARTS = {own.id: own for own in (*ATTENTION_MISTAKES, *JOIN_MISTAKES, *NORM_MISTAKES)}


def _inside(part: str) -> Slip:
    """Make a mistake in every layer of the block in which it can be made."""

    def slip(at: Backward) -> Gradients:
        block = at.op
        assert isinstance(block, reference.TransformerBlock)  # noqa: S101 - it is made in no other layer
        return _PARTS[part].plant(block.network)(**at.inputs)[1](at.cotangent)

    return slip


BLOCK_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="block-skip-forgotten",
        cause="missing-path",
        wrong="dx = dbranch",
        right="dx = dbranch + dy",
        says="Past each branch of the block a connection leads straight on, and the gradient comes back by it.",
        question="By how many routes does x reach the sum of x and its branch?",
        layers=(reference.TransformerBlock,),
        backward=_inside("residual-branch-forgotten"),
    ),
    LayerMistake(
        id="block-branch-forgotten",
        cause="missing-path",
        wrong="dx = dy",
        right="dx = dy + dbranch",
        says="What the branches send back to x is missing; only the connections that skip them were followed.",
        question="Does attention depend on x?",
        layers=(reference.TransformerBlock,),
        backward=_inside("residual-block-forgotten"),
    ),
    LayerMistake(
        id="block-norm-as-constant",
        cause="missing-path",
        wrong="dx = r * g * dy    # at each norm",
        right="dx = r * (dz - dz.mean() - z * (dz * z).mean())",
        says="The norms of the block measure mean and variance of what they are given, and these pass a gradient on.",
        question="If one feature of a token changes, do its mean and variance stay as they are?",
        layers=(reference.TransformerBlock,),
        backward=_inside("statistics-as-constants"),
    ),
    LayerMistake(
        id="block-attention-scale-missing",
        cause="missing-factor",
        wrong="dQ = dS @ K",
        right="dQ = dS @ K / sqrt(d)",
        says="In the block's attention the scores were divided by sqrt(d), and so are the gradients behind them.",
        question="What was Q K^T divided by?",
        layers=(reference.TransformerBlock,),
        backward=_inside("attention-scale-missing"),
    ),
)
"""The mistakes inside a transformer block."""
