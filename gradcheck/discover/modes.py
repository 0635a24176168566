"""Whether an object is training: some keep what the way back needs only if they are told that they are."""

import inspect
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

TRAINING = re.compile(r"_*(is_?)?train(ing|able_?mode)?(_?(mode|fla?g|phase))?", re.IGNORECASE)
"""What says so is called."""


def flags(method: Callable[..., Any], training: bool = True) -> dict[str, bool]:
    """Return the arguments of a method that say that an object is training, and are not so by default, as they are."""
    return {name: training for name, own in _flags(getattr(method, "__func__", method)).items() if own is not training}


@lru_cache(maxsize=256)
def _flags(function: Callable[..., Any]) -> dict[str, bool]:
    return {
        own.name: own.default
        for own in inspect.signature(function).parameters.values()
        if isinstance(own.default, bool) and TRAINING.fullmatch(own.name)
    }


def train(made: Any, training: bool = True) -> None:
    """Let an object be training, or not, that keeps whether it is."""
    held = [*vars(made).items()] if hasattr(made, "__dict__") else []
    for name, own in [*inspect.getmembers_static(type(made)), *held]:
        if own is not training and isinstance(own, bool) and TRAINING.fullmatch(name):
            setattr(made, name, training)


def asks(source: str) -> bool:
    """Say whether a text asks an object whether it is training."""
    return any(TRAINING.fullmatch(name) for name in re.findall(r"\bself\.(\w+)", source))
