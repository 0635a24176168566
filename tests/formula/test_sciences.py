"""Formulas of other sciences: functions of mathematical physics, forces, elasticities, likelihoods."""

import math

import numpy as np
import pytest

from gradcheck import Problem, Verdict
from gradcheck.formula import check_formula
from gradcheck.formula.confirm import confirmed
from gradcheck.formula.language import special
from gradcheck.formula.language.functions import ELEMENTWISE, elementwise
from gradcheck.formula.language.point import Point
from gradcheck.formula.language.tree import Call, Name
from gradcheck.formula.language.values import slope
from tests.formula.test_lectures import posed
from tests.formula.test_notation import read_and_seen

SPRING = posed("V = 1/2*k*x^2 + m*g*x", "V", "x", "k m g")
PENDULUM = posed("T = 1/2*m*l^2*thetadot^2; V = -m*g*l*cos(theta); L = T - V", "L", "theta thetadot", "m l g")
PRODUCTION = posed("Y = A*K^a*N^(1 - a)", "Y", "A K N a", "", kinds="A:positive K:positive N:positive a:positive")
RATE = posed("k = A*exp(-E/(R*T))", "k", "A E T", "R", kinds="A:positive E:positive T:positive R:positive")
TANGENT = posed("y = tan(w*x + b); L = 1/2*(y - t)^2", "L", "w b", "x t")
ANGLE = posed("y = arctan(w*x); L = 1/2*(y - t)^2", "L", "w", "x t")
ERROR = posed("y = erf(w*x)", "y", "w", "x")
PROBIT = posed(
    "z = X @ w; L = -sum(y*log(Phi(z)) + (1 - y)*log(1 - Phi(z)))", "L", "w", "X y", "X:N,D w:D y:N", "y:mask"
)
SHAPE = posed(
    "L = n*(a*log(b) - lgamma(a)) + (a - 1)*sum(log(x)) - b*sum(x)", "L", "a b", "x", "x:n",
    "a:positive b:positive x:positive",
)  # fmt: skip
WAVES = posed("y = J0(k*x)", "y", "k", "x", kinds="x:positive k:positive")
GATED = posed("z = w*x; a = silu(z); L = 1/2*(a - t)^2", "L", "w", "x t")
GAUSSIAN = posed("z = w*x; a = gelu(z); L = 1/2*(a - t)^2", "L", "w", "x t")
NORMAL = posed(
    "L = -n/2*log(2*pi) - n*log(sigma) - sum((x - mu)^2)/(2*sigma^2)", "L", "mu sigma", "x", "x:n", "sigma:positive"
)
LIFETIMES = posed(
    "L = n*log(k) - n*k*log(s) + (k - 1)*sum(log(x)) - sum((x/s)^k)", "L", "k s", "x", "x:n",
    "k:positive s:positive x:positive",
)  # fmt: skip


@pytest.mark.parametrize("name", sorted(ELEMENTWISE))
def test_the_slope_of_every_function_is_how_far_it_moves(name: str) -> None:
    x = 1.3 + np.linspace(0.0, 0.6, 7) if name == "arccosh" else np.linspace(0.15, 0.85, 7)
    step = 1e-5
    own = elementwise(name, 0)
    moved = (own.value(x + step) - own.value(x - step)) / (2 * step)
    assert np.allclose(slope(Call(name, (Name("x"),), primes=1), x, Point({})), moved, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    ("found", "known"),
    [
        (special.erf(np.array(0.5)), 0.5204998778130465),
        (special.normal_share(np.array(-1.0)), 0.15865525393145707),
        (special.gamma(np.array(-1.5)), 4 * math.sqrt(math.pi) / 3),
        (special.gamma(np.array(5.0)), 24.0),
        (special.polygamma(0, np.array(1.0)), -0.5772156649015329),
        (special.polygamma(0, np.array(-0.5)), 0.03648997397857652),
        (special.polygamma(1, np.array(1.0)), math.pi**2 / 6),
        (special.bessel(0, np.array(2.404825557695773)), 0.0),
        (special.bessel(1, np.array(1.0)), 0.4400505857449335),
    ],
)
def test_functions_that_numpy_lacks_have_the_values_of_tables(found: float, known: float) -> None:
    assert math.isclose(found, known, rel_tol=1e-13, abs_tol=1e-14)


def test_far_below_its_poles_digamma_has_no_value_and_takes_no_time() -> None:
    assert np.isnan(special.polygamma(0, np.array([-1e12]))).all()
    assert np.isinf(special.log_gamma(np.array(-2.0)))


@pytest.mark.parametrize("toml", [PROBIT, SHAPE, WAVES, GAUSSIAN, GATED, TANGENT])
def test_derivatives_of_their_forward_passes_are_confirmed(toml: str) -> None:
    assert confirmed(Problem.parse(toml)).verdict is Verdict.AGREES


