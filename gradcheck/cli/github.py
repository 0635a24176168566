"""What a run or a check says to GitHub, when it runs there: annotations, and the summary of the step.

Annotations go to standard error, so that ``--json`` stays what it is. GitHub shows ten of a kind for a step: the rest
is summed up in the tenth.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import click

from gradcheck.records import Result, Run, Verdict

MOST = 10
"""How many annotations of a kind GitHub shows for one step."""


def tell_run(run: Run) -> None:
    """Annotate every finding of a run, and write the report into the summary of the step."""
    if not os.environ.get("GITHUB_ACTIONS"):
        return
    from gradcheck.report import markdown, words

    findings = [(words.title(own), f"{own.says} {example.result.reproduce}", "")
                for example in run.counterexamples for own in example.result.findings[:1]]  # fmt: skip
    _annotate(findings)
    _summarise(markdown(run))


def tell_results(results: Sequence[Result]) -> None:
    """Annotate every result that is not green, at its line, and write all of them into the summary of the step."""
    if not os.environ.get("GITHUB_ACTIONS"):
        return
    ill = [result for result in results if result.verdict is not Verdict.AGREES]
    _annotate([(result.subject.split()[0], _says(result), _place(result)) for result in ill])
    rows = [f"| `{result.subject.split()[0]}` | {result.verdict.upper()} |" for result in results]
    pages = [f"```text\n{result}\n```" for result in ill]
    _summarise("\n".join(["| gradient | verdict |", "| --- | --- |", *rows, "", *pages]))


def _says(result: Result) -> str:
    said = [finding.says for finding in result.findings] or list(result.notes)
    return f"{result.verdict.upper()}: {' '.join(said)}"


def _place(result: Result) -> str:
    """Return the place of a result as an annotation wants it, if it has one."""
    found = re.search(r"   (\S.*):(\d+)$", result.subject)
    return f"file={_escaped(found[1], True)},line={found[2]}," if found else ""


def _annotate(ill: Sequence[tuple[str, str, str]]) -> None:
    """Print annotations: a title, what it says, and where."""
    if not ill:
        return
    shown = list(ill) if len(ill) <= MOST else [*ill[: MOST - 1], ("gradcheck", f"and {len(ill) - MOST + 1} more", "")]
    click.echo("::group::gradcheck", err=True)
    for title, says, place in shown:
        click.echo(f"::error {place}title={_escaped(title, True)}::{_escaped(says)}", err=True)
    click.echo("::endgroup::", err=True)


def _escaped(text: str, value: bool = False) -> str:
    """Escape what would end an annotation, or a value in its head."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if value else text


def _summarise(text: str) -> None:
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
