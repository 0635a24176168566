"""The record of what was done to some arrays, and arrays that write it.

Decisions, such as which of two numbers is larger, are remembered as well, and which of them were close: there the
layer may have a kink, and going back through what was done is no way to judge it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from gradcheck.errors import GradcheckError
from gradcheck.op import Array
from gradcheck.records import Estimate

ROUNDING = 2.0**-49
"""What one function may lose, relative to the sum of the sizes of what it adds up."""
HALF_A_UNIT = 2.0**-53
"""By how much, relative to itself, a number is rounded."""
CLOSE = 2.0**-30
"""A decision between numbers closer than this, relative to the largest of their draw, may as well be the other one."""

NOWHERE = np.zeros((), bool)
"""What is zero, or false, everywhere, as one number."""

Map = Callable[[Array], Array]

RULES: dict[Any, Callable[..., Any]] = {}
"""``rule(record, *arguments, **options)`` for each of NumPy's functions that there is a way back through.

``np.ufunc`` stands for all functions of each number by itself that have no rule of their own, ``list.__getitem__`` and
``list.__setitem__`` for reading and writing a part of an array.
"""


def rule(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make what follows the rule for some functions."""

    def enter(own: Callable[..., Any]) -> Callable[..., Any]:
        RULES.update(dict.fromkeys(functions, own))
        return own

    return enter


