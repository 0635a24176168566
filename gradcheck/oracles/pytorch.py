"""PyTorch autograd: the same graph, built from PyTorch's own functions in float64.

Its error bar is measured, not assumed: the graph is evaluated a few times over with every input, and the cotangent,
moved at random in the last digits, and whatever the gradient does then is what rounding may do to it. The value comes
with the gradient, so that a forward pass which computes another function than PyTorch's is seen before any derivative
is compared.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from gradcheck import reference
from gradcheck.errors import OracleMissing
from gradcheck.op import Altered, Array, Op
from gradcheck.oracles.oracle import Oracle
from gradcheck.point import Point
from gradcheck.records import Answer, Estimate

if TYPE_CHECKING:
    from torch import Tensor

COPIES = 4
"""How many evaluations: one at the point itself, the others with the last digits moved."""
LAST_DIGITS = 2.0**-49
"""How far the last digits are moved, relative to each number: eight units in the last place."""


class PyTorch(Oracle):
    """Reverse-mode automatic differentiation by PyTorch."""

    name = "pytorch"

    def judges(self, op: Op) -> bool:
        """Only what the textbook is made of has a counterpart in PyTorch."""
        return _in_textbook(op)

    def answer(self, point: Point) -> Answer:
        """Return value and derivatives; raises OracleMissing without PyTorch."""
        torch = load()
        from gradcheck.oracles.counterparts import evaluate

        generator = np.random.default_rng(0)
        with one_thread(torch), torch.enable_grad():
            constants = point.op.constants
            inputs = {
                name: self.copies(torch, array, generator, constant=name in constants)
                for name, array in point.inputs.items()
            }
            wanted = [inputs[name].requires_grad_() for name in point.wanted]
            value = evaluate(point.op, inputs)
            total = (self.copies(torch, point.cotangent, generator, constant=False) * value).sum()
            answers = torch.autograd.grad(total, wanted, allow_unused=True) if wanted else ()
        gradients = {
            name: _estimate(answer.numpy() if answer is not None else np.zeros(tensor.shape))
            for name, tensor, answer in zip(point.wanted, wanted, answers, strict=True)
        }
        return Answer(self.name, gradients, _estimate(value.detach().numpy()))

    def copies(self, torch: ModuleType, array: Array, generator: np.random.Generator, *, constant: bool) -> "Tensor":
        """Return an input several times over, the first time as it is; constant whole numbers stay whole."""
        if np.issubdtype(array.dtype, np.floating) or not constant:
            array = array.astype(np.float64)
        copies = np.repeat(array[None], COPIES, axis=0)
        if np.issubdtype(array.dtype, np.floating):
            copies[1:] *= 1.0 + LAST_DIGITS * generator.uniform(-1.0, 1.0, copies[1:].shape)
        tensor: Tensor = torch.from_numpy(copies)
        return tensor


def _in_textbook(op: Op) -> bool:
    """Say whether every part of an operation is a layer of the reference."""
    match op:
        case (
            Altered(original=inner)
            | reference.Residual(block=inner)
            | reference.Tokenwise(layer=inner)
            | reference.Gradient(op=inner)
            | reference.GradientPenalty(critic=inner)
        ):
            return _in_textbook(inner)
        case reference.Network(nodes=nodes):
            return all(_in_textbook(node.op) for node in nodes)
        case reference.TransformerBlock(network=network):
            return _in_textbook(network)
    return type(op) in reference.LAYERS


def _estimate(copies: Array) -> Estimate:
    """Turn the value at the point and its neighbours into a value with an error bar."""
    value = copies[0]
    spread = np.abs(copies[1:] - value).max(axis=0)
    own = tuple(range(1, value.ndim))
    largest = np.abs(value).max(axis=own, keepdims=True, initial=0.0)
    bar = 4.0 * spread + 2.0**-48 * np.abs(value) + 2.0**-50 * largest
    bar = np.where(np.isfinite(value), bar, np.inf)
    return Estimate(value, bar, np.zeros(value.shape, bool), np.zeros(value.shape))


def load() -> ModuleType:
    """Import PyTorch. Raises OracleMissing, with the way to install it, if that fails."""
    try:
        import torch
    except ImportError as error:
        raise OracleMissing(
            "The oracle 'pytorch' needs PyTorch, which cannot be imported here "
            f"({error}). Install it with: pip install torch==2.13.0"
        ) from error
    return torch


@contextmanager
def one_thread(torch: ModuleType) -> Iterator[None]:
    """Let PyTorch use one thread for a while: on small arrays more of them only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
