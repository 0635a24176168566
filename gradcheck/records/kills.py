"""The records of a self-test: every mistake in every layer where it can be made, and whether a check notices it."""

from dataclasses import dataclass, field

FORMAT = "gradcheck.selftest/1"
"""The version of these records. 1: the first."""


@dataclass(frozen=True)
class Kill:
    """One mistake planted into one kind of layer."""

    mistake: str
    """Its id in the catalogue."""
    family: str
    """The family it belongs to."""
    layer: str
    """The kind of layer that it was planted into."""
    outcome: str
    """``caught``, ``missed``, ``equivalent``, or ``alarm`` if what is called equivalent was not."""
    stage: str
    """What noticed it: ``comparison``, or the clause of the contract that is violated; empty if nothing did."""
    cases: int
    """After how many cases it was caught; if it was not, how many were tried."""
    found_in: str
    """The case in which it was caught."""
    smallest: str
    """The smallest case in which a check notices it; empty if none was looked for."""
    numbers: int
    """How many numbers that case holds."""
    named: str
    """What the diagnosis said: ``named``, ``tie``, ``none``, or the wrong name."""
    argument: str
    """Why it changes nothing, if it is equivalent."""
    peers: dict[str, str] = field(default_factory=dict)
    """What other checkers say about the same wrong gradient: ``caught``, ``passed``, or ``cannot take it``."""


@dataclass(frozen=True)
class SelfTest:
    """What a check would notice, and what it cries out at though it is right."""

    seed: int
    """The seed of the cases."""
    kills: tuple[Kill, ...]
    """The kill matrix."""
    right: int
    """How many networks without a mistake were judged."""
    alarms: tuple[str, ...]
    """Those of them that were called wrong."""
    undecided: int
    """How many of them could not be judged."""
    stopped: str = "completed"
    """Why it ended: completed, or interrupted."""
    format: str = FORMAT
    """The version of this record."""

    @property
    def passed(self) -> bool:
        """Whether everything that can be noticed is noticed, and nothing right is accused."""
        return (
            bool(self.kills) and not self.alarms and all(own.outcome in ("caught", "equivalent") for own in self.kills)
        )
