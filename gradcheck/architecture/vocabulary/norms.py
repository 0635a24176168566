"""The words for normalisations, and for what else acts along an axis."""

from math import prod
from typing import Any

from gradcheck import reference
from gradcheck.architecture.vocabulary.general import WIDTHS
from gradcheck.architecture.vocabulary.kind import Kind, Need, Pick, Settings, Shape, Size
from gradcheck.errors import IllFormed


def _channels(shape: Shape, settings: Settings) -> dict[str, Need]:
    return {"g": Need(shape[1:2]), "b": Need(shape[1:2])}


def _running(shape: Shape, settings: Settings) -> dict[str, Need]:
    return _channels(shape, settings) | {"mean": Need(shape[1:2], "real"), "variance": Need(shape[1:2], "positive")}


def _together(shape: Shape, settings: Settings) -> Shape:
    """Return the sizes of the axes that are normalised together."""
    over: int = settings["over"]
    if not 1 <= over < len(shape):
        raise IllFormed(f"over={over} is for a sample with {over} axes or more, and this one has {len(shape) - 1}.")
    return shape[-over:]


def _gains(shape: Shape, settings: Settings) -> dict[str, Need]:
    return {"g": Need(_together(shape, settings))}


def _features(shape: Shape, settings: Settings) -> dict[str, Need]:
    return _gains(shape, settings) | {"b": Need(_together(shape, settings))}


def _draw_over(pick: Pick, shape: Shape) -> dict[str, Any]:
    """Draw how many axes are normalised together: the last alone, or several."""
    return {"over": pick((1, *range(1, len(shape))))}


def _weights(shape: Shape, settings: Settings) -> dict[str, Need]:
    """Need columns that are not zero in any regime: such a column has no direction."""
    width = settings["width"]
    lengths = {"columns": (width,), "rows": shape[-1:], "whole": ()}[settings["of"]]
    return {"V": Need((shape[-1], width), "real"), "g": Need(lengths), "b": Need((width,))}


def _several(pick: Pick, shape: Shape) -> dict[str, Any] | None:
    """Draw nothing, and refuse where a channel would have one entry."""
    return {} if shape[0] * prod(shape[2:]) > 1 else None


def _places(pick: Pick, shape: Shape) -> dict[str, Any] | None:
    """Draw nothing, and refuse where a channel would have one place."""
    return {} if prod(shape[2:]) > 1 else None


def _groups(pick: Pick, shape: Shape) -> dict[str, Any]:
    return {"groups": pick([own for own in (1, 2, 3, 4) if shape[1] % own == 0])}


NORMS = (
    Kind(reference.LayerNorm, needs=_features, draw=_draw_over),
    Kind(reference.BatchNorm, needs=_channels, draw=_several),
    Kind(reference.BatchNormEvaluation, needs=_running),
    Kind(reference.RmsNorm, needs=_gains, draw=_draw_over),
    Kind(reference.GroupNorm, needs=_channels, draw=_groups),
    Kind(reference.InstanceNorm, takes=(4, 3), needs=_channels, draw=_places),
    Kind(
        reference.WeightNorm,
        takes=(2,),
        sizes=(Size("width", "How many outputs there are."),),
        needs=_weights,
        draw=lambda pick, shape: {"width": pick(WIDTHS), "of": pick(("columns", "rows", "whole"))},
    ),
)
"""Normalisations, of values and of weights."""
