"""The figures of a report, drawn by matplotlib as vector graphics that can stand inside a page.

They take the page's own text colour, so that they read in light and dark alike, and the same record always gives the
same bytes.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gradcheck.evidence import Evidence
from gradcheck.records import Comparison, Drawn

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


def network(nodes: tuple[Drawn, ...], guilty: frozenset[str], wrong: frozenset[str], name: str) -> str:
    """Draw a network from left to right: what is to blame in vermilion, and the edges of wrong gradients into it."""
    places = _places(nodes)
    columns = 1 + max(x for x, _ in places.values())
    lowest = min(y for _, y in places.values())
    with _figure(0.4 + 1.35 * columns, 0.5 - 0.55 * (lowest - 1), name) as (axes, finished):
        axes.axis("off")
        axes.set_xlim(-0.6, columns - 0.4)
        axes.set_ylim(lowest - 0.5, 0.9)
        for node in nodes:
            _arrows(axes, node, places, wrong if node.name in guilty else frozenset())
        for node in nodes:
            colour = WRONG if node.name in guilty else RIGHT if node.sources else INK
            style = {"boxstyle": "round,pad=0.35", "facecolor": "none" if not node.sources else "white"}
            box = style | {"edgecolor": colour, "linewidth": 2.2 if node.name in guilty else 1.0}
            text = colour if node.name in guilty or node.sources else INK
            axes.text(*places[node.name], node.name, ha="center", va="center", color=text, bbox=box, fontsize=9)
    return finished[0]


def _arrows(axes: "Axes", node: Drawn, places: dict[str, tuple[float, float]], wrong: frozenset[str]) -> None:
    for source in node.sources:
        (x, y), (from_x, from_y) = places[node.name], places[source]
        bend = -0.35 if y == from_y and x - from_x > 1 else 0.0  # an arrow must not run through what lies between
        arrow: dict[str, Any] = {"arrowstyle": "->", "color": INK, "shrinkA": 16, "shrinkB": 18, "alpha": 0.6}
        arrow |= {"color": WRONG, "alpha": 1.0, "linewidth": 2.2} if source in wrong else {}
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


def steps(evidence: Evidence, name: str) -> str:
    """Draw the error of a central difference over its step, against the claim and against the right value."""
    import numpy as np

    step, slope = np.array(evidence.steps), np.array(evidence.slopes)
    place = int(np.ravel_multi_index(evidence.index, evidence.shape)) if evidence.shape else 0
    right, claimed = evidence.expected[place], evidence.claimed[place]
    with _figure(6.4, 3.0, name) as (axes, finished):
        floor = max(abs(right), 1e-300) * 1e-17
        for value, colour, mark, label in (
            (claimed, WRONG, "s", "against the claim"),
            (right, RIGHT, "o", "against the right value"),
        ):
            error = np.maximum(np.abs(slope - value), floor)
            axes.loglog(step, error, mark, color=colour, markersize=3.5, label=label)
        error = np.abs(slope - right)
        seen = error[0] > 20.0 * error[2] > 0.0  # a tenth of the step, and the error is a hundredth
        truncation = step**2 * (error[1] / step[1] ** 2 if seen else 0.0)
        rounding = 2.0**-53 * max(abs(evidence.value), 1e-300) / step
        for line, style, label in ((truncation, "--", "truncation, step squared"), (rounding, ":", "rounding")):
            rules = line > 0.1 * error  # where the other one hides it, or there is none, it has nothing to say
            if rules.sum() > 2:
                axes.loglog(step[rules], line[rules], style, color=INK, linewidth=0.9, label=label)
        axes.axhline(evidence.bar, color=RIGHT, linewidth=0.8, alpha=0.7, label="what was allowed")
        axes.set_xlabel("step")
        axes.set_ylabel(f"error of the slope for {_entry(evidence.parameter, evidence.index)}")
        axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return finished[0]


def heat(evidence: Evidence, name: str) -> str:
    """Draw how wrong every entry of a gradient is: the deeper the colour, the more; the worst is outlined."""
    import numpy as np

    claimed, expected = (_matrix(np.reshape(own, evidence.shape)) for own in (evidence.claimed, evidence.expected))
    wrong = np.abs(claimed - expected)
    quiet = max(1e-9 * np.abs(expected).max(initial=0.0), 100.0 * evidence.bar, 1e-300)
    decades = np.log10(np.maximum(wrong / quiet, 1.0))
    depth = decades / max(decades.max(initial=0.0), 1e-300)
    rows, columns = depth.shape
    with _figure(min(1.6 + 0.42 * columns, 9.0), min(1.0 + 0.36 * rows, 9.0), name) as (axes, finished):
        for row, column in np.ndindex(rows, columns):
            if decades[row, column] > 0:
                axes.add_patch(_cell(row, column, facecolor=WRONG, alpha=0.15 + 0.75 * depth[row, column]))
            axes.add_patch(_cell(row, column, facecolor="none", edgecolor=INK, linewidth=0.4))
        worst = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
        axes.add_patch(_cell(int(worst[0]), int(worst[1]), facecolor="none", edgecolor=INK, linewidth=1.8))
        axes.set_xlim(-0.5, columns - 0.5)
        axes.set_ylim(rows - 0.5, -0.5)
        axes.set_xticks(range(0, columns, 1 if columns <= 20 else 10))
        axes.set_yticks(range(0, rows, 1 if rows <= 20 else 10))
        axes.set_xlabel(f"last index of {evidence.parameter}")
    return finished[0]


def _cell(row: int, column: int, **style: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.5, row - 0.5), 1.0, 1.0, **style)


def _matrix(array: Any) -> Any:
    """Return an array as a matrix: the last axis across, all others down."""
    return array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)


def _entry(parameter: str, index: tuple[int, ...]) -> str:
    return f"{parameter}[{','.join(map(str, index))}]" if index else parameter


def result(comparisons: tuple[Comparison, ...]) -> "Axes":
    """Return axes with the error of every parameter's gradient, in units of what was allowed."""
    from matplotlib.figure import Figure

    axes = Figure(figsize=(6.4, 0.9 + 0.35 * max(len(comparisons), 1)), layout="constrained").subplots()
    for row, one in enumerate(reversed(comparisons)):
        margin = min(max(one.margin, 1e-4), 1e6)
        axes.barh(row, margin, left=1e-5, color=RIGHT if one.margin <= 1.0 else WRONG, height=0.6)
    axes.set_yticks(range(len(comparisons)), [one.parameter for one in reversed(comparisons)])
    axes.set_xscale("log")
    axes.axvline(1.0, color=WRONG, linewidth=1.5)
    axes.set_xlabel("error, in units of what was allowed")
    return axes


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
