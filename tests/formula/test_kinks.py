"""Both sides of a kink are met: a formula that holds on one side alone, or for one value of a mask, is wrong."""

import pytest

from gradcheck import Problem
from gradcheck.formula import check_formula
from gradcheck.formula.claims import points
from tests.formula.test_lectures import posed
from tests.formula.test_notation import read_and_seen

GATED = """title = "{title}"
parameters = ["w"]
data = ["x", "y", "m", "n"]
loss = "L"
[forward]
z = "w*x"
L = "{loss}"
[kinds]
m = "mask"
n = "mask"
"""


@pytest.mark.parametrize(
    ("loss", "right", "wrong"),
    [
        ("maximum(0, 1 - y*z)", "-y*x*(y*z < 1)", ("-y*x", "0", "y*x*(y*z < 1)", "-y*x*(y*z > 1)")),
        ("maximum(1 - y*z, 0)", "-y*x*(L > 0)", ("-y*x", "0", "y*x*(L > 0)", "-y*(L > 0)")),
        ("relu(y - z)", "-x*(y > z)", ("-x", "0", "x*(y > z)", "-x*(y < z)")),
        ("abs(y - z)", "-x*sign(y - z)", ("-x", "x", "x*sign(y - z)")),
        ("z*(z > 0) + y*z*(z < 0)", "x*(z > 0) + y*x*(z < 0)", ("x", "y*x", "x*(z > 0)")),
        ("m*z^2 + n*z", "2*m*z*x + n*x", ("2*m*z*x", "n*x", "2*n*z*x + n*x", "2*m*z*x + x", "2*m*z*x + m*x")),
    ],
)
def test_what_holds_on_one_side_alone_is_wrong(loss: str, right: str, wrong: tuple[str, ...]) -> None:
    problem = Problem.parse(GATED.format(title=loss, loss=loss))
    assert check_formula(problem, f"dL/dw = {right}").verdict == "correct"
    for formula in wrong:
        assert check_formula(problem, f"dL/dw = {formula}").verdict == "wrong", formula


def test_the_gate_of_a_maximum_that_is_forgotten_is_named() -> None:
    problem = Problem.parse(GATED.format(title="hinge", loss="maximum(0, 1 - y*z)"))
    assert "reaches the larger of the two alone" in check_formula(problem, "dL/dw = -y*x").diagnoses[0].says


@pytest.mark.parametrize("kink", ["maximum(0, z)", "maximum(z, 0)", "maximum(y, z)", "relu(z)", "abs(z)", "(z > 0)*z"])
def test_the_points_of_a_problem_lie_on_both_sides_of_its_kink(kink: str) -> None:
    assert {side for at in points(Problem.parse(GATED.format(title=kink, loss=kink))) for side in at.sides} == {
        True,
        False,
    }


def test_a_mask_does_not_hide_the_side_of_a_kink() -> None:
    problem = Problem.parse(GATED.format(title="contrastive", loss="m*z^2 + (1 - m)*maximum(0, y - z)^2"))
    right = "2*m*z*x - 2*(1 - m)*maximum(0, y - z)*x"
    assert check_formula(problem, f"dL/dw = {right}").verdict == "correct"
    assert check_formula(problem, f"dL/dw = {right.replace('- 2*', '+ 2*')}").verdict == "wrong"


def test_a_sign_that_is_right_by_luck_at_few_points_is_seen() -> None:
    huber = posed(
        "r = y - w*x; L = where(abs(r) <= delta, 1/2*r^2, delta*(abs(r) - delta/2))",
        "L", "w", "x y delta", kinds="delta:positive",
    )  # fmt: skip
    right = "dL/dw = -(y - w x) x if abs(y - w x) <= delta else -delta x sign(y - w x)"
    read_and_seen(huber, right, ("sign(y - w x)", "sign(y + w x)"))
