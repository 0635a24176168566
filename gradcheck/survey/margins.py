"""The margins of a run are kept while it goes on: how far every case is from its error bars, and the nearest calls.

At a place where several kinks meet no bar means anything, so a margin above 1 of a case that agrees is left out.
"""

from collections import Counter
from dataclasses import dataclass, field

from gradcheck.records import Result, Verdict
from gradcheck.records.closeness import Call, Closeness
from gradcheck.records.evidence import Evidence

NEAREST = 20
"""How many of the nearest calls are kept."""


@dataclass
class Margins:
    """Remembers how close the cases of a run came."""

    all: list[float] = field(default_factory=list)
    nearest: list[Call] = field(default_factory=list)
    votes: Counter[str] = field(default_factory=Counter)

    @property
    def closest(self) -> float:
        """The largest margin of a case that agrees; 0 if there is none."""
        return self.nearest[0].margin if self.nearest else 0.0

    def add(self, case: str, result: Result) -> None:
        """Remember a case, with what the check says about it."""
        self.votes.update(comparison.vote for comparison in result.comparisons)
        worst = max(result.comparisons, key=lambda comparison: comparison.margin, default=None)
        agrees = result.verdict is Verdict.AGREES
        if worst is None or (agrees and worst.margin > 1.0) or result.verdict is Verdict.UNDECIDED:
            return
        self.all.append(short(worst.margin))
        if agrees:
            self.nearest.append(Call(case, worst.parameter, short(worst.margin), worst.sensitivity))
            self.nearest.sort(key=lambda call: -call.margin)
            del self.nearest[NEAREST:]

    def closeness(self, evidence: Evidence | None = None) -> Closeness:
        """Return the record."""
        return Closeness(tuple(self.all), tuple(self.nearest), dict(sorted(self.votes.items())), evidence)


def short(number: float) -> float:
    """Keep three digits: the rest of a margin is rounding noise, and differs between machines."""
    return float(f"{number:.3g}")
