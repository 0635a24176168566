"""The words of an architecture: which layers, losses and joins may be named, and what each of them builds.

To make a new layer known to the text form, to generation, to the main job and to the tests, add its entry to a list.
"""

from gradcheck.architecture.vocabulary.general import GENERAL, JOINING, WIDTHS
from gradcheck.architecture.vocabulary.kind import (
    AXES,
    LARGEST,
    ROOM,
    Kind,
    Laid,
    Need,
    Pick,
    Settings,
    Shape,
    Size,
    beside,
    written,
)
from gradcheck.architecture.vocabulary.losses import CLOSING
from gradcheck.architecture.vocabulary.norms import NORMS
from gradcheck.architecture.vocabulary.sequences import SEQUENCES
from gradcheck.architecture.vocabulary.space import SHAPING, SPACE

FAMILIES: tuple[tuple[Kind, ...], ...] = (GENERAL, SPACE, SHAPING, NORMS, SEQUENCES)
"""Layers with one value to work on, in families that are drawn equally often."""

KINDS = {kind.word: kind for family in FAMILIES for kind in family}
"""Every layer with one value to work on, by its word."""

LOSSES = {kind.word: kind for kind in CLOSING}
"""Every loss by its word."""

JOINS = {kind.word: kind for kind in JOINING}
"""Layers at which two branches meet, by their word."""

LAYERS = (*KINDS, "residual", *JOINS)
"""Every word that may stand where a layer is expected."""

__all__ = [
    "AXES",
    "FAMILIES",
    "JOINS",
    "KINDS",
    "LARGEST",
    "LAYERS",
    "LOSSES",
    "ROOM",
    "WIDTHS",
    "Kind",
    "Laid",
    "Need",
    "Pick",
    "Settings",
    "Shape",
    "Size",
    "beside",
    "written",
]
