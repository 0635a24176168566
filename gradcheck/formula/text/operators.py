r"""Derivatives whose variable stands in a mark or behind a stroke: ∂_w L, ∇_W L, L_w, f'(x), d/dw L."""

from abc import abstractmethod
from contextlib import suppress
from dataclasses import dataclass, replace

from gradcheck.formula.language.tree import Derivative, Entry, Name, Tree, walk
from gradcheck.formula.text.cursor import span_of
from gradcheck.formula.text.matrices import axes_of
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable
from gradcheck.formula.text.words import Words


@dataclass
class Operators(Words):
    """Reads operators."""

    @abstractmethod
    def derivative(self, of: Tree, by: Tree) -> Tree:
        """Return dA/dB."""

    @abstractmethod
    def differential_name(self, below: bool = False) -> Tree | None:
        """Read dx; return the x, or None, having read nothing, if there is no such thing."""

    @abstractmethod
    def operand(self) -> Tree:
        """Read what is differentiated."""

    @abstractmethod
    def product(self) -> Tree:
        """Read factors with their signs."""

    @abstractmethod
    def variable(self, expected: str) -> Tree:
        """Read a name, and nothing else."""

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
        if token.kind != "word" or self.after().kind != "_" or not self.names.loss or token.text in self.local:
            return None
        whole = self.names.find_quietly(token.text)
        about_loss = isinstance(whole, Name) and whole.name == self.names.loss
        number = whole.name if isinstance(whole, Name) and token.text == whole.name not in self.names.arrays else ""
        if number in self.names.definitions and number != self.names.loss:
            return self.slope_of(whole)
        own = self.names.find_quietly(token.text + self.marks(begin + 1)[-1].text)
        if not (about_loss or token.text == "D") or isinstance(own, Name):
            return None
        self.place += 2
        braced = bool(self.take("{"))
        try:
            by = self.variable("a variable")
            whole = by.array if isinstance(by, Entry) else by
            if (braced and not self.take("}")) or not isinstance(whole, Name) or whole.name in self.names.letters:
                raise Unreadable("no variable", token.span)
            alone = about_loss or self.next.kind in ("=", "end")
            of = Name(self.names.loss) if alone else self.variable("the variable that is differentiated")
        except Unreadable:
            self.place = begin
            return None
        return replace(self.derivative(of, by), span=(token.span[0], self.tokens[self.place - 1].span[1]))

    def slope_of(self, number: Tree | None) -> Tree | None:
        r"""Read the ``x_\theta`` of a number x; None, having read nothing, if its mark is no variable."""
        inner, end = self.inside(self.place + 2)
        word = inner[0].text if len(inner) == 1 and inner[0].kind == "word" else ""
        by = self.names.find_quietly(word) if self.names.find_quietly(f"{self.next.text}{word}") is None else None
        if not isinstance(by, Name) or by.name in self.names.letters or number is None:
            return None
        span = (self.next.span[0], self.at(end - 1).span[1])
        self.place = end
        return replace(self.derivative(number, by), span=span)

    def primed(self) -> Tree | None:
        """Read ``f'(x)``, the loss with a prime, or ``f'`` if there is one parameter; None if it is no such thing."""
        token = self.next
        if slope := self.slope_at(token):
            return slope
        by: Tree = Name(self.names.sole)
        named = token.text == self.names.loss or self.applied_to_all(token)
        if not named or self.after().kind != "'" or self.names.find_quietly(f"{token.text}'"):
            return None
        begin, self.place = self.place, self.place + 2
        if self.take("("):
            by = self.variable("the variable that it is by")
            self.expect(")", "')'")
        if not isinstance(by, Name) or not by.name:
            self.place = begin
            return None
        return Derivative(self.names.loss, by.name, span=(token.span[0], self.tokens[self.place - 1].span[1]))

    def slope_at(self, token: Token) -> Tree | None:
        """Read the ``a'(z)`` of a variable a that is computed from z; None, having read nothing, for all else."""
        kinds = [self.after(step).kind for step in range(1, 5)]
        of = self.names.find_quietly(token.text)
        if kinds != ["'", "(", "word", ")"] or not isinstance(of, Name) or self.names.find_quietly(f"{token.text}'"):
            return None
        by = self.names.find_quietly(self.after(3).text)
        if not isinstance(by, Name) or not self.computed_from(of, by) or token.text in self.local:
            return None
        self.place += 5
        span = (token.span[0], self.tokens[self.place - 1].span[1])
        return replace(self.derivative(replace(of, span=span), replace(by, span=span)), span=span)

    def applied_to_all(self, token: Token) -> bool:
        """Say whether f'(x) is about the loss: f is nothing else here, and x is all that there is to learn."""
        brackets = [self.after(2).kind, self.after(3).text, self.after(4).kind] == ["(", self.names.sole, ")"]
        unknown = self.names.function(token.text) is None and self.names.find_quietly(token.text) is None
        return token.text == "f" and brackets and unknown and token.text not in self.local

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
        self.skip_arguments(of)
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
        self.cut_before_loss()
        by = self.variable("a variable")
        if braced:
            self.expect("}", "'}'")
        begin = self.place
        of: Tree = Name(self.names.loss)
        word = self.next.text if self.next.kind == "word" else ""
        if word and self.names.function(word) and not self.names.find_quietly(word):
            differentiated = self.derivative(self.operand(), by)
            return replace(differentiated, span=(start, self.tokens[self.place - 1].span[1]))
        if word:
            found = self.word()
            if isinstance(found, Name) and found.name == self.names.loss:
                of = found
                self.skip_arguments(found)
            elif isinstance(found, Name) and isinstance(by, Name) and self.computed_from(found, by):
                of = found
            else:
                self.place = begin
                of = self.differentiated(by) or of
        elif self.next.kind in ("frac", "‖", "(", "["):
            of = self.differentiated(by) or of
        return replace(self.derivative(of, by), span=(start, self.tokens[self.place - 1].span[1]))

    def computed_from(self, name: Name, by: Name) -> bool:
        """Say whether a variable is computed from another one."""
        return name.name != by.name and self.names.depends(name.name, by.name)

    def differentiated(self, by: Tree) -> Tree | None:
        r"""Read what stands behind ``\nabla_w``: a variable, or a number made from w; None for all else."""
        begin = self.place
        for whole in (True, False):
            self.place = begin
            with suppress(Unreadable):
                tree = self.product() if whole else self.operand()
                if not isinstance(tree, Name) and (meant := self.names.meant(tree)):
                    return meant
                number = whole and not axes_of(tree, self.names)
                if number and isinstance(by, Name) and by.name in self.names.arrays and by in walk(tree):
                    return tree
        self.place = begin
        return None

    def cut_before_loss(self) -> None:
        r"""Cut the ``WL`` of ``\nabla_WL`` in two, as LaTeX does."""
        word = self.next.text
        for end in range(1, len(word)) if self.names.find_quietly(word) is None else ():
            rest = self.names.find_quietly(word[end:])
            loss = isinstance(rest, Name) and rest.name == self.names.loss
            if loss and isinstance(self.names.find_quietly(word[:end]), Name):
                self.cut(self.place, end)
                return

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

    def skip_inputs(self, tree: Tree) -> None:
        """Skip the ``(x)`` of ``f(x)`` behind the loss, if f depends on just these."""
        begin = self.place
        if begin and self.next.span[0] == self.at(begin - 1).span[1]:
            self.skip_arguments(tree)
        inside = [self.names.find_quietly(own.text) for own in self.tokens[begin : self.place] if own.kind == "word"]
        if not all(isinstance(own, Name) and own.name in self.names.inputs for own in inside):
            self.place = begin

    def skip_arguments(self, tree: Tree) -> None:
        """Skip what a loss is said to depend on: the ``(w, b)`` of ``J(w, b)``."""
        if not isinstance(tree, Name) or tree.name != self.names.loss or self.next.kind != "(":
            return
        end = self.place + 1
        while self.at(end).kind in ("word", "number", ",", "_", "^", "{", "}", "'", "line"):
            end += 1
        if self.at(end).kind == ")":
            self.place = end + 1
