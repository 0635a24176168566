"""Where a value climbs by stairs, its slope in one place says nothing; the claim is added up along a path instead.

Code that rounds on the way, or that ends an iteration when it has come near enough, has a value with many small jumps.
Between two of them its slope is anything, and differences that saw no jump contradict a gradient that is right but for
the jumps. What the gradient promises over a long path, though, the value must keep, to within one of its jumps. A jump
is what does not shrink when the interval around it does; where there is none, nothing is forgiven.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from gradcheck.op import Array
from gradcheck.oracles.noise import half_a_unit
from gradcheck.point import Point, typical_size
from gradcheck.stages.compare import Ballot

REACHES = (0.5, 2.0, 2.0**-5)
"""How far a path goes to either side, in units of the size of the entry that moves most."""
PANELS = 16
"""Into how many pieces a path is cut."""
POWERS = np.vander(np.linspace(-1.0, 1.0, PANELS + 1), 9, increasing=True)
"""The powers, at the ends of all pieces, of a polynomial through the values, in units of the reach."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(3)
"""Where the claim is asked for inside of each piece, and what it counts there."""
QUARTERINGS = 20
"""How often an interval is cut in four to see whether a jump is in it."""
CURVED, SHORT = 4, 6
"""After how many cuts an interval is so short that on it the claim is a line, and that it shows a pole."""
LIKELY = 3
"""In how many pieces of a path jumps are looked for."""
WITHIN = 4.0
"""How many jumps a value may be away from what is promised."""
SMALL = 1e-4
"""Jumps so small, in units of what one entry adds along the path, are forgiven even if they undo no drift."""
TAME = 64.0
"""How much steeper than usual, along the path, the claim may be at the point: near a pole there are no stairs."""
WIDE = 0.1
"""Jumps that hide a larger part of an entry than this leave nothing to be judged."""


@dataclass(frozen=True)
class Climb:
    """How a value follows the claim along a path."""

    jump: float
    """Its largest jump."""
    off: float
    """How far it is from what the claim promises, at most, in units of what may be forgiven."""
    unseen: float
    """The smallest relative error of one entry that would have been seen."""

    @property
    def blind(self) -> bool:
        """Whether the jumps are so wide that nothing can be said."""
        return self.unseen > WIDE

    def note(self, name: str) -> str:
        """Say what was seen of a parameter."""
        seen = (
            f"{name}: the value moves by jumps of up to {self.jump:.1g}, as code does that rounds on the way or stops"
        )
        return (
            f"{seen} when it is near enough; added up along a path, the gradient gives the value but for one of them."
        )


def climb(point: Point, vote: Ballot) -> Climb | None:
    """Follow one parameter's claim along paths on which its error would show; None if the value does not follow."""
    said = next(iter(vote.voters.values()))
    if point.draws > 1 or point.op.composed or not np.isfinite(said.value).all():
        return None
    error = np.where(vote.wrong, vote.claim - said.value, 0.0)
    size = np.maximum(np.abs(point.inputs[vote.parameter]), typical_size(point.inputs[vote.parameter]))
    direction = np.sign(error) * size * (np.abs(error * size) / np.abs(error * size).max())
    drift = float(np.abs(error * direction).sum())
    for reach in REACHES:
        path = _Path(point, vote.parameter, direction, reach)
        with suppress(Exception):  # somebody else's code need not be defined there
            if path.confirmed(drift):
                return None
            if found := path.climb(drift):
                return found
    return None


@dataclass(frozen=True)
class Piece:
    """A piece of a path, with the values at its ends."""

    ends: tuple[float, float]
    values: tuple[float, float]

    def quarters(self, value: Callable[[float], float]) -> "list[Piece]":
        """Cut it in four."""
        ends = np.linspace(*self.ends, 5).tolist()
        values = [self.values[0], *map(value, ends[1:-1]), self.values[1]]
        return [Piece(*own) for own in zip(pairwise(ends), pairwise(values), strict=True)]


