"""gradcheck: somebody derived a gradient by hand. Is it right, and if not, what exactly is wrong?"""

from typing import TYPE_CHECKING

from gradcheck.adapt import check_gradient, check_hessian_vector, check_torch, check_vjp
from gradcheck.check import check
from gradcheck.errors import GradcheckError, Mismatch
from gradcheck.op import Op
from gradcheck.records import Result, Verdict
from gradcheck.search import find_mismatch

if TYPE_CHECKING:
    from gradcheck.formula import Judgement, Problem, check_formula, derive


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

_OF_FORMULAS = ("Judgement", "Problem", "check_formula", "derive")


def __getattr__(name: str) -> object:
    """Return a name from the room of formulas, which opens only when somebody asks: most who import this never do."""
    if name in _OF_FORMULAS:
        from gradcheck import formula

        return getattr(formula, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
