"""What a run or a check says to GitHub, when it runs there: annotations, and the summary of the step.

Annotations go to standard error, so that ``--json`` stays what it is. GitHub shows ten of a kind for a step: the rest
is summed up in the tenth.
"""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from gradcheck.records import Result, Run, Verdict

MOST = 10
"""How many annotations of a kind GitHub shows for one step."""
LONGEST = 900_000
"""How many bytes of a summary are written; GitHub drops one of more than a mebibyte."""


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
    """Say what is wrong, which mistakes give that, and what mends it."""
    said: list[str] = []
    for finding in result.findings:
        known = [f"{diagnosis.mistake}: {diagnosis.says}" for diagnosis in finding.diagnoses]
        said += [finding.says, *known, *([f"Try: {finding.place.right}"] if finding.place else [])]
    said = said or list(result.notes)
    return "\n".join([f"{result.verdict.upper()}: {''.join(said[:1])}", *said[1:]])


def _place(result: Result) -> str:
    """Return the place of a result as an annotation wants it: the guilty line, or else where the gradient begins."""
    guilty = next((finding.place for finding in result.findings if finding.place), None)
    if guilty:
        return place(guilty.file, guilty.line)
    found = re.search(r"   (\S.*):(\d+)$", result.subject)
    return place(found[1], int(found[2])) if found else ""


def annotations(ill: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Yield the lines that annotate, in one group: for each a title, what it says, and where."""
    if not ill:
        return
    shown = list(ill) if len(ill) <= MOST else [*ill[: MOST - 1], ("gradcheck", f"and {len(ill) - MOST + 1} more", "")]
    yield "::group::gradcheck"
    yield from (f"::error {place}title={_escaped(title, True)}::{_escaped(says)}" for title, says, place in shown)
    yield "::endgroup::"


def place(file: str, line: int) -> str:
    """Return a place as an annotation wants it."""
    return f"file={_escaped(file, True)},line={line},"


def _annotate(ill: Sequence[tuple[str, str, str]]) -> None:
    for line in annotations(ill):
        click.echo(line, err=True)


def _escaped(text: str, value: bool = False) -> str:
    """Escape what would end an annotation, or a value in its head."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if value else text


def _summarise(text: str) -> None:
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{_cut(text)}\n")


def _cut(text: str) -> str:
    """Return no more of a text than GitHub takes: what is longer is not shown at all."""
    whole = text.encode()
    return text if len(whole) <= LONGEST else whole[:LONGEST].decode(errors="ignore") + "\n\n...\n"
