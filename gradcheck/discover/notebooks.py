"""The code of a notebook, cell by cell: what is Python of it, without what only a notebook understands.

Lines are counted through all cells of code. What begins with ``%`` or ``!`` is left out, and so is a cell that is for
another language, or is no Python; of a cell that is only timed the rest is kept.
"""

import ast
import json
import linecache
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gradcheck.errors import GradcheckError

_MAGIC = re.compile(r"^(\s*)([%!].*|.*\w\?{1,2})$")
"""A line that only a notebook understands."""
_RUNS = ("%%time", "%%timeit", "%%capture", "%%prun", "%%gradcheck")
"""What stands above a cell that is run as it is."""


def code_of(path: Path) -> tuple[str, str]:
    """Return the code of a notebook, and in words at which of its lines each cell begins, and what was left out.

    Raises GradcheckError if it is no notebook.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        every = held["cells"] if "cells" in held else held["worksheets"][0]["cells"]
        cells = [_text(own) for own in every if own["cell_type"] == "code"]
    except (ValueError, LookupError, TypeError) as error:
        raise GradcheckError(f"{str(path)!r} is no notebook that can be read: {error}.") from error
    plain = [_plain(own) for own in cells]
    text = "".join(plain)
    linecache.cache[str(path)] = (len(text), None, text.splitlines(keepends=True), str(path))
    return text, "; ".join(filter(None, (_counted(path, plain), *_no_python(plain, cells))))


def _text(cell: dict[str, Any]) -> str:
    """Return what stands in a cell."""
    source = cell["source"] if "source" in cell else cell["input"]
    return source if isinstance(source, str) else "".join(source)


def _plain(cell: str) -> str:
    """Return the Python in a cell, as many lines as it has, and one that is empty behind it."""
    other = cell.lstrip().startswith("%%") and not cell.lstrip().startswith(_RUNS)
    lines = ["" if other else _MAGIC.sub(r"\1pass", line) for line in cell.split("\n")]
    text = "\n".join(lines) + "\n\n"
    try:
        ast.parse(text)
    except SyntaxError:
        return "\n" * text.count("\n")
    return text


def _counted(path: Path, plain: Sequence[str]) -> str:
    """Say at which line each cell begins that defines something."""
    begins = [1 + sum(own.count("\n") for own in plain[:place]) for place in range(len(plain))]
    where = [
        f"cell {number} at {begin}"
        for number, (cell, begin) in enumerate(zip(plain, begins, strict=True), 1)
        if re.search(r"^(def|class) ", cell, re.MULTILINE)
    ]
    return f"lines of {path.name} are counted through its cells of code: {', '.join(where)}" if where else ""


def _no_python(plain: Sequence[str], cells: Sequence[str]) -> Iterator[str]:
    """Say which cells were left out that should be Python."""
    for number, (own, cell) in enumerate(zip(plain, cells, strict=True), 1):
        if cell.strip() and not own.strip() and not cell.lstrip().startswith("%%"):
            yield f"cell {number} is no Python, and was left out"
