"""A problem that does not hang together is told with its line, and what to write instead."""

import pytest

from gradcheck import Problem
from gradcheck.errors import UnknownName
from gradcheck.formula import IllPosed, built_in
from gradcheck.formula.confirm import confirmed
from gradcheck.records import Verdict

GOOD = """title = "one neuron"
parameters = ["W", "b"]
data = ["X", "t"]
loss = "L"
[forward]
z = "X @ W + b"
a = "sigmoid(z)"
L = "mean((a - t)^2)"
[shapes]
X = ["N", "D"]
W = ["D"]
t = ["N"]
[kinds]
t = "positive"
"""


def test_the_good_one_is_good() -> None:
    assert Problem.parse(GOOD).letters == ("N", "D")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("sigmoid(z)", "sigmoid(q)", "line 7", "'q' is no name"),
        ("X @ W + b", "X @ W + a", "line 6", "cycle"),
        ("X @ W + b", "X @ W + z", "line 6", "cycle"),
        ("X @ W + b", "W @ X + b", "line 6", "do not fit for a matrix product"),
        ("(a - t)^2", "(a - X)^2", "line 8", "do not fit for a difference"),
        ("mean((a - t)^2)", "(a - t)^2", "line 8", "must be one number"),
        ("mean((a - t)^2)", "mean(log(t - 9))", "line 8", "not finite"),
        ('"positive"', '"possitive"', "line 14", "positive"),
        ("[kinds]\nt", "[kinds]\nq", "line 14", "no parameter and no datum"),
        ('loss = "L"', 'loss = "Q"', "line 4", "definition of the loss"),
        ('title = "one neuron"', 'titel = "one neuron"', "line 1", "title"),
        ('["W", "b"]', '["W", "b", "b"]', "line 2", "listed twice"),
        ('["W", "b"]', '["W", 3]', "line 2", "list of names"),
        ('t = ["N"]', "t = [0]", "line 12", "A size is"),
        ('a = "sigmoid(z)"', 'a = "sigmoid(z"', "line 7", "expected"),
        ('a = "sigmoid(z)"', 'X = "sigmoid(z)"', "line", "given, and cannot be computed"),
        ('a = "sigmoid(z)"', 'a = sigmoid', "line 7", "not TOML"),
        ('loss = "L"\n', "", "", "needs 'loss'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, line: str, says: str) -> None:
    assert old in GOOD
    with pytest.raises(IllPosed) as told:
        Problem.parse(GOOD.replace(old, new, 1))
    assert line in str(told.value)
    assert says in str(told.value)


def test_a_problem_that_does_not_exist_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="two-two-two"):
        Problem.load("two-two-tow")
    with pytest.raises(IllPosed, match="cannot be read"):
        Problem.load("nowhere.toml")


@pytest.mark.parametrize("name", built_in())
def test_the_derivatives_of_every_built_in_problem_are_confirmed(name: str) -> None:
    assert confirmed(Problem.load(name)).verdict is Verdict.AGREES
