"""Where functions of PyTorch are steep, tied or have no second derivative: right is right, and wrong is wrong."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gradcheck import Verdict, check_torch


def numbers(*own: float) -> Tensor:
    return torch.tensor(own, dtype=torch.float64)


def function(forward: Callable[[Tensor], Tensor], backward: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Any]:
    """Return the ``apply`` of a Function, whose backward pass is given the input and the cotangent."""

    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return forward(x)

        @staticmethod
        def backward(ctx: Any, g: Tensor) -> Tensor:
            return backward(ctx.saved_tensors[0], g)

    return Custom.apply


STEEP: list[tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = [
    (torch.log, torch.reciprocal),
    (torch.rsqrt, lambda x: -0.5 * x.rsqrt() / x),
    (torch.sqrt, lambda x: 0.5 * x.rsqrt()),
]


@given(st.sampled_from(STEEP), st.integers(-12, -2), st.sampled_from([1.0, -1.0, 1.01, 1.0001, 0.0]))
@settings(max_examples=12)
def test_beside_the_edge_of_a_domain(
    pair: tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]], power: int, factor: float
) -> None:
    apply = function(pair[0], lambda x, g: factor * g * pair[1](x))
    result = check_torch(apply, numbers(10.0**power, 1.0, 3.0))
    assert result.verdict is (Verdict.AGREES if factor == 1.0 else Verdict.DIFFERS), str(result)


def test_a_branch_that_is_wrong_only_here_is_wrong() -> None:
    apply = function(torch.exp, lambda x, g: g * x.exp() * torch.where(x.abs() < 1e-2, 2.0, 1.0))
    assert check_torch(apply, numbers(3e-3, 1.0)).verdict is Verdict.DIFFERS


def test_a_cotangent_of_a_number_that_is_written_to_is_seen() -> None:
    def backward(x: Tensor, g: Tensor) -> Tensor:
        answer = 2.0 * x * g
        g.mul_(3.0)
        return answer

    result = check_torch(function(lambda x: (x * x).sum(), backward), numbers(0.3, -1.2))
    assert [finding.clause for finding in result.findings] == ["unchanged"]


@pytest.mark.parametrize(("weight", "verdict"), [(1.0, Verdict.AGREES), (0.0, Verdict.DIFFERS), (2.0, Verdict.DIFFERS)])
def test_all_that_share_a_tie_get_as_much_as_there_is(weight: float, verdict: Verdict) -> None:
    def backward(x: Tensor, g: Tensor) -> Tensor:
        largest = (x == x.amax()).to(x.dtype)
        return weight * g * largest / largest.sum()

    result = check_torch(function(torch.amax, backward), numbers(1.0, 1.0, 0.5))
    assert result.verdict is verdict, str(result)


def test_a_gradient_that_jumps_has_no_second_derivative_to_be_wrong() -> None:
    result = check_torch(lambda x: x.norm(dim=-1), torch.cat([torch.zeros(1, 3), torch.ones(2, 3)]).double())
    assert result.verdict is Verdict.AGREES, str(result)
    assert any("the gradient jumps here" in note for note in result.notes)


def test_what_a_series_leaves_out_of_a_derivative_is_no_mistake() -> None:
    assert check_torch(torch.digamma, numbers(0.4, 0.9, 1.7)).verdict is Verdict.AGREES


def test_a_parameter_that_moves_nothing_costs_next_to_nothing() -> None:
    calls = 0

    def f(x: Tensor, idle: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return x.exp() + 0.0 * idle.sum()

    assert check_torch(f, numbers(0.3, 0.7), torch.ones(40, dtype=torch.float64)).verdict is Verdict.AGREES
    assert calls < 150
