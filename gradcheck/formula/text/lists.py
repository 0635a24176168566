r"""A gradient written as a list is one statement for each of its entries: [dL/da, dL/db] = [x, y], \nabla f = (x, y).

The entries of \nabla f are the derivatives by the parameters, in the order in which the problem names them. A column,
as pmatrix writes it, may have a factor before it, which is one of each of its entries, or a matrix, which is multiplied
with it.
"""

from gradcheck.formula.language.tree import Name
from gradcheck.formula.text.lines import Assignment, closing, cut, in_brackets
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import Token


def one_by_one(pieces: list[list[Token]], names: Names, parameters: tuple[str, ...]) -> list[list[Token]]:
    """Take statements between lists apart."""
    return [single for piece in pieces for single in _apart(piece, names, parameters)]


def _apart(piece: list[Token], names: Names, parameters: tuple[str, ...]) -> list[list[Token]]:
    own = Assignment.of(piece)
    if own is None or own.sign.kind != "=":
        return [piece]
    if columns := _columns(piece, names, parameters):
        return columns
    first, *others = cut(piece, ("=",))
    left, right = _entries(first), [_entries(side) or _with_factor(side) for side in others]
    if not left and _whole_gradient(own.left, names) and len(right[0]) == len(parameters):
        left = _gradients(own.left[0], parameters)
    if len(left) < 2 or any(len(side) != len(left) for side in right):
        return [piece]
    return _one_each(left, right, own.sign)


def _one_each(left: list[list[Token]], right: list[list[list[Token]]], sign: Token) -> list[list[Token]]:
    """Return an equation for each entry of lists."""
    rows = zip(left, *right, strict=True)
    return [[*one, *(token for side in others for token in (sign, *side))] for one, *others in rows]


def _gradients(nabla: Token, parameters: tuple[str, ...]) -> list[list[Token]]:
    """Return the derivative by each parameter."""
    here = nabla.span
    return [[Token("nabla", "nabla", here), Token("_", "_", here), Token("word", name, here)] for name in parameters]


def _columns(piece: list[Token], names: Names, parameters: tuple[str, ...]) -> list[list[Token]]:
    """Take an equation between columns apart, each term of which has one; nothing for any other equation."""
    piece = _multiplied(_turned(piece))
    sides = cut(piece, ("=",))
    first = sides[0]
    length = next((len(_rows(piece, place)) for place, token in enumerate(piece) if token.kind == "matrix"), 0)
    named = parameters if _whole_gradient(tuple(first), names) else _listed(first, names)
    left = _gradients(first[0], named) if len(named) == length else [_entry(first, row, names) for row in range(length)]
    right = [[_entry(side, row, names) for row in range(length)] for side in sides[1:]]
    if length < 2 or not all(left) or not all(all(side) for side in right):
        return []
    return _one_each(left, right, next(token for token in piece if token.kind == "="))


def _multiplied(row: list[Token]) -> list[Token]:
    """Write a matrix and the column behind it as the column that they make."""
    for place in [place for place, token in enumerate(row) if token.kind == "matrix"]:
        middle = closing(row, place + 1) + 1
        if row[middle : middle + 1] and row[middle].kind == "matrix":
            cells, end = _cells(row, place), closing(row, middle + 1)
            column = _rows(row, middle)
            if len(cells) > 1 and all(len(line) == len(column) for line in cells):
                sums = [[_summed(line, column, row[place])] for line in cells]
                return _multiplied([*row[: place + 2], *_set_out(sums, row[place]), *row[end:]])
    return row


def _summed(line: list[list[Token]], column: list[list[Token]], here: Token) -> list[Token]:
    """Return the sum of products of two lists."""
    plus = Token("+", "+", here.span)
    pairs = zip(line, column, strict=True)
    return [token for cell, own in pairs for token in (plus, *in_brackets(cell), *in_brackets(own))][1:]


def _cells(row: list[Token], place: int) -> list[list[list[Token]]]:
    """Return the cells of the matrix that begins at a place, line by line."""
    inside = row[place + 2 : closing(row, place + 1)]
    return [cut(line, ("&",)) for line in cut(inside, ("row",)) if line]


