"""The command line. It alone prints, reads the terminal, and exits.

Results go to standard output, progress to standard error. The exit status says what was concluded: 0 agrees, 1
differs or broken, 2 the command was not understood, 3 the job could not be done, 4 undecided, 5 nothing was checked,
130 interrupted.
"""

import contextlib
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from gradcheck.errors import GradcheckError, OracleMissing, UnknownName
from gradcheck.records import Run, Verdict

if TYPE_CHECKING:
    from gradcheck.run import Progress, Watcher

STATUS = {Verdict.AGREES: 0, Verdict.DIFFERS: 1, Verdict.BROKEN: 1, Verdict.UNDECIDED: 4}
"""The exit status of every verdict."""
USAGE, IMPOSSIBLE, NOTHING, INTERRUPTED = 2, 3, 5, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("gradcheck"), message="gradcheck %(version)s")
def commands() -> None:
    """Somebody derived a gradient by hand. Is it right, and if not, what exactly is wrong?"""


@commands.command()
@click.option("--cases", "-n", type=click.IntRange(1), help="How many architectures: 500, or what --time allows.")
@click.option("--time", "seconds", type=click.FloatRange(0, 10**9, min_open=True), help="Stop after so many seconds.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Same seed, same cases, anywhere.")
@click.option("--plant", "planted", default="", metavar="MISTAKE", help="Put a known mistake into the reference.")
@click.option("--layers", default="", metavar="NAME[,NAME]", help="Draw only these, and what connects them.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="Folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the record instead of the summary.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def run(
    cases: int | None,
    seconds: float | None,
    seed: int,
    planted: str,
    layers: str,
    out: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    r"""Prove the reference: random networks against finite differences and PyTorch, and a report.

    \b
    gradcheck run                                     500 networks, under 20 seconds
    gradcheck run --time 600 --seed 7                 ten minutes of other networks
    gradcheck run --layers conv2d,max-pool2d          these, and what is needed to connect them
    gradcheck run --plant bias-not-summed-over-batch  would it have been noticed?
    """
    from gradcheck import mistakes, report
    from gradcheck import run as job

    if planted:
        mistakes.find(planted)
    report.prepare(out)
    with _progress(quiet) as watch:
        names = [name for name in layers.split(",") if name]
        record = job.run(cases=cases, seconds=seconds, seed=seed, planted=planted, layers=names, watch=watch)
    paths = report.write(record, out)
    click.echo(report.encode(record) if as_json else report.summary(record))
    if not as_json:
        click.echo("  written       " + "  ".join(str(path) for path in paths))
    sys.exit(_status(record))


@commands.command()
@click.argument("case", nargs=-1, required=True)
@click.option("--plant", "planted", default="", metavar="MISTAKE", help="Put a known mistake into the reference.")
def replay(case: tuple[str, ...], planted: str) -> None:
    r"""Judge one case again, from its text; the weights, draws and regime may be left out.

    \b
    gradcheck replay '2x1 affine:1 half-sum-of-squares weights=0' --plant mean-for-sum
    gradcheck replay two-two-two draws=8
    """
    from gradcheck import run as job

    result = job.judge(job.parse_case(" ".join(case)), planted)
    click.echo(str(result))
    sys.exit(STATUS[result.verdict])


@commands.command()
@click.argument("mistake", default="")
def explain(mistake: str) -> None:
    """Explain a mistake from the catalogue, or list them all; derive a layer, such as layer-norm."""
    from gradcheck import mistakes
    from gradcheck.report.derivation import derivation

    if not mistake:
        width = max(map(len, mistakes.CATALOGUE))
        for known in mistakes.CATALOGUE.values():
            click.echo(f"{known.id:{width}}  {known.says}")
        return
    if mistake not in mistakes.CATALOGUE:
        click.echo(derivation(mistake))
        return
    known = mistakes.find(mistake)
    click.echo(f"{known.id}   ({known.cause})\n\n  {known.says}\n")
    click.echo(f"  wrong  {known.wrong}\n  right  {known.right}\n  ask    {known.question}\n")
    click.echo(f"  see it happen: gradcheck run --plant {known.id}")


def main() -> NoReturn:
    """Run a command; turn every error that gradcheck raises on purpose into one line and an exit status."""
    try:
        status = commands.main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.UsageError as error:
        _fail(error.format_message(), USAGE)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("Interrupted before anything was judged.", INTERRUPTED)
    except UnknownName as error:
        _fail(str(error), USAGE)
    except OracleMissing as error:
        _fail(str(error), IMPOSSIBLE)
    except GradcheckError as error:
        _fail(str(error), USAGE)


def _fail(message: str, status: int) -> NoReturn:
    click.echo(f"gradcheck: {message}", err=True)
    sys.exit(status)


def _status(record: Run) -> int:
    """Return the exit status of a run."""
    if record.stopped == "interrupted":
        return INTERRUPTED
    if record.planted and not record.counterexamples:
        return IMPOSSIBLE
    return STATUS[record.verdict] if record.cases else NOTHING


@contextlib.contextmanager
def _progress(quiet: bool) -> "Iterator[Watcher | None]":
    """Show progress on standard error: a bar on a terminal, a line every tenth of the way elsewhere."""
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
