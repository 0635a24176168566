"""Functions of square matrices: the determinant, its logarithm, the inverse."""

import numpy as np

from gradcheck.formula.language.tree import Call
from gradcheck.formula.language.valueless import Valueless
from gradcheck.op import Array

SQUARE = ("det", "logdet", "inv")
"""Functions of square matrices; the logarithm is that of the size of the determinant."""


def of_square(tree: Call, x: Array) -> Array:
    """Return the value of a function of a square matrix. Raises Valueless for any other array."""
    if x.ndim != 2 or x.shape[0] != x.shape[1]:
        raise Valueless(f"an array of shape {x.shape} is no square matrix", tree)
    if tree.function == "det":
        return np.asarray(np.linalg.det(x))
    if tree.function == "logdet":
        return np.asarray(np.linalg.slogdet(x)[1])
    try:
        return np.asarray(np.linalg.inv(x))
    except np.linalg.LinAlgError as error:
        raise Valueless("this matrix has no inverse", tree) from error
