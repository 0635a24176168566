"""The marks of a name, those below and those raised: what they are spelled as, and which of their letters run."""

from dataclasses import dataclass

from gradcheck.formula.language.tree import Name
from gradcheck.formula.text.calls import Mark
from gradcheck.formula.text.counting import counted
from gradcheck.formula.text.entries import Entries
from gradcheck.formula.text.lines import INDICES, RARER
from gradcheck.formula.text.lines import cut as cut_at
from gradcheck.formula.text.tokens import Token

MOST_MARKS = 5
"""How many marks a name may have."""
IN_MARKS = ("word", "number", "(", ")", "[", "]", "+", "-", ",", "_", "{", "}")
"""What a subscript may consist of."""


@dataclass
class Marks(Entries):
    """Reads marks."""

    def marks(self, start: int) -> list[Mark]:
        """Return the forms of the name that begins before ``start``: bare, with one mark, with two, ..."""
        found = [Mark("", start)]
        while len(found) <= MOST_MARKS and (further := self.mark(found[-1])) is not None:
            if self.is_power(self.at(start - 1).text + found[-1].text, found[-1]):
                break
            found.append(further)
        return found

    def is_power(self, name: str, before: Mark) -> bool:
        """Say whether the number that is raised at a name is its exponent: e^2 is no e2, where there is an e."""
        raised, _ = self.inside(before.place + 1)
        number = [token.kind for token in raised] == ["number"]
        own = number and f"{name}{raised[0].text}" not in self.names.others
        return own and self.at(before.place).kind == "^" and name in self.names.table

    def mark(self, before: Mark) -> Mark | None:
        """Read one more mark: primes, a subscript, a number or running letter in a superscript."""
        token = self.at(before.place)
        if token.kind == "'":
            return Mark(before.text + "'", before.place + 1, ran=before.ran)
        if token.kind not in ("_", "^"):
            return None
        word = self.at(before.place + 1).text
        if word[:1] in self.running and word.isalpha() and len(word) != self.axes_before(before.place):
            self.cut_after_letter(before.place + 1)  # the k of o_kw_k
        inner, place = self.inside(before.place + 1)
        if inner and all(part.kind == "'" for part in inner):
            return Mark(before.text + "'" * len(inner), place, ran=before.ran)
        if not inner or any(part.kind not in IN_MARKS for part in inner):
            return None
        if not before.text and self.names.doubly(self.at(before.place - 1).text) and (two := self.two_numbers(inner)):
            return Mark(two, place, ran=True)
        text, letters, ran = self.number_of(inner)
        if before.letters and token.kind == "^" and text.isdigit() and (ran or inner[0].kind in ("(", "[")):
            letters = before.letters  # W_{ij}^{(1)} is W^{(1)}_{ij}: a number in brackets is that of the layer
            text = text + "".join(letters)
            return Mark(before.text[: -len(letters)] + text, place, letters, before.ran or ran)
        if letters and before.letters:  # x_j^{(i)} is x^{(i)}_j: what is raised numbers the samples
            letters = (*letters, *before.letters) if token.kind == "^" else (*before.letters, *letters)
        return Mark(before.text + text, place, letters, ran or before.ran)

    def axes_before(self, place: int) -> int:
        """Return how many axes the name has that stands before a place; 0 if there is none."""
        whole = self.names.find_quietly(self.at(place - 1).text)
        return self.names.arrays.get(whole.name, 0) if isinstance(whole, Name) else 0

    def inside(self, place: int) -> tuple[list[Token], int]:
        """Return the tokens of a subscript or superscript, and the place after it."""
        first = self.at(place)
        if first.kind not in ("{", "(", "["):
            return [first], min(place + 1, len(self.tokens) - 1)
        shut = {"{": "}", "(": ")", "[": "]"}[first.kind]
        end, depth = place + 1, 0
        while self.at(end).kind != "end" and (depth or self.at(end).kind != shut):
            depth += (self.at(end).kind == first.kind) - (self.at(end).kind == shut)
            end += 1
        kept = self.tokens[place + 1 : end]
        after = min(end + 1, len(self.tokens) - 1)
        return (kept if first.kind == "{" else [first, *kept, self.tokens[end]]), after

    def two_numbers(self, inner: list[Token]) -> str:
        """Return the two numbers that a name has by letters that run, the 23 of x_{i,j+1}; nothing for all else."""
        pairs = cut_at(inner, (",",))
        if len(inner) == 1 and len(inner[0].text) == 2:
            kinds = ["number" if own.isdigit() else "word" for own in inner[0].text]
            pairs = [[Token(kind, own, inner[0].span)] for kind, own in zip(kinds, inner[0].text, strict=True)]
        words = [token.text for pair in pairs for token in pair if token.kind == "word"]
        if len(pairs) != 2 or not words or not set(words) <= set(self.running):
            return ""
        numbers = [counted(pair, self.running) for pair in pairs]
        return "".join(map(str, numbers)) if all(own is not None and own <= 9 for own in numbers) else ""

    def number_of(self, inner: list[Token]) -> tuple[str, tuple[str, ...], bool]:
        """Return a mark as it is spelled, its free letters, and whether a running letter was replaced by its number."""
        core = [token for token in inner if token.kind not in ("(", ")", "[", "]", "{", "}", ",")]
        letters = [token for token in core if token.kind == "word"]
        sign = len(core) == 1 or any(token.kind in "+-" for token in core)  # the 1i of Z_{1i} is no product
        runs = sign and any(token.text in self.running for token in letters)
        if runs and (number := counted(core, self.running)) is not None:
            return str(number), (), True
        if len(core) > 1 and core[-2].kind == "_" and core[-1].text in self.running:
            number = self.running[core[-1].text]
            return "".join(token.text for token in core[:-1] if token.kind != "_") + str(number), (), True
        indices = tuple(letter for token in letters for letter in token.text)
        usual = all(letter in INDICES or self.a_word(letter) for letter in indices)
        free = bool(letters) and (usual or (len(indices) < 3 and all(letter in INDICES + RARER for letter in indices)))
        return "".join(token.text.rstrip(".") for token in core), indices if free else (), False
