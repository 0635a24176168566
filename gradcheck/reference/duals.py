"""Dual numbers a + b e, with e^2 = 0: to differentiate a program, run it on them.

A function of a dual number is f(a + b e) = f(a) + f'(a) b e: beside the value stands its derivative along b. Arrays of
them go through the NumPy code of the reference as it is, for NumPy asks its arguments how to compute, and here stands
what they answer: the rules of calculus, exact, with no step to choose. A forward pass run on them is forward mode; a
pullback run on them gives second derivatives.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.lib.stride_tricks import sliding_window_view

from gradcheck.errors import GradcheckError
from gradcheck.op import Array
from gradcheck.reference.activations import ERF


class NoRule(GradcheckError):
    """A function of NumPy that dual numbers have no rule for."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Dual numbers have no rule for {what}. Add one to reference/duals.py, or write it otherwise.")


class Dual(NDArrayOperatorsMixin):
    """An array of dual numbers: the values, and beside each its derivative along one direction."""

    def __init__(self, value: Any, tangent: Any) -> None:
        if isinstance(value, Dual) or isinstance(tangent, Dual):
            raise NoRule("dual numbers of dual numbers, which a third derivative would take")
        self.value, self.tangent = np.broadcast_arrays(value, tangent)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *arguments: Any, **options: Any) -> Any:
        """Apply an elementwise function, or a matrix product."""
        options.pop("out", None)  # x += y binds x anew
        values = [value_of(argument) for argument in arguments]
        if ufunc in _FLAT and method == "__call__":
            return ufunc(*values, **options)
        if (ufunc not in _SLOPES and ufunc is not np.matmul) or method != "__call__" or options:
            raise NoRule(f"numpy.{ufunc.__name__}" + (f".{method}" if method != "__call__" else ""))
        if ufunc is np.matmul:
            return _each_by_itself(ufunc, *arguments)
        value = ufunc(*values)
        parts = [
            slope(value, *values) * argument.tangent
            for slope, argument in zip(_SLOPES[ufunc], arguments, strict=True)
            if isinstance(argument, Dual)
        ]
        return Dual(value, sum(parts))

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, options: Any) -> Any:
        """Apply one of NumPy's other functions."""
        if function in _LINEAR:
            return _linear(function, *arguments, **options)
        if function in _FLAT:
            return function(*(value_of(argument) for argument in arguments), **options)
        if function not in _RULES:
            raise NoRule(f"numpy.{function.__name__}")
        return _RULES[function](*arguments, **options)

    def __array__(self, *_: Any, **__: Any) -> Array:
        """Refuse to be turned into plain numbers: the derivative would be lost without a word."""
        raise NoRule("a conversion to a plain array")

    def __getitem__(self, place: Any) -> "Dual":
        return Dual(self.value[place], self.tangent[place])

    def __setitem__(self, place: Any, there: Any) -> None:
        self.value, self.tangent = np.array(self.value), np.array(self.tangent)
        self.value[place], self.tangent[place] = value_of(there), tangent_of(there)

    def __len__(self) -> int:
        return len(self.value)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """How many axes the array has."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return self.value.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values."""
        return self.value.dtype

    def sum(self, **options: Any) -> Any:
        """Return the sum over some axes."""
        return np.sum(self, **options)

    def mean(self, **options: Any) -> Any:
        """Return the mean over some axes."""
        return np.mean(self, **options)

    def max(self, **options: Any) -> Any:
        """Return the largest over some axes."""
        return np.max(self, **options)

    def argmax(self, **options: Any) -> Any:
        """Return where the largest is along an axis."""
        return np.argmax(self.value, **options)

    def transpose(self, *axes: int) -> Any:
        """Return the same numbers with the axes in another order."""
        return np.transpose(self, axes)

    def copy(self) -> Any:
        """Return the same numbers in memory of their own."""
        return Dual(self.value.copy(), self.tangent.copy())

    def reshape(self, *shape: Any) -> Any:
        """Return the same numbers in another shape."""
        return np.reshape(self, shape[0] if isinstance(shape[0], tuple) else shape)

    def astype(self, dtype: Any) -> "Dual":
        """Return the same numbers in another type."""
        return Dual(self.value.astype(dtype), self.tangent.astype(dtype))


def value_of(number: Any) -> Any:
    """Return the value of a dual number; of any other the number itself."""
    return number.value if isinstance(number, Dual) else number


def tangent_of(number: Any) -> Any:
    """Return the derivative beside a dual number; of any other, which is a constant, zeros."""
    return number.tangent if isinstance(number, Dual) else np.zeros(np.shape(number))


def _each_by_itself(product: Callable[..., Any], *factors: Any, **options: Any) -> Dual:
    """Apply a product of any kind: its derivative is a sum in which each factor is moved while the others stand."""
    values = [value_of(factor) for factor in factors]
    moved = [
        product(*values[:place], factor.tangent, *values[place + 1 :], **options)
        for place, factor in enumerate(factors)
        if isinstance(factor, Dual)
    ]
    return Dual(product(*values, **options), sum(moved))


