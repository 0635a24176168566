"""From a text to a judgement: read it, find what every line claims, judge each equality, explain the first that breaks.

A line says what it is about on its left side, or the derivative that was asked for is meant, or the one that it is
right for. The first line that is not right decides, and in it the first equality that breaks.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from gradcheck.errors import UnknownName
from gradcheck.formula import claims, sides
from gradcheck.formula.equality import Equality, Standard
from gradcheck.formula.judgement import Judgement, Slip
from gradcheck.formula.language.calculus import total
from gradcheck.formula.language.mathml import mathml
from gradcheck.formula.language.tree import Call, Derivative, Name, Tree, derivatives
from gradcheck.formula.language.writing import latex, plain
from gradcheck.formula.posed.intermediate import with_variable
from gradcheck.formula.posed.problem import Problem
from gradcheck.formula.posed.routes import Routes
from gradcheck.formula.reading import Reading, Statement, names_of, read
from gradcheck.formula.text.names import plain as plain_name
from gradcheck.formula.text.unreadable import Nameless, Unreadable

MOST_VARIABLES = 4
"""How many variables of a person's own a problem takes up."""


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


@dataclass
class _Judge:
    """Judges one text."""

    problem: Problem
    text: str
    asked: Derivative | None
    added: Mapping[str, Tree] = field(default_factory=dict)
    """What became a variable of the problem because the text differentiates it."""

    def judgement(self) -> Judgement:
        """Read the text and judge all that it says; who writes sigma alone as well may mean its square by sigma^2."""
        found = self.as_read()
        taken = {line.partition(" read as")[0] for line in found.taken}
        raised = [own for own in self.problem.spellings if "^" in own]
        powers = {own for own in raised if {plain_name(own), own.partition("^")[0]} <= taken}
        if found or not powers:
            return found
        fewer = {own: name for own, name in self.problem.spellings.items() if own not in powers}
        other = _Judge(replace(self.problem, spellings=fewer), self.text, self.asked, self.added).as_read()
        return other if other else found

    def as_read(self) -> Judgement:
        """Read the text and judge all that it says."""
        try:
            reading = self.used(read(self.text, self.problem))
            with np.errstate(all="ignore"):
                return self.judged(reading)
        except Nameless as error:
            return self.with_variable(error)
        except Unreadable as error:
            return self.unreadable(error)
        except RecursionError:
            return self.unreadable(Unreadable("this is nested too deep", (0, 1)))

    def with_variable(self, error: Nameless) -> Judgement:
        """Judge the text with an expression that is differentiated in it as one more variable of the problem."""
        known = {*self.problem.variables, *self.problem.letters}
        free = next(word for number in range(1, 99) if (word := f"q{number}") not in known)
        name = error.name if error.name.isalnum() and error.name not in {"T", "I", *known} else free
        more = len(self.added) < MOST_VARIABLES and error.tree not in self.added.values()
        larger = with_variable(self.problem, name, error.tree, claims.POINTS) if more else None
        if larger is None:
            return self.unreadable(error)
        found = _Judge(larger, self.text, self.asked, {**self.added, name: error.tree}).judgement()
        return replace(found, taken=(*found.taken, *([] if name == error.name else [f"{name} is {plain(error.tree)}"])))

    def used(self, reading: Reading) -> Reading:
        """Return a reading. Raises Unreadable if it differentiates by a new variable from which nothing is computed."""
        for own in (own for line in reading.statements for member in line.chain for own in derivatives(member)):
            idle = own.by in self.added and not own.alone and own.of != own.by
            if idle and not Routes.of(self.problem).depends(own.of, own.by):
                says = f"in this problem {own.of} is not computed from {own.by}, which is your own"
                raise Unreadable(says, own.span or (0, 1), f"d{own.by}/dx, or derivatives of what the problem names")
        return reading

    def unreadable(self, error: Unreadable) -> Judgement:
        """Say what cannot be read."""
        slip = Slip("unreadable", error.span, f"{error.says}.", error.instead)
        return Judgement("unreadable", self.name, self.text, "", diagnoses=(slip,))

    @property
    def name(self) -> str:
        """What the problem is called."""
        return self.problem.name or self.problem.title

    def judged(self, reading: Reading) -> Judgement:
        """Judge every statement; the first that is not right decides, if it cannot be read otherwise."""
        judged = self.statements(reading)
        own = self.with_own_words(reading, judged)
        return self.told(reading, judged) if own is None else own

    def statements(self, reading: Reading) -> list[tuple[Derivative, Equality]]:
        """Judge every statement."""
        return [self.statement(statement, reading) for statement in reading.statements]

    def with_own_words(self, reading: Reading, judged: list[tuple[Derivative, Equality]]) -> Judgement | None:
        """Judge a text in which dZ = P - T is no derivative but a step on the way, if everything else is right then.

        Where the loss is a mean, courses divide by m in the lines for the weights, and not before. A mistake that is
        left then is told. None if a text needs no such reading, or a constant is wrong in it.
        """
        own: dict[str, str] = {}
        told: Judgement | None = None
        while wrong := [place for place, one in enumerate(judged) if not one[1].right]:
            place = next((place for place in wrong if self.may_be_own(reading.statements[place], own)), None)
            if place is None:
                return told
            word = reading.statements[place].word
            own[word] = f"{word} read as a name of your own: it is not {plain(judged[place][0])}"
            try:
                reading = read(self.text, self.problem, own)
                judged = self.statements(reading)
            except Unreadable:
                return None
            told = self.in_own_words(reading, judged, own)
        return told

    def may_be_own(self, statement: Statement, own: Collection[str]) -> bool:
        """Say whether the word that a statement is about may be a name of the person's own, and is not yet one."""
        first, *rest = statement.chain
        word = statement.word
        return bool(word) and word not in own and not sides.between_differentials(self.problem, first, rest)

    def in_own_words(
        self, reading: Reading, judged: list[tuple[Derivative, Equality]], own: dict[str, str]
    ) -> Judgement | None:
        """Return the judgement of a text with names of the person's own; None where these would explain a constant."""
        told = self.told(reading, judged)
        constant = told.verdict != "correct" and told.cause == "wrong-constant"
        return None if constant else replace(told, taken=(*told.taken, *own.values()))

    def told(self, reading: Reading, judged: list[tuple[Derivative, Equality]]) -> Judgement:
        """Return the judgement of a text whose statements were judged."""
        wrong = next((one for one in judged if not one[1].right), None)
        target, equality = wrong or judged[-1]
        if wrong and (slip := self.overwritten(target, reading)):
            equality = Equality(False, (slip,), praise=("What is added up is right.",))
        slips = equality.slips if wrong else tuple(slip for _, one in judged for slip in one.slips)
        return Judgement(
            self.verdict(equality),
            self.name,
            self.text,
            r" \\ ".join(" = ".join(map(latex, sides.shown(line.chain))) for line in reading.statements),
            plain(target),
            equality.praise,
            slips,
            tuple(f"{word} read as {meaning}" for word, meaning in reading.taken.items()),
            equality.questions,
            equality.graph,
            equality.links,
            mathml([sides.shown(line.chain) for line in reading.statements]),
        )

    def overwritten(self, target: Derivative, reading: Reading) -> Slip | None:
        """Say that a derivative is given one value after the other, where their sum is right; None if it is not so."""
        members = [own.chain[-1] for own in reading.statements if own.chain[0] == target and len(own.chain) > 1]
        if len(members) < 2 or not Standard(self.problem, target, target, reading.numpy).holds(total(members)):
            return None
        says = f"This overwrites what {plain(target)} was before; both are parts of it, and add up."
        question = "What is left of the first value after the second line has run?"
        mistake = "overwritten-instead-of-added"
        return Slip("missing-path", members[1].span, says, "+=  instead of  =", mistake, question)

    @staticmethod
    def verdict(equality: Equality) -> str:
        """Return the verdict on an equality."""
        if equality.right:
            return "correct"
        return "correct-by-cancellation" if equality.repaired else "wrong"

    def statement(self, statement: Statement, reading: Reading) -> tuple[Derivative, Equality]:
        """Judge one statement, from left to right; the first that breaks of the equations it stands for decides."""
        found = [self.equation(left, members, reading) for left, members in self.sides(statement, reading)]
        return next((one for one in found if not one[1].right), found[-1])

    def equation(self, left: Tree, members: tuple[Tree, ...], reading: Reading) -> tuple[Derivative, Equality]:
        """Judge what is claimed to be equal to a left side, one member after the other."""
        if isinstance(left, Derivative) and (slip := sides.turned(self.problem, left, members)):
            return left, Equality(False, (slip,))
        if sides.told_by_value(left):
            own = sides.defined(left) or Name(self.problem.loss)
            return Derivative(own.name, own.name), self.definition(left, members, reading)
        target = left if isinstance(left, Derivative) else next(iter(derivatives(left)), None)
        if target is None:
            raise Unreadable("this is no derivative", left.span or (0, len(self.text)))
        if all(member == left for member in members):
            span = members[-1].span or (0, len(self.text))
            raise Unreadable("this names the derivative, and does not say what it is", span, f"{plain(target)} = ...")
        dots = "·" in self.text or r"\cdot" in self.text
        told = tuple(line.chain for line in reading.statements)
        standard, last = Standard(self.problem, target, left, reading.numpy, dots, told), Equality(True)
        for place, member in enumerate(members):
            last = standard.equality(member)
            if not last.right:
                return target, _broken_at(last, place, members)
        return target, last

    def sides(self, statement: Statement, reading: Reading) -> list[tuple[Tree, tuple[Tree, ...]]]:
        """Return what a statement is about, and what it claims that to be. Raises Unreadable if it does not say."""
        first, *rest = statement.chain
        if rest and sides.told_by_value(first):
            return [(first, tuple(rest))]
        left, members = sides.solved(
            self.problem, self.slope(sides.spelled_out(self.problem, first, rest)), tuple(rest)
        )
        if rest and isinstance(left, Derivative):
            pairs = sides.of_differentials(self.problem, left, members)
            return [(sides.whole(self.problem, own), claimed) for own, claimed in pairs]
        if rest and sides.about_entries(left):
            return [(sides.by_entry(self.problem, left), members)]
        if rest and (sides.about_a_class(self.problem, left) or sides.of_several(self.problem, left)):
            return [(left, members)]
        if self.asked:
            return [(self.asked, statement.chain)]
        return [(self.guessed(statement, reading), statement.chain)]

    def slope(self, left: Tree) -> Tree:
        """Return a left side such as ``sigma'(z)`` as the derivative of the variable that sigma(z) is."""
        if not isinstance(left, Call) or left.primes != 1 or not isinstance(left.arguments[0], Name):
            return left
        value = names_of(self.problem).meant(replace(left, primes=0))
        return Derivative(value.name, left.arguments[0].name, span=left.span) if value else left

    def guessed(self, statement: Statement, reading: Reading) -> Tree:
        """Return the one derivative that a formula without a left side is right for. Raises Unreadable if none is."""
        for by in (*self.problem.parameters, *reversed(self.problem.definitions)):
            target = Derivative(self.problem.loss, by)
            standard = Standard(self.problem, target, target, reading.numpy)
            if all(standard.holds(member) for member in statement.chain):
                return target
        if len(self.problem.parameters) == len(reading.statements) == len(statement.chain) == 1:
            return Derivative(self.problem.loss, self.problem.parameters[0])
        span = statement.chain[0].span or (0, len(self.text))
        instead = f"d{self.problem.loss}/d{self.problem.parameters[0]} = ..." if self.problem.parameters else ""
        raise Unreadable("this does not say which derivative it is, and it is none that I know", span, instead)

    def definition(self, left: Tree, members: tuple[Tree, ...], reading: Reading) -> Equality:
        """Compare what a person wrote down of a variable, its entries or a function with what it is in the problem."""
        name = sides.defined(left)
        for member in members:
            if not claims.same_value(left, member, self.problem, reading.numpy):
                if name and name.name == self.problem.loss and sides.is_matrix(self.problem, member, reading.numpy):
                    says = "this is a matrix, and does not say which derivative it is"
                    raise Unreadable(says, left.span or (0, 1), f"d{name.name}/dx = ...")
                if name and self.problem.is_input(name.name) and name.name not in self.problem.letters:
                    says = f"{name.name} is given in this problem, and computed from nothing"
                    raise Unreadable(says, left.span or (0, 1), f"d{self.problem.loss}/d{name.name} = ...")
                says = f"This is not the same as {plain(left)}."
                if name:
                    known = plain(self.problem.definitions.get(name.name, name))
                    says = f"In this problem {name.name} is computed otherwise: {known}."
                return Equality(False, (Slip("wrong-variable", member.span, says, mistake="other-forward-pass"),))
        return Equality(True)


def _broken_at(last: Equality, place: int, members: tuple[Tree, ...]) -> Equality:
    """Name the link of a chain at which it breaks."""
    if not place:
        return last
    before = plain(members[place - 1])
    says = f"The chain breaks here: {before} is right, what is claimed to be equal to it is not."
    step = Slip("broken-step", members[place].span, says)
    slips = (*last.slips, step) if last.slips and (last.graph or last.slips[0].mistake) else (step, *last.slips)
    return replace(last, slips=slips, praise=(f"Up to {before} every step is right.",))
