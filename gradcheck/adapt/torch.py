"""Judge a PyTorch callable, ``Function.apply`` or module: backward, and where it exists double backward and more.

The tensors become plain arrays, the module's parameters among them, so everything that holds for functions of arrays
holds here. The forward pass is differenced in double precision where it can be computed so. A backward pass keeps the
graph of the forward pass it belongs to, so a cache that a later forward pass overwrites is noticed.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcheck.adapt.functions import judge
from gradcheck.adapt.pairs import Pair, argument_names
from gradcheck.op import Array
from gradcheck.oracles.pytorch import load, one_thread
from gradcheck.records import Finding, Result, Verdict

if TYPE_CHECKING:
    from torch import Tensor


def check_torch(fn: Callable[..., Any], *tensors: Any, seed: int = 0) -> Result:
    """Judge what autograd makes of a callable at the given arguments.

    ``fn`` is a function of tensors, the ``apply`` of a ``torch.autograd.Function``, or an ``nn.Module``, whose
    parameters are judged too and whose buffers are left as they are. Every floating tensor is judged, on whatever
    device it is; other arguments are passed on. Where the callable supports them, forward mode, double backward and
    vmap must agree with backward. Raises OracleMissing without PyTorch, GradcheckError if nothing is differentiable.
    """
    torch = load()
    with one_thread(torch), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what PyTorch deprecates in itself is not the caller's concern
        graph = _Graph(torch, fn, tensors)
        result = judge(graph.pair(), seed)
        if result.verdict is not Verdict.AGREES:
            return result
        for further in (_forward_mode, _double_backward, _vmap):
            findings, note = further(graph, seed)
            result = replace(result, findings=(*result.findings, *findings), notes=(*result.notes, *note))
    return replace(result, verdict=Verdict.DIFFERS if result.findings else result.verdict)


class _Graph:
    """A callable whose differentiable tensors have become numbered arrays."""

    def __init__(self, torch: ModuleType, fn: Callable[..., Any], tensors: Sequence[Any]) -> None:
        self.torch, self.fn, self.given = torch, fn, tensors
        self.module: Any = fn if isinstance(fn, torch.nn.Module) else None
        names = argument_names(self.module.forward if self.module else fn, len(tensors))
        own = dict(self.module.named_parameters()) if self.module else {}
        self.parameters = list(own)
        self.places = [place for place, given in enumerate(tensors) if self.floating(given)]
        self.names = [*(names[place] for place in self.places), *self.parameters]
        self.tensors = [*(tensors[place] for place in self.places), *own.values()]

    def floating(self, given: Any) -> bool:
        """Say whether an argument is a tensor that can be differentiated."""
        is_tensor = isinstance(given, self.torch.Tensor)
        return is_tensor and (given.is_floating_point() or given.is_complex())

    def pair(self) -> Pair:
        """Return the operation on arrays."""
        return _Composed(self, self.value, self.backward)

    def call(self, tensors: "Sequence[Tensor]") -> "list[Tensor]":
        """Call the callable on other tensors; return the differentiable ones among its outputs."""
        args = list(self.given)
        for place, tensor in zip(self.places, tensors, strict=False):
            args[place] = tensor
        if self.module:
            state = {name: buffer.clone() for name, buffer in self.module.named_buffers()}
            dtype = tensors[0].dtype
            state = {name: own.to(dtype) if own.is_floating_point() else own for name, own in state.items()}
            state |= dict(zip(self.parameters, tensors[len(self.places) :], strict=True))
            out = self.torch.func.functional_call(self.module, state, tuple(args))
        else:
            out = self.fn(*args)
        outs = out if isinstance(out, tuple | list) else out.values() if isinstance(out, dict) else [out]
        return [one for one in outs if self.floating(one)]

    def value(self, *arrays: Array) -> Any:
        """Evaluate in the precision of the arrays, or if that fails in the one the tensors were given in."""
        tensors = [self.tensor(array, own) for array, own in zip(arrays, self.tensors, strict=True)]
        with self.torch.no_grad():
            try:
                outs = self.call(tensors)
            except RuntimeError:
                outs = self.call([tensor.to(own.dtype) for tensor, own in zip(tensors, self.tensors, strict=True)])
        return _one_or_list([_array(out) for out in outs])

    def backward(self, *arrays: Array) -> Callable[[Any], Any]:
        """Build the graph; return what differentiates it, as often as it is asked."""
        tensors = [self.tensor(array, own).requires_grad_() for array, own in zip(arrays, self.tensors, strict=True)]
        outs = self.call(tensors)

        def gradients(cotangent: Any) -> tuple[Array, ...]:
            found = self.differentiate(outs, tensors, self.cotangents(cotangent, outs), further=False)
            for array, tensor in zip(arrays, tensors, strict=True):
                array[...] = _array(tensor)  # what a backward pass has written to its input shows in the array
            return tuple(_array(gradient) for gradient in found)

        return gradients

    def cotangents(self, cotangent: Any, outs: "list[Tensor]") -> "list[Tensor]":
        """Return a cotangent as tensors like the outputs; on the processor they share their memory with it."""
        parts = cotangent if isinstance(cotangent, list) else [cotangent]
        return [self.tensor(np.asarray(part), out).to(out.dtype) for part, out in zip(parts, outs, strict=True)]

    def differentiate(
        self, outs: "list[Tensor]", tensors: "list[Tensor]", cotangents: "list[Tensor]", *, further: bool
    ) -> "list[Tensor]":
        """Ask autograd; what it does not reach has gradient zero."""
        reached = [(out, dy) for out, dy in zip(outs, cotangents, strict=True) if out.requires_grad]
        if not reached:
            return [self.torch.zeros_like(tensor) for tensor in tensors]
        found = self.torch.autograd.grad(
            [out for out, _ in reached],
            tensors,
            [dy for _, dy in reached],
            retain_graph=True,
            create_graph=further,
            allow_unused=True,
        )
        zeros = self.torch.zeros_like
        return [zeros(tensor) if own is None else own for own, tensor in zip(found, tensors, strict=True)]

    def tensor(self, array: Array, like: "Tensor") -> "Tensor":
        """Return an array as a tensor on the device of another."""
        made: Tensor = self.torch.from_numpy(np.asarray(array)).to(like.device)
        return made


class _Composed(Pair):
    """A value and a backward pass of a graph, whose parts may have kinks of their own."""

    def __init__(self, graph: _Graph, value: Callable[..., Any], backward: Callable[..., Any]) -> None:
        super().__init__(value, backward, [_array(tensor) for tensor in graph.tensors], graph.names)
        self.graph = graph

    @property
    def kind(self) -> str:
        """The name of the callable, or of the module's class."""
        name: str = getattr(self.graph.fn, "__qualname__", type(self.graph.fn).__name__)
        return name.removesuffix(".apply")

    @property
    def composed(self) -> bool:
        """Autograd applies the chain rule to parts."""
        return True


