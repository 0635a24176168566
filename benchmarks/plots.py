"""The plots: time against size, both on logarithmic scales, and what is noticed of a wrong entry."""

from pathlib import Path
from typing import Any

from matplotlib import colormaps
from matplotlib.figure import Figure

from benchmarks.detection import SIZES, Detected
from benchmarks.measure import Measured

COLOURS = [own for name in ("tab10", "Dark2") for own in colormaps[name](range(8))]
"""As many as there may be lines."""


def time(path: Path, measured: list[Measured]) -> None:
    """Draw seconds against the number of parameters, a line for every contestant; peers are dashed."""
    axes = _axes(xlabel="parameters", ylabel="seconds", xscale="log", yscale="log")
    for name in dict.fromkeys(one.contestant for one in measured):
        own = sorted((one.parameters, one.median) for one in measured if one.contestant == name and one.seconds)
        if own:
            axes.plot(
                *zip(*own, strict=True), "o-" if name.startswith("gradcheck") else "o--", label=name, markersize=3
            )
    _save(path, axes)


def detection(path: Path, detected: list[Detected]) -> None:
    """Draw the share of wrong entries that is noticed against their size, a line for every checker and network."""
    axes = _axes(xlabel="relative size of the one wrong entry", ylabel="share that is noticed")
    for subject, checker in dict.fromkeys((one.subject, one.checker) for one in detected):
        own = [one for one in detected if (one.subject, one.checker) == (subject, checker) and one.of]
        places = [list(SIZES).index(one.size) for one in own]
        axes.plot(places, [one.noticed / one.of for one in own], "o-", label=f"{checker}, {subject}", markersize=3)
    axes.set_xticks(range(len(SIZES)), list(SIZES))
    _save(path, axes)


def _axes(**settings: str) -> Any:
    axes = Figure(figsize=(9, 6), layout="constrained").add_subplot(**settings)
    axes.set_prop_cycle(color=COLOURS)
    return axes


def _save(path: Path, axes: Any) -> None:
    if axes.lines:
        axes.legend(fontsize="x-small")
    axes.grid(alpha=0.3)
    axes.figure.savefig(path, metadata={"Date": None})
