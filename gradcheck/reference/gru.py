"""The gated recurrent unit: a recurrent layer that moves its state part of the way towards a new one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck.op import Array, Gradients, Layer, Pullback
from gradcheck.reference.activations import logistic
from gradcheck.reference.affine import Affine
from gradcheck.reference.recurrence import State, gates_fit, through_time


@dataclass(frozen=True)
class Gru(Layer):
    """h_t = (1 - z) n + z h_(t-1): between the state before and a new one, n; the value is h_1 ... h_T.

    With p = x_t W + b and q = h_(t-1) U + c, each cut in three, and s the logistic function,

        r = s(p_r + q_r)      z = s(p_z + q_z)      n = tanh(p_n + r q_n)

    x is (batch, time, in), h0 (batch, hidden), W (in, 3 hidden), U (hidden, 3 hidden), b and c (3 hidden). Backwards,
    with dh_t holding what comes from the output and from step t + 1,

        dn = (1 - z) dh_t            da_n = (1 - n^2) dn      dq_n = r da_n
        dz = (h_(t-1) - n) dh_t      da_z = z (1 - z) dz
        dr = q_n da_n                da_r = r (1 - r) dr
        dp = [da_r, da_z, da_n]      dq = [da_r, da_z, dq_n]
        dh_(t-1) = dq U^T + z dh_t   two routes to the state before

    Cho et al., 2014, put r before the product with U; here it stands behind, as in PyTorch (and cuDNN), which is why
    the second bias c cannot be merged with b. PyTorch keeps W and U transposed, with the gates in this order.
    Raises IllFormed if the shapes do not fit together.
    """

    def forward(self, x: Array, h0: Array, W: Array, U: Array, b: Array, c: Array) -> tuple[Array, Pullback]:
        """Return every h_t, and the pullback."""
        gates_fit(self, 3, x, h0, W, U)

        def step(x_t: Array, state: State) -> tuple[State, Callable[[State], Gradients]]:
            before = state["h"]
            p, p_back = Affine()(x=x_t, W=W, b=b)
            q, q_back = Affine()(x=before, W=U, b=c)
            (p_r, p_z, p_n), (q_r, q_z, q_n) = (np.split(part, 3, axis=-1) for part in (p, q))
            r, z = logistic(p_r + q_r), logistic(p_z + q_z)
            n = np.tanh(p_n + r * q_n)

            def back(d: State) -> Gradients:
                da_n = (1.0 - n**2) * (1.0 - z) * d["h"]
                da_r = r * (1.0 - r) * q_n * da_n
                da_z = z * (1.0 - z) * (before - n) * d["h"]
                dp = p_back(np.concatenate([da_r, da_z, da_n], axis=-1))
                dq = q_back(np.concatenate([da_r, da_z, r * da_n], axis=-1))
                return dp | {"h": dq["x"] + z * d["h"], "U": dq["W"], "c": dq["b"]}

            return {"h": (1.0 - z) * n + z * before}, back

        return through_time(step, x, {"h": h0})
