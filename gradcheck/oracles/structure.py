"""What a layer says when it is moved: at a kink, and where its code cannot be recorded.

Every rule turns what has arrived at a layer's output, the derivative by every entry of it with an error bar, into the
derivative by the layer's inputs. What a rule assumes of a layer stands here beside its name, and is not believed:
``layers.py`` moves the whole network to see whether it was so. A layer that is not named is moved entry by entry, under
nothing but its own inputs.

An error bar goes through a layer as the derivative does, but with all signs positive, so that errors never cancel.
"""

import math
from collections.abc import Callable, Collection, Mapping
from functools import cache, wraps

import numpy as np

from gradcheck import reference
from gradcheck.op import Array, Op
from gradcheck.oracles import noise
from gradcheck.oracles.grid import Grid, shaped
from gradcheck.oracles.ladder import Ladder
from gradcheck.oracles.noise import half_a_unit
from gradcheck.point import Point, typical_size
from gradcheck.records import Estimate

Arguments = Mapping[str, Array]
Rule = Callable[[Op, Arguments, Collection[str], Estimate], dict[str, Estimate]]
"""``rule(op, arguments, roles, arrived)``: the derivatives by those inputs, by name."""

ENTRYWISE = frozenset(
    {
        reference.Sigmoid,
        reference.Tanh,
        reference.Relu,
        reference.LeakyRelu,
        reference.Elu,
        reference.Selu,
        reference.Hardtanh,
        reference.Hardswish,
        reference.Softsign,
        reference.Gelu,
        reference.GeluTanh,
        reference.Silu,
        reference.Mish,
        reference.Softplus,
        reference.LogSigmoid,
    }
)
"""Layers whose every output depends on one entry of ``x``: all entries can be moved at once."""

SEPARATE: dict[type[Op], int] = {
    reference.HalfSumOfSquares: 2,
    reference.MeanSquaredError: 2,
    reference.BinaryCrossEntropy: 2,
    reference.LogLoss: 2,
    reference.Focal: 2,
    reference.PoissonLikelihood: 2,
    reference.SoftMargin: 2,
    reference.Huber: 2,
    reference.MeanAbsoluteError: 2,
    reference.L2Penalty: 2,
    reference.SoftmaxCrossEntropy: 1,
    reference.SoftLabelCrossEntropy: 1,
}
"""Losses that are the sum, or the mean, of what they are for each row (1), or for each entry (2), alone."""


def _each(own: Callable[[Op, Arguments, str, Estimate], Estimate]) -> Rule:
    """Make a rule for one input into one for several."""

    @wraps(own)
    def each(op: Op, arguments: Arguments, roles: Collection[str], arrived: Estimate) -> dict[str, Estimate]:
        return {role: own(op, arguments, role, arrived) for role in roles}

    return each


@_each
def entrywise(op: Op, arguments: Arguments, role: str, arrived: Estimate) -> Estimate:
    """Move all entries at once: dL/dx = f'(x) dL/dy, with f' from differences."""
    x = arguments[role]
    flat = x.reshape(len(x), -1)

    def measure(spacing: float) -> Array:
        return op(**{role: noise.places(flat.T, spacing, np.random.default_rng(1))})[0]

    own = noise.fine(measure)
    ladder = Ladder(
        flat,
        lambda _, moved: op(**{role: moved})[0],
        centre=op(**{role: flat.T})[0],
        noise=own,
        wider=cache(lambda: np.maximum(own, noise.coarse(measure))),
        cost=1,
    )
    ladder.lost = half_a_unit(x) * np.abs(flat.T)  # where one term was rounded away, nothing is left to be noisy
    slope = shaped(ladder.estimate(), x.shape)
    value, size = slope.value * arrived.value, np.abs(arrived.value)
    bar = np.where(size > 0, slope.bar * size, 0.0) + (np.abs(slope.value) + slope.bar) * arrived.bar
    kinks = (slope.kinks & (size > 0)) | (arrived.kinks & (slope.value != 0))
    return Estimate(value, np.nan_to_num(bar, nan=np.inf, posinf=np.inf), kinks, slope.steepest * arrived.steepest)


@_each
def separately(op: Op, arguments: Arguments, role: str, arrived: Estimate) -> Estimate:
    """Let each piece be a draw of its own, so that the rounding of the others is not in its way."""
    axes, shape = SEPARATE[type(op)], arguments[role].shape
    pieces = {name: own.reshape(-1, *[1] * axes, *own.shape[1 + axes :]) for name, own in arguments.items()}
    alone, whole = op(**pieces)[0].reshape(shape[0], -1), op(**arguments)[0]
    many = alone.shape[1]
    gaps = [np.abs(together(alone, axis=1) - whole).sum() for together in (np.sum, np.mean)]
    factor = 1.0 if gaps[0] <= gaps[1] else 1.0 / many
    fields = factor * arrived.value, factor * arrived.bar, arrived.kinks, arrived.steepest
    shares = Estimate(*(np.repeat(own, many) for own in fields))
    return shaped(one_by_one(op, pieces, [role], shares)[role], shape)


