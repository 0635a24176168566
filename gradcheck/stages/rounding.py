"""How far a claim may be from what its own formula says, because numbers have so few digits.

A right formula is not accused for what rounding makes of it. How much that is, is seen in two ways: by moving the last
digits of inputs and cotangent, and by running the same code with more digits than float64. The second tells exactly
what was lost; then a small entry beside large ones is not forgiven what the large ones may have lost, and a gradient
that lost its digits to a difference, as 1 - tanh(x)^2 does for large x, is. Where the code returns to float64 on the
way, which shows in its having no digits but those to say, it tells nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

import numpy as np

from gradcheck.line import Line
from gradcheck.op import Array, Gradients, Pullback
from gradcheck.oracles.more_digits import WIDER, beyond
from gradcheck.oracles.steady import brief, gaps
from gradcheck.point import Point, finite, largest, pieces, typical_size
from gradcheck.records import Answer, Estimate
from gradcheck.stages.compare import ROUGH

NUDGES = 3
"""How often the last digits are moved to see what that does to the claim."""
LOST = 2.0**-16
"""What rounding may take from a claim, relative to its largest entry, for two answers to be of one formula."""
NEARER = 64.0
"""How much nearer to the truth a right formula comes, at least, with eleven more bits."""


def moves(point: Point, claim: Gradients) -> Gradients:
    """Return how far every entry of a claim moves when the last digits of inputs and cotangent do, a few times over."""
    seen = {name: _Moves(claim[name]) for name in point.wanted}
    with np.errstate(all="ignore"):
        for own in _nudged(point):
            for name, moved in seen.items():
                moved.note(own.pop(name))
        return {name: seen.pop(name).typical() for name in point.wanted}


def known_beforehand(point: Point) -> bool:
    """Say whether it is known what rounding may take from a claim, so that how it moves is asked only if it is off."""
    return isinstance(point.op, Line) and point.op.noise is None and bool(point.op.rounding())


def _nudged(point: Point) -> Iterator[Gradients]:
    """Yield what is claimed when the last digits of inputs and cotangent are moved, a few times over.

    Along a line, where thousands of entries are moved at once, once is enough for a first look. What is large is moved
    one time after the other, so that it is never held three times over.
    """
    generator = np.random.default_rng(3)
    if point.op.stacks and not point.large:
        together = point.repeated(NUDGES).nudged(generator).claim()
        yield from ({name: own[k::NUDGES] for name, own in together.items()} for k in range(NUDGES))
        return
    once = isinstance(point.op, Line) and point.op.noise is None
    near = (_claimed(point.nudged(generator)) for _ in range(1 if once else NUDGES))
    answered = False
    for own in near:
        answered |= own is not None
        if own is not None:
            yield own
    if not answered:
        yield dict(point.claim())


def _claimed(point: Point) -> Gradients | None:
    """Return what is claimed at a point, before anybody else asks there; None where somebody else's function raises."""
    try:
        return dict(point.open()[1](point.cotangent))
    except Exception:  # it lies beyond the edge of its domain
        return None


def wobble(point: Point, claim: Gradients, moved: Gradients, lost: Gradients) -> Gradients:
    """Return what every entry of a claim is allowed for its rounding, given how it moves, and what it lost."""
    times = 1.0 / NEARER if lost else 6.0
    for name in point.wanted:
        moved[name] *= times
        moved[name] = np.maximum(moved[name], _last_digits(point, name, claim[name], lost))
    return moved


