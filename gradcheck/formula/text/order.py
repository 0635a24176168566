"""In which order lines are read: "dL/dw = e x, where e = o1 - t1" defines something behind what uses it."""

from collections.abc import Sequence

from gradcheck.formula.text.lines import mentions
from gradcheck.formula.text.tokens import Token


def definitions_first(defined: Sequence[str], pieces: Sequence[list[Token]]) -> list[int]:
    """Return the places of lines, each that defines a name before the first that uses it.

    What is defined twice is defined anew by its second line, which stays where it is.
    """
    first = {name: place for place, name in reversed([*enumerate(defined)]) if name}
    ordered: list[int] = []
    begun: set[int] = set()

    def put(place: int) -> None:
        if place in begun:
            return
        begun.add(place)
        for name, other in first.items():
            if other not in begun and _uses(pieces[place], name):
                put(other)
        ordered.append(place)

    for place in range(len(pieces)):
        put(place)
    return ordered


def _uses(piece: list[Token], name: str) -> bool:
    """Say whether a line uses a name: alone, as the u of du, or in a word of several, as the S of KS."""
    together = any(name in token.text for token in piece if token.kind == "word")
    return together or mentions(piece, name) or mentions(piece, f"d{name}")
