"""Judge a function and its gradient, as plain functions of plain arguments."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

import numpy as np

from gradcheck.adapt.calls import call
from gradcheck.adapt.pairs import Pair, argument_names
from gradcheck.check import examine
from gradcheck.errors import ContractBroken, GradcheckError
from gradcheck.op import Array, Pullback
from gradcheck.point import Point
from gradcheck.records import Finding, Result, Verdict
from gradcheck.stages.directions import directions
from gradcheck.stages.glance import first_look

Wrt = Iterable[int | str] | int | str | None
"""Which arguments are judged, by name or number; None for all."""
ROUNDING = 1e-9
"""An imaginary part that is no larger, beside the real one, is rounding."""


class Scaled(Pair):
    """A function and a backward pass that multiplies a gradient, whoever computes it, by the cotangent."""

    @property
    def linear(self) -> bool:
        """A product is linear."""
        return True

    def forward(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Return the number and the backward pass. Raises ContractBroken if the number is not real."""
        value, pullback = super().forward(**inputs)
        if value.ndim and abs(value[1]) > ROUNDING * abs(value[0]):
            says = f"f returns {complex(*value):.6g}; a gradient is of one real number."
            raise ContractBroken("number", "", f"{says} Judge the part that is meant, or the whole with check_vjp.")
        return value, pullback


def check_gradient(
    f: Callable[..., Any], grad: Callable[..., Any], *args: Any, wrt: Wrt = None, seed: int = 0
) -> Result:
    """Judge the gradient of a function that returns one number.

    ``f(*args)`` is the number; ``grad(*args)`` its gradient: one array if there is one argument, else one an argument,
    in order, as a tuple, or by name, as a dictionary. Arguments may be arrays, numbers, and lists, tuples and
    dictionaries of them. Whole numbers are not differentiated, and None is accepted for what is not judged. The
    gradient of a complex z = a + ib is dL/da + i dL/db. Raises GradcheckError if there is nothing to differentiate.
    """
    _functions(f=f, grad=grad)

    def prepare(*inner: Any) -> Callable[[Any], Any]:
        return lambda cotangent: _times(grad(*inner), cotangent)

    @wraps(f)
    def scalar(*inner: Any) -> Any:
        value = f(*inner)
        if isinstance(value, list | tuple | Mapping) and len(value) != 1:
            says = f"f returns {len(value)} values, a {type(value).__name__}; a gradient is of one number."
            raise ContractBroken(
                "number", "", f"{says} Choose one, as with lambda *args: f(*args)[0], or try check_vjp."
            )
        if np.ndim(value) == 0:
            return value
        if np.size(value) != 1:
            says = f"f returns an array of shape {np.shape(value)}; a gradient is of one number. Try check_vjp."
            raise ContractBroken("number", "", says)
        return np.reshape(value, ())

    result = judge(Scaled(scalar, prepare, args, argument_names(f, len(args)), wrt), seed)
    return _reproducible(result, "check_gradient", f, grad, args, wrt, seed)


def check_vjp(f: Callable[..., Any], vjp: Callable[..., Any], *args: Any, wrt: Wrt = None, seed: int = 0) -> Result:
    """Judge the backward pass of a function that returns an array, or several.

    ``vjp(*args, cotangent)`` returns the derivative of <cotangent, f(*args)> for every argument; arguments, gradients
    and errors are those of ``check_gradient``. The cotangent has the form of the value, and signs and sizes at random.
    """
    _functions(f=f, vjp=vjp)

    def prepare(*inner: Any) -> Callable[[Any], Any]:
        return lambda cotangent: vjp(*inner, cotangent)

    result = judge(Pair(f, prepare, args, argument_names(f, len(args)), wrt), seed)
    return _reproducible(result, "check_vjp", f, vjp, args, wrt, seed)


