"""Differences with more digits settle what float64 hides, and code that returns to float64 is found out."""

from typing import Any

import numpy as np
import pytest

from gradcheck import Verdict, check_gradient
from gradcheck.adapt.pairs import Pair
from gradcheck.op import Array
from gradcheck.oracles.more_digits import with_more_digits
from gradcheck.point import Point

X = np.array([0.3, -1.2, 2.0])


def longer(f: Any) -> Point | None:
    op = Pair(f, lambda *_: lambda _: None, (X,), ["x"])
    return with_more_digits(Point.of(op, op.inputs))


def returning(x: Array) -> Any:
    return np.abs(np.asarray(x, dtype=np.float64)).sum() + 1e10


def test_code_that_returns_to_float64_is_found_out() -> None:
    assert longer(lambda x: np.abs(x).sum() + 1e10) is not None
    assert longer(returning) is None
    assert longer(lambda x: float(x[0])) is None


@pytest.mark.parametrize("offset", [1e8, 1e10, 1e12])
def test_a_large_constant_hides_nothing_from_more_digits(offset: float) -> None:
    def f(x: Array) -> Any:
        return np.abs(x).sum() + offset

    assert check_gradient(f, np.sign, X).verdict is Verdict.AGREES
    wrong = check_gradient(f, lambda x: np.sign(x) * np.array([1.0, 1.001, 1.0]), X)
    assert [entry.index for entry in wrong.findings[0].entries] == [(1,)]


def test_without_them_it_stays_undecided() -> None:
    assert check_gradient(lambda x: returning(x) + 1e12, np.sign, X).verdict is Verdict.UNDECIDED
    assert check_gradient(lambda x: np.abs(x).sum() + 1e12, np.sign, X).verdict is Verdict.AGREES
