"""The functions that formulas may use: their values, their names, and how they are written.

Most work entry by entry, y = f(x); sums, means and the softmax run along axes. Their derivatives stand in ``calculus``.
A function that a problem uses without saying which it is gets drawn at random, so that nothing holds for it by luck.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from gradcheck.formula.language import special
from gradcheck.op import Array
from gradcheck.reference.activations import logistic


@dataclass(frozen=True)
class Elementwise:
    """A function y = f(x) of each entry alone."""

    name: str
    value: Callable[[Array], Array]
    """f, on arrays."""
    latex: str
    """How it is written on paper."""
    steepness: Callable[[Array], Array] | None = None
    """f', on arrays, for a function that was drawn; ``calculus`` has the formula for the others."""


def _softplus(x: Array) -> Array:
    return np.logaddexp(0.0, x)


ELEMENTWISE: dict[str, Elementwise] = {
    own.name: own
    for own in (
        Elementwise("sigmoid", logistic, r"\sigma"),
        Elementwise("tanh", np.tanh, r"\tanh"),
        Elementwise("relu", lambda x: np.maximum(x, 0.0), r"\mathrm{ReLU}"),
        Elementwise("softplus", _softplus, r"\mathrm{softplus}"),
        Elementwise("exp", np.exp, r"\exp"),
        Elementwise("log", np.log, r"\log"),
        Elementwise("sqrt", np.sqrt, r"\sqrt"),
        Elementwise("abs", np.abs, r"\mathrm{abs}"),
        Elementwise("sign", np.sign, r"\mathrm{sign}"),
        Elementwise("sin", np.sin, r"\sin"),
        Elementwise("cos", np.cos, r"\cos"),
        Elementwise("cosh", np.cosh, r"\cosh"),
        Elementwise("sinh", np.sinh, r"\sinh"),
        Elementwise("square", np.square, r"\mathrm{square}"),
        Elementwise("tan", np.tan, r"\tan"),
        Elementwise("arcsin", np.arcsin, r"\arcsin"),
        Elementwise("arccos", np.arccos, r"\arccos"),
        Elementwise("arctan", np.arctan, r"\arctan"),
        Elementwise("arcsinh", np.arcsinh, r"\mathrm{arsinh}"),
        Elementwise("arccosh", np.arccosh, r"\mathrm{arcosh}"),
        Elementwise("arctanh", np.arctanh, r"\mathrm{artanh}"),
        Elementwise("erf", special.erf, r"\mathrm{erf}"),
        Elementwise("normcdf", special.normal_share, r"\Phi"),
        Elementwise("normpdf", special.normal_density, r"\varphi"),
        Elementwise("gamma", special.gamma, r"\Gamma"),
        Elementwise("lgamma", special.log_gamma, r"\ln\Gamma"),
        Elementwise("digamma", partial(special.polygamma, 0), r"\psi"),
        Elementwise("trigamma", partial(special.polygamma, 1), r"\psi_1", partial(special.polygamma, 2)),
        Elementwise("J0", partial(special.bessel, 0), "J_0"),
        Elementwise("J1", partial(special.bessel, 1), "J_1"),
        Elementwise("silu", lambda x: x * logistic(x), r"\mathrm{SiLU}"),
        Elementwise("gelu", lambda x: x * special.normal_share(x), r"\mathrm{GELU}"),
        Elementwise("elu", lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0.0))), r"\mathrm{ELU}"),
        Elementwise("softsign", lambda x: x / (1 + np.abs(x)), r"\mathrm{softsign}"),
    )
}
"""The functions of one number, by name."""

ALONG_ROWS = ("softmax", "log_softmax")
"""Functions that couple the entries of the last axis."""
ALONG_AXES = ("sum", "mean")
"""Functions that make an axis, or all of them, disappear."""
ACTIVATIONS = ("sigmoid", "tanh", "relu", "softplus", "softmax", "silu", "gelu", "elu", "softsign")
"""What a layer ends with; its argument has a name of its own in textbooks, net or z."""

