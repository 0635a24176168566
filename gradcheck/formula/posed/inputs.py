"""Numbers for the inputs of a problem: neither equal nor special, and everything that switches is seen on and off."""

from collections.abc import Mapping

import numpy as np

from gradcheck.formula.language.tree import Tree
from gradcheck.formula.posed.problem import Problem
from gradcheck.op import Array

KINKED, COMPARED = ("maximum", "relu", "elu", "abs", "sign"), (">", "<", ">=", "<=")
"""What has a kink, or jumps, where two numbers are equal."""
SIDES = ((1, 0, 1), (0, 1, 1), (1, 1, 0), (0, 1, 0), (1, 0, 0), (0, 0, 1))
"""Whether what switches is on at each point: both are seen, and no two of the first six masks and kinks alike."""


def drawn(problem: Problem, sizes: Mapping[str, int], generator: np.random.Generator, seed: int) -> dict[str, Array]:
    """Draw every input of a problem."""
    return {name: _drawn(problem, name, sizes, generator) for name in problem.inputs} | single_masks(problem, seed)


def _drawn(problem: Problem, name: str, sizes: Mapping[str, int], generator: np.random.Generator) -> Array:
    """Draw one input: neither equal nor special numbers."""
    shape = tuple(size if isinstance(size, int) else sizes[size] for size in problem.shapes.get(name, ()))
    match problem.kinds.get(name, "real"):
        case "positive":
            return generator.uniform(0.3, 1.7, size=shape)
        case "one-hot":
            return np.eye(shape[-1])[generator.integers(shape[-1], size=shape[:-1])]
        case "mask":
            mask = np.asarray(generator.uniform(size=shape) < 0.6, dtype=np.float64)
            mask.flat[0], mask.flat[-1] = 1.0, 0.0
            return mask
        case "index":
            rows = problem.shapes[problem.picked[name]][0] if name in problem.picked else 2
            index = generator.integers(rows if isinstance(rows, int) else sizes[rows], size=shape)
            if index.size > 1:
                index.flat[-1] = index.flat[0]
            return np.asarray(index)
        case "positive-definite":
            root = _real(generator, shape)
            return np.asarray(root @ root.T / shape[0] + np.eye(shape[0]) / 2)
        case "symmetric":
            half = _real(generator, shape)
            return np.asarray((half + half.T) / 2)
    return _real(generator, shape)


def _real(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.asarray(generator.uniform(0.3, 1.3, size=shape) * generator.choice([-1.0, 1.0], size=shape))


def single_masks(problem: Problem, seed: int) -> dict[str, Array]:
    """Return the masks that are one number, each of them 0 at some points and 1 at others."""
    single = [name for name, kind in problem.kinds.items() if kind == "mask" and not problem.shapes.get(name, ())]
    return {name: np.asarray(float(gate(place, seed))) for place, name in enumerate(single)}


def gate(place: int, seed: int) -> int:
    """Return whether a mask is on, or a kink passed, at a point; masks come first."""
    return SIDES[place % len(SIDES)][seed % 3]


def kinked(part: Tree) -> bool:
    """Say whether a part has a kink, or jumps."""
    return getattr(part, "function", "") in KINKED or getattr(part, "operator", "") in COMPARED
