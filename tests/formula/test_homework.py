"""Homework as it is handed in: typed fractions, squares, columns, products without a sum, names of courses."""

import pytest

from gradcheck import Problem
from gradcheck.formula import check_formula
from tests.formula.test_lectures import posed
from tests.formula.test_notation import read_and_seen

LAYER = posed(
    "z = W @ x + b; a = sigmoid(z); L = 1/2*sum((a - y)^2)", "L", "W b", "x y", "W:m,n b:m x:n y:m"
)  # fmt: skip
PENALISED = posed(
    "Z = X @ W; P = softmax(Z); L = -sum(Y*log(P))/N + lam/2*sum(W^2)",
    "L", "W", "X Y lam", "X:N,D W:D,K Y:N,K", "Y:one-hot lam:positive",
)  # fmt: skip
DENSITY = posed("f = trace(A @ X) - log(det(X))", "f", "X", "A", "A:n,n X:n,n", "X:positive-definite A:symmetric")
OPTION = posed(
    "d1 = (log(S/K) + (r + sigma^2/2)*T)/(sigma*sqrt(T)); d2 = d1 - sigma*sqrt(T); "
    "C = S*Phi(d1) - K*exp(-r*T)*Phi(d2)",
    "C", "S sigma", "K r T", "", "S:positive sigma:positive K:positive T:positive r:positive",
)  # fmt: skip
MIXTURE = posed(
    "n1 = pi1*exp(-1/2*(x - mu1)^2); n2 = pi2*exp(-1/2*(x - mu2)^2); l = log(n1 + n2)",
    "l", "mu1 mu2", "x pi1 pi2", "", "pi1:positive pi2:positive",
)  # fmt: skip
CONTROL = posed("u1 = kp*e1 + ki*e2; y2 = b*u1; e = r - y2; J = 1/2*e^2", "J", "kp ki", "e1 e2 r b")
NESTED = posed("f = exp(sin(x^2))", "f", "x", "")


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (LAYER, "z = Wx + b, a = σ(z), L = ½‖a − y‖²; dL/dW = ((a − y) ⊙ a ⊙ (1 − a)) xᵀ", (" ⊙ (1 − a)", "")),
        ("linear-regression", "∂L/∂w = 1½·4/3·(1/N) Xᵀ(ŷ − y)", ("1½", "½")),
        ("logistic-regression", "∂L/∂b = ⅓·(3/N) Σᵢ (pᵢ − yᵢ)", ("⅓", "⅔")),
    ],
)
def test_a_fraction_that_is_one_letter_is_a_number(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


@pytest.mark.parametrize(
    "text",
    [
        "dL/db = np.sum(p - y, axis=1.5)",
        "dL/db = sum(p[i] - y[i] for i in range(1, 2.5))",
        r"\frac{\partial L}{\partial b} = \sum_{i>1.5}(p_i - y_i)",
        r"\frac{\partial L}{\partial b} = \sum_{i>-1}(p_i - y_i)",
    ],
)
def test_what_counts_is_a_whole_number(text: str) -> None:
    assert check_formula("logistic-regression", text).verdict in ("unreadable", "wrong")


def test_a_number_raised_at_a_name_is_its_exponent() -> None:
    assert Problem.parse(CONTROL).sources("J") == ("e",)
    read_and_seen(CONTROL, r"J = \frac12e^2, \frac{\partial J}{\partial k_p} = -e\,b\,e_1", ("e_1", "e_2"))


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        (r"\nabla_{w_k}L = \frac1N\sum_{n=1}^N(p_{nk}-y_{nk})x_n + \lambda w_k", ("w_k$", "")),
        (r"\nabla_{w_k}L = \frac1NX^\top(p_k-y_k) + \lambda w_k", ("p_k-", "p_k+")),
        (r"p_{nk} = \frac{e^{w_k^\top x_n}}{\sum_c e^{w_c^\top x_n}}", ("_k^", "_c^")),
        (r"p_{nk} = \frac{\exp(w_k^\top x_n)}{\sum_{c=1}^K\exp(w_c^\top x_n)}", ("_k^", "_c^")),
    ],
)
def test_the_weights_of_a_class_are_a_column(text: str, slip: tuple[str, str]) -> None:
    assert check_formula(PENALISED, text).verdict == "correct"
    assert check_formula(PENALISED, text.replace(r"\lambda w_k", "2w_k").replace(*slip)).verdict == "wrong"


