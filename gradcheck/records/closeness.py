"""How close the cases of a run came to their error bars, and who agreed with whom: what a pass rests on."""

from dataclasses import dataclass, field

from gradcheck.records.evidence import Evidence


@dataclass(frozen=True)
class Call:
    """A case that agrees, and how near it came to its error bar."""

    case: str
    """The case, in the words that rebuild it."""
    parameter: str
    """The input whose gradient came nearest."""
    margin: float
    """The error in units of what was allowed."""
    sensitivity: float | None
    """The smallest relative error of one entry that would have been seen there; null if nothing could be judged."""


@dataclass(frozen=True)
class Closeness:
    """How close all cases of a run came."""

    margins: tuple[float, ...] = ()
    """For every case that was compared, its largest error in units of what was allowed; above 1 it is wrong."""
    calls: tuple[Call, ...] = ()
    """The cases that came nearest and yet agree, the nearest first; no more than twenty."""
    votes: dict[str, int] = field(default_factory=dict)
    """Who agrees with whom, and for how many gradients that is so."""
    evidence: Evidence | None = None
    """The differences of the nearest call at many steps."""

    @property
    def closest(self) -> Call | None:
        """The nearest call, if there is one."""
        return self.calls[0] if self.calls else None
