"""Which inputs are meant: the cheapest forms with which everything runs.

The forward pass is run with one choice of forms after another, the likeliest first. The first choice under which
gradients of the right shapes come back as well is taken, unless the forward pass already ran under a likelier one:
then it is the backward pass that is wrong there, and that is what has to be judged.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, NoReturn

import numpy as np

from gradcheck.discover.choices import choices, free_of, tamer
from gradcheck.discover.docstrings import described
from gradcheck.discover.fitting import STARTS, fitting
from gradcheck.discover.forms import Form
from gradcheck.discover.layout import Layout
from gradcheck.discover.makings import laid_flat
from gradcheck.discover.names import is_target
from gradcheck.discover.subject import Argument, Subject, Trial
from gradcheck.discover.unrolled import unrolled
from gradcheck.discover.unsummed import unsummed
from gradcheck.errors import GradcheckError

CLOSE = 1
"""A choice that fits everything is taken before one that only runs forward if it costs no more than this above it."""
FAR = 5
"""If it is made for more samples or more axes than that one, it may cost so much more."""
MANY = 400
"""Among so many are the likeliest with other numbers of axes."""
OTHERS = 3
"""So many other layouts are looked at if what is judged is wrong at the likeliest."""


INDICES = re.compile(r"used as indices|only integers, slices|list indices must be integers")
"""What is raised where something was looked up at numbers that are no places."""


def find(subject: Subject, given: Mapping[str, Form], seed: int) -> tuple[Layout, Trial, str]:
    """Return the layout that is meant, its first trial, and what has to be said about that choice.

    Raises GradcheckError, with what the most likely one ran into, if none runs.
    """
    runs: list[tuple[int, Layout, Trial]] = []
    first = missing = ""
    loss = any(is_target(own.name) for own in subject.arguments)
    near = CLOSE + loss  # a loss says less about its arguments
    for cost, layout in choices(subject.arguments, given):
        if runs and cost > runs[0][0] + (FAR if runs[0][1].arrays else near):
            break
        if runs and cost > runs[0][0] + near and not (_open(runs[0][2], loss) or layout.richer(runs[0][1])):
            continue
        try:
            layout = unrolled(subject, layout, seed)
            trial = subject.open(layout.draw(0, seed))
        except Exception as error:  # somebody else's code, called with what it was not made for
            says = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            first, missing = first or says, missing or (says if isinstance(error, NameError) else "")
            if "not finite" in says and not runs and (tame := _tamed(subject, layout, given, seed)):
                return *tame, ""
            continue
        if trial.fits and (not trial.judged or subject.expects(trial.judged)):
            return layout, trial, f"{_beside(runs[0][1], seed)}" if runs else ""
        if not runs and not layout.plain and unsummed(subject, trial):
            return layout, trial, ""
        if not layout.plain and not missing:  # what needs something that is not there is likelier
            runs.append((cost, layout, trial))
    if missing and not runs:
        _give_up(subject, first, missing)
    doubtful = [(own, trial) for _, own, trial in runs if trial.fits]
    for layout, trial in doubtful or _adapted(subject, given, [own for _, own, _ in runs], seed):
        return layout, trial, _beside(runs[0][1], seed) if runs and layout is not runs[0][1] else ""
    if runs:
        return runs[0][1], runs[0][2], ""
    return _looked_up(subject, given, first, seed) or _give_up(subject, first, missing)


def _open(first: Trial, loss: bool) -> bool:
    """Say whether it is still open which inputs are meant: at the likeliest no gradients came back, or unlikely."""
    return first.refused or (loss and first.raised) or first.fits


def _tamed(subject: Subject, layout: Layout, given: Mapping[str, Form], seed: int) -> tuple[Layout, Trial] | None:
    """Return a layout whose value is not finite with symmetric matrices, or positive numbers, if it fits so."""
    for other in tamer(layout, given):
        with suppress(Exception):  # somebody else's code, called with what it was not made for
            trial = subject.open(other.draw(0, seed))
            if trial.fits:
                return other, trial
    return None


def _adapted(
    subject: Subject, given: Mapping[str, Form], runs: list[Layout], seed: int
) -> Iterator[tuple[Layout, Trial]]:
    """Yield layouts that are meant where none of the usual ones fits: numbers as vectors, and mended ones."""
    some = [*runs[:OTHERS], *(own for own in runs[OTHERS:] if all(own.richer(other) for other in runs[:OTHERS]))]
    for layout in (longer for own in some[: 2 * OTHERS] for longer in _lengthened(own)):
        with suppress(Exception):  # somebody else's code, called with what it was not made for
            trial = subject.open(layout.draw(0, seed))
            if trial.fits:
                yield layout, trial
    for layout, trial in mended(subject, given, {}, seed):
        if not runs or (trial.fits and not layout.square and not poorer(subject.arguments, layout, runs[0])):
            yield layout, trial


def poorer(arguments: Sequence[Argument], layout: Layout, than: Layout) -> bool:
    """Say whether an argument has fewer axes than in another layout, where it has as many as is said of it."""
    said = [own.name for own in arguments if described(own) or laid_flat(own)]
    return any(len(layout.chosen[name].axes) < len(than.chosen[name].axes) for name in said)


def _looked_up(subject: Subject, given: Mapping[str, Form], first: str, seed: int) -> tuple[Layout, Trial, str] | None:
    """Find a layout with an argument as places at which something is looked up, if what was raised says that."""
    if INDICES.search(first) and all(form.kind != "index" for form in given.values()):
        for told in _as_index(subject.arguments, given):
            with suppress(GradcheckError):
                return find(subject, told, seed)
    return None


def _give_up(subject: Subject, first: str, missing: str) -> NoReturn:
    """Raise GradcheckError, with what the likeliest layout raised, or with what the code lacks."""
    if missing:
        raise GradcheckError(f"{subject.name} cannot be judged, for something that it uses is not there: {missing}.")
    takes = ", ".join(own.name for own in subject.arguments)
    raise GradcheckError(
        f"No inputs were found for {subject.name}({takes}); the likeliest raised {first.rstrip('.')}. Say what "
        f"they are: --inputs '{' '.join(f'{own.name}=3x4' for own in subject.arguments[:3])}'."
    )


def mended(
    subject: Subject, given: Mapping[str, Form], told: Mapping[str, Form], seed: int
) -> list[tuple[Layout, Trial]]:
    """Return the likeliest layouts with their axes as long as what they raise says, the best first."""
    likely = [layout for _, layout in islice(choices(subject.arguments, {**told, **given}), MANY) if not layout.plain]
    ranks = {tuple(len(form.axes) for form in layout.chosen.values()): layout for layout in reversed(likely)}
    others = sorted(ranks.values(), key=likely.index)[: 2 * STARTS]
    return fitting(
        subject, [*likely[:STARTS], *(own for own in others if own not in likely[:STARTS])], {*told, *given}, seed
    )


def _as_index(arguments: tuple[Argument, ...], given: Mapping[str, Form]) -> Iterator[dict[str, Form]]:
    """Yield what is given with one argument more as places at which something is looked up."""
    for name in free_of(arguments, given):
        if not is_target(name):
            yield from ({**given, name: Form("index", axes)} for axes in (("N",), ("N", "T")))


def _lengthened(layout: Layout) -> Iterator[Layout]:
    """Yield a layout with its numbers, a bias perhaps, as vectors as long as one axis of its arrays after the other.

    At first those that may be arrays as well, and then each that is usually a number with them.
    """
    short = {name: form.kind for name, form in layout.chosen.items() if form.axes in ((), (1,))}
    real = [name for name, kind in short.items() if kind == "real"]
    for names in (real, *([*real, name] for name, kind in short.items() if kind == "number")):
        for axis in dict.fromkeys(axis for form in layout.arrays for axis in reversed(form.axes) if names):
            yield Layout({**layout.chosen, **{name: Form("real", (axis,)) for name in names}})


def richer(subject: Subject, given: Mapping[str, Form], than: Layout, seed: int) -> Iterator[Layout]:
    """Yield the likeliest layouts of more samples, or axes, than another, for which everything fits.

    What is judged there is judged in them as well: a gradient whose shape suits another argument is no better for it.
    """
    judged = set(subject.open(than.draw(0, seed)).judged)
    said = {own.name: Form("said") for own in subject.arguments if described(own)} | dict(given)
    told = {name: form for name, form in than.chosen.items() if name in said or form.kind == "object"}
    yield from _rich(subject, {**told, **given}, than, judged, seed)
    for layout, trial in mended(subject, given, told, seed)[:1]:
        if trial.fits and layout.richer(than, square=True) and judged <= set(trial.judged):
            yield layout


def _rich(
    subject: Subject, told: Mapping[str, Form], than: Layout, judged: Collection[str], seed: int
) -> Iterator[Layout]:
    left, least = OTHERS, None
    for cost, layout in choices(subject.arguments, told):
        if left == 0 or (least is not None and cost > least + FAR):
            return
        if layout.plain or not layout.richer(than):
            continue
        with suppress(Exception):  # somebody else's code, called with what it was not made for
            layout = unrolled(subject, layout, seed)
            trial = subject.open(layout.draw(0, seed))
            if trial.fits and set(judged) <= set(trial.judged):
                least = cost if least is None else least
                left -= 1
                yield layout


def _beside(layout: Layout, seed: int) -> str:
    said = ", ".join(f"{name} {shape(value)}" for name, value in layout.draw(0, seed).items())
    return f"the forward pass runs at {said} as well, but no gradients of these shapes come back; that was not judged"


def shape(value: Any) -> str:
    """Write the shape of an array, or a setting."""
    if isinstance(value, dict) and any(isinstance(own, np.ndarray | dict) for own in value.values()):
        return "{" + ", ".join(f"{key} {shape(own)}" for key, own in value.items()) + "}"
    if isinstance(value, list) and not all(isinstance(own, int | float | str) for own in value):
        return "[" + ", ".join(map(shape, value)) + "]"
    if isinstance(value, tuple) and any(isinstance(own, np.ndarray) for own in value):
        return "(" + ", ".join(map(shape, value)) + ")"
    if not isinstance(value, np.ndarray):
        return "scalar" if isinstance(value, float) else _called(value)
    return ("int " if value.dtype.kind in "iu" else "") + "x".join(map(str, value.shape))


def _called(value: Any) -> str:
    """Name a function, or an object that says nothing of itself, without the place where it lies."""
    said = str(getattr(value, "__name__", "")) or repr(value)
    return type(value).__name__ if " object at 0x" in said else said
