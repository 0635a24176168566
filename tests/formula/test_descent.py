"""Steps of descent are about the derivative that they subtract; the learning rate is nobody's business."""

import pytest

from gradcheck.formula import check_formula
from tests.formula.test_lectures import MODEL, posed
from tests.formula.test_notation import read_and_seen

NEURON = posed("z = w*x + b; a = sigmoid(z); L = 1/2*(a - t)^2", "L", "w b", "x t")


@pytest.mark.parametrize(
    ("toml", "formula", "right", "wrong"),
    [
        (MODEL, r"\theta_j := \theta_j - \alpha\frac1m\sum_{i=1}^m(h_\theta(x^{(i)})-y^{(i)})x_j^{(i)}", "- ", "+ "),
        (NEURON, r"w \leftarrow w - \eta (a-t)a(1-a)x", "(1-a)", ""),
        (NEURON, "w ← w - η (a - t) a (1 - a) x", "a - t", "t - a"),
        (NEURON, r"\Delta w = -\eta\frac{\partial L}{\partial w} = -\eta(a-t)a(1-a)x", "a-t", "t-a"),
        (NEURON, r"\Delta w = -\eta\frac{\partial L}{\partial w} = \eta(t-a)a(1-a)x", "t-a", "a-t"),
        (NEURON, "Δw = η (t-a) a (1-a) x", "η (t", "-η (t"),
        (NEURON, "w -= lr*(a-t)*a*(1-a)*x", "*x", ""),
        (NEURON, "w = w - learning_rate * (a-t)*a*(1-a)*x", "*x", "*w"),
        (NEURON, "dw = (a-t)*a*(1-a)*x\ndb = (a-t)*a*(1-a)\nw -= lr*dw\nb -= lr*db", "db = (a-t)", "db = a"),
        (NEURON, r"L_b = (a-t)a(1-a),\ b := b - \alpha\frac{\partial L}{\partial b}", "t)a", "t)"),
    ],
)  # fmt: skip
def test_a_step_is_judged_by_what_it_subtracts(toml: str, formula: str, right: str, wrong: str) -> None:
    read_and_seen(toml, formula, (right, wrong))


@pytest.mark.parametrize("formula", ["w -= (a-t)*a*(1-a)*x", "w = w - lr*dw", "w := w - b", "X^T X w = X^T y"])
def test_what_names_no_rate_or_no_derivative_is_not_judged(formula: str) -> None:
    assert check_formula(NEURON, formula).verdict == "unreadable"


def test_an_equation_that_is_about_no_derivative_is_not_called_wrong() -> None:
    assert check_formula(MODEL, r"X^TX\theta = X^Ty").verdict == "unreadable"


@pytest.mark.parametrize(
    ("formula", "right", "wrong"),
    [
        (r"\frac{\delta L}{\delta w} = (a-t)a(1-a)x", "a-t", "t-a"),
        ("∂L⁄∂w = (a − t)·a·(1 − a)·x", "1 − a", "1 + a"),
        (r"\mathop{}\!\mathrm{d}L = (a-t)\,\mathrm{d}a = (a-t)a(1-a)\,\mathrm{d}z", "a(1-a)", "a"),
    ],
)
def test_signs_of_derivatives_that_few_people_use_are_read(formula: str, right: str, wrong: str) -> None:
    read_and_seen(NEURON, formula, (right, wrong))


def test_f_with_a_prime_is_the_loss_where_there_is_no_other_function() -> None:
    square = posed("y = a*x^2 + b*x + c", "y", "x", "a b c")
    read_and_seen(square, "f'(x) = 2ax + b", ("2ax", "ax"))


def test_a_large_h_before_a_bracket_is_the_step_beside_a_small_one() -> None:
    gated = posed("z = W @ x; h = relu(z); L = 1/2*sum((h - t)^2)", "L", "W", "x t", "W:k,n x:n t:k")
    read_and_seen(gated, r"\frac{\partial L}{\partial W} = ((h - t)\odot H(z))x^\top", ("H(z)", "h"))
