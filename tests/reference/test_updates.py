"""The rules by which weights are updated, step by step against torch.optim; and clipping against PyTorch's."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.op import Array
from gradcheck.reference import clipping, updates

PAIRS: dict[str, tuple[updates.Rule, Callable[[list[torch.Tensor]], torch.optim.Optimizer]]] = {
    "descent": (updates.Descent(0.1), lambda w: torch.optim.SGD(w, lr=0.1)),
    "decay": (updates.Descent(0.1, decay=0.3), lambda w: torch.optim.SGD(w, lr=0.1, weight_decay=0.3)),
    "momentum": (updates.Momentum(0.05, 0.8), lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.8)),
    "nesterov": (updates.Nesterov(0.05, 0.8), lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.8, nesterov=True)),
    "rmsprop": (updates.RmsProp(0.02, 0.9), lambda w: torch.optim.RMSprop(w, lr=0.02, alpha=0.9)),
    "adam": (updates.Adam(0.02, 0.8, 0.95), lambda w: torch.optim.Adam(w, lr=0.02, betas=(0.8, 0.95))),
    "adamw": (updates.AdamW(0.02, 0.3), lambda w: torch.optim.AdamW(w, lr=0.02, weight_decay=0.3)),
}

seeds = st.integers(0, 1000)


def draws(seed: int, count: int) -> list[dict[str, Array]]:
    """Weights first, then a gradient for every step; one entry never has a gradient."""
    generator = np.random.default_rng(seed)
    drawn = [{"W": generator.normal(size=(2, 3)), "b": generator.normal(size=3)} for _ in range(count)]
    for gradients in drawn[1:]:
        gradients["b"][0] = 0.0
    return drawn


@pytest.mark.parametrize("name", PAIRS)
@given(seed=seeds)
def test_every_step_is_that_of_torch_optim(name: str, seed: int) -> None:
    rule, make = PAIRS[name]
    weights, *gradients = draws(seed, 6)
    tensors = {role: torch.tensor(w, requires_grad=True) for role, w in weights.items()}
    theirs, memories = make(list(tensors.values())), rule.start(weights)
    for t, g in enumerate(gradients, start=1):
        weights, memories = rule.update(weights, g, memories, t)
        for role, tensor in tensors.items():
            tensor.grad = torch.tensor(g[role])
        theirs.step()
        for role, tensor in tensors.items():
            np.testing.assert_allclose(weights[role], tensor.detach().numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("rule", [rule for rule, _ in PAIRS.values()])
def test_nothing_that_was_given_is_written_to(rule: updates.Rule) -> None:
    weights, gradients = draws(0, 2)
    for array in (*weights.values(), *gradients.values()):
        array.flags.writeable = False
    memories = rule.start(weights)
    _, memories = rule.update(weights, gradients, memories, 1)
    rule.update(weights, gradients, memories, 2)


@given(seed=seeds, largest=st.sampled_from([0.1, 1.0, 3.0, 100.0]))
def test_clipping_is_that_of_pytorch(seed: int, largest: float) -> None:
    gradients = draws(seed, 2)[1]
    for clip, theirs in (
        (clipping.clipped_by_norm, torch.nn.utils.clip_grad_norm_),
        (clipping.clipped_by_value, torch.nn.utils.clip_grad_value_),
    ):
        tensors = {name: torch.zeros(g.shape, dtype=torch.float64) for name, g in gradients.items()}
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(gradients[name])
        theirs(list(tensors.values()), largest)
        for name, clipped in clip(gradients, largest).items():
            expected = tensors[name].grad
            assert expected is not None
            np.testing.assert_allclose(clipped, expected.numpy(), rtol=1e-13)


def test_the_first_step_of_adam_is_one_rate_long_in_every_weight() -> None:
    weights, gradients = {"w": np.zeros(3)}, {"w": np.array([1e-3, -20.0, 5.0])}
    rule = updates.Adam(0.1)
    moved, _ = rule.update(weights, gradients, rule.start(weights), 1)
    np.testing.assert_allclose(moved["w"], [-0.1, 0.1, -0.1], rtol=1e-4)