SPELLINGS: dict[str, str] = {
    "logistic": "sigmoid", "sig": "sigmoid", "expit": "sigmoid", "ReLU": "relu", "Relu": "relu", "ln": "log",
    "power": "power",
    "absolute": "abs", "sgn": "sign", "logsoftmax": "log_softmax", "log_softmax": "log_softmax", "matmul": "matmul",
    "dot": "matmul", "multiply": "multiply", "outer": "outer", "add": "add", "subtract": "subtract", "divide": "divide",
    "negative": "negative", "average": "mean", "transpose": "transpose", "maximum": "maximum", "Sigmoid": "sigmoid",
    "Softmax": "softmax", "onehot": "onehot",
    "max": "maximum", "min": "minimum", "amin": "minimum", "clamp": "clip",
    "array": "same", "asarray": "same", "copy": "same", "float": "same", "float32": "same",
    "float64": "same", "int64": "same", "int32": "same", "int": "same", "step": "heaviside", "tr": "trace",
    "vdot": "inner", "mv": "matmul", "mm": "matmul", "bmm": "matmul", "mul": "multiply", "sub": "subtract",
    "pow": "power", "amax": "maximum", "H": "heaviside",
    "tg": "tan", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "arctg": "arctan", "asinh": "arcsinh",
    "acosh": "arccosh", "atanh": "arctanh", "arsinh": "arcsinh", "arcosh": "arccosh", "artanh": "arctanh",
    "sh": "sinh", "ch": "cosh", "th": "tanh", "Phi": "normcdf", "ndtr": "normcdf", "cdf": "normcdf", "pdf": "normpdf",
    "inverse": "inv", "determinant": "det", "Gamma": "gamma", "gammaln": "lgamma", "loggamma": "lgamma",
    "lnGamma": "lgamma",
    "diagflat": "diag", "crossprod": "crossprod", "tcrossprod": "tcrossprod", "Theta": "heaviside",
    "swish": "silu", "Swish": "silu",
    "SiLU": "silu", "GELU": "gelu", "ELU": "elu", "cosec": "csc", "cotan": "cot", "ctg": "cot",
}  # fmt: skip
"""Other names under which the functions are known."""

ABSTRACT = ("sigma", "g", "f", "h", "phi", "s", "activation", "act")
"""Names for an activation that is not said; they mean the problem's own, if it has just one."""

OURS = ("spread", "scatter", "flat")
"""What our own derivations need and nobody else writes: a number for every entry, rows added where they were picked."""

QUOTIENTS = {
    "sech": ("", "cosh"), "csch": ("", "sinh"), "coth": ("cosh", "sinh"),
    "sec": ("", "cos"), "csc": ("", "sin"), "cot": ("cos", "sin"),
}  # fmt: skip
"""Functions that are quotients of others, or 1 over another."""

INVERSES = {
    "sin": "arcsin", "cos": "arccos", "tan": "arctan",
    "sinh": "arcsinh", "cosh": "arccosh", "tanh": "arctanh",
}  # fmt: skip
"""What a -1 that is raised at a function means."""

TAKING_TWO = {"matmul": "@", "multiply": "⊙", "add": "+", "subtract": "-", "divide": "/", "power": "^"}
"""NumPy's functions that are signs."""
OF_COLUMNS = {"colSums": ("sum", 0), "colMeans": ("mean", 0), "rowSums": ("sum", -1), "rowMeans": ("mean", -1)}
"""R's functions that add up along one axis."""
COMPARING = {"greater": ">", "less": "<", "greaterequal": ">=", "lessequal": "<="}
"""NumPy's functions that compare."""


def known(name: str) -> str | None:
    """Return the function that a name stands for; None if it stands for none."""
    name = SPELLINGS.get(name, name)
    everything = (
        *ELEMENTWISE,
        *ALONG_ROWS,
        *ALONG_AXES,
        *TAKING_TWO,
        "outer",
        "inner",
        "transpose",
        "maximum",
        "minimum",
        "clip",
        "negative",
        "len",
        "rowsum",
        "logsumexp",
        "where",
        "heaviside",
        *QUOTIENTS,
        "erfc",
        "log1p",
        "expm1",
        "log2",
        "log10",
        "cbrt",
        "diag",
        "det",
        "logdet",
        "inv",
        "norm",
        "trace",
        "same",
        *OF_COLUMNS,
        *COMPARING,
        "crossprod",
        "tcrossprod",
        *OURS,
    )
    return name if name in everything else None


@lru_cache(maxsize=256)
def unspecified(name: str, seed: int) -> Elementwise:
    """Draw a smooth function for a name that a problem leaves open: a + b x + c sin(d x + e), with its slope."""
    generator = np.random.default_rng([seed, *name.encode()])
    a, b, c, d, e = (float(number) for number in generator.uniform(0.4, 1.6, size=5))
    return Elementwise(
        name,
        lambda x: a + b * x + c * np.sin(d * x + e),
        name,
        lambda x: b + c * d * np.cos(d * x + e),
    )


def elementwise(name: str, seed: int) -> Elementwise:
    """Return a function of one number by its name, drawn from the seed if the name is not a known one."""
    return ELEMENTWISE.get(name) or unspecified(name, seed)
