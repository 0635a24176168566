"""Which method of a class is its forward pass, and which its backward pass: by its name, if it does something."""

import re
from collections.abc import Sequence

from gradcheck.discover import names
from gradcheck.discover.source import source_of, written
from gradcheck.discover.subject import takes

FORWARDS = (
    "forward", "forward_pass", "forward_prop", "fprop", "feedforward", "__call__", "loss", "activate", "activation",
    "function", "fn", "f", "fun", "objective", "value", "evaluate", "compute",
    "energy", "potential", "cost", "nll", "eval",
)  # fmt: skip
"""What a forward method is called."""
BACKWARDS = (
    "backward", "backward_pass", "backward_prop", "backprop", "bprop", "backpropagate",
    "gradient", "grad", "derivative", "deriv", "prime", "jac", "fprime",
    "derived_eval", "eval_derivative", "eval_gradient", "eval_grad", "diagonal_jacobian", "jacobian",
)  # fmt: skip
"""What a backward method is called."""
DERIVATIVES = BACKWARDS[6:]
"""Those that take no cotangent, unless they say so."""
PARAMETERS = {"params", "param", "parameters", "parameter", "weights", "weight", "bias", "biases"}
"""The words of a method that goes back to parameters, and leaves the inputs to another: ``backward_params``."""


def forward_pass(made_by: type) -> str | None:
    """Return the name of the method of a class that goes forward; None if it has none of its own."""
    return next((name for name in _called(made_by, FORWARDS, names.FORWARD) if _goes(made_by, name)), None)


def backward_pass(made_by: type) -> str | None:
    """Return the name of the method of a class that goes back; None if it has none of its own."""
    return next((name for name in _called(made_by, BACKWARDS, names.BACKWARD) if written(made_by, name)), None)


def beside(made_by: type, backward: str) -> tuple[str, ...]:
    """Return the methods that go back to parameters beside one that goes back to the inputs, and that need no more."""
    known, calls = takes(getattr(made_by, backward)), source_of(getattr(made_by, backward))
    return tuple(
        name
        for name in _called(made_by, (), names.BACKWARD)
        if name != backward and PARAMETERS & set(names.words(name)) and written(made_by, name)
        if set(takes(getattr(made_by, name))) <= set(known) and f"self.{name}(" not in calls
    )


def _goes(made_by: type, name: str) -> bool:
    """Say whether a class has a method that does something, and not only through another that does nothing."""
    nothing = rf"self\.({'|'.join(own for own in FORWARDS if hasattr(made_by, own) and not written(made_by, own))})\("
    return written(made_by, name) and not (name == "__call__" and re.search(nothing, source_of(made_by.__call__)))


def _called(made_by: type, usual: Sequence[str], by_word: set[str]) -> list[str]:
    """Return the methods with a usual name, and after them those that have one of some words in their name.

    What is only about parameters comes last.
    """
    worded = [name for name in dir(made_by) if name[:1] != "_" and by_word & set(names.words(name))]
    return [*usual, *sorted(worded, key=lambda name: bool(PARAMETERS & set(names.words(name))))]
