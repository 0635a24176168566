"""What raises on the way back says little about its inputs: the line that mends it is looked for with others as well.

Where gradients come back, their shapes tell which inputs are meant; where none do, the forward pass alone has chosen
them, and it may run with inputs that nobody means. Then no line mends anything there.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from gradcheck.discover.choices import choices
from gradcheck.discover.forms import Form
from gradcheck.discover.layout import Layout
from gradcheck.discover.layouts import FAR, poorer
from gradcheck.discover.remarks import shapes
from gradcheck.discover.subject import Subject, Trial
from gradcheck.records import Finding, Result
from gradcheck.stages.testimony import explanations_wanted

LAYOUTS = 6
"""At so many inputs a line is looked for."""
UNTOLD = frozenset({"raises", "shape"})
"""What is violated where no gradient has told which inputs are meant."""
FREE = frozenset({"real", "value", "index", "labels", "object"})
"""What may be any number, or is none that could be moved."""
Kinds = tuple[tuple[str, tuple[str | int, ...]], ...]
"""What is drawn for every argument."""


def mended(subject: Subject, given: Mapping[str, Form], seed: int, result: Result) -> Result:
    """Return a result with the line that mends what raises, if it is found with other inputs; else as it is."""
    told = explanations_wanted() and result.findings
    if not told or any(own.clause not in UNTOLD or own.place for own in told):
        return result
    for layout, trial in _running(subject, given, seed):
        inputs = shapes(layout.draw(0, seed))
        free = all(form.kind in FREE for form in layout.chosen.values())
        if free and f"inputs: {inputs}" in result.notes:
            continue
        findings = _found(trial, layout, seed)
        if findings and all(own.place for own in findings):
            return replace(result, findings=findings, notes=(*result.notes, f"the line was found at {inputs}"))
    return result


def _running(subject: Subject, given: Mapping[str, Form], seed: int) -> Iterator[tuple[Layout, Trial]]:
    """Yield the likeliest inputs with which the forward pass runs, none with fewer axes than is said."""
    seen, least, first = set[Kinds](), None, None
    for cost, layout in choices(subject.arguments, given):
        kinds: Kinds = tuple((form.kind, form.axes) for form in layout.chosen.values())
        if len(seen) == LAYOUTS or (least is not None and cost > least + FAR):
            return
        with suppress(Exception):  # somebody else's code, called with what it was not made for
            if kinds not in seen and not (first and poorer(subject.arguments, layout, first)):
                trial = subject.open(layout.draw(0, seed))
                seen.add(kinds)
                least, first = (cost, layout) if first is None else (least, first)
                yield layout, trial


def _found(trial: Trial, layout: Layout, seed: int) -> tuple[Finding, ...]:
    """Return what is found with some inputs; only what may be any number is moved."""
    trial.judged = trial.judged or tuple(name for name, form in layout.chosen.items() if form.kind == "real")
    with suppress(Exception):  # somebody else's code, called with what it was not made for
        return trial.judge(seed).findings
    return ()


__all__ = ["mended"]
