"""One function that is its own derivative when it is told so: ``nonlin(x, deriv=True)``.

A file may call it with what it returned before, ``nonlin(l1, deriv=True)`` where ``l1 = nonlin(z)``: then its
derivative is written in terms of its output.
"""

import functools
import inspect
from types import ModuleType

from gradcheck.discover.functions import Couple
from gradcheck.discover.names import Role
from gradcheck.discover.source import calls_with_value_of, line_of
from gradcheck.discover.subject import arguments_of

FLAGS = {"deriv", "derivative", "derive", "prime", "grad", "gradient", "diff"}
"""What an argument is called that asks for the derivative."""


def flagged(module: ModuleType, name: str) -> Couple | None:
    """Return a function and its derivative under a flag that is down by default; None if it has no such flag."""
    f = vars(module)[name]
    if not inspect.isfunction(f):
        return None
    arguments = arguments_of(f)
    flags = [own.name for own in arguments if own.name.lower() in FLAGS and own.default is False]
    if not flags or len(arguments) != 2:
        return None
    role = Role.OUTPUT if calls_with_value_of(module, name, name, flags[0]) else Role.ARGUMENT
    (argument,) = (own for own in arguments if own.name != flags[0])
    derivative = functools.update_wrapper(functools.partial(f, **{flags[0]: True}), f)
    return Couple(name, line_of(f), (argument,), module, f, derivative, (role,))
