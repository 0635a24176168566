"""What follows when entries of a network are moved, each alone: nothing that does not depend on them is run again.

A weight of an affine layer moves one column of what comes out, and so does a bias; a function of each number by itself
leaves it the only one that moves; the next affine layer adds a matrix of rank one to what it computed before. Only
what lies behind that is run in whole, for every copy. So a copy costs little more than the last layers.

It assumes that an affine layer is y = x W + b, and that ``structure.ENTRYWISE`` holds functions of each number by
itself. That is not believed: at every look one entry is moved under the whole network as well, and where anything else
comes of that, all are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from gradcheck import reference
from gradcheck.op import Array
from gradcheck.oracles.grid import Entry, Grid, moved_alone
from gradcheck.oracles.structure import all_at_once
from gradcheck.point import Point

CACHE = 2**16
"""How many numbers of the widest value may be moved at once, so that they stay in the cache."""
SAME = 2.0**-40
"""How far apart rounding may bring two ways to a value, in units of the largest."""


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


@dataclass(frozen=True)
class Ripples:
    """A network, with all that it computes while nothing is moved."""

    point: Point
    network: reference.Network
    values: Mapping[str, Array]
    """Every value by name, those of the inputs included, (draws, *its shape)."""

    @staticmethod
    def of(point: Point, network: reference.Network) -> "Ripples":
        """Run the network that a point is about, once."""
        return Ripples(point, network, network.evaluate(point.inputs)[0])

    def moved(self, name: str, grid: Grid, moved: Array) -> Array:
        """Return <cotangent, value> when entries of one input are moved, each alone; shaped as ``moved``."""
        found = self.of_draws(grid.draws).after(name, grid.alone(moved)).reshape(moved.shape)
        by_whole = self._by_whole(name, Grid(grid.entries[:1], grid.draws), moved[:, :1])
        believed = np.isclose(found[:, :1], by_whole, rtol=SAME, atol=0.0, equal_nan=True).all()
        return found if believed else self._by_whole(name, grid, moved)

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
        """Return the same for some of the draws, given by their numbers, in order."""
        if len(draws) == self.point.draws:
            return self
        values = {name: array[draws] for name, array in self.values.items()}
        return replace(self, point=self.point.of_draws(draws), values=values)

    def after(self, name: str, change: Change) -> Array:
        """Return <cotangent, value> of every copy of a changed input or value, (copies, draws)."""
        at_once, start, found = self._fitting(name), 0, []
        while start < len(change.there):
            changes = self._follow(name, _part(change, start, start + at_once))
            found.append(self._project(changes))
            start, at_once = start + at_once, self._fitting(name, changes)
        return np.concatenate(found)

    def _fitting(self, name: str, changes: Mapping[str, Change] | None = None) -> int:
        """Return how many copies fit into the cache, by what one of them has changed, or else by what it might."""
        users = (node.op for node in self.network.nodes if name in node.sources.values())
        widths = [self.values[name].size] if any(type(own) is not reference.Affine for own in users) else []
        if changes is None:
            widths += [self.values[own].size for own in self.network.reached_from([name]) - {name}]
        else:
            widths += [own.there[0].size for own in changes.values()]
        return max(1, CACHE // max(widths))

    def _follow(self, name: str, change: Change) -> dict[str, Change]:
        """Return everything that has changed when this has, by name."""
        changes = {name: change}
        for node in self.network.nodes:
            own = {role: changes[source] for role, source in node.sources.items() if source in changes}
            if own:
                changes[node.name] = self._through(node, own)
        return changes

    def _project(self, changes: Mapping[str, Change]) -> Array:
        """Return <cotangent, value> of every copy, (copies, draws)."""
        output = self.network.output
        value = changes[output].within(self.values[output])
        return np.asarray((self.point.cotangent * value).sum(axis=tuple(range(2, value.ndim))))

    def _through(self, node: reference.Node, changes: Mapping[str, Change]) -> Change:
        """Return what changes of some of its inputs make of the value of a node."""
        base, y = {role: self.values[source] for role, source in node.sources.items()}, self.values[node.name]
        match (node.op, *changes.items()):
            case reference.Affine(), ("W", Entry() as weight):
                return _of_weight(weight, base["x"], base["W"], y)
            case reference.Affine(), ("b", Entry() as bias) if base["b"].shape[-1] == y.shape[-1]:
                return _of_bias(bias, base["b"], y)
            case reference.Affine(), ("x", Column() as column):
                return _of_column(column, base["x"], base["W"], y)
            case reference.Affine(), ("x", Whole(x)) if len(base["W"]) == 1:
                return _of_whole(x, base["W"], base["b"])
            case _, (role, Column() as column) if all_at_once(node.op):
                return Column(column.number, node.op(**{str(role): column.there})[0])
        copies = {role: change.within(base[role]) for role, change in changes.items()}
        return Whole(node.op(**{**base, **copies})[0])


def _part(change: Change, start: int, end: int) -> Change:
    """Return some of the copies."""
    return type(change)(*(field[start:end] for field in change))


def _columns(base: Array, numbers: Array) -> Array:
    """Return the numbered columns of (draws, rows, columns), as (copies, draws, rows)."""
    return np.ascontiguousarray(base[..., numbers].transpose(2, 0, 1))


def _of_weight(weight: Entry, x: Array, W: Array, y: Array) -> Column:
    """Where W[i,j] moves by d, column j of y moves by d times column i of x."""
    i, j = np.divmod(weight.number, W.shape[-1])
    d = weight.there - W[:, i, j].T
    return Column(j, _columns(y, j) + d[..., None] * _columns(x, i))


def _of_bias(bias: Entry, b: Array, y: Array) -> Column:
    """Where b[j] moves by d, all of column j of y moves by d."""
    d = bias.there - b[:, bias.number].T
    return Column(bias.number, _columns(y, bias.number) + d[..., None])


def _of_column(column: Column, x: Array, W: Array, y: Array) -> Whole:
    """Where column j of x moves by d, all of y moves by d times row j of W."""
    d = column.there - _columns(x, column.number)
    moved = np.einsum("cdr,dco->cdro", d, W[:, column.number])
    moved += y
    return Whole(moved)


def _of_whole(x: Array, W: Array, b: Array) -> Whole:
    """All copies are rows of one product."""
    y = (x.reshape(-1, x.shape[-1]) @ W[0]).reshape(*x.shape[:-1], W.shape[-1])
    y += b[..., None, :]
    return Whole(y)
