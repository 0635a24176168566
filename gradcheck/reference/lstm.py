"""Long short-term memory: a recurrent layer with a cell whose content is changed only by adding and by forgetting.

The way back through the cell is a product with the forget gate, and no matrix stands in it; so a gradient can live for
many steps, where in a plain recurrent network it is multiplied by U^T each time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck.op import Array, Gradients, Layer, Pullback, mT
from gradcheck.reference.activations import logistic
from gradcheck.reference.affine import Affine
from gradcheck.reference.recurrence import State, gates_fit, through_time


@dataclass(frozen=True)
class Lstm(Layer):
    """c_t = f c_(t-1) + i g,  h_t = o tanh(c_t); the value is h_1 ... h_T.

    [i, f, g, o] = [s, s, tanh, s](x_t W + h_(t-1) U + b): input gate, forget gate, content, output gate, s the logistic
    function. x is (batch, time, in), h0 and c0 (batch, hidden), W (in, 4 hidden), U (hidden, 4 hidden), b (4 hidden).

    dh_t holds what comes from the output and from step t + 1, dc_t what comes from step t + 1. With T = tanh(c_t),

        do = dh_t T
        dc = dc_t + dh_t o (1 - T^2)    two consumers of c_t: h_t, the next cell
        df = dc c_(t-1)     di = dc g     dg = dc i     dc_(t-1) = dc f
        da = [di i (1 - i), df f (1 - f), dg (1 - g^2), do o (1 - o)]

    and from da on all is as in ``Rnn``. Hochreiter and Schmidhuber, 1997; Gers et al., 2000, for the forget gate.
    PyTorch keeps W and U transposed, with the gates in this order, and two biases that both receive db.
    Raises IllFormed if the shapes do not fit together.
    """

    def forward(self, x: Array, h0: Array, c0: Array, W: Array, U: Array, b: Array) -> tuple[Array, Pullback]:
        """Return every h_t, and the pullback."""
        gates_fit(self, 4, x, h0, W, U)

        def step(x_t: Array, state: State) -> tuple[State, Callable[[State], Gradients]]:
            before, cell = state["h"], state["c"]
            xW_b, affine_back = Affine()(x=x_t, W=W, b=b)
            a_i, a_f, a_g, a_o = np.split(xW_b + before @ U, 4, axis=-1)
            i, f, g, o = logistic(a_i), logistic(a_f), np.tanh(a_g), logistic(a_o)
            c = f * cell + i * g
            T = np.tanh(c)

            def back(d: State) -> Gradients:
                dc = d["c"] + d["h"] * o * (1.0 - T**2)
                da = np.concatenate(
                    [
                        dc * g * i * (1.0 - i),
                        dc * cell * f * (1.0 - f),
                        dc * i * (1.0 - g**2),
                        d["h"] * T * o * (1.0 - o),
                    ],
                    axis=-1,
                )
                return affine_back(da) | {"h": da @ mT(U), "c": dc * f, "U": mT(before) @ da}

            return {"h": o * T, "c": c}, back

        return through_time(step, x, {"h": h0, "c": c0})
