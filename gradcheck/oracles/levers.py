"""All weights into a unit move the value through one number in every row, z = x W + b, each by as much as its x.

So how far the value bends under any of them is told by how it bends under these numbers, of which there are far fewer:
z is moved by as much as any weight moves it, alone in every row, and given the third value that no weight then needs.

It assumes that y = x W + b, and that rows are apart (``rows.py``) where there are several. No slope is taken from it,
but what truncation leaves of a slope, and how much that may be.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from gradcheck import reference
from gradcheck.op import Array
from gradcheck.oracles.ripples import Column, Ripples
from gradcheck.oracles.rows import apart, by_row, smooth

PLACES = np.array([-1.0, 1.0, 2.0]).reshape(-1, 1, 1)
"""Where the value is looked at, in units of how far a number moves."""


class Lever(NamedTuple):
    """The numbers through which all weights of a layer move the value."""

    x: Array
    """By how much they move in each row when a weight moves by 1, (rows, weights into a unit)."""
    units: int
    """How many units there are."""
    smooth: bool
    """Whether nothing on the way has a kink."""
    third: Callable[[Array], Array]
    """``third(u)``: T = f(2u) - 3 f(u) + 3 f(0) - f(-u) where each of them moves alone, by its u; (rows, units)."""

    def bend(self, entries: Array, h: Array) -> tuple[Array, Array]:
        """Return T / 6h of some weights, each moved by its h, and how far it may be off, both (entries).

        A number that a weight moves by t = x h, and the farthest one by u, bends for all of them alike: T / u^3 is the
        same if the value is smooth, and where it has a kink T / u is. What rows say adds up, and its sizes do.
        """
        x = np.abs(self.x)
        moved = np.zeros(x.shape[1] * self.units)
        moved[entries] = h
        moved = moved.reshape(-1, self.units)
        u = np.stack([(own[:, None] * moved).max(axis=0) for own in x])
        u[u == 0] = 1.0
        bent = self.third(u) / (6.0 * u)
        cubic, squared = bent / u**2, moved**2
        third = (self.x**3).T @ cubic * squared
        off = (x**3).T @ np.abs(cubic) * squared if self.smooth else x.T @ np.abs(bent)
        return third.reshape(-1)[entries], off.reshape(-1)[entries]


def levers(ripples: Ripples) -> dict[str, Lever]:
    """Return that of every wanted weight of an affine layer that has one, by the weight's name."""
    point, network = ripples.point, ripples.network
    rows = cache(lambda: by_row(ripples) if apart(point, network) else None)
    found, is_smooth = {}, smooth(network)
    for name in point.wanted if point.draws == 1 else ():
        uses = [(node, role) for node in network.nodes for role, source in node.sources.items() if source == name]
        ((node, role),) = uses if len(uses) == 1 else ((network.nodes[-1], ""),)
        if type(node.op) is not reference.Affine or role != "W":
            continue
        x = ripples.values[node.sources["x"]]
        alone = ripples if x.shape[:2] == (1, 1) else rows()
        if alone and x.shape[-1] > len(PLACES):
            z = alone.values[node.name][:, 0]
            found[name] = Lever(x.reshape(len(z), -1), z.shape[1], is_smooth, partial(_third, alone, node.name, z))
    return found


def _third(rows: Ripples, name: str, z: Array, u: Array) -> Array:
    """Return T where each number of z, named so, moves alone in every row, by its u; each (rows, units)."""
    there = z + PLACES * u
    column = Column(np.tile(np.arange(z.shape[1]), len(there)), there.transpose(0, 2, 1).reshape(-1, len(z), 1))
    behind, ahead, beyond = rows.after(name, column).reshape(len(there), -1, len(z)).transpose(0, 2, 1)
    return np.asarray(beyond - 3.0 * ahead + 3.0 * rows.value()[:, None] - behind)
