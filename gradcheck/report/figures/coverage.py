"""Which layer has followed which: one cell for every pair of neighbours, blank if it was never seen."""

from typing import Any

from gradcheck.report.figures.style import INK, RIGHT, figure

CELL = 0.125
"""The side of a cell, in inches."""
LEVELS = (1, 3, 10, 30)
"""From how many networks on a cell is one shade deeper."""


def neighbours(pairs: dict[str, int], name: str) -> str:
    """Draw the pairs, written as ``first > second``, with the most visited kinds first."""
    firsts, seconds = _by_visits(pairs, 0), _by_visits(pairs, 1)
    width, height = 2.2 + CELL * len(seconds), 1.9 + CELL * len(firsts)
    with figure(width, height, name) as (axes, finished):
        for number, level in enumerate(LEVELS):
            most = LEVELS[number + 1] if number + 1 < len(LEVELS) else float("inf")
            seen = [pair.split(" > ") for pair, cases in pairs.items() if level <= cases < most]
            places = [(firsts.index(first), seconds.index(second)) for first, second in seen]
            axes.add_patch(_cells(places, facecolor=RIGHT, alpha=0.25 * (number + 1)))
        axes.set_xlim(0, len(seconds))
        axes.set_ylim(len(firsts), 0)
        axes.set_aspect("equal")
        axes.set_xticks([place + 0.5 for place in range(len(seconds))], seconds, rotation=90)
        axes.set_yticks([place + 0.5 for place in range(len(firsts))], firsts)
        axes.tick_params(length=0, labelsize=6.5, labeltop=True, labelbottom=False)
        axes.set_xlabel("is followed by", fontsize=8)
        axes.xaxis.set_label_position("top")
        axes.spines[["top", "right"]].set_visible(True)
        axes.spines[:].set(linewidth=0.4, edgecolor=INK)
    return finished[0]


def _by_visits(pairs: dict[str, int], side: int) -> list[str]:
    visits: dict[str, int] = {}
    for pair, cases in pairs.items():
        kind = pair.split(" > ")[side]
        visits[kind] = visits.get(kind, 0) + cases
    return sorted(visits, key=lambda kind: (-visits[kind], kind))


def _cells(places: list[tuple[int, int]], **style: Any) -> Any:
    """Return many cells as one patch, which is written in few letters."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    corners = ((0.04, 0.04), (0.96, 0.04), (0.96, 0.96), (0.04, 0.96))
    vertices = [(column + x, row + y) for row, column in places for x, y in (*corners, corners[0])]
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(places)
    return PathPatch(Path(vertices or [(0.0, 0.0)], codes or None), linewidth=0, **style)
