"""``gradcheck replay``: judge one case again, or everything that the latest run has found."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradcheck.cli.options import echo_record
from gradcheck.cli.status import NOTHING, STATUS
from gradcheck.records import Run, Verdict

if TYPE_CHECKING:
    from gradcheck.records import Counterexample


@click.command("replay", short_help="Judge again what a run has found, or one case from its text.")
@click.argument("case", nargs=-1)
@click.option("--plant", "planted", default="", metavar="MISTAKE", help="Put a known mistake into the reference.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="The run's.")
@click.option("--write-test", type=click.Path(path_type=Path, dir_okay=False), help="Write them as a pytest file.")
@click.option("--json", "as_json", is_flag=True, help="Print the record instead of the page; of one case only.")
def command(case: tuple[str, ...], planted: str, out: Path, write_test: Path | None, as_json: bool) -> None:
    """Judge again: one case from its text, or everything the latest run has found, or one of these by its number.

    The weights, draws and regime of a case may be left out.

    \b
    gradcheck replay
    gradcheck replay 2
    gradcheck replay '2x1 affine:1 half-sum-of-squares weights=0' --plant mean-for-sum
    """
    text = " ".join(case)
    if text and not text.isdigit():
        from gradcheck import run as job

        result = job.judge(job.parse_case(text), planted)
        if as_json:
            echo_record(result.to_json())
        else:
            click.echo(str(result))
        sys.exit(STATUS[result.verdict])
    run = _latest(out)
    if write_test is not None:
        _write(run, write_test)
    sys.exit(_again(run, _numbered(run, text)))


def _latest(out: Path) -> Run:
    from gradcheck import report

    path = out / report.RECORD
    if not path.exists():
        raise click.UsageError(f"There is no {path}: 'gradcheck run' writes it, and --out says where it is.")
    return report.decode(report.files.read(path))


def _numbered(run: Run, text: str) -> "list[tuple[int, Counterexample]]":
    """Return the recorded failures with their numbers, or the one that is asked for."""
    failures = list(enumerate(run.counterexamples, start=1))
    if text and not 1 <= int(text) <= len(failures):
        raise click.UsageError(f"There is no failure {text[:20]}; the latest run has {len(failures)}.")
    return [failures[int(text) - 1]] if text else failures


def _again(run: Run, failures: "list[tuple[int, Counterexample]]") -> int:
    """Judge recorded failures again; say of each whether it is fixed, and return the exit status."""
    from gradcheck import run as job
    from gradcheck.report import words

    if not failures:
        click.echo("The latest run has found nothing that could be replayed.")
        return NOTHING
    left = 0
    for number, example in failures:
        result = job.judge(job.parse_case(example.case), run.planted)
        fixed = result.verdict is Verdict.AGREES
        left += not fixed
        finding = example.result.findings[0]
        click.echo(f"{'FIXED' if fixed else 'STILL FAILS':11}  {number}  {words.title(finding)}  {example.case}")
        if not fixed and len(failures) == 1:
            click.echo(f"\n{result}")
    return 1 if left else 0


def _write(run: Run, path: Path) -> None:
    from gradcheck.report import files, regression

    click.echo(f"written      {files.write(path, regression.tests(run))}")
