"""How a wrong gradient is made out of a right backward pass: the few moves of which most mistakes consist.

A factor too many, another array in the place of the right one, the right formula at the wrong place or under the wrong
cotangent, one sample instead of all. Each move takes what an entry of the catalogue says and returns what the entry
needs: a function from all that is in hand to the wrong gradients.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.op import Array, Backward, Gradients, Op, mT

Slip = Callable[[Backward], Gradients]
"""A wrong backward pass: from all that is in hand to the gradients that it gives."""
Made = Callable[[Backward], Array]
"""Makes one array out of all that is in hand."""


def instead(**made: Made) -> Slip:
    """Give some inputs another gradient."""
    return lambda at: at.gradients | {role: make(at) for role, make in made.items() if role in at.gradients}


def changed(change: Callable[[Array], Array], *roles: str) -> Slip:
    """Change the right gradients of some inputs; of all, if none is named."""

    def slip(at: Backward) -> Gradients:
        return at.gradients | {
            role: change(at.gradients[role]) for role in roles or at.gradients if role in at.gradients
        }

    return slip


def times(factor: float | Callable[[Backward], Any], *roles: str) -> Slip:
    """Multiply the gradients of some inputs by a factor; of all, if none is named."""
    return lambda at: changed(lambda own: own * (factor(at) if callable(factor) else factor), *roles)(at)


def transposed(*roles: str) -> Slip:
    """Give back the right numbers, transposed."""
    return changed(mT, *roles)


def nothing(*roles: str) -> Slip:
    """Let nothing go back to some inputs."""
    return changed(lambda own: 0.0 * own, *roles)


def exchanged(one: str, other: str) -> Slip:
    """Give each of two inputs the gradient of the other."""
    return lambda at: at.gradients | {one: at.gradients[other], other: at.gradients[one]}


def rerun(at: Backward, op: Op | None = None, cotangent: Array | None = None, **inputs: Array) -> Gradients:
    """Return the right gradients of another pass: another operation, another cotangent, or other inputs."""
    given: dict[str, Any] = {**at.inputs, **inputs}
    pullback = (op or at.op)(**given)[1]
    return pullback(at.cotangent if cotangent is None else cotangent)


def at_other(*roles: str, **inputs: Made) -> Slip:
    """Take the right formula at other inputs, for the gradients of some roles; of all, if none is named."""

    def slip(at: Backward) -> Gradients:
        there = rerun(at, None, None, **{name: make(at) for name, make in inputs.items()})
        return at.gradients | {role: there[role] for role in roles or there if role in there}

    return slip


def under(cotangent: Made, *roles: str) -> Slip:
    """Send another cotangent through the right formula, for the gradients of some roles; of all, if none is named."""

    def slip(at: Backward) -> Gradients:
        there = rerun(at, cotangent=cotangent(at))
        return at.gradients | {role: there[role] for role in roles or there if role in there}

    return slip


def first_sample(axes: int | None = None) -> Made:
    """Return the cotangent of the first sample alone; a value has so many axes, or one more than ``op.axes`` says."""

    def made(at: Backward) -> Array:
        own = axes or getattr(at.op, "axes", 1) + 1
        alone = np.zeros_like(at.cotangent)
        first = last(0, *[slice(None)] * (own - 1))
        alone[first] = at.cotangent[first]
        return alone

    return made


def served(role: str, axes: int = 1) -> Callable[[Backward], float]:
    """Count how many entries of the value each entry of a parameter with so many axes is summed over."""

    def count(at: Backward) -> float:
        own = at.gradients[role]
        draws = int(np.prod(own.shape[: own.ndim - axes]))
        return float(at.cotangent.size // draws / (own.size // draws))

    return count


def last(*index: Any) -> tuple[Any, ...]:
    """Return an index into the last axes of an array."""
    return (Ellipsis, *index)


def size(name: str, axis: int) -> Callable[[Backward], float]:
    """Return the length of one axis of an input."""
    return lambda at: float(at.inputs[name].shape[axis])


def over(count: Callable[[Backward], float]) -> Callable[[Backward], float]:
    """Return one over a number."""
    return lambda at: 1.0 / count(at)
