"""A notebook is judged like a file: its cells of code, without what only a notebook understands."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck.cli import commands

DOUBLED = "    def backward(self, d):\n        return 2 * d"
CELLS = (
    ("markdown", "# Homework\n%matplotlib"),
    ("code", "%matplotlib inline\nimport numpy as np\n!ls"),
    ("code", "%%bash\nfor x in *; do echo $x; done"),
    ("code", "x = = 3"),
    ("code", "def square(x):\n    %time\n    return np.sum(x ** 2)\n\n\ndef square_grad(x):\n    return 3 * x"),
    ("code", "%%time\nclass Double:\n    def forward(self, x):\n        return 2 * x\n" + DOUBLED),
    ("code", "square?"),
)  # fmt: skip


def notebook(folder: Path, version: int) -> Path:
    cells = [
        {"cell_type": kind, ("source" if version == 4 else "input"): text.splitlines(keepends=True)}
        for kind, text in CELLS
    ]
    path = folder / "homework.ipynb"
    path.write_text(json.dumps({"cells": cells} if version == 4 else {"worksheets": [{"cells": cells}]}))
    return path


@pytest.mark.parametrize("version", [3, 4])
def test_a_notebook_is_judged_like_a_file(version: int, tmp_path: Path) -> None:
    found = CliRunner().invoke(commands, [str(notebook(tmp_path, version))])
    assert found.exit_code == 1
    assert "DIFFERS  square:square_grad" in found.output
    assert "AGREES  Double" in found.output
    assert "try    return 2 * x" in found.output
    assert "line 16 of" in found.output
    assert "lines of homework.ipynb are counted through its cells of code: cell 4 at 10, cell 5 at 18" in found.output
    assert "cell 3 is no Python, and was left out" in found.output


def test_what_is_no_notebook_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "own.ipynb").write_text("{}")
    found = CliRunner().invoke(commands, ["check", str(tmp_path / "own.ipynb")])
    assert found.exit_code == 2
    assert "is no notebook that can be read" in found.output
