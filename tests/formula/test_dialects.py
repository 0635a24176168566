"""Formulas in other hands' signs: MATLAB, Julia, R, Word, and small letters of Unicode."""

import pytest

from gradcheck import Problem
from gradcheck.formula import check_formula
from gradcheck.formula.claims import points
from tests.formula.test_lectures import LOGITS, posed
from tests.formula.test_notation import read_and_seen

SOFTMAX = "softmax-cross-entropy"
GATE = r"\frac{\partial L}{\partial W_1} = X^\top\left[(Y-T)W_2^\top\odot GATE\right]"
POOLED = posed(
    "a1 = w*x1; a2 = w*x2; a3 = w*x3; m = maximum(maximum(a1, a2), a3); L = 1/2*(m - t)^2", "L", "w", "x1 x2 x3 t"
)
POLICY = posed(
    "m = sum(w*x); l = -(a - m)^2/(2*s^2) - log(s); J = (R - b)*l",
    "J", "w s", "x a R b", "w:d x:d", "s:positive",
)  # fmt: skip
QUANTILE = posed(
    "r = y - X @ w; L = sum(maximum(tau*r, (tau - 1)*r))", "L", "w", "X y tau", "X:N,D w:D y:N", "tau:mask"
)


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("logistic-regression", "dw <- t(X) %*% (p - y) / n", ("t(X)", "X")),
        ("logistic-regression", "dw = crossprod(X, p - y)/n", ("p - y", "y - p")),
        ("softmax-classifier", "dW2 = t(A1) %*% (P - T)/n", ("A1", "Z1")),
        ("softmax-classifier", "db2 = colSums(P - T)/n", ("colSums", "rowSums")),
        ("logistic-regression", "dw = X' * (σ.(X*w .+ b) .- y) / n", (".- y", ".+ y")),
        ("softmax-classifier", "db1 = sum(((P - T)/n * W2') .* (1 - A1.^2), 1)", (", 1)", ", 2)")),
        ("softmax-classifier", "db1 = sum(((P - T)/n * W2') .* (1 - A1.^2), dims=1)", ("dims=1", "dims=2")),
        ("logistic-regression", "∂L/∂w = 1/N ∑_(i=1)^N▒〖(p_i-y_i) x_i〗", ("p_i-y_i", "y_i-p_i")),
        ("logistic-regression", "∂L/∂w = 1/N Σᵢ₌₁ᴺ (pᵢ − yᵢ) xᵢ", ("pᵢ − yᵢ", "yᵢ − pᵢ")),
        ("logistic-regression", "dp/dz = e⁻ᶻ/(1 + e⁻ᶻ)²", ("1 + e⁻ᶻ", "1 + eᶻ")),
        ("residual-block", "dW1 = X.T @ ((Y - T) @ W2.T * np.greater(Z, 0))", ("greater", "less")),
    ],
)
def test_other_languages_are_read(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


@pytest.mark.parametrize(
    ("gate", "slip"),
    [
        (r"\mathrm{step}(Z)", (r"\mathrm{step}(Z)", "Z")),
        (r"\Theta(Z)", ("Z)", "-Z)")),
        (r"\chi_{Z>0}", (">", "<")),
        ("I(Z>0)", (">0", "<0")),
        (r"\mathbf 1_{N\times K}\odot(Z>0)", (">", "<")),
    ],
)
def test_gates_are_read(gate: str, slip: tuple[str, str]) -> None:
    read_and_seen("residual-block", GATE.replace("GATE", gate), (gate, gate.replace(*slip)))


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("dp/dz = diag(p)(I - 1 p^T)", ("1 p^T", "p 1^T")),
        ("dp/dz = (I - p 1^T) diag(p)", ("p 1^T", "1 p^T")),
        ("dp/dz = I ⊙ (p 1^T) - p p^T", ("- p p", "+ p p")),
        ("dp/dz = p[:, None]*(np.eye(C) - p)", ("- p", "+ p")),
        ("dp/dz = np.eye(C)*p - np.outer(p, p)", ("np.eye(C)*p", "np.eye(C)")),
        ("dp/dz = np.diagflat(p) - np.matmul(p[:, None], p[None])", ("- np", "+ np")),
        (r"\frac{\partial p_i}{\partial z_j} = p_i(I_{ij} - p_j)", ("p_j)", "p_i)")),
        (r"\frac{\partial p_i}{\partial z_j} = p_i(\mathbb{1}_{ij} - p_j)", ("p_j)", "p_i)")),
        (r"\frac{\partial p_i}{\partial z_j} = p_i(\delta(i,j) - p_j)", ("- p_j)", "+ p_j)")),
        (r"\frac{\partial p_i}{\partial z_j} = p_i(\delta_{i=j} - p_j)", ("- p_j)", "+ p_j)")),
        ("dp[i]/dz[j] = p[i]*(int(i == j) - p[j])", ("- p[j]", "+ p[j]")),
    ],
)
def test_the_identity_is_as_large_as_what_stands_beside_it(text: str, slip: tuple[str, str]) -> None:
    read_and_seen(SOFTMAX, text, slip)


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        ("linear-regression", r"L'_{w_j} = \frac{2}{N}\sum_i(\hat y_i-y_i)x_{ij}", ("x_{ij}", "x_{ji}")),
        ("linear-regression", "dL_dw[j] = 2/N*sum((yhat[i] - y[i])*X[i, j] for i in range(N))", ("2/N", "1/N")),
        ("linear-regression", r"{\rm d}L = \frac2N(\hat y-y)^{\rm T}(X\,{\rm d}w + {\bf 1}\,{\rm d}b)", ("2N", "1N")),
        (POLICY, r"\nabla_w l = \frac{a-m}{s^2}x, \nabla_w J = (R-b)\nabla_w l", ("s^2", "s")),
        (POOLED, r"\frac{\partial L}{\partial a_k} = (m-t)\,\mathbb 1[a_k=m]", ("=m]", "<m]")),
        (POOLED, r"\frac{dL}{dw} = (m-t)\sum_{k=1}^3[a_k=\max(a_1,a_2,a_3)]x_k", ("x_k", "a_k")),
        (LOGITS, "dL/dz1 = p1 = -(dL/dz2 + dL/dz3)", ("-(dL", "(dL")),
    ],
)
def test_derivatives_are_read(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


def test_a_matrix_that_is_called_j_is_no_loss() -> None:
    assert check_formula(SOFTMAX, "J = np.diag(p) - np.outer(p, p)").verdict == "unreadable"


def test_every_point_has_entries_on_both_sides_of_a_kink() -> None:
    problem = Problem.parse(QUANTILE)
    assert all(0 < (at.numbers["r"] > 0).mean() < 1 for at in points(problem))
    read_and_seen(QUANTILE, "dw = -X.T @ np.where(r >= 0, tau, tau - 1)", ("tau - 1", "1 - tau"))


def test_nothing_is_multiplied_inside_of_a_comparison() -> None:
    said = check_formula(POOLED, "dL/da1 = (m - t)*(a1 < m)")
    assert said.diagnoses[0].cause != "missing-factor"


WORDS = posed(
    "h = C @ V/2; s = U @ h; p = softmax(s); J = -sum(o*log(p))",
    "J", "V U", "C o", "V:n,d U:n,d C:n o:n", "C:mask o:one-hot",
)  # fmt: skip


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (SOFTMAX, r"\frac{\partial L}{\partial z_y} = p_y - 1", ("p_y - 1", "1 - p_y")),
        (SOFTMAX, r"\frac{\partial L}{\partial p_y} = -\frac{1}{p_y}", ("-", "")),
        (SOFTMAX, r"\frac{\partial p_y}{\partial z_j} = -p_yp_j \quad (j\ne y)", ("-p", "p")),
        (WORDS, r"\frac{\partial J}{\partial u_w} = (p_w-o_w)\,h", ("-o", "+o")),
        (WORDS, r"\frac{\partial J}{\partial u_w} = (p_w-\mathbb 1[w=o])\,h", ("p_w-", "")),
        (WORDS, r"\frac{\partial J}{\partial h} = -u_o + \sum_{w=1}^{n} P(w|c)\,u_w", ("-u_o", "u_o")),
        (WORDS, r"\frac{\partial J}{\partial u_o} = (p_o - 1)\,h", ("p_o - 1", "p_o")),
    ],
)
def test_the_class_of_a_sample_picks_an_entry_or_a_row(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        (r"\frac{\partial L}{\partial w_j} = \frac2N(\hat y - y)^\top x_j", ("2N", "1N")),
        (r"\frac{\partial L}{\partial w_j} = \frac2N\langle x_j, \hat y - y\rangle", ("x_j", "w_j")),
        ("dL/dw_j = mean(-2 (y - Xw - b) x_j)", ("-2", "2")),
    ],
)
def test_a_feature_is_a_column(text: str, slip: tuple[str, str]) -> None:
    read_and_seen("linear-regression", text, slip)


