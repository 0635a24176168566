"""The derivative of one thing by another, where either may be a variable, an entry of one, or an expression."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gradcheck.formula.language.calculus import slope_by, slope_formula
from gradcheck.formula.language.functions import ELEMENTWISE
from gradcheck.formula.language.tree import (
    ZERO,
    Binary,
    Call,
    Derivative,
    Entry,
    Name,
    Negative,
    Number,
    Transpose,
    Tree,
    parts,
    rewrite,
    walk,
)
from gradcheck.formula.language.tree import names as names_in
from gradcheck.formula.text.cursor import span_of
from gradcheck.formula.text.lettered import Lettered
from gradcheck.formula.text.operators import Operators
from gradcheck.formula.text.unreadable import Nameless


@dataclass
class Derivatives(Operators):
    """Puts derivatives together."""

    straight: bool = True
    """Whether the last differential was written with a d, and not with a ∂."""

    def derivative(self, of: Tree, by: Tree) -> Tree:
        """Return dA/dB, where A and B may be expressions that a person has given a name."""
        try:
            return self.of_parts(of, by)
        except Nameless as error:
            named = next(((tree, name) for tree in (of, by) if (name := self.own_name_of(tree))), None)
            raise Nameless(*named, error.span) if named else error from None

    def of_parts(self, of: Tree, by: Tree) -> Tree:
        """Return dA/dB; an entry of B leaves an entry of the derivative."""
        letters: tuple[str, ...] = ()
        own, inner = of, by
        if isinstance(of, Entry):
            own, letters = of.array, of.letters
        if isinstance(by, Entry):
            inner, letters = by.array, (*letters, *by.letters)
        own = own if isinstance(own, Name) else self.names.meant(own) or own
        inner = inner if isinstance(inner, Name) else self.names.meant(inner) or inner
        if isinstance(own, Call) and own.function in ELEMENTWISE and isinstance(own.arguments[0], Name | Entry):
            slope = slope_formula(own.function, own.arguments[0], own)
            return Binary("*", slope, self.derivative(own.arguments[0], by), span=own.span)
        match own:
            case Number():
                return ZERO
            case Transpose(inner=Name(name=name)) if self.names.arrays.get(name) == 1:
                return Transpose(self.derivative(own.inner, by), span=own.span)
            case Negative(inner=part):
                return replace(own, inner=self.derivative(part, by))
            case Binary(operator="+" | "-", left=left, right=right):
                return self.derivative_of_sum(own, left, right, by)
        if isinstance(by, Binary | Call) and (array := self.picked_by_class(by)):
            return rewrite(by, lambda part: self.derivative(of, array) if part == array else None)
        whole = inner if isinstance(by, Entry) else by
        if variable := self.sole_input(whole):
            return Binary("/", self.derivative(of, variable), _slope_by(whole, variable), span=span_of(of))
        if not isinstance(own, Name) or not isinstance(inner, Name):
            raise Nameless(inner if isinstance(own, Name) else own, "", span_of(of))
        span = (span_of(of)[0], span_of(by)[1])
        tree = Derivative(own.name, inner.name, isinstance(of, Entry), straight=self.straight, span=span)
        return Entry(tree, letters, span=span) if letters else tree

    def picked_by_class(self, tree: Tree) -> Name | None:
        """Return the array whose entry, or row, for the class of the sample an expression is; None for all else."""
        product = tree.arguments[0] if isinstance(tree, Call) and tree.function == "sum" else tree
        match product:
            case Binary(operator="⊙" | "@", left=Name(name=classes), right=Name() as array):
                return array if classes in self.names.one_hot and array.name != classes else None
        return None

    def sole_input(self, tree: Tree) -> Tree | None:
        """Return the variable, or entry of one, that is given and alone makes up an expression; None for all else.

        An array stands just once in it, and everything else works on each of its entries alone.
        """
        if isinstance(tree, Name | Entry):
            return None
        found = [leaf for leaf in _leaves(tree) if getattr(leaf, "name", "") not in self.names.letters]
        own = found[0].array if found and isinstance(found[0], Entry) else next(iter(found), tree)
        if len(set(found)) != 1 or not isinstance(own, Name) or own.name not in self.names.inputs:
            return None
        entrywise = len(found) == 1 and all(map(_works_on_entries, walk(tree)))
        alone = entrywise or own.name not in self.names.arrays
        return found[0] if alone and self.names.meant(tree) is None else None

    def own_name_of(self, tree: Tree) -> str:
        """Return the name that the person has given to an expression; empty if it has none."""
        for name, own in self.local.items():
            letters = tuple(dict.fromkeys(letter for part in walk(tree) for letter in getattr(part, "letters", ())))
            lettered = isinstance(own, Lettered) and len(own.letters) <= len(letters)
            body = own.at(letters[: len(own.letters)]) if isinstance(own, Lettered) and lettered else own
            if body == tree:
                return name
        return ""

    def derivative_of_sum(self, whole: Binary, left: Tree, right: Tree, by: Tree) -> Tree:
        """Return d(a + b)/dw, of which one part may be constant: a number, or given."""
        constant = [
            isinstance(part, Number) or names_in(part) <= set(self.names.inputs) - names_in(by)
            for part in (left, right)
        ]
        if constant[0] and not constant[1]:
            other = self.derivative(right, by)
            return Negative(other, span=whole.span) if whole.operator == "-" else other
        first = self.derivative(left, by)
        return first if constant[1] else replace(whole, left=first, right=self.derivative(right, by))


def _leaves(tree: Tree) -> Iterator[Tree]:
    """Yield the names and entries that a formula is made of."""
    if isinstance(tree, Name | Entry):
        yield tree
        return
    for part in parts(tree):
        yield from _leaves(part)


def _works_on_entries(part: Tree) -> bool:
    """Say whether a part of a formula makes each entry from one alone."""
    match part:
        case Call(function=function):
            return function in ELEMENTWISE
        case Binary(operator=operator):
            return operator in (*"+-*/^ ", "⊙")
    return isinstance(part, Name | Entry | Number | Negative)


def _slope_by(tree: Tree, leaf: Tree) -> Tree:
    """Return the derivative of an expression by the one name, or entry, that it is made of."""
    number = Name("the one")
    slope = slope_by(rewrite(tree, lambda part: number if part == leaf else None), number.name)
    return rewrite(slope, lambda part: leaf if part == number else None)
