"""Which inputs are meant: the cheapest forms with which everything runs.

The forward pass is run with one choice of forms after another, the likeliest first. The first choice under which
gradients of the right shapes come back as well is taken, unless the forward pass already ran under a likelier one:
then it is the backward pass that is wrong there, and that is what has to be judged.
"""

import inspect
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from gradcheck.discover.conventions import forms
from gradcheck.discover.docstrings import described
from gradcheck.discover.forms import Form
from gradcheck.discover.layout import Layout
from gradcheck.discover.names import is_target
from gradcheck.discover.subject import Argument, Subject, Trial
from gradcheck.discover.unrolled import unrolled
from gradcheck.errors import GradcheckError

TRIALS = 2000
"""So many choices are tried before it is said that none runs."""
CLOSE = 1
"""A choice that fits everything is taken before one that only runs forward if it costs no more than this above it."""
FAR = 5
"""If it is made for more samples or more axes than that one, it may cost so much more."""
OTHERS = 3
"""So many other layouts are looked at if what is judged is wrong at the likeliest."""


PLAIN = 2
"""What it costs that all arguments are matrices alike."""
ATTENTION = frozenset("qk")
"""Queries and keys are matrices."""
TRIPLET = frozenset("apn")
"""An anchor, what is like it and what is not: matrices alike."""
ALIKE = frozenset("xyzuvrstabcqk") | {"mu", "sigma", "logvar", "log_var", "log_sigma", "log_std"}
"""Arguments with such names and no others are taken for numbers alike, or vectors alike, first."""

INDICES = re.compile(r"used as indices|only integers, slices|list indices must be integers")
"""What is raised where something was looked up at numbers that are no places."""
TOGETHER = re.compile(r"@|dot\(|matmul|einsum|axis|sum\(|mean\(|\.T\b|shape|len\(|\[|\bfor\b|conv|target|label")
"""What the source has in it if it does more than one thing to each entry by itself."""
CLASSES = re.compile(r"argmax|arange\(|one_?hot|softmax|cross_?entropy", re.IGNORECASE)
"""What the source has in it where a target tells classes, and is not like what it is compared with."""


def find(subject: Subject, given: Mapping[str, Form], seed: int) -> tuple[Layout, Trial, str]:
    """Return the layout that is meant, its first trial, and what has to be said about that choice.

    Raises GradcheckError, with what the most likely one ran into, if none runs.
    """
    runs: list[tuple[int, Layout, Trial]] = []
    first = missing = ""
    loss = any(is_target(own.name) for own in subject.arguments)
    near = CLOSE + loss  # a loss says less about its arguments
    for cost, layout in _choices(subject.arguments, given):
        if runs and cost > runs[0][0] + (FAR if runs[0][1].arrays else near):
            break
        if runs and cost > runs[0][0] + near and not ((loss and runs[0][2].raised) or layout.richer(runs[0][1])):
            continue
        try:
            layout = unrolled(subject, layout, seed)
            trial = subject.open(layout.draw(0, seed))
        except Exception as error:  # somebody else's code, called with what it was not made for
            says = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            first, missing = first or says, missing or (says if isinstance(error, NameError) else "")
            continue
        if trial.fits:
            return layout, trial, f"{_beside(runs[0][1], seed)}" if runs else ""
        if not layout.plain:
            runs.append((cost, layout, trial))
    for layout in (longer for _, own, _ in runs[:OTHERS] for longer in _lengthened(own)):
        with suppress(Exception):  # somebody else's code, called with what it was not made for
            trial = subject.open(layout.draw(0, seed))
            if trial.fits:
                return layout, trial, _beside(runs[0][1], seed)
    if runs:
        return runs[0][1], runs[0][2], ""
    if INDICES.search(first) and all(form.kind != "index" for form in given.values()):
        for told in _as_index(subject.arguments, given):
            with suppress(GradcheckError):
                return find(subject, told, seed)
    if missing:
        raise GradcheckError(f"{subject.name} cannot be judged, for something that it uses is not there: {missing}.")
    takes = ", ".join(own.name for own in subject.arguments)
    raise GradcheckError(
        f"No inputs were found for {subject.name}({takes}); the likeliest raised {first.rstrip('.')}. Say what "
        f"they are: --inputs '{' '.join(f'{own.name}=3x4' for own in subject.arguments[:3])}'."
    )


