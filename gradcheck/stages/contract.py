"""Before any number is compared: is this a backward pass at all?

It must answer without an exception, for every input by name, in the input's exact shape, with finite numbers; leave
its inputs and the cotangent as they were; give the same answer again, also after the operation has been used
elsewhere in between; and be linear in the cotangent, as every derivative is. A fault of this kind is told as such,
never as a large error.
"""

from collections.abc import Generator, Iterator
from contextlib import suppress

import numpy as np

from gradcheck.errors import ContractBroken
from gradcheck.op import Array, Gradients, Pullback
from gradcheck.point import Point, finite, largest, pieces, unchanged
from gradcheck.records import Finding
from gradcheck.stages.compare import STILL, UNITS
from gradcheck.stages.rounding import moves

NOISE = 1e-6
"""How far two answers to one question may differ, relative to their largest: more is neither rounding nor noise."""
LINEAR = 1e-9
"""How far a gradient may be from linear, relative to its largest entry, under factors that are exact in binary."""
FEW = 1024
"""Of so few numbers the forward pass is repeated twice: a few coins may fall the same way again by chance."""
SAME = 2.0**-20
"""So near, relative to it, is what is missing to linearity to what is there without any cotangent, if it is that."""
FACTORS = (-2.0, 2.0**20, 2.0**-20)
"""What the cotangent is multiplied with: a gate looks at its sign, a clip at its size."""


def violations(point: Point) -> list[Finding]:
    """Return the first clause that is violated, with its evidence, or nothing."""
    try:
        with np.errstate(all="ignore"):
            first = _first_answer(point) or next(_behaviour(point, point.opened[1], point.claim()), None)
    except ContractBroken as broken:
        first = Finding(broken.clause, broken.parameter, broken.says)
    except Exception as error:  # anything at all may come out of somebody else's code, and it is the finding
        which = "backward" if "opened" in vars(point) else "forward"
        first = Finding("raises", "", f"The {which} pass raised {type(error).__name__}: {error}")
    return [first] if first else []


def _first_answer(point: Point) -> Finding | None:
    """Return what is wrong with the value, the form of the gradients, or with what was given, if anything is."""
    before = {name: array.copy() for name, array in point.inputs.items() if array.flags.writeable}
    cotangent = point.cotangent.copy()
    if first := next(_value(point, point.value()), None):
        return first
    return next(_form(point, point.claim()), None) or next(_touched(point, before, cotangent), None)


def _value(point: Point, value: Array) -> Iterator[Finding]:
    """The forward value: the shape that the cotangent was made for, and finite."""
    if value.shape != point.cotangent.shape:
        yield Finding("value", "", f"The value has shape {value.shape[1:]}; expected {point.cotangent.shape[1:]}.")
    elif not np.isfinite(value).all():
        yield Finding("finite", "", f"The forward value is not finite: {_first_bad(value)}.")
    else:
        few = sum(array.size for array in point.inputs.values()) <= FEW
        apart = max(np.abs(point.open()[0] - value).max(initial=0.0) for _ in range(2 if few else 1))
        if apart > NOISE * np.abs(value).max(initial=0.0):
            says = f"The forward pass returns different values for equal inputs (by up to {apart:.2g})"
            yield Finding("repeatable", "", f"{says}: fix the seed of its random numbers, such as dropout's.")


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
        elif not finite(np.asarray(gradient)):
            yield Finding("finite", name, f"The gradient for {name!r} is not finite: {_first_bad(gradient)}.")


def _touched(point: Point, before: dict[str, Array], cotangent: Array) -> Iterator[Finding]:
    """Inputs and cotangent must be what they were."""
    for name, array in before.items():
        now = point.inputs[name]
        if not unchanged(array, now):
            yield Finding("unchanged", name, f"The input {name!r} was changed, {_change(array, now)}.")
    if not np.array_equal(cotangent, point.cotangent):
        says = f"The pullback changed the cotangent, {_change(cotangent, point.cotangent)}."
        yield Finding("unchanged", "", says)


def _behaviour(point: Point, pullback: Pullback, gradients: Gradients) -> Iterator[Finding]:
    """The same answer twice, after a call with other inputs in between, and linear in the cotangent.

    Of every further answer no more is held than what has yet to be looked at.
    """
    _use_elsewhere(point)
    again, noise = dict(pullback(point.cotangent)), dict[str, float]()
    for name in point.wanted:
        noise[name] = yield from _repeated(point, name, again.pop(name), gradients[name])
    sizes = {name: float(largest(gradients[name]).max()) for name in point.wanted}
    for factor in () if point.op.linear else FACTORS:
        scaled = dict(pullback(factor * point.cotangent))
        for name in point.wanted:
            allowed = max(LINEAR, 256.0 * point.op.precision(name), 64.0 * noise[name])
            if 1e-290 < sizes[name] < 1e290:
                yield from _linear(point, name, scaled.pop(name), factor, allowed, pullback)