@pytest.mark.parametrize(
    ("row", "says"), [("x_i", "a whole row; the letter j"), ("x_j", "a whole column; the letter i")]
)
def test_a_letter_that_is_missing_is_named(row: str, says: str) -> None:
    said = check_formula(
        "linear-regression", rf"\frac{{\partial L}}{{\partial w_j}} = \frac2N\sum_i(\hat y_i-y_i){row}"
    )
    assert says in said.diagnoses[0].says


def test_a_sum_runs_over_samples_and_not_over_a_single_layer() -> None:
    said = check_formula(
        "softmax-classifier", r"\frac{\partial L}{\partial W_{2,jk}} = \frac1N\sum_n(P_{nk}-T_{nk})a_n"
    )
    assert "the letter j is missing" in said.diagnoses[0].says


def test_a_matrix_of_ones_is_read() -> None:
    counts = posed(
        "P = W @ H; D = sum(P - V*log(P))", "D", "W H", "V", "W:m,k H:k,n V:m,n", "W:positive H:positive V:positive"
    )
    read_and_seen(counts, r"\nabla_H D = W^\top\mathbf 1_{m\times n} - W^\top(V\oslash WH)", ("} - W", "} + W"))
    read_and_seen(counts, r"\nabla_W D = \mathbf 1_{m\times n}H^\top - (V/P)H^\top", ("n}H^", "n}P^"))


