"""What else of a PyTorch callable must agree with its backward pass: forward mode, double backward, vmap.

Each check returns what it found, and a note if the callable does not support what it asks for.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcheck.adapt.functions import agrees_at_a_glance, judge
from gradcheck.adapt.graph import Composed, Graph, one_or_list, to_array
from gradcheck.adapt.pairs import flat
from gradcheck.adapt.ways import Asked, Further, stacked
from gradcheck.op import Array
from gradcheck.point import own_size
from gradcheck.records import Finding, Verdict

if TYPE_CHECKING:
    from torch import Tensor

    Pair = tuple[Tensor, Tensor]


def forward_mode(plain: Asked) -> Further:
    """<J u, v> = <u, J^T v>: the derivative along u, weighed with v, is the gradient of that weight along u."""
    graph, weights, pulled = plain.graph, plain.cotangents, plain.gradients
    generator = graph.torch.Generator().manual_seed(plain.seed + 1)
    primals = [tensor.detach().clone() for tensor in graph.tensors]
    tangents = [graph.random(tensor, generator) for tensor in primals]
    try:
        pushed = _pushed(graph, primals, tangents)
    except (NotImplementedError, RuntimeError) as error:
        return [], [f"forward mode was not judged: {graph.first_line(error)}."]

    def apart(pushed: "list[Tensor | None]", tangents: "list[Tensor]") -> float:
        along = [(own, weight) for own, weight in zip(pushed, weights, strict=True) if own is not None]
        return _unequal(graph, along, list(zip(pulled, tangents, strict=True)))

    if not (gap := apart(pushed, tangents)):
        return [], []
    if any(_symmetric(*own) for own in zip(primals, pulled, strict=True)):
        ways = zip(primals, pulled, tangents, strict=True)
        folded = [way + way.mT if _symmetric(own, slope) else way for own, slope, way in ways]
        if not apart(_pushed(graph, primals, folded), folded):
            return [], ["forward mode agrees with backward along symmetric tangents alone; the input is symmetric too."]
    says = f"Forward mode and backward are not derivatives of one function: <Ju, v> and <u, J^T v> differ by {gap:.2g}."
    return [Finding("forward-mode", "", says)], []


def _pushed(graph: Graph, primals: "list[Tensor]", tangents: "list[Tensor]") -> "list[Tensor | None]":
    """Return the tangent of every output; None where there is none."""
    ad = graph.torch.autograd.forward_ad
    with ad.dual_level():
        duals = [ad.make_dual(primal, tangent) for primal, tangent in zip(primals, tangents, strict=True)]
        return [ad.unpack_dual(out).tangent for out in graph.call(duals)]


def _symmetric(*tensors: "Tensor") -> bool:
    """Say whether all of these are square matrices that are symmetric but for rounding."""
    return all(own.ndim > 1 and own.shape[-1] == own.shape[-2] and own.allclose(own.mT, rtol=1e-9) for own in tensors)


def double_backward(plain: Asked) -> Further:
    """The gradient as a function of the inputs, under a fixed cotangent, has a backward pass of its own."""
    graph, seed = plain.graph, plain.seed
    generator = graph.torch.Generator().manual_seed(seed)
    outs = graph.call([tensor.detach() for tensor in graph.tensors])
    gradient = _Gradient(graph, [graph.random(out.detach(), generator) for out in outs])
    try:
        arrays = [to_array(tensor) for tensor in graph.tensors]
        zeros = [np.zeros_like(array) for array in arrays]
        gradient.backward(*arrays)(zeros if len(zeros) > 1 else zeros[0])
    except (NotImplementedError, RuntimeError) as error:
        return [], [f"double backward was not judged: {graph.first_line(error)}."]
    if found := gradient.by_the_cotangent(generator):
        return found, []
    op = Composed(graph, gradient.value, gradient.backward, gradient.mapped)
    if agrees_at_a_glance(op, seed):
        return [], []
    result = judge(op, seed)
    if any(finding.clause == "finite" for finding in result.findings) and gradient.jumps(arrays):
        return [], ["double backward was not judged: the gradient jumps here, and has no derivative."]
    says = "Double backward is wrong: the derivative of the gradient, which backward itself computes rightly. "
    found = [replace(finding, clause="double-backward", says=says + finding.says) for finding in result.findings]
    undecided = ["double backward could not be judged."] if result.verdict is Verdict.UNDECIDED else []
    return found, undecided


ASIDE = 2.0**-20
"""How far right beside is, in units of the inputs' size."""
JUMP = 1e-3
"""What part of a gradient may change from one place to another right beside it without a jump."""


