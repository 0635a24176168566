"""A point in the landscape of a problem: numbers for every letter, and the slope of anything by anything.

Points are drawn so that mistakes cannot hide: sizes are different primes, numbers are neither equal nor special, a
batch has more than one sample, and an index picks some row twice. The slopes come from the formulas of ``calculus``,
put together by the chain rule: back from a variable, through every step, adding up where routes meet.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from gradcheck.formula.language.calculus import Rules
from gradcheck.formula.language.point import Point
from gradcheck.formula.language.simplify import simplified
from gradcheck.formula.language.tree import (
    IDENTITY,
    Binary,
    Call,
    Derivative,
    Name,
    Number,
    Tree,
    parts,
    rewrite,
    walk,
)
from gradcheck.formula.language.valueless import Valueless
from gradcheck.formula.language.values import value
from gradcheck.formula.posed.inputs import drawn, gate, kinked, single_masks
from gradcheck.formula.posed.problem import Problem
from gradcheck.op import Array

PRIMES = ((5, 3, 7, 11, 13, 17, 19, 23), (3, 7, 5, 13, 11, 19, 17, 29), (7, 5, 3, 17, 13, 11, 23, 19))
"""The lengths of axes, in the order of their letters; a factor that is a size changes from one point to the next."""
BEYOND = (3, 4, 5)
"""The seeds of points that lie elsewhere than those before them, as far as something switches."""
ATTEMPTS = 64
"""How often a point is drawn anew."""
COTANGENT = Name("dy")
"""What stands for the derivative by the value of a step."""
Step = list[tuple[str, Tree]]
"""For every mention of a variable in a step, the derivative that reaches it there."""


@dataclass(frozen=True, eq=False)
class Landscape:
    """One point of a problem, with everything that can be known there."""

    problem: Problem
    point: Point
    """The values of all variables and sizes."""

    @staticmethod
    def draw(problem: Problem, seed: int) -> "Landscape":
        """Draw a point. Raises Valueless, naming the definition, if the forward pass has no value."""
        sizes = dict(zip(problem.sizes, PRIMES[seed % len(PRIMES)], strict=False))
        finite: list[Landscape] = []
        seen = {Landscape.of(problem, before).pattern for before in range(seed)} if seed in BEYOND else set()
        for attempt in range(ATTEMPTS):
            generator = np.random.default_rng([seed, attempt])
            letters = {letter: np.asarray(float(sizes[letter])) for letter in problem.letters}
            numbers: dict[str, Array] = drawn(problem, sizes, generator, seed) | letters
            compute(problem, numbers, seed)
            if all(np.isfinite(array).all() for array in numbers.values()):
                finite.append(Landscape(problem, Point({**numbers, IDENTITY.name: np.ones(())}, seed=seed, numpy=True)))
                if seed > max(BEYOND) or (all(finite[-1].met) and finite[-1].pattern not in seen):
                    return finite[-1]
        if finite:
            return max(finite, key=lambda at: (at.pattern not in seen, sum(at.met)))
        wrong = next(name for name in problem.definitions if not np.isfinite(numbers[name]).all())
        says = f"{wrong}: it is not finite at random points; if a variable has to be positive, say so in [kinds]"
        raise Valueless(says, problem.definitions[wrong])

    @staticmethod
    @lru_cache(maxsize=256)
    def of(problem: Problem, seed: int) -> "Landscape":
        """Return the point that a seed draws; the same one each time."""
        return Landscape.draw(problem, seed)

    @property
    def numbers(self) -> Mapping[str, Array]:
        """The value of every variable."""
        return self.point.numbers

    @cached_property
    def rules(self) -> Rules:
        """The rules of calculus, with the shapes of this point."""
        letters = {int(self.numbers[letter]): Name(letter) for letter in self.problem.letters}
        named: dict[Tree, Tree] = {tree: Name(name) for name, tree in self.problem.definitions.items()}
        return Rules(
            shape=lambda part: np.shape(value(part, self.point)),
            size=lambda length: letters.get(length) or Number.of(length),
            named=named,
        )

    @cached_property
    def rows(self) -> bool:
        """Whether the forward pass takes vectors for rows: one, or many, stand before a matrix, as in y = x W."""
        return any(
            isinstance(part, Binary)
            and part.operator == "@"
            and (value(part.left, self.point).ndim == 1 or self._weighs(part))
            and value(part.right, self.point).ndim == 2
            for tree in self.problem.definitions.values()
            for part in walk(tree)
        )

    def _weighs(self, product: Binary) -> bool:
        """Say whether samples stand before a matrix of parameters, one in each row."""
        names = [part.name if isinstance(part, Name) else "" for part in parts(product)]
        return names[1] in self.problem.parameters and names[0] not in ("", *self.problem.parameters)

    @property
    def sides(self) -> list[bool]:
        """On which side of its kink every function of single numbers is: True where max(0, x), |x| rise with x."""
        return [bool(rising) for rising in self.rising if not np.ndim(rising)]

    @property
    def pattern(self) -> tuple[bool | float, ...]:
        """What is on and off here: the masks that are one number, and the sides of kinks of single numbers."""
        return (*map(float, single_masks(self.problem, self.point.seed).values()), *self.sides)

    @cached_property
    def rising(self) -> list[Array]:
        """For every function with a kink, where its entries are on the side that rises."""
        parted = (part for tree in self.problem.definitions.values() for part in walk(tree))
        pairs = [(*parts(part), Number.of(0))[:2] for part in dict.fromkeys(filter(kinked, parted))]
        turned = [(right, left) if isinstance(left, Number) else (left, right) for left, right in pairs]
        return [np.asarray(value(left, self.point) > value(right, self.point)) for left, right in turned]

    @cached_property
    def met(self) -> list[bool]:
        """Whether every kink is met as it should be here: on the side that is its turn, or on both by an array."""
        masks = len(single_masks(self.problem, self.point.seed))
        single = [side == gate(kink, self.point.seed) for kink, side in enumerate(self.sides, start=masks)]
        return single + [0 < rising.mean() < 1 for rising in self.rising if np.size(rising) > 1]

    @cached_property
    def pullbacks(self) -> dict[str, Step]:
        """For every definition, what reaches each mention of a variable in it."""
        first = Landscape.of(self.problem, 0)
        if first is not self and self.point.seed:
            return first.pullbacks
        return {name: self.pullback(name, self.rules) for name in self.problem.definitions}

    def pullback(self, name: str, rules: Rules) -> Step:
        """Return what reaches each mention of a variable in one definition, under the given rules."""
        found = rules.pullback(self.problem.definitions[name], COTANGENT)
        at = replace(self.point, numbers={**self.numbers, COTANGENT.name: np.sin(self.numbers[name])})
        return [(source, simplified(unspread(tree, at))) for source, tree in found]

    def gradients(
        self,
        of: str,
        cotangent: Array | float = 1.0,
        changed: Mapping[str, Step] | None = None,
        given: Mapping[str, Array] | None = None,
    ) -> dict[str, Array]:
        """Return d<cotangent, of>/d(name) for every variable that it depends on.

        ``changed`` puts other steps in the place of the right ones; what is ``given`` is taken as it is.
        """
        steps = {**self.pullbacks, **(changed or {})}
        totals: dict[str, Array] = {of: np.asarray(cotangent, dtype=np.float64)}
        for name in reversed(self.problem.definitions):
            if given and name in given:
                totals[name] = given[name]
            if name not in totals:
                continue
            at = Point({**self.numbers, COTANGENT.name: totals[name]}, seed=self.point.seed, numpy=True)
            for source, tree in steps[name]:
                reached = value(tree, at)
                totals[source] = totals[source] + reached if source in totals else reached
        return totals

    def along(self, walk: Sequence[tuple[str, str]]) -> Array | None:
        """Return the product of derivatives dA/dB along a walk (A, B), (B, C), ..., as the chain rule multiplies them.

        None if the walk does not begin at a number, or its links do not follow each other. A link whose slope is 1, as
        that of Y = X + F by F, may be left out.
        """
        reached: Array = np.ones(())
        for place, (of, by) in enumerate(walk):
            if (place == 0 and np.ndim(self.numbers[of])) or (place and not self._meets(walk[place - 1][1], of)):
                return None
            reached = self.gradients(of, reached).get(by, np.zeros_like(self.numbers[by]))
        return reached

    def _meets(self, above: str, of: str) -> bool:
        """Say whether a link of a walk begins where the one before it ends, or at what that is 1 to 1."""
        slopes = np.ones(()) if of == above else self.direct(above, of) if of in self.problem.sources(above) else None
        return slopes is not None and bool(np.all(slopes == 1.0))

    @cached_property
    def scale(self) -> float:
        """The size of the derivatives of the loss here, against which a derivative that is zero is measured."""
        found = self.gradients(self.problem.loss).values()
        return max((float(np.abs(own).max(initial=0.0)) for own in found), default=1.0)

    @cached_property
    def _tables(self) -> dict[Derivative, Array]:
        return {}

    def _held(self, derivative: Derivative) -> dict[str, Step]:
        """Return steps by which nothing goes back through what a derivative holds fixed."""
        return {name: [] for own in derivative.still for name in (own, f"net_{own}")}

    @cached_property
    def _known(self) -> dict[str, dict[str, Array]]:
        return {}

    def towards(self, of: str) -> dict[str, Array]:
        """Return the derivative of the sum of a variable's entries by every variable that it depends on."""
        if of not in self._known:
            self._known[of] = self.gradients(of, np.ones_like(self.numbers[of]))
        return self._known[of]

    def derivative(self, of: str, by: str) -> Array | None:
        """Return the total derivative of one variable by another; None if it has the axes of both.

        Where both have axes but work entry by entry, it is the slope of each entry.
        """
        if of == by:
            return np.ones_like(self.numbers[of])
        found = self.towards(of).get(by, np.zeros_like(self.numbers[by]))
        if not np.ndim(self.numbers[of]):
            return found
        return found if np.shape(found) == np.shape(self.numbers[of]) and self._apart(of, by, found) else None

    def slope(self, derivative: Derivative) -> Array | None:
        """Return a derivative: over all routes, unless all else is held fixed."""
        if derivative.still:
            return self.gradients(derivative.of, 1.0, self._held(derivative)).get(derivative.by)
        meant = self.direct if derivative.held else self.derivative
        return meant(derivative.of, derivative.by)

    def table(self, derivative: Derivative) -> Array:
        """Return the derivative of one array by another, with the axes of both: (*shape of A, *shape of B)."""
        of, by = derivative.of, derivative.by
        array, over = self.numbers[of], self.numbers[by]
        if (known := self._tables.get(derivative)) is not None:
            return known
        units = [own.reshape(array.shape) for own in np.eye(array.size)]
        rows = [self.gradients(of, own, self._held(derivative)).get(by, np.zeros_like(over)) for own in units]
        self._tables[derivative] = np.reshape(rows, (*array.shape, *np.shape(over)))
        return self._tables[derivative]

    def _apart(self, of: str, by: str, slopes: Array) -> bool:
        """Say whether each entry of one array depends on the same entry of the other alone."""
        cotangent = np.random.default_rng(0).normal(size=np.shape(slopes))
        found = self.gradients(of, cotangent).get(by, np.zeros_like(slopes))
        return bool(np.allclose(found, cotangent * slopes, rtol=1e-9))

    def direct(self, of: str, by: str) -> Array | None:
        """Return the derivative of one variable by another that it mentions itself, everything else held fixed."""
        if of == by or np.ndim(self.numbers[of]):
            return self.derivative(of, by)
        return self.gradients(of, 1.0, self._silent(of)).get(by, np.zeros_like(self.numbers[by]))

    def _silent(self, of: str) -> dict[str, Step]:
        """Return steps by which nothing goes back through any definition but one."""
        own = {of, f"net_{of}"} & set(self.problem.definitions)
        return {name: [] for name in self.problem.definitions if name not in own}


