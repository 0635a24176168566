"""What looks like a gradient in a file but could not be told apart, so that nobody takes silence for agreement."""

import inspect
from collections.abc import Sequence
from types import ModuleType

from gradcheck.discover import names
from gradcheck.discover.source import defined_in, line_of
from gradcheck.discover.subject import Subject


def unread(module: ModuleType, found: Sequence[Subject], path: str) -> list[str]:
    """Return, for every function named like a gradient that no subject is made of, what to type to have it judged."""
    judged = {part for subject in found for part in subject.name.split(":")}
    own = defined_in(module).items()
    functions = {name: thing for name, thing in own if inspect.isfunction(thing) and name not in judged}
    return [
        f"{name} (line {line_of(thing)}) looks like a gradient, but not whose: "
        f"gradcheck check {path} --pair FUNCTION:{name}"
        for name, thing in functions.items()
        if _like_a_gradient(name)
    ]


def _like_a_gradient(name: str) -> bool:
    """Say whether a function is named like a gradient, and neither tests nor takes steps with one."""
    words = names.words(name)
    descends = {"descent", "step", "update", "train", "fit", "plot", "clip"} & set(words)
    return bool((names.MARKERS - {"d"}) & set(words)) and not names.is_helper(name) and not descends
