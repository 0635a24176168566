"""PyTorch functions and modules that a file defines, judged in double precision."""

import inspect
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.adapt.torch import check_backward, check_torch
from gradcheck.discover.names import is_target
from gradcheck.discover.source import line_of, nothing_returned
from gradcheck.discover.subject import Argument, Subject, Trial, arguments_of, made_with_arguments
from gradcheck.records import Result, Verdict

TWICE = "differentiated twice it is wrong: mark backward with @once_differentiable, or compute what it saves anew"
"""What is said of a right backward pass whose own derivative is wrong."""


def of(module: ModuleType, made_by: type) -> Subject | None:  # noqa: ARG001 - as its siblings
    """Return what can be judged about a class of PyTorch's kinds; None for any other."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "autograd"):
        return None
    if issubclass(made_by, torch.autograd.Function):
        with_context = "setup_context" not in vars(made_by)
        arguments = tuple(arguments_of(made_by.forward, int(with_context), about=made_by))  # type: ignore[attr-defined]
        arguments = tuple(_plain(own) for own in arguments)
        return OfTorch(made_by.__name__, line_of(made_by.backward), arguments, torch, made_by)  # type: ignore[attr-defined]
    if issubclass(made_by, torch.nn.Module):
        arguments = (*made_with_arguments(made_by), *arguments_of(made_by.forward, 1, about=made_by))  # type: ignore[attr-defined]
        return OfTorch(made_by.__name__, line_of(made_by), arguments, torch, made_by)
    return None


def _plain(argument: Argument) -> Argument:
    """Let an argument that is kept as an attribute, ``ctx.alpha = alpha``, and not saved, be a plain number."""
    kept = re.search(rf"ctx\.\w+\s*=\s*{re.escape(argument.name)}\b", argument.source)
    saved = re.search(rf"save_for_backward\([^)]*\b{re.escape(argument.name)}\b", argument.source)
    bare = argument.default is inspect.Parameter.empty and not argument.annotation
    return replace(argument, default=0.3) if kept and not saved and bare else argument


@dataclass(frozen=True)
class OfTorch(Subject):
    """A subclass of ``torch.autograd.Function`` or of ``nn.Module``."""

    torch: Any
    """PyTorch, which the file has imported."""
    made_by: Any
    """The class."""

    def open(self, given: Mapping[str, Any]) -> "Called":
        """Run its forward pass once."""
        takes = [own for own in self.arguments if not own.constructor]
        tensors = {own.name: self._tensor(given[own.name], own) for own in takes}
        if not any(map(self.torch.is_tensor, tensors.values())):
            raise ValueError("no tensor among the arguments")
        fixed = {name: tensors[name] for name in tensors if name in self._only_compared()}
        return Called(
            self, self._callable(given, tensors, fixed), {name: tensors[name] for name in tensors if name not in fixed}
        )

    def _callable(self, given: Mapping[str, Any], tensors: Mapping[str, Any], fixed: Mapping[str, Any]) -> Any:
        """Return what is called: the function, with the names of its arguments that are not fixed, or a module."""
        if issubclass(self.made_by, self.torch.nn.Module):
            self.torch.manual_seed(0)
            return self.made_by(**{own.name: given[own.name] for own in self.arguments if own.constructor}).double()

        def apply(*args: Any) -> Any:
            left = iter(args)
            return self.made_by.apply(*(fixed[name] if name in fixed else next(left) for name in tensors))

        apply.__qualname__ = self.name
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        free = [inspect.Parameter(name, kind) for name in tensors if name not in fixed]
        apply.__signature__ = inspect.Signature(free)  # type: ignore[attr-defined]
        return apply

    def _only_compared(self) -> set[str]:
        """Name the targets for which backward returns None: nobody differentiates by those."""
        if not issubclass(self.made_by, self.torch.autograd.Function):
            return set()
        nothing = nothing_returned(self.made_by.backward)
        return {own.name for place, own in enumerate(self.arguments) if place in nothing and is_target(own.name)}

    def _tensor(self, value: Any, argument: Argument) -> Any:
        """Return numbers as a tensor; a default as it is, and what is said to be a float."""
        plain = argument.default not in (inspect.Parameter.empty, None) or "float" in argument.annotation
        return self.torch.tensor(value) if isinstance(value, np.ndarray | float) and not plain else value


class Called(Trial):
    """A PyTorch callable at tensors."""

    def __init__(self, subject: OfTorch, called: Any, named: Mapping[str, Any]) -> None:
        torch, tensors = subject.torch, list(named.values())
        self.called, self.tensors = called, tensors
        value = called(*tensors)
        first = value[0] if isinstance(value, tuple | list) else value
        if not torch.is_tensor(first) or not bool(torch.isfinite(first).all()):
            raise ValueError("the value is not a tensor of finite numbers")
        self.judged = tuple(name for name, one in named.items() if torch.is_tensor(one))
        wanted = [one.clone().requires_grad_() for one in tensors if torch.is_tensor(one) and one.is_floating_point()]
        places = iter(wanted)
        again = [next(places) if torch.is_tensor(one) and one.is_floating_point() else one for one in tensors]
        try:
            out = called(*again)
            (out[0] if isinstance(out, tuple | list) else out).sum().backward()
            self.fits = True
        except Exception:  # the check will run into it again, and say so
            self.fits = False

    def judge(self, seed: int) -> Result:
        """Judge what autograd makes of it. That it cannot be differentiated twice is a remark: hardly anyone does."""
        result = check_torch(self.called, *self.tensors, seed=seed)
        twice = [finding for finding in result.findings if finding.clause == "double-backward"]
        if not twice or len(twice) < len(result.findings):
            return result
        return replace(result, verdict=Verdict.AGREES, findings=(), notes=(TWICE, *result.notes))

    def glance(self, seed: int) -> Result:
        """Judge its gradients, and not what else PyTorch may ask of it."""
        return check_backward(self.called, *self.tensors, seed=seed)
