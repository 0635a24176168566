"""Closed forms, matrix forms and NumPy are judged by value, at points drawn so that no mistake can hide.

A formula is right if it has the value of the derivative at every point. If it has not, the wrong derivations that the
forward pass invites are computed one after the other: the one that gives the person's numbers at all points is what
happened, alone or times a constant, which is then interpreted.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np

from gradcheck.formula.calculus import Contributions, Rules
from gradcheck.formula.judgement import Slip
from gradcheck.formula.landscape import Landscape, Step
from gradcheck.formula.problem import Problem
from gradcheck.formula.routes import Routes
from gradcheck.formula.slips import WrongRule, wrong_rules
from gradcheck.formula.tree import ONE, ZERO, Binary, Call, Derivative, Each, Entry, Name, Number, Tree, factors, walk
from gradcheck.formula.values import Point, Valueless, extent, value
from gradcheck.op import Array

POINTS = (0, 1, 2)
"""The seeds of the points at which formulas are compared."""
MOST_PAIRS = 600
"""How many pairs of mistakes are tried."""
CLOSE = 1e-9
"""How close two values must be, relative to the largest entry: rounding leaves 1e-13, a mistake 1e-2."""


@dataclass(frozen=True)
class Claim:
    """A formula that is claimed to be a derivative, with its values at all points."""

    tree: Tree
    target: Derivative
    values: tuple[Array, ...]
    """What it is worth."""
    truths: tuple[Array, ...]
    """What the derivative is."""
    at: tuple[Landscape, ...]
    """Where."""
    numpy: bool
    """Whether it was written in NumPy, where a column is not a vector."""

    @property
    def right(self) -> bool:
        """Say whether the values are those of the derivative."""
        return all(self.agrees(own, place) for place, own in enumerate(self.values))

    def agrees(self, own: Array, place: int) -> bool:
        """Say whether a value is that of the derivative at one of the points."""
        return alike(own, self.truths[place], self.at[place].scale)

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The variables whose derivatives the formula takes as given."""
        own = (part for part in walk(self.tree) if isinstance(part, Derivative))
        return tuple({part.by for part in own if part.of == self.target.of and part.by != self.target.by})


def alike(one: Array, other: Array, floor: float) -> bool:
    """Say whether two values are the same array, up to leading axes of length 1."""
    one, other = _without_leading(one), _without_leading(other)
    if one.shape != other.shape:
        return False
    allowed = CLOSE * max(np.abs(other).max(initial=0.0), np.abs(one).max(initial=0.0), 1e-3 * floor)
    return bool(np.isfinite(one).all() and (np.abs(one - other) <= allowed).all())


def _without_leading(array: Array) -> Array:
    array = np.asarray(array)
    while array.ndim and len(array) == 1:
        array = array[0]
    return array


def claim(tree: Tree, target: Derivative, left: Tree, problem: Problem, numpy: bool) -> Claim:
    """Give a formula its values. Raises Valueless if it has none."""
    at = points(problem)
    right = tuple(set_as(truth(left, target, own), numpy) for own in at)
    return Claim(tree, target, tuple(worth(tree, left, own, numpy) for own in at), right, at, numpy)


def points(problem: Problem) -> tuple[Landscape, ...]:
    """Return the points at which formulas about a problem are compared."""
    return tuple(Landscape.of(problem, seed) for seed in POINTS)


def truths(target: Derivative, left: Tree, problem: Problem, numpy: bool) -> tuple[Array, ...] | None:
    """Return the derivative at every point; None if it is a table with the axes of both."""
    try:
        return tuple(set_as(truth(left, target, at), numpy) for at in points(problem))
    except Valueless:
        return None


def same_value(name: Tree, member: Tree, problem: Problem, numpy: bool) -> bool:
    """Say whether a formula has the value of a variable at every point."""
    try:
        return all(
            alike(worth(member, name, at, numpy), set_as(value(name, at.point), numpy), 1.0) for at in points(problem)
        )
    except Valueless:
        return False


def truth(left: Tree, target: Derivative, at: Landscape) -> Array:
    """Return the derivative, or those entries of it that the left side names."""
    if target.table or at.derivative(target.of, target.by) is not None:
        return _spelled_out(left, left, replace(at.point, slope=at.derivative, table=at.table))
    says = f"d{target.of}/d{target.by} is a table with the axes of both; take the derivative of the loss"
    raise Valueless(says, left)


