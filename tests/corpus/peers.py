"""What other checkers say about the same specimens, each at its own defaults."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.corpus.specimens import Specimen

Peer = Callable[[Specimen], bool]
"""Whether the checker calls the gradient right; raises if it cannot take the specimen."""


def _arrays(specimen: Specimen) -> list[Any]:
    """The arguments as float64 arrays; refuses containers, which no peer takes."""
    if any(isinstance(arg, dict | list) or np.iscomplexobj(arg) for arg in specimen.args):
        raise TypeError("not an array")
    return [np.asarray(arg) for arg in specimen.args]


def _gradients(specimen: Specimen, args: list[Any]) -> list[Any]:
    found = specimen.grad(*args)
    return list(found) if isinstance(found, tuple) else [found]


def torch_slow(specimen: Specimen) -> bool:
    return _torch(specimen, fast=False)


def torch_fast(specimen: Specimen) -> bool:
    return _torch(specimen, fast=True)


def _torch(specimen: Specimen, *, fast: bool) -> bool:
    import torch

    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            ctx.save_for_backward(*tensors)
            return torch.tensor(
                float(specimen.f(*(tensor.detach().numpy() for tensor in tensors))), dtype=torch.float64
            )

        @staticmethod
        def backward(ctx: Any, *cotangents: Any) -> Any:
            found = _gradients(specimen, [tensor.detach().numpy() for tensor in ctx.saved_tensors])
            return tuple(None if own is None else torch.as_tensor(np.array(own)) * cotangents[0] for own in found)

    args = _arrays(specimen)
    tensors = [torch.tensor(arg, requires_grad=arg.dtype.kind == "f") for arg in args]
    return bool(torch.autograd.gradcheck(Custom.apply, tensors, fast_mode=fast, raise_exception=False))


def scipy_check_grad(specimen: Specimen) -> bool:
    """It returns a norm and no verdict; above 1e-5 counts as wrong."""
    from scipy.optimize import check_grad

    args = _arrays(specimen)
    judged = [arg for arg in args if arg.dtype.kind == "f"]
    ends = np.cumsum([arg.size for arg in judged])[:-1]

    def apart(flat: Any) -> list[Any]:
        pieces = iter(part.reshape(arg.shape) for part, arg in zip(np.split(flat, ends), judged, strict=True))
        return [next(pieces) if arg.dtype.kind == "f" else arg for arg in args]

    def grad(flat: Any) -> Any:
        return np.concatenate([np.ravel(own) for own in _gradients(specimen, apart(flat)) if own is not None])

    start = np.concatenate([arg.ravel() for arg in judged])
    return bool(check_grad(lambda flat: float(specimen.f(*apart(flat))), grad, start) <= 1e-5)


def autograd_check_grads(specimen: Specimen) -> bool:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    f = primitive(lambda *args: float(specimen.f(*args)))
    args = _arrays(specimen)

    def rule(place: int) -> Any:
        return lambda _, *inner: lambda g: g * _gradients(specimen, list(inner))[place]

    defvjp(f, *(rule(place) for place in range(len(args))))
    try:
        check_grads(f, modes=["rev"], order=1)(*args)
    except AssertionError:
        return False
    return True


def jax_check_grads(specimen: Specimen) -> bool:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    args = _arrays(specimen)
    judged = [place for place, arg in enumerate(args) if arg.dtype.kind == "f"]

    def whole(own: Any) -> list[Any]:
        full = list(args)
        for place, one in zip(judged, own, strict=True):
            full[place] = np.asarray(one)
        return full

    def value(*own: Any) -> Any:
        return jax.numpy.asarray(float(specimen.f(*whole(own))))

    def forward(*own: Any) -> Any:
        return value(*own), own

    def backward(own: Any, g: Any) -> Any:
        found = _gradients(specimen, whole(own))
        return tuple(g * jax.numpy.asarray(np.array(found[place])) for place in judged)

    f = jax.custom_vjp(value)
    f.defvjp(forward, backward)
    try:
        check_grads(f, tuple(args[place] for place in judged), order=1, modes=["rev"])
    except AssertionError:
        return False
    return True


PEERS: dict[str, Peer] = {
    "torch gradcheck": torch_slow,
    "torch gradcheck, fast": torch_fast,
    "jax check_grads": jax_check_grads,
    "autograd check_grads": autograd_check_grads,
    "scipy check_grad": scipy_check_grad,
}


def ask(peer: Peer, specimen: Specimen) -> bool | None:
    """Ask a peer; None if it cannot take the specimen."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return peer(specimen)
        except Exception:
            return None
