"""What follows when entries of a network are moved, each alone: nothing that does not depend on them is run again.

A weight of an affine layer moves one column of what comes out, and so does a bias; a function of each number by itself
leaves it the only one that moves; the next affine layer adds a matrix of rank one to what it computed before. Only
what lies behind that is run in whole, for every copy. So a copy costs little more than the last layers.

It assumes that an affine layer is y = x W + b, and that ``structure.ENTRYWISE`` holds functions of each number by
itself. That is not believed: at every look one entry is moved under the whole network as well, and where anything else
comes of that, all are.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from gradcheck import reference
from gradcheck.op import Array, Op
from gradcheck.oracles.grid import Entry, Grid, moved_alone
from gradcheck.oracles.structure import all_at_once
from gradcheck.point import Point

CACHE = 2**16
"""How many numbers of the widest value may be moved at once, so that they stay in the cache."""
SAME = 2.0**-40
"""How far apart rounding may bring two ways to a value, in units of the largest."""

PROJECTED = "<cotangent, value>"
"""The name of what comes of the value of a network, one number a draw."""


class Column(NamedTuple):
    """In copies of a value of shape (draws, rows, columns) one column has moved."""

    number: Array
    """Which it is, (copies)."""
    there: Array
    """What it is now, (copies, draws, rows)."""

    def within(self, base: Array) -> Array:
        """Return the copies in whole, (copies, draws, rows, columns)."""
        copies = np.broadcast_to(base, (len(self.number), *base.shape)).copy()
        copies[np.arange(len(copies)), ..., self.number] = self.there
        return copies


class Whole(NamedTuple):
    """In copies of a value anything may have moved."""

    there: Array
    """What they are now, (copies, draws, *the shape of the value)."""

    def within(self, _: Array) -> Array:
        """Return the copies in whole."""
        return self.there


Change = Entry | Column | Whole
"""What has become of an input or a value in every copy: all of their fields have the copies in front."""

Rule = Callable[[Op, Any, Mapping[str, Array], Array], Change]
"""``rule(op, change, base, y)``: what the change of one input makes of y, where base holds all inputs, unmoved."""


@dataclass(frozen=True)
class Ripples:
    """A network, with all that it computes while nothing is moved."""

    point: Point
    network: reference.Network
    values: Mapping[str, Array]
    """Every value by name, those of the inputs included, (draws, *its shape)."""
    ways: "dict[tuple[str, type[Change]], list[_Step]]" = field(default_factory=dict, init=False, repr=False)
    """The steps from an input or a value of which some kind of change was asked for, to the output."""

    @staticmethod
    def of(point: Point, network: reference.Network) -> "Ripples":
        """Run the network that a point is about, once."""
        return Ripples(point, network, network.evaluate(point.inputs)[0])

    def moved(self, name: str, grid: Grid, moved: Array) -> Array:
        """Return <cotangent, value> when entries of one input are moved, each alone; shaped as ``moved``."""
        found = self.of_draws(grid.draws).in_order(name, grid.alone(moved)).reshape(moved.shape)
        by_whole = self._by_whole(name, Grid(grid.entries[:1], grid.draws), moved[:1, :1])
        believed = np.isclose(found[:1, :1], by_whole, rtol=SAME, atol=0.0, equal_nan=True).all()
        return found if believed else self._by_whole(name, grid, moved)

    def in_order(self, name: str, entry: Entry) -> Array:
        """Return the same of every copy, (copies, draws); those in which the same column moves are taken together."""
        width = self.values[name].shape[-1]
        order = np.argsort((entry.number % width).astype(np.min_scalar_type(width)), kind="stable")
        found = np.empty(entry.there.shape)
        found[order] = self.after(name, Entry(entry.number[order], entry.there[order]))
        return found

    def value(self) -> Array:
        """Return <cotangent, value> while nothing is moved, (draws)."""
        value = self.values[self.network.output]
        return np.asarray((self.point.cotangent * value).sum(axis=tuple(range(1, value.ndim))))

    def _by_whole(self, name: str, grid: Grid, moved: Array) -> Array:
        """Return the same from copies of everything, no more of them at once than stay in the cache."""
        numbers = len(moved) * sum(array.size for array in self.point.inputs.values())
        pieces, start, found = grid.pieces(max(1, CACHE // numbers) * len(grid.draws)), 0, []
        for piece in pieces:
            end = start + len(piece.entries)
            found.append(moved_alone(self.point, name, piece, moved[:, start:end]))
            start = end
        return np.concatenate(found, axis=1)

    def of_draws(self, draws: Array) -> "Ripples":
        """Return the same for some of the draws, given by their numbers; what all of them share stays as it is."""
        if len(draws) == self.point.draws:
            return self
        inputs, values = (
            {name: array if len(array) == 1 else array[draws] for name, array in held.items()}
            for held in (self.point.inputs, self.values)
        )
        point = replace(self.point, inputs=inputs, cotangent=self.point.cotangent[draws])
        return replace(self, point=point, values=values)

    def after(self, name: str, change: Change) -> Array:
        """Return <cotangent, value> of every copy of a changed input or value, (copies, draws)."""
        kind = name, type(change)
        if kind not in self.ways:
            self.ways[kind] = self._way(*kind)
        return _taken(self.ways[kind], {name: change}, {PROJECTED})[PROJECTED].there

    def _way(self, name: str, kind: type[Change]) -> "list[_Step]":
        """Return the steps that a change of one kind takes from an input or a value to <cotangent, value>."""
        kinds, steps = {name: kind}, []
        for node in self.network.nodes:
            own = {role: kinds[source] for role, source in node.sources.items() if source in kinds}
            if own:
                base = {role: self.values[source] for role, source in node.sources.items()}
                rule = _rule(node.op, own, base)
                steps.append(_step(node, tuple(own), rule, base, self.values[node.name]))
                kinds[node.name] = Column if rule in NARROW else Whole
        output = self.network.output
        return [*steps, _Step(PROJECTED, (output,), self._projected, _at_once(self.values[output].size))]

    def _projected(self, changes: Mapping[str, Change]) -> Whole:
        """Return <cotangent, value> of every copy, given what has become of the value."""
        output = self.network.output
        value = changes[output].within(self.values[output])
        return Whole((self.point.cotangent * value).sum(axis=tuple(range(2, value.ndim))))


class _Step(NamedTuple):
    """What follows at one node."""

    name: str
    """That of the value that changes."""
    sources: tuple[str, ...]
    """The names of those that it changes with."""
    follow: Callable[[Mapping[str, Change]], Change]
    """Takes the changes of these to its own."""
    at_once: int
    """How many copies of it, and of what it comes from, stay in the cache."""


def _step(
    node: reference.Node, roles: tuple[str, ...], rule: Rule | None, base: Mapping[str, Array], y: Array
) -> _Step:
    """Return what follows at a node when its inputs of these roles change, by a rule or by running it in whole."""
    op, sources = node.op, {role: node.sources[role] for role in roles}

    def in_whole(changes: Mapping[str, Change]) -> Change:
        moved = {role: changes[source].within(base[role]) for role, source in sources.items()}
        return Whole(op(**{**base, **moved})[0])

    came = [base[role].size for role in roles] if rule in (None, _of_whole) else []
    numbers = y[..., 0].size if rule in NARROW else max([y.size, *came])
    if not rule:
        return _Step(node.name, tuple(sources.values()), in_whole, _at_once(numbers))
    (source,) = sources.values()
    return _Step(node.name, (source,), lambda changes: rule(op, changes[source], base, y), _at_once(numbers))


def _at_once(numbers: int) -> int:
    """Return how many copies of so many numbers stay in the cache."""
    return max(1, CACHE // max(1, numbers))


def _taken(steps: "Sequence[_Step]", changes: Mapping[str, Change], needed: Collection[str]) -> dict[str, Change]:
    """Return what is needed of the changes, and of what they come to by some steps.

    Where copies grow out of the cache some are taken at a time, until they fit again: what is wide is so for the steps
    that need it as well, and is not put together.
    """
    changes = dict(changes)
    copies = len(next(iter(changes.values())).there)
    for place, step in enumerate(steps):
        if copies > step.at_once:
            last = max(other for other, own in enumerate(steps) if copies > own.at_once) + 1
            later = {source for own in steps[last:] for source in own.sources}.union(needed)
            parts = [_taken(steps[place:last], part, later) for part in _parts(changes, step.at_once)]
            return _taken(steps[last:], _joined(parts), needed)
        changes[step.name] = step.follow(changes)
    return {name: own for name, own in changes.items() if name in needed}


def _joined(parts: Sequence[Mapping[str, Change]]) -> dict[str, Change]:
    """Return changes of all copies, given those of some copies after another."""
    return {
        name: type(own)(*map(np.concatenate, zip(*(part[name] for part in parts), strict=True)))
        for name, own in parts[0].items()
    }


def _parts(changes: Mapping[str, Change], at_once: int) -> Iterator[dict[str, Change]]:
    """Yield the changes of so many copies at a time."""
    for start in range(0, len(next(iter(changes.values())).there), at_once):
        part = slice(start, start + at_once)
        yield {name: type(change)(*(field[part] for field in change)) for name, change in changes.items()}


def _columns(base: Array, numbers: Array) -> Array:
    """Return the numbered columns of (draws, rows, columns), as (copies, draws, rows)."""
    return np.ascontiguousarray(base[..., numbers].transpose(2, 0, 1))


def _of_weight(_: Op, weight: Entry, base: Mapping[str, Array], y: Array) -> Column:
    """Where W[i,j] moves by d, column j of y moves by d times column i of x."""
    W = base["W"]
    i, j = np.divmod(weight.number, W.shape[-1])
    d = weight.there - W.reshape(len(W), -1)[:, weight.number].T
    return Column(j, _columns(y, j) + d[..., None] * _columns(base["x"], i))


def _of_bias(_: Op, bias: Entry, base: Mapping[str, Array], y: Array) -> Column:
    """Where b[j] moves by d, all of column j of y moves by d."""
    d = bias.there - base["b"][:, bias.number].T
    return Column(bias.number, _columns(y, bias.number) + d[..., None])


def _of_shared_bias(_: Op, bias: Entry, base: Mapping[str, Array], y: Array) -> Whole:
    """Where b is one number for all columns and moves by d, all of y does."""
    d = bias.there - base["b"][:, bias.number].T
    return Whole(y + d[..., None, None])


def _of_number(op: Op, column: Column, base: Mapping[str, Array], _: Array) -> Column:
    """Where a column of x moves, the same column of y does."""
    (role,) = base
    return Column(column.number, op(**{role: column.there})[0])


def _of_column(_: Op, column: Column, base: Mapping[str, Array], y: Array) -> Whole:
    """Where column j of x moves by d, all of y moves by d times row j of W."""
    W, d = base["W"], column.there - _columns(base["x"], column.number)
    moved = np.einsum("cdr,dco->cdro", d, W[:, column.number])
    moved += y
    return Whole(moved)


def _of_whole(_: Op, whole: Whole, base: Mapping[str, Array], y: Array) -> Whole:
    """Where all of x moves, the rows of all copies, in the order they lie in, are those of one product for each W."""
    x, W = whole.there, base["W"]
    in_order = len(W) == 1 and x.flags.c_contiguous
    rows = x if in_order else x.transpose(1, 2, 0, 3)
    products = (rows.reshape(len(W), -1, x.shape[-1]) @ W).reshape(*rows.shape[:-1], y.shape[-1])
    products = products if in_order else products.transpose(2, 0, 1, 3)
    return Whole(np.add(products, base["b"][:, None], order="C"))


_AFFINE: Mapping[tuple[str, type[Change]], Rule] = {
    ("W", Entry): _of_weight,
    ("b", Entry): _of_bias,
    ("x", Column): _of_column,
    ("x", Whole): _of_whole,
}
"""What an affine layer makes of one kind of change in one of its inputs."""

NARROW: tuple[Rule | None, ...] = (_of_weight, _of_bias, _of_number)
"""The rules after which no more than one column has moved."""


def _rule(op: Op, own: Mapping[str, type[Change]], base: Mapping[str, Array]) -> Rule | None:
    """Return what an operation makes of changes of some kinds without being run in whole, if there is such a thing."""
    if len(own) > 1:
        return None
    ((role, kind),) = own.items()
    if type(op) is not reference.Affine:
        return _of_number if kind is Column and all_at_once(op) else None
    shared = role == "b" and base["b"].shape[-1] < base["W"].shape[-1]
    return _of_shared_bias if shared else _AFFINE.get((role, kind))
