"""From a text to a judgement: read it, find what every line claims, judge each equality, explain the first that breaks.

Expressions of derivatives alone are judged by their routes, everything else by its value. Nobody is told that they are
wrong before the derivative they are held against has been confirmed by finite differences.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gradcheck.errors import GradcheckError, UnknownName
from gradcheck.formula import claims, leibniz
from gradcheck.formula.confirm import confirmed
from gradcheck.formula.drawing import Link
from gradcheck.formula.explaining import explain
from gradcheck.formula.judgement import Judgement, Slip
from gradcheck.formula.problem import Problem
from gradcheck.formula.reading import Reading, Statement, names_of, read
from gradcheck.formula.remarks import harmless, unsimplified
from gradcheck.formula.repairs import Repairs
from gradcheck.formula.routes import Routes, multiplied_out
from gradcheck.formula.sides import turned, whole
from gradcheck.formula.suspects import Explanation, explain_two
from gradcheck.formula.tree import Derivative, Entry, Index, Name, Tree, derivatives
from gradcheck.formula.unreadable import Unreadable
from gradcheck.formula.values import Valueless
from gradcheck.formula.writing import latex, plain
from gradcheck.records import Verdict


def check_formula(problem: Problem | str | Path, formula: str, target: str | None = None) -> Judgement:
    """Judge a formula that somebody derived by hand.

    ``problem`` is the forward pass: a Problem, the name of a built-in one, a TOML file, or its text. ``formula`` is one
    equation or several, in LaTeX, Unicode, plain text or NumPy. ``target`` names what the derivative of the loss is
    by, for a formula that has no left side. Raises UnknownName or IllPosed for a problem or target that does not exist;
    a formula that cannot be read is no error, but the verdict ``unreadable``.
    """
    posed = Problem.of(problem)
    return _Judge(posed, formula, _target(posed, target)).judgement()


def _target(problem: Problem, target: str | None) -> Derivative | None:
    """Return the derivative that is asked for. Raises UnknownName if its variable does not exist."""
    if target is None:
        return None
    found = names_of(problem).find(target)
    if isinstance(found, Derivative):
        return found
    if not isinstance(found, Name) or found.name not in problem.variables:
        raise UnknownName("variable", target, problem.variables)
    return Derivative(problem.loss, found.name)


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


@dataclass
class _Judge:
    """Judges one text."""

    problem: Problem
    text: str
    asked: Derivative | None

    def judgement(self) -> Judgement:
        """Read the text and judge all that it says."""
        try:
            reading = read(self.text, self.problem)
            with np.errstate(all="ignore"):
                return self.judged(reading)
        except Unreadable as error:
            return self.unreadable(error)
        except RecursionError:
            return self.unreadable(Unreadable("this is nested too deep", (0, 1)))

    def unreadable(self, error: Unreadable) -> Judgement:
        """Say what cannot be read."""
        slip = Slip("unreadable", error.span, f"{error.says}.", error.instead)
        return Judgement("unreadable", self.name, self.text, "", diagnoses=(slip,))

    @property
    def name(self) -> str:
        """What the problem is called."""
        return self.problem.name or self.problem.title

    def judged(self, reading: Reading) -> Judgement:
        """Judge every statement; the first that is not right decides."""
        judged = [self.statement(statement, reading) for statement in reading.statements]
        wrong = next((one for one in judged if not one[1].right), None)
        target, equality = wrong or judged[-1]
        slips = equality.slips if wrong else tuple(slip for _, one in judged for slip in one.slips)
        return Judgement(
            self.verdict(equality),
            self.name,
            self.text,
            r" \\ ".join(" = ".join(latex(member) for member in line.chain) for line in reading.statements),
            plain(target),
            equality.praise,
            slips,
            tuple(f"{word} read as {meaning}" for word, meaning in reading.taken.items()),
            equality.questions,
            equality.graph,
            equality.links,
        )

    @staticmethod
    def verdict(equality: Equality) -> str:
        """Return the verdict on an equality."""
        if equality.right:
            return "correct"
        return "correct-by-cancellation" if equality.repaired else "wrong"

    def statement(self, statement: Statement, reading: Reading) -> tuple[Derivative, Equality]:
        """Judge one statement, from left to right."""
        left, members = self.sides(statement, reading)
        if isinstance(left, Derivative) and (slip := turned(self.problem, left, members)):
            return left, Equality(False, (slip,))
        if isinstance(left, Name):
            return Derivative(left.name, left.name), self.definition(left, members, reading)
        target = left if isinstance(left, Derivative) else self.differentiated(left)
        last = Equality(True)
        for place, member in enumerate(members):
            last = self.member(member, target, left, reading)
            if not last.right:
                return target, _broken_at(last, place, members)
        return target, last

    def differentiated(self, left: Tree) -> Derivative:
        """Return the derivative of which a left side picks entries."""
        if isinstance(left, Entry | Index) and isinstance(left.array, Derivative):
            return left.array
        raise Unreadable("this is no derivative", left.span or (0, len(self.text)))

    def sides(self, statement: Statement, reading: Reading) -> tuple[Tree, tuple[Tree, ...]]:
        """Return what a statement is about, and what it claims that to be. Raises Unreadable if it does not say."""
        first, *rest = statement.chain
        if rest and isinstance(first, Derivative | Name):
            return whole(self.problem, first), tuple(rest)
        if rest and isinstance(first, Entry | Index) and isinstance(first.array, Derivative):
            return first, tuple(rest)
        if self.asked:
            return self.asked, statement.chain
        return self.guessed(statement, reading), statement.chain

    def guessed(self, statement: Statement, reading: Reading) -> Tree:
        """Return the one derivative that a formula without a left side is right for. Raises Unreadable if none is."""
        for by in (*self.problem.parameters, *reversed(self.problem.definitions)):
            target = Derivative(self.problem.loss, by)
            if all(self.equal(member, target, target, reading) for member in statement.chain):
                return target
        span = statement.chain[0].span or (0, len(self.text))
        instead = f"d{self.problem.loss}/d{self.problem.parameters[0]} = ..." if self.problem.parameters else ""
        raise Unreadable("this does not say which derivative it is, and it is none that I know", span, instead)

    def equal(self, member: Tree, target: Derivative, left: Tree, reading: Reading) -> bool:
        """Say whether a member is equal to the target."""
        if self.structural(member) and left == target:
            return self.same_routes(member, target)
        try:
            return claims.claim(member, target, left, self.problem, reading.numpy).right
        except Valueless:
            return False

    def structural(self, member: Tree) -> bool:
        """Say whether a formula consists of derivatives and numbers alone."""
        terms = multiplied_out(member) if derivatives(member) else None
        if terms is None:
            return False
        factors = derivatives(member)
        alone = all(part.of == self.problem.loss for part in factors)
        arrays = names_of(self.problem).arrays
        return not (alone and (any(len(term.factors) > 1 for term in terms) or {part.by for part in factors} & arrays))

    def same_routes(self, member: Tree, target: Derivative, total: bool = False) -> bool:
        """Say whether an expression of derivatives is the target, whatever the links are worth."""
        routes = Routes.of(self.problem)
        meant = [routes.total(target.of, target.by)]
        if target.of != self.problem.loss:
            meant.append(routes.worth(routes.meant(target)))
        return routes.value(member, total) in meant

    def member(self, member: Tree, target: Derivative, left: Tree, reading: Reading) -> Equality:
        """Judge one member of a chain against what the chain is about."""
        if self.structural(member) and left == target:
            return self.routes(member, target)
        return self.value(member, target, left, reading)

    def routes(self, member: Tree, target: Derivative) -> Equality:
        """Judge an expression of derivatives."""
        routes = Routes.of(self.problem)
        if self.same_routes(member, target):
            return Equality(True, (*harmless(member, routes), *unsimplified(member)))
        told = leibniz.tell(member, target, routes)
        cancelled = bool(told.slips) and all(slip.mistake == "illegal-cancellation" for slip in told.slips)
        questions: tuple[str, ...] = ()
        if self.same_routes(member, target, total=True):
            questions = (
                "If every factor is meant as a total derivative, over all routes, the formula is right; say so.",
            )
        return Equality(False, told.slips, cancelled and told.repaired, told.right, told.graph, told.links, questions)

    def value(self, member: Tree, target: Derivative, left: Tree, reading: Reading) -> Equality:
        """Judge a formula by its value."""
        try:
            claim = claims.claim(member, target, left, self.problem, reading.numpy)
        except Valueless as error:
            return self.valueless(member, target, left, reading, error)
        if claim.right:
            return Equality(True, unsimplified(member))
        sure = confirmed(self.problem)
        if sure.verdict is not Verdict.AGREES:
            raise GradcheckError(
                f"The derivatives of this problem could not be confirmed; nobody is judged by them.\n{sure}"
            )
        return Equality(False, _explained(claim, left))

    def valueless(self, member: Tree, target: Derivative, left: Tree, reading: Reading, error: Valueless) -> Equality:
        """Explain a formula whose parts do not fit together."""
        slip = Slip("shape-error", error.tree.span, f"{error.says}.".capitalize())
        truths = claims.truths(target, left, self.problem, reading.numpy)
        if truths is None:
            return Equality(False, (slip,))
        claim = claims.Claim(member, target, (), truths, claims.points(self.problem), reading.numpy)
        found = next(Repairs(claim, left).exact(), None)
        if found and found.cause in ("missing-transpose", "wrong-reduction"):
            return Equality(False, (found, slip))
        return Equality(False, (slip, found) if found else (slip,))

    def definition(self, name: Name, members: tuple[Tree, ...], reading: Reading) -> Equality:
        """Compare a definition that a person wrote down with the problem's claim."""
        for member in members:
            if not claims.same_value(name, member, self.problem, reading.numpy):
                known = plain(self.problem.definitions.get(name.name, name))
                says = f"In this problem {name.name} is computed otherwise: {known}."
                return Equality(False, (Slip("wrong-variable", member.span, says, mistake="other-forward-pass"),))
        return Equality(True)


