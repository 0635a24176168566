"""What a problem has to offer to somebody who forgot something: every variable, every slope, every size."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gradcheck.formula.claims import alike, worth_at
from gradcheck.formula.language.calculus import slope_formula
from gradcheck.formula.language.functions import ALONG_AXES, ALONG_ROWS
from gradcheck.formula.language.point import Point
from gradcheck.formula.language.tree import ONE, PLACES, Call, Name, Tree, walk
from gradcheck.formula.language.valueless import Valueless
from gradcheck.formula.language.values import value
from gradcheck.formula.posed.landscape import Landscape
from gradcheck.formula.posed.problem import Problem


@dataclass(frozen=True, eq=False)
class Pool:
    """What may have been forgotten: every variable, every slope, every size."""

    at: Landscape
    point: Point
    """The first point, as the person sees it, with every letter at the first place."""
    slopes: tuple[tuple[str, Tree], ...]
    """The slope at every function of the forward pass, with the variable at which it is taken."""
    letters: tuple[str, ...] = ()
    """The letters that run through a person's text."""

    @staticmethod
    def of(at: Landscape, point: Point, *trees: Tree) -> "Pool":
        """Collect what a problem has to offer at a point, with the letters of formulas."""
        slopes = []
        for name, tree in at.problem.definitions.items():
            if isinstance(tree, Call) and tree.function not in (*ALONG_AXES, *ALONG_ROWS):
                slopes.append((name, slope_formula(tree.function, tree.arguments[0], Name(name))))
        letters = (letter for tree in trees for part in walk(tree) for letter in getattr(part, "letters", ()))
        every = tuple(dict.fromkeys(letters))
        first = dict.fromkeys((letter for letter in every if letter not in PLACES), 0)
        return Pool(at, replace(point, running={**first, **point.running}), tuple(slopes), every)

    @property
    def problem(self) -> Problem:
        """The problem."""
        return self.at.problem

    def shape(self, tree: Tree) -> tuple[int, ...] | None:
        """Return the shape of a part at the first point; None if it has no value."""
        try:
            with np.errstate(all="ignore"):
                return np.shape(value(tree, self.point))
        except (Valueless, ValueError, IndexError):
            return None

    def same(self, one: Tree, other: Tree) -> bool:
        """Say whether two parts have the same value."""
        try:
            return alike(worth_at(one, ONE, self.point), worth_at(other, ONE, self.point), 0.0)
        except (Valueless, ValueError, IndexError):
            return False

    def variables_with(self, axes: int) -> Iterator[Name]:
        """Yield the variables that have as many axes."""
        return (Name(name) for name in self.problem.variables if np.ndim(self.at.numbers[name]) == axes)

    def variables(self, shape: tuple[int, ...]) -> Iterator[Name]:
        """Yield the variables of a shape."""
        for name in self.problem.variables:
            if np.shape(self.at.numbers[name]) == shape:
                yield Name(name)
