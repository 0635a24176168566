r"""A definition of a square, ``r^2 = \|x - c\|^2``, is one of what is squared: the positive root of the other side.

So it is if what is squared is no name of the problem, nor the square itself.
"""

from gradcheck.formula.text.lines import Assignment
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import Token

SQUARES = (["^", "2"], ["^", "{", "2", "}"])
"""How a square is written."""


def rooted(pieces: list[list[Token]], names: Names) -> list[list[Token]]:
    """Write definitions of squares as definitions of what is squared."""
    return [_rooted(piece, names) for piece in pieces]


def _rooted(piece: list[Token], names: Names) -> list[Token]:
    sides = Assignment.of(piece)
    mark = next((own for own in SQUARES if sides and [token.text for token in sides.left[-len(own) :]] == own), None)
    if sides is None or mark is None or sides.sign.kind != "=" or not sides.right:
        return piece
    bare = Assignment(sides.left[: -len(mark)], sides.sign, sides.right)
    if not bare.name or names.find_quietly(bare.name) or names.find_quietly(f"{bare.name}2"):
        return piece
    root = Token("word", "sqrt", sides.sign.span)
    return [*bare.left, bare.sign, root, *bare.value]
