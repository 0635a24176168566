"""The place in somebody's code where a mistake stands, as a record."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where in somebody's own code a mistake stands, proved by running the code with this one expression changed."""

    file: str
    """The file, as Python knows it."""
    line: int
    """The number of the line."""
    function: str
    """The function that the line belongs to."""
    wrong: str
    """The line as it is, without what it is indented by."""
    right: str
    """The line with which every number is right."""
    start: int
    """Where in the line the guilty expression begins."""
    end: int
    """Where it ends."""
    others: tuple[int, ...] = ()
    """Other lines at which one change would repair the same."""