def test_a_letter_is_named_where_a_column_is_meant() -> None:
    said = check_formula(PENALISED, r"\nabla_{w_k}L = \frac1N\sum_{n=1}^N(p_{nk}-y_{nk})x_k + \lambda w_k")
    assert said.diagnoses[0].mistake == "wrong-letter"


def test_a_letter_that_stands_once_in_every_term_is_not_summed_over() -> None:
    assert (
        check_formula("softmax-classifier", r"\frac{\partial L}{\partial b_2} = \frac1N(P_i - T_i)").verdict == "wrong"
    )
    said = check_formula("softmax-classifier", r"\frac{\partial L}{\partial W_2} = \frac1NA_{1,i}(P_i - T_i)^\top")
    assert said.verdict == "correct"
    assert "No sum is written" in said.right[0]


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (DENSITY, r"\nabla_X\log\det X = X^{-\top}", (r"X^{-\top}", "X")),
        (DENSITY, r"\nabla_X\log|X| = X^{-1}", ("X^{-1}", "X^{-2}")),
        (DENSITY, r"\nabla_X\operatorname{tr}(X^{-1}A) = -X^{-1}AX^{-1}", ("-X", "X")),
        (OPTION, r"\Delta = \frac{\partial C}{\partial S} = N(d_1)", ("d_1", "d_2")),
        (OPTION, "dC/dsigma = S sqrt(T) N'(d_1)", ("N'", "N")),
        (OPTION, "dC/dsigma = S sqrt(T) n(d_1)", ("d_1", "d_2")),
        (MIXTURE, r"\frac{\partial l}{\partial\mu_k} = r_k(x-\mu_k),\ r_k = \frac{\pi_ke^{-\frac12(x-\mu_k)^2}}"
         r"{\sum_{j=1}^2\pi_je^{-\frac12(x-\mu_j)^2}}", (r"{\pi_ke", "{e")),
        (NESTED, r"\frac{df}{dx} = \frac{df}{du}\frac{du}{dv}\frac{dv}{dx} = e^u\cos v\cdot2x,\ u=\sin v,\ v=x^2",
         (r"\cdot2x", "")),
    ],
)  # fmt: skip
def test_what_courses_write(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


SPREAD = posed("K = 1/2*sum(mu^2 + s^2 - 1 - log(s^2))", "K", "mu s", "", "mu:d s:d", "s:positive")
QUOTIENT = posed("f = (x^2 - 1)/(x^2 + 1)", "f", "x", "")
PRODUCT = posed("f = (a*x^2 + b)*exp(-x)", "f", "x", "a b")
SQUARES = posed("J = 1/2*sum((X @ theta - y)^2)", "J", "theta", "X y", "X:m,n theta:n y:m")
LINE = posed("E = 1/n*sum((y - (m*x + b))^2)", "E", "m b", "x y", "x:n y:n")
STEPS = posed("p1 = a*y0 + b*u0; p2 = a*p1 + b*u1; J = 1/2*((p1 - y1)^2 + (p2 - y2)^2)", "J", "a b", "y0 u0 u1 y1 y2")
MODEL = r"\frac{\partial J}{\partial\theta_j} = \sum_i(h_\theta(x^{(i)})-y^{(i)})x_j^{(i)}, h_\theta(x) = \theta^\top x"
EXPANDED = (
    r"\nabla_\theta J = \nabla_\theta\frac12(X\theta-y)^\top(X\theta-y)"
    r" = \frac12\nabla_\theta\left((X\theta)^\top X\theta - 2y^\top X\theta + y^\top y\right)"
    r" = X^\top X\theta - X^\top y"
)
SENSITIVE = (
    r"\frac{\partial J}{\partial a} = (p_1-y_1)\frac{\partial p_1}{\partial a}"
    r" + (p_2-y_2)\frac{\partial p_2}{\partial a}"
    r", \frac{\partial p_1}{\partial a} = y_0, \frac{\partial p_2}{\partial a} = p_1 + a\frac{\partial p_1}{\partial a}"
)


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        (r"\frac{\partial K}{\partial s_j^2} = \frac12\left(1-\frac1{s_j^2}\right)", (r"1{s_j^2}", r"1{s_j}")),
        (r"\frac{\partial K}{\partial s^2} = \frac12\left(1-\frac1{s^2}\right)", (r"\frac12", "")),
        (r"\frac{\partial K}{\partial\log s_j} = s_j^2 - 1", ("s_j^2", "s_j")),
    ],
)
def test_a_derivative_by_what_one_entry_alone_makes_up_is_read(text: str, slip: tuple[str, str]) -> None:
    read_and_seen(SPREAD, text, slip)


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (QUOTIENT, "u = x^2-1, v = x^2+1, f' = (u'v - uv')/v^2 = 4x/(x^2+1)^2", ("- uv'", "+ uv'")),
        (QUOTIENT, r"f'(x) = \frac{(x^2-1)'(x^2+1) - (x^2-1)(x^2+1)'}{(x^2+1)^2}", ("- (x", "+ (x")),
        (PRODUCT, r"u = ax^2+b, v = e^{-x}, u' = 2ax, v' = -e^{-x}, f' = u'v + uv'", ("2ax", "2a")),
        (PRODUCT, "f' = (ax^2+b)'e^(-x) + (ax^2+b)(e^(-x))'", (" + ", " - ")),
    ],
)
def test_a_prime_behind_a_number_is_its_derivative(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (SQUARES, EXPANDED, (r"2y^\top", r"y^\top")),
        (SQUARES, r"\nabla_\theta J = \frac12\nabla_\theta\theta^\top X^\top X\theta - \nabla_\theta y^\top X\theta",
         (r"\frac12", "")),
        (SQUARES, MODEL, ("x_j^{(i)}", "x_i^{(j)}")),
        (LINE, "dE/dm = -2/n * sum(x_i*(y_i - (m*x_i + b)))", ("sum(x_i*", "sum(")),
        (STEPS, SENSITIVE, (r" + a\frac{\partial p_1}{\partial a}", "")),
        (STEPS, SENSITIVE, ("(p_1-y_1)", "(y_1-p_1)")),
    ],
)  # fmt: skip
def test_steps_of_courses_are_read(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


def test_a_slip_is_told_by_what_the_text_says_of_its_derivatives() -> None:
    assert check_formula(STEPS, SENSITIVE.replace("(p_1-y_1)", "(y_1-p_1)")).cause == "wrong-sign"


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        (r"\frac{\partial L}{\partial z_k} = p_k - \mathbb 1\{y=k\}", ("p_k -", "p_k +")),
        (r"dL/dz_k = \begin{cases} p_k - 1 & \text{if } y = k \\ p_k & \text{otherwise}\end{cases}", ("- 1", "+ 1")),
    ],
)
def test_the_class_may_stand_before_the_letter(text: str, slip: tuple[str, str]) -> None:
    read_and_seen("softmax-cross-entropy", text, slip)
    rows = r"\frac{\partial L}{\partial W_{jk}} = \frac1N\sum_ix_{ij}(p_{ik} - \mathbf 1_{y_i=k}) + \lambda W_{jk}"
    read_and_seen(PENALISED, rows, (r"\frac1N", ""))


