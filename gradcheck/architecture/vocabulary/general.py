"""The words for layers that every network is made of: affine layers, activations, dropout, joins, losses."""

from typing import Any

from gradcheck import reference
from gradcheck.architecture.vocabulary.kind import Kind, Need, Pick, Settings, Shape, Size
from gradcheck.errors import IllFormed

WIDTHS = (1, 2, 3, 4, 5, 2, 3, 4, 5, 3, 4, 5)
"""Batches and widths: one is the smallest and the rarest, because a batch of one hides mistakes."""


def _affine(shape: Shape, settings: Settings) -> dict[str, Need]:
    return {"W": Need((shape[-1], settings["width"])), "b": Need((settings["width"],))}


def _dropout(shape: Shape, settings: Settings) -> dict[str, Need]:
    if settings["rate"] >= 1.0:
        raise IllFormed("dropout needs a rate below 1, such as dropout:0.5.")
    return {"mask": Need(shape, f"mask:{settings['rate']:g}")}


def _slopes(shape: Shape, settings: Settings) -> dict[str, Need]:
    return {"a": Need((1,) if settings["shared"] else shape[1:2])}


_ENDS = ((-1.0, 1.0), (0.0, 6.0), (-0.5, 2.0))
"""Where a hard tanh may cut off; the second is ReLU6."""


def _axis(pick: Pick, shape: Shape) -> dict[str, Any]:
    """Draw any axis, the last one first."""
    return {"axis": pick(range(-1, -len(shape) - 1, -1))}


GENERAL = (
    Kind(
        reference.Affine,
        takes=(2,),
        sizes=(Size("width", "How many outputs there are."),),
        needs=_affine,
        draw=lambda pick, shape: {"width": pick(WIDTHS)},
    ),
    Kind(reference.Tanh),
    Kind(reference.Sigmoid),
    Kind(reference.Relu),
    Kind(reference.Softplus),
    Kind(reference.LogSigmoid),
    Kind(reference.Softsign),
    Kind(reference.Silu),
    Kind(reference.Mish),
    Kind(reference.LeakyRelu, draw=lambda pick, shape: {"slope": pick((0.1, 0.25))}),
    Kind(
        reference.Prelu,
        sizes=(Size("shared", "Whether all channels share one slope.", bool, False),),
        needs=_slopes,
        draw=lambda pick, shape: {"shared": pick((False, True))},
    ),
    Kind(reference.Elu, draw=lambda pick, shape: {"scale": pick((1.0, 0.5))}),
    Kind(reference.Selu),
    Kind(reference.Hardtanh, draw=lambda pick, shape: dict(zip(("low", "high"), pick(_ENDS), strict=True))),
    Kind(reference.Hardswish),
    Kind(reference.Gelu),
    Kind(reference.GeluTanh),
    Kind(reference.Softmax, draw=_axis),
    Kind(reference.LogSoftmax, draw=_axis),
    Kind(
        reference.Dropout,
        sizes=(Size("rate", "Which share of the units is dropped.", float, 0.5),),
        needs=_dropout,
        draw=lambda pick, shape: {"rate": pick((0.5, 0.25))},
    ),
)
"""Layers that change the values of a sample and leave its axes as they are."""

JOINING = (
    Kind(reference.Add, inputs=("left", "right")),
    Kind(
        reference.Concatenate,
        inputs=("left", "right"),
        draw=lambda pick, shape: {"axis": pick((-1, -max(1, len(shape) - 1)))},
    ),
)
"""Layers at which two branches meet."""
