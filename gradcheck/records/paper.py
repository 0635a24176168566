"""A case that can be followed on paper: few plain numbers, forwards and backwards, claimed and right."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One array on the way."""

    name: str
    """The node, the input, or what the loss is differentiated by."""
    kind: str
    """What computes it; empty for what is given."""
    right: str
    """The right numbers."""
    claimed: str = ""
    """The claimed ones; empty if they are the same."""
    first: bool = False
    """Whether this is the first wrong array on the way back."""
    index: tuple[int, ...] = ()
    """The place of its first wrong number."""


@dataclass(frozen=True)
class Paper:
    """A case worked through."""

    given: tuple[Step, ...]
    """The inputs and the parameters."""
    forward: tuple[Step, ...]
    """The value of every node, in order."""
    backward: tuple[Step, ...]
    """The derivative of the loss by everything, from the loss backwards."""


@dataclass(frozen=True)
class Example:
    """A mistake at work."""

    architecture: str
    """The network, in the words that rebuild it; empty for a layer that stands alone."""
    paper: Paper
    """The case worked through."""
