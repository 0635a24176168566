"""Inputs that are mended by what is raised: an axis is made as long as the code says that it has to be.

    matmul: ... (size 4 is different from 10)

A matrix with which ``[x, h]`` is multiplied has as many rows as both are wide.
"""

import re
import traceback
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, combinations, islice

from gradcheck.discover.forms import length as measured
from gradcheck.discover.forms import lengths
from gradcheck.discover.layout import Layout
from gradcheck.discover.subject import Subject, Trial

LOOKS = 60
"""So many layouts are tried."""
STARTS = 4
"""So many of the likeliest are mended."""
BRANCHES, SPELLINGS = 5, 2
"""So many ways are gone on from one that raises, and so many for one axis."""
BEST = 2
"""The rank of a layout that fits here and at other lengths."""
Axis = tuple[str, int]
"""An argument, and the place of one of its axes."""
_TWO = re.compile(
    r"(?:size|aligned:|has size) (\d+)(?: \(dim \d\))? "
    r"(?:is different from|!=|and the array at index \d+ has size) (\d+)"
)
"""What is raised where two lengths ought to be one,"""
_SHAPES = re.compile(r"(?:->)?\(((?:\d+|newaxis|,)+)\)(?!->)")
"""and where two shapes do not go together: what stands behind an arrow is what einsum makes of them."""
_TIMES = (2, 3, 4)
"""How many parts may lie side by side, those of gates."""


def fitting(
    subject: Subject, starts: Iterable[Layout], fixed: Collection[str], seed: int
) -> list[tuple[Layout, Trial]]:
    """Return layouts that run, mended ones of the likeliest; first those that fit, and of these what runs elsewhere.

    What is fixed stays what it is.
    """
    mending, ranked = _Mending(subject, fixed, seed), []
    for layout, trial in chain.from_iterable(map(mending.of, starts)):
        ranked.append((trial.fits + (trial.fits and mending.runs(layout)), layout, trial))
        if ranked[-1][0] == BEST:
            break
    return [(layout, trial) for _, layout, trial in sorted(ranked, key=lambda own: -own[0])]


@dataclass
class _Mending:
    """Layouts of a subject that are mended, one axis after the other."""

    subject: Subject
    fixed: Collection[str]
    """What is not to be changed."""
    seed: int
    left: int = field(default=LOOKS, init=False)
    """How many layouts may still be tried."""

    def of(self, layout: Layout, changed: frozenset[Axis] = frozenset()) -> Iterator[tuple[Layout, Trial]]:
        """Yield the layouts that run which a layout becomes when what is raised is heeded; no axis changes twice."""
        if not self.left:
            return
        self.left -= 1
        try:
            trial = self.subject.open(layout.draw(0, self.seed))
        except Exception as error:  # somebody else's code, called with what it was not made for
            says, lines = str(error), " ".join(str(own.line) for own in traceback.extract_tb(error.__traceback__))
        else:
            yield layout, trial
            return
        for axis, instead in islice(self._changes(layout, says, lines), BRANCHES):
            if axis not in changed:
                yield from self.of(_with_axis(layout, axis, instead), changed | {axis})

    def runs(self, layout: Layout) -> bool:
        """Say whether a layout runs at other lengths too."""
        try:
            return self.subject.open(layout.draw(1, self.seed)).fits
        except Exception:  # somebody else's code, called with what it was not made for
            return False

    def _changes(self, layout: Layout, says: str, lines: str) -> Iterator[tuple[Axis, str | int]]:
        """Yield which axis may be as long as another that it met: the last in the line first, then what is rare."""
        sizes = lengths(layout.chosen, 0)
        axes = {
            (name, place): form.sized(sizes)[place]
            for name, form in layout.chosen.items()
            for place in range(len(form.axes))
            if name not in self.fixed and form.kind != "size"
        }
        spread, order = Counter(axis for form in layout.chosen.values() for axis in form.axes), list(layout.chosen)

        def likely(axis: Axis) -> tuple[bool, int]:
            name, place = axis
            named = bool(re.search(rf"\b{re.escape(name)}\b", lines))
            return not named, -order.index(name) if named else spread[layout.chosen[name].axes[place]]

        pairs = [pair for found in apart(says) for pair in (found, found[::-1])]
        for axis in sorted(axes, key=likely):
            for has, needs in pairs:
                if axes[axis] == has:
                    yield from ((axis, instead) for instead in spelled(needs, layout)[:SPELLINGS])


def _with_axis(layout: Layout, axis: Axis, instead: str | int) -> Layout:
    """Return a layout with an axis of another length."""
    name, place = axis
    form = layout.chosen[name]
    axes = (*form.axes[:place], instead, *form.axes[place + 1 :])
    return Layout({**layout.chosen, name: replace(form, axes=axes)})


def apart(says: str) -> list[tuple[int, int]]:
    """Return the pairs of lengths that were to be one, as what is raised says it; none of them is 1."""
    two = [(int(one), int(other)) for one, other in _TWO.findall(says)]
    shapes = [[int(own) if own.isdigit() else 1 for own in found.split(",") if own] for found in _SHAPES.findall(says)]
    broadcast = [
        pair
        for one, other in combinations(shapes if "broadcast" in says else [], 2)
        for pair in zip(one[::-1], other[::-1], strict=False)
    ]
    return [pair for pair in dict.fromkeys(two or broadcast) if pair[0] != pair[1] and 1 not in pair]


def spelled(length: int, layout: Layout) -> list[str | int]:
    """Return what an axis may be that is so long: a letter, several of them together, or else the number."""
    sizes = lengths(layout.chosen, 0)
    shapes = [form.axes for form in layout.chosen.values()]
    letters = list(dict.fromkeys(axis for axes in shapes for axis in axes if isinstance(axis, str) and axis.isalnum()))
    sums = ["+".join(some) for many in (2, 3) for some in combinations(letters, many)]
    products = ["*".join(map(str, axes[first:])) for axes in shapes for first in range(len(axes) - 1)]
    times = [f"{many}{letter}" for many in _TIMES for letter in letters if letter.isalpha()]
    every = [*letters, *sums, *(f"{own}+1" for own in letters + sums), *times, *products]
    found = [own for own in dict.fromkeys(every) if measured(own, sizes) == length]
    return [*found] or [length]
