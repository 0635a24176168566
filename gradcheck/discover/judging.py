"""A subject is judged at several points: shapes of all different lengths, a batch of one, square ones, and a search.

One wrong point is enough, and the first is shown. What only raises at other shapes, without its backward pass having
had a say, is not made for them, and a note says so.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace

from gradcheck.discover import (
    clipping,
    elsewhere,
    guards,
    halfway,
    hints,
    layouts,
    one_entry,
    otherwise,
    raising,
    searching,
)
from gradcheck.discover.elsewhere import Points
from gradcheck.discover.forms import Form
from gradcheck.discover.layout import Layout
from gradcheck.discover.remarks import Seen, again, notes, shapes
from gradcheck.discover.single import SINGLE, InSingle, in_its_precision
from gradcheck.discover.subject import Subject, Trial
from gradcheck.discover.unprepared import unprepared
from gradcheck.errors import GradcheckError
from gradcheck.records import Result, Verdict
from gradcheck.repair import together
from gradcheck.stages.directions import shortly
from gradcheck.stages.testimony import undiagnosed

UNMEANT = "for which it was not written"
"""What is said of inputs at which something is wrong that is right at others."""
POINTS: Points = ((0, 0, 1.0), (0, 1, 2.0), (1, 0, 1.0), (1, 1, 0.3), (2, 0, 1.0))
"""Where a subject is judged: which lengths, which draw, how large the numbers."""


def judge(subject: Subject, given: Mapping[str, Form], path: str, seed: int = 0) -> Result:
    """Judge a subject at every point; return the result at the first wrong one, or at the closest call.

    Gradients that are cut off are judged as they are before that, if they are wrong as they are. Raises GradcheckError
    if no inputs can be found for it, or if its backward pass lacks what goes before it.
    """
    trial, result = _judge(subject, given, path, seed)
    if not result.verdict.wrong:
        return result
    module = getattr(subject, "module", None)
    uncut: AbstractContextManager[list[int]] = clipping.left_out(module) if module else nullcontext([])
    with together(), uncut as lines:
        if not lines:
            return raising.mended(subject, given, seed, _explained(subject, given, path, seed, trial, result))
        result = _explained(subject, given, path, seed, *_judge(subject, given, path, seed))
    at = f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}"
    said = f"gradients are cut off ({at}), and were judged as they are before that"
    return replace(result, notes=(*result.notes, said))


def _judge(subject: Subject, given: Mapping[str, Form], path: str, seed: int) -> tuple[Trial, Result]:
    """Judge a subject as it is now, and explain nothing; what is wrong may be so along directions alone."""
    with undiagnosed(), shortly():
        return _read(subject, given, path, seed)


def _explained(
    subject: Subject, given: Mapping[str, Form], path: str, seed: int, trial: Trial, result: Result
) -> Result:
    """Look once more at what is wrong, by every entry, and for what explains it: until then other inputs may be meant.

    What turns out to be right by every entry is judged so everywhere.
    """
    told = trial.judge(seed) if result.verdict.wrong else result
    if told.verdict is result.verdict:
        return replace(result, findings=told.findings, comparisons=told.comparisons)
    with undiagnosed():
        return _read(subject, given, path, seed)[1]


def _read(subject: Subject, given: Mapping[str, Form], path: str, seed: int) -> tuple[Trial, Result]:
    """Judge a subject as it is most likely to be meant, and in other ways if it is wrong so; return where, as well."""
    subject, layout, trial, remark = halfway.find(subject, given, seed)
    subject, remark = in_its_precision(subject, trial, remark)
    even, said = otherwise.symmetric(layout, subject.arguments, trial.judged)
    layout, seen = _targets(subject, even if said else layout, seed)
    if _wrong(seen) and (meant := _meant(subject, given, layout, seed, seen)):
        remark = remark if _wrong(meant[1]) else f"it is wrong at {shapes(layout.draw(0, seed))}, {UNMEANT}"
        layout, seen, trial = *meant, subject.open(meant[0].draw(0, seed))
    layout, seen, remark = _upright(subject, layout, seed, seen) or (layout, seen, remark)
    for single in otherwise.one_sample(layout) if subject.descends and _only_raises(seen) else ():
        beside = _points(subject, single, seed)
        if beside.results and not beside.elsewhere and not _only_raises(beside):
            remark = f"it is written for one sample, and its backward pass raises at {shapes(layout.draw(0, seed))}"
            layout, seen, trial = single, beside, subject.open(single.draw(0, seed))
            break
    layout, seen, remark = _without_penalty(subject, layout, seed, seen) or (layout, seen, remark)
    subject, seen, remark = _one_by_one(subject, layout, seed, seen) or (subject, seen, remark)
    if _wrong(seen) and not said:
        remark = _where_symmetric(subject, layout, even, seed) or remark
    if off := max(guards.slight(own, guards.RARE) for own in seen.results):
        seen, remark = _unguarded(subject, layout, seed, seen, off) or (seen, remark)
    if not _wrong(seen) and not off:
        look = elsewhere.Look(subject, layout, given, seed, _points)
        remark = look.all(seen, POINTS) or _searched(subject, layout, seed, seen) or look.wider() or remark
    shown, result = _conclusion(subject, seen)
    remarks = [
        f"inputs: {shapes(layout.draw(0, seed))}" if layout.chosen else "",
        hints.hint(subject, result),
        remark,
        trial.remark,
        SINGLE if isinstance(subject, InSingle) else "",
        *result.notes,
        *notes(trial, layout, seen),
    ]
    complete = replace(
        result,
        subject=f"{subject.name}   {path}:{subject.line}",
        notes=tuple(dict.fromkeys(note for note in remarks if note)),
        reproduce=again(subject, given, path, seed),
    )
    return shown, complete


def _points(
    subject: Subject, layout: Layout, seed: int, points: Points | None = None, *, hopeful: bool = False
) -> Seen:
    """Judge a subject at all points; at those up to the first wrong one, if only a layout that is right is of use."""
    seen = Seen()
    for point in POINTS if points is None else points:
        if hopeful and _wrong(seen):
            break
        _add(subject, layout, seed, point, seen)
    return seen


def _add(subject: Subject, layout: Layout, seed: int, point: tuple[int, int, float], seen: Seen) -> None:
    """Judge a subject at one more point, and add it to those seen."""
    which, draw, scale = point
    inputs = layout.draw(which, seed + draw, scale)
    try:
        trial = subject.open(inputs)
        with suppress(Exception):  # the numbers at the usual lengths may lie outside of its domain
            if which:  # where lengths are alike shapes do not tell whose a gradient is
                usual = layout.draw(0, seed)
                trial = trial.as_in(seen.at(shapes(usual)) or subject.open(usual))
    except Exception as error:  # not made for this shape, or these numbers
        seen.elsewhere.append(f"{shapes(inputs)}: {type(error).__name__}: {' '.join(str(error).split())[:100]}")
    else:
        seen.add(trial, trial.judge(seed), shapes(inputs))


def _searched(subject: Subject, layout: Layout, seed: int, seen: Seen) -> str:
    """Search for a point at which a subject is wrong, and add it to those seen; return what else is to be said."""
    found, remark = searching.search(subject, layout, seed)
    if found:
        seen.add(*found, "what a search found")
    return remark


def _where_symmetric(subject: Subject, layout: Layout, even: Layout, seed: int) -> str:
    """Say that a subject is right where matrices are symmetric, if it is."""
    changed = [name for name, form in layout.chosen.items() if even.chosen[name] != form]
    beside = _points(subject, even, seed, hopeful=True) if changed else Seen()
    right = beside.results and all(result.verdict is Verdict.AGREES for result in beside.results)
    return f"it is right where {' and '.join(changed)} is symmetric" if right else ""


def _targets(subject: Subject, layout: Layout, seed: int) -> tuple[Layout, Seen]:
    """Judge a subject; where what is compared may hold any number, as well as what is in 0..1, let it."""
    seen = _points(subject, layout, seed)
    if _wrong(seen):
        return layout, seen
    tried = [layout]
    for kinds in (("binary", "unit"), ("binary",)):
        real = Layout(
            {name: replace(form, kind="real") if form.kind in kinds else form for name, form in layout.chosen.items()}
        )
        if real in tried:
            continue
        tried.append(real)
        wider = _points(subject, real, seed)
        if (
            wider.results
            and not (wider.elsewhere and "unit" in kinds)
            and not (_wrong(wider) and otherwise.labelled(subject.arguments))
        ):
            return real, wider
    return layout, seen


def _unguarded(subject: Subject, layout: Layout, seed: int, seen: Seen, off: float) -> tuple[Seen, str] | None:
    """Judge without the small constants that only keep numbers finite; None if that does not make it right."""
    module = getattr(subject, "module", None)
    if module is None:
        return None
    with guards.left_out(module) as any_there:
        beside = _points(subject, layout, seed, hopeful=True) if any_there else Seen()
    if _wrong(beside) or len(beside.results) < len(seen.results):
        return None
    return beside, (
        f"right but for a small constant that keeps numbers finite: with it in the forward pass the gradient is off by "
        f"{off:.0e} of its size, without it by nothing"
    )


def _meant(
    subject: Subject, given: Mapping[str, Form], layout: Layout, seed: int, likeliest: Seen
) -> tuple[Layout, Seen] | None:
    """Return a layout of more samples, or more axes, at which a subject that is wrong at the likeliest is right.

    One that is wrong again at still more of them is right in between by chance: where numbers are repeated for every
    sample, a sum that is missing and a mean that is make up for each other. If none is right, one at which less of it
    is wrong is returned, if there is one: the likeliest, a number for an array perhaps, adds mistakes of its own.
    """
    wrong: list[tuple[Layout, Seen]] = []
    right: list[tuple[Layout, Seen]] = []
    for richer in layouts.richer(subject, given, layout, seed):
        other = otherwise.as_real(richer, layout)
        seen = _points(subject, other, seed, hopeful=True)
        if _wrong(seen):
            wrong.append((other, seen))
        elif len(seen.results) > 1 and all(own.verdict is Verdict.AGREES for own in seen.results) and seen.telling:
            right.append((other, seen))
    if meant := next((own for own in right if not any(other.above(own[0]) for other, _ in wrong)), None):
        return meant
    blamed = _blamed(likeliest)
    return next((own for own in wrong if _less_is_wrong(subject, *own, seed, blamed)), None)


def _less_is_wrong(subject: Subject, layout: Layout, seen: Seen, seed: int, than: set[str]) -> bool:
    """Say whether less of a subject is wrong; add the points that are left to those seen, until that is denied."""
    for point in POINTS[len(seen.results) + len(seen.elsewhere) :]:
        if not _blamed(seen) < than:
            return False
        _add(subject, layout, seed, point, seen)
    return _blamed(seen) < than


def _blamed(seen: Seen) -> set[str]:
    """Return what is wrong at some point."""
    return {finding.parameter for result in seen.results for finding in result.findings}


def _upright(subject: Subject, layout: Layout, seed: int, seen: Seen) -> tuple[Layout, Seen, str] | None:
    """Judge with columns, a row of places, or one number, for what is a vector; None if none of that makes it right."""
    for other, meant in otherwise.upright(layout) if _wrong(seen) else ():
        beside = _points(subject, other, seed, hopeful=True)
        if beside.results and not beside.elsewhere and not _wrong(beside) and beside.telling:
            return other, beside, f"it is written for {meant}, and wrong at {shapes(layout.draw(0, seed))}"
    return None


def _without_penalty(subject: Subject, layout: Layout, seed: int, seen: Seen) -> tuple[Layout, Seen, str] | None:
    """Judge without a penalty whose slope is added to whatever the cotangent is; None if that is not what is wrong."""
    free = otherwise.without_penalty(layout, subject.arguments) if _only_raises(seen, "linear") else None
    beside = _points(subject, free[0], seed) if free else seen
    return (free[0], beside, free[1]) if free and not _only_raises(beside, "linear") else None


def _one_by_one(subject: Subject, layout: Layout, seed: int, seen: Seen) -> tuple[Subject, Seen, str] | None:
    """Judge under cotangents with one entry that is not 0; None if that does not make it right."""
    alone = one_entry.one_by_one(subject, layout.draw(0, seed)) if _wrong(seen) else []
    found = [_points(own, layout, seed, hopeful=True) for own in alone]
    if not found or any(map(_wrong, found)) or any(own.elsewhere or not own.results for own in found):
        return None
    return alone[-1], found[-1], one_entry.REMARK


def _only_raises(seen: Seen, clause: str = "raises") -> bool:
    """Say whether all that is wrong is that something raises, or else violates one other clause."""
    wrong = [result for result in seen.results if result.verdict.wrong]
    return bool(wrong) and all(finding.clause == clause for result in wrong for finding in result.findings)


def _wrong(seen: Seen) -> bool:
    return any(result.verdict.wrong for result in seen.results)


def _conclusion(subject: Subject, seen: Seen) -> tuple[Trial, Result]:
    """Return the result that stands for all, and where: the first wrong one, else the closest call that is settled.

    Raises GradcheckError if all that is wrong is that something was not there.
    """
    if lacks := unprepared(subject, seen.results):
        raise GradcheckError(lacks)
    judged = list(zip(seen.trials, seen.results, strict=True))
    for verdict in (Verdict.BROKEN, Verdict.DIFFERS):
        for own in judged:
            if own[1].verdict is verdict:
                return own
    agreeing = [own for own in judged if own[1].verdict is Verdict.AGREES]
    return max(agreeing or judged, key=lambda own: (not own[1].notes, _margin(own[1])))


def _margin(result: Result) -> float:
    return max((one.margin for one in result.comparisons), default=0.0)
