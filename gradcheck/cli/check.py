"""``gradcheck check``: judge the gradients that a file holds."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradcheck.cli import github
from gradcheck.cli.options import as_json, echo_record, quiet, seed
from gradcheck.cli.status import NOTHING, STATUS, USAGE
from gradcheck.records import Result, Verdict

if TYPE_CHECKING:
    from gradcheck.discover import Subject


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--pair", "told", multiple=True, metavar="F:G", help="This pair, or one class; may be repeated.")
@click.option("--inputs", "given", default="", metavar="'x=3x4 y=int:3:5'", help="What the arguments are, by name.")
@seed
@as_json
@quiet
def command(file: Path, told: tuple[str, ...], given: str, seed: int, as_json: bool, quiet: bool) -> None:
    """Judge the gradients that a Python file holds.

    Functions and their gradients, layers with a forward and a backward method, and PyTorch functions are found by
    their names; inputs are made from names and docstrings, or as you say.

    \b
    gradcheck check layers.py
    gradcheck check layers.py --pair affine_forward:affine_backward
    gradcheck check loss.py --inputs 'X=20x3 y=int:20:4 reg=0.1'
    """
    from gradcheck import discover, report

    subjects = found(file, told)
    inputs = discover.inputs_of(subjects, given)
    results, unread = [], 0
    for own in discover.judge_all(subjects, inputs, str(file), seed):
        if isinstance(own, str):
            click.echo(f"gradcheck: {own}", err=True)
            unread = unread if " was not judged by itself" in own else USAGE if told else STATUS[Verdict.UNDECIDED]
            continue
        results.append(own)
        if not as_json and not (quiet and results[-1].verdict is Verdict.AGREES):
            click.echo(f"{results[-1]}\n")
    if as_json:
        echo_record(report.encode_results(results))
    github.tell_results(results)
    sys.exit(_status(results, unread))


def found(file: Path, told: tuple[str, ...]) -> "list[Subject]":
    """Return what can be judged in a file; say what is recognised and exit if there is nothing."""
    from gradcheck import discover

    module = discover.load(file)
    subjects = discover.find(module, told)
    for line in [] if told else discover.unread(module, subjects, str(file)):
        click.echo(f"gradcheck: {line}", err=True)
    if not subjects:
        click.echo(f"Nothing to judge was found in {file}. What is recognised:\n\n{discover.CONVENTIONS}\n", err=True)
        click.echo(f"Or say which belong together: gradcheck check {file} --pair my_function:my_gradient", err=True)
        sys.exit(NOTHING)
    return subjects


def _status(results: list[Result], unread: int) -> int:
    """Return the exit status of the worst verdict; what no inputs were found for is undecided, unless it was told."""
    statuses = {STATUS[result.verdict] for result in results} | {unread}
    return next((status for status in (1, USAGE, 4) if status in statuses), 0)
