"""A subject is something in a file that can be judged once it is given inputs: what it needs, and what it then is.

A trial is a subject with inputs. Whether it runs, whether what comes back looks like gradients, and what the check
says about it are three questions; the first two decide which inputs are meant.
"""

import contextlib
import inspect
import math
import random
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.random import mtrand

from gradcheck.discover import murmurs, names, tensors
from gradcheck.discover.source import source_of, text_of
from gradcheck.op import Array
from gradcheck.records import Result
from gradcheck.repair.watching import theirs

TENS = 100
"""More numbers than this are many, and are not rounded to two decimals."""
PLAIN_RANDOM = re.compile(r"^\s*(import\b.*|from\s+)\brandom\b|__import__|import_module", re.MULTILINE)
"""What stands in the source where Python's own random numbers are drawn, or where that cannot be told."""
FACTORY = "_HAS_DEFAULT_FACTORY_CLASS"
"""What stands for a default that a dataclass makes anew for every object."""
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
    choices: tuple[str, ...] = ()
    """The words that the source compares it with."""
    shapes: tuple[tuple[int | str, ...], ...] = ()
    """The shapes of arrays around it, which it may have as well."""
    options: tuple[Any, ...] = ()
    """The forms that it may have, if that is known."""
    held: tuple[Any, ...] = ()
    """The forms of what its module holds under the same name, which it may have as well."""

    @property
    def is_none_of_it(self) -> bool:
        """Whether it is by default the strength zero of something, a penalty or the like, that would hide there."""
        return not self.constructor and isinstance(self.default, float) and self.default == 0.0


class Trial(ABC):
    """A subject with inputs."""

    judged: tuple[str, ...] = ()
    """The arguments that the gradients are for."""
    fits: bool = False
    """Whether gradients come back, in the shapes of the arguments that they are for."""
    raised: bool = False
    """Whether the backward pass raised instead, of which whoever wrote it would know: other inputs may be meant."""
    refused: bool = False
    """Whether it raised because it asserts something, of no gradient, that is not so: other inputs are meant."""
    remark: str = ""
    """What a reader must know about how it was read; empty for nothing."""
    single: bool = False
    """Whether the value is float32, though what was given is not."""

    @abstractmethod
    def judge(self, seed: int) -> Result:
        """Judge the gradients at these inputs."""

    def as_in(self, other: "Trial") -> "Trial":  # noqa: ARG002 - those whose gradients have names need no other
        """Return it with gradients for what they are for in another trial, at inputs whose lengths tell them apart."""
        return self

    def glance(self, seed: int) -> Result:
        """Judge the gradients as a search does, which asks at many inputs."""
        return self.judge(seed)


@dataclass(frozen=True)
class Subject(ABC):
    """Something in a file that can be judged."""

    name: str
    """What it is called: ``affine_forward:affine_backward``, or the name of a class."""
    line: int
    """The line at which its backward pass begins."""
    arguments: tuple[Argument, ...]
    """What it must be given."""

    @property
    def descends(self) -> bool:
        """Whether its backward pass takes a step of descent, as layers do that are written for one sample."""
        return False

    @property
    def way_back(self) -> str:
        """The text of its backward pass; empty if it has none of its own."""
        return ""

    @property
    def at_rest(self) -> "Subject | None":
        """The same that is not training, if its backward pass asks whether it is."""
        return None

    @property
    def halfway(self) -> "Subject | None":
        """The same that runs where it raises once its value is there, if both are made in one place."""
        return None

    def expects(self, judged: Collection[str]) -> bool:
        """Say whether gradients are likely for what they are for: hardly for what an output is compared with alone."""
        takes = [own.name for own in self.arguments]
        targets = {name for name in takes if names.is_compared(name, takes)}
        return not set(judged) <= targets or not any(map(names.is_output, set(takes) - targets))

    def heeds(self, setting: str) -> bool:
        """Say whether its backward pass may know what a setting of it is."""
        return setting in {own.name for own in self.arguments}

    @abstractmethod
    def open(self, given: Mapping[str, Any]) -> Trial:
        """Run it once at inputs. Raises whatever its forward pass raises there."""


def arguments_of(
    function: Callable[..., Any], skip: int = 0, constructor: bool = False, about: Any = None
) -> list[Argument]:
    """Return the arguments of a function that have names, the first few left out."""
    return list(_arguments(function, skip, constructor, about))


@lru_cache(maxsize=256)
def _arguments(function: Callable[..., Any], skip: int, constructor: bool, about: Any) -> tuple[Argument, ...]:
    """Read the arguments of a function once: a backward pass is asked thousands of times."""
    docstring = inspect.getdoc(about or function) or inspect.getdoc(function) or ""
    source = text_of(about or function)
    found = []
    for own in list(inspect.signature(function).parameters.values())[skip:]:
        made_anew = type(own.default).__name__ == FACTORY
        if own.kind not in (own.VAR_POSITIONAL, own.VAR_KEYWORD) and not made_anew:
            annotation = "" if own.annotation is own.empty else str(own.annotation)
            words = _choices(own.name, own.default, source)
            found.append(Argument(own.name, own.default, annotation, docstring, source, constructor, words))
    return tuple(found)


def _choices(name: str, default: Any, source: str) -> tuple[str, ...]:
    """Return the words that an argument is compared with, its default before the others."""
    found = compared(name, source)
    if default is not inspect.Parameter.empty and not isinstance(default, str):
        return ()
    return tuple(dict.fromkeys([default, *found] if found and isinstance(default, str) else found))


def compared(name: str, source: str) -> list[str]:
    """Return the words that a text compares something of a name with."""
    return re.findall(rf"\b{re.escape(name)}\s*==\s*['\"](\w+)['\"]", source)


