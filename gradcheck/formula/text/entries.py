r"""Entries of arrays by their numbers, by the class of a sample, and of a variable that is called a square."""

from dataclasses import dataclass, replace

from gradcheck.formula.language.tree import PLACES, Binary, Call, Entry, Name, Number, Tree
from gradcheck.formula.text.calls import Calls, Mark
from gradcheck.formula.text.lines import INDICES
from gradcheck.formula.text.tokens import Token

LAST = ("L-1", "L")
"""How the last layers are marked."""


@dataclass
class Entries(Calls):
    """Reads entries."""

    def square_of(self, token: Token, marks: list[Mark]) -> Tree | None:
        r"""Read ``\sigma_i^2`` where ``\sigma^2`` is the name of a variable, as its entry; None for all else.

        And so ``\sigma_i^4``, the square of that.
        """
        powers = {"2": 1, "4": 2, "6": 3}
        raised = marks[2].text.removeprefix(marks[1].text) if len(marks) > 2 else ""
        if f"{token.text}^2" not in self.names.spellings or raised not in powers:
            return None
        whole = self.names.find(f"{token.text}2") if marks[1].letters else None
        if whole is None:
            return None
        self.place = marks[2].place
        span = (token.span[0], self.tokens[self.place - 1].span[1])
        entry = Entry(whole, marks[1].letters, span=span)
        return entry if powers[raised] == 1 else Binary("^", entry, Number.of(powers[raised]), span=span)

    def entry_of_last(self, token: Token, marks: list[Mark]) -> Tree | None:
        r"""Read ``\delta^L`` or ``a^{L-1}``, or an entry of it, ``\delta^L_j`` or ``\delta_j^L``; None for all else.

        Textbooks mark the last of numbered layers with a capital L.
        """
        texts = [mark.text for mark in marks[1:3]]
        layer, letters = (texts[0] if texts else ""), (marks[2].letters if marks[2:] else ())
        if len(texts) == 2 and marks[1].letters:
            layer, letters = texts[1].removeprefix(texts[0]), marks[1].letters
        tree = self.of_layer(token.text, layer) if token.text not in self.names.table else None
        if tree is None:
            return None
        self.place = marks[2].place if letters else marks[1].place
        span = (token.span[0], self.tokens[self.place - 1].span[1])
        return Entry(tree, letters, span=span) if letters else replace(tree, span=span)

    def of_layer(self, word: str, layer: str) -> Tree | None:
        """Return the last of numbered variables, or the one before it; None if there is none."""
        numbers = [number for number in range(10) if self.names.find_quietly(f"{word}{number}")]
        if layer not in LAST or not self.names.family(word):
            return None
        if layer == "L":
            return self.names.find(f"{word}L" if self.names.find_quietly(f"{word}L") else f"{word}{max(numbers)}")
        last = max(int(name[-1]) for name in self.names.table if name[-1].isdigit())
        return self.names.find(f"{word}{last - 1}")

    def numbered_entry(self, token: Token, array: Name) -> Tree | None:
        """Read ``p_1`` or ``x_{i1}``, entries by their numbers; None, having read nothing, for all else.

        Only a name of the problem's own has them, and of all its axes: W_1 may be a layer that there is not.
        """
        inner, end = self.inside(self.place + 1)
        if len(inner) == 1 and (picked := self.entry_of_class(array, inner[0].text)):
            self.place = end
            return replace(picked, span=(token.span[0], inner[0].span[1]))
        marks = places_of(inner)
        own = token.text.removesuffix("hat").lower() in (array.name.lower(), array.name.lower().removesuffix("hat"))
        if not (own or token.text in self.names.others) or len(marks) != self.names.arrays[array.name]:
            return None
        self.place = end
        return Entry(array, marks, span=(token.span[0], self.tokens[end - 1].span[1]))

    def entry_of_class(self, array: Tree, word: str) -> Tree | None:
        """Return ``p_y``, where y is the class of the sample, as the entry, or row, that its one-hot vector picks."""
        classes = self.names.picking(word)
        own, other = (self.names.axes.get(name, ()) for name in (classes, getattr(array, "name", "")))
        if len(own) != 1 or own != other[:1]:
            return None
        picked = Binary("⊙", Name(classes), array) if len(other) == 1 else Binary("@", Name(classes), array)
        return Call("sum", (picked,)) if len(other) == 1 else picked


def places_of(inner: list[Token]) -> tuple[str, ...]:
    """Return the letters and numbers of a subscript, ``i1`` or ``1,2``, of which one is a number at least."""
    marks = tuple(letter for own in inner if own.kind in ("word", "number") for letter in own.text)
    plain = all(own.kind in ("word", "number", ",") for own in inner)
    known = plain and all(mark in PLACES or mark in INDICES for mark in marks)
    return marks if known and set(marks) & set(PLACES) else ()
