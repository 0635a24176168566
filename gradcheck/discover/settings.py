"""Settings other than the defaults: mistakes hide at a stride of one, at no padding, where a flag is down.

What has no default hides nothing, for it is drawn, and what is given is meant. A setting of which the gradient is not
told, and one that is there for something else than a derivative, stays what it is.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import combinations
from typing import Any

import numpy as np

from gradcheck.discover import names
from gradcheck.discover.forms import Form, first
from gradcheck.discover.layout import Layout
from gradcheck.discover.modes import TRAINING
from gradcheck.discover.otherwise import with_forms
from gradcheck.discover.subject import Subject, compared

FEW = 8
"""A whole number up to this counts something, and there may be one more of it."""
PAIRS = 6
"""So many pairs of settings are looked at."""
SMALL, LARGE = 1e-3, 100.0
"""Numbers below only keep others finite, and numbers above stand for no end."""
SHARES = (0.75, 0.65, 0.55, 0.85, 0.45)
"""What numbers are multiplied with, one after the other, to tell more."""
BOUND, FURTHER = re.compile(r"margin|thresh|cut_?off|radius"), 4.0
"""Settings up to which something is counted, and how much further that may reach: what lies beyond has no slope."""
STEPS = re.compile(r"strides?|dilations?|steps?_?size|hop")
"""Settings that are 1, or as large as a window, if nobody says how large they are,"""
STRIDES = (1, 2, 3)
"""and what they may be then: where windows lie over each other, or apart, a place that is off may be outside."""
AXIS = re.compile(r"\w*axis|dim")
"""Settings that say along which axis."""
ABSENT = (
    (r"\w*masks?", "mask:ND mask:NT mask:TT mask:NTT mask:D mask:N"),
    (r"\w*weights?", "positive:M positive:N positive:ND positive:D positive:NM"),
    (r"(h|c|s|state|hidden|hx|cx|prev_?h|h_?prev|init\w*)_?(0|init\w*|state|prev)?", "real:NH real:H"),
)
"""What may be there by name, where None says that it is not."""
_APART = re.compile(
    r"clip|momentum|decay|straight|^ste$|detach|stop|fr[eo]+ze|requires|trunc|bptt|guided|accum|verbose|debug|seed|"
    r"return(?!_seq)|inplace|deriv|grad|numeric|check|dtype"
)
"""What settings are called that are no part of a derivative: the length of a step, where gradients are cut off."""


def others(subject: Subject, layout: Layout, given: Collection[str]) -> Iterator[dict[str, Form]]:
    """Yield settings other than where mistakes hide: real numbers all at once, others one by one, and in pairs."""
    held = {name: _held(form) for name, form in layout.chosen.items() if form.kind in ("value", "size", "choice")}
    free = [name for name in held if name not in given and held[name] is not Ellipsis and _matters(subject, name)]
    numbers = [name for name in free if type(held[name]) is float and _moves(held[name])]
    if numbers:
        shares = [SHARES[place % len(SHARES)] for place in range(len(numbers))]
        less = {name: round((held[name] or 0.4) * share, 4) for name, share in zip(numbers, shares, strict=True)}
        yield {name: Form("value", value=own) for name, own in less.items()}
    bounds = [
        name for name, form in layout.chosen.items() if BOUND.search(name) and name not in given and _number(form)
    ]
    if bounds:
        yield {name: Form("value", value=FURTHER * _number(layout.chosen[name])) for name in bounds}
    moved: dict[str, Form] = {}
    for name in [own for own in free if own not in numbers]:
        for own in other(name, held[name], subject):
            if layout.chosen[name].kind != "choice" or own not in layout.chosen[name].value:
                moved.setdefault(name, Form("value", value=own))
                yield {name: Form("value", value=own)}
        if held[name] is None:
            yield from present(subject, layout, name)
    pairs = [dict(pair) for pair in combinations(moved.items(), 2)]
    yield from (both for both in [*pairs[:PAIRS], *([moved] if len(moved) > 2 else [])])


def _number(form: Form) -> float:
    """Return the real number that a setting is; zero if it is none."""
    held = form.draw({}, np.random.default_rng(0)) if form.kind == "number" else form.value
    return held if form.kind in ("number", "value") and type(held) is float else 0.0


def present(subject: Subject, layout: Layout, name: str) -> Iterator[dict[str, Form]]:
    """Yield the likeliest form that fits of an argument that is None by default; nothing if its name tells none."""
    for form in first(ABSENT, name, re.fullmatch):
        with suppress(Exception):  # somebody else's code, called with what it was not made for
            if subject.open(with_forms(layout, {name: form}).draw(0, 0)).fits:
                yield {name: form}
                return


def other(name: str, value: Any, subject: Subject) -> Iterator[Any]:
    """Yield other values for a setting that is no real number, one entry of a dictionary after the other."""
    asks = bool(re.search(rf"\b{re.escape(name)}\b", subject.way_back))
    if isinstance(value, dict):
        for key, own in value.items():
            yield from ({**value, key: changed} for changed in other(str(key), own, subject))
    elif isinstance(value, tuple | list) and value:
        every = [next(other(name, own, subject), own) for own in value]
        yield from [type(value)(every)] if every != [*value] else []
    elif isinstance(value, str):
        yield from (word for word in words(name, value, subject) if asks or not {word, value} & {"train", "test"})
    elif isinstance(value, bool):
        yield from [not value] if asks or not TRAINING.fullmatch(name) else []
    elif value is None:
        yield from STRIDES if STEPS.fullmatch(name) else words(name, "", subject)
    elif type(value) is int and (value < 0 or AXIS.fullmatch(name)):
        yield from [int(value == 0)] if re.search("axis|dim|index|idx", name) else []
    elif type(value) is int and value <= FEW:
        yield value + 1
    elif isinstance(value, float) and _moves(value) and _derives(name):
        yield round((value or 0.4) * SHARES[0], 4)


def words(name: str, word: str, subject: Subject) -> list[str]:
    """Return the other words that a setting is compared with, or is looked up among."""
    text = "\n".join(dict.fromkeys(own.source for own in subject.arguments))
    tables = [re.findall(r"['\"](\w+)['\"]\s*:", table) for table in re.findall(r"\{[^{}]*\}", text)]
    found = [own for table in tables if word in table for own in table] + compared(name, text)
    found += ["test"] if word == "train" else []
    back = compared(name, subject.way_back)
    if back and {*back} == {*compared(name, text.replace(subject.way_back, ""))}:
        found += ["other"]  # what is none of the words goes the same way forward and back
    return [own for own in dict.fromkeys(found) if own != word]


def _held(form: Form) -> Any:
    """Return the value of a setting, the first of a choice, one for a size of one; an ellipsis for other sizes."""
    if form.kind != "size":
        return form.value[0] if form.kind == "choice" else form.value
    return form.axes[0] if form.axes and isinstance(form.axes[0], int) else ...


def _moves(value: float) -> bool:
    """Say whether a real number may as well be another."""
    return value == 0.0 or SMALL <= abs(value) <= LARGE


def _matters(subject: Subject, name: str) -> bool:
    """Say whether a setting is part of a derivative that is told of it."""
    return _derives(name) and subject.heeds(name)


def _derives(name: str) -> bool:
    """Say whether a setting of a name is part of a derivative."""
    return name.lower() not in names.RATES and not _APART.search(name.lower())
