"""Changes of a person's text that are tried when no likelier one makes it right.

A factor that stands in the forward pass is missing, a matrix is not inverted, an exponent not lowered, a function left
out or taken for its kin, Kronecker's delta taken for 1, a part of the text to be exchanged for a variable.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

from gradcheck.formula.diagnose.edit import Edit, quoted
from gradcheck.formula.diagnose.pool import Pool
from gradcheck.formula.language.functions import ELEMENTWISE
from gradcheck.formula.language.squares import SQUARE
from gradcheck.formula.language.tree import (
    KRONECKER,
    ONE,
    Binary,
    Call,
    Derivative,
    Each,
    Entry,
    Name,
    Negative,
    Number,
    Transpose,
    Tree,
    names,
    parts,
    walk,
)

KIN = {
    "sin": ("cos",), "cos": ("sin",), "sinh": ("cosh",), "cosh": ("sinh",), "exp": ("log",), "log": ("exp",),
    "lgamma": ("digamma",), "gamma": ("digamma",), "normcdf": ("normpdf",), "normpdf": ("normcdf",),
}  # fmt: skip
"""Functions that are taken for each other."""
LARGEST = 12
"""Of how many parts a factor of the forward pass may be made that is told as missing."""
BELONGS = "It is {new} that belongs here, not {old}."


def further_changes(tree: Tree, pool: Pool) -> Iterator[Edit]:
    """Yield the changes of one part."""
    match tree:
        case Number():
            yield from _of_number(tree, pool)
        case Name():
            yield from _of_another_shape(tree, pool)
        case Binary(operator="^", left=Entry(letters=(letter,)) as entry, right=Number(value=2)):
            for other in (replace(entry, letters=(own,)) for own in pool.letters if own != letter):
                yield Edit(tree, Binary("*", entry, other), "wrong-variable", BELONGS, "wrong-letter")
        case Call() if tree.function in KIN:
            yield from _of_kin(tree)
    if set(SQUARE) & pool.problem.functions:
        yield from _of_inverse(tree, pool)
    yield from _of_function(tree, pool)
    yield from _of_factor(tree, pool)
    yield from _of_term(tree, pool)
    if isinstance(tree, Binary | Call):
        for variable in (*pool.variables(pool.shape(tree) or ()), *_entries(tree, pool)):
            yield Edit(tree, variable, "wrong-variable", BELONGS)
        yield from _of_derivatives(tree, pool)
        yield from _of_power(tree)


def lowered(tree: Tree, _pool: Pool) -> Iterator[Edit]:
    """Yield a power with its exponent, if that is no number, one lower or one higher."""
    if isinstance(tree, Binary) and tree.operator == "^" and not isinstance(tree.right, Number):
        lower, higher = (Binary("^", tree.left, Binary(sign, tree.right, ONE)) for sign in "-+")
        says = "The exponent has to go down by one: {new}, not {old}."
        yield Edit(tree, lower, "wrong-constant", says, "power-not-lowered")
        yield Edit(tree, higher, "wrong-constant", BELONGS)


def _of_number(tree: Number, pool: Pool) -> Iterator[Edit]:
    """A number in the place of another, or of a variable; a 1 in the place of Kronecker's delta."""
    for number in (Fraction(0), tree.value + 2, tree.value - 2, -tree.value):
        yield Edit(tree, Number(number), "wrong-constant", "The number {old} is not right here; it should be {new}.")
    for variable in pool.variables(()):
        yield Edit(tree, variable, "wrong-variable", BELONGS)
        yield Edit(tree, Negative(variable), "wrong-variable", BELONGS)
    for place, one in enumerate(pool.letters):
        for other in pool.letters[place + 1 :]:
            says = f"This is right where {one} = {other} alone; elsewhere it is 0 that belongs here: {{new}}."
            yield Edit(tree, Entry(KRONECKER, (one, other)), "missing-path", says, "diagonal-only")


def _of_another_shape(tree: Name, pool: Pool) -> Iterator[Edit]:
    """Another variable, with as many axes, whose shape is another."""
    shape = pool.shape(tree) or ()
    for other in pool.variables_with(len(shape)):
        if pool.shape(other) != shape:
            yield Edit(tree, other, "wrong-variable", BELONGS)
    for letter in pool.letters if len(shape) == 1 else ():
        says = f"{{old}} is the whole vector; the letter {letter} is missing."
        yield Edit(tree, Entry(tree, (letter,)), "wrong-variable", says, "wrong-letter")


def _of_kin(tree: Call) -> Iterator[Edit]:
    """A function in the place of another."""
    for other in KIN.get(tree.function, ()):
        turned = replace(tree, function=other)
        for new in (turned, Negative(turned)):
            yield Edit(tree, new, "wrong-activation-derivative", BELONGS, "function-for-its-slope")


def _of_inverse(tree: Tree, pool: Pool) -> Iterator[Edit]:
    """A matrix in the place of its inverse, or the other way round."""
    if isinstance(tree, Call) and tree.function == "inv":
        says = "It is {new} itself that belongs here, not its inverse."
        yield Edit(tree, tree.arguments[0], "inverted-factor", says)
    shape = pool.shape(tree) or ()
    if len(shape) == 2 and shape[0] == shape[1]:
        says = "It is the inverse of {old} that belongs here."
        yield Edit(tree, Call("inv", (tree,)), "inverted-factor", says)


