"""The figures of a report, drawn by matplotlib as vector graphics that can stand inside a page.

They take the page's own text colour, so that they read in light and dark alike, and the same record always gives the
same bytes.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gradcheck.records import Drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#123456"
"""Stands for the text colour of the page, which takes its place in the finished drawing."""
RIGHT, WRONG = "#0072b2", "#d55e00"
"""Blue and vermilion: told apart by colour-blind readers as well."""


def margins(values: tuple[float, ...], name: str) -> str:
    """Draw how close every case came to its error bars: a histogram of error over allowed, logarithmic."""
    import numpy as np

    with _figure(6.4, 2.4, name) as (axes, finished):
        shown = np.log10(np.maximum(np.asarray(values), 1e-4))
        axes.hist(shown, bins=np.linspace(-4.0, 0.5, 46).tolist(), color=RIGHT)
        axes.axvline(0.0, color=WRONG, linewidth=1.5)
        axes.text(0.02, 0.9, "limit", color=WRONG, transform=axes.get_xaxis_transform())
        axes.set_xlabel("largest error in the case, in units of what was allowed (1e-4 or less at the left edge)")
        axes.set_ylabel("cases")
        axes.set_xticks(range(-4, 1), ["1e-4", "1e-3", "0.01", "0.1", "1"])
    return finished[0]


def network(nodes: tuple[Drawn, ...], guilty: frozenset[str], name: str) -> str:
    """Draw a network from left to right, what is to blame in vermilion."""
    places = _places(nodes)
    columns = 1 + max(x for x, _ in places.values())
    lowest = min(y for _, y in places.values())
    with _figure(0.4 + 1.35 * columns, 0.5 - 0.55 * (lowest - 1), name) as (axes, finished):
        axes.axis("off")
        axes.set_xlim(-0.6, columns - 0.4)
        axes.set_ylim(lowest - 0.5, 0.9)
        for node in nodes:
            _arrows(axes, node, places)
        for node in nodes:
            colour = WRONG if node.name in guilty else RIGHT if node.sources else INK
            style = {"boxstyle": "round,pad=0.35", "facecolor": "none" if not node.sources else "white"}
            box = style | {"edgecolor": colour, "linewidth": 2.2 if node.name in guilty else 1.0}
            text = colour if node.name in guilty or node.sources else INK
            axes.text(*places[node.name], node.name, ha="center", va="center", color=text, bbox=box, fontsize=9)
    return finished[0]


def _arrows(axes: "Axes", node: Drawn, places: dict[str, tuple[float, float]]) -> None:
    for source in node.sources:
        (x, y), (from_x, from_y) = places[node.name], places[source]
        bend = -0.35 if y == from_y and x - from_x > 1 else 0.0  # an arrow must not run through what lies between
        arrow = {"arrowstyle": "->", "color": INK, "shrinkA": 16, "shrinkB": 18, "alpha": 0.6}
        arrow |= {"connectionstyle": f"arc3,rad={bend}"}
        axes.annotate("", xy=(x, y), xytext=(from_x, from_y), arrowprops=arrow)


def _places(nodes: tuple[Drawn, ...]) -> dict[str, tuple[float, float]]:
    """Put every node one column behind its last source, and every input one column before its first use."""
    columns: dict[str, int] = {}
    for node in nodes:
        if node.sources:
            columns[node.name] = 1 + max(columns.get(source, 0) for source in node.sources)
    for node in nodes:
        if not node.sources:
            uses = [columns[user.name] for user in nodes if node.name in user.sources]
            columns[node.name] = min(uses, default=1) - 1
    heights: dict[int, int] = {}
    places: dict[str, tuple[float, float]] = {}
    for node in sorted(nodes, key=lambda node: not node.sources):
        column = columns[node.name]
        places[node.name] = (float(column), -1.0 * heights.get(column, 0))
        heights[column] = heights.get(column, 0) + 1
    return places


@contextmanager
def _figure(width: float, height: float, name: str) -> Iterator[tuple["Axes", list[str]]]:
    """Give axes to draw on; afterwards the list holds the drawing as text."""
    import matplotlib
    from matplotlib.figure import Figure

    style: Any = {"svg.fonttype": "none", "svg.hashsalt": name, "font.family": "sans-serif", "font.size": 9.0}
    style |= dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK)
    finished: list[str] = []
    with matplotlib.rc_context(style | {"axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure.subplots(), finished
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    finished.append(text[text.index("<svg") :].replace(INK, "currentColor"))
