"""Where a reader is in the text: the next token, taking it, and saying what was expected instead."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import NoReturn

from gradcheck.formula.language.tree import Number, Span, Tree
from gradcheck.formula.text.lines import INDICES, RARER
from gradcheck.formula.text.names import Names, plain
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable

MOST_RUNS = 9
"""How far a running letter runs if nobody says."""
DEEPEST, MOST_SUMS, MOST_PARTS, LARGEST_NUMBER = 60, 3, 1000, 10**12
"""How deep a formula may be nested, how deep its sums, how many parts it may have, how large its numbers may be."""


class FreeLetter(Unreadable):
    """A running letter that nothing runs yet."""

    def __init__(self, letter: str, span: Span) -> None:
        super().__init__(f"{letter!r} runs over nothing", span)
        self.letter = letter


@dataclass
class Cursor:
    """A place in a row of tokens."""

    tokens: list[Token]
    names: Names
    numpy: bool = False
    """Whether the text is NumPy's rather than mathematics."""
    running: dict[str, int] = field(default_factory=dict)
    """The numbers that running letters stand for at the moment."""
    local: dict[str, Tree] = field(default_factory=dict)
    """What the person defined in earlier lines."""
    strict: bool = False
    """Whether unknown functions are functions that are left open: so in the definitions of a problem."""
    place: int = 0
    depth: int = 0
    norms: int = 0
    """How many bars of a norm are open."""
    sums: int = 0
    """How many running sums are open."""
    over: list[str] = field(default_factory=list)
    """The letters that they run over; empty for one that does not say."""
    ran: bool = False
    """Whether a running letter was used since somebody last looked."""

    @property
    def next(self) -> Token:
        """The token to be read."""
        return self.at(self.place)

    def after(self, steps: int = 1) -> Token:
        """Return the token further on."""
        return self.at(self.place + steps)

    def at(self, place: int) -> Token:
        """Return the token at a place; the end, beyond it."""
        return self.tokens[min(place, len(self.tokens) - 1)]

    def take(self, *kinds: str) -> Token | None:
        """Read a token if it is of one of the kinds."""
        if self.next.kind in kinds:
            self.place += 1
            return self.tokens[self.place - 1]
        return None

    def expect(self, kind: str, expected: str) -> Token:
        """Read a token of this kind. Raises Unreadable, saying what was expected, if it is another."""
        token = self.take(kind)
        if not token:
            self.fail(expected)
        return token

    def fail(self, expected: str, instead: str = "") -> NoReturn:
        """Raise Unreadable at the token to be read."""
        given = f"{self.next.text!r}" if self.next.text.strip() else "the end"
        raise Unreadable(f"here stands {given}, where {expected} was expected", self.next.span, instead)

    def cut_after_name(self, base: str, place: int) -> bool:
        """Cut a word behind what makes a name of the base, as in ``u_gh`` if there is a u_g; say whether it does."""
        word = self.at(place)
        ends = range(len(word.text) - 1, 0, -1) if word.kind == "word" else ()
        end = next((end for end in ends if self.makes_a_name(base + word.text[:end])), 0)
        return bool(end) and self.cut(place, end)

    def makes_a_name(self, word: str) -> bool:
        """Say whether a word is a name: of the problem, of the person's own, or a delta of a variable."""
        if plain(word) in {*self.names.table, *self.names.others} or word in self.local:
            return True
        if len(getattr(self.local.get(word[:-1]), "letters", ())) == 1 and word[-1] in INDICES:  # defined by entries
            return True
        return word.startswith("delta") and self.names.find_quietly(word) is not None

    def cut_after_letter(self, place: int) -> bool:
        """Cut a word behind its first letter, as LaTeX does where ``t_iU`` is t_i U; say whether there was any."""
        word = self.at(place)
        if word.kind != "word" or len(word.text) < 2 or word.text[0] not in (*INDICES, *RARER, *"Twy"):
            return False
        return self.cut(place, 1)

    def cut(self, place: int, length: int) -> bool:
        """Cut a word in two, the first of which has a length."""
        word = self.at(place)
        middle = word.span[0] + length
        first, rest = (word.span[0], middle), (middle, word.span[1])
        self.tokens[place : place + 1] = [
            Token("word", word.text[:length], first),
            Token("word", word.text[length:], rest),
        ]
        return True

    def deeper(self) -> None:
        """Note that one more bracket is open. Raises Unreadable if there are too many."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable(f"this is nested more than {DEEPEST} deep", self.next.span)

    def number(self, token: Token) -> Tree:
        """Return a number, exactly as it was written."""
        number = Fraction(token.text.rstrip(".")) if len(token.text) <= 20 else Fraction(LARGEST_NUMBER + 1)
        if abs(number) > LARGEST_NUMBER:
            raise Unreadable("this number is too large to mean anything here", token.span)
        return Number(number, span=token.span)


def span_of(tree: Tree) -> Span:
    """Return where a tree was read; the beginning of the text if it was not."""
    return tree.span or (0, 0)


def together(left: Tree, right: Tree) -> Span:
    """Return the text from the beginning of one tree to the end of another."""
    return min(span_of(left)[0], span_of(right)[0]), max(span_of(left)[1], span_of(right)[1])
