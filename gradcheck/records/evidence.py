"""The evidence for a finding: the whole gradient of one parameter, and how one entry's differences depend on the step.

Against a right gradient the error of a central difference falls with the square of the step until rounding takes over;
against a wrong one it comes to rest at how wrong it is. That tells a wrong gradient from a wrong check at a glance.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Evidence:
    """The gradient of one parameter, as claimed and as it should be, and one entry's differences at many steps."""

    parameter: str
    """The name of the input."""
    shape: tuple[int, ...]
    """Its shape."""
    claimed: tuple[float, ...]
    """The claimed gradient, entry by entry, the last axis fastest."""
    expected: tuple[float, ...]
    """The right one, as PyTorch has it, or else finite differences."""
    index: tuple[int, ...]
    """The place of the worst entry."""
    differences: float
    """What the differences come to there once they are extrapolated."""
    bar: float
    """How far a claim may be from that: as far as the truth, and what it is allowed for its rounding."""
    pytorch: float | None
    """What PyTorch says there; null if it was not asked."""
    pytorch_bar: float | None
    """How far a claim may be from that."""
    taken: float
    """The step from which they were extrapolated: it, its half and its quarter."""
    value: float
    """What the forward pass returns: its size decides where rounding takes over."""
    steps: tuple[float, ...]
    """The steps at which that entry was differenced."""
    slopes: tuple[float, ...]
    """The central difference at each of them."""
