"""A call as Python would read it: the line that shows a result again, if its arguments are small enough to be written.

Numbers are written with all their digits, so the line gives the very same result; a cotangent comes from the seed. What
cannot be written so, a large array or somebody's own class, has no line: half a reproduction would be a lie.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

LONGEST = 300
"""The longest line that anybody would paste."""


def call(
    name: str, f: Callable[..., Any], backward: Callable[..., Any], args: tuple[Any, ...], wrt: Any, seed: int
) -> str:
    """Return ``check_vjp(f, vjp, np.array([1.0, 2.0]), seed=3)``, or nothing if it cannot be written."""
    settings = ["" if wrt is None else f"wrt={wrt!r}", f"seed={seed}"]
    try:
        parts = [_named(f, "f"), _named(backward, name.removeprefix("check_")), *map(_written, args)]
    except TypeError:
        return ""
    line = f"gradcheck.{name}({', '.join([*parts, *filter(None, settings)])})"
    return line if len(line) <= LONGEST else ""


def _named(function: Callable[..., Any], otherwise: str) -> str:
    """Return the name of a function, or for one without a name what it is called in our signatures."""
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else otherwise


def _written(value: Any) -> str:
    """Return a value as Python reads it. Raises TypeError for what is not made of numbers."""
    if type(value) is np.ndarray:
        if value.size > LONGEST or value.dtype.kind not in "fciub":
            raise TypeError("too large to be written, or no numbers")
        own = {"f": "float64", "c": "complex128", "i": "int64", "b": "bool"}.get(value.dtype.kind)
        kind = "" if value.size and value.dtype == own else f", dtype={value.dtype.name!r}"
        return f"np.array({value.tolist()!r}{kind})" if value.size else f"np.zeros({value.shape}{kind})"
    if isinstance(value, Mapping) and type(value) is dict:
        return "{" + ", ".join(f"{key!r}: {_written(one)}" for key, one in value.items()) + "}"
    if type(value) in (list, tuple):
        inner = ", ".join(map(_written, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    if isinstance(value, np.float64 | np.int64 | np.complex128 | np.bool_):
        return repr(value.item())
    if value is None or type(value) in (bool, int, float, complex, str):
        return repr(value)
    raise TypeError(f"{type(value).__name__} cannot be written")
