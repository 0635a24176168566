"""Tables that hold functions and their derivatives: pairs in a dictionary, or dictionaries with words for the two.

ACTIVATIONS = {"tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2)}
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from gradcheck.discover.functions import Couple, couple_of
from gradcheck.errors import GradcheckError

_FUNCTION = re.compile(r"f|fn|func(tion)?|forward|fwd|value|act(ivation)?|loss|call|apply")
"""The words for a function in such a table,"""
_DERIVATIVE = re.compile(
    r"d_?(f|fn|func|act|activation|loss|x|z)?|((f|fn|func|loss|act)_?)?(grad|prime|deriv)\w*|bwd|backward"
)
"""and for its derivative."""
_TABLE = re.compile(r"act|nonlin|loss|cost|deriv|grad|differentiable|func", re.IGNORECASE)
"""What a table is called whose pairs are functions and their derivatives."""
Pair = tuple[str, str, Callable[..., Any], Callable[..., Any]]
"""What a pair is called, the word for its derivative, and the two."""


def of(module: ModuleType, judged: Collection[str] = ()) -> list[Couple]:
    """Return the pairs in the tables of a module, but for those that are judged by the names of the two."""
    found = []
    for table, held in vars(module).items():
        for called, gradient, f, g in () if table.startswith("_") else _pairs(table, held, ""):
            if f"{f.__name__}:{g.__name__}" in judged or g.__module__ != module.__name__:
                continue
            try:
                found.append(replace(couple_of(module, ("", "f", gradient), f, g), name=called))
            except GradcheckError:  # it only looks like a pair
                continue
    return found


def _pairs(called: str, held: Any, word: str) -> Iterator[Pair]:
    """Yield the pairs in a table, and in the tables that it holds."""
    if isinstance(held, Mapping):
        words = {str(key): own for key, own in held.items()}
        f = [own for key, own in words.items() if _FUNCTION.fullmatch(key) and callable(own)]
        g = [(key, own) for key, own in words.items() if _DERIVATIVE.fullmatch(key) and callable(own)]
        if len(f) == len(g) == 1:
            yield from _pair(called, g[0][0], f[0], g[0][1])
            return
        for key, own in held.items():
            yield from _pairs(f"{called}[{key!r}]", own, word or called)
    elif isinstance(held, list | tuple):
        if word and len(held) == 2 and all(map(callable, held)) and _TABLE.search(word):
            yield from _pair(called, "grad", *held)
        elif isinstance(held, list):
            for place, own in enumerate(held):
                yield from _pairs(f"{called}[{place}]", own, word or called)


def _pair(called: str, gradient: str, f: Callable[..., Any], g: Callable[..., Any]) -> Iterator[Pair]:
    """Yield a pair of functions, unless they are something else that can be called."""
    if isinstance(f, np.ufunc):
        f = _plain(f)
    if isinstance(f, FunctionType) and isinstance(g, FunctionType):
        yield called, gradient, f, g


def _plain(ufunc: np.ufunc) -> FunctionType:
    """Return one of NumPy's own functions as a function of one argument."""

    def plain(x: Any) -> Any:
        return ufunc(x)

    plain.__name__ = ufunc.__name__
    return plain  # type: ignore[return-value]
