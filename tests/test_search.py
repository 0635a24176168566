"""The search for an input at which something is wrong ends at the smallest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck import GradcheckError, Verdict, find_mismatch
from gradcheck.errors import UnknownName
from gradcheck.generate import arrays, indices, labels, masks, shapes
from gradcheck.op import Altered, Array
from gradcheck.reference import LeakyRelu


def test_a_mistake_beyond_three_is_found_at_four() -> None:
    def grad(x: Array) -> Array:
        return np.where(x > 3, 2.1 * x, 2 * x)

    result = find_mismatch(lambda x: (x**2).sum(), grad, inputs=arrays(shapes(dimensions=1)))
    assert result.verdict is Verdict.DIFFERS
    assert result.notes[0] == "at the smallest inputs found: argument 0 = [4.]"


def test_an_index_that_repeats_is_found() -> None:
    def grad(W: Array, ids: Array) -> tuple[Array, None]:
        total = np.zeros_like(W)
        total[ids] += 2 * W[ids]
        return total, None

    inputs = st.tuples(arrays((3, 1)), indices(size=3))
    result = find_mismatch(lambda W, ids: (W[ids] ** 2).sum(), grad, inputs=inputs)
    assert result.notes[0].endswith("argument 1 = [0, 0]")


def test_a_branch_of_an_operation_is_found() -> None:
    op = Altered(LeakyRelu(0.1), lambda at: {"x": at.cotangent * (at.inputs["x"] > 0)})
    result = find_mismatch(op, inputs=st.fixed_dictionaries({"x": arrays((1, 1))}))
    assert result.notes[0] == "at the smallest inputs found: x = [[-1.]]"


def test_what_is_right_agrees_everywhere() -> None:
    result = find_mismatch(np.sum, np.ones_like, inputs=arrays(shapes(), regime="wild"), examples=50)
    assert result.verdict is Verdict.AGREES
    assert "nothing wrong at 5" in result.notes[0]
    assert (
        find_mismatch(np.tanh, vjp=lambda x, dy: dy * (1 - np.tanh(x) ** 2), inputs=arrays((2,)), examples=20).findings
        == ()
    )


def test_it_must_be_said_what_to_judge() -> None:
    with pytest.raises(GradcheckError, match="with one of grad= and vjp="):
        find_mismatch(np.sum, inputs=arrays((2,)))
    with pytest.raises(UnknownName, match="Did you mean 'wild'"):
        arrays((2,), regime="will")


@given(arrays((2, 3)), labels(4, classes=3), masks((2, 2)), indices(size=4))
def test_what_is_drawn_is_what_was_asked_for(x: Array, classes: Array, mask: Array, ids: Array) -> None:
    assert x.shape == (2, 3)
    assert (x != 0).all()
    assert classes.shape == (4,)
    assert set(classes) <= {0, 1, 2}
    assert set(mask.ravel()) <= {0.0, 1.0}
    assert 1 <= len(ids) <= 5
