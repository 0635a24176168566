"""Relations between wrong numbers and right ones, for code of which nothing else is known.

Where the formula is not known, less can be claimed: that every entry is minus what it should be, or as many times too
large as some axis is long, or stands at the transposed place. Each relation says which numbers it would expect.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np

from gradcheck.op import Array
from gradcheck.records import Diagnosis


@dataclass(frozen=True)
class Known:
    """What is known about one argument of unknown code: arrays without leading draws."""

    role: str
    """The argument."""
    arrays: Mapping[str, Array]
    """Every argument that is an array, and the value under the name ``the value``."""
    numbers: Mapping[str, float]
    """Every argument that is a single number."""
    right: Mapping[str, Array]
    """The right gradient of every argument that is judged."""
    cotangent: Array
    """What arrives from above."""
    claim: Array
    """The gradient that is claimed."""

    @property
    def own(self) -> Array:
        """The right gradient of the argument."""
        return self.right[self.role]


@dataclass(frozen=True, kw_only=True)
class Relation:
    """One relation that a wrong gradient may have to the right one."""

    id: str
    cause: str
    says: str
    question: str
    wrong: str
    right: str
    expects: Callable[[Known], Iterator[tuple[str, Array]]]
    """The gradients that it would expect, each with what is particular about it."""

    def diagnosis(self, particular: str = "") -> Diagnosis:
        """Return what to tell, with what is particular here."""
        return Diagnosis(
            self.id,
            self.cause,
            f"{self.says}{particular and f' Here: {particular}.'}",
            self.question,
            self.wrong,
            self.right,
        )


def _times(known: Known, factors: Mapping[str, float]) -> Iterator[tuple[str, Array]]:
    """Yield the right gradient times each of several factors, but for those that say nothing."""
    for name, factor in factors.items():
        if np.isfinite(factor) and abs(factor) not in (0.0, 1.0):
            yield name, known.own * factor


def sizes(known: Known) -> dict[str, float]:
    """Return every length of an axis above 1, products of two of them, and numbers of entries, in words."""
    said: dict[str, float] = {}
    for name, array in known.arrays.items():
        said |= {f"n is the length of axis {axis} of {name}": length for axis, length in enumerate(array.shape)}
        if array.ndim > 1:
            said[f"n is the number of entries of {name}"] = array.size
        if array.ndim > 2:
            said |= {
                f"n is the product of axes {one} and {other} of {name}": array.shape[one] * array.shape[other]
                for one, other in combinations(range(array.ndim), 2)
            }
    return {words: float(number) for words, number in said.items() if number > 1}


def _over(numbers: Mapping[str, float]) -> dict[str, float]:
    return {name: 1.0 / number for name, number in numbers.items() if number}


def _roots(known: Known) -> dict[str, float]:
    roots = {name: sqrt(size) for name, size in sizes(known).items()}
    return roots | {f"one over it, where {name}": 1.0 / root for name, root in roots.items()}


def _arguments(known: Known) -> dict[str, float]:
    named = {f"the factor is the argument {name}": number for name, number in known.numbers.items()}
    return named | {
        f"the factor is one over the argument {name}": 1.0 / own for name, own in known.numbers.items() if own
    }


def _added(known: Known) -> Iterator[tuple[str, Array]]:
    """What is too much, or too little, is a multiple of the argument itself: a penalty."""
    W = known.arrays.get(known.role)
    if W is not None and W.size > 2 and known.claim.shape == W.shape and np.any(W):
        share, whole = (float((own * W).sum() / (W * W).sum()) for own in (known.claim - known.own, known.own))
        if np.allclose(known.own, whole * W):  # then a factor says it better
            return
        yield f"{share:+.6g} times the argument is too much", known.own + share * W


def _of_another(known: Known) -> Iterator[tuple[str, Array]]:
    for name, gradient in known.right.items():
        if name != known.role and gradient.shape == known.own.shape:
            yield f"it is the gradient of {name}", gradient


def _turned(known: Known) -> Iterator[tuple[str, Array]]:
    if known.own.ndim >= 2:
        yield "", np.swapaxes(known.own, -1, -2)


def _passed_on(known: Known) -> Iterator[tuple[str, Array]]:
    if known.cotangent.ndim:
        yield "", known.cotangent


def _summed_away(known: Known) -> Iterator[tuple[str, Array]]:
    for axis in range(known.own.ndim):
        yield f"axis {axis} is summed away", known.own.sum(axis=axis)
        yield f"the mean is taken over axis {axis}", known.own.mean(axis=axis)


def _reversed_along(known: Known) -> Iterator[tuple[str, Array]]:
    for axis in range(known.own.ndim):
        if known.own.shape[axis] > 1:
            yield f"axis {axis} runs backwards", np.flip(known.own, axis)


RELATIONS: tuple[Relation, ...] = (
    Relation(
        id="gradient-negated",
        cause="wrong-sign",
        wrong="return -gradient",
        right="return gradient",
        says="Every entry is minus what it should be. If you meant the direction of the update, say so.",
        question="If this argument grows a little, does the value rise or fall?",
        expects=lambda known: iter([("", -known.own)]),
    ),
    Relation(
        id="gradient-doubled",
        cause="wrong-constant",
        wrong="return 2 * gradient",
        right="return gradient",
        says="Every entry is twice what it should be: the 2 of a square, or one contribution counted twice.",
        question="Is there a 1/2 in the forward pass that takes the 2 away?",
        expects=lambda known: iter([("", 2.0 * known.own)]),
    ),
    Relation(
        id="gradient-halved",
        cause="wrong-constant",
        wrong="return gradient / 2",
        right="return gradient",
        says="Every entry is half of what it should be: the 2 of a square is missing, or one of two contributions.",
        question="What is the derivative of u^2?",
        expects=lambda known: iter([("", 0.5 * known.own)]),
    ),
    Relation(
        id="multiplied-by-a-size",
        cause="wrong-reduction",
        wrong="return gradient * n",
        right="return gradient",
        says="Every entry is too large by a factor that is a size: a sum for a mean, or a 1/n that is missing.",
        question="Over how many numbers does the forward pass take the mean?",
        expects=lambda known: _times(known, sizes(known)),
    ),
    Relation(
        id="divided-by-a-size",
        cause="wrong-reduction",
        wrong="return gradient / n",
        right="return gradient",
        says="Every entry is too small by a factor that is a size: a mean for a sum, or a 1/n that came in twice.",
        question="Where does a 1/n enter, and how often should it be there?",
        expects=lambda known: _times(known, _over(sizes(known))),
    ),
    Relation(
        id="off-by-root-of-a-size",
        cause="wrong-constant",
        wrong="return gradient * sqrt(d)",
        right="return gradient",
        says="Every entry is off by the root of a size, as scores in attention are divided by: it comes back once.",
        question="What was divided by a root on the way forward?",
        expects=lambda known: _times(known, _roots(known)),
    ),
    Relation(
        id="off-by-an-argument",
        cause="missing-factor",
        wrong="return gradient / c",
        right="return gradient",
        says="Every entry is off by a factor that is one of the arguments: it is missing, or there twice.",
        question="Where does this number stand in the forward pass, and where in the backward pass?",
        expects=lambda known: _times(known, _arguments(known)),
    ),
    Relation(
        id="transposed",
        cause="missing-transpose",
        wrong="return gradient.T",
        right="return gradient",
        says="These are the right numbers, at the transposed places.",
        question="Which index of the gradient belongs to the first axis of the argument?",
        expects=_turned,
    ),
    Relation(
        id="turned-round",
        cause="wrong-variable",
        wrong="return gradient[::-1]",
        right="return gradient",
        says="These are the right numbers, in the reverse order.",
        question="Which end of the gradient belongs to the first entry of the argument?",
        expects=_reversed_along,
    ),
    Relation(
        id="gradient-is-zero",
        cause="missing-path",
        wrong="return 0",
        right="return gradient",
        says="Nothing comes back for this argument, though the value depends on it.",
        question="If this argument changed, would the value notice?",
        expects=lambda known: iter([("", 0.0 * known.own)]),
    ),
    Relation(
        id="gradient-of-another-argument",
        cause="wrong-variable",
        wrong="return grad_b, grad_a",
        right="return grad_a, grad_b",
        says="These are the right numbers of another argument.",
        question="In which order do the arguments stand, and in which order the gradients?",
        expects=_of_another,
    ),
    Relation(
        id="penalty-wrong",
        cause="missing-path",
        wrong="return gradient_of_data",
        right="return gradient_of_data + strength * W",
        says="The gradient is off by a multiple of the argument itself: a penalty's derivative is missing or doubled.",
        question="Through which terms of the loss does this argument act?",
        expects=_added,
    ),
    Relation(
        id="passed-on-unchanged",
        cause="missing-factor",
        wrong="return cotangent",
        right="return cotangent * derivative",
        says="The cotangent is handed on as it arrived: the function's own derivative is missing.",
        question="If this argument moves by a little, how far does the value move?",
        expects=_passed_on,
    ),
    Relation(
        id="summed-too-far",
        cause="wrong-reduction",
        wrong="return gradient.sum(axis)",
        right="return gradient",
        says="An axis is summed away that the argument has.",
        question="What shape has the argument?",
        expects=_summed_away,
    ),
)
"""The relations, the plainest first."""


def sum_forgotten(particular: str) -> Diagnosis:
    """Return what to tell where an axis is left over that should have been summed."""
    return Diagnosis(
        "sum-forgotten",
        "wrong-reduction",
        f"An axis is left over: what this argument contributes along it adds up. Here: {particular}.",
        "What shape has the argument, and what shape has its gradient?",
        "return gradient_of_each",
        "return gradient_of_each.sum(axis)",
    )
