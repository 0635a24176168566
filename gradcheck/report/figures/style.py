"""The style of all figures. They take the colours of the page they stand in, so that they read in light and dark alike.

Matplotlib knows no colours of a page, so it is given stand-ins, and each is exchanged for the page's in the finished
drawing. Blue and vermilion are told apart by colour-blind readers as well, and no figure rests on colour alone.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, PAPER, RIGHT, WRONG = "#123456", "#fedcba", "#0072b2", "#d55e00"
"""Text and lines; what lies behind them; what is right; what is wrong."""
OF_THE_PAGE = {
    INK: "currentColor",
    PAPER: "var(--paper, white)",
    RIGHT: f"var(--right, {RIGHT})",
    WRONG: f"var(--wrong, {WRONG})",
}
"""What stands for each colour in a page."""


@contextmanager
def figure(width: float, height: float, name: str) -> Iterator[tuple["Axes", list[str]]]:
    """Give axes to draw on, width and height in inches; afterwards the list holds the drawing as text."""
    import matplotlib
    from matplotlib.figure import Figure

    style: Any = {"svg.fonttype": "none", "svg.hashsalt": name, "font.family": "sans-serif", "font.size": 9.0}
    style |= dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK)
    style |= {"axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6, "hatch.linewidth": 0.5}
    finished: list[str] = []
    with matplotlib.rc_context(style):
        drawn = Figure(figsize=(width, height), layout="constrained")
        yield drawn.subplots(), finished
        out = io.StringIO()
        drawn.savefig(
            out, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
        )
    finished.append(_of_the_page(out.getvalue()))


def _of_the_page(text: str) -> str:
    """Return the drawing alone, in the colours of its page."""
    text = text[text.index("<svg") :]
    for stand_in, colour in OF_THE_PAGE.items():
        text = text.replace(stand_in, colour)
    return text