Further = tuple[list[Finding], list[str]]
"""What a further check found, and a note if the callable does not support it."""


def _forward_mode(graph: _Graph, seed: int) -> Further:
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


def _double_backward(graph: _Graph, seed: int) -> Further:
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
        return _one_or_list([_array(gradient) for gradient in first(tensors, further=False)])

    def prepare(*arrays: Array) -> Callable[[Any], Any]:
        tensors = [graph.tensor(array, own).requires_grad_() for array, own in zip(arrays, graph.tensors, strict=True)]
        found = first(tensors, further=True)
        if any(_refuses(own.grad_fn) for own in found):
            raise NotImplementedError("the backward pass is declared to be differentiable only once")
        return lambda cotangent: tuple(
            _array(own)
            for own in graph.differentiate(found, tensors, graph.cotangents(cotangent, found), further=False)
        )

    try:
        arrays = [_array(tensor) for tensor in graph.tensors]
        zeros = [np.zeros_like(array) for array in arrays]
        prepare(*arrays)(zeros if len(zeros) > 1 else zeros[0])
    except (NotImplementedError, RuntimeError) as error:
        return [], [f"double backward was not judged: {_first_line(error)}."]
    result = judge(_Composed(graph, value, prepare), seed)
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


def _vmap(graph: _Graph, seed: int) -> Further:
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


def _array(tensor: "Tensor") -> Array:
    array: Array = tensor.detach().resolve_conj().cpu().numpy()
    return array


def _one_or_list(arrays: list[Array]) -> Any:
    return arrays[0] if len(arrays) == 1 else arrays


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
