"""One question asked in several ways: cotangents and inputs that lie otherwise in memory, one input, one output.

A backward pass may be right whenever it is asked as its author asked it, and wrong when a cotangent is expanded, when
an input is a transposed view, when only one input needs a gradient, or when only one of several outputs is used. None
of these changes the derivative. Each check returns what it found, and a note if the callable does not support it.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gradcheck.adapt.graph import Graph
from gradcheck.records import Finding

if TYPE_CHECKING:
    from torch import Tensor

    Pair = tuple[Tensor, Tensor]

FEW = 4
"""So many inputs are asked for one by one."""
Further = tuple[list[Finding], list[str]]
"""What a further check found, and a note if the callable does not support it."""


@dataclass(frozen=True)
class Asked:
    """Inputs, what the callable makes of them, and a cotangent at random for every output."""

    graph: Graph
    seed: int
    tensors: "list[Tensor]"
    outs: "list[Tensor]"
    cotangents: "list[Tensor]"

    @staticmethod
    def of(
        graph: Graph, seed: int, tensors: "list[Tensor] | None" = None, only: Sequence[int] | None = None
    ) -> "Asked":
        """Call the callable, with gradients asked for every input, or for some of them."""
        generator = graph.torch.Generator().manual_seed(seed)
        tensors = [own.detach().clone() for own in graph.tensors] if tensors is None else tensors
        tensors = [own.requires_grad_(only is None or place in only) for place, own in enumerate(tensors)]
        outs = graph.call(tensors)
        return Asked(graph, seed, tensors, outs, [graph.random(out.detach(), generator) for out in outs])

    @cached_property
    def gradients(self) -> "list[Tensor]":
        """The gradients of all inputs."""
        return self.under(self.cotangents)

    @property
    def everything(self) -> "list[Tensor]":
        """Values and gradients."""
        return [*self.outs, *self.gradients]

    def under(self, cotangents: "Sequence[Tensor]") -> "list[Tensor]":
        """Return the gradients of all inputs under other cotangents."""
        return self.graph.differentiate(self.outs, self.tensors, list(cotangents), further=False)

    def again(self, tensors: "list[Tensor] | None" = None, only: Sequence[int] | None = None) -> "Asked":
        """Ask again, of other inputs, or of fresh ones."""
        return Asked.of(self.graph, self.seed, tensors, only)


def cotangent_layouts(plain: Asked) -> Further:
    """A cotangent that is not contiguous, or one number expanded, is still the same cotangent."""
    graph, torch = plain.graph, plain.graph.torch
    ones = [torch.ones_like(out.detach()) for out in plain.outs]
    expanded = [torch.ones((), dtype=own.dtype, device=own.device).expand(own.shape) for own in ones]
    turned = [_turned(graph, own) for own in plain.cotangents]
    ways = ((plain.gradients, turned, "not contiguous"), (plain.under(ones), expanded, "one number expanded"))
    for expected, cotangents, how in ways:
        found = plain.under(cotangents)
        for name, right, own, scale in zip(graph.names, expected, found, plain.gradients, strict=True):
            if _differ(graph, right, own, scale):
                says = f"The gradient for {name!r} is another one if the cotangent is {how}, with the same numbers."
                return [Finding("layout", name, says)], []
    return [], []


def input_layouts(plain: Asked) -> Further:
    """Inputs that are views of another layout, with the same numbers, have the same gradients."""
    graph = plain.graph
    here = [own.detach().clone() for own in graph.tensors]
    given, parameters = here[: len(graph.places)], here[len(graph.places) :]
    turned = [*(_turned(graph, own) for own in given), *parameters]
    rows = [*(own[:1].clone().expand_as(own) if own.ndim and len(own) else own for own in given), *parameters]
    for views, how in ((turned, "not contiguous"), (rows, "an expanded view")):
        with suppress(Exception):  # rows that are all alike may lie outside of its domain
            straight = [own.detach().contiguous().clone() for own in views]
            expected = (plain if views is turned else plain.again(straight)).everything
            try:
                found = plain.again(views).everything
            except (NotImplementedError, RuntimeError) as error:
                return [], [f"inputs that are {how} were not judged: {graph.first_line(error)}."]
            if (place := _beyond_noise(plain, straight, expected, found)) is not None:
                outs = len(expected) - len(graph.names)
                name = graph.names[place - outs] if place >= outs else ""
                what = f"The gradient for {name!r}" if name else "The value"
                says = f"{what} is another one if an input is {how}, with the same numbers."
                return [Finding("layout", name, says)], []
    return [], []


def _beyond_noise(
    plain: Asked, straight: "list[Tensor]", expected: "list[Tensor]", found: "list[Tensor]"
) -> int | None:
    """Return the first place at which two answers differ by more than they do when the inputs' last digits move."""
    graph = plain.graph
    apart = [place for place, own in enumerate(zip(expected, found, strict=True)) if _differ(graph, *own, own[0])]
    if not apart:
        return None
    near = [own.detach() * (1.0 + 4.0 * graph.torch.finfo(own.dtype).eps) for own in straight]
    noise = [64.0 * own for own in map(_largest_gap, expected, plain.again(near).everything)]
    beyond = (at for at in apart if _differ(graph, expected[at], found[at], expected[at], noise[at]))
    return next(beyond, None)


