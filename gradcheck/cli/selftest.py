"""``gradcheck selftest``: plant every known mistake into the reference, and see what a check is worth."""

import sys
from pathlib import Path

import click

from gradcheck.cli.options import FOLDER, as_json, echo_record, jobs, quiet, seed
from gradcheck.cli.progress import progress
from gradcheck.cli.status import INTERRUPTED


@click.command("selftest", short_help="Plant every known mistake, and print which were caught.")
@click.option("--only", multiple=True, metavar="MISTAKE", help="This mistake; may be repeated.")
@click.option("--peers", is_flag=True, help="Ask torch, jax, autograd and scipy about the same wrong gradients.")
@seed
@jobs
@click.option("--out", type=FOLDER, default=Path("reports"), show_default=True, help="Folder.")
@as_json
@quiet
def command(only: tuple[str, ...], peers: bool, seed: int, jobs: int, out: Path, as_json: bool, quiet: bool) -> None:
    """Plant every known mistake into the reference, print the kill matrix, and keep its record.

    \b
    gradcheck selftest
    gradcheck selftest --only mean-for-sum --only wrong-sign
    gradcheck selftest --peers              minutes; needs pip install 'gradcheck[bench]'
    """
    from gradcheck import mistakes
    from gradcheck.report import prepare, write_again
    from gradcheck.report import selftest as report
    from gradcheck.selftest import Matrix
    from gradcheck.selftest.peers import available, compared
    from gradcheck.workers import processes

    for name in only:
        mistakes.find(name)
    if peers:
        available()
    if not only:
        prepare(out)
    with progress(quiet) as watch:
        engine = processes(jobs) if jobs > 1 else None
        record = Matrix(seed, compared if peers else None, watch, engine).go(only)
    paths = [] if only else report.write(record, out)  # the matrix of some mistakes is not that of the catalogue
    paths += write_again(out) if paths else []
    if as_json:
        echo_record(report.encode(record))
    else:
        click.echo(report.text(record))
    if paths and not as_json:
        click.echo("\n  written       " + "  ".join(str(path) for path in paths))
    sys.exit(INTERRUPTED if record.stopped == "interrupted" else 0 if record.passed else 1)