def _explained(claim: claims.Claim, left: Tree) -> tuple[Slip, ...]:
    """Explain a wrong value by what gives the same numbers, and by what has to be changed to make it right."""
    if isinstance(left, Index):
        says = "A row that is picked several times receives the sum of what comes back to it; here the last one counts."
        question = "What happens to a row that is picked twice?"
        return (Slip("missing-path", claim.tree.span, says, "add at: np.add.at", "duplicates-overwritten", question),)
    changes = Repairs(claim, left)
    named = next(explain(claim), None)
    repair = next(changes.exact(), None)
    if repair and (named is None or _weak(named)):
        return (repair,)
    if named is None:
        two = next(changes.up_to_a_constant(), None) or next(changes.after_a_route(), None)
        named = next(explain_two(claim), None) if not two else None
        if named is None:
            return two or (_unknown(claim),)
    first, *rest = named.slips
    if repair and not rest:
        first = replace(first, span=repair.span, repair=repair.repair or first.repair)
    return (replace(first, span=first.span or claim.tree.span), *rest)


def _weak(named: Explanation) -> bool:
    """Say whether one change of the text explains more than this."""
    first = named.slips[0]
    return len(named.slips) > 1 or first.cause == "wrong-target" or first.mistake in ("route-twice", "route-negative")


def _unknown(claim: claims.Claim) -> Slip:
    """Say by how much a formula is wrong, if nobody can say why."""
    said, truth = claim.values[0], claim.truths[0]
    says, cause = "This is not the derivative, and no mistake that I know gives it.", "wrong-variable"
    if said.shape != truth.shape:
        says += f" It has shape {said.shape}; the derivative has {truth.shape}."
        cause = "shape-error"
    elif not truth.ndim:
        says += f" At a random point it is {float(said):.6g}; the derivative is {float(truth):.6g}."
    return Slip(cause, claim.tree.span, says, mistake="unknown")


def _broken_at(last: Equality, place: int, members: tuple[Tree, ...]) -> Equality:
    """Name the link of a chain at which it breaks."""
    if not place:
        return last
    before = plain(members[place - 1])
    says = f"The chain breaks here: {before} is right, what is claimed to be equal to it is not."
    step = Slip("broken-step", members[place].span, says)
    slips = (*last.slips, step) if last.slips and (last.graph or last.slips[0].mistake) else (step, *last.slips)
    return replace(last, slips=slips, praise=(f"Up to {before} every step is right.",))
