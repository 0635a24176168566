"""``gradcheck check``: judge the gradients that files hold."""

import contextlib
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradcheck.cli import github
from gradcheck.cli.options import as_json, echo_record, quiet, seed
from gradcheck.cli.progress import ticking
from gradcheck.cli.status import INTERRUPTED, NOTHING, STATUS, USAGE
from gradcheck.errors import GradcheckError, OracleMissing
from gradcheck.records import Result, Verdict

if TYPE_CHECKING:
    from gradcheck.discover import Subject


@click.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--pair", "told", multiple=True, metavar="F:G", help="This pair, or one class; may be repeated.")
@click.option("--inputs", "given", default="", metavar="'x=3x4 y=int:3:5'", help="What the arguments are, by name.")
@seed
@as_json
@quiet
def command(files: tuple[Path, ...], told: tuple[str, ...], given: str, seed: int, as_json: bool, quiet: bool) -> None:
    """Judge the gradients that Python files, or notebooks, hold.

    Functions and their gradients, layers with a forward and a backward method, and PyTorch functions are found by
    their names; inputs are made from names and docstrings, or as you say.

    \b
    gradcheck check layers.py
    gradcheck check layers.py --pair affine_forward:affine_backward
    gradcheck check loss.py --inputs 'X=20x3 y=int:20:4 reg=0.1'
    """
    from gradcheck import report

    check = Check(told, given, seed, shown=not as_json, quiet=quiet)
    interrupted = False
    try:
        for file in files:
            with check.forgiving():
                check.judge(file, explained=len(files) == 1)
    except (KeyboardInterrupt, click.Abort):
        interrupted = True
        click.echo(f"gradcheck: Interrupted; {len(check.results)} of {check.met} were judged.", err=True)
    if as_json:
        echo_record(report.encode_results(check.results))
    github.tell_results(check.results)
    sys.exit(INTERRUPTED if interrupted else check.status)


@dataclass
class Check:
    """What is judged, one file after the other."""

    told: tuple[str, ...]
    given: str
    seed: int
    shown: bool
    """Whether results are printed as they come."""
    quiet: bool
    """Whether nothing is printed of how far it has come, and of what agrees."""
    results: list[Result] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    met: int = 0
    """How many gradients were found until now."""

    @contextlib.contextmanager
    def forgiving(self) -> Iterator[None]:
        """Tell of a file that cannot be used, and go on with the next."""
        try:
            yield
        except OracleMissing:
            raise
        except GradcheckError as error:
            click.echo(f"gradcheck: {error}", err=True)
            self.statuses.add(USAGE)

    def judge(self, file: Path, explained: bool) -> None:
        """Judge what a file holds, and print it."""
        from gradcheck import discover

        subjects = found(file, self.told, explained)
        if not subjects:
            self.statuses.add(NOTHING)
            return
        inputs = discover.inputs_of(subjects, self.given)
        before, self.met = self.met, self.met + len(subjects)

        def says() -> str:
            return f"{file}: {len(self.results) - before} of {len(subjects)} judged so far"

        with ticking(self.quiet, says):
            for own in discover.judge_all(subjects, inputs, str(file), self.seed):
                if isinstance(own, str):
                    self.leave_out(own)
                else:
                    self.take_in(own)

    def leave_out(self, why: str) -> None:
        """Say why a gradient was not judged: no inputs were found, which is undecided, unless it was told."""
        click.echo(f"gradcheck: {why}", err=True)
        if " was not judged by itself" not in why:
            self.statuses.add(USAGE if self.told else STATUS[Verdict.UNDECIDED])

    def take_in(self, result: Result) -> None:
        """Take a result in, and print it."""
        self.results.append(result)
        self.statuses.add(STATUS[result.verdict])
        if self.shown and not (self.quiet and result.verdict is Verdict.AGREES):
            click.echo(f"{result}\n")

    @property
    def status(self) -> int:
        """The exit status of the worst that was seen; nothing was checked only if nothing was in any file."""
        return next((status for status in (1, USAGE, 4, 0, NOTHING) if status in self.statuses), 0)


def found(file: Path, told: tuple[str, ...], explained: bool = True) -> "list[Subject]":
    """Return what can be judged in a file; say so if there is nothing, and what is recognised."""
    from gradcheck import discover

    module = discover.load(file)
    subjects = discover.find(module, told)
    for line in [] if told else discover.unread(module, subjects, str(file)):
        click.echo(f"gradcheck: {line}", err=True)
    if not subjects and not explained:
        click.echo(f"gradcheck: nothing to judge was found in {file}", err=True)
    elif not subjects:
        click.echo(f"Nothing to judge was found in {file}. What is recognised:\n\n{discover.CONVENTIONS}\n", err=True)
        again = f"gradcheck check {shlex.quote(str(file))} --pair my_function:my_gradient"
        click.echo(f"Or say which belong together: {again}", err=True)
    return subjects
