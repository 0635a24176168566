"""Judgements: the formulas this project began with, chains of equalities, hints by degrees, and how they are shown."""

import json

import pytest

from gradcheck import check_formula
from gradcheck.errors import GradcheckError, UnknownName

WRONG = (
    r"\frac{\partial L}{\partial w_{1}}=\frac{\partial h_{1}}{\partial w_{1}} \frac{\partial w_{7}}{\partial h_{1}} "
    r"\frac{\partial o_{2}}{\partial w_{7}} \frac{\partial L}{\partial o_{2}}+\frac{\partial h_{1}}{\partial w_{1}} "
    r"\frac{\partial w_{5}}{\partial h_{1}} \frac{\partial o_{1}}{\partial w_{5}} \frac{\partial L}{\partial o_{1}}"
)
RIGHT = (
    r"\frac{\partial L}{\partial w_{1}}=\frac{\partial h_{1}}{\partial w_{1}} \frac{\partial o_{2}}{\partial h_{1}} "
    r"\frac{\partial L}{\partial o_{2}}+\frac{\partial h_{1}}{\partial w_{1}} \frac{\partial o_{1}}{\partial h_{1}} "
    r"\frac{\partial L}{\partial o_{1}}"
)


def test_the_formula_that_cancels_what_is_no_fraction() -> None:
    judgement = check_formula("two-two-two", WRONG)
    assert judgement.verdict == "correct-by-cancellation"
    assert not judgement
    marked = [WRONG[slice(*slip.span)] for slip in judgement.diagnoses if slip.span]
    assert marked == [rf"\frac{{\partial w_{{{k}}}}}{{\partial h_{{1}}}}" for k in (7, 5)]
    assert {slip.cause for slip in judgement.diagnoses} == {"meaningless-factor"}
    assert [slip.repair for slip in judgement.diagnoses] == [
        "dw7/dh1 * do2/dw7  ->  do2/dh1",
        "dw5/dh1 * do1/dw5  ->  do1/dh1",
    ]
    assert "w7 stays" in judgement.diagnoses[0].shown
    assert "o2 moves" in judgement.diagnoses[0].shown
    assert judgement.right == ("both routes are there, in the right order.",)


def test_the_formula_that_does_not() -> None:
    judgement = check_formula("two-two-two", RIGHT)
    assert (judgement.verdict, judgement.diagnoses) == ("correct", ())
    assert judgement


@pytest.mark.parametrize("text", ["dL/dw2 = dy'/dw2 dL/dy'", "dL/dw1 = dh/dw1 dy'/dh dL/dy'"])
def test_one_path_is_right(text: str) -> None:
    assert check_formula("one-path", text).verdict == "correct"


def test_a_shared_bias_has_two_routes() -> None:
    judgement = check_formula("one-path", "dL/db = dy'/db dL/dy'")
    assert (judgement.verdict, judgement.cause) == ("wrong", "missing-path")
    assert "h" in judgement.diagnoses[0].says


def test_a_chain_names_the_first_link_that_breaks() -> None:
    text = "dL/dw2 = dL/dy' dy'/dw2 = (y'-y) y' (1-y') h = (y'-y) y' h = 0"
    judgement = check_formula("one-path", text)
    (step,) = [slip for slip in judgement.diagnoses if slip.cause == "broken-step"]
    assert step.span
    assert text[slice(*step.span)] == "(y'-y) y' h"
    assert judgement.verdict == "wrong"


@pytest.mark.parametrize("text", [WRONG, "dL/dw1 = dh1/dw1 do1/dh1 dL/do1", "dL/dw5 = (o1 - t1) * h1"])
def test_hints_give_no_more_than_their_level(text: str) -> None:
    judgement = check_formula("two-two-two", text)
    first = judgement.diagnoses[0]
    given = [first.span and "^", first.cause, first.question, first.shown, first.repair]
    for level in range(1, 6):
        hint = judgement.hint(level)
        for place, help_ in enumerate(given):
            if help_:
                assert (help_ in hint) == (place < level), (level, help_)
    with pytest.raises(GradcheckError, match="from 1 to 5"):
        judgement.hint(6)


def test_a_formula_without_a_left_side_is_about_its_target() -> None:
    text = "(o1 - t1)*o1*(1 - o1)*h1"
    assert check_formula("two-two-two", text, "w5").verdict == "correct"
    assert check_formula("two-two-two", text, "w6").verdict == "wrong"
    assert check_formula("two-two-two", text).target == "dL/dw5"
    assert check_formula("two-two-two", "h1").verdict == "unreadable"
    with pytest.raises(UnknownName, match="w9"):
        check_formula("two-two-two", text, "w9")


@pytest.mark.parametrize("text", [WRONG, RIGHT, "dL/dw1 = ?", "E/dw1"])
def test_json_says_everything(text: str) -> None:
    judgement = check_formula("two-two-two", text)
    read = json.loads(judgement.to_json())
    assert (read["verdict"], read["cause"], read["text"]) == (judgement.verdict, judgement.cause, text)
    assert [slip["says"] for slip in read["diagnoses"]] == [slip.says for slip in judgement.diagnoses]


def test_a_notebook_shows_text_and_runs_none() -> None:
    page = check_formula("one-path", "dL/dw1 = <script>alert('h')</script>")._repr_html_()
    assert "<script" not in page
    assert "&lt;" in page


