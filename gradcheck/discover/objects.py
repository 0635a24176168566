"""Arguments of a constructor that are objects of a file's own classes: an activation, a loss, a list of layers.

What a class does with an argument that it keeps says which classes it may be of: those that have the methods which are
called. A list of layers may also come as ``*layers``, or one by one, through a method ``add``.
"""

import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover.conventions import forms
from gradcheck.discover.forms import Form
from gradcheck.discover.keeping import Kept, kept_by
from gradcheck.discover.prepared import OPTIMISER
from gradcheck.discover.source import line_of, source_of, written
from gradcheck.discover.subject import Argument, made_with_arguments, settled

SMOOTH = re.compile(r"tanh|sigmoid|logistic|softplus|swish|silu|gelu|mse|mean_?squared|square", re.IGNORECASE)
"""What the classes are called that come first: nothing of them hides behind a corner."""
FAR = 10
"""How much less likely the next choice is: it is taken only if nothing runs with the one before."""
SETTINGS = ("size", "number", "value", "choice")
"""The kinds of what a class may have to be made with."""


@dataclass(frozen=True)
class Part:
    """A class, and what objects of it are made with."""

    made_by: type
    made_with: Mapping[str, Form]

    @property
    def widths(self) -> set[str | int]:
        """The letters of its sizes."""
        return {axis for own in self.made_with.values() if own.kind == "size" for axis in own.axes}

    def between(self, narrow: str, wide: str) -> "Part":
        """Return it with another letter for one of its sizes."""
        return Part(
            self.made_by,
            {
                name: replace(own, axes=tuple(narrow if axis == wide else axis for axis in own.axes))
                for name, own in self.made_with.items()
            },
        )


@dataclass(frozen=True)
class Plan:
    """One object, or a list of them, to be made anew for every draw."""

    parts: tuple[Part, ...]
    listed: bool

    def draw(self, sizes: Mapping[str, int], generator: np.random.Generator, scale: float, which: int) -> Any:
        """Make what is planned."""
        made = []
        for part in self.parts:
            with settled(sys.modules[part.made_by.__module__]):
                given = {name: own.draw(sizes, generator, scale, which) for name, own in part.made_with.items()}
                made.append(part.made_by(**given))
        return made if self.listed else made[0]

    def of_one_width(self) -> "Plan":
        """Return it with what comes out as wide as what goes in."""
        return replace(self, parts=tuple(part.between("D", "M").between("D", "H") for part in self.parts))


def made_with(module: ModuleType, made_by: type) -> list[Argument] | None:
    """Return what a class is made with, objects of other classes among it; None if there are none that would do."""
    arguments, kept = made_with_arguments(made_by), kept_by(made_by)
    found = [_with_options(module, made_by, own, kept.get(own.name)) for own in arguments]
    for own in kept.values():
        if own.name not in {argument.name for argument in arguments}:
            options = _options(module, made_by, own)
            if not options:
                return None
            found.append(Argument(own.name, constructor=True, options=options))
    return found


def make(made_by: type, given: Mapping[str, Any]) -> Any:
    """Make an object, and hand it what it takes one by one."""
    signature, kept = inspect.signature(made_by), kept_by(made_by)
    own = {name: value for name, value in given.items() if name in signature.parameters}
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL and name in own:
            own[name] = tuple(own[name])
    bound = inspect.BoundArguments(signature, own)
    made = made_by(*bound.args, **bound.kwargs)
    for name, value in given.items():
        for one in value if name not in signature.parameters else ():
            getattr(made, kept[name].added_by)(one)
    return made


def parts_of(arguments: Sequence[Argument], *, likeliest: bool = False) -> list[type]:
    """Return the classes of the objects that some arguments may be, or of those that they will be if all runs."""
    plans = [form.value for own in arguments for form in own.options[: 1 if likeliest else None]]
    return list(dict.fromkeys(part.made_by for plan in plans for part in plan.parts))


@dataclass(frozen=True)
class Beside:
    """All lines of a file but those of some classes, which are judged by themselves."""

    classes: tuple[type, ...]

    def __contains__(self, line: object) -> bool:
        """Say whether a line is of none of the classes."""
        return not any(line_of(own) <= line < line_of(own) + source_of(own).count("\n") for own in self.classes)  # type: ignore[operator] # a line is a number


def _with_options(module: ModuleType, made_by: type, argument: Argument, kept: Kept | None) -> Argument:
    """Return an argument with the objects that it may be, if it is one."""
    free = argument.default is inspect.Parameter.empty or argument.default is None
    if kept is None or not free or OPTIMISER.fullmatch(argument.name):
        return argument
    return replace(argument, options=_options(module, made_by, kept))


def _options(module: ModuleType, made_by: type, kept: Kept) -> tuple[Form, ...]:
    """Return the forms of what a class keeps: objects with all the methods that it calls, the likeliest first."""
    parts = [part for part in _parts(module, made_by, kept) if part.widths <= {"D", "M"}]
    plain = sorted((own for own in parts if not own.widths), key=lambda own: not SMOOTH.search(own.made_by.__name__))
    wide = [own for own in parts if own.widths == {"D", "M"}]
    if not kept.listed:
        return _costing([(own,) for own in (*plain, *wide)], listed=False)
    chains = [(own, *plain[:1], own.between("M", "D")) for own in wide[:1]]
    return _costing([*chains, *([tuple(plain[:2])] if plain else []), *([(own,) for own in wide])], listed=True)


def _costing(chains: Sequence[tuple[Part, ...]], *, listed: bool) -> tuple[Form, ...]:
    return tuple(Form("object", cost=FAR * place, value=Plan(own, listed)) for place, own in enumerate(chains))


def _parts(module: ModuleType, made_by: type, kept: Kept) -> Iterator[Part]:
    """Yield the classes of a module that have what is called, and can be made of sizes and settings."""
    for own in dict.fromkeys(thing for thing in vars(module).values() if inspect.isclass(thing)):
        if issubclass(own, made_by) or issubclass(made_by, own) or not _answers(own, kept) or kept_by(own):
            continue
        made = {one.name: forms(one) for one in made_with_arguments(own)}
        through = any(many for _, many in kept.methods)
        kinds = SETTINGS if through else (*SETTINGS, "real")  # a penalty has what it penalises
        if all(options and options[0].kind in kinds for options in made.values()):
            yield Part(own, {name: options[0] for name, options in made.items()})


def _answers(made_by: type, kept: Kept) -> bool:
    """Say whether a class has all the methods that are called, for as many arguments."""
    for name, many in kept.methods:
        if not written(made_by, name):
            return False
        try:
            inspect.signature(getattr(made_by, name)).bind(*[None] * (many + 1))
        except TypeError:
            return False
    return True
