"""Weights from a seed: the same numbers anywhere, whatever is added around them.

Each array is drawn by a counter-based generator whose key is the weight seed and the array's own *name*, so adding a
layer never re-rolls the others. Only the generator's raw bits are used: NumPy promises that those never change. The
values are short decimals, distinct and never zero by accident, so that a counterexample can be read aloud. A *regime*
then makes them saturate, vanish, explode, repeat, or lie next to a kink.
"""

import math
import zlib
from collections.abc import Callable, Iterable

import numpy as np

from gradcheck.errors import UnknownName
from gradcheck.op import Array

_LOUD, _NORMAL = 1.9, 0.1


def uniforms(seeds: Iterable[int], name: str, shape: tuple[int, ...]) -> Array:
    """Return numbers in [0, 1), (seeds, *shape), that depend on seed, name and their place in the array alone.

    One generator is set to one seed after the other, which takes far less than as many new ones.
    """
    bits, count = np.random.Philox(key=[0, zlib.crc32(name.encode())]), math.prod(shape)
    begin, raw = bits.state, []
    for seed in seeds:
        begin["state"]["key"][0] = seed
        bits.state = begin
        raw.append(bits.random_raw(count))
    return (np.array(raw, dtype=np.uint64) >> np.uint64(11)).reshape(-1, *shape) * 2.0**-53


def _ordinary(u: Array, v: Array) -> Array:
    """Signed, between 0.1 and 2, two decimals."""
    return np.where(v < 0.5, -1.0, 1.0) * np.round(_NORMAL + _LOUD * u, 2)


def _near_kink(u: Array, v: Array) -> Array:
    """Multiples of one half, whose sums often vanish, a few of them moved by about 1e-8."""
    halves = np.where(v < 0.5, -1.0, 1.0) * np.ceil(3.0 * np.maximum(u, 1e-9)) / 2.0
    return halves + np.where((v * 64.0) % 1.0 < 0.25, 1e-8 * (u - 0.5), 0.0)


REGIMES: dict[str, Callable[[Array, Array], Array]] = {
    "ordinary": _ordinary,
    "saturated": lambda u, v: np.round(6.0 * _ordinary(u, v), 1),
    "tiny": lambda u, v: 1e-4 * _ordinary(u, v),
    "huge": lambda u, v: 1e3 * _ordinary(u, v),
    "sparse": lambda u, v: np.where((v * 64.0) % 1.0 < 0.6, 0.0, _ordinary(u, v)),
    "near-kink": _near_kink,
    "repeated": lambda u, v: np.where(u + v < 1.0, -1.0, 0.5),
}
"""Each regime makes values out of two independent arrays of uniform numbers."""

_SCALE_OF_WEIGHTS_ONLY = frozenset({"saturated", "tiny", "huge"})


def _whole(u: Array, count: str) -> Array:
    """Whole numbers below a count."""
    whole: Array = np.floor(u * int(count)).astype(np.int64)
    return whole


def _between(u: Array, least: int, most: int) -> Array:
    """Whole numbers from the one to the other."""
    return least + _whole(u, str(most + 1 - least))


def _some_ignored(u: Array, v: Array, count: str) -> Array:
    """Whole numbers, but -100 in a quarter of the places; the first of a draw counts, so that there is a mean."""
    place = np.arange(v[0].size).reshape(v.shape[1:])
    return np.where((v < 0.25) & (place > 0), -100, _whole(u, count))


FIXED: dict[str, Callable[[Array, Array, str], Array]] = {
    "real": lambda u, v, _: _ordinary(u, v),
    "positive": lambda u, v, _: np.abs(_ordinary(u, v)),
    "probability": lambda u, v, _: 0.05 + 0.9 * u,
    "bits": lambda u, v, _: np.round(u),
    "count": lambda u, v, _: np.floor(6.0 * u),
    "sign": lambda u, v, _: np.where(u < 0.5, -1.0, 1.0),
    "soft": lambda u, v, _: (0.1 + u) / (0.1 + u).sum(axis=-1, keepdims=True),
    "mask": lambda u, v, rate: (u < 1.0 - float(rate)) / (1.0 - float(rate)),
    "class": lambda u, v, count: _whole(u, count),
    "class-or-ignored": _some_ignored,
    "length": lambda u, v, ends: _between(u, *map(int, ends.split("-"))),
    "label": lambda u, v, count: 1 + _whole(u, str(int(count) - 1)),
}
"""What is the same in every regime: targets and masks, out of two arrays of uniform numbers and perhaps a number."""


def draw(kind: str, name: str, shape: tuple[int, ...], seeds: Iterable[int], regime: str) -> Array:
    """Return one array for each seed, (seeds, *shape), of one kind.

    It is a ``weight``, the ``data``, or one of what is ``FIXED``, such as ``real`` or ``class:3``. Raises UnknownName
    for a regime that does not exist.
    """
    if regime not in REGIMES:
        raise UnknownName("regime", regime, REGIMES)
    both = uniforms(seeds, name, (2, *shape))
    u, v = both[:, 0], both[:, 1]
    what, _, number = kind.partition(":")
    if what in FIXED:
        return FIXED[what](u, v, number)
    if what not in {"weight", "data"}:
        raise ValueError(f"no such kind of array: {kind!r}")
    return REGIMES["ordinary" if what == "data" and regime in _SCALE_OF_WEIGHTS_ONLY else regime](u, v)
