"""A point is where a derivative is asked for: an operation, its inputs, and the cotangent that arrives from above.

Asking for the pullback of <cotangent, value> makes one number out of any value, so an oracle never needs a loss. All
arrays of a point carry one leading axis, the *draws*: several choices of weights judged side by side. An operation
that takes stacks sees them all in one call; any other is called once a draw, and nobody else has to know.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from gradcheck.op import Array, Gradients, Op, Pullback

NEAR = 0.02
"""How far away a place near by is, in units of the size of the inputs."""
VANISHING = 1e-120
"""Squares of numbers smaller than this may vanish, and those of numbers that are larger than its inverse overflow."""
PIECE = 2**16
"""Of so many entries a handful of arrays stay in the cache."""
LARGE = 2**16
"""So many numbers in a point are too many to be held several times over."""
BLOCK = 32749
"""How many random moves are drawn for an array, to be repeated; a prime, so that no shape of one falls in with it."""


@dataclass(frozen=True)
class Point:
    """Where a derivative is asked for."""

    op: Op
    """The operation."""
    inputs: Mapping[str, Array]
    """Its inputs, each of shape (draws, *its own shape)."""
    cotangent: Array
    """What the value is multiplied with, of shape (draws, *shape of the value)."""
    wanted: tuple[str, ...]
    """The names of the inputs whose derivative is asked for."""

    @property
    def draws(self) -> int:
        """How many draws are judged side by side."""
        return len(self.cotangent)

    @property
    def large(self) -> bool:
        """Whether it holds so many numbers that they should not be held several times over."""
        return sum(array.size for array in self.inputs.values()) > LARGE

    @cached_property
    def opened(self) -> tuple[Array, Pullback]:
        """The values and the pullback of the first forward pass here; whoever wants another asks ``open``."""
        return self.open()

    @cached_property
    def claimed(self) -> Gradients:
        """What that pullback says when it is first asked; copies, for the operation may use its buffers again."""
        said = dict(self.opened[1](self.cotangent))
        return {name: np.array(said.pop(name), order="C") for name in [*said]}  # what is copied need not be kept

    @cached_property
    def sizes(self) -> Gradients:
        """The size that is typical of every wanted input, in each draw, (draws)."""
        return {name: typical_size(self.inputs[name]).reshape(-1) for name in self.wanted}

    @cached_property
    def unmoved(self) -> bool:
        """Whether the very same gradient, twice as large for twice the cotangent, comes back for inputs near by.

        It is asked of the operation's own code, which may raise there.
        """
        there = self.near_by().open()[1](2.0 * self.cotangent)
        here = self.claim()
        return all(np.array_equal(own, 2.0 * its) for name in here for own, its in pieces(there[name], here[name]))

    def near_by(self) -> "Point":
        """Return a place near by, always the same."""
        return self.shifted(np.random.default_rng(1), NEAR)

    def value(self) -> Array:
        """Return the value of every draw, (draws, *shape of the value)."""
        return self.opened[0]

    def claim(self) -> Gradients:
        """Return what the operation's own pullback says, each gradient with the leading draws."""
        return self.claimed

    def forget(self) -> None:
        """Let a large claim go while others are heard; whoever wants it after that asks the pullback once more."""
        if self.large:
            vars(self).pop("claimed", None)

    def open(self) -> tuple[Array, Pullback]:
        """Run the forward pass of every draw; return the values and one pullback for all of them."""
        if self.op.stacks:
            return self.op(**self.inputs)
        if self.draws == 1:
            return self._only()
        values, pullbacks = zip(*(self.op(**self.draw(index)) for index in range(self.draws)), strict=True)

        def pullback(cotangent: Array) -> Gradients:
            answers = [own(dy) for own, dy in zip(pullbacks, cotangent, strict=True)]
            return {name: np.stack([answer[name] for answer in answers]) for name in answers[0]}

        return np.stack(values), pullback

    def _only(self) -> tuple[Array, Pullback]:
        """Run the forward pass of the only draw; gradients, which may be large, are not copied."""
        value, pullback = self.op(**self.draw(0))
        return np.array(value)[None], lambda dy: {name: np.asarray(own)[None] for name, own in pullback(dy[0]).items()}

    def draw(self, index: int) -> dict[str, Array]:
        """Return the inputs of one draw, as an operation that takes no stacks wants them."""
        return {name: array[index] for name, array in self.inputs.items()}

    def project(self, changed: Mapping[str, Array]) -> Array:
        """Return <cotangent, value> for many copies of the point, (copies, draws).

        ``changed`` holds the inputs that differ from copy to copy, each (copies, draws, *its own shape).
        """
        value = self._values(changed)
        return np.asarray((self.cotangent * value).sum(axis=tuple(range(2, value.ndim))))

    def _values(self, changed: Mapping[str, Array]) -> Array:
        """Return the values of many copies, (copies, draws, *shape): in one call, or else one by one."""
        if self.op.stacks:
            return self.op(**{**self.inputs, **changed})[0]
        copies = len(next(iter(changed.values())))
        if self.draws == 1 and copies > 1:
            together = self.op.together(self.draw(0), {name: own[:, 0] for name, own in changed.items()})
            if together is not None:
                return together[:, None]
        return np.stack([self._value_of(changed, copy) for copy in range(copies)])

    def _value_of(self, changed: Mapping[str, Array], copy: int) -> Array:
        """Return the value of one copy; where the operation raises, outside of its domain, it is not a number."""
        there = {**self.inputs, **{name: own[copy] for name, own in changed.items()}}
        draws = [{name: own[index] for name, own in there.items()} for index in range(self.draws)]
        try:
            return np.array([self.op(**inputs)[0] for inputs in draws])
        except Exception:
            return np.full(self.cotangent.shape, np.nan)

    @staticmethod
    def of(op: Op, inputs: Mapping[str, Array], seed: int = 0) -> "Point":
        """Return the point of one draw at unstacked inputs; see ``under``."""
        return Point.under(op, {name: np.asarray(array)[None] for name, array in inputs.items()}, seed)

    @staticmethod
    def under(op: Op, inputs: Mapping[str, Array], seed: int = 0) -> "Point":
        """Return the point at inputs with leading draws, under a cotangent of random signs and sizes; 1 for a number.

        Wanted is every input of floating type that the operation does not call a constant.
        """
        wanted = tuple(
            name
            for name, array in inputs.items()
            if name not in op.constants and np.issubdtype(array.dtype, np.floating)
        )
        draws = len(next(iter(inputs.values())))
        bare = Point(op, inputs, np.ones(draws), wanted)
        value = bare.value()
        if value.ndim <= 1:
            return bare
        generator = np.random.default_rng(seed)
        sizes, signs = generator.uniform(0.5, 1.5, value.shape), generator.choice([-1.0, 1.0], value.shape)
        point = replace(bare, cotangent=sizes * signs)
        vars(point)["opened"] = bare.opened  # the same forward pass
        return point

    def of_draws(self, draws: Array) -> "Point":
        """Return the point with some of its draws, given by their numbers, in order."""
        if len(draws) == self.draws:
            return self
        inputs = {name: array[draws] for name, array in self.inputs.items()}
        return replace(self, inputs=inputs, cotangent=self.cotangent[draws])

    def repeated(self, times: int) -> "Point":
        """Return the point with every draw so many times in a row."""
        inputs = {name: np.repeat(array, times, axis=0) for name, array in self.inputs.items()}
        return replace(self, inputs=inputs, cotangent=np.repeat(self.cotangent, times, axis=0))

    def nudged(self, generator: np.random.Generator) -> "Point":
        """Return the same point to within the last digits of every wanted input, and of the cotangent."""
        moved, coarsest = {}, 0.0
        for name in self.wanted:
            here, coarsest = self.inputs[name], max(coarsest, self.op.precision(name))
            moved[name] = self.op.rounded(name, shaken(here, 4.0 * self.op.precision(name), generator))
        cotangent = self.cotangent * (1.0 + 4.0 * coarsest * generator.uniform(-1.0, 1.0, self.cotangent.shape))
        return replace(self, op=self.op.nudged(generator), inputs={**self.inputs, **moved}, cotangent=cotangent)

    def shifted(
        self, generator: np.random.Generator, size: float, of: Callable[[Array], Array] | None = None
    ) -> "Point":
        """Return a point near by: every wanted input moved at random by about ``size`` times what is typical of it.

        ``of`` measures its entries otherwise, each by its own size, say.
        """
        moved = {}
        for name in self.wanted:
            here = self.inputs[name]
            moves = _block(generator, here.size)
            there = moves.reshape(here.shape) if moves.size == here.size else np.resize(moves, here.shape)
            there *= size * (of or typical_size)(here)
            there += here
            moved[name] = self.op.rounded(name, there)
        return replace(self, inputs={**self.inputs, **moved})


