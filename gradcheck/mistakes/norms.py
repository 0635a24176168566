"""Mistakes in normalisations: an entry acts by itself, through the mean and through the variance of its set.

All of them are one formula, dx = r (dz - mean(dz) - z mean(dz z)) with dz = g dy, over different sets of entries.
"""

from typing import Any

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.making import at_other, instead, served, times
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Array, Backward, Gradients, mT
from gradcheck.reference.normalisation import LENGTHS

CENTRED = (reference.BatchNorm, reference.LayerNorm, reference.GroupNorm, reference.InstanceNorm)
"""Normalisations that take the mean away."""
MEASURED = (*CENTRED, reference.RmsNorm)
"""Normalisations whose statistics depend on the input."""
TRAILING = (reference.LayerNorm, reference.RmsNorm)
"""Normalisations over the last axes, with gains of as many."""


class Normal:
    """The quantities of one normalisation: its sets laid out as rows, and x, z, r and dz in them."""

    def __init__(self, at: Backward) -> None:
        op: Any = at.op
        self.at, self.axes = at, op.axes
        channels = range(-op.over, 0) if isinstance(op, TRAILING) else (-op.axes,)
        self.others = tuple(axis for axis in range(-op.axes - 1, 0) if axis not in channels)
        self.gain = np.expand_dims(at.inputs["g"], self.others)
        x = self.rows(at.inputs["x"])
        mean = 0.0 if isinstance(op, reference.RmsNorm) else x.mean(axis=-1, keepdims=True)
        self.r = 1.0 / np.sqrt(((x - mean) ** 2).mean(axis=-1, keepdims=True) + op.epsilon)
        self.z = (x - mean) * self.r
        self.dz = self.rows(at.cotangent * self.gain)

    def rows(self, array: Array) -> Array:
        """Lay every set out along the last axis; groups are cut out of the channels, with all of their places."""
        if isinstance(self.at.op, reference.GroupNorm):
            return array.reshape(*array.shape[: array.ndim - self.axes], self.at.op.groups, -1)
        moved = np.moveaxis(array, self.of_set(), self.last())
        return moved.reshape(*moved.shape[: moved.ndim - len(self.last())], -1)

    def back(self, rows: Array) -> Array:
        """Put rows back to where they were."""
        shape = self.at.inputs["x"].shape
        if isinstance(self.at.op, reference.GroupNorm):
            return rows.reshape(shape)
        apart = rows.reshape(*rows.shape[:-1], *(shape[axis] for axis in self.of_set()))
        return np.moveaxis(apart, self.last(), self.of_set())

    def of_set(self) -> tuple[int, ...]:
        """The axes that a set runs over."""
        match self.at.op:
            case reference.BatchNorm():
                return (-self.axes - 1, *range(1 - self.axes, 0))
            case reference.InstanceNorm():
                return tuple(range(1 - self.axes, 0))
            case _:
                return tuple(range(-self.at.op.over, 0))  # type: ignore[attr-defined] # it is one over the last axes

    def last(self) -> tuple[int, ...]:
        """As many axes as a set has, at the end."""
        return tuple(range(-len(self.of_set()), 0))

    def slip(self, rows: Array) -> Array:
        """Return dx for what stands in the brackets."""
        return self.back(self.r * rows)

    def mean(self, rows: Array) -> Array:
        """The mean over each set."""
        total: Array = rows.mean(axis=-1, keepdims=True)
        return total


def _no_mean(at: Backward) -> Array:
    own = Normal(at)
    return own.slip(own.dz - own.z * own.mean(own.dz * own.z))


def _no_variance(at: Backward) -> Array:
    own = Normal(at)
    mean = 0.0 if isinstance(at.op, reference.RmsNorm) else own.mean(own.dz)
    return own.slip(own.dz - mean)


def _constants(at: Backward) -> Array:
    own = Normal(at)
    return own.slip(own.dz)


def _bessel(at: Backward) -> Array:
    """The variance path divided by n - 1, where the forward pass divides by n."""
    own = Normal(at)
    n = own.z.shape[-1]
    return own.slip(own.dz - own.mean(own.dz) - own.z * own.mean(own.dz * own.z) * n / max(1, n - 1))


def _mean_for_rms(at: Backward) -> Array:
    own = Normal(at)
    return own.slip(own.dz - own.mean(own.dz) - own.z * own.mean(own.dz * own.z))


