"""A definition with a running letter, such as delta_i = (o_i - t_i) o_i (1 - o_i), is one for every number.

The numbers are those at which everything on the right side exists: a name of the problem, or another definition of the
same kind. What the problem knows by its name is no definition, whatever letter it has.
"""

from dataclasses import replace

from gradcheck.formula.language.tree import Name
from gradcheck.formula.text.cursor import MOST_RUNS
from gradcheck.formula.text.lines import Assignment
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import Token

LETTERS = "ijkl"
"""The letters that run."""


def numbered(pieces: list[list[Token]], names: Names) -> list[list[Token]]:
    """Write definitions with a running letter out, one line for every number; leave all other lines as they are."""
    pieces = [_apart(piece, names) for piece in pieces]
    letters = [_running(piece, names) for piece in pieces]
    own = [piece[0].text for piece, letter in zip(pieces, letters, strict=True) if letter]
    lines: list[list[Token]] = []
    for piece, letter in zip(pieces, letters, strict=True):
        stems = _stems(piece, letter) if letter else []
        numbers = [
            number
            for number in range(1, MOST_RUNS + 1)
            if letter and all(stem in own or names.find_quietly(f"{stem}{number}") for stem in stems)
        ]
        lines += [_at(piece, letter, number) for number in numbers] or [piece]
    return lines


def _apart(piece: list[Token], names: Names) -> list[Token]:
    r"""Cut the subscript of ``\pi_ke`` behind the letter that the left side has, as LaTeX does."""
    sides = Assignment.of(piece)
    *_, last = [token for token in sides.left if token.kind == "word"] if sides and sides.name else [piece[0]]
    done: list[Token] = []
    for place, token in enumerate(piece):
        begins = place and piece[place - 1].kind == "_" and token.kind == "word" and token.text[:1] == last.text
        if begins and last.text in LETTERS and len(token.text) > 1 and not _is_name(piece[place - 2], token, names):
            middle = token.span[0] + 1
            done += [replace(token, text=last.text, span=(token.span[0], middle))]
            done += [replace(token, text=token.text[1:], span=(middle, token.span[1]))]
        else:
            done.append(token)
    return done


def _is_name(word: Token, mark: Token, names: Names) -> bool:
    return names.find_quietly(f"{word.text}{mark.text}") is not None


def _running(piece: list[Token], names: Names) -> str:
    """Return the letter that runs through a definition; empty if none does, or if it defines nothing new."""
    sides = Assignment.of(piece)
    if sides is None or not sides.name or names.find_quietly(sides.name):
        return ""
    *_, last = [token.text for token in sides.left if token.kind == "word"] or [""]
    base = names.find_quietly(sides.left[0].text)
    entries = isinstance(base, Name) and base.name in names.arrays
    if entries or (shifted(piece, last) and names.family(sides.left[0].text)):
        return ""
    right = {place - len(sides.left) for place in _subscripts(piece, last)}
    return last if last in LETTERS and len(right) > 1 and min(right) < 0 < max(right) else ""


def shifted(row: list[Token], letter: str) -> bool:
    r"""Say whether a letter stands in a subscript with a number added to it, as in ``\\delta_{k+1}``."""
    kinds = [own.text if own.text in (letter, "+", "-", "{") else own.kind for own in row]
    marks = (["{", letter, sign, "number", "}"] for sign in "+-")
    return any(mark in (kinds[place : place + 5] for place in range(len(kinds))) for mark in marks)


def _subscripts(piece: list[Token], letter: str) -> list[int]:
    """Return the places at which a letter is a subscript."""
    marks = [token.kind for token in piece]
    return [place for place, token in enumerate(piece) if token.text == letter and place and marks[place - 1] in "_{"]


def _stems(piece: list[Token], letter: str) -> list[str]:
    """Return the words that have the letter for their subscript."""
    places = [place - 2 if piece[place - 1].kind == "_" else place - 3 for place in _subscripts(piece, letter)]
    return [piece[place].text for place in places if place >= 0]


def _at(piece: list[Token], letter: str, number: int) -> list[Token]:
    """Put a number in the place of a letter."""
    places = _subscripts(piece, letter)
    return [
        replace(token, kind="number", text=str(number)) if place in places else token
        for place, token in enumerate(piece)
    ]
