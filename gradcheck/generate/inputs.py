"""Random inputs for functions of arrays: numbers that reveal mistakes, and that shrink to ones for the blackboard.

Numbers are short decimals, and shrink towards 1, -1, 2, ...: never towards 0, where ReLU and max have their kinks and
half of all mistakes are invisible. Zeros, ties, and very large and small numbers come when they are asked for.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradcheck.errors import UnknownName
from gradcheck.op import Array

_BLACKBOARD = [sign * size for size in (1.0, 2.0, 0.5, 3.0, 1.5, 4.0, 0.25, 5.0) for sign in (1.0, -1.0)]


def shapes(*, dimensions: int = 2, largest: int = 4) -> st.SearchStrategy[tuple[int, ...]]:
    """Draw shapes with so many dimensions, each from 1 up to the largest; they shrink towards all ones."""
    return st.tuples(*[st.integers(1, largest)] * dimensions)


def arrays(
    shape: tuple[int, ...] | st.SearchStrategy[tuple[int, ...]], *, regime: str = "ordinary"
) -> st.SearchStrategy[Array]:
    """Draw arrays of a shape, or of shapes that are drawn.

    Regimes: ``ordinary`` short decimals, ``positive`` ones, ``ties`` (few different values, zero among them), and
    ``wild`` (all of these, and magnitudes from 1e-6 to 1e6). Raises UnknownName for any other.
    """
    ordinary = st.sampled_from(_BLACKBOARD) | st.integers(1, 999).map(lambda k: k / 100 * (-1.0) ** k)
    positive, ties = ordinary.map(abs), st.sampled_from([1.0, -1.0, 0.0])
    powers = st.builds(lambda number, power: number * 10.0**power, ordinary, st.integers(-6, 6))
    regimes = {"ordinary": ordinary, "positive": positive, "ties": ties, "wild": ordinary | ties | powers}
    if regime not in regimes:
        raise UnknownName("regime", regime, regimes)
    elements = regimes[regime]

    def filled(own: tuple[int, ...]) -> st.SearchStrategy[Array]:
        count = int(np.prod(own, dtype=int))
        return st.lists(elements, min_size=count, max_size=count).map(lambda values: np.array(values).reshape(own))

    return filled(shape) if isinstance(shape, tuple) else shape.flatmap(filled)


def labels(count: int, *, classes: int) -> st.SearchStrategy[Array]:
    """Draw the indices of so many samples' classes."""
    return st.lists(st.integers(0, classes - 1), min_size=count, max_size=count).map(np.array)


def indices(*, size: int, most: int = 5) -> st.SearchStrategy[Array]:
    """Draw indices into an axis of a size; some of them repeat, for that is where gradients go wrong."""
    return st.lists(st.integers(0, size - 1), min_size=1, max_size=most).map(np.array)


def together(strategies: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw several inputs at once, by name."""
    return st.fixed_dictionaries(dict(strategies))


def masks(shape: tuple[int, ...]) -> st.SearchStrategy[Array]:
    """Draw masks of zeros and ones; they shrink towards all ones."""
    count = int(np.prod(shape, dtype=int))
    bits = st.lists(st.sampled_from([1.0, 0.0]), min_size=count, max_size=count)
    return bits.map(lambda values: np.array(values).reshape(shape))
