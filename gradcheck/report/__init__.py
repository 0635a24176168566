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
        raise GradcheckError(
            f"Cannot write to the folder {str(folder)!r}: {error.strerror or error}. Choose another with --out."
        ) from error


def write(run: Run, folder: Path) -> list[Path]:
    """Write every file of a report, each whole or not at all; return their paths."""
    prepare(folder)
    paths = []
    for name, render in FILES.items():
        path = folder / name
        half = path.with_name(f".{name}.part")
        half.write_text(render(run), encoding="utf-8")
        os.replace(half, path)
        paths.append(path)
    return paths


__all__ = ["FILES", "decode", "encode", "html", "markdown", "page", "prepare", "schema", "summary", "write"]