def _linear(function: Callable[..., Any], first: Any, *others: Any, **options: Any) -> Any:
    """Apply a function that is linear in its first argument, an array or a list of arrays, to both parts alike."""
    many = isinstance(first, list | tuple)
    values = [value_of(one) for one in first] if many else value_of(first)
    tangents = [tangent_of(one) for one in first] if many else tangent_of(first)
    value, tangent = function(values, *others, **options), function(tangents, *others, **options)
    return (
        [Dual(*pair) for pair in zip(value, tangent, strict=True)] if isinstance(value, list) else Dual(value, tangent)
    )


def _where(condition: Any, chosen: Any, other: Any) -> Dual:
    """Choose value and derivative together."""
    value = np.where(value_of(condition), value_of(chosen), value_of(other))
    return Dual(value, np.where(value_of(condition), tangent_of(chosen), tangent_of(other)))


def _clip(x: Any, low: Any, high: Any) -> Dual:
    """Cut off at both ends, where nothing moves any more."""
    return Dual(np.clip(x.value, low, high), np.where((x.value > low) & (x.value < high), x.tangent, 0.0))


def _largest(x: Dual, axis: Any = None, keepdims: bool = False, initial: Any = -np.inf) -> Dual:
    """Follow the largest along some axes; where several are, the mean of their derivatives."""
    largest = np.max(x.value, axis=axis, keepdims=True)
    share = (x.value == largest) / (x.value == largest).sum(axis=axis, keepdims=True)
    value = np.max(x.value, axis=axis, keepdims=keepdims, initial=initial)
    return Dual(value, (share * x.tangent).sum(axis=axis, keepdims=keepdims))


def _pad(x: Dual, width: Any, **options: Any) -> Dual:
    """Put constants around the array, which do not move."""
    return Dual(np.pad(x.value, width, **options), np.pad(x.tangent, width))


def _einsum(subscripts: str, *factors: Any, **options: Any) -> Dual:
    """Sum products over axes, by the product rule."""
    return _each_by_itself(lambda *arrays: np.einsum(subscripts, *arrays, **options), *factors)


def _share(part: Array, y: Array) -> Array:
    """Return exp(part - y), what one of the two contributes to y = log(exp(a) + exp(b)); 0 where neither does."""
    share: Array = np.exp(part - np.where(np.isneginf(y), 0.0, y))
    return share


_SLOPES: dict[np.ufunc, tuple[Callable[..., Any], ...]] = {
    np.negative: (lambda y, a: -1.0,),
    np.add: (lambda y, a, b: 1.0, lambda y, a, b: 1.0),
    np.subtract: (lambda y, a, b: 1.0, lambda y, a, b: -1.0),
    np.multiply: (lambda y, a, b: b, lambda y, a, b: a),
    np.divide: (lambda y, a, b: 1.0 / b, lambda y, a, b: -y / b),
    np.power: (lambda y, a, n: n * a ** (n - 1), lambda y, a, n: y * np.log(a)),
    np.square: (lambda y, a: 2.0 * a,),
    np.sqrt: (lambda y, a: 0.5 / y,),
    np.abs: (lambda y, a: np.sign(a),),
    np.exp: (lambda y, a: y,),
    np.expm1: (lambda y, a: y + 1.0,),
    np.log: (lambda y, a: 1.0 / a,),
    np.log1p: (lambda y, a: 1.0 / (1.0 + a),),
    np.logaddexp: (lambda y, a, b: _share(a, y), lambda y, a, b: _share(b, y)),
    np.sin: (lambda y, a: np.cos(a),),
    np.cos: (lambda y, a: -np.sin(a),),
    np.tanh: (lambda y, a: 1.0 - y**2,),
    np.maximum: (lambda y, a, b: a > b, lambda y, a, b: b >= a),
    np.minimum: (lambda y, a, b: a < b, lambda y, a, b: b <= a),
    ERF: (lambda y, a: 2.0 / math.sqrt(math.pi) * np.exp(-(a**2)),),
}
"""For each elementwise function y of a, b: its derivative with respect to each, by y, a and b."""

_FLAT = {
    *(np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal, np.isfinite, np.isnan),
    *(
        np.sign,
        np.floor,
        np.argmax,
        np.argmin,
        np.argsort,
        np.shape,
        np.ndim,
        np.size,
        np.isneginf,
        np.all,
        np.any,
        np.ones_like,
    ),
}
"""What does not move with its argument: comparisons, signs, places, shapes."""

_LINEAR = {
    *(np.sum, np.mean, np.cumsum, np.reshape, np.swapaxes, np.transpose, np.moveaxis, np.expand_dims, np.squeeze),
    *(np.ravel, np.broadcast_to, np.concatenate, np.stack, np.split, np.repeat, np.flip, np.roll, np.take),
    *(np.take_along_axis, np.tril, np.triu, sliding_window_view),
}
"""What treats value and derivative alike."""

_RULES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.where: _where,
    np.clip: _clip,
    np.max: _largest,
    np.pad: _pad,
    np.zeros: lambda shape, **_: Dual(np.zeros(shape), np.zeros(shape)),
    np.zeros_like: lambda x: Dual(np.zeros(x.shape), np.zeros(x.shape)),
    np.einsum: _einsum,
}
"""The rest, each with a rule of its own."""