def _not_divided(at: Backward) -> Array:
    own = Normal(at)
    return own.back(own.rows(at.gradients["x"]) / own.r)


def _wrong_axis(at: Backward) -> Array:
    """The two means over the batch where they belong over the features, or the other way round."""
    own: Any = at.op
    axis = -own.over - 1 if isinstance(own, TRAILING) else -own.axes
    whole = Normal(at)
    z, dz, r = (whole.back(np.broadcast_to(part, whole.z.shape)) for part in (whole.z, whole.dz, whole.r))
    mean = 0.0 if isinstance(own, reference.RmsNorm) else dz.mean(axis=axis, keepdims=True)
    out: Array = r * (dz - mean - z * (dz * z).mean(axis=axis, keepdims=True))
    return out


def _gain_from(at: Backward, other: Array) -> Array:
    """The gradient of the gain with another array in the place of z."""
    total: Array = (at.cotangent * other).sum(axis=Normal(at).others)
    return total


def _trained(at: Backward) -> Gradients:
    """The two means of the training mode, in a layer whose statistics are constants."""
    op: Any = at.op
    others = (-op.axes - 1, *range(1 - op.axes, 0))
    wide = {name: np.expand_dims(at.inputs[name], others) for name in ("g", "mean", "variance")}
    r = 1.0 / np.sqrt(wide["variance"] + op.epsilon)
    z, dz = (at.inputs["x"] - wide["mean"]) * r, at.cotangent * wide["g"]
    by_mean, by_variance = dz.mean(axis=others, keepdims=True), (dz * z).mean(axis=others, keepdims=True)
    return at.gradients | {"x": r * (dz - by_mean - z * by_variance)}


def _length(at: Backward) -> Array:
    """The lengths that a weight norm has divided by."""
    over = LENGTHS[at.op.of]  # type: ignore[attr-defined] # it is a weight norm
    return np.asarray(np.sqrt((at.inputs["V"] ** 2).sum(axis=over, keepdims=True)))


def _undirected(at: Backward) -> Array:
    """dV of a weight norm without the part across the column taken alone."""
    gain = np.expand_dims(at.inputs["g"], LENGTHS[at.op.of])  # type: ignore[attr-defined] # it is a weight norm
    return np.asarray(gain / _length(at) * (mT(at.inputs["x"]) @ at.cotangent))


