"""The property that the project stands on: reference, finite differences and PyTorch agree on whatever is drawn."""

import math
import re

import pytest
from hypothesis import Phase, event, given, settings, target

from gradcheck import generate
from gradcheck.architecture import plan
from gradcheck.errors import Differs
from gradcheck.records import Case
from gradcheck.run import judge


@given(generate.cases())
def test_reference_differences_and_pytorch_agree(case: Case) -> None:
    result = judge(case)
    worst = max((comparison.margin for comparison in result.comparisons), default=0.0)
    target(math.log10(max(worst, 1e-6)), label="error over its bar")
    event(case.regime)
    result.verify()


@pytest.mark.parametrize(
    ("mistake", "smallest"),
    [
        ("mean-for-sum", "2x1 affine:1 half-sum-of-squares weights=0"),
        ("activation-derivative-missing", "1x1 tanh half-sum-of-squares weights=0"),
    ],
)
def test_a_planted_mistake_is_falsified(mistake: str, smallest: str) -> None:
    """The same property, with a mistake in the reference, fails, and at the smallest network."""

    @settings(max_examples=200, derandomize=True, database=None, phases=[Phase.generate, Phase.shrink])
    @given(generate.cases())
    def agree(case: Case) -> None:
        judge(case, mistake).verify()

    with pytest.raises(Differs, match=re.escape(f"gradcheck replay '{smallest}")):
        agree()


def test_the_same_seed_gives_the_same_cases() -> None:
    assert generate.survey(7, 0, 30) == generate.survey(7, 0, 30)
    assert generate.survey(7, 0, 30) != generate.survey(8, 0, 30)
    assert generate.survey(7, 0, 30) != generate.survey(7, 1, 30)


def test_these_cases_never_change() -> None:
    """As long as Hypothesis keeps its version; a case itself reads the same with any."""
    assert str(generate.survey(0, 0, 10)[3]).startswith("XXX")


@given(generate.cases())
def test_nothing_is_drawn_that_cannot_be_built(case: Case) -> None:
    laid = plan(case.architecture)
    assert laid.network.output.startswith("loss")


def test_shrinking_ends_at_the_smallest_network_that_still_shows_it() -> None:
    def shows(case: Case) -> bool:
        return "softplus" in case.architecture and not case.architecture.startswith("1x")

    shrunk = generate.shrink(0, 0, 200, shows, budget=500)
    assert shrunk is not None
    assert str(shrunk.case) == "2x1 softplus half-sum-of-squares weights=0 draws=1 regime=ordinary"


def test_shrinking_stops_when_its_budget_is_used_up() -> None:
    asked: list[Case] = []

    def shows(case: Case) -> bool:
        asked.append(case)
        return "affine" in case.architecture

    shrunk = generate.shrink(0, 0, 50, shows, budget=5)
    assert shrunk is not None
    assert "affine" in shrunk.case.architecture
    assert len(asked) <= 50 + 5 + generate.DRAWS


def test_what_no_case_shows_is_not_shrunk() -> None:
    assert generate.shrink(0, 0, 20, lambda _: False, budget=10) is None
