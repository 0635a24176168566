"""Objects that hold nothing before they are fitted: they are fitted for one round."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcheck.discover.holdings import arrays
from gradcheck.discover.subject import arguments_of

ROUNDS = re.compile(r"(n|num|max)?_?(iter(ation)?s?|epochs?|steps)")
"""What the number of rounds is called for which an object is fitted."""


def fit(made: Any, inputs: Mapping[str, Any]) -> None:
    """Fit an object that holds nothing yet, for one round: its parameters are then there, numbers as arrays."""
    fit = getattr(made, "fit", None)
    if arrays(made) or not callable(fit) or len(asked_of(fit)) != len(inputs):
        return
    vars(made).update({name: 1 for name in vars(made) if ROUNDS.fullmatch(name)})
    before = {name for name, own in vars(made).items() if own is not None}
    fit(*inputs.values(), **{name: 1 for name in inspect.signature(fit).parameters if ROUNDS.fullmatch(name)})
    for name, own in vars(made).items():
        if name not in before and isinstance(own, float | np.floating):
            setattr(made, name, np.array(own, dtype=float))


def asked_of(method: Any) -> list[str]:
    """Name what a method must be given, besides its object; read off its function, which all copies share."""
    plain = getattr(method, "__func__", method)
    asked = [own.name for own in arguments_of(plain) if own.default is inspect.Parameter.empty or own.is_none_of_it]
    return asked[1:] if plain is not method else asked
