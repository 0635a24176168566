"""What else of a PyTorch callable must agree with its backward pass: layouts, forward mode, double backward, vmap.

Each check returns what it found, and a note if the callable does not support what it asks for.
"""

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcheck.adapt.functions import judge
from gradcheck.adapt.graph import Composed, Graph, one_or_list, to_array
from gradcheck.op import Array
from gradcheck.records import Finding, Verdict

if TYPE_CHECKING:
    from torch import Tensor

Further = tuple[list[Finding], list[str]]
"""What a further check found, and a note if the callable does not support it."""


def layouts(graph: Graph, seed: int) -> Further:
    """A cotangent that is not contiguous, or one number expanded, is still the same cotangent."""
    torch = graph.torch
    generator = torch.Generator().manual_seed(seed)
    tensors = [tensor.detach().clone().requires_grad_() for tensor in graph.tensors]
    outs = graph.call(tensors)
    plain = [_random(torch, out.detach(), generator) for out in outs]
    turned = [own.mT.contiguous().mT if own.ndim > 1 else torch.stack([own, own], -1)[..., 0] for own in plain]
    ones = [torch.ones_like(out.detach()) for out in outs]
    expanded = [torch.ones((), dtype=own.dtype, device=own.device).expand(own.shape) for own in ones]
    for one, other, how in ((plain, turned, "not contiguous"), (ones, expanded, "one number expanded")):
        expected, found = (graph.differentiate(outs, tensors, own, further=False) for own in (one, other))
        for name, right, own in zip(graph.names, expected, found, strict=True):
            apart, largest = ((part.abs().max() if part.numel() else 0) for part in (own - right, right))
            if float(apart) > 1e4 * torch.finfo(right.dtype).eps * float(largest):
                says = f"The gradient for {name!r} is another one if the cotangent is {how}, with the same numbers."
                return [Finding("layout", name, says)], []
    return [], []


def forward_mode(graph: Graph, seed: int) -> Further:
    """<J u, v> = <u, J^T v>: the derivative along u, weighed with v, is the gradient of that weight along u."""
    torch, ad = graph.torch, graph.torch.autograd.forward_ad
    generator = torch.Generator().manual_seed(seed)
    primals = [tensor.detach().clone() for tensor in graph.tensors]
    tangents = [_random(torch, tensor, generator) for tensor in primals]
    try:
        with ad.dual_level():
            duals = [ad.make_dual(primal, tangent) for primal, tangent in zip(primals, tangents, strict=True)]
            pushed = [ad.unpack_dual(out) for out in graph.call(duals)]
            pushed = [(out.primal, out.tangent) for out in pushed]
    except (NotImplementedError, RuntimeError) as error:
        return [], [f"forward mode was not judged: {_first_line(error)}."]
    tensors = [primal.clone().requires_grad_() for primal in primals]
    outs = graph.call(tensors)
    weights = [_random(torch, out.detach(), generator) for out in outs]
    pulled = graph.differentiate(outs, tensors, weights, further=False)
    along = [
        _terms(tangent, weight) for (_, tangent), weight in zip(pushed, weights, strict=True) if tangent is not None
    ]
    back = [_terms(gradient, tangent) for gradient, tangent in zip(pulled, tangents, strict=True)]
    scale = sum(float(terms.abs().sum()) for terms in (*along, *back))
    apart = abs(sum(float(terms.sum()) for terms in along) - sum(float(terms.sum()) for terms in back))
    if apart <= 1e4 * max(torch.finfo(tensor.dtype).eps for tensor in primals) * scale:
        return [], []
    says = (
        f"Forward mode and backward are not derivatives of one function: <Ju, v> and <u, J^T v> differ by {apart:.2g}."
    )
    return [Finding("forward-mode", "", says)], []


def double_backward(graph: Graph, seed: int) -> Further:
    """The gradient as a function of the inputs, under a fixed cotangent, has a backward pass of its own."""
    torch = graph.torch
    generator = torch.Generator().manual_seed(seed)
    outs = graph.call([tensor.detach() for tensor in graph.tensors])
    weights = [_random(torch, out.detach(), generator) for out in outs]

    def first(tensors: "list[Tensor]", *, further: bool) -> "list[Tensor]":
        outs = graph.call(tensors)
        cotangents = [weight.to(out.dtype, copy=True) for weight, out in zip(weights, outs, strict=True)]
        if further:  # only then does PyTorch remember that a function may be differentiated once and not twice
            cotangents = [cotangent.requires_grad_() for cotangent in cotangents]
        return graph.differentiate(outs, tensors, cotangents, further=further)

    def value(*arrays: Array) -> Any:
        tensors = [graph.tensor(array, own).requires_grad_() for array, own in zip(arrays, graph.tensors, strict=True)]
        return one_or_list([to_array(gradient) for gradient in first(tensors, further=False)])

    def prepare(*arrays: Array) -> Callable[[Any], Any]:
        tensors = [graph.tensor(array, own).requires_grad_() for array, own in zip(arrays, graph.tensors, strict=True)]
        found = first(tensors, further=True)
        if any(_refuses(own.grad_fn) for own in found):
            raise NotImplementedError("the backward pass is declared to be differentiable only once")
        return lambda cotangent: tuple(
            to_array(own)
            for own in graph.differentiate(found, tensors, graph.cotangents(cotangent, found), further=False)
        )

    try:
        arrays = [to_array(tensor) for tensor in graph.tensors]
        zeros = [np.zeros_like(array) for array in arrays]
        prepare(*arrays)(zeros if len(zeros) > 1 else zeros[0])
    except (NotImplementedError, RuntimeError) as error:
        return [], [f"double backward was not judged: {_first_line(error)}."]
    result = judge(Composed(graph, value, prepare), seed)
    says = "Double backward is wrong: the derivative of the gradient, which backward itself computes rightly. "
    found = [replace(finding, clause="double-backward", says=says + finding.says) for finding in result.findings]
    undecided = ["double backward could not be judged."] if result.verdict is Verdict.UNDECIDED else []
    return found, undecided


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


def vmap(graph: Graph, seed: int) -> Further:
    """Mapped over a stack, the callable returns the stack of what it returns one by one."""
    torch = graph.torch
    generator = torch.Generator().manual_seed(seed)
    stacks = [torch.stack([own.detach(), own.detach() + _random(torch, own, generator)]) for own in graph.tensors]
    try:
        mapped = torch.func.vmap(lambda *tensors: tuple(graph.call(tensors)))(*stacks)
    except (NotImplementedError, RuntimeError, ValueError) as error:
        return [], [f"vmap was not judged: {_first_line(error)}."]
    for draw in range(2):
        alone = graph.call([stack[draw] for stack in stacks])
        for together, one in zip(mapped, alone, strict=True):
            room = 1e4 * torch.finfo(one.dtype).eps * float(one.detach().abs().max()) if one.numel() else 0.0
            if one.numel() and float((together[draw] - one).detach().abs().max()) > room:
                return [
                    Finding("vmap", "", "Mapped over a stack by vmap, it does not return what it does one by one.")
                ], []
    return [], []


def _random(torch: ModuleType, like: "Tensor", generator: Any) -> "Tensor":
    numbers: Tensor = torch.randn(like.shape, generator=generator, dtype=torch.float64).to(like.dtype).to(like.device)
    return numbers


def _terms(a: "Tensor", b: "Tensor") -> "Tensor":
    """The terms of the real inner product of two tensors."""
    product = a.detach().conj() * b
    return product.real if product.is_complex() else product


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
