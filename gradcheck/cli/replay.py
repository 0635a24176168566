"""``gradcheck replay``: judge one case again, from its text."""

import sys

import click

from gradcheck.cli.status import STATUS


@click.command("replay")
@click.argument("case", nargs=-1, required=True)
@click.option("--plant", "planted", default="", metavar="MISTAKE", help="Put a known mistake into the reference.")
def command(case: tuple[str, ...], planted: str) -> None:
    r"""Judge one case again, from its text; the weights, draws and regime may be left out.

    \b
    gradcheck replay '2x1 affine:1 half-sum-of-squares weights=0' --plant mean-for-sum
    gradcheck replay two-two-two draws=8
    """
    from gradcheck import run as job

    result = job.judge(job.parse_case(" ".join(case)), planted)
    click.echo(str(result))
    sys.exit(STATUS[result.verdict])
