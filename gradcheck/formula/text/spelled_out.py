r"""LaTeX that is short for other LaTeX: ``{a \over b}`` and ``\pdv{a}{b}`` are fractions, ``&`` sets cases apart.

``\langle A, B \rangle`` is an inner product, behind ``\nabla f =`` the list of a gradient's entries, and the mean
over the samples if there is no comma in it. ``\sum_{n,d}`` is two sums, ``A_{n,:}`` a row. What only lines a page up,
an ``&`` between lines, falls away here.
"""

from dataclasses import replace

from gradcheck.formula.text.lines import INDICES, closing, cut
from gradcheck.formula.text.tokens import Token

OF_R = ("%*%", "%o%", "crossprod", "tcrossprod", "colSums", "rowSums", "colMeans", "rowMeans")
"""What only R has."""
_ROUND = {"⟨": "(", "⟩": ")"}


def spelled_out(found: list[Token]) -> list[Token]:
    """Return tokens in which only the long forms are left."""
    letters = _straight(_bare(_of_r(_of_ones(found))))
    return _in_cases(_over(_of_differentials(_angles(_sums_apart(_without_colons(letters))))))


def _of_ones(row: list[Token]) -> list[Token]:
    r"""Write a matrix of ones, ``\mathbf{1}_{m \times n}``, as 1 1ᵀ."""
    kinds = [token.kind for token in row]
    sized = ["ones", "_", "{", "word", "*", "word", "}"]
    begun = [place for place in range(len(row)) if kinds[place : place + len(sized)] == sized]
    for place in reversed(begun):
        turned = Token("transpose", "T", row[place].span)
        row = [*row[: place + 1], row[place], turned, *row[place + len(sized) :]]
    return row


def _of_r(row: list[Token]) -> list[Token]:
    """Write the ``t(X)`` of R as a transpose."""
    if not any(token.text in OF_R for token in row):
        return row
    begins = [own.kind == "(" for own in row[1:]] + [False]
    return [
        replace(token, text="transpose") if token.text == "t" and opened else token
        for token, opened in zip(row, begins, strict=True)
    ]


def _bare(row: list[Token]) -> list[Token]:
    r"""Take the braces of ``{\rm d}w`` away."""
    kinds = [token.kind for token in row]
    begun = [place for place in range(len(row)) if kinds[place : place + 3] == ["{", "d", "}"]]
    free = [place for place in begun if not place or kinds[place - 1] not in ("_", "^", "frac")]
    braces = {end for place in free for end in (place, place + 2)}
    return [token for place, token in enumerate(row) if place not in braces]


def _straight(row: list[Token]) -> list[Token]:
    r"""Write ``\frac{\delta L}{\delta w}`` with the signs of differentials."""
    done = list(row)
    for place, token in enumerate(row):
        above, begins = place + 2, [own.text for own in row[place + 1 : place + 3]]
        below = closing(row, place + 1) + 2 if token.kind == "frac" and begins == ["{", "delta"] else 0
        if below and [own.text for own in row[below - 1 : below + 1]] == ["{", "delta"]:
            for own in (above, below):
                done[own] = Token("d", "d", row[own].span)
    return done


def _sums_apart(row: list[Token]) -> list[Token]:
    r"""Write ``\sum_{n,d}``, and ``\sum_{nd}``, as one sum inside the other."""
    done: list[Token] = []
    place = 0
    while place < len(row):
        end = closing(row, place + 2) if [token.kind for token in row[place : place + 3]] == ["sum", "_", "{"] else 0
        inside = row[place + 3 : end]
        letters = [letter for token in inside for letter in token.text if token.kind == "word"]
        plain = all(token.kind in ("word", ",") for token in inside) and set(letters) <= set(INDICES)
        if plain and len(letters) > 1:
            here = row[place].span
            for letter in letters:
                done += [*row[place : place + 3], Token("word", letter, here), row[end]]
            place = end + 1
        else:
            done.append(row[place])
            place += 1
    return done


def _without_colons(row: list[Token]) -> list[Token]:
    """Write the row ``A_{n,:}`` as ``A_n^T``, and the column ``A_{:,j}`` as one of the rows of ``A^T``."""
    kinds = [token.kind for token in row]
    for place in range(len(row) - 5, -1, -1):
        inside = kinds[place + 2 : place + 5]
        if kinds[place : place + 2] != ["_", "{"] or kinds[place + 5 : place + 6] != ["}"]:
            continue
        if inside == ["word", ",", ":"]:
            here = row[place].span
            turned = [Token("^", "^", here), Token("transpose", "T", here)]
            row = [*row[: place + 3], row[place + 5], *turned, *row[place + 6 :]]
        elif inside == [":", ",", "word"]:
            flipped = Token("transpose", "T", row[place].span)
            row = [*row[:place], flipped, *row[place : place + 2], *row[place + 4 :]]
    return row


def _angles(row: list[Token]) -> list[Token]:
    """Write an angle with a comma in it as an inner product, and one without as a mean over the samples."""
    done = [_ROUND.get(token.kind, token.kind) for token in row]
    plain = [replace(token, kind=kind) for token, kind in zip(row, done, strict=True)]
    for place in range(len(row) - 1, -1, -1):
        inside = cut(plain[place + 1 : closing(plain, place)], (",",)) if row[place].kind == "⟨" else []
        listed = place > 2 and [token.kind for token in plain[place - 3 : place]] == ["nabla", "word", "="]
        if len(inside) in (1, 2) and not listed:
            kind, text = [("mean", "E"), ("word", "inner")][len(inside) - 1]
            plain.insert(place, Token(kind, text, row[place].span))
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
        if token.kind in ("cases", "matrix"):
            end = closing(row, place + 1)
        if place < end and token.kind in ("line", ","):
            token = Token("row" if token.kind == "line" else "comma", token.text, token.span)
        if (token.kind != "&" or place < end) and token.kind != "comma":
            done.append(token)
    return done
