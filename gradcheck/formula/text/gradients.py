r"""The gradient as a word: ``grad w``, ``grad_w L`` and ``grad(L, w)`` are \nabla_w L, and so is ``\delta w``."""

from dataclasses import replace

from gradcheck.formula.language.tree import Name
from gradcheck.formula.text.lines import closing, cut
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import Token

WORDS = ("grad", "Grad", "gradient")


def with_nabla(row: list[Token], names: Names) -> list[Token]:
    """Write every gradient that is a word with a nabla."""
    done: list[Token] = []
    place = 0
    while place < len(row):
        found, place = _at(row, place, names)
        done += found
    return done


def with_deltas(row: list[Token], names: Names) -> list[Token]:
    r"""Write ``\delta c`` as the gradient of c, if an equation is about one: elsewhere it is delta times c.

    The ``\delta^h`` of a variable h is its ``\delta_h``.
    """
    row = [_lowered(row, place, names) for place in range(len(row))]
    ends = [-1, *(place for place, token in enumerate(row) if token.kind in ("line", ","))]
    begin = {end + 1 for end in ends if _is_delta(row, end + 1) and _named(row[end + 2], names)}
    if not begin or "delta" in names.table:
        return row
    apart = {place for place in range(len(row)) if _is_delta(row, place)}
    whole = [
        replace(token, text=f"grad{token.text}", span=(row[place - 1].span[0], token.span[1]))
        if place - 1 in apart
        else token
        for place, token in enumerate(row)
    ]
    return [token for place, token in enumerate(whole) if place not in apart]


def _lowered(row: list[Token], place: int, names: Names) -> Token:
    """Return a token; the sign of a superscript as that of a subscript, if a delta has a variable in it."""
    token = row[place]
    raised = [own.text for own in row[place + 1 : place + 4] if own.kind not in ("{", "}")][:1]
    of_a_variable = raised and names.table.get(raised[0]) in (*names.inputs, *names.definitions)
    if token.kind != "^" or not place or row[place - 1].text != "delta" or not of_a_variable:
        return token
    return replace(token, kind="_", text="_")


def _is_delta(row: list[Token], place: int) -> bool:
    return [(own.kind, own.text == "delta") for own in row[place : place + 2]] == [("word", True), ("word", False)]


def _named(token: Token, names: Names) -> bool:
    return isinstance(names.find_quietly(token.text), Name)


def _at(row: list[Token], place: int, names: Names) -> tuple[list[Token], int]:
    """Return what stands at a place, with a nabla if it is a gradient, and where to go on."""
    token, following = row[place], [own.kind for own in row[place + 1 : place + 3]]
    if token.text not in WORDS or token.text in names.table:
        return [token], place + 1
    here = token.span
    nabla, lowered = Token("nabla", token.text, here), Token("_", "_", here)
    if following[:1] == ["("]:
        end = closing(row, place + 1)
        match cut(row[place + 2 : end], (",",)):
            case [[of], by] if _is_loss(of, names):
                return [nabla, lowered, Token("{", "{", here), *by, Token("}", "}", here), of], end + 1
        return [token], place + 1
    if following[:1] == ["word"]:
        end = next((at for at in range(place + 1, len(row)) if row[at].kind in ("=", "line", "end")), len(row))
        name = row[place + 1 : end]
        if row[end : end + 1] and row[end].kind == "=" and not _is_loss(name[0], names):
            return [nabla, lowered, Token("{", "{", here), *name, Token("}", "}", here)], end
        return [nabla if row[end : end + 1] and row[end].kind == "=" else token], place + 1
    after = closing(row, place + 2) + 1 if following == ["_", "{"] else place + 3
    about = following[:1] == ["_"] and after < len(row) and _is_loss(row[after], names)
    return [nabla if about else token], place + 1


def _is_loss(token: Token, names: Names) -> bool:
    meant = names.find_quietly(token.text) if token.kind == "word" else None
    return isinstance(meant, Name) and meant.name == names.loss