def unspread(tree: Tree, at: Point) -> Tree:
    """Leave out every spreading of a number over an array that happens by itself when the two are joined."""
    if not any(_spreads(part) for part in walk(tree)):
        return tree
    with np.errstate(all="ignore"), suppress(Valueless, ValueError):
        whole = np.asarray(value(tree, at))
        for part in [own for own in walk(tree) if _spreads(own)]:
            shorter = _without(tree, part)
            with suppress(Valueless, ValueError):
                found = np.asarray(value(shorter, at))
                if found.shape == whole.shape and np.allclose(found, whole, rtol=1e-12, equal_nan=True):
                    return unspread(shorter, at)
    return tree


def _without(tree: Tree, spreading: Tree) -> Tree:
    """Return a formula with what is spread in the place of one spreading of it."""
    return rewrite(tree, lambda part: parts(part)[0] if part is spreading else None)


def _spreads(part: Tree) -> bool:
    return isinstance(part, Call) and part.function == "spread"


def compute(problem: Problem, numbers: dict[str, Array], seed: int) -> None:
    """Run the forward pass. Raises Valueless, beginning with the definition's name."""
    for name, tree in problem.definitions.items():
        try:
            with np.errstate(all="ignore"):
                numbers[name] = np.asarray(value(tree, Point(numbers, seed=seed, numpy=True)))
        except Valueless as error:
            raise Valueless(f"{name}: {error.says}", error.tree) from error
