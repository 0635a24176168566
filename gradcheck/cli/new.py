"""``gradcheck new``: write the tests of the gradients that a file holds."""

import shlex
import sys
from pathlib import Path

import click

from gradcheck.cli.check import found
from gradcheck.cli.status import NOTHING


@click.command("new")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to; test_FILE.py beside it if not said."
)
@click.option("--force", is_flag=True, help="Write over a file that exists.")
def command(file: Path, out: Path | None, force: bool) -> None:
    """Write a pytest file for the gradients that a Python file holds.

    \b
    gradcheck new layers.py
    gradcheck new src/layers.py --out tests/test_layers.py
    """
    from gradcheck.discover.writing import tests
    from gradcheck.report import files, words

    path = out or file.with_name(f"test_{file.name}")
    if path.exists() and not force:
        raise click.UsageError(f"{path} exists; write over it with --force, or elsewhere with --out.")
    subjects = found(file, ())
    if not subjects:
        sys.exit(NOTHING)
    files.write(path, tests(subjects, file, path))
    click.echo(f"{path}: {words.count(len(subjects), 'test')}. Run them with: pytest {shlex.quote(str(path))}")
