"""The textbook: back-propagation written out by hand in NumPy, layer by layer, as plainly as we can.

Begin with ``network``, which holds the chain rule; then ``affine``, ``activations``, ``joins`` and ``losses``, which
hold one derivation each; then ``descent``, which learns with them. ``examples`` has two networks for paper.
"""

from gradcheck.op import Op
from gradcheck.reference.activations import (
    Elu,
    Gelu,
    GeluTanh,
    LeakyRelu,
    Relu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Tanh,
)
from gradcheck.reference.affine import Affine, Scale
from gradcheck.reference.convolution import Conv1d, Conv2d, TransposedConv1d, TransposedConv2d
from gradcheck.reference.examples import BUILT_IN
from gradcheck.reference.joins import Add, Concatenate, Dropout, Residual
from gradcheck.reference.losses import (
    BinaryCrossEntropy,
    HalfSumOfSquares,
    L2Penalty,
    MeanSquaredError,
    SoftLabelCrossEntropy,
    SoftmaxCrossEntropy,
)
from gradcheck.reference.network import Network, Node
from gradcheck.reference.shaping import Flatten, Reshape

LAYERS: tuple[type[Op], ...] = (
    Affine,
    Scale,
    Sigmoid,
    Tanh,
    Relu,
    LeakyRelu,
    Elu,
    Gelu,
    GeluTanh,
    Silu,
    Softplus,
    Softmax,
    Add,
    Concatenate,
    Dropout,
    Conv1d,
    Conv2d,
    TransposedConv1d,
    TransposedConv2d,
    Flatten,
    Reshape,
    HalfSumOfSquares,
    MeanSquaredError,
    BinaryCrossEntropy,
    SoftmaxCrossEntropy,
    SoftLabelCrossEntropy,
    L2Penalty,
)
"""Every layer and loss that computes something of its own; ``Residual`` and ``Network`` are made of these."""

__all__ = [
    "BUILT_IN",
    "LAYERS",
    "Add",
    "Affine",
    "BinaryCrossEntropy",
    "Concatenate",
    "Conv1d",
    "Conv2d",
    "Dropout",
    "Elu",
    "Flatten",
    "Gelu",
    "GeluTanh",
    "HalfSumOfSquares",
    "L2Penalty",
    "LeakyRelu",
    "MeanSquaredError",
    "Network",
    "Node",
    "Relu",
    "Reshape",
    "Residual",
    "Scale",
    "Sigmoid",
    "Silu",
    "SoftLabelCrossEntropy",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "Tanh",
    "TransposedConv1d",
    "TransposedConv2d",
]
