"""Two matrices whose product stands for a third, as in recommending: the source shows which they are."""

import re

from gradcheck.discover.forms import Form, first, read_all
from gradcheck.discover.subject import Argument

FACTORS = re.compile(r"\b(\w+)(?:\s*@\s*|\.dot\(|,\s*)(\w+)\.T\b")
"""A product of two matrices, the second of them transposed."""
FACTOR = {"U", "V", "P", "user_factors", "item_factors"}
"""What one of two factors of a matrix is called,"""
BESIDE = FACTOR | {"Q", "W", "H", "X", "Theta"}
"""and what the other is: ``d_out @ V.T`` is no such product, but a way back through one."""
PLAIN = re.compile(r"\b(\w+) - \(?(?:np\.dot\()?(\w+)(?: @ |\.dot\(|, )(\w+)\b(?!\.T)")
"""A matrix beside a product of two that stands for it,"""
PAIRS = {("W", "H"), ("U", "V"), ("P", "Q"), ("A", "S")}
"""and what these two are called."""
FACTORED = ((r"R|M|Y|A|E|ratings?|data|matrix", "real:NM"), (r"masks?|observed|W|I|weights", "mask:NM"))
"""What the matrix is called that is taken apart, and what says which of its entries are known."""


def factors(argument: Argument) -> list[Form]:
    """Return the forms of two matrices whose product stands for a third, R ~ U Vᵀ or V ~ W H; else nothing."""
    plain = next((own for own in PLAIN.findall(argument.source) if own[1:] in PAIRS), ())
    if argument.name in plain:
        return read_all(("real:NM", "real:NK", "real:KM")[plain.index(argument.name)])
    pairs = FACTORS.findall(argument.source)
    one, two = next((pair for pair in pairs if FACTOR & set(pair) and set(pair) <= BESIDE), ("", ""))
    if argument.name in (one, two):
        return read_all("real:NK" if argument.name == one else "real:MK")
    if not one:
        return []
    return first(FACTORED, argument.name, re.fullmatch)
