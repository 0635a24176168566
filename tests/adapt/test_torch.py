"""PyTorch callables, functions and modules: what autograd makes of them, and all that a Function can get wrong."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from gradcheck import GradcheckError, Verdict, check_torch


def custom(forward: Callable[..., Any], backward: Callable[..., Any], *, once: bool = False) -> Any:
    """A torch.autograd.Function of one tensor."""

    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Any:
            ctx.save_for_backward(x)
            return forward(x)

        @staticmethod
        def backward(ctx: Any, *dy: Tensor) -> Any:
            return backward(ctx.saved_tensors[0], dy[0])

    if once:
        setattr(Custom, "backward", staticmethod(torch.autograd.function.once_differentiable(Custom.backward)))  # noqa: B010
    return Custom.apply


def normal(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(5)).to(dtype)


def seeded(make: Callable[..., Any], *sizes: int) -> Any:
    """Make a module with weights that are the same every time, and leave PyTorch's own generator alone."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return make(*sizes)


class Product(torch.autograd.Function):
    """x @ w, whose backward pass computes only what is asked for."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor) -> Tensor:
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx: Any, *dy: Tensor) -> Any:
        x, w = ctx.saved_tensors
        dx = dy[0] @ w.mT if ctx.needs_input_grad[0] else None
        return dx, x.mT @ dy[0] if ctx.needs_input_grad[1] else None


class SineAndCosine(torch.autograd.Function):
    """Two outputs, of which either may stay unused."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(x)
        ctx.set_materialize_grads(False)
        return x.sin(), x.cos()

    @staticmethod
    def backward(ctx: Any, *dy: Tensor | None) -> Any:
        (x,) = ctx.saved_tensors
        parts = [own * slope for own, slope in zip(dy, (x.cos(), -x.sin()), strict=True) if own is not None]
        return sum(parts) if parts else None


RIGHT: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "a function": (torch.matmul, (normal(3, 4), normal(4, 2))),
    "apply": (custom(torch.sin, lambda x, dy: x.cos() * dy), (normal(5),)),
    "a module in float32": (seeded(torch.nn.Linear, 4, 3), (normal(5, 4, dtype=torch.float32),)),
    "a module with buffers": (seeded(torch.nn.BatchNorm1d, 4).double(), (normal(6, 4),)),
    "relu at zero": (torch.relu, (torch.tensor([0.0, 0.0, 1.0]),)),
    "whole numbers": (seeded(torch.nn.Embedding, 5, 3).double(), (torch.tensor([1, 2, 1]),)),
    "several values": (seeded(torch.nn.LSTM, 3, 2).double(), (normal(4, 1, 3),)),
    "an output that is declared": (lambda x: (x.exp(), (x.detach() * 2)), (normal(4),)),
    "complex": (lambda z: (z * z.conj()).real.sum(), (torch.tensor([1 + 2j, -1j]),)),
    "a view": (torch.sin, (normal(4, 6).t()[::2],)),
    "only what is asked for": (Product.apply, (normal(3, 4), normal(4, 2))),
    "one of two outputs": (SineAndCosine.apply, (normal(5),)),
    "only whole inputs": (lambda x: x.view(-1).sin(), (normal(3, 4),)),
    "rows that are alike": (lambda x: (x - x[0] + 1e-3).log1p().sum(0), (normal(3, 4).abs(),)),
    "a list and a dictionary": (
        lambda xs, d: xs[0] * xs[1].sum() + d["c"].sin(),
        ([normal(3), normal(4)], {"c": normal(3)}),
    ),
    "a state and what is nested": (
        seeded(torch.nn.LSTM, 3, 2).double(),
        (normal(4, 1, 3), (normal(1, 1, 2), normal(1, 1, 2))),
    ),
    "softmax of a sum": (lambda x, w: torch.softmax(x, -1) @ w, (normal(3, 4), normal(4, 2))),
}


