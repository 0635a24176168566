"""Functions of an engine that hand a context from the way forward to the way back, as in PyTorch, but of arrays.

class Exp(Function):
    @staticmethod
    def forward(ctx, x): ...
    @staticmethod
    def backward(ctx, grad_output): ...
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

from gradcheck.discover.functions import Couple, couple_of
from gradcheck.errors import GradcheckError

CONTEXTS = {"ctx", "context"}
"""What a context is called."""


class Everything:
    """What holds true for every argument."""

    def __getitem__(self, place: int) -> bool:
        """Say that this argument needs a gradient."""
        return True


class Context:
    """What a forward pass keeps for its backward pass: what it saves, and attributes of its own."""

    def __init__(self) -> None:
        self.needs_input_grad = Everything()
        self.save_for_backward()

    def save_for_backward(self, *saved: Any) -> None:
        """Keep arrays, under the names that engines have for them."""
        self.saved_tensors = self.saved_values = self.saved = saved


def of(module: ModuleType, made_by: type) -> Couple | None:
    """Return what can be judged about a class whose forward and backward methods are handed a context; None if none."""
    forward, backward = (_taking_context(made_by, name) for name in ("forward", "backward"))
    if forward is None or backward is None:
        return None
    try:
        both = couple_of(module, ("", "forward", "backward"), _keeping_it(forward), backward)
    except GradcheckError:  # what its backward pass is given cannot be told
        return None
    return replace(both, name=made_by.__name__)


def _taking_context(made_by: type, name: str) -> Callable[..., Any] | None:
    """Return a method of a class that is handed a context first, and the object never; None if it is none."""
    method = getattr(made_by, name, None)
    if not callable(method):
        return None
    takes = list(inspect.signature(method).parameters)
    return method if takes[1:] and takes[0] in CONTEXTS else None


def _keeping_it(forward: Callable[..., Any]) -> Callable[..., Any]:
    """Return a forward pass that makes its context itself, and returns it behind the value."""

    @functools.wraps(forward)
    def value(*args: Any, **settings: Any) -> tuple[Any, Context]:
        context = Context()
        return forward(context, *args, **settings), context

    signature = inspect.signature(forward)
    value.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])  # type: ignore[attr-defined]
    return value