COLUMNS = posed(
    "Z1 = W1 @ X + b1[:, None]; A1 = tanh(Z1); Z2 = W2 @ A1 + b2[:, None]; A2 = sigmoid(Z2); "
    "J = -sum(Y*log(A2) + (1 - Y)*log(1 - A2))/m",
    "J", "W1 b1 W2 b2", "X Y", "X:n,m W1:h,n b1:h W2:k,h b2:k Y:k,m", "Y:mask",
)  # fmt: skip
FILTER = posed(
    "J = trace(P - K @ H @ P - P @ H.T @ K.T + K @ (H @ P @ H.T + R) @ K.T)",
    "J", "K", "P H R", "P:n,n K:n,m H:m,n R:m,m", "P:symmetric R:symmetric",
)  # fmt: skip
UNITS = posed(
    "h1 = sigmoid(w11*x1 + w12*x2); h2 = sigmoid(w21*x1 + w22*x2); o = v1*h1 + v2*h2; E = 1/2*(o - t)^2",
    "E", "w11 w12 w21 w22 v1 v2", "x1 x2 t",
)  # fmt: skip
SCORE = posed(
    "p = 1/(1 + exp(-(b0 + b1*x))); l = sum(y*log(p) + (1 - y)*log(1 - p))", "l", "b0 b1", "x y", "x:n y:n", "y:mask"
)
CHARGE = posed("v = V0*(1 - exp(-t/(R*C)))", "v", "t", "V0 R C", "", "R:positive C:positive t:positive")
SLIDES = r"dZ^{[2]} = A^{[2]} - Y,\quad dW^{[2]} = \frac1m dZ^{[2]}A^{[1]T}"


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (COLUMNS, SLIDES, (r"\frac1m ", "")),
        (COLUMNS, SLIDES + r",\quad db^{[2]} = \frac1m\sum_{i=1}^mdZ^{[2](i)}", ("db^{[2]} = ", "db^{[2]} = -")),
        (FILTER, r"\frac{\partial J}{\partial K} = 2KS - 2PH^\top,\quad S = HPH^\top + R", ("+ R", "- R")),
        (UNITS, r"\Delta v_j = -\eta\frac{\partial E}{\partial v_j} = -\eta(o-t)h_j", ("-\\eta(", "\\eta(")),
        (SCORE, r"U(\beta) = \frac{\partial l}{\partial b_1} = \sum_ix_i(y_i-p_i)", ("x_i(", "(")),
        (CHARGE, r"i(t) = C\frac{dv}{dt} = \frac{V_0}Re^{-t/RC}", ("}R", "}C")),
    ],
)
def test_lines_that_others_use_or_that_have_a_label_are_read(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


def test_a_name_behind_its_use_may_itself_be_made_from_others() -> None:
    text = "dJ/dK = 2KS - 2PH^T, G = HP, S = GH^T + R"
    read_and_seen(FILTER, text, ("G = HP", "G = PH^T"))


NOISE = posed("z = mu + exp(rho)*e; L = 1/2*sum((z - t)^2)", "L", "mu rho", "e t", "mu:d rho:d e:d t:d") + (
    '\n[names]\ns = "rho"\nepsilon = "e"'
)
BINARY = posed(
    "z = X @ w; l = sum(y*log(Phi(z)) + (1 - y)*log(1 - Phi(z)))", "l", "w", "X y", "X:n,d w:d y:n", "y:mask"
)
SANDWICH = posed("f = trace(A @ X @ B @ X.T)", "f", "X", "A B", "X:n,m A:n,n B:m,m")
INVERSE = posed("f = trace(inv(A))", "f", "A", "", "A:n,n", "A:positive-definite")
FIFTH = posed("f = (3*x^2 + 1)^5", "f", "x", "")


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (NOISE, r"\frac{\partial L}{\partial s} = (z-t)\odot\epsilon\odot e^s", (r"\odot e^s", "")),
        (BINARY, r"\frac{\partial l}{\partial w} = \sum_i\frac{y_i-\Phi_i}{\Phi_i(1-\Phi_i)}\phi_ix_i,"
         r" \Phi_i = \Phi(x_i^\top w), \phi_i = \phi(x_i^\top w)", (r"\phi_ix_i", "x_i")),
        (SANDWICH, r"\frac{\partial f}{\partial X_{pq}} = \sum_{i,j}A_{ip}X_{ij}B_{qj} + \sum_{i,j}A_{pi}X_{ij}B_{jq}",
         ("A_{ip}", "A_{pi}")),
        (INVERSE, r"\frac{\partial f}{\partial A} = -(A^{-2})^\top", ("-(A^{-2})", "-(A^{-1})")),
        (INVERSE, r"\frac{\partial f}{\partial A} = -((A^2)^{-1})^\top", ("A^2", "A^3")),
        (FIFTH, r"\text{Let } u = 3x^2+1.\ \frac{df}{dx} = \frac{df}{du}\cdot\frac{du}{dx} = 5u^4\cdot6x",
         (r"\cdot6x", r"\cdot3x")),
        (FIFTH, "Let u = 3x^2 + 1. Then df/dx = 5u^4 6x", ("6x", "3x")),
    ],
)  # fmt: skip
def test_letters_and_numbers_are_what_they_are_beside_others(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


SPARSE = posed("L = 1/(2*n)*sum((X @ w - y)^2) + lam*sum(abs(w))", "L", "w", "X y lam", "X:n,d w:d y:n", "lam:positive")
PLAN = posed(
    "z = F @ x + G @ u; J = z @ Q @ z + u @ R @ u", "J", "u", "x F G Q R", "u:m x:n F:p,n G:p,m Q:p,p R:m,m",
    "Q:symmetric R:symmetric",
)  # fmt: skip


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (SPARSE, r"L = \frac1{2n}\|Xw-y\|_2^2 + \lambda\|w\|_1", ("w\\|_1", "w\\|_2")),
        (SPARSE, "L = 1/(2n) ‖Xw − y‖²₂ + λ |w|₁", ("|w|₁", "|w|₂")),
        (SPARSE, r"\nabla L = \frac1nX^\top(Xw-y) + \lambda\frac w{|w|}", (r"\lambda", "")),
        (PLAN, r"J = \|Fx+Gu\|_Q^2 + \|u\|_R^2, \nabla_uJ = 2G^\top Q(Fx+Gu) + 2Ru", ("_Q^2", "_2^2")),
        (PLAN, r"J = \|Fx+Gu\|^2_{Q} + \|u\|^2_{R}", ("_{R}", "_{2}")),
    ],
)
def test_a_norm_is_the_one_of_its_subscript(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


def test_a_norm_that_is_none_of_these_is_not_taken_for_one() -> None:
    said = check_formula(SPARSE, r"\nabla L = \frac w{\|w\|_n}")
    assert (said.verdict, said.diagnoses[0].says) == ("unreadable", "this norm is not read.")


MARGIN = posed("L = 1/2*sum(w^2) + C*sum(maximum(0, 1 - y*(X @ w)))", "L", "w", "X y C", "X:n,d w:d y:n", "C:positive")
LEAKY = posed("z = w*x; a = where(z > 0, z, 1/10*z); L = 1/2*(a - t)^2", "L", "w", "x t")
VARIANCES = posed(
    "l = sum(-1/2*log(v) - (x - mu)^2/(2*v))", "l", "mu v", "x", "x:n mu:n v:n", "v:positive"
) + '\n[names]\n"sigma^2" = "v"'  # fmt: skip
GRAPH = posed("E = 1/4*sum(W*(x[:, None] - x)^2)", "E", "x", "W", "x:n W:n,n", "W:symmetric")
RECURRENT = posed("h1 = w*h0 + x1; h2 = w*h1 + x2; h3 = w*h2 + x3; L = 1/2*h3^2", "L", "w", "x1 x2 x3 h0")
CHOSEN = r"\sigma'(z) = 1 \text{ if } z>0 \text{ else } 0.1;\ \frac{dL}{dw} = (a-t)\sigma'(z)x"
SLOPES = r"g'(z) = \begin{cases}1 & z>0\\ 0.1 & z\le0\end{cases},\quad \frac{dL}{dw} = (a-t)\,g'(z)\,x"


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (MARGIN, r"\nabla L = w - C\sum_{y_i(w^\top x_i)<1}y_ix_i", ("<1", ">1")),
        (LEAKY, r"\frac{dL}{dw} = (a-t)\,a'(z)\,x,\ a'(z) = 1[z>0] + 0.1[z\le0]", ("0.1", "0.2")),
        (LEAKY, SLOPES, ("0.1", "1")),
        (LEAKY, CHOSEN, ("0.1", "0.2")),
        (VARIANCES, r"\frac{\partial l}{\partial\sigma_i^2} = -\frac1{2\sigma_i^2} + \frac{(x_i-\mu_i)^2}{2\sigma_i^4}",
         ("_i^4", "_i^2")),
        (GRAPH, r"\nabla E = Mx,\ M = D - W,\ D_{ii} = \sum_jW_{ij}", ("D - W", "D + W")),
        (GRAPH, r"\frac{\partial E}{\partial x_i} = \sum_j(D_{ij}-W_{ij})x_j,\ D_{ii} = \sum_jW_{ij}", ("-W", "+W")),
        (RECURRENT, r"\frac{\partial L}{\partial w} = h_3\sum_{k=0}^2w^{2-k}h_k", ("w^{2-k}", "w^k")),
        (RECURRENT, r"\frac{\partial h_3}{\partial h_k} = \prod_{t=k+1}^3\frac{dh_t}{dh_{t-1}} = w^{3-k}",
         ("{3-k}", "{2-k}")),
        (RECURRENT, r"\frac{dL}{dw} = h_3\frac{dh_3}{dw},\ \frac{dh_t}{dw} = h_{t-1} + w\frac{dh_{t-1}}{dw}",
         ("+ w", "- w")),
    ],
)  # fmt: skip
def test_what_runs_what_is_primed_and_what_is_diagonal(problem: str, text: str, slip: tuple[str, str]) -> None:
    read_and_seen(problem, text, slip)