def one_by_one(op: Op, arguments: Arguments, roles: Collection[str], arrived: Estimate) -> dict[str, Estimate]:
    """Move the layer by one entry after the other, and see what that does to all of its outputs together."""
    if not roles:
        return {}
    moved = _Moved(Point(op, arguments, arrived.value, tuple(roles)), arrived)
    said = moved.estimate()
    whole = Estimate(said.value, said.bar + moved.spread.T, said.kinks | moved.kinks.T, said.steepest)
    fields = zip(*(moved.apart(own) for own in (whole.value, whole.bar, whole.kinks, whole.steepest)), strict=True)
    return dict(zip(roles, (Estimate(*own) for own in fields), strict=True))


class _Moved:
    """A layer that is moved by one entry after the other, and what the bars at its outputs add to the answer."""

    def __init__(self, point: Point, arrived: Estimate) -> None:
        self.point, self.arrived = point, arrived
        self.shapes = [point.inputs[role].shape for role in point.wanted]
        self.ends = np.cumsum([math.prod(shape[1:]) for shape in self.shapes])
        self.flat = np.concatenate([point.inputs[role].reshape(point.draws, -1) for role in point.wanted], axis=1)
        self.spread, self.kinks = np.zeros(self.flat.T.shape), np.zeros(self.flat.T.shape, bool)
        self.first = bool(arrived.bar.any())

    def apart(self, array: Array) -> list[Array]:
        """Cut (..., draws, entries) into the inputs, each (..., draws, *its own shape)."""
        parts = np.split(array, self.ends[:-1], axis=-1)
        return [own.reshape(*array.shape[:-1], *shape[1:]) for own, shape in zip(parts, self.shapes, strict=True)]

    def estimate(self) -> Estimate:
        """Return value, bar and kinks, each (draws, entries)."""
        measure = noise.near(self.point)
        largest = np.abs(self.arrived.value).reshape(self.point.draws, -1).max(axis=1, initial=0.0)
        own = noise.fine(measure)
        sizes = [np.maximum(np.abs(here), typical_size(here)) for here in self.apart(self.flat)]
        ladder = Ladder(
            self.flat,
            self.values,
            centre=self.point.project({self.point.wanted[0]: self.point.inputs[self.point.wanted[0]][None]})[0],
            noise=own,
            wider=cache(lambda: np.maximum(own, noise.coarse(measure))),
            cost=max(1, sum(array[0].size for array in self.point.inputs.values())),
            size=np.concatenate([size.reshape(self.point.draws, -1) for size in sizes], axis=1),
        )
        least = half_a_unit(self.flat) * largest * np.abs(self.flat).max(axis=1)  # as where y is taken from log exp y
        ladder.lost = np.broadcast_to(least, self.flat.T.shape)
        return ladder.estimate()

    def values(self, grid: Grid, moved: Array) -> Array:
        """Return <what has arrived, value> for every moved entry; the first time, with what its bar does to it."""
        there = self.point.of_draws(grid.draws)
        changed = self.apart(grid.copies(self.flat, moved))
        value = there.op(**{**there.inputs, **dict(zip(self.point.wanted, changed, strict=True))})[0]
        own = tuple(range(2, value.ndim))
        if self.first:
            self.bars(grid, moved, value.reshape(*moved.shape, *value.shape[2:]))
        return np.asarray((there.cotangent * value).sum(axis=own)).reshape(moved.shape)

    def bars(self, grid: Grid, moved: Array, value: Array) -> None:
        """Note what the bars that have arrived make possible, and whether a kink has arrived, in all of the draws."""
        own = tuple(range(2, value.ndim - 1))
        slopes = np.abs(value[4] - value[5])
        self.spread[grid.entries] = np.nan_to_num(
            (slopes * self.arrived.bar).sum(axis=own) / np.abs(moved[4] - moved[5]), nan=np.inf, posinf=np.inf
        )
        self.kinks[grid.entries] = ((slopes > 0) & self.arrived.kinks).any(axis=own)
        self.first = self.first and grid.entries[-1] + 1 < self.flat.shape[1]


def all_at_once(op: Op) -> bool:
    """Say whether all entries of a layer are moved at once."""
    return type(op) in ENTRYWISE


def rule(op: Op) -> Rule:
    """Return the rule for a layer."""
    kinds = ((ENTRYWISE, entrywise), (SEPARATE, separately))
    return next((own for known, own in kinds if type(op) in known), one_by_one)
