"""A form is what an argument may be: numbers of some kind, with so many axes, each of some length.

Axes are letters, and letters have different lengths, so that shapes which do not belong together do not run.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck.op import Array

SIZES = (
    {"N": 3, "D": 4, "M": 2, "H": 6, "C": 2, "K": 2, "F": 5, "W": 4, "P": 5, "T": 5, "V": 5, "U": 4}
    | {"R": 3, "S": 3, "L": 5, "E": 4},
    {"N": 1, "D": 3, "M": 2, "H": 4, "C": 2, "K": 3, "F": 3, "W": 6, "P": 6, "T": 2, "V": 4, "U": 2}
    | {"R": 3, "S": 3, "L": 5, "E": 3},
    {"N": 3, "D": 3, "M": 3, "H": 4, "C": 3, "K": 3, "F": 3, "W": 4, "P": 4, "T": 3, "V": 3, "U": 3}
    | {"R": 3, "S": 3, "L": 3, "E": 3},
)
"""The lengths of axes at three points: those that belong together different, a batch of one, all alike.

N samples, D features, M outputs or classes, H hidden units; C channels of H by W pixels, F filters of R by S.
"""


GROUPED = (
    {"g": 2, "C": 4, "F": 8, "D": 8, "W": 5},
    {"g": 2, "C": 6, "F": 4, "D": 6},
    {"g": 3, "C": 3, "F": 3, "D": 3},
)
"""The lengths of what may be in groups, where something is: g of them."""
Matcher = Callable[[str, str], re.Match[str] | None]
FEW = 16
"""More numbers have more digits, so that no two of them are the same."""


@dataclass(frozen=True)
class Form:
    """What an argument may be."""

    kind: str
    """Real, positive, unit (in 0..1), symmetric, joint (probabilities of pairs), binary, labels, symbols, one-hot,
    index, mask, number, size, shape, value, choice, book, object, unrolled or near (its value)."""
    axes: tuple[str | int, ...] = ()
    """The lengths of its axes, or letters for them."""
    cost: int = 0
    """How unlikely it is."""
    value: Any = field(default=None, compare=False)
    """What it is, for a value; the number of classes, for labels; what there is, for a choice; the forms in a book;
    for an object, how it is made."""

    def sized(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """Return its shape."""
        return tuple(axis if isinstance(axis, int) else sizes.get(axis, 2) for axis in self.axes)

    def draw(self, sizes: Mapping[str, int], generator: np.random.Generator, scale: float = 1.0, which: int = 0) -> Any:
        """Draw one: short decimals, away from zero; ``which`` says which of several settings."""
        shape = self.sized(sizes)
        drawn: Any
        match self.kind:
            case "value":
                drawn = self.value
            case "choice":
                drawn = self.value[which % len(self.value)]
            case "book":
                inside = self.value.values() if isinstance(self.value, Mapping) else self.value
                held = [own.draw(sizes, generator, scale, which) for own in inside]
                drawn = (
                    dict(zip(self.value, held, strict=True))
                    if isinstance(self.value, Mapping)
                    else type(self.value)(held)
                )
            case "object":
                drawn = self.value.draw(sizes, generator, scale, which)
            case "number":
                drawn = 0.3
            case "sizes":
                drawn = list(shape)
            case "shape":
                drawn = shape
            case "size":
                drawn = shape[0]
            case "labels" | "index":
                drawn = np.asarray(generator.integers(0, self.value or sizes["M"], shape))
                drawn.flat[:1] = (self.value or sizes["M"]) - 1  # whoever counts classes by the largest label finds all
                drawn.flat[1:2] = 0  # and that they are not all alike hides nothing
            case "symbols":
                drawn = np.asarray(generator.integers(1, max(self.value or sizes["M"], 2), shape))
            case "one-hot":
                drawn = _one_hot(shape, self.axes[0] == "M" and len(shape) == 2, generator)
            case _:
                array = self._numbers(shape, generator, scale)
                drawn = array if shape else float(-array if self.kind == "real" and which % 2 else array)
        return drawn

    def _numbers(self, shape: tuple[int, ...], generator: np.random.Generator, scale: float) -> Array:
        if self.kind in ("binary", "mask"):
            drawn = np.asarray(generator.integers(0, 2, shape), dtype=float)
            drawn.flat[:1], drawn.flat[1:2] = 1.0, 0.0  # were all alike, that would hide something
            return drawn
        if self.kind == "unit":
            return np.round(generator.uniform(0.05, 0.95, shape), 2)
        if self.kind == "symmetric":  # and definite
            factor = generator.normal(size=shape)
            return np.round(scale * (factor @ factor.T / shape[0] + 0.5 * np.eye(shape[0])), 4)
        if self.kind == "near":
            far: Array = generator.choice([-1.0, 1.0], shape) * generator.uniform(0.85, 1.15, shape)
            return np.round(float(self.value) * far, 4)
        if self.kind in ("positive", "joint"):
            drawn = np.round(scale * generator.uniform(0.2, 2.0, shape), 2)
            return drawn if self.kind == "positive" else _joint(drawn)
        drawn = generator.normal(size=shape)
        return np.round(scale * (drawn + 0.05 * np.sign(drawn)), 2 if drawn.size <= FEW else 4)


def _one_hot(shape: tuple[int, ...], columns: bool, generator: np.random.Generator) -> Array:
    """Draw one-hot rows, or columns; of a vector the only row."""
    *samples, classes = shape[::-1] if columns else shape
    rows: Array = np.eye(classes)[generator.integers(0, classes, samples)]
    return rows.T if columns else rows


def _joint(numbers: Array) -> Array:
    """Return probabilities of pairs, of none with itself: the same both ways, and 1 together."""
    pairs = (numbers + numbers.T) * (1.0 - np.eye(len(numbers)))
    return np.asarray(pairs / (pairs.sum() or 1.0))


def read(text: str) -> Form:
    """Read a form as the table of conventions has it: ``real:DH+1`` is a matrix and costs 1, ``number`` nothing."""
    kind, _, rest = text.partition(":")
    axes, _, cost = rest.partition("+")
    return Form(kind, tuple(int(axis) if axis.isdigit() else axis for axis in axes), int(cost or 0))


def read_all(texts: str) -> list[Form]:
    """Read several forms."""
    return [read(text) for text in texts.split()]


def first(table: Sequence[tuple[str, str]], name: str, matches: Matcher) -> list[Form]:
    """Return the forms of the first entry of a table that a name matches; nothing if it matches none."""
    return next((read_all(texts) for pattern, texts in table if matches(pattern, name)), [])


def lengths(chosen: Mapping[str, Form], which: int) -> dict[str, int]:
    """Return the lengths of all letters at one of the three points; D is the product if its factors are axes too.

    A sequence of labels is so long that a pair of neighbours has to come twice.
    """
    axes = {axis for form in chosen.values() for axis in form.axes if isinstance(axis, str)}
    letters = {own for axis in axes for own in _LETTER.findall(axis)}
    sizes = SIZES[which] | {"d1": 2, "d2": 4 if which == 0 else 2}
    if "d1" in letters:
        sizes["D"] = sizes["d1"] * sizes["d2"]
    if "g" in letters:
        sizes |= GROUPED[which]
    if any(form.kind == "joint" for form in chosen.values()):
        sizes["N"] += 2  # of one there are no pairs, and of two there is but one
    if which == 0 and any(form.kind in ("labels", "index") and form.axes == ("T",) for form in chosen.values()):
        sizes["T"] = sizes["K"] ** 2 + 2
    elif any(form.axes == ("T",) for form in chosen.values()):
        sizes["T"] = (7, 1, 5)[which]  # what goes back in time takes a few steps to show
    counts = {name: form.value for name, form in chosen.items() if form.kind == "value" and type(form.value) is int}
    sizes |= {name: many for name, many in counts.items() if name in letters and name not in SIZES[0]}
    sizes |= {letter: (5, 2, 3)[which] + place for place, letter in enumerate(sorted(letters - set(sizes)))}
    for place, (whole, parts) in enumerate(sorted(axis.split("/") for axis in axes if "/" in axis)):
        sizes[parts] = GROUPED[which]["g"]
        sizes[whole] = sizes[parts] * (4 + place if which == 0 else 2)
    return sizes | {axis: length(axis, sizes) for axis in axes - letters}


_LETTER = re.compile(r"(?<![\w])\d*([A-Za-z_][\w ]*)")
"""What stands for a length among the sums, products and parts of several that an axis may be."""


def length(axis: str, sizes: Mapping[str, int]) -> int:
    """Return how long an axis is that is made of others: ``D+H``, ``C*H*W``, ``4H``, ``D/G``, ``2T-1``."""
    terms = re.findall(r"([+-]?)([^+-]+)", axis)
    return sum(
        (1 - 2 * (sign == "-")) * math.prod(_factor(own, sizes) for own in term.split("*")) for sign, term in terms
    )


def _factor(text: str, sizes: Mapping[str, int]) -> int:
    whole, _, parts = text.partition("/")
    times = re.fullmatch(r"(\d+)(\D\w*)?", whole)
    number = int(times[1]) * sizes.get(times[2], 2 if times[2] else 1) if times else sizes.get(whole, 2)
    return number // sizes.get(parts, 1)
