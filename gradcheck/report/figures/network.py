"""A network from left to right: what is to blame in vermilion, and the edges of wrong gradients into it."""

import math
from typing import TYPE_CHECKING, Any

from gradcheck.records.drawn import Drawn
from gradcheck.report.figures.style import INK, PAPER, RIGHT, WRONG, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Places = dict[str, tuple[float, float]]
"""Where each node stands: its column, and its row below zero."""
COLUMN, ROW = 1.35, 0.55
"""How far they are apart, in inches."""


def network(nodes: tuple[Drawn, ...], guilty: frozenset[str], wrong: frozenset[str], name: str) -> str:
    """Draw a network; ``guilty`` names the nodes to blame, ``wrong`` what their wrong gradients are for."""
    places = _places(nodes)
    columns = 1 + max(x for x, _ in places.values())
    lowest = min(y for _, y in places.values())
    with figure(0.4 + COLUMN * columns, 0.4 + ROW * (1 - lowest), name) as (axes, finished):
        axes.axis("off")
        axes.set_xlim(-0.6, columns - 0.4)
        axes.set_ylim(lowest - 0.5, 0.6)
        for node in nodes:
            own = node.name in guilty
            _arrows(axes, node, places, wrong if own else frozenset(), own)
        for node in nodes:
            _box(axes, node, places, node.name in guilty)
    return finished[0]


def _box(axes: "Axes", node: Drawn, places: Places, guilty: bool) -> None:
    colour = WRONG if guilty else RIGHT if node.sources else INK
    box: dict[str, Any] = {"boxstyle": "round,pad=0.4", "facecolor": PAPER, "edgecolor": colour}
    box |= {"linewidth": 2.2 if guilty else 0.9}
    axes.text(
        *places[node.name], _label(node.name, guilty), ha="center", va="center", color=colour, bbox=box, fontsize=9
    )


def _label(name: str, guilty: bool) -> str:
    return f"{name} \N{BALLOT X}" if guilty else name


def _arrows(axes: "Axes", node: Drawn, places: Places, wrong: frozenset[str], guilty: bool) -> None:
    for source in node.sources:
        (x, y), (from_x, from_y) = places[node.name], places[source]
        bend = -0.35 if y == from_y and x - from_x > 1 else 0.0  # an arrow must not run through what lies between
        way = (COLUMN * (x - from_x), ROW * (y - from_y))
        arrow: dict[str, Any] = {"arrowstyle": "->", "color": INK, "linewidth": 0.9}
        arrow |= {"shrinkA": _to_the_edge(source, way), "shrinkB": 2.0 + _to_the_edge(_label(node.name, guilty), way)}
        arrow |= {"color": WRONG, "linewidth": 2.4} if source in wrong else {}
        arrow |= {"connectionstyle": f"arc3,rad={bend}"}
        axes.annotate("", xy=(x, y), xytext=(from_x, from_y), arrowprops=arrow)


def _to_the_edge(label: str, way: tuple[float, float]) -> float:
    """Return how far it is, in points, from the middle of a label to the edge of its box, on the way to another."""
    half_width, half_height = 5.0 + 2.8 * len(label), 9.0
    across, down = (max(abs(own), 1e-9) for own in way)
    return min(half_width / across, half_height / down) * math.hypot(across, down)


def _places(nodes: tuple[Drawn, ...]) -> Places:
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
    places: Places = {}
    for node in sorted(nodes, key=lambda node: not node.sources):
        column = columns[node.name]
        places[node.name] = (float(column), -1.0 * heights.get(column, 0))
        heights[column] = heights.get(column, 0) + 1
    return places