def _set_out(cells: list[list[list[Token]]], here: Token) -> list[Token]:
    """Return cells as the tokens between the braces of a matrix."""
    ends, between = Token("row", "row", here.span), Token("&", "&", here.span)
    lines = [[token for cell in line for token in (between, *cell)][1:] for line in cells]
    return [token for line in lines for token in (ends, *line)][1:]


def _turned(row: list[Token]) -> list[Token]:
    """Write a matrix that is transposed with its rows and columns exchanged."""
    for place in [place for place, token in enumerate(row) if token.kind == "matrix"]:
        end = closing(row, place + 1)
        after = [token.kind if token.text != "T" else "transpose" for token in row[end + 1 : end + 5]]
        marks = (["^", "{", "transpose", "}"], ["^", "transpose"], ["transpose"])
        length = next((len(mark) for mark in marks if after[: len(mark)] == mark), 0)
        cells = _cells(row, place)
        if length and len({len(line) for line in cells}) == 1:
            exchanged = [list(line) for line in zip(*cells, strict=True)]
            return _turned([*row[: place + 2], *_set_out(exchanged, row[place]), row[end], *row[end + 1 + length :]])
    return row


def _listed(side: list[Token], names: Names) -> tuple[str, ...]:
    r"""Return the names under the nabla of ``\nabla_{w,b} L``, or those that the h of ``\nabla_h L`` numbers."""
    kinds = [token.kind for token in side[:3]]
    if kinds[:2] != ["nabla", "_"] or kinds[2:] not in (["{"], ["word"]):
        return ()
    end = closing(side, 2) if kinds[2] == "{" else 3
    listed = tuple(token.text for token in side[2:end] if token.kind == "word")
    if len(listed) == 1 and names.find_quietly(listed[0]) is None and names.family(listed[0]):
        return tuple(own for number in range(10) if names.find_quietly(own := f"{listed[0]}{number}"))
    return listed


def _rows(row: list[Token], place: int) -> list[list[Token]]:
    """Return the entries of the column, or of the row, that begins at a place; nothing for a larger matrix."""
    inside = row[place + 2 : closing(row, place + 1)]
    kinds = {token.kind for token in inside} & {"row", "&"}
    return [entry for entry in cut(inside, ("row", "&")) if entry] if len(kinds) == 1 else []


def _entry(side: list[Token], number: int, names: Names) -> list[Token]:
    """Return a side with an entry in the place of each column; nothing if a term has none, or several, or an array."""
    terms = cut(side, ("+", "-"))
    counts = [[sum(token.kind == "matrix" for token in own) for own in cut(term, ("⊙",))] for term in terms if term]
    if not counts or any(set(factors) != {1} for factors in counts):
        return []
    done: list[Token] = []
    place = 0
    while place < len(side):
        if side[place].kind == "matrix":
            rows = _rows(side, place)
            if number >= len(rows):
                return []
            done += in_brackets(rows[number])
            place = closing(side, place + 1)
        else:
            meant = names.find_quietly(side[place].text) if side[place].kind == "word" else None
            if isinstance(meant, Name) and meant.name in names.arrays:
                return []
            done.append(side[place])
        place += 1
    return done


def _whole_gradient(left: tuple[Token, ...], names: Names) -> bool:
    """Say whether a left side is the gradient of the loss by everything."""
    nabla, *rest = left
    meant = names.find_quietly(rest[0].text) if len(rest) == 1 else None
    return nabla.kind == "nabla" and isinstance(meant, Name) and meant.name == names.loss


def _with_factor(row: list[Token]) -> list[list[Token]]:
    """Return the entries of a list behind a factor, each with the factor; nothing for anything else."""
    opening = next((place for place in range(len(row)) if closing(row, place) == len(row) - 1), 0)
    listed = _entries(row[opening:]) if opening and row[opening - 1].kind in ("*", ")", "number") else []
    return [[*row[:opening], *in_brackets(entry)] for entry in listed]


def _entries(row: list[Token]) -> list[list[Token]]:
    """Return what stands between the commas of a list in brackets, transposed or not; nothing for anything else."""
    while row and (row[-1].kind in ("transpose", "^") or [own.text for own in row[-2:]] == ["^", "T"]):
        row = row[:-1]
    if not row or row[0].kind not in ("(", "[") or closing(row, 0) != len(row) - 1:
        return []
    found = cut(row[1:-1], (",",))
    return found if len(found) > 1 and all(found) else []
