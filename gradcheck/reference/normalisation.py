"""x"""

from dataclasses import dataclass

import numpy as np

from gradcheck.op import Array, Layer


@dataclass(frozen=True)
class LayerNorm(Layer):
    def forward(self, x: Array, gamma: Array, beta: Array):
        mu = x.mean(axis=-1, keepdims=True)
        d = x - mu
        s = np.sqrt((d**2).mean(axis=-1, keepdims=True) + 1e-5)
        h = d / s

        def pullback(dy):
            dh = dy * gamma[..., None, :]
            return {
                "x": (dh - dh.mean(axis=-1, keepdims=True) - h * (h * dh).mean(axis=-1, keepdims=True)) / s,
                "gamma": (dy * h).sum(axis=-2),
                "beta": dy.sum(axis=-2),
            }

        return h * gamma[..., None, :] + beta[..., None, :], pullback
