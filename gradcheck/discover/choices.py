"""Choices of what the arguments of a subject may be, the likeliest first, and the same again in other ways."""

import inspect
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from gradcheck.discover.conventions import forms
from gradcheck.discover.docstrings import described
from gradcheck.discover.forms import Form
from gradcheck.discover.held import leaves
from gradcheck.discover.layout import Layout
from gradcheck.discover.makings import crossed
from gradcheck.discover.names import is_target
from gradcheck.discover.subject import Argument

TRIALS = 2000
"""So many choices are tried before it is said that none runs."""
PLAIN = 2
"""What it costs that all arguments are matrices alike."""
ATTENTION = frozenset("qk")
"""Queries and keys are matrices."""
COUNTS = ("size", "value")
"""Kinds of what says how many there are, beside arguments that are alike."""
TRIPLET = frozenset("apn")
"""An anchor, what is like it and what is not: matrices alike."""
ALIKE = frozenset("xyzuvrstabcqk") | {"mu", "sigma", "logvar", "log_var", "log_sigma", "log_std"}
"""Arguments with such names and no others are taken for numbers alike, or vectors alike, first."""
TOGETHER = re.compile(r"@|dot\(|matmul|einsum|axis|sum\(|mean\(|\.T\b|shape|len\(|\[|\bfor\b|conv|target|label")
"""What the source has in it if it does more than one thing to each entry by itself."""
CLASSES = re.compile(r"argmax|arange\(|one_?hot|softmax|cross_?entropy", re.IGNORECASE)
"""What the source has in it where a target tells classes, and is not like what it is compared with."""


def free_of(arguments: tuple[Argument, ...], given: Mapping[str, Form]) -> list[str]:
    """Name the arguments of which nothing is known: no constructor's, none with a default, and none that is given."""
    asked = [own for own in arguments if not own.constructor and own.default is inspect.Parameter.empty]
    return [own.name for own in asked if own.name not in given]


def choices(arguments: tuple[Argument, ...], given: Mapping[str, Form]) -> Iterator[tuple[int, Layout]]:
    """Yield choices of forms by rising cost; where all are tried, the same again with positive numbers."""
    options = {own.name: [_told(own, given[own.name])] if own.name in given else forms(own) for own in arguments}
    if len(options) == 1:  # nothing beside it says whether it is one sample or a batch
        options = {name: [_nearer(form) for form in own] for name, own in options.items()}
    free, said = free_of(arguments, given), {own.name for own in arguments if described(own) and is_target(own.name)}
    told = any(
        described(own) or (is_target(own.name) and CLASSES.search(own.source)) for own in arguments if own.name in free
    )
    free = [name for name in free if options[name][0].kind not in COUNTS]
    rest = {name: own[0] for name, own in options.items() if name not in free}
    entry_by_entry = not any(TOGETHER.search(own.source) or own.constructor for own in arguments)
    if len(free) > 1 and (ALIKE.issuperset(free) or entry_by_entry) and not told:
        kinds = ("real", "unit") if entry_by_entry else ("real",)
        for alike in (own for kind in kinds for own in _alike(free, kind)):
            yield 0, Layout({name: alike.get(name) or rest[name] for name in options})
    if not told and (columns := {own.name for own in arguments if crossed(own)}.intersection(free)):
        met = {name: Form("real", ("N",) if name in columns else ("D",)) for name in free}
        yield 0, Layout({name: met.get(name) or rest[name] for name in options})
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


def tamer(layout: Layout, given: Mapping[str, Form]) -> Iterator[Layout]:
    """Yield a layout with symmetric matrices, and with positive numbers, for all that is not given, if it has any."""
    for tame in (_symmetric, _positive):
        other = {name: own if name in given else tame(own) for name, own in layout.chosen.items()}
        if other != layout.chosen:
            yield Layout(other, plain=layout.plain)


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
    """Return the form of an argument where all arrays are matrices alike; what has more axes stays what it is."""
    return Form("real", ("N", "D")) if len(own) > 1 and own[0].kind == "real" and len(own[0].axes) < 3 else own[0]


def _in_columns(own: list[Form], width: str | int, labels: bool) -> Form:
    """Return the form of an argument where samples are columns and the last layer is so wide; targets may be labels.

    What has more axes than a matrix most likely is no column.
    """
    if own[0].kind == "real" and len(own[0].axes) > len("ND"):
        return own[0]
    if labels and (named := [form for form in own if form.kind == "labels" and form.axes == ("N",)]):
        return named[0]
    sized = [replace(form, axes=tuple(width if axis == "M" else axis for axis in form.axes)) for form in own]
    kinds: tuple[set[tuple[str | int, ...]], ...] = (
        {(rows, "N") for rows in ("D", "H", width)},
        {("H", "D"), (width, "H"), (width, "D")},
        {("H", 1), (width, 1)},
    )
    fits = [form for kind in kinds for form in sized if form.axes in kind]
    books = [form for form in own if form.kind == "book" and any(one.axes == (width, 1) for one in leaves([form]))]
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
