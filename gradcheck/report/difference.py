"""Two runs compared, as text."""

from collections.abc import Iterator

from gradcheck.records import Counterexample, Run
from gradcheck.report import words
from gradcheck.report.baseline import change


def difference(before: Run, after: Run) -> str:
    """Write what has changed from one run to another."""
    changed = change(before, after)
    lines = [
        f"{len(changed.new)} new, {len(changed.fixed)} fixed, {len(changed.known)} in both",
        *_listed("NEW", changed.new),
        *_listed("FIXED", changed.fixed),
        *_listed("STILL", changed.known),
        f"  before   {words.headline(before)}",
        f"  after    {words.headline(after)}",
        *_moved(before, after),
    ]
    return "\n".join(lines)


def _listed(what: str, examples: tuple[Counterexample, ...]) -> Iterator[str]:
    for example in examples:
        finding = example.result.findings[0]
        yield f"  {what:5}    {words.titled(finding)}   {example.case}"


def _moved(before: Run, after: Run) -> Iterator[str]:
    """Say how the closest call and the coverage have changed."""
    if before.closeness.closest and after.closeness.closest:
        calls = [words.per_cent(call.margin) for call in (before.closeness.closest, after.closeness.closest)]
        yield f"  closest  {calls[0]} of the allowed error before, {calls[1]} after"
    lost = sorted(set(before.coverage.kinds) - set(after.coverage.kinds))
    if lost:
        yield f"  warning: {', '.join(lost)} was visited before and is not any more"
