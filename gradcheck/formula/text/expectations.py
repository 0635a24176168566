r"""The mean over the samples as an expectation: ``\mathbb{E}[(p - y) x]`` and ``E_i[(p_i - y_i) x_i]``.

In the first, every array of the batch is one of its samples: it gets the letter that the mean runs along.
"""

from abc import abstractmethod
from dataclasses import dataclass, replace

from gradcheck.formula.language.tree import Binary, Call, Each, Entry, Name, Transpose, Tree, rewrite, walk
from gradcheck.formula.text.cursor import span_of
from gradcheck.formula.text.lines import INDICES
from gradcheck.formula.text.suffixes import Suffixes
from gradcheck.formula.text.tokens import Token


@dataclass
class Expectations(Suffixes):
    """Reads expectations."""

    @abstractmethod
    def bracketed(self, closing: str) -> Tree:
        """Read a group."""

    def expects(self, token: Token) -> bool:
        """Say whether this is a mean: an E that is no name before a bracket, ``E_i[x]``, or the word with a letter."""
        if self.mean_over_a_letter(token):
            return True
        if token.text != "E" or self.numpy or {"E"} & {*self.names.table, *self.names.others, *self.local}:
            return False
        end = self.inside(self.place + 2)[1] if self.after().kind == "_" else self.place + 1
        return self.at(end).kind == "[" and self.at(end).span[0] == self.at(end - 1).span[1]

    def mean_over_a_letter(self, token: Token) -> bool:
        """Say whether a word is the sign of a mean over a letter: ``mean_i x_i``."""
        return token.text == "mean" and self.after().kind == "_" and "mean" not in self.names.table

    def expectation(self, token: Token) -> Tree:
        """Read an expectation: its body, added up over the samples, over their number."""
        told = self.mean_over_a_letter(token)
        self.place += 1
        marks: list[Token] = []
        if self.take("_"):
            marks, self.place = self.inside(self.place)
        closing = {"[": "]", "(": ")", "{": "}"}.get(self.next.kind)
        if closing is None and not told:
            self.fail("a mean over the samples of a batch, in brackets", r"\frac{1}{N} \sum_i ...")
        body = self.product() if told or closing is None else self.bracketed(closing)
        span = (token.span[0], span_of(body)[1])
        letter = "".join(own.text for own in marks if own.kind == "word")
        several = any(isinstance(part, Name) and part.name in self.names.batched for part in walk(body))
        if letter not in _letters(body) and not (self.names.samples and several):
            return Call("mean", (body,), span=span)
        if letter not in _letters(body):
            letter, body = self.of_samples(body)
        return Binary("/", Each(letter, body), self.length(letter, body), span=span)

    def length(self, letter: str, body: Tree) -> Tree:
        """Return how many places a letter runs along, as it is written. Raises Unreadable if nobody knows."""
        entries = (part for part in walk(body) if isinstance(part, Entry) and letter in part.letters)
        known = ((part.letters.index(letter), self.axes_of(part.array)) for part in entries)
        found = next((axes[place] for place, axes in known if place < len(axes)), None)
        if found is None:
            self.fail("entries of variables of the problem within a mean over a letter")
        return found

    def axes_of(self, array: Tree) -> tuple[Tree, ...]:
        """Return the lengths of the axes of a variable, or of a sum of some; none where that is not known."""
        match array:
            case Name(name=name):
                return self.names.axes.get(name, ())
            case Transpose(inner=inner):
                return self.axes_of(inner)[::-1]
            case Binary(operator="+" | "-" | "⊙", left=left, right=right):
                return max(self.axes_of(left), self.axes_of(right), key=len)
            case Binary(operator=" " | "@", left=left, right=right):
                first, second = self.axes_of(left), self.axes_of(right)
                return (*first[:-1], *second[1:]) if first[-1:] == second[:1] else ()
        return ()

    def of_samples(self, body: Tree) -> tuple[str, Tree]:
        """Return a letter that runs along the samples, and a body with it at every array of the batch."""
        whole = [part for part in walk(body) if isinstance(part, Entry) and self.all_axes(part)]
        if whole:
            return whole[0].letters[0], body
        letter = next(letter for letter in f"in{INDICES}" if letter not in _letters(body))

        def sample(part: Tree) -> Tree | None:
            array, letters = (part.array, part.letters) if isinstance(part, Entry) else (part, ())
            axis = self.names.batched.get(array.name) if isinstance(array, Name) else None
            if axis is None:
                return part if isinstance(part, Entry) else None
            return Entry(array if axis == 0 else Transpose(array), (letter, *letters), span=part.span)

        return letter, replace(rewrite(body, sample), span=body.span)

    def all_axes(self, entry: Entry) -> bool:
        """Say whether an array of the batch has a letter for each of its axes."""
        name = entry.array.name if isinstance(entry.array, Name) else ""
        return self.names.batched.get(name) == 0 and len(entry.letters) == self.names.arrays[name]


def _letters(tree: Tree) -> set[str]:
    return {letter for part in walk(tree) for letter in getattr(part, "letters", ())}
