"""All weights into a unit move the value through one number in every row, z = x W + b, each by as much as its x.

So how far the value bends under any of them is told by how it bends under these numbers, of which there are far fewer:
each is moved by as much as any weight moves it, alone in every row, to three places. A weight then needs one value, and
that is seen row by row: what every row rises by has more digits than what their sum does.

It assumes that y = x W + b, that rows are apart (``rows.py``), and that nothing has a kink. No slope is taken from it,
but how far a difference bends away from one. Whoever asks moves some weight under the whole network as well.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from gradcheck import reference
from gradcheck.op import Array
from gradcheck.oracles.grid import Entry
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
    rises: Callable[[Array, Array], Array]
    """``rises(entries, moved)``: by how much the value rises when each of these weights moves alone; (entries)."""
    bends: Callable[[Array], tuple[Array, Array]]
    """``bends(u)``: S = f(u) - 2 f(0) + f(-u) and T = f(2u) - 3 f(u) + 3 f(0) - f(-u) where each of the numbers moves
    alone, by its u; each (rows, units)."""

    def bend(self, entries: Array, h: Array) -> tuple[Array, Array]:
        """Return by how much (f(h) - f(0)) / h is off f' for some weights, and how far that may be off; (entries).

        It is h f'' / 2 + h^2 f''' / 6 and more. A number that a weight moves by t = x h, and the farthest one by u,
        bends for all of them alike: S / u^2 and T / u^3 are the same. What rows say adds up, and so do its sizes.
        """
        x = np.abs(self.x)
        moved = np.zeros(x.shape[1] * self.units)
        moved[entries] = h
        moved = moved.reshape(-1, self.units)
        u = np.stack([(own[:, None] * moved).max(axis=0) for own in x])
        u[u == 0] = 1.0
        S, T = self.bends(u)
        square, cube = S / (2.0 * u**2), T / (6.0 * u**3)
        bend = (self.x**2).T @ square * moved + (self.x**3).T @ cube * moved**2
        off = (x**3).T @ np.abs(cube) * moved**2
        return bend.reshape(-1)[entries], off.reshape(-1)[entries]


def levers(ripples: Ripples) -> dict[str, Lever]:
    """Return that of every wanted weight of an affine layer that has one, by the weight's name."""
    point, network = ripples.point, ripples.network
    if not (apart(point, network) and smooth(network)):
        return {}
    rows, found = by_row(ripples), {}
    for name in point.wanted:
        uses = [(node, role) for node in network.nodes for role, source in node.sources.items() if source == name]
        ((node, role),) = uses if len(uses) == 1 else ((network.nodes[-1], ""),)
        if type(node.op) is reference.Affine and role == "W":
            x, z = (rows.values[own][:, 0] for own in (node.sources["x"], node.name))
            if x.shape[-1] > len(PLACES):
                found[name] = Lever(x, z.shape[1], partial(_rises, rows, name), partial(_bends, rows, node.name, z))
    return found


def _rises(rows: Ripples, name: str, entries: Array, moved: Array) -> Array:
    """Return by how much the value rises in all rows together when each of some weights moves alone; (entries)."""
    before = rows.value()
    after = rows.in_order(name, Entry(entries, np.broadcast_to(moved[:, None], (len(entries), len(before)))))
    return np.asarray((after - before).sum(axis=1))


def _bends(rows: Ripples, name: str, z: Array, u: Array) -> tuple[Array, Array]:
    """Return S and T where each number of z, named so, moves alone in every row, by its u; each (rows, units)."""
    there = z + PLACES * u
    column = Column(np.tile(np.arange(z.shape[1]), len(there)), there.transpose(0, 2, 1).reshape(-1, len(z), 1))
    behind, ahead, beyond = rows.after(name, column).reshape(len(there), -1, len(z)).transpose(0, 2, 1)
    here = rows.value()[:, None]
    return ahead - 2.0 * here + behind, beyond - 3.0 * ahead + 3.0 * here - behind
