"""Parameters in a dictionary, or in layers: keys are read from the source, shapes from the names of the keys.

The parameters of a network are named after its layers: ``parameters["W1"]``, ``params['b' + str(l)]``. Samples may be
the rows of the data, and then a weight leads from its rows to its columns, or their columns, and then it does not.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gradcheck.discover.docstrings import described, numbered
from gradcheck.discover.forms import Form
from gradcheck.discover.shelves import layers
from gradcheck.discover.source import parsed
from gradcheck.discover.subject import Argument

WIDTHS = {1: ("D", "M"), 2: ("D", "H", "M"), 3: ("D", "H", "L", "M")}
"""The widths of the layers of a network with so many weights."""
_WEIGHT = re.compile(r"(?:W|w|weights?|Theta)_?(\d+)")
_PART = re.compile(r"W|w|weights?|kernel|b|bias(es)?")
"""What a layer holds."""
_ENTERS, _RETURNS = re.compile(r"[WU]_?(x|xh|i|in|ih|ax)"), re.compile(r"[WU]_?(h|hh|aa|s|ss)")
"""What leads from an input to a state, and from a state to the next."""
_BIAS = re.compile(r"(?:b|bias(?:es)?)_?(\d+)")


_HELD = re.compile(r"([WU]|[wb]|Theta|weights?|bias(es)?)_?(\d|\w{1,2})?")
"""What a list of parameters holds is called."""


ByName = Callable[[Argument], list[Form]]
"""Says what an argument may be by its name."""


def books(argument: Argument, by_name: ByName) -> list[Form]:
    """Return the containers that an argument may be, the likeliest first; nothing if it is none."""
    if held := layers(argument):
        return _layered(held)
    if keys := _taken_apart(argument):
        return [replace(own, value=list(own.value.values())) for own in _under(keys, argument, by_name)]
    return _under(_keys(argument), argument, by_name)


def _under(keys: list[str], argument: Argument, by_name: ByName) -> list[Form]:
    """Return the dictionaries with some keys that an argument may be."""
    said = {key: numbered(replace(argument, name=key)) or described(replace(argument, name=key)) for key in keys}
    if keys and all(said.values()):
        return [_book({key: own[0] for key, own in said.items()}, 0)]
    depth = len([key for key in keys if _WEIGHT.fullmatch(key)])
    if depth not in WIDTHS or not all(_WEIGHT.fullmatch(key) or _BIAS.fullmatch(key) for key in keys):
        return _by_names(argument, keys, by_name) if len(keys) > 1 and len(keys) > depth else []
    return [
        _book({key: _shaped(key, widths, across, axes) for key in keys}, cost)
        for cost, widths, across, axes in _kinds(depth)
    ]


def _kinds(depth: int) -> list[tuple[int, tuple[Any, ...], bool, int]]:
    """Return what a network with so many weights may be: what it costs, its widths, samples as columns, long biases."""
    wide, narrow = WIDTHS[depth], (*WIDTHS[depth][:-1], 1)
    rows = [(0, wide, False, 0), (1, wide, False, 1)]
    columns = [(2, wide, True, 1), (3, narrow, True, 1)]
    return [*rows, *columns, (4, narrow, False, 1), (2, narrow, False, 0)]


def _by_names(argument: Argument, keys: list[str], by_name: ByName) -> list[Form]:
    """Return dictionaries of what the names of the keys suggest: for samples as rows, and as columns."""
    said = {key: numbered(replace(argument, name=key)) or described(replace(argument, name=key)) for key in keys}
    forms = {key: said[key] or by_name(replace(argument, name=key)) for key in keys}
    if not all(own and own[0].kind in ("real", "positive") for own in forms.values()):
        return []
    entered = any(map(_ENTERS.fullmatch, keys))
    rows = {
        key: Form("real", ("H", "H")) if entered and _RETURNS.fullmatch(key) else own[0] for key, own in forms.items()
    }
    outer = {
        key: replace(own, axes=("M",)) if own.axes == ("D",) and not said[key] else own for key, own in rows.items()
    }
    turned = {key: own if said[key] else replace(own, axes=own.axes[::-1]) for key, own in rows.items()}
    upright = {
        key: own if said[key] or len(own.axes) > 1 else replace(own, axes=(*own.axes, 1)) for key, own in turned.items()
    }
    return [_book(rows, 0), _book(outer, 1), _book(turned, 1), _book(upright, 2)]


def _layered(held: Any) -> list[Form]:
    """Return the containers of what layers hold; nothing if that is neither weights nor biases."""
    inside = list(held.values()) if isinstance(held, Mapping) else held
    flat = [key for own in inside for key in ([own] if isinstance(own, str) else own)]
    if len(inside) not in WIDTHS or not all(_PART.fullmatch(key) for key in flat):
        return []
    return [_book(_filled(held, widths, across, axes), cost) for cost, widths, across, axes in _kinds(len(inside))]


def _filled(held: Any, widths: tuple[Any, ...], across: bool, axes: int) -> Any:
    """Return the forms of what layers hold, in its containers."""

    def part(key: str, layer: int) -> Form:
        name = f"{'b' if _BIAS.fullmatch(f'{key}1') else 'W'}{layer}"
        return _shaped(name, widths, across, axes)

    def whole(own: Any, layer: int) -> Form:
        if isinstance(own, str):
            return part(own, layer)
        forms = {key: part(key, layer) for key in own}
        return _book(forms if isinstance(own, Mapping) else tuple(forms.values()), 0)

    if isinstance(held, Mapping):
        return {key: whole(own, layer) for layer, (key, own) in enumerate(held.items(), 1)}
    return [whole(own, layer) for layer, own in enumerate(held, 1)]


def _book(forms: Any, cost: int) -> Form:
    """Return the form of a container, which has the axes of all that it holds."""
    inside = forms.values() if isinstance(forms, Mapping) else forms
    return Form("book", tuple(axis for form in inside for axis in form.axes), cost, forms)


def _shaped(key: str, widths: tuple[Any, ...], columns: bool, axes: int) -> Form:
    """Return the form of the weight or the bias of a layer; a bias has one axis, or one of length 1 as well."""
    weight = _WEIGHT.fullmatch(key)
    layer = int((weight or _BIAS.fullmatch(key) or [0, 1])[1])
    layer = min(max(layer, 1), len(widths) - 1)
    before, after = widths[layer - 1], widths[layer]
    if weight:
        return Form("real", (after, before) if columns else (before, after))
    return Form("real", ((after, 1) if columns else (1, after)) if axes else (after,))


def _taken_apart(argument: Argument) -> list[str]:
    """Return the names that the source gives to what a list of parameters holds: ``W1, b1, W2, b2 = params``."""
    for node in ast.walk(parsed(argument.source)):
        match node:
            case ast.Assign([ast.Tuple(parts) | ast.List(parts)], ast.Name(name)) if name == argument.name:
                named = [own.id for own in parts if isinstance(own, ast.Name)]
                if len(named) == len(parts) and all(map(_HELD.fullmatch, named)):
                    return named
    return []


def _keys(argument: Argument) -> list[str]:
    """Return the keys under which the source looks things up in an argument; ``'W' + str(l)`` is that of two layers."""
    found: list[str] = []
    for node in ast.walk(parsed(argument.source)):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == argument.name:
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                found.append(node.slice.value)
            elif stem := re.match(r"['\"]([A-Za-z]+)['\"] \+ |f['\"]([A-Za-z]+)\{", ast.unparse(node.slice)):
                found += [f"{stem[1] or stem[2]}{layer}" for layer in (1, 2)]
    return list(dict.fromkeys(found))
