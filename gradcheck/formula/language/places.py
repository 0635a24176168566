"""Formulas with running letters, worth at every place of all their letters at once: each letter is an axis.

That is possible where every part is a single number at each place, as in the sum of W_ki (y_k - t_k); rows and columns
are left to whoever asks, who goes through the places one by one.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from gradcheck.formula.language.functions import ELEMENTWISE
from gradcheck.formula.language.point import Point
from gradcheck.formula.language.tree import (
    KRONECKER,
    PLACES,
    Binary,
    Call,
    Each,
    Entry,
    Listed,
    Name,
    Negative,
    Place,
    Transpose,
    Tree,
    walk,
)
from gradcheck.formula.language.valueless import Valueless
from gradcheck.op import Array

MOST_PLACES = 1_000_000
"""At how many places a formula gets its value at once."""
ARGUMENTS = ("x", "y")
"""What the arguments of a function are called while it is applied."""


class _OneByOne(Exception):
    """Said where a part is no single number."""


def at_once(tree: Tree, free: Mapping[str, int], at: Point, worth: Callable[[Tree, Point], Array]) -> Array | None:
    """Return the values of a formula, with an axis for each of the free letters; None if it has to be one by one."""
    lengths = dict(free)
    with suppress(Valueless, _OneByOne, ValueError, IndexError):
        for part in walk(tree):
            if isinstance(part, Each):
                length = extent(part.body, part.letter, at, worth)
                said = int(at.numbers[part.over]) if part.over else length
                if part.letter in free or not lengths.setdefault(part.letter, length) == length == said:
                    return None
        if prod(lengths.values()) <= MOST_PLACES:
            found = _Everywhere(at, worth, lengths).value(tree)
            found = np.broadcast_to(found, (*free.values(), *found.shape[len(free) :]))
            return np.reshape(found, tuple(free.values()))
    return None


def extent(tree: Tree, letter: str, at: Point, worth: Callable[[Tree, Point], Array]) -> int:
    """Return the length of the axes that a letter runs along. Raises Valueless if they differ or there are none."""
    entries = [part for part in walk(tree) if isinstance(part, Entry) and letter in part.letters]
    entries = [part for part in entries if part.array != KRONECKER]
    lengths = {int(np.shape(worth(part.array, at))[part.letters.index(letter)]) for part in entries}
    if len(lengths) != 1:
        raise Valueless(f"{letter!r} runs along axes of the lengths {sorted(lengths)}", tree)
    return lengths.pop()


@dataclass(frozen=True)
class _Everywhere:
    """Gives formulas their values with an axis for each letter."""

    at: Point
    worth: Callable[[Tree, Point], Array]
    lengths: Mapping[str, int]
    """How far each letter runs, in the order of the axes."""

    def value(self, tree: Tree) -> Array:
        """Return what a formula is worth, as an array that fits the axes of all letters."""
        match tree:
            case Entry():
                return self.entry(tree)
            case Each(letter=letter, body=body):
                axis = [*self.lengths].index(letter)
                found = self.value(body)
                every = np.repeat(found, self.lengths[letter] // found.shape[axis], axis)
                return np.asarray(every.sum(axis, keepdims=True))
            case Place(letter=letter):
                return self.along(letter).astype(np.float64)
        if not any(isinstance(part, Entry | Each | Place | Listed) for part in walk(tree)):
            return self.number(tree)
        match tree:
            case Negative(inner=inner):
                return -self.value(inner)
            case Transpose(inner=inner):
                return self.value(inner)
            case Binary(left=left, right=right) if tree.operator != "⊗":
                return self.applied(tree, left, right)
            case Call(function=function, arguments=arguments) if function in (*ELEMENTWISE, "maximum"):
                return self.applied(tree, *arguments)
        raise _OneByOne

    def applied(self, tree: Binary | Call, *arguments: Tree) -> Array:
        """Return the value of an operation on numbers."""
        names = tuple(map(Name, ARGUMENTS[: len(arguments)]))
        own = dict(zip(ARGUMENTS, map(self.value, arguments), strict=False))
        if isinstance(tree, Binary):
            sign = "⊙" if tree.operator in " @*" else tree.operator
            return self.worth(Binary(sign, *names), replace(self.at, numbers={**self.at.numbers, **own}))
        return self.worth(replace(tree, arguments=names), replace(self.at, numbers={**self.at.numbers, **own}))

    def number(self, tree: Tree) -> Array:
        """Return the value of a formula without letters, which has to be one number."""
        found = np.asarray(self.worth(tree, self.at))
        if found.ndim:
            raise _OneByOne
        return found.reshape((1,) * len(self.lengths))

    def along(self, letter: str) -> Array:
        """Return the places that a letter stands for, along its own axis."""
        if letter in self.lengths:
            return np.arange(self.lengths[letter]).reshape([-1 if own == letter else 1 for own in self.lengths])
        known = {**{number: int(number) - 1 for number in PLACES}, **self.at.running}
        if letter not in known:
            raise _OneByOne
        return np.asarray(known[letter]).reshape((1,) * len(self.lengths))

    def entry(self, tree: Entry) -> Array:
        """Return the entries of an array at the places of its letters."""
        places = [self.along(letter) for letter in tree.letters]
        if tree.array == KRONECKER:
            return np.asarray(places[0] == places[1], dtype=np.float64)
        array = np.asarray(self.worth(tree.array, self.at))
        runs = [self.lengths.get(letter, size) for letter, size in zip(tree.letters, array.shape, strict=False)]
        if array.ndim != len(places) or tuple(runs) != array.shape:
            raise _OneByOne
        return np.asarray(array[tuple(places)])
