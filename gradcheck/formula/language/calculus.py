"""The derivative of a formula, as a formula: how a cotangent goes back through each part of it.

``pullback`` walks from the value of a formula to the names in it. At every part it asks the one question of reverse
mode: if the derivative by this part is dy, what is the derivative by what stands inside? The answers are trees like any
others, so that they can be shown, simplified, given a value, and changed into the mistakes that people make.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from gradcheck.formula.language.simplify import simplified
from gradcheck.formula.language.tree import (
    ONE,
    PI,
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
    rewrite,
)

Shape = tuple[int, ...]
Contributions = list[tuple[Tree, Tree]]
"""The parts directly inside a formula, and the derivative that reaches each."""


@dataclass(frozen=True)
class Rules:
    """How cotangents go back: the textbook's rules, unless a slip has taken the place of one."""

    shape: Callable[[Tree], Shape]
    """The shape of any part."""
    size: Callable[[int], Tree]
    """The length of an axis, as it is written: a letter of the problem, or a number."""
    named: dict[Tree, Tree] = field(default_factory=dict)
    """The parts that have a name: a slope is written in h, not in sigmoid(...) all over again."""
    slip: Callable[[Tree, Tree], Contributions | None] = lambda _part, _dy: None
    """A wrong rule, for the parts that it has an answer for."""

    def pullback(self, part: Tree, dy: Tree) -> Iterator[tuple[str, Tree]]:
        """Yield for every mention of a name in the formula the derivative that reaches it there."""
        answer = self.slip(part, dy)
        if isinstance(part, Name):
            yield from ((part.name, own) for _, own in ([(part, dy)] if answer is None else answer))
            return
        for inner, cotangent in self.rule(part, dy) if answer is None else answer:
            yield from self.pullback(inner, cotangent)

    def rule(self, part: Tree, dy: Tree) -> Contributions:
        """Return what the right rule makes of the derivative dy by one part."""
        match part:
            case Negative(inner=inner):
                return [(inner, Negative(dy))]
            case Transpose(inner=inner):
                return [(inner, Transpose(dy))]
            case Index(array=array, at=at):
                return [(array, Call("scatter", (dy, at, array)))]
            case Binary(operator="@"):
                return self.of_matrices(part, dy)
            case Binary():
                return [(inner, self.gathered(own, inner, part)) for inner, own in self.of_pair(part, dy)]
            case Call():
                return self.of_call(part, dy)
        return []

    def of_pair(self, part: Binary, dy: Tree) -> Contributions:
        """Return the rule for two parts joined entry by entry."""
        left, right = part.left, part.right
        match part.operator:
            case "+":
                return [(left, dy), (right, dy)]
            case "-":
                return [(left, dy), (right, Negative(dy))]
            case "/":
                return [
                    (left, Binary("/", dy, right)),
                    (right, Negative(Binary("/", times(dy, left), Binary("^", right, TWO)))),
                ]
            case "^":
                return self.of_power(part, dy)
            case ">" | "<" | ">=" | "<=":
                return []
        return [(left, times(dy, right)), (right, times(dy, left))]

    def of_power(self, part: Binary, dy: Tree) -> Contributions:
        """d(u^n) = n u^(n-1) du, and d(a^u) = a^u log(a) du."""
        base, exponent = part.left, part.right
        if isinstance(exponent, Number):
            lowered = Binary("^", base, Number(exponent.value - 1))
            return [(base, times(dy, times(exponent, lowered)))]
        return [
            (base, times(dy, times(exponent, Binary("^", base, Binary("-", exponent, ONE))))),
            (exponent, times(dy, times(part, Call("log", (base,))))),
        ]

    def of_matrices(self, part: Binary, dy: Tree) -> Contributions:
        """Y = A B: dA = dY B^T and dB = A^T dY; a vector beside a matrix makes an outer product."""
        left, right = part.left, part.right
        match len(self.shape(left)), len(self.shape(right)):
            case 1, 1:
                return [(left, times(dy, right)), (right, times(dy, left))]
            case 2, 1:
                return [(left, Call("outer", (dy, right))), (right, Binary("@", Transpose(left), dy))]
            case 1, 2:
                return [(left, Binary("@", right, dy)), (right, Call("outer", (left, dy)))]
        return [(left, Binary("@", dy, Transpose(right))), (right, Binary("@", Transpose(left), dy))]

    def of_call(self, part: Call, dy: Tree) -> Contributions:
        """Return the rule for a function."""
        x, y = part.arguments[0], self.called(part)
        axis = -1 if part.axis is None else part.axis
        match part.function:
            case "sum":
                return [(x, self.spread(dy, part))]
            case "mean":
                return [(x, Binary("/", self.spread(dy, part), self.count(part)))]
            case "softmax":
                together = Call("sum", (times(dy, y),), axis=axis, keepdims=True)
                return [(x, times(y, Binary("-", dy, together)))]
            case "log_softmax":
                together = Call("sum", (dy,), axis=axis, keepdims=True)
                return [(x, Binary("-", dy, times(Call("exp", (y,)), together)))]
            case "maximum":
                first = Binary(">", x, part.arguments[1])
                second = Binary(">", part.arguments[1], x)
                return [(x, times(dy, first)), (part.arguments[1], times(dy, second))]
            case "outer":
                other = part.arguments[1]
                return [(x, Binary("@", dy, other)), (other, Binary("@", x, dy))]
            case "diag":
                return [(x, Call("diag", (dy,)))]
            case "column":
                return [(x, Call("flat", (dy,)))]
            case "size" | "count":
                return []
            case "det" | "logdet":
                inverse = Transpose(Call("inv", (x,)))
                return [(x, times(times(dy, y) if part.function == "det" else dy, inverse))]
            case "inv":
                return [(x, Negative(Binary("@", Binary("@", Transpose(y), dy), Transpose(y))))]
        return [(x, times(dy, slope_formula(part.function, x, y)))]

    def called(self, part: Tree) -> Tree:
        """Return the name of a part that has one, else the part."""
        return self.named.get(part, part)

    def spread(self, dy: Tree, part: Call) -> Tree:
        """Give the derivative by a sum to all that was summed."""
        x = part.arguments[0]
        return dy if self.shape(x) == self.shape(part) else Call("spread", (dy, x), axis=part.axis)

    def count(self, part: Call) -> Tree:
        """Return how many numbers a mean is over, as a formula."""
        shape = self.shape(part.arguments[0])
        axes = shape if part.axis is None else (shape[part.axis],)
        return product([self.size(length) for length in axes])

    def gathered(self, dy: Tree, inner: Tree, part: Tree) -> Tree:
        """Sum the derivative over the axes along which one part was repeated to fit the other."""
        own, whole = self.shape(inner), self.shape(part)
        for _ in range(len(whole) - len(own)):
            dy = Call("sum", (dy,), axis=0)
        for axis, (length, full) in enumerate(zip(own, whole[len(whole) - len(own) :], strict=True)):
            if length != full:
                dy = Call("sum", (dy,), axis=axis, keepdims=True)
        return dy