@dataclass(frozen=True)
class _Path:
    """The line through a point along a direction in one parameter, as far as ``reach`` to both sides."""

    point: Point
    parameter: str
    direction: Array
    reach: float

    def at(self, t: float) -> Point:
        """Return the point at a place of the path."""
        inputs = {**self.point.inputs, self.parameter: self.point.inputs[self.parameter] + t * self.direction}
        return replace(self.point, inputs=inputs)

    def value(self, t: float) -> float:
        """Return <cotangent, value> there."""
        here = self.at(t)
        return float((here.cotangent * here.value()).sum())

    @cached_property
    def values(self) -> Array:
        """The value at all ends of pieces."""
        return np.array([self.value(t) for t in self.ends])

    @property
    def ends(self) -> Array:
        """Where pieces end."""
        return np.linspace(-self.reach, self.reach, PANELS + 1)

    @property
    def pieces(self) -> list[Piece]:
        """All pieces, in order."""
        return [Piece(*own) for own in zip(pairwise(self.ends), pairwise(self.values), strict=True)]

    @cached_property
    def off(self) -> Array:
        """By how much the value at all ends is off from what the claim promises, from the point on."""
        total = np.cumsum([0.0, *map(self.missed, self.pieces)])
        return np.asarray(total - total[PANELS // 2])

    def slope(self, t: float) -> float:
        """Return what the claim says of the slope along the path there."""
        return float((self.at(t).claim()[self.parameter] * self.direction).sum())

    def missed(self, piece: Piece) -> float:
        """Return by how much the value misses, over a piece, what Gauss' quadrature of the claim promises."""
        left, right = piece.ends
        slopes = [self.slope(0.5 * (left + right) + 0.5 * (right - left) * node) for node in NODES]
        return piece.values[1] - piece.values[0] - 0.5 * (right - left) * float(np.dot(WEIGHTS, slopes))

    def climb(self, drift: float) -> Climb | None:
        """Return how the value follows the claim, if it does and has jumps; drift is how an error would grow."""
        values, apart, total = self.values, np.diff(self.off), self.off
        largest = float(np.abs(total).max()) if np.isfinite(total).all() else np.inf
        gone = self.reach * float(np.abs(self.point.claim()[self.parameter] * self.direction).max())
        usual = 0.5 * PANELS * float(np.median(np.abs(values[1:] - values[:-1] - apart)))
        if gone > TAME * usual:
            return None
        undone = self.reach < 1.0 and largest <= 0.25 * drift * self.reach
        if largest > WITHIN * SMALL * gone and not undone:
            return None
        bent = np.abs(np.diff(apart, 2, prepend=apart[1], append=apart[-2]))  # a drift goes on in the piece beside it
        least = max(64.0 * half_a_unit(values) * float(np.abs(values).max()), largest / WITHIN)
        jump = max(self.jump(self.pieces[place], least) for place in np.argsort(-bent)[:LIKELY])
        if least > jump:
            return None
        return Climb(jump, largest / (WITHIN * jump), WITHIN * jump / gone) if undone or jump <= SMALL * gone else None

    def confirmed(self, drift: float) -> bool:
        """Say whether the value is smooth, and rises as the nearest values do: then no jumps undo a drift.

        A few jumps would leave a polynomial far from it, and many would make it rise as the claim says. If the value
        bends too much for a polynomial, what the claim misses of it bends less.
        """
        claimed = float((self.point.claim()[self.parameter] * self.direction).sum())
        return self.rises(self.values, claimed - drift, drift) or self.rises(self.off, -drift, drift)

    def rises(self, heights: Array, slope: float, drift: float) -> bool:
        """Say whether heights at all ends lie on a polynomial with this slope at the point, to within half a drift."""
        fitted = np.linalg.lstsq(POWERS, heights, rcond=None)[0]
        left_over = float(np.abs(heights - POWERS @ fitted).max())
        return abs(float(fitted[1]) / self.reach - slope) <= drift / 2.0 and left_over <= drift * self.reach / 64.0

    def jump(self, piece: Piece, least: float) -> float:
        """Return the jump of the value in one piece of the path: what it misses in ever smaller ones.

        It is 0 at a pole, where that grows, and where it shrinks: beside a kink, say, where the claim bends too late;
        and if it is smaller than the least that counts.
        """
        sizes = []
        for cut in range(QUARTERINGS):
            quarters = piece.quarters(self.value)
            missed = [*map(self.missed, quarters)] if cut < CURVED else self.missed_by_lines(piece, quarters)
            beside = np.abs(np.subtract(missed, np.median(missed)))
            place = int(beside.argmax())
            piece = quarters[place]
            sizes.append(abs(missed[place]))
            if max(sizes[-1], beside[place]) < least:
                return 0.0
        return sizes[-1] if 0.5 * sizes[-2] <= sizes[-1] <= 1.25 * sizes[SHORT] else 0.0

    def missed_by_lines(self, piece: Piece, quarters: list[Piece]) -> list[float]:
        """Return what the value misses in each quarter of a piece on which the claim is a line through two places."""
        left, right = piece.ends
        one, other = (self.slope(left + part * (right - left)) for part in (0.25, 0.75))
        slopes = (one + turn * (other - one) for turn in (-0.25, 0.25, 0.75, 1.25))
        rises = (own.values[1] - own.values[0] for own in quarters)
        return [rise - 0.25 * (right - left) * slope for rise, slope in zip(rises, slopes, strict=True)]
