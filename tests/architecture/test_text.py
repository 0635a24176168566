"""The text form of architectures and cases: it reads back, and it says what it could not read."""

import pytest
from hypothesis import given

from gradcheck.architecture import Architecture, parse_case, plan
from gradcheck.errors import GradcheckError, IllFormed, UnknownName
from gradcheck.generate import architectures, cases
from gradcheck.records import Case


@given(architectures())
def test_text_and_architecture_are_one(architecture: Architecture) -> None:
    assert Architecture.parse(str(architecture)) == architecture


@given(cases())
def test_a_case_reads_back_and_builds(case: Case) -> None:
    assert parse_case(str(case)) == case
    laid = plan(case.architecture)
    inputs = laid.inputs(case)
    assert all(inputs[name].shape == (case.draws, *shape) for name, shape in laid.shapes.items())
    assert set(inputs) == set(laid.network.inputs)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("", IllFormed, "a size such as 3x4"),
        ("0x3 tanh mean-squared-error", IllFormed, "a size such as 3x4"),
        ("3x4 tahn mean-squared-error", UnknownName, "Did you mean 'tanh'"),
        ("3x4 tanh", IllFormed, "expected a loss"),
        ("3x4 affine mean-squared-error", IllFormed, "affine with a width"),
        ("3x4 tanh:3 mean-squared-error", IllFormed, "tanh without a number"),
        ("3x4 residual(tanh mean-squared-error", UnknownName, "no layer or loss 'mean-squared-error'"),
        ("3x4 residual(tanh", IllFormed, "expected '\\)'"),
        ("3x4 add(tanh) mean-squared-error", IllFormed, "expected a layer"),
        ("3x4 ) mean-squared-error", IllFormed, "expected a layer"),
        ("3x4 tanh mean-squared-error l1:3", IllFormed, "a penalty such as l2:0.1"),
        ("3x4 tanh mean-squared-error l2:0.1 tanh", IllFormed, "nothing more"),
        ("3x4 tanh mean-squared-error wieghts=3", UnknownName, "Did you mean 'weights'"),
        ("3x4 tanh mean-squared-error weights=-3", IllFormed, "a whole number from 0"),
        ("3x4 tanh mean-squared-error draws=0", IllFormed, "a whole number from 1"),
        ("3x4 tanh mean-squared-error regime=hugh", UnknownName, "Did you mean 'huge'"),
        ("3x4 affine:5 leaky-relu:1.2.3 mean-squared-error", IllFormed, "expected a layer"),
        ("3x4 dropout:1 mean-squared-error", IllFormed, "a rate below 1"),
    ],
)
def test_what_cannot_be_read_is_answered_in_one_line(text: str, error: type[GradcheckError], says: str) -> None:
    with pytest.raises(error, match=says) as raised:
        parse_case(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("3x4 residual(affine:3) mean-squared-error", "residual1 must keep its width 4; its layers make 3"),
        ("3x4 residual() mean-squared-error", "make nothing"),
        ("3x4 add(affine:3 | affine:2) mean-squared-error", "add1 adds widths 3 and 2"),
        ("3x4 affine:5~7 mean-squared-error", "W7 does not exist"),
        ("3x4 affine:5 affine:5~1 mean-squared-error", "needs W1 of shape \\(5, 5\\), but W1 has shape \\(4, 5\\)"),
    ],
)
def test_sizes_that_do_not_fit_are_named(text: str, says: str) -> None:
    with pytest.raises(IllFormed, match=says):
        plan(text)
