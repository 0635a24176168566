"""Progress of a long job, on standard error: a bar on a terminal, a line every tenth of the way elsewhere."""

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gradcheck.run import Progress, Watcher


@contextlib.contextmanager
def progress(quiet: bool) -> "Iterator[Watcher | None]":
    """Give a watcher that shows how far a run has come, or None if nothing is to be shown."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as watch:
            yield watch
    else:
        yield _Lines()


class _Lines:
    """Progress for a log."""

    def __init__(self) -> None:
        self.tenths = 0

    def __call__(self, progress: "Progress") -> None:
        """Print a line if another tenth is done."""
        tenths = int(10 * progress.share)
        if tenths > self.tenths:
            self.tenths = tenths
            click.echo(f"{10 * tenths:3d} %  {_so_far(progress)}", err=True)


@contextlib.contextmanager
def _bar() -> "Iterator[Watcher]":
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def watch(progress: "Progress") -> None:
            bar.update(task, completed=progress.share, description=_so_far(progress))

        yield watch


def _so_far(progress: "Progress") -> str:
    found = f", {progress.found} found" if progress.found else ""
    worst = f"worst so far {100 * progress.worst:.1f} % of its error bar"
    return f"{progress.cases} cases, {progress.rate:.0f}/s, {worst}{found}"
