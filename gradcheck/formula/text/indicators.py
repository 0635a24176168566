r"""What is 1 where something holds and 0 elsewhere: an indicator, ``[k = y]``, the deltas of Kronecker."""

from abc import abstractmethod
from contextlib import suppress
from dataclasses import dataclass, replace

from gradcheck.formula.language.tree import (
    KRONECKER,
    ONE,
    PLACES,
    ZERO,
    Binary,
    Entry,
    Name,
    Place,
    Span,
    Tree,
)
from gradcheck.formula.text.cursor import Cursor
from gradcheck.formula.text.lines import INDICES
from gradcheck.formula.text.numpy_calls import COMPARISONS
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable


@dataclass
class Indicators(Cursor):
    """Reads what holds or does not."""

    @abstractmethod
    def sum(self) -> Tree:
        """Read a formula."""

    @abstractmethod
    def inside(self, place: int) -> tuple[list[Token], int]:
        """Return the tokens of a subscript or superscript, and the place after it."""

    def told_by_indicator(self, token: Token) -> Tree | None:
        r"""Read ``\chi_{z > 0}``; None, having read nothing, if no comparison follows."""
        begin = self.place
        self.place += 1
        held = self.indicator()
        self.place = self.place if held else begin
        return held and replace(held, span=self.span_from(token))

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
        if lowered and (pair := self.pair_of_letters(self.inside(begin + 1)[0])):
            _, self.place = self.inside(begin + 1)
            return Entry(KRONECKER, pair)
        self.place = begin
        return None

    def pair_of_letters(self, inner: list[Token]) -> tuple[str, ...]:
        """Return the two running letters that a subscript, or brackets, consist of; nothing for all else."""
        letters = tuple(letter for own in inner if own.kind == "word" for letter in own.text)
        plain = all(own.kind in ("word", ",", "=", "(", ")", "[", "]") for own in inner)
        free = all(letter in INDICES and self.free_letter(letter) for letter in letters)
        return letters if len(letters) == 2 and plain and free else ()

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
            case Binary(operator="*", left=left, right=right):
                return self.holds_or_not(left) and self.holds_or_not(right)
            case Binary(operator="-", left=left, right=right):
                return left == ONE and self.holds_or_not(right)
        array = tree.array if isinstance(tree, Entry) else None
        return array == KRONECKER or (isinstance(array, Name) and array.name in self.names.one_hot)

    def same_letter(self, sign: str) -> Tree | None:
        """Read ``i = j``, or ``i ≠ j``, as 1 where that holds, else 0; None, having read nothing, if it is neither."""
        if picked := self.class_first(sign):
            return picked if sign == "=" else Binary("-", ONE, picked, span=picked.span)
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

    def class_first(self, sign: str) -> Tree | None:
        """Read ``y = k``, or ``y_n = k``, as an entry of a one-hot array; None, having read nothing, for all else."""
        word, marked = self.next, self.after().kind in ("_", "^")
        inner, end = self.inside(self.place + 2) if marked else ([], self.place + 1)
        letter = self.at(end + 1)
        if self.at(end).kind != sign or self.at(end + 2).kind not in (")", "]", "}", "row") or letter.kind != "word":
            return None
        array = self.picked_from(letter.text, word) if len(letter.text) == 1 else ""
        letters = (*(own.text for own in inner if own.kind == "word"), letter.text)
        if not array or len(letters) != self.names.arrays[array]:
            return None
        self.place = end + 2
        return Entry(Name(array), letters, span=(word.span[0], letter.span[1]))

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

    def a_word(self, letter: str) -> bool:
        """Say whether a letter is the w that numbers the words of a vocabulary, and no name."""
        return letter == "w" and letter not in self.local and self.names.find_quietly(letter) is None

    def picked_from(self, letter: str, word: Token) -> str:
        """Return the one-hot array that a word is, if what stands before it is a letter; empty if not."""
        free = letter not in self.names.table and letter not in self.local
        runs = (letter in INDICES and free) or self.a_word(letter)
        return self.names.picking(word.text) if runs and word.kind == "word" else ""

    def class_delta(self, token: Token) -> Tree | None:
        r"""Read ``\delta_{ky}``, where y is the class, or ``\delta_{k1}``; None, having read nothing, for all else."""
        lowered = self.after().kind == "_"
        inner, end = self.inside(self.place + 1 + lowered)
        if (not lowered and self.after().kind not in ("(", "[")) or not self.free_letter("delta"):
            return None
        pair = self.pair_of_letters(inner) if not lowered or any(own.kind == "=" for own in inner) else ()
        if pair or not lowered:
            found: Tree | None = Entry(KRONECKER, pair) if pair else None
        else:
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

    def span_from(self, token: Token) -> Span:
        """Return the text from a token to where one is."""
        return token.span[0], self.tokens[self.place - 1].span[1]
