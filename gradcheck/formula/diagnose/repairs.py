"""The smallest change to a person's own text that makes it right.

If one change gives the right value at every point, it is the repair, and the place where it happens is the place of the
mistake. Every changed text gets its value at the first point once, whatever it is then compared with: the derivative,
a multiple of it, the derivative without one of its routes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice

import numpy as np

from gradcheck.formula.claims import NOTHING, Claim, remembering, view, worth_at
from gradcheck.formula.diagnose.edit import Edit
from gradcheck.formula.diagnose.edits import edited
from gradcheck.formula.diagnose.everywhere import everywhere
from gradcheck.formula.diagnose.further import further_changes, lowered
from gradcheck.formula.diagnose.pool import Pool
from gradcheck.formula.diagnose.ratios import constants, ratio
from gradcheck.formula.diagnose.suspects import without_a_route
from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.point import Point
from gradcheck.formula.language.simplify import simplified
from gradcheck.formula.language.tree import ZERO, Binary, Derivative, Name, Tree, walk
from gradcheck.formula.language.valueless import Valueless
from gradcheck.formula.language.writing import numpy, plain, unicode
from gradcheck.op import Array

MOST_WORK = 60_000
"""How many changes are tried, times the parts of the text in which they are made."""


@dataclass(frozen=True)
class Variant:
    """A person's text with one change in it."""

    tree: Tree
    edit: Edit
    first: Array
    """Its value at the first point."""


@dataclass(frozen=True, eq=False)
class Repairs:
    """The changes to one claim that may make it right."""

    claim: Claim
    left: Tree
    """What the formula is about, as the person wrote it."""
    further: bool = False
    """Whether it is the less likely changes that are tried."""

    def exact(self) -> Iterator[Slip]:
        """Yield what to say about the changes that make the claim right."""
        return self.towards(self.claim.truths)

    def towards(self, truths: tuple[Array, ...]) -> Iterator[Slip]:
        """Yield what to say about the changes that give the claim these values."""
        return (self.slip(variant.edit) for variant in self.reaching(truths))

    def reaching(self, truths: tuple[Array, ...]) -> Iterator[Variant]:
        """Yield the changed texts that have these values."""
        for variant in self.variants():
            agreed = (self.claim.close(own, truths[place], place) for place, own in enumerate(self.values(variant)))
            if all(agreed):
                yield variant

    def up_to_a_constant(self) -> Iterator[tuple[Slip, ...]]:
        """Yield the changes that make the claim a multiple of what is right, and say what the factor is."""
        for variant in self.variants():
            found = ratio(self.values(variant), self.claim.truths, self.claim.at)
            if found:
                yield (self.slip(variant.edit), *constants(found))

    def after_a_route(self) -> Iterator[tuple[Slip, ...]]:
        """Yield a route that was forgotten, with the change that makes the rest right.

        What would only have to be left out is no second mistake: it is what stands in the place of the route. Nor is
        what makes a part of the text vanish, as y - y does.
        """
        for slip, truths in without_a_route(self.claim):
            for variant in self.reaching(truths):
                left_out = variant.edit.cause == "extra-factor" or variant.edit.new == ZERO
                if not left_out and not any(map(_vanishes, walk(variant.tree))):
                    yield slip, self.slip(variant.edit)

    def variants(self) -> Iterator[Variant]:
        """Yield every changed text that has a value; what was found out once is remembered."""
        yield from self.seen
        for variant in self.rest:
            self.seen.append(variant)
            yield variant

    @cached_property
    def seen(self) -> list[Variant]:
        """The changed texts that somebody has asked for."""
        return []

    @cached_property
    def rest(self) -> Iterator[Variant]:
        """The changed texts that nobody has asked for yet."""
        tree = self.claim.tree
        pool = Pool.of(self.claim.at[0], self.points[0], tree, self.left)
        likely = chain(edited(tree, pool), everywhere(tree, pool))
        less_likely = chain(edited(tree, pool, lowered), edited(tree, pool, further_changes))
        changes = less_likely if self.further else likely
        for tree, edit in islice(changes, MOST_WORK // sum(1 for _ in walk(self.claim.tree))):
            first = None if self.asked(edit.new) else self.value(tree, 0)
            if first is not None:
                yield Variant(tree, edit, first)

    def values(self, variant: Variant) -> Iterator[Array]:
        """Yield the values of a changed text, point by point, up to the first where it has none."""
        yield variant.first
        for place in range(1, len(self.claim.at)):
            found = self.value(variant.tree, place)
            yield NOTHING if found is None else found

    def value(self, tree: Tree, place: int) -> Array | None:
        """Return the value of a changed text at one of the points; None if it has none."""
        try:
            return worth_at(tree, self.left, self.points[place])
        except (Valueless, ValueError, IndexError):
            return None

    @cached_property
    def points(self) -> list[Point]:
        """The points of the claim, with the values of the parts of its text."""
        return [remembering(self.claim.tree, self.left, view(at, self.claim.numpy)) for at in self.claim.at]

    def asked(self, tree: Tree) -> bool:
        """Say whether a formula holds the derivative that is asked for, which explains nothing."""
        target = self.claim.target
        parts = (part for part in walk(tree) if isinstance(part, Derivative))
        return any((part.of, part.by) == (target.of, target.by) for part in parts)

    def matrices(self, tree: Tree) -> bool:
        """Say whether a formula mentions a matrix, whose products NumPy's signs would spell otherwise than paper's."""
        numbers = self.claim.at[0].numbers
        return any(isinstance(part, Name) and np.ndim(numbers.get(part.name, 0)) > 1 for part in walk(tree))

    def slip(self, edit: Edit) -> Slip:
        """Say what was wrong, if a change is the repair."""
        write = numpy if self.claim.numpy else unicode if self.matrices(edit.old) or self.matrices(edit.new) else plain
        old, new = write(edit.old), write(simplified(edit.instead or edit.new))
        repair = f"leave {old} out" if edit.omits else f"{old}  ->  {new}" if old != new else ""
        return Slip(edit.cause, edit.old.span, edit.says.format(old=old, new=new), repair, edit.mistake)


def _vanishes(tree: Tree) -> bool:
    """Say whether a formula is the difference between a part and itself."""
    return isinstance(tree, Binary) and tree.operator == "-" and tree.left == tree.right
