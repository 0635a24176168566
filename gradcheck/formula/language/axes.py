"""Functions that run along the axes of arrays: sums, means, the softmax, rows repeated, or added where picked."""

import numpy as np

from gradcheck.formula.language.tree import Call
from gradcheck.formula.language.valueless import Valueless
from gradcheck.op import Array


def log_softmax(tree: Call, x: Array) -> Array:
    """Return the logarithm of the softmax. Raises Valueless if there is no such axis."""
    axis = -1 if tree.axis is None else tree.axis
    if not np.ndim(x):
        return np.zeros_like(x)
    if not -np.ndim(x) <= axis < np.ndim(x):
        raise Valueless(f"there is no axis {axis} in shape {np.shape(x)}", tree)
    shifted = x - x.max(axis=axis, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True)))


def reduced(tree: Call, x: Array) -> Array:
    """Return a sum, a mean or the largest entries. Raises Valueless if there is no such axis."""
    if tree.axis is not None and not -np.ndim(x) <= tree.axis < np.ndim(x):
        raise Valueless(f"there is no axis {tree.axis} in shape {np.shape(x)}", tree)
    return np.asarray(getattr(np, tree.function)(x, axis=tree.axis, keepdims=tree.keepdims))


def spread(tree: Call, x: Array, over: Array) -> Array:
    """Repeat what belongs to a sum for all that was summed."""
    if tree.axis is not None and 0 < np.ndim(x) < np.ndim(over):
        x = np.expand_dims(x, tree.axis)
    return np.broadcast_to(x, np.shape(over))


def scattered(rows: Array, at: Array, over: Array) -> Array:
    """Add rows back where they were picked; a place that was picked twice receives both."""
    whole = np.zeros_like(over)
    np.add.at(whole, np.asarray(at).astype(np.int64), rows)
    return whole


def arranged(tree: Call, x: Array, numpy: bool) -> Array:
    """Return a number of entries, an array with other axes, or a diagonal. Raises Valueless if x has no such thing."""
    match tree.function:
        case "size":
            return np.asarray(float(np.shape(x)[tree.axis or 0]))
        case "count":
            return np.asarray(float(np.size(x)))
        case "column":
            return x[:, None] if x.ndim == 1 else x
        case "diag" if x.ndim in (1, 2):
            column = x.ndim == 2 and x.shape[1] == 1 and not numpy
            return np.diag(x[:, 0] if column else x)
        case "flat" if np.ndim(x) < 2 or 1 in np.shape(x):
            return np.squeeze(x)
    says = "only a row or a column is flattened to a vector" if tree.function == "flat" else "the diagonal of a number"
    raise Valueless(says, tree)
