"""The wrong derivations that a forward pass invites: nobody writes wrong answers by hand.

At every part of every definition, the rule by which a cotangent goes back can be got wrong in ways that belong to that
kind of part: a slope forgotten (``slopes``), a factor left out, a sum over the batch not taken, a route not followed.
Each gives a wrong gradient that can be computed, and compared with what a person wrote.
"""

from collections.abc import Callable, Iterator

from gradcheck.formula.diagnose import slopes
from gradcheck.formula.diagnose.wrong import Place, WrongRule, shown
from gradcheck.formula.language.calculus import Contributions, Rules, times
from gradcheck.formula.language.functions import ALONG_ROWS
from gradcheck.formula.language.tree import (
    TWO,
    ZERO,
    Binary,
    Call,
    Index,
    Name,
    Negative,
    Number,
    Transpose,
    Tree,
    parts,
    terms,
    walk,
)
from gradcheck.formula.language.writing import plain
from gradcheck.formula.posed.problem import Problem
from gradcheck.formula.text.numpy_calls import COMPARISONS


def wrong_rules(problem: Problem, rules: Rules, node: str) -> Iterator[WrongRule]:
    """Yield every rule that could have been got wrong in a definition."""
    for part in walk(problem.definitions[node]):
        yield from _at(Place(part, node, problem.definitions[node], rules))


def _at(place: Place) -> Iterator[WrongRule]:
    """Yield the rules that could have been got wrong at one part."""
    match place.part:
        case Name() as part:
            yield from _of_route(place, part)
        case Call(function="softmax") as part:
            yield from slopes.of_softmax(place, part)
        case Call(function="mean") as part:
            yield from _of_mean(place, part)
        case Call(function="maximum") as part:
            yield slopes.of_maximum(place, part)
        case Call(function=function) as part if function not in ("sum", *ALONG_ROWS):
            yield from slopes.of_function(place, part)
        case Binary(operator="^", right=Number() as exponent) as part:
            yield from slopes.of_power(place, part, exponent)
        case Binary(operator="^") as part:
            yield from slopes.of_exponential(place, part)
        case Binary(operator="*" | "⊙") as part:
            yield from _of_product(place, part.left, part.right)
            yield from _of_product(place, part.right, part.left)
        case Binary(operator="@") as part:
            yield from _of_matrices(place, part)
        case Binary(operator="-") as part:
            yield from _of_difference(place, part)
        case Binary(operator="+") as part:
            yield from _of_sum(place, part.left, part.right)
            yield from _of_sum(place, part.right, part.left)


def _of_mean(place: Place, part: Call) -> Iterator[WrongRule]:
    yield place.wrong(
        "sum-for-mean",
        "wrong-constant",
        f"{place.shown} is a mean, so its derivative carries 1 over the number of entries.",
        "If the batch were twice as long, what would each sample's share be?",
        lambda dy: [(part.arguments[0], place.rules.spread(dy, part))],
    )


def _of_product(place: Place, one: Tree, other: Tree) -> Iterator[WrongRule]:
    """The derivative of a product by one factor is the other factor: missing, or the factor itself instead."""
    if isinstance(one, Number):
        return

    def answer(by_one: Callable[[Tree], Tree]) -> Callable[[Tree], Contributions]:
        gathered, whole = place.rules.gathered, place.part
        return lambda dy: [
            (one, gathered(by_one(dy), one, whole)),
            (other, gathered(times(dy, one), other, whole)),
        ]

    question = f"If {plain(one)} moves by 1, how far does {plain(place.part)} move?"
    yield place.wrong(
        "factor-missing",
        "missing-factor",
        f"The derivative of a product by {plain(one)} is the other factor, {plain(other)}, which is missing.",
        question,
        answer(lambda dy: dy),
    )
    yield place.wrong(
        "own-factor-kept",
        "wrong-variable",
        f"By {plain(one)}, the factor that remains of {plain(place.part)} is {plain(other)}.",
        question,
        answer(lambda dy: times(dy, one)),
    )


