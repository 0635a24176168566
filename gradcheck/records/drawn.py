"""The nodes of a network, as its drawing needs them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Drawn:
    """One node of a network, as much of it as a drawing needs."""

    name: str
    """The node, or the input, by its name."""
    kind: str
    """What it computes; ``input`` for data and ``parameter`` for weights."""
    sources: tuple[str, ...]
    """The names of the values that go into it."""
