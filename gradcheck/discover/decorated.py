"""Functions that a decorator has put something in the place of: they keep their names, their arguments and their text.

A decorator that does not say what it wraps, as ``functools.wraps`` would, leaves ``wrapper(*args, **kwargs)`` behind,
whose arguments are nobody's; and one that makes objects, as ``np.vectorize`` does, leaves no function. What a compiler
has made of a function, as numba's does, is judged as that function.
"""

import functools
import inspect
from collections.abc import Callable
from types import CellType, FunctionType, ModuleType
from typing import Any


def uncover(module: ModuleType) -> None:
    """Let every function and method of a module say what it was written as."""
    _uncover(module, module.__name__)
    for own in list(vars(module).values()):
        if inspect.isclass(own) and own.__module__ == module.__name__:
            _uncover(own, module.__name__)


def _uncover(holder: Any, module: str) -> None:
    for name, own in list(vars(holder).items()):
        if inspect.isfunction(own):
            if not hasattr(own, "__wrapped__") and (written := _within(own, name, module)):
                functools.update_wrapper(own, written)
        elif callable(own) and not inspect.isclass(own) and (written := _made_of(own, module)):
            compiled = inspect.getattr_static(own, "py_func", None) is written
            setattr(holder, name, written if compiled else _around(own, name, written))


def _within(function: FunctionType, name: str, module: str) -> FunctionType | None:
    """Return the function of some name that a function was made around; None if there is none."""
    filled = [own.cell_contents for own in function.__closure__ or () if own != CellType()]
    wrapped = [own for own in filled if inspect.isfunction(own) and own.__name__ == name and own.__module__ == module]
    return next(iter(wrapped), None)


def _made_of(thing: Any, module: str) -> FunctionType | None:
    """Return the function of a module that a thing to be called was made of; None if there is none."""
    known = (inspect.getattr_static(thing, name, None) for name in ("py_func", "pyfunc", "__wrapped__"))
    return next((own for own in known if inspect.isfunction(own) and own.__module__ == module), None)


def _around(thing: Any, name: str, written: FunctionType) -> Callable[..., Any]:
    """Return a function that calls what is none."""

    def called(*args: Any, **settings: Any) -> Any:
        return thing(*args, **settings)

    functools.update_wrapper(called, written)
    called.__name__ = name
    return called