class NotRecorded(GradcheckError):
    """A function of NumPy that there is no way back through."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no way back through {what}.")


@dataclass(frozen=True)
class Link:
    """The way back from a value to one that it was made of."""

    source: int
    """Where that one stands in the record."""
    back: Map
    """Takes the derivative by the value to the derivative by what it was made of: a linear map."""
    size: Map | None = None
    """The same map with all of its signs positive, for error bars, which never cancel; None if they are."""
    blur: Map | None = None
    """The same for the error bars of the map itself, if it has any."""
    kinks: Array | None = None
    """Where the value has a kink, if it may have any."""
    stuck: bool = False
    """Whether there are more than two sides to a kink, or it cannot be left."""


@dataclass
class Record:
    """What was done, in order."""

    draws: int
    """The length of the first axis of all that goes in."""
    links: list[tuple[Link, ...]] = field(default_factory=list)
    values: list[Array | None] = field(default_factory=list)
    """What came out of every function that rounds."""
    reverse: bool = False
    """Whether close decisions are taken the other way."""
    close: Array = field(init=False)
    """The draws in which something followed from a close decision, (draws)."""
    stuck: Array = field(init=False)
    """The draws in which a close decision has more than one other way, (draws)."""
    bent: bool = False
    """Whether anything was done but adding products and moving numbers about."""

    def __post_init__(self) -> None:
        self.close, self.stuck = np.zeros((2, self.draws), bool)

    def put(self, value: Array, links: Iterable[Link] = (), *, rounds: bool = True) -> "Recorded":
        """Write one function down, and return what came out of it."""
        value = np.asarray(value)
        self.links.append(tuple(links))
        self.values.append(value if rounds else None)
        return Recorded(value, self, len(self.links) - 1)

    def by_draw(self, together: Callable[[Array], Array], array: Array) -> Array:
        """Reduce an array to one number for each draw; where the axis of draws has been lost, for all of them."""
        if array.ndim and len(array) == self.draws:
            return together(array if array.ndim == 2 else array.reshape(self.draws, -1))
        return np.broadcast_to(together(array.reshape(1, -1)), self.draws)

    def near(self, one: Array, other: Array) -> Array:
        """Say which of these numbers are so close to the others that either may be larger."""
        sizes = np.maximum(np.abs(one), np.abs(other))
        largest = self.by_draw(_largest, np.where(np.isfinite(sizes), sizes, 0.0))
        with_draws = sizes.ndim and len(sizes) == self.draws
        scale = largest.reshape(-1, *[1] * (sizes.ndim - 1)) if with_draws else largest.max()
        return np.asarray(np.abs(one - other) <= CLOSE * scale)

    def heed(self, *arguments: Any) -> None:
        """Note where something is done because of a close decision."""
        for own in arguments:
            if isinstance(own, Decision) and own.close is not None:
                self.close |= own.close
                self.stuck |= own.close & own.stuck
            elif isinstance(own, tuple):
                self.heed(*own)

    def backwards(self, top: "Recorded", arrived: Estimate) -> tuple[dict[int, Estimate], Array]:
        """Go back from a value; return the derivative by everything recorded, and what rounding may do to the whole.

        The last is (draws): the variance of <arrived, value>, if every function rounds by half a unit in the last
        place, at random (Linnainmaa 1976). Where a kink is met, its draw is noted as close.
        """
        found, squares = {top.place: arrived}, np.zeros(self.draws)
        for place in range(top.place, -1, -1):
            if place not in found or not self.links[place]:
                continue
            said, value = found.pop(place), self.values[place]  # nobody will ask for it again
            loose = said.bar
            if value is not None:
                squares += self.by_draw(_squared, said.value * value)
                loose = loose + ROUNDING * np.abs(said.value)
            for link in self.links[place]:
                share = self.share(link, said, loose)
                found[link.source] = added(found[link.source], share) if link.source in found else share
        return found, HALF_A_UNIT**2 * squares

    def share(self, link: Link, said: Estimate, loose: Array) -> Estimate:
        """Take a derivative back through one link; ``loose`` is its bar, with what the function itself may lose."""
        if link.kinks is not None:
            met = self.by_draw(some, link.kinks & (np.abs(said.value) > said.bar))
            self.close |= met
            self.stuck |= met & link.stuck
        unsigned = link.size or link.back
        bar = unsigned(loose) if link.blur is None else unsigned(loose) + link.blur(np.abs(said.value) + loose)
        kinks = NOWHERE
        if said.kinks is not NOWHERE and said.kinks.any():
            kinks = unsigned(said.kinks.astype(float)) > 0
        return Estimate(link.back(said.value), bar, kinks, NOWHERE)


def added(one: Estimate, other: Estimate) -> Estimate:
    """Add two shares of a derivative; their bars add as well."""
    value, steepest = one.value + other.value, _steepest(one) + _steepest(other)
    kinks = one.kinks if other.kinks is NOWHERE else one.kinks | other.kinks
    return Estimate(value, one.bar + other.bar, kinks, steepest)


def _steepest(said: Estimate) -> Array:
    """Return the steepest slopes that were seen; where only exact steps were taken these are the slopes themselves."""
    return said.steepest if said.steepest.ndim else np.abs(said.value)


def _largest(rows: Array) -> Array:
    return np.asarray(rows.max(axis=1, initial=0.0))


def some(rows: Array) -> Array:
    """Say in which rows something is true."""
    return np.asarray(rows.any(axis=1))


def _squared(rows: Array) -> Array:
    squares: Array = np.einsum("ij,ij->i", rows, rows)
    return squares if np.isfinite(squares).all() else np.where(np.isfinite(rows), rows * rows, 0.0).sum(axis=1)


class Decision(np.ndarray[Any, Any]):
    """Places or truths that depend on which numbers are larger, and the draws in which that was close."""

    close: Array | None = None
    stuck: bool = False
    """Whether it has more than one other way."""

    def __array_finalize__(self, made_of: Any) -> None:
        """Whatever is cut out of a decision is one."""
        self.close, self.stuck = getattr(made_of, "close", None), getattr(made_of, "stuck", False)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *arguments: Any, **options: Any) -> Any:
        """Whatever is computed from decisions is one."""
        if any(isinstance(own, Recorded) for own in arguments):
            return NotImplemented
        made_of = [own for own in arguments if isinstance(own, Decision)]
        close = [own.close for own in made_of if own.close is not None]
        plain = [np.asarray(own) if isinstance(own, Decision) else own for own in arguments]
        if "out" in options:
            options["out"] = tuple(map(np.asarray, options["out"]))
        outcome = getattr(ufunc, method)(*plain, **options)
        return decided(outcome, np.any(close, axis=0) if close else None, stuck=any(own.stuck for own in made_of))

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, options: Any) -> Any:
        """Whatever is chosen by a decision is one."""
        found = super().__array_function__(function, types, arguments, options)
        return decided(found, self.close, stuck=self.stuck) if type(found) is np.ndarray else found


def decided(outcome: Any, close: Array | None, *, stuck: bool = False) -> Decision:
    """Return a decision with the draws in which it was close."""
    decision = np.asarray(outcome).view(Decision)
    decision.close, decision.stuck = close, stuck
    return decision


class Recorded(NDArrayOperatorsMixin):
    """An array, and its place in the record."""

    def __init__(self, value: Array, record: Record, place: int) -> None:
        self.value, self.record, self.place = value, record, place

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *arguments: Any, **options: Any) -> Any:
        """Apply a function of each number by itself, or a matrix product."""
        options.pop("out", None)  # x += y binds x anew
        if method != "__call__" or options:
            raise NotRecorded(f"numpy.{ufunc.__name__}.{method}")
        self.record.heed(*arguments)
        own = RULES.get(ufunc)
        return own(self.record, *arguments) if own else RULES[np.ufunc](self.record, ufunc, *arguments)

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, options: Any) -> Any:
        """Apply one of NumPy's other functions."""
        if function not in RULES:
            raise NotRecorded(f"numpy.{function.__name__}")
        self.record.heed(*arguments)
        return RULES[function](self.record, *arguments, **options)

    def __array__(self, *_: Any, **__: Any) -> Array:
        """Refuse to be turned into plain numbers: nobody would know where these came from."""
        raise NotRecorded("a conversion to a plain array")

    def __getattr__(self, name: str) -> Any:
        """Return what may be read, and the methods that are functions of NumPy as well."""
        if name in {"shape", "ndim", "size", "dtype"}:
            return getattr(self.value, name)
        if name in {"sum", "mean", "max", "argmax", "copy", "swapaxes"}:
            return lambda *arguments, **options: getattr(np, name)(self, *arguments, **options)
        raise AttributeError(name)

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, place: Any) -> "Recorded":
        self.record.heed(place)
        found: Recorded = RULES[list.__getitem__](self.record, self, place)
        return found

    def __setitem__(self, place: Any, there: Any) -> None:
        new: Recorded = RULES[list.__setitem__](self.record, self, place, there)
        self.value, self.place = new.value, new.place

    def reshape(self, *shape: Any) -> Any:
        """Return the same numbers in another shape."""
        return np.reshape(self, shape[0] if isinstance(shape[0], tuple) else shape)

    def transpose(self, *axes: int) -> Any:
        """Return the same numbers with the axes in another order."""
        return np.transpose(self, axes)

    def astype(self, _: Any) -> "Recorded":
        """Return the same numbers: they are floating ones already."""
        return self


def value_of(argument: Any) -> Any:
    """Return the numbers of a recorded array; of anything else, itself."""
    return argument.value if isinstance(argument, Recorded) else argument


def gathered(array: Array, shape: tuple[int, ...]) -> Array:
    """Add up over all axes along which something of this shape was repeated."""
    if array.shape == shape:
        return array
    if array.ndim > len(shape):
        array = array.sum(axis=tuple(range(array.ndim - len(shape))))
    repeated = tuple(axis for axis, size in enumerate(shape) if size == 1 and array.shape[axis] != 1)
    return array.sum(axis=repeated, keepdims=True) if repeated else array


def linear(own: Recorded, back: Map, size: Map | None = None) -> Link:
    """Return the link to an array that was perhaps repeated before it was used."""
    shape = own.value.shape
    unsigned = size or back
    return Link(own.place, lambda dy: gathered(back(dy), shape), lambda dy: gathered(unsigned(dy), shape))