def made_with_arguments(made_by: type) -> list[Argument]:
    """Return the arguments of a class's constructor."""
    constructor: Any = inspect.getattr_static(made_by, "__init__")
    return arguments_of(constructor, 1, True, made_by) if inspect.isfunction(constructor) else []


def call(function: Callable[..., Any], args: Mapping[str, Any]) -> Any:
    """Call a function with its arguments by name, those in front by position."""
    keywords = _only_by_name(function)
    by_position = [value for name, value in args.items() if name not in keywords]
    return function(*by_position, **{name: args[name] for name in keywords if name in args})


@lru_cache(maxsize=256)
def _only_by_name(function: Callable[..., Any]) -> tuple[str, ...]:
    """Name the arguments of a function that have no position."""
    return tuple(own.name for own in inspect.signature(function).parameters.values() if own.kind is own.KEYWORD_ONLY)


def takes(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's arguments."""
    return tuple(own.name for own in arguments_of(function))


_SPARE: list[np.random.BitGenerator] = []
"""Generators that stand in for NumPy's global one: to exchange it is far quicker than to save its state."""


NEW_GENERATOR = np.random.default_rng
"""What makes one of NumPy's generators, with other numbers every time if no seed is said."""


def _one_generator(seed: Any = None) -> np.random.Generator:
    """Make a generator of a seed; of one and the same if none is said."""
    return NEW_GENERATOR(0 if seed is None else seed)


@contextlib.contextmanager
def settled(module: ModuleType) -> Iterator[None]:
    """Let the same random numbers be drawn every time: a forward pass with dropout is then a function."""
    legacy, plain = mtrand.get_bit_generator(), random.getstate() if _draws_plainly(module) else None
    own = _SPARE.pop() if _SPARE else np.random.MT19937(0)
    generators = [own for own in vars(module).values() if isinstance(own, np.random.Generator)]
    states = [generator.bit_generator.state for generator in generators]
    named = [(module, name, held) for name, held in vars(module).items() if held is NEW_GENERATOR]
    makers = [(np.random, "default_rng", np.random.default_rng), *named]
    for holder, name, _ in makers:
        setattr(holder, name, _one_generator)
    mtrand.set_bit_generator(own)
    np.random.seed(0)
    if plain:
        random.seed(0)
    try:
        with np.errstate(all="ignore"), contextlib.redirect_stdout(murmurs.of(module)), tensors.settled(module):
            yield
    finally:
        for holder, name, before in makers:
            setattr(holder, name, before)
        mtrand.set_bit_generator(legacy)
        _SPARE.append(own)
        if plain:
            random.setstate(plain)
        for generator, state in zip(generators, states, strict=True):
            generator.bit_generator.state = state


@lru_cache(maxsize=256)
def _draws_plainly(module: ModuleType) -> bool:
    """Say whether code of a person's own may draw from Python's own generator, whose state takes long to keep."""
    texts = [source_of(own) for own in _within_reach(module)]
    return not all(texts) or any(PLAIN_RANDOM.search(text) for text in texts)


def _within_reach(module: ModuleType) -> list[ModuleType]:
    """Return a module, all others of a person's own that it names, or is part of, and so on: it imports no more."""
    theirs_by_name = {name: own for name, own in sys.modules.items() if theirs(str(getattr(own, "__file__", "")))}
    reached = [module]
    for own in reached:
        named = {*re.findall(r"\w+", source_of(own)), *own.__name__.split(".")}
        found = [other for name, other in theirs_by_name.items() if name.rpartition(".")[2] in named]
        reached += [other for other in found if other not in reached]
    return reached


def moved(array: Array, far: float = 0.4) -> Array:
    """Move the numbers that a parameter starts from: zeros and ones hide mistakes; many by less, for they add up."""
    away = np.asarray(array + _steps(array, far))
    return away.astype(array.dtype) if array.dtype.kind == "f" else away


def moved_alike(matrix: Array) -> Array:
    """Move what may be no parameter: a matrix that is symmetric stays so, and as definite; and so does half a one.

    One that is diagonal, or all the same, may be a parameter to begin with.
    """
    square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1]
    if not square or np.ptp(matrix) == 0 or np.array_equal(matrix, np.diag(np.diag(matrix))):
        return moved(matrix)
    if np.array_equal(matrix, matrix.T):
        turned = np.eye(len(matrix)) + _steps(matrix, 0.1)
        congruent = turned @ matrix @ turned.T
        return np.round((congruent + congruent.T) / 2.0, 4).astype(matrix.dtype)
    half = next((half for half in (np.tril, np.triu) if np.array_equal(matrix, half(matrix))), None)
    return half(moved(matrix)) if half else moved(matrix)


def _steps(array: Array, far: float) -> Array:
    """Return by how much an array is moved."""
    generator, many = np.random.default_rng(array.size), array.size / min(array.shape, default=1)
    far *= min(1.0, 4.0 / math.sqrt(many))
    return np.asarray(np.round(far * generator.normal(size=array.shape), 2 if many <= TENS else 4))


def shapes_beside(held: Sequence[Array]) -> tuple[tuple[int | str, ...], ...]:
    """Return the shapes that go with arrays: vectors, columns and samples as long as their axes, and theirs."""
    lengths = dict.fromkeys(length for array in held for length in array.shape)
    vectors: list[tuple[int | str, ...]] = [(length,) for length in lengths]
    columns, samples = [(length, 1) for length in lengths], [("N", length) for length in lengths]
    return tuple(dict.fromkeys([*vectors, *columns, *samples, *(array.shape for array in held)]))
