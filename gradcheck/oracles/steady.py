"""How far every entry of an array moves when no more than last digits do.

Of a large array that is mostly nothing to speak of beside its largest entry. Then one number, the most that any entry
moves, stands for all of them, and need not be held as many times as there are entries.
"""

import numpy as np

from gradcheck.op import Array
from gradcheck.point import PIECE, largest, pieces

STEADY = 2.0**-44
"""If no entry of a large array moves by more than this, beside its largest, one number says so of all of them."""


def gaps(one: Array, other: Array) -> Array:
    """Return how far apart two arrays are, entry by entry."""
    found = np.empty(other.shape, other.dtype)  # laid out so that its pieces are views, however the others are
    for own, its, gap in pieces(one, other, found):
        np.abs(np.subtract(own, its, out=gap), out=gap)
    return found


def brief(moves: Array, top: Array) -> Array:
    """Return how far entries move as it is, or, if they are many and hardly move, the most that one moves in each draw.

    That is little beside ``top``, how large they are at most, (draws); what is left is shaped to broadcast against all.
    """
    if moves[0].size > PIECE and ((most := largest(moves)) <= STEADY * top).all():
        return most.reshape(-1, *[1] * (moves.ndim - 1))
    return moves
