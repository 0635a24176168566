"""A symmetric matrix has two derivatives, and code that reads one triangle has a third; each is told for what it is."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.linalg import cholesky, eigh, eigvalsh, inv, slogdet

from gradcheck import Result, Verdict, check_gradient, check_torch
from gradcheck.stages.testimony import undiagnosed

Array = np.ndarray[Any, Any]


def matrix(size: int, seed: int = 0) -> Array:
    """A positive definite matrix, symmetric to the last digit."""
    half = np.random.default_rng(seed).normal(size=(size, size))
    whole = half @ half.T + size * np.eye(size)
    return np.asarray(0.5 * (whole + whole.T))


def log_determinant(A: Array) -> Any:
    return 2 * np.log(np.diag(cholesky(A))).sum()


def judged(f: Callable[[Array], Any], grad: Callable[[Array], Array], A: Array) -> Result:
    with undiagnosed():
        return check_gradient(f, grad, A)


@settings(max_examples=20)
@given(st.integers(2, 5), st.integers(0, 99))
@example(18, 1)
def test_the_symmetric_gradient_of_what_reads_one_triangle_agrees(size: int, seed: int) -> None:
    result = judged(log_determinant, inv, matrix(size, seed))
    assert result.verdict is Verdict.AGREES, str(result)
    assert any("one triangle alone" in note for note in result.notes)


@settings(max_examples=20)
@given(st.integers(2, 5), st.integers(0, 99), st.integers(0, 4), st.sampled_from([1e-4, 1e-2, -2.0]))
@example(18, 1, 7, 1e-2)
def test_a_wrong_entry_of_it_is_not_missed(size: int, seed: int, place: int, off: float) -> None:
    def wrong(A: Array) -> Array:
        gradient = inv(A)
        gradient[0, place % size] *= 1 + off
        gradient[place % size, 0] = gradient[0, place % size]
        return gradient

    assert judged(log_determinant, wrong, matrix(size, seed)).verdict is Verdict.DIFFERS


def test_the_largest_eigenvalue() -> None:
    result = judged(lambda A: eigvalsh(A)[-1], lambda A: (v := eigh(A)[1][:, -1:]) @ v.T, matrix(4))
    assert result.verdict is Verdict.AGREES, str(result)


def test_it_is_not_accused_of_what_another_argument_does() -> None:
    with undiagnosed():
        result = check_gradient(
            lambda A, x: log_determinant(A) + (x**2).sum(), lambda A, x: (inv(A), 3 * x), matrix(3), np.ones(2)
        )
    assert {finding.parameter for finding in result.findings} == {"x"}


def test_two_entries_that_are_one_variable_are_told() -> None:
    result = judged(lambda A: slogdet(A)[1], lambda A: 2 * inv(A) - np.diag(np.diag(inv(A))), matrix(3))
    assert result.verdict is Verdict.DIFFERS
    assert "one variable" in result.findings[0].says


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_transposed_gradient_is_wrong_for_a_symmetric_matrix_too(order: tuple[int, int]) -> None:
    x, y = np.array([1.0, 2.0, -1.0]), np.array([0.3, -1.0, 2.0])
    result = judged(lambda A: x @ A @ y, lambda A: np.outer(x, y).transpose(order), matrix(3))
    assert result.verdict is (Verdict.AGREES if order == (0, 1) else Verdict.DIFFERS)


@pytest.mark.parametrize("name", ["cholesky", "eigvalsh", "inv"])
def test_what_pytorch_makes_of_it(name: str) -> None:
    import torch

    result = check_torch(getattr(torch.linalg, name), torch.tensor(matrix(3)))
    assert result.verdict is Verdict.AGREES, str(result)
