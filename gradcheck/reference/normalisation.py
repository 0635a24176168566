"""Normalisation: values are shifted and scaled until they have mean 0 and variance 1, over some set of entries.

All of these layers are one derivation; they differ in the set. For n entries with mean m and variance v (divided by n,
not n - 1), r = 1 / sqrt(v + epsilon) and z = (x - m) r, an entry x_k acts on every z_i by three routes: by itself,
by the mean, and by the variance. With dm/dx_k = 1/n, dv/dx_k = 2 (x_k - m) / n and dr/dv = -r^3 / 2,

    dz_i/dx_k = r ([i = k] - 1/n - z_i z_k / n),    and so
    dL/dx_k   = r (dz_k - mean(dz) - z_k mean(dz z)),

with dz = dL/dz. What the two means take away is what no shift and no stretch of the set can change.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback


def standardise(x: Array, over: tuple[int, ...], epsilon: float) -> tuple[Array, Callable[[Array], Array]]:
    """Return z, with mean 0 and variance 1 over some axes, and what takes dL/dz to dL/dx: the derivation above."""
    centred = x - x.mean(axis=over, keepdims=True)
    r = 1.0 / np.sqrt((centred**2).mean(axis=over, keepdims=True) + epsilon)
    z = centred * r

    def back(dz: Array) -> Array:
        by_mean, by_variance = dz.mean(axis=over, keepdims=True), (dz * z).mean(axis=over, keepdims=True)
        dx: Array = r * (dz - by_mean - z * by_variance)
        return dx

    return z, back


def affine(z: Array, g: Array, b: Array, own: tuple[int, ...], axes: int) -> tuple[Array, Callable[[Array], Gradients]]:
    """Return y = g z + b with a g and a b for each entry along some axes, and the gradients for ``z``, ``g`` and ``b``.

    ``own`` are these axes, often that of the channels alone, and ``axes`` says how many axes a sample has. A g and a b
    serve all that lies along the others, so dg = sum of dy z and db = sum of dy over all axes but ``own``. Raises
    IllFormed if g and b are not for these.
    """
    wanted = tuple(z.shape[axis] for axis in own)
    if not {g.shape[-len(own) :], b.shape[-len(own) :]} <= {wanted, (1,)}:
        raise IllFormed(
            f"gains and shifts (channels, or what is normalised together) must be {wanted}; given were g "
            f"{g.shape[-len(own) :]} and b {b.shape[-len(own) :]}."
        )
    others = tuple(axis for axis in range(-axes - 1, 0) if axis not in own)
    gain, shift = np.expand_dims(g, others), np.expand_dims(b, others)

    def back(dy: Array) -> Gradients:
        return {"z": dy * gain, "g": (dy * z).sum(axis=others), "b": dy.sum(axis=others)}

    return gain * z + shift, back


@dataclass(frozen=True)
class _Norm(Layer):
    """What the normalisations have in common."""

    epsilon: float = 1e-5
    """What is added to the variance, so that a set of equal entries can be divided by its square root."""
    axes: int = 1
    """How many axes a sample has."""


@dataclass(frozen=True)
class BatchNorm(_Norm):
    """y[n,c,...] = g[c] z[n,c,...] + b[c], where z has mean 0 and variance 1 over the batch and all places.

    x (batch, channels) or (batch, channels, *places), g and b (channels). In training mean and variance are those of
    this batch, so they depend on x, and every sample acts on every other: dL/dx has the three terms derived above, with
    dz = g dy. A single sample at a single place has no variance; it is refused, as by PyTorch.
    """

    def forward(self, x: Array, g: Array, b: Array) -> tuple[Array, Pullback]:
        """Return y and its pullback; raises IllFormed if there is one entry to a channel."""
        over = (-self.axes - 1, *range(1 - self.axes, 0))
        if all(x.shape[axis] == 1 for axis in over):
            raise IllFormed("each channel has one entry, which has no variance; a larger batch would do.")
        z, to_x = standardise(x, over, self.epsilon)
        y, to_z = affine(z, g, b, (-self.axes,), self.axes)

        def pullback(dy: Array) -> Gradients:
            gradients = to_z(dy)
            return {"x": to_x(gradients.pop("z"))} | gradients

        return y, pullback


@dataclass(frozen=True)
class BatchNormEvaluation(_Norm):
    """y[n,c,...] = g[c] (x[n,c,...] - mean[c]) / sqrt(variance[c] + epsilon) + b[c]: batch norm when it is not trained.

    x (batch, channels, ...), all others (channels). Mean and variance were collected in training and are constants now:
    the layer is affine in x, no sample acts on another, and dL/dx = g / sqrt(variance + epsilon) dL/dy. The two means
    of the training mode do not appear; to leave them out there is the most common mistake.
    """

    def forward(self, x: Array, g: Array, b: Array, mean: Array, variance: Array) -> tuple[Array, Pullback]:
        """Return y and its pullback."""
        others = (-self.axes - 1, *range(1 - self.axes, 0))
        r = np.expand_dims(1.0 / np.sqrt(variance + self.epsilon), others)
        y, to_z = affine((x - np.expand_dims(mean, others)) * r, g, b, (-self.axes,), self.axes)

        def pullback(dy: Array) -> Gradients:
            gradients = to_z(dy)
            return {"x": r * gradients.pop("z")} | gradients

        return y, pullback

    @property
    def constants(self) -> frozenset[str]:
        """Mean and variance were measured, not learned."""
        return frozenset({"mean", "variance"})


@dataclass(frozen=True)
class _Trailing(_Norm):
    """What the normalisations over the last axes have in common."""

    over: int = 1
    """How many of the last axes are normalised together, and have a gain for each of their entries."""

    def of_set(self, x: Array) -> tuple[int, ...]:
        """Return the axes that are normalised together; raises IllFormed if a sample has not so many."""
        if not 1 <= self.over <= self.axes:
            raise IllFormed(
                f"over={self.over} cannot be: a sample of x {x.shape[-self.axes - 1 :]} has {self.axes} axes, "
                f"of which 1 to {self.axes} may be normalised together."
            )
        return tuple(range(-self.over, 0))


@dataclass(frozen=True)
class LayerNorm(_Trailing):
    """y[n,...,k] = g[k] z[n,...,k] + b[k], where z has mean 0 and variance 1 over the features k of each row.

    x (batch, ..., features), g and b (features). No sample acts on another. With dz = g dy and means over the features,
    dL/dx = r (dz - mean(dz) - z mean(dz z)); dL/dg[k] and dL/db[k] add up dy z and dy over all rows.

    Several of the last axes may be normalised together: with x (batch, channels, height, width) and over = 3 a set is a
    whole image, k runs over all of its entries, and g and b are (channels, height, width). PyTorch names the sizes of
    these axes, ``nn.LayerNorm((channels, height, width))``.
    """

    def forward(self, x: Array, g: Array, b: Array) -> tuple[Array, Pullback]:
        """Return y and its pullback."""
        over = self.of_set(x)
        z, to_x = standardise(x, over, self.epsilon)
        y, to_z = affine(z, g, b, over, self.axes)

        def pullback(dy: Array) -> Gradients:
            gradients = to_z(dy)
            return {"x": to_x(gradients.pop("z"))} | gradients

        return y, pullback


@dataclass(frozen=True)
class RmsNorm(_Trailing):
    """y[n,...,k] = g[k] x[n,...,k] r[n,...] with r = 1 / sqrt(mean over k of x^2 + epsilon): scaled, never shifted.

    x (batch, ..., features), g (features); or k runs over several of the last axes, as in ``LayerNorm``. With z = x r
    there are two routes, x and r, and dr/dx_k = -r^3 x_k / n:

        dz_i/dx_k = r ([i = k] - z_i z_k / n),    and so
        dL/dx_k   = r (dz_k - z_k mean(dz z)),    with dz = g dy.

    PyTorch's own epsilon, if none is given, is the spacing of numbers next to 1; here it is the one of ``LayerNorm``.
    """

    def forward(self, x: Array, g: Array) -> tuple[Array, Pullback]:
        """Return y and its pullback."""
        over = self.of_set(x)
        r = 1.0 / np.sqrt((x**2).mean(axis=over, keepdims=True) + self.epsilon)
        rows = tuple(range(-self.axes - 1, -self.over))
        z, gain = x * r, np.expand_dims(g, rows)

        def pullback(dy: Array) -> Gradients:
            dz = gain * dy
            return {"x": r * (dz - z * (dz * z).mean(axis=over, keepdims=True)), "g": (dy * z).sum(axis=rows)}

        return gain * z, pullback


@dataclass(frozen=True)
class GroupNorm(_Norm):
    """y[n,c,...] = g[c] z[n,c,...] + b[c], where z has mean 0 and variance 1 over each group of channels of a sample.

    x (batch, channels, *places), g and b (channels). The channels are cut into ``groups`` of neighbours; a group and
    all of its places are one set. So dL/dx has the three terms derived above in each group, with dz = g dy; gains and
    shifts belong to single channels all the same.
    """

    groups: int = 1
    """How many groups the channels are cut into; with one, the whole sample is the set."""

    def forward(self, x: Array, g: Array, b: Array) -> tuple[Array, Pullback]:
        """Return y and its pullback; raises IllFormed if the groups do not divide the channels."""
        if self.groups < 1 or x.shape[-self.axes] % self.groups:
            raise IllFormed(f"groups={self.groups} must divide the {x.shape[-self.axes]} channels.")
        sets = x.reshape(*x.shape[: x.ndim - self.axes], self.groups, -1)
        z, to_sets = standardise(sets, (-1,), self.epsilon)
        y, to_z = affine(z.reshape(x.shape), g, b, (-self.axes,), self.axes)

        def pullback(dy: Array) -> Gradients:
            gradients = to_z(dy)
            dz = gradients.pop("z")
            return {
                "x": to_sets(dz.reshape(*dz.shape[: dz.ndim - self.axes], self.groups, -1)).reshape(dz.shape)
            } | gradients

        return y, pullback


@dataclass(frozen=True)
class InstanceNorm(_Norm):
    """y[n,c,...] = g[c] z[n,c,...] + b[c], where z has mean 0 and variance 1 over the places of one channel and sample.

    x (batch, channels, *places), g and b (channels). Every channel of every sample is a set of its own: the three terms
    derived above, with means over its places and dz = g dy. A single place has no variance; it is refused, as PyTorch
    does.
    """

    def forward(self, x: Array, g: Array, b: Array) -> tuple[Array, Pullback]:
        """Return y and its pullback; raises IllFormed if there is one place."""
        places = tuple(range(1 - self.axes, 0))
        if all(x.shape[axis] == 1 for axis in places):
            raise IllFormed("each channel has one place, which has no variance; larger images would do.")
        z, to_x = standardise(x, places, self.epsilon)
        y, to_z = affine(z, g, b, (-self.axes,), self.axes)

        def pullback(dy: Array) -> Gradients:
            gradients = to_z(dy)
            return {"x": to_x(gradients.pop("z"))} | gradients

        return y, pullback


LENGTHS = {"columns": (-2,), "rows": (-1,), "whole": (-2, -1)}
"""Over which axes of V (in, out) a norm is taken, by what it is the length of."""


@dataclass(frozen=True)
class WeightNorm(Layer):
    """y = x W + b with W[:,j] = g[j] V[:,j] / |V[:,j]|: length and direction of every column are learned apart.

    x (batch, in), V (in, out), g and b (out), y (batch, out). With u = V / |V| column by column and dW = x^T dy,

        dL/dg[j]   = sum_i u[i,j] dW[i,j]               the part along the column
        dL/dV[:,j] = g[j] / |V[:,j]| (dW[:,j] - u[:,j] dL/dg[j])      and across

    because d|V|/dV = u, so du/dV = (1 - u u^T) / |V|: a step along V changes nothing. The rest is an affine layer.

    Instead of every column, every row may have a length of its own, g (in), or the whole matrix, g a single number; the
    norms, and the sum in dL/dg, then go over the rows, or over all. PyTorch keeps W transposed: its ``dim=0``, the
    default, are the columns here, 1 the rows, None the whole. Salimans and Kingma, 2016. Nothing but zeros has no
    direction; PyTorch does not take it either.
    """

    of: str = "columns"
    """What has a length of its own: ``columns``, ``rows``, or the ``whole``."""

    def __post_init__(self) -> None:
        """Refuse what has no length."""
        if self.of not in LENGTHS:
            raise IllFormed(f"of={self.of} cannot be: what has a length is one of {', '.join(LENGTHS)}.")

    def forward(self, x: Array, V: Array, g: Array, b: Array) -> tuple[Array, Pullback]:
        """Return y and its pullback."""
        over = LENGTHS[self.of]
        length = np.sqrt((V**2).sum(axis=over, keepdims=True))
        u, gain = V / length, np.expand_dims(g, over)
        W = gain * u

        def pullback(dy: Array) -> Gradients:
            dW = np.swapaxes(x, -1, -2) @ dy
            dg = (u * dW).sum(axis=over, keepdims=True)
            dx = dy @ np.swapaxes(W, -1, -2)
            dV = gain / length * (dW - u * dg)
            return {"x": dx, "V": dV, "g": np.squeeze(dg, axis=over), "b": dy.sum(axis=-2)}

        return x @ W + b[..., None, :], pullback
