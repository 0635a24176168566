r"""Norms: ``\|a\|``, ``|a|`` and ``\|a\|_1``, ``\|a\|_M^2``; bars around a square matrix are its determinant."""

from dataclasses import dataclass

from gradcheck.formula.language.tree import TWO, Binary, Call, Transpose, Tree
from gradcheck.formula.text.cursor import span_of
from gradcheck.formula.text.expectations import Expectations
from gradcheck.formula.text.matrices import is_square
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable

NORMS = ("1", "2", "F", "fro", "Fro")
"""The subscripts of norms that are no matrices."""


@dataclass
class Norms(Expectations):
    """Reads norms."""

    def norm(self) -> Tree:
        r"""Read ``\|a\|`` or ``|a|``, the root of the sum of the squares; a subscript 2 or F changes nothing.

        With a subscript 1 it is the sum of the absolute values. Where the forward pass takes such values of an array,
        single bars do so as well.
        """
        start, bar = self.next.span[0], self.next.kind
        self.place += 1
        self.norms += 1
        inner = self.sum()
        self.norms -= 1
        if bar == "|" and self.next.text == "||":  # of |a||b|
            self.tokens[self.place : self.place + 1] = [Token("|", "|", self.next.span)] * 2
        self.expect(bar, "the closing bar of a norm")
        lowered = self.inside(self.place + 1)[1] if self.next.kind == "^" else self.place
        which, weight = self.kind_of_norm(lowered) if self.at(lowered).kind == "_" else ("", None)
        span = (start, self.tokens[self.place - 1].span[1])
        if bar == "|" and is_square(inner, self.names):
            return Call("det", (inner,), span=span)
        absolute = Call("abs", (inner,), span=span)
        if weight:
            row = Binary("@", Binary("@", Transpose(inner), weight), inner)
            return Call("sqrt", (row,), span=span)
        if which == "1":
            return Call("sum", (absolute,), span=span)
        if bar == "|" and not which and "abs" in self.names.functions:
            return absolute
        return Call("sqrt", (Call("sum", (Binary("^", inner, TWO),)),), span=span)

    def kind_of_norm(self, lowered: int) -> tuple[str, Tree | None]:
        r"""Take the subscript of a norm out of the text: what it is, and the matrix of ``\|x\|_M``, if it is one."""
        inner, end = self.inside(lowered + 1)
        which = "".join(token.text for token in inner)
        weight = None
        if which not in NORMS:
            behind, self.place = len(self.tokens) - self.place, lowered + 1
            braced = self.take("{")
            weight = self.sum() if braced else self.atom()
            end = self.place + bool(braced)
            self.place = len(self.tokens) - behind
            if not is_square(weight, self.names):
                raise Unreadable("this norm is not read", span_of(weight), r"\|a\|_2")
        del self.tokens[lowered:end]
        return which, weight
