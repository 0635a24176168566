"""Conventions that differ from book to book: layouts, repeated letters, letters that run, signs that are not read."""

import pytest

from gradcheck.formula import check_formula
from gradcheck.formula.text.ranges import without_ranges
from tests.formula.test_lectures import posed
from tests.formula.test_notation import read_and_seen

LINEAR = posed("y = W @ x + b; e = y - t; L = 1/2*sum(e^2)", "L", "W b", "x t", "W:m,n b:m x:n t:m")
HIDDEN = posed(
    "a = W1 @ x; z = tanh(a); y = W2 @ z; E = 1/2*sum((y - t)^2)", "E", "W1 W2", "x t", "x:D W1:M,D W2:K,M t:K"
)
BILINEAR = posed("f = sum(x*(A @ y))", "f", "x y", "A", "x:m y:n A:m,n")
POLAR = posed("x = r*cos(theta); y = r*sin(theta); f = x^2*y", "f", "r theta", "")
CLOUD = posed("S = sum((y - a - b*x)^2)", "S", "a b", "x y", "x:n y:n")


@pytest.mark.parametrize(
    ("toml", "formula", "right", "wrong"),
    [
        (BILINEAR, r"\frac{\partial f}{\partial x_i} = A_{ij}y_j", "A_{ij}", "A_{ji}"),
        (BILINEAR, r"df = dx_iA_{ij}y_j + x_iA_{ij}dy_j", "+ x_i", "- x_i"),
        (LINEAR, "dL/dx_i = W_ji (W_jk x_k + b_j - t_j)", "W_jk", "W_kj"),
        (LINEAR, r"\frac{\partial L}{\partial x_i} = (y_j-t_j)\frac{\partial y_j}{\partial x_i}", "y_j-t_j", "t_j-y_j"),
        (BILINEAR, r"\frac{\partial f}{\partial A} = x\otimes y", r"x\otimes y", r"y\otimes x"),
        (LINEAR, "dL/dW = e ⊗ x", "e ⊗", "y ⊗"),
        (LINEAR, r"\frac{\partial L}{\partial W_{oi}} = e_ox_i", "x_i", "x_o"),
        (LINEAR, "dL/dx_g = sum_f e_f W_fg", "W_fg", "W_gf"),
        (LINEAR, r"\frac{\partial y}{\partial x^T} = W", "W", "2W"),
        (LINEAR, r"\frac{\partial y^\top}{\partial x} = W^\top", "= W", "= -W"),
        (LINEAR, r"\frac{\partial y}{\partial x} = W^\top", "= W", "= -W"),
        (HIDDEN, r"\frac{\partial z}{\partial x} = W_1^\top\operatorname{diag}(1-z^2)", "z^2", "z"),
        (LINEAR, r"J = \frac{\partial y}{\partial x} = W", "= W", "= W + W"),
        (POLAR, r"f_\theta = f_x x_\theta + f_y y_\theta", r"y_\theta", "y_r"),
        (POLAR, r"\frac{\partial f}{\partial\theta} = -2xyr\sin\theta + x^2r\cos\theta", "-2", "2"),
        (LINEAR, r"\frac{\partial L}{\partial b_i} = e_i, \quad i = 1,\dots,m", "= e_i", "= -e_i"),
        (LINEAR, "dL/dW_ij = e_i x_j, i = 1, ..., m, j = 1, ..., n", "= e_i", "= y_i"),
        (LINEAR, r"\forall i: \frac{\partial L}{\partial b_i} = e_i", "= e_i", "= t_i"),
        (CLOUD, r"\partial S/\partial b = -2\sum x_iy_i + 2a\sum x_i + 2b\sum x_i^2", r"\sum x_i^2", r"(\sum x_i)^2"),
        (posed("w = u*exp(v)", "w", "u v", ""), r"\frac{\partial w}{\partial v} = ue^v", "ue^v", "ve^v"),
    ],
)
def test_formulas_are_read_by_the_convention_that_they_follow(toml: str, formula: str, right: str, wrong: str) -> None:
    read_and_seen(toml, formula, (right, wrong))


