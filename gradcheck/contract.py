"""Before any number is compared: is this a backward pass at all?

It must answer without an exception, for every input by name, in the input's exact shape, with finite numbers; leave
its inputs and the cotangent as they were; give the same answer again, also after the operation has been used
elsewhere in between; and be linear in the cotangent, as every derivative is. A fault of this kind is told as such,
never as a large error.
"""

from collections.abc import Iterator

import numpy as np

from gradcheck.op import Array, Gradients, Pullback
from gradcheck.point import Point
from gradcheck.records import Finding

LINEAR = 1e-9
"""How far a pullback may be from linear, relative to its largest entry: far above rounding, far below any mistake."""
LAST_DIGITS = 2.0**-48
"""How far a cotangent is moved to see what rounding does to the gradient: sixteen units in the last place."""


def violations(point: Point) -> list[Finding]:
    """Return the first clause that is violated, with its evidence, or nothing."""
    before = {name: array.copy() for name, array in point.inputs.items()}
    cotangent = point.cotangent.copy()
    try:
        with np.errstate(all="ignore"):
            value, pullback = point.open()
            first = next(_value(point, value), None)
            gradients = pullback(point.cotangent) if first is None else {}
            if first is None:
                first = next(_form(point, gradients), None) or next(_touched(point, before, cotangent), None)
            if first is None:
                first = next(_behaviour(point, pullback, gradients), None)
    except Exception as error:  # anything at all may come out of somebody else's code, and it is the finding
        first = Finding("raises", "", f"The operation raised {type(error).__name__}: {error}")
    return [first] if first else []


def _value(point: Point, value: Array) -> Iterator[Finding]:
    """The forward value: the shape that the cotangent was made for, and finite."""
    if value.shape != point.cotangent.shape:
        yield Finding("value", "", f"The value has shape {value.shape[1:]}; expected {point.cotangent.shape[1:]}.")
    elif not np.isfinite(value).all():
        yield Finding("finite", "", f"The forward value is not finite: {_first_bad(value)}.")


def _form(point: Point, gradients: Gradients) -> Iterator[Finding]:
    """Names, shapes, types and finiteness of what came back."""
    strangers = sorted(set(gradients) - set(point.inputs))
    if strangers:
        yield Finding("names", strangers[0], f"A gradient for {strangers[0]!r} came back, which is no input.")
    for name in point.wanted:
        if name not in gradients:
            yield Finding("names", name, f"No gradient came back for {name!r}.")
            continue
        gradient, wanted = gradients[name], point.inputs[name].shape
        if np.shape(gradient) != wanted:
            got = np.shape(gradient)[1:]
            yield Finding("shape", name, f"The gradient for {name!r} has shape {got}; {name!r} has {wanted[1:]}.")
        elif not np.issubdtype(np.asarray(gradient).dtype, np.floating):
            yield Finding("dtype", name, f"The gradient for {name!r} holds {gradient.dtype}, not floating numbers.")
        elif not np.isfinite(gradient).all():
            yield Finding("finite", name, f"The gradient for {name!r} is not finite: {_first_bad(gradient)}.")


def _touched(point: Point, before: dict[str, Array], cotangent: Array) -> Iterator[Finding]:
    """Inputs and cotangent must be what they were."""
    for name, array in before.items():
        if not np.array_equal(array, point.inputs[name], equal_nan=True):
            place = tuple(np.argwhere(array != point.inputs[name])[0][1:].tolist())
            yield Finding("unchanged", name, f"The input {name!r} was changed, first at entry {place}.")
    if not np.array_equal(cotangent, point.cotangent):
        yield Finding("unchanged", "", "The cotangent was changed by the pullback.")


def _behaviour(point: Point, pullback: Pullback, gradients: Gradients) -> Iterator[Finding]:
    """The same answer twice, after a call with other inputs in between, and linear in the cotangent."""
    generator = np.random.default_rng(1)
    kept = {name: gradient.copy() for name, gradient in gradients.items()}
    other = generator.normal(size=point.cotangent.shape)
    point.shifted(generator, 0.5).open()[1](other)
    again = pullback(point.cotangent)
    for name in point.wanted:
        if not np.array_equal(again[name], kept[name]):
            says = "differs when the pullback is asked again, after other use of the operation: something is stale"
            yield Finding("repeatable", name, f"The gradient for {name!r} {says}.")
    yield from _linear(point, pullback, kept, other)


def _linear(point: Point, pullback: Pullback, kept: Gradients, other: Array) -> Iterator[Finding]:
    """pullback(-2 u) = -2 pullback(u), which is exact in binary, and pullback(u - 3 v) = pullback(u) - 3 pullback(v).

    Where large numbers cancel in a gradient, rounding may be all that is left of it; so what a change in the last
    digits of the cotangent does is measured, and allowed.
    """
    u = point.cotangent
    nudged = u * (1.0 + LAST_DIGITS * np.random.default_rng(2).uniform(-1.0, 1.0, u.shape))
    turned, aside, total, near = (pullback(cotangent) for cotangent in (-2.0 * u, other, u - 3.0 * other, nudged))
    for name in point.wanted:
        scale = (np.abs(kept[name]) + 3.0 * np.abs(aside[name])).max(initial=0.0)
        allowed = LINEAR * scale + 64.0 * np.abs(near[name] - kept[name]).max(initial=0.0)
        uneven = np.abs(turned[name] + 2.0 * kept[name]) > allowed
        if np.any(uneven | (np.abs(total[name] - (kept[name] - 3.0 * aside[name])) > allowed)):
            yield Finding("linear", name, f"The gradient for {name!r} is not linear in the cotangent.")


def _first_bad(array: Array) -> str:
    place = np.argwhere(~np.isfinite(array))[0]
    entry = f" at entry {tuple(place[1:].tolist())}" if array.ndim > 1 else ""
    return f"{array[tuple(place)]}{entry}" + (f" in draw {place[0]}" if len(array) > 1 else "")
