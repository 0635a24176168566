"""A constant factor between what somebody says and what is right, and what it means: a sign, a 2, a mean for a sum.

A number that is the same at points whose sizes differ is a number; one that goes with a size is that size.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from gradcheck.formula.claims import CLOSE, alike
from gradcheck.formula.judgement import Slip
from gradcheck.formula.posed.landscape import Landscape
from gradcheck.op import Array


@dataclass(frozen=True)
class Ratio:
    """A constant factor, interpreted."""

    number: Fraction
    """Its number."""
    size: str = ""
    """A size that it is multiplied by."""
    over: str = ""
    """A size that it is divided by."""

    def __str__(self) -> str:
        """The factor as it is written."""
        number = str(self.number) if not self.size or self.number != 1 else ""
        return " * ".join(part for part in (number, self.size) if part) + (f" / {self.over}" if self.over else "")


DIVISORS = 12
"""Numbers that slip into formulas are fractions of whole numbers up to this one."""
COMMON = 27720
"""What all of 1, ..., 12 divide."""


def ratio(values: Iterable[Array], predicted: Iterable[Array], at: Sequence[Landscape]) -> Ratio | None:
    """Return the factor between values and predictions, if it is the same number, or size, at every point.

    Both are asked for point by point, and no further than they can still be multiples of each other. A point at which
    both are nothing, beyond a kink, tells nothing.
    """
    possible: dict[tuple[str, str], Fraction] | None = None
    for said, other, here in zip(values, predicted, at, strict=False):
        if np.shape(said) == np.shape(other) and not (np.any(said) or np.any(other)):
            continue
        number = factor(said, other)
        if not number:
            return None
        found = _interpreted(number, here)
        possible = (
            found if possible is None else {key: found[key] for key in possible if found.get(key) == possible[key]}
        )
        if not possible:
            return None
    return next((Ratio(number, size, over) for (over, size), number in (possible or {}).items()), None)


def factor(said: Array, other: Array) -> float:
    """Return the number by which one array is a multiple of another; 0 if it is none."""
    said, other = np.squeeze(said), np.squeeze(other)
    if said.shape != other.shape:
        return 0.0
    place = np.unravel_index(np.argmax(np.abs(other)), other.shape)
    number = float(said[place] / other[place]) if other[place] else 0.0
    return number if np.isfinite(number) and (not said.ndim or alike(said, number * other, 0.0)) else 0.0


def _interpreted(number: float, at: Landscape) -> dict[tuple[str, str], Fraction]:
    """Return the small numbers that a factor may be, perhaps over a size and times a size, or their roots."""
    letters = at.problem.letters
    sizes = ["", *letters, *(f"sqrt({letter})" for letter in letters)]
    found = {}
    for over in sizes:
        for size in sizes:
            small = _small(number * _length(at, over) / _length(at, size)) if not size or size != over else None
            if small is not None:
                found[over, size] = small
    return found


def _length(at: Landscape, size: str) -> float:
    if not size:
        return 1.0
    length = float(at.numbers[size.removeprefix("sqrt(").removesuffix(")")])
    return length**0.5 if size.startswith("sqrt") else length


def _small(number: float) -> Fraction | None:
    """Return the fraction of small whole numbers that a number is, up to rounding; None if it is none."""
    whole = number * COMMON
    if not 1 <= abs(whole) <= (DIVISORS + 1) * COMMON or abs(whole - round(whole)) > 2 * CLOSE * abs(whole):
        return None
    exact = Fraction(number).limit_denominator(DIVISORS)
    return exact if exact and abs(float(exact) - number) <= CLOSE * abs(number) and abs(exact) <= DIVISORS else None


def constants(found: Ratio) -> tuple[Slip, ...]:
    """Say what a constant factor means: a wrong sign and a wrong size are two things."""
    if found.number < 0 and str(found) != "-1":
        return _constant(Ratio(Fraction(-1))), _constant(replace(found, number=-found.number))
    return (_constant(found),)


def _constant(found: Ratio) -> Slip:
    """Say what a constant factor in front of a right derivative means."""
    if str(found) == "-1":
        says = "Everything is right except the sign."
        says += " (If you meant the update, the way down, it is minus the gradient; say so.)"
        question = "If the prediction is too large, should the loss rise or fall when it grows?"
        return Slip("wrong-sign", None, says, "multiply by -1", "overall-sign", question)
    if "sqrt" in f"{found.size} {found.over}":
        says = f"Everything is right except the factor {found}: look at where the forward pass divides by a root."
        question = "What is the derivative of x/c by x?"
        return Slip("wrong-constant", None, says, f"divide by {found}", "scale-forgotten", question)
    if found.size or found.over:
        says = f"Everything is right except the factor {found}:"
        says += " look at what the loss sums over, and what it averages over."
        question = "Is the loss a sum over the samples, or a mean?"
        return Slip("wrong-constant", None, says, f"divide by {found}", "sum-for-mean", question)
    says = f"Everything is right except a constant: this is {found} times the derivative."
    question = "What becomes of the 2 of the square, and of a 1/2 in the loss?"
    return Slip("wrong-constant", None, says, f"divide by {found}", "loss-factor", question)
