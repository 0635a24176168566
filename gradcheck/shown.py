"""How a result shows itself: as text, as JSON, in a notebook, as a plot. Each is a view that the report makes."""

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gradcheck.records import Result


class Shown:
    """What can be shown, being a result."""

    def __str__(self) -> str:
        """What a person needs to read."""
        from gradcheck.report.text import page

        return page(cast("Result", self))

    def to_json(self) -> str:
        """Return the record as JSON."""
        from gradcheck.report.json import encode_result

        return encode_result(cast("Result", self))

    def __repr__(self) -> str:
        """The same, so that a prompt shows it."""
        return str(self)

    def _repr_html_(self) -> str:
        """Show the page in a notebook."""
        from gradcheck.report.pages import result_html

        return result_html(cast("Result", self))

    def _repr_markdown_(self) -> str:
        """Show the page where Markdown is shown."""
        from gradcheck.report.pages import result_markdown

        return result_markdown(cast("Result", self))

    def plot(self) -> "Axes":
        """Draw the error of every gradient, in units of what was allowed; return matplotlib's Axes."""
        from gradcheck.report.figures import result

        return result(cast("Result", self).comparisons)
