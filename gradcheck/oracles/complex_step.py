"""The complex step: f(x + ih) = f(x) + ih f'(x) - ..., so the imaginary part is h f'(x), and nothing cancels.

No difference is taken, so the step may be as small as one likes, and a constant of 1e10 beside the loss does no harm.
But it holds only where the code is analytic, and it is asked for proof. The code is run once on watched numbers, which
refuse all that is not analytic, and a branch that is near (``watched.py``). What rounding does to the derivatives is
then measured: along random directions, once uniform and once such that every entry has the same share, and with
steps of very different length, the code is run with more digits, and must give what the entries add up to. Where it
cannot be run so, the oracle says nothing; where differences contradict it, nobody listens to it (``compare.py``).

Squire and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Rev. 40 (1998).
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradcheck.line import Line
from gradcheck.op import Array, Op
from gradcheck.oracles import line
from gradcheck.oracles.more_digits import WIDER
from gradcheck.oracles.oracle import Oracle
from gradcheck.oracles.watched import NotAnalytic, Watched
from gradcheck.point import Point, own_size
from gradcheck.records import Answer, Estimate

STEP = 2.0**-66
"""The step for one entry, in units of its own size: so short that its square is nothing beside 1."""
LONG_STEPS = (2.0**-70, 2.0**-200, 2.0**-500)
"""The steps along directions: an imaginary part that is linear has the same slope at each of them."""
FAINT = 2.0**-900
"""So short a step from a smaller number would lose its digits in float64."""
AGAIN = (2.0**-500, 0.7 * 2.0**-500)
"""The steps for an entry that is found anew; under the second everything is rounded otherwise."""
LEAST = 2.0**-20
"""The least share, of the largest, that an entry is taken to have when shares are made equal."""


class ComplexStep(Oracle):
    """The complex step, for code that is analytic at the point."""

    name = "complex-step"

    def judges(self, op: Op) -> bool:
        """Any operation whose code can be run on complex numbers, and on numbers with more digits.

        Along a line through it complex numbers are enough.
        """
        return op.op.continues if isinstance(op, Line) else op.continues and WIDER

    def answer(self, point: Point) -> Answer:
        """Return the derivatives of <cotangent, value> where the code is analytic; none at all where it is not."""
        gradients: dict[str, Estimate] = {}
        if point.draws == 1 and all(point.inputs[name].size for name in point.wanted):
            try:
                with np.errstate(all="ignore"), warnings.catch_warnings():
                    warnings.simplefilter("error", np.exceptions.ComplexWarning)  # what was written is real again
                    gradients = _estimates(point)
            except Exception:  # somebody else's code need not take complex numbers; then it is not judged in this way
                gradients = {}
        return Answer(self.name, gradients, None)


def _estimates(point: Point) -> dict[str, Estimate]:
    """Step in one direction, or entry by entry."""
    return line.complex_step(point, point.op) if isinstance(point.op, Line) else _Continuation(point).estimates()


class _Continuation:
    """The operation of a point, continued into the complex plane."""

    def __init__(self, point: Point) -> None:
        self.op, self.wanted = point.op, point.wanted
        self.here, self.cotangent = point.draw(0), point.cotangent[0]
        self.generator = np.random.default_rng(7)

    def estimates(self) -> dict[str, Estimate]:
        """Return the derivative by every wanted input, with what rounding may have done to it."""
        self.watch()
        return {name: self.estimate(name) for name in self.wanted}

    def watch(self) -> None:
        """Run the code on watched numbers. Raises NotAnalytic, or whatever the code makes of it."""
        moved = {
            name: own_size(self.here[name][None])[0] * self.generator.uniform(0.5, 1.5, self.here[name].shape)
            for name in self.wanted
        }
        value = self.value(moved, LONG_STEPS[0], np.clongdouble, Watched)
        if not isinstance(value, Watched) or not np.isfinite(value.array).all():
            raise NotAnalytic("the value does not come from the input")

    def estimate(self, name: str) -> Estimate:
        """Return the derivative by one input; every array in it is (1, *shape of the input)."""
        here = self.here[name]
        size = own_size(here[None])[0].reshape(-1)
        shares = np.empty(here.size)  # the derivative by each entry, when the entry is measured in its own size
        for entry, unit in enumerate(np.eye(here.size)):
            kind = np.complex128 if size[entry] > FAINT else np.clongdouble
            shares[entry] = self.along(name, unit * size, STEP, kind)
        bounds = self.bar(name, shares, size)
        self.again(name, shares, bounds, size)
        value = shares / size
        bar = bounds / size + 2.0**-50 * np.abs(value)
        bar = np.where(np.isfinite(bar) & np.isfinite(value), bar, np.inf)
        nothing = np.zeros((1, *here.shape))
        return Estimate(value.reshape(nothing.shape), bar.reshape(nothing.shape), nothing.astype(bool), nothing)

    def bar(self, name: str, shares: Array, size: Array) -> Array:
        """Return what rounding may have done to each share: the lesser of two bounds, uniform and by equal shares."""
        largest = np.abs(shares).max()
        uniform = self.left_over(name, shares, size, np.ones_like(shares))
        bounds = np.full(shares.shape, uniform)
        if shares.size > 1 and largest > 0:
            equal = largest / (np.abs(shares) + LEAST * largest)
            bounds = np.minimum(bounds, self.left_over(name, shares, size, equal) / equal)
        return 8.0 * bounds

    def again(self, name: str, shares: Array, bounds: Array, size: Array) -> None:
        """Find those shares anew, one by one and with more digits, whose bounds are long: they stand beside huge ones.

        Eleven more bits leave a two-thousandth of the rounding, so a 64th of what they change is a bound; unless
        nothing but rounding is there, which another step shows.
        """
        loud = np.abs(shares)[shares != 0]
        wanted = 2.0**-30 * np.maximum(np.abs(shares), loud.min(initial=np.inf) if loud.size else 0.0)
        for entry in np.flatnonzero(bounds > wanted):
            unit = np.zeros_like(size)
            unit[entry] = size[entry]
            found, other = (float(self.along(name, unit, step, np.clongdouble)) for step in AGAIN)
            shares[entry], bounds[entry] = found, max(abs(found - shares[entry]) / 64.0, 8.0 * abs(found - other))

    def left_over(self, name: str, shares: Array, size: Array, weight: Array) -> float:
        """Return by how much the shares miss the derivative along weighted directions, found with more digits."""
        missed = []
        for step in LONG_STEPS:
            direction = weight * self.generator.uniform(0.5, 1.5, size.size)
            direction *= self.generator.choice([-1.0, 1.0], size.size)
            found = self.along(name, direction * size, step, np.clongdouble)
            missed.append(abs(found - (direction.astype(np.longdouble) * shares).sum()))
        return float(max(missed)) if np.isfinite(missed).all() else np.inf

    def along(self, name: str, direction: Array, step: float, dtype: Any) -> Any:
        """Return the derivative of <cotangent, value> along a direction in one input."""
        value = np.asarray(self.value({name: direction}, step, dtype))
        if value.shape != self.cotangent.shape:
            raise NotAnalytic("the value has another shape")
        return (self.cotangent * value.imag).sum() / step

    def value(
        self, moved: Mapping[str, Array], step: float, dtype: Any, held: Callable[[Array], Any] = lambda array: array
    ) -> Any:
        """Run the code with all wanted inputs complex, and some moved along the imaginary axis."""
        inputs: dict[str, Any] = dict(self.here)
        for name in self.wanted:  # all complex, for what is laid out like one may be filled with another
            stepped = self.here[name].astype(dtype)
            if name in moved:
                stepped.imag = np.longdouble(step) * moved[name].reshape(self.here[name].shape)
            inputs[name] = held(stepped)
        return self.op.continued(inputs)[0]