def worth(tree: Tree, left: Tree, at: Landscape, numpy: bool) -> Array:
    """Return the value of a formula; of an array, if its left side names the entries by letters."""
    return worth_at(tree, left, view(at, numpy))


def worth_at(tree: Tree, left: Tree, point: Point) -> Array:
    """Return the value of a formula at a point as the person sees it."""
    return set_as(_spelled_out(tree, left, point), point.numpy)


def remembering(tree: Tree, left: Tree, point: Point) -> Point:
    """Return a point that knows the value of every part of a formula, so that variants of it cost little."""
    if free_letters(left) or any(isinstance(part, Each) for part in walk(tree)):
        return point
    known: dict[int, Array] = {}
    for part in walk(tree):
        with suppress(Valueless, ValueError, IndexError):
            known[id(part)] = value(part, point)
    return replace(point, known=known)


def set_as(array: Array, numpy: bool) -> Array:
    """Return a value as its notation sees it: on paper a matrix of one column is a vector."""
    array = np.asarray(array)
    return array if numpy or array.ndim < 2 or array.shape[-1] != 1 else array[..., 0]


def view(at: Landscape, numpy: bool) -> Point:
    """Return a point as a person's formula sees it: dA/dB is the partial derivative where A mentions B itself."""
    slope = lambda of, by: at.direct(of, by) if _mentions(at, of, by) else at.derivative(of, by)  # noqa: E731
    return replace(at.point, slope=slope, table=at.table, along=at.along, numpy=numpy)


def _spelled_out(tree: Tree, left: Tree, point: Point) -> Array:
    """Return the value of a formula for every place that the letters of its left side may stand for."""
    letters = free_letters(left)
    with np.errstate(all="ignore"):
        if not letters:
            return np.asarray(value(tree, point))
        lengths = [extent(left, letter, point) for letter in letters]
        places = [dict(zip(letters, place, strict=True)) for place in np.ndindex(*lengths)]
        entries = [value(tree, replace(point, running=place)) for place in places]
        return np.reshape(entries, (*lengths, *np.shape(entries[0])))


def _mentions(at: Landscape, of: str, by: str) -> bool:
    own = at.problem.sources(of)
    return by in own or (f"net_{of}" in own and by in at.problem.sources(f"net_{of}"))


def free_letters(tree: Tree) -> tuple[str, ...]:
    """Return the letters by which a left side names entries."""
    bound = {part.letter for part in walk(tree) if isinstance(part, Each)}
    letters = (letter for part in walk(tree) if isinstance(part, Entry) for letter in part.letters)
    return tuple(dict.fromkeys(letter for letter in letters if letter not in bound))


@dataclass(frozen=True)
class Explanation:
    """A wrong derivation that gives the person's numbers."""

    slips: tuple[Slip, ...]
    """What went wrong in it."""


def explain(own: Claim) -> Iterator[Explanation]:
    """Yield the wrong derivations that give the numbers of a claim at every point, the likeliest first."""
    if _turned(own):
        says = "These are the right numbers, transposed: a derivative has the shape of what it is by."
        question = "Which axis of the derivative belongs to the input?"
        yield Explanation(
            (Slip("missing-transpose", None, says, "transpose the result", "gradient-transposed", question),)
        )
    if not any(np.any(said) for said in own.values):
        yield Explanation((_nothing(own),))
        return
    number = ratio(own, own.truths)
    if number and str(number) == "1":
        yield Explanation((_shape(own),))
    elif number:
        yield Explanation(constants(number))
    if own.target.table:
        yield from _of_table(own)
        return
    alone, scaled = _wrong_derivations(own)
    yield from alone if own.given else [one for one in alone if one.slips[0].mistake in FIRST]
    yield from _other_derivatives(own)
    yield from alone
    yield from scaled


FIRST = ("route-forgotten", "bias-not-summed-over-batch", "first-sample-only", "mean-for-sum")
"""Mistakes that are likelier than the derivative of something else."""


def _shape(own: Claim) -> Slip:
    """Say that the numbers are right and their shape is not."""
    said, truth = own.values[0].shape, own.truths[0].shape
    says = f"The numbers are right, their shape is not: {said} for {truth}. Subtracted from {own.target.by} they would spread."
    return Slip("shape-error", None, says, mistake="missing-keepdims", question=f"What shape has {own.target.by}?")


def _turned(own: Claim) -> bool:
    """Say whether the values are those of the derivative, transposed."""
    if any(
        said.ndim != 2 or 1 in said.shape or said.shape[::-1] != truth.shape
        for said, truth in zip(own.values, own.truths, strict=True)
    ):
        return False
    return all(own.agrees(said.T, place) for place, said in enumerate(own.values))


