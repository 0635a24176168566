"""The vote between the claim and two oracles, decided by error bars alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.op import Array
from gradcheck.records import Answer, Estimate
from gradcheck.stages.compare import Ballot, other_function
from gradcheck.stages.entries import SLIP


def said(value: float, bar: float, *, kink: bool = False) -> Estimate:
    """One draw, one entry."""
    return Estimate(np.array([[value]]), np.array([[bar]]), np.array([[kink]]), np.zeros((1, 1)))


def ballot(claim: float, differences: tuple[float, float], pytorch: tuple[float, float]) -> Ballot:
    return Ballot("w", np.array([[claim]]), {"differences": said(*differences), "pytorch": said(*pytorch)})


@pytest.mark.parametrize(
    ("claim", "differences", "pytorch", "wrong", "vote"),
    [
        (1.0, (1.0, 1e-9), (1.0, 1e-14), False, "the claim agrees with differences and pytorch"),
        (2.0, (1.0, 1e-9), (1.0, 1e-14), True, "differences and pytorch agree with each other and not with the claim"),
        (1.0, (0.5, 1e-9), (1.0, 1e-14), False, "differences alone stand apart: a kink, or noise"),
        (1.0, (1.0, 1e-7), (1.0 + 1e-8, 1e-14), False, "pytorch alone stands apart"),
        (1.0, (2.0, 1e-9), (3.0, 1e-14), False, "claim and oracles all stand apart"),
        (1.0, (1.0, np.inf), (1.0, 1e-14), False, "the claim agrees"),
    ],
)
def test_the_vote(
    claim: float, differences: tuple[float, float], pytorch: tuple[float, float], wrong: bool, vote: str
) -> None:
    cast = ballot(claim, differences, pytorch)
    assert bool(cast.wrong.any()) is wrong
    assert vote in cast.vote()


@given(st.floats(-10, 10), st.floats(1e-12, 1.0), st.floats(-3, 3), st.integers(-200, 200))
def test_the_verdict_depends_on_error_over_bar_alone(value: float, bar: float, off: float, power: int) -> None:
    """Multiplying claim, estimate and bar by one number changes nothing."""
    scale = 2.0**power
    alone = {"differences": said(value, bar)}
    scaled = {"differences": said(value * scale, bar * scale)}
    here = Ballot("w", np.array([[value + off * bar]]), alone).wrong
    there = Ballot("w", np.array([[(value + off * bar) * scale]]), scaled).wrong
    assert here == there


def test_a_bar_that_says_nothing_gives_no_sensitivity() -> None:
    assert ballot(1.0, (1.0, 0.1), (1.0, 0.1)).sensitivity is None
    assert ballot(1.0, (1.0, 1e-7), (1.0, 1e-14)).sensitivity == pytest.approx(1e-7, rel=0.01)
    assert ballot(1.0, (1.0, np.inf), (1.0, 1e-14)).sensitivity == pytest.approx(SLIP, rel=1e-3)


def test_zeros_everywhere_are_no_reason_to_doubt() -> None:
    assert ballot(0.0, (1e-17, 1e-12), (0.0, 0.0)).vanishes
    assert not ballot(1e-3, (0.0, 1e-12), (0.0, 0.0)).vanishes


@pytest.mark.parametrize(
    ("claim", "wobble", "level", "vanishes"),
    [(0.0, 0.0, 1.0, True), (0.0, 0.0, 1e-2, False), (1e-14, 1e-14, 1.0, True), (1e-14, 0.0, 1e3, False)],
)
def test_a_zero_is_believed_where_nothing_else_could_be_seen(
    claim: float, wobble: float, level: float, vanishes: bool
) -> None:
    """The differences move by their own rounding, 1e-13, so that nothing shows whether the parameter was forgotten."""
    moved = Estimate(np.array([[1e-15]]), np.array([[1e-13]]), np.array([[False]]), np.array([[1e-12]]))
    assert Ballot("w", np.array([[claim]]), {"differences": moved}, wobble, np.array([level])).vanishes is vanishes


def test_kinks_do_not_count_as_close_calls() -> None:
    at_kink = Ballot("w", np.array([[0.0]]), {"differences": said(0.5, 0.5, kink=True)})
    assert at_kink.comparison().margin == 0.0
    assert at_kink.comparison().kinks == 1


def test_the_worst_entries_come_first() -> None:
    claim: Array = np.array([[1.0, 5.0, 1.0, 3.0]])
    one = Estimate(np.ones((1, 4)), np.full((1, 4), 1e-9), np.zeros((1, 4), bool), np.zeros((1, 4)))
    entries = Ballot("w", claim, {"differences": one}).entries(0)
    assert [entry.index for entry in entries] == [(1,), (3,)]
    assert entries[0].claimed == 5.0
    assert entries[0].pytorch is None


def test_another_function_is_seen_before_any_gradient() -> None:
    answer = Answer("pytorch", {}, Estimate(np.array([1.0]), np.array([1e-15]), np.array([False]), np.zeros(1)))
    assert other_function(np.array([1.0 + 1e-15]), [answer]) == ""
    assert other_function(np.array([1.0 + 1e-9]), [answer]) == "pytorch"


@pytest.mark.parametrize(("off", "narrow"), [(1.5, True), (40.0, False)])
def test_what_misses_a_bar_by_little_is_told_apart_from_what_is_wrong(off: float, narrow: bool) -> None:
    vote = Ballot("w", np.array([[1.0 + off * 1e-7]]), {"differences": said(1.0, 1e-7)})
    assert vote.wrong.any()
    assert vote.narrow is narrow
