"""Hypothesis lives here, and nowhere else: random networks, random inputs, and the search for what is wrong."""

from gradcheck.generate.drawn import drawn
from gradcheck.generate.inputs import arrays, indices, labels, masks, shapes, together
from gradcheck.generate.networks import (
    DRAWS,
    NUMBERS,
    PART,
    Part,
    architectures,
    cases,
    layers,
    survey,
    surveyed,
    turn,
    weights,
)
from gradcheck.generate.paring import FEW, Shrunk, shrink
from gradcheck.generate.search import Found, falsify

__all__ = [
    "DRAWS",
    "FEW",
    "NUMBERS",
    "PART",
    "Found",
    "Part",
    "Shrunk",
    "architectures",
    "arrays",
    "cases",
    "drawn",
    "falsify",
    "indices",
    "labels",
    "layers",
    "masks",
    "shapes",
    "shrink",
    "survey",
    "surveyed",
    "together",
    "turn",
    "weights",
]
