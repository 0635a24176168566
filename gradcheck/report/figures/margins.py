"""How close everything was: the error of cases, or of one result's gradients, in units of what was allowed."""

from typing import TYPE_CHECKING

from gradcheck.records import Comparison
from gradcheck.report.figures.style import RIGHT, WRONG, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST, MOST = 1e-4, 1e2
"""What is smaller or larger is drawn at the edge."""


def margins(values: tuple[float, ...], name: str) -> str:
    """Draw a histogram, logarithmic in the error; what lies beyond the limit is wrong."""
    import numpy as np

    with figure(7.0, 2.5, name) as (axes, finished):
        shown = np.log10(np.clip(np.asarray(values), LEAST, MOST))
        edges = np.linspace(-4.0, 2.0, 73)
        counts, _ = np.histogram(shown, edges)
        wrong = edges[:-1] > -1e-9
        for where, colour, hatch in ((~wrong, RIGHT, ""), (wrong, WRONG, "////")):
            axes.bar(edges[:-1][where], counts[where], np.diff(edges)[where], align="edge", color=colour, hatch=hatch)
        axes.axvline(0.0, color=WRONG, linewidth=1.2)
        axes.text(0.03, 0.93, "what was allowed", color=WRONG, transform=axes.get_xaxis_transform(), va="top")
        axes.set_xlim(-4.1, 2.0 if max(values) > 1.0 else 1.0)
        axes.set_ylim(0.0, 1.15 * max(counts.max(), 1.0))
        ticks = {-4: "1e-4 or less", -3: "0.001", -2: "0.01", -1: "0.1", 0: "1", 1: "10", 2: "100 or more"}
        shown_ticks = {place: text for place, text in ticks.items() if place <= axes.get_xlim()[1]}
        axes.set_xticks(list(shown_ticks), list(shown_ticks.values()))
        axes.set_xlabel("largest error in a network (in units of the error that was allowed)")
        axes.set_ylabel("networks")
        axes.locator_params(axis="y", integer=True)
    return finished[0]


def result(comparisons: tuple[Comparison, ...]) -> "Axes":
    """Return axes with the error of every parameter's gradient."""
    from matplotlib.figure import Figure

    axes = Figure(figsize=(6.4, 0.9 + 0.35 * max(len(comparisons), 1)), layout="constrained").subplots()
    for row, one in enumerate(reversed(comparisons)):
        margin = min(max(one.margin, LEAST), 1e6)
        axes.barh(row, margin, left=1e-5, color=RIGHT if one.margin <= 1.0 else WRONG, height=0.6)
    axes.set_yticks(range(len(comparisons)), [one.parameter for one in reversed(comparisons)])
    axes.set_xscale("log")
    axes.axvline(1.0, color=WRONG, linewidth=1.5)
    axes.set_xlabel("error (in units of the error that was allowed)")
    axes.set_ylabel("gradient for")
    axes.spines[["top", "right"]].set_visible(False)
    return axes
