"""Numbers in marks: the l-1 of W^{l-1}, the i+k-1 of x_{i+k-1}, once it is known where the letters are."""

from collections.abc import Mapping, Sequence

from gradcheck.formula.text.tokens import Token


def counted(row: Sequence[Token], running: Mapping[str, int]) -> int | None:
    """Return the value of a sum of numbers and running letters, 2k+3; None if it is none, or below zero."""
    total, sign, factor = 0, 1, None
    for token in row:
        if token.kind in ("+", "-"):
            total += sign * (factor or 0)
            sign, factor = (1 if token.kind == "+" else -1), None
        elif token.kind == "number" and token.text.isdigit():
            factor = int(token.text) * (1 if factor is None else factor)
        elif token.text in running:
            factor = running[token.text] * (1 if factor is None else factor)
        else:
            return None
    total += sign * (factor or 0)
    return total if total >= 0 and factor is not None else None