def _of_function(tree: Tree, pool: Pool) -> Iterator[Edit]:
    """A function that is left out."""
    if isinstance(tree, Number):
        return
    slopes = {"sign"} if "abs" in pool.problem.functions else set()
    for function in sorted(pool.problem.functions & set(ELEMENTWISE) | slopes):
        says = f"{function} is missing here: {{new}}, not {{old}}."
        yield Edit(tree, Call(function, (tree,)), "wrong-variable", says, "function-left-out")


def _of_factor(tree: Tree, pool: Pool) -> Iterator[Edit]:
    """A factor of the forward pass that is left out, or a number that is to be divided by."""
    shape = pool.shape(tree)
    if shape is None:
        return
    for variable in pool.variables(()):
        says = f"The division by {variable.name} is missing."
        yield Edit(tree, Binary("/", tree, variable), "missing-factor", says)
    for entry in _entries(tree, pool):
        says = f"The factor {quoted(entry)} is missing."
        yield Edit(tree, Binary("*", tree, entry), "missing-factor", says)
    for pair in combinations(pool.letters, 2) if not shape else ():
        delta = Entry(KRONECKER, pair)
        yield Edit(tree, Binary("*", tree, delta), "missing-factor", f"The factor {quoted(delta)} is missing.")
    known = candidates(pool)
    matrices = (*pool.variables_with(2), *(own for own in known if len(pool.shape(own) or ()) == 2))
    for factor in (*known, *(own for one in matrices if shape for own in (one, Transpose(one)))):
        says = f"The factor {quoted(factor)} is missing."
        own = pool.shape(factor) or ()
        if not own:
            divided = f"The division by {quoted(factor)} is missing."
            yield Edit(tree, Binary("/", tree, factor), "missing-factor", divided)
        if own in ((), shape):
            yield Edit(tree, Binary("*", tree, factor), "missing-factor", says)
        if len(own) == 2 and shape:
            yield Edit(tree, Binary("@", factor, tree), "missing-factor", says)
        if len(own) == 2 == len(shape):
            yield Edit(tree, Binary("@", tree, factor), "missing-factor", says)


def _of_term(tree: Tree, pool: Pool) -> Iterator[Edit]:
    """A term that is left out."""
    shape = pool.shape(tree)
    if shape is None:
        return
    shares = [Binary("/", ONE, Name(letter)) for letter in pool.problem.letters]
    for term in (*pool.variables(shape), *(() if shape else (*_entries(tree, pool), *shares))):
        for sign in "+-":
            says = f"The term {quoted(term)} is missing here."
            yield Edit(tree, Binary(sign, tree, term), "missing-path", says, "term-left-out")


def left_out(tree: Tree, pool: Pool) -> Iterator[Edit]:
    """Yield what a part is together with a term of the forward pass."""
    shape = pool.shape(tree)
    for term in candidates(pool) if isinstance(tree, Name | Binary) and shape is not None else ():
        for sign in "+-" if pool.shape(term) == shape else "":
            says = f"The term {quoted(term)} is missing here."
            yield Edit(tree, Binary(sign, tree, term), "missing-path", says, "term-left-out")


def _entries(tree: Tree, pool: Pool) -> Iterator[Tree]:
    """Yield the entries of variables by the letters of a part that has some."""
    own = (letter for part in walk(tree) for letter in getattr(part, "letters", ()))
    letters = dict.fromkeys((*own, *pool.letters))
    for letter in letters:
        yield from (Entry(array, (letter,)) for array in pool.variables_with(1))
        others = (other for other in letters if other != letter)
        yield from (Entry(array, (letter, other)) for other in others for array in pool.variables_with(2))


def _of_derivatives(tree: Tree, pool: Pool) -> Iterator[Edit]:
    """A part in the place of a derivative of the loss: the error at one layer for that at another."""
    if pool.shape(tree):
        for name in pool.problem.definitions:
            if name != pool.problem.loss and not name.startswith("net_"):
                yield Edit(tree, Derivative(pool.problem.loss, name), "wrong-variable", BELONGS)


def _of_power(tree: Tree) -> Iterator[Edit]:
    """The power of a sum in the place of a sum of powers, or the other way round."""
    match tree:
        case Binary(operator="^", left=Each() as inner, right=power):
            new: Tree = replace(inner, body=Binary("^", inner.body, power))
        case Binary(operator="^", left=Call(function="sum") as inner, right=power):
            new = replace(inner, arguments=(Binary("^", inner.arguments[0], power),))
        case Each(body=Binary(operator="^", left=base, right=power)):
            new = Binary("^", replace(tree, body=base), power)
        case Call(function="sum", arguments=(Binary(operator="^", left=base, right=power),)):
            new = Binary("^", replace(tree, arguments=(base,)), power)
        case _:
            return
    says = "The power of a sum is not the sum of the powers: {new}, not {old}."
    yield Edit(tree, new, "wrong-reduction", says, "power-of-a-sum")


def candidates(pool: Pool) -> list[Tree]:
    """Return the parts of the forward pass that may be a factor, the shortest first."""
    every = dict.fromkeys(part for tree in pool.problem.definitions.values() for part in walk(tree) if parts(part))
    sized = [(sum(1 for _ in walk(part)), part) for part in every if names(part)]
    return [part for size, part in sorted(sized, key=lambda pair: pair[0]) if size <= LARGEST]
