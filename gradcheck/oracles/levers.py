"""All weights into a unit move the value through one number in every row, z = x W + b, each by as much as its x.

So how far the value bends under any of them is told by how it bends under these numbers, of which there are far fewer:
each is moved by as much as any weight moves it, alone in every row, to four places. A weight then needs one value, and
that is seen row by row: what every row rises by has more digits than what their sum does.

It assumes that y = x W + b, that rows are apart (``rows.py``), and that nothing has a kink. No slope is taken from it,
but how far a difference bends away from one. Whoever asks moves some weight under the whole network as well.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from gradcheck import reference
from gradcheck.op import Array
from gradcheck.oracles.grid import Entry
from gradcheck.oracles.noise import fine
from gradcheck.oracles.ripples import Column, Ripples
from gradcheck.oracles.rows import apart, by_row, near, smooth

PLACES = np.array([-2.0, -1.0, 1.0, 2.0]).reshape(-1, 1, 1)
"""Where the value is looked at, in units of how far a number moves."""
UNSEEN = 8.0
"""The noise of the whole that is more than so many times that of all its rows is digits that were lost by all alike."""


class Lever(NamedTuple):
    """The numbers through which all weights of a layer move the value."""

    x: Array
    """By how much they move in each row when a weight moves by 1, (rows, weights into a unit)."""
    units: int
    """How many units there are."""
    noise: float
    """What rounding changes the sum of what all rows rise by, typically, if it is in every row at random."""
    rises: Callable[[Array, Array], Array]
    """``rises(entries, moved)``: by how much the value rises when each of these weights moves alone; (entries)."""
    bends: Callable[[Array], Sequence[Array]]
    """``bends(u)``: u^2 f'', u^3 f''' and u^4 f'''' where each of the numbers moves alone, by its u; (rows, units)."""

    def bend(self, h: Array) -> tuple[Array, Array]:
        """Return by how much (f(h) - f(0)) / h is off f' for all weights, and how far that may be off; (entries).

        It is h f'' / 2 + h^2 f''' / 6 + h^3 f'''' / 24 and more. A number that a weight moves by t = x h, and the
        farthest one by u, bends for all of them alike. What rows say adds up, and so do the sizes of the last two.
        """
        x, moved = np.abs(self.x), h.reshape(-1, self.units)
        u = np.stack([(own[:, None] * moved).max(axis=0) for own in x])
        u[u == 0] = 1.0
        bend, off = np.zeros(moved.shape), np.zeros(moved.shape)
        for order, own in enumerate(self.bends(u), 2):
            term = own / (math.factorial(order) * u**order)
            bend += (self.x**order).T @ term * moved ** (order - 1)
            off += (x**order).T @ np.abs(term) * moved ** (order - 1) if order > 2 else 0.0
        return bend.reshape(-1), off.reshape(-1)


def levers(ripples: Ripples, noise: Array) -> dict[str, Lever]:
    """Return that of every wanted weight of an affine layer that has one, by name, given the noise of the whole."""
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
                moves = partial(_rises, rows, name), partial(_bends, rows, node.name, z)
                lost = _lost(fine(partial(near, rows, node.name)), noise.max())
                found[name] = Lever(x, z.shape[1], lost, *moves)
    return found


def _lost(noise: Array, whole: float) -> float:
    """Return what rounding changes the sum of what rows rise by, or what the whole has lost that no row shows."""
    return float(max(np.linalg.norm(noise), whole - UNSEEN * noise.sum()))


def _rises(rows: Ripples, name: str, entries: Array, moved: Array) -> Array:
    """Return by how much the value rises in all rows together when each of some weights moves alone; (entries)."""
    before = rows.value()
    after = rows.in_order(name, Entry(entries, np.broadcast_to(moved[:, None], (len(entries), len(before)))))
    return np.asarray((after - before).sum(axis=1))


def _bends(rows: Ripples, name: str, z: Array, u: Array) -> tuple[Array, Array, Array]:
    """Return u^2 f'', u^3 f''' and u^4 f'''' where each number of z, named so, moves alone in every row, by its u."""
    there = z + PLACES * u
    column = Column(np.tile(np.arange(z.shape[1]), len(there)), there.transpose(0, 2, 1).reshape(-1, len(z), 1))
    below, behind, ahead, above = rows.after(name, column).reshape(len(there), -1, len(z)).transpose(0, 2, 1)
    second, wide = (one - 2.0 * rows.value()[:, None] + other for one, other in ((behind, ahead), (below, above)))
    fourth = wide - 4.0 * second
    return second - fourth / 12.0, 0.5 * (above - below) - (ahead - behind), fourth
