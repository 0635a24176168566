"""What a wrong formula is told: the slip by its name, and what would be right."""

import pytest

from gradcheck.formula import check_formula
from tests.formula.test_lectures import posed
from tests.formula.test_papers import BATCH

SHARES = posed("p = softmax(z); L = -sum(t*log(p))", "L", "z", "t", "z:C t:C", "t:one-hot")
PENDULUM = posed("V = -m*g*l*cos(theta)", "V", "theta", "m l g")
POTENTIAL = posed("V = 4*c*((s/r)^12 - (s/r)^6)", "V", "r", "c s", kinds="r:positive s:positive")
PRODUCTION = posed("Y = A*(a*K^p + (1 - a)*N^p)^(1/p)", "Y", "K N", "A a p",
                   kinds="A:positive K:positive N:positive p:positive")  # fmt: skip
POWERS = posed("y = x^n + a^x", "y", "x n", "a", kinds="x:positive a:positive n:positive")
PLANCK = posed("B = x^3/(exp(x) - 1)", "B", "x", "", kinds="x:positive")
LOG_SUM = posed("f = log(sum(exp(z)))", "f", "z", "", "z:n")
SMOOTHED = posed(
    "p = softmax(z); q = (1 - e)*t + e/C; L = -sum(q*log(p))", "L", "z", "t e", "z:C t:C", "t:one-hot e:positive"
)
QUERY = posed("s = K @ q; a = softmax(s); o = a @ V; L = sum(o^2)", "L", "q K V", "", "q:d K:T,d V:T,r")
HUBER = posed(
    "r = y - w*x; L = where(abs(r) <= delta, 1/2*r^2, delta*(abs(r) - delta/2))", "L", "w", "x y delta",
    kinds="delta:positive",
)  # fmt: skip
RIDGE = posed("J = 1/2*sum((X @ w - y)^2) + lam/2*sum(w^2)", "J", "w", "X y lam", "X:n,d w:d y:n", "lam:positive")
LASSO = posed("J = sum((X @ w - y)^2) + lam*sum(abs(w))", "J", "w", "X y lam", "X:n,d w:d y:n", "lam:positive")
CLASSIFIER = posed("Z = X @ W; P = softmax(Z); L = -sum(Y*log(P))", "L", "W", "X Y", "X:N,D W:D,K Y:N,K", "Y:one-hot")
NORMALISED = posed("m = mean(x); s = sqrt(mean((x - m)^2) + 1); h = (x - m)/s; L = sum(g*h)", "L", "x", "g", "x:d g:d")
FACTORS = posed(
    "E = U @ V.T - R; J = 1/2*sum(E^2) + lam/2*(sum(U^2) + sum(V^2))",
    "J", "U V", "R lam", "U:m,k V:n,k R:m,n", "lam:positive",
)  # fmt: skip
CONTROLLED = posed(
    "z = A @ x + B @ u; J = 1/2*z @ Q @ z + 1/2*u @ R @ u", "J", "u", "x A B Q R",
    "u:m x:n A:n,n B:n,m Q:n,n R:m,m", "Q:symmetric R:symmetric",
)  # fmt: skip
GAS = posed("P = n*R*T/(V - n*b) - a*n^2/V^2", "P", "V T", "n R a b", kinds="V:positive T:positive")
DIODE = posed("I = c*(exp(V/(n*u)) - 1)", "I", "V", "c n u", kinds="n:positive u:positive c:positive")
WAVE = posed("f = sin(x^2)/(x + a)", "f", "x", "a", kinds="x:positive a:positive")
PICKED = posed("y1 = w[0]*x[0] + w[1]*x[1]; y2 = w[0]*x[1] + w[1]*x[2]; L = g[0]*y1 + g[1]*y2", "L", "w", "x g",
               "w:2 x:3 g:2")  # fmt: skip
NETWORK = posed(
    "z = W1 @ x; h = relu(z); s = W2 @ h; L = 1/2*sum((s - y)^2)", "L", "W1 W2", "x y", "W1:h,d W2:k,h x:d y:k"
)
FORM = posed("f = sum(x*(A @ x)) + sum(b*x)", "f", "x", "A b", "x:n A:n,n b:n")


