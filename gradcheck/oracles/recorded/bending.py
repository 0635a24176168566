"""Functions that bend every number by itself: what arrives is multiplied with the slope.

The slope is found by a step along the imaginary axis, f(x + ih) = f(x) + ih f'(x) - ..., where no step is too small and
nothing cancels; only where NumPy has no complex version of a function is it differenced, by the ladder.

Squire and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Rev. 40 (1998).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles.ladder import Ladder
from gradcheck.oracles.noise import half_a_unit
from gradcheck.oracles.recorded.adding import multiple
from gradcheck.oracles.recorded.arrays import Decision, NotRecorded, Recorded, decided, rule, value_of
from gradcheck.oracles.recorded.record import CLOSE, Record, scaled, some
from gradcheck.oracles.watched import ANALYTIC, COMPARISONS, TESTS

STEP = 2.0**-80
"""The step along the imaginary axis, in units of a number's own size."""


class Slope(NamedTuple):
    """The slope of a function by one of its arguments."""

    value: Array
    bar: Array | None = None
    """Its error bar, if it was differenced."""
    kinks: Array | None = None
    """Where the function has kinks."""


@rule(np.ufunc)
def elementwise(record: Record, ufunc: np.ufunc, *arguments: Any) -> Any:
    """Apply any function of each number by itself."""
    values = [value_of(own) for own in arguments]
    if ufunc in TESTS:
        return ufunc(*values)
    record.bent, find = True, _finder(ufunc)
    y = np.asarray(ufunc(*values), dtype=np.float64)
    slopes = ((own, find(place, y, *values)) for place, own in enumerate(arguments) if isinstance(own, Recorded))
    return record.put(y, [scaled(record, own, slope.value, slope.bar, slope.kinks) for own, slope in slopes])


def _finder(ufunc: np.ufunc) -> Callable[..., Slope]:
    """Return what finds the slopes of a function: by an imaginary step, or the ladder."""
    if ufunc in ANALYTIC or ufunc in _CONTINUED:
        function = _CONTINUED.get(ufunc, ufunc)
        return lambda place, _, *values: _imaginary(function, place, *values)
    if ufunc.nin == 1:
        return lambda _, y, x: _differenced(ufunc, y, x)
    raise NotRecorded(f"numpy.{ufunc.__name__}")


def _imaginary(function: Callable[..., Any], place: int, *values: Any) -> Slope:
    """Move one argument along the imaginary axis."""
    own = np.asarray(values[place], dtype=np.float64)
    step = STEP * np.abs(own)
    step = np.where((step > 0) & (step < np.inf), step, STEP)
    moved = function(*values[:place], own + 1j * step, *values[place + 1 :])
    return Slope(np.asarray(np.imag(moved) / step))


_BY_ADDITION: dict[np.ufunc, Callable[[Array, Array], Array]] = {
    np.exp: lambda x, y: y,
    np.expm1: lambda x, y: np.exp(x),
    np.tanh: lambda x, y: 1.0 / np.square(np.cosh(x)),
}
"""What the imaginary part of f(x + ih) is to h, told from x and from y = f(x).

Addition theorems say it in real functions, which are far quicker: exp(x + ih) = exp(x) (cos h + i sin h) and
tanh(x + ih) = (sinh x cosh x + i sin h cos h) / (cosh^2 x - sin^2 h). For so short a step sin h is h, and cos h is 1.
"""


def _told(ufunc: np.ufunc, slope: Callable[[Array, Array], Array]) -> Callable[..., Recorded]:
    """Return the rule for a function of which an addition theorem tells the slope."""

    def bend(record: Record, x: Recorded) -> Recorded:
        record.bent = True
        y = ufunc(x.value)
        return record.put(y, [scaled(record, x, slope(x.value, y))])

    return bend


for _ufunc, _slope in _BY_ADDITION.items():
    rule(_ufunc)(_told(_ufunc, _slope))


def _log_add_exp(a: Any, b: Any) -> Any:
    """Return log(exp(a) + exp(b)) of complex numbers."""
    largest = np.maximum(np.real(a), np.real(b))
    largest = np.where(np.isfinite(largest), largest, 0.0)
    return largest + np.log(np.exp(a - largest) + np.exp(b - largest))


_CONTINUED: dict[np.ufunc, Callable[..., Any]] = {np.logaddexp: _log_add_exp}
"""The same function for complex numbers, where NumPy's own takes none."""


def _differenced(ufunc: np.ufunc, y: Array, x: Array) -> Slope:
    """Move the argument by finite steps."""
    flat = x.reshape(len(x), -1)
    noise = half_a_unit(x) * np.maximum(np.abs(flat), np.abs(y.reshape(flat.shape))).T
    ladder = Ladder(
        flat,
        lambda _, moved: np.asarray(ufunc(moved), dtype=np.float64),
        centre=y.reshape(flat.shape).T,
        noise=noise,
        wider=lambda: noise,
        cost=1,
    )
    said = ladder.estimate()
    return Slope(*(own.reshape(x.shape) for own in (said.value, said.bar, said.kinks)))


def _reversed(record: Record, first: Array, near: Array) -> Array:
    """Return a decision, taken the other way where it was close if the record is to be so."""
    return first ^ near if record.reverse else first


@rule(np.power)
def power(record: Record, x: Any, exponent: Any) -> Any:
    """Raise to a power; a square is a product."""
    if isinstance(x, Recorded) and isinstance(exponent, int | float) and exponent == 2:
        record.bent = True
        return multiple(record, x, x)
    return elementwise(record, np.power, x, exponent)


@rule(np.absolute)
def absolute(record: Record, x: Recorded) -> Recorded:
    """Leave what is positive, and turn what is negative."""
    y = np.abs(x.value)
    near = y <= CLOSE * y.max(initial=0.0)
    sign = np.where(_reversed(record, x.value >= 0, near), 1.0, -1.0)
    return record.put(y, [scaled(record, x, sign, kinks=near)])


def _extreme(function: np.ufunc, ahead: np.ufunc) -> Callable[..., Recorded]:
    """Return the rule for the larger of two numbers, or for the smaller."""

    def choose(record: Record, a: Any, b: Any) -> Recorded:
        left, right = np.asarray(value_of(a)), np.asarray(value_of(b))
        y = function(left, right)
        near = np.abs(left - right) <= CLOSE * np.abs(y)
        first = _reversed(record, ahead(left, right), near)
        sides = ((a, np.where(first, 1.0, 0.0)), (b, np.where(first, 0.0, 1.0)))
        return record.put(y, [scaled(record, own, s, kinks=near) for own, s in sides if isinstance(own, Recorded)])

    return choose


rule(np.maximum)(_extreme(np.maximum, np.greater))
rule(np.minimum)(_extreme(np.minimum, np.less))


def _comparison(ufunc: np.ufunc) -> Callable[..., Decision]:
    """Return the rule for a comparison: it moves nothing, but decides something."""

    def compare(record: Record, a: Any, b: Any) -> Decision:
        left, right = np.asarray(value_of(a)), np.asarray(value_of(b))
        near = record.near(left, right)
        return decided(_reversed(record, ufunc(left, right), near), record.by_draw(some, near))

    return compare


for _own in COMPARISONS:
    rule(_own)(_comparison(_own))


@rule(np.sign)
def sign(record: Record, x: Recorded) -> Decision:
    """Return the sign, which does not move until it jumps."""
    return decided(np.sign(x.value), record.by_draw(some, record.near(x.value, np.zeros(1))), stuck=True)
