"""Two recurrent layers read one sequence, one from each end, so that every step knows what follows it as well."""

from dataclasses import dataclass, field

import numpy as np

from gradcheck.op import Array, Gradients, Layer, Op, Pullback
from gradcheck.reference.recurrence import Rnn


@dataclass(frozen=True)
class Bidirectional(Layer):
    """y_t = [forward h_t, backward h_t], where the backward h is F of the reversed sequence, reversed again.

    x is (batch, time, in), y (batch, time, 2 hidden). The second reader's inputs are named as the first's, with
    ``_reverse`` behind, as in PyTorch. dL/dy is cut where the two were joined; a reversal is undone by a reversal; and
    x is read twice, so its two gradients add.
    """

    layer: Op = field(default_factory=Rnn)
    """F: a recurrent layer, with an input ``x`` and a value (batch, time, hidden)."""

    def forward(self, x: Array, **inputs: Array) -> tuple[Array, Pullback]:
        """Return what both readers say at every step, and the pullback."""
        ends = "_reverse"
        second = {name.removesuffix(ends): array for name, array in inputs.items() if name.endswith(ends)}
        first = {name: array for name, array in inputs.items() if not name.endswith(ends)}
        ahead, ahead_back = self.layer(x=x, **first)
        behind, behind_back = self.layer(x=_reversed(x), **second)
        sides = _alike(ahead, _reversed(behind))
        seam = ahead.shape[-1]

        def pullback(dy: Array) -> Gradients:
            one, other = ahead_back(dy[..., :seam]), behind_back(_reversed(dy[..., seam:]))
            both = {"x": one.pop("x") + _reversed(other.pop("x"))}
            return both | one | {name + ends: gradient for name, gradient in other.items()}

        return np.concatenate(sides, axis=-1), pullback


def _reversed(x: Array) -> Array:
    """Turn the time axis round."""
    return x[..., ::-1, :]


def _alike(left: Array, right: Array) -> list[Array]:
    """Give two values the same stack."""
    stack = np.broadcast_shapes(left.shape[:-1], right.shape[:-1])
    return [np.broadcast_to(side, (*stack, side.shape[-1])) for side in (left, right)]
