"""One equality of a derivation: a member of a chain, and the derivative that it is claimed to be.

Expressions of derivatives alone are judged by their routes, everything else by its value. Nobody is told that they are
wrong before the derivative they are held against has been confirmed by finite differences.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from gradcheck.errors import GradcheckError
from gradcheck.formula import claims
from gradcheck.formula.chains import leibniz
from gradcheck.formula.confirm import confirmed
from gradcheck.formula.diagnose.pool import Pool
from gradcheck.formula.diagnose.repairs import Repairs
from gradcheck.formula.explained import explained
from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.products import repeated
from gradcheck.formula.language.tree import (
    Binary,
    Call,
    Derivative,
    Number,
    Transpose,
    Tree,
    derivatives,
    parts,
    regrouped,
    walk,
    with_parts,
)
from gradcheck.formula.language.valueless import Valueless
from gradcheck.formula.otherwise import Meaning, following, meanings, twofold
from gradcheck.formula.posed.drawing import Link
from gradcheck.formula.posed.problem import Problem
from gradcheck.formula.posed.routes import Routes, multiplied_out
from gradcheck.formula.reading import names_of
from gradcheck.formula.remarks import harmless, unsimplified
from gradcheck.formula.repeated import summed
from gradcheck.formula.text.unreadable import Unreadable
from gradcheck.records import Verdict

IF_TOTAL = ("If every factor is meant as a total derivative, over all routes, the formula is right; say so.",)
"""What to ask about a formula that is right then."""
SUMMED = "No sum is written; each letter that stands twice in a product is summed over."
"""What to say of a formula that is right then."""
POWERS = (Number.of(2), Number.of(3), Number.of(4))
"""Powers that may be those of a matrix."""
FITTING = ("missing-transpose", "wrong-reduction")
"""What is told before shapes that do not fit, if it makes them fit."""
MOST_REPAIRS = 4
"""How many ways to make shapes fit are looked at for one that has a name."""


@dataclass(frozen=True)
class Equality:
    """Two neighbours in a chain, and whether they are equal."""

    right: bool
    slips: tuple[Slip, ...] = ()
    repaired: bool = False
    """Whether taking illegal cancellations out makes it right."""
    praise: tuple[str, ...] = ()
    graph: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standard:
    """What the members of a chain are held against."""

    problem: Problem
    target: Derivative
    """The derivative."""
    left: Tree
    """What of it the chain is about: all of it, or entries."""
    numpy: bool
    """Whether * is NumPy's."""
    dots: bool = False
    """Whether products are written with a dot, which between two vectors may be the inner product."""
    told: tuple[tuple[Tree, ...], ...] = ()
    """All that the text claims to be equal."""

    def equality(self, member: Tree) -> Equality:
        """Judge one member; as it may be meant otherwise, if it is not right as it is usually meant."""
        found = self._routes(member) if self._structural(member) else self._value(member)
        by_value = self._of_the_loss(member) or self._of_own(member)
        if not found.right and self._structural(member) and by_value and self._claim(member).right:
            return Equality(True)
        if not found.right and (meaning := self._otherwise(member)):
            return Equality(True, praise=(f"It is right if {meaning.says}",))
        if not found.right and (meaning := next(self._as_told(member), None)):
            return replace(self, told=()).equality(meaning.member)
        table = isinstance(self.left, Derivative) and self.left.table
        unknown = not found.right and found.slips and found.slips[0].mistake == "unknown"
        return replace(self, left=Transpose(self.left)).equality(member) if table and unknown else found

    def _has_value(self, member: Tree) -> bool:
        try:
            for at in claims.points(self.problem):
                claims.worth(member, self.left, at, self.numpy)
        except Valueless:
            return False
        return True

    def _otherwise(self, member: Tree) -> Meaning | None:
        """Return a meaning by which a member is right; None if there is none."""
        for meaning in (*meanings(self.left, member, self.problem), *self._as_told(member)):
            target = next(iter(derivatives(meaning.left)), self.target) if meaning.left != self.left else self.target
            if replace(self, target=target, left=meaning.left).holds(meaning.member):
                return meaning
        return None

    def _as_told(self, member: Tree) -> Iterator[Meaning]:
        """Yield the meaning by which derivatives are taken over all routes where another line says so."""
        follow = [own for own in derivatives(member) if twofold(own, self.problem) and self._is_told(own)]
        if follow:
            names = " and ".join(dict.fromkeys(f"d{own.of}/d{own.by}" for own in follow))
            yield Meaning(self.left, following(member, follow), f"{names} is meant over all routes, as you say of it.")

    def _is_told(self, own: Derivative) -> bool:
        """Say whether a line of the text tells what a derivative is over all routes."""
        about = [(first, rest[-1]) for first, *rest in self.told if isinstance(first, Derivative) and rest]
        same = [(first, last) for first, last in about if (first.of, first.by) == (own.of, own.by)]
        whole = ((first, own) for first, last in same for own in (last, following(last, derivatives(last))))
        return any(Standard(self.problem, first, first, self.numpy).holds(own) for first, own in whole)

    def holds(self, member: Tree) -> bool:
        """Say whether a member is equal to the derivative, and nothing more."""
        if self._structural(member):
            return self._same_routes(member)
        try:
            return self._claim(member).right
        except Valueless:
            return False

    def _claim(self, member: Tree) -> claims.Claim:
        """Return a member with what it is worth. Raises Valueless if its parts do not fit together."""
        return claims.claim(member, self.target, self.left, self.problem, self.numpy)

    def _structural(self, member: Tree) -> bool:
        """Say whether a formula consists of derivatives and numbers alone, and so is read by its routes."""
        terms = multiplied_out(member) if derivatives(member) and self.left == self.target else None
        if terms is None:
            return False
        factors = derivatives(member)
        if any(self._aside(part.of) for part in factors):
            return False
        alone = self._of_the_loss(member)
        arrays = names_of(self.problem).arrays
        several = any(len(term.factors) > 1 for term in terms) or any(part.by in arrays for part in factors)
        return not (alone and several)

    def _of_the_loss(self, member: Tree) -> bool:
        """Say whether all derivatives of a formula are of the loss: dL/da = -dL/db is right if its value is."""
        return all(part.of == self.problem.loss for part in derivatives(member))

    def _of_own(self, member: Tree) -> bool:
        """Say whether all derivatives of a formula are by the target's variable, of what the person has put in."""
        found = derivatives(member)
        own = {*self.problem.own, self.problem.loss}
        return all(part.of in own and part.by == self.target.by for part in found)

    def _aside(self, name: str) -> bool:
        """Say whether a variable is a person's own, by way of which the loss is not computed."""
        loss = self.problem.loss
        reaches = name == loss or Routes.of(self.problem).depends(loss, name)
        return not self.problem.is_input(name) and not reaches

    def _same_routes(self, member: Tree, total: bool = False) -> bool:
        """Say whether an expression of derivatives is the target, whatever the links are worth."""
        routes = Routes.of(self.problem)
        meant = [routes.total(self.target.of, self.target.by)]
        if self.target.of != self.problem.loss:
            meant.append(routes.worth(routes.meant(self.target)))
        return routes.value(member, total) in meant

    def _routes(self, member: Tree) -> Equality:
        """Judge an expression of derivatives."""
        routes = Routes.of(self.problem)
        if self._same_routes(member):
            return Equality(True, (*harmless(member, routes), *unsimplified(member)))
        told = leibniz.tell(member, self.target, routes)
        cancelled = bool(told.slips) and all(slip.mistake == "illegal-cancellation" for slip in told.slips)
        questions = IF_TOTAL if self._same_routes(member, total=True) else ()
        return Equality(False, told.slips, cancelled and told.repaired, told.right, told.graph, told.links, questions)

    def _value(self, member: Tree) -> Equality:
        """Judge a formula by its value."""
        try:
            claim = self._claim(member)
        except Valueless as error:  # a ⊙ B c is (a ⊙ B) c, or a ⊙ (B c) if that has no value
            if (summed_up := summed(member, frozenset(claims.free_letters(self.left)))) != member:
                found = self.equality(summed_up)
                return replace(found, praise=(SUMMED, *found.praise)) if found.right else found
            grouped = next((other for other in regrouped(member) if self._has_value(other)), None)
            return self.equality(grouped) if grouped else self._valueless(member, error)
        other = self._multiplied_otherwise(member)
        if claim.right or self._as_table(claim) or self._of_each(claim) or (other and self.holds(other)):
            return Equality(True, unsimplified(member))
        sure = confirmed(self.problem)
        if sure.verdict is not Verdict.AGREES:
            raise GradcheckError(
                f"The derivatives of this problem could not be confirmed; nobody is judged by them.\n{sure}"
            )
        if other and not _shaped(claim) and self._has_value(other) and _shaped(self._claim(other)):
            claim = self._claim(other)
        follows = derivatives(member) and self.holds(following(member, derivatives(member)))
        slips = explained(claim, self.left)
        if slips[0].mistake == "unknown" and other and self._has_value(other):
            slips = explained(self._claim(other), self.left)
        return Equality(False, slips, questions=IF_TOTAL if follows else ())

    def _as_table(self, claim: claims.Claim) -> bool:
        """Say whether a formula is the whole Jacobian of what works entry by entry, whose slopes were expected."""
        if claim.values[0].ndim == 1 or claim.truths[0].ndim != 1 or self.left != self.target:
            return False
        whole = replace(self.target, table=True)
        return claims.claim(claim.tree, whole, whole, self.problem, self.numpy).right

    def _of_each(self, claim: claims.Claim) -> bool:
        """Say whether a formula is one number, as in dz/db = 1, and that is the derivative of each entry.

        For the loss, whose derivative has a shape that counts, that is not enough.
        """
        if self.target.of == self.problem.loss or self.left != self.target:
            return False
        pairs = zip(claim.values, claim.truths, strict=True)
        spread = [(np.broadcast_to(own, truth.shape), truth) for own, truth in pairs if not own.ndim and truth.ndim]
        return len(spread) == len(claim.at) and all(
            claim.close(own, truth, place) for place, (own, truth) in enumerate(spread)
        )

    def _multiplied_otherwise(self, member: Tree) -> Tree | None:
        """Return a formula in which products between arrays of one shape are taken otherwise; None if it has none.

        A dot between two vectors may be their inner product, two square matrices side by side may be multiplied entry
        by entry, and the power of one may be one of matrices.
        """
        letters = {letter: 0 for part in walk(member) for letter in getattr(part, "letters", ())}
        point = claims.view(claims.points(self.problem)[0], self.numpy)
        pool = Pool.of(claims.points(self.problem)[0], replace(point, running={**letters, **point.running}))

        def otherwise(tree: Tree) -> Tree:
            part = with_parts(tree, tuple(otherwise(inner) for inner in parts(tree)))
            if isinstance(part, Binary) and part.right in POWERS and not self.numpy:
                shape = pool.shape(part.left) or ()
                square = part.operator == "^" and len(shape) == 2 and shape[0] == shape[1]
                return repeated(part.left, POWERS.index(part.right) + 2) if square else part
            if not isinstance(part, Binary) or part.operator not in " *⊗":
                return part
            left, right = (pool.shape(side) for side in parts(part))
            if left is None or left != right:
                return part
            if len(left) == 1 and self.dots and part.operator == "*" and not self.numpy:
                return Call("sum", (part,))
            entrywise = part.operator == "⊗" or (len(left) == 2 and part.operator == " ")
            return replace(part, operator="⊙") if entrywise else part

        other = otherwise(member)
        return other if other != member else None

    def _valueless(self, member: Tree, error: Valueless) -> Equality:
        """Explain a formula whose parts do not fit together."""
        slip = Slip("shape-error", error.tree.span, f"{error.says}.".capitalize())
        truths = claims.truths(self.target, self.left, self.problem, self.numpy)
        if truths is None:
            raise Unreadable(error.says, error.tree.span or member.span or (0, 1), "the derivative of the loss")
        claim = claims.Claim(member, self.target, (), truths, claims.points(self.problem), self.numpy)
        found = list(islice(Repairs(claim, self.left).exact(), MOST_REPAIRS))
        found = found or list(islice(Repairs(claim, self.left, further=True).exact(), 1))
        fitting = [own for own in found if own.cause in FITTING or own.mistake == "wrong-letter"]
        named = min(fitting, key=lambda own: (own.mistake != "letters-exchanged", _length(own)), default=None)
        return Equality(False, (named, slip) if named else (slip, *found[:1]))


def _shaped(claim: claims.Claim) -> bool:
    """Say whether a value has the shape of the derivative."""
    return np.shape(claim.values[0]) == np.shape(claim.truths[0])


def _length(slip: Slip) -> int:
    """Return how much of the text a slip is about."""
    begin, end = slip.span or (0, 0)
    return end - begin