NORM_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="mean-path-missing",
        cause="missing-path",
        wrong="dx = r * (dz - z * (dz * z).mean())",
        right="dx = r * (dz - dz.mean() - z * (dz * z).mean())",
        says="Every entry moves the mean of its set, and with it all the others: over each set dx has to sum to zero.",
        question="If 1 is added to all entries of a set, what happens to the result?",
        layers=CENTRED,
        backward=instead(x=_no_mean),
    ),
    LayerMistake(
        id="variance-path-missing",
        cause="missing-path",
        wrong="dx = r * (dz - dz.mean())",
        right="dx = r * (dz - dz.mean() - z * (dz * z).mean())",
        says="Every entry changes the spread by which all are divided: over each set the sum of dx z has to vanish.",
        question="If all entries of a set are doubled, what happens to the result?",
        layers=MEASURED,
        backward=instead(x=_no_variance),
    ),
    LayerMistake(
        id="statistics-as-constants",
        cause="missing-path",
        wrong="dx = r * dz",
        right="dx = r * (dz - dz.mean() - z * (dz * z).mean())",
        says="In training mean and variance come from x and pass a gradient on; this is how it is in evaluation.",
        question="If one entry of the set changes, do mean and variance stay as they are?",
        layers=CENTRED,
        backward=instead(x=_constants),
    ),
    LayerMistake(
        id="variance-over-n-minus-one",
        cause="wrong-constant",
        wrong="dx = r * (dz - dz.mean() - z * (dz * z).sum() / (n - 1))",
        right="dx = r * (dz - dz.mean() - z * (dz * z).sum() / n)",
        says="The forward pass divides its variance by n; the backward pass has to divide by the same n, not by n - 1.",
        question="Which variance is it that the forward pass takes?",
        layers=CENTRED,
        backward=instead(x=_bessel),
    ),
    LayerMistake(
        id="normalised-over-wrong-axis",
        cause="wrong-reduction",
        wrong="dz.mean(axis=0)    # in a layer norm; in a batch norm axis=1",
        right="dz.mean(axis=1)    # in a layer norm; in a batch norm axis=0",
        says="The two means run over what was normalised together: features in a layer norm, samples in a batch norm.",
        question="Over which axis was the mean of x taken?",
        layers=(reference.BatchNorm, reference.LayerNorm, reference.RmsNorm),
        backward=instead(x=_wrong_axis),
    ),
    LayerMistake(
        id="mean-path-too-many",
        cause="extra-factor",
        wrong="dx = r * (dz - dz.mean() - z * (dz * z).mean())",
        right="dx = r * (dz - z * (dz * z).mean())",
        says="This layer takes no mean away, so no gradient goes by the mean: that term is a layer norm's.",
        question="Is anything subtracted from x here?",
        layers=(reference.RmsNorm,),
        backward=instead(x=_mean_for_rms),
    ),
    LayerMistake(
        id="deviation-forgotten",
        cause="missing-factor",
        wrong="dx = dz - dz.mean() - z * (dz * z).mean()",
        right="dx = r * (dz - dz.mean() - z * (dz * z).mean())    # r = 1 / sqrt(variance + epsilon)",
        says="x was divided by its standard deviation on the way forward; the gradient has to be, too.",
        question="If x is measured in millimetres instead of metres, what happens to dL/dx?",
        layers=MEASURED,
        backward=instead(x=_not_divided),
    ),
    LayerMistake(
        id="gain-forgotten",
        cause="missing-factor",
        wrong="dz = dy",
        right="dz = g * dy",
        says="Between z and y stands the gain g: multiply by it before anything else.",
        question="If g were 0, would the loss notice x at all?",
        layers=(*MEASURED, reference.BatchNormEvaluation),
        backward=at_other("x", g=lambda at: np.ones_like(at.inputs["g"])),
    ),
    LayerMistake(
        id="gain-gradient-from-output",
        cause="wrong-variable",
        wrong="dg = (dy * y).sum()",
        right="dg = (dy * z).sum()",
        says="g multiplies the normalised z, not the output y.",
        question="What does g stand next to in y = g z + b?",
        layers=MEASURED,
        backward=instead(g=lambda at: _gain_from(at, at.value)),
    ),
    LayerMistake(
        id="gain-gradient-from-input",
        cause="wrong-variable",
        wrong="dg = (dy * x).sum()",
        right="dg = (dy * z).sum()",
        says="g multiplies the normalised z, not the input x.",
        question="What does g stand next to in y = g z + b?",
        layers=MEASURED,
        backward=instead(g=lambda at: _gain_from(at, at.inputs["x"])),
    ),
    LayerMistake(
        id="gain-gradient-averaged",
        cause="wrong-reduction",
        wrong="dg = (dy * z).mean()",
        right="dg = (dy * z).sum()",
        says="One gain serves every entry of its channel, and what they contribute adds up.",
        question="What does each sample contribute to g?",
        layers=(*MEASURED, reference.BatchNormEvaluation),
        backward=times(lambda at: 1.0 / served("g", getattr(at.op, "over", 1))(at), "g"),
    ),
    LayerMistake(
        id="training-formula-in-evaluation",
        cause="extra-factor",
        wrong="dx = r * (dz - dz.mean(axis=0) - z * (dz * z).mean(axis=0))",
        right="dx = r * dz",
        says="In evaluation mean and variance are stored numbers that do not depend on x: no gradient goes by them.",
        question="Does the stored mean change when this x changes?",
        layers=(reference.BatchNormEvaluation,),
        backward=_trained,
    ),
    LayerMistake(
        id="direction-not-projected",
        cause="missing-path",
        wrong="dV = g / |V| * dW",
        right="dV = g / |V| * (dW - u * dg)    # u = V / |V|, dg = (u * dW).sum(axis=0)",
        says="|V| depends on V too: take the part of the gradient along V away, for to make V longer changes nothing.",
        question="What happens to V / |V| if V is doubled?",
        layers=(reference.WeightNorm,),
        backward=instead(V=_undirected),
    ),
    LayerMistake(
        id="weight-length-forgotten",
        cause="missing-factor",
        wrong="dV = g * (dW - u * dg)",
        right="dV = g / |V| * (dW - u * dg)",
        says="V was divided by its length on the way forward; the gradient has to be, too.",
        question="If V is doubled, what happens to the gradient?",
        layers=(reference.WeightNorm,),
        backward=times(_length, "V"),
    ),
)
"""The mistakes in normalisations."""