@pytest.mark.parametrize(
    ("problem", "text", "cause"),
    [
        ("one-path", "dL/dw2 = (y' - y) * h", "missing-factor"),
        ("one-path", "dL/dw2 = (y - y') * y' * (1 - y') * h", "wrong-sign"),
        ("one-path", "dL/dw2 = (y' - y) * (1 - y'^2) * h", "wrong-activation-derivative"),
        ("softmax-classifier", "dW1 = X.T @ (dZ2 @ W2 * (1 - A1**2))", "missing-transpose"),
        ("softmax-classifier", "db2 = dZ2", "wrong-reduction"),
        ("linear-regression", "dw = 2/N * X @ (X @ w + b - y)", "missing-transpose"),
        ("embedding-average", "dL/dx = (y - t) @ W", "missing-transpose"),
        ("embedding-average", "dL/dW = (y - t) x^T", "missing-transpose"),
        ("embedding-average", "dW = x.T @ (y - t)", "shape-error"),
        ("linear-regression", "dL/dw = 0", "missing-path"),
    ],
)
def test_closed_forms_are_explained(problem: str, text: str, cause: str) -> None:
    judgement = check_formula(problem, text)
    assert (judgement.verdict, judgement.cause) == ("wrong", cause)


MASKED = """
dA1 = dZ2 @ W2.T
{mask}
dW1 = X.T @ dA1
"""
RELU = """
parameters = ["W1", "W2"]
data = ["X"]
loss = "L"
[forward]
Z1 = "X @ W1"
A1 = "relu(Z1)"
Z2 = "A1 @ W2"
L = "1/2*sum(Z2^2)"
[shapes]
X = ["N", "D"]
W1 = ["D", "H"]
W2 = ["H", "C"]
"""


@pytest.mark.parametrize("mask", ["dA1[Z1 {} 0] = 0", "dA1 *= 1 - (Z1 {} 0)", "dA1 = dA1 * (1 - (Z1 {} 0))"])
def test_a_mask_makes_a_derivative_the_next_one_back(mask: str) -> None:
    """What is called dA1 is dL/dA1 before the mask and dL/dZ1 after it; people do not think of another name."""
    assert check_formula(RELU, MASKED.format(mask=mask.format("<=")))
    assert check_formula(RELU, MASKED.format(mask=mask.format(">="))).verdict == "wrong"
    assert check_formula(RELU, MASKED.format(mask=mask.format("<=")).replace("W2.T", "(2*W2).T")).verdict == "wrong"


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("two-two-two", "∂E_total/∂w5 = -(target_o1 - out_o1) * out_o1 * (1 - out_o1) * out_h1", ("h1", "h2")),
        ("one-path", "dL/dyp = yp - target", ("-", "+")),
        (
            "softmax-cross-entropy",
            r"\frac{\partial p_i}{\partial z_j} = p_i (\mathbb{1}[i=j] - p_j)",
            ("[i=j]", "[j=k]"),
        ),
        ("softmax-cross-entropy", r"\frac{\partial p_i}{\partial z_j} = p_i (1_{i=j} - p_j)", ("- p_j", "- p_i")),
        (
            "tiny-rnn",
            r"\frac{\partial E_3}{\partial w} = \sum_{k=1}^{3} \frac{\partial E_3}{\partial h_3}"
            r"\frac{\partial h_3}{\partial h_k}\frac{\partial^+ h_k}{\partial w}",
            ("k=1", "k=2"),
        ),
        ("attention-head", "dS = A * (dA - rowsum(dA * A))", ("dA -", "dA +")),
    ],
)
def test_notations_of_well_known_texts(problem: str, text: str, slip: tuple[str, str]) -> None:
    assert check_formula(problem, text).verdict == "correct"
    assert check_formula(problem, text.replace(*slip)).verdict != "correct"


def test_an_equation_between_differentials_says_what_a_derivative_is() -> None:
    assert check_formula("one-path", "dL = -(y - yp) dyp").target == "dL/dyp"
    assert check_formula("one-path", "dL = -(y - yp) dyp")
    assert check_formula("one-path", "dL = (y - yp) dyp").cause == "wrong-sign"
    assert check_formula("one-path", "dL = h dw2 + w2 dh").verdict == "wrong"
    assert check_formula("one-path", "dL = h dw2 + w2").verdict == "unreadable"


@pytest.mark.parametrize(
    "stood",
    ["x[:, None] * {}[None, :]", "x[:, np.newaxis] @ {}[np.newaxis, :]", "x.reshape(-1, 1) @ {}.reshape(1, -1)"],
)
def test_columns_and_rows_of_numpy(stood: str) -> None:
    assert check_formula("embedding-average", "dW = " + stood.format("(y - t)"))
    assert check_formula("embedding-average", "dW = " + stood.format("(y + t)")).verdict == "wrong"


def test_vectors_are_rows_where_the_forward_pass_has_them_so() -> None:
    assert check_formula("embedding-average", "dL/dW = x^T (y - t)")
    assert check_formula("embedding-average", "dL/dW = x^T (y + t)").verdict == "wrong"


@pytest.mark.parametrize(
    ("text", "repair"),
    [
        ("dL/dw5 = (o1 - t1)*o1*h1", "o1  ->  o1*(1 - o1)"),
        ("dL/dw5 = (o1 - t1)*o1*(1 - o1)*h1*w6", "leave w6 out"),
        ("dL/dw5 = (o1 + t1)*o1*(1 - o1)*h1", "t1  ->  -t1"),
        ("dL/dw5 = (o1 - t1)*o1*(1 - o1)*h2", "h2  ->  h1"),
    ],
)
def test_the_repair_is_small(text: str, repair: str) -> None:
    assert check_formula("two-two-two", text).diagnoses[0].repair == repair
