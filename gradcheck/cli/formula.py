"""``gradcheck formula``: is a formula that somebody derived right, and if not, what exactly is wrong?"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradcheck.cli.options import echo_record
from gradcheck.cli.status import BAD, UNSURE

if TYPE_CHECKING:
    from gradcheck.formula import Judgement


@click.command("formula")
@click.argument("text", default="")
@click.option("--problem", "posed", metavar="NAME|FILE", default="", help="What the formula is about; see --list.")
@click.option("--target", metavar="NAME", help="What the derivative is by, for a formula without a left side.")
@click.option(
    "--hint",
    type=click.IntRange(1, 5),
    help="Help by degrees: where, what kind, a question, an experiment, the repair.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the judgements as JSON.")
@click.option(
    "--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Write a page, with the graph drawn."
)
@click.option("--list", "listed", is_flag=True, help="List the built-in problems.")
def command(
    text: str, posed: str, target: str | None, hint: int | None, as_json: bool, page: Path | None, listed: bool
) -> None:
    """Judge a formula: LaTeX, Unicode, plain text or NumPy.

    TEXT is the formula, a file with formulas (a blank line between them), or - for standard input.

    \b
    gradcheck formula --problem two-two-two 'dL/dw1 = dh1/dw1 * do1/dh1 * dL/do1'
    gradcheck formula --problem mine.toml answers.txt
    """
    from gradcheck.formula import Problem, check_formula

    if listed:
        _list()
        return
    if not posed or not text:
        raise click.UsageError(
            "Say which problem and which formula: gradcheck formula --problem two-two-two 'dL/dw1 = ...'"
        )
    problem = Problem.load(posed)
    judgements = [check_formula(problem, formula, target) for formula in _formulas(text)]
    if page:
        from gradcheck.formula.web import html_file
        from gradcheck.report import files

        files.write(page, html_file(judgements))
    if as_json:
        shown = [json.loads(judgement.to_json()) for judgement in judgements]
        echo_record(json.dumps(shown if len(shown) != 1 else shown[0], ensure_ascii=False, indent=2))
    else:
        click.echo("\n\n".join(judgement.hint(hint) if hint else str(judgement) for judgement in judgements))
    sys.exit(_status(judgements))


def _list() -> None:
    """List the built-in problems with their titles."""
    from gradcheck.formula import Problem, built_in

    width = max(map(len, built_in()))
    for name in built_in():
        click.echo(f"{name:{width}}  {Problem.load(name).title}")


def _formulas(text: str) -> list[str]:
    """Return the formulas that a text, a file or standard input holds. Raises UsageError if there are none."""
    if text == "-":
        found = sys.stdin.read()
    elif len(text) < 256 and "\n" not in text and Path(text).is_file():
        try:
            found = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"{text} cannot be read: {error}") from error
    else:
        return [text]
    blocks = [block.strip("\n") for block in found.split("\n\n") if block.strip()]
    if not blocks:
        raise click.UsageError("There is no formula in it.")
    return blocks


def _status(judgements: "list[Judgement]") -> int:
    """Return the exit status: what is wrong comes before what cannot be read."""
    verdicts = {judgement.verdict for judgement in judgements}
    if verdicts & {"wrong", "correct-by-cancellation"}:
        return BAD
    return UNSURE if "unreadable" in verdicts else 0
