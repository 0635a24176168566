"""The derivation of a layer, out of the textbook itself: what its file says, and what its class says."""

import sys
from inspect import cleandoc

from gradcheck import reference
from gradcheck.architecture.vocabulary import JOINS, KINDS, LOSSES
from gradcheck.errors import UnknownName
from gradcheck.mistakes import CATALOGUE
from gradcheck.op import Op, in_words

LAYERS: tuple[type[Op], ...] = (*reference.LAYERS, reference.Residual)
DERIVED: dict[str, type[Op]] = {in_words(layer): layer for layer in LAYERS}
"""Every layer with a derivation, by its word."""


def derivation(word: str) -> str:
    """Return the derivation of a layer as text; raises UnknownName, with the nearest match, if there is none."""
    if word not in DERIVED:
        raise UnknownName("mistake or layer", word, [*CATALOGUE, *DERIVED])
    layer = DERIVED[word]
    idea, own = (cleandoc(text or "") for text in (sys.modules[layer.__module__].__doc__, layer.__doc__))
    kind = (KINDS | JOINS | LOSSES).get(word)
    usage = f"\nin an architecture: {kind.usage}" if kind else ""
    place = f"gradcheck/{'/'.join(layer.__module__.split('.')[1:])}.py"
    return f"{word}   ({place})\n\n{_indented(idea)}\n\n{_indented(own)}\n{usage}".rstrip()


def _indented(text: str) -> str:
    """Set a text in from the margin."""
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())
