"""A value and its backward pass, at inputs: what is asked of every pair, whatever it was found as."""

import copy
import re
import traceback
from collections.abc import Callable, Container, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from gradcheck.adapt.functions import judge
from gradcheck.adapt.pairs import Pair
from gradcheck.discover import owners
from gradcheck.discover.owners import Differential, Value
from gradcheck.discover.readings import (
    alike,
    as_elsewhere,
    cotangent_like,
    equal,
    finite,
    is_float,
    is_real,
    is_single,
)
from gradcheck.discover.source import GRADIENT
from gradcheck.discover.subject import Trial
from gradcheck.records import Result
from gradcheck.repair import suspected

UNASKED = "a gradient comes back for {} too, given a whole number here, and was not judged: say otherwise with --inputs"
"""What is said of gradients for what is taken for a whole number."""


class Opened(Trial):
    """A value and its backward pass, at inputs."""

    suspects: Container[int] | None = None
    """The lines that may be to blame; None for any."""
    untrained: Mapping[str, Any] = MappingProxyType({})
    """What it is not given because no gradient was found for it."""

    def __init__(
        self, name: str, args: Mapping[str, Any], value: Value, backward: Differential, *, told: bool = True
    ) -> None:
        """Run both; the only gradient is for the argument that it suits, if names have not ``told`` for which."""
        self.name, self.args, self.value, self.backward = name, copy.deepcopy(dict(args)), value, backward
        first = value(copy.deepcopy(self.args))  # what writes into its inputs shall do so where that is judged
        if not finite(first):
            raise ValueError("the value is not finite, or holds nothing")
        given = cotangent_like(first)
        try:
            gradients = backward(copy.deepcopy(self.args), given)
        except Exception as error:  # whatever it is, the check will run into it again, and say so
            if self._constant(first):
                raise ValueError("the value depends on nothing that it is given") from error
            gradients, self.raised, self.refused = {}, True, _refuses(error)
        if not told and len(gradients) == 1:
            alone = owners.Gradient(value, backward, *next(iter(gradients.items())), given)
            self.backward, gradients, self.remark = alone.handed(self.args)
        self.single = bool(gradients) and any(map(is_single, (first, *gradients.values())))
        if not all(map(finite, gradients.values())) and self._constant(first):
            raise ValueError("the value depends on nothing that it is given, and the gradient is not finite")
        if not equal(given, cotangent_like(first)):
            self.remark = "it writes into the gradient that it is handed, so whoever goes on using that is misled"
        whole = [name for name, own in gradients.items() if name in self.args and is_float(own)]
        if whole := [name for name in whole if not is_real(self.args[name])]:
            self.remark = self.remark or UNASKED.format(", ".join(whole))
        self._take(gradients)

    def _take(self, gradients: dict[str, Any]) -> None:
        """Judge gradients by the arguments that they are for."""
        self.answered, self.owners = gradients, tuple(gradients)
        self.judged = tuple(name for name, own in self.args.items() if name in gradients and is_real(own))
        self.fits = bool(self.judged) and all(alike(gradients[name], self.args[name]) for name in self.judged)

    def as_in(self, other: Trial) -> "Opened":
        """Return it with gradients for what they are for in another trial, at inputs whose lengths tell them apart."""
        if isinstance(other, Opened):
            self.args |= {name: own for name, own in self.untrained.items() if name in other.owners}
            self._take(as_elsewhere(self.answered, other.owners, self.args))
        return self

    def _constant(self, first: Any) -> bool:
        """Say whether the value is that of other numbers too, as a sum over differences of one number is."""
        moved = {name: 1.125 * own + 0.125 for name, own in self.args.items() if is_real(own) and np.ndim(own)}
        if not moved or isinstance(first, list | tuple):
            return False
        return all(
            np.array_equal(first, self.value(self.args | {name: sign * own for name, own in moved.items()}))
            for sign in (1.0, -1.0)
        )

    def judge(self, seed: int) -> Result:
        """Judge the gradients that come back."""
        own = list(self.args)

        def value(*inner: Any) -> Any:
            return self.value(dict(zip(own, inner, strict=True)))

        def prepare(*inner: Any) -> Callable[[Any], Any]:
            given = dict(zip(own, inner, strict=True))

            def gradients(cotangent: Any) -> Any:
                found = as_elsewhere(self.backward(given, copy.deepcopy(cotangent)), self.owners, given)
                return tuple(found.get(name) for name in self.judged) if self.judged else found

            return gradients

        value.__name__ = self.name
        with suspected(self.suspects):
            return judge(Pair(value, prepare, list(self.args.values()), own, list(self.judged) or None), seed)


def _refuses(error: Exception) -> bool:
    """Say whether something is asserted that is not so, and it is not that a gradient has the right shape."""
    line = str(traceback.extract_tb(error.__traceback__)[-1].line)
    return isinstance(error, AssertionError) and not any(map(GRADIENT.fullmatch, re.findall(r"\w+", line)))
