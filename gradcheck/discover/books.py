"""Parameters in a dictionary: its keys are read from the source, the shapes of its arrays from the names of the keys.

The parameters of a network are named after its layers: ``parameters["W1"]``, ``params['b' + str(l)]``. Samples may be
the rows of the data, and then a weight leads from its rows to its columns, or their columns, and then it does not.
"""

import ast
import re
from dataclasses import replace
from typing import Any

from gradcheck.discover.docstrings import described, numbered
from gradcheck.discover.forms import Form
from gradcheck.discover.subject import Argument

WIDTHS = {1: ("D", "M"), 2: ("D", "H", "M"), 3: ("D", "H", "L", "M")}
"""The widths of the layers of a network with so many weights."""
_WEIGHT = re.compile(r"(?:W|w|weights?|Theta)_?(\d+)")
_BIAS = re.compile(r"(?:b|bias(?:es)?)_?(\d+)")


def books(argument: Argument) -> list[Form]:
    """Return the dictionaries that an argument may be, the likeliest first; nothing if it is none."""
    keys = _keys(argument)
    said = {key: numbered(replace(argument, name=key)) or described(replace(argument, name=key)) for key in keys}
    if keys and all(said.values()):
        return [_book({key: own[0] for key, own in said.items()}, 0)]
    depth = len([key for key in keys if _WEIGHT.fullmatch(key)])
    if depth not in WIDTHS or not all(_WEIGHT.fullmatch(key) or _BIAS.fullmatch(key) for key in keys):
        return []
    wide, narrow = WIDTHS[depth], (*WIDTHS[depth][:-1], 1)
    rows = [(0, wide, False, 0), (1, wide, False, 1)]
    columns = [(2, wide, True, 1), (3, narrow, True, 1)]
    kinds = [*rows, *columns, (4, narrow, False, 1), (2, narrow, False, 0)]
    return [
        _book({key: _shaped(key, widths, across, axes) for key in keys}, cost) for cost, widths, across, axes in kinds
    ]


def _book(forms: dict[str, Form], cost: int) -> Form:
    """Return the form of a dictionary, which has the axes of all that it holds."""
    return Form("book", tuple(axis for form in forms.values() for axis in form.axes), cost, forms)


def _shaped(key: str, widths: tuple[Any, ...], columns: bool, axes: int) -> Form:
    """Return the form of the weight or the bias of a layer; a bias has one axis, or one of length 1 as well."""
    weight = _WEIGHT.fullmatch(key)
    layer = int((weight or _BIAS.fullmatch(key) or [0, 1])[1])
    layer = min(max(layer, 1), len(widths) - 1)
    before, after = widths[layer - 1], widths[layer]
    if weight:
        return Form("real", (after, before) if columns else (before, after))
    return Form("real", ((after, 1) if columns else (1, after)) if axes else (after,))


def _keys(argument: Argument) -> list[str]:
    """Return the keys under which the source looks things up in an argument; ``'W' + str(l)`` is that of two layers."""
    found: list[str] = []
    for node in ast.walk(_tree(argument.source)):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == argument.name:
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                found.append(node.slice.value)
            elif stem := re.match(r"['\"]([A-Za-z]+)['\"] \+ |f['\"]([A-Za-z]+)\{", ast.unparse(node.slice)):
                found += [f"{stem[1] or stem[2]}{layer}" for layer in (1, 2)]
    return list(dict.fromkeys(found))


def _tree(source: str) -> ast.AST:
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])
