"""Every clause of the contract, and a backward pass that breaks it."""

from collections.abc import Callable

import numpy as np
import pytest

from gradcheck import Verdict, check
from gradcheck.op import Array, Gradients, Op, Pullback
from gradcheck.point import Point
from gradcheck.stages.contract import violations

X = np.array([[0.5, -1.2, 2.0], [1.0, 0.3, -0.4]])


class Sine(Op):
    """y = sin(x), and whatever backward pass it is given."""

    def __init__(self, backward: Callable[[Array, Array], Gradients]) -> None:
        self.backward = backward

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return sin(x)."""
        return np.sin(x), lambda dy: self.backward(x, dy)


class Stale(Op):
    """Keeps its cache in one place for all calls, so that the last forward pass wins."""

    cache = np.zeros(0)

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return sin(x)."""
        self.cache = x
        return np.sin(x), lambda dy: {"x": np.cos(self.cache) * dy}


class Buffer(Op):
    """Accumulates into a buffer that nobody resets."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return sin(x)."""
        total = np.zeros_like(x)

        def pullback(dy: Array) -> Gradients:
            nonlocal total
            total += np.cos(x) * dy
            return {"x": total}

        return np.sin(x), pullback


def right(x: Array, dy: Array) -> Gradients:
    return {"x": np.cos(x) * dy}


def writes_to_input(x: Array, dy: Array) -> Gradients:
    gradient = np.cos(x) * dy
    x[..., 0] = 0.0
    return {"x": gradient}


def writes_to_cotangent(x: Array, dy: Array) -> Gradients:
    dy *= np.cos(x)
    return {"x": dy}


def fails(x: Array, dy: Array) -> Gradients:
    raise ValueError("shapes do not fit")


BROKEN: dict[str, tuple[Op, str, str]] = {
    "raises": (Sine(fails), "raises", "ValueError: shapes do not fit"),
    "no gradient": (Sine(lambda *_: {}), "names", "No gradient came back for 'x'"),
    "a stranger": (Sine(lambda x, dy: {**right(x, dy), "w": dy}), "names", "'w' came back, which is no input"),
    "summed away": (
        Sine(lambda x, dy: {"x": (np.cos(x) * dy).sum(axis=-1)}),
        "shape",
        "has shape (2,); 'x' has (2, 3)",
    ),
    "broadcasts": (Sine(lambda x, dy: {"x": (np.cos(x) * dy)[..., :1]}), "shape", "has shape (2, 1); 'x' has (2, 3)"),
    "whole numbers": (Sine(lambda x, dy: {"x": (np.cos(x) * dy).astype(int)}), "dtype", "holds int64"),
    "not finite": (
        Sine(lambda x, dy: {"x": np.where(x > 1.5, np.nan, np.cos(x)) * dy}),
        "finite",
        "nan at entry (0, 2)",
    ),
    "writes to input": (Sine(writes_to_input), "unchanged", "'x' was changed, first at entry (0, 0)"),
    "writes to cotangent": (Sine(writes_to_cotangent), "unchanged", "changed the cotangent, first at entry"),
    "stale cache": (Stale(), "repeatable", "something is stale"),
    "buffer": (Buffer(), "repeatable", "something is stale"),
    "square": (Sine(lambda x, dy: {"x": np.cos(x) * dy * np.abs(dy)}), "linear", "not linear in the cotangent"),
    "constant": (
        Sine(lambda x, dy: {"x": np.cos(x) * dy + 1e-6}),
        "linear",
        "It is 1e-06 even where the cotangent is 0",
    ),
}


@pytest.mark.parametrize(("op", "clause", "says"), BROKEN.values(), ids=BROKEN)
def test_a_broken_contract_is_named_with_its_evidence(op: Op, clause: str, says: str) -> None:
    result = check(op, x=X.copy())
    assert result.verdict is Verdict.BROKEN
    assert [finding.clause for finding in result.findings] == [clause]
    assert says in result.findings[0].says


def test_a_right_backward_pass_keeps_the_contract() -> None:
    assert violations(Point.of(Sine(right), {"x": X})) == []


def test_what_rounding_leaves_of_a_sum_may_change_with_the_size_of_the_cotangent() -> None:
    """Sums are taken in another order where arrays lie elsewhere in memory."""

    def cancels(x: Array, dy: Array) -> Gradients:
        parts = [0.1 * dy, 0.2 * dy, -0.3 * dy]
        return {"x": 0.0 * x + sum(parts if np.abs(dy).max() > 1e-3 else parts[::-1])}

    assert np.abs(cancels(X, np.ones(X.shape))["x"] - 2.0**20 * cancels(X, np.full(X.shape, 2.0**-20))["x"]).max() > 0
    assert violations(Point.of(Sine(cancels), {"x": X})) == []


def test_a_forward_pass_that_raises_is_a_finding() -> None:
    def forward(x: Array, dy: Array) -> Gradients:
        return {}

    result = check(Sine(forward), y=X)
    assert result.verdict is Verdict.BROKEN
    assert "The forward pass raised TypeError" in result.findings[0].says


@pytest.mark.parametrize("backward", [right, writes_to_input])
def test_the_contract_leaves_the_inputs_alone(backward: Callable[[Array, Array], Gradients]) -> None:
    here = X.copy()
    check(Sine(backward), x=here)
    np.testing.assert_array_equal(here, X)
    assert here.flags.writeable
