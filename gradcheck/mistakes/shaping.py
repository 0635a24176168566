"""Mistakes in layers that only move numbers about: backwards each number goes back to where it came from."""

from typing import Any

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.making import instead, last, times
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Array, Backward, Op
from gradcheck.reference.windows import Ends, each, ends

UPSAMPLED = (reference.UpsampleNearest, reference.UpsampleLinear)


def _columns_first(at: Backward) -> Array:
    """Put the numbers of each sample back with the first axis running fastest."""
    x, dy = at.inputs["x"], at.cotangent
    lead = x.ndim - (int(at.op.axes) if hasattr(at.op, "axes") else 1)
    own = x.shape[lead:]
    flat = dy.reshape(*x.shape[:lead], -1)
    turned = flat.reshape(*x.shape[:lead], *own[::-1])
    return turned.transpose(*range(lead), *range(x.ndim - 1, lead - 1, -1))


def _axes(op: Op) -> Any:
    return getattr(op, "axes", 1)


def _permuted_again(at: Backward) -> Array:
    """The order of the way forward applied to the cotangent."""
    own: Any = at.op
    stack = at.cotangent.ndim - len(own.order)
    return at.cotangent.transpose(*range(stack), *(stack - 1 + axis for axis in own.order))


def _own_inverse(op: Any) -> bool:
    return bool(list(np.argsort(op.order)) == [axis - 1 for axis in op.order])


def _at_the_start(at: Backward) -> Array:
    """A slice written back from the first entry on, as if it had begun there."""
    own: Any = at.op
    dx = np.zeros(at.inputs["x"].shape)
    count = at.cotangent.shape[own.axis]
    np.moveaxis(dx, own.axis, 0)[:count] = np.moveaxis(at.cotangent, own.axis, 0)
    return dx


def _border_kept(at: Backward) -> Array:
    own: Any = at.op
    sizes = at.inputs["x"].shape[1 - own.axes :]
    return np.asarray(at.cotangent[last(*(slice(0, size) for size in sizes))])


def _factors(at: Backward) -> tuple[int, ...]:
    own: Any = at.op
    return each("factor", own.factor, own.axes - 1)


def _one_copy(at: Backward) -> Array:
    """Of every entry's copies, what the first alone sends back."""
    return np.asarray(at.cotangent[last(*(slice(None, None, factor) for factor in _factors(at)))])


def _copies(at: Backward) -> float:
    return float(np.prod(_factors(at)))


def borders(op: Any) -> Ends:
    """Return what stands before and behind each axis; nothing that can be said, if the kernel decides it."""
    axes = op.space if hasattr(op, "space") else op.axes - 1
    return () if isinstance(op.padding, str) else ends("padding", op.padding, axes)


def _inside(at: Backward) -> Array:
    """What arrives at the image itself, without its border."""
    ends_of = borders(at.op)
    sizes = at.inputs["x"].shape[-len(ends_of) :]
    inside = (slice(before, before + size) for (before, _), size in zip(ends_of, sizes, strict=True))
    return np.asarray(at.cotangent[last(*inside)])


SHAPING_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="reshaped-in-another-order",
        cause="missing-transpose",
        wrong='dx = dy.reshape(x.shape, order="F")',
        right="dx = dy.reshape(x.shape)",
        says="The numbers are right and stand in other places: they were laid out by rows, and taken back by columns.",
        question="Which entry of x became the second entry of y?",
        layers=(reference.Flatten, reference.Reshape),
        when=lambda op: _axes(op) > 1,
        backward=instead(x=_columns_first),
    ),
    LayerMistake(
        id="permuted-forwards-again",
        cause="missing-transpose",
        wrong="dx = dy.transpose(order)",
        right="dx = dy.transpose(np.argsort(order))",
        says="What was permuted on the way forward is permuted back by the inverse order, not by the same once more.",
        question="Where did the first axis of x go, and where does it come back from?",
        layers=(reference.Permute,),
        when=lambda op: not _own_inverse(op),
        backward=instead(x=_permuted_again),
    ),
    LayerMistake(
        id="slice-put-at-the-start",
        cause="wrong-variable",
        wrong="dx[:, :len(dy)] = dy",
        right="dx[:, start:stop:step] = dy",
        says="Each gradient goes back to the entry it was taken from; the slice did not begin at 0, or had a step.",
        question="Which entry of x is the first entry of y?",
        layers=(reference.Slice,),
        backward=instead(x=_at_the_start),
    ),
    LayerMistake(
        id="border-not-cut-off",
        cause="wrong-variable",
        wrong="dx = dy[:, :, :height, :width]",
        right="dx = dy[:, :, p:-p, p:-p]",
        says="dy begins with the border of zeros; the image itself begins p further in.",
        question="Where in the padded image does pixel (0, 0) lie?",
        layers=(reference.ZeroPad,),
        when=lambda op: any(before for before, _ in borders(op)),
        backward=instead(x=_border_kept),
    ),
    LayerMistake(
        id="copies-in-the-border-dropped",
        cause="missing-path",
        wrong="dx = dy[:, :, p:-p, p:-p]",
        right="np.add.at(dx, (..., copied), dy)    # copied[i]: which entry of x stands at place i of y",
        says="The border is made of copies of x, and what they receive belongs to the entries that they are copies of.",
        question="If this pixel at the edge grows by 1, which entries of y grow?",
        layers=(reference.ReplicatePad, reference.ReflectPad, reference.CircularPad),
        when=lambda op: np.max(op.padding) > 0,  # type: ignore[attr-defined] # it is a padding
        backward=instead(x=_inside),
    ),
    LayerMistake(
        id="one-copy-counted",
        cause="missing-path",
        wrong="dx = dy[:, :, ::f, ::f]",
        right="dx[i, j] = dy[f * i:f * i + f, f * j:f * j + f].sum()",
        says="Every entry was copied f times along each axis, and collects what all of its copies receive.",
        question="How many entries of y are copies of this entry of x?",
        layers=(reference.UpsampleNearest,),
        when=lambda op: np.max(op.factor) > 1,  # type: ignore[attr-defined] # it is an upsampling
        backward=instead(x=_one_copy),
    ),
    LayerMistake(
        id="copies-averaged",
        cause="wrong-reduction",
        wrong="dx = average_pool(dy)",
        right="dx = sum_pool(dy)",
        says="What the copies of an entry receive adds up; to average it is the way back of another layer.",
        question="If x[i] grows by 1, by how much does the sum of y grow?",
        layers=UPSAMPLED,
        when=lambda op: np.max(op.factor) > 1,  # type: ignore[attr-defined] # it is an upsampling
        backward=times(lambda at: 1.0 / _copies(at)),
    ),
)
"""The mistakes in layers that move numbers about."""