def _of_table(own: Claim) -> Iterator[Explanation]:
    """Recognise a table of derivatives that is right on its diagonal alone."""
    pairs = zip(own.values, own.truths, strict=True)
    if all(
        said.ndim == 2 and said.shape == truth.shape and alike(np.diag(said), np.diag(truth), 0.0)
        for said, truth in pairs
    ):
        target = own.target
        says = f"On the diagonal this is right; but every entry of {target.by} moves every entry of {target.of}."
        yield Explanation(
            (Slip("missing-path", None, says, mistake="diagonal-only", question="What happens to the other entries?"),)
        )


def ratio(own: Claim, predicted: tuple[Array, ...]) -> "Ratio | None":
    """Return the number by which a claim is a multiple of a prediction, if it is the same, or a size, at all points."""
    numbers = []
    for said, other in zip(own.values, predicted, strict=True):
        if np.squeeze(said).shape != np.squeeze(other).shape or not np.any(other):
            return None
        said, other = np.squeeze(said), np.squeeze(other)
        place = np.unravel_index(np.argmax(np.abs(other)), other.shape)
        number = float(said[place] / other[place])
        if not number or not np.isfinite(number) or not alike(said, number * other, 0.0):
            return None
        numbers.append(number)
    return _interpreted(numbers, own)


@dataclass(frozen=True)
class Ratio:
    """A constant factor, interpreted."""

    number: Fraction
    """Its number."""
    size: str = ""
    """A size that it is multiplied by."""
    over: str = ""
    """A size that it is divided by."""

    def __str__(self) -> str:
        """The factor as it is written."""
        number = str(self.number) if not self.size or self.number != 1 else ""
        return " * ".join(part for part in (number, self.size) if part) + (f" / {self.over}" if self.over else "")


SMALL = tuple(Fraction(a, b) for a in (1, 2, 3, 4) for b in (1, 2, 3, 4))
"""The numbers that slip into formulas."""


def _interpreted(numbers: list[float], own: Claim) -> Ratio | None:
    """Find a small number, perhaps times or over a size or its root, that the ratio is at every point."""
    letters = own.at[0].problem.letters
    sizes = ["", *letters, *(f"sqrt({letter})" for letter in letters)]
    for over in sizes:
        for size in sizes:
            lengths = [_length(at, over) / _length(at, size) for at in own.at]
            found = {_small(number * length) for number, length in zip(numbers, lengths, strict=True)}
            if len(found) == 1 and (number := found.pop()) is not None and (not size or size != over):
                return Ratio(number, size, over)
    return None


def _length(at: Landscape, size: str) -> float:
    if not size:
        return 1.0
    length = float(at.numbers[size.removeprefix("sqrt(").removesuffix(")")])
    return length**0.5 if size.startswith("sqrt") else length


def _small(number: float) -> Fraction | None:
    exact = Fraction(number).limit_denominator(12)
    return exact if exact and abs(float(exact) - number) <= CLOSE * abs(number) and abs(exact) <= 12 else None


def constants(found: Ratio) -> tuple[Slip, ...]:
    """Say what a constant factor means: a wrong sign and a wrong size are two things."""
    if found.number < 0 and str(found) != "-1":
        return _constant(Ratio(Fraction(-1))), _constant(replace(found, number=-found.number))
    return (_constant(found),)


def _constant(found: Ratio) -> Slip:
    """Say what a constant factor in front of a right derivative means."""
    if str(found) == "-1":
        says = "Everything is right except the sign. (If you meant the update, the way down, it is minus the gradient; say so.)"
        return Slip(
            "wrong-sign",
            None,
            says,
            "multiply by -1",
            "overall-sign",
            "If the prediction is too large, should the loss rise or fall when it grows?",
        )
    if found.size or found.over:
        says = f"Everything is right except the factor {found}: look at what the loss sums over, and what it averages over."
        return Slip(
            "wrong-constant",
            None,
            says,
            f"divide by {found}",
            "sum-for-mean",
            "Is the loss a sum over the samples, or a mean?",
        )
    says = f"Everything is right except a constant: this is {found} times the derivative."
    return Slip(
        "wrong-constant",
        None,
        says,
        f"divide by {found}",
        "loss-factor",
        "What becomes of the 2 of the square, and of a 1/2 in the loss?",
    )


