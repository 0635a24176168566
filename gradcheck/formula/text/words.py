"""Words of a formula: names with their marks, functions with their arguments, several names written together.

A word is resolved while it is read. The longest form that means something wins, so ``w_{12}`` is w12 if there is a w12,
and ``hw_2`` is h times w2 if there is no hw2. A letter in a mark, the k of ``o_k`` or the l+1 of ``W^{l+1}``, is a
running letter: it stands for a number, and somebody further out says for which.
"""

from abc import abstractmethod
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NoReturn

from gradcheck.formula.language.tree import (
    KRONECKER,
    PI,
    Binary,
    Call,
    Derivative,
    Entry,
    Name,
    Number,
    Transpose,
    Tree,
)
from gradcheck.formula.language.writing import GREEK
from gradcheck.formula.text.calls import Mark
from gradcheck.formula.text.cursor import FreeLetter, together
from gradcheck.formula.text.lettered import Lettered
from gradcheck.formula.text.marks import Marks
from gradcheck.formula.text.names import SAMPLE_LOSS, plain
from gradcheck.formula.text.numbered import shifted
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Nameless, Unreadable

RATES = ("eta", "alpha", "lr", "learningrate")
"""What people call the learning rate."""
MODULES = ("np", "numpy", "jnp", "torch", "math", "linalg", "F", "nn", "functional", "scipy", "special")
"""Where the functions of Python are from."""
LONGEST_WORD = 24
"""How many letters a word may have."""


