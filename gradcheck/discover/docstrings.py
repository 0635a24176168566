"""What the docstring and the source of a function say about an argument: its shape, its settings, its length."""

import ast
import re
from typing import Any

from gradcheck.discover.forms import Form
from gradcheck.discover.subject import Argument

SETTINGS: dict[str, Any] = {
    "stride": 1, "pad": 1, "padding": 1, "pool_height": 2, "pool_width": 2, "pool_size": 2, "kernel_size": 3,
    "mode": "train", "p": 0.6, "seed": 0, "eps": 1e-5, "momentum": 0.9, "G": 1,
}  # fmt: skip
"""What the entries of a dictionary of settings usually are."""
LETTERS = {
    "HH": "R", "WW": "S", "d_1": "d1", "d_k": "d2", "n": "N", "d": "D", "m": "M", "h": "H", "k": "K", "c": "C",
    "t": "T", "n_x": "D", "n_h": "H", "n_y": "M",
    "B": "N", "batch": "N", "batch_size": "N", "n_samples": "N", "num_samples": "N", "out": "M", "n_out": "M",
    "out_features": "M", "classes": "M", "n_classes": "M", "num_classes": "M", "hidden": "H", "hidden_dim": "H",
    "in": "D", "n_in": "D", "in_features": "D", "features": "D", "n_features": "D", "dim": "D", "input_dim": "D",
}  # fmt: skip
"""The letters of axes that have other names in docstrings."""
_SHAPE = re.compile(
    r"[(\[]\s*((?:1\s*,\s*)?\d?[A-Za-z]\w*(?:\s*[,x×*]\s*(?:\d?[A-Za-z]\w*|\d+|\.\.\.)?)*|1\s*,\s*1)\s*,?\s*[)\]]"
)


def described(argument: Argument) -> list[Form]:
    """Return the shape that a docstring gives an argument: ``X: (N, D) data``, ``w: array of shape (D, M)``."""
    text = told(argument)
    found = _SHAPE.search(text)
    if not found or "any shape" in text:
        return []
    axes = [part for part in re.split(r"\s*[,x×*]\s*", found[1]) if part not in ("", "...")]
    known = all(part in LETTERS or part.isdigit() or re.fullmatch(r"\d?[A-Z]{1,2}\d?", part) for part in axes)
    if not known or len(axes) > 5:
        return []
    return [Form("real", tuple(int(part) if part.isdigit() else LETTERS.get(part, part) for part in axes))]


def numbered(argument: Argument) -> list[Form]:
    """Return the shape that a docstring gives an argument in numbers: ``W1 -- weight matrix of shape (5, 4)``."""
    found = re.search(r"\(\s*(\d+)\s*,\s*(\d+)?\s*\)", told(argument))
    return [Form("real", tuple(int(axis) for axis in found.groups() if axis))] if found else []


def told(argument: Argument) -> str:
    """Return what a docstring says about an argument, from its name to the next one's."""
    start = rf"^[\s\-*]*`*{re.escape(argument.name)}`*\s*(?:[:(=,]|--?|–)"
    lines = r".*(?:\n\s{4,}(?![-*]?\s*\w+\s*:).*)*"
    found = re.search(start + lines, argument.docstring, re.MULTILINE)
    return found[0] if found else ""


def indexed(argument: Argument) -> Form | None:
    """Return the vector that an argument must be if the source takes it apart by numbers: ``x[0]``, ``x[1]``."""
    name = re.escape(argument.name)
    places = [int(place) for place in re.findall(rf"\b{name}\[(\d+)\](?!\[)", argument.source)]
    unpacked = re.search(rf"^\s*((?:\w+\s*,\s*)+\w+)\s*=\s*{name}\s*$", argument.source, re.MULTILINE)
    places += [unpacked[1].count(",")] if unpacked else []
    return Form("real", (max(places) + 1,)) if max(places, default=0) > 0 else None


def used_as_index(argument: Argument) -> bool:
    """Say whether the source looks something up at an argument, or at its entries: ``p[range(n), y]``, ``s[y[i]]``."""
    try:
        tree = ast.parse(argument.source)
    except SyntaxError:
        return False
    places = [node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    parts = [part for place in places for part in (place.elts if isinstance(place, ast.Tuple) else [place])]
    parts += [part.value for part in parts if isinstance(part, ast.Subscript)]
    return any(isinstance(part, ast.Name) and part.id == argument.name for part in parts)


def settings(argument: Argument) -> Form:
    """Return a dictionary of settings with the keys that the function reads from it."""
    keys = re.findall(rf"{re.escape(argument.name)}\[['\"](\w+)['\"]\]", argument.source)
    return Form("value", value={key: SETTINGS[key] for key in keys if key in SETTINGS})