def times(left: Tree, right: Tree) -> Tree:
    """Return left * right, entry by entry."""
    return Binary("*", left, right)


def product(factors: Sequence[Tree]) -> Tree:
    """Return the product of all factors; 1 if there are none."""
    if not factors:
        return ONE
    whole = factors[0]
    for factor in factors[1:]:
        whole = times(whole, factor)
    return whole


def total(parts: Sequence[Tree]) -> Tree:
    """Return the sum of all parts; 0 if there are none."""
    if not parts:
        return ZERO
    whole = parts[0]
    for part in parts[1:]:
        whole = Binary("+", whole, part)
    return whole


def slope_by(tree: Tree, name: str) -> Tree:
    """Return the derivative of an expression of numbers by one of its names."""
    rules = Rules(shape=lambda _part: (), size=Number.of)
    return simplified(total([reached for source, reached in rules.pullback(tree, ONE) if source == name]))


def slope_formula(function: str, x: Tree, y: Tree) -> Tree:
    """Return f'(x) in terms of the argument x and the value y; f'(x) itself for a function that is left open."""
    if function not in _SLOPES:
        return Call(function, (x,), primes=1)
    letters = {"x": x, "y": y}
    return rewrite(_SLOPES[function], lambda part: letters.get(part.name) if isinstance(part, Name) else None)


def _slopes() -> dict[str, Tree]:
    """The slopes of the functions we know, in the letters x and y = f(x)."""
    x, y = Name("x"), Name("y")
    square, positive = Binary("^", x, TWO), Binary(">", x, ZERO)
    return {
        "sigmoid": times(y, Binary("-", ONE, y)),
        "tanh": Binary("-", ONE, Binary("^", y, TWO)),
        "relu": Binary(">", x, ZERO),
        "softplus": Call("sigmoid", (x,)),
        "exp": y,
        "log": Binary("/", ONE, x),
        "sqrt": Binary("/", Number(Fraction(1, 2)), y),
        "abs": Call("sign", (x,)),
        "sign": ZERO,
        "sin": Call("cos", (x,)),
        "cos": Negative(Call("sin", (x,))),
        "cosh": Call("sinh", (x,)),
        "sinh": Call("cosh", (x,)),
        "square": times(TWO, x),
        "tan": Binary("+", ONE, Binary("^", y, TWO)),
        "arcsin": _over(_root(Binary("-", ONE, square))),
        "arccos": Negative(_over(_root(Binary("-", ONE, square)))),
        "arctan": _over(Binary("+", ONE, square)),
        "arcsinh": _over(_root(Binary("+", square, ONE))),
        "arccosh": _over(_root(Binary("-", square, ONE))),
        "arctanh": _over(Binary("-", ONE, square)),
        "erf": times(Binary("/", TWO, _root(PI)), Call("exp", (Negative(square),))),
        "normcdf": Call("normpdf", (x,)),
        "normpdf": Negative(times(x, y)),
        "gamma": times(y, Call("digamma", (x,))),
        "lgamma": Call("digamma", (x,)),
        "digamma": Call("trigamma", (x,)),
        "J0": Negative(Call("J1", (x,))),
        "J1": Binary("-", Call("J0", (x,)), Binary("/", y, x)),
        "silu": Binary("+", y, times(Call("sigmoid", (x,)), Binary("-", ONE, y))),
        "gelu": Binary("+", Call("normcdf", (x,)), times(x, Call("normpdf", (x,)))),
        "elu": Binary("+", positive, times(Binary("-", ONE, positive), Call("exp", (x,)))),
        "softsign": _over(Binary("^", Binary("+", ONE, Call("abs", (x,))), TWO)),
    }


def _over(tree: Tree) -> Tree:
    return Binary("/", ONE, tree)


def _root(tree: Tree) -> Tree:
    return Call("sqrt", (tree,))


_SLOPES = _slopes()
