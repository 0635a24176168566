"""Forward mode and second order: what a pullback does not say, had by running forwards and backwards on dual numbers.

The pullback answers with J^T v, one number for every input. Run the forward pass on x + u e instead, and the value
carries J u: how far the outputs move when all inputs move along u. The two know nothing of each other, and yet

    <v, J u> = <J^T v, u>

must hold, so each proves the other. And a pullback is itself a program: run on x + u e it carries d(J^T v)/dx u, which
for a loss is the Hessian times u, at the price of a few gradients and with no matrix anywhere (Pearlmutter, 1994).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcheck.op import Array, Gradients, Op, Pullback
from gradcheck.reference.duals import Dual, tangent_of, value_of


def pushforward(op: Op, inputs: Mapping[str, Array], direction: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return the value of an operation and J u, its derivative along a direction u in the inputs that u names."""
    y, _ = op(**_moving(inputs, direction))
    return value_of(y), tangent_of(y)


def hessian_vector(
    op: Op, inputs: Mapping[str, Array], direction: Mapping[str, Array], cotangent: Array | None = None
) -> Gradients:
    """Return H u, with H the second derivatives of <cotangent, value> with respect to all inputs.

    It is the derivative of the gradient along u, and like the gradient it is told by name. H is symmetric, so
    <w, H u> = <u, H w>. A loss needs no cotangent: it is 1.
    """
    y, pullback = op(**_moving(inputs, direction))
    gradients = pullback(np.ones_like(value_of(y)) if cotangent is None else cotangent)
    return {name: tangent_of(gradient) for name, gradient in gradients.items()}


@dataclass(frozen=True)
class Gradient(Op):
    """g = J_x(z)^T v: the pullback of an operation f as an operation, with inputs z (those of f) and ``cotangent`` v.

    For a cotangent u of g, <u, g> = <u, J_x^T v> = <J_x u, v> is the derivative of <v, f> along u in x. So

        d<u, g>/dz = d/dz d<v, f(x + s u)>/ds = d/ds (f's own gradient with respect to z at x + s u),

    for the order of differentiation may be changed; and d<u, g>/dv = J_x u. One run of f and its pullback on x + u e
    carries all of them.
    """

    op: Op
    """f."""
    of: str = "x"
    """The input x of f that g is the gradient with respect to."""

    def forward(self, cotangent: Array, **inputs: Array) -> tuple[Array, Pullback]:
        """Return g and its pullback, to every input of f and to the cotangent."""
        y, f_back = self.op(**inputs)
        v = np.broadcast_to(cotangent, np.broadcast_shapes(cotangent.shape, y.shape))  # as many draws as y has

        def pullback(u: Array) -> Gradients:
            moving, moving_back = self.op(**_moving(inputs, {self.of: u}))
            slopes = {name: tangent_of(slope) for name, slope in moving_back(v).items()}
            return slopes | {"cotangent": tangent_of(moving)}

        return f_back(v)[self.of], pullback

    @property
    def constants(self) -> frozenset[str]:
        """The constants of f."""
        return self.op.constants

    @property
    def stacks(self) -> bool:
        """As f does."""
        return self.op.stacks

    @property
    def composed(self) -> bool:
        """As f is."""
        return self.op.composed


def _moving(inputs: Mapping[str, Array], direction: Mapping[str, Array]) -> dict[str, Any]:
    """Return the inputs, those that a direction is given for as dual numbers."""
    return {name: Dual(array, direction[name]) if name in direction else array for name, array in inputs.items()}