@pytest.mark.parametrize(("fn", "tensors"), RIGHT.values(), ids=RIGHT)
def test_what_is_right_agrees(fn: Any, tensors: tuple[Any, ...]) -> None:
    result = check_torch(fn, *tensors)
    assert result.verdict is Verdict.AGREES, str(result)


def test_every_part_of_a_container_is_judged_by_name() -> None:
    result = check_torch(lambda xs: {"y": (xs["a"], [xs["b"] * xs["a"].detach()])}, {"a": normal(2), "b": normal(2)})
    assert [one.parameter for one in result.comparisons] == ["xs['a']", "xs['b']"]
    assert {finding.parameter for finding in result.findings} == {"xs['a']"}


def strides(x: Tensor, dy: Tensor) -> Tensor:
    if 0 in dy.stride():
        dy = dy.contiguous()
    return torch.as_strided(dy, x.shape, x.stride()) * x.cos()


def expanded_only(x: Tensor, dy: Tensor) -> Tensor:
    return x.cos() * dy * (1.1 if 0 in dy.stride() else 1.0)


CACHE: dict[str, Tensor] = {}


def remember(x: Tensor) -> Tensor:
    CACHE["x"] = x.clone()
    return torch.sin(x)


def clamp(x: Tensor, dy: Tensor) -> Tensor:
    x.data.clamp_(min=0)
    return dy * (x > 0)


class CubeSlope(torch.autograd.Function):
    """3 x^2 dy, whose own backward pass forgets a square by dy."""

    of = staticmethod(lambda x: x**3)
    times = classmethod(lambda cls, x, dy: cls.apply(x, dy))

    @staticmethod
    def forward(ctx: Any, x: Tensor, dy: Tensor) -> Tensor:
        ctx.save_for_backward(x, dy)
        return 3 * x**2 * dy

    @staticmethod
    def backward(ctx: Any, *further: Tensor) -> Any:
        x, dy = ctx.saved_tensors
        return 6 * x * dy * further[0], 3 * x * further[0]


WRONG: dict[str, tuple[Any, Tensor, str]] = {
    "10 % off": (custom(torch.sin, lambda x, dy: 1.1 * x.cos() * dy), normal(5), "gradient"),
    "zero, large": (custom(torch.sigmoid, lambda x, dy: 0 * dy), normal(20_000), "gradient"),
    "detached": (lambda x: x.detach() * 2 + x, normal(5), "gradient"),
    "writes to the cotangent": (custom(torch.square, lambda x, dy: dy.mul_(2 * x)), normal(5), "unchanged"),
    "writes to its input": (custom(torch.relu, clamp), torch.tensor([-1.0, 2.0]), "unchanged"),
    "stale cache": (custom(remember, lambda x, dy: CACHE["x"].cos() * dy), normal(5), "repeatable"),
    "dropout": (torch.nn.Dropout(), normal(6, 6), "repeatable"),
    "not linear": (custom(torch.sin, lambda x, dy: x.cos() * dy * dy.abs()), normal(5), "linear"),
    "reads strides": (custom(torch.sin, strides), normal(3, 4), "layout"),
    "expanded only": (custom(torch.sin, expanded_only), normal(4), "layout"),
    "second derivative by the cotangent": (custom(CubeSlope.of, CubeSlope.times), normal(5), "double-backward"),
    "second derivative": (custom(torch.sin, lambda x, dy: x.cos().detach() * dy), normal(5), "double-backward"),
}


class PartlyWrong(Product):
    """A backward pass that is right only if everything is asked for."""

    @staticmethod
    def backward(ctx: Any, *dy: Tensor) -> Any:
        x, w = ctx.saved_tensors
        if all(ctx.needs_input_grad):
            return dy[0] @ w.mT, x.mT @ dy[0]
        return dy[0] @ w.mT, 2 * x.mT @ dy[0]


class Swapped(Product):
    """A backward pass that loses its place when something is not asked for."""

    @staticmethod
    def backward(ctx: Any, *dy: Tensor) -> Any:
        x, w = ctx.saved_tensors
        found = [dy[0] @ w.mT] if ctx.needs_input_grad[0] else []
        return (*found, x.mT @ dy[0], None)[:2]


