r"""Derivatives as people write them: dL/dw, \frac{\partial L}{\partial w}, ∂_w L, ∇_W L, and the dW1 of NumPy code.

A d belongs to the name after it, if there is one of that name: ``dh`` is a differential because there is an h. Two of
them with a stroke between are a derivative, and one alone is the derivative of the loss.
"""

from abc import abstractmethod
from dataclasses import dataclass, replace

from gradcheck.formula.language.calculus import slope_formula
from gradcheck.formula.language.functions import ELEMENTWISE
from gradcheck.formula.language.tree import Binary, Call, Derivative, Entry, Name, Transpose, Tree, rewrite
from gradcheck.formula.text.cursor import FreeLetter, span_of
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable
from gradcheck.formula.text.words import LONGEST_WORD, Words

TURNED = [["^", "transpose"], ["^", "{", "transpose", "}"], ["transpose"]]
"""How a transpose is written."""


@dataclass
class Differentials(Words):
    """Reads derivatives."""

    @abstractmethod
    def power(self) -> Tree:
        """Read a factor."""

    @abstractmethod
    def product(self) -> Tree:
        """Read factors with their signs."""

    straight: bool = True
    """Whether the last differential was written with a d, and not with a ∂."""

    def derivative_fraction(self) -> Tree | None:
        """Read the two groups of a fraction as differentials; None if they are none."""
        self.expect("{", "'{'")
        if (self.next.kind == "d" or self.next.text == "d") and self.after().kind == "}":
            self.place += 2
            above = None
        else:
            above = self.differential_name()
            if above is None or not self.take("}"):
                return None
        if not self.take("{"):
            return None
        below = self.differential_name()
        turned = below is not None and self.turned()
        if below is None or not self.take("}"):
            return None
        tree = self.derivative(above or self.operand(), below)
        return Transpose(tree) if turned else tree

    def turned(self) -> bool:
        r"""Skip the transpose of ``\partial w^\top``, the derivative as a row."""
        kinds = [self.after(step).kind for step in range(5)]
        skipped = next((skip for skip in TURNED if kinds[: len(skip)] == skip), [])
        self.place += len(skipped)
        return bool(skipped)

    def operand(self) -> Tree:
        """Read what is differentiated: a variable, or an expression in its place."""
        if self.next.kind == "word" and not self.names.function(self.next.text):
            return self.word()
        return self.power() if self.next.kind in ("(", "[") else self.product()

    def derivative(self, of: Tree, by: Tree) -> Tree:
        """Return dA/dB; an entry of B leaves an entry of the derivative."""
        letters: tuple[str, ...] = ()
        own, inner = of, by
        if isinstance(of, Entry):
            own, letters = of.array, of.letters
        if isinstance(by, Entry):
            inner, letters = by.array, (*letters, *by.letters)
        own = own if isinstance(own, Name) else self.names.meant(own) or own
        if isinstance(own, Call) and own.function in ELEMENTWISE and not own.primes:
            slope = slope_formula(own.function, own.arguments[0], own)
            return Binary("*", slope, self.derivative(own.arguments[0], by), span=own.span)
        if not isinstance(own, Name) or not isinstance(inner, Name):
            raise Unreadable("a derivative is of one variable by another", span_of(of), "dh1/dw1")
        span = (span_of(of)[0], span_of(by)[1])
        tree = Derivative(own.name, inner.name, isinstance(of, Entry), straight=self.straight, span=span)
        return Entry(tree, letters, span=span) if letters else tree

    def variable(self, expected: str) -> Tree:
        """Read a name, and nothing else."""
        if self.next.kind != "word":
            self.fail(expected)
        return self.word()

    def differential_name(self) -> Tree | None:
        r"""Read dx, ∂x or \mathrm{d}x; return the x, or None, having read nothing, if there is no such thing."""
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
        elif self.begins_with_d(token):
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

    def begins_with_d(self, token: Token) -> bool:
        """Say whether a word is a d with a name after it, and not a name itself."""
        if token.kind != "word" or not token.text.startswith("d") or not 1 < len(token.text) <= LONGEST_WORD:
            return False
        if token.text in self.local:
            return False
        found = self.names.find_quietly(token.text)
        return found is None or isinstance(found, Derivative)

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
        if self.next.kind == "d" and self.after().kind == "_":
            return self.subscript_form()
        if (lowered := self.lowered() or self.primed()) is not None:
            return lowered
        if (self.next.kind == "d" or self.next.text == "d") and self.after().kind == "/":
            return self.operator_form()
        above = self.differential_name()
        if above is None:
            if self.next.kind == "d":
                self.fail("a variable after the d", "dL/dw1")
            return None
        if self.next.kind == "/":
            self.place += 1
            opened = self.take("(", "{")
            below = self.differential_name()
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

    def subscript_form(self) -> Tree:
        r"""Read ``\partial_w L``."""
        start = self.next.span[0]
        self.place += 2
        braced = bool(self.take("{"))
        by = self.variable("a variable")
        if braced:
            self.expect("}", "'}'")
        of = self.variable("the variable that is differentiated")
        return replace(self.derivative(of, by), span=(start, span_of(of)[1]))

    def lowered(self) -> Tree | None:
        """Read ``L_w``, ``D_w L`` or ``D_w =``; None, having read nothing, if the word is no such thing."""
        begin, token = self.place, self.next
        if token.kind != "word" or self.after().kind != "_" or not self.names.loss:
            return None
        whole = self.names.find_quietly(token.text)
        about_loss = isinstance(whole, Name) and whole.name == self.names.loss
        own = self.names.find_quietly(token.text + self.marks(begin + 1)[-1].text)
        if not (about_loss or token.text == "D") or isinstance(own, Name):
            return None
        self.place += 2
        braced = bool(self.take("{"))
        try:
            by = self.variable("a variable")
            if (braced and not self.take("}")) or not isinstance(by, Name):
                raise Unreadable("no variable", token.span)
            alone = about_loss or self.next.kind in ("=", "end")
            of = Name(self.names.loss) if alone else self.variable("the variable that is differentiated")
        except Unreadable:
            self.place = begin
            return None
        return replace(self.derivative(of, by), span=(token.span[0], self.tokens[self.place - 1].span[1]))

    def primed(self) -> Tree | None:
        """Read ``f'(x)``, the loss with a prime, or ``f'`` if there is one parameter; None if it is no such thing."""
        token = self.next
        by: Tree = Name(self.names.sole)
        if token.text != self.names.loss or self.after().kind != "'" or self.names.find_quietly(f"{token.text}'"):
            return None
        begin, self.place = self.place, self.place + 2
        if self.take("("):
            by = self.variable("the variable that it is by")
            self.expect(")", "')'")
        if not isinstance(by, Name) or not by.name:
            self.place = begin
            return None
        return Derivative(self.names.loss, by.name, span=(token.span[0], self.tokens[self.place - 1].span[1]))

    def operator_form(self) -> Tree | None:
        """Read ``d/dw L``; None, having read nothing, if it is no such thing."""
        begin = self.place
        self.place += 2
        opened = self.take("(")
        by = self.differential_name()
        if by is None or (opened and not self.take(")")):
            self.place = begin
            return None
        wrapped = self.take("(")
        of = self.variable("the variable that is differentiated")
        if wrapped:
            self.expect(")", "')'")
        span = (self.tokens[begin].span[0], self.tokens[self.place - 1].span[1])
        return replace(self.derivative(of, by), span=span)

    def nabla(self) -> Tree:
        r"""Read ``\nabla_{W} L``, or ``\nabla_W``."""
        start = self.next.span[0]
        self.place += 1
        if not self.take("_"):
            return self.whole_gradient(start)
        braced = bool(self.take("{"))
        by = self.variable("a variable")
        if braced:
            self.expect("}", "'}'")
        begin, of = self.place, Name(self.names.loss)
        if self.next.kind == "word":
            found = self.word()
            if isinstance(found, Name) and found.name == self.names.loss:
                of = found
                self.skip_arguments(found)
            else:
                self.place = begin
        elif self.next.kind in ("frac", "‖", "(", "["):
            of = self.names.meant(self.operand()) or of
            self.place = self.place if of.span else begin
        return replace(self.derivative(of, by), span=(start, self.tokens[self.place - 1].span[1]))

    def whole_gradient(self, start: int) -> Tree:
        r"""Read ``\nabla L``, by the only parameter that there is."""
        of, begin = self.variable("the variable that is differentiated"), self.place
        self.skip_arguments(of)
        said = [self.names.find_quietly(own.text) for own in self.tokens[begin : self.place] if own.kind == "word"]
        named = [own.name for own in said if isinstance(own, Name) and own.name in self.names.inputs]
        if len(named) != 1 and not self.names.sole:
            self.place = begin - 1
            self.fail("the variable that it is by, after '_'", r"\nabla_{W} L")
        by = Name(named[0] if len(named) == 1 else self.names.sole, span=span_of(of))
        return replace(self.derivative(of, by), span=(start, self.tokens[self.place - 1].span[1]))

    def skip_arguments(self, tree: Tree) -> None:
        """Skip what a loss is said to depend on: the ``(w, b)`` of ``J(w, b)``."""
        if not isinstance(tree, Name) or tree.name != self.names.loss or self.next.kind != "(":
            return
        end = self.place + 1
        while self.at(end).kind in ("word", "number", ",", "_", "^", "{", "}", "'", "line"):
            end += 1
        if self.at(end).kind == ")":
            self.place = end + 1
