r"""Sums and lists as Python writes them: ``sum(x[i] for i in range(N))`` is \sum_i x_i, a list dw_j = ... for all j.

An index in square brackets that is a running letter is a subscript: ``X[i][j]`` and ``X[i, j]`` are X_{ij}. A letter
runs over all of an axis, ``range(N)`` or ``range(len(y))``, or over numbers that name variables, ``range(1, 3)``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from gradcheck.formula.text.lines import CLOSING, INDICES, OPENING, closing, in_brackets
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable

ADDING = ("sum", "mean", "average")
"""The functions whose argument a comprehension may be."""
INDEXED = ("word", "number", "'", ")", "}", "]")
"""What an index follows."""


@dataclass(frozen=True)
class Comprehension:
    """``BODY for i in range(N) for j in range(D)``, in brackets."""

    opening: int
    body: list[Token]
    letters: list[Token]
    ranges: list[list[Token]]
    """What stands in the brackets of every range."""
    end: int
    """The place of the closing bracket."""

    @staticmethod
    def at(row: list[Token], place: int) -> "Comprehension":
        """Take the comprehension apart whose first ``for`` stands at a place. Raises Unreadable if it is none."""
        opening = _opening(row, place)
        end = closing(row, opening) if opening >= 0 else len(row)
        letters, ranges, after = [], [], place
        while after < end:
            if [token.text for token in row[after : after + 5 : 2]] != ["for", "in", "("] or row[
                after + 3
            ].text != "range":
                _refuse(row[after])
            letters.append(row[after + 1])
            shut = closing(row, after + 4)
            ranges.append(row[after + 5 : shut])
            after = shut + 1
        if after != end or not all(map(_whole, ranges)):
            _refuse(row[place])
        return Comprehension(opening, row[opening + 1 : place], letters, ranges, end)

    def added(self) -> list[Token]:
        """Return the sum of what it lists."""
        signs = [part for own in zip(self.letters, self.ranges, strict=True) for part in _sign(*own)]
        return [*signs, *in_brackets(self.body)]

    def count(self) -> list[Token]:
        """Return how many it lists."""
        stroke = Token("/", "/", self.letters[0].span)
        return [part for own in self.ranges for part in (stroke, *in_brackets(own))]


def subscripts_and_sums(row: list[Token], names: Names) -> list[Token]:
    """Return tokens without comprehensions, and without letters in square brackets.

    Raises Unreadable for a comprehension that runs over anything but a range.
    """
    bound = {row[place + 1].text for place in _fors(row)}
    free = {letter for letter in INDICES if letter not in names.table and letter not in names.others}
    row = _subscripts(row, bound | free)
    while place := next((place for place in _fors(row) if _adding(row, _opening(row, place))), 0):
        row = _summed(row, Comprehension.at(row, place))
    while place := next(_fors(row), 0):
        row = _listed(row, place)
    return row


def _fors(row: list[Token]) -> Iterator[int]:
    return (place for place, token in enumerate(row[:-5]) if token.text == "for")


def _refuse(token: Token) -> NoReturn:
    raise Unreadable(
        "a comprehension is read if it runs over all of an axis", token.span, "sum(x[i] for i in range(N))"
    )


def _whole(inside: list[Token]) -> bool:
    """Say whether a range is a size, or two numbers."""
    bounds = [token.kind for token in inside]
    numbers = bounds == ["number", ",", "number"] and inside[-1].text.isdecimal()
    return numbers or (bool(bounds) and not {",", "+", "-", "*", "/"} & set(bounds))


def _sign(letter: Token, inside: list[Token]) -> list[Token]:
    r"""Return the sign of a sum over a range: ``\sum_{k=1}^{2}`` for ``range(1, 3)``."""
    texts = ["sum", "_", "{", letter.text]
    match [token.text for token in inside]:
        case [first, ",", last]:
            texts += ["=", first, "}", "^", "{", str(int(last) - 1), "}"]
        case [size] if size.isdigit():
            texts += ["=", "0", "}", "^", "{", str(int(size) - 1), "}"]
        case [size]:
            texts += ["=", "1", "}", "^", "{", size, "}"]
        case _:
            texts += ["}"]
    kinds = {text: "number" if text.isdigit() else "word" for text in texts if text.isalnum() and text != "sum"}
    return [Token(kinds.get(text, text), text, letter.span) for text in texts]


def _subscripts(row: list[Token], letters: set[str]) -> list[Token]:
    """Write ``X[i][j]`` and ``X[i, j]`` as X_{ij}, and ``X[i, :]`` as X_{i,:}."""
    done: list[Token] = []
    place = marked = 0
    while place < len(row):
        end = closing(row, place) if row[place].kind == "[" else place
        inside = row[place + 1 : end]
        if done and done[-1].kind in INDEXED and _index(inside, letters):
            here, shut = row[place].span, Token("}", "}", row[end].span)
            opened = done[:-1] if marked == len(done) else [*done, Token("_", "_", here), Token("{", "{", here)]
            done = [*opened, *inside, shut]
            marked, place = len(done), end
        else:
            done.append(row[place])
        place += 1
    return done


def _index(inside: list[Token], letters: set[str]) -> bool:
    words = [token.text in letters for token in inside if token.kind not in (",", ":", "+", "-", "number")]
    return bool(words) and all(words)


def _opening(row: list[Token], place: int) -> int:
    """Return the place of the bracket that is open at a place; -1 if none is."""
    depth = 0
    for before in range(place - 1, -1, -1):
        depth += (row[before].kind in CLOSING) - (row[before].kind in OPENING)
        if depth < 0:
            return before
    return -1


def _adding(row: list[Token], opening: int) -> int:
    """Return the place of the function that adds up what a bracket lists; 0 if there is none."""
    call = opening - 1 if opening > 0 and row[opening].kind == "[" else opening
    adds = call > 0 and row[call].kind == "(" and row[call - 1].text in ADDING
    return call - 1 if adds else 0


def _summed(row: list[Token], own: Comprehension) -> list[Token]:
    """Put a sum in the place of a call that adds a comprehension up."""
    function = _adding(row, own.opening)
    end = closing(row, function + 1)
    rest = [token.text for token in row[own.end : end] if token.text not in ("]", ")")]
    if rest not in ([], [",", "0"], [",", "axis", "=", "0"], [",", "dim", "=", "0"]):
        _refuse(own.letters[0])
    divided = own.count() if row[function].text != "sum" else []
    whole = in_brackets([*own.added(), *divided])
    if row[function - 1].kind != ".":
        return [*row[:function], *whole, *row[end + 1 :]]
    begin = function if not rest else max(function - 2, 0)  # np.sum without an axis adds the entries of rows as well
    return [*row[:begin], *([] if rest else [row[function]]), *whole, *row[end + 1 :]]


def _listed(row: list[Token], place: int) -> list[Token]:
    """Write ``dw = [x[j] for j in range(D)]`` as what it says of every entry: dw_j = x_j."""
    opening = _opening(row, place)
    while opening > 0 and row[opening - 1].kind == "[":
        opening -= 1
    outer = next((at for at in _fors(row) if _opening(row, at) == opening), 0)
    own = Comprehension.at(row, outer)
    body, letters = own.body, own.letters
    if body[0].kind == "[" and closing(body, 0) == len(body) - 1:
        inner = Comprehension.at(body, next(_fors([*body, *row]), 0))
        body, letters = inner.body, [*letters, *inner.letters]
    begin = opening - 1
    while begin > 0 and row[begin - 1].kind not in ("line", ","):
        begin -= 1
    if row[opening - 1].kind != "=" or begin == opening - 1:
        _refuse(own.letters[0])
    here = row[opening].span
    marks = [Token("_", "_", here), Token("{", "{", here), *letters, Token("}", "}", here)]
    left = [*in_brackets(row[begin : opening - 1]), *marks, row[opening - 1]]
    return [*row[:begin], *left, *in_brackets(body), *row[own.end + 1 :]]
