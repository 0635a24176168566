"""The main job: how it ends, what it counts, and that the same seed gives the same record."""

from typing import Any

import pytest

from gradcheck import Verdict, generate, run
from gradcheck.records import FORMAT, Case, Run
from gradcheck.run import Progress


@pytest.fixture(scope="module")
def record() -> Run:
    return run.run(cases=40, seed=1)


def test_a_run_of_the_reference_agrees(record: Run) -> None:
    assert record.verdict is Verdict.AGREES
    assert (record.cases, record.stopped) == (40, "completed")
    assert 40 * generate.DRAWS[0] < record.draws < 40 * generate.DRAWS[-1]
    assert record.verdicts == {"agrees": 40, "differs": 0, "broken": 0, "undecided": 0}
    assert record.counterexamples == ()
    assert record.closeness.closest is not None
    assert 0.0 < record.closeness.closest.margin < 1.0
    assert record.entries > 1000
    assert record.format == FORMAT


def test_the_same_seed_gives_the_same_record_and_every_architecture_is_another(record: Run) -> None:
    seen: list[Progress] = []
    assert run.run(cases=40, seed=1, watch=seen.append) == record
    assert [progress.cases for progress in seen] == list(range(1, 41))
    assert seen[-1].share == 1.0


def test_the_closest_call_can_be_replayed(record: Run) -> None:
    assert record.closeness.closest is not None
    result = run.judge(run.parse_case(record.closeness.closest.case))
    margins = {comparison.parameter: comparison.margin for comparison in result.comparisons}
    assert margins[record.closeness.closest.parameter] == pytest.approx(record.closeness.closest.margin, rel=0.01)


def test_coverage_lists_what_was_and_what_was_not(record: Run) -> None:
    coverage = record.coverage
    assert coverage.kinds["affine"] >= 5
    assert not set(coverage.never) & (set(coverage.kinds) | set(coverage.regimes))
    assert coverage.never
    assert len(coverage.pairs) < coverage.possible
    assert all(" " in name and "=" in name for name in coverage.configurations)
    assert coverage.configurations


def test_time_ends_a_run_and_says_so() -> None:
    record = run.run(seconds=0.3)
    assert record.stopped == "time"
    assert record.cases >= 1


def test_an_interrupted_run_keeps_what_was_done() -> None:
    def interrupt(progress: Progress) -> None:
        if progress.cases == 5:
            raise KeyboardInterrupt

    record = run.run(cases=50, watch=interrupt)
    assert (record.stopped, record.cases, sum(record.verdicts.values())) == ("interrupted", 5, 5)


def test_a_mistake_that_nothing_drawn_contains_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    only = Case("2x2 tanh half-sum-of-squares", 0, 2, "ordinary")
    monkeypatch.setattr(generate, "surveyed", lambda *_, **__: generate.Part([only]))
    record = run.run(planted="softmax-diagonal-only")
    assert (record.cases, record.verdict) == (0, Verdict.UNDECIDED)


def test_a_case_without_a_verdict_is_kept_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from gradcheck.records import Result

    def undecided(*_: Any) -> Result:
        return Result(Verdict.UNDECIDED, "a case", (), notes=("W1: no oracle could judge it here.",))

    monkeypatch.setattr("gradcheck.survey.judging.examine", undecided)
    record = run.run(cases=3)
    assert record.verdict is Verdict.UNDECIDED
    assert len(record.undecided) == 3


@pytest.mark.parametrize("name", ["one-path", "two-two-two"])
@pytest.mark.parametrize("regime", ["ordinary", "saturated", "tiny", "near-kink"])
def test_the_built_in_networks_agree(name: str, regime: str) -> None:
    run.judge(run.parse_case(f"{name} draws=8 regime={regime}")).verify()


def test_what_a_value_that_stands_still_cannot_show_is_no_mistake() -> None:
    """The loss is log(1 + 1e-44), whose slope of 1e-44 the oracles lose in other ways than the claim."""
    case = (
        "1x2x2 leaky-relu gather:4 hardtanh:low=0 multi-head-attention:mask=0.25 flatten softmax-cross-entropy "
        "weights=1051 draws=1 regime=saturated"
    )
    run.judge(run.parse_case(case)).verify()


def test_a_network_that_overflows_is_told_with_the_layer() -> None:
    case = "2x2 " + "affine:2 " * 60 + "affine:1 gelu-tanh half-sum-of-squares regime=huge"
    result = run.judge(run.parse_case(case))
    assert result.verdict is Verdict.BROKEN
    assert "not finite" in result.findings[0].says
    assert "It first appears at" in result.findings[0].says
