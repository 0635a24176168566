"""What is noticed: one entry of a right gradient made wrong, by a relative size r, at random places.

Everybody is given the same function and the same gradient with the same wrong entry, at its defaults, and at r = 0 the
right one, where a word against it is a false alarm. The forward passes that are made are counted.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import gradcheck
from benchmarks.subjects import Subject
from gradcheck.op import Altered, Array, Backward, Gradients
from gradcheck.records import Verdict
from gradcheck.selftest.peers import PEERS, ask
from gradcheck.stages.testimony import undiagnosed

SIZES = {"0": 0.0, "1e-6": 1e-6, "1e-3": 1e-3, "1e-2": 1e-2, "0.1": 0.1, "sign flip": -2.0}
"""What is added to the wrong entry, relative to it."""
ENTRYWISE = frozenset({"torch gradcheck", "scipy check_grad"})
"""Peers that make a pass for every parameter."""
BLACK_BOX, NETWORK = "gradcheck, black box", "gradcheck, network"


@dataclass(frozen=True)
class Wrong:
    """A subject's gradient with one wrong entry, as all checkers take it; its forward passes are counted."""

    subject: Subject
    place: int
    """Which entry, of all parameters in one row."""
    size: float
    """How wrong it is, relative to itself."""
    passes: list[None]

    @property
    def args(self) -> tuple[Array, ...]:
        """The parameters."""
        return tuple(self.subject.parameters.values())

    def f(self, *parameters: Array) -> float:
        """Return the loss."""
        self.passes.append(None)
        return self.subject.loss(*parameters)

    def grad(self, *parameters: Array) -> tuple[Array, ...]:
        """Return the gradient with its wrong entry."""
        found = dict(zip(self.subject.parameters, self.subject.gradient(*parameters), strict=True))
        return tuple(self.spoilt(found).values())

    def spoilt(self, gradients: Gradients) -> Gradients:
        """Return the gradients with the wrong entry in them."""
        found, left = dict(gradients), self.place
        for name, array in self.subject.parameters.items():
            if left < array.size:
                own = np.array(found[name])  # a copy, of which any reshaping is a view
                own.reshape(-1, array.size)[:, left] *= 1.0 + self.size
                return found | {name: own}
            left -= array.size
        raise IndexError(self.place)


def _black_box(wrong: Wrong) -> bool:
    with undiagnosed():  # the peers do not say what went wrong
        return _green(gradcheck.check_gradient(wrong.f, wrong.grad, *wrong.args))


def _network(wrong: Wrong) -> bool:
    def backward(at: Backward) -> Gradients:
        return wrong.spoilt(at.gradients)

    inputs = wrong.subject.data | wrong.subject.parameters
    return _green(gradcheck.check(Altered(wrong.subject.network, backward), **inputs))


def _green(result: Any) -> bool:
    return result.verdict is Verdict.AGREES


CHECKERS: dict[str, Callable[[Any], bool]] = {BLACK_BOX: _black_box, NETWORK: _network, **PEERS}


@dataclass(frozen=True)
class Detected:
    """What one checker says about one size of error."""

    subject: str
    checker: str
    size: str
    """How wrong the entry is, as ``SIZES`` names it."""
    noticed: int
    """In how many cases it says that the gradient is wrong."""
    of: int
    """In how many it had an answer."""
    passes: int
    """How many forward passes it made, in the middle; 0 if it makes them where they cannot be counted."""


def detect(subject: Subject, places: int, patience: float, say: Callable[[str], None]) -> list[Detected]:
    """Ask every checker about every size of error, at so many places or until it has taken so many seconds."""
    chosen = np.random.default_rng(20).choice(subject.size, min(places, subject.size), replace=False)
    found = []
    for name, checker in CHECKERS.items():
        if name in ENTRYWISE and subject.size > 1000:
            say(f"{name} was not asked for wrong entries of {subject.name}: it would take minutes.")
            continue
        for size, r in SIZES.items():
            found.append(
                _asked(name, checker, subject, size, [Wrong(subject, int(at), r, []) for at in chosen], patience)
            )
    return found


def everywhere(subject: Subject, places: int) -> Detected:
    """Ask our black box about the smallest error at very many places, however long it takes."""
    chosen = np.random.default_rng(21).choice(subject.size, places, replace=False)
    smallest = list(SIZES)[1]
    cases = [Wrong(subject, int(at), SIZES[smallest], []) for at in chosen]
    found = _asked(BLACK_BOX, CHECKERS[BLACK_BOX], subject, smallest, cases, np.inf)
    return replace(found, subject=f"{subject.name}, at {places:,} places")


def _asked(
    name: str, checker: Callable[[Any], bool], subject: Subject, size: str, cases: list[Wrong], patience: float
) -> Detected:
    started, said, passes = time.process_time(), [], []
    for wrong in cases:
        said.append(ask(checker, wrong))
        passes.append(len(wrong.passes))
        if time.process_time() - started > patience:
            break
    noticed, answered = said.count(False), len(said) - said.count(None)
    return Detected(subject.name, name, size, noticed, answered, int(np.median(passes)))