class _Moves:
    """How far the entries of one gradient move, time after time; no more than two of these arrays are held.

    Where a large one hardly moves, the largest move of each draw stands for those of all its entries.
    """

    def __init__(self, claim: Array) -> None:
        self.claim, self.top, self.held = claim, largest(claim), list[Array]()
        self.largest, self.sizes = list[Array](), list[Array]()

    def note(self, own: Array) -> None:
        """Note one more answer; of three, what is held is the one in the middle, entry by entry."""
        move = gaps(own, self.claim)
        rows = move.reshape(len(move), -1)
        most = rows.max(axis=1, initial=0.0)
        if not finite(most):
            np.nan_to_num(move, copy=False)
            most = rows.max(axis=1, initial=0.0)
        self.largest.append(most)
        self.sizes.append(np.where(most > 0, typical_size(rows)[:, 0], 0.0))
        self.held.append(brief(move, self.top))
        if len(self.held) == 3:
            self.held = [_middle(*self.held)]

    def typical(self) -> Array:
        """Return the middle move of every entry; where all entries of a draw are nothing but rounding, the largest.

        What rounding leaves of sums that cancel comes in whole units, and most nudges move a single entry not at all:
        the largest move of any of them is such a unit.
        """
        middle = self.held.pop()
        if self.held:
            middle = 0.5 * (middle + self.held.pop())
        most = np.maximum(np.max(self.sizes, axis=0), np.finfo(np.float64).tiny)
        together = most * np.sqrt(np.mean(np.square(np.asarray(self.sizes) / most), axis=0))
        unit = np.where(6.0 * together > ROUGH * self.top, np.max(self.largest, axis=0), 0.0)
        if unit.any():
            np.maximum(middle, unit.reshape(-1, *[1] * (middle.ndim - 1)), out=middle)
        return middle


def _middle(one: Array, two: Array, three: Array) -> Array:
    """Return of every three numbers the one in the middle, written over the last; one number may stand for many."""
    if not one.shape == two.shape == three.shape:
        one, two, three = map(np.array, np.broadcast_arrays(one, two, three))
    for own, other, middle in pieces(one, two, three):
        np.clip(middle, np.minimum(own, other), np.maximum(own, other), out=middle)
    return three


def _last_digits(point: Point, name: str, claim: Array, lost: Gradients) -> Array:
    """Return twice what is known to be lost, or else eight units in the last place of the largest entry of each draw.

    Where sums were taken, rounding may leave that much in the small entries too. And what is zero, because p - 1 is
    where p is nearly 1, may have lost all it had with more digits as well.
    """
    most = largest(claim).reshape(-1, *[1] * (claim.ndim - 1))
    if not lost:
        return np.asarray(8.0 * point.op.precision(name) * most)
    vanished = np.where(claim == 0, 4.0 * float(np.finfo(np.longdouble).eps) * most, 0.0)
    return np.asarray(2.0 * lost[name] + 4.0 * point.op.precision(name) * np.abs(claim) + vanished)


def own_rounding(point: Point, claim: Gradients, exact: Answer | None) -> Gradients:
    """Return how far every entry of a claim is from what its code says with more digits; nothing if that is unknown.

    It is unknown if the code takes no such numbers, or returns from them to float64, for then it says the very same,
    though no constant; if its answers are noisy; or if it does something else with them: what it says must be near to
    the claim, or far nearer to what the complex step says. Along a line it is what so many roundings may add up to.
    """
    if isinstance(point.op, Line):
        return point.op.rounding()
    if not (WIDER and point.op.continues and point.draws == 1):
        return {}
    said = _with_more_digits(point, beyond(point))
    if not said or any(said[name].shape != claim[name].shape for name in point.wanted):
        return {}
    again = replace(point).claim()
    if any(not np.array_equal(again[name], claim[name]) for name in point.wanted):
        return {}
    returned = not any(bool(np.any(said[name] != claim[name])) for name in point.wanted)
    if returned and not _constant(point, claim):
        return {}
    apart = _apart(said, claim)
    if not _same_code(point, apart, claim):  # where it is steep, the digits of the inputs matter
        said = _with_more_digits(point, point.inputs)
        apart = _apart(said, claim)
    return apart if _same_code(point, apart, claim) or _confirms(exact, said, apart) else {}


def _apart(said: Gradients, claim: Gradients) -> Gradients:
    """Return how far a claim is from what is said with more digits."""
    return {name: np.abs(own - claim[name]).astype(np.float64) for name, own in said.items()}


