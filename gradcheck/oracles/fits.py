"""Slopes from many values: polynomials are fitted to them, where rounding hides what a few would show.

Two polynomials are fitted, and how far apart their slopes are tells what the first leaves of truncation. What the
larger leaves over of the values is noise, and its slope has its share of that; so has a value its rounding.
"""

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles.noise import half_a_unit
from gradcheck.oracles.slopes import Slopes

REACHES = (0.125, 0.5, 2.0)
"""How far values are looked at for a fit, in units of the entry's size."""
PLACES = (np.arange(-32, 32) + np.random.default_rng(1).uniform(0.1, 0.9, 64)) / 32.0
"""Where they are looked at, in units of the reach."""
POWERS = tuple(np.vander(PLACES, count, increasing=True) for count in (6, 8))
"""The powers, at these places, that two polynomials are made of."""
FITTING = tuple(np.linalg.pinv(powers) for powers in POWERS)
"""What takes values at these places to the coefficients of the two polynomials."""


def slopes(values: Array, centre: Array, noise: Array, h: Array) -> Slopes:
    """Return the slopes at the middle of values at all places, (places, entries, draws), in units of reaches h."""
    above = (values - centre).reshape(len(PLACES), -1)
    smaller, larger = (own @ above for own in FITTING)
    left_over = np.sqrt(((above - POWERS[1] @ larger) ** 2).sum(axis=0) / (len(above) - len(larger)))
    noise = noise + half_a_unit(values) * np.abs(values).max(axis=0)
    share = float(np.linalg.norm(FITTING[1][1]))
    rounding = 6.0 * share * np.maximum(left_over.reshape(h.shape), noise) / h
    truncation = 2.0 * np.abs(larger[1] - smaller[1]).reshape(h.shape) / h
    nothing = np.zeros_like(h)
    return Slopes(larger[1].reshape(h.shape) / h, truncation, rounding, nothing, h, nothing)
