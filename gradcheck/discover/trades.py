"""Arguments whose names say what they do: an optimiser takes steps, and a border is laid around an image."""

import inspect
import re
from dataclasses import replace

from gradcheck.discover.below import below
from gradcheck.discover.forms import Form
from gradcheck.discover.prepared import OPTIMISER, Descent
from gradcheck.discover.subject import Argument

PADDING = re.compile(r"pad(ding)?s?|pad_?(width|size)|p_?(width|size)")
"""What is laid around an image,"""
CALLED = re.compile(r"(\w+_)?name|scope")
"""What an object is called,"""
FEWEST = 3
"""So many classes there are at least beside labels, a blank among them."""
PADDINGS = [
    Form("size", (1,)),
    *(Form("value", cost=1 + place, value=own) for place, own in enumerate((((1, 2), (3, 1)), (1, 2), (1, 2, 3, 1)))),
]
"""and how much: the same on all sides, so much before and behind along each of two axes, or on each of four sides."""


def by_trade(argument: Argument) -> list[Form]:
    """Return what an argument is whose class, or name, says what it does: an object, a border; else nothing."""
    if argument.options:
        return [*argument.options, *(Form("value", cost=9) for _ in [0] if argument.default is None)]
    if argument.default is not inspect.Parameter.empty or argument.choices:
        return []
    if argument.constructor and OPTIMISER.fullmatch(argument.name):
        return [Form("value", value=Descent())]
    if argument.constructor and CALLED.fullmatch(argument.name):
        return [Form("value", value=argument.name)]
    return PADDINGS if PADDING.fullmatch(argument.name) else below(argument)


def beside_blank(argument: Argument, usual: list[Form]) -> list[Form]:
    """Return the forms of labels without the first of all, where that stands for a blank, as in alignments.

    What is aligned with them has more frames than there are labels, and a row, or a column, for every class.
    """
    if not re.search(r"blank", f"{argument.source} {argument.docstring}", re.IGNORECASE):
        return usual
    symbols = [
        replace(own, kind="symbols", value=own.value or FEWEST) if own.kind in ("labels", "index") else own
        for own in usual
    ]
    aligned = usual and usual[0].kind in ("real", "unit") and not argument.constructor
    frames = [Form(usual[0].kind, axes) for axes in (("3N", "D"), ("D", "3N"))] if aligned else []
    return [*frames, *symbols]
