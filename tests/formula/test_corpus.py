"""Formulas as people write them: every one is read, every verdict is right, nearly every cause."""

from collections import Counter

import pytest

from tests.corpus.formulas import Formula, formulas


def test_every_verdict_is_right_and_the_cause_nearly_always() -> None:
    """In one test, or every process that has a part of it would judge the whole corpus."""
    judged = [(formula, formula.judged()) for formula in formulas()]
    assert [formula.text for formula, judgement in judged if judgement.verdict != formula.verdict] == []
    told = [(formula, judgement) for formula, judgement in judged if formula.cause]
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
