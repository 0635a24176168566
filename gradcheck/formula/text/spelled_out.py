r"""LaTeX that is short for other LaTeX: ``{a \over b}`` and ``\pdv{a}{b}`` are fractions, ``&`` sets cases apart.

``\langle A, B \rangle`` is an inner product, behind ``\nabla f =`` the list of a gradient's entries, and a pair of
brackets if there is no comma in it. What only lines a page up, an ``&`` between lines, falls away here.
"""

from dataclasses import replace

from gradcheck.formula.text.lines import closing, cut
from gradcheck.formula.text.tokens import Token

_ROUND = {"⟨": "(", "⟩": ")"}


def spelled_out(found: list[Token]) -> list[Token]:
    """Return tokens in which only the long forms are left."""
    return _in_cases(_over(_of_differentials(_angles(found))))


def _angles(row: list[Token]) -> list[Token]:
    """Write an angle with a comma in it as an inner product, and any other as a pair of brackets."""
    done = [_ROUND.get(token.kind, token.kind) for token in row]
    plain = [replace(token, kind=kind) for token, kind in zip(row, done, strict=True)]
    for place in range(len(row) - 1, -1, -1):
        inside = cut(plain[place + 1 : closing(plain, place)], (",",)) if row[place].kind == "⟨" else []
        listed = place > 2 and [token.kind for token in plain[place - 3 : place]] == ["nabla", "word", "="]
        if len(inside) == 2 and not listed:
            plain.insert(place, Token("word", "inner", row[place].span))
    return plain


def _of_differentials(row: list[Token]) -> list[Token]:
    r"""Write ``\pdv{L}{w}`` as a fraction of two differentials."""
    done: list[Token] = []
    groups = 0
    for place, token in enumerate(row):
        if token.kind == "frac of d":
            groups = 2
            token = Token("frac", token.text, token.span)
        done.append(token)
        if groups and token.kind == "{" and row[place - 1].kind in ("frac of d", "}"):
            done.append(Token("d", "d", token.span))
            groups -= 1
    return done


def _over(row: list[Token]) -> list[Token]:
    r"""Write ``{a \over b}`` as ``\frac{a}{b}``."""
    place = next((place for place, token in enumerate(row) if token.kind == "over"), 0)
    if not place:
        return row
    around = [before for before in range(place) if row[before].kind == "{" and closing(row, before) > place]
    if not around:
        return row
    opening = around[-1]
    here = row[place].span
    halves = [*row[opening:place], Token("}", "}", here), Token("{", "{", here), *row[place + 1 :]]
    return _over([*row[:opening], Token("frac", "\\over", row[opening].span), *halves])


def _in_cases(row: list[Token]) -> list[Token]:
    """Give the ends of lines within cases a kind of their own; take every ``&`` outside of them away."""
    done: list[Token] = []
    end = 0
    for place, token in enumerate(row):
        if token.kind == "cases":
            end = closing(row, place + 1)
        if place < end and token.kind in ("line", ","):
            token = Token("row" if token.kind == "line" else "comma", token.text, token.span)
        if (token.kind != "&" or place < end) and token.kind != "comma":
            done.append(token)
    return done
