"""The same operation on numbers with more digits than float64, where its code takes them.

Eleven more bits bring back three of the digits that a large constant beside the value, or a huge entry beside a small
one, takes from finite differences. NumPy code that is given such numbers mostly computes with them without being told.
Code that returns to float64 on the way gains nothing, and is found out: its value has no digits but float64's.
"""

from dataclasses import dataclass, replace

import numpy as np

from gradcheck.op import Array, Pullback, Wrapped
from gradcheck.point import Point
from gradcheck.records import Answer, Estimate

WIDER = float(np.finfo(np.longdouble).eps) < 2.0**-60
"""Whether this machine has such numbers."""
BEYOND = 2.0**-58
"""A change, relative to a number, that only the additional digits can hold."""
ASIDE = 2.0**-12
"""A change that leaves no number round: the digits of its value go on to the end."""


@dataclass(frozen=True)
class MoreDigits(Wrapped):
    """An operation whose code is run on the numbers as they come."""

    def forward(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Return what the code makes of them."""
        value, pullback = self.original.continued(inputs)
        if np.iscomplexobj(value):
            raise TypeError("Complex values are real ones with one more axis elsewhere.")
        return np.asarray(value), pullback


def with_more_digits(point: Point) -> Point | None:
    """Return the point with longer numbers in it; None if its code has no use for them."""
    if not (WIDER and point.op.continues and point.draws == 1):
        return None
    inputs = {**point.inputs, **{name: point.inputs[name].astype(np.longdouble) for name in point.wanted}}
    longer = replace(point, op=MoreDigits(point.op), inputs=inputs)
    try:
        value = replace(longer, inputs=beyond(longer, ASIDE)).value()
    except Exception:  # somebody else's code need not take such numbers
        return None
    fits = value.shape == point.cotangent.shape and value.dtype == np.longdouble
    return longer if fits and bool(np.any(value.astype(np.float64) != value)) else None


def beyond(point: Point, change: float = BEYOND) -> dict[str, Array]:
    """Return the inputs with the wanted ones moved so that float64 cannot hold them."""
    generator = np.random.default_rng(5)
    moved = dict(point.inputs)
    for name in point.wanted:
        here = moved[name].astype(np.longdouble)
        moved[name] = here + here * change * generator.uniform(0.5, 1.5, here.shape)
    return moved


def sharpened(answer: Answer, other: Answer) -> Answer:
    """Return an answer with whatever another, of the same oracle, says more sharply."""
    better = {name: _sharper(answer.gradients[name], said) for name, said in other.gradients.items()}
    return replace(answer, gradients=answer.gradients | better)


def _sharper(one: Estimate, other: Estimate) -> Estimate:
    """Return one estimate, and the other where its bar is shorter."""
    pairs = zip(one, other, strict=True)
    return Estimate(*(np.where(other.bar < one.bar, theirs, own) for own, theirs in pairs))
