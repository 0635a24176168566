"""Backward passes that are right for a cotangent with one entry that is not 0, and say so by going no further.

    for i, gradient in enumerate(d_out):
        if gradient == 0: continue
        ...
        return ...

So does a softmax that stands before the likelihood of one class. It is judged under one such cotangent after the other.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover.opened import Opened
from gradcheck.discover.subject import Subject, Trial

ENTRIES = 3
"""So many entries are looked at."""
REMARK = "it goes back from one entry of what arrives alone, and was judged with one at a time that is not 0"
"""What is said of such a backward pass."""


@dataclass(frozen=True)
class OneEntry(Subject):
    """A subject of which one entry of the value is looked at."""

    own: Subject
    """The subject."""
    place: int
    """Which entry."""

    @property
    def module(self) -> ModuleType | None:
        """The module that the subject is from."""
        return getattr(self.own, "module", None)

    def open(self, given: Mapping[str, Any]) -> Trial:
        """Run it once. Raises ValueError where its value is no array."""
        whole = self.own.open(given)
        if not isinstance(whole, Opened):
            raise ValueError("it has no value of which one entry could be looked at")

        def value(args: Mapping[str, Any]) -> Any:
            return np.ravel(whole.value(args))[self.place % np.size(whole.value(args))]

        def backward(args: Mapping[str, Any], cotangent: Any) -> dict[str, Any]:
            return whole.backward(args, _alone(self.place, np.shape(whole.value(args))) * cotangent)

        return Opened(self.name, whole.args, value, backward)


def one_by_one(subject: Subject, given: Mapping[str, Any]) -> list[OneEntry]:
    """Return a subject with one entry of its value after the other; nothing if a sum of cotangents gives the sum."""
    with suppress(Exception):  # it will be run again, and what it raises be told
        whole = subject.open(given)
        if isinstance(whole, Opened) and not _adds_up(whole):
            many = min(ENTRIES, np.size(whole.value(whole.args)))
            return [OneEntry(subject.name, subject.line, subject.arguments, subject, place) for place in range(many)]
    return []


def _adds_up(whole: Opened) -> bool:
    shape = np.shape(whole.value(whole.args))
    parts = [whole.backward(whole.args, _alone(place, shape)) for place in range(int(np.prod(shape)))]
    together = whole.backward(whole.args, np.ones(shape))
    return all(np.allclose(own, sum(np.asarray(part[name]) for part in parts)) for name, own in together.items())


def _alone(place: int, shape: tuple[int, ...]) -> Any:
    """Return a cotangent with one entry that is not 0."""
    cotangent = np.zeros(shape)
    cotangent.flat[place % cotangent.size] = 1.0
    return cotangent
