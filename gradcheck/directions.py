"""Large parameters are judged along a few directions, each of which every entry has a share in.

A direction v turns a parameter into one number t: the operation at w + t v, whose derivative should be <g, v> for the
claimed gradient g. If v has one over g in it, every entry adds the same amount to <g, v>, however small it is, and one
wrong entry shows as much as any other. Sizes are drawn continuously, so that errors do not cancel; signs alternate in
random order, so that <g, v> itself nearly does, and is measured to the accuracy that one entry's share needs; and
entries of very different size are put into groups of their own. If a direction disagrees, it is halved until the wrong
entries are found. What results is an ordinary operation with few inputs, so that oracles and comparison need not know.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from gradcheck.op import Array, Gradients, Op, Pullback
from gradcheck.point import Point, typical_size

FEW = 256
"""A parameter with no more entries than this is judged entry by entry, if all others are as small."""
BESIDE = 16
"""And with no more than this if they are not: then every pass over the whole takes long."""
AGAIN = 2
"""How many directions each group of entries gets."""
SPAN = 1e-2
"""The ratio of the smallest to the largest share that entries in one group may have."""


@dataclass(frozen=True)
class Group:
    """Entries of one parameter that are judged together."""

    name: str
    """What the group is called among the inputs."""
    parameter: str
    """The parameter that the entries belong to."""
    entries: Array
    """Their flat indices."""
    directions: Array
    """How far each moves when t moves by 1: (directions, entries)."""
    share: float
    """What the least of them adds to the derivative along a direction; 0 for entries whose claim is zero."""

    def halves(self) -> Iterator["Group"]:
        """Yield the group cut in two, with one direction: what is wrong has been seen along it."""
        for part in np.array_split(np.arange(len(self.entries)), 2):
            if part.size:
                yield replace(self, entries=self.entries[part], directions=self.directions[:1, part])


def groups(parameter: str, claim: Array, here: Array, generator: np.random.Generator) -> list[Group]:
    """Put the entries of a parameter (claim and values without draws) into groups by the share they can have."""
    size = np.maximum(np.abs(here), typical_size(here[None])[0]).reshape(-1)
    weight = np.abs(claim).reshape(-1) * size
    largest = weight.max(initial=0.0)
    found: list[Group] = []
    left, bound = weight > 0, largest
    while left.any() and len(found) < 3:
        bound *= SPAN
        entries = np.flatnonzero(left & ((weight >= bound) | (len(found) == 2)))
        if entries.size:
            found.append(_group(parameter, len(found), entries, claim, size, generator))
        left[entries] = False
    nothing = np.flatnonzero(weight == 0)
    return found + ([_group(parameter, len(found), nothing, claim, size, generator)] if nothing.size else [])


def _group(
    parameter: str, number: int, entries: Array, claim: Array, size: Array, generator: np.random.Generator
) -> Group:
    magnitude = np.abs(claim).reshape(-1)[entries]
    share = float((magnitude * size[entries]).min())
    length = share / magnitude if share > 0 else size[entries]
    shape = (AGAIN, entries.size)
    signs = np.where(np.argsort(generator.uniform(size=shape), axis=1) % 2 == 0, -1.0, 1.0)
    sizes = generator.uniform(0.5, 1.0, shape) * np.sign(np.where(magnitude > 0, claim.reshape(-1)[entries], 1.0))
    return Group(f"{parameter}/{number}", parameter, entries, signs * sizes * length, 0.5 * share)


class Along(Op):
    """The operation at w + t v for every group: its inputs are the numbers t, one a direction, and small parameters."""

    def __init__(self, point: Point, chosen: list[Group]) -> None:
        self.op, self.groups = point.op, chosen
        self.here = point.draw(0)

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
        """So many numbers are too slow in any kind but float64."""
        return False

    def rounded(self, name: str, array: Array) -> Array:
        """Return small parameters as the operation can hold them."""
        return self.op.rounded(name, array) if name in self.here else array

    def precision(self, name: str) -> float:
        """Return the precision of the parameter that a group belongs to."""
        return self.op.precision({group.name: group.parameter for group in self.groups}.get(name, name))

    def nudged(self, generator: np.random.Generator) -> "Along":
        """Return the operation with the last digits of its large parameters moved."""
        other = copy(self)
        other.here = dict(self.here)
        for name in {group.parameter for group in self.groups}:
            factor = 1.0 + 4.0 * self.op.precision(name) * generator.uniform(-1.0, 1.0, self.here[name].shape)
            other.here[name] = self.op.rounded(name, self.here[name] * factor)
        return other

    def forward(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Return the value at the moved parameters, and the derivatives along every direction."""
        value, pullback = self.op(**self.moved(inputs))

        def along(dy: Array) -> Gradients:
            gradients = pullback(dy)
            taken = {
                group.name: group.directions @ np.asarray(gradients[group.parameter]).reshape(-1)[group.entries]
                for group in self.groups
            }
            return {name: gradients[name] for name in inputs if name in gradients} | taken

        return value, along

    def moved(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return all parameters of the operation, the large ones moved."""
        moved = {**self.here, **{name: array for name, array in inputs.items() if name in self.here}}
        for group in self.groups:
            parameter = np.array(moved[group.parameter])
            parameter.reshape(-1)[group.entries] += inputs[group.name] @ group.directions
            moved[group.parameter] = parameter
        return moved


def along(point: Point, chosen: list[Group], *, only: bool = False) -> Point:
    """Return the point with its large parameters replaced by groups of directions; if wanted, nothing else judged."""
    large = {group.parameter for group in chosen}
    numbers = {group.name: np.zeros((1, len(group.directions))) for group in chosen}
    small = {name: array for name, array in point.inputs.items() if name not in large}
    wanted = tuple(name for name in point.wanted if name not in large)
    return Point(Along(point, chosen), {**small, **numbers}, point.cotangent, (*(() if only else wanted), *numbers))
