"""gradcheck: somebody derived a gradient by hand. Is it right, and if not, what exactly is wrong?"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcheck.adapt import check_gradient, check_hessian_vector, check_torch, check_vjp
    from gradcheck.check import check
    from gradcheck.errors import GradcheckError, Mismatch
    from gradcheck.formula import Judgement, Problem, check_formula, derive
    from gradcheck.op import Op
    from gradcheck.records import Result, Verdict
    from gradcheck.search import find_mismatch


def load_ipython_extension(shell: object) -> None:
    """Let ``%load_ext gradcheck`` make the cell magic ``%%gradcheck`` known."""
    from gradcheck.notebook import register

    register(shell)


__all__ = [
    "GradcheckError",
    "Judgement",
    "Mismatch",
    "Op",
    "Problem",
    "Result",
    "Verdict",
    "check",
    "check_formula",
    "check_gradient",
    "check_hessian_vector",
    "check_torch",
    "check_vjp",
    "derive",
    "find_mismatch",
]

_ROOMS = {
    "adapt": ("check_gradient", "check_hessian_vector", "check_torch", "check_vjp"),
    "check": ("check",),
    "errors": ("GradcheckError", "Mismatch"),
    "formula": ("Judgement", "Problem", "check_formula", "derive"),
    "op": ("Op",),
    "records": ("Result", "Verdict"),
    "search": ("find_mismatch",),
}
"""Where the public names live. A room is opened when somebody asks for what is in it: most need but one or two."""


def __getattr__(name: str) -> object:
    """Return a public name from its room."""
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{room}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]


class _Package(ModuleType):
    """A package in which a room never stands before a public name that is the same word, as ``check`` is."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
