"""The plain text views: the page of one result, and the summary of a run, for a terminal or a log."""

from collections.abc import Iterator

from gradcheck.records import Counterexample, Finding, Result, Run, Verdict
from gradcheck.records.place import Place
from gradcheck.report import words, worked


def printable(text: str) -> str:
    """Return text without the control characters that XML cannot hold."""
    return "".join(one for one in text if one.isprintable() or one in "\n\t")


def page(result: Result) -> str:
    """Write one result as a page that is read once, top to bottom."""
    lines = [f"{result.verdict.upper()}  {result.subject}"]
    for finding in result.findings:
        lines += ["", *_finding(finding)]
    if result.comparisons:
        lines += ["", *_comparisons(result)]
    lines += [f"  note: {note}" for note in result.notes]
    lines += ["", f"  reproduce  {result.reproduce}"] if result.reproduce else []
    return "\n".join(lines)


def summary(run: Run) -> str:
    """Write what a run concludes, how close it was, and what it covered."""
    lines = [f"{run.verdict.upper()}  {words.headline(run)}"]
    lines += [f"  warning: {warning}" for warning in words.warnings(run)]
    for example in run.counterexamples:
        lines += ["", *_counterexample(example)]
    lines.append("")
    if run.closeness.closest and run.verdict in (Verdict.AGREES, Verdict.UNDECIDED):
        closest = (
            f"{words.per_cent(run.closeness.closest.margin)} of the allowed error, {run.closeness.closest.parameter} in"
        )
        lines += [f"  closest call  {closest}", f"                gradcheck replay '{run.closeness.closest.case}'"]
    lines.append(f"  compared      {words.count(run.entries, 'derivative')}, each with both oracles")
    lines.append(f"  covered       {words.covered(run.coverage)}")
    lines.append(f"  again         {words.command(run)}")
    return "\n".join(lines)


def _counterexample(example: Counterexample) -> Iterator[str]:
    seen = f"seen in {words.count(example.cases, 'case')}, shrunk from {example.found_in!r}"
    yield f"  smallest   {example.case}"
    yield f"             {seen}, {words.count(example.tried, 'case')} tried"
    for name, numbers in example.numbers.items():
        yield f"             {name} = {numbers}"
    yield ""
    for finding in example.result.findings:
        yield from _finding(finding)
        yield ""
    if example.paper:
        yield "  on paper, with the plainest numbers that show the same"
        yield from (f"    {line}" for line in worked.lines(example.paper))
        yield ""
    yield f"  reproduce  {example.result.reproduce}"


def _finding(finding: Finding) -> Iterator[str]:
    yield f"  {words.titled(finding)}"
    yield f"    {finding.says}"
    if finding.entries:
        yield ""
        yield from (f"    {row}" for row in aligned(words.rows(finding)))
        yield f"    {words.count(finding.wrong_entries, 'entry', 'entries')} of it wrong"
    for diagnosis in finding.diagnoses:
        yield ""
        yield f"    {diagnosis.mistake}: {diagnosis.says}"
        if words.apart(finding, diagnosis):
            yield f"      wrong  {diagnosis.wrong}"
            yield f"      right  {diagnosis.right}"
        yield f"      ask    {diagnosis.question}"
    if finding.place:
        yield ""
        yield from (f"    {line}" for line in _place(finding.place))
    if len(finding.consequences) > 1:
        yield f"    wrong because of it: {', '.join(finding.consequences)}"


def _place(place: Place) -> Iterator[str]:
    """Show the guilty line, what in it is guilty, and the line that was tried instead."""
    yield f"line {place.line} of {place.file}, in {place.function}"
    yield f"  is     {place.wrong}"
    yield f"         {' ' * place.start}{'^' * (place.end - place.start)}"
    yield f"  try    {place.right}"
    yield f"         {words.tried(place)}"


def _comparisons(result: Result) -> Iterator[str]:
    def rows() -> Iterator[tuple[str, ...]]:
        yield "gradient", "entries", "error/allowed", "would have seen", "vote"
        for one in result.comparisons:
            yield one.parameter, str(one.entries), f"{one.margin:.3g}", words.sensitivity(one), one.vote

    yield from (f"  {row}" for row in aligned(rows()))


def aligned(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """Align columns: the first and the last to the left, the others to the right."""
    cells = list(rows)
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row in cells:
        middle = (cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True))
        yield "  ".join([row[0].ljust(widths[0]), *middle, row[-1]]).rstrip()
