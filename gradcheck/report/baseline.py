"""Two runs side by side: what is new, what is fixed, and what both have found.

Two findings are one if the same clause is violated, by the same kind of layer, for the same input of it: the smallest
case that shows it may be another each time.
"""

from dataclasses import dataclass

from gradcheck.records import Counterexample, Finding, Run

Key = tuple[str, str, str]
"""What makes two findings one: the clause, the kind of layer to blame, and the input of it that is wrong."""


def key(finding: Finding) -> Key:
    """Return what a finding is known by."""
    return finding.clause, finding.layer_kind, finding.role


@dataclass(frozen=True)
class Change:
    """What has changed from one run to another."""

    new: tuple[Counterexample, ...]
    """Found by the later run alone."""
    fixed: tuple[Counterexample, ...]
    """Found by the earlier run alone."""
    known: tuple[Counterexample, ...]
    """Found by both, as the later run shows it."""


def change(before: Run, after: Run) -> Change:
    """Compare a run with an earlier one."""
    old, now = _keys(before), _keys(after)
    return Change(
        new=tuple(own for own in after.counterexamples if not _known(own, old)),
        fixed=tuple(own for own in before.counterexamples if not _known(own, now)),
        known=tuple(own for own in after.counterexamples if _known(own, old)),
    )


def _keys(run: Run) -> set[Key]:
    return {key(finding) for example in run.counterexamples for finding in example.result.findings}


def _known(example: Counterexample, keys: set[Key]) -> bool:
    return all(key(finding) in keys for finding in example.result.findings)
