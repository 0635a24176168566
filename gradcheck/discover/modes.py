"""Whether an object is training: some keep what the way back needs only if they are told that they are."""

import inspect
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

TRAINING = re.compile(r"_*(is_?)?train(ing|able_?mode)?(_?(mode|fla?g|phase))?", re.IGNORECASE)
"""What says so is called."""


def flags(method: Callable[..., Any]) -> dict[str, bool]:
    """Return the arguments of a method that say that an object is training, and are false by default, as true."""
    return dict(_flags(getattr(method, "__func__", method)))


@lru_cache(maxsize=256)
def _flags(function: Callable[..., Any]) -> dict[str, bool]:
    return {
        own.name: True
        for own in inspect.signature(function).parameters.values()
        if own.default is False and TRAINING.fullmatch(own.name)
    }


def train(made: Any) -> None:
    """Let an object be training that keeps whether it is, and is not."""
    for name, own in vars(made).items() if hasattr(made, "__dict__") else ():
        if own is False and TRAINING.fullmatch(name):
            setattr(made, name, True)
    for name, own in inspect.getmembers_static(type(made)):
        if own is False and TRAINING.fullmatch(name):
            setattr(made, name, True)
