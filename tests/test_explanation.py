"""A mistake is explained with numbers that are computed, in a network for paper, and the first wrong one is marked."""

import numpy as np
import pytest

from gradcheck.architecture import parse_case, plan
from gradcheck.explanation import example
from gradcheck.mistakes import CATALOGUE, find
from gradcheck.op import Array
from gradcheck.report import explanation
from gradcheck.survey.simplify import simplified, unaltered, worked


@pytest.mark.parametrize("mistake", ["bias-not-summed-over-batch", "softmax-diagonal-only", "one-consumer-counted"])
def test_an_explanation_shows_where_the_first_wrong_number_stands(mistake: str) -> None:
    shown = example(find(mistake))
    assert shown
    wrong = [step for step in shown.paper.backward if step.claimed]
    assert [step.first for step in wrong] == [True, *[False] * (len(wrong) - 1)]
    text = explanation.text(find(mistake), shown)
    assert CATALOGUE[mistake].says in text
    assert text.count("<-- the first wrong number") == 1


def test_what_is_harmless_everywhere_has_no_example_and_says_why() -> None:
    mistake = find("gate-includes-zero")
    assert example(mistake) is None
    assert "changes nothing" in explanation.text(mistake, None)


def test_numbers_become_plain_only_as_long_as_the_same_remains() -> None:
    inputs = {"x": np.array([[[1.37, -0.62], [0.41, 1.9]]]), "t": np.array([[3]])}

    def same(changed: dict[str, Array]) -> bool:
        return bool(changed["x"][0, 1, 1] > 1.5)

    plain = simplified(inputs, {"x": "data", "t": "class:4"}, same)
    assert plain["x"].tolist() == [[[0.0, 0.0], [0.0, 2.0]]]
    assert plain["t"].tolist() == [[3]]


def test_a_right_network_worked_through_has_nothing_wrong() -> None:
    case = parse_case("2x2 affine:1 half-sum-of-squares")
    laid = plan(case.architecture)
    planted = find("mean-for-sum").plant(laid.network)
    assert unaltered(planted) == laid.network
    assert not any(step.claimed for step in worked(laid.network, laid.inputs(case)).backward)
    assert [step.name for step in worked(planted, laid.inputs(case)).backward if step.claimed] == ["b1"]
