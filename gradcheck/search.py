"""A mistake that shows only for some inputs needs more than one point: look for it, and return the smallest."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcheck.adapt import check_gradient, check_vjp
from gradcheck.check import check
from gradcheck.errors import GradcheckError
from gradcheck.op import Op
from gradcheck.records import Result, Verdict

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from gradcheck.generate import Found


def find_mismatch(
    f: Callable[..., Any] | Op,
    grad: Any = None,
    *,
    inputs: "SearchStrategy[Any]",
    vjp: Any = None,
    examples: int = 200,
    seed: int = 0,
) -> Result:
    """Search with Hypothesis for inputs at which a gradient is wrong; return the result at the smallest of them.

    Give an operation, or a function with its ``grad`` (of one number) or its ``vjp``. ``inputs`` draws the arguments:
    a dictionary of arrays for an operation, a tuple for functions, or one argument alone. The strategies of
    ``gradcheck.generate`` (``arrays``, ``shapes``, ``labels``, ``indices``, ``masks``) are made for it. If nothing is
    wrong, the result is that of the closest call, and a note says at how many inputs it agreed. Raises GradcheckError
    if it is not said what to judge.
    """
    from gradcheck.generate import falsify

    if isinstance(f, Op) is not (grad is None and vjp is None) or (grad is not None and vjp is not None):
        raise GradcheckError("Give an operation alone, or a function with one of grad= and vjp=.")

    if not hasattr(inputs, "example"):
        raise GradcheckError(f"inputs={inputs!r} is no Hypothesis strategy; gradcheck.generate.arrays((3,)) is one.")

    def judge(drawn: Any) -> Result:
        with np.errstate(all="ignore"):
            if isinstance(f, Op):
                return check(f, **drawn)
            args = drawn if isinstance(drawn, tuple) else (drawn,)
            return check_vjp(f, vjp, *args, seed=seed) if vjp else check_gradient(f, grad, *args, seed=seed)

    return told(falsify(inputs, judge, examples, seed))


def told(found: "Found") -> Result:
    """Return what a search has found as one result: that at the smallest wrong inputs, or else the closest call."""
    if found.wrong:
        drawn, result = found.wrong[-1]
        return replace(result, notes=(f"at the smallest inputs found: {_written(drawn)}", *result.notes))
    if not found.right:
        return replace(found.undecided[0], notes=("no input could be judged", *found.undecided[0].notes))
    closest = max(found.right, key=lambda result: max((one.margin for one in result.comparisons), default=0.0))
    said = f"nothing wrong at {len(found.right)} inputs; this is the closest call"
    unsaid = [f"{len(found.undecided)} other inputs could not be judged"] if found.undecided else []
    return replace(closest, verdict=Verdict.AGREES, notes=(said, *unsaid, *closest.notes))


def _written(drawn: Any) -> str:
    """Write inputs out as Python would read them."""
    args = drawn if isinstance(drawn, tuple) else (drawn,)
    parts = drawn.items() if isinstance(drawn, Mapping) else ((f"argument {n}", one) for n, one in enumerate(args))
    names = [f"{name} = {np.array2string(np.asarray(value), separator=', ')}" for name, value in parts]
    return "; ".join(name.replace("\n", "") for name in names)
