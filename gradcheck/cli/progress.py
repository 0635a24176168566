"""Progress of a long job, on standard error: a bar on a terminal, a line every tenth of the way elsewhere."""

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

import click


class Progress(Protocol):
    """How far a job has come; its text says what it has seen so far."""

    @property
    def share(self) -> float:
        """The share of the whole that is done, from 0 to 1."""


Watcher = Callable[[Progress], None]
"""Is told, again and again, how far a job has come."""


@contextlib.contextmanager
def progress(quiet: bool) -> Iterator[Watcher | None]:
    """Give a watcher that shows how far a run has come, or None if nothing is to be shown."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as watch:
            yield watch
    else:
        yield _Lines()


EVERY = 10.0
"""So many seconds lie between two words on a job of which nobody knows how long it takes."""


@contextlib.contextmanager
def ticking(quiet: bool, says: Callable[[], str]) -> Iterator[None]:
    """Say how far a job has come, again and again while it lasts, unless nothing is to be shown."""
    done = threading.Event()

    def tell() -> None:
        while not done.wait(EVERY):
            click.echo(f"gradcheck: {says()}", err=True)

    if not quiet:
        threading.Thread(target=tell, daemon=True).start()
    try:
        yield
    finally:
        done.set()


class _Lines:
    """Progress for a log."""

    def __init__(self) -> None:
        self.tenths = 0

    def __call__(self, progress: Progress) -> None:
        """Print a line if another tenth is done."""
        tenths = int(10 * progress.share)
        if tenths > self.tenths:
            self.tenths = tenths
            click.echo(f"{10 * tenths:3d} %  {progress}", err=True)


@contextlib.contextmanager
def _bar() -> Iterator[Watcher]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def watch(progress: Progress) -> None:
            bar.update(task, completed=progress.share, description=str(progress))

        yield watch
