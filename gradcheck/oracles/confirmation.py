"""Is it so? The whole is really moved along a direction, and held against what its entries are said to add up to.

Every entry moves by about the size that is typical of its input, each its own way. Nothing is assumed here but that the
forward pass is what is to be differentiated, so a mistake about how the parts of a network are joined shows, in the
very draw in which it was made. A draw is confirmed by itself: what another draw's numbers do is no reason to doubt it.
What moves is made anew for every pass, so that no more than one such network is held at a time, if it is a large one.

Where the way back has made bars so long that they say nothing, the direction says more: what it shows of all entries
together it shows of each, for an error in one would be seen in the whole; unless errors cancel along it, which random
signs and sizes make unlikely, and which is all that is assumed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gradcheck.line import Moves
from gradcheck.op import Array
from gradcheck.oracles.grid import Grid
from gradcheck.oracles.ladder import CHUNK, GOAL, Ladder
from gradcheck.oracles.slopes import Slopes
from gradcheck.point import Point
from gradcheck.records import Estimate

SEEN = 1e-2
"""A direction with a bar above this fraction of what its entries add up to has seen nothing."""


def confirmed(point: Point, gradients: Mapping[str, Estimate], noise: Array) -> tuple[Array, dict[str, Estimate]]:
    """Say in which draws, (draws), moving the whole gives what the entries add up to, and sees all that can be seen.

    With it come the gradients, their bars made shorter where they said nothing and the whole says more. The noise is
    that of the value, (draws). One step is enough in most draws; it is made shorter, or longer, where that could show
    more than the bars of the entries hide.
    """
    generator = np.random.default_rng(8)
    ways = {name: _Way.of(own, point.sizes[name], generator) for name, own in gradients.items()}
    slope, size, bar = (np.asarray(sum(own)) for own in zip(*(way.said for way in ways.values()), strict=True))
    look = _Look(
        np.zeros((point.draws, 1)),
        lambda grid, moved: _values(point, ways, grid, moved),
        centre=(point.cotangent * point.value()).sum(axis=tuple(range(1, point.cotangent.ndim))),
        noise=noise,
        wider=lambda: noise,
        cost=1,
    )
    dim = ~(bar <= SEEN * size)
    goal = np.where(dim, GOAL * size, np.maximum(bar, GOAL * size))
    look.wanted = slope, bar, np.where(size > 0, goal, np.inf)
    look.enough = np.where(dim, 0.0, SEEN * size)
    seen = look.estimate()
    own, noisy, off = seen.bar[:, 0], look.noisy[:, 0], np.abs(seen.value[:, 0] - slope)
    kinks = np.any([said.kinks.reshape(point.draws, -1).any(axis=1) for said in gradients.values()], axis=0)
    says_nothing = dim & ~kinks
    sees = (own <= SEEN * size) | (size == 0) | (says_nothing & noisy)
    aside = 0.5 * look.gap[:, 0]  # at a kink, this is how far the slope to either side is from that between them
    both_sides = kinks & (own - aside <= SEEN * size) & (off + aside <= own - aside + bar)
    is_so = both_sides | (sees & (off <= np.where(says_nothing, own, own + bar)))
    short = np.where(is_so & says_nothing, own + off, np.inf)
    return is_so, {name: ways[name].shortened(said, short) for name, said in gradients.items()}


class _Look(Ladder):
    """A ladder that stops where its bars are shorter than those of what it is to confirm, and says the same."""

    wanted: tuple[Array, Array, Array]
    """What the slope is said to be, the bar of that, and how short our own must be, each (draws)."""
    enough: Array
    """With no longer a bar than this something is seen, (draws)."""

    def too_long(self, slopes: Slopes) -> Array:
        """Tell where another step could show more."""
        said, bar, goal = self.wanted
        agrees = (np.abs(slopes.value - said) <= slopes.bar + bar) & (slopes.bar <= goal)
        return ~agrees if agrees.all() else np.asarray(~agrees & super().too_long(slopes))

    def hidden(self, slopes: Slopes) -> Array:
        """Fit only where nothing would be seen otherwise."""
        return np.asarray(super().hidden(slopes) & ~(slopes.bar <= self.enough))


@dataclass(frozen=True)
class _Way:
    """How one input moves."""

    moves: Moves
    """Signs and sizes, without a unit."""
    unit: Array
    """The size that is typical of it, (draws)."""
    said: tuple[Array, Array, Array]
    """What its entries add to the slope, and would if nothing cancelled, and their bars, each (draws)."""

    @staticmethod
    def of(estimate: Estimate, unit: Array, generator: np.random.Generator) -> "_Way":
        """Draw the way of an input, of which so much is known."""
        value, bar = (own.reshape(len(own), -1) for own in (estimate.value, estimate.bar))
        moves = Moves.drawn(value.shape[1], generator)
        sums = value @ moves.along(np.ones(())), np.abs(value).sum(axis=1), bar.sum(axis=1)
        slope, size, most = (unit * own for own in sums)
        return _Way(moves, unit, (slope, size, most))

    def shortened(self, said: Estimate, unseen: Array) -> Estimate:
        """Return an estimate with no bar longer than an error of its entry that would add so much, (draws)."""
        if np.isinf(unseen).all():
            return said
        lengths = np.abs(self.moves.along(self.unit)).reshape(said.bar.shape)
        own = unseen.reshape(-1, *[1] * (said.bar.ndim - 1))
        return said._replace(bar=np.fmin(said.bar, own / lengths))

    def moved(self, here: Array, lengths: Array) -> Array:
        """Return an input moved by lengths, (moves, draws): (moves, draws, *shape)."""
        found = self.moves.along(lengths)
        found += here.reshape(len(here), -1)
        return found.reshape(len(lengths), *here.shape)


def _values(point: Point, ways: Mapping[str, _Way], grid: Grid, moved: Array) -> Array:
    """Return <cotangent, value> along the direction, (places, 1, draws), as many at once as stay in the cache."""
    there, lengths = point.of_draws(grid.draws), moved[:, 0]
    at_once = max(1, CHUNK // sum(array.size for array in there.inputs.values()))
    found = []
    for start in range(0, len(lengths), at_once):
        own = lengths[start : start + at_once]
        units = {name: own * way.unit[grid.draws] for name, way in ways.items()}
        found.append(there.project({name: way.moved(there.inputs[name], units[name]) for name, way in ways.items()}))
    return np.concatenate(found)[:, None]
