"""The derivation of a layer, out of the textbook itself: what its file says, and what its class says.

Docstrings are as wide as code; a terminal may be narrower. So prose is broken anew, and where a formula and the remark
beside it need more room than there is, the remark goes below it.
"""

import re
import sys
from collections.abc import Iterator
from inspect import cleandoc
from itertools import groupby
from textwrap import wrap

from gradcheck import reference
from gradcheck.architecture.vocabulary import JOINS, KINDS, LOSSES
from gradcheck.errors import UnknownName
from gradcheck.mistakes import CATALOGUE
from gradcheck.op import in_words
from gradcheck.reference import updates

COMPOSED: tuple[type, ...] = (
    reference.Residual,
    reference.Tokenwise,
    reference.TransformerBlock,
    reference.GradientPenalty,
)
RULES: tuple[type, ...] = (
    updates.Descent,
    updates.Momentum,
    updates.Nesterov,
    updates.RmsProp,
    updates.Adam,
    updates.AdamW,
)
DERIVED: dict[str, type] = {in_words(own): own for own in (*reference.LAYERS, *COMPOSED, *RULES)}
"""Everything with a derivation, by its word: the layers, what is made of them, and the rules of descent."""
WIDTH = 80
"""How wide a terminal is, at the least."""


def derivation(word: str) -> str:
    """Return the derivation of a layer as text; raises UnknownName, with the nearest match, if there is none."""
    if word not in DERIVED:
        raise UnknownName("mistake or layer", word, [*CATALOGUE, *DERIVED])
    layer = DERIVED[word]
    idea, own = (cleandoc(text or "") for text in (sys.modules[layer.__module__].__doc__, layer.__doc__))
    kind = (KINDS | JOINS | LOSSES).get(word)
    usage = f"\nin an architecture: {kind.usage}" if kind else ""
    place = f"gradcheck/{'/'.join(layer.__module__.split('.')[1:])}.py"
    return f"{word}   ({place})\n\n{_fitted(idea)}\n\n{_fitted(own)}\n{usage}".rstrip()


def _fitted(text: str) -> str:
    """Set a text in from the margin, no line of it wider than a terminal."""
    found: list[str] = []
    for (blank, indented), lines in groupby(text.splitlines(), lambda line: (not line, line.startswith(" "))):
        if blank:
            found += [""]
        elif indented:
            found += _formulas(list(lines))
        else:
            found += _broken(" ".join(lines), 2)
    return "\n".join(found)


def _formulas(lines: list[str]) -> Iterator[str]:
    """Yield formulas as they stand, or, if there is no room, each remark below its formula."""
    if max(map(len, lines)) + 2 <= WIDTH:
        yield from (f"  {line}" for line in lines)
        return
    for line in lines:
        formula, *remarks = re.split(r"\s{3,}(?!=)", line.strip())
        below = len(line) - len(line.lstrip()) > WIDTH // 3
        yield from _broken(formula, 10 if below else 6)
        for remark in remarks:
            yield from _broken(remark, 10)


def _broken(text: str, margin: int) -> list[str]:
    """Break a text into lines; what does not fit into one goes on a little further in, unless it is prose."""
    further = margin + (4 if margin > 2 else 0)
    return wrap(
        text,
        WIDTH,
        initial_indent=" " * margin,
        subsequent_indent=" " * further,
        break_long_words=False,
        break_on_hyphens=False,
    )
