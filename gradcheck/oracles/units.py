"""Unit by unit: what an affine layer hands on is moved, in place of the many weights that make it.

All weights into a unit do what they do through the one number z = x W + b. So the derivative D by that number, in
every row of the batch, gives those by all of them: dL/dW = x^T D, and dL/db is the sum of D over the rows. And where
rows do not meet before the loss adds them up, each is a draw of its own, and a unit is moved in all of them at once.

It assumes y = x W + b, that rows are apart (``rows.py``), and that where nothing has a
kink the units of a layer that bend most tell how much the others may; it believes no other derivative, and no
chain rule beyond that of one affine layer. Whoever asks moves the whole to see whether it was so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from gradcheck import reference
from gradcheck.op import Array
from gradcheck.oracles.grid import Grid, shaped
from gradcheck.oracles.many import Many
from gradcheck.oracles.noise import fine
from gradcheck.oracles.recorded import added
from gradcheck.oracles.ripples import Column, Ripples
from gradcheck.oracles.rows import apart, by_row, near, smooth, weights
from gradcheck.oracles.slopes import Slopes
from gradcheck.point import Point
from gradcheck.records import Estimate

STEP = 2.0**-15
"""The step, in units of a unit's size: so short that what truncation leaves need not be taken out."""
SOME, MARGIN = 16, 8.0
"""Where nothing has a kink so many units of a layer are given a third value, and truncation leaves no more of any unit
than so many times the most of these."""
ENOUGH = 0.5
"""Truncation may take so much of the longest bar that is short enough; the rest is for rounding."""
LOUD = 2
"""In so many rows, those with the largest values, it is seen how noisy a value is."""
ROUNDING = 2.0**-48
"""What a sum over rows may lose, relative to the sum of the sizes."""


class _Units(Many):
    """A ladder for units, which all matter as much as they move the whole, whichever row they are in."""

    first_step = STEP
    smooth: bool
    """Whether nothing in the network has a kink."""
    by_layer: Callable[[Array], list[slice]]
    """Tells where among some units those of each layer are."""

    def too_long(self, slopes: Slopes) -> Array:
        """Tell which bars are too long against the largest derivative of all."""
        largest = np.abs(slopes.value).max(initial=0.0, where=np.isfinite(slopes.bar))
        return np.asarray(~(slopes.bar <= self.goal * max(largest, np.max(self.beside))))

    def bend(self, grid: Grid, here: Array, h: Array, values: Array) -> tuple[Array, Array]:
        """Return T / 6h, and how far it may be off, given the values at -h and h.

        Without kinks only the units of a layer that bend most are given a third value, and say how far all of them may
        be off; and those for which that is too far.
        """
        if not self.smooth:
            return super().bend(grid, here, h, values)
        bent = np.abs((values[0] + values[1] - 2.0 * grid.of(self.centre)) / h).max(axis=1)
        layers = self.by_layer(grid.entries)
        asked = np.concatenate([own.start + np.sort(np.argsort(-bent[own])[:SOME]) for own in layers])
        third, off = np.zeros_like(h), np.zeros_like(h)
        third[asked] = self.third(Grid(grid.entries[asked], grid.draws), here[asked], h[asked], values[:, asked])
        for own in layers:
            off[own] = MARGIN * np.abs(third[own]).max(initial=0.0)
        largest = np.abs((values[1] - values[0]) / h).max() / 2.0
        left = ~(off <= ENOUGH * self.goal * largest).all(axis=1)
        if left.any():
            few = Grid(grid.entries[left], grid.draws)
            third[left], off[left] = super().bend(few, here[left], h[left], values[:, left])
        return third, off

    def by_their_own(self, slopes: Slopes) -> Slopes:
        """Leave small units as they are: they are sums, and no smaller step is their own."""
        return slopes


def known(point: Point, network: reference.Network) -> bool:
    """Say whether rows are apart in a network, and every wanted input is a weight or a bias of affine layers alone.

    A bias that is one number for all units is moved as what it is.
    """
    held = weights(network)
    return apart(point, network) and held.issuperset(point.wanted) and not _shared(point, network, held)