def _as_index(arguments: tuple[Argument, ...], given: Mapping[str, Form]) -> Iterator[dict[str, Form]]:
    """Yield what is given with one argument more as places at which something is looked up."""
    for name in _free(arguments, given):
        if not is_target(name):
            yield from ({**given, name: Form("index", axes)} for axes in (("N",), ("N", "T")))


def _free(arguments: tuple[Argument, ...], given: Mapping[str, Form]) -> list[str]:
    """Name the arguments of which nothing is known: no constructor's, none with a default, and none that is given."""
    asked = [own for own in arguments if not own.constructor and own.default is inspect.Parameter.empty]
    return [own.name for own in asked if own.name not in given]


def _lengthened(layout: Layout) -> Iterator[Layout]:
    """Yield a layout with its numbers, a bias perhaps, as vectors as long as one axis of its arrays after the other."""
    numbers = [name for name, form in layout.chosen.items() if form.kind == "real" and form.axes in ((), (1,))]
    for axis in dict.fromkeys(axis for form in layout.arrays for axis in reversed(form.axes) if numbers):
        yield Layout({**layout.chosen, **{name: Form("real", (axis,)) for name in numbers}})


def richer(subject: Subject, given: Mapping[str, Form], than: Layout, seed: int) -> Iterator[Layout]:
    """Yield the likeliest layouts of more samples, or axes, than another, for which everything fits.

    What is judged there is judged in them as well: a gradient whose shape suits another argument is no better for it.
    """
    left, least = OTHERS, None
    judged = set(subject.open(than.draw(0, seed)).judged)
    said = {own.name: Form("said") for own in subject.arguments if described(own)} | dict(given)
    told = {name: form for name, form in than.chosen.items() if name in said or form.kind == "object"}
    for cost, layout in _choices(subject.arguments, {**told, **given}):
        if left == 0 or (least is not None and cost > least + FAR):
            return
        if layout.plain or not layout.richer(than):
            continue
        with suppress(Exception):  # somebody else's code, called with what it was not made for
            layout = unrolled(subject, layout, seed)
            trial = subject.open(layout.draw(0, seed))
            if trial.fits and judged <= set(trial.judged):
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


def _choices(arguments: tuple[Argument, ...], given: Mapping[str, Form]) -> Iterator[tuple[int, Layout]]:
    """Yield choices of forms by rising cost; where all are tried, the same again with positive numbers."""
    options = {own.name: [_told(own, given[own.name])] if own.name in given else forms(own) for own in arguments}
    if len(options) == 1:  # nothing beside it says whether it is one sample or a batch
        options = {name: [_nearer(form) for form in own] for name, own in options.items()}
    free, said = _free(arguments, given), {own.name for own in arguments if described(own) and is_target(own.name)}
    told = any(
        described(own) or (is_target(own.name) and CLASSES.search(own.source)) for own in arguments if own.name in free
    )
    rest = {name: own[0] for name, own in options.items() if name not in free}
    entry_by_entry = not any(TOGETHER.search(own.source) or own.constructor for own in arguments)
    if len(free) > 1 and (ALIKE.issuperset(free) or entry_by_entry) and not told:
        kinds = ("real", "unit") if entry_by_entry else ("real",)
        for alike in (own for kind in kinds for own in _alike(free, kind)):
            yield 0, Layout({name: alike.get(name) or rest[name] for name in options})
    if TRIPLET.issubset(free):
        yield (
            0,
            Layout({name: Form("real", ("N", "D")) if name in TRIPLET else own[0] for name, own in options.items()}),
        )
    yield from _by_cost(options, 0, said)
    even = {name: [_symmetric(form) if name not in given else form for form in own] for name, own in options.items()}
    if even != options:
        yield from _by_cost(even, 500, said)
    narrow = {name: _of_one_width(own) if name not in given else own for name, own in options.items()}
    yield from _by_cost(narrow, 700, said)
    signless = {name: [_positive(form) if name not in given else form for form in own] for name, own in options.items()}
    if signless != options:
        yield from _by_cost(signless, 1000, said)


def _alike(free: list[str], kind: str) -> Iterator[dict[str, Form]]:
    """Yield forms of arguments that are vectors alike; the first, or the last, of them numbers; or all numbers."""
    if ATTENTION & set(free):
        yield {name: Form(kind, ("N", "D")) for name in free}
    yield {name: Form(kind, ("D",)) for name in free}
    for many in range(1, len(free)):
        for numbers in (free[:many], free[-many:]):
            yield {name: Form(kind, () if name in numbers else ("D",)) for name in free}
    yield {name: Form(kind) for name in free}


