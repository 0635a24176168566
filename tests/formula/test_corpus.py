"""Formulas as people write them: every one is read, every verdict is right, nearly every cause."""

from collections import Counter
from functools import lru_cache

import pytest

from gradcheck.formula import Judgement
from tests.corpus.formulas import Formula, formulas


@lru_cache
def judged() -> tuple[tuple[Formula, Judgement], ...]:
    return tuple((formula, formula.judged()) for formula in formulas())


def test_everything_readable_is_read_and_nothing_else() -> None:
    for formula, judgement in judged():
        assert (judgement.verdict == "unreadable") == (formula.verdict == "unreadable"), formula.text


def test_every_verdict_is_right() -> None:
    assert [formula.text for formula, judgement in judged() if judgement.verdict != formula.verdict] == []


def test_the_cause_is_right_nearly_always() -> None:
    told = [(formula, judgement) for formula, judgement in judged() if formula.cause]
    missed = [
        (formula.text, formula.cause, judgement.cause) for formula, judgement in told if not formula.fits(judgement)
    ]
    assert len(missed) <= 0.05 * len(told), missed


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    verdicts = Counter(formula.verdict for formula in formulas())
    assert verdicts["correct"] >= 200
    assert verdicts["wrong"] >= 200
    assert len({formula.cause for formula in formulas()}) >= 18


@pytest.mark.parametrize("formula", formulas()[::40], ids=lambda formula: formula.text[:40])
def test_what_was_read_reads_back_as_the_same(formula: Formula) -> None:
    """What gradcheck shows as its reading is itself a formula, with the same verdict: nothing is hidden."""
    judgement = formula.judged()
    if judgement.verdict in ("correct", "wrong") and r"\\" not in judgement.read_as:
        again = Formula(formula.problem, judgement.read_as, formula.verdict, formula.target).judged()
        assert again.verdict == judgement.verdict
