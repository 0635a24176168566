"""The derivation of a layer, out of the textbook itself: what its file says, and what its class says.

Docstrings are as wide as code; a terminal may be narrower. So prose is broken anew; formulas stand as they are written,
and none is wider than a terminal.
"""

import ast
import sys
from dataclasses import fields, is_dataclass
from inspect import cleandoc, getsource
from itertools import groupby, pairwise
from textwrap import fill
from typing import cast

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
    idea, derived = (cleandoc(text or "") for text in (sys.modules[layer.__module__].__doc__, layer.__doc__))
    kind = (KINDS | JOINS | LOSSES).get(word)
    usage = f"\nin an architecture: {kind.usage}" if kind else ""
    place = f"gradcheck/{'/'.join(layer.__module__.split('.')[1:])}.py"
    said = {size.name: size.says for size in kind.sizes} if kind else {}
    meant = "".join(f"\n{_set(f'{name}: {own}', hanging=4)}" for name, own in (said | _settings(layer)).items())
    settings = f"\n\nsettings{meant}" if meant else ""
    return f"{word}   ({place})\n\n{_fitted(idea)}\n\n{_fitted(derived)}{settings}\n{usage}".rstrip()


def _settings(layer: type) -> dict[str, str]:
    """Return what each setting means: the words that stand below it in the class, or in one that it is made from."""
    found: dict[str, str] = {}
    for own in reversed([own for own in layer.__mro__ if own.__module__.startswith(reference.__name__)]):
        body = cast("ast.ClassDef", ast.parse(getsource(own)).body[0]).body
        for setting, below in pairwise(body):
            match setting, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                    found[name] = said
    return {own.name: found[own.name] for own in fields(layer) if own.name != "axes"} if is_dataclass(layer) else {}


def _fitted(text: str) -> str:
    """Set a text in from the margin, no line of it wider than a terminal."""
    found: list[str] = []
    for (blank, indented), lines in groupby(text.splitlines(), lambda line: (not line, line.startswith(" "))):
        if blank:
            found += [""]
        elif indented:
            found += [f"  {line}" for line in lines]
        else:
            found.append(_set(" ".join(lines)))
    return "\n".join(found)


def _set(text: str, hanging: int = 0) -> str:
    """Set one paragraph in from the margin, and what follows its first line a little further, if it is to hang."""
    return fill(text, WIDTH, initial_indent="  ", subsequent_indent=" " * (2 + hanging), break_on_hyphens=False)
