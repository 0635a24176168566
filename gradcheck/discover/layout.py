"""A layout is a choice of forms, one for every argument of a subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.discover.forms import Form, lengths


@dataclass(frozen=True)
class Layout:
    """A choice of forms."""

    chosen: Mapping[str, Form]
    """The form of every argument."""
    plain: bool = False
    """Whether all arguments are taken for matrices alike, which is a guess that counts only where it fits."""

    @property
    def arrays(self) -> list[Form]:
        """Return the forms that have axes."""
        return [form for form in self.chosen.values() if form.axes]

    @property
    def square(self) -> bool:
        """Say whether an array has an axis twice, so that a transpose would fit as well."""
        return any(len(set(form.axes)) < len(form.axes) for form in self.arrays if form.kind != "book")

    def richer(self, other: "Layout", square: bool = False) -> bool:
        """Say whether it has samples, or axes, that another has not; no square, unless that is allowed."""
        return (square or not self.square) and self._riches() > other._riches()

    def above(self, other: "Layout") -> bool:
        """Say whether it is richer than another, in arrays of no more axes than that has."""
        deepest = max((len(form.axes) for form in other.arrays), default=0)
        return self.richer(other) and all(len(form.axes) <= deepest for form in self.arrays)

    def _riches(self) -> tuple[int, int]:
        return sum("N" in form.axes for form in self.arrays), sum(len(form.axes) for form in self.arrays)

    def draw(self, which: int, seed: int, scale: float = 1.0) -> dict[str, Any]:
        """Draw inputs with the lengths of one of the points."""
        sizes, generator = lengths(self.chosen, which), np.random.default_rng([which, seed])
        forms = {name: form.value[which] if form.kind == "unrolled" else form for name, form in self.chosen.items()}
        return {name: form.draw(sizes, generator, scale, 2 * which + seed) for name, form in forms.items()}
