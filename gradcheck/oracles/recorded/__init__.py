"""A layer's code, written down as it runs, function by function; and the way back through it, with exact steps.

A layer is made of NumPy's functions, and each of these is simple: it adds products (``adding.py``), moves numbers about
(``moving.py``), bends every number by itself (``bending.py``), or chooses (``choosing.py``). How to go back through a
function is found from what it does, without a rule of calculus; so the derivative by everything that went into a layer
is had by going back through the record once, and its own backward pass is never looked at.
"""

from gradcheck.oracles.recorded import adding, bending, choosing, moving
from gradcheck.oracles.recorded.arrays import NotRecorded, Recorded
from gradcheck.oracles.recorded.links import NOWHERE, added
from gradcheck.oracles.recorded.record import Record, rounded

__all__ = [
    "NOWHERE",
    "NotRecorded",
    "Record",
    "Recorded",
    "added",
    "adding",
    "bending",
    "choosing",
    "moving",
    "rounded",
]
