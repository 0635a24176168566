"""What is wrong in thousands of entries is explained on a few, and only what holds for the many is told."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradcheck import Verdict, check_gradient
from gradcheck.op import Array
from gradcheck.records import Finding

Arrays = tuple[Array, ...]
Gradient = Callable[..., Arrays]


class Classes:
    """Softmax regression behind a hidden layer: its loss, whose calls are counted, and the data for it."""

    def __init__(self, into: int, hidden: int, classes: int = 10) -> None:
        generator = np.random.default_rng(0)
        self.calls, shapes = 0, ((into, hidden), (hidden,), (hidden, classes))
        self.parameters = tuple(generator.normal(size=shape) / np.sqrt(shape[0]) for shape in shapes)
        self.data = generator.normal(size=(30, into)), generator.integers(0, classes, 30)

    def loss(self, W: Array, b: Array, V: Array, X: Array, y: Array) -> Any:
        self.calls += 1
        scores = np.tanh(X @ W + b) @ V
        return (np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(y)), y]).sum()

    def found(self, gradient: Gradient) -> tuple[Finding, ...]:
        """Judge a gradient."""
        result = check_gradient(self.loss, gradient, *self.parameters, *self.data, wrt=("W", "b", "V"))
        assert result.verdict in (Verdict.DIFFERS, Verdict.BROKEN)
        return result.findings


def backwards(V: Array, h: Array, y: Array) -> tuple[Array, Array]:
    p = np.exp(h @ V)
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1.0
    return p, p @ V.T


def no_square(W: Array, b: Array, V: Array, X: Array, y: Array) -> Arrays:
    h = np.tanh(X @ W + b)
    dy, dh = backwards(V, h, y)
    dz = dh * (1.0 - h)
    return X.T @ dz, dz.sum(axis=0), h.T @ dy


def mean_for_sum(W: Array, b: Array, V: Array, X: Array, y: Array) -> Arrays:
    h = np.tanh(X @ W + b)
    dy, dh = backwards(V, h, y)
    dz = dh * (1.0 - h**2)
    return X.T @ dz, dz.mean(axis=0), h.T @ dy


def transposed(W: Array, b: Array, V: Array, X: Array, y: Array) -> Arrays:
    h = np.tanh(X @ W + b)
    dy, dh = backwards(V, h, y)
    dz = dh * (1.0 - h**2)
    return X.T @ dz, dz.sum(axis=0), (h.T @ dy).T


@pytest.mark.parametrize(
    ("gradient", "right"),
    [
        (no_square, "dh * (1.0 - h ** 2)"),
        (mean_for_sum, "dz.sum(axis=0)"),
        (transposed, "h.T @ dy"),
    ],
)
def test_thousands_of_entries_are_explained_by_a_few(gradient: Gradient, right: str) -> None:
    large = Classes(70, 50)
    (found,) = large.found(gradient)
    assert found.diagnoses
    assert found.place
    assert right in found.place.right
    assert large.calls <= 3000


def test_an_edit_that_repairs_the_smaller_problem_alone_is_none() -> None:
    def gradient(x: Array) -> Array:
        often, more = 2.0, 3.0 if len(x) > 100 else 1.0
        return often * np.cos(x) * more

    x = np.random.default_rng(0).normal(size=500)
    (found,) = check_gradient(lambda x: np.sin(x).sum(), gradient, x).findings
    assert found.place is None


def test_data_that_is_no_argument_is_cut_as_well() -> None:
    def scores(W: Array) -> Array:
        return np.asarray(large.data[0] @ W)

    def value(W: Array) -> Any:
        return 0.5 * (scores(W) ** 2).sum()

    def gradient(W: Array) -> Array:
        return np.asarray(2.0 * large.data[0].T @ scores(W))

    large = Classes(70, 50)
    (found,) = check_gradient(value, gradient, large.parameters[0]).findings
    assert found.place
    assert found.place.right == "return np.asarray(large.data[0].T @ scores(W))"


@pytest.mark.parametrize("entries", [400, 4000])
def test_code_of_one_size_is_explained_only_if_that_is_quick(entries: int) -> None:
    calls, data = 0, np.random.default_rng(0).normal(size=entries)

    def value(x: Array) -> Any:
        nonlocal calls
        calls += 1
        if len(x) != entries:
            raise ValueError
        return np.sin(x * data).sum() + 0.0 * np.linalg.norm(np.outer(data[:400], data[:400]))

    (found,) = check_gradient(value, lambda x: 2.0 * data * np.cos(x * data), data + 1.0).findings
    assert "2 times" in found.says
    assert not found.diagnoses
    assert calls <= 200