def _shared(point: Point, network: reference.Network, held: set[str]) -> bool:
    """Say whether some wanted bias, all of which are ``held``, is one number for all units of its layer."""
    widths = {name: array.shape[-1] for name, array in point.inputs.items() if name in held}
    layers = [node.sources for node in network.nodes if not set(point.wanted).isdisjoint(node.sources.values())]
    return any(widths.get(own["b"]) == 1 != widths.get(own["W"]) for own in layers)


def estimates(point: Point, network: reference.Network) -> dict[str, Estimate]:
    """Return the derivative by every wanted input of what is ``known``."""
    units, found = Units.of(point, network), dict[str, Estimate]()
    for node, D in units.estimates():
        x = units.ripples.values[node.sources["x"]][:, 0]
        both = _summed(np.column_stack((x, np.ones(len(x)))), D)
        for role, own in (("W", slice(-1)), ("b", slice(-1, None))):
            source = node.sources[role]
            if source in point.wanted:
                share = shaped(Estimate(*(array[own] for array in both)), point.inputs[source].shape)
                found[source] = added(found[source], share) if source in found else share
    return found


@dataclass(frozen=True)
class Units:
    """What affine layers hand on, in every row: all of it side by side, layer after layer."""

    ripples: Ripples
    """The network, with every row of the batch as a draw of its own."""
    layers: tuple[reference.Node, ...]
    """The affine layers."""
    z: Array
    """(rows, units)."""
    ends: tuple[int, ...]
    """Where the units of each layer begin, and where those of the last one end."""

    @staticmethod
    def of(point: Point, network: reference.Network) -> "Units":
        """Return the units that the wanted inputs feed."""
        ripples = by_row(Ripples.of(point, network))
        layers = tuple(node for node in network.nodes if not set(point.wanted).isdisjoint(node.sources.values()))
        z = [ripples.values[node.name][:, 0] for node in layers]
        ends = np.cumsum([0, *(own.shape[1] for own in z)]).tolist()
        return Units(ripples, layers, np.concatenate(z, axis=1), tuple(ends))

    def estimates(self) -> Iterator[tuple[reference.Node, Estimate]]:
        """Return every layer with the derivative by what it hands on, (rows, its units)."""
        centre = self.ripples.value()
        loudest = np.argsort(-np.abs(centre))[:LOUD]
        lost = fine(partial(near, self.ripples.of_draws(loudest), self.layers[0].name))
        lost = np.full(len(centre), lost.max(initial=0.0, where=np.isfinite(lost)))  # one may stand still by luck
        ladder = _Units(self.z, self.moved, centre=centre, noise=lost, wider=lambda: lost, cost=1)
        ladder.smooth = smooth(self.ripples.network)
        ladder.by_layer = self.by_layer
        D = ladder.estimate()
        for node, (start, end) in zip(self.layers, pairwise(self.ends), strict=True):
            yield node, Estimate(*(own[:, start:end] for own in D))

    def moved(self, grid: Grid, moved: Array) -> Array:
        """Return the values of the rows when units are moved, each alone; shaped as ``moved``."""
        ripples, found = self.ripples.of_draws(grid.draws), np.empty(moved.shape)
        for node, start, own in zip(self.layers, self.ends[:-1], self.by_layer(grid.entries), strict=True):
            if own.start < own.stop:
                there, numbers = moved[:, own], grid.entries[own] - start
                column = Column(np.concatenate([numbers] * len(moved)), there.reshape(-1, len(grid.draws), 1))
                found[:, own] = ripples.after(node.name, column).reshape(there.shape)
        return found

    def by_layer(self, units: Array) -> list[slice]:
        """Return where among some units, in order, those of each layer are."""
        return [slice(start, end) for start, end in pairwise(np.searchsorted(units, self.ends).tolist())]


def _summed(x: Array, D: Estimate) -> Estimate:
    """Return x^T D; bars do not cancel, and the sum itself may lose its last digits."""
    sizes = np.abs(x).T
    bar = sizes @ (D.bar + ROUNDING * np.abs(D.value))
    bar[np.isnan(bar)] = np.inf
    kinks = sizes @ D.kinks > 0 if D.kinks.any() else np.zeros(bar.shape, bool)
    return Estimate(x.T @ D.value, bar, kinks, sizes @ D.steepest)
