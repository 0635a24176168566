"""One layer, there and back: recorded as it runs, gone back through, and moved where it has a kink.

Where a decision was close, the layer is run again with that decision taken the other way: if the derivative is the
same, there is no kink. If it is not, finite differences of this layer alone tell what the slopes on both sides are.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from gradcheck.op import Array, Op
from gradcheck.oracles import structure
from gradcheck.oracles.grid import with_draws
from gradcheck.oracles.ladder import FIRST_STEP
from gradcheck.oracles.noise import half_a_unit
from gradcheck.oracles.recorded import NOWHERE, Record, Recorded
from gradcheck.point import largest
from gradcheck.records import Estimate

LOST = 32.0 / FIRST_STEP
"""What a layer that bends may lose of derivatives, in last digits of the largest: more than a difference would."""
JUMP = 2.0**-20
"""A value that changes by more than this fraction of its size, when a close decision is taken the other way, jumps."""

Arguments = Mapping[str, Array]
Shares = dict[str, Estimate]
Back = Callable[[Estimate], tuple[Shares, list[Array]]]
"""Takes the derivative by a value back to the wanted inputs; with it comes what rounding changes the whole by."""


def layer(op: Op, arguments: Arguments, roles: Collection[str]) -> tuple[Array, Back]:
    """Run one layer and record it; what was close in some draws is moved, in these."""
    record, top = recorded(op, arguments, roles)

    def back(arrived: Estimate) -> tuple[Shares, list[Array]]:
        if top is None:
            return structure.rule(op)(op, arguments, roles, whole(arrived)), []
        found, summands = record.backwards(top, arrived)
        shares = {role: found.get(place) or nothing(arguments[role]) for place, role in enumerate(roles)}
        if record.bent:
            most = largest(arrived.value)
            shares = {role: _blurred(own, most) for role, own in shares.items()}
        if not record.doubtful:
            return shares, summands
        kinks, free = record.close.copy(), record.close & ~record.stuck
        if free.any():
            kinks[free] = _bends(op, arguments, roles, arrived, top, found, draws=free)
        if kinks.any():
            shares = _moved(op, arguments, roles, arrived, shares, kinks)
        return shares, summands

    return op(**arguments)[0] if top is None else top.value, back


def recorded(
    op: Op, arguments: Arguments, roles: Collection[str], *, reverse: bool = False
) -> tuple[Record, Recorded | None]:
    """Run a layer on recorded arrays; what comes out is None if its code does not take them."""
    record = Record(len(next(iter(arguments.values()))), reverse=reverse)
    put: dict[str, Any] = {role: record.put(arguments[role], rounds=False) for role in roles}
    try:
        top = op(**{**arguments, **put})[0]
    except Exception:  # some function of NumPy is not known; then the layer is moved
        return record, None
    return record, top if isinstance(top, Recorded) else record.put(top)


def _bends(  # noqa: PLR0913 - what was found before, and all that it was found from
    op: Op,
    arguments: Arguments,
    roles: Collection[str],
    arrived: Estimate,
    top: Recorded,
    found: Mapping[int, Estimate],
    *,
    draws: Array,
) -> Array:
    """Say in which of these draws a layer has a kink: with close decisions taken the other way it has another slope.

    A decision that cannot be taken the other way, because then the value jumps, makes no kink.
    """
    own = {role: array[draws] for role, array in arguments.items()}
    record, other = recorded(op, own, roles, reverse=True)
    if other is None:
        return np.ones(record.draws, bool)
    again, _ = record.backwards(other, _of_draws(arrived, draws))
    kinks = np.zeros(record.draws, bool)
    for place in set(found) & set(again) & set(range(len(roles))):
        one, two = _of_draws(found[place], draws), again[place]
        apart = np.abs(one.value - two.value) > one.bar + two.bar
        kinks |= apart.reshape(record.draws, -1).any(axis=1)
    step = np.abs(other.value - top.value[draws]).reshape(record.draws, -1).max(axis=1)
    size = np.abs(top.value[draws]).reshape(record.draws, -1).max(axis=1)
    return np.asarray(kinks & (step <= JUMP * size))


def _of_draws(said: Estimate, draws: Array) -> Estimate:
    """Return what is said of some draws."""
    return Estimate(*(array[draws] for array in whole(said)))


def whole(said: Estimate) -> Estimate:
    """Return an estimate with nothing left that is one number for all entries; it may not be written to.

    Where only exact steps were taken, the steepest way that was seen is that of the steepest entry.
    """
    value, bar, steepest = said.value, said.bar, said.steepest
    if not steepest.ndim:
        steepest = largest(value).reshape(-1, *[1] * (value.ndim - 1))
    return Estimate(value, bar, *(np.broadcast_to(own, value.shape) for own in (said.kinks, steepest)))


def _blurred(said: Estimate, most: Array) -> Estimate:
    """Allow for the digits that a right formula loses, where the largest derivative that arrives is given, (draws)."""
    lost = LOST * half_a_unit(said.value) * most
    return said._replace(bar=said.bar + lost.reshape(-1, *[1] * (said.bar.ndim - 1)))


def _moved(
    op: Op, arguments: Arguments, roles: Collection[str], arrived: Estimate, shares: Shares, draws: Array
) -> Shares:
    """Return the shares with those of some draws found anew, by moving the layer."""
    own = {role: array[draws] for role, array in arguments.items()}
    found = structure.rule(op)(op, own, roles, _of_draws(arrived, draws))
    return {**shares, **{role: with_draws(whole(shares[role]), draws, anew) for role, anew in found.items()}}


def nothing(array: Array) -> Estimate:
    """Return the derivative by an input that does not reach the output."""
    return Estimate(np.zeros(array.shape), np.zeros(array.shape), NOWHERE, NOWHERE)