def _other_derivatives(own: Claim) -> Iterator[Explanation]:
    """Recognise the derivative of something else, or by something else."""
    problem, target = own.at[0].problem, own.target
    for by in problem.variables:
        on_the_way = _depends(problem, by, target.by)
        if by in (target.by, target.of) or not (on_the_way or by in problem.parameters):
            continue
        if Routes.of(problem).links.get((target.by, by)) == 1 or _squashes(problem, by, target.by):
            continue
        predicted = tuple(found for at in own.at if (found := at.derivative(target.of, by)) is not None)
        if len(predicted) == len(own.at) and (found := ratio(own, predicted)):
            yield Explanation((_early(by, target) if on_the_way else _wrong_target(by, target), *_further(found, own)))
    links = Routes.of(problem).links
    for of in problem.definitions:
        if of in (target.of, target.by) or not _depends(problem, of, target.by) or links.get((of, target.of)) == 1:
            continue
        predicted = tuple(_summed(at, of, target.by) for at in own.at)
        if found := ratio(own, predicted):
            says = f"This is the derivative of {of.removeprefix('net_')}, not of {target.of}: the link d{target.of}/d{of} is missing."
            yield Explanation(
                (
                    Slip(
                        "missing-factor",
                        None,
                        says,
                        f"multiply by d{target.of}/d{of}",
                        "loss-link-missing",
                        f"How does {target.of} come in?",
                    ),
                    *_further(found, own),
                )
            )


def _squashes(problem: Problem, of: str, by: str) -> bool:
    """Say whether one variable is a function of the other alone: what is missing between them is a slope."""
    own = problem.definitions.get(of)
    return isinstance(own, Call) and own.arguments == (Name(by),)


def _summed(at: Landscape, of: str, by: str) -> Array:
    ones = np.ones_like(at.numbers[of])
    return at.gradients(of, ones).get(by, np.zeros_like(at.numbers[by]))


def _depends(problem: Problem, of: str, by: str) -> bool:
    return Routes.of(problem).depends(of, by)


def _early(by: str, target: Derivative) -> Slip:
    says = (
        f"This is d{target.of}/d{by}: you stopped at {by.removeprefix('net_')}, and the link to {target.by} is missing."
    )
    return Slip(
        "early-stop", None, says, f"multiply by d{by}/d{target.by}", question=f"Where is {target.by} in this formula?"
    )


def _wrong_target(by: str, target: Derivative) -> Slip:
    says = f"This is the derivative by {by}; asked for was the one by {target.by}."
    return Slip("wrong-target", None, says, question=f"What does {target.by} multiply?")


def _nothing(own: Claim) -> Slip:
    """Say why a derivative that is claimed to be zero is not."""
    target = own.target
    route = Routes.of(own.at[0].problem).between(target.by, target.of)[0]
    shown = " -> ".join(name for name in route if not name.startswith("net_"))
    says = f"0 would mean that {target.by} does not reach {target.of}; it does: {shown}."
    return Slip("missing-path", own.tree.span, says, question=f"Where is {target.by} used?")


def unsimplified(tree: Tree) -> tuple[Slip, ...]:
    """Say that a right formula has parts that are plainly 0 or 1."""
    for part in walk(tree):
        if isinstance(part, Binary) and _idle(part):
            return (Slip("unsimplified", part.span, "Correct, and it can be written more simply."),)
    return ()


def _idle(part: Binary) -> bool:
    """Say whether an operation changes nothing, or could be done right away."""
    left, right = part.left, part.right
    if part.operator in "* ":
        return (
            ZERO in (left, right)
            or ONE in (left, right)
            or sum(isinstance(own, Number) or _fraction(own) for own in factors(part)) > 1
        )
    return part.operator == "/" and (left == right or right == ONE)


def _fraction(part: Tree) -> bool:
    return (
        isinstance(part, Binary)
        and part.operator == "/"
        and isinstance(part.left, Number)
        and isinstance(part.right, Number)
    )


def _further(found: Ratio, own: Claim) -> tuple[Slip, ...]:
    """Return the second mistake, if there is a constant as well."""
    return () if str(found) == "1" else constants(found)


def _wrong_derivations(own: Claim) -> tuple[list[Explanation], list[Explanation]]:
    """Return the wrong rules that give the numbers, and those that give them up to a constant."""
    alone, scaled = [], []
    for rule in candidates(own.at[0], own.target):
        predicted = _predictions(own, (rule,))
        found = ratio(own, predicted) if predicted else None
        if found and str(found) == "1":
            alone.append(Explanation((_said(rule),)))
        elif found:
            scaled.append(Explanation((_said(rule), *_further(found, own))))
    alone.sort(key=lambda one: one.slips[0].mistake not in FIRST)
    return alone, scaled