def _repeated(point: Point, name: str, again: Array, before: Array) -> Generator[Finding, None, float]:
    """The same answer again; return how far apart the two are, relative to their largest entry."""
    noise = _apart(again, before)
    if noise > max(NOISE, 256.0 * point.op.precision(name)):
        asked = "when the pullback is asked again, after other use of the operation: something is stale, or random"
        worst = np.unravel_index(np.argmax(np.abs(again - before)), before.shape)
        seen = f"Entry {_place(worst)} was {before[worst]:.6g} and became {again[worst]:.6g}."
        yield Finding(
            "repeatable", name, f"The gradient for {name!r} changes by {noise:.2g} of its size {asked}. {seen}"
        )
    return noise


def _use_elsewhere(point: Point) -> None:
    """Run the operation at other inputs, so that what it has cached of these is overwritten if it can be."""
    try:
        _ = point.unmoved  # what it says there is judged later
    except ContractBroken as broken:
        if broken.clause == "reused":
            raise
    except Exception:  # the other inputs may lie outside of its domain, which is no fault of its own
        return


def _linear(
    point: Point, name: str, scaled: Array, factor: float, allowed: float, pullback: Pullback
) -> Iterator[Finding]:
    """pullback(c u) = c pullback(u). For a power of two that is exact in binary, whatever cancels on the way.

    Unless sums are taken in another order, as for arrays that lie elsewhere in memory: a gradient that is nothing but
    what rounding leaves of them may change. That pullback(u + v) = pullback(u) + pullback(v) is not tested: where large
    numbers cancel rounding breaks it, and what is wrong for one cotangent and right for another differs from the
    derivative anyway.
    """
    gradient = point.claim()[name]
    if _apart(scaled, gradient, factor) > allowed and not _rounded(point, name, np.abs(scaled / factor - gradient)):
        expected = factor * gradient
        worst = np.unravel_index(np.argmax(np.abs(scaled - expected)), expected.shape)
        seen = f"entry {_place(worst)} is {gradient[worst]:.6g}, and {scaled[worst]:.6g} under"
        says = f"{seen} {factor:g} times the cotangent; {expected[worst]:.6g} was to be expected"
        with suppress(Exception):  # it need not take a cotangent of 0
            left = float(np.asarray(pullback(0.0 * point.cotangent)[name])[worst])
            if abs((1.0 - factor) * left - (scaled - expected)[worst]) <= SAME * abs(left):
                says += (
                    f". It is {left:.6g} even where the cotangent is 0: something is added that does not come from it"
                )
        yield Finding("linear", name, f"The gradient for {name!r} is not linear in the cotangent: {says}.")


def _rounded(point: Point, name: str, gap: Array) -> bool:
    """Say whether a gradient is next to nothing beside others, and moves by about as much when the last digits do."""
    claim = point.claim()
    beside = max(float(np.abs(point.cotangent).max()), *(float(largest(claim[own]).max()) for own in point.wanted))
    next_to_nothing = largest(claim[name]).max() <= STILL * beside
    return bool(next_to_nothing and gap.max() <= UNITS * moves(point, claim)[name].max())


def _apart(one: Array, other: Array, factor: float = 1.0) -> float:
    """Return the largest difference of one array and so many times another, relative to their largest entry."""
    if all(np.array_equal(own, factor * its) for own, its in pieces(one, other)):  # as they are, as a rule
        return 0.0
    gap = max(float(np.abs(own - factor * its).max()) for own, its in pieces(one, other))
    return gap / float(max(largest(one).max(), abs(factor) * largest(other).max())) if gap > 0 else 0.0


def _change(before: Array, after: Array) -> str:
    """Say which entry of an array changed first, and how."""
    place = tuple(np.argwhere(before != after)[0])
    return f"first at entry {_place(place)}: it was {before[place]:.6g} and is {after[place]:.6g}"


def _place(place: tuple[np.intp, ...]) -> tuple[int, ...]:
    """Return a place without the draw."""
    return tuple(int(one) for one in place[1:])


def _first_bad(array: Array) -> str:
    place = np.argwhere(~np.isfinite(array))[0]
    entry = f" at entry {tuple(place[1:].tolist())}" if array.ndim > 1 else ""
    return f"{array[tuple(place)]}{entry}" + (f" in draw {place[0]}" if len(array) > 1 else "")
