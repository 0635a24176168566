"""gradcheck: somebody derived a gradient by hand. Is it right, and if not, what exactly is wrong?"""

from gradcheck.adapt import check_gradient, check_hessian_vector, check_torch, check_vjp
from gradcheck.check import check
from gradcheck.errors import GradcheckError, Mismatch
from gradcheck.op import Op
from gradcheck.records import Result, Verdict
from gradcheck.search import find_mismatch


def load_ipython_extension(shell: object) -> None:
    """Let ``%load_ext gradcheck`` make the cell magic ``%%gradcheck`` known."""
    from gradcheck.notebook import register

    register(shell)


__all__ = [
    "GradcheckError",
    "Mismatch",
    "Op",
    "Result",
    "Verdict",
    "check",
    "check_gradient",
    "check_hessian_vector",
    "check_torch",
    "check_vjp",
    "find_mismatch",
]
