"""Derivatives of forward passes that nobody has seen are right, says everybody who can be asked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck import Problem, Verdict
from gradcheck.formula.confirm import confirmed
from gradcheck.formula.language import calculus
from gradcheck.formula.language.tree import ONE, Name

LEAVES = ("X @ W", "T", "s", "b", "T * s", "X @ W + b")
ONE_INSIDE = (
    "sigmoid({})", "tanh({})", "exp(sin({}))",
    "softplus({})", "softmax(T + ({}))", "log_softmax(T * ({}))", "({})^2", "-({})",
    "sum(T + ({}), axis=1, keepdims=True)", "log(2 + cos({}))", "sqrt(1 + ({})^2)",
    "1/(2 + sin({}))", "f({})", "square({})",
)  # fmt: skip
TWO_INSIDE = ("({}) + ({})", "({}) - 2*({})", "({}) * ({})", "({}) / (2 + tanh({}))", "tanh({}) * sigmoid({})")


def passes() -> st.SearchStrategy[str]:
    """Small forward passes over a batch, each step made of the ones before."""
    leaf = st.sampled_from(LEAVES)
    one = st.builds(str.format, st.sampled_from(ONE_INSIDE), leaf)
    two = st.builds(str.format, st.sampled_from(TWO_INSIDE), leaf, leaf | st.just("h1"))
    three = st.builds(str.format, st.sampled_from(ONE_INSIDE + TWO_INSIDE), st.just("h2"), st.just("h1"))
    losses = ["sum((h3 - T)^2)", "mean(h3 * h1)", "1/2*sum(h3 * T) + mean(h2 * T)", "sum(mean(h3 * T, axis=0))"]
    return st.builds(problem, one, two, three, st.sampled_from(losses))


def problem(h1: str, h2: str, h3: str, loss: str) -> str:
    return f"""
parameters = ["W", "b", "s"]
data = ["X", "T"]
loss = "L"
[forward]
h1 = "{h1}"
h2 = "{h2}"
h3 = "{h3}"
L = "{loss}"
[shapes]
X = ["N", "D"]
W = ["D", "K"]
b = ["K"]
T = ["N", "K"]
"""


@given(passes())
@settings(max_examples=25)
def test_the_derivatives_of_any_forward_pass_are_confirmed(toml: str) -> None:
    assert confirmed(Problem.parse(toml)).verdict is Verdict.AGREES


@pytest.mark.parametrize("function", ["sigmoid", "tanh", "softplus", "sin", "square", "log"])
def test_a_wrong_slope_would_not_be_confirmed(monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    monkeypatch.setitem(calculus._SLOPES, function, calculus.times(Name("y"), ONE))
    toml = problem(f"{function}(2 + tanh(X @ W))", "h1", "h2", "sum(h3)")
    assert confirmed(Problem.parse(toml)).verdict is Verdict.DIFFERS
