"""One layer, there and back: recorded as it runs, gone back through, and moved where it has a kink.

Where a decision was close, the layer is run again with that decision taken the other way: if the derivative is the
same, there is no kink. If it is not, finite differences of this layer alone tell what the slopes on both sides are.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck.op import Array, Op
from gradcheck.oracles import structure
from gradcheck.oracles.ladder import FIRST_STEP, half_a_unit
from gradcheck.oracles.recorded import Record, Recorded
from gradcheck.point import typical_size
from gradcheck.records import Estimate

LOST = 16.0 / FIRST_STEP
"""What a layer that bends may lose of a derivative, in units in the last place: as much as a difference would."""
JUMP = 2.0**-20
"""A value that changes by more than this fraction of its size, when a close decision is taken the other way, jumps."""

Arguments = Mapping[str, Array]
Shares = dict[str, Estimate]
Back = Callable[[Estimate], tuple[Shares, Array]]
"""Takes the derivative by a value back to the wanted inputs; with it comes the variance of rounding, (draws)."""


def layer(op: Op, arguments: Arguments, roles: Collection[str]) -> tuple[Array, Back]:
    """Run one layer and record it; what was close in some draws is moved, in these."""
    record, top = recorded(op, arguments, roles)

    def back(arrived: Estimate) -> tuple[Shares, Array]:
        if top is None:
            return structure.rule(op)(op, arguments, roles, arrived), np.zeros(len(arrived.value))
        found, variance = record.backwards(top, arrived)
        shares = {role: found.get(place) or nothing(arguments[role]) for place, role in enumerate(roles)}
        if record.bent:
            shares = {role: _blurred(own, arguments, role, arrived) for role, own in shares.items()}
        kinks = record.close.copy()
        free = record.close & ~record.stuck
        if free.any():
            kinks[free] = _bends(op, arguments, roles, arrived, top, found, draws=free)
        if kinks.any():
            shares = _moved(op, arguments, roles, arrived, shares, kinks)
        return shares, variance

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
    return Estimate(said.value[draws], said.bar[draws], said.kinks[draws], said.steepest[draws])


def _blurred(said: Estimate, arguments: Arguments, role: str, arrived: Estimate) -> Estimate:
    """Allow for the digits that a right formula loses: as many as a difference in one layer would lose."""
    here = arguments[role]
    own = (-1, *[1] * (here.ndim - 1))
    largest = np.abs(arrived.value).reshape(len(here), -1).max(axis=1, initial=0.0).reshape(own)
    size = np.abs(here)
    outermost = size.reshape(len(here), -1).max(axis=1, initial=0.0).reshape(own)
    lost = LOST * half_a_unit(here) * largest * outermost / np.maximum(size, typical_size(here))
    return replace(said, bar=said.bar + lost)


def _moved(
    op: Op, arguments: Arguments, roles: Collection[str], arrived: Estimate, shares: Shares, draws: Array
) -> Shares:
    """Return the shares with those of some draws found anew, by moving the layer."""
    own = {role: array[draws] for role, array in arguments.items()}
    found = structure.rule(op)(op, own, roles, _of_draws(arrived, draws))
    for role, share in found.items():
        fields = [array.copy() for array in vars(shares[role]).values()]
        for array, anew in zip(fields, vars(share).values(), strict=True):
            array[draws] = anew
        shares[role] = Estimate(*fields)
    return shares


def nothing(array: Array) -> Estimate:
    """Return the derivative by an input that does not reach the output."""
    zeros = np.zeros(array.shape)
    return Estimate(zeros, zeros, zeros.astype(bool), zeros)
