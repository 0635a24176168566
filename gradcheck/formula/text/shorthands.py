"""Short forms that stand for something longer: e^z, I, a bold 1 for ones or for an indicator, ``np.einsum``.

A row of ones before a matrix, 1ᵀ X, sums its rows.
"""

from abc import abstractmethod
from dataclasses import dataclass, replace

from gradcheck.formula.language.tree import (
    IDENTITY,
    KRONECKER,
    ONE,
    PI,
    Call,
    Entry,
    Name,
    Ones,
    Transpose,
    Tree,
)
from gradcheck.formula.text.einsum import einsum
from gradcheck.formula.text.indicators import Indicators
from gradcheck.formula.text.lines import closing
from gradcheck.formula.text.tokens import Token

INDICATING = ("chi", "I", "Ind", "ind", "indicator", "Indicator")
"""What an indicator is called."""


@dataclass
class Shorthands(Indicators):
    """Reads short forms."""

    @abstractmethod
    def power(self) -> Tree:
        """Read a factor."""

    @abstractmethod
    def arguments(self, reduces: bool = False) -> tuple[list[Tree], int | None, bool]:
        """Read the arguments of a function."""

    def short(self, token: Token) -> Tree | None:
        """Read a word that is a short form; None, having read nothing, if it is none."""
        declared = token.text in self.names.table or token.text in self.names.others
        powers = self.power_of_e if declared else self.squared_error
        if token.text == "e" and self.after().kind == "^" and not powers():
            return self.exponential(token)
        if token.text in INDICATING and not declared and (held := self.told_by_indicator(token)):
            return held
        if token.text in ("I", "eye", "identity") and not declared:
            return self.identity(token)
        if token.text == PI.name and self.is_the_number(token):
            self.place += 1
            return replace(PI, span=token.span)
        if token.text == "ones" and self.after().kind == "(":
            return self.row_of_ones(token)
        if token.text == "delta" and (told := self.class_delta(token)):
            return told
        return self.einsum(token) if token.text == "einsum" else None

    def is_the_number(self, token: Token) -> bool:
        """Say whether a pi is no name, nor one of several that are numbered."""
        numbered = self.after().kind == "_" and self.names.family(token.text)
        return not numbered and self.names.find_quietly(token.text) is None

    def exponential(self, token: Token) -> Tree:
        """Read ``e^{x}``."""
        self.place += 2
        braced = self.take("{")
        inner = self.sum() if braced else self.power()
        if braced:
            self.expect("}", "'}'")
        return Call("exp", (inner,), span=self.span_from(token))

    def power_of_e(self) -> bool:
        """Say whether what is raised at a variable e is a mark or a plain power of it: e^2, e^T, e^{(2)}."""
        raised, _ = self.inside(self.place + 2)
        found = self.names.find_quietly(raised[0].text) if len(raised) == 1 else None
        variable = isinstance(found, Name) and found.name not in self.names.letters
        return not raised or (len(raised) == 1 and not variable) or raised[0].kind in ("(", "[", "⊙")

    def squared_error(self) -> bool:
        """Say whether an e that is raised to a number may be the loss, and no exponential."""
        return self.after(2).kind == "number" and self.names.find_quietly("e") is not None

    def row_of_ones(self, token: Token) -> Tree:
        """Read ``np.ones(N)`` or ``np.ones((1, N))``; ``np.ones((N, 1)) @`` is a column, and sums nothing."""
        self.place += 1
        begin = self.place
        self.skip_brackets()
        inside = [own.text for own in self.tokens[begin : self.place] if own.kind in ("number", "word", ",")]
        ones = Ones(ONE.value, span=self.span_from(token))
        column = inside[-2:] == [",", "1"] and self.next.kind == "@"
        return Call("column", (ones,), span=ones.span) if column else ones

    def identity(self, token: Token) -> Tree:
        """Read ``I``, ``I_n`` or ``np.eye(n)``."""
        self.place += 1
        if token.text == "I" and self.take("_"):
            inner, self.place = self.inside(self.place)
            if pair := self.pair_of_letters(inner):
                return Entry(KRONECKER, pair, span=self.span_from(token))
        elif token.text != "I":
            self.skip_brackets()
        return replace(IDENTITY, span=self.span_from(token))

    def single_bars(self) -> bool:
        """Say whether a name stands here between single bars: ``|a|``."""
        return [token.kind for token in (self.next, self.after(), self.after(2))] == ["|", "word", "|"]

    def skip_brackets(self) -> None:
        """Skip what stands in brackets here."""
        self.place = min(closing(self.tokens, self.place) + 1, len(self.tokens) - 1)

    def one(self, token: Token) -> Tree:
        """Read a 1 that something follows closely: an indicator before a bracket, ones if it is transposed."""
        raised = [own.kind for own in (self.next, self.after())]
        if raised[0] == "transpose" or raised == ["^", "transpose"] or [raised[0], self.after().text] == ["^", "T"]:
            return Ones(ONE.value, span=token.span)
        held = self.indicator() if self.next.kind in "[_({" else None
        return replace(held, span=self.span_from(token)) if held else self.number(token)

    def ones_behind(self) -> Tree | None:
        """Read the 1 of ``X^T 1``, which is no number behind a factor; None, having read nothing, for all else."""
        alone = self.next.kind == "number" and self.after().kind not in ("[", "_", "(", "{", "^", "transpose")
        return Ones(ONE.value, span=self.expect("number", "1").span) if alone and self.next.text == "1" else None

    def bold_one(self) -> Tree:
        r"""Read ``\mathbf{1}``: an indicator if a comparison follows it closely, else a vector of ones."""
        token = self.next
        self.place += 1
        held = self.indicator()
        return replace(held, span=self.span_from(token)) if held else Ones(ONE.value, span=token.span)

    def summed_rows(self, tree: Tree) -> bool:
        """Say whether what was read is a row of ones, before something whose rows it sums."""
        inner = tree.inner if isinstance(tree, Transpose) else tree
        return isinstance(inner, Ones) and (isinstance(tree, Transpose) or self.next.kind == "@")

    def einsum(self, token: Token) -> Tree:
        """Read ``np.einsum('ni,nj->ij', X, dZ)``."""
        self.place += 1
        self.expect("(", "'('")
        self.expect("'", "letters in quotes, as in 'ni,nj->ij'")
        letters = ""
        while self.next.kind not in ("'", "end"):
            letters += self.next.text
            self.place += 1
        self.expect("'", "the closing quote")
        self.expect(",", "','")
        found: list[Tree] = []
        while not self.take(")"):
            found.append(self.sum())
            if not self.take(",") and self.next.kind != ")":
                self.fail("',' or ')'")
        return einsum(letters, found, self.span_from(token))