class NeedsBoth(SineAndCosine):
    """A backward pass that fails if one output is not used."""

    @staticmethod
    def backward(ctx: Any, *dy: Any) -> Any:
        (x,) = ctx.saved_tensors
        return dy[0] * x.cos() - dy[1] * x.sin()


class ForgetsAlone(SineAndCosine):
    """A backward pass that forgets one output if the other is not used."""

    @staticmethod
    def backward(ctx: Any, *dy: Any) -> Any:
        (x,) = ctx.saved_tensors
        return dy[0] * x.cos() - (dy[1] * x.sin() if dy[1] is not None else 0) if dy[0] is not None else 0 * x


class FlatMemory(Product):
    """A backward pass that reads its input as if it were contiguous."""

    @staticmethod
    def backward(ctx: Any, *dy: Tensor) -> Any:
        x, w = ctx.saved_tensors
        raw = torch.as_strided(x, x.shape, (x.shape[1], 1), x.storage_offset())
        return dy[0] @ w.mT, raw.mT @ dy[0]


class FirstAxis(torch.autograd.Function):
    """A rule for vmap that takes every stack to be along the first axis."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return x * torch.arange(x.shape[-1], dtype=x.dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, *dy: Tensor) -> Any:
        return dy[0] * torch.arange(dy[0].shape[-1], dtype=dy[0].dtype)

    @staticmethod
    def vmap(info: Any, in_dims: Any, x: Tensor) -> Any:
        again: Any = FirstAxis.apply
        return again(x), in_dims[0]


PARTLY_WRONG: dict[str, tuple[Any, tuple[Tensor, ...], str]] = {
    "one input": (PartlyWrong.apply, (normal(3, 4), normal(4, 2)), "partial"),
    "one input, in another's place": (Swapped.apply, (normal(3, 4), normal(4, 2)), "partial"),
    "one output, failing": (NeedsBoth.apply, (normal(5),), "partial"),
    "one output": (ForgetsAlone.apply, (normal(5),), "partial"),
    "an input's layout": (FlatMemory.apply, (normal(3, 4), normal(4, 2)), "layout"),
    "vmap over the last axis": (FirstAxis.apply, (normal(2, 2),), "vmap"),
}


@pytest.mark.parametrize(("fn", "tensors", "clause"), PARTLY_WRONG.values(), ids=PARTLY_WRONG)
def test_what_is_right_only_as_its_author_asked_is_named(fn: Any, tensors: tuple[Tensor, ...], clause: str) -> None:
    result = check_torch(fn, *tensors)
    assert result.verdict is Verdict.DIFFERS
    assert clause in {finding.clause for finding in result.findings}


@pytest.mark.parametrize(("fn", "tensor", "clause"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named(fn: Any, tensor: Tensor, clause: str) -> None:
    kept = tensor.clone()
    result = check_torch(fn, tensor)
    assert result.verdict in (Verdict.DIFFERS, Verdict.BROKEN)
    assert clause in {finding.clause for finding in result.findings}
    assert torch.equal(tensor, kept)


def test_what_is_not_supported_is_said() -> None:
    result = check_torch(custom(torch.sin, lambda x, dy: x.cos() * dy, once=True), normal(5))
    assert result.verdict is Verdict.AGREES
    for way in ("forward mode", "double backward", "vmap"):
        assert any(note.startswith(f"{way} was not judged") for note in result.notes)


def test_a_wrong_jvp_is_told_apart_from_a_wrong_backward() -> None:
    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            ctx.save_for_forward(x)
            return torch.sin(x)

        @staticmethod
        def backward(ctx: Any, *dy: Tensor) -> Any:
            return ctx.saved_tensors[0].cos() * dy[0]

        @staticmethod
        def jvp(ctx: Any, *u: Tensor) -> Any:
            return 2 * ctx.saved_tensors[0].cos() * u[0]

    result = check_torch(Custom.apply, normal(5))
    assert [finding.clause for finding in result.findings] == ["forward-mode"]


def test_the_module_is_left_as_it_was() -> None:
    module = torch.nn.BatchNorm1d(3).double()
    before = {name: own.clone() for name, own in module.state_dict().items()}
    check_torch(module, normal(4, 3))
    assert all(torch.equal(own, before[name]) for name, own in module.state_dict().items())
    assert all(own.grad is None for own in module.parameters())


@pytest.mark.parametrize("seed", range(4))
def test_bfloat16_is_judged_as_roughly_as_it_is(seed: int) -> None:
    module = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3)).bfloat16()
    torch.manual_seed(seed)
    x = torch.randn(5, 6).bfloat16()
    assert check_torch(module, x).verdict is not Verdict.DIFFERS

    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        def backward(ctx: Any, g: Tensor) -> Tensor:
            answer: Tensor = 2.0 * g * ctx.saved_tensors[0].cos()
            return answer

    assert check_torch(Doubled.apply, x[0]).verdict is Verdict.DIFFERS


def test_nothing_to_differentiate_is_refused() -> None:
    with pytest.raises(GradcheckError, match="Nothing to differentiate"):
        check_torch(lambda n: n, torch.tensor([1, 2]))


def test_where_several_kinks_meet_the_chain_rule_is_not_accused() -> None:
    """3 relu(x) - relu(-x) has slopes 1 and 3 at 0, and the chain rule says 0."""
    first, second = torch.nn.Linear(1, 2, bias=False), torch.nn.Linear(2, 1, bias=False)
    first.weight.data = torch.tensor([[1.0], [-1.0]])
    second.weight.data = torch.tensor([[3.0, -1.0]])
    module = torch.nn.Sequential(first, torch.nn.ReLU(), second).double()
    result = check_torch(module, torch.zeros(1, 1, dtype=torch.float64))
    assert result.verdict is Verdict.AGREES
    assert any("several kinks meet here" in note for note in result.notes)


class Counted(torch.nn.Module):
    """Counts how often it is run."""

    def __init__(self) -> None:
        super().__init__()
        self.runs, self.first, self.second = 0, torch.nn.Linear(4, 8), torch.nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        self.runs += 1
        hidden: Tensor = torch.tanh(self.first(x))
        out: Tensor = self.second(hidden)
        return out


def test_what_can_be_mapped_is_not_run_for_every_entry() -> None:
    module = seeded(Counted).double()
    result = check_torch(module, normal(2, 4))
    assert result.verdict is Verdict.AGREES
    assert module.runs < 2 * sum(comparison.entries for comparison in result.comparisons)  # one by one: 12 times each


class WronglyMapped(torch.autograd.Function):
    """A right backward pass, and a rule for vmap that forgets a factor."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return 3.0 * x

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, *dy: Tensor) -> Any:
        return 3.0 * dy[0]

    @staticmethod
    def vmap(info: Any, in_dims: Any, x: Tensor) -> Any:
        return x, in_dims[0]


def test_a_wrong_rule_for_vmap_does_not_make_backward_look_wrong() -> None:
    apply: Any = WronglyMapped.apply
    result = check_torch(apply, normal(3))
    assert {finding.clause for finding in result.findings} == {"vmap"}


def test_a_target_that_pytorch_does_not_differentiate_is_left_out_and_told() -> None:
    x = torch.linspace(-1.0, 1.0, 6, dtype=torch.float64)
    result = check_torch(torch.nn.SoftMarginLoss(), x, torch.sign(x))
    assert result.verdict is Verdict.AGREES
    assert "target is declared not differentiable, and was not judged" in result.notes


def test_a_target_at_the_edge_of_its_domain_raises_nothing() -> None:
    p = torch.tensor([0.3, 0.6, 0.8], dtype=torch.float64)
    result = check_torch(torch.nn.BCELoss(), p, torch.tensor([0.0, 1.0, 1.0], dtype=torch.float64))
    assert not result.findings
    assert next(one for one in result.comparisons if one.parameter == "input").margin < 1.0
