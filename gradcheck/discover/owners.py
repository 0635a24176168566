"""Whose gradient it is that comes back alone, if no name says so: ``quadratic_grad(A, b, x)`` is for x.

A parameter comes before a variable, and a variable before the rest. Among arguments of one shape it is for the first
parameter; if there are several, or none, for the one that it is right for; unless it is right for the first of them
but for the sign, which is a mistake that a difference of two arguments would hide.
"""

import copy
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.discover import names
from gradcheck.discover.readings import is_real
from gradcheck.op import Array

RANKS = (r"[wW]|weights?|[tT]heta|beta|params?|coef\w*|mu", r"[xz]")
"""What parameters are called, and variables."""
STEP = 2.0**-20
"""The step of the difference that a gradient is held against, in units of each entry."""
NEAR = 1e-5
"""So far, relative to the sum of its parts, it may be off from that: no more is asked here than which is meant."""
APART = 1.0625
"""By this factor arguments are moved apart, which may all be the same."""
Value = Callable[[Mapping[str, Any]], Any]
"""Takes the arguments; returns the value."""
Differential = Callable[[Mapping[str, Any], Any], dict[str, Any]]
"""Takes the arguments and a cotangent; returns the gradients by argument."""


@dataclass(frozen=True)
class Gradient:
    """The only gradient of a value at some arguments."""

    value: Value
    backward: Differential
    """Returns the gradient, as that of the argument ``first``."""
    first: str
    """The argument that it was taken to be for."""
    found: Any
    """The gradient, where it was found."""
    cotangent: Any
    """What arrives at the value."""

    def handed(self, args: Mapping[str, Any]) -> tuple[Differential, dict[str, Any], str]:
        """Return what returns it as that of the argument that it is for, it itself, and what is said of that."""
        name, said = self._owner(args)
        return lambda *given: {name: self.backward(*given)[self.first]}, {name: self.found}, said

    def _owner(self, args: Mapping[str, Any]) -> tuple[str, str]:
        """Return the argument that it is for, and what is said of that if no name says so."""
        taken = names.is_target(self.first)  # it was taken for no target, then
        those = ([] if taken else _suited(args, self.found)) or [self.first]
        with suppress(Exception):  # what is moved may lie outside of a domain
            right = self._right(args, those) if len(those) > 1 else those
            if right and those[0] not in right:
                listed = ", ".join(those)
                return right[0], f"no name says what it is a gradient for: of {listed}, it is right for {right[0]}"
        return those[0], ""

    def _right(self, args: Mapping[str, Any], those: list[str]) -> list[str]:
        """Name those arguments that it is right for where no two are the same; none if it is minus the first's."""
        apart = {**args, **{name: args[name] * APART**place for place, name in enumerate(those)}}
        gradient = np.asarray(self.backward(copy.deepcopy(apart), self.cotangent)[self.first])
        turned = self._off(apart, those[0], -gradient) <= NEAR
        return [name for name in those if not turned and self._off(apart, name, gradient) <= NEAR]

    def _off(self, args: Mapping[str, Any], name: str, gradient: Array) -> float:
        """Return how far it is from a difference along one direction in an argument, relative to its parts."""
        here = np.asarray(args[name])
        step = STEP * np.random.default_rng(2).uniform(0.5, 1.5, here.shape) * np.where(here == 0, 1.0, np.abs(here))
        moved = (copy.deepcopy({**args, name: here + own}) for own in (step, -step))  # it may write into its inputs
        ahead, behind = (np.sum(self.cotangent * self.value(own)) for own in moved)
        parts = np.sum(np.abs(gradient * step))
        return float(np.abs((ahead - behind) / 2.0 - np.sum(gradient * step)) / parts) if parts > 0 else np.inf


def _suited(args: Mapping[str, Any], gradient: Any) -> list[str]:
    """Name the arguments that a gradient suits by its shape, the likeliest first; parameters alone if there are any."""
    if not isinstance(gradient, float | np.ndarray):
        return []
    ranks = {
        name: next((place for place, own in enumerate(RANKS) if re.fullmatch(own, name)), len(RANKS))
        for name, own in args.items()
        if is_real(own) and np.shape(own) == np.shape(gradient) and not names.is_target(name)
    }
    return [name for name in ranks if ranks[name] == 0] or sorted(ranks, key=ranks.__getitem__)