@dataclass(frozen=True)
class _Gradient:
    """What backward makes of a graph under a fixed cotangent: a function of the inputs, with a backward pass."""

    graph: Graph
    weights: "list[Tensor]"
    """The cotangent, one tensor for each output."""

    def value(self, *arrays: Array) -> Any:
        """Return the gradient."""
        found = self.differentiated(self.leaves(arrays), further=False)
        return one_or_list([to_array(gradient) for gradient in found])

    def by_the_cotangent(self, generator: Any) -> list[Finding]:
        """The gradient G is linear in the cotangent v: what <u, G(v)> changes by along v is <u, G(v)> itself."""
        graph, tensors = self.graph, [own.detach().clone().requires_grad_() for own in self.graph.tensors]
        outs = graph.call(tensors)
        cotangents = [own.requires_grad_() for own in self.cotangents(outs)]
        found = graph.differentiate(outs, tensors, cotangents, further=True)
        weights = [graph.random(own.detach(), generator) for own in found]
        pulled = graph.differentiate(found, cotangents, weights, further=False)
        apart = _unequal(graph, list(zip(pulled, cotangents, strict=True)), list(zip(weights, found, strict=True)))
        says = "Double backward is wrong by the cotangent, in which backward is linear"
        return [Finding("double-backward", "", f"{says}: its derivative is off by {apart:.2g}.")] if apart else []

    def jumps(self, arrays: Sequence[Array]) -> bool:
        """Say whether the gradient is another one right beside these inputs."""
        generator = np.random.default_rng(2)
        moved = [own + ASIDE * own_size(own[None])[0] * generator.uniform(-1.0, 1.0, own.shape) for own in arrays]
        here, there = flat(self.value(*arrays)), flat(self.value(*moved))
        return bool(np.abs(there - here).max(initial=0.0) > JUMP * np.abs(there).max(initial=0.0))

    def backward(self, *arrays: Array) -> Callable[[Any], Any]:
        """Return what differentiates the gradient; raise NotImplementedError where that is refused."""
        graph, tensors = self.graph, self.leaves(arrays)
        found = self.differentiated(tensors, further=True)
        if any(_refuses(own.grad_fn) for own in found):
            raise NotImplementedError("the backward pass is declared to be differentiable only once")

        def gradients(cotangent: Any) -> tuple[Array, ...]:
            pulled = graph.differentiate(found, tensors, graph.cotangents(cotangent, found), further=False)
            return tuple(to_array(own) for own in pulled)

        return gradients

    def mapped(self, tensors: "Sequence[Tensor]") -> "Sequence[Tensor]":
        """Return the gradient in a form that vmap can map."""
        outs, pullback = self.graph.torch.func.vjp(lambda *own: tuple(self.graph.call(own)), *tensors)
        found: Sequence[Tensor] = pullback(tuple(self.cotangents(outs)))
        return found

    def leaves(self, arrays: Sequence[Array]) -> "list[Tensor]":
        """Return arrays as tensors to differentiate by."""
        return [
            self.graph.tensor(array, own).requires_grad_()
            for array, own in zip(arrays, self.graph.tensors, strict=True)
        ]

    def cotangents(self, outs: "Sequence[Tensor]") -> "list[Tensor]":
        """Return the cotangent in the types of the outputs."""
        return [weight.to(out.dtype, copy=True) for weight, out in zip(self.weights, outs, strict=True)]

    def differentiated(self, tensors: "list[Tensor]", *, further: bool) -> "list[Tensor]":
        """Return the gradient, if wanted with a graph of its own."""
        outs = self.graph.call(tensors)
        cotangents = self.cotangents(outs)
        if further:  # only then does PyTorch remember that a function may be differentiated once and not twice
            cotangents = [cotangent.requires_grad_() for cotangent in cotangents]
        return self.graph.differentiate(outs, tensors, cotangents, further=further)


