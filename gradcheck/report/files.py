"""A file is written whole or not at all."""

import contextlib
import os
from pathlib import Path

from gradcheck.errors import GradcheckError


def write(path: Path, text: str) -> Path:
    """Write a file, in place of an older one only once it is complete. Raises GradcheckError if that cannot be done."""
    half = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(text, encoding="utf-8")
        os.replace(half, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            half.unlink()
        raise unwritable(path, error) from error
    return path


def read(path: Path) -> str:
    """Read a file. Raises GradcheckError, saying why, if that cannot be done."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise GradcheckError(f"Cannot read {str(path)!r}: {why}.") from error


def unwritable(path: Path, error: OSError) -> GradcheckError:
    """Say that something cannot be written, and why."""
    return GradcheckError(f"Cannot write to {str(path)!r}: {error.strerror or error}. Choose another place with --out.")
