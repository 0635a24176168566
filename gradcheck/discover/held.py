"""What a module holds under the name of an argument shows of which shapes the argument is: ``params = {"W": ...}``."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from gradcheck.discover.forms import Form

MANY = 200
"""More entries than these are no example."""
COST = 3
"""How unlikely it is that it is meant, where something else would do."""


def as_held(value: Any) -> tuple[Form, ...]:
    """Return the form of something as it is held; nothing if it is no array, and holds none."""
    form = _form(value, COST)
    return (form,) if form and sum(prod(own.sized({})) for own in leaves([form])) <= MANY else ()


def _form(value: Any, cost: int = 0) -> Form | None:
    """Return the form of floating numbers, and of what holds nothing else."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size:
        return Form("real", value.shape, cost)
    if not isinstance(value, dict | list) or not value:
        return None
    inside = {key: _form(own) for key, own in (value.items() if isinstance(value, dict) else enumerate(value))}
    forms = {key: own for key, own in inside.items() if own}
    if len(forms) < len(value):
        return None
    axes = tuple(axis for own in forms.values() for axis in own.axes)
    return Form("book", axes, cost, forms if isinstance(value, dict) else list(forms.values()))


def leaves(forms: Sequence[Form]) -> Iterator[Form]:
    """Yield the forms of the arrays in what is held."""
    for own in forms:
        held = own.value.values() if isinstance(own.value, Mapping) else own.value
        yield from leaves(list(held)) if own.kind == "book" else [own]
