"""What a product means: of matrices where the shapes allow one, entry by entry elsewhere.

On paper a vector that was transposed is a row, a vector before a row is a column, and a vector of ones is as long as
what it is multiplied with: a matrix before it, or behind its transpose, has its entries added up.
"""

from functools import reduce
from itertools import zip_longest

import numpy as np

from gradcheck.formula.language.tree import Binary, Call, Differential, Ones, Transpose, Tree, factors
from gradcheck.formula.language.valueless import Valueless
from gradcheck.op import Array, mT

LARGEST_ARRAY = 1_000_000
"""How many entries a value may have."""


def transposed(array: Array, numpy: bool) -> Array:
    """Exchange rows and columns; on paper a vector becomes a row, in NumPy it stays as it is."""
    if array.ndim == 1:
        return array if numpy else array[None, :]
    return mT(array) if array.ndim else array


def entrywise(tree: Binary, left: Array, right: Array) -> None:
    """Raise Valueless if two shapes cannot be joined entry by entry."""
    if not _broadcasts(left, right):
        matrices = tree.operator == " " and left.ndim == right.ndim == 2
        verb = "a product of matrices" if matrices else _verb(tree.operator)
        raise Valueless(f"shapes {left.shape} and {right.shape} do not fit for {verb}", tree)


def _verb(operator: str) -> str:
    return {"+": "a sum", "-": "a difference", "/": "a division"}.get(operator, "a product entry by entry")


def repeated(matrix: Tree, times: int) -> Tree:
    """Return a matrix multiplied by itself, so many times in all."""
    return reduce(lambda one, other: Binary("@", one, other, span=matrix.span), [matrix] * times)


def as_matrices(tree: Binary, left: Array, right: Array) -> bool:
    """Say whether a product that does not say which it is means the product of matrices."""
    if not left.ndim or not right.ndim:
        return False
    fits = left.shape[-1] == (right.shape[-2] if right.ndim > 1 else right.shape[0])
    outer = left.ndim == 1 and right.ndim == 2 and right.shape[0] == 1
    square = left.ndim == 2 and left.shape[0] == left.shape[1] and tree.operator == " "
    same = (left.shape == right.shape and not square) or (
        tree.operator == "*" and _broadcasts(left, right) and not fits
    )
    rows = isinstance(tree.left, Transpose) and left.shape[0] == 1
    sides = (tree.left, tree.right)
    linear = left.ndim == right.ndim == 2 and any(_is_linear(side, tree.operator) for side in sides)
    return outer or rows or (fits and (not same or linear or any(_is_change(side) for side in sides)))


def _is_linear(tree: Tree, operator: str) -> bool:
    """Say whether a square factor is one of a product of matrices: a diagonal one, or a transposed one with no sign."""
    diagonal = any(isinstance(part, Call) and part.function == "diag" for part in factors(tree))
    return diagonal or (isinstance(tree, Transpose) and operator == " ")


def _is_change(tree: Tree) -> bool:
    """Say whether a factor is a differential, beside which a product entry by entry has a sign of its own."""
    return isinstance(tree.inner if isinstance(tree, Transpose) else tree, Differential)


def _broadcasts(left: Array, right: Array) -> bool:
    if left.shape == right.shape:
        return True
    sides = zip_longest(reversed(left.shape), reversed(right.shape), fillvalue=1)
    return all(one == other or 1 in (one, other) for one, other in sides)


def with_ones(tree: Binary, left: Array, right: Array, numpy: bool) -> Array | None:
    """Return the product of an array and a vector of ones, A 1 or v 1ᵀ or 1ᵀ A; None if neither side is one."""
    if isinstance(tree.right, Ones) and left.ndim and (numpy or left.ndim > 1):
        return np.asarray(left.sum(axis=-1))
    if _row_of_ones(tree.right) and left.ndim == 1 and not numpy:
        return left[:, None]
    return np.asarray(right.sum(axis=0)) if _row_of_ones(tree.left) and right.ndim else None


def _row_of_ones(tree: Tree) -> bool:
    return isinstance(tree, Transpose) and isinstance(tree.inner, Ones)


def matrix_product(tree: Binary, left: Array, right: Array, rows: bool) -> Array:
    """Multiply matrices; a vector before a row is a column, and where vectors are ``rows`` the transpose of one is."""
    if left.ndim == 1 and right.ndim == 2 and right.shape[0] == 1:
        left = left[:, None]
    if rows and left.shape[:-1] == (1,) and right.ndim == 1 and left.shape[-1] != len(right):
        left, right = mT(left), right[None, :]
    if not left.ndim or not right.ndim:
        return left * right
    inner = right.shape[-2] if right.ndim > 1 else right.shape[0]
    if left.shape[-1] != inner:
        shapes = f"shapes {left.shape} and {right.shape} do not fit for a matrix product"
        raise Valueless(f"{shapes}: {left.shape[-1]} against {inner}", tree)
    if left.size * right.size > LARGEST_ARRAY**2:
        raise Valueless("this product is too large", tree)
    return np.asarray(left @ right)


def outer_product(tree: Binary, left: Array, right: Array) -> Array:
    """Return the table of all products of two vectors' entries."""
    if left.ndim != 1 or right.ndim != 1:
        raise Valueless(f"shapes {left.shape} and {right.shape} do not fit for a product of two vectors", tree)
    return np.outer(left, right)
