"""Functions that are another way to write something: ``np.multiply`` a sign, ``np.where`` a mask, ``sech`` a quotient.

What has a sign or a shorter form is read as that, so that nothing further on has to know both.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from gradcheck.formula.language.functions import COMPARING, OF_COLUMNS, QUOTIENTS, TAKING_TWO
from gradcheck.formula.language.tree import ONE, TWO, ZERO, Binary, Call, Negative, Number, Span, Transpose, Tree
from gradcheck.formula.text.unreadable import Unreadable

TAKING = {
    "outer": 2,
    "inner": 2,
    "maximum": 2,
    "minimum": 2,
    "spread": 2,
    "heaviside": 2,
    "crossprod": 2,
    "tcrossprod": 2,
} | dict.fromkeys(("clip", "scatter", "where"), 3)
"""How many arguments functions take that do not take one."""
SIGNS = TAKING_TWO | COMPARING
"""Functions that are signs."""
ALONE = ("heaviside", "maximum", "crossprod", "tcrossprod")
"""Those of two arguments that take one as well: a step at zero, the largest entry, a matrix by itself."""
REWRITTEN: dict[str, Callable[[Tree], Tree]] = {
    "transpose": Transpose,
    "negative": Negative,
    "norm": lambda x: Call("sqrt", (Call("sum", (Binary("^", x, TWO),)),)),
    "trace": lambda x: Call("sum", (Call("diag", (x,)),)),
    "erfc": lambda x: Binary("-", ONE, Call("erf", (x,))),
    "log1p": lambda x: Call("log", (Binary("+", ONE, x),)),
    "expm1": lambda x: Binary("-", Call("exp", (x,)), ONE),
    "log2": lambda x: Binary("/", Call("log", (x,)), Call("log", (TWO,))),
    "log10": lambda x: Binary("/", Call("log", (x,)), Call("log", (Number.of(10),))),
    "cbrt": lambda x: Binary("^", x, Number(Fraction(1, 3))),
}
"""Functions of one argument that have a longer form in others."""
COMPARISONS = (">", "<", ">=", "<=")
"""Signs whose answer is 0 or 1."""


def built(function: str, arguments: list[Tree], primes: int, axis: int | None, keepdims: bool, span: Span) -> Tree:
    """Return a call, or what the function is another way to write. Raises Unreadable if it takes other arguments."""
    while function in ("maximum", "minimum") and len(arguments) > 2:
        arguments = [built(function, arguments[:2], primes, axis, keepdims, span), *arguments[2:]]
    wanted = TAKING.get(function, 2 if function in SIGNS else 1)
    alone = function in ALONE and len(arguments) == 1
    if len(arguments) != wanted and not alone:
        raise Unreadable(f"{function} takes {wanted} argument{'s' * (wanted > 1)}, not {len(arguments)}", span)
    if function == "log" and isinstance(arguments[0], Call) and arguments[0].function == "det":
        return replace(arguments[0], function="logdet", span=span)
    if function in SIGNS:
        return Binary(SIGNS[function], arguments[0], arguments[1], span=span)
    if function in OF_COLUMNS:
        adding, along = OF_COLUMNS[function]
        return Call(adding, tuple(arguments), axis=along, span=span)
    if function in SPELLED:
        return _placed(SPELLED[function](arguments, span), span)
    match function:
        case "rowsum":
            return Call("sum", tuple(arguments), axis=-1, keepdims=True, span=span)
        case "maximum" if alone:
            return Call("max", tuple(arguments), axis=axis, keepdims=keepdims, span=span)
        case "logsumexp":
            powers = Call("exp", tuple(arguments))
            return Call("log", (Call("sum", (powers,), axis=axis, keepdims=keepdims),), span=span)
        case "same":
            return arguments[0]
    if function in (*QUOTIENTS, *REWRITTEN):
        if primes:
            raise Unreadable(f"{function} is read, and its slope is not", span, "the slope, written out")
        return _placed(_longer(function, arguments[0]), span)
    return Call(function, tuple(arguments), primes, axis, keepdims, span=span)


def _longer(function: str, x: Tree) -> Tree:
    """Return a function of one argument in its longer form."""
    if function in REWRITTEN:
        return REWRITTEN[function](x)
    above, below = (Call(own, (x,)) if own else ONE for own in QUOTIENTS[function])
    return Binary("/", above, below)


def _smaller(one: Tree, other: Tree, span: Span) -> Tree:
    """Return the smaller of two, min(a, b) = -max(-a, -b)."""
    return Negative(Call("maximum", (Negative(one), Negative(other)), span=span), span=span)


def chosen(mask: Tree, inside: Tree, outside: Tree, span: Span) -> Tree:
    """Return ``np.where(mask, inside, outside)`` as a product with the mask, or with its opposite."""
    if not isinstance(mask, Binary) or mask.operator not in COMPARISONS:
        raise Unreadable("a comparison is expected here", mask.span or span, "np.where(Z > 0, 1, 0)")
    kept = mask if inside == ONE else Binary("⊙", inside, mask)
    if isinstance(outside, Number) and outside == ZERO:
        return _placed(kept, span)
    rest = Binary("⊙", Binary("-", ONE, mask), outside)
    return _placed(rest if inside == ZERO else Binary("+", kept, rest), span)


def _placed(tree: Tree, span: Span) -> Tree:
    return replace(tree, span=span)


SPELLED: dict[str, Callable[[list[Tree], Span], Tree]] = {
    "crossprod": lambda own, span: Binary("@", Transpose(own[0]), own[-1], span=span),
    "tcrossprod": lambda own, span: Binary("@", own[0], Transpose(own[-1]), span=span),
    "minimum": lambda own, span: _smaller(own[0], own[1], span),
    "clip": lambda own, span: Call("maximum", (own[1], _smaller(own[0], own[2], span))),
    "len": lambda own, _: Call("size", tuple(own), axis=0),
    "inner": lambda own, span: Call("sum", (Binary("⊙", own[0], own[1], span=span),)),
    "where": lambda own, span: chosen(own[0], own[1], own[2], span),
    "heaviside": lambda own, _: Binary(">", own[0], ZERO),
}
"""Functions of several arguments that are a longer form of others."""
