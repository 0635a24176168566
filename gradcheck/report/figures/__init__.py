"""The figures of a report, drawn by matplotlib in one style: vector graphics that can stand inside a page.

One module holds one figure, drawn on any Axes; ``style.py`` makes text of it. The same record gives the same bytes.
"""

from gradcheck.report.figures.coverage import neighbours
from gradcheck.report.figures.heat import heat
from gradcheck.report.figures.margins import margins, result
from gradcheck.report.figures.network import network
from gradcheck.report.figures.steps import steps

__all__ = ["heat", "margins", "neighbours", "network", "result", "steps"]
