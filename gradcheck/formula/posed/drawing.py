"""The graph of a problem as a picture: what feeds what, and what a formula makes of it.

Links on a route that is there are drawn in green, those of a route that is missing dashed in orange, a hop to something
that depends on nothing dotted in red, and all others in grey. Variables stand in columns, each to the right of all that
it is computed from.
"""

import html
from dataclasses import dataclass
from itertools import pairwise

from gradcheck.formula.posed.problem import Problem

STYLES = {
    "": ("#9a9a94", "1", ""),
    "right": ("#208154", "2.5", ""),
    "missing": ("#c9741a", "2.5", "7 5"),
    "twice": ("#0072b2", "4", ""),
    "meaningless": ("#d43f36", "2.5", "1.5 4"),
}
"""The colour, the width and the dashes of a link by its mark."""
COLUMN, ROW, RADIUS = 110, 46, 15
"""The distance of columns and of rows, and the size of a variable, in pixels."""


@dataclass(frozen=True)
class Link:
    """One arrow of the graph."""

    source: str
    """Where it begins: a cause."""
    target: str
    """Where it ends: its effect."""
    mark: str = ""
    """What the formula makes of it: right, missing, twice, meaningless; empty for nothing."""


def links(problem: Problem, marks: dict[tuple[str, str], str]) -> tuple[Link, ...]:
    """Return every arrow of a problem with its mark, and the marked ones that the problem does not have."""
    own = [(source, name) for name in problem.forward for source in named_sources(problem, name)]
    return tuple(Link(*pair, marks.get(pair, "")) for pair in dict.fromkeys([*own, *marks]))


def named_sources(problem: Problem, name: str) -> list[str]:
    """Return what a variable is computed from, by the names that a person has given."""
    found: list[str] = []
    for source in problem.sources(name):
        found += named_sources(problem, source) if source in problem.steps else [source]
    return found


def named_links(route: tuple[str, ...], problem: Problem) -> list[tuple[str, str]]:
    """Return the links of a route between variables that a person has named."""
    return list(pairwise(name for name in route if name not in problem.steps))


def svg(drawn: tuple[Link, ...]) -> str:
    """Draw the links; return an SVG that needs nothing else."""
    places = _places(drawn)
    width = max((x for x, _ in places.values()), default=0) + 60
    height = max((y for _, y in places.values()), default=0) + 40
    arrows = "".join(_arrow(link, places) for link in sorted(drawn, key=lambda link: bool(link.mark)))
    circles = "".join(_circle(name, *place) for name, place in places.items())
    heads = "".join(_head(mark, color) for mark, (color, _, _) in STYLES.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="13" role="img"><defs>{heads}</defs>{arrows}{circles}</svg>'
    )


def _places(drawn: tuple[Link, ...]) -> dict[str, tuple[int, int]]:
    """Return where every variable stands: its column is one more than that of anything that it is computed from."""
    columns: dict[str, int] = {}
    for link in drawn:
        columns.setdefault(link.source, 0)
        columns.setdefault(link.target, 0)
    real = [link for link in drawn if link.mark != "meaningless"]
    for _ in columns:
        for link in real:
            columns[link.target] = max(columns[link.target], columns[link.source] + 1)
    for name in columns:  # what is given stands right before what it is used for
        used = [columns[link.target] for link in real if link.source == name]
        if used and not any(link.target == name for link in real):
            columns[name] = min(used) - 1
    places: dict[str, tuple[int, int]] = {}
    rows: dict[int, int] = {}
    for name, column in columns.items():
        rows[column] = rows.get(column, 0) + 1
        places[name] = (40 + COLUMN * column, 20 + ROW * rows[column] - ROW // 2)
    return places


def _arrow(link: Link, places: dict[str, tuple[int, int]]) -> str:
    """Draw one link, bent aside if others stand in the same column between its ends."""
    color, width, dashes = STYLES[link.mark]
    (x, y), (u, v) = places[link.source], places[link.target]
    bend = 0.45 * abs(v - y) + 20 if x == u else 0.0
    middle = ((x + u) / 2 + bend, (y + v) / 2)
    begin, end = _towards((x, y), middle, RADIUS + 2), _towards((u, v), middle, RADIUS + 8)
    path = f"M{begin[0]:.1f},{begin[1]:.1f} Q{middle[0]:.1f},{middle[1]:.1f} {end[0]:.1f},{end[1]:.1f}"
    style = f'stroke="{color}" stroke-width="{width}" stroke-dasharray="{dashes}"'
    return f'<path d="{path}" fill="none" {style} marker-end="url(#head-{link.mark})"/>'


def _towards(place: tuple[float, float], other: tuple[float, float], far: float) -> tuple[float, float]:
    """Return the point so far from a place in the direction of another."""
    across, down = other[0] - place[0], other[1] - place[1]
    length = max((across**2 + down**2) ** 0.5, 1.0)
    return place[0] + far * across / length, place[1] + far * down / length


def _head(mark: str, color: str) -> str:
    return (
        f'<marker id="head-{mark}" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="9" markerHeight="9" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{color}"/></marker>'
    )


def _circle(name: str, x: int, y: int) -> str:
    return (
        f'<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="none" stroke="currentColor"/>'
        f'<text x="{x}" y="{y + 4}" text-anchor="middle" fill="currentColor">{html.escape(name)}</text>'
    )