def shaken(array: Array, reach: float, generator: np.random.Generator) -> Array:
    """Return an array with every number moved by up to ``reach`` of itself; a large one by a block of moves, again."""
    flat, factors = array.reshape(-1), 1.0 + reach * _block(generator, array.size)
    moved = np.empty(flat.size, np.result_type(flat, factors))
    for start in range(0, flat.size, BLOCK):
        part = flat[start : start + BLOCK]
        np.multiply(part, factors[: part.size], out=moved[start : start + BLOCK])
    return moved.reshape(array.shape)


def _block(generator: np.random.Generator, count: int) -> Array:
    """Return so many numbers between -1 and 1; at most a block, and then one cut out of what was drawn once."""
    if count <= BLOCK:
        return generator.uniform(-1.0, 1.0, count)
    start = generator.integers(BLOCK)
    return _many()[start : start + BLOCK]


@cache
def _many() -> Array:
    """Return numbers between -1 and 1 for two blocks."""
    return np.random.default_rng(13).uniform(-1.0, 1.0, 2 * BLOCK)


def typical_size(array: Array) -> Array:
    """Return the root mean square of each draw (1 where all is zero), shaped to broadcast against the array."""
    if not array.size:
        return np.ones((len(array), *[1] * (array.ndim - 1)))
    rows = array.reshape(len(array), -1)
    if array.dtype == np.float64:
        size = np.sqrt(squares(rows) / rows.shape[1])
        sizes = size.tolist()  # few: for these Python is quicker than NumPy
        if min(sizes) > VANISHING and max(sizes) < 1.0 / VANISHING:
            return size.reshape(-1, *[1] * (array.ndim - 1))
    largest = np.abs(rows).max(axis=1)
    largest[largest == 0] = 1.0
    size = largest * np.sqrt(squares(rows / largest[:, None]) / rows.shape[1])
    size[size == 0] = 1.0
    return np.asarray(size.reshape(-1, *[1] * (array.ndim - 1)))


