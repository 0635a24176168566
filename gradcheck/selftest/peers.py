"""What other checkers say about a gradient, each asked as its documentation shows, at its defaults.

They judge by fixed tolerances made for numbers near 1. A checker that calls the right gradient wrong too, at the same
place, has noticed nothing; that is told as such.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from gradcheck.errors import GradcheckError
from gradcheck.point import Point


class Claim(Protocol):
    """A function of arrays, and what is said to be its gradient."""

    @property
    def f(self) -> Callable[..., Any]:
        """The function, of one number."""

    @property
    def grad(self) -> Callable[..., Any]:
        """The gradient: an array, or a tuple with one for each argument."""

    @property
    def args(self) -> tuple[Any, ...]:
        """Where it is judged."""


Peer = Callable[[Claim], bool]
"""Says whether a gradient is right; raises if it cannot take it."""


def _arrays(claim: Claim) -> list[Any]:
    """The arguments as float64 arrays; refuses containers, which no peer takes."""
    if any(isinstance(arg, dict | list) or np.iscomplexobj(arg) for arg in claim.args):
        raise TypeError("not an array")
    return [np.asarray(arg) for arg in claim.args]


def _gradients(claim: Claim, args: list[Any]) -> list[Any]:
    found = claim.grad(*args)
    return list(found) if isinstance(found, tuple) else [found]


def torch_slow(claim: Claim) -> bool:
    """``torch.autograd.gradcheck``."""
    return _torch(claim, fast=False)


def torch_fast(claim: Claim) -> bool:
    """``torch.autograd.gradcheck`` with ``fast_mode``."""
    return _torch(claim, fast=True)


def _torch(claim: Claim, *, fast: bool) -> bool:
    import torch

    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            ctx.save_for_backward(*tensors)
            return torch.tensor(float(claim.f(*(tensor.detach().numpy() for tensor in tensors))), dtype=torch.float64)

        @staticmethod
        def backward(ctx: Any, *cotangents: Any) -> Any:
            found = _gradients(claim, [tensor.detach().numpy() for tensor in ctx.saved_tensors])
            return tuple(None if own is None else torch.as_tensor(np.array(own)) * cotangents[0] for own in found)

    args = _arrays(claim)
    tensors = [torch.tensor(arg, requires_grad=arg.dtype.kind == "f") for arg in args]
    return bool(torch.autograd.gradcheck(Custom.apply, tensors, fast_mode=fast, raise_exception=False))


def scipy_check_grad(claim: Claim) -> bool:
    """``scipy.optimize.check_grad``: it returns a norm and no verdict; above 1e-5 counts as wrong."""
    from scipy.optimize import check_grad

    args = _arrays(claim)
    judged = [arg for arg in args if arg.dtype.kind == "f"]
    ends = np.cumsum([arg.size for arg in judged])[:-1]

    def apart(flat: Any) -> list[Any]:
        pieces = iter(part.reshape(arg.shape) for part, arg in zip(np.split(flat, ends), judged, strict=True))
        return [next(pieces) if arg.dtype.kind == "f" else arg for arg in args]

    def grad(flat: Any) -> Any:
        return np.concatenate([np.ravel(own) for own in _gradients(claim, apart(flat)) if own is not None])

    start = np.concatenate([arg.ravel() for arg in judged])
    return bool(check_grad(lambda flat: float(claim.f(*apart(flat))), grad, start) <= 1e-5)


def autograd_check_grads(claim: Claim) -> bool:
    """``autograd.test_util.check_grads``."""
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    f = primitive(lambda *args: float(claim.f(*args)))
    args = _arrays(claim)

    def rule(place: int) -> Any:
        return lambda _, *inner: lambda g: g * _gradients(claim, list(inner))[place]

    defvjp(f, *(rule(place) for place in range(len(args))))
    try:
        check_grads(f, modes=["rev"], order=1)(*args)
    except AssertionError:
        return False
    return True


def jax_check_grads(claim: Claim) -> bool:
    """``jax.test_util.check_grads``."""
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    args = _arrays(claim)
    judged = [place for place, arg in enumerate(args) if arg.dtype.kind == "f"]

    def whole(own: Any) -> list[Any]:
        full = list(args)
        for place, one in zip(judged, own, strict=True):
            full[place] = np.asarray(one)
        return full

    def value(*own: Any) -> Any:
        return jax.numpy.asarray(float(claim.f(*whole(own))))

    def forward(*own: Any) -> Any:
        return value(*own), own

    def backward(own: Any, g: Any) -> Any:
        found = _gradients(claim, whole(own))
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
"""The other checkers."""


def ask(peer: Peer, claim: Claim) -> bool | None:
    """Ask a peer; None if it cannot take the claim."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return peer(claim)
        except Exception:  # what a peer does with what it does not support is its own affair
            return None


@dataclass(frozen=True)
class _Claim:
    f: Callable[..., Any]
    grad: Callable[..., Any]
    args: tuple[Any, ...]


def available() -> None:
    """Raise GradcheckError, with the way to install them, unless all peers can be imported."""
    try:
        for name in ("autograd.test_util", "jax.test_util", "scipy.optimize"):
            import_module(name)
    except ImportError as error:
        raise GradcheckError(
            f"The other checkers are not installed ({error}). Install them with: pip install 'gradcheck[bench]'"
        ) from error


def compared(wrong: Point, right: Point, draw: int) -> dict[str, str]:
    """Ask every peer about one draw of a wrong gradient: ``caught``, ``passed``, or ``accuses the right one too``."""
    claims = [_claim(point, draw) for point in (wrong, right)]
    return {name: _word(ask(peer, claims[0]), _right(name, claims[1])) for name, peer in PEERS.items()}


def _word(wrong: bool | None, right: bool | None) -> str:
    if right is None:
        return "cannot take it"
    if not right:
        return "accuses the right one too"
    return "passed" if wrong else "caught"  # what it raises at the wrong one alone, it has noticed


@lru_cache(4096)
def _right_of(name: str, key: bytes) -> list[bool | None]:  # noqa: ARG001 - the key of what is remembered
    return []


def _right(name: str, claim: _Claim) -> bool | None:
    """Ask about the right gradient, once for each point."""
    known = _right_of(name, b"".join(np.ascontiguousarray(arg).tobytes() for arg in claim.args))
    if not known:
        known.append(ask(PEERS[name], claim))
    return known[0]


def _claim(point: Point, draw: int) -> _Claim:
    """One draw of a point as a function of its wanted inputs, of one number."""
    fixed = {name: array[draw : draw + 1] for name, array in point.inputs.items()}
    cotangent = point.cotangent[draw : draw + 1]

    def inputs(args: tuple[Any, ...]) -> dict[str, Any]:
        return fixed | {name: np.asarray(own)[None] for name, own in zip(point.wanted, args, strict=True)}

    def f(*args: Any) -> float:
        return float((cotangent * point.op(**inputs(args))[0]).sum())

    def grad(*args: Any) -> tuple[Any, ...]:
        gradients = point.op(**inputs(args))[1](cotangent)
        return tuple(gradients[name][0] for name in point.wanted)

    return _Claim(f, grad, tuple(fixed[name][0] for name in point.wanted))