def _told(argument: Argument, given: Form) -> Form:
    """Return a form as it is given; if that is only a shape, the docstring may say that one-hot rows are meant."""
    one_hot = (
        given.kind == "real" and given.axes and any(own.kind == "one-hot" and own.cost == 0 for own in forms(argument))
    )
    return replace(given, kind="one-hot") if one_hot and is_target(argument.name) else given


def _nearer(form: Form) -> Form:
    """Let a vector be nearly as likely as a matrix."""
    return replace(form, cost=min(form.cost, 1)) if len(form.axes) == 1 else form


def _symmetric(form: Form) -> Form:
    square = form.kind == "real" and len(form.axes) == 2 and form.axes[0] == form.axes[1]
    return replace(form, kind="symmetric") if square else form


def _of_one_width(own: list[Form]) -> list[Form]:
    """Return forms with all layers as wide as the samples: what is added to a layer's input has to be."""
    if any(form.kind == "object" for form in own):
        return [replace(form, value=form.value.of_one_width()) if form.kind == "object" else form for form in own]
    same = [replace(form, axes=tuple("D" if axis in ("H", "M") else axis for axis in form.axes)) for form in own]
    return list({(form.kind, form.axes): form for form in reversed(same)}.values())[::-1]


def _positive(form: Form) -> Form:
    return Form("positive", form.axes, form.cost) if form.kind == "real" else form


def _by_cost(options: Mapping[str, list[Form]], above: int, said: Collection[str]) -> Iterator[tuple[int, Layout]]:
    """Yield choices by rising cost, and at last that all arguments are single numbers."""
    largest = sum(max(form.cost for form in own) for own in options.values()) if options else 0
    yield from islice(_rising(options, above, largest, said), TRIALS)
    yield above + largest, Layout({name: _scalar(own) for name, own in options.items()}, plain=True)


def _rising(
    options: Mapping[str, list[Form]], above: int, largest: int, said: Collection[str]
) -> Iterator[tuple[int, Layout]]:
    for cost in range(largest + 1):
        if cost == 1 and len(options) > 1:
            for width, labels in (("M", False), ("M", True), (1, False), (1, True)):
                columns = {name: _in_columns(own, width, labels) for name, own in options.items() if name not in said}
                columns = {name: columns.get(name) or own[0] for name, own in options.items()}
                yield above + cost, Layout(columns, plain=True)
        if cost == PLAIN and len(options) > 1:
            plain = {name: own[0] if name in said else _plain(own) for name, own in options.items()}
            yield above + cost, Layout(plain, plain=True)
        for chosen in _costing(list(options.items()), cost):
            yield above + cost, Layout(dict(chosen))


def _scalar(own: list[Form]) -> Form:
    """Return the form of an argument where all are single numbers, as ``math.log`` takes them."""
    return next((replace(form, axes=()) for form in own if form.kind in ("real", "positive")), own[0])


def _plain(own: list[Form]) -> Form:
    """Return the form of an argument where all arrays are matrices alike."""
    return Form("real", ("N", "D")) if len(own) > 1 and own[0].kind == "real" else own[0]


def _in_columns(own: list[Form], width: str | int, labels: bool) -> Form:
    """Return the form of an argument where samples are columns and the last layer is so wide; targets may be labels."""
    if labels and (named := [form for form in own if form.kind == "labels" and form.axes == ("N",)]):
        return named[0]
    sized = [replace(form, axes=tuple(width if axis == "M" else axis for axis in form.axes)) for form in own]
    kinds: tuple[set[tuple[str | int, ...]], ...] = (
        {(rows, "N") for rows in ("D", "H", width)},
        {("H", "D"), (width, "H"), (width, "D")},
        {("H", 1), (width, 1)},
    )
    fits = [form for kind in kinds for form in sized if form.axes in kind]
    books = [form for form in own if form.kind == "book" and form.axes[-2:] == (width, 1)]
    return (fits or books or own)[0]


def _costing(options: list[tuple[str, list[Form]]], cost: int) -> Iterator[tuple[tuple[str, Form], ...]]:
    """Yield every choice that costs exactly so much."""
    if not options:
        if cost == 0:
            yield ()
        return
    (name, own), *rest = options
    for form in own:
        if form.cost <= cost:
            for chosen in _costing(rest, cost - form.cost):
                yield ((name, form), *chosen)
