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
        """Say whether an E that is no name of the problem stands before a bracket: ``E[x]``, ``E_i[x]``."""
        if token.text != "E" or self.numpy or {"E"} & {*self.names.table, *self.names.others, *self.local}:
            return False
        end = self.inside(self.place + 2)[1] if self.after().kind == "_" else self.place + 1
        return self.at(end).kind == "[" and self.at(end).span[0] == self.at(end - 1).span[1]

    def expectation(self, token: Token) -> Tree:
        """Read an expectation: its body, added up over the samples, over their number."""
        self.place += 1
        marks: list[Token] = []
        if self.take("_"):
            marks, self.place = self.inside(self.place)
        closing = {"[": "]", "(": ")", "{": "}"}.get(self.next.kind)
        if closing is None:
            self.fail("a mean over the samples of a batch, in brackets", r"\frac{1}{N} \sum_i ...")
        body = self.bracketed(closing)
        if not self.names.samples:
            return Call("mean", (body,), span=(token.span[0], span_of(body)[1]))
        letter = "".join(own.text for own in marks if own.kind == "word")
        if letter not in _letters(body):
            letter, body = self.of_samples(body)
        span = (token.span[0], span_of(body)[1])
        return Binary("/", Each(letter, body), Name(self.names.samples), span=span)

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
