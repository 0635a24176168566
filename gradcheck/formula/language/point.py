"""Where formulas are given a value: numbers for every variable, and what else depends on the place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gradcheck.formula.language.tree import Derivative
from gradcheck.op import Array


@dataclass(frozen=True)
class Point:
    """Numbers for every variable: where formulas are given a value."""

    numbers: Mapping[str, Array]
    """The value of every variable, and of every size."""
    slope: Callable[[Derivative], Array | None] = lambda _derivative: None
    """dA/dB for two variables; None where that is no array of the shape of B."""
    table: Callable[[Derivative], Array | None] = lambda _derivative: None
    """dA/dB with the axes of both."""
    along: Callable[[Sequence[tuple[str, str]]], Array | None] = lambda _walk: None
    """The product of derivatives along a walk."""
    seed: int = 0
    """Draws the functions that the problem leaves open."""
    numpy: bool = False
    """Whether * is NumPy's: entry by entry, whatever the shapes."""
    rows: bool = False
    """Whether the vectors of the problem are rows, as in y = x W."""
    known: Mapping[int, Array] = field(default_factory=dict)
    """The values of trees that were taken before, by the identity of the tree."""
    running: Mapping[str, int] = field(default_factory=dict)
    """The places that running letters stand for."""
    changes: Mapping[str, Array] = field(default_factory=dict)
    """The small changes of variables, where formulas have differentials."""
