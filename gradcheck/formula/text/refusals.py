"""What is often written and not judged is refused by its name, before anything else is read.

A second derivative is no gradient, and what is proportional to a derivative leaves open by which constant.
"""

import re

from gradcheck.formula.language.tree import Name
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable

LEFT_OPEN = (
    ("dots leave open what they stand for", ("...", "dots", "cdots", "ldots", "vdots", "ddots", "dotsc", "dotsb", "…",
      "⋯"),
     r"a sum over a letter, \sum_i, or one entry, dL/dW_ij"),
    ("an integral is not read; what it is worth is", ("int", "iint", "oint", "∫"), "the integral, worked out"),
    ("a limit is not read; what it is worth is", ("lim",), "the derivative itself"),
)  # fmt: skip
"""What is said of signs that are not read, and what to write instead."""
STACKED = "vec and the Kronecker product are not read; what is judged is the derivative in its own shape"
_SECOND = re.compile(r"d2[A-Za-z]\w*")
"""The numerator of ``d2L/dw2``."""


def refuse(row: list[Token], names: Names) -> None:
    """Raise Unreadable, saying what to write instead, for what is not judged."""
    for place, token in enumerate(row):
        following = row[place + 1 : place + 7]
        instead = f"d{names.loss}/dx = ..."
        if token.kind == "∝":
            says = "this leaves open which constant stands before it; what is judged is the derivative itself"
            raise Unreadable(says, token.span, "=, and the constant")
        for says, words, other in LEFT_OPEN:
            called = token.span[1] - token.span[0] == len(token.text) and [own.kind for own in following[:1]] == ["("]
            if token.text.lstrip("\\") in words and not called and names.find_quietly(token.text) is None:
                raise Unreadable(says, token.span, other)
        called = token.text in ("vec", "kron") and [own.kind for own in following[:1]] == ["("]
        begins = place == 0 or row[place - 1].kind in ("line", ",")
        if begins and token.text == "d" and following[:1] and following[0].kind == "=" and "d" not in names.table:
            says = "d is the d of a derivative here, and no name that you can give"
            raise Unreadable(says, token.span, "another letter")
        if called and token.text not in names.table:
            raise Unreadable(STACKED, token.span, f"d{names.loss}/dW = ..., an equation of matrices")
        if _twice(token, following, names) or _primed_twice(token, following, names):
            says = "this is a second derivative; what is judged is a first one"
            raise Unreadable(says, (token.span[0], following[-1].span[1] if following else token.span[1]), instead)


def _primed_twice(token: Token, following: list[Token], names: Names) -> bool:
    """Say whether a word is a second derivative of a variable by its marks: y'', f''(x), z_{xx}, z_xy."""
    of = names.find_quietly(token.text) if token.kind == "word" else None
    loss = (isinstance(of, Name) and of.name == names.loss) or (token.text == "f" and of is None)
    if not loss:
        return False
    if [own.kind for own in following[:2]] == ["'", "'"]:
        return names.find_quietly(f"{token.text}''") is None
    mark = following[2:3] if [own.kind for own in following[:2]] == ["_", "{"] else following[1:2]
    pair = mark[0].text if following[:1] and following[0].kind == "_" and mark else ""
    given = all(letter in names.inputs for letter in pair)
    return len(pair) == 2 and given and names.find_quietly(f"{token.text}{pair}") is None


def _twice(token: Token, following: list[Token], names: Names) -> bool:
    """Say whether a token begins a second derivative: d²L, ∂^2 L, d2L/, ∇², ∇_w^2."""
    kinds = [own.kind for own in following]
    if _SECOND.fullmatch(token.text) and kinds[:1] == ["/"]:
        return names.find_quietly(token.text) is None
    if token.kind == "nabla" and kinds[:1] == ["_"]:
        skipped = kinds.index("}") + 1 if kinds[1:2] == ["{"] and "}" in kinds else 2
        following, kinds = following[skipped:], kinds[skipped:]
    differentiates = token.kind in ("d", "nabla") or (token.text == "d" and "d" not in names.table)
    power = following[2:3] if kinds[1:2] == ["{"] else following[1:2]
    return differentiates and kinds[:1] == ["^"] and power != [] and power[0].text in ("2", "3")
