"""Row by row: where the rows of a batch do not meet before the loss adds them up, each is a draw of its own.

So what moves in one row can move in all of them at once, each seen by itself. It assumes that the layers named here
take every row by itself, and that the loss is a sum, or a mean, over rows (``structure.SEPARATE``).
"""

from dataclasses import replace

import numpy as np

from gradcheck import reference
from gradcheck.op import Array, Op
from gradcheck.oracles.noise import places
from gradcheck.oracles.ripples import Ripples, Whole
from gradcheck.oracles.structure import ENTRYWISE, SEPARATE
from gradcheck.point import Point

ROWWISE = ENTRYWISE | {reference.Affine, reference.Softmax, reference.LogSoftmax}
"""Layers whose every row of output depends on that row of ``x``."""

KINKED: frozenset[type[Op]] = frozenset(
    {
        reference.Relu,
        reference.LeakyRelu,
        reference.Elu,
        reference.Selu,
        reference.Hardtanh,
        reference.Hardswish,
        reference.Softsign,
        reference.LogLoss,
        reference.Focal,
        reference.Huber,
        reference.MeanAbsoluteError,
    }
)
"""Layers and losses that have a kink, or bend suddenly, or may at an edge."""
SMOOTH = (ROWWISE | SEPARATE.keys()) - KINKED
"""Layers and losses without a kink."""


def smooth(network: reference.Network) -> bool:
    """Say whether every layer of a network is one of those, and so is the loss."""
    return SMOOTH.issuperset(type(node.op) for node in network.nodes)


def apart(point: Point, network: reference.Network) -> bool:
    """Say whether rows do not meet, and all that is not a weight or a bias of affine layers has as many of them."""
    *layers, loss = (type(node.op) for node in network.nodes)
    held = weights(network)
    rows = {own.shape[1:2] for name, own in point.inputs.items() if name not in held}
    return ROWWISE.issuperset(layers) and loss in SEPARATE and len(rows) == 1 and rows != {()} and point.draws == 1


def weights(network: reference.Network) -> set[str]:
    """Return the names of the weights and biases of affine layers that nothing else uses."""
    uses = [(role, source, node.op) for node in network.nodes for role, source in node.sources.items()]
    others = {source for role, source, op in uses if role == "x" or type(op) is not reference.Affine}
    return {source for _, source, _ in uses} - others


def by_row(ripples: Ripples) -> Ripples:
    """Return a network whose rows are apart with each as a draw of its own, and its share of the value as cotangent."""
    point, held = ripples.point, weights(ripples.network)
    values, loss = dict(ripples.values), ripples.network.nodes[-1]
    whole = values.pop(loss.name)
    values = {name: own if name in held else own[0][:, None] for name, own in values.items()}
    alone = values[loss.name] = loss.op(**{role: values[source] for role, source in loss.sources.items()})[0]
    is_sum = abs(alone.sum() - whole[0]) <= abs(alone.mean() - whole[0])
    share = np.broadcast_to(point.cotangent * (1.0 if is_sum else 1.0 / len(alone)), alone.shape)
    point = replace(point, inputs={name: values[name] for name in point.inputs}, cotangent=share)
    return replace(ripples, point=point, values=values)


def near(rows: Ripples, name: str, spacing: float) -> Array:
    """Return the values of all rows where what is named so in them is moved a little, all of it at once."""
    return rows.after(name, Whole(places(rows.values[name], spacing, np.random.default_rng(1))))
