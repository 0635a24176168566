"""One question asked in several ways: cotangents and inputs that lie otherwise in memory, one input, one output.

A backward pass may be right whenever it is asked as its author asked it, and wrong when a cotangent is expanded, when
an input is a transposed view, when only one input needs a gradient, or when only one of several outputs is used. None
of these changes the derivative. Each check returns what it found, and a note if the callable does not support it.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradcheck.adapt.graph import Graph
from gradcheck.records import Finding

if TYPE_CHECKING:
    from torch import Tensor

FEW = 4
"""So many inputs are asked for one by one."""
Further = tuple[list[Finding], list[str]]
"""What a further check found, and a note if the callable does not support it."""


@dataclass(frozen=True)
class _Asked:
    """Fresh inputs, what the callable makes of them, and a cotangent at random for every output."""

    graph: Graph
    tensors: "list[Tensor]"
    outs: "list[Tensor]"
    cotangents: "list[Tensor]"

    def gradients(self, cotangents: "Sequence[Tensor] | None" = None) -> "list[Tensor]":
        """Return the gradients of all inputs, under these cotangents or its own."""
        return self.graph.differentiate(self.outs, self.tensors, list(cotangents or self.cotangents), further=False)


def _asked(graph: Graph, seed: int, tensors: "list[Tensor] | None" = None, only: Sequence[int] | None = None) -> _Asked:
    """Call the callable, with gradients asked for every input, or for some of them."""
    generator = graph.torch.Generator().manual_seed(seed)
    tensors = [own.detach().clone() for own in graph.tensors] if tensors is None else tensors
    tensors = [own.requires_grad_(only is None or place in only) for place, own in enumerate(tensors)]
    outs = graph.call(tensors)
    return _Asked(graph, tensors, outs, [graph.random(out.detach(), generator) for out in outs])


def cotangent_layouts(graph: Graph, seed: int) -> Further:
    """A cotangent that is not contiguous, or one number expanded, is still the same cotangent."""
    torch, asked = graph.torch, _asked(graph, seed)
    plain = asked.gradients()
    ones = [torch.ones_like(out.detach()) for out in asked.outs]
    expanded = [torch.ones((), dtype=own.dtype, device=own.device).expand(own.shape) for own in ones]
    turned = [_turned(graph, own) for own in asked.cotangents]
    for one, other, how in ((asked.cotangents, turned, "not contiguous"), (ones, expanded, "one number expanded")):
        expected, found = asked.gradients(one), asked.gradients(other)
        for name, right, own, scale in zip(graph.names, expected, found, plain, strict=True):
            if _differ(graph, right, own, scale):
                says = f"The gradient for {name!r} is another one if the cotangent is {how}, with the same numbers."
                return [Finding("layout", name, says)], []
    return [], []


def input_layouts(graph: Graph, seed: int) -> Further:
    """Inputs that are views of another layout, with the same numbers, have the same gradients."""
    here = [own.detach().clone() for own in graph.tensors]
    given, parameters = here[: len(graph.places)], here[len(graph.places) :]
    turned = [*(_turned(graph, own) for own in given), *parameters]
    rows = [*(own[:1].clone().expand_as(own) if own.ndim and len(own) else own for own in given), *parameters]
    for views, how in ((turned, "not contiguous"), (rows, "an expanded view")):
        plain = [own.contiguous().clone() for own in views]
        near = [own * (1.0 + 4.0 * graph.torch.finfo(own.dtype).eps) for own in plain]
        with suppress(Exception):  # rows that are all alike may lie outside of its domain
            expected, noisy = (_everything(_asked(graph, seed, own)) for own in (plain, near))
            try:
                found = _everything(_asked(graph, seed, views))
            except (NotImplementedError, RuntimeError) as error:
                return [], [f"inputs that are {how} were not judged: {graph.first_line(error)}."]
            noise = [64.0 * own for own in map(_largest_gap, expected, noisy)]
            for place, (right, own) in enumerate(zip(expected, found, strict=True)):
                if _differ(graph, right, own, right, noise[place]):
                    outs = len(expected) - len(graph.names)
                    name = graph.names[place - outs] if place >= outs else ""
                    what = f"The gradient for {name!r}" if name else "The value"
                    says = f"{what} is another one if an input is {how}, with the same numbers."
                    return [Finding("layout", name, says)], []
    return [], []


def _everything(asked: _Asked) -> "list[Tensor]":
    """Return values and gradients."""
    return [*asked.outs, *asked.gradients()]


def _largest_gap(one: "Tensor", other: "Tensor") -> float:
    """Return by how much two tensors differ."""
    return float((one.detach() - other.detach()).abs().max()) if one.numel() else 0.0


def one_input(graph: Graph, seed: int) -> Further:
    """The gradient for one input is the same if no other is asked for; of many, every other one is asked for."""
    count = len(graph.tensors)
    if count < 2:
        return [], []
    groups = [[place] for place in range(count)] if count <= FEW else [list(range(first, count, 2)) for first in (0, 1)]
    expected = _asked(graph, seed).gradients()
    for group in groups:
        named = ", ".join(repr(graph.names[place]) for place in group[:FEW]) + (", ..." if len(group) > FEW else "")
        try:
            asked = _asked(graph, seed, only=group)
            wanted = [asked.tensors[place] for place in group]
            found = graph.differentiate(asked.outs, wanted, asked.cotangents, further=False)
        except Exception as error:
            says = f"Asked for the gradient for {named} alone, it raised {type(error).__name__}: {error}"
            return [Finding("partial", graph.names[group[0]], says)], []
        for place, own in zip(group, found, strict=True):
            if _differ(graph, expected[place], own, expected[place]):
                says = f"The gradient for {graph.names[place]!r} is another one if only {named} need gradients."
                return [Finding("partial", graph.names[place], says)], []
    return [], []


def one_output(graph: Graph, seed: int) -> Further:
    """An output that is not used counts as one with a cotangent of zero."""
    asked = _asked(graph, seed)
    plain = asked.gradients()
    for place, out in enumerate(asked.outs if len(asked.outs) > 1 else []):
        alone = [own if at == place else graph.torch.zeros_like(own) for at, own in enumerate(asked.cotangents)]
        expected = asked.gradients(alone)
        try:
            found = graph.differentiate([out], asked.tensors, [alone[place]], further=False)
        except Exception as error:
            says = f"With only output {place} used, backward raised {type(error).__name__}: {error}"
            return [Finding("partial", "", says)], []
        for name, right, own, scale in zip(graph.names, expected, found, plain, strict=True):
            if _differ(graph, right, own, scale):
                says = f"The gradient for {name!r} is another one if only output {place} is used."
                return [Finding("partial", name, says)], []
    return [], []


def stacked(graph: Graph, seed: int) -> "Iterator[tuple[list[int | None], list[Tensor]]]":
    """Yield ways to map over a stack of two: over the first axis, over the last, and in one input alone."""
    torch, generator = graph.torch, graph.torch.Generator().manual_seed(seed)
    pairs = [(own.detach(), own.detach() + graph.random(own, generator)) for own in graph.tensors]
    count = len(pairs)
    yield [0] * count, [torch.stack(pair) for pair in pairs]
    yield [own.ndim for own, _ in pairs], [torch.stack(pair, dim=-1) for pair in pairs]
    for only in range(len(graph.places) if count > 1 else 0):
        dims: list[int | None] = [0 if place == only else None for place in range(count)]
        yield dims, [torch.stack(pair) if place == only else pair[0] for place, pair in enumerate(pairs)]


def _turned(graph: Graph, own: "Tensor") -> "Tensor":
    """Return a tensor with the same numbers that is not contiguous."""
    turned: Tensor = own.mT.contiguous().mT if own.ndim > 1 else graph.torch.stack([own, own], -1)[..., 0]
    return turned


def _differ(graph: Graph, one: "Tensor", other: "Tensor", scale: "Tensor", noise: float = 0.0) -> bool:
    """Say whether two answers differ by more than noise, and rounding by their own size or that of a third."""
    if not one.numel():
        return False
    largest = max(float(one.detach().abs().max()), float(scale.detach().abs().max()))
    room: float = 1e4 * graph.torch.finfo(one.dtype).eps * largest
    return _largest_gap(one, other) > max(room, noise)
