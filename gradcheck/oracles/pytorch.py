"""PyTorch autograd: the same graph, built from PyTorch's own functions in float64.

Its error bar is measured, not assumed: the graph is evaluated a few times over with every input, and the cotangent,
moved at random in the last digits, and whatever the gradient does then is what rounding may do to it. The value comes
with the gradient, so that a forward pass which computes another function than PyTorch's is seen before any derivative
is compared. What is small is evaluated in one stacked call, what is large time after time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from gradcheck import reference
from gradcheck.errors import OracleMissing
from gradcheck.op import Altered, Array, Gradients, Op
from gradcheck.oracles.ladder import CHUNK
from gradcheck.oracles.oracle import Oracle
from gradcheck.oracles.steady import brief, gaps
from gradcheck.point import Point, finite, largest, shaken
from gradcheck.records import Answer, Estimate

if TYPE_CHECKING:
    from torch import Tensor

VALUE = ""
"""Stands for the value among the names of what is differentiated."""
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
        generator = np.random.default_rng(0)
        at_once = max(1, min(COPIES, CHUNK // sum(array.size for array in point.inputs.values())))
        with one_thread(torch), torch.enable_grad():
            first = self.evaluated(torch, point, generator, at_once, exact=True)
            seen = {name: _Seen(first.pop(name)) for name in [*first]}
            for start in range(at_once, COPIES, at_once):
                again = self.evaluated(torch, point, generator, min(at_once, COPIES - start), exact=False)
                for name, own in seen.items():
                    own.note(again.pop(name))
        value = seen.pop(VALUE).estimate()
        return Answer(self.name, {name: seen.pop(name).estimate() for name in point.wanted}, value)

    def evaluated(
        self, torch: ModuleType, point: Point, generator: np.random.Generator, count: int, *, exact: bool
    ) -> Gradients:
        """Return value and derivatives of so many copies, the first of them of the point as it is if it is exact."""
        from gradcheck.oracles.counterparts import evaluate

        def copied(array: Array, *, constant: bool) -> "Tensor":
            tensor: Tensor = torch.from_numpy(_copies(array, generator, count, constant=constant, exact=exact))
            return tensor

        inputs = {name: copied(array, constant=name in point.op.constants) for name, array in point.inputs.items()}
        wanted = [inputs[name].requires_grad_() for name in point.wanted]
        value = evaluate(point.op, inputs)
        total = (copied(point.cotangent, constant=False) * value).sum()
        answers = torch.autograd.grad(total, wanted, allow_unused=True) if wanted else ()
        gradients = {
            name: answer.numpy() if answer is not None else np.zeros(tensor.shape)
            for name, tensor, answer in zip(point.wanted, wanted, answers, strict=True)
        }
        return {VALUE: value.detach().numpy(), **gradients}


def _copies(array: Array, generator: np.random.Generator, count: int, *, constant: bool, exact: bool) -> Array:
    """Return an input so many times, with its last digits moved; constant whole numbers stay whole."""
    kind = array.dtype if constant and not np.issubdtype(array.dtype, np.floating) else np.dtype(np.float64)
    if exact and count == 1:
        return np.require(array[None], kind, ("C", "W"))  # nobody writes to it, but PyTorch wants to be able to
    copies = np.broadcast_to(array, (count, *array.shape))
    if not np.issubdtype(array.dtype, np.floating):
        return copies.astype(kind)
    moved = shaken(copies[exact:], LAST_DIGITS, generator)
    return np.concatenate([copies[:1], moved]) if exact else moved


class _Seen:
    """A value, and how far it moves, entry by entry or at most, when the last digits of everything do."""

    def __init__(self, copies: Array) -> None:
        """Begin with copies of which the first is exact."""
        self.value, self.top = copies[0], largest(copies[0])
        self.spread = np.zeros((len(self.top), *[1] * (self.value.ndim - 1)))
        self.note(copies[1:])

    def note(self, copies: Array) -> None:
        """Note how far away some copies are."""
        for copy in copies:
            self.spread = np.maximum(self.spread, brief(gaps(copy, self.value), self.top))

    def estimate(self) -> Estimate:
        """Return the value with an error bar."""
        value, bar, top = self.value, self.spread, self.top.reshape(-1, *[1] * (self.value.ndim - 1))
        bar *= 4.0
        bar += 2.0**-48 * (np.abs(value) if bar.shape == value.shape else top)
        bar += 2.0**-50 * top
        if not finite(value):
            bar = np.where(np.isfinite(value), bar, np.inf)
        whole = (np.broadcast_to(own, value.shape) for own in (bar, np.zeros((), bool), np.zeros(())))
        return Estimate(value, *whole)


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