def _constant(point: Point, claim: Gradients) -> bool:
    """Say whether the claim does not change with the last digits of the inputs, under the same cotangent."""
    moved = replace(point, inputs=point.nudged(np.random.default_rng(3)).inputs).claim()
    return all(np.array_equal(moved[name], claim[name]) for name in point.wanted)


def _with_more_digits(point: Point, inputs: Mapping[str, Array]) -> Gradients:
    """Return what the claim's own code says with more digits, at given inputs; nothing if it takes no such numbers."""
    try:
        with np.errstate(all="ignore"):
            here = {name: _longer(array[0]) for name, array in inputs.items()}
            said = point.op.continued(here)[1](point.cotangent[0].astype(np.longdouble))
            return {name: np.asarray(said[name])[None] for name in point.wanted}
    except Exception:  # somebody else's code need not take such numbers
        return {}


def lost_inside(point: Point, claim: Gradients, said: Answer, allowed: Gradients) -> Gradients:
    """Allow a claim made of the textbook's layers also what it has lost within these.

    Nudges move what passes from layer to layer, but where a layer divides by 1e-8, say, what rounding leaves of a sum
    that cancels, it loses 1e-8 whatever is nudged. The same code with more digits tells how much that is: it loses as
    much less as they are finer, and so comes to what the oracle says. A wrong formula does not, and is allowed nothing.
    """
    with suppress(Exception), np.errstate(all="ignore"):  # somebody else's layer need not take such numbers
        if layers := _longer_layers(point):
            longer = layers[1](_longer(point.cotangent))
            return {
                name: _believed(longer[name], claim[name], said.gradients[name], own) for name, own in allowed.items()
            }
    return allowed


def lost_on_the_way(point: Point) -> Array:
    """Return how far each draw's value is from what the same layers say with more digits, (draws); 0 if they cannot."""
    with suppress(Exception), np.errstate(all="ignore"):  # somebody else's layer need not take such numbers
        if layers := _longer_layers(point):
            apart = np.abs(layers[0] - point.value()).astype(np.float64).reshape(point.draws, -1)
            return np.asarray(np.nan_to_num(apart.max(axis=1, initial=0.0)))
    return np.zeros(point.draws)


def _longer_layers(point: Point) -> tuple[Array, Pullback] | None:
    """Run the textbook's layers on numbers with more digits; None if there are no such layers, or no such numbers."""
    if not (WIDER and point.op.stacks):
        return None
    return point.op.continued({name: _longer(array) for name, array in point.inputs.items()})


def _longer(array: Array) -> Array:
    """Return floating numbers with more digits, and any others as they are."""
    return array.astype(np.longdouble) if array.dtype.kind == "f" else array


def _believed(longer: Array, claim: Array, said: Estimate, allowed: Array) -> Array:
    """Return what a claim is allowed, with what it has lost where more digits bring it to what an oracle says."""
    lost = np.abs(longer - claim).astype(np.float64)
    there = np.abs(longer - said.value) <= said.bar + allowed + lost / NEARER
    return np.asarray(np.where(there, np.maximum(allowed, (1.0 + 1.0 / NEARER) * lost), allowed))


def _same_code(point: Point, apart: Gradients, claim: Gradients) -> bool:
    """Say whether two answers are so near that only their number of digits tells them apart."""
    rooms = {name: max(LOST, 256.0 * point.op.precision(name)) * np.abs(claim[name]).max(initial=0.0) for name in apart}
    return all(bool(np.all(own <= rooms[name])) for name, own in apart.items())


def _confirms(exact: Answer | None, said: Gradients, apart: Gradients) -> bool:
    """Say whether more digits have brought a claim far nearer to the complex step than it was."""
    if exact is None or not exact.gradients:
        return False
    return all(
        bool(np.all(np.abs(said[name] - own.value) <= own.bar + LOST * np.abs(own.value) + apart[name] / NEARER))
        for name, own in exact.gradients.items()
    )
