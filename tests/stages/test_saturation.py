"""A claim of nothing is forgiven where the right formula has lost all it had, and nowhere else."""

from typing import Any

import numpy as np
import pytest

from gradcheck import Verdict, check_gradient, reference
from gradcheck.op import Altered, Array, Backward, Gradients
from gradcheck.point import Point
from gradcheck.stages import saturation
from gradcheck.stages.compare import Ballot
from gradcheck.stages.hearing import hear


class Recurrent:
    """Two steps of a tanh network whose units saturate, and the loss of what they hand on."""

    def __init__(self, seed: int) -> None:
        generator = np.random.default_rng(seed)
        self.U, self.V = 2.5 * generator.normal(size=(4, 3)), generator.normal(size=(2, 4))
        self.x, self.W = 2.5 * generator.normal(size=(2, 3)), 2.5 * generator.normal(size=(4, 4))

    def states(self, W: Array) -> list[Array]:
        one = np.tanh(self.U @ self.x[0])
        return [one, np.tanh(self.U @ self.x[1] + W @ one)]

    def value(self, W: Array) -> Any:
        return sum(0.5 * ((self.V @ h) ** 2).sum() for h in self.states(W))

    def gradient(self, W: Array) -> Array:
        one, two = self.states(W)
        return np.outer(self.V.T @ (self.V @ two) * (1.0 - two**2), one)

    def forgotten(self, W: Array) -> Array:
        """Return the same but for a unit whose slope is small, and was left out."""
        wrong = self.gradient(W)
        wrong[np.argmin(np.where(wrong == 0.0, np.inf, np.abs(wrong)).min(axis=1))] = 0.0
        return wrong


@pytest.mark.parametrize("seed", [4, 54, 60, 97])
def test_what_has_vanished_is_forgiven(seed: int) -> None:
    own = Recurrent(seed)
    assert (own.gradient(own.W) == 0.0).any()
    assert check_gradient(own.value, own.gradient, own.W).verdict is Verdict.AGREES


@pytest.mark.parametrize("seed", [4, 54, 60, 97])
def test_what_is_nothing_everywhere_is_not(seed: int) -> None:
    own = Recurrent(seed)
    assert check_gradient(own.value, own.forgotten, own.W).verdict is Verdict.DIFFERS


def nothing_where_all_are_positive(there: Backward) -> Gradients:
    positive = (there.inputs["x"] > 0).all(axis=1, keepdims=True)
    return {"x": np.where(positive, 0.0, there.gradients["x"])}


def allowed(largest: float) -> Ballot:
    """What is heard of a tanh of which nothing is claimed in one draw, which is so large; in others all is as ever."""
    inputs = {"x": np.array([[largest, largest + 1.0], [-0.5, 0.9], [1.2, -0.7]])}
    operations = reference.Tanh(), Altered(reference.Tanh(), nothing_where_all_are_positive)
    (before,), (after,) = (hear(Point.under(op, inputs)).votes for op in operations)
    np.testing.assert_array_equal(after.moves[1:], before.moves[1:])
    return after


def test_only_those_draws_are_allowed_more_in_which_a_claim_is_contradicted() -> None:
    after = allowed(18.0)
    assert not after.accuses
    assert (after.moves[0] > 1e-16).all()


def test_nothing_is_allowed_where_a_claim_is_farther_off_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saturation, "_vanished", pytest.fail)
    after = allowed(12.0)
    assert after.doubted.tolist() == [True, False, False]
    assert after.accuses
    assert (after.moves[0] == 0.0).all()
