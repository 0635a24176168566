"""The evidence shows what the verdict was made of."""

from hypothesis import example, given, settings

from gradcheck.architecture import parse_case
from gradcheck.generate import cases
from gradcheck.records import Case
from gradcheck.report.words import claimed
from gradcheck.survey.gathering import of_a_call
from gradcheck.survey.judging import judge, point_of

NEAR = (
    "2x2 flatten reshape:1x2x1 instance-norm flatten affine:4 reshape:1x4x1 layer-norm concatenate:-3(residual("
    "reshape:4x1 conv1d:8,1,groups=4 leaky-relu:0.1 batch-norm flatten affine:4 reshape:1x4x1) gather:2 glu | silu) "
    "concatenate(| dropout) flatten kl-divergence weights=5484 draws=128 regime=huge"
)
"""Its claim has lost more inside of its layers than the bar of any oracle."""
ROUNDED = 1e-4
"""Evidence is written with fifteen digits."""


@settings(max_examples=10)
@given(cases())
@example(parse_case(NEAR))
def test_the_closest_call_is_as_close_as_was_said(case: Case) -> None:
    point = point_of(case, "")
    closest = max(judge(case, "").comparisons, key=lambda own: own.margin)
    evidence = of_a_call(point, closest.parameter)
    assert evidence is not None
    sides = [(evidence.differences, evidence.bar)]
    if evidence.pytorch is not None and evidence.pytorch_bar is not None:
        sides.append((evidence.pytorch, evidence.pytorch_bar))
    shown = min(abs(claimed(evidence) - value) / (allowed or 1.0) for value, allowed in sides)
    assert abs(shown - closest.margin) <= ROUNDED + 0.01 * closest.margin
