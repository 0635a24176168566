"""The graph of a problem: what depends on what, and the routes along which a change travels.

A derivative is a sum over routes of a product over links. To compare two such sums without a single number of the
problem, every link gets a random value of its own in the field of whole numbers modulo a large prime: if two
expressions are different sums over routes, they are equal there with a probability of less than 1e-15
(Schwartz 1980, Zippel 1979), and equality is exact. A link whose derivative is a plain number keeps it.
"""

import random
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise

from gradcheck.formula.language.tree import Binary, Derivative, Negative, Number, Tree
from gradcheck.formula.posed.landscape import COTANGENT, Landscape
from gradcheck.formula.posed.problem import Problem

PRIME = 2**61 - 1
"""The field: whole numbers modulo this prime."""
Route = tuple[str, ...]
"""The variables that a change passes, from where it begins to where it ends."""
MOST_ROUTES = 500
"""How many routes are followed one by one."""


@dataclass(frozen=True)
class Routes:
    """The routes of one problem."""

    problem: Problem

    @staticmethod
    @lru_cache(maxsize=64)
    def of(problem: Problem) -> "Routes":
        """Return the routes of a problem; the same object each time."""
        return Routes(problem)

    @cached_property
    def behind(self) -> dict[str, frozenset[str]]:
        """For every variable, all that it depends on, itself included."""
        found: dict[str, frozenset[str]] = {}
        for name in self.problem.variables:
            found[name] = frozenset({name}).union(*(found[source] for source in self.problem.sources(name)))
        return found

    def depends(self, of: str, by: str) -> bool:
        """Say whether one variable depends on another."""
        return of in self.behind and by in self.behind[of]

    def between(self, by: str, of: str) -> list[Route]:
        """Return the routes from one variable to another, as many as are followed one by one."""
        if by == of:
            return [(by,)]
        found: list[Route] = []
        for source in self.problem.sources(of):
            if self.depends(source, by):
                found += [(*route, of) for route in self.between(by, source)]
        return found[:MOST_ROUTES]

    def direct(self, by: str, of: str) -> list[Route]:
        """Return the routes that pass nothing a person has named: the partial derivative's, everything else held."""
        inner = set(self.problem.steps)
        return [route for route in self.between(by, of) if set(route[1:-1]) <= inner]

    def meant(self, factor: Derivative, total: bool = False) -> list[Route]:
        """Return the routes that a factor stands for.

        If A mentions B itself, dA/dB is the partial derivative; if not, or if ``total``, it stands for all routes.
        """
        if self.problem.is_input(factor.of) and factor.of != factor.by:
            return []
        direct = [] if total else self.direct(factor.by, factor.of)
        return direct or self.between(factor.by, factor.of)

    @cached_property
    def links(self) -> dict[tuple[str, str], int]:
        """A value in the field for every link (from, to)."""
        draw = random.Random(61)  # noqa: S311 - nothing is kept secret
        links: dict[tuple[str, str], int] = {}
        for name in self.problem.definitions:
            for source in self.problem.sources(name):
                links[source, name] = self.plain(source, name) or draw.randrange(2, PRIME)
        return links

    def plain(self, source: str, name: str) -> int | None:
        """Return the derivative along a link if it is a plain 1 or -1 whatever the numbers; None if it is not."""
        reached = [tree for own, tree in Landscape.of(self.problem, 0).pullbacks[name] if own == source]
        signs = {_sign(tree) for tree in reached}
        return signs.pop() if len(reached) == 1 and signs != {0} else None

    def worth(self, routes: list[Route]) -> int:
        """Return the sum over routes of the product over links, in the field."""
        whole = 0
        for route in routes:
            product = 1
            for link in pairwise(route):
                product = product * self.links[link] % PRIME
            whole += product
        return whole % PRIME

    def total(self, of: str, by: str) -> int:
        """Return dA/dB over all routes, in the field; worked out step by step, so that many routes cost nothing."""
        reached = {by: 1}
        for name in self.problem.definitions:
            if name != by and self.depends(name, by):
                sources = self.problem.sources(name)
                reached[name] = sum(reached.get(source, 0) * self.links[source, name] for source in sources) % PRIME
        return reached.get(of, 0)

    def value(self, tree: Tree, total: bool = False) -> int:
        """Return what an expression of derivatives and numbers is worth in the field."""
        match tree:
            case Number(value=number):
                return number.numerator * pow(number.denominator, -1, PRIME) % PRIME
            case Negative(inner=inner):
                return -self.value(inner, total) % PRIME
            case Derivative():
                if (total or tree.held is False) and not self.problem.is_input(tree.of):
                    return self.total(tree.of, tree.by)
                direct = self.direct(tree.by, tree.of) if self.depends(tree.of, tree.by) else []
                if direct or self.problem.is_input(tree.of):
                    return self.worth(self.meant(tree))
                return self.total(tree.of, tree.by)
            case Binary(operator="^", left=left, right=Number(value=exponent)):
                return pow(self.value(left, total), int(exponent), PRIME)
            case Binary():
                return self._joined(tree.operator, self.value(tree.left, total), self.value(tree.right, total))
        raise ValueError(tree)

    @staticmethod
    def _joined(operator: str, left: int, right: int) -> int:
        match operator:
            case "+":
                return (left + right) % PRIME
            case "-":
                return (left - right) % PRIME
            case "/":
                return left * pow(right, -1, PRIME) % PRIME if right else 0
        return left * right % PRIME


def _sign(tree: Tree) -> int:
    """Return 1 or -1 if a derivative passes a cotangent on just as it is; 0 if it does more."""
    if isinstance(tree, Negative):
        return -_sign(tree.inner)
    return 1 if tree == COTANGENT else 0


@dataclass(frozen=True)
class Term:
    """One product of derivatives, with a number in front."""

    number: Fraction
    factors: tuple[Derivative, ...]


MOST_TERMS = 200
"""How many terms an expression may have when it is multiplied out."""


def multiplied_out(tree: Tree) -> list[Term] | None:
    """Return an expression of derivatives and numbers as a sum of terms; None if it is not of that form."""
    match tree:
        case Number(value=number):
            return [Term(number, ())]
        case Derivative():
            return [Term(Fraction(1), (tree,))]
        case Negative(inner=inner):
            inside = multiplied_out(inner)
            return inside and [Term(-term.number, term.factors) for term in inside]
        case Binary(operator="/", left=left, right=right):
            inside, below = multiplied_out(left), multiplied_out(right)
            number = Fraction(0) if not below else sum((term.number for term in below), Fraction(0))
            if not below or not number or any(term.factors for term in below):
                return None
            return inside and [Term(term.number / number, term.factors) for term in inside]
        case Binary(operator="+" | "-" | "*" | " " | "⊙" | "@", left=left, right=right):
            first, second = multiplied_out(left), multiplied_out(right)
            return _both(tree.operator, first, second) if first is not None and second is not None else None
    return None


def _both(operator: str, first: list[Term], second: list[Term]) -> list[Term] | None:
    if operator == "+":
        return first + second
    if operator == "-":
        return first + [Term(-term.number, term.factors) for term in second]
    if len(first) * len(second) > MOST_TERMS:
        return None
    return [Term(one.number * other.number, one.factors + other.factors) for one in first for other in second]
