"""What stops when it is near enough climbs by stairs, and its right gradient agrees; what only bends has no stairs."""

import json

import numpy as np
import pytest

from gradcheck import Verdict, check_gradient
from gradcheck.op import Array

WEIGHTS, MIX = np.array([1.0, 2.0]), np.array([[0.3, 0.2], [-0.1, 0.4]])


def settled(a: Array, tolerance: float) -> Array:
    """Return x = tanh(MIX x + a), to within the tolerance."""
    x, before = np.zeros(2), np.ones(2)
    while np.abs(x - before).max() > tolerance:
        x, before = np.tanh(MIX @ x + a), x
    return x


def slope(a: Array) -> Array:
    D = np.diag(1 - settled(a, 1e-15) ** 2)
    return np.asarray(D @ np.linalg.solve((np.eye(2) - D @ MIX).T, WEIGHTS))


@pytest.mark.parametrize("tolerance", [1e-6, 1e-8])
def test_jumps_are_found_among_what_drifts(tolerance: float) -> None:
    result = check_gradient(lambda a: settled(a, tolerance) @ WEIGHTS, slope, np.array([0.5, -0.3]))
    assert result.verdict is Verdict.AGREES
    assert "jumps" in result.notes[0]
    assert json.loads(result.to_json())["verdict"] == "agrees"
    wrong = check_gradient(lambda a: settled(a, tolerance) @ WEIGHTS, lambda a: 1.001 * slope(a), np.array([0.5, -0.3]))
    assert wrong.verdict is Verdict.DIFFERS


@pytest.mark.parametrize("aside", [1e-8, 1e-10, 1e-12])
def test_a_claim_that_bends_too_late_beside_a_kink_is_no_stair(aside: float) -> None:
    weights, x = np.linspace(1.0, 1.7, 4), np.array([aside, -aside, 1.0, 3.0])
    result = check_gradient(lambda x: weights @ np.maximum(x, 0), lambda x: weights * (x > -10 * aside), x)
    assert result.verdict is Verdict.DIFFERS
