"""The slopes that people get wrong: forgotten, taken twice, at the wrong place, halved, or of another function."""

from collections.abc import Callable, Iterator

from gradcheck.formula.diagnose.wrong import Place, WrongRule
from gradcheck.formula.language.calculus import slope_formula, times
from gradcheck.formula.language.functions import ACTIVATIONS, ELEMENTWISE
from gradcheck.formula.language.simplify import simplified
from gradcheck.formula.language.tree import ONE, Binary, Call, Negative, Number, Tree
from gradcheck.formula.language.writing import plain

SMOOTH = ("sigmoid", "tanh", "softplus", "relu", "exp", "log", "sqrt")
"""Functions whose slope people write in the value, and so take at the wrong place."""


def of_function(place: Place, part: Call) -> Iterator[WrongRule]:
    """The slope of a function of each entry: forgotten, taken twice, taken at the activation."""
    x, function, net = part.arguments[0], part.function, place.rules.called(part)
    slope = slope_formula(function, x, net)
    verb = "It is squashed by" if function in ACTIVATIONS else "It passes through"
    yield place.wrong(
        "activation-derivative-missing",
        "missing-factor",
        f"{verb} {function} at {place.shown}: its slope, {function}', is missing.",
        f"If the argument of {function} moves by a little, how far does {place.shown} move?",
        lambda dy: [(x, dy)],
    )
    yield place.wrong(
        "activation-derivative-twice",
        "extra-factor",
        f"The slope {function}' at {place.shown} is in there twice.",
        f"How many times does the signal pass through {function} at {place.shown}?",
        lambda dy: [(x, times(times(dy, slope), slope))],
    )
    if function not in SMOOTH and function in ELEMENTWISE:
        return
    yield place.wrong(
        "derivative-at-activation",
        "wrong-activation-derivative",
        f"The slope {function}' is taken at the activation {place.shown}; it belongs at the pre-activation, the "
        f"argument of {function}.",
        f"Where on its graph is {function} when its argument is z?",
        lambda dy: [(x, times(dy, slope_formula(function, net, Call(function, (net,)))))],
    )
    if function in ("sigmoid", "tanh"):
        yield from _of_squashing(place, function, x)
    if function == "exp":
        yield place.wrong(
            "power-rule-for-an-exponential",
            "wrong-activation-derivative",
            f"The derivative of exp(u) is exp(u), not u*exp(u - 1): at {place.shown}, the exponent moves.",
            "What is the derivative of e^x: does it grow like a power?",
            lambda dy: [(x, times(dy, times(x, Call("exp", (Binary("-", x, ONE),)))))],
        )


def _of_squashing(place: Place, function: str, x: Tree) -> Iterator[WrongRule]:
    """The slope of sigmoid and tanh is written in the output, and that is where it goes wrong."""
    other = "tanh" if function == "sigmoid" else "sigmoid"
    output, name = place.output, plain(place.output)
    form = f"{name}*(1 - {name})" if function == "sigmoid" else f"1 - {name}^2"
    says = f"The slope of {function} at {name} is {form}"

    def wrong(mistake: str, ending: str, slope: Callable[[Tree], Tree]) -> WrongRule:
        question = f"What is the slope of {function}, written in its output?"
        return place.wrong(mistake, "wrong-activation-derivative", says + ending, question, lambda dy: [(x, slope(dy))])

    yield wrong(
        "slope-formula-fed-pre-activation",
        f", with the output {name} in it, not its argument.",
        lambda dy: times(dy, slope_formula(function, x, x)),
    )
    yield wrong(
        "slope-of-another-function",
        f"; this is the slope of {other}.",
        lambda dy: times(dy, slope_formula(other, x, output)),
    )
    ending = ": it depends on the output, not on the error that comes back."
    yield wrong("slope-of-the-error", ending, lambda dy: slope_formula(function, x, dy))
    yield wrong("slope-of-the-error", ending, lambda dy: times(dy, slope_formula(function, x, dy)))
    if function == "sigmoid":
        rest = Binary("-", ONE, output)
        yield wrong("half-of-the-slope", f"; the factor 1 - {name} is missing.", lambda dy: times(dy, output))
        yield wrong("half-of-the-slope", f"; the factor {name} is missing.", lambda dy: times(dy, rest))


def of_maximum(place: Place, part: Call) -> WrongRule:
    """The larger of two: what goes back to it alone is handed to both."""
    larger = Binary(">", *part.arguments)
    return place.wrong(
        "activation-derivative-missing",
        "missing-factor",
        f"What goes back through {plain(part)} reaches the larger of the two alone: the factor {plain(larger)}, or its "
        "opposite, is missing.",
        f"How far does {place.shown} move if the smaller of the two moves by a little?",
        lambda dy: [(x, dy) for x in part.arguments],
    )