@pytest.mark.parametrize(
    ("toml", "formula", "right", "wrong"),
    [
        (SPRING, r"F = -\frac{dV}{dx} = -kx - mg", "- mg", "+ mg"),
        (SPRING, r"F(x) = -\frac{dV}{dx} = -kx - mg", "-kx", r"-\frac12kx"),
        (PENDULUM, r"\frac{\partial L}{\partial\dot\theta} = ml^2\dot\theta", "l^2", "l"),
        (PENDULUM, "∂L/∂θ̇ = m l² θ̇", "l²", "l"),
        (PRODUCTION, r"MPK = \frac{\partial Y}{\partial K} = aAK^{a-1}N^{1-a} = a\frac YK", r"a\frac YK", r"\frac YK"),
        (PRODUCTION, r"MPK = \frac{\partial Y}{\partial K} = aAK^{a-1}N^{1-a} = a\frac YK", "^{a-1}", "^{a}"),
        (RATE, r"\frac{d\ln k}{d(1/T)} = -\frac ER", "-", ""),
        (RATE, "dk/d(1/T) = -E*k/R", "*k/R", "/R"),
        (TANGENT, "dL/dw = (y - t) sec^2(w x + b) x", "sec^2", "sec"),
        (TANGENT, r"\frac{\partial L}{\partial b} = (y-t)(1+y^2)", "1+y^2", "1-y^2"),
        (ANGLE, r"\frac{dL}{dw} = (\arctan(wx) - t)\frac{x}{1+(wx)^2}", "1+(wx)^2", r"\sqrt{1+(wx)^2}"),
        (ANGLE, r"\frac{dL}{dw} = (\tan^{-1}(wx) - t)\frac{x}{1+(wx)^2}", "1+", "1-"),
        (ERROR, r"\frac{dy}{dw} = \frac{2x}{\sqrt\pi}e^{-w^2x^2}", "{2x}", "{x}"),
        (PROBIT, r"\nabla_w L = \sum_i\frac{(\Phi(z_i)-y_i)\phi(z_i)}{\Phi(z_i)(1-\Phi(z_i))}x_i",
         r"\phi(z_i)}{", "}{"),
        (SHAPE, r"\frac{\partial L}{\partial a} = n\ln b - n\psi(a) + \sum_i\ln x_i", r"n\psi(a)", r"\psi(a)"),
        (WAVES, "dy/dk = -x J_1(k x)", "-x", "x"),
        (GATED, r"\frac{da}{dz} = \sigma(z) + z\sigma(z)(1-\sigma(z))", r"z\sigma(z)(", r"\sigma(z)("),
        (GAUSSIAN, r"\frac{da}{dz} = \frac12\left[1+\operatorname{erf}\frac{z}{\sqrt2}\right] + z\varphi(z)",
         "+ z", "+"),
        (NORMAL, r"\frac{\partial L}{\partial\sigma^2} = -\frac{n}{2\sigma^2} + \frac{1}{2\sigma^4}\sum_i(x_i-\mu)^2",
         "{2\\sigma^4}", "{\\sigma^4}"),
        (NORMAL, "dL/dsigma^2 = -n/(2 sigma^2) + 1/(2 sigma^4) sum_i (x_i - mu)^2", "-n/(2", "-n/("),
        (LIFETIMES, r"\frac{\partial L}{\partial k} = \frac nk - n\ln s + \sum\ln x_i - "
         r"\sum\left(\frac{x_i}{s}\right)^k\ln\frac{x_i}{s}", r"^k\ln\frac{x_i}{s}", "^k"),
    ],
)  # fmt: skip
def test_formulas_of_other_sciences_are_read_and_slips_in_them_are_seen(
    toml: str, formula: str, right: str, wrong: str
) -> None:
    read_and_seen(toml, formula, (right, wrong))


def test_a_name_of_ones_own_hides_no_wrong_step_behind_it() -> None:
    wrong = r"MPK = \frac{\partial Y}{\partial K} = aAK^{a}N^{1-a} = a\frac YK"
    assert check_formula(PRODUCTION, wrong).verdict == "wrong"


def test_kinks_that_are_mentioned_several_times_are_seen_from_both_sides() -> None:
    huber = posed(
        "r = y - w*x; L = where(abs(r) <= delta, 1/2*r^2, delta*(abs(r) - delta/2))",
        "L", "w", "x y delta", kinds="delta:positive",
    )  # fmt: skip
    assert check_formula(huber, "dL/dr = max(-delta, min(delta, r))").verdict == "correct"
    wrong = check_formula(huber, "dL/dr = max(0, min(delta, r))")
    assert wrong.verdict == "wrong"
    numbers = wrong.diagnoses[0].says.partition("At a random point it is ")[2].rstrip(".").split("; the derivative is ")
    assert len(set(numbers)) == 2 or numbers == [""]