@dataclass
class Words(Marks):
    """Reads words."""

    @abstractmethod
    def big_sum(self) -> Tree:
        """Read a sum over a running letter."""

    @abstractmethod
    def differential(self) -> Tree | None:
        """Read dA/dB, or dA alone; None, having read nothing, if there is no differential."""

    @abstractmethod
    def suffixed(self, tree: Tree) -> Tree:
        """Read what follows a name closely."""

    def word(self) -> Tree:
        """Read a word: a function with its arguments, a name, or several names written together."""
        while self.next.text in MODULES and self.after().kind == "." and self.next.text not in self.names.table:
            self.place += 2
            if self.next.kind != "word":
                self.fail("a function", "np.exp(z)")
        token = self.next
        if len(token.text) > LONGEST_WORD:
            raise Unreadable(f"this word has {len(token.text)} letters", token.span, "names with a sign between them")
        if token.text in self.local and self.after().kind != "_":
            return self.own(token)
        if self.names.means and token.text.removesuffix("bar") in self.local:
            self.place += 1
            averaged = self.local[token.text.removesuffix("bar")]
            whole = averaged.whole(token.text) if isinstance(averaged, Lettered) else averaged
            return Call("mean", (whole,), span=token.span)
        if token.text in ("sum", "Sum") and self.after().kind == "_":
            return self.big_sum()
        if token.text == "Sigma" and "Sigma" not in {*self.names.table, *self.names.others}:
            return self.big_sum()
        alone = self.after().kind != "_" and self.names.find_quietly(token.text) is None
        if alone and token.text in self.running:
            self.place += 1
            return Number(Fraction(self.running[token.text]), span=token.span)
        return self.short(token) or self.call(token) or self.resolved(token)

    def own(self, token: Token) -> Tree:
        """Return what the person defined in an earlier line."""
        own = self.local[token.text]
        own = own.whole(token.text) if isinstance(own, Lettered) else own
        self.place += 1
        return replace(own, span=token.span)

    def resolved(self, token: Token, split: bool = True) -> Tree:
        """Read a name with as many marks as mean something. Raises Unreadable if nothing does."""
        base, start = token.text, self.place + 1
        marks = self.marks(start)
        self.run_through(token, marks)
        if entry := self.square_of(token, marks) or self.entry_of_last(token, marks):
            return entry
        for mark in reversed(marks):
            tree = self.named(base + mark.text, mark)
            if tree and not (mark is marks[0] and self.numbered(base, marks)) and not self.in_a_layer(mark):
                self.place = mark.place
                self.ran = self.ran or mark.ran
                if self.next.kind == "_":
                    if self.cut_after_name(base + mark.text, self.place + 1):
                        self.place = start - 1
                        return self.resolved(token, split)
                    array = tree if isinstance(tree, Name) and tree.name in self.names.arrays else None
                    if array and (entry := self.numbered_entry(token, array)):
                        return entry
                    if array and self.cut_after_letter(self.place + 1):
                        self.place = start - 1
                        return self.resolved(token, split)
                    said = "a subscript that is a number of this problem, or letters that may run (a-v)"
                    self.fail(said, "p_i, not p_1")
                return replace(tree, span=(token.span[0], self.tokens[mark.place - 1].span[1]))
        if marks[1:] and len(marks[1].letters) == 2 and self.names.doubly(base):
            free = [own for own in marks[1].letters if own not in self.running and own not in self.over]
            if free:
                raise FreeLetter(free[0], token.span)
        for mark in reversed(marks):  # what is raised runs through the layers, and is the first of all letters
            if mark.letters and self.names.family(base):
                raise FreeLetter(mark.letters[0], token.span)
        if self.at(start).kind == "_" and self.cut_after_name(base, start + 1):
            return self.resolved(token, split)
        if split and (tree := self.written_together(token)):
            return tree
        return self.unknown(token, base + (marks[1].text if len(marks) > 1 else ""))

    def run_through(self, token: Token, marks: list[Mark]) -> None:
        r"""Raise FreeLetter for the k of ``\delta_k`` where a ``\delta_{k+1}`` says that it runs through the layers."""
        letters = marks[1].letters[:1] if marks[1:] and token.text not in self.names.table else ()
        if (
            letters
            and token.text not in self.local
            and shifted(self.tokens, letters[0])
            and self.names.family(token.text)
        ):
            raise FreeLetter(letters[0], token.span)

    def named(self, spelling: str, mark: Mark) -> Tree | None:
        """Return what a spelling stands for; entries of an array, if its mark runs along the axes."""
        own = self.local.get(spelling[: len(spelling) - len(mark.letters)])
        if isinstance(own, Lettered) and len(own.letters) == len(mark.letters):
            return own.at(mark.letters)
        if own and not isinstance(own, Lettered) and mark.letters and spelling not in self.local:
            return Entry(own, mark.letters)
        if spelling in self.local and not isinstance(self.local[spelling], Lettered):
            return self.local[spelling]
        pair = "".join(mark.letters)
        if len(pair) == 2 and spelling in (f"delta{pair}", f"delta{pair[::-1]}"):
            return Entry(KRONECKER, mark.letters)
        variable = self.names.table.get(pair, "") not in ("", *self.names.letters)
        of_a_variable = spelling == f"delta{pair}" and variable  # the delta of h, and no entry of one
        if not mark.letters or of_a_variable:
            return self.names.find(spelling)
        if pair in self.names.one_hot and (whole := self.names.find_quietly(spelling.removesuffix(pair))):
            picked = self.entry_of_class(whole, pair)
            if picked:
                return picked
        if not (whole := self.names.find_quietly(spelling[: -len(mark.letters)])):
            return self.names.find(spelling)
        if len(mark.letters) == 1 and isinstance(whole, Name) and whole.name == self.names.loss:
            return self.of_one_sample(spelling, mark)
        inner = whole.by if not isinstance(whole, Name) and hasattr(whole, "by") else getattr(whole, "name", "")
        lettered = plain(spelling) in GREEK and inner in self.names.arrays  # x_i, where there is a xi as well
        exact = plain(spelling) in {*self.names.table, *self.names.others} and not lettered
        axes = self.names.arrays.get(inner, 0)
        if len(mark.letters) <= axes and not exact:
            column = self.names.batched.get(inner) == -1 and len(mark.letters) < axes  # a sample, as x^{(i)} is
            return Entry(Transpose(whole) if column else whole, mark.letters)
        return self.names.find(spelling) if exact else None

    def of_one_sample(self, spelling: str, mark: Mark) -> Tree | None:
        """Return the loss of one sample, ``L_i``, of those that the loss is the sum or mean of."""
        if self.names.sample_loss is None or self.names.family(spelling[:-1]):
            return self.names.find(spelling)
        if SAMPLE_LOSS not in self.names.table:
            raise Nameless(self.names.sample_loss, SAMPLE_LOSS, self.at(mark.place - 1).span)
        return Entry(Name(SAMPLE_LOSS), mark.letters)

    def numbered(self, base: str, marks: list[Mark]) -> bool:
        """Say whether a word is one of several numbered variables: the a of ``a^L``, which is no power of the last."""
        further = marks[1:] and (marks[1].letters or marks[1].text == "L")
        return bool(further) and base not in self.names.table and self.names.family(base)

    def in_a_layer(self, mark: Mark) -> bool:
        """Say whether the number of a layer follows, as in ``x^{(2)}``: it is a part of the name, and no power."""
        if self.at(mark.place).kind != "^":
            return False
        inner, _ = self.inside(mark.place + 1)
        return len(inner) == 3 and inner[0].kind in ("(", "[") and inner[1].kind == "number"

    def written_together(self, token: Token) -> Tree | None:
        """Read a word as several names without a sign between them; None, having read nothing, if it is not that."""
        begin = self.place
        for cut in range(len(token.text) - 1, 0, -1):
            before = token.text[:cut]
            first = self.local.get(before) or self.names.find_quietly(before) or (PI if before == PI.name else None)
            if first is None or isinstance(first, Derivative | Lettered):
                continue
            rest = Token("word", token.text[cut:], (token.span[0] + cut, token.span[1]))
            self.tokens[begin] = rest
            try:
                called = self.call(rest) if len(rest.text) > 1 or self.after().kind == "_" else None  # the sin of xsin
                second = self.short(rest) or called or self.differential() or self.suffixed(self.resolved(rest))
            except Nameless:
                raise
            except Unreadable:
                self.place = begin
                continue
            finally:
                self.tokens[begin] = token
            self.names.find(token.text[:cut])
            first = replace(first, span=(token.span[0], token.span[0] + cut))
            return Binary(" ", first, second, span=together(first, second))
        return None

    def unknown(self, token: Token, spelling: str) -> NoReturn:
        """Raise Unreadable for a word that means nothing here."""
        if spelling.startswith("d") and len(spelling) > 1 and self.tokens[max(self.place - 1, 0)].kind == "/":
            spelling = spelling[1:]
        near = self.names.nearest(spelling)
        known = ", ".join((*self.names.inputs, *self.names.definitions))
        hint = f"did you mean {near}?" if near else ""
        if spelling in RATES:
            hint = f"no learning rate: what is judged is the derivative alone, d{self.names.loss}/d... = ..."
        raise Unreadable(f"{spelling!r} is no name of this problem, which has {known}", token.span, hint)