def _refuses(node: Any) -> bool:
    """Say whether a graph ends in an error that is raised when it is walked through; one step of it may be a detour."""
    ahead = [node] if node is not None else []
    seen = set()
    while ahead:
        node = ahead.pop()
        if node.name() == "torch::autograd::Error":
            return True
        following = [own for own, _ in node.next_functions if own is not None and own not in seen]
        seen.update(following)
        ahead += following
    return False


def vmap(plain: Asked) -> Further:
    """Mapped over a stack, along whatever axes, the callable returns the stack of what it returns one by one."""
    graph = plain.graph
    pairs, ways = stacked(plain)

    @cache
    def alone(*chosen: int) -> "list[Tensor]":
        return graph.call([pair[own] for pair, own in zip(pairs, chosen, strict=True)])

    for dims in ways:
        try:
            mapped = _mapped(graph, pairs, dims)
        except (NotImplementedError, RuntimeError, ValueError) as error:
            axes = "" if set(dims) == {0} else f" over axes {tuple(dims)}"
            return [], [f"vmap{axes} was not judged: {graph.first_line(error)}."]
        for draw in range(2):
            expected = alone(*(0 if dim is None else draw for dim in dims))
            if any(_apart(graph, own[draw], one) for own, one in zip(mapped, expected, strict=True)):
                says = f"Mapped by vmap over axes {tuple(dims)} it does not return what it does one by one."
                return [Finding("vmap", "", says)], []
    return [], []


def _mapped(graph: Graph, pairs: "list[Pair]", dims: "list[int | None]") -> "Sequence[Tensor]":
    """Map the callable over stacks of two whose parts lie one behind the other, or if it cannot, are interleaved.

    On numbers that are interleaved PyTorch's own products are many times slower.
    """
    map_over = graph.torch.func.vmap(lambda *tensors: tuple(graph.call(tensors)), in_dims=tuple(dims))
    stack = graph.torch.stack
    ways = list(zip(pairs, dims, strict=True))
    with suppress(NotImplementedError, RuntimeError, ValueError):
        behind: Sequence[Tensor] = map_over(
            *(one[0] if dim is None else stack(one).movedim(0, dim) for one, dim in ways)
        )
        return behind
    interleaved: Sequence[Tensor] = map_over(*(one[0] if dim is None else stack(one, dim) for one, dim in ways))
    return interleaved


def _apart(graph: Graph, one: "Tensor", other: "Tensor") -> bool:
    """Say whether two values differ by more than rounding."""
    room = 1e4 * graph.torch.finfo(other.dtype).eps * float(other.detach().abs().max()) if other.numel() else 0.0
    return bool(other.numel()) and float((one - other).detach().abs().max()) > room


def _unequal(graph: Graph, some: "Sequence[Pair]", others: "Sequence[Pair]") -> float:
    """Return by how much two sums of inner products differ; 0 if it is no more than rounding."""
    one, other = ([_terms(a, b) for a, b in pairs] for pairs in (some, others))
    scale = sum(float(terms.abs().sum()) for terms in (*one, *other))
    apart = abs(sum(float(terms.sum()) for terms in one) - sum(float(terms.sum()) for terms in other))
    room = 1e4 * max(graph.torch.finfo(own.dtype).eps for own in graph.tensors) * scale
    return 0.0 if apart <= room else apart


def _terms(a: "Tensor", b: "Tensor") -> "Tensor":
    """The terms of the real inner product of two tensors."""
    product = a.detach().conj() * b.detach()
    return product.real if product.is_complex() else product
