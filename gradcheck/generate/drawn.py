"""A list of random cases for tests that take one each: all different, if wanted each with a certain layer in it."""

import re
from dataclasses import replace

from gradcheck.architecture.vocabulary import LAYERS, LOSSES
from gradcheck.errors import UnknownName
from gradcheck.generate.networks import survey
from gradcheck.generate.paring import FEW
from gradcheck.records import Case

PART = 50
"""How many cases are drawn at a time."""
BARREN = 20
"""After so many parts more than cases are wanted there is nothing new to come."""


def drawn(count: int, seed: int = 0, layers: tuple[str, ...] = ()) -> list[Case]:
    """Return so many cases with different architectures, each with one of the layers in it, if any are named.

    Fewer if there are no more to be found. Raises UnknownName for a layer that does not exist.
    """
    for layer in layers:
        if layer not in (*LAYERS, *LOSSES):
            raise UnknownName("layer", layer, (*LAYERS, *LOSSES))
    found: dict[str, Case] = {}
    for part in range(BARREN + count):
        for case in survey(seed, part, PART):
            words = re.split(r"[\s:()|~]+", case.architecture)
            if len(found) < count and (not layers or set(words) & set(layers)):
                found.setdefault(case.architecture, replace(case, draws=FEW))
        if len(found) >= count:
            break
    return list(found.values())
