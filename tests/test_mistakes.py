"""Every mistake of the catalogue, planted: it is found, the right layer is blamed, and it is called by its name."""

import numpy as np
import pytest

from gradcheck import Verdict, mistakes
from gradcheck.architecture import parse_case, plan
from gradcheck.check import examine
from gradcheck.errors import UnknownName
from gradcheck.mistakes import CATALOGUE, LayerMistake
from gradcheck.op import Backward, Gradients
from gradcheck.point import Point
from gradcheck.records import Counterexample, Finding
from gradcheck.reference import Affine, Network, Tanh
from gradcheck.run import judge, run

PLACES = {
    "bias-not-summed-over-batch": "3x2 affine:4 tanh affine:3 mean-squared-error",
    "one-consumer-counted": "3x2 affine:4 tanh add(sigmoid | silu) mean-squared-error",
    "shared-parameter-counted-once": "3x4 affine:4 tanh affine:4~1 mean-squared-error",
}

planted = pytest.mark.parametrize("mistake", CATALOGUE)
SHRUNK = (
    "bias-not-summed-over-batch",
    "gate-from-gradient",
    "sum-for-mean",
    "variance-path-missing",
)
"""Mistakes that are put through a whole run; ``make corpus`` does all of them."""


@pytest.mark.parametrize("mistake", SHRUNK)
def test_a_planted_mistake_is_found_shrunk_and_named(mistake: str) -> None:
    record = run(planted=mistake, seed=5)
    assert record.stopped == "found"
    assert record.verdict in (Verdict.DIFFERS, Verdict.BROKEN)
    assert {diagnosis.mistake for diagnosis in first(record.counterexamples).diagnoses} == {mistake}
    for example in record.counterexamples:
        batch_and_features, *layers = example.case.split(" weights=")[0].split()
        assert len(layers) <= 5, example.case
        assert max(map(int, batch_and_features.split("x"))) <= 2, example.case
        assert example.paper
        assert sum(step.first for step in example.paper.backward) == 1


def first(examples: tuple[Counterexample, ...]) -> Finding:
    """The first finding of the first counterexample."""
    return examples[0].result.findings[0]


CAUSES = {
    "duplicate-path",
    "extra-factor",
    "missing-factor",
    "missing-path",
    "missing-transpose",
    "wrong-activation-derivative",
    "wrong-constant",
    "wrong-reduction",
    "wrong-sign",
    "wrong-variable",
}
"""The causes of DESIGN.md section 5 that a backward pass in code can have."""


@planted
def test_an_entry_says_what_a_person_needs(mistake: str) -> None:
    entry = CATALOGUE[mistake]
    assert entry.id == mistake
    assert entry.cause in CAUSES
    assert entry.wrong != entry.right
    assert entry.says.endswith(".")
    assert entry.question.endswith("?")


def test_a_slip_at_the_output_is_one_finding_and_the_rest_are_consequences() -> None:
    case = parse_case("3x4 affine:5 tanh affine:3 sigmoid half-sum-of-squares draws=4")
    result = judge(case, "wrong-sign")
    assert [finding.layer for finding in result.findings] == ["loss"]
    assert set(result.findings[0].consequences) == {"x", "W1", "b1", "W3", "b3"}


def test_a_fault_inside_a_residual_block_is_blamed_inside() -> None:
    result = judge(parse_case("3x4 affine:4 residual(affine:4 tanh) mean-squared-error draws=4"), "mean-for-sum")
    assert {finding.layer for finding in result.findings} == {"residual2/affine3", "affine1"}


@pytest.mark.parametrize(("mistake", "architecture"), PLACES.items())
def test_a_mistake_changes_only_where_it_applies(mistake: str, architecture: str) -> None:
    network = plan(architecture).network
    assert mistakes.find(mistake).plant(network) != network
    plain = plan("3x2 softmax mean-squared-error").network
    assert mistakes.find(mistake).plant(plain) == plain


def test_a_wrong_gradient_that_is_in_no_catalogue_has_no_name() -> None:
    def odd(at: Backward) -> Gradients:
        return {name: gradient * (1.0 + 0.01 * k) for k, (name, gradient) in enumerate(at.gradients.items(), 1)}

    mistake = LayerMistake(id="odd", cause="", wrong="", right="", says="", question="", layers=(Affine,), backward=odd)
    assert _named(mistake.plant(plan("3x2 affine:3 half-sum-of-squares").network)) == [()]


def test_nearly_the_numbers_of_a_mistake_are_not_its_numbers() -> None:
    def nearly(at: Backward) -> Gradients:
        return at.gradients | {"b": at.cotangent.mean(axis=-2) * (1.0 + 1e-6)}

    mistake = LayerMistake(
        id="nearly", cause="", wrong="", right="", says="", question="", layers=(Affine,), backward=nearly
    )
    assert _named(mistake.plant(plan("3x2 affine:3 half-sum-of-squares").network)) == [()]


def test_a_mistake_at_a_single_point_is_not_acquitted_by_its_neighbours() -> None:
    def flat_at_zero(at: Backward) -> Gradients:
        return {"x": np.where(at.inputs["x"] == 0, 0.0, at.gradients["x"])}

    mistake = LayerMistake(
        id="flat", cause="", wrong="", right="", says="", question="", layers=(Tanh,), backward=flat_at_zero
    )
    case = parse_case("3x4 affine:4 tanh affine:2 mean-squared-error regime=sparse draws=8")
    laid = plan(case.architecture)
    result = examine(Point(mistake.plant(laid.network), laid.inputs(case), np.ones(8), ("W1", "b1")), "flat")
    assert [finding.layer for finding in result.findings] == ["tanh2"]


def _named(network: Network) -> list[tuple[str, ...]]:
    case = parse_case("3x2 affine:3 half-sum-of-squares draws=4")
    inputs = plan(case.architecture).inputs(case)
    result = examine(Point(network, inputs, np.ones(4), ("x", "W1", "b1")), "odd")
    return [tuple(diagnosis.mistake for diagnosis in finding.diagnoses) for finding in result.findings]


def test_an_unknown_mistake_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'mean-for-sum'"):
        mistakes.find("mean-instead-of-sum")
