"""The textbook: back-propagation written out by hand in NumPy, layer by layer, as plainly as we can.

Begin with ``network``, which holds the chain rule; then ``affine``, ``activations``, ``softmax``, ``joins`` and
``losses``, which hold one derivation each; then ``descent``, which learns with them. ``convolution`` (seen through
``windows``), ``pooling``, ``resampling`` and ``shaping`` are for signals and images, ``normalisation`` for anything.
``examples`` has two networks for paper.
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
from gradcheck.reference.normalisation import (
    BatchNorm,
    BatchNormEvaluation,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    RmsNorm,
    WeightNorm,
)
from gradcheck.reference.pooling import (
    AveragePool1d,
    AveragePool2d,
    GlobalAveragePool,
    GlobalMaxPool,
    MaxPool1d,
    MaxPool2d,
)
from gradcheck.reference.resampling import UpsampleLinear, UpsampleNearest
from gradcheck.reference.shaping import Flatten, Gather, Permute, Reshape, Slice, ZeroPad
from gradcheck.reference.softmax import LogSoftmax, LogSumExp, Softmax

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
    LogSoftmax,
    LogSumExp,
    Add,
    Concatenate,
    Dropout,
    Conv1d,
    Conv2d,
    TransposedConv1d,
    TransposedConv2d,
    AveragePool1d,
    AveragePool2d,
    GlobalAveragePool,
    GlobalMaxPool,
    MaxPool1d,
    MaxPool2d,
    UpsampleLinear,
    UpsampleNearest,
    Flatten,
    Gather,
    Permute,
    Reshape,
    Slice,
    ZeroPad,
    BatchNorm,
    BatchNormEvaluation,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    RmsNorm,
    WeightNorm,
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
    "AveragePool1d",
    "AveragePool2d",
    "BatchNorm",
    "BatchNormEvaluation",
    "BinaryCrossEntropy",
    "Concatenate",
    "Conv1d",
    "Conv2d",
    "Dropout",
    "Elu",
    "Flatten",
    "Gather",
    "Gelu",
    "GeluTanh",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "GroupNorm",
    "HalfSumOfSquares",
    "InstanceNorm",
    "L2Penalty",
    "LayerNorm",
    "LeakyRelu",
    "LogSoftmax",
    "LogSumExp",
    "MaxPool1d",
    "MaxPool2d",
    "MeanSquaredError",
    "Network",
    "Node",
    "Permute",
    "Relu",
    "Reshape",
    "Residual",
    "RmsNorm",
    "Scale",
    "Sigmoid",
    "Silu",
    "Slice",
    "SoftLabelCrossEntropy",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "Tanh",
    "TransposedConv1d",
    "TransposedConv2d",
    "UpsampleLinear",
    "UpsampleNearest",
    "WeightNorm",
    "ZeroPad",
]
