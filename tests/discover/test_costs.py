"""The factor that gradients have in common with the slopes of a cost is seen, and none where it is one by chance."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from gradcheck.discover.costs import common_factor, plain

X, Y = np.array([[0.5, -1.2], [0.3, 0.8], [-0.7, 0.4]]), np.array([0.2, -0.4, 0.9])
AT: Mapping[str, Any] = {"w": np.array([0.6, -0.3])}


def cost(args: Mapping[str, Any]) -> Any:
    """Half the sum of the squares of a cubic fit."""
    return 0.5 * np.sum(((X @ args["w"]) ** 3 - Y) ** 2)


def slope() -> Any:
    """Its gradient."""
    out = X @ AT["w"]
    return X.T @ ((out**3 - Y) * 3 * out**2)


@pytest.mark.parametrize("often", [1.0, 3.0, 1 / 3, 2 / 3, 2 / 7, 0.37123456789])
def test_a_factor_is_seen_to_ten_digits(often: float) -> None:
    factor, many = common_factor(cost, {"w": often * slope()}, AT, ("w",))
    assert many == 1
    assert factor == pytest.approx(often, rel=1e-9)


def test_what_is_as_often_as_that_along_one_direction_alone_is_no_multiple() -> None:
    direction = np.random.default_rng(4).normal(size=2)
    beside = np.array([-direction[1], direction[0]])  # along the direction nothing is seen of it
    assert common_factor(cost, {"w": slope() + 0.3 * beside}, AT, ("w",)) == (1.0, 0)


@pytest.mark.parametrize(("factor", "meant"), [(2 / 3, 2 / 3), (0.25, 0.25), (5.0, 5.0), (0.7, 0.0), (1 / 20.005, 0.0)])
def test_a_plain_factor_is_a_whole_number_or_one_or_two_over_it(factor: float, meant: float) -> None:
    assert plain(factor) == pytest.approx(meant)
