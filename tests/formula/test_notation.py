"""Ways to write a derivative down: each with a slip beside it, which must not get lost in the notation."""

import pytest

from gradcheck.formula import check_formula


def read_and_seen(problem: str, text: str, slip: tuple[str, str]) -> None:
    """Hold that a formula is right, and that the same with a slip in it is wrong."""
    assert check_formula(problem, text).verdict == "correct", str(check_formula(problem, text))
    assert slip[0] in text
    assert check_formula(problem, text.replace(*slip)).verdict == "wrong"


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
    read_and_seen(problem, text, slip)


def test_a_sum_of_changes_may_be_wrong_in_one_of_them() -> None:
    text = r"dL = \tfrac1N\langle P-T, dZ_2\rangle,\ dZ_2 = dA_1 W_2 + dW_2 A_1"
    assert check_formula("softmax-classifier", text).verdict == "wrong"
    assert check_formula("softmax-classifier", SAME.replace("(P-T)", "(T-P)")).cause == "wrong-sign"


PAIRS = "sum((i == j)*t[i] - p[j]*t[i] for i in range(C))"
TERNARY = "dp[i]/dz[j] = p[i]*(1 - p[j]) if i == j else -p[i]*p[j]"
LISTED = "dw = [sum(2*(yp[i]-y[i])*X[i][j] for i in range(N))/N for j in range(D)]"


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("linear-regression", "db = sum(2*(yp[i] - y[i]) for i in range(N))/N", ("/N", "")),
        ("linear-regression", "db = np.mean([2*(yp[i] - y[i]) for i in range(len(y))])", ("mean", "sum")),
        ("linear-regression", LISTED, ("X[i][j]", "X[j][i]")),
        ("linear-regression", LISTED, ("in range(N)", "in range(D)")),
        ("linear-regression", "dL/dw[j] = 2/N*sum((yp[i]-y[i])*X[i,j] for i in range(N))", ("2/N", "1/N")),
        ("linear-regression", "dw = sum([2*(yp[i]-y[i])*X[i, :] for i in range(N)])/N", ("-y", "+y")),
        ("softmax-cross-entropy", "dp/dz = [[p[i]*((i==j) - p[j]) for j in range(C)] for i in range(C)]", ("==", "!=")),
        ("softmax-cross-entropy", f"dz = [-{PAIRS} for j in range(C)]", ("[-", "[")),
        ("softmax-cross-entropy", TERNARY, ("==", "!=")),
        ("softmax-cross-entropy", "dz_k = p_k - 1 if t_k = 1 else p_k", ("p_k - 1", "p_k + 1")),
        ("tiny-rnn", "dL/du = sum(dL/dh[k] * (1 - h[k]^2) * h[k-1] for k in range(1, 4))", ("1, 4", "2, 4")),
        ("linear-regression", "dw = 2*np.mean([(yp[i]-y[i])*X[i] for i in range(N)], axis=0)", (", axis=0", "")),
        ("linear-regression", "dw = 2/N*np.sum([(yp[i]-y[i])*X[i] for i in range(N)], axis=0)", (", axis=0", "")),
        ("softmax-classifier", "dZ2 = (softmax(Z2, axis=1) - T)/N", ("axis=1", "axis=0")),
        ("softmax-classifier", "dZ2 = (F.softmax(Z2, 1) - T)/N", ("Z2, 1", "Z2, 0")),
        ("softmax-classifier", "dZ2 = (Z2.softmax(dim=1) - T)/N", ("dim=1", "dim=0")),
        ("tiny-rnn", "dL/dw = sum(dL/dh[k]*(1-h[k]**2)*x[k] for k in range(1, 4))", ("1, 4", "3")),
        ("logistic-regression", r"\frac{\partial L}{\partial z_i} = \frac1N(p_i - \mathbb{1}_{y_i=1})", ("=1}", "=0}")),
        ("logistic-regression", r"\frac{\partial L}{\partial z_i} = \frac1N(p_i - [y_i=1])", ("=1]", "=0]")),
        ("logistic-regression", "dz = (p - (y == 1))/N", ("==", "!=")),
        ("logistic-regression", r"dL/dz = \frac1N\begin{cases}p - 1 & y = 1\\p & y = 0\end{cases}", ("y = 1", "y = 0")),
        ("linear-regression", "dw = torch.mean(2*(yp - y).unsqueeze(1)*X, dim=0)", ("dim=0", "dim=1")),
        ("linear-regression", "dw = 2*X.t().mv(X.mv(w) + b - y)/X.size(0)", ("size(0)", "size(1)")),
        ("logistic-regression", "dw = torch.mm(X.T, (z.sigmoid() - y).unsqueeze(-1)).squeeze()/N", ("sigmoid", "tanh")),
        ("logistic-regression", "dw = (X.T @ (p - y).reshape(-1, 1)).ravel()/N", ("p - y", "y - p")),
    ],
)  # fmt: skip
def test_code_on_one_line_is_read_and_a_slip_in_it_is_seen(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


@pytest.mark.parametrize(
    "sign", [r"\sum_{i=2}^{N}", r"\sum_{i=1}^{N-1}", r"\sum_{i=1}^{D}", r"\sum_{i=1}^{N+1}", r"\sum_{i=0}^{N-2}"]
)
def test_a_sum_that_leaves_entries_out_is_not_taken_for_the_whole(sign: str) -> None:
    right = r"\frac{\partial L}{\partial w_j} = \frac2N SIGN (\hat y_i - y_i)X_{ij}"
    for whole in (r"\sum_{i=1}^{N}", r"\sum_i", r"\sum_{i=0}^{N-1}", r"\sum_{i=1}^{n}"):
        assert check_formula("linear-regression", right.replace("SIGN", whole)).verdict == "correct"
    assert check_formula("linear-regression", right.replace("SIGN", sign)).verdict in ("wrong", "unreadable")


@pytest.mark.parametrize("over", ["zip(yp, y)", "range(N-1)", "range(1, N)", "y"])
def test_a_comprehension_over_anything_but_a_whole_axis_is_refused(over: str) -> None:
    told = check_formula("linear-regression", f"db = sum(2*(yp[i] - y[i]) for i in {over})/N")
    assert told.verdict == "unreadable"


OWN_DELTAS = r"\delta^{(2)} = p - y,\ \delta^{(1)} = \delta^{(2)} v\circ(1-\tanh^2 z),\ \nabla_W L = \delta^{(1)}x^T"
STABLE = "s = np.exp(Z2 - Z2.max(axis=1, keepdims=True))\ndZ2 = (s/s.sum(1, keepdims=True) - T)/N"
ONE_VECTOR = """title = "one vector through two layers"
parameters = ["W", "b", "v"]
data = ["x", "y"]
loss = "L"
[forward]
z = "W @ x + b"
h = "tanh(z)"
p = "sigmoid(sum(v*h))"
L = "-(y*log(p) + (1 - y)*log(1 - p))"
[shapes]
x = ["d"]
W = ["k", "d"]
b = ["k"]
v = ["k"]
[kinds]
y = "mask"
"""


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("linear-regression", "grad w = (2/N) X^T (Xw + b - y)", ("2/N", "1/N")),
        ("linear-regression", "grad_w L = (2/N) X^T (Xw + b - y)", ("- y", "+ y")),
        ("linear-regression", "grad(L, w) = (2/N) X^T (Xw + b - y)", ("X^T ", "")),
        ("linear-regression", "gradient of L w.r.t. w: 2/N X^T (Xw + b - y)", ("+ b", "- b")),
        ("linear-regression", "dw = 2/N * X.'*(X*w + b - y)", ("- y", "+ y")),
        ("linear-regression", "dL = (2/N) (Xw + b - y)^T d(Xw + b - y)", ("2/N", "1/N")),
        ("linear-regression", r"dL = \frac1N d\left((y - Xw - b)^T(y - Xw - b)\right)", ("frac1N", "frac2N")),
        ("linear-regression", "r := ŷ − y; ∇_w L = (2/N) Σₙ rₙ xₙ", ("ŷ − y", "y − ŷ")),
        ("linear-regression", r"\nabla_w L = \frac2N\left(X^TXw + X^T(b - y)\right)", ("X^TX", "X^T")),
        ("logistic-regression", r"\frac{\partial \ln(1-p)}{\partial z} = -p", ("-p", "-(1-p)")),
        ("logistic-regression", r"\frac{\partial (p - y)}{\partial z} = p(1-p)", ("(1-p)", "")),
        ("logistic-regression", r"\sigma'(z) = \frac{e^{-z}}{(1+e^{-z})^2} = \sigma(z)(1-\sigma(z))", ("1-", "1+")),
        ("softmax-cross-entropy", r"\frac{\partial p_i}{\partial z_j} = p_i[\![i=j]\!] - p_ip_j", ("p_ip_j", "p_i")),
        ("softmax-cross-entropy", r"\partial p_i/\partial z_j = p_i \delta_i^j - p_i p_j", ("- ", "+ ")),
        ("softmax-cross-entropy", "dL/dz = exp(z - max(z))/sum(exp(z - max(z))) - t", ("sum(exp", "sum(2*exp")),
        ("softmax-classifier", STABLE, ("s.sum(1", "s.sum(0")),
        ("softmax-cross-entropy", "dL/dz = exp(z - logsumexp(z)) - t", ("- t", "+ t")),
        ("softmax-cross-entropy", "dL/dz = F.softmax(z, dim=-1) - t", ("- t", "+ t")),
        (ONE_VECTOR, OWN_DELTAS, (r"\tanh^2", r"\tanh")),
    ],
)  # fmt: skip
def test_more_notations_are_read_and_a_slip_in_them_is_seen(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (r"\frac{\partial^2 L}{\partial w \partial w^T} = \frac2N X^T X", "second derivative"),
        (r"\nabla^2_w L = \frac2N X^T X", "second derivative"),
        (r"H = \nabla_{w}^2 L = \frac2N X^T X", "second derivative"),
        ("d2L/db2 = 2", "second derivative"),
        ("d²L/db² = 2", "second derivative"),
        (r"\frac{\partial L}{\partial w} \propto X^T(\hat y - y)", "which constant"),
        (r"\operatorname{vec}(\nabla_w L) = \frac2N (I \otimes X^T)(\hat y - y)", "Kronecker"),
    ],
)
def test_what_is_not_judged_is_refused_by_its_name(text: str, says: str) -> None:
    told = check_formula("linear-regression", text)
    assert told.verdict == "unreadable"
    assert says in told.diagnoses[0].says
    assert told.diagnoses[0].repair


def test_a_variable_that_is_called_like_a_differential_is_none_below_one() -> None:
    problem = "title='t'\nparameters=['n']\ndata=['a']\nloss='L'\n[forward]\ndn = '(a - n)^2'\nL = 'a*dn'"
    assert check_formula(problem, "dL/dn = -2*a*(a - n)").verdict == "correct"
    assert check_formula(problem, "dL/dn = 2*a*(a - n)").verdict == "wrong"
