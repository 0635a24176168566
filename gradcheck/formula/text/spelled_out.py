r"""LaTeX that is short for other LaTeX: ``{a \over b}`` and ``\pdv{a}{b}`` are fractions, ``&`` sets cases apart.

What only lines a page up, an ``&`` between lines, falls away here.
"""

from gradcheck.formula.text.lines import closing
from gradcheck.formula.text.tokens import Token


def spelled_out(found: list[Token]) -> list[Token]:
    """Return tokens in which only the long forms are left."""
    return _in_cases(_over(_of_differentials(found)))


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
