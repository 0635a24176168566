"""The property that the project stands on: reference, finite differences and PyTorch agree on whatever is drawn."""

import importlib
import math
import re
from pathlib import Path

import pytest
from hypothesis import Phase, assume, event, given, settings, target
from hypothesis import strategies as st

from gradcheck import generate
from gradcheck.architecture import Architecture, plan
from gradcheck.architecture.smaller import sizes, smaller
from gradcheck.architecture.vocabulary import JOINS, LAYERS, LOSSES
from gradcheck.errors import Differs, UnknownName
from gradcheck.records import Case, Verdict
from gradcheck.run import CASES, judge
from gradcheck.survey.coverage import Visited


@settings(max_examples=max(25, settings().max_examples // 2))  # a run judges many more
@given(generate.cases())
def test_reference_differences_and_pytorch_agree(case: Case) -> None:
    result = judge(case)
    worst = max((comparison.margin for comparison in result.comparisons), default=0.0)
    target(math.log10(max(worst, 1e-6)), label="error over its bar")
    event(case.regime)
    assume(result.verdict is not Verdict.UNDECIDED)  # Hypothesis complains if that is not rare
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
    assert (
        str(generate.survey(0, 0, 10)[3])
        == "3x1 reshape:1x1 gather:2 transformer-block:2 circular-pad:2 flatten affine:5 reshape:5x1 upsample-linear "
        "slice:start=1,stop=2 flatten focal:0.5 weights=2155 draws=162 regime=ordinary"
    )


def test_a_network_is_drawn_as_often_as_fits() -> None:
    seen = {case.draws: plan(case.architecture).numbers for part in range(8) for case in generate.survey(0, part, 10)}
    least, most = generate.DRAWS[0], generate.DRAWS[-1]
    assert {least, most} < set(seen)
    for draws, numbers in seen.items():
        assert draws in generate.DRAWS
        assert draws == least or draws * numbers <= generate.NUMBERS
        assert draws == most or (draws + 1) * numbers > generate.NUMBERS


def test_what_else_is_imported_changes_no_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis chooses constants of the code around it, if it is let."""
    before = [generate.survey(7, part) for part in range(20)]
    (tmp_path / "full_of_constants.py").write_text(f"NUMBERS = {[*range(1000, 9000, 50)]}")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("full_of_constants")
    assert [generate.survey(7, part) for part in range(20)] == before


@given(generate.cases())
def test_nothing_is_drawn_that_cannot_be_built(case: Case) -> None:
    laid = plan(case.architecture)
    assert laid.network.output.startswith("loss")


@pytest.mark.parametrize("seed", [0, 20_000])
def test_a_run_of_the_usual_length_visits_every_kind_of_layer(seed: int) -> None:
    """Whatever its seed; and little of what is sketched is left out."""
    visited, seen, part = Visited(), set[str](), 0
    while len(seen) < CASES:
        drawn = generate.surveyed(seed, part)
        visited.sketch(drawn.sketched, drawn.refused)
        for case in drawn.cases:
            if case.architecture not in seen and len(seen) < CASES:
                seen.add(case.architecture)
                visited.add(plan(case.architecture).network, case.regime)
        part += 1
    coverage = visited.coverage()
    assert coverage.never == ()
    assert min(coverage.kinds.values()) >= 5
    assert coverage.sketched > 1000
    assert coverage.refused < 0.05 * coverage.sketched


@given(seed=st.integers(0, 10**6))
def test_every_kind_has_its_turn_before_any_has_another(seed: int) -> None:
    words = {*LAYERS, *LOSSES}
    assert {generate.turn(seed, part) for part in range(len(words))} == words
    assert generate.turn(seed, len(words)) == generate.turn(seed, 0)


@pytest.mark.parametrize("word", ["conv2d", "embedding", "add", "residual", "ctc"])
def test_what_leads_is_often_there(word: str) -> None:
    part = next(part for part in range(len(LAYERS) + len(LOSSES)) if generate.turn(0, part) == word)
    drawn = [re.split(r"[ (|:)]+", case.architecture) for case in generate.survey(0, part, 40)]
    assert sum(word in words for words in drawn) >= 25


@pytest.mark.parametrize("word", [*LAYERS, *LOSSES])
def test_networks_of_one_kind_of_layer_all_have_it(word: str) -> None:
    drawn = generate.survey(0, 0, 8, [word])
    assert len({case.architecture for case in drawn}) > 1
    for case in drawn:
        visited = Visited()
        visited.add(plan(case.architecture).network, case.regime)
        assert word in visited.kinds
        connecting = {"affine", "flatten", "reshape", "gather", "conv1d", "conv2d", "l2-penalty", "add", *LOSSES}
        connecting |= {"tanh"} if word in ("swi-glu", "tokenwise") else set()
        assert word in LOSSES or word in (*JOINS, "residual") or set(visited.kinds) <= {word} | connecting


def test_only_what_exists_can_be_drawn_alone() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'conv2d'"):
        generate.survey(0, 0, 1, ["conv3d"])


LARGE = (
    "3x2x4 transformer-block:1,heads=4 residual(softmax:-2) group-norm:groups=2 flatten affine:3 affine:3~b6 "
    "concatenate(softplus affine:2 | residual(tanh affine:3)) softmax-cross-entropy l2:0.1"
)


@pytest.mark.parametrize(
    ("words", "smallest"),
    [
        (["softmax(?!-)"], "1x1 softmax half-sum-of-squares"),
        (["softplus"], "1x1 softplus half-sum-of-squares"),
        (["transformer-block"], "1x1x1 transformer-block:1,heads=1 flatten half-sum-of-squares"),
        (["~b"], "1x1 affine:1 affine:1~b1 half-sum-of-squares"),
        (["residual", "tanh"], "1x1 residual(tanh) half-sum-of-squares"),
        (["softmax-cross-entropy"], "1x1 softmax-cross-entropy"),
        (["l2", "affine"], "1x1 affine:1 half-sum-of-squares l2:0.1"),
        (["group-norm:groups=2"], "1x2 group-norm:groups=2 half-sum-of-squares"),
    ],
)
def test_shrinking_ends_at_the_smallest_network_that_still_shows_it(words: list[str], smallest: str) -> None:
    found = Case(str(Architecture.parse(LARGE)), 17, 128, "near-kink")
    shown = [rf"(?<![a-z-]){word}" for word in words]
    shrunk = generate.shrink(found, lambda case: all(re.search(one, case.architecture) for one in shown), budget=400)
    assert str(shrunk.case) == f"{smallest} weights=0 draws=1 regime=ordinary"


@given(case=generate.cases())
@settings(max_examples=25, deadline=None)
def test_what_is_a_step_smaller_can_be_laid_out_and_is_smaller(case: Case) -> None:
    whole = Architecture.parse(case.architecture)
    for own in smaller(whole):
        assert Architecture.parse(str(own)) == own
        assert sizes(own) < sizes(whole)


def test_of_the_draws_one_that_shows_it_is_left() -> None:
    shrunk = generate.shrink(Case("2x1 half-sum-of-squares", 40, 128, "ordinary"), _shows_93, budget=400)
    assert shrunk.case == Case("2x1 half-sum-of-squares", 93, 1, "ordinary")


def _shows_93(case: Case) -> bool:
    return case.architecture.startswith("2x1") and 93 in range(case.weights, case.weights + case.draws)


def test_shrinking_stops_when_its_budget_is_used_up() -> None:
    asked: list[Case] = []

    def shows(case: Case) -> bool:
        asked.append(case)
        return "affine" in case.architecture

    shrunk = generate.shrink(Case(str(Architecture.parse(LARGE)), 0, 8, "ordinary"), shows, budget=5)
    assert "affine" in shrunk.case.architecture
    assert len(asked) <= 5 + generate.FEW