@pytest.mark.parametrize(
    ("toml", "formula", "says"),
    [
        (HIDDEN, r"\frac{\partial z}{\partial x} = W_1^\top\operatorname{diag}(1-z)", "The slope at z is 1 - z^2"),
        (HIDDEN, r"\delta = y-t,\ \nabla_{W_1}E = \delta x^\top", "It is dE/da that belongs here"),
        (POLAR, r"\frac{\partial f}{\partial r} = 2xy\cos\theta - x^2\sin\theta", "The sign in front of"),
        (POLAR, r"\frac{\partial f}{\partial\theta} = 2xyr\sin\theta + x^2r\cos\theta", "The sign in front of 2"),
        (CLOUD, "dS/da = -2*sum(y - a) + 2*b*sum(x)^2", ""),
        (BILINEAR, "df/dx_i = A_ji y_j", "The letters of A_{ji} have to change places."),
    ],
)
def test_slips_are_explained_in_the_convention_that_was_followed(toml: str, formula: str, says: str) -> None:
    judged = check_formula(toml, formula)
    assert judged.verdict == "wrong"
    assert says in judged.diagnoses[0].says


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        (r"\frac{\partial L}{\partial x_i} = W_{1i}e_1 + \cdots + W_{mi}e_m", "dots"),
        ("dL/dx_i = W_1i e_1 + ... + W_mi e_m", "dots"),
        (r"\frac{dL}{db} = \int_0^1 e\,ds", "integral"),
        (r"\lim_{h\to0}\frac{L(b+h)-L(b)}{h} = e", "limit"),
        (r"\nabla_b L = \begin{pmatrix} e_1\\ e_2\end{pmatrix}^\top W", "matrix that is written out"),
        (r"\nabla_W L = W \otimes x", "Kronecker"),
    ],
)
def test_what_is_not_read_is_called_by_its_name(formula: str, says: str) -> None:
    judged = check_formula(LINEAR, formula)
    assert judged.verdict == "unreadable"
    assert says in judged.diagnoses[0].says
    assert judged.diagnoses[0].repair


@pytest.mark.parametrize("text", ["sum(x for x in y)", r"\sum_{i=1}^n x_i, i = 2", "a_i x_j", "for k in range(K): x"])
def test_what_is_no_range_of_a_letter_stays(text: str) -> None:
    assert without_ranges(text) == text


def test_who_writes_some_sums_leaves_none_out() -> None:
    softmax = posed("p = softmax(z); L = -sum(y*log(p))", "L", "z", "y", "z:K y:K", "y:one-hot")
    right = r"\frac{\partial L}{\partial z_j} = \sum_k\frac{\partial L}{\partial p_k}\frac{\partial p_k}{\partial z_j}"
    read_and_seen(softmax, right, (r"\sum_k", r"\sum_i"))
    assert check_formula(softmax, right.replace(r"\sum_k", "")).verdict == "correct"


LEVEL = posed("z = x^2*y + y^3", "z", "x y", "")
OUTPUT = posed("Y = A*K^a*N^(1 - a)", "Y", "A K N a", "", kinds="A:positive K:positive N:positive a:positive")


@pytest.mark.parametrize(
    ("toml", "formula", "right", "wrong"),
    [
        (LEVEL, r"\frac{dy}{dx} = -\frac{2xy}{x^2+3y^2}", "-", ""),
        (LEVEL, r"\left(\frac{\partial z}{\partial x}\right)_y = 2xy", "2xy", "xy"),
        (OUTPUT, r"\varepsilon_K = \frac{\partial Y}{\partial K}\frac KY = a", "= a", "= 1 - a"),
        (OUTPUT, r"\frac{\partial Y/\partial K}{\partial Y/\partial N} = \frac{aN}{(1-a)K}", "aN", "aK"),
        (OUTPUT, r"\frac{dN}{dK} = -\frac{aN}{(1-a)K}", "-", ""),
    ],
)
def test_implicit_derivatives_elasticities_and_ratios_are_judged(
    toml: str, formula: str, right: str, wrong: str
) -> None:
    read_and_seen(toml, formula, (right, wrong))


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("z_xx = 2y", "second derivative"),
        (r"z_{xy} = 2x", "second derivative"),
        ("z''(x) = 2y", "second derivative"),
        (r"\frac{\partial z}{\partial x}\bigg|_{x=1} = 2y", "at one point"),
    ],
)
def test_second_derivatives_and_those_at_one_point_are_not_called_wrong(formula: str, says: str) -> None:
    judged = check_formula(LEVEL, formula)
    assert judged.verdict == "unreadable"
    assert says in judged.diagnoses[0].says


def test_a_wrong_implicit_derivative_is_told_how_there_is_one() -> None:
    says = check_formula(LEVEL, "dy/dx = 2xy/(x^2 + 3y^2)").diagnoses[0].says
    assert "Where z is held constant, it is -(dz/dx)/(dz/dy)." in says


def test_what_is_a_function_of_a_parameter_may_be_varied_in_its_place() -> None:
    toml = posed(
        "sigma = exp(s); z = mu + sigma*eps; L = 1/2*sum(z^2) + 1/2*sum(mu^2 + sigma^2 - 2*s - 1)",
        "L", "mu s", "eps", "mu:J s:J eps:J",
    )  # fmt: skip
    read_and_seen(toml, "dL/dsigma = dL/dz * eps + sigma - 1/sigma", ("- 1/sigma", "+ 1/sigma"))
    assert check_formula(toml, "dL/dsigma = dL/dz * eps + sigma").verdict == "correct"  # with s held fixed
