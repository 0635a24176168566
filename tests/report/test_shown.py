"""How a result shows itself in a notebook, and what the cell magic makes of a cell."""

from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
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
    assert "| w[1] | -2 | -4 | -4 |" in text


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


def test_the_name_of_a_function_is_no_tag(wrong: Result) -> None:
    text = wrong._repr_markdown_()
    assert text.startswith("**DIFFERS** `<lambda>`\n")
    assert "<" not in text.split("\n", 1)[1]


def square(w: Any) -> Any:
    return (w**2).sum()


def threefold(w: Any) -> Any:
    return 3 * w


def test_a_line_that_is_shown_as_the_persons_own_is_not_shown_twice() -> None:
    own = gradcheck.check_gradient(square, threefold, np.array([1.0, -2.0]))
    assert own.findings[0].diagnoses[0].wrong == "return 3 * w"
    for view in (own._repr_html_(), own._repr_markdown_(), str(own)):
        assert view.replace("<mark>", "").replace("</mark>", "").count("return 3 * w") == 1
        assert view.index("return 2 * w") < view.lower().index("it was run")


def test_a_plot_has_a_bar_for_every_gradient(wrong: Result) -> None:
    axes = wrong.plot()
    assert [text.get_text() for text in axes.get_yticklabels()] == ["w"]
    assert axes.get_xscale() == "log"
    (patch,) = axes.patches
    assert patch.get_facecolor() == to_rgba(WRONG)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A real IPython, with the magic loaded."""
    interactive = pytest.importorskip("IPython.core.interactiveshell", reason="IPython is not installed")
    config = pytest.importorskip("traitlets.config").Config()
    config.HistoryManager.enabled = False
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setattr("gradcheck.discover.searching.EXAMPLES", 2)
    own = interactive.InteractiveShell.instance(config=config)
    own.run_line_magic("load_ext", "gradcheck")
    yield own
    interactive.InteractiveShell.clear_instance()


def run(shell: Any, line: str, cell: str) -> tuple[str, list[Mapping[str, str]]]:
    """Run a cell under the magic; return what it prints, and what it displays."""
    from IPython.utils.capture import capture_output

    with capture_output() as caught:
        shell.run_cell_magic("gradcheck", line, cell)
    return caught.stdout, [shown.data for shown in caught.outputs]


CELL = "def loss(w, X, y): return ((X @ w - y) ** 2).sum()\ndef loss_grad(w, X, y): return {} * X.T @ (X @ w - y)\n"


def test_a_cell_is_judged(shell: Any) -> None:
    _, (right,) = run(shell, "", CELL.format(2))
    assert right["text/plain"].startswith("AGREES  loss:loss_grad")
    printed, (wrong,) = run(shell, "w=4 X=3x4 y=3", CELL.format(1))
    assert printed == ""
    assert "inputs: w 4, X 3x4, y 3" in wrong["text/plain"]
    assert "DIFFERS" in wrong["text/html"]
    assert "gradient-halved" in wrong["text/markdown"]
    assert "def loss_grad(w, X, y): return 2 * X.T @ (X @ w - y)" in wrong["text/plain"]  # the line that mends it
    assert shell.user_ns["loss"](np.ones(1), np.ones((1, 1)), np.zeros(1)) == 1.0


def test_a_cell_with_nothing_to_judge_is_told_so(shell: Any) -> None:
    assert "Nothing to judge was found in this cell" in run(shell, "", "x = 3\n")[0]
    assert run(shell, "w=3y", CELL.format(2))[0].startswith("gradcheck: '3y' for 'w'")
    assert run(shell, "v=3", CELL.format(2)) == ("gradcheck: There is no argument 'v'. There is: X, w, y.\n", [])


def test_of_a_cell_that_fails_nothing_more_is_said(shell: Any) -> None:
    printed, shown = run(shell, "", "def f(x):\n    return x\n1 / 0\n")
    assert "ZeroDivisionError" in printed
    assert "Nothing to judge" not in printed
    assert shown == []
