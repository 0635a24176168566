"""The length of a vector of all parameters: it is tried out on the function that takes the vector apart."""

import math
import re

import numpy as np

from gradcheck.discover.forms import Form
from gradcheck.discover.layout import Layout
from gradcheck.discover.subject import Subject

LONG = 4096
"""The length of a vector that is too long for every small network."""


def unrolled(subject: Subject, layout: Layout, seed: int) -> Layout:
    """Give the vector of all parameters, if there is one, the length that the function takes apart.

    Raises whatever the function raises if no length is found.
    """
    names = [name for name, form in layout.chosen.items() if form.kind == "unrolled"]
    if not names:
        return layout
    fitting = [_length(subject, layout, names[0], which, seed) for which in range(3)]
    return Layout({**layout.chosen, names[0]: Form("unrolled", (), 0, tuple(Form("real", (own,)) for own in fitting))})


def _length(subject: Subject, layout: Layout, name: str, which: int, seed: int) -> int:
    """Find the length of an unrolled vector: a long one is tried, and what does not fit says what would."""
    length = LONG
    for _ in range(5):
        form = Form("unrolled", (), 0, (Form("real", (length,)),) * 3)
        try:
            args = Layout({**layout.chosen, name: form}).draw(which, seed)
            trial = subject.open(args)
        except ValueError as error:
            length = _said(str(error), length)
            continue
        backward = getattr(trial, "backward", None)
        vectors = [np.size(own) for own in backward(args, 1.0).values() if np.ndim(own) == 1] if backward else [length]
        if length in vectors or not vectors:
            return length
        length = vectors[0]
    raise ValueError(f"no length of {name} was found")


def _said(error: str, length: int) -> int:
    """Read from what did not fit how long a vector would. Raises ValueError if that is not what it says."""
    if found := re.search(r"reshape array of size (\d+) into shape \(([\d,]+)\)", error):
        return length - int(found[1]) + math.prod(int(own) for own in found[2].split(",") if own)
    if found := re.search(r"broadcast together with shapes \((\d+),\d*\) \((\d+),1?\)", error):
        return length - int(found[2]) + int(found[1])
    if found := re.search(r"size (\d+) is different from (\d+)", error):
        return length - int(found[1]) + int(found[2])
    raise ValueError(error)
