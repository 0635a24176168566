"""A file that somebody wrote, right and with one line wrong."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stranger:
    """A file."""

    source: str
    """What stands in it, right."""
    line: str
    """A piece of it,"""
    wrong: str
    """and what makes it wrong."""
    judged: str
    """What is judged in it, input by input."""
    far: bool = False
    """Whether it is judged where numbers are twice as large, too."""