def of_softmax(place: Place, part: Call) -> Iterator[WrongRule]:
    """The Jacobian of softmax: its diagonal alone, or taken twice."""
    x, y = part.arguments[0], place.output
    slope = times(y, Binary("-", ONE, y))
    lowers = f"Raising one argument of softmax lowers all the other entries of {place.node}"
    twice = (
        "The difference of prediction and target already contains the derivative of the softmax; it is in there twice."
    )

    def wrong(mistake: str, cause: str, says: str, question: str, through: Callable[[Tree], Tree]) -> WrongRule:
        return place.wrong(mistake, cause, says, question, lambda dy: [(x, through(dy))])

    def right(dy: Tree) -> Tree:
        return place.rules.rule(part, dy)[0][1]

    others = "If z_1 grows, what happens to the other outputs?"
    which = "Which derivative is p - t: the one by p, or the one by z?"
    yield wrong(
        "softmax-diagonal-only",
        "missing-path",
        f"{lowers}: the terms off the diagonal are missing.",
        others,
        lambda dy: times(dy, slope),
    )
    yield wrong(
        "softmax-own-output-only",
        "missing-path",
        f"{lowers}: what the others send back is missing.",
        others,
        lambda dy: times(dy, y),
    )
    yield wrong("softmax-jacobian-twice", "extra-factor", twice, which, lambda dy: times(right(dy), slope))
    yield wrong(
        "activation-derivative-missing",
        "missing-factor",
        f"The derivative has to pass through the softmax at {place.node}.",
        "How do the outputs move when one argument moves?",
        lambda dy: dy,
    )
    yield wrong("softmax-jacobian-twice", "extra-factor", twice, which, lambda dy: right(right(dy)))


def of_exponential(place: Place, part: Binary) -> Iterator[WrongRule]:
    """a^u: taken for a power, or its logarithm lost."""
    base, exponent = part.left, part.right
    lowered = Binary("^", base, Binary("-", exponent, ONE))
    power, name, raised = plain(part), plain(base), plain(exponent)
    question = "What is the derivative of 2^x: does it grow like a power?"

    def wrong(mistake: str, cause: str, says: str, by_exponent: Callable[[Tree], Tree]) -> WrongRule:
        by_base = place.rules.of_power
        return place.wrong(
            mistake, cause, says, question, lambda dy: [by_base(part, dy)[0], (exponent, by_exponent(dy))]
        )

    yield wrong(
        "power-rule-for-an-exponential",
        "wrong-activation-derivative",
        f"In {power} it is the exponent that moves: its derivative by {raised} is {power}*log({name}), not "
        f"{raised}*{name}^({raised} - 1).",
        lambda dy: times(dy, times(exponent, lowered)),
    )
    yield wrong(
        "logarithm-missing",
        "missing-factor",
        f"The derivative of {power} by {raised} is {power}*log({name}); the logarithm is missing.",
        lambda dy: times(dy, part),
    )


def of_power(place: Place, part: Binary, exponent: Number) -> Iterator[WrongRule]:
    """u^n: its n or its u lost, or a difference squared term by term."""
    base, n = part.left, plain(exponent)
    lowered = Binary("^", base, Number(exponent.value - 1))
    yield place.wrong(
        "loss-factor",
        "wrong-constant",
        f"The power {n} comes down as a factor: the derivative of u^{n} is {n}*u.",
        "What is the derivative of u^2, and of u^2/2?",
        lambda dy: [(base, times(dy, lowered))],
    )
    yield place.wrong(
        "power-not-lowered",
        "wrong-variable",
        "The exponent has to go down by one.",
        "What is the derivative of u^2?",
        lambda dy: [(base, times(dy, times(exponent, part)))],
    )
    yield place.wrong(
        "outer-derivative-missing",
        "missing-factor",
        f"The derivative of {plain(part)} is missing: {plain(simplified(times(exponent, lowered)))}.",
        f"How does {plain(part)} move when {plain(base)} moves?",
        lambda dy: [(base, dy)],
    )
    if isinstance(base, Binary) and base.operator == "-":
        a, b = base.left, base.right
        yield place.wrong(
            "square-of-a-difference",
            "wrong-variable",
            "(a - b)^2 is not a^2 - b^2: the derivative keeps the whole difference.",
            "What is (3 - 1)^2, and what is 3^2 - 1^2?",
            lambda dy: [(a, times(dy, times(exponent, a))), (b, Negative(times(dy, times(exponent, b))))],
        )
