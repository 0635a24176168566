"""The samples that are kept in ``reports/sample``, one of each kind; ``python -m tests.report.kept`` makes them again.

A run that fails, a run that passes, with the self-test beside it, one result in all its forms, and a judged formula.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import gradcheck
from gradcheck import report, run
from gradcheck.formula import check_formula
from gradcheck.formula.web import html_file
from gradcheck.records import Result
from gradcheck.report import files, selftest
from gradcheck.selftest import Matrix

HOME = Path(__file__).parents[2] / "reports" / "sample"
FAILING, PASSING = HOME, HOME / "passing"
PLANTED = "mean-for-sum"
FORMULA = "dL/dw1 = dh1/dw1 dw7/dh1 do2/dw7 dL/do2 + dh1/dw1 dw5/dh1 do1/dw5 dL/do1"


def result() -> Result:
    """A wrong gradient of a function: that of an affine layer under a tanh, with a mean where a sum belongs."""
    rng = np.random.default_rng(0)
    X, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))

    def loss(W: np.ndarray, b: np.ndarray) -> Any:
        return 0.5 * ((np.tanh(X @ W + b) - t) ** 2).sum()

    def gradient(W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        a = np.tanh(X @ W + b)
        d = (a - t) * (1 - a**2)
        return X.T @ d, d.mean(axis=0)

    return gradcheck.check_gradient(loss, gradient, rng.normal(size=(3, 2)), rng.normal(size=2))


FORMS: dict[str, Callable[[Result], str]] = {
    "result.txt": lambda own: f"{own}\n",
    "result.md": lambda own: own._repr_markdown_(),
    "result.html": lambda own: own._repr_html_(),
    "result.json": lambda own: own.to_json(),
}
"""The forms of a result, by the names of their files."""


def formula() -> str:
    """The page of a formula."""
    return html_file([check_formula("two-two-two", FORMULA)])


def main() -> None:
    """Make every sample again."""
    report.write(run.run(planted=PLANTED), FAILING)
    selftest.write(Matrix().go(), PASSING)
    report.write(report.with_selftest(run.run(), PASSING), PASSING)
    made = result()
    for name, render in FORMS.items():
        files.write(HOME / "result" / name, render(made))
    files.write(HOME / "formula" / "index.html", formula())


if __name__ == "__main__":
    main()