def test_a_running_letter_with_a_mark_is_no_number() -> None:
    steps = posed("o1 = v*h1; o2 = v*h2; L = 1/2*(o1 - t1)^2 + 1/2*(o2 - t2)^2", "L", "v", "h1 h2 t1 t2")
    read_and_seen(steps, r"\frac{\partial L}{\partial v} = \sum_t(o_t-t_t)h_t", ("h_t", "h_{t-1}"))


WAVES = posed("y = sin(2*x)*cos(3*x)", "y", "x", "")
NORMAL = posed("l = -1/2*log(2*pi*s^2) - (x - m)^2/(2*s^2)", "l", "s m", "x", "", "s:positive")


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (WAVES, r"y' = 2\cos 2x\cos 3x - 3\sin 2x\sin 3x", ("3\\sin 2x", "\\sin 2x")),
        (WAVES, "dy/dx = 2 cos 2x cos 3x - 3 sin 2x sin 3x", ("- 3", "+ 3")),
        (NORMAL, r"l = -\frac12\ln 2\pi s^2 - \frac{(x-m)^2}{2s^2}", ("2\\pi s^2 ", "2\\pi s ")),
    ],
)
def test_a_number_behind_a_function_keeps_the_names_that_follow_it(
    problem: str, text: str, slip: tuple[str, str]
) -> None:
    read_and_seen(problem, text, slip)


def test_a_root_is_one_of_the_sign_behind_it_alone() -> None:
    decay = posed("k = (1 + 3^(1/2)*r)*exp(-3^(1/2)*r)", "k", "r", "", kinds="r:positive")
    read_and_seen(decay, r"\frac{dk}{dr} = -3re^{-\sqrt3r}", ("-3r", "-3"))
