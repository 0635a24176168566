"""The derivatives that people are held against are themselves checked: a problem's forward pass is an operation.

Its pullback is what the formula language derives from the text of the problem. Finite differences judge it like any
other; PyTorch is not asked, because differences of these small smooth functions settle the matter.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gradcheck.formula.language.point import Point as At
from gradcheck.formula.posed.landscape import Landscape, compute
from gradcheck.formula.posed.problem import Problem
from gradcheck.op import Array, Gradients, Op, Pullback
from gradcheck.point import Point
from gradcheck.records import Result


@dataclass(frozen=True)
class ForwardPass(Op):
    """The loss of a problem, as an operation on its inputs."""

    problem: Problem
    seed: int
    """The point that sizes, and functions left open, are taken from."""

    def forward(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Return the loss, and a pullback made of the language's own derivatives."""
        numbers = {**Landscape.of(self.problem, self.seed).numbers, **inputs}
        compute(self.problem, numbers, self.seed)
        here = Landscape(self.problem, At(numbers, seed=self.seed, numpy=True))

        def pullback(dL: Array) -> Gradients:
            found = here.gradients(self.problem.loss, dL)
            return {
                name: found.get(name, np.zeros_like(array)) for name, array in inputs.items() if array.dtype.kind == "f"
            }

        return numbers[self.problem.loss], pullback

    @property
    def composed(self) -> bool:
        """A forward pass is made of parts."""
        return True


@lru_cache(maxsize=64)
def confirmed(problem: Problem) -> Result:
    """Judge the derivatives of a problem by finite differences at one of its points."""
    from gradcheck.check import examine  # routes are judged without it, and sooner

    at = Landscape.of(problem, 0)
    inputs = {name: np.asarray(at.numbers[name]) for name in problem.inputs}
    return examine(Point.of(ForwardPass(problem, 0), inputs), f"the derivatives of {problem.name or problem.title}")
