"""A constant factor between what somebody says and what is right, and what it means: a sign, a 2, a mean for a sum.

A number that is the same at points whose sizes differ is a number; one that goes with a size is that size.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from gradcheck.formula.claims import CLOSE, Claim, alike
from gradcheck.formula.judgement import Slip
from gradcheck.formula.landscape import Landscape
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


SMALL = tuple(Fraction(a, b) for a in (1, 2, 3, 4) for b in (1, 2, 3, 4))
"""The numbers that slip into formulas."""


def ratio(own: Claim, predicted: tuple[Array, ...]) -> "Ratio | None":
    """Return the number by which a claim is a multiple of a prediction, if it is the same, or a size, at all points."""
    numbers = []
    for said, other in zip(own.values, predicted, strict=True):
        if np.squeeze(said).shape != np.squeeze(other).shape or not np.any(other):
            return None
        said, other = np.squeeze(said), np.squeeze(other)
        place = np.unravel_index(np.argmax(np.abs(other)), other.shape)
        number = float(said[place] / other[place])
        if not number or not np.isfinite(number) or not alike(said, number * other, 0.0):
            return None
        numbers.append(number)
    return _interpreted(numbers, own)


def proportional(one: Array, other: Array) -> bool:
    """Say whether one array is a multiple of the other."""
    if one.shape != other.shape or not np.any(other):
        return False
    place = np.unravel_index(np.argmax(np.abs(other)), other.shape)
    number = one[place] / other[place]
    return bool(number) and alike(one, number * other, 0.0)


def _interpreted(numbers: list[float], own: Claim) -> Ratio | None:
    """Find a small number, perhaps times or over a size or its root, that the ratio is at every point."""
    letters = own.at[0].problem.letters
    sizes = ["", *letters, *(f"sqrt({letter})" for letter in letters)]
    for over in sizes:
        for size in sizes:
            lengths = [_length(at, over) / _length(at, size) for at in own.at]
            found = {_small(number * length) for number, length in zip(numbers, lengths, strict=True)}
            if len(found) == 1 and (number := found.pop()) is not None and (not size or size != over):
                return Ratio(number, size, over)
    return None


def _length(at: Landscape, size: str) -> float:
    if not size:
        return 1.0
    length = float(at.numbers[size.removeprefix("sqrt(").removesuffix(")")])
    return length**0.5 if size.startswith("sqrt") else length


def _small(number: float) -> Fraction | None:
    exact = Fraction(number).limit_denominator(12)
    return exact if exact and abs(float(exact) - number) <= CLOSE * abs(number) and abs(exact) <= 12 else None


def constants(found: Ratio) -> tuple[Slip, ...]:
    """Say what a constant factor means: a wrong sign and a wrong size are two things."""
    if found.number < 0 and str(found) != "-1":
        return _constant(Ratio(Fraction(-1))), _constant(replace(found, number=-found.number))
    return (_constant(found),)


def _constant(found: Ratio) -> Slip:
    """Say what a constant factor in front of a right derivative means."""
    if str(found) == "-1":
        says = "Everything is right except the sign. (If you meant the update, the way down, it is minus the gradient; say so.)"
        return Slip(
            "wrong-sign",
            None,
            says,
            "multiply by -1",
            "overall-sign",
            "If the prediction is too large, should the loss rise or fall when it grows?",
        )
    if found.size or found.over:
        says = f"Everything is right except the factor {found}: look at what the loss sums over, and what it averages over."
        return Slip(
            "wrong-constant",
            None,
            says,
            f"divide by {found}",
            "sum-for-mean",
            "Is the loss a sum over the samples, or a mean?",
        )
    says = f"Everything is right except a constant: this is {found} times the derivative."
    return Slip(
        "wrong-constant",
        None,
        says,
        f"divide by {found}",
        "loss-factor",
        "What becomes of the 2 of the square, and of a 1/2 in the loss?",
    )
