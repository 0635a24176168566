"""Variables that a person puts into a problem, and expressions that are differentiated without a name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck import Problem
from gradcheck.formula import check_formula
from gradcheck.formula.claims import POINTS
from gradcheck.formula.posed.intermediate import with_variable
from gradcheck.formula.posed.landscape import Landscape
from gradcheck.formula.reading import names_of
from gradcheck.formula.text.parser import Parser
from gradcheck.formula.text.tokens import tokens
from tests.formula.test_notation import read_and_seen

FORM = """title = "a quadratic form"
parameters = ["x", "X"]
data = ["A", "B", "b"]
loss = "f"
[forward]
f = "1/2*sum(x*(A @ x)) - sum(b*x) + sum((A @ X - B)^2)"
[shapes]
x = ["n"]
X = ["n", "k"]
A = ["n", "n"]
B = ["n", "k"]
b = ["n"]
"""
STEPS = (
    "Let e = y - Xw - b. Then L = (1/N) e^T e, so dL/de = (2/N) e, de/dw = -X, de/db = -1, and dL/dw = -(2/N) X^T e."
)
SAMPLES = r"\ell_i = -y_i\log p_i - (1-y_i)\log(1-p_i),\ \frac{\partial\ell_i}{\partial z_i} = p_i - y_i"
WEIGHTED = SAMPLES + r",\ \frac{\partial L}{\partial w} = \frac1N\sum_i\frac{\partial\ell_i}{\partial z_i}x_i"
NORMALISED = r"s = \sum_j e^{z_j}, \frac{\partial p_i}{\partial s} = -\frac{e^{z_i}}{s^2}"
TRACE = r"d\operatorname{tr}(X^\top A X) = \operatorname{tr}(X^\top(A + A^\top)\,dX)"


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("linear-regression", STEPS, ("de/dw = -X", "de/dw = X")),
        ("linear-regression", STEPS, ("dL/de = (2/N)", "dL/de = (1/N)")),
        ("linear-regression", "r = ŷ - y, dL/dr = 2 r/N, dr/dw = X", ("2 r", "r")),
        ("linear-regression", r"d(y - Xw - b) = -X\,dw - db", ("-X", "X")),
        ("logistic-regression", SAMPLES, ("= p_i - y_i", "= y_i - p_i")),
        ("logistic-regression", WEIGHTED, ("\\frac1N", "")),
        ("logistic-regression", r"\frac{\partial L_i}{\partial w_j} = (p_i - y_i) x_{ij}", ("p_i - y_i", "y_i - p_i")),
        ("logistic-regression", "u = 1 + e^{-z}, p = 1/u, dp/du = -1/u^2, du/dz = -e^{-z}", ("-1/u", "1/u")),
        ("softmax-cross-entropy", NORMALISED, ("= -", "= ")),
        ("softmax-cross-entropy", r"\frac{\partial}{\partial z_j}\log\sum_k e^{z_k} = p_j", ("= p_j", "= e^{z_j}")),
        (FORM, r"d(x^\top A x) = x^\top(A + A^\top)\,dx", ("(A + A^\\top)", "2A")),
        (FORM, r"d(AX - B) = A\,dX", ("= A", "= A^\\top")),
        (FORM, r"\frac{\partial (x^\top A x)}{\partial x} = (A + A^\top)x", ("(A + A^\\top)", "2A")),
        (FORM, TRACE, ("(A + A^\\top)", "2A")),
        (FORM, "E = AX - B, dL/dE = 2E, dL/dX = A^T dL/dE", ("2E", "E")),
    ],
)  # fmt: skip
def test_a_variable_of_ones_own_is_read_and_a_slip_is_seen(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


@pytest.mark.parametrize(
    ("problem", "text"),
    [("one-path", "v = h^3, dL/dv = 2"), ("softmax-cross-entropy", "s = sum(z), dp/ds = p"), (FORM, "dB/dq = 1")],
)
def test_nothing_is_said_of_what_nothing_is_computed_from(problem: str, text: str) -> None:
    assert check_formula(problem, text).verdict == "unreadable"


EXPRESSIONS = (
    "x^T A x", "b^T x", "A x - b", "A X - B", "(A x) * b", "A^T A", r"\sum_i x_i b_i", r"\sum_i e^{x_i}",
    "x^T x + b^T A^T x", r"\|A x - b\|^2", "tr(X^T A X)", "x/2 + 3", r"\log\sum_i e^{x_i}", "x^T A^T b", "2 x",
)  # fmt: skip


@given(st.sampled_from(EXPRESSIONS), st.integers(0, 2))
@settings(max_examples=30)
def test_a_new_variable_changes_no_value(text: str, seed: int) -> None:
    """What is computed by way of a new variable is what was computed before, and so are its derivatives."""
    problem = Problem.parse(FORM)
    tree = Parser(tokens(text), names_of(problem)).chain()[0]
    larger = with_variable(problem, "q", tree, POINTS)
    assert larger
    before, after = Landscape.draw(problem, seed), Landscape.draw(larger, seed)
    for name in problem.parameters:
        assert np.allclose(before.gradients("f")[name], after.gradients("f")[name], rtol=1e-12)


PARTS = r"E_1 = \frac12(t_1-o_1)^2,\ E_2 = \frac12(t_2-o_2)^2,\ dL/dw_1 = dE_1/dw_1 + dE_2/dw_1"
SOFTPLUS = r"\frac{d}{dz}\log(1 + e^{z}) = \sigma(z)"


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("two-two-two", PARTS, (" + dE", " - dE")),
        ("logistic-regression", SOFTPLUS, ("= ", "= 1 - ")),
        ("softmax-classifier", r"\frac{\partial L_n}{\partial z_{2,nk}} = p_{nk} - t_{nk}", ("p_", "2p_")),
        ("attention-head", r"G = O - Y,\ \frac{\partial L}{\partial A} = GV^\top", ("GV", "-GV")),
    ],
)
def test_a_variable_of_ones_own_changes_no_convention(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)
