"""An array that lets nothing be done to it but what is analytic, and refuses everything else.

A complex step is exact where the code between input and value is made of analytic functions, and silently wrong where
it is not: ``abs``, ``conj`` and ``real`` have no complex derivative at all. Numbers alone cannot tell what a large
constant hides, so the code itself is watched. A watched array is no NumPy array: it has no buffer that could be read
behind its back, so whoever wants its numbers by another way than the few that are listed here gets an exception.

Comparisons and maxima look at the real parts, as they do on the real line, and are refused where two are nearly equal:
there the branch that is taken may change, and a kink is no place for a complex step.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from gradcheck.op import Array

NEAR = 2.0**-20
"""Two numbers closer than this, relative to the larger, may lie on different sides of a branch."""
MANY = 2**13
"""Larger arrays of numbers with more digits are refused: they are slow."""
WORK = 2**18
"""Products of matrices of these that take more multiplications than this are refused, for the same reason."""

# fmt: off
ANALYTIC = {
    np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive, np.reciprocal, np.square, np.sqrt, np.power,
    np.float_power, np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p, np.sin, np.cos, np.tan, np.arcsin,
    np.arccos, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh, np.matmul,
}
"""NumPy's elementwise functions, and one of matrices, that a complex number passes through as a real one does."""
SINGULAR = {np.sqrt, np.log, np.log2, np.log10, np.power, np.float_power}
"""Those of them that are not analytic at zero."""
COMPARISONS = {np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal}
SELECTIONS = {np.maximum, np.minimum, np.fmax, np.fmin}
TESTS = {np.isfinite, np.isnan, np.isinf}
ARRANGEMENTS = {
    np.sum, np.mean, np.average, np.prod, np.cumsum, np.cumprod, np.diff, np.trace, np.convolve, np.polyval, np.dot,
    np.inner, np.outer, np.tensordot, np.einsum, np.kron, np.cross, np.trapezoid, np.fft.fft, np.fft.ifft, np.where,
    np.take, np.take_along_axis, np.diag, np.diagonal, np.tril, np.triu, np.copy, np.pad, np.roll, np.concatenate,
    np.stack, np.hstack, np.vstack, np.column_stack, np.split, np.array_split, np.append, np.delete, np.reshape,
    np.ravel, np.transpose, np.swapaxes, np.moveaxis, np.squeeze, np.expand_dims, np.flip, np.broadcast_to, np.tile,
    np.repeat, np.zeros_like, np.ones_like, np.full_like, np.empty_like, np.shape, np.ndim, np.size, np.atleast_1d,
    np.atleast_2d, np.linalg.matrix_power,
}
"""NumPy's other functions that only add, multiply and arrange."""
METHODS = {
    "sum", "mean", "prod", "cumsum", "cumprod", "dot", "reshape", "ravel", "flatten", "transpose", "swapaxes",
    "squeeze", "copy", "repeat", "take", "diagonal", "trace",
}
"""The methods of an array of which the same is true."""
# fmt: on
PLAIN = {"shape", "ndim", "size", "dtype", "itemsize"}
"""What may be read of an array without looking at its numbers."""


class NotAnalytic(Exception):
    """What was asked for is not known to be analytic."""


