"""Is it so? The whole is really moved, along two directions, and held against what its entries are said to add up to.

Along the one every entry moves by about its own size, along the other such that all have about the same share. Nothing
is assumed here but that the forward pass is what is to be differentiated, so a mistake about how the parts of a network
are joined shows, in the very draw in which it was made. A draw is confirmed by itself: what another draw's numbers do
is no reason to doubt it.
"""

from collections.abc import Mapping

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles.grid import Grid
from gradcheck.oracles.ladder import GOAL, Ladder, Slopes
from gradcheck.point import Point, typical_size
from gradcheck.records import Estimate

SEEN = 1e-2
"""A direction with a bar above this fraction of what its entries add up to has seen nothing."""
LEAST = 1e-2
"""The least share, of the largest, that an entry is taken to have when shares are made equal."""


def confirmed(point: Point, gradients: Mapping[str, Estimate], noise: Array) -> Array:
    """Say in which draws, (draws), moving the whole gives what the entries add up to, and sees enough to say so.

    The noise is that of the value, (draws). One step is enough in most draws; it is made shorter, or longer, where that
    could show more than the bars of the entries hide.
    """
    directions = _directions(point, gradients)

    def values(grid: Grid, moved: Array) -> Array:
        there, changed = point.of_draws(grid.draws), {}
        for name, direction in directions.items():
            steps = moved.reshape(*moved.shape, *[1] * (direction.ndim - 2))
            ways = direction[np.ix_(grid.entries, grid.draws)]
            changed[name] = (there.inputs[name] + steps * ways).reshape(-1, *there.inputs[name].shape)
        return there.project(changed).reshape(moved.shape)

    slopes = np.asarray(sum(_added(directions[name] * own.value) for name, own in gradients.items()))
    sizes = np.asarray(sum(_added(np.abs(directions[name] * own.value)) for name, own in gradients.items()))
    bars = np.asarray(sum(_added(np.abs(directions[name]) * own.bar) for name, own in gradients.items()))
    look = _Look(
        np.zeros((point.draws, 2)),
        values,
        centre=(point.cotangent * point.value()).sum(axis=tuple(range(1, point.cotangent.ndim))),
        noise=noise,
        wider=lambda: noise,
        cost=sum(array[0].size for array in point.inputs.values()),
    )
    look.wanted = slopes, bars, np.maximum(bars, GOAL * sizes)
    said = look.estimate()
    apart = np.abs(said.value - slopes.T) > said.bar + bars.T
    seen = (SEEN * sizes >= said.bar.T) | (sizes == 0)
    return np.asarray(~apart.any(axis=1) & seen.any(axis=0))


class _Look(Ladder):
    """A ladder that stops where its bars are shorter than those of what it is to confirm, and says the same."""

    wanted: tuple[Array, Array, Array]
    """What the slopes are said to be, the bars of that, and how short our own must be, each (2, draws)."""

    def too_long(self, slopes: Slopes) -> Array:
        """Tell where another step could show more."""
        said, bars, goal = self.wanted
        agrees = (np.abs(slopes.value - said) <= slopes.bar + bars) & (slopes.bar <= goal)
        return np.asarray(~agrees & super().too_long(slopes))


def _directions(point: Point, gradients: Mapping[str, Estimate]) -> dict[str, Array]:
    """Return two directions through all wanted inputs, each (2, draws, *shape of the input)."""
    generator, found = np.random.default_rng(8), {}
    sizes = {
        name: np.maximum(np.abs(here), typical_size(here)) for name, here in point.inputs.items() if name in gradients
    }
    shares = {name: np.abs(own.value) * sizes[name] for name, own in gradients.items()}
    largest = np.max([own.reshape(point.draws, -1).max(axis=1, initial=0.0) for own in shares.values()], axis=0)
    least = np.where(largest > 0, LEAST * largest, 1.0)
    for name, share in shares.items():
        size, own = sizes[name], least.reshape(-1, *[1] * (share.ndim - 1))
        equal = own / np.maximum(share, own)
        random = generator.uniform(0.5, 1.0, (2, *share.shape)) * generator.choice([-1.0, 1.0], (2, *share.shape))
        found[name] = random * np.stack([size, size * equal])
    return found


def _added(array: Array) -> Array:
    """Add up all entries, (2, draws)."""
    return np.asarray(array.reshape(*array.shape[:2], -1).sum(axis=2))
