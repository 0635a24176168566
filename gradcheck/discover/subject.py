"""A subject is something in a file that can be judged once it is given inputs: what it needs, and what it then is.

A trial is a subject with inputs. Whether it runs, whether what comes back looks like gradients, and what the check
says about it are three questions; the first two decide which inputs are meant.
"""

import contextlib
import inspect
import random
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.records import Result

NUMBER = "real number"
"""The annotation of an argument that is one number, and is differentiated."""


@dataclass(frozen=True)
class Argument:
    """An argument that a subject must be given."""

    name: str
    """Its name."""
    default: Any = inspect.Parameter.empty
    """Its default, if it has one."""
    annotation: str = ""
    """Its annotation, as text."""
    docstring: str = ""
    """The docstring of the function or class that it belongs to."""
    source: str = ""
    """The text of the function or class that it belongs to."""
    constructor: bool = False
    """Whether it is one of a class's constructor, where numbers are sizes."""


class Trial(ABC):
    """A subject with inputs."""

    judged: tuple[str, ...] = ()
    """The arguments that the gradients are for."""
    fits: bool = False
    """Whether gradients come back, in the shapes of the arguments that they are for."""
    remark: str = ""
    """What a reader must know about how it was read; empty for nothing."""

    @abstractmethod
    def judge(self, seed: int) -> Result:
        """Judge the gradients at these inputs."""


@dataclass(frozen=True)
class Subject(ABC):
    """Something in a file that can be judged."""

    name: str
    """What it is called: ``affine_forward:affine_backward``, or the name of a class."""
    line: int
    """The line at which its backward pass begins."""
    arguments: tuple[Argument, ...]
    """What it must be given."""

    @abstractmethod
    def open(self, given: Mapping[str, Any]) -> Trial:
        """Run it once at inputs. Raises whatever its forward pass raises there."""


def arguments_of(
    function: Callable[..., Any], skip: int = 0, constructor: bool = False, about: Any = None
) -> list[Argument]:
    """Return the arguments of a function that have names, the first few left out."""
    from gradcheck.discover.source import source_of

    docstring = inspect.getdoc(about or function) or inspect.getdoc(function) or ""
    source = source_of(about or function)
    found = []
    for own in list(inspect.signature(function).parameters.values())[skip:]:
        if own.kind in (own.POSITIONAL_ONLY, own.POSITIONAL_OR_KEYWORD):
            annotation = "" if own.annotation is own.empty else str(own.annotation)
            found.append(Argument(own.name, own.default, annotation, docstring, source, constructor))
    return found


def made_with_arguments(made_by: type) -> list[Argument]:
    """Return the arguments of a class's constructor."""
    constructor: Any = inspect.getattr_static(made_by, "__init__")
    return arguments_of(constructor, 1, True, made_by) if inspect.isfunction(constructor) else []


def takes(function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's arguments."""
    return [own.name for own in arguments_of(function)]


@contextlib.contextmanager
def settled(module: ModuleType) -> Iterator[None]:
    """Let the same random numbers be drawn every time: a forward pass with dropout is then a function."""
    legacy, plain = np.random.get_state(), random.getstate()
    generators = [own for own in vars(module).values() if isinstance(own, np.random.Generator)]
    states = [generator.bit_generator.state for generator in generators]
    np.random.seed(0)
    random.seed(0)
    try:
        with np.errstate(all="ignore"), contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        np.random.set_state(legacy)
        random.setstate(plain)
        for generator, state in zip(generators, states, strict=True):
            generator.bit_generator.state = state
