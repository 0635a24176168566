"""How a result shows itself in a notebook, and what the cell magic makes of a cell."""

from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba

import gradcheck
from gradcheck import Result
from gradcheck.report.figures.style import WRONG


@pytest.fixture(scope="module")
def wrong() -> Result:
    return gradcheck.check_gradient(lambda w: (w**2).sum(), lambda w: w, np.array([1.0, -2.0]))


def test_a_result_is_html_and_markdown(wrong: Result) -> None:
    page, text = wrong._repr_html_(), wrong._repr_markdown_()
    for view in (page, text):
        assert "DIFFERS" in view
        assert "0.5000" in view
        assert "gradient-halved" in view
    assert "<script" not in page
    assert "| w[1] | -2 | -4 | - |" in text


def test_the_html_is_closed_and_escaped(wrong: Result) -> None:
    from dataclasses import replace

    hostile = replace(wrong, subject="<script>alert(1)</script>", notes=("<b>",))
    tags: list[str] = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag != "br":
                tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert tags.pop() == tag

    Balance().feed(hostile._repr_html_())
    assert tags == []
    assert "<script>" not in hostile._repr_html_()


def test_a_plot_has_a_bar_for_every_gradient(wrong: Result) -> None:
    axes = wrong.plot()
    assert [text.get_text() for text in axes.get_yticklabels()] == ["w"]
    assert axes.get_xscale() == "log"
    (patch,) = axes.patches
    assert patch.get_facecolor() == to_rgba(WRONG)


class Shell:
    """As much of a notebook's shell as the magic needs."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {"__name__": "__main__"}
        self.magics: dict[str, Any] = {}

    def run_cell(self, cell: str) -> None:
        """Run a cell."""
        exec(cell, self.user_ns)  # noqa: S102 - that is what a notebook does

    def register_magic_function(self, function: Any, kind: str, name: str) -> None:
        """Keep a magic."""
        self.magics[f"{kind} {name}"] = function


CELL = "def loss(w, X, y): return ((X @ w - y) ** 2).sum()\ndef loss_grad(w, X, y): return {} * X.T @ (X @ w - y)\n"


def test_a_cell_is_judged(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcheck.discover.judging.EXAMPLES", 2)
    shell = Shell()
    gradcheck.load_ipython_extension(shell)
    judge = shell.magics["cell gradcheck"]
    judge("", CELL.format(2))
    assert capsys.readouterr().out.startswith("AGREES  loss:loss_grad")
    judge("w=4 X=3x4 y=3", CELL.format(1))
    out = capsys.readouterr().out
    assert out.startswith("DIFFERS  loss:loss_grad")
    assert "inputs: w 4, X 3x4, y 3" in out
    judge("", "x = 3\n")
    assert "Nothing to judge was found in this cell" in capsys.readouterr().out
    judge("w=3y", CELL.format(2))
    assert capsys.readouterr().out.startswith("gradcheck: '3y' for 'w'")
