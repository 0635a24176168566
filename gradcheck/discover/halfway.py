"""A function that returns its value beside its gradients, and raises once the value is there: the rest is wrong.

Of a function that is right no more may be known than that its inputs are others. So it is judged where it raises only
if the inputs are given, or if all that is found otherwise is wrong as well, and less likely.
"""

from collections.abc import Mapping
from contextlib import suppress
from itertools import islice

from gradcheck.discover import layouts, otherwise
from gradcheck.discover.choices import choices, free_of
from gradcheck.discover.forms import Form
from gradcheck.discover.layout import Layout
from gradcheck.discover.remarks import shapes
from gradcheck.discover.subject import Subject, Trial
from gradcheck.errors import GradcheckError

LOOKS = 100
"""So many of the likeliest layouts are tried."""
Found = tuple[Subject, Layout, Trial, str]
"""A subject, the layout that is meant, its first trial, and what has to be said about that."""


def find(subject: Subject, given: Mapping[str, Form], seed: int) -> Found:
    """Return what ``layouts.find`` finds, or where it gets no further than to its value; raises as that does."""
    try:
        layout, trial, remark = layouts.find(subject, given, seed)
    except GradcheckError as error:
        half = _first(subject, given, seed)
        if half and not free_of(subject.arguments, given):
            return half
        raise GradcheckError(f"{error}{_told(half, seed)}") from error
    half = None if trial.fits else _first(subject, given, seed, layout)
    return half or (subject, *_varied(subject, layout, trial, seed), remark)


def _varied(subject: Subject, layout: Layout, trial: Trial, seed: int) -> tuple[Layout, Trial]:
    """Return a layout with real numbers for what is differentiated, if that runs."""
    varied = otherwise.as_variable(layout, trial.judged)
    with suppress(Exception):  # somebody else's code, called with what it was not made for
        again = subject.open(varied.draw(0, seed)) if varied != layout else trial
        return (varied, again) if again.fits >= trial.fits else (layout, trial)
    return layout, trial


def _first(subject: Subject, given: Mapping[str, Form], seed: int, before: Layout | None = None) -> Found | None:
    """Return the likeliest layout, likelier than another, at which the value is there before something raises."""
    partly = subject.halfway
    for _, layout in islice(choices(subject.arguments, given), LOOKS if partly else 0):
        if layout == before or partly is None:
            return None
        try:
            trial = partly.open(layout.draw(0, seed))
        except Exception:  # noqa: S112 - somebody else's code, called with what it was not made for
            continue
        if trial.raised and not layout.plain:
            return partly, layout, trial, ""
    return None


def _told(half: Found | None, seed: int) -> str:
    """Say where it got halfway."""
    if half is None:
        return ""
    _, layout, trial, _ = half
    result = trial.judge(seed)
    raised = next((finding.says for finding in result.findings if finding.clause == "raises"), "")
    return f" At {shapes(layout.draw(0, seed))} it comes as far as to its value. {raised}" if raised else ""
