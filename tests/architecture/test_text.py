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
        ("3x4 affine mean-squared-error", IllFormed, "affine needs width; expected affine:WIDTH"),
        ("3x4 tanh:3 mean-squared-error", IllFormed, "expected tanh\\."),
        ("3x4 residual(tanh mean-squared-error", UnknownName, "no layer or loss 'mean-squared-error'"),
        ("3x4 residual(tanh", IllFormed, "expected '\\)'"),
        ("3x4 add(tanh) mean-squared-error", IllFormed, "expected a layer"),
        ("3x4 ) mean-squared-error", IllFormed, "expected a layer"),
        ("3x4 tanh mean-squared-error l1:3", IllFormed, "a penalty such as l2:0.1"),
        ("3x4 tanh mean-squared-error l2:0.1 tanh", IllFormed, "nothing more"),
        ("3x4 tanh mean-squared-error --plant", IllFormed, "nothing more"),
        ("3x4 tanh mean-squared-error wieghts=3", UnknownName, "Did you mean 'weights'"),
        ("3x4 tanh mean-squared-error weights=-3", IllFormed, "a whole number from 0"),
        ("3x4 tanh mean-squared-error draws=0", IllFormed, "a whole number from 1"),
        ("3x4 tanh mean-squared-error regime=hugh", UnknownName, "Did you mean 'huge'"),
        ("3x4 affine:5 leaky-relu:1.2.3 mean-squared-error", IllFormed, "slope=1.2.3: expected a number"),
        ("3x4 affine:0 mean-squared-error", IllFormed, "a whole number from 1 to 9999"),
        ("3x4 affine:5,width=5 mean-squared-error", IllFormed, "at 'width=5'"),
        ("3x4 affine:width=5.5 mean-squared-error", IllFormed, "a whole number from 1 to 9999"),
        ("2x3x4 conv1d:3 mean-squared-error", IllFormed, "conv1d needs kernel"),
        ("2x3x4 conv1d:3,2x mean-squared-error", IllFormed, "sizes such as 3 or 3x2"),
        ("2x3x4 conv1d:3,2,strides=2 mean-squared-error", IllFormed, "stride=1,padding=0"),
        ("2x3x4 conv1d:3,2,stride=99 mean-squared-error", IllFormed, "from -16 to 16"),
    ],
)
def test_what_cannot_be_read_is_answered_in_one_line(text: str, error: type[GradcheckError], says: str) -> None:
    with pytest.raises(error, match=says) as raised:
        parse_case(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("3x4 residual(affine:3) mean-squared-error", "residual1 must keep the shape 3x4; its layers make 3x3"),
        ("3x4 residual() mean-squared-error", "make nothing"),
        (
            "3x4 add(affine:3 | affine:2) mean-squared-error",
            "add1 \\(add\\) does not fit 3x3 and 3x2: values that meet",
        ),
        ("3x4 dropout:1 mean-squared-error", "a rate below 1"),
        ("3x4 softmax:-3 mean-squared-error", "axis=-3 is none of the axes of 3x4: -1 to -2"),
        ("3x4 softmax:0 mean-squared-error", "axis=0 is none of the axes of 3x4"),
        ("3x4 concatenate(affine:3 | flatten affine:2 reshape:1x2) mean-squared-error", "must be of one shape but for"),
        ("3x4x2 affine:2 mean-squared-error", "affine1 .* takes batch x features; flatten or reshape"),
        ("3x4x2 tanh mean-squared-error", "Layer loss .* takes batch x features; flatten or reshape"),
        ("2x3x4 conv1d:3,5 flatten mean-squared-error", "conv1d1 .* reaches over 5 entries, more than the 4 of"),
        ("2x3x4 conv1d:3,2,groups=2 flatten mean-squared-error", "groups=2 must divide the 3 channels of the input"),
        ("2x3x4 conv1d:3,2,groups=0 flatten mean-squared-error", "at least one group"),
        ("2x3x4 conv1d:3,2x2 flatten mean-squared-error", "slides along 2 axes, and here are 1"),
        ("2x3x4 conv1d:3,2,stride=0 flatten mean-squared-error", "stride=0, .* at least 1"),
        ("2x3x4 transposed-conv1d:3,1,padding=2 flatten mean-squared-error", "a padding of 2 leaves nothing"),
        ("2x3x4 transposed-conv1d:3,1,output_padding=1 flatten mean-squared-error", "less than the stride, which is 1"),
        ("2x3x4 max-pool1d:kernel=5 flatten mean-squared-error", "reaches over 5 entries, more than the 4 of"),
        ("2x3x4 max-pool1d:kernel=2,padding=2 flatten mean-squared-error", "at most half of it"),
        ("2x3x4 upsample-nearest:0 flatten mean-squared-error", "factor=0 cannot be"),
        ("2x3x4 zero-pad:-1 flatten mean-squared-error", "padding=-1 cannot be"),
        ("2x3x4 reflect-pad:4 flatten mean-squared-error", "a padding of at most 3 would fit"),
        ("2x3x4x4 conv2d:2,3,stride=1x2x3 flatten mean-squared-error", "stride=1x2x3 is for 3 axes, and here are 2"),
        ("2x4x4 transposed-conv1d:3,2,groups=2 flatten mean-squared-error", "must divide the 3 channels of y; 1 would"),
        ("2x3x4 group-norm:2 flatten mean-squared-error", "groups=2 must divide the 3 channels"),
        ("2x3x4 multi-head-attention:heads=0 flatten mean-squared-error", "has heads=0, and needs at least 1"),
        ("2x3x4 scaled-dot-product-attention:mask=1 flatten mean-squared-error", "below 1, such as mask=0.25"),
        ("2x3 huber:0", "delta=0 cannot be"),
        ("2x3 info-nce:0", "temperature=0 cannot be"),
        ("2x3x4 slice:start=4,stop=5 flatten mean-squared-error", "axis -1 has 4 entries; 4:5:1 takes none"),
        ("2x3x4 slice:stop=2,step=0 flatten mean-squared-error", "takes none of them"),
        ("2x3x4 permute:2x2 flatten mean-squared-error", "should name each of 1 to 2 once"),
        ("2x3x4 permute:1 flatten mean-squared-error", "should name each of the axes 1 to 2"),
        ("1x4 batch-norm mean-squared-error", "each channel has one entry, which has no variance"),
        ("2x4x1 instance-norm flatten mean-squared-error", "each channel has one place, which has no variance"),
        ("2x4 group-norm:groups=3 mean-squared-error", "groups=3 must divide the 4 channels"),
        ("2x3x4 reshape:5 mean-squared-error", "has 12 numbers and cannot take the shape \\(5,\\)"),
        ("999x999 tanh mean-squared-error", "998,001 numbers; a case may have 20,000"),
        ("9x9 affine:9999 mean-squared-error", "numbers; a case may have 20,000"),
        ("3x4 affine:5~q1 mean-squared-error", "cannot share q1: it has W, b to share"),
        ("3x4 tanh~1 mean-squared-error", "tanh1 cannot share 1: it has nothing to share"),
        ("3x4 affine:5~7 mean-squared-error", "W7 does not exist"),
        ("3x4 affine:5 affine:5~1 mean-squared-error", "needs W1 of shape \\(5, 5\\), but W1 has shape \\(4, 5\\)"),
    ],
)
def test_sizes_that_do_not_fit_are_named(text: str, says: str) -> None:
    with pytest.raises(IllFormed, match=says):
        plan(text)
