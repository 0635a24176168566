"""The words for losses, each with the target, or the other examples, that it takes."""

from typing import Any

from gradcheck import reference
from gradcheck.architecture.vocabulary.kind import Kind, Need, Pick, Settings, Shape, Size


def _like_the_value(holds: str, *names: str) -> Any:
    """Need arrays shaped like the value; one that is called the target if nothing else is said."""
    return lambda shape, settings: {name: Need(shape, holds) for name in names or ("target",)}


def _classes(shape: Shape, settings: Settings) -> dict[str, Need]:
    """Need the index of a class for every row."""
    return {"target": Need(shape[:-1], f"class:{shape[-1]}")}


def _weighed(shape: Shape, settings: Settings) -> dict[str, Need]:
    """Need the classes of some rows, and if it is wished how much each class counts."""
    weights = {"weights": Need(shape[-1:], "positive")} if settings["weighted"] else {}
    return {"target": Need(shape[:-1], f"class-or-ignored:{shape[-1]}")} | weights


def _draw_smoothing(pick: Pick, shape: Shape) -> dict[str, Any]:
    return {"smoothing": pick((0.1, 0.25, 0.0)), "weighted": pick((False, True))}


def _labels(shape: Shape, settings: Settings) -> dict[str, Need]:
    """Need as many labels as fit into the time, with a blank between each two; fewer, if samples differ in length."""
    batch, time, classes = shape
    most = (time + 1) // 2 if classes > 1 else 0
    if not settings["ragged"]:
        return {"target": Need((batch, most), f"label:{classes}")}
    count = min(most, max(1, most - 1))
    return {
        "target": Need((batch, count), f"label:{classes}"),
        "input_lengths": Need((batch,), f"length:{max(1, 2 * count - 1)}-{time}"),
        "target_lengths": Need((batch,), f"length:0-{count}"),
    }


def _draw_ragged(pick: Pick, shape: Shape) -> dict[str, Any] | None:
    """Draw whether samples differ in length; nothing where the blank is the only class."""
    return {"ragged": pick((False, True))} if shape[-1] > 1 else None


def _halved(shape: Shape, settings: Settings) -> dict[str, Need]:
    """Need a number for every two of the value."""
    return {"target": Need((*shape[:-1], shape[-1] // 2), "real")}


def _even(pick: Pick, shape: Shape) -> dict[str, Any] | None:
    """Draw nothing where outputs cannot be taken in pairs."""
    return None if shape[-1] % 2 else {}


def _loss(
    layer: type, needs: Any, draw: Any = lambda pick, shape: {}, given: str = "y", behind: tuple[str, ...] = ()
) -> Kind:
    """Return a loss of values with two axes."""
    return Kind(layer, inputs=(given,), takes=(2,), needs=needs, draw=draw, behind=behind)


def _one_of(name: str, *options: float) -> Any:
    """Draw one number."""

    def draw(pick: Pick, shape: Shape) -> dict[str, Any]:
        return {name: pick(options)}

    return draw


CLOSING = (
    _loss(reference.HalfSumOfSquares, _like_the_value("real")),
    _loss(reference.MeanSquaredError, _like_the_value("real")),
    _loss(reference.BinaryCrossEntropy, _like_the_value("bits")),
    Kind(
        reference.LogLoss,
        inputs=("y",),
        takes=(2,),
        needs=_like_the_value("bits"),
        holds="probability",
        behind=("tanh", "sigmoid"),
    ),
    _loss(reference.Focal, _like_the_value("bits"), _one_of("focus", 2.0, 1.0, 0.5)),
    _loss(reference.SoftmaxCrossEntropy, _classes),
    _loss(reference.SoftLabelCrossEntropy, _like_the_value("soft")),
    _loss(reference.NegativeLogLikelihood, _classes),
    Kind(
        reference.SmoothedCrossEntropy,
        inputs=("y",),
        takes=(2,),
        sizes=(Size("weighted", "Whether every class has a weight.", bool, False),),
        needs=_weighed,
        draw=_draw_smoothing,
    ),
    _loss(reference.PoissonLikelihood, _like_the_value("count"), behind=("tanh",)),
    _loss(reference.GaussianLikelihood, _halved, _even, behind=("tanh",)),
    _loss(reference.KlDivergence, _like_the_value("soft")),
    _loss(reference.MeanAbsoluteError, _like_the_value("real")),
    _loss(reference.Huber, _like_the_value("real"), _one_of("delta", 1.0, 0.5)),
    _loss(reference.Hinge, _like_the_value("sign")),
    _loss(reference.SoftMargin, _like_the_value("sign")),
    _loss(reference.MultiMargin, _classes, lambda pick, _: {"margin": pick((1.0, 0.5)), "power": pick((1, 2))}),
    _loss(reference.Triplet, _like_the_value("real", "positive", "negative"), _one_of("margin", 1.0, 4.0), "anchor"),
    _loss(reference.CosineLoss, _like_the_value("real")),
    _loss(reference.InfoNce, _like_the_value("real", "right"), _one_of("temperature", 0.5, 1.0), "left"),
    Kind(
        reference.Ctc,
        inputs=("y",),
        takes=(3,),
        sizes=(Size("ragged", "Whether samples differ in their lengths.", bool, False),),
        needs=_labels,
        draw=_draw_ragged,
    ),
)
"""Losses, the simplest first."""
