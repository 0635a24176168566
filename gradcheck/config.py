"""``[tool.gradcheck]`` in pyproject.toml: the options of the command line, under the same names.

A key that is no option is refused, with the nearest that is one; so is a value of another kind.
"""

import tomllib
from pathlib import Path
from typing import Any

from gradcheck.errors import GradcheckError, UnknownName

KEYS: dict[str, type] = {
    "baseline": str,
    "cases": int,
    "jobs": int,
    "layers": str,
    "out": str,
    "quiet": bool,
    "seed": int,
    "time": float,
}
"""What may be said, and what kind of value it has."""


def read(folder: Path) -> dict[str, Any]:
    """Return what the nearest pyproject.toml above a folder says; nothing if there is none, or none with this table.

    Raises UnknownName for a key that does not exist, GradcheckError for a value of another kind or a broken file.
    """
    path = next(
        (own / "pyproject.toml" for own in (folder, *folder.parents) if (own / "pyproject.toml").is_file()), None
    )
    if path is None or "gradcheck" not in (text := path.read_text(encoding="utf-8", errors="replace")):
        return {}
    try:
        table = tomllib.loads(text).get("tool", {}).get("gradcheck", {})
    except tomllib.TOMLDecodeError as error:
        raise GradcheckError(f"{path} cannot be read: {error}") from error
    if not isinstance(table, dict):
        raise GradcheckError(f"{path}: tool.gradcheck is to be a table, [tool.gradcheck].")
    return {key: _value(path, key, value) for key, value in table.items()}


def _value(path: Path, key: str, value: Any) -> Any:
    if key not in KEYS:
        raise UnknownName("key in [tool.gradcheck]", key, KEYS)
    wanted = KEYS[key]
    fits = isinstance(value, wanted) or (wanted is float and isinstance(value, int))
    if not fits or (wanted is not bool and isinstance(value, bool)):
        raise GradcheckError(f"{path}: {key} in [tool.gradcheck] is {value!r}; it is to be of type {wanted.__name__}.")
    return value
