"""Notations of papers, lecture notes and exams: entries by number, expectations, functions told case by case."""

import pytest

from gradcheck.formula import check_formula
from tests.formula.test_lectures import posed
from tests.formula.test_notation import read_and_seen

BATCH_NORM = """title = "batch normalisation"
parameters = ["gamma", "beta"]
data = ["X", "T", "small"]
loss = "L"
[forward]
mu = "mean(X, axis=0)"
var = "mean((X - mu)^2, axis=0)"
Xhat = "(X - mu)/sqrt(var + small)"
Y = "gamma*Xhat + beta"
L = "1/2*sum((Y - T)^2)"
[shapes]
X = ["N", "D"]
gamma = ["D"]
beta = ["D"]
T = ["N", "D"]
[names]
"eps" = "small"
[kinds]
small = "positive"
"""
MIXTURE = """title = "a mixture of Gaussians, one number"
parameters = ["mu"]
data = ["x", "pi", "s", "e"]
loss = "L"
[forward]
l = "log(pi) - (x - mu)^2/(2*s^2)"
r = "softmax(l)"
L = "-log(sum(exp(l)))"
[names]
"sigma" = "s"
[shapes]
mu = ["K"]
pi = ["K"]
[kinds]
pi = "positive"
s = "positive"
"""
DISTILLED = """title = "distillation"
parameters = ["z"]
data = ["v", "T"]
loss = "L"
[forward]
p = "softmax(v/T)"
q = "softmax(z/T)"
L = "-T^2*sum(p*log(q))"
[shapes]
z = ["C"]
v = ["C"]
[kinds]
T = "positive"
"""
QUOTIENT = """title = "a quotient"
parameters = ["x"]
data = ["A"]
loss = "R"
[forward]
R = "sum(x*(A @ x))/sum(x^2)"
[shapes]
x = ["n"]
A = ["n", "n"]
"""
HINGE = """title = "hinge"
parameters = ["w", "b"]
data = ["X", "y"]
loss = "L"
[forward]
f = "X @ w + b"
L = "mean(maximum(0, 1 - y*f))"
[shapes]
X = ["N", "D"]
w = ["D"]
y = ["N"]
"""
COLUMNS = """title = "columns"
parameters = ["W", "V"]
data = ["x", "t"]
loss = "L"
[forward]
z = "W @ x"
a = "tanh(z)"
y = "V @ a"
L = "1/2*sum((y - t)^2)"
[shapes]
x = ["D", 1]
W = ["H", "D"]
V = ["K", "H"]
t = ["K", 1]
"""
SAMPLES = r"\frac{\partial L}{\partial w} = 2\,\mathbb{E}_{(x,y)}\left[(\hat y - y)\,x\right]"
TWO_STEPS = """title = "two steps of a recurrent neuron"
parameters = ["w", "u"]
data = ["x1", "x2", "h0", "t1", "t2"]
loss = "L"
[forward]
h1 = "tanh(w*x1 + u*h0)"
h2 = "tanh(w*x2 + u*h1)"
L = "1/2*((h1 - t1)^2 + (h2 - t2)^2)"
"""
DELTAS = (
    r"\delta_2 = h_2 - t_2,\ \delta_1 = h_1 - t_1 + u(1-h_2^2)\delta_2,"
    r"\ \frac{\partial L}{\partial w} = \sum_{k=1}^2 \delta_k(1-h_k^2)x_k"
)
CASES = r"\frac{\partial p_i}{\partial z_j} = \begin{cases} p_i(1-p_j), & i=j, \\ -p_ip_j, & i\ne j.\end{cases}"
SHARES = (
    r"r_k = \frac{\pi_k e^{-(x-\mu_k)^2/(2\sigma^2)}}{\sum_j\pi_je^{-(x-\mu_j)^2/(2\sigma^2)}},"
    r"\ \frac{\partial L}{\partial\mu_k} = -r_k\frac{x-\mu_k}{\sigma^2}"
)
TEMPERED = r"dL/dz_i = T\left(\frac{e^{z_i/T}}{\sum_je^{z_j/T}} - \frac{e^{v_i/T}}{\sum_je^{v_j/T}}\right)"
CONDITIONAL = r"\frac{\partial L}{\partial w} = -\frac1N\sum_{i:\,y_if_i<1} y_ix_i"
DIAGONALS = r"\frac{\partial L}{\partial x} = W^\top\operatorname{diag}(\sigma'(z))V^\top(y - t)"
CENTRED = (
    r"\frac{\partial\hat x_i}{\partial x_j} = "
    r"\frac1\sigma(\delta_{ij} - \frac1D - \frac{(x_i-\mu)(x_j-\mu)}{D\sigma^2})"
)
SCALED = r"\frac{\partial L}{\partial\gamma} = (y-t)\odot\frac{x-\mu}{\sqrt{\sigma^2+\epsilon}}"
VARIANCE = (
    r"\frac{\partial L}{\partial\sigma^2} = \sum_i\frac{\partial L}{\partial\hat x_i}(x_i-\mu)"
    r"\cdot\frac{-1}{2}(\sigma^2+\epsilon)^{-3/2}"
)
SCALE = r"\frac{\partial L}{\partial\gamma} = \sum_i (Y - T)_i\odot\frac{X_i-\mu}{\sqrt{var+\epsilon}}"
STEPPED = r"dL/dX = (Y-T) + [(Y-T)W_2^\top\odot H(Z)]W_1^\top"


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("softmax-cross-entropy", r"\partial p_1/\partial z_2 = -p_1 p_2", ("-p", "p")),
        ("softmax-cross-entropy", r"\frac{\partial p_2}{\partial z_1} = -p_1p_2", ("-p_1p_2", "p_1(1-p_2)")),
        ("softmax-cross-entropy", "dL/dz_1 = p_1 - t_1", ("t_1", "t_2")),
        ("softmax-classifier", r"\frac{\partial L}{\partial (Z_2)_{13}} = \tfrac1N(P_{13}-T_{13})", (r"\tfrac1N", "")),
        ("linear-regression", r"\frac{\partial L}{\partial w_1} = \frac2N\sum_i(\hat y_i - y_i)x_{i1}", ("i1}", "i2}")),
        ("linear-regression", SAMPLES, ("2", "")),
        ("linear-regression", "dL/db = 2 E[ŷ - y]", ("2 ", "")),
        ("logistic-regression", r"\frac{\partial L}{\partial w} = \mathbb E_i[(p_i-y_i)x_i]", ("p_i-y_i", "y_i-p_i")),
        ("softmax-classifier", r"\frac{\partial L}{\partial b_{2,c}} = \mathbb{E}_n[(P-T)_{nc}]", ("P-", "P+")),
        ("softmax-classifier", "dZ2 = (P - T)/N; db2 = 1ᵀ dZ2", ("1ᵀ dZ2", "dZ2")),
        ("softmax-cross-entropy", CASES, ("-p_ip_j", "p_ip_j")),
        (TWO_STEPS, DELTAS, ("=1}^2", "=2}^2")),
        ("tiny-rnn", r"\frac{\partial L}{\partial w} = \sum_k\delta_kx_k", ("x_k", "h_k")),
        ("residual-block", STEPPED, ("H(Z)", "H(-Z)")),
        ("residual-block", "W1_gradient = X.T @ (((Y - T) @ W2.T) * (Z > 0))", (">", "<")),
        (BATCH_NORM, SCALE, ("\\sqrt", "")),
        ("layer-norm", SCALED, ("+\\epsilon", "")),
        ("layer-norm", CENTRED, ("1\\sigma(", "2\\sigma(")),
        ("layer-norm", VARIANCE, ("-3/2", "-1/2")),
        (MIXTURE, SHARES, ("-r_k", "r_k")),
        (MIXTURE, SHARES, (r"2\sigma^2)}}{", r"\sigma^2)}}{")),
        (DISTILLED, TEMPERED, ("= T", "= ")),
        (QUOTIENT, r"\nabla R(x) = \frac{1}{x^\top x}\left((A+A^\top)x - 2R(x)\,x\right)", ("2R(x)", "R(x)")),
        (HINGE, CONDITIONAL, ("<1", ">1")),
        (COLUMNS, DIAGONALS, ("(y - t)", "(t - y)")),
    ],
)  # fmt: skip
def test_a_notation_is_read_and_a_slip_in_it_is_seen(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


HEADED = r"""1. **Gradient with respect to $w$**:
   $$\frac{\partial L}{\partial w} = \frac{2}{N} X^T(\hat y - y)$$
2. **Gradient with respect to $b$**:
   $$\frac{\partial L}{\partial b} = \frac{2}{N} \sum_i (\hat{y}_i - y_i)$$"""
STEPPED_ANSWER = r"""**Step 1.** Define the error $e = \hat{y} - y$.

**Step 2.** By the chain rule,
$$\frac{\partial L}{\partial w} = \frac{2}{N} X^T e$$"""


@pytest.mark.parametrize("answer", [HEADED, STEPPED_ANSWER])
def test_headings_and_bold_words_fall_away(answer: str) -> None:
    read_and_seen("linear-regression", answer, ("X^T", "X"))
    read_and_seen("linear-regression", answer, (r"\frac{2}{N} X", "2X"))


def test_entries_by_number_are_shown_by_number() -> None:
    told = check_formula("softmax-cross-entropy", "dL/dz_1 = p_1 - t_1")
    assert told.read_as.endswith("p_{1} - t_{1}")


@pytest.mark.parametrize("text", ["dL/dz_4 = p_4 - t_4", "dL/dz_0 = p_0 - t_0", "dL/dz = q_1"])
def test_an_entry_that_an_axis_need_not_have_is_refused(text: str) -> None:
    assert check_formula("softmax-cross-entropy", text).verdict == "unreadable"


def test_a_letter_is_not_the_size_that_is_called_like_it() -> None:
    text = r"\frac{\partial L}{\partial E_v} = \frac1S\sum_{s=1}^S\mathbb{1}[i_s = v]W(y-t)"
    read_and_seen("embedding-average", text, (r"\frac1S", ""))
    assert check_formula("embedding-average", text.replace("i_s = v", "y_s = v")).verdict == "unreadable"


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("linear-regression", "dŷ/db = 1", ("1", "-1")),
        ("logistic-regression", r"\frac{\partial z}{\partial b} = 1", ("1", "b")),
        ("layer-norm", "dy/dbeta = 1", ("1", "0")),
        ("layer-norm", r"\frac{\partial\mu}{\partial x} = \frac1D", (r"\frac1D", "1")),
    ],
)
def test_one_number_is_the_derivative_of_each_entry(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)
    assert check_formula("softmax-cross-entropy", "dL/dz = 1").verdict == "wrong"


