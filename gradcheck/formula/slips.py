"""The wrong derivations that a forward pass invites: nobody writes wrong answers by hand.

At every part of every definition, the rule by which a cotangent goes back can be got wrong in ways that belong to that
kind of part: a slope forgotten, taken twice or at the wrong place, a factor left out, a sum over the batch not taken, a
route not followed. Each gives a wrong gradient that can be computed, and compared with what a person wrote.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gradcheck.formula.calculus import Contributions, Rules, slope_formula, times
from gradcheck.formula.functions import ACTIVATIONS, ELEMENTWISE
from gradcheck.formula.problem import Problem
from gradcheck.formula.tree import ONE, ZERO, Binary, Call, Index, Name, Negative, Number, Transpose, Tree, walk
from gradcheck.formula.writing import plain

Rule = Callable[[Tree, Rules], Contributions]
"""What a wrong rule makes of the derivative by a part."""


@dataclass(frozen=True, eq=False)
class WrongRule:
    """One rule got wrong at one place of the forward pass."""

    mistake: str
    """Its name."""
    cause: str
    says: str
    """One sentence for the person who made it."""
    question: str
    node: str
    """The definition in which it happens."""
    part: Tree
    """The part of that definition."""
    rule: Rule

    def slip(self, part: Tree, dy: Tree, rules: Rules) -> Contributions | None:
        """Answer for this one part, and leave all others to the right rules."""
        return self.rule(dy, rules) if part is self.part else None


def wrong_rules(problem: Problem, rules: Rules, inside: list[str]) -> Iterator[WrongRule]:
    """Yield every rule that could have been got wrong in the given definitions."""
    for node in inside:
        for part in walk(problem.definitions[node]):
            yield from _at(part, node, rules)


def _at(part: Tree, node: str, rules: Rules) -> Iterator[WrongRule]:
    match part:
        case Name(name=name):
            yield from _of_route(part, node, name)
        case Call(function=function) if function in ELEMENTWISE or function not in (
            "sum",
            "mean",
            "softmax",
            "log_softmax",
        ):
            yield from _of_slope(part, node)
        case Call(function="softmax"):
            yield from _of_softmax(part, node)
        case Call(function="mean"):
            yield from _of_mean(part, node)
        case Binary(operator="^", right=Number()):
            yield from _of_power(part, node)
        case Binary(operator="*" | "⊙"):
            yield from _of_product(part, node)
        case Binary(operator="@"):
            yield from _of_matrices(part, node, rules)
        case Binary(operator="-"):
            yield from _of_difference(part, node)
        case Binary(operator="+"):
            yield from _of_sum(part, node, rules)


def _of_slope(part: Call, node: str) -> Iterator[WrongRule]:
    """A slope forgotten, taken twice, at the wrong place, halved, or that of another function."""
    x, f = part.arguments[0], part.function
    slope = lambda rules: slope_formula(f, x, rules.called(part))  # noqa: E731 - one line, used seven times
    shown = f"{f}'"
    what = "It is squashed by" if f in ACTIVATIONS else "It passes through"

    def wrong(mistake: str, cause: str, says: str, question: str, rule: Rule) -> WrongRule:
        return WrongRule(mistake, cause, says, question, node, part, rule)

    yield wrong(
        "activation-derivative-missing", "missing-factor",
        f"{what} {f} at {_of(node)}: its slope, {shown}, is missing.",
        f"If the argument of {f} moves by a little, how far does {_of(node)} move?",
        lambda dy, rules: [(x, dy)],
    )  # fmt: skip
    yield wrong(
        "activation-derivative-twice", "extra-factor",
        f"The slope {shown} at {_of(node)} is in there twice.",
        f"How many times does the signal pass through {f} at {_of(node)}?",
        lambda dy, rules: [(x, times(times(dy, slope(rules)), slope(rules)))],
    )  # fmt: skip
    if f not in ("sigmoid", "tanh", "softplus", "relu", "exp", "log", "sqrt") and f in ELEMENTWISE:
        return
    yield wrong(
        "derivative-at-activation", "wrong-activation-derivative",
        f"The slope {shown} is taken at the activation {_of(node)}; it belongs at the pre-activation, the argument of {f}.",
        f"Where on its graph is {f} when its argument is z?",
        lambda dy, rules: [(x, times(dy, slope_formula(f, rules.called(part), Call(f, (rules.called(part),)))))],
    )  # fmt: skip
    if f in ("sigmoid", "tanh"):
        yield from _of_squashing(wrong, f, node, x)


def _of_squashing(wrong: Callable[..., WrongRule], f: str, node: str, x: Tree) -> Iterator[WrongRule]:
    """The slope of sigmoid and tanh is written in the output, and that is where it goes wrong."""
    other = "tanh" if f == "sigmoid" else "sigmoid"
    own = _of(node)
    form = f"{own}*(1 - {own})" if f == "sigmoid" else f"1 - {own}^2"
    says = f"The slope of {f} at {own} is {form}"
    question = f"What is the slope of {f}, written in its output?"
    cause = "wrong-activation-derivative"
    yield wrong(
        "slope-formula-fed-pre-activation", cause, f"{says}, with the output {own} in it, not its argument.", question,
        lambda dy, rules: [(x, times(dy, slope_formula(f, x, x)))],
    )  # fmt: skip
    yield wrong(
        "slope-of-another-function", cause, f"{says}; this is the slope of {other}.", question,
        lambda dy, rules: [(x, times(dy, slope_formula(other, x, Name(node))))],
    )  # fmt: skip
    for factor in (lambda dy: slope_formula(f, x, dy), lambda dy: times(dy, slope_formula(f, x, dy))):
        yield wrong(
            "slope-of-the-error", cause, f"{says}: it depends on the output, not on the error that comes back.", question,
            lambda dy, rules, factor=factor: [(x, factor(dy))],
        )  # fmt: skip
    if f == "sigmoid":
        for half, missing in ((Name(node), f"1 - {own}"), (Binary("-", ONE, Name(node)), own)):
            yield wrong(
                "half-of-the-slope", cause, f"{says}; the factor {missing} is missing.", question,
                lambda dy, rules, half=half: [(x, times(dy, half))],
            )  # fmt: skip


def _of_softmax(part: Call, node: str) -> Iterator[WrongRule]:
    x, y = part.arguments[0], Name(node)
    yield WrongRule(
        "softmax-diagonal-only", "missing-path",
        f"Raising one argument of softmax lowers all the other entries of {node}: the terms off the diagonal are missing.",
        "If z_1 grows, what happens to the other outputs?", node, part,
        lambda dy, rules: [(x, times(dy, times(y, Binary("-", ONE, y))))],
    )  # fmt: skip
    yield WrongRule(
        "softmax-own-output-only", "missing-path",
        f"Raising one argument of softmax lowers all the other entries of {node}: what the others send back is missing.",
        "If z_1 grows, what happens to the other outputs?", node, part, lambda dy, rules: [(x, times(dy, y))],
    )  # fmt: skip
    yield WrongRule(
        "softmax-jacobian-twice", "extra-factor",
        "The difference of prediction and target already contains the derivative of the softmax; it is in there twice.",
        "Which derivative is p - t: the one by p, or the one by z?", node, part,
        lambda dy, rules: [(x, times(rules.rule(part, dy)[0][1], times(y, Binary("-", ONE, y))))],
    )  # fmt: skip
    yield WrongRule(
        "activation-derivative-missing", "missing-factor", f"The derivative has to pass through the softmax at {node}.",
        "How do the outputs move when one argument moves?", node, part, lambda dy, rules: [(x, dy)],
    )  # fmt: skip
    yield WrongRule(
        "softmax-jacobian-twice", "extra-factor",
        "The difference of prediction and target already contains the derivative of the softmax; it is in there twice.",
        "Which derivative is p - t: the one by p, or the one by z?", node, part,
        lambda dy, rules: rules.rule(part, rules.rule(part, dy)[0][1]),
    )  # fmt: skip


def _of_mean(part: Call, node: str) -> Iterator[WrongRule]:
    x = part.arguments[0]
    yield WrongRule(
        "sum-for-mean", "wrong-constant", f"{_of(node)} is a mean, so its derivative carries 1 over the number of entries.",
        "If the batch were twice as long, what would each sample's share be?", node, part,
        lambda dy, rules: [(x, rules.spread(dy, part))],
    )  # fmt: skip


def _of_power(part: Binary, node: str) -> Iterator[WrongRule]:
    base, n = part.left, part.right
    assert isinstance(n, Number)  # noqa: S101 - tells the type checker what the caller knows
    lowered = Binary("^", base, Number(n.value - 1))
    yield WrongRule(
        "loss-factor", "wrong-constant", f"The power {plain(n)} comes down as a factor: the derivative of u^{plain(n)} is {plain(n)}*u.",
        "What is the derivative of u^2, and of u^2/2?", node, part, lambda dy, rules: [(base, times(dy, lowered))],
    )  # fmt: skip
    yield WrongRule(
        "power-not-lowered", "wrong-variable", "The exponent has to go down by one.", "What is the derivative of u^2?",
        node, part, lambda dy, rules: [(base, times(dy, times(n, part)))],
    )  # fmt: skip
    yield WrongRule(
        "outer-derivative-missing", "missing-factor", f"The derivative of the square in {_of(node)} is missing: the loss link.",
        f"How does {_of(node)} move when what is squared moves?", node, part, lambda dy, rules: [(base, dy)],
    )  # fmt: skip
    if isinstance(base, Binary) and base.operator == "-":
        a, b = base.left, base.right
        yield WrongRule(
            "square-of-a-difference", "wrong-variable", "(a - b)^2 is not a^2 - b^2: the derivative keeps the whole difference.",
            "What is (3 - 1)^2, and what is 3^2 - 1^2?", node, part,
            lambda dy, rules: [(a, times(dy, times(n, a))), (b, Negative(times(dy, times(n, b))))],
        )  # fmt: skip


def _of_product(part: Binary, node: str) -> Iterator[WrongRule]:
    left, right = part.left, part.right
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Number):
            continue
        yield WrongRule(
            "factor-missing", "missing-factor", f"The derivative of a product by {plain(one)} is the other factor, {plain(other)}, which is missing.",
            f"If {plain(one)} moves by 1, how far does {plain(part)} move?", node, part,
            lambda dy, rules, one=one, other=other: [
                (one, rules.gathered(dy, one, part)), (other, rules.gathered(times(dy, one), other, part))
            ],
        )  # fmt: skip
        yield WrongRule(
            "own-factor-kept", "wrong-variable", f"By {plain(one)}, the factor that remains of {plain(part)} is {plain(other)}.",
            f"If {plain(one)} moves by 1, how far does {plain(part)} move?", node, part,
            lambda dy, rules, one=one, other=other: [
                (one, rules.gathered(times(dy, one), one, part)), (other, rules.gathered(times(dy, one), other, part))
            ],
        )  # fmt: skip


def _of_matrices(part: Binary, node: str, rules: Rules) -> Iterator[WrongRule]:
    left, right = part.left, part.right
    if len(rules.shape(left)) == len(rules.shape(right)) == 2:
        yield WrongRule(
            "missing-transpose", "missing-transpose", f"To send the error back through {plain(part)}, {plain(right)} is transposed.",
            "Which entries of the matrix connect input i to the outputs: a row, or a column?", node, part,
            lambda dy, rules: [(left, Binary("@", dy, right)), (right, Binary("@", Transpose(left), dy))],
        )  # fmt: skip


def _of_difference(part: Binary, node: str) -> Iterator[WrongRule]:
    left, right = part.left, part.right
    yield WrongRule(
        "inner-sign", "wrong-sign", f"The inner derivative of {plain(part)} by {plain(right)} is -1.",
        f"If {plain(right)} grows, does {plain(part)} grow or shrink?", node, part,
        lambda dy, rules: [(left, rules.gathered(dy, left, part)), (right, rules.gathered(dy, right, part))],
    )  # fmt: skip


def _of_sum(part: Binary, node: str, rules: Rules) -> Iterator[WrongRule]:
    for inner, other in ((part.left, part.right), (part.right, part.left)):
        own, whole = rules.shape(inner), rules.shape(part)
        if own == whole:
            continue
        rest: Callable[[Tree, Rules], Contributions] = lambda dy, rules, other=other: [
            (other, rules.gathered(dy, other, part))
        ]  # noqa: E731
        says = f"The same {plain(inner)} is added to every row, so the derivative is summed over the rows"
        question = f"What shape has {plain(inner)}, and what does each row contribute to it?"
        for mistake, ending, wrong in (
            ("bias-not-summed-over-batch", ".", lambda dy: dy),
            ("first-sample-only", ", not over the first alone.", lambda dy: Index(dy, ZERO)),
            ("mean-for-sum", ", not averaged.", lambda dy: Call("mean", (dy,), axis=0)),
            ("sum-over-wrong-axis", ": over axis 0.", lambda dy: Call("sum", (dy,), axis=-1)),
        ):
            yield WrongRule(
                mistake, "missing-path" if mistake == "first-sample-only" else "wrong-reduction", says + ending, question, node, part,
                lambda dy, rules, inner=inner, wrong=wrong, rest=rest: [(inner, wrong(dy)), *rest(dy, rules)],
            )  # fmt: skip


def _of_route(part: Name, node: str, name: str) -> Iterator[WrongRule]:
    """A mention of a variable that was not followed, followed twice, or with a minus sign."""
    to = _of(node)
    question = f"In how many places is {_of(name)} used?"
    yield WrongRule(
        "route-forgotten", "missing-path", f"{_of(name)} also acts through {to}: that route is missing.", question,
        node, part, lambda dy, rules: [],
    )  # fmt: skip
    yield WrongRule(
        "route-twice", "duplicate-path", f"The route from {_of(name)} through {to} is counted twice.", question,
        node, part, lambda dy, rules: [(part, times(Number.of(2), dy))],
    )  # fmt: skip
    yield WrongRule(
        "route-negative", "wrong-sign", f"The route from {_of(name)} through {to} has the wrong sign.", question,
        node, part, lambda dy, rules: [(part, Negative(dy))],
    )  # fmt: skip


def _of(name: str) -> str:
    """Return a variable as a person knows it."""
    return name.removeprefix("net_")
