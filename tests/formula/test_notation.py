"""Ways to write a derivative down: each with a slip beside it, which must not get lost in the notation."""

import pytest

from gradcheck.formula import check_formula

SAME = r"dL = \operatorname{tr}(\tfrac1N(P-T)^\top A_1\,dW_2)"
SQUARES = r"\nabla_w \frac1N\|y - Xw - b\|_2^2 = -\frac2N X^\top(y - Xw - b)"
JACOBIAN = r"\nabla_z L = \left(\frac{\partial p}{\partial z}\right)^\top \nabla_p L"
GATED = r"\frac{\partial L}{\partial b_{1,k}} = \sum_{n,d}(Y_{nd}-T_{nd})(W_2)_{kd}\mathbb{1}\{Z_{nk}>0\}"
CASES = "Case i = j: dp_i/dz_j = p_i(1 - p_i)\nCase i ≠ j: dp_i/dz_j = -p_i p_j"


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("softmax-classifier", SAME, (r"(P-T)^\top A_1", r"A_1^\top (P-T)")),
        ("softmax-classifier", r"dL = \langle \tfrac1N A_1^\top(P-T), dW_2 \rangle", ("P-T", "T-P")),
        ("softmax-classifier", r"dZ_2 = dA_1\,W_2 + A_1\,dW_2 + \mathbf{1}\,db_2^\top", ("dA_1", "-dA_1")),
        ("softmax-cross-entropy", r"dp = (\mathrm{diag}(p) - pp^\top)\,dz", ("- p", "+ p")),
        ("residual-block", r"dL = \langle Y-T, dX + dF\rangle", ("+ dF", "- dF")),
        ("one-path", "dy' = y'(1-y')(w2 dh + h dw2 + db)", ("+ db", "- db")),
        ("one-path", r"-\frac{\partial L}{\partial w_2} = (y-y')\,y'(1-y')\,h", ("y-y'", "y'-y")),
        ("linear-regression", r"\frac{N}{2}\nabla_w L = X^\top(\hat y - y)", (r"\frac{N}{2}", "N")),
        ("linear-regression", r"\frac{\partial L}{\partial w^\top} = \frac2N(\hat y - y)^\top X", ("- y", "+ y")),
        ("linear-regression", SQUARES, ("-\\frac2N", "\\frac2N")),
        ("linear-regression", r"\nabla L(b) = \frac2N\sum_i(\hat y_i - y_i)", ("- y_i", "+ y_i")),
        ("linear-regression", "Der Gradient lautet ∂L/∂w = 2/N Xᵀ(ŷ − y)", ("ŷ − y", "y − ŷ")),
        ("linear-regression", r"\frac{\partial L}{\partial w_j} = \frac2N(\hat y - y)^\top X_{:,j}", ("- y", "+ y")),
        ("softmax-cross-entropy", r"\frac{\partial \log p_k}{\partial z_j} = \delta_{kj} - p_j", ("- p_j", "- p_k")),
        ("softmax-cross-entropy", "dp_i/dz_j = p_i*((i == j) - p_j)", ("==", "!=")),
        ("softmax-cross-entropy", "∂p_i/∂z_j = p_i (1{i=j} − p_j)", ("p_j)", "p_i)")),
        ("softmax-cross-entropy", r"\frac{\partial p_i}{\partial z_j} = -p_i p_j \quad (i \neq j)", ("-p_i", "p_i")),
        ("softmax-cross-entropy", CASES, ("= -p_i p_j", "= p_i p_j")),
        ("softmax-cross-entropy", CASES, ("1 - p_i", "1 + p_i")),
        ("softmax-cross-entropy", JACOBIAN, ("= ", "= -")),
        ("residual-block", r"dL/dX = dL/dY (I + dF/dX)", ("+", "-")),
        ("residual-block", GATED, (">", "<")),
        ("embedding-average", "dG = np.ones((S,1)) @ dx[None,:] / S", ("/ S", "* S")),
        ("layer-norm", r"\frac{\partial\mu}{\partial x} = \frac1D\mathbf{1}^\top", ("\\frac1D", "")),
        ("one-path", r"\frac{\partial}{\partial w_2}\sigma(h w_2 + b) = y'(1-y')h", ("1-y'", "1+y'")),
    ],
)  # fmt: skip
def test_a_notation_is_read_and_a_slip_in_it_is_seen(problem: str, text: str, slip: tuple[str, str]) -> None:
    assert check_formula(problem, text).verdict == "correct", str(check_formula(problem, text))
    assert slip[0] in text
    assert check_formula(problem, text.replace(*slip)).verdict == "wrong"


def test_a_sum_of_changes_may_be_wrong_in_one_of_them() -> None:
    text = r"dL = \tfrac1N\langle P-T, dZ_2\rangle,\ dZ_2 = dA_1 W_2 + dW_2 A_1"
    assert check_formula("softmax-classifier", text).verdict == "wrong"
    assert check_formula("softmax-classifier", SAME.replace("(P-T)", "(T-P)")).cause == "wrong-sign"
