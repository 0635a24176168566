"""A backward pass that raises because something did not go before it that goes before it where the file is used."""

import inspect
import re
from collections.abc import Sequence

from gradcheck.discover.source import source_of
from gradcheck.discover.subject import Subject
from gradcheck.records import Result

_EMPTY = re.compile(r"'?NoneType'?")
_HELD = re.compile(r"'(\w+)' object has no attribute '(\w+)'")
_NOT_GIVEN = re.compile(r"missing \d+ required (positional|keyword-only) argument")


def unprepared(subject: Subject, results: Sequence[Result]) -> str:
    """Return why a class was not judged if all that happens, everywhere, is that something was not there; else nothing.

    What no method of the class ever keeps is a slip of the pen, and stays one.
    """
    made_by = getattr(subject, "made_by", None)
    findings = [finding for result in results for finding in result.findings]
    if not inspect.isclass(made_by) or not findings or not all(result.findings for result in results):
        return ""
    if not all(finding.clause == "raises" and _lacks(finding.says, made_by) for finding in findings):
        return ""
    raised = findings[0].says.rstrip(".")[:200]
    return f"{subject.name} was not judged: {raised}, as where a method that is not called here goes before."


def _lacks(says: str, made_by: type) -> bool:
    """Say whether what was raised is that something is None, was not given, or is not there that its class keeps."""
    held = _HELD.search(says)
    keeps = "\n".join(source_of(one) for one in made_by.__mro__[:-1])
    return bool(
        _EMPTY.search(says)
        or _NOT_GIVEN.search(says)
        or (
            held
            and held[1] in {one.__name__ for one in made_by.__mro__}
            and re.search(rf"\bself\.{held[2]}\b[^=\n(]*=(?!=)", keeps)
        )
    )
