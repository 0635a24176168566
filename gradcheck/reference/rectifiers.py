"""Rectifiers and their relatives: activations put together of pieces, each with a slope of its own.

They are elementwise, y = f(z), so the pullback is dL/dz = f'(z) * dL/dy as for every activation; f' is taken from the
piece that z lies in, and is decided on the way forward. Where two pieces meet with different slopes there is a kink:
every slope between the two is a subgradient there, and any of them is accepted as right.
"""

from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback

SELU_SCALE, SELU_DEPTH = 1.0507009873554805, 1.6732632423543772
"""The two numbers of ``Selu``, as its paper gives them."""


@dataclass(frozen=True)
class Relu(Layer):
    """y = max(z, 0), any shape.

    The slope is 1 where z > 0 and 0 where z < 0. At z = 0 the graph has a kink and every slope in [0, 1] is a
    subgradient; the value here is 0, as in PyTorch. The gate is set by the forward z, never by the incoming dL/dy.
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return y = max(x, 0) and its pullback."""
        open_gate = x > 0

        def pullback(dy: Array) -> Gradients:
            return {"x": open_gate * dy}

        return np.where(open_gate, x, 0.0), pullback


@dataclass(frozen=True)
class LeakyRelu(Layer):
    """y = z where z > 0 and a z elsewhere, any shape.

    The slope is 1 above zero and a, not 0, below it. At z = 0 the value here is a, as in PyTorch.
    """

    slope: float = 0.01
    """The slope a below zero."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the leaky rectifier of x and its pullback."""
        slope = np.where(x > 0, 1.0, self.slope)

        def pullback(dy: Array) -> Gradients:
            return {"x": slope * dy}

        return slope * x, pullback


@dataclass(frozen=True)
class Prelu(Layer):
    """y = z where z > 0 and a z elsewhere, with a slope a that is learned: one for each channel, or one for all.

    x (batch, channels, ...), a (channels) or (1). Where z <= 0 it is a product, and each factor receives the other one:

        dL/dz = a dL/dy  where z <= 0,  and dL/dy elsewhere
        dL/da = sum of z dL/dy over all entries with z <= 0 that a serves:
                those of all samples, at all places of its channel.

    At z = 0 the slope here is a, as in PyTorch. He et al., "Delving Deep into Rectifiers", 2015. Raises IllFormed if
    there is neither one slope nor one for each channel.
    """

    axes: int = 1
    """How many axes a sample has, the channels among them."""

    def forward(self, x: Array, a: Array) -> tuple[Array, Pullback]:
        """Return the leaky rectifier of x with the slopes a, and its pullback."""
        channels = x.shape[-self.axes]
        if a.shape[-1] not in (1, channels):
            raise IllFormed(f"{channels} channels have as many slopes, or share 1; given were {a.shape[-1]}.")
        others = tuple(axis for axis in range(-self.axes - 1, 0) if axis != -self.axes or a.shape[-1] == 1)
        slope = np.expand_dims(a if a.shape[-1] > 1 else a[..., 0], others)
        below = x <= 0

        def pullback(dy: Array) -> Gradients:
            da = (below * x * dy).sum(axis=others)
            return {"x": np.where(below, slope, 1.0) * dy, "a": da if a.shape[-1] > 1 else da[..., None]}

        return np.where(below, slope * x, x), pullback


@dataclass(frozen=True)
class Elu(Layer):
    """y = z where z > 0 and a (exp(z) - 1) elsewhere, any shape.

    Below zero y' = a exp(z) = y + a; above it 1. The two meet at z = 0 only if a = 1, else there is a kink.
    """

    scale: float = 1.0
    """The depth a: the value approached far below zero is -a."""

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the exponential linear unit of x and its pullback."""
        below = self.scale * np.expm1(np.minimum(x, 0.0))
        y = np.where(x > 0, x, below)

        def pullback(dy: Array) -> Gradients:
            return {"x": np.where(x > 0, 1.0, below + self.scale) * dy}

        return y, pullback


@dataclass(frozen=True)
class Selu(Layer):
    """y = l z where z > 0 and l a (exp(z) - 1) elsewhere, any shape: an ELU times l, with two particular numbers.

    l = 1.0507... and a = 1.6732... are such that values with mean 0 and variance 1 keep them from layer to layer. Above
    zero y' = l; below it y' = l a exp(z) = y + l a. The slopes at z = 0 are l and l a: there is a kink, and the value
    here is l a, as in PyTorch. Klambauer et al., "Self-Normalizing Neural Networks", 2017.
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the scaled exponential linear unit of x and its pullback."""
        below = SELU_SCALE * SELU_DEPTH * np.expm1(np.minimum(x, 0.0))

        def pullback(dy: Array) -> Gradients:
            return {"x": np.where(x > 0, SELU_SCALE, below + SELU_SCALE * SELU_DEPTH) * dy}

        return np.where(x > 0, SELU_SCALE * x, below), pullback


@dataclass(frozen=True)
class Hardtanh(Layer):
    """y = min(max(z, low), high), any shape: z, cut off at both ends. From 0 to 6 it is ReLU6.

    The slope is 1 where low < z < high, and 0 beyond either end. At an end the value here is 0, as in PyTorch.
    """

    low: float = -1.0
    """The least value."""
    high: float = 1.0
    """The largest value."""

    def __post_init__(self) -> None:
        """Refuse ends between which there is nothing."""
        if self.low >= self.high:
            raise IllFormed(f"low={self.low:g} and high={self.high:g} cannot be: low is below high.")

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return x between the two ends and its pullback."""
        open_gate = (x > self.low) & (x < self.high)

        def pullback(dy: Array) -> Gradients:
            return {"x": open_gate * dy}

        return np.clip(x, self.low, self.high), pullback


@dataclass(frozen=True)
class Hardswish(Layer):
    """y = z c / 6 with c = min(max(z + 3, 0), 6), any shape: the SiLU with its sigmoid made of straight lines.

    By the product rule y' = c / 6 + z c' / 6. Below -3 both c and c' are 0, and so is y'; above 3, c = 6 and c' = 0,
    and y' = 1; between them c' = 1 and y' = (2 z + 3) / 6. At -3 and 3 there are kinks; the values here are 0 and 1.
    Howard et al., "Searching for MobileNetV3", 2019.
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return y = x c / 6 and its pullback."""
        c = np.clip(x + 3.0, 0.0, 6.0)
        between = (x > -3.0) & (x < 3.0)

        def pullback(dy: Array) -> Gradients:
            return {"x": (c + between * x) / 6.0 * dy}

        return x * c / 6.0, pullback