def explain_two(own: Claim) -> Iterator[Explanation]:
    """Yield two wrong rules at once that give the numbers: the same slip in two places first."""
    rules = [
        rule for rule in candidates(own.at[0], own.target) if rule.mistake not in ("route-twice", "route-negative")
    ]
    pairs = [
        (first, second)
        for place, first in enumerate(rules)
        for second in rules[place + 1 :]
        if first.part is not second.part
    ]
    pairs.sort(key=lambda pair: pair[0].mistake != pair[1].mistake)
    kinds = dict.fromkeys(rule.mistake for rule in rules)
    everywhere = [tuple(rule for rule in rules if rule.mistake == kind) for kind in kinds]
    for pair in [*(rule for rule in everywhere if len(rule) > 2), *pairs[:MOST_PAIRS]]:
        quick = _predictions(own, pair, points=1)
        if quick and _parallel(own.values[0], quick[0]) and (predicted := _predictions(own, pair)):
            found = ratio(own, predicted)
            if found and str(found) == "1":
                first, second = pair[:2]
                said = (_said(first),) if first.mistake == second.mistake else (_said(first), _said(second))
                yield Explanation(tuple(sorted(said, key=lambda slip: slip.cause != "missing-path")))


def without_a_route(own: Claim) -> Iterator[tuple[Slip, tuple[Array, ...]]]:
    """Yield what the derivative would be if a route were forgotten, for every route."""
    for rule in candidates(own.at[0], own.target):
        if rule.mistake == "route-forgotten" and (predicted := _predictions(own, (rule,))) and np.any(predicted[0]):
            yield _said(rule), predicted


@lru_cache(maxsize=64)
def candidates(at: Landscape, target: Derivative) -> tuple[WrongRule, ...]:
    """Return the rules that matter for a target: those on the way from it to what is differentiated."""
    routes = Routes.of(at.problem)
    inside = [
        name for name in at.problem.definitions if routes.depends(name, target.by) and routes.depends(target.of, name)
    ]
    return tuple(wrong_rules(at.problem, at.rules, inside))


def _predictions(own: Claim, rules: tuple[WrongRule, ...], points: int = len(POINTS)) -> tuple[Array, ...] | None:
    """Return what wrong rules make of the derivative at the points; None if that has no value, or changes nothing.

    What the formula takes as given is right: each step is judged by itself.
    """
    found, steps = [], _steps(own.at[0], rules)
    of, by = own.target.of, own.target.by
    for at in own.at[:points]:
        right = at.gradients(of, np.ones_like(at.numbers[of])) if own.given else {}
        given = {name: right[name] for name in own.given if name in right}
        try:
            with np.errstate(all="ignore"):
                gradients = at.gradients(of, np.ones_like(at.numbers[of]), steps, given)
        except (Valueless, ValueError):
            return None
        found.append(set_as(gradients.get(by, np.zeros_like(at.numbers[by])), own.numpy))
    changed = any(not own.agrees(said, place) for place, said in enumerate(found))
    return tuple(found) if changed else None


@lru_cache(maxsize=4096)
def _steps(at: Landscape, rules: tuple[WrongRule, ...]) -> dict[str, Step]:
    """Return the definitions in which the wrong rules stand, differentiated by them."""

    def slip(part: Tree, dy: Tree, right: Rules) -> Contributions | None:
        answers = (rule.slip(part, dy, right) for rule in rules)
        return next((answer for answer in answers if answer is not None), None)

    changed = replace(at.rules, slip=slip)
    return {node: at.pullback(node, changed) for node in {rule.node for rule in rules}}


def proportional(one: Array, other: Array) -> bool:
    """Say whether one array is a multiple of the other."""
    if one.shape != other.shape or not np.any(other):
        return False
    place = np.unravel_index(np.argmax(np.abs(other)), other.shape)
    number = one[place] / other[place]
    return bool(number) and alike(one, number * other, 0.0)


def _parallel(one: Array, other: Array) -> bool:
    return np.squeeze(one).shape == np.squeeze(other).shape and alike(one, other, 0.0)


def _said(rule: WrongRule) -> Slip:
    return Slip(rule.cause, None, rule.says, "", rule.mistake, rule.question)