BATCH = posed(
    "mu = mean(X, axis=0); var = mean((X - mu)^2, axis=0); Xhat = (X - mu)/sqrt(var + eps); Y = gamma*Xhat + beta; "
    "L = 1/2*sum((Y - T)^2)",
    "L", "gamma beta", "X T eps", "X:N,D gamma:D beta:D T:N,D", "eps:positive",
) + '\n[names]\n"sigma^2" = "var"\n"m" = "N"'  # fmt: skip
DIVERGENCE = posed("D = log(b/a) + (a^2 + (m - n)^2)/(2*b^2) - 1/2", "D", "m a", "n b", kinds="a:positive b:positive")
LEAST = posed("L = sum((A @ X - B)^2)", "L", "X", "A B", "A:m,n X:n,k B:m,k")
FORM = posed("f = trace(X.T @ A @ X)", "f", "X", "A", "X:n,k A:n,n")
SPARSE = posed(
    "r = X @ w - y; J = 1/(2*n)*sum(r^2) + lam*sum(abs(w))", "J", "w", "X y lam", "X:n,d w:d y:n", "lam:positive"
)
EXPONENTIAL = posed("l = n*log(a) - a*sum(x)", "l", "a", "x", "x:n", "a:positive x:positive")


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (BATCH, r"\frac{\partial L}{\partial\sigma_{\mathcal B}^2} = -\frac12\sum_i\frac{\partial L}{\partial\hat x_i}"
         r"(x_i-\mu_{\mathcal B})(\sigma_{\mathcal B}^2+\epsilon)^{-3/2}", ("-3/2", "-1/2")),
        (DIVERGENCE, r"\frac{\partial D_{KL}}{\partial m} = \frac{m-n}{b^2}", ("m-n", "n-m")),
        (LEAST, r"\langle\nabla L, dX\rangle = 2\langle AX-B, A\,dX\rangle = \langle 2A^\top(AX-B), dX\rangle",
         (r"2A^\top", r"A^\top")),
        (FORM, "df/dX_ij = sum_k (A_ik + A_ki) X_kj", ("A_ik", "A_ij")),
        (SPARSE, r"\partial J(w) = \frac1n X^\top(Xw-y) + \lambda\operatorname{sign}(w)", (r"\frac1n", "")),
        (EXPONENTIAL, r"\ell'(a) = \frac na - \sum_{i=1}^nx_i", (r"- \sum", r"+ \sum")),
    ],
)  # fmt: skip
def test_subscripts_sums_and_subgradients_are_read_as_papers_set_them(
    problem: str, text: str, slip: tuple[str, str]
) -> None:
    read_and_seen(problem, text, slip)
