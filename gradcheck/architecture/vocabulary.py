"""The words of an architecture: which layers, losses and joins may be named, and what each of them builds.

To make a new layer known to the text form, to generation and to the main job, add its name here.
"""

from collections.abc import Callable

from gradcheck.op import Op
from gradcheck.reference import (
    Add,
    BinaryCrossEntropy,
    Concatenate,
    Elu,
    Gelu,
    GeluTanh,
    HalfSumOfSquares,
    LeakyRelu,
    MeanSquaredError,
    Relu,
    Sigmoid,
    Silu,
    SoftLabelCrossEntropy,
    Softmax,
    SoftmaxCrossEntropy,
    Softplus,
    Tanh,
)

ACTIVATIONS: dict[str, Callable[..., Op]] = {
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "relu": Relu,
    "softplus": Softplus,
    "silu": Silu,
    "leaky-relu": LeakyRelu,
    "elu": Elu,
    "gelu": Gelu,
    "gelu-tanh": GeluTanh,
    "softmax": Softmax,
}
"""Layers with one input and no parameters, by the name they have in the text; a number may follow a colon."""

LOSSES: dict[str, tuple[Callable[[], Op], str]] = {
    "half-sum-of-squares": (HalfSumOfSquares, "real"),
    "mean-squared-error": (MeanSquaredError, "real"),
    "binary-cross-entropy": (BinaryCrossEntropy, "bits"),
    "softmax-cross-entropy": (SoftmaxCrossEntropy, "class"),
    "soft-label-cross-entropy": (SoftLabelCrossEntropy, "soft"),
}
"""Losses by name, each with the kind of target that it takes."""

JOINS: dict[str, Callable[[], Op]] = {"add": Add, "concatenate": Concatenate}
"""Layers at which two branches meet."""

NUMBERED = frozenset({"affine", "leaky-relu", "elu", "dropout", "l2"})
"""The names that take a number after a colon."""

LAYERS = (*ACTIVATIONS, "affine", "dropout", "residual", *JOINS)
"""Every word that may stand where a layer is expected."""
