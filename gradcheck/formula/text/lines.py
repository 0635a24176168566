"""The lines of a derivation: where one statement ends, and which of them only define what other lines use.

What defines something may come after what uses it: "... where e = o1 - t1".
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gradcheck.formula.language.tree import Derivative, Name, Tree
from gradcheck.formula.text.names import HATS, LOSSES, Names
from gradcheck.formula.text.tokens import Token

RESIDUALS = ("error", "Error", "err", "Err")
"""Names of the loss by which people also call the difference between prediction and target."""
INDICES = "abcdhijklmnpqrstuv"
"""Letters that may run."""
RARER = "efgo"
"""Letters that may run as well, where they stand alone or two together: words are made of them, "out" and "logit"."""
OPENING, CLOSING = ("(", "{", "["), (")", "}", "]")
_NAME = re.compile(
    r"word(?: \^ (?:\{ )?[(\[] number [)\]](?: \})?)?(?: _ (?:word|number|\{(?: (?:word|number|_))+ \}))*"
)
"""The kinds of tokens that a word with subscripts, or with the number of a layer, is made of."""


def closing(row: list[Token], opening: int) -> int:
    """Return the place of the bracket that closes the one at a place; the last place if none does."""
    depth = 0
    for place in range(opening, len(row)):
        depth += (row[place].kind in OPENING) - (row[place].kind in CLOSING)
        if not depth:
            return place
    return len(row) - 1


def cut(row: list[Token], ends: tuple[str, ...]) -> list[list[Token]]:
    """Cut tokens wherever one of a kind stands outside of all brackets."""
    pieces: list[list[Token]] = [[]]
    depth = 0
    for token in row:
        depth += (token.kind in OPENING) - (token.kind in CLOSING)
        if token.kind in ends and depth <= 0:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return pieces


def statements(found: list[Token], latex: bool) -> list[list[Token]]:
    """Cut tokens into statements at the ends of lines, unless a line plainly goes on."""
    joined: list[list[Token]] = []
    for given in cut(found[:-1], ("line", ",")):
        piece = [token for token in given if token.kind != "line"]
        if joined and piece and goes_on(joined[-1], piece, latex):
            joined[-1] += piece
        elif piece:
            joined.append(piece)
    return joined


def goes_on(before: list[Token], piece: list[Token], latex: bool) -> bool:
    """Say whether a line continues the one before it."""
    signs = ("=", "+", "*", "/", "@", "⊙", "⊗", "-")
    unfinished = before[-1].kind in signs
    whole = any(token.kind in ("=", "update") for token in piece)
    return unfinished or piece[0].kind in signs[:-1] or (latex and not whole)


@dataclass(frozen=True)
class Assignment:
    """A statement, taken apart at its first sign of equality."""

    left: tuple[Token, ...]
    sign: Token
    right: tuple[Token, ...]

    @staticmethod
    def of(piece: list[Token]) -> "Assignment | None":
        """Take a statement apart; None if it has no sign of equality."""
        place = next((place for place, token in enumerate(piece) if token.kind in ("=", "update")), 0)
        return Assignment(tuple(piece[:place]), piece[place], tuple(piece[place + 1 :])) if place else None

    @property
    def name(self) -> str:
        """The word on the left side, marks included; empty if there is anything else."""
        if not _NAME.fullmatch(" ".join(token.kind for token in self.left)):
            return ""
        return _joined(self.left)

    @property
    def value(self) -> list[Token]:
        """What the last sign of equality is followed by, in brackets."""
        ends = [place for place, token in enumerate(self.right) if token.kind == "="]
        own = self.right[ends[-1] + 1 :] if ends else self.right
        return in_brackets(list(own))


def in_brackets(row: list[Token]) -> list[Token]:
    """Return tokens with brackets around them, at the places where they stand."""
    if not row:
        return row
    begin, end = row[0].span, row[-1].span
    return [Token("(", "(", (begin[0], begin[0])), *row, Token(")", ")", (end[1], end[1]))]


def own_name(piece: list[Token], names: Names, others: list[list[Token]]) -> str:
    """Return the name that a statement defines, if it is the person's own; empty if it defines none.

    A name that could be a derivative by some convention is the person's own where other statements mention it, or
    follow: the last line is what all was for.
    """
    own = Assignment.of(piece)
    if own is None or not own.right or own.name in ("", "d", "partial"):
        return ""
    known = names.find_quietly(own.name) or _whole(own, names) or _entries(own.name, names, Derivative)
    if isinstance(known, Name) and known.name in names.letters:
        return own.name
    first = names.find_quietly(own.left[0].text)
    if isinstance(first, Name) and first.name == names.loss and _entries(own.name[len(own.left[0].text) :], names):
        return ""
    follows = (
        others[-1] is not piece
        or _tells_a_derivative(own.right)
        or any(mentions(other, own.name) for other in others if other is not piece)
    )
    return own.name if known is None or (follows and _loose(own.name, known, names)) else ""


def _tells_a_derivative(right: tuple[Token, ...]) -> bool:
    """Say whether a name is said to be a derivative, and this to be something: the J of J = dy/dx = W."""
    begun = [token for token in right[:4] if token.kind != "-"]
    above = begun[2:3] if [token.kind for token in begun[:2]] == ["frac", "{"] else begun[:1]
    differential = any(token.kind in ("d", "nabla") or token.text[:1] == "d" for token in above)
    return differential and any(token.kind == "=" for token in right)


def _entries(word: str, names: Names, kind: type[Tree] = Tree) -> Tree | None:
    """Return what a word names, or the entries of: the w of ``wj``, the dL/dw of ``dLdwj``; None for nothing."""
    for end in range(len(word), 0, -1):
        whole = names.find_quietly(word[:end])
        inner = whole.by if isinstance(whole, Derivative) else getattr(whole, "name", "")
        if (
            isinstance(whole, kind)
            and len(word) - end <= names.arrays.get(inner, 0)
            and set(word[end:]) <= set(INDICES)
        ):
            return whole
    return None


def _whole(own: Assignment, names: Names) -> Tree | None:
    """Return what a left side such as ``dS_{ij}`` names the entries of; None if its marks are no such letters."""
    whole = names.find_quietly(own.left[0].text)
    inner = whole.by if isinstance(whole, Derivative) else getattr(whole, "name", "")
    letters = own.name[len(own.left[0].text) :]
    return whole if 0 < len(letters) <= names.arrays.get(inner, 0) and set(letters) <= set(INDICES) else None


def mentions(piece: list[Token], name: str) -> bool:
    """Say whether a statement mentions a name, however its subscripts are written: a delta1 as delta_k, too."""
    begun = (word for place, token in enumerate(piece) if token.kind == "word" for word in _beginnings(piece[place:]))
    return any(word == name or _runs_through(word, name) for word in begun)


def _runs_through(word: str, name: str) -> bool:
    """Say whether a word is a numbered name with a running letter for its number."""
    return name[-1:].isdigit() and word[:-1] == name[:-1] and word[-1] in INDICES


def _beginnings(row: list[Token]) -> Iterator[str]:
    """Yield the words that a row of tokens may begin with, with more and more of their subscripts."""
    kinds = ""
    for place, token in enumerate(row):
        kinds = f"{kinds} {token.kind}".lstrip()
        if kinds.endswith("_ word") and len(token.text) > 1 and token.text[0] in INDICES:
            yield _joined(row[:place]) + token.text[0]  # the delta_t of \delta_tx_t
        if _NAME.fullmatch(kinds):
            yield _joined(row[: place + 1])
        elif token.kind not in ("_", "^", "{", "(", "[", ")", "]", "word", "number"):
            return


def _joined(row: Iterable[Token]) -> str:
    """Return a word with its subscripts as one word."""
    return "".join(token.text for token in row if token.kind in ("word", "number"))


def _loose(word: str, known: Tree, names: Names) -> bool:
    """Say whether a word means something by a convention so loose that a person's own definition goes before it."""
    inner = word.removeprefix("delta").removeprefix("d") if isinstance(known, Derivative) else word
    if word == "delta":
        return True
    if inner in names.table or inner in names.others:
        return False
    about_the_loss = isinstance(known, Derivative) and known.by == names.loss
    ends = [step for step in names.steps if step.startswith("net_") and step.endswith(inner)]
    several = word.startswith("delta") and len(ends) > 1  # delta1, where there is a net_h1 and a net_o1
    if isinstance(known, Name) and known.name in names.inputs:  # a g of one's own beside the G that is given
        return True
    conventional = isinstance(known, Name) and (word in LOSSES or word in HATS)
    return inner in RESIDUALS or about_the_loss or inner in HATS or several or conventional


def used_elsewhere(piece: list[Token], pieces: list[list[Token]]) -> str:
    """Return the word on the left side of a statement, if others make use of it; empty if it is more than a word."""
    sides = Assignment.of(piece)
    used = sides and any(_uses(other, sides.name) for other in pieces if other is not piece)
    return sides.name if sides and used else ""


def _uses(piece: list[Token], word: str) -> bool:
    """Say whether a statement mentions a word, and does not just give it another value."""
    sides = Assignment.of(piece)
    return mentions(list(sides.right) if sides and sides.name == word else piece, word)
