"""Functions that NumPy lacks: the error function, the normal distribution, Gamma, its logarithm's slopes, Bessel's.

All work on arrays, entry by entry, to about twelve digits where formulas are drawn: neither near poles nor far out.
"""

import math

import numpy as np

from gradcheck.op import Array

SHIFTED, LOWEST = 20.0, -100.0
"""From where on the expansions for large arguments are exact to all digits; below what there are no values."""
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
"""The numbers B_2, B_4, ... of these expansions."""
ANGLES = (np.arange(64) + 0.5) * (np.pi / 64)
"""Where the integrals of Bessel's functions are sampled: of a periodic function, this is exact to all digits."""

_erf = np.vectorize(math.erf, otypes=[np.float64])
_lgamma = np.vectorize(math.lgamma, otypes=[np.float64])


def erf(x: Array) -> Array:
    """Return the error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return np.asarray(_erf(x)) if np.size(x) else np.asarray(x, dtype=np.float64)


def normal_density(x: Array) -> Array:
    """Return exp(-x^2/2)/sqrt(2 pi)."""
    return np.asarray(np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi))


def normal_share(x: Array) -> Array:
    """Return how much of a normal distribution lies below x."""
    return np.asarray((1 + erf(x / math.sqrt(2))) / 2)


def log_gamma(x: Array) -> Array:
    """Return log|Gamma(x)|; infinite where Gamma has a pole."""
    pole = (np.asarray(x) <= 0) & (np.asarray(x) == np.floor(x))
    return np.where(pole, np.inf, _lgamma(np.where(pole, 1.0, x)))


def gamma(x: Array) -> Array:
    """Return Gamma(x), which is negative between every other pair of its poles."""
    sign = np.where((np.asarray(x) < 0) & (np.floor(x) % 2 == 1), -1.0, 1.0)
    return np.asarray(sign * np.exp(log_gamma(x)))


def polygamma(order: int, x: Array) -> Array:
    """Return the slope of log Gamma, differentiated ``order`` more times.

    f(x) = f(x + 1) - (-1)^order order! / x^(order + 1) leads to where the expansion for large arguments holds.
    """
    x = np.where(np.asarray(x) < LOWEST, np.nan, x).astype(np.float64)
    sign, whole = (-1.0) ** (order + 1), np.zeros_like(x)
    while np.any(near := x < SHIFTED):
        with np.errstate(divide="ignore"):
            whole = whole + np.where(near, sign * math.factorial(order) / x ** (order + 1), 0.0)
        x = np.where(near, x + 1, x)
    leading = np.log(x) if order == 0 else sign * math.factorial(order - 1) / x**order
    half = sign * math.factorial(order) / (2 * x ** (order + 1))
    for place, number in enumerate(BERNOULLI, start=1):
        factorials = math.factorial(2 * place + order - 1) / math.factorial(2 * place)
        leading = leading + sign * number * factorials / x ** (2 * place + order)
    return np.asarray(whole + leading + half)


def bessel(order: int, x: Array) -> Array:
    """Return Bessel's function of the first kind: the mean of cos(order t - x sin t) over half a turn."""
    turned = np.asarray(x, dtype=np.float64)[..., None]
    return np.asarray(np.cos(order * ANGLES - turned * np.sin(ANGLES)).mean(axis=-1))