def check_hessian_vector(
    grad: Callable[..., Any], product: Callable[..., Any], *args: Any, wrt: Wrt = None, seed: int = 0
) -> Result:
    """Judge a product with a Hessian: ``product(*args, v)`` against the derivative of ``grad(*args)`` along v.

    A Hessian is its own transpose, so the product is the backward pass of the gradient.
    """
    result = check_vjp(grad, product, *args, wrt=wrt, seed=seed)
    return _reproducible(result, "check_hessian_vector", grad, product, args, wrt, seed)


def _functions(**given: Any) -> None:
    """Raise GradcheckError for what is no function."""
    for name, own in given.items():
        if not callable(own):
            raise GradcheckError(f"{name} is to be a function; what was given is {type(own).__name__}.")


def _reproducible(result: Result, *called: Any) -> Result:
    """Return a result that is not green with the line that shows it again."""
    return result if result.verdict is Verdict.AGREES else replace(result, reproduce=call(*called))


def judge(op: Pair, seed: int) -> Result:
    """Judge a pair at its own arguments; what fails before it can be judged is a finding too."""
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise GradcheckError(f"A seed is a whole number, 0 or more; what was given is {seed!r}.")
    try:
        point = Point.of(op, op.inputs, seed)
    except ContractBroken as broken:
        return _broken(op, broken)
    except Exception as error:  # somebody else's function may fail in any way; that is the finding
        finding = Finding("raises", "", f"{op.kind} raised {type(error).__name__}: {error}")
        return Result(Verdict.BROKEN, op.kind, (), (finding,))
    asked = _without_none(point)
    whole = dict(op.whole)  # of the claim: what is tried as a repair may hold whole numbers too
    try:
        result = examine(asked, op.kind)
    except ContractBroken as broken:  # beside the point, at a kink
        return _broken(op, broken)
    result = replace(result, notes=(*result.notes, *_cut_off(whole, result)))
    unasked = [name for name in point.wanted if name not in asked.wanted]
    nothing = f"{', '.join(unasked)}: not judged, for None came back."
    return replace(result, notes=(*result.notes, nothing)) if unasked else result


def _cut_off(whole: Mapping[str, np.dtype[Any]], result: Result) -> list[str]:
    """Say of wrong gradients that they hold whole numbers: arrays of such are made by accident."""
    wrong = dict.fromkeys(finding.parameter for finding in result.findings if finding.parameter in whole)
    says = "holds {}: what is written into such an array loses all that is behind the point"
    return [f"the gradient for {name} {says.format(whole[name])}" for name in wrong]


def _broken(op: Pair, broken: ContractBroken) -> Result:
    return Result(Verdict.BROKEN, op.kind, (), (Finding(broken.clause, broken.parameter, broken.says),))


def agrees_at_a_glance(op: Pair, seed: int) -> bool:
    """Say whether a look at everything at once leaves nothing to ask; the contract is not looked at."""
    with np.errstate(all="ignore"):
        point = Point.of(op, op.inputs, seed)
        ways = directions(point)
        return bool(ways) and first_look(point, ways).settles


def _without_none(point: Point) -> Point:
    """Leave out the inputs for which None comes back; what else may be wrong is not judged here."""
    try:
        claim = point.claim()
    except Exception:
        return point
    kept = tuple(name for name in point.wanted if name in claim)
    return point if kept in ((), point.wanted) else replace(point, wanted=kept)


def _times(gradient: Any, factor: Any) -> Any:
    """Multiply every array inside a gradient by a number; by 1 it stays the very same, so that its reuse is seen."""
    if gradient is None or factor == 1:
        return gradient
    if isinstance(gradient, dict):
        return {key: _times(value, factor) for key, value in gradient.items()}
    if isinstance(gradient, list | tuple):
        scaled = [_times(value, factor) for value in gradient]
        return scaled if isinstance(gradient, list) else tuple(scaled)
    array = np.asarray(gradient)
    if array.dtype.kind in "iub":
        return array * factor
    return (array * factor).astype(array.dtype, copy=False) if array.dtype.kind in "fc" else gradient
