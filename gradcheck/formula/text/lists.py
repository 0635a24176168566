r"""A gradient written as a list is one statement for each of its entries: [dL/da, dL/db] = [x, y], \nabla f = (x, y).

The entries of \nabla f are the derivatives by the parameters, in the order in which the problem names them.
"""

from gradcheck.formula.language.tree import Name
from gradcheck.formula.text.lines import Assignment, closing, cut
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import Token


def one_by_one(pieces: list[list[Token]], names: Names, parameters: tuple[str, ...]) -> list[list[Token]]:
    """Take statements between lists apart."""
    return [single for piece in pieces for single in _apart(piece, names, parameters)]


def _apart(piece: list[Token], names: Names, parameters: tuple[str, ...]) -> list[list[Token]]:
    own = Assignment.of(piece)
    if own is None or own.sign.kind != "=":
        return [piece]
    right, left = _entries(list(own.right)), _entries(list(own.left))
    if not left and _whole_gradient(own, names) and len(right) == len(parameters):
        here = own.left[0].span
        left = [
            [Token("nabla", "nabla", here), Token("_", "_", here), Token("word", name, here)] for name in parameters
        ]
    if len(left) != len(right) or len(left) < 2:
        return [piece]
    return [[*one, own.sign, *other] for one, other in zip(left, right, strict=True)]


def _whole_gradient(own: Assignment, names: Names) -> bool:
    """Say whether a left side is the gradient of the loss by everything."""
    nabla, *rest = own.left
    meant = names.find_quietly(rest[0].text) if len(rest) == 1 else None
    return nabla.kind == "nabla" and isinstance(meant, Name) and meant.name == names.loss


def _entries(row: list[Token]) -> list[list[Token]]:
    """Return what stands between the commas of a list in brackets, transposed or not; nothing for anything else."""
    while row and (row[-1].kind in ("transpose", "^") or [own.text for own in row[-2:]] == ["^", "T"]):
        row = row[:-1]
    if not row or row[0].kind not in ("(", "[") or closing(row, 0) != len(row) - 1:
        return []
    found = cut(row[1:-1], (",",))
    return found if len(found) > 1 and all(found) else []