LAYERS = posed(
    "z1 = W1 @ x + b1; a1 = sigmoid(z1); z2 = W2 @ a1 + b2; a2 = sigmoid(z2); z3 = W3 @ a2 + b3; a3 = sigmoid(z3); "
    "C = 1/2*sum((a3 - y)^2)",
    "C", "W1 W2 W3 b1 b2 b3", "x y", "W1:h,d W2:k,h W3:c,k b1:h b2:k b3:c x:d y:c",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        (r"\delta_j^L = (a_j^L-y_j)\,\sigma'(z_j^L)", ("-y_j", "+y_j")),
        (r"\delta^L_j = (a^L_j-y_j)\,\sigma'(z^L_j)", ("a^L_j-", "a^{L-1}_j-")),
        (r"\delta_j^l = \sum_k w_{kj}^{l+1}\delta_k^{l+1}\sigma'(z_j^l)", ("_{kj}", "_{jk}")),
        (r"\frac{\partial C}{\partial w_{jk}^l} = a_k^{l-1}\delta_j^l", ("a_k^{l-1}", "a_k^l")),
        (r"\frac{\partial C}{\partial W^L} = \delta^L (a^{L-1})^T", ("L-1", "L")),
    ],
)
def test_entries_are_marked_before_and_behind_the_layer(text: str, slip: tuple[str, str]) -> None:
    read_and_seen(LAYERS, text, slip)


GROWTH = posed("y = a/(1 + exp(-b*(x - c)))", "y", "a b c", "x")
CLIPPED = posed("z = w*x; h = maximum(-1, -maximum(-1, -z)); L = 1/2*(h - t)^2", "L", "w", "x t")
SMOOTH = posed(
    "m = y*(sum(w*x) + b); L = where(m >= 1, 0, where(m <= 0, 1/2 - m, 1/2*(1 - m)^2))",
    "L", "w b", "x y", "w:D x:D",
)  # fmt: skip
GATED = posed("a = wf*x + uf*hp; f = sigmoid(a); c = f*cp + i*g; L = c^2", "L", "wf uf", "x hp cp i g")
FACTORS = posed("E = M*(R - U @ V.T); J = 1/2*sum(E^2)", "J", "U V", "R M", "U:m,k V:n,k R:m,n M:m,n", "M:mask")


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (GROWTH, r"\frac{\partial y}{\partial c} = -by\left(1-\frac ya\right)", ("-by", "by")),
        (CLIPPED, r"\frac{dL}{dw} = (h-t)\,x\,\mathbb 1[-1<z<1]", ("-1<", "0<")),
        (SMOOTH, "dL/dw = 0*x if m >= 1 else (-y*x if m <= 0 else (m - 1)*y*x)", ("-y*x if", "y*x if")),
        (GATED, r"\frac{\partial L}{\partial u_f} = \delta_f h_p,\ \delta_f = 2c\,c_p f(1-f)", ("f(1-f)", "(1-f)")),
        (FACTORS, r"\frac{\partial J}{\partial u_i} = -\sum_{j:M_{ij}=1}E_{ij}v_j", ("v_j", "u_j")),
    ],
)
def test_what_looks_like_something_else(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


KERNEL = posed(
    "y11 = k11*x11 + k12*x12 + k21*x21 + k22*x22; y12 = k11*x12 + k12*x13 + k21*x22 + k22*x23; "
    "y21 = k11*x21 + k12*x22 + k21*x31 + k22*x32; y22 = k11*x22 + k12*x23 + k21*x32 + k22*x33; "
    "L = g11*y11 + g12*y12 + g21*y21 + g22*y22",
    "L", "k11 k12 k21 k22", "x11 x12 x13 x21 x22 x23 x31 x32 x33 g11 g12 g21 g22",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        (r"\frac{\partial L}{\partial k_{12}} = \sum_{i=1}^2\sum_{j=1}^2 g_{ij}x_{i,j+1}", ("i,j+1", "i+1,j")),
        (r"\frac{\partial L}{\partial k_{12}} = \sum_{i,j} g_{ij}x_{i,j+1}", ("i,j+1", "i,j")),
        (r"\frac{\partial L}{\partial k_{mn}} = \sum_{i,j} g_{ij}x_{i+m-1,j+n-1}", ("i+m-1,j+n-1", "i+n-1,j+m-1")),
    ],
)
def test_a_convolution_is_written_with_two_numbers(text: str, slip: tuple[str, str]) -> None:
    read_and_seen(KERNEL, text, slip)
