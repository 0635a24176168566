"""A case pared down to the smallest that still shows the same: a smaller architecture, plain weights, a single draw.

Of the architectures a step smaller, the smallest that shows it is taken, and of that again, until none of them does.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from gradcheck.architecture import Architecture
from gradcheck.architecture.smaller import smaller
from gradcheck.records import Case

FEW = 8
"""How many draws a case keeps while it is made smaller."""


@dataclass
class Shrunk:
    """The outcome of shrinking."""

    case: Case
    """The smallest case that still shows the finding."""
    tried: int = 0
    """How many cases were tried."""


def shrink(found: Case, shows: Callable[[Case], bool], *, budget: int) -> Shrunk:
    """Return the smallest case like one that shows a finding; after ``budget`` more cases no other is asked about."""
    asked = _Asked(shows, budget)
    case = asked.first(_plainer(found)) or found
    while less := asked.first(
        replace(case, architecture=str(own)) for own in smaller(Architecture.parse(case.architecture))
    ):
        case = less
    asked.left = max(asked.left, case.draws)
    return Shrunk(asked.first(_single(case)) or case, len(asked.answers))


@dataclass
class _Asked:
    """Whether cases show it, each asked about once."""

    shows: Callable[[Case], bool]
    left: int
    """How many more may be asked about."""
    answers: dict[Case, bool] = field(default_factory=dict)

    def first(self, cases: Iterable[Case]) -> Case | None:
        """Return the first of several cases that shows it."""
        return next(filter(self._ask, cases), None)

    def _ask(self, case: Case) -> bool:
        if case not in self.answers:
            if self.left <= 0:
                return False
            self.left -= 1
            self.answers[case] = self.shows(case)
        return self.answers[case]


def _plainer(found: Case) -> Iterator[Case]:
    """Yield a case with fewer draws, of ordinary weights if these show it."""
    yield Case(found.architecture, 0, FEW, "ordinary")
    yield Case(found.architecture, 0, FEW, found.regime)
    for first in range(0, found.draws, FEW):
        yield replace(found, weights=found.weights + first, draws=min(FEW, found.draws))


def _single(case: Case) -> Iterator[Case]:
    """Yield a case with each of its draws alone."""
    for draw in range(case.draws):
        yield replace(case, weights=case.weights + draw, draws=1)


__all__ = ["FEW", "Shrunk", "shrink"]
