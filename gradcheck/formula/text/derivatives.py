"""The derivative of one thing by another, where either may be a variable, an entry of one, or an expression."""

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
        if variable := self.sole_input(inner):
            return Binary("/", self.derivative(of, variable), slope_by(inner, variable.name), span=span_of(of))
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

    def sole_input(self, tree: Tree) -> Name | None:
        """Return the number that is given and alone makes up an expression; None for a name, and for all else."""
        found = [part for part in walk(tree) if isinstance(part, Name) and part.name not in self.names.letters]
        given = {part.name for part in found} & set(self.names.inputs) - set(self.names.arrays)
        alone = len({part.name for part in found}) == len(given) == 1
        return found[0] if alone and not isinstance(tree, Name) and self.names.meant(tree) is None else None

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
