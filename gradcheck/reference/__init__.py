"""The textbook: back-propagation written out by hand in NumPy, layer by layer, as plainly as we can.

Begin with ``network``, which holds the chain rule; then ``affine``, ``activations``, ``softmax``, ``joins`` and
``losses``, which hold one derivation each; then ``descent``, which learns with them. ``convolution`` (seen through
``windows``), ``pooling``, ``resampling``, ``padding`` and ``shaping`` are for signals and images, ``normalisation``
for anything. ``examples`` has two networks for paper.
"""

from gradcheck.op import Op
from gradcheck.reference.activations import Elu, Gelu, GeluTanh, LeakyRelu, Relu, Sigmoid, Silu, Softplus, Tanh
from gradcheck.reference.affine import Affine, Scale
from gradcheck.reference.alignment import Ctc
from gradcheck.reference.attention import ScaledDotProductAttention
from gradcheck.reference.bidirectional import Bidirectional
from gradcheck.reference.convolution import Conv1d, Conv2d, TransposedConv1d, TransposedConv2d
from gradcheck.reference.curvature import Gradient, hessian_vector, pushforward
from gradcheck.reference.embedding import Embedding
from gradcheck.reference.examples import BUILT_IN
from gradcheck.reference.gated import Glu, SwiGlu
from gradcheck.reference.gru import Gru
from gradcheck.reference.heads import GroupedQueryAttention, MultiHeadAttention
from gradcheck.reference.joins import Add, Concatenate, Dropout, Residual
from gradcheck.reference.likelihoods import KlDivergence, NegativeLogLikelihood, SmoothedCrossEntropy
from gradcheck.reference.losses import (
    BinaryCrossEntropy,
    HalfSumOfSquares,
    MeanSquaredError,
    SoftLabelCrossEntropy,
    SoftmaxCrossEntropy,
)
from gradcheck.reference.lstm import Lstm
from gradcheck.reference.margins import Hinge, MultiMargin, Triplet
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
from gradcheck.reference.padding import CircularPad, ReflectPad, ReplicatePad, ZeroPad
from gradcheck.reference.penalties import GradientPenalty, L1Penalty, L2Penalty
from gradcheck.reference.pooling import (
    AveragePool1d,
    AveragePool2d,
    GlobalAveragePool,
    GlobalMaxPool,
    MaxPool1d,
    MaxPool2d,
)
from gradcheck.reference.positions import LearnedEncoding, RotaryEmbedding, SinusoidalEncoding
from gradcheck.reference.recurrence import Rnn
from gradcheck.reference.resampling import UpsampleLinear, UpsampleNearest
from gradcheck.reference.robust import Huber, MeanAbsoluteError
from gradcheck.reference.shaping import Flatten, Gather, Permute, Reshape, Slice
from gradcheck.reference.similarity import CosineLoss, CosineSimilarity, InfoNce
from gradcheck.reference.softmax import LogSoftmax, LogSumExp, Softmax
from gradcheck.reference.tokenwise import Tokenwise
from gradcheck.reference.transformer import TransformerBlock

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
    ReplicatePad,
    ReflectPad,
    CircularPad,
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
    Ctc,
    ScaledDotProductAttention,
    Bidirectional,
    Embedding,
    Glu,
    SwiGlu,
    Gru,
    GroupedQueryAttention,
    MultiHeadAttention,
    KlDivergence,
    NegativeLogLikelihood,
    SmoothedCrossEntropy,
    Lstm,
    Hinge,
    MultiMargin,
    Triplet,
    L1Penalty,
    LearnedEncoding,
    RotaryEmbedding,
    SinusoidalEncoding,
    Rnn,
    Huber,
    MeanAbsoluteError,
    CosineLoss,
    CosineSimilarity,
    InfoNce,
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
    "Bidirectional",
    "BinaryCrossEntropy",
    "CircularPad",
    "Concatenate",
    "Conv1d",
    "Conv2d",
    "CosineLoss",
    "CosineSimilarity",
    "Ctc",
    "Dropout",
    "Elu",
    "Embedding",
    "Flatten",
    "Gather",
    "Gelu",
    "GeluTanh",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "Glu",
    "Gradient",
    "GradientPenalty",
    "GroupNorm",
    "GroupedQueryAttention",
    "Gru",
    "HalfSumOfSquares",
    "Hinge",
    "Huber",
    "InfoNce",
    "InstanceNorm",
    "KlDivergence",
    "L1Penalty",
    "L2Penalty",
    "LayerNorm",
    "LeakyRelu",
    "LearnedEncoding",
    "LogSoftmax",
    "LogSumExp",
    "Lstm",
    "MaxPool1d",
    "MaxPool2d",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "MultiHeadAttention",
    "MultiMargin",
    "NegativeLogLikelihood",
    "Network",
    "Node",
    "Permute",
    "ReflectPad",
    "Relu",
    "ReplicatePad",
    "Reshape",
    "Residual",
    "RmsNorm",
    "Rnn",
    "RotaryEmbedding",
    "Scale",
    "ScaledDotProductAttention",
    "Sigmoid",
    "Silu",
    "SinusoidalEncoding",
    "Slice",
    "SmoothedCrossEntropy",
    "SoftLabelCrossEntropy",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "SwiGlu",
    "Tanh",
    "Tokenwise",
    "TransformerBlock",
    "TransposedConv1d",
    "TransposedConv2d",
    "Triplet",
    "UpsampleLinear",
    "UpsampleNearest",
    "WeightNorm",
    "ZeroPad",
    "hessian_vector",
    "pushforward",
]
