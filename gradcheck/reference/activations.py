"""Activations bend the straight lines that affine layers draw, one number at a time.

For an elementwise y = f(z) the Jacobian is diagonal, so the pullback is one product: dL/dz = f'(z) * dL/dy. All that
is left to know about a layer is f', and where it is cheapest to write: in z, or in the y that is already there. Those
here are smooth; ``rectifiers`` has the ones that are put together of pieces.
"""

import math
from dataclasses import dataclass

import numpy as np

from gradcheck.op import Array, Gradients, Layer, Pullback

ERF = np.frompyfunc(math.erf, 1, 1)
"""The error function of each number, as objects: what arrays of another kind may know the slope of."""


def erf(z: Array) -> Array:
    """Return the error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to z."""
    if type(z) is np.ndarray:
        return np.fromiter(map(math.erf, z.reshape(-1).tolist()), np.float64, z.size).reshape(z.shape)
    return np.multiply(ERF(z), 1.0).astype(np.float64)


def logistic(z: Array) -> Array:
    """1 / (1 + exp(-z)), written so that no exponential overflows and small values keep all their digits.

    Nothing in it has a kink of its own, as the size of z would at 0, where dual numbers know no slope of that.
    """
    positive = z >= 0
    tail = np.exp(np.where(positive, -z, z))
    return np.where(positive, 1.0, tail) / (1.0 + tail)


@dataclass(frozen=True)
class Sigmoid(Layer):
    """y = s(z) = 1 / (1 + exp(-z)), any shape.

    s'(z) = exp(-z) / (1 + exp(-z))^2 = s(z) (1 - s(z)), so in the output's own letters  dL/dz = y (1 - y) dL/dy.
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return y = s(x) and its pullback."""
        y = logistic(x)

        def pullback(dy: Array) -> Gradients:
            return {"x": y * (1.0 - y) * dy}

        return y, pullback


@dataclass(frozen=True)
class Tanh(Layer):
    """y = tanh(z), any shape.

    tanh = sinh / cosh, so tanh' = (cosh^2 - sinh^2) / cosh^2 = 1 - tanh^2, and  dL/dz = (1 - y^2) dL/dy.
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return y = tanh(x) and its pullback."""
        y = np.tanh(x)

        def pullback(dy: Array) -> Gradients:
            return {"x": (1.0 - y**2) * dy}

        return y, pullback


@dataclass(frozen=True)
class Softsign(Layer):
    """y = z / (1 + |z|), any shape: bent like tanh, but it comes near -1 and 1 far more slowly.

    Where z > 0, y = z / (1 + z) and y' = (1 + z - z) / (1 + z)^2 = 1 / (1 + z)^2; where z < 0 the same with -z for z.
    So  y' = 1 / (1 + |z|)^2 = (1 - |y|)^2  everywhere: the two sides of |z| meet with one slope, 1, and leave no kink.
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return y = x / (1 + |x|) and its pullback."""
        divisor = 1.0 + np.abs(x)

        def pullback(dy: Array) -> Gradients:
            return {"x": dy / divisor**2}

        return x / divisor, pullback


@dataclass(frozen=True)
class Gelu(Layer):
    """y = z P(z), with P(z) = (1 + erf(z / sqrt 2)) / 2 the normal distribution function; any shape.

    By the product rule y' = P(z) + z p(z), where p(z) = exp(-z^2 / 2) / sqrt(2 pi) is the density, P' = p.
    Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return y = x P(x) and its pullback."""
        distribution = 0.5 * (1.0 + erf(x / math.sqrt(2.0)))

        def pullback(dy: Array) -> Gradients:
            density = np.exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi)
            return {"x": (distribution + x * density) * dy}

        return x * distribution, pullback


@dataclass(frozen=True)
class GeluTanh(Layer):
    """y = z (1 + t) / 2 with t = tanh(u) and u = sqrt(2 / pi) (z + 0.044715 z^3); any shape.

    By the product rule y' = (1 + t) / 2 + z (1 - t^2) u' / 2, where u' = sqrt(2 / pi) (1 + 3 * 0.044715 z^2).
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return the tanh form of the Gaussian error linear unit of x and its pullback."""
        root, cubic = math.sqrt(2.0 / math.pi), 0.044715
        t = np.tanh(root * (x + cubic * x**3))

        def pullback(dy: Array) -> Gradients:
            du = root * (1.0 + 3.0 * cubic * x**2)
            return {"x": (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t**2) * du) * dy}

        return 0.5 * x * (1.0 + t), pullback


@dataclass(frozen=True)
class Silu(Layer):
    """y = z s(z) with s the logistic function; any shape.

    By the product rule y' = s + z s (1 - s) = s (1 + z (1 - s)).
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return y = x s(x) and its pullback."""
        s = logistic(x)

        def pullback(dy: Array) -> Gradients:
            return {"x": s * (1.0 + x * (1.0 - s)) * dy}

        return x * s, pullback


@dataclass(frozen=True)
class Softplus(Layer):
    """y = log(1 + exp(z)), any shape: the smooth shape of ReLU.

    y' = exp(z) / (1 + exp(z)) = s(z), the logistic function.
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return y = log(1 + exp(x)) and its pullback."""

        def pullback(dy: Array) -> Gradients:
            return {"x": logistic(x) * dy}

        return np.logaddexp(0.0, x), pullback


@dataclass(frozen=True)
class LogSigmoid(Layer):
    """y = log s(z) = -log(1 + exp(-z)) with s the logistic function, any shape: the logarithm of a probability.

    y' = s'(z) / s(z) = s(z) (1 - s(z)) / s(z) = 1 - s(z) = s(-z): what the probability lacks to 1.
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return y = log s(x) and its pullback."""

        def pullback(dy: Array) -> Gradients:
            return {"x": logistic(-x) * dy}

        return -np.logaddexp(0.0, -x), pullback


@dataclass(frozen=True)
class Mish(Layer):
    """y = z t with t = tanh(u) and u = log(1 + exp(z)), the softplus of z; any shape.

    u' = s(z), the logistic function, so t' = (1 - t^2) s(z), and by the product rule  y' = t + z (1 - t^2) s(z).
    Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2019.
    """

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return y = x tanh(log(1 + exp(x))) and its pullback."""
        t = np.tanh(np.logaddexp(0.0, x))

        def pullback(dy: Array) -> Gradients:
            return {"x": (t + x * (1.0 - t**2) * logistic(x)) * dy}

        return x * t, pullback
