"""The property that the project stands on: reference, finite differences and PyTorch agree on whatever is drawn."""

import math
import re
from typing import Any

import pytest
from hypothesis import Phase, event, given, settings, target

from gradcheck import generate
from gradcheck.architecture import Architecture, plan
from gradcheck.architecture.vocabulary import JOINS, LAYERS, LOSSES
from gradcheck.coverage import Visited
from gradcheck.errors import Differs, UnknownName
from gradcheck.generate.assembly import Assembly
from gradcheck.records import Case
from gradcheck.run import CASES, PART, judge


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
    assert str(generate.survey(0, 0, 10)[3]).startswith("2x2x3 flatten affine:5 b")


@given(generate.cases())
def test_nothing_is_drawn_that_cannot_be_built(case: Case) -> None:
    laid = plan(case.architecture)
    assert laid.network.output.startswith("loss")


def test_little_of_what_is_sketched_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sketch becomes a network; of its layers, those that would grow too large are left out."""
    asked, refused = list[int](), list[int]()

    class Counting(Assembly):
        def architecture(self, *arguments: Any) -> Architecture:
            """Assemble, and note how much was left out."""
            made = super().architecture(*arguments)
            asked.append(self.asked)
            refused.append(self.refused)
            return made

    monkeypatch.setattr("gradcheck.generate.assembly.Assembly", Counting)
    for part in range(6):
        generate.survey(1, part, 50)
    assert sum(asked) > 500
    assert sum(refused) < 0.05 * sum(asked)


def test_a_run_of_the_usual_length_visits_every_kind_of_layer() -> None:
    visited = Visited()
    for part in range(CASES // PART):
        for case in generate.survey(0, part, PART):
            visited.add(plan(case.architecture).network, case.regime)
    assert visited.coverage().never == ()


@pytest.mark.parametrize("word", [*LAYERS, *LOSSES])
def test_networks_of_one_kind_of_layer_all_have_it(word: str) -> None:
    drawn = generate.survey(0, 0, 8, [word])
    assert len({case.architecture for case in drawn}) > 1
    for case in drawn:
        visited = Visited()
        visited.add(plan(case.architecture).network, case.regime)
        assert word in visited.kinds
        connecting = {"affine", "flatten", "reshape", "gather", "conv1d", "conv2d", "l2-penalty", "add", *LOSSES}
        assert word in LOSSES or word in (*JOINS, "residual") or set(visited.kinds) <= {word} | connecting


def test_only_what_exists_can_be_drawn_alone() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'conv2d'"):
        generate.survey(0, 0, 1, ["conv3d"])


def test_shrinking_ends_at_the_smallest_network_that_still_shows_it() -> None:
    def shows(case: Case) -> bool:
        return "softplus" in case.architecture and not case.architecture.startswith("1x")

    shrunk = generate.shrink(0, 0, 600, shows, budget=500)
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
