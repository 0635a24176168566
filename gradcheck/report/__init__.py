"""Views of the records. Each is a pure function from a record to text; only ``write`` touches the disk.

To add a format, add its function to ``FORMATS``; to ``FILES``, if every run is to write it.
"""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gradcheck.records import Run
from gradcheck.report import files, regression, selftest
from gradcheck.report.difference import difference
from gradcheck.report.json import SCHEMA, decode, encode, encode_results, schema
from gradcheck.report.junit import junit
from gradcheck.report.notebook import notebook
from gradcheck.report.pages import html, markdown
from gradcheck.report.text import page, summary

RECORD = "run.json"
"""The file that holds the record of a run."""
FILES: dict[str, Callable[[Run], str]] = {
    RECORD: encode,
    SCHEMA: schema,
    "REPORT.md": markdown,
    "index.html": html,
}
"""The files of a report, by name."""
FORMATS: dict[str, Callable[[Run], str]] = {
    "text": summary,
    "markdown": markdown,
    "html": html,
    "json": encode,
    "junit": junit,
    "notebook": notebook,
}
"""The forms that a record can be written in, by the names that people ask for."""


def prepare(folder: Path) -> None:
    """Make sure, before the work, that a report can be written. Raises GradcheckError, saying why, if not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise files.unwritable(folder, error) from error
    for name in FILES:
        if (folder / name).is_dir():
            raise files.unwritable(folder, IsADirectoryError(0, f"{name} is a folder there"))


def with_selftest(run: Run, folder: Path) -> Run:
    """Return a run with what a self-test has shown, if the record of one lies in the folder.

    Raises GradcheckError if it cannot be read.
    """
    path = folder / selftest.RECORD
    return replace(run, selftest=selftest.decode(files.read(path))) if path.exists() else run


def write_again(folder: Path) -> list[Path]:
    """Write the report of the run that lies in a folder again, with the self-test beside it; nothing if none does."""
    path = folder / RECORD
    return write(with_selftest(decode(files.read(path)), folder), folder) if path.exists() else []


def write(run: Run, folder: Path) -> list[Path]:
    """Write every file of a report, each whole or not at all; return their paths."""
    prepare(folder)
    return [files.write(folder / name, render(run)) for name, render in FILES.items()]


__all__ = [
    "FILES",
    "FORMATS",
    "decode",
    "difference",
    "encode",
    "encode_results",
    "files",
    "html",
    "junit",
    "markdown",
    "notebook",
    "page",
    "prepare",
    "regression",
    "schema",
    "summary",
    "with_selftest",
    "write",
    "write_again",
]