def _of_matrices(place: Place, part: Binary) -> Iterator[WrongRule]:
    left, right = part.left, part.right
    if len(place.rules.shape(left)) == len(place.rules.shape(right)) == 2:
        yield place.wrong(
            "missing-transpose",
            "missing-transpose",
            f"To send the error back through {plain(part)}, {plain(right)} is transposed.",
            "Which entries of the matrix connect input i to the outputs: a row, or a column?",
            lambda dy: [(left, Binary("@", dy, right)), (right, Binary("@", Transpose(left), dy))],
        )


def _of_difference(place: Place, part: Binary) -> Iterator[WrongRule]:
    left, right, gathered = part.left, part.right, place.rules.gathered
    yield place.wrong(
        "inner-sign",
        "wrong-sign",
        f"The inner derivative of {plain(part)} by {plain(right)} is -1.",
        f"If {plain(right)} grows, does {plain(part)} grow or shrink?",
        lambda dy: [(left, gathered(dy, left, part)), (right, gathered(dy, right, part))],
    )


def _of_sum(place: Place, inner: Tree, other: Tree) -> Iterator[WrongRule]:
    """What is added to every row has its derivative summed over the rows; here it is not, or not well."""
    if place.rules.shape(inner) == place.rules.shape(place.part):
        return
    added = plain(inner)

    def wrong(mistake: str, ending: str, reduced: Callable[[Tree], Tree]) -> WrongRule:
        cause = "missing-path" if mistake == "first-sample-only" else "wrong-reduction"
        says = f"The same {added} is added to every row, so the derivative is summed over the rows{ending}"
        question = f"What shape has {added}, and what does each row contribute to it?"
        rest = place.rules.gathered
        return place.wrong(
            mistake, cause, says, question, lambda dy: [(inner, reduced(dy)), (other, rest(dy, other, place.part))]
        )

    yield wrong("bias-not-summed-over-batch", ".", lambda dy: dy)
    yield wrong("first-sample-only", ", not over the first alone.", lambda dy: Index(dy, ZERO))
    yield wrong("mean-for-sum", ", not averaged.", lambda dy: Call("mean", (dy,), axis=0))
    yield wrong("sum-over-wrong-axis", ": over axis 0.", lambda dy: Call("sum", (dy,), axis=-1))


def _mentions(tree: Tree, name: Name) -> int:
    """Return how often a name stands in a formula, outside of comparisons, through which nothing goes back."""
    if isinstance(tree, Binary) and tree.operator in COMPARISONS:
        return 0
    return int(tree == name) + sum(_mentions(part, name) for part in parts(tree))


def _term_of(definition: Tree, mention: Name) -> Tree:
    """Return the term of a sum that has a mention of a variable, and no other; the whole definition if none has."""
    found = [own for _, own in terms(definition) if any(part is mention for part in walk(own))]
    return found[0] if found and _mentions(found[0], mention) == 1 else definition


def _of_route(place: Place, part: Name) -> Iterator[WrongRule]:
    """A mention of a variable that was not followed, followed twice, or with a minus sign."""
    name = shown(part.name)
    question = f"In how many places is {name} used?"
    times_used = _mentions(place.definition, part)
    route = f"The route from {name} through {place.shown}"
    if times_used > 1:
        inside = _term_of(place.definition, part)
        where = "one of the places" if inside == place.definition else plain(inside)
        forgotten = f"{name} stands {times_used} times in {place.shown}: what it does in {where} is missing."
    elif name == place.shown:
        forgotten = f"{name} is computed from others, and what it does for them is missing: the route through {name}."
    else:
        inside = _term_of(place.definition, part)
        by = "" if inside == place.definition else f", by {plain(inside)}"
        forgotten = f"{name} also acts through {place.shown}{by}: that route is missing."
    yield place.wrong("route-forgotten", "missing-path", forgotten, question, lambda _: [])
    yield place.wrong(
        "route-twice",
        "duplicate-path",
        f"{route} is counted twice.",
        question,
        lambda dy: [(part, times(TWO, dy))],
    )
    yield place.wrong(
        "route-negative",
        "wrong-sign",
        f"{route} has the wrong sign.",
        question,
        lambda dy: [(part, Negative(dy))],
    )
