r"""Derivatives as people write them: dL/dw, \frac{\partial L}{\partial w}, ∂_w L, ∇_W L, and the dW1 of NumPy code.

A d belongs to the name after it, if there is one of that name: ``dh`` is a differential because there is an h. Two of
them with a stroke between are a derivative, and one alone is the derivative of the loss.
"""

from abc import abstractmethod
from contextlib import suppress
from dataclasses import dataclass, replace

from gradcheck.formula.language.tree import (
    ZERO,
    Derivative,
    Entry,
    Name,
    Transpose,
    Tree,
    rewrite,
)
from gradcheck.formula.text.cursor import FreeLetter, span_of
from gradcheck.formula.text.derivatives import Derivatives
from gradcheck.formula.text.expressions import differential_of
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable
from gradcheck.formula.text.words import LONGEST_WORD


@dataclass
class Differentials(Derivatives):
    """Reads derivatives."""

    @abstractmethod
    def power(self) -> Tree:
        """Read a factor."""

    @abstractmethod
    def sum(self) -> Tree:
        """Read a formula."""

    @abstractmethod
    def transposing(self) -> Token | None:
        """Read the T of a transpose, in braces or not."""

    @abstractmethod
    def raised(self, tree: Tree) -> Tree:
        """Read an exponent."""

    def derivative_fraction(self) -> Tree | None:
        """Read the two groups of a fraction as differentials; None if they are none."""
        self.expect("{", "'{'")
        if (self.next.kind == "d" or self.next.text == "d") and self.after().kind == "}":
            self.place += 2
            above = None
        else:
            begin = self.place
            above = self.differential_name() or self.in_place_of_a_name()
            if above is None or self.next.kind != "}":
                self.place = begin
                above = self.whole_numerator()
            if above is None or not self.take("}"):
                return None
        if not self.take("{"):
            return None
        below = self.differential_name() or self.in_place_of_a_name()
        turned = below is not None and self.turned()
        below = self.powered(below)
        if below is None or not self.take("}"):
            return None
        tree = self.derivative(above or self.operand(), below)
        table = isinstance(tree, Derivative) and tree.of in self.names.arrays  # ∂y/∂x^T, in the layout that is usual
        return Transpose(tree) if turned and not table else tree

    def whole_numerator(self) -> Tree | None:
        r"""Read the expression behind the d of ``\partial x^\top A x``; None if there is no d, or no such thing."""
        if self.next.kind != "d" and not (self.next.text == "d" and "d" not in self.names.table):
            return None
        self.place += 1
        with suppress(Unreadable):
            return self.sum()
        return None

    def in_place_of_a_name(self) -> Tree | None:
        """Read the (a - b) of ∂(a - b); None, having read nothing, if no bracket follows a d."""
        written = self.next.kind == "d" or (self.next.text == "d" and "d" not in self.names.table)
        if not written or self.after().kind not in ("(", "[", "‖", "|"):
            return None
        self.place += 1
        return self.power()

    def powered(self, tree: Tree | None) -> Tree | None:
        r"""Return a name below a d with the number that is raised at it: the square of ``\partial\sigma^2``."""
        number = self.after(2) if self.after().kind == "{" else self.after()
        raised = isinstance(tree, Name | Entry) and self.next.kind == "^" and number.kind == "number"
        return self.raised(tree) if raised and tree else tree

    def turned(self) -> bool:
        r"""Skip the transpose of ``\partial w^\top``, the derivative as a row."""
        begin = self.place
        if self.take("transpose") or (self.take("^") and self.transposing()):
            return True
        self.place = begin
        return False

    def operand(self) -> Tree:
        """Read what is differentiated: a variable, or an expression in its place."""
        if self.next.kind == "word" and not self.names.function(self.next.text):
            tree = self.word()
            self.skip_arguments(tree)
            return tree
        return self.power() if self.next.kind in ("(", "[") else self.product()

    def variable(self, expected: str) -> Tree:
        """Read a name, and nothing else."""
        if self.next.kind != "word":
            self.fail(expected)
        return self.word()

    def differential_name(self, below: bool = False) -> Tree | None:
        r"""Read dx, ∂x or \mathrm{d}x; return the x, or None, having read nothing, if there is no such thing.

        Below a differential stands another, dn, even if there is a variable of that name.
        """
        begin, token = self.place, self.next
        self.straight = token.text.startswith("d")
        apart = token.text in {"d", "partial"} - set(self.names.table) and self.after().kind in ("word", "{")
        if token.kind == "d" or (token.kind == "word" and apart):
            self.place += 1
            self.immediate()
            braced = bool(self.take("{"))
            if self.next.kind == "word" or self.in_brackets():
                bracket = self.take("(")
                tree = self.word()
                if bracket:
                    self.expect(")", "')'")
                    tree = self.suffixed(tree)
                self.skip_arguments(tree)
                if braced:
                    self.expect("}", "'}'")
                return tree
        elif self.begins_with_d(token, below):
            self.tokens[begin] = Token("word", token.text[1:], (token.span[0] + 1, token.span[1]))
            try:
                return self.whole_name(token)
            finally:
                self.tokens[begin] = token
        self.place = begin
        return None

    def in_brackets(self) -> bool:
        """Say whether a name in brackets follows that has marks behind it, as in ``(W_2)_{ij}``."""
        end = next((step for step in range(2, 6) if self.after(step).kind == ")"), 0)
        return self.next.kind == "(" and bool(end) and self.after(end + 1).kind == "_"

    def immediate(self) -> None:
        r"""Skip the plus of ``\partial^+``: all other names are held, as they are for any factor of a chain."""
        for plus in (["^", "+"], ["^", "{", "+", "}"]):
            if [self.after(step).kind for step in range(len(plus))] == plus:
                self.place += len(plus)

    def begins_with_d(self, token: Token, below: bool = False) -> bool:
        """Say whether a word is a d with a name after it, and not a name itself."""
        if token.kind != "word" or not token.text.startswith("d") or not 1 < len(token.text) <= LONGEST_WORD:
            return False
        if token.text in self.local or self.is_own(token):
            return False
        found = self.names.find_quietly(token.text)
        inner = self.names.table.get(token.text[1:]) if below else None
        return found is None or isinstance(found, Derivative) or inner in self.names.inputs

    def is_own(self, token: Token) -> bool:
        """Say whether a word with its marks is a name of the person's own, as the dZ^{[2]} of an earlier line."""
        start = self.place + 1 if self.next is token else self.place + 2
        return bool(self.local) and any(token.text + mark.text in self.local for mark in self.marks(start))

    def whole_name(self, token: Token) -> Tree | None:
        """Read the name after a d as one name with its marks; None, having read nothing, if it is not one."""
        begin = self.place
        try:
            found = self.resolved(self.next, split=False)
        except FreeLetter:
            raise
        except Unreadable:
            found = None
        if found is None or isinstance(found, Derivative):
            self.place = begin
            return None
        return replace(found, span=(token.span[0], span_of(found)[1]))

    def differential(self) -> Tree | None:
        """Read dA/dB, or dA alone, which is dL/dA; None, having read nothing, if there is no differential."""
        begin = self.place
        if self.next.text == "dd" and "d" in self.names.table and self.after().kind in ("^", "transpose"):
            self.cut(self.place, 1)  # the outer product of a d with itself
        if self.next.kind == "d" and self.after().kind == "_":
            return self.subscript_form()
        if (lowered := self.lowered() or self.primed()) is not None:
            return lowered
        if (self.next.kind == "d" or self.next.text == "d") and self.after().kind == "/":
            return self.operator_form()
        above = self.differential_name()
        if above is None and (whole := self.of_expression()) is not None:
            return whole
        if above is None:
            if self.next.kind == "d":
                self.fail("a variable after the d", "dL/dw1")
            return None
        if self.next.kind == "/":
            self.place += 1
            opened = self.take("(", "{")
            below = self.differential_name(below=True)
            below = self.powered(below or (None if opened else self.in_place_of_a_name()))
            if below is not None:
                if opened:
                    self.expect({"(": ")", "{": "}"}[opened.kind], "the closing bracket")
                return replace(
                    self.derivative(above, below),
                    span=(self.tokens[begin].span[0], self.tokens[self.place - 1].span[1]),
                )
            self.place -= 2 if opened else 1
        if not self.names.loss:
            self.fail("a definition without derivatives")
        tree = self.derivative(Name(self.names.loss, span=span_of(above)), above)
        return rewrite(tree, lambda own: replace(own, alone=True) if isinstance(own, Derivative) else None)

    def of_expression(self) -> Tree | None:
        """Read ``d(X w + b)``; None, having read nothing, if there is no d before a bracket."""
        begin = self.place
        inner = self.in_place_of_a_name() if self.names.loss else None
        if inner and not begin and self.next.kind == "=":
            named = self.derivative(Name(self.names.loss), inner)
            return replace(named, alone=True) if isinstance(named, Derivative) else named
        return (differential_of(inner, self.names.loss, self.names.letters) or ZERO) if inner else None