def _largest_gap(one: "Tensor", other: "Tensor") -> float:
    """Return by how much two tensors differ."""
    return float((one.detach() - other.detach()).abs().max()) if one.numel() else 0.0


def one_input(plain: Asked) -> Further:
    """The gradient for one input is the same if no other is asked for; of many, every other one is asked for."""
    graph, count = plain.graph, len(plain.tensors)
    if count < 2:
        return [], []
    groups = [[place] for place in range(count)] if count <= FEW else [list(range(first, count, 2)) for first in (0, 1)]
    for group in groups:
        named = ", ".join(repr(graph.names[place]) for place in group[:FEW]) + (", ..." if len(group) > FEW else "")
        try:
            asked = plain.again(only=group)
            wanted = [asked.tensors[place] for place in group]
            found = graph.differentiate(asked.outs, wanted, asked.cotangents, further=False)
        except Exception as error:
            says = f"Asked for the gradient for {named} alone, it raised {type(error).__name__}: {error}"
            return [Finding("partial", graph.names[group[0]], says)], []
        for place, own in zip(group, found, strict=True):
            if _differ(graph, plain.gradients[place], own, plain.gradients[place]):
                says = f"The gradient for {graph.names[place]!r} is another one if only {named} need gradients."
                return [Finding("partial", graph.names[place], says)], []
    return [], []


def one_output(plain: Asked) -> Further:
    """An output that is not used counts as one with a cotangent of zero."""
    graph = plain.graph
    for place, out in enumerate(plain.outs if len(plain.outs) > 1 else []):
        alone = [own if at == place else graph.torch.zeros_like(own) for at, own in enumerate(plain.cotangents)]
        expected = plain.under(alone)
        try:
            found = graph.differentiate([out], plain.tensors, [alone[place]], further=False)
        except Exception as error:
            says = f"With only output {place} used, backward raised {type(error).__name__}: {error}"
            return [Finding("partial", "", says)], []
        for name, right, own, scale in zip(graph.names, expected, found, plain.gradients, strict=True):
            if _differ(graph, right, own, scale):
                says = f"The gradient for {name!r} is another one if only output {place} is used."
                return [Finding("partial", name, says)], []
    return [], []


def stacked(plain: Asked) -> "tuple[list[Pair], Iterator[list[int | None]]]":
    """Return two of every input, and along which axes they may be stacked: the first, the last, in one input alone."""
    graph, generator = plain.graph, plain.graph.torch.Generator().manual_seed(plain.seed)
    pairs = [(own.detach(), own.detach() + graph.random(own, generator)) for own in graph.tensors]
    count, only = len(pairs), range(len(graph.places) if len(pairs) > 1 else 0)
    ways: list[list[int | None]] = [[0] * count, [own.ndim for own, _ in pairs]]
    ways += [[0 if at == place else None for at in range(count)] for place in only]
    return pairs, iter(ways)


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
