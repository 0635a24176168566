"""Functions with their arguments: sigma(z), tanh^2(z), log p, np.sum(dZ, axis=0, keepdims=True)."""

from abc import abstractmethod
from dataclasses import dataclass, replace

from gradcheck.formula.language.functions import ALONG_AXES, ALONG_ROWS, INVERSES
from gradcheck.formula.language.tree import Binary, Call, Each, Name, Number, Tree
from gradcheck.formula.language.writing import GREEK
from gradcheck.formula.text.cursor import together
from gradcheck.formula.text.numpy_calls import built
from gradcheck.formula.text.shorthands import Shorthands
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable

INVERTED = Number.of(-1)
"""What is raised at a function that is to be inverted."""


@dataclass(frozen=True)
class Mark:
    """A name with one more of the marks that follow it."""

    text: str
    """The marks so far, as they are spelled."""
    place: int
    """The token after them."""
    letters: tuple[str, ...] = ()
    """The running letters of the last mark, if it is nothing else."""
    ran: bool = False
    """Whether a running letter was replaced by its number in one of the marks."""


@dataclass
class Calls(Shorthands):
    """Reads functions."""

    @abstractmethod
    def unbound(self, body: Tree) -> list[str]:
        """Return the letters that nothing but a sum without a letter can run over."""

    @abstractmethod
    def marks(self, start: int) -> list[Mark]:
        """Return the forms of the name that begins before a place: bare, with one mark, with two, ..."""

    def call(self, token: Token) -> Tree | None:
        """Read a function with its arguments; None, having read nothing, if the word is none here."""
        begin = self.place
        marks = self.marks(begin + 1)
        numbered = any(mark.text and self.names.function(token.text + mark.text) for mark in marks)  # the J_1 of Bessel
        if self.names.find_quietly(token.text) and self.after().kind not in ("(", "'") and not numbered:
            return None
        for mark in reversed(marks):
            dotted = self.at(mark.place).kind == "." and self.at(mark.place + 1).kind == "("  # entry by entry, in Julia
            opened = self.at(mark.place + dotted).kind
            called = self.names.function(token.text + mark.text) if not mark.letters else None
            known = isinstance(self.names.find_quietly(token.text + mark.text), Name)
            known = known and not (
                called and mark.text == "" and self.alike_alone(token.text)
            )  # the step H beside an h
            if known and token.text + mark.text in self.names.others and mark.text:
                break  # the sigma^2 that is a name
            if known and mark.text.strip("'") == "":
                continue
            if not called and self.strict and opened == "(":
                called = (token.text, 0)
            if called and (
                opened in ("(", "{", "^", "sum", "frac", "‖", "|", "number")
                or (opened == "[" and not self.numpy)
                or token.span[1] < self.at(mark.place).span[0]
                or opened == "word"
            ):
                self.place = mark.place + dotted
                self.names.applied(token.text + mark.text, *called)
                return self.applied(token, *called)
        self.place = begin
        return None

    def over_letters(self, tree: Tree) -> Tree:
        """Return ``sum(x_i*y_i)`` as the sum over i; a sum without letters as it is."""
        body = tree.arguments[0] if isinstance(tree, Call) else tree
        for letter in self.unbound(body):
            body = Each(letter, body)
        return replace(body, span=tree.span) if isinstance(body, Each) else tree

    def alike_alone(self, word: str) -> bool:
        """Say whether a word is no name, but one with its letters large or small."""
        found = self.names.find_quietly(word)
        spelled = word in self.names.table or word in self.names.others
        return not spelled and isinstance(found, Name) and found.name != word and found.name.lower() == word.lower()

    def applied(self, token: Token, function: str, primes: int) -> Tree:
        """Read the arguments of a function, and an exponent before them if there is one."""
        exponent = None
        if self.take("^"):
            exponent = self.braced_number()
            if exponent == INVERTED and function in INVERSES:
                exponent, function = None, INVERSES[function]
        arguments, axis, keepdims = self.arguments(reduces=function in (*ALONG_AXES, *ALONG_ROWS))
        span = (token.span[0], self.tokens[self.place - 1].span[1])
        if self.strict and function == "maximum" and len(arguments) == 1:
            raise Unreadable("the largest entry is no part of a forward pass; maximum takes two arguments", span)
        tree = built(function, arguments, primes, axis, keepdims, span)
        if function == "sum" and axis is None and not self.numpy:
            tree = self.over_letters(tree)
        return Binary("^", tree, exponent, span=span) if exponent else tree

    def braced_number(self) -> Tree:
        """Read an exponent between a function and its argument, as in tanh^2(z)."""
        braced = self.take("{")
        sign = self.take("-")
        exponent = self.number(self.expect("number", "a number"))
        if braced:
            self.expect("}", "'}'")
        return replace(exponent, value=-exponent.value) if sign and isinstance(exponent, Number) else exponent

    def arguments(self, reduces: bool = False) -> tuple[list[Tree], int | None, bool]:
        """Read the arguments of a function, in brackets or, as in ``log p``, without."""
        closing = {"(": ")", "{": "}", "[": "" if self.numpy else "]"}.get(self.next.kind)
        if not closing:
            return [self.without_brackets()], None, False
        self.deeper()
        self.place += 1
        found: list[Tree] = []
        axis, keepdims = None, False
        while not self.take(closing):
            keyword = self.next.text if self.next.kind == "word" and self.after().text == "=" else ""
            if keyword:
                self.place += 2
            if keyword in ("axis", "dim", "dims"):
                axis = self.axis_number(self.whole_number())
                keepdims = keyword == "dims" or keepdims
            elif keyword in ("keepdims", "keepdim"):
                keepdims = self.expect("word", "True or False").text == "True"
            elif keyword:
                self.fail("axis= or keepdims=")
            else:
                found.append(self.same_letter("=") or self.equated(self.sum()))
            if not self.take(",") and self.next.kind != closing:
                self.fail(f"an operation, ',' or {closing!r}")
        self.depth -= 1
        if reduces and len(found) == 2 and axis is None and isinstance(found[1], Number):
            axis = self.axis_number(int(found.pop().value))  # type: ignore[attr-defined]
            keepdims = self.names.from_one
        return found, axis, keepdims

    def without_brackets(self) -> Tree:
        r"""Read the argument of ``\sin x``, or of ``\sin 2x``: to a number belong the names close behind it."""
        root = self.at(self.place - 1).text == "sqrt"  # LaTeX draws it over one sign
        tree = self.power()
        while (isinstance(tree, Number) and not root) or (isinstance(tree, Binary) and tree.operator == " "):
            last, begins = self.at(self.place - 1), self.next.span[0]
            close = last.span[1] == begins or (last.text in GREEK and last.span[1] + 1 == begins)
            called = self.names.function(self.next.text) and self.names.find_quietly(self.next.text) is None
            if not close or self.next.kind != "word" or called:
                break
            other = self.power()
            tree = Binary(" ", tree, other, span=together(tree, other))
        return tree

    def axis_number(self, said: int) -> int:
        """Return the number of an axis as NumPy counts, from what was said."""
        return said - 1 if self.names.from_one and said > 0 else said

    def whole_number(self) -> int:
        """Read a whole number with its sign."""
        sign = -1 if self.take("-") else 1
        if not self.next.text.isdecimal():
            self.fail("a whole number")
        return sign * int(self.expect("number", "a whole number").text)