def pieces(*arrays: Array) -> Iterator[list[Array]]:
    """Yield so many neighbouring entries at a time of arrays of one shape, flat, that they stay in the cache."""
    flat = [array.reshape(-1) for array in arrays]
    return ([own[start : start + PIECE] for own in flat] for start in range(0, flat[0].size, PIECE))


def largest(array: Array) -> Array:
    """Return the size of the largest entry of each draw, (draws); as large arrays come here, no other is made of them.

    It is 0 if there are no entries.
    """
    rows = array.reshape(len(array), -1)
    return np.asarray(np.maximum(rows.max(axis=1, initial=0.0), -rows.min(axis=1, initial=0.0)))


def squares(rows: Array) -> Array:
    """Return the sum of the squares of each row of a matrix."""
    return np.asarray((rows[:, None] @ rows[..., None])[:, 0, 0])


def finite(array: Array) -> bool:
    """Say whether all numbers are finite: as a rule the sum of their squares is, and then that is seen quickly."""
    return bool(array.dtype == np.float64 and np.vdot(array, array) < np.inf) or bool(np.isfinite(array).all())


def unchanged(before: Array, now: Array) -> bool:
    """Say whether all numbers are what they were; as a rule none of them is NaN, and then that is seen quickly."""
    return np.array_equal(before, now) or np.array_equal(before, now, equal_nan=True)


def unrepeated(array: Array) -> Array:
    """Return an array with nothing twice that broadcasting has only repeated."""
    return array[tuple(slice(None if step else 1) for step in array.strides)]


def own_size(array: Array) -> Array:
    """Return the size of every entry by itself; for a zero, that of the smallest other entry of its draw, or 1."""
    size = np.abs(array)
    others = np.where(size > 0, size, np.inf)
    smallest = others.min(axis=tuple(range(1, array.ndim)), keepdims=True, initial=np.inf)
    return np.where(size > 0, size, np.where(np.isfinite(smallest), smallest, 1.0))
