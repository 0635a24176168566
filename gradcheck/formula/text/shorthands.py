"""Short forms that stand for something longer: e^z, I, a bold 1 for ones or for an indicator, ``np.einsum``.

A row of ones before a matrix, 1ᵀ X, sums its rows.
"""

from abc import abstractmethod
from contextlib import suppress
from dataclasses import dataclass, replace

from gradcheck.formula.language.tree import (
    IDENTITY,
    KRONECKER,
    ONE,
    PI,
    PLACES,
    ZERO,
    Binary,
    Call,
    Entry,
    Name,
    Ones,
    Place,
    Span,
    Transpose,
    Tree,
)
from gradcheck.formula.text.cursor import Cursor
from gradcheck.formula.text.einsum import einsum
from gradcheck.formula.text.lines import INDICES, closing
from gradcheck.formula.text.numpy_calls import COMPARISONS
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable


@dataclass
class Shorthands(Cursor):
    """Reads short forms."""

    @abstractmethod
    def sum(self) -> Tree:
        """Read a formula."""

    @abstractmethod
    def power(self) -> Tree:
        """Read a factor."""

    @abstractmethod
    def inside(self, place: int) -> tuple[list[Token], int]:
        """Return the tokens of a subscript or superscript, and the place after it."""

    @abstractmethod
    def arguments(self, reduces: bool = False) -> tuple[list[Tree], int | None, bool]:
        """Read the arguments of a function."""

    def short(self, token: Token) -> Tree | None:
        """Read a word that is a short form; None, having read nothing, if it is none."""
        declared = token.text in self.names.table or token.text in self.names.others
        powers = self.power_of_e if declared else self.squared_error
        if token.text == "e" and self.after().kind == "^" and not powers():
            return self.exponential(token)
        if token.text in ("I", "eye", "identity") and not declared:
            return self.identity(token)
        if token.text == PI.name and self.names.find_quietly(PI.name) is None:
            self.place += 1
            return replace(PI, span=token.span)
        if token.text == "ones" and self.after().kind == "(":
            return self.row_of_ones(token)
        if token.text == "delta" and (told := self.class_delta(token)):
            return told
        return self.einsum(token) if token.text == "einsum" else None

    def span_from(self, token: Token) -> Span:
        """Return the text from a token to where one is."""
        return token.span[0], self.tokens[self.place - 1].span[1]

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
        variable = len(raised) == 1 and raised[0].text in {*self.names.table} - {*self.names.letters}
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
            _, self.place = self.inside(self.place)
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
        return (self.indicator() if self.next.kind in "[_({" else None) or self.number(token)

    def ones_behind(self) -> Tree | None:
        """Read the 1 of ``X^T 1``, which is no number behind a factor; None, having read nothing, for all else."""
        alone = self.next.kind == "number" and self.after().kind not in ("[", "_", "(", "{", "^", "transpose")
        return Ones(ONE.value, span=self.expect("number", "1").span) if alone and self.next.text == "1" else None

    def bold_one(self) -> Tree:
        r"""Read ``\mathbf{1}``: an indicator if a comparison follows it closely, else a vector of ones."""
        token = self.next
        self.place += 1
        return self.indicator() or Ones(ONE.value, span=token.span)

    def indicator(self) -> Tree | None:
        """Read a comparison in brackets or in a subscript; a subscript that is a size is skipped."""
        begin = self.place
        lowered = self.take("_")
        closing = {"(": ")", "[": "]", "{": "}"}.get(self.next.kind)
        if closing:
            self.place = opened = self.place + 1
            if (same := self.same_letter("=")) and self.take(closing):
                return same
            self.place = opened
            with suppress(Unreadable):
                inner = self.equated(self.sum())
                if self.take(closing) and (lowered or self.holds_or_not(inner)):
                    return inner if self.holds_or_not(inner) else None
        elif lowered:
            self.place += 1
            return None
        self.place = begin
        return None

    def equated(self, tree: Tree) -> Tree:
        """Read what follows ``y``, the ``= 1`` of ``y = 1``, as 1 where both are equal, else 0."""
        sign = self.take("=", "≠")
        if not sign:
            return tree
        letter, other = self.next, self.row_number(tree) or self.sum()
        size = other.name if isinstance(other, Name) and other.name in self.names.letters else ""
        if size != letter.text and size == letter.text.upper():
            raise Unreadable(f"{letter.text!r} is a letter here, and what is compared with it is none", letter.span)
        same = Binary("*", Binary(">=", tree, other), Binary("<=", tree, other), span=tree.span)
        return same if sign.kind == "=" else Binary("-", ONE, same, span=tree.span)

    def row_number(self, compared: Tree) -> Tree | None:
        """Read the v of ``i_s = v``, where i picks rows: the number that v stands for; None for all else."""
        array = compared.array if isinstance(compared, Entry) else None
        token, picks = self.next, isinstance(array, Name) and array.name in self.names.indices
        if not picks or len(token.text) > 1 or token.text not in INDICES or token.text in self.names.table:
            return None
        self.place += 1
        return Place(token.text, span=token.span)

    def holds_or_not(self, tree: Tree) -> bool:
        """Say whether a formula is 1 where something holds, else 0."""
        match tree:
            case Binary(operator=operator) if operator in COMPARISONS:
                return True
            case Binary(operator="*", left=Binary(operator=">="), right=Binary(operator="<=")):
                return True
            case Binary(operator="-", left=left, right=right):
                return left == ONE and self.holds_or_not(right)
        array = tree.array if isinstance(tree, Entry) else None
        return array == KRONECKER or (isinstance(array, Name) and array.name in self.names.one_hot)

    def same_letter(self, sign: str) -> Tree | None:
        """Read ``i = j``, or ``i ≠ j``, as 1 where that holds, else 0; None, having read nothing, if it is neither."""
        one, between, other = (self.after(step) for step in range(3))
        if between.kind == sign and (picked := self.class_of(one, other) or self.of_number(one, other)):
            return picked if sign == "=" else Binary("-", ONE, picked, span=picked.span)
        if between.kind != sign or {one.kind, other.kind} != {"word"} or len(one.text) * len(other.text) != 1:
            return None
        self.place += 3
        span = (one.span[0], other.span[1])
        same = Entry(KRONECKER, (one.text, other.text), span=span)
        return same if sign == "=" else Binary("-", ONE, same, span=span)

    def class_of(self, letter: Token, word: Token) -> Tree | None:
        """Read ``k = y``, or ``k = y_n``, as an entry of a one-hot array; None, having read nothing, if it is none."""
        array = self.picked_from(letter.text, word)
        inner, end = self.inside(self.place + 4) if self.after(3).kind in ("_", "^") else ([], self.place + 3)
        letters = (*(own.text for own in inner if own.kind == "word"), letter.text)
        if not array or len(letters) != self.names.arrays[array]:
            return None
        self.place = end
        return Entry(Name(array), letters, span=(letter.span[0], self.tokens[self.place - 1].span[1]))

    def of_number(self, letter: Token, other: Token) -> Tree | None:
        """Read ``k = 2``, of a running letter, as 1 or 0, or as what it is worth; None for all else."""
        span = (letter.span[0], other.span[1])
        if other.kind != "number" or self.after(3).kind not in (")", "]", "}", "row"):
            return None
        if letter.text in self.running:
            found: Tree = replace(ONE if str(self.running[letter.text]) == other.text else ZERO, span=span)
        elif letter.text in INDICES and other.text in PLACES and not self.numpy and self.free_letter(letter.text):
            found = Entry(KRONECKER, (letter.text, other.text), span=span)
        else:
            return None
        self.place += 3
        return found

    def free_letter(self, letter: str) -> bool:
        """Say whether a letter is no name."""
        return letter not in self.names.table and letter not in self.names.others and letter not in self.local

    def picked_from(self, letter: str, word: Token) -> str:
        """Return the one-hot array that a word is, if what stands before it is a letter; empty if not."""
        runs = letter in INDICES and letter not in self.names.table and letter not in self.local
        return self.names.picking(word.text) if runs and word.kind == "word" else ""

    def class_delta(self, token: Token) -> Tree | None:
        r"""Read ``\delta_{ky}``, where y is the class, or ``\delta_{k1}``; None, having read nothing, for all else."""
        inner, end = self.inside(self.place + 2)
        if self.after().kind != "_" or not self.free_letter("delta"):
            return None
        found = self.delta_of_number(inner) or self.delta_of_class(token, inner)
        self.place = end if found else self.place
        return found and replace(found, span=self.span_from(token))

    def delta_of_number(self, inner: list[Token]) -> Tree | None:
        """Return what a delta is worth whose marks are a letter and a number; None for all else."""
        marks = "".join(own.text for own in inner if own.kind in ("word", "number"))
        letter, number = marks.strip("0123456789"), marks.strip("".join(INDICES))
        named = self.names.find_quietly(marks) or f"delta{marks}" in self.local  # the delta of h1
        plain = all(own.kind in ("word", "number", ",") for own in inner)  # the k+1 of the next layer is no such mark
        if len(marks) != 2 or len(letter) != 1 or not self.free_letter(letter) or self.numpy or named or not plain:
            return None
        if letter in self.running:
            return ONE if str(self.running[letter]) == number else ZERO
        return Entry(KRONECKER, (letter, number)) if number in PLACES and letter in INDICES else None

    def delta_of_class(self, token: Token, inner: list[Token]) -> Tree | None:
        """Return the entry of the one-hot array that a delta picks with a letter and the class; None for all else."""
        letters = "".join(own.text for own in inner if own.kind == "word")
        for place in (0, 1) if len(letters) == 2 else ():
            letter = letters[place]
            array = self.picked_from(letter, replace(token, text=letters[1 - place]))
            if array and self.names.arrays[array] == 1:
                return Entry(Name(array), (letter,))
        return None

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
