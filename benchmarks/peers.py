"""What other checkers do for the same function, each at its defaults, and how much of the gradient each looks at.

A peer is given the reference's hand-written gradient to judge where it can take one. JAX and autograd judge their own
gradient of the function, as they are made to, and so does PyTorch: the work is the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.subjects import Subject

Work = Callable[[], object]


class Unsuited(Exception):
    """A subject that somebody has no way to go about."""


@dataclass(frozen=True)
class Contestant:
    """Somebody who checks gradients."""

    name: str
    """What it is called in the tables."""
    looks_at: str
    """How much of the gradient it looks at: ``every entry`` or ``one direction``."""
    prepare: Callable[[Subject], Work]
    """Make everything ready for a subject; return what is to be measured. Raises Unsuited, with the reason."""
    passes: float = 0.0
    """About as long as how many forward passes it takes for every parameter; 0 if not for every one."""


def _torch(fast: bool) -> Callable[[Subject], Work]:
    def prepare(subject: Subject) -> Work:
        import torch

        tensors = [torch.tensor(array, requires_grad=True) for array in subject.parameters.values()]
        return lambda: torch.autograd.gradcheck(
            lambda *own: subject.function(torch, *own), tensors, fast_mode=fast, raise_exception=False
        )

    return prepare


def _jax(compiled: bool) -> Callable[[Subject], Work]:
    def prepare(subject: Subject) -> Work:
        import jax
        from jax.test_util import check_grads

        jax.config.update("jax_enable_x64", True)

        def plain(*own: Any) -> Any:
            return subject.function(jax.numpy, *own)

        f, arrays = jax.jit(plain) if compiled else plain, tuple(map(jax.numpy.asarray, subject.parameters.values()))

        def work() -> bool:
            try:
                check_grads(f, arrays, order=1, modes=["rev"])
            except AssertionError:
                return False
            return True

        if compiled:
            work()  # compiling is not measured
        return work

    return prepare


def _autograd(subject: Subject) -> Work:
    import autograd.numpy as module
    from autograd.test_util import check_grads

    arrays = tuple(subject.parameters.values())
    return lambda: check_grads(lambda *own: subject.function(module, *own), modes=["rev"])(*arrays)


def _scipy(subject: Subject) -> Work:
    from scipy.optimize import check_grad

    start, f, gradient = _flat(subject)
    return lambda: check_grad(f, gradient, start)


def _loop(subject: Subject) -> Work:
    start, f, gradient = _flat(subject)

    def work() -> bool:
        found, h = np.empty_like(start), 1e-5
        for entry in range(start.size):
            old = start[entry]
            start[entry] = old + h
            above = f(start)
            start[entry] = old - h
            found[entry] = (above - f(start)) / (2 * h)
            start[entry] = old
        return bool(np.allclose(found, gradient(start), rtol=1e-5))

    return work


def _flat(subject: Subject) -> tuple[Any, Callable[[Any], float], Callable[[Any], Any]]:
    """Return the parameters as one vector, and loss and gradient as functions of it."""
    arrays = list(subject.parameters.values())
    ends = np.cumsum([array.size for array in arrays])[:-1]

    def apart(flat: Any) -> list[Any]:
        return [part.reshape(array.shape) for part, array in zip(np.split(flat, ends), arrays, strict=True)]

    def gradient(flat: Any) -> Any:
        return np.concatenate([np.ravel(own) for own in subject.gradient(*apart(flat))])

    return np.concatenate([array.ravel() for array in arrays]), lambda flat: subject.loss(*apart(flat)), gradient


def _numdifftools(subject: Subject) -> Work:
    import numdifftools

    start, f, _ = _flat(subject)
    return lambda: numdifftools.Gradient(f)(start)


BASE = "torch gradcheck, slow"
"""What every ratio is taken against."""

PEERS = (
    Contestant(BASE, "every entry", _torch(fast=False), 7),
    Contestant("plain Python loop", "every entry", _loop, 2),
    Contestant("scipy check_grad", "every entry", _scipy, 1),
    Contestant("numdifftools Gradient", "every entry", _numdifftools, 50),
    Contestant("torch gradcheck, fast mode", "one direction", _torch(fast=True)),
    Contestant("jax check_grads", "one direction", _jax(compiled=False)),
    Contestant("jax check_grads, jit", "one direction", _jax(compiled=True)),
    Contestant("autograd check_grads", "one direction", _autograd),
)
"""All of them. What a pass costs torch is counted in passes of NumPy, of which it takes a few."""
