"""The smallest change to a person's own text that makes it right.

If one change gives the right value at every point, it is the repair, and the place where it happens is the place of the
mistake. Every changed text gets its value at the first point once, whatever it is then compared with: the derivative,
a multiple of it, the derivative without one of its routes.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice

import numpy as np

from gradcheck.formula.claims import NOTHING, Claim, free_letters, remembering, set_as, view, worth_at
from gradcheck.formula.diagnose.edit import Edit
from gradcheck.formula.diagnose.edits import edited
from gradcheck.formula.diagnose.everywhere import everywhere
from gradcheck.formula.diagnose.further import further_changes, left_out, lowered
from gradcheck.formula.diagnose.pool import Pool
from gradcheck.formula.diagnose.ratios import constants, factor, ratio
from gradcheck.formula.diagnose.suspects import without_a_route
from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.point import Point
from gradcheck.formula.language.simplify import simplified
from gradcheck.formula.language.tree import ZERO, Binary, Derivative, Name, Tree, walk
from gradcheck.formula.language.valueless import Valueless
from gradcheck.formula.language.values import value
from gradcheck.formula.language.writing import numpy, plain, unicode
from gradcheck.op import Array

MOST_WORK, OF_ENTRIES = 60_000, 3
"""How many changes are tried, times the parts of the text in which they are made, and how many times as many where one
entry tells."""


@dataclass(frozen=True)
class Variant:
    """A person's text with one change in it."""

    tree: Tree
    edit: Edit
    first: Array
    """Its value at the first point; the first entry of it, if it is about entries by letters."""


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
            if not self.claim.close(variant.first, self.first_of(truths[0]), 0):
                continue
            agreed = (self.claim.close(own, truths[place], place) for place, own in enumerate(self.values(variant)))
            if all(agreed):
                yield variant

    def up_to_a_constant(self) -> Iterator[tuple[Slip, ...]]:
        """Yield the changes that make the claim a multiple of what is right, and say what the factor is."""
        for variant in self.variants():
            if not factor(variant.first, self.first_of(self.claim.truths[0])):
                continue
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
        rarer = (lowered, further_changes, left_out)
        less_likely = chain.from_iterable(edited(tree, pool, changes) for changes in rarer)
        tried = less_likely if self.further else likely
        most = MOST_WORK * OF_ENTRIES if self.letters else MOST_WORK
        for changed, edit in islice(tried, most // sum(1 for _ in walk(tree))):
            first = None if self.asked(edit.new) else self.first(changed)
            if first is not None:
                yield Variant(changed, edit, first)

    def values(self, variant: Variant) -> Iterator[Array]:
        """Yield the values of a changed text, point by point, up to the first where it has none."""
        if not self.letters:
            yield variant.first
        for place in range(0 if self.letters else 1, len(self.claim.at)):
            found = self.value(variant.tree, place)
            yield NOTHING if found is None else found

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """The letters by which the left side names entries."""
        return free_letters(self.left)

    def first(self, tree: Tree) -> Array | None:
        """Return the first entry that a changed text is about, at the first point: most are wrong there already."""
        if not self.letters:
            return self.value(tree, 0)
        point = self.points[0]
        running = {**point.running, **dict.fromkeys(self.letters, 0)}
        with np.errstate(all="ignore"), suppress(Valueless, ValueError, IndexError):
            found = set_as(value(tree, replace(point, running=running)), self.claim.numpy)
            return found.reshape(()) if found.size == 1 else found
        return None

    def first_of(self, truth: Array) -> Array:
        """Return the first entry of the derivative, if the left side names entries by letters; else all of it."""
        place = (0,) * len(self.letters)
        return np.asarray(truth[place]) if np.ndim(truth) >= len(place) else truth

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
