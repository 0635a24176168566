"""Samples, classes and means: what picks an entry, what a bar is over, columns, short forms of all kinds."""

import pytest

from gradcheck.formula import check_formula
from tests.formula.test_notation import read_and_seen

POLICY = """title = "a policy"
parameters = ["theta"]
data = ["s", "a", "R"]
loss = "L"
[forward]
z = "theta @ s"
p = "softmax(z)"
L = "-R*sum(a*log(p))"
[names]
"pi" = "p"
[shapes]
theta = ["K", "D"]
s = ["D"]
a = ["K"]
[kinds]
a = "one-hot"
"""
CLASSES = r"dL/dz_k = \begin{cases} p_k - 1 & k = y \\ p_k & k \neq y\end{cases}"
OF_SAMPLES = r"\frac{\partial L}{\partial Z_{2,nk}} = \frac1N(P_{nk} - \mathbb{1}[k = y_n])"


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("softmax-cross-entropy", "∂L/∂z_k = p_k − 1{k = y}", ("p_k −", "p_k +")),
        ("softmax-cross-entropy", r"\frac{\partial L}{\partial z_k} = p_k - \delta_{ky}", ("- ", "+ ")),
        ("softmax-cross-entropy", r"\frac{\partial p_y}{\partial z_j} = p_y(\delta_{yj} - p_j)", ("p_j)", "p_y)")),
        ("softmax-cross-entropy", CLASSES, ("k = y", "k = k")),
        ("softmax-cross-entropy", r"L = -\log p_y, dL/dz = p - t", ("dL/dz = p", "dL/dz = 2p")),
        ("softmax-classifier", OF_SAMPLES, (r"\frac1N", "")),
        (POLICY, r"\frac{\partial L}{\partial z_k} = R(\pi_k - \mathbb 1[k = a])", ("R", "-R")),
        (POLICY, r"\nabla_\theta L = -R\,\nabla_\theta\log\pi(a\mid s)", ("-R", "R")),
        (POLICY, r"\nabla_\theta\log\pi_a = (a - \pi)s^\top", ("a - \\pi)", "1 - \\pi)")),
    ],
)
def test_the_class_of_a_sample_picks_an_entry(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


NORMED = r"dL/dx = \frac{1}{\sigma}(g - \bar g - \hat x\,\overline{g\odot\hat x}), g = \gamma\odot\nabla_y L"


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("logistic-regression", r"\frac{\partial L}{\partial b} = \bar p - \bar y", ("p - ", "p + ")),
        ("linear-regression", r"\frac{\partial L}{\partial b} = 2(\bar{\hat y} - \bar y)", ("2", "")),
        ("linear-regression", r"\frac{\partial L}{\partial b} = 2(w^\top\bar x + b - \bar y)", ("+ b", "")),
        ("layer-norm", NORMED, (r"- \bar g ", "")),
        ("attention-head", r"\bar X = \bar Q W_q^T + \bar K W_k^T + \bar V W_v^T", (" + \\bar V W_v^T", "")),
        ("softmax-classifier", r"\frac{\partial L}{\partial W_2} = A_1^\top\bar{Z}_2", ("A_1", "-A_1")),
    ],
)
def test_a_bar_is_a_mean_or_a_derivative(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


def test_a_delta_before_a_variable_is_its_gradient() -> None:
    text = r"\delta O = O - Y,\ \delta V = A^\top\delta O,\ \delta A = \delta O\,V^\top"
    read_and_seen("attention-head", text, (r"\delta V = A^\top", r"\delta V = A"))


PAIR = (
    r"\begin{pmatrix}\partial L/\partial w_5\\ \partial L/\partial w_6\end{pmatrix} = "
    r"(o_1-t_1)o_1(1-o_1)\begin{pmatrix}h_1\\h_2\end{pmatrix}"
)
BOTH = r"\nabla_{w,b} L = \frac2N\begin{pmatrix} X^\top(\hat y - y) \\ \mathbf{1}^\top(\hat y - y)\end{pmatrix}"


def test_a_column_is_read_entry_by_entry() -> None:
    read_and_seen("two-two-two", PAIR, (r"h_1\\h_2", r"h_2\\h_1"))
    read_and_seen("linear-regression", BOTH, (r"\mathbf{1}^\top(\hat y - y)", r"\mathbf{1}^\top(\hat y + y)"))
    for text in (r"\nabla_w L = X\begin{pmatrix}1\\2\end{pmatrix}", r"dL/dw = \begin{pmatrix}1&2\\3&4\end{pmatrix}"):
        assert check_formula("linear-regression", text).verdict == "unreadable"


OUTER = (
    r"\frac{\partial L}{\partial w_2} = (\sum_{k=1}^2 (o_k - t_k)\sigma'(net_{o_k})\,w_{3+2k})\,\sigma'(net_{h_1})\,x_2"
)


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("linear-regression", r"\nabla_w L = \frac2N X^\top(X w - y) + \frac{2b}{N}X^\top 1", ("2b", "b")),
        ("softmax-cross-entropy", r"\frac{\partial L}{\partial z_k} = p_k - \mathbb{1}_{[k=y]}", ("- ", "+ ")),
        ("softmax-cross-entropy", r"\frac{\partial L}{\partial z_k} = p_k - \mathbb{1}_{\{k=y\}}", ("- ", "+ ")),
        ("two-two-two", OUTER, ("x_2", "x_1")),
        ("linear-regression", "gradient wrt w_j is (2/N) * sum_{i=1}^N (w^T x_i + b - y_i) * x_{ij}", ("2/N", "1/N")),
    ],
)
def test_short_forms_are_read_for_what_they_are(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


COLUMN_SAMPLES = """title = "samples in columns"
parameters = ["W", "b"]
data = ["X", "Y"]
loss = "J"
[forward]
Z = "W @ X + b"
A = "sigmoid(Z)"
J = "-sum(Y*log(A) + (1 - Y)*log(1 - A))/m"
[shapes]
X = ["D", "m"]
W = ["K", "D"]
b = ["K", 1]
Y = ["K", "m"]
[kinds]
Y = "mask"
"""
LINE = """title = "a line"
parameters = ["m", "b"]
data = ["x", "y"]
loss = "L"
[forward]
L = "mean((y - (m*x + b))^2)"
[shapes]
x = ["n"]
y = ["n"]
"""
GATE = """title = "a gate"
parameters = ["u_g", "w_g"]
data = ["x", "h0", "t"]
loss = "L"
[forward]
g = "tanh(w_g*x + u_g*h0)"
L = "1/2*(g - t)^2"
"""
THREE = """title = "two gates"
parameters = ["x", "y", "z"]
data = []
loss = "f"
[forward]
q = "x + y"
f = "q*z"
"""
SLIP = ("= u_g", "= h_0")
LISTED = r"\nabla f = \left(\frac{\partial f}{\partial x},f_y,\frac{\partial f}{\partial z}\right) = (z, z, x+y)"
FEATURES = (
    r"dL/dx_i = \frac1\sigma(g_i - \mathbb{E}_j[g_j] - \hat x_i\mathbb{E}_j[g_j\hat x_j]), g_i = \gamma_i(y_i-t_i)"
)
NORM = r"d\|Xw + b - y\|^2 = 2(Xw + b - y)^\top(X\,dw + \mathbf 1\,db)"


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (COLUMN_SAMPLES, r"\frac{\partial J}{\partial b} = \mathbb{E}[a - y]", ("a - y", "y - a")),
        (COLUMN_SAMPLES, r"dJ/dW = \frac1m\sum_i (a^{(i)} - y^{(i)})x^{(i)\top}", (r"\frac1m", "")),
        (LINE, r"\frac{\partial L}{\partial m} = -2\,\mathbb E[x(y - mx - b)]", ("x(y", "(y")),
        (LINE, r"\frac{\partial L}{\partial m} = -2(\overline{xy} - m\overline{x^2} - b\bar x)", ("{x^2}", "{x}^2")),
        (
            GATE,
            r"\frac{\partial g}{\partial x} = (1-g^2)w_g,\ \frac{\partial(u_gh_0)}{\partial h_0} = u_g",
            ("= u_g", "= h_0"),
        ),
        ("layer-norm", FEATURES, (r" - \mathbb{E}_j[g_j]", "")),
        (THREE, LISTED, ("x+y", "x-y")),
        ("linear-regression", NORM, ("2(", "(")),
        ("tied-autoencoder", r"D = R - X,\ \frac{\partial L}{\partial D} = \frac1ND", (r"= \frac1ND", "= D")),
    ],
)
def test_samples_may_be_columns_and_names_may_stand_together(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


def test_what_is_defined_entry_by_entry_may_be_used_as_a_whole() -> None:
    text = r"\nabla_z L = J^\top \nabla_p L,\ J_{ij} = p_i(\delta_{ij} - p_j)"
    read_and_seen("softmax-cross-entropy", text, (" - p_j", " + p_j"))
    deltas = r"\delta_n = \hat y_n - y_n,\ \nabla_w L = \frac2N X^\top\delta"
    read_and_seen("linear-regression", deltas, ("frac2N", "frac1N"))


@pytest.mark.parametrize("under", [r"k \ge 2", "k > 1", "k < 3", r"k \neq 2", "k=1}^{2", "k=2}^{3", "k=1}^{4"])
def test_a_sum_over_some_of_the_steps_is_not_taken_for_all_of_them(under: str) -> None:
    right = r"\frac{\partial L}{\partial w} = \sum_{UNDER} \delta_k x_k"
    for whole in ("k", r"k \ge 1", "k < 4", "k=1}^{3", "k=1}^{T"):
        assert check_formula("tiny-rnn", right.replace("UNDER", whole)).verdict == "correct"
    assert check_formula("tiny-rnn", right.replace("UNDER", under)).verdict in ("wrong", "unreadable")


def test_a_sum_to_a_number_is_over_an_axis_of_that_length_alone() -> None:
    fixed = 'title="t"\nparameters=["w"]\ndata=["x"]\nloss="L"\n[forward]\nL="sum(w*x)^2"\n[shapes]\nw=[4]\nx=[4]'
    text = r"\frac{\partial L}{\partial w_j} = 2x_j\sum_{i=1}^{LAST} w_i x_i"
    assert check_formula(fixed, text.replace("LAST", "4")).verdict == "correct"
    assert check_formula(fixed, text.replace("LAST", "3")).verdict == "unreadable"
    for said in (r"dL/db = \frac2N\sum_{i=1}^{10}(\hat y_i - y_i)", "db = 2/N*sum(yp[i] - y[i] for i in range(3))"):
        assert check_formula("linear-regression", said).verdict == "unreadable"


@pytest.mark.parametrize("rows", ["range(N)", "np.arange(N)", "np.arange(P.shape[0])"])
def test_one_taken_away_at_the_class_of_each_row_is_the_one_hot_array(rows: str) -> None:
    code = f"dscores = P.copy()\ndscores[{rows}, y] -= 1\ndscores /= N\ndW2 = A1.T @ dscores"
    read_and_seen("softmax-classifier", code, ("-= 1", "+= 1"))
    assert check_formula("softmax-classifier", code.replace(rows, ":")).verdict == "unreadable"
    assert check_formula("softmax-classifier", "a[ -= 1").verdict == "unreadable"
