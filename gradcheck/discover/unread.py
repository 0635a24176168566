"""What looks like a gradient in a file but could not be told apart, so that nobody takes silence for agreement."""

import inspect
from collections.abc import Sequence
from types import ModuleType

from gradcheck.discover import names, pairing
from gradcheck.discover.functions import couple
from gradcheck.discover.source import defined_in, line_of, returned_names
from gradcheck.discover.subject import Subject, takes
from gradcheck.errors import GradcheckError


def unread(module: ModuleType, found: Sequence[Subject], path: str) -> list[str]:
    """Return, for every function named like a gradient that no subject is made of, what to type to have it judged.

    Of methods it is only said that they were not.
    """
    judged = {part for subject in found for part in subject.name.split(":")}
    own = defined_in(module).items()
    functions = {name: thing for name, thing in own if inspect.isfunction(thing) and name not in judged}
    pairs = pairing.pairs({name: takes(thing) for name, thing in own if inspect.isfunction(thing)})
    whose = {gradient: name for name, gradient in pairs}
    alone = [
        (name in whose and _unlike(module, whose[name], name))
        or f"{name} (line {line_of(thing)}) looks like a gradient, but not whose: "
        f"gradcheck check {path} --pair FUNCTION:{name}"
        for name, thing in functions.items()
        if _like_a_gradient(name)
    ]
    return alone + [line for _, thing in own if inspect.isclass(thing) for line in _of_class(thing, found)]


def _unlike(module: ModuleType, name: str, gradient: str) -> str:
    """Return why a function and what is named like its gradient are no pair; nothing if they are one."""
    try:
        couple(module, name, gradient)
    except GradcheckError as error:
        return str(error)
    return ""


def _of_class(made_by: type, found: Sequence[Subject]) -> list[str]:
    """Return, for every method of a class named like a gradient that nothing judged is about, that it is not."""
    held = [own.name for own in found if own.name.partition(".")[0] == made_by.__name__]
    if any(":" not in name for name in held):  # it is judged as a whole
        return []
    parts = {part.rpartition(".")[2] for name in held for part in name.split(":")}
    methods = {name: own for name, own in vars(made_by).items() if inspect.isfunction(own) and name not in parts}
    return [
        f"{made_by.__name__}.{name} (line {line_of(own)}) looks like a gradient, but not of what: it was not judged"
        for name, own in methods.items()
        if _like_a_gradient(name) and own.__name__ not in parts and any(returned_names(own))
    ]


def _like_a_gradient(name: str) -> bool:
    """Say whether a function is named like a gradient, and neither tests nor takes steps with one."""
    words = names.words(name)
    descends = {"descent", "step", "update", "train", "fit", "plot", "clip"} & set(words)
    return bool((names.MARKERS - {"d"}) & set(words)) and not names.is_helper(name) and not descends
