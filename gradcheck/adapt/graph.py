"""A PyTorch callable whose differentiable tensors have become named arrays, and the operation that it is then.

The forward pass is evaluated in double precision where it can be. A backward pass keeps the graph of the forward pass
it belongs to, so a cache that a later forward pass overwrites is noticed.
"""

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcheck.adapt.leaves import parts, rebuild
from gradcheck.adapt.pairs import Pair, argument_names, change
from gradcheck.errors import ContractBroken
from gradcheck.op import Array
from gradcheck.point import BLOCK

if TYPE_CHECKING:
    from torch import Tensor


class Graph:
    """A callable whose differentiable tensors have become numbered arrays."""

    def __init__(self, torch: ModuleType, fn: Callable[..., Any], tensors: Sequence[Any]) -> None:
        self.torch, self.fn, self.given = torch, fn, tensors
        self.module: Any = fn if isinstance(fn, torch.nn.Module) else None
        self.arguments = argument_names(self.module.forward if self.module else fn, len(tensors))
        inside = [part for name, given in zip(self.arguments, tensors, strict=True) for part in parts(name, given)]
        found = {name: given for name, given in inside if self.floating(given)}
        own = dict(self.module.named_parameters()) if self.module else {}
        self.places, self.parameters = list(found), list(own)
        self.names = [*found, *own]
        self.tensors = [*found.values(), *own.values()]
        self.judged: list[bool] | None = None
        self.one_step = False
        self.outside: list[Tensor] = []
        self.left_out: list[str] = []

    def floating(self, given: Any) -> bool:
        """Say whether an argument is a tensor that can be differentiated."""
        is_tensor = isinstance(given, self.torch.Tensor)
        return is_tensor and (given.is_floating_point() or given.is_complex())

    def pair(self) -> Pair:
        """Return the operation on arrays."""
        return Composed(self, self.value, self.backward, self.call, one_step=self.one_step)

    def call(self, tensors: "Sequence[Tensor]") -> "list[Tensor]":
        """Call the callable on other tensors; return the differentiable ones among its outputs."""
        placed = dict(zip(self.places, tensors, strict=False))
        args = [rebuild(name, given, placed) for name, given in zip(self.arguments, self.given, strict=True)]
        if self.module:
            state = {name: buffer.clone() for name, buffer in self.module.named_buffers()}
            dtype = tensors[0].dtype
            state = {name: own.to(dtype) if own.is_floating_point() else own for name, own in state.items()}
            state |= dict(zip(self.parameters, tensors[len(self.places) :], strict=True))
            out = self.torch.func.functional_call(self.module, state, tuple(args))
        else:
            out = self.fn(*args)
        outs = [one for _, one in parts("value", out) if self.floating(one)]
        if self.judged is None:
            return outs
        return [one for one, judged in zip(outs, self.judged, strict=True) if judged]

    def settle(self) -> None:
        """Leave out the inputs and the outputs that are declared not differentiable."""
        if any(self._refused(place) for place in range(len(self.places))):
            kept = [place for place in range(len(self.places)) if not self._refused(place)]
            self.left_out = [self.names[place] for place in range(len(self.places)) if place not in kept]
            parameters = range(len(self.places), len(self.tensors))
            self.names = [self.names[place] for place in (*kept, *parameters)]
            self.tensors = [self.tensors[place] for place in (*kept, *parameters)]
            self.places = [self.places[place] for place in kept]
        outs = self.call([tensor.detach().clone().requires_grad_() for tensor in self.tensors])
        self.judged = [out.requires_grad for out in outs] if any(out.requires_grad for out in outs) else None
        self.one_step = one_step([out.grad_fn for out in outs if out.requires_grad])

    def _refused(self, place: int) -> bool:
        """Say whether PyTorch knows no derivative for one of the inputs."""
        tensors = [own.detach().clone().requires_grad_(at == place) for at, own in enumerate(self.tensors)]
        try:
            self.call(tensors)
        except RuntimeError as error:
            return "is not differentiable with respect to argument" in str(error)
        return False

    def value(self, *arrays: Array) -> Any:
        """Evaluate in the precision of the arrays, or if that fails in the one the tensors were given in.

        What raises at other numbers than those it was given is outside of its domain there: the value is NaN.
        """
        tensors = [self.tensor(array, own) for array, own in zip(arrays, self.tensors, strict=True)]
        with self.torch.no_grad():
            try:
                outs = self.call(tensors)
            except RuntimeError:
                try:
                    outs = self.call([tensor.to(own.dtype) for tensor, own in zip(tensors, self.tensors, strict=True)])
                except RuntimeError:
                    if not self.outside:
                        raise
                    outs = self.outside
        self.outside = self.outside or [self.torch.full_like(out, float("nan")) for out in outs]
        return one_or_list([to_array(out) for out in outs])

    def backward(self, *arrays: Array) -> Callable[[Any], Any]:
        """Build the graph; return what differentiates it, as often as it is asked."""
        given = zip(arrays, self.tensors, strict=True)
        tensors = [self.tensor(array, own).to(own.dtype).requires_grad_() for array, own in given]
        outs = self.call(tensors)

        def gradients(cotangent: Any) -> tuple[Array, ...]:
            cotangents = self.cotangents(cotangent, outs)
            before = [to_array(own).copy() for own in cotangents]
            found = self.differentiate(outs, tensors, cotangents, further=False)
            for was, own in zip(before, map(to_array, cotangents), strict=True):
                if not np.array_equal(was, own):
                    raise ContractBroken("unchanged", "", f"Backward changed the cotangent, {change(was, own)}.")
            for array, tensor in zip(arrays, tensors, strict=True):
                now = to_array(tensor)
                if not np.may_share_memory(array, now):
                    array[...] = now  # what a backward pass has written to its input shows in the array
            return tuple(to_array(gradient) for gradient in found)

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

    def random(self, like: "Tensor", generator: Any) -> "Tensor":
        """Return random numbers in the shape and type of a tensor, where it is; if they are many, a block again."""
        count = like.numel()
        block = self.torch.randn(min(count, BLOCK), generator=generator, dtype=self.torch.float64)
        numbers = block.repeat(-(-count // BLOCK))[:count] if count > BLOCK else block
        made: Tensor = numbers.reshape(like.shape).to(like.dtype).to(like.device)
        return made

    @staticmethod
    def first_line(error: Exception) -> str:
        """Return what an error of PyTorch's says first, without its full stop."""
        said = str(error).strip()
        return said.splitlines()[0].rstrip(".") if said else type(error).__name__


class Composed(Pair):
    """A value and a backward pass of a graph, whose parts may have kinks of their own.

    ``outputs`` says what the value is in tensors, so that PyTorch may map it over many copies in one call; ``one_step``
    that nothing was composed: autograd asks a single backward pass, which must answer for itself.
    """

    def __init__(
        self,
        graph: Graph,
        value: Callable[..., Any],
        backward: Callable[..., Any],
        outputs: "Callable[[Sequence[Tensor]], Sequence[Tensor]]",
        *,
        one_step: bool = False,
    ) -> None:
        super().__init__(value, backward, [to_array(tensor) for tensor in graph.tensors], graph.names)
        self.graph, self.outputs, self.one_step = graph, outputs, one_step
        self.tensors = dict(zip(graph.names, graph.tensors, strict=True))
        self.maps: bool | None = None if all(own.dtype.kind == "f" for own in self.leaves.values()) else False

    @property
    def kind(self) -> str:
        """The name of the callable, or of the module's class."""
        name: str = getattr(self.graph.fn, "__qualname__", type(self.graph.fn).__name__)
        return name.removesuffix(".apply")

    @property
    def composed(self) -> bool:
        """Autograd applies the chain rule to parts, unless there is but one."""
        return not self.one_step

    @property
    def continues(self) -> bool:
        """A tensor is no place for other numbers."""
        return False

    def precision(self, name: str) -> float:
        """Return the spacing of numbers near 1 in the type of the tensor; a quarter of it for bfloat16.

        Four units of its last place, as others are allowed, would be 3 % of a number, and half of one is what it loses.
        """
        dtype = self.tensors[name].dtype
        return float(self.graph.torch.finfo(dtype).eps) / (4.0 if dtype is self.graph.torch.bfloat16 else 1.0)

    def rounded(self, name: str, array: Array) -> Array:
        """Return an array as the type of the tensor can hold it."""
        dtype = self.tensors[name].dtype
        if dtype is not self.graph.torch.bfloat16:
            return super().rounded(name, array)
        return to_array(self.graph.torch.from_numpy(np.array(array)).to(dtype)).astype(np.float64)

    def together(self, inputs: Mapping[str, Array], changed: Mapping[str, Array]) -> Array | None:
        """Return the values of many copies, if PyTorch can map the callable, and has been seen to do it rightly."""
        if self.maps is False:
            return None
        try:
            found = self.mapped(inputs, changed)
            if self.maps is None:
                self.maps = all(self.agrees(inputs, changed, found, copy) for copy in (0, -1))
        except Exception:  # much of PyTorch, and of what is written with it, cannot be mapped
            self.maps = False
        return found if self.maps else None

    def mapped(self, inputs: Mapping[str, Array], changed: Mapping[str, Array]) -> Array:
        """Return the values of many copies, (copies, *shape), by one call of vmap."""
        given = {**inputs, **changed}
        tensors = [
            self.graph.tensor(given[name], own) for name, own in zip(self.names, self.graph.tensors, strict=True)
        ]
        axes = tuple(0 if name in changed else None for name in self.names)
        with self.graph.torch.no_grad():
            outs = self.graph.torch.func.vmap(lambda *own: tuple(self.outputs(own)), in_dims=axes)(*tensors)
        arrays = [to_array(out) for out in outs]
        if any(own.dtype.kind == "c" for own in arrays):
            raise TypeError("Complex values are made real one by one.")
        whole = arrays[0] if len(arrays) == 1 else np.concatenate([own.reshape(len(own), -1) for own in arrays], axis=1)
        return whole.astype(np.float64, copy=False)

    def agrees(self, inputs: Mapping[str, Array], changed: Mapping[str, Array], found: Array, copy: int) -> bool:
        """Say whether one of many copies has the value that it has alone, but for rounding."""
        alone = self(**{**inputs, **{name: own[copy] for name, own in changed.items()}})[0]
        room = 2.0**-44 * np.abs(alone).max(initial=0.0)
        return alone.shape == found[copy].shape and bool(np.all(np.abs(alone - found[copy]) <= room))


def one_step(nodes: Sequence[Any]) -> bool:
    """Say whether all outputs come from one step of a graph, and that from nothing but leaves."""
    before = [own for node in nodes[:1] for own, _ in node.next_functions if own is not None]
    return len(set(nodes)) == 1 and all(own.name() == "torch::autograd::AccumulateGrad" for own in before)


def to_array(tensor: "Tensor") -> Array:
    """Return a tensor's numbers, wherever it is; those that NumPy has no type for, bfloat16, as float32."""
    own = tensor.detach().resolve_conj().cpu()
    array: Array = own.float().numpy() if str(own.dtype) == "torch.bfloat16" else own.numpy()
    return array


def one_or_list(arrays: list[Array]) -> Any:
    """Return several values as a list, and one as itself."""
    return arrays[0] if len(arrays) == 1 else arrays
