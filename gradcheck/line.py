"""A line through a point: the operation at w + t v, as an operation of the one number t.

Its derivative should be <g, v> for the claimed gradient g, so a whole parameter, or all of them, is judged at the price
of a few passes. What results is an ordinary operation with few inputs, so that comparison and hearing need not know.
The oracles do know: every value is a whole pass, and steps are measured by how far the parameters move.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradcheck.op import Array, Gradients, Op, Pullback
from gradcheck.point import Point, pieces, shaken

TOGETHER = 2.0**-44
"""How far many roundings take a sum apart, relative to what its terms would add up to if none cancelled."""
FAIR = 2.0**-14
"""A bar this small, against the share of one entry, is short enough."""
SHARP = 2.0**-20
"""One this small shows an entry nearly as sharply as it would be seen alone."""


def _signed(least: float, count: int, generator: np.random.Generator) -> Array:
    """Draw numbers between the least and 1, of either sign."""
    drawn = generator.uniform(least - 1.0, 1.0 - least, count)
    return drawn + np.copysign(least, drawn)


BLOCK = 4099
"""How many signs and sizes are used before they begin again; a prime, so that no shape of an array falls in with it."""
SIGNED = _signed(0.5, 2 * BLOCK, np.random.default_rng(4))
"""Signs and sizes."""


@dataclass(frozen=True)
class Moves:
    """How far each of many entries moves along a direction: between 0.45 and 1, to either side.

    It is one block of signs and sizes, in as many sizes as it takes, so that they need not be held for every entry.
    """

    entries: int
    """How many entries there are."""
    block: Array
    """The block."""
    times: Array
    """What the block is multiplied with, from one to the next."""

    @staticmethod
    def drawn(entries: int, generator: np.random.Generator) -> "Moves":
        """Draw where the block begins in what there is of signs and sizes, and what it is multiplied with."""
        start, size = int(generator.integers(BLOCK)), max(1, min(BLOCK, entries))
        return Moves(entries, SIGNED[start : start + size], _signed(0.9, -(-entries // size), generator))

    def along(self, lengths: Array) -> Array:
        """Return how far all entries move if they go so far along the direction, (*shape of lengths, entries)."""
        times = lengths[..., None] * self.times
        whole: Array = times[..., None] * self.block
        return whole.reshape(*lengths.shape, -1)[..., : self.entries]


@dataclass(frozen=True)
class Stretch:
    """Neighbouring entries of one parameter, and how they move."""

    start: int
    """The flat index of the first of them."""
    lengths: Array
    """How far each moves when t moves by 1, (entries)."""
    shares: float = 0.0
    """What they would add to the derivative along the line if nothing cancelled, by the claim."""
    least: float = 0.0
    """What the least of those adds that count towards the sensitivity; 0 if none does."""

    @property
    def entries(self) -> slice:
        """Where in the flat parameter they are."""
        return slice(self.start, self.start + self.lengths.size)


@dataclass(frozen=True)
class Direction:
    """Entries of one or more parameters that move together."""

    name: str
    """What it is called among the inputs."""
    stretches: Mapping[str, Stretch]
    """What moves, by parameter."""
    share: float
    """What an entry of ordinary size adds to the derivative along the line; 0 if all is claimed to be zero."""
    extent: float = 1.0
    """By how much t moves when entries, typically, move by their own size."""
    sharply: bool = False
    """Whether other steps are worth it until every entry is seen as sharply as it would be alone."""

    @property
    def parameter(self) -> str:
        """The parameter that moves, or the first of several."""
        return next(iter(self.stretches))

    @cached_property
    def entries(self) -> int:
        """How many entries move."""
        return sum(int(np.count_nonzero(own.lengths)) for own in self.stretches.values())

    @property
    def least(self) -> float:
        """What the least of them adds that counts towards the sensitivity; 0 if none does."""
        return min(own.least for own in self.stretches.values())

    @property
    def goal(self) -> float:
        """The longest bar that is short enough; 0 if by the claim nothing is added."""
        return SHARP * self.least if self.sharply else FAIR * self.share

    @property
    def shares(self) -> float:
        """What all entries add up to if nothing cancels."""
        return sum(own.shares for own in self.stretches.values())


class Line(Op):
    """The operation at w + t v for every direction v: its inputs are the numbers t, one a direction."""

    def __init__(self, point: Point, directions: Iterable[Direction], noise: Array | None = None) -> None:
        """Begin at a point of one draw. The noise of its value is measured by a single pass if it is not known."""
        self.point, self.noise = point, noise
        self.directions = {own.name: own for own in directions}
        self.here, self.shaken = point.draw(0), False
        self.claimed = self.along({name: own[0] for name, own in point.claim().items()})

    @property
    def op(self) -> Op:
        """The operation itself."""
        return self.point.op

    @property
    def kind(self) -> str:
        """The kind of the operation."""
        return self.op.kind

    @property
    def composed(self) -> bool:
        """As the operation."""
        return self.op.composed

    @property
    def continues(self) -> bool:
        """So many numbers are too slow with more digits; complex ones are not, and there is a step for lines."""
        return False

    def rounding(self) -> Gradients:
        """Return what rounding may have taken from the claim along each direction; nothing if it has few digits."""
        if any(self.precision(name) > np.finfo(np.float64).eps for name in self.directions):
            return {}
        return {name: np.full((1, 1), TOGETHER * own.shares) for name, own in self.directions.items()}

    def precision(self, name: str) -> float:
        """Return the coarsest precision of the parameters that move."""
        return max(self.op.precision(parameter) for parameter in self.directions[name].stretches)

    def nudged(self, generator: np.random.Generator) -> "Line":
        """Return the line through the point with the last digits of the parameters moved."""
        other = copy(self)
        other.here, other.shaken = dict(self.here), True
        for name in {parameter for own in self.directions.values() for parameter in own.stretches}:
            moved = shaken(self.here[name], 4.0 * self.op.precision(name), generator)
            other.here[name] = self.op.rounded(name, moved)
        return other

    def forward(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Return the value at the moved parameters, and the derivatives along every direction."""
        moved = self.moved(inputs)
        if moved is self.here and not self.shaken:  # the point has been asked, and has answered
            return self.point.value()[0], lambda _: self.claimed
        value, pullback = self.op(**moved)
        return value, lambda dy: self.along(pullback(dy))

    def along(self, gradients: Gradients) -> Gradients:
        """Return <g, v> for every direction."""
        return {name: np.array([self.product(own, gradients)]) for name, own in self.directions.items()}

    @staticmethod
    def product(direction: Direction, gradients: Gradients) -> float:
        """Return what a gradient says about one direction."""
        parts = direction.stretches.items()
        return sum(float(gradients[name].reshape(-1)[own.entries] @ own.lengths) for name, own in parts)

    def continued(self, inputs: Mapping[str, Array]) -> tuple[Array, Pullback]:
        """Run the operation's own code on moved parameters of another kind."""
        return self.op.continued(self.moved(inputs))

    def moved(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return all parameters of the operation, the large ones moved; the very same if none is."""
        steps = {name: t[0] for name, t in inputs.items() if t[0] != 0}
        moved = dict(self.here) if steps else self.here
        for name, step in steps.items():
            for parameter, own in self.directions[name].stretches.items():
                if moved[parameter] is self.here[parameter]:
                    moved[parameter] = np.asarray(self.here[parameter] + 0.0 * step)  # of a kind that can hold it
                there = moved[parameter].reshape(-1)[own.entries]
                for part, lengths in pieces(there, own.lengths):
                    part += step * lengths
        return moved


def along(point: Point, directions: Iterable[Direction], noise: Array | None = None) -> Point:
    """Return the point with its parameters replaced by the numbers t of some directions."""
    line = Line(point, directions, noise)
    return Point(line, {name: np.zeros((1, 1)) for name in line.directions}, point.cotangent, tuple(line.directions))
