"""Large parameters are judged along a few directions, each of which every entry has a share in.

If a direction v has one over g in it, every entry of the claimed gradient g adds the same amount to <g, v>, however
small it is, and one wrong entry shows as much as any other; only the very quietest move by their own size and add what
they can. Sizes and signs are drawn, sizes continuously, so that errors that hang together do not cancel. Everything
that is about as loud first moves together, for a dozen passes: if the claim is right that settles it. If not, every
parameter moves alone. Few entries, of which each is to be seen sharply, also move by how loud they are.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from itertools import pairwise

import numpy as np

from gradcheck.line import Direction, Moves, Stretch
from gradcheck.op import Array
from gradcheck.oracles import layers
from gradcheck.point import Point, largest, pieces, typical_size
from gradcheck.stages.compare import SMALLEST
from gradcheck.stages.entries import SLIP

FEW = 256
"""A parameter with no more entries than this can be judged entry by entry, if all others are as small."""
IN_ALL = 4 * FEW
"""But not if all of them together have more than this: many small parameters are as slow as a large one."""
QUIET = 1e-3
"""Entries whose share is this far below the typical one of their parameter are not made equal to the others."""
TOGETHER = 1e-4
"""Parameters that are no quieter than this, typically, beside the loudest may move together."""
APART, LEVELS = 32.0, 6
"""By how much entries may be apart that are taken for about as loud; the last of so many levels holds all others."""
WORK = 2**15
"""A direction of so many entries, times all of their parameter, may be taken apart into single ones."""


_shortly: ContextVar[bool] = ContextVar("shortly", default=False)


@contextmanager
def shortly() -> Iterator[None]:
    """Accuse a few entries along directions as well, as many are: quicker, where it is judged once more if wrong."""
    before = _shortly.set(True)
    try:
        yield
    finally:
        _shortly.reset(before)


def may_accuse(point: Point) -> bool:
    """Say whether directions may accuse entries that could be judged one by one."""
    return _shortly.get() and entries_are_few(point)


def directions(point: Point) -> list[Direction]:
    """Return one direction for every wanted parameter, if moving its entries one by one is not quick anyway."""
    quick = point.op.stacks and entries_are_few(point)
    if quick or point.draws > 1 or layers.quick(point):
        return []
    generator, claim = np.random.default_rng(4), point.claim()
    weights = {name: Weights(claim[name][0], point.inputs[name][0]) for name in point.wanted}
    loudest = max(own.typical for own in weights.values())
    near = [own.typical for own in weights.values() if own.typical > TOGETHER * loudest]
    share = QUIET * min(near, default=0.0)
    few = entries_are_few(point)
    return [
        own.direction(name, share if own.typical > TOGETHER * loudest else QUIET * own.typical, few, generator)
        for name, own in weights.items()
        if own.here.size
    ]


def entries_are_few(point: Point) -> bool:
    """Say whether the entries can be judged one by one."""
    sizes = [point.inputs[name][0].size for name in point.wanted]
    return max(sizes, default=0) <= FEW and sum(sizes) <= IN_ALL


class Weights:
    """What every entry of one parameter adds to the value when it is moved by its own size, by the claim."""

    def __init__(self, claim: Array, here: Array) -> None:
        """Take the claim and the values of a parameter, without draws."""
        self.claim, self.here, self.unit = claim, here, typical_size(here[None]).item()
        squares = sum(float(np.square(added).sum()) for _, added in self.pieces())
        self.typical = float(np.sqrt(squares / here.size)) if here.size else 0.0

    @property
    def added(self) -> Array:
        """What each entry adds, (entries)."""
        return np.concatenate([added for _, added in self.pieces()])

    def pieces(self, *others: Array) -> Iterator[tuple[Array, ...]]:
        """Yield, for some entries at a time, how large they are, what they add, and what else there is of them.

        Where an entry is smaller, its size is what is typical of the parameter.
        """
        for here, claim, *rest in pieces(self.here, self.claim, *others):
            size = np.abs(here)
            np.maximum(size, self.unit, out=size)
            added = size * claim
            yield size, np.abs(added, out=added), *rest

    def direction(self, name: str, share: float, few: bool, generator: np.random.Generator) -> Direction:
        """Return the direction along which no entry adds more than ``share``, and most of them about that.

        If they are few, even the smallest count towards the sensitivity.
        """
        lengths, squares = signs_and_sizes(self.here.size, generator), 0.0
        for size, added, own in self.pieces(lengths):
            if share > 0:
                added += share
                own *= np.divide(share, added, out=added)
            squares += float(np.square(own).sum())
            own *= size
        extent = 1.0 / float(np.sqrt(squares / lengths.size))
        smallest = 0.0 if few else SMALLEST * largest(self.claim[None]).item()
        stretch = stretched(0, lengths, self.claim, smallest)
        return Direction(name, {name: stretch}, 0.4 * share, extent)


def stretched(start: int, lengths: Array, claim: Array, smallest: float) -> Stretch:
    """Return a stretch with the shares of its entries by the claim; those above the smallest count."""
    total, least = 0.0, np.inf
    for own, moved in pieces(claim, lengths):
        shares = np.abs(own * moved)
        counted = (np.abs(own) > smallest) & (moved != 0)
        total += float(shares.sum())
        least = min(least, float(shares.min(where=counted, initial=np.inf)))
    return Stretch(start, lengths, total, least if least < np.inf else 0.0)


def signs_and_sizes(count: int, generator: np.random.Generator) -> Array:
    """Return numbers between 0.45 and 1 in size, of either sign."""
    return Moves.drawn(count, generator).along(np.ones(()))


def joined(chosen: Sequence[Direction]) -> Iterator[Direction]:
    """Yield one direction for all that add the same share, and those that are left as they are."""
    shares = [own.share for own in chosen]
    common = max(shares, key=lambda share: (share > 0, shares.count(share)))
    together = [own for own in chosen if own.share == common > 0]
    if together:
        stretches = {name: own for each in together for name, own in each.stretches.items()}
        yield replace(together[0], name="all", stretches=stretches, extent=min(own.extent for own in together))
    yield from (own for own in chosen if not any(own is other for other in together))


def by_loudness(way: Direction, point: Point) -> list[Direction]:
    """Take a direction of whole parameters apart by how much an entry adds, so that quiet ones may move farther."""
    generator, found = np.random.default_rng(4), list[Direction]()
    weights = {name: Weights(point.claim()[name][0], point.inputs[name][0]) for name in way.stretches}
    loudness = {name: own.added for name, own in weights.items()}
    loudest = max(float(own.max(initial=0.0)) for own in loudness.values())
    edges = [np.inf, *(loudest * APART**-level for level in range(1, LEVELS)), -1.0]
    for number, (above, below) in enumerate(pairwise(edges)):
        chosen = {name: (own <= above) & (own > below) for name, own in loudness.items()}
        chosen = {name: own for name, own in chosen.items() if own.any()}
        share = min((float(loudness[name][own].min()) for name, own in chosen.items()), default=0.0)
        stretches = {}
        for name, own in chosen.items():
            lengths = weights[name].direction(name, share, True, generator).stretches[name].lengths
            stretches[name] = stretched(0, np.where(own, lengths, 0.0), weights[name].claim, 0.0)
        if stretches:
            found.append(replace(way, name=f"{way.name}/{number}", stretches=stretches, share=0.4 * share))
    return found


def by_parameter(way: Direction, point: Point) -> list[Direction]:  # noqa: ARG001 - the others need the point
    """Take a direction along several parameters apart into one for each."""
    parts = ((name, {name: own}) for name, own in way.stretches.items())
    return [replace(way, name=f"{way.name}/{name}", stretches=own) for name, own in parts]


def by_kind(way: Direction, point: Point) -> list[Direction]:
    """Take a direction along one parameter apart by where kinks mostly are: at zero, and where nothing is claimed.

    Entries that are zero then move to the same side, for there a claim of the slopes on one side is the slope itself.
    """
    own, (claim, here) = way.stretches[way.parameter], _of(way, point)
    zero, idle = here.reshape(-1)[own.entries] == 0, claim.reshape(-1)[own.entries] == 0
    kinds = np.where(own.lengths == 0, -1, 2 * zero + idle)
    signed = np.where(zero, np.abs(own.lengths), own.lengths)
    found = [np.where(kinds == kind, signed, 0.0) for kind in range(4) if (kinds == kind).any()]
    return [_piece(way, claim, number, own.start, part) for number, part in enumerate(found)]


def halved(way: Direction, point: Point) -> list[Direction]:
    """Take a direction along one parameter apart in the middle."""
    own, (claim, _) = way.stretches[way.parameter], _of(way, point)
    middle = int(np.flatnonzero(own.lengths)[way.entries // 2])
    parts = (0, own.lengths[:middle]), (middle, own.lengths[middle:])
    return [_piece(way, claim, number, own.start + start, part) for number, (start, part) in enumerate(parts)]


def one_by_one(way: Direction, point: Point) -> list[Direction]:
    """Take a direction apart into its entries, if their number times that of all is not too much work."""
    own, (claim, here) = way.stretches[way.parameter], _of(way, point)
    if way.entries * here.size > WORK:
        return halved(way, point)
    places = np.flatnonzero(own.lengths)
    parts = ((own.start + int(place), own.lengths[place : place + 1]) for place in places)
    return [_piece(way, claim, number, start, part) for number, (start, part) in enumerate(parts)]


def _of(way: Direction, point: Point) -> tuple[Array, Array]:
    """Return claim and values of the one parameter along which a direction moves."""
    return point.claim()[way.parameter][0], point.inputs[way.parameter][0]


def _piece(way: Direction, claim: Array, number: int, start: int, lengths: Array) -> Direction:
    """Return a part of a direction that is a direction of its own."""
    smallest = 0.0 if way.sharply else SMALLEST * np.abs(claim).max()
    own = stretched(start, lengths, claim.reshape(-1)[start : start + lengths.size], smallest)
    return replace(way, name=f"{way.name}/{number}", stretches={way.parameter: own})


def sensitivity(parameter: str, direction: Direction, bar: float) -> float | None:
    """Return the smallest relative error of any one entry that a bar along a direction would show, beyond a slip."""
    least = direction.stretches[parameter].least
    return SLIP + bar / least if least > 0 else None
