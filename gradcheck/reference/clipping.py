"""Clipping keeps one steep place in the loss from throwing the weights far away.

By norm, the whole gradient is made shorter and keeps its direction; by value, each entry is cut off for itself, and the
direction changes. What is not too large is left as it is.
"""

import math

import numpy as np

from gradcheck.op import Gradients


def clipped_by_norm(gradients: Gradients, largest: float) -> Gradients:
    """Return g min(1, largest / |g|), where |g| is the norm of all gradients taken together, as one long vector.

    PyTorch's ``clip_grad_norm_`` adds 1e-6 to |g|, and so does this.
    """
    norm = math.sqrt(sum(float((g**2).sum()) for g in gradients.values()))
    factor = min(1.0, largest / (norm + 1e-6))
    return {name: factor * g for name, g in gradients.items()}


def clipped_by_value(gradients: Gradients, largest: float) -> Gradients:
    """Return every entry cut off at -largest and largest."""
    return {name: np.clip(g, -largest, largest) for name, g in gradients.items()}
