"""Views of the records. Each is a pure function from a record to text; only ``write`` touches the disk.

To add a format, add its function to ``FILES``.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from gradcheck.errors import GradcheckError
from gradcheck.records import Run
from gradcheck.report.json import SCHEMA, decode, encode, schema
from gradcheck.report.pages import html, markdown
from gradcheck.report.text import page, summary

FILES: dict[str, Callable[[Run], str]] = {
    "run.json": encode,
    SCHEMA: schema,
    "REPORT.md": markdown,
    "index.html": html,
}
"""The files of a report, by name."""


def prepare(folder: Path) -> None:
    """Make sure, before the work, that a report can be written. Raises GradcheckError, saying why, if not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error
    for name in FILES:
        if (folder / name).is_dir():
            raise _unwritable(folder, IsADirectoryError(0, f"{name} is a folder there"))


def _unwritable(folder: Path, error: OSError) -> GradcheckError:
    why = error.strerror or str(error)
    return GradcheckError(f"Cannot write to the folder {str(folder)!r}: {why}. Choose another with --out.")


def write(run: Run, folder: Path) -> list[Path]:
    """Write every file of a report, each whole or not at all; return their paths."""
    prepare(folder)
    paths = []
    for name, render in FILES.items():
        path = folder / name
        half = path.with_name(f".{name}.part")
        text = render(run)
        try:
            half.write_text(text, encoding="utf-8")
            os.replace(half, path)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise _unwritable(folder, error) from error
        paths.append(path)
    return paths


__all__ = ["FILES", "decode", "encode", "html", "markdown", "page", "prepare", "schema", "summary", "write"]