class Watched(NDArrayOperatorsMixin):
    """Complex numbers in custody."""

    def __init__(self, array: Any) -> None:
        self.array: Array = np.asarray(array)
        if self.array.size > MANY and self.array.dtype == np.clongdouble:
            raise NotAnalytic("too many numbers")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **settings: Any) -> Any:
        """Let an elementwise function, or a sum or product made of one, pass if it is analytic."""
        plain = [_released(own) for own in inputs]
        if out is not None:
            settings["out"] = tuple(_released(own) for own in out)
        call = getattr(ufunc, method)
        long = any(getattr(own, "dtype", None) == np.clongdouble for own in plain)
        if long and ufunc is np.matmul and plain[0].size * plain[1].shape[-1] > WORK:
            raise NotAnalytic("too much work")
        if ufunc in COMPARISONS and method == "__call__":
            return call(*_apart(*(np.real(own) for own in plain)), **settings)
        if ufunc in TESTS and method == "__call__":
            return call(*plain, **settings)
        if ufunc in SELECTIONS:
            return Watched(_selected(call, method, plain, settings))
        if ufunc not in ANALYTIC:
            raise NotAnalytic(ufunc.__name__)
        if ufunc in SINGULAR:
            _regular(*plain)
        return Watched(call(*plain, **settings))

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, settings: Any) -> Any:
        """Let a function pass that only adds, multiplies and arranges."""
        if function in (np.max, np.min):
            return (np.maximum if function is np.max else np.minimum).reduce(*args, **{"axis": None, **settings})
        if function not in ARRANGEMENTS:
            raise NotAnalytic(getattr(function, "__name__", "a function"))
        return _held(function(*_released(args), **_released(settings)))

    def __getattr__(self, name: str) -> Any:
        """Return what may be read or called; raise AttributeError for anything else."""
        if name in PLAIN:
            return getattr(self.array, name)
        if name in ("T", "mT"):
            return Watched(getattr(self.array, name))
        if name in ("max", "min"):
            return lambda axis=None, **settings: getattr(np, name)(self, axis=axis, **settings)
        if name in METHODS:
            own = getattr(self.array, name)
            return lambda *args, **settings: _held(own(*_released(args), **_released(settings)))
        raise AttributeError(f"{name} is not known to be analytic")

    def __array__(self, *args: Any, **settings: Any) -> Array:
        """Refuse to become an array."""
        raise NotAnalytic("an array was made of it")

    def __float__(self) -> float:
        """Refuse to become a number; so do the other conversions."""
        raise NotAnalytic("a number was made of it")

    __complex__ = __int__ = __index__ = __round__ = __float__

    def __bool__(self) -> bool:
        """Compare with zero."""
        return bool(self != 0)

    def __len__(self) -> int:
        """Return the length of the first axis."""
        return len(self.array)

    def __iter__(self) -> Iterator["Watched"]:
        """Yield what is at each place of the first axis, watched."""
        return (Watched(own) for own in self.array)

    def __getitem__(self, place: Any) -> "Watched":
        """Return a part, watched; a view, as NumPy's own."""
        return Watched(self.array[place])

    def __setitem__(self, place: Any, value: Any) -> None:
        """Write to a part."""
        self.array[place] = _released(value)


def _released(own: Any) -> Any:
    """Return what is inside, also inside of lists, tuples and settings."""
    if isinstance(own, Watched):
        return own.array
    if isinstance(own, list | tuple):
        return type(own)(map(_released, own))
    if isinstance(own, dict):
        return {name: _released(one) for name, one in own.items()}
    return own


def _held(own: Any) -> Any:
    """Watch complex numbers; leave shapes and counts alone."""
    if isinstance(own, list | tuple):
        return type(own)(map(_held, own))
    return Watched(own) if isinstance(own, np.ndarray | np.generic) and np.iscomplexobj(own) else own


def _apart(one: Any, other: Any) -> tuple[Any, Any]:
    """Return two sides of a comparison; raise NotAnalytic if some of them nearly meet."""
    if np.any(np.abs(one - other) <= NEAR * np.maximum(np.abs(one), np.abs(other))):
        raise NotAnalytic("a branch")
    return one, other


def _regular(base: Any, power: Any = 0.5) -> None:
    """Raise NotAnalytic if zero, where a root or a broken power has no derivative, is no farther than the step."""
    whole = np.isrealobj(power) and bool(np.all(power == np.round(power)))
    if not whole and np.any(np.real(base) <= np.abs(np.imag(base)) / NEAR):
        raise NotAnalytic("a root of zero")


def _selected(call: Callable[..., Any], method: str, plain: list[Any], settings: dict[str, Any]) -> Any:
    """Select the largest or the smallest, if no other is near to it."""
    if method == "__call__":
        _apart(*map(np.real, plain))
    elif method == "reduce":
        best = call(*plain, **{**settings, "keepdims": True})
        near = np.abs(np.real(plain[0]) - np.real(best)) <= NEAR * np.abs(np.real(best))
        if near.sum() != np.size(best):
            raise NotAnalytic("a tie")
    else:
        raise NotAnalytic(method)
    return call(*plain, **settings)