@pytest.mark.parametrize(
    ("toml", "formula", "mistake", "says"),
    [
        (SHARES, r"\frac{\partial p_i}{\partial z_j} = p_i(1-p_i)", "diagonal-only", "every entry of z moves"),
        (PENDULUM, "dV/dtheta = m g l cos(theta)", "function-for-its-slope", "It is sin(theta) that belongs here"),
        (POTENTIAL, "dV/dr = 4c(-12 s^12/r^11 + 6 s^6/r^7)", "", "it should be 13"),
        (PRODUCTION, "dY/dK = A a K^(p-1) (a K^p + (1-a) N^p)^(1/p)", "power-not-lowered", "go down by one"),
        (PRODUCTION, "dY/dK = A a K^p (a K^p + (1-a) N^p)^(1/p - 1)", "power-not-lowered", "go down by one"),
        (POWERS, "dy/dx = n x^(n-1) + x a^(x-1)", "power-rule-for-an-exponential", "it is the exponent that moves"),
        (POWERS, "dy/dx = n x^(n-1) + a^x", "logarithm-missing", "the logarithm is missing"),
        (POWERS, "dy/dx = n x^(n-1) + a^x/log(a)", "", ""),
        (PLANCK, "dB/dx = (3x^2(e^x-1) - x^4 e^(x-1))/(e^x-1)^2", "power-rule-for-an-exponential",
         "the exponent moves"),
        (LOG_SUM, r"\frac{\partial f}{\partial z_i} = \frac{e^{z_i}}{\sum_j z_j}", "function-left-out",
         "exp is missing"),
        (SMOOTHED, "dL/dz_i = p_i - t_i - e/C", "", "The factor 1 - e is missing."),
        (SMOOTHED, "dL/dz_i = p_i - (1 - e) t_i", "", "It is q_{i} that belongs here"),
        (QUERY, r"\frac{\partial a_i}{\partial s_j} = a_i(1 - a_j)", "diagonal-only", "right where i = j alone"),
        (HUBER, "dL/dr = max(0, min(delta, r))", "", "It is -delta that belongs here, not 0."),
        (FORM, r"\nabla f = (A + A^\top)x", "route-forgotten", "what it does in sum(b*x) is missing"),
        (RIDGE, r"\frac{\partial J}{\partial w_k} = \sum_i(\sum_jX_{ij}w_j - y_i)X_{ik} + lam", "",
         "The factor w_{k} is missing"),
        (LASSO, "dJ/dw = 2X^T(Xw - y) + lam w", "function-left-out", "sign is missing here"),
        (CLASSIFIER, r"\frac{\partial L}{\partial W_{jk}} = \sum_iX_{ij}\frac{e^{Z_{ik}}}{\sum_ce^{Z_{ic}}}",
         "term-left-out", "The term Y_{ik} is missing"),
        (NORMALISED, r"\frac{\partial h_i}{\partial x_j} = \frac1s(\delta_{ij} - \frac{h_ih_j}{d})", "term-left-out",
         "The term 1/d is missing"),
        (NORMALISED, r"\frac{\partial h_i}{\partial x_j} = \frac1s(\delta_{ij} - \frac1d - \frac{h_i^2}{d})",
         "wrong-letter", "It is h_{i}*h_{j} that belongs here"),
        (NORMALISED, r"\frac{\partial h_i}{\partial x_j} = \frac1s(1 - \frac1d - \frac{h_ih_j}{d})", "diagonal-only",
         "right where i = j alone"),
        (FACTORS, r"dJ/dU = (UV^\top - R)V", "route-forgotten", "by lam/2*(sum(U^2) + sum(V^2))"),
        (CONTROLLED, r"\nabla_uJ = (R + B^\top QB)u + B^\top Ax", "", "The factor Q is missing"),
        (GAS, "dP/dT = n R/V", "term-left-out", "The term n*b is missing"),
        (DIODE, "dI/dV = c e^{V/(n u)}", "", "The division by n*u is missing"),
        (WAVE, "df/dx = cos(x^2)/(x + a) - sin(x^2)/(x + a)^2", "outer-derivative-missing",
         "The derivative of x^2 is missing: 2*x."),
        (PICKED, "dL/dw[1] = g[0]*x[1] + g[1]*x[0]", "", "it should be 2"),
        (NETWORK, r"dL/dW1 = (W2^T(s - y) ⊙ (z > 0))h^T", "", "It is x that belongs here, not h"),
        (FORM, r"\frac{\partial f}{\partial x_k} = \sum_jA_{kj}x_j + \sum_iA_{ik}x_i + b", "wrong-letter",
         "the letter k is missing"),
        (BATCH, r"dX = gamma/sqrt(var + eps) (dY - 1/N sum(dY, axis=0))", "", ""),
    ],
)  # fmt: skip
def test_slips_are_called_by_their_names(toml: str, formula: str, mistake: str, says: str) -> None:
    judged = check_formula(toml, formula)
    assert judged.verdict == "wrong"
    assert judged.diagnoses[0].mistake == mistake or not mistake
    assert says in judged.diagnoses[0].says, str(judged)
    assert judged.diagnoses[0].mistake != "unknown"


def test_a_matrix_that_is_missing_is_named_where_shapes_do_not_fit() -> None:
    said = check_formula(CONTROLLED, r"\nabla_uJ = Q(Ax + Bu) + Ru")
    assert [slip.says for slip in said.diagnoses][1:] == ["The factor B.T is missing."]


def test_nobody_is_told_that_what_is_asked_for_belongs_there() -> None:
    judged = check_formula("attention-head", "dK = dS @ Q")
    assert judged.diagnoses[0].cause == "missing-transpose", str(judged)


def test_a_sign_is_told_as_that_and_not_as_one_in_the_argument_of_an_odd_function() -> None:
    waves = posed("y = J0(k*x)", "y", "k", "x", kinds="x:positive k:positive")
    slip = check_formula(waves, "dy/dk = x J_1(k x)").diagnoses[0]
    assert (slip.mistake, slip.repair) == ("overall-sign", "multiply by -1")


@pytest.mark.parametrize("text", ["xsin(a x)", "x\\sin(ax)", "xsin(ax)"])
def test_a_function_may_stand_right_behind_a_name(text: str) -> None:
    toml = posed("y = -cos(a*x)", "y", "a", "x")
    assert check_formula(toml, f"dy/da = {text}").verdict == "correct"


def test_a_name_before_a_sine_is_no_arc_of_it() -> None:
    toml = posed("y = -cos(a*x)", "y", "x", "a")
    assert check_formula(toml, "dy/dx = asin(ax)").verdict == "correct"
    assert check_formula(posed("y = arcsin(a*x/3)", "y", "x", "a"), "y = asin(ax/3)").verdict == "correct"
