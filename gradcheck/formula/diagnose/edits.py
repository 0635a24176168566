"""The changes that can be made to a person's own text, one at a time.

Every name is exchanged for every other of its shape, every factor left out, every sign turned, every matrix transposed,
every slope of the problem put in. Each change comes with what to say, should it turn out to be the repair.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from gradcheck.formula.diagnose.edit import Edit, quoted
from gradcheck.formula.diagnose.exchanges import entrywise_factors, of_letters, of_slope
from gradcheck.formula.diagnose.pool import Pool
from gradcheck.formula.language.calculus import product
from gradcheck.formula.language.functions import ELEMENTWISE
from gradcheck.formula.language.tree import (
    ONE,
    Binary,
    Call,
    Derivative,
    Entry,
    Name,
    Negative,
    Number,
    Transpose,
    Tree,
    is_product,
    names,
    parts,
    with_parts,
)
from gradcheck.formula.language.writing import plain

ODD = ("sin", "tan", "sinh", "tanh", "arcsin", "arctan", "arcsinh", "arctanh", "erf", "sign", "J1", "softsign")
"""Functions that hand the sign of their argument on."""
TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
"""Comparisons, turned round."""
OF_COMPARED = ("wrong-variable", "wrong-sign", "missing-transpose")
"""What may be wrong about two sides of a comparison."""

Changes = Callable[[Tree, Pool], Iterator[Edit]]
"""The changes that can be made to one part."""


def edited(
    tree: Tree, pool: Pool, changes: Changes | None = None, compared: bool = False
) -> Iterator[tuple[Tree, Edit]]:
    """Yield a formula with one change, of the likeliest if nothing else is said, wherever one can be made.

    What is compared is 1 or 0 whatever else it is multiplied by, and nothing is learned from such a change.
    """
    for edit in (changes or likeliest)(tree, pool):
        if not compared or edit.cause in OF_COMPARED or isinstance(tree, Number):
            yield edit.new, edit
    inside = parts(tree)
    compares = compared or getattr(tree, "operator", "") in TURNED
    for place, part in enumerate(inside):
        for new, edit in edited(part, pool, changes, compares):
            yield with_parts(tree, (*inside[:place], new, *inside[place + 1 :])), edit


def likeliest(tree: Tree, pool: Pool) -> Iterator[Edit]:
    """Yield the changes of one part."""
    yield from _of_sign(tree)
    match tree:
        case Name():
            yield from _of_name(tree, pool)
        case Number():
            yield from _of_number(tree, pool)
        case Derivative():
            yield from _of_derivative(tree, pool)
        case Binary():
            yield from _of_binary(tree, pool)
        case Call():
            yield from _of_call(tree, pool)
        case Entry():
            yield from of_letters(tree, pool)
        case Transpose(inner=inner):
            says = "{old} does not have to be transposed here."
            yield Edit(tree, inner, "missing-transpose", says, "transpose-too-many")
    yield from of_slope(tree, pool)
    yield from _of_missing(tree, pool)
    yield from _of_shape(tree, pool)


def _of_sign(tree: Tree) -> Iterator[Edit]:
    says = "The sign in front of {old} is wrong."
    if isinstance(tree, Negative):
        yield Edit(tree, tree.inner, "wrong-sign", "The minus in front of this does not belong there.")
    elif isinstance(tree, Binary) and tree.operator in "+-":
        turned = replace(tree, operator="-" if tree.operator == "+" else "+")
        instead = tree.right if tree.operator == "-" else Negative(tree.right)
        yield Edit(tree.right, turned, "wrong-sign", says, instead=instead)
        if not isinstance(tree.left, Negative):
            first = Negative(tree.left)
            yield Edit(tree.left, replace(tree, left=first), "wrong-sign", says, instead=first)


def _of_name(tree: Name, pool: Pool) -> Iterator[Edit]:
    """Another variable of the same shape."""
    shape = pool.shape(tree)
    if tree.name in pool.problem.letters:
        for letter in pool.problem.letters:
            yield Edit(tree, Name(letter), "wrong-constant", f"It is {letter} that belongs here, not {{old}}.")
        return
    for other in pool.variables(shape or ()):
        if other.name != tree.name:
            yield Edit(tree, other, "wrong-variable", "It is {new} that belongs here, not {old}.")
    if shape and len(shape) == 2:
        yield Edit(tree, Transpose(tree), "missing-transpose", "{old} has to be transposed here.")
    for other in pool.variables((shape or ())[::-1]):
        if shape and len(shape) == 2 and other.name != tree.name:
            yield Edit(tree, Transpose(other), "wrong-variable", "It is {new} that belongs here, not {old}.")


def _of_number(tree: Number, pool: Pool) -> Iterator[Edit]:
    says = "The number {old} is not right here; it should be {new}."
    for number in (Fraction(1), Fraction(2), Fraction(1, 2), Fraction(3), tree.value + 1, tree.value - 1):
        if number != tree.value:
            yield Edit(tree, Number(number), "wrong-constant", says)
    for letter in pool.problem.letters:
        yield Edit(tree, Name(letter), "wrong-constant", says)


def _of_derivative(tree: Derivative, pool: Pool) -> Iterator[Edit]:
    """Another derivative: turned over, of something else, by something else, transposed."""
    if len(pool.shape(tree) or ()) == 2:
        yield Edit(tree, Transpose(tree), "missing-transpose", "{old} has to be transposed here.")
    if not pool.problem.is_input(tree.by):
        says = "Derivatives run from cause to effect: {new}, not {old}."
        yield Edit(tree, Derivative(tree.by, tree.of), "inverted-factor", says)
    for name in pool.problem.variables:
        says = "It is {new} that belongs here, not {old}."
        if name != tree.by:
            yield Edit(tree, Derivative(tree.of, name), "wrong-variable", says)
        if name != tree.of and name in pool.problem.definitions:
            yield Edit(tree, Derivative(name, tree.by), "wrong-variable", says)


def _of_product(tree: Binary, pool: Pool) -> Iterator[Edit]:
    left, right, operator = tree.left, tree.right, tree.operator
    for one, other in ((left, right), (right, left)):
        yield Edit(one, other, "extra-factor", "The factor {old} is too much.", omits=True)
        yield from _of_reduced(tree, one, other)
        if pool.shape(one) == () and not isinstance(one, Number | Negative):
            says = "{old} has to divide here, and not to multiply."
            yield Edit(one, Binary("/", other, one), "inverted-factor", says, instead=Binary("/", ONE, one))
    other_sign = {"@": "⊙"}.get(operator, "@")
    product = "entry by entry" if operator == "@" else "of matrices"
    yield Edit(tree, replace(tree, operator=other_sign), "shape-error", f"This product has to be one {product}.")
    matrices = {len(pool.shape(side) or ()) for side in (left, right)}
    if operator in "@ *" and matrices != {1, 2}:  # a matrix and a vector: it is to be transposed
        says = "The factors of this product of matrices stand in the wrong order."
        yield Edit(tree, replace(tree, left=right, right=left), "shape-error", says)


def _of_binary(tree: Binary, pool: Pool) -> Iterator[Edit]:
    left, right, operator = tree.left, tree.right, tree.operator
    if is_product(tree):
        yield from _of_product(tree, pool)
    elif operator == "/":
        yield Edit(right, left, "wrong-constant", "The division by {old} is too much.", omits=True)
        if not isinstance(right, Number):
            squared = Binary("^", right, Number(Fraction(2)))
            says = "It is the square of {old} that belongs here."
            yield Edit(right, Binary("/", left, squared), "wrong-constant", says, instead=squared)
        yield Edit(tree, Binary("*", left, right), "inverted-factor", "This has to be a product, not a quotient.")
    elif operator in "+-":
        if isinstance(right, Number):
            yield Edit(tree, left, "wrong-constant", "It is {new} that belongs here, not {old}.")
        elif operator == "-" and isinstance(left, Name) and left.name in pool.problem.parameters:
            says = f"All gradients belong to the same weights: {left.name} as it was in the forward pass."
            yield Edit(tree, left, "wrong-variable", says, "updated-weight")
        cause = "duplicate-path" if pool.same(left, right) else "extra-factor"
        yield Edit(right, left, cause, "The term {old} is too much.", omits=True)
        yield Edit(
            left, right if operator == "+" else Negative(right), cause, "The term {old} is too much.", omits=True
        )
        if operator == "+":
            says = "These two are links of one route, and links multiply."
            yield Edit(tree, Binary("*", left, right), "not-a-path", says, "sum-for-product")
    elif operator in TURNED:
        says = "This comparison has to be turned round: {new}."
        yield Edit(tree, replace(tree, operator=TURNED[operator]), "wrong-variable", says, "mask-turned-round")
    elif operator == "^" and isinstance(right, Number):
        yield Edit(tree, left, "wrong-constant", "The exponent in {old} is too much.")
        if isinstance(left, Binary) and left.operator == "-":
            says = f"The power belongs to {quoted(left.right)} alone: {{new}}, not {{old}}."
            alone = Binary("-", left.left, Binary("^", left.right, right))
            yield Edit(tree, alone, "wrong-activation-derivative", says)


def _of_reduced(tree: Binary, one: Tree, other: Tree) -> Iterator[Edit]:
    """A factor beside a sum or mean that belongs inside of it."""
    for part in entrywise_factors(one):
        if isinstance(part, Call) and part.function in ("sum", "mean"):
            inside = replace(part, arguments=(Binary("*", part.arguments[0], other),))
            rest = [own for own in entrywise_factors(one) if own is not part]
            says = f"{quoted(other)} differs from term to term, and belongs inside of the {part.function}."
            yield Edit(tree, product([*rest, inside]), "wrong-reduction", says)


def _of_call(tree: Call, pool: Pool) -> Iterator[Edit]:
    x = tree.arguments[0]
    if tree.function in ("sum", "mean"):
        other = "mean" if tree.function == "sum" else "sum"
        says = f"This has to be a {other}, not a {tree.function}."
        yield Edit(tree, replace(tree, function=other), "wrong-reduction", says, f"{tree.function}-for-{other}")
        for axis in (0, 1, None):
            if axis != tree.axis:
                where = "all entries" if axis is None else f"axis {axis}"
                yield Edit(
                    tree, replace(tree, axis=axis), "wrong-reduction", f"This {tree.function} has to run over {where}."
                )
        yield Edit(
            tree, replace(tree, keepdims=not tree.keepdims), "shape-error", "The axis that is summed over has to stay."
        )
        yield Edit(tree, x, "wrong-reduction", f"There should be no {tree.function} here.")
        return
    if tree.function in ELEMENTWISE or tree.primes:
        if tree.function not in ODD:
            says = f"The argument of {tree.function} has the wrong sign."
            opposite = x.inner if isinstance(x, Negative) else Negative(x)
            yield Edit(tree, replace(tree, arguments=(opposite,)), "wrong-sign", says, "argument-sign")
        cause = "wrong-activation-derivative"
        turned = replace(tree, primes=0 if tree.primes else 1)
        yield Edit(tree, turned, cause, "It is {new} that belongs here, not {old}.")
        yield Edit(tree, x, "extra-factor", "The function {old} does not belong here; its argument alone does.")
        for variable in tree.primes * list(pool.variables(pool.shape(x) or ())):
            yield Edit(tree, replace(tree, arguments=(variable,)), cause, "It is {new} that belongs here, not {old}.")
        for function in ("sigmoid", "tanh", "relu"):
            if function != tree.function:
                yield Edit(tree, replace(tree, function=function), cause, f"The function here is {function}.")


def _of_missing(tree: Tree, pool: Pool) -> Iterator[Edit]:
    """A factor that was forgotten: a slope, a variable, a size, a number."""
    if isinstance(tree, Number):
        return
    shape = pool.shape(tree)
    if shape is None:
        return
    for name, slope in pool.slopes:
        if pool.shape(slope) == shape:
            says = f"The slope at {name.removeprefix('net_')} is missing."
            yield Edit(tree, Binary("⊙", tree, slope), "missing-factor", says, "activation-derivative-missing")
    for variable in pool.variables(shape):
        yield Edit(tree, Binary("*", tree, variable), "missing-factor", f"The factor {variable.name} is missing.")
        if variable.name in pool.problem.data and variable.name not in names(tree):
            says = f"{variable.name} is not subtracted."
            yield Edit(tree, Binary("-", tree, variable), "missing-factor", says, "target-not-subtracted")
    for variable in pool.variables(()) if shape and isinstance(tree, Name | Call | Binary) else ():
        yield Edit(tree, Binary("*", variable, tree), "missing-factor", f"The factor {variable.name} is missing.")
    for constant in (Number(Fraction(2)), Number(Fraction(1, 2)), *(Name(letter) for letter in pool.problem.letters)):
        says = f"The factor {plain(constant)} is missing."
        yield Edit(tree, Binary("*", constant, tree), "wrong-constant", says)
        if isinstance(constant, Name):
            says = f"The division by {constant.name} is missing."
            yield Edit(tree, Binary("/", tree, constant), "wrong-constant", says)
    if isinstance(tree, Name) or getattr(tree, "function", "") == "sigmoid":
        yield Edit(tree, Binary("-", ONE, tree), "wrong-activation-derivative", "It is {new} that belongs here.")
    if isinstance(tree, Call) or (isinstance(tree, Name) and tree.name in pool.problem.activated):
        says = "1 is not subtracted from {old}."
        yield Edit(tree, Binary("-", tree, ONE), "missing-factor", says, "target-not-subtracted")


def _of_shape(tree: Tree, pool: Pool) -> Iterator[Edit]:
    """A sum that was forgotten, or a matrix to be transposed."""
    shape = pool.shape(tree)
    if shape is None or isinstance(tree, Transpose | Name):
        return
    if len(shape) == 2:
        says = "A sum over the rows, axis 0, is missing around {old}."
        yield Edit(tree, Call("sum", (tree,), axis=0), "wrong-reduction", says, "bias-not-summed-over-batch")
        yield Edit(tree, Transpose(tree), "missing-transpose", "{old} has to be transposed here.")
    if shape:
        yield Edit(tree, Call("sum", (tree,)), "wrong-reduction", "A sum over all entries is missing around {old}.")
