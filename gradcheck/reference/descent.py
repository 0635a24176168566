"""One step of gradient descent, in the four moves it is taught in: feedforward, loss, gradient, update.

For a small rate a the loss falls by a |g|^2 to first order, and no direction of the same length falls faster: by the
Cauchy-Schwarz inequality <g, d> >= -|g| |d|, with equality only when d points along -g.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from gradcheck.op import Array, Gradients, Pullback
from gradcheck.reference.network import Network

Weights = dict[str, Array]


def feedforward(
    network: Network, weights: Weights, data: Mapping[str, Array]
) -> tuple[dict[str, Array], dict[str, Pullback]]:
    """Compute every value of the network, inputs to loss, and keep the pullbacks for the way back."""
    return network.evaluate({**data, **weights})


def loss(network: Network, values: Mapping[str, Array]) -> Array:
    """Read the loss L off the last node."""
    return values[network.output]


def gradient(network: Network, weights: Weights, pullbacks: Mapping[str, Pullback], L: Array) -> Gradients:
    """Walk back from dL/dL = 1 to the weights; return dL/dw for each of them."""
    gradients = network.walk(pullbacks, np.ones_like(L), network.reached_from(weights))
    return {name: gradients[name] for name in weights}


def update(weights: Weights, gradients: Gradients, rate: float) -> Weights:
    """w <- w - a dL/dw for every weight, all with gradients that belong to the same old weights."""
    return {name: w - rate * gradients[name] for name, w in weights.items()}


def step(network: Network, weights: Weights, data: Mapping[str, Array], rate: float) -> tuple[Array, Weights]:
    """Return the loss before the step and the weights after it."""
    values, pullbacks = feedforward(network, weights, data)
    L = loss(network, values)
    gradients = gradient(network, weights, pullbacks, L)
    return L, update(weights, gradients, rate)


def train(
    network: Network, weights: Weights, data: Mapping[str, Array], *, rate: float, steps: int
) -> Iterator[tuple[Array, Weights]]:
    """Take so many steps; yield the loss before each and the weights after it."""
    for _ in range(steps):
        L, weights = step(network, weights, data, rate)
        yield L, weights
