"""An equation that holds for some letters alone: "if i = j", "(i ≠ j)", "Case i ≠ j: ...".

Both of its sides are multiplied with what is 1 where the condition holds and 0 elsewhere; there nothing is claimed.
"""

from gradcheck.formula.text.lines import INDICES, cut, in_brackets
from gradcheck.formula.text.names import CLASSES
from gradcheck.formula.text.tokens import Token

SIGNS = ("=", "≠")


def held_where(pieces: list[list[Token]]) -> list[list[Token]]:
    """Multiply every equation with a condition by it; leave all others as they are."""
    done: list[list[Token]] = []
    ahead: list[Token] = []
    for piece in pieces:
        rest, condition = _parted(piece)
        if not rest and done and not ahead and _equation(done[-1]):
            done[-1] = _times(condition, done[-1])
        elif not rest and condition:
            ahead = condition
        else:
            done.append(_times(condition or ahead, rest) if _equation(rest) else piece)
            ahead = []
    return done


def _parted(piece: list[Token]) -> tuple[list[Token], list[Token]]:
    """Take a condition off the beginning or the end of a statement; return what is left, and the condition."""
    if len(piece) > 4 and piece[3].kind == ":" and _compares(piece[:3]):
        return piece[4:], piece[:3]
    if len(piece) in (3, 4) and _compares(piece[:3]) and [token.kind for token in piece[3:]] in ([], [":"]):
        return [], piece[:3]
    kinds = [token.kind for token in piece[-5:]]
    if kinds[:1] == ["("] and kinds[-1:] == [")"] and _compares(piece[-4:-1]):
        apart = len(piece) == 5 or piece[-5].span[0] - piece[-6].span[1] > 1
        if apart or piece[-3].kind == "≠":
            return piece[:-5], piece[-4:-1]
    if piece[-2:-1] and piece[-2].kind == "≠" and _compares(piece[-3:]):
        return piece[:-3], piece[-3:]
    return piece, []


def _compares(row: list[Token]) -> bool:
    """Say whether tokens are a letter, a sign, and a letter or the class of the sample."""
    if [token.kind for token in row[::2]] != ["word", "word"] or row[1].kind not in SIGNS:
        return False
    letter, other = row[0].text, row[2].text
    return len(letter) == len(other) == 1 and letter in INDICES and other in (*INDICES, *CLASSES)


def _equation(piece: list[Token]) -> bool:
    return any(token.kind == "=" for token in piece)


def _times(condition: list[Token], piece: list[Token]) -> list[Token]:
    if not condition:
        return piece
    here = condition[0].span
    factor = [Token("ones", "1", here), Token("[", "[", here), *condition, Token("]", "]", condition[-1].span)]
    sides = cut(piece, ("=",))
    equals = [token for token in piece if token.kind == "="]
    whole: list[Token] = []
    for place, side in enumerate(sides):
        whole += [*([equals[place - 1]] if place else []), *factor, *in_brackets(side)]
    return whole
