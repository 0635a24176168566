"""``gradcheck selftest``: plant every known mistake into the reference, and see what a check is worth."""

import sys

import click

from gradcheck.cli.progress import progress
from gradcheck.cli.status import INTERRUPTED


@click.command("selftest")
@click.option("--only", multiple=True, metavar="MISTAKE", help="This mistake; may be repeated.")
@click.option("--peers", is_flag=True, help="Ask torch, jax, autograd and scipy about the same wrong gradients.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Same seed, same cases, anywhere.")
@click.option("--json", "as_json", is_flag=True, help="Print the record instead of the matrix.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def command(only: tuple[str, ...], peers: bool, seed: int, as_json: bool, quiet: bool) -> None:
    """Plant every known mistake into the reference, and print the kill matrix.

    \b
    gradcheck selftest
    gradcheck selftest --only mean-for-sum --only wrong-sign
    gradcheck selftest --peers              minutes; needs pip install 'gradcheck[bench]'
    """
    from gradcheck import mistakes
    from gradcheck.report import selftest as report
    from gradcheck.selftest import Matrix
    from gradcheck.selftest.peers import available, compared

    for name in only:
        mistakes.find(name)
    if peers:
        available()
    with progress(quiet) as watch:
        record = Matrix(seed, compared if peers else None, watch).go(only)
    click.echo(report.encode(record).rstrip() if as_json else report.text(record))
    sys.exit(INTERRUPTED if record.stopped == "interrupted" else 0 if record.passed else 1)
