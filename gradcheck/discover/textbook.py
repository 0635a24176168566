"""Slopes of functions that a file does not define: they are held against what NumPy, or the textbook, calls so.

    def tanh_prime(x): return 1 - np.tanh(x) ** 2

What such a slope is given is what the function is given, or what it has returned, as in ``s * (1 - s)``: where the file
does not say which, it is the one that it is right for.
"""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import names, namespaces, pairing
from gradcheck.discover.functions import Couple, couple_of
from gradcheck.discover.names import Role
from gradcheck.discover.source import calls_alike, defined_in, returned_names
from gradcheck.discover.subject import settled
from gradcheck.errors import GradcheckError
from gradcheck.op import Array, Layer
from gradcheck.reference import activations, rectifiers

Function = Callable[..., Any]
"""A function of numbers, one by one."""
OF_NUMPY = (
    "tanh", "sin", "cos", "tan", "exp", "log", "sqrt", "arctan", "arcsin", "arccos", "sinh", "cosh", "arcsinh",
    "log1p", "expm1", "log2", "log10", "exp2", "square", "cbrt", "reciprocal",
)  # fmt: skip
"""The functions of NumPy that have a slope everywhere where they are defined."""
LAYERS: Mapping[str, Layer] = {
    "sigmoid": activations.Sigmoid(), "logistic": activations.Sigmoid(), "expit": activations.Sigmoid(),
    "softplus": activations.Softplus(), "softsign": activations.Softsign(), "silu": activations.Silu(),
    "swish": activations.Silu(), "mish": activations.Mish(), "selu": rectifiers.Selu(), "relu": rectifiers.Relu(),
}  # fmt: skip
"""The functions of the textbook that hold no number of which every file may have its own."""
WITH_NUMBER: Mapping[str, Callable[[Array, float], Array]] = {
    "leaky_relu": lambda x, slope: np.where(x > 0, x, slope * x),
    "elu": lambda x, depth: np.where(x > 0, x, depth * np.expm1(np.minimum(x, 0.0))),
}
"""Those that hold one, and are judged where it is handed over."""
TRIED = (-1.3, -0.6, 0.4, 0.7)
"""Where it is asked what a slope is right for."""
STEP, NEAR = 1e-5, 1e-6
"""The step of the difference that it is held against there, and how far it may be off from that."""


def of(module: ModuleType, judged: Collection[Function] = ()) -> list[Couple]:
    """Return the slopes of a module that are not judged otherwise, each with the function that it is the slope of.

    Those in its classes that need no object are among them.
    """
    done, own = {getattr(g, "__code__", None) for g in judged}, defined_in(module)
    classes = {name: namespaces.free(thing) for name, thing in own.items() if inspect.isclass(thing)}
    found = []
    for within, functions in {"": own, **classes}.items():
        held = functions if not within else vars(own[within])
        known = [name for name in (*OF_NUMPY, *LAYERS, *WITH_NUMBER) if name not in held]
        for gradient, g in functions.items():
            code = getattr(g, "__code__", None)  # classes have none
            if code and code not in done and _is_slope(gradient, g):
                whose = pairing.functions_of(gradient, known)[:1]
                found += [own for name in whose for own in _couples(module, (within, name, gradient), g)]
    return found


def _is_slope(name: str, g: Function) -> bool:
    """Say whether a function may be the slope of another by its name: it takes no gradients, and returns something."""
    words, asked = set(names.words(name)), set(names.words("_".join(inspect.signature(g).parameters)))
    plain = not words & {*names.BACKWARD, "hess", "hessian"} and not names.is_helper(name)
    returns = g.__name__ == "<lambda>" or bool(returned_names(g))
    return plain and returns and not asked & ({*names.MARKERS, "g"} - {"d"})


def _couples(module: ModuleType, called: tuple[str, str, str], g: Function) -> Iterator[Couple]:
    """Yield a slope and its function, if that takes as much; in terms of the output, if it is right only so."""
    _, name, gradient = called
    f = _function(vars(module).get(name), name, inspect.signature(g))
    if f is None:
        return
    with suppress(GradcheckError), settled(module):
        couple = couple_of(module, called, f, g)
        known = len(couple.roles) > 1 or calls_alike(module, name, gradient)
        either = () if known else (*couple.roles, Role.ARGUMENT, Role.OUTPUT)
        right = [role for role in either if _is_right(f, g, role)]
        if right[:1] == [Role.OUTPUT]:
            f.remark += f"{'; ' * bool(f.remark)}{gradient} is given what that returns"  # type: ignore[attr-defined]
        yield replace(couple, roles=tuple(right[:1]) or couple.roles)


def _function(held: Any, name: str, takes: inspect.Signature) -> Function | None:
    """Return the function of a name that takes what its slope takes; None if a module means another by that name."""
    known: Any = held if isinstance(held, np.ufunc | FunctionType) else _known(name)
    asked = len(takes.parameters)
    if asked != 1 + (name in WITH_NUMBER) or not (held is known or held is None or inspect.isbuiltin(held)):
        return None

    def own(*args: Any) -> Any:
        return known(*args)

    own.__name__, own.__signature__ = name, takes  # type: ignore[attr-defined] # it has one
    whose = "NumPy's" if name in OF_NUMPY else "the textbook's"
    own.remark = "" if held is known else f"the file has no {name}: {whose} was taken"  # type: ignore[attr-defined]
    return own


def _known(name: str) -> Function:
    """Return the function of NumPy, or of the textbook, that has a name."""
    if name in OF_NUMPY:
        return getattr(np, name)  # type: ignore[no-any-return] # it is a function
    return WITH_NUMBER[name] if name in WITH_NUMBER else lambda x: LAYERS[name].forward(np.asarray(x, dtype=float))[0]


def _is_right(f: Function, g: Function, role: Role) -> bool:
    """Say whether a slope is right if it is given what the function is given, or what that has returned."""
    x = np.array(TRIED)
    with np.errstate(all="ignore"):
        slope = (f(x + STEP) - f(x - STEP)) / (2.0 * STEP)
        x, slope = x[np.isfinite(slope)], slope[np.isfinite(slope)]
        given = f(x) if role is Role.OUTPUT else x
        for called in (g, np.vectorize(g)):
            with suppress(Exception):  # somebody else's code, called with what it was not made for
                return np.allclose(called(given.copy()), slope, rtol=NEAR, atol=NEAR)
    return False
