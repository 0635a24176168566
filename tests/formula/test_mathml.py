"""Formulas set for a browser: well formed, with every name in them, and with the brackets that they need."""

from xml.etree import ElementTree

import pytest

from gradcheck.formula import Problem, built_in, check_formula
from gradcheck.formula.language.mathml import mathml
from gradcheck.formula.language.tree import Name, names


def letters(page: str) -> str:
    """All the text of a page, and nothing else of it."""
    return "".join(ElementTree.fromstring(page).itertext())  # noqa: S314 - it is our own


@pytest.mark.parametrize("name", built_in())
def test_every_forward_pass_can_be_set(name: str) -> None:
    problem = Problem.load(name)
    shown = letters(mathml([(Name(step), tree) for step, tree in problem.definitions.items()]))
    inside = {part for tree in problem.definitions.values() for part in names(tree)}
    assert all(letter in shown for part in inside for letter in part if letter.isdigit())
    assert shown.count("=") == len(problem.definitions)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("dL/dw2 = (y' - y) * h", "∂L∂w2=(yp−y)\u2062h"),
        ("dL/dw2 = -(y - y') * h^2", "∂L∂w2=(−(y−yp))\u2062h2"),
        ("dL/dw2 = h / (y - w1)", "∂L∂w2=hy−w1"),
        ("dL/dw2 = sigma'(x w1 + b)", "∂L∂w2=σ′\u2061(x\u2062w1+b)"),
        ("dL/dw2 = 2*3*h", "∂L∂w2=2·3\u2062h"),
    ],
)
def test_a_formula_keeps_its_brackets(text: str, shown: str) -> None:
    assert letters(check_formula("one-path", text).mathml) == shown


def test_a_name_cannot_smuggle_markup_in() -> None:
    assert "<b>" not in mathml([(Name("<b>"),)])
