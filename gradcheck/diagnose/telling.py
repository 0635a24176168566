"""Points that tell mistakes apart: batch, widths, channels and time all of different lengths, and then all alike.

At a batch of one a sum is a mean; with two classes, twice is the number of classes. So a mistake that fits at the point
at hand is looked at where no two lengths are equal; and where all are, for there a forgotten transpose has numbers.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any

import numpy as np

from gradcheck.architecture import weights
from gradcheck.architecture.vocabulary import JOINS, KINDS, LOSSES, Kind, Need, Shape
from gradcheck.errors import GradcheckError
from gradcheck.op import Array, Op

SHAPES: dict[int, tuple[Shape, ...]] = {
    2: ((5, 3), (5, 4), (3, 3), (4, 4)),
    3: ((5, 3, 4), (3, 4, 6), (3, 3, 3), (4, 4, 4)),
    4: ((3, 2, 5, 6), (2, 4, 6, 5), (3, 3, 3, 3), (4, 4, 4, 4)),
}
"""Shapes of values worth trying, by the number of their axes: different lengths, then equal ones."""
LENGTHS: Mapping[str, Any] = {
    "width": 7,
    "words": 4,
    "longest": 7,
    "hidden": 2,
    "count": 5,
    "mask": 0.25,
    "rate": 0.5,
    "weighted": True,
    "ragged": False,
    "shared": False,
}
"""Sizes that a layer is given beside its fields."""
DRAWS = 2
"""How many draws each point has."""


def telling_inputs(op: Op, inputs: Mapping[str, Array]) -> Iterator[dict[str, Array]]:
    """Yield inputs, with leading draws, at which the mistakes that can be made in a layer differ from each other."""
    kind = next((own for own in (KINDS | LOSSES | JOINS).values() if own.layer is type(op)), None)
    if kind is None or not set(kind.inputs) <= set(inputs):
        return
    for shape in SHAPES.get(inputs[kind.inputs[0]].ndim - 1, ()):
        with suppress(GradcheckError, ValueError, IndexError):
            drawn = _drawn(op, kind, shape, equal=len(set(shape)) == 1)
            with np.errstate(all="ignore"):
                op(**drawn)
            yield drawn


def _drawn(op: Op, kind: Kind, shape: Shape, *, equal: bool) -> dict[str, Array]:
    settings = {own.name: getattr(op, own.name) for own in fields(op)}  # type: ignore[arg-type] # layers are dataclasses
    settings |= {size.name: _length(size.name, op, shape, equal=equal) for size in kind.sizes}
    needs = {name: Need(shape, kind.works_on(settings)) for name in kind.inputs}
    needs |= kind.needs(shape, settings)
    return {name: drawn(need, name, 11) for name, need in needs.items()}


def drawn(need: Need, name: str, seed: int) -> Array:
    """Draw an input, so many times."""
    return weights.draw(need.holds, name, need.shape, range(seed, seed + DRAWS), "ordinary")


def _length(name: str, op: Op, shape: Shape, *, equal: bool) -> Any:
    """Choose a size that fits the layer's own settings."""
    match name:
        case "kernel":
            return (2,) * (len(shape) - 2)
        case "channels":
            return shape[1] if equal else 3 * getattr(op, "groups", 1)
        case "columns":
            return 2 * getattr(op, "heads", 1)
        case "inner":
            return 5
        case "width" | "hidden" if equal:
            return shape[-1]
        case _:
            return LENGTHS[name]
