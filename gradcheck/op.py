"""Everything that can be checked is one kind of thing: an operation that returns its value and its pullback.

The pullback is the backward pass. It takes a cotangent, an array shaped like the value, and answers with the
derivative of <cotangent, value> for every input, by name. It closes over the local variables of the forward pass,
so there is no cache to fill, to forget or to reset. A layer, a loss, a whole network and a stranger's pair of
functions all look alike from here, and that is why one checker serves them all.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcheck.errors import IllFormed

Array = NDArray[Any]
Gradients = dict[str, Array]
Pullback = Callable[[Array], Gradients]


def mT(matrix: Array) -> Array:
    """Transpose the last two axes, and leave the stack axes before them alone."""
    return np.swapaxes(matrix, -1, -2)


def in_words(operation: type) -> str:
    """Name a class in words: ``HalfSumOfSquares`` is ``half-sum-of-squares``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", operation.__name__).lower()


class Op(ABC):
    """An operation: ``value, pullback = op(**inputs)``, then ``gradients = pullback(cotangent)``."""

    @abstractmethod
    def forward(self, *arguments: Any, **inputs: Any) -> tuple[Array, Pullback]:
        """Compute the value, and build the pullback from what the computation left in reach."""

    def __call__(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Run the forward pass on named inputs."""
        return self.forward(**inputs)

    @property
    def constants(self) -> frozenset[str]:
        """Name the inputs that are data by nature (labels, masks) and have no gradient."""
        return frozenset()

    @property
    def stacks(self) -> bool:
        """Say whether inputs may carry leading stack axes; if not, each draw is a call of its own."""
        return False

    @property
    def composed(self) -> bool:
        """Say whether this is put together of parts with kinks of their own.

        Where several of them have a kink at once, the chain rule's answer need not lie between the one-sided slopes.
        """
        return False

    @property
    def linear(self) -> bool:
        """Say whether the pullback is known to be linear, as no code of somebody else's sees the cotangent."""
        return False

    @property
    def continues(self) -> bool:
        """Say whether ``continued`` may be asked; not where PyTorch knows the parts, or the arrays are not NumPy's."""
        return not (self.stacks or self.composed)

    def continued(self, inputs: Mapping[str, Any]) -> tuple[Any, Pullback]:
        """Run the same code on numbers of another kind: complex ones, or ones with more digits than float64."""
        return self.forward(**inputs)

    def together(self, inputs: Mapping[str, Array], changed: Mapping[str, Array]) -> Array | None:  # noqa: ARG002
        """Return the values of many copies, (copies, *shape), if one call can have them all; None if it cannot.

        ``changed`` holds the inputs that differ from copy to copy, each (copies, *its own shape).
        """
        return None

    @property
    def given(self) -> Mapping[str, Any]:
        """What the operation was given beside its inputs, by name, for those that look for what it computes."""
        return {}

    @property
    def around(self) -> Mapping[str, Array]:
        """The arrays that the operation sees without being given them: those of the scope it was written in."""
        return {}

    def resized(self, lengths: Mapping[int, int]) -> "tuple[Op, dict[str, Array]] | None":  # noqa: ARG002 - for those that can
        """Return the operation and its inputs with every axis of these lengths made as long as they are mapped to.

        None is returned if that cannot be.
        """
        return None

    def rounded(self, name: str, array: Array) -> Array:  # noqa: ARG002 - others need the name
        """Return numbers as the named input can hold them; double precision holds them as they are."""
        return array

    def nudged(self, generator: np.random.Generator) -> "Op":  # noqa: ARG002 - for those that hold numbers
        """Return the operation with the last digits of what it holds or computes inside moved; most have no inside."""
        return self

    def precision(self, name: str) -> float:  # noqa: ARG002 - others need the name
        """Return the spacing of numbers near 1 in the precision that the named gradient is computed in."""
        return float(np.finfo(np.float64).eps)

    @property
    def kind(self) -> str:
        """Name the operation in words: ``HalfSumOfSquares`` is ``half-sum-of-squares``."""
        return in_words(type(self))


class Layer(Op):
    """An operation whose inputs may carry leading *stack* axes: many weight draws, many perturbations at once.

    The stack works as in NumPy's own generalised functions, and a layer never mixes entries across it.
    """

    def __call__(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Run the forward pass on named inputs. Raises IllFormed, with their shapes, if they do not fit the layer."""
        try:
            return self.forward(**inputs)
        except (ValueError, LookupError, TypeError) as error:
            given = ", ".join(f"{name} {np.shape(array)}" for name, array in inputs.items())
            raise IllFormed(f"The {self.kind} layer cannot take {given}: {self._misfit(inputs) or error}.") from error

    def _misfit(self, inputs: Mapping[str, Array]) -> str:
        """Say which inputs the layer is given but does not know, or needs and is not given; empty if neither."""
        known = signature(self.forward).parameters
        open_ended = any(own.kind is Parameter.VAR_KEYWORD for own in known.values())
        missing = {name for name, own in known.items() if own.default is Parameter.empty and own.kind < 2} - set(inputs)
        return f"it takes {', '.join(known)}" if missing or (not open_ended and set(inputs) - set(known)) else ""

    @property
    def stacks(self) -> bool:
        """A layer takes stacks."""
        return True


@dataclass(frozen=True)
class Backward:
    """All that is in hand when a backward pass begins: what a wrong one could have used instead of the right."""

    op: Op
    """The operation whose backward pass this is."""
    inputs: Mapping[str, Array]
    """What the forward pass was given."""
    value: Array
    """What the forward pass returned."""
    cotangent: Array
    """The derivative that arrives from above, shaped like the value."""
    gradients: Gradients
    """The right answer, as the operation's own pullback gives it."""


@dataclass(frozen=True)
class Wrapped(Op):
    """An operation around another one, of which it keeps all but what it is there to change."""

    original: Op
    """The operation."""

    @property
    def constants(self) -> frozenset[str]:
        """The constants of the original."""
        return self.original.constants

    @property
    def stacks(self) -> bool:
        """As the original does."""
        return self.original.stacks

    @property
    def composed(self) -> bool:
        """As the original is."""
        return self.original.composed

    @property
    def kind(self) -> str:
        """The kind of the original: from outside nothing tells them apart."""
        return self.original.kind


@dataclass(frozen=True)
class Altered(Wrapped):
    """The forward pass of one operation under somebody else's backward pass."""

    backward: Callable[[Backward], Gradients]
    """The backward pass that takes the place of the original's own."""

    def forward(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Return the original's value, with the other backward pass behind it."""
        value, right = self.original(**inputs)

        def pullback(dy: Array) -> Gradients:
            return self.backward(Backward(self.original, inputs, value, dy, right(dy)))

        return value, pullback


@dataclass(frozen=True)
class Shaken(Wrapped):
    """An operation under another rounding: the last digits of its value and of what comes back to it are moved.

    A part of a larger computation may round its intermediate results in any of these ways, so they all are the same
    answer. What sums of them make of it is how far rounding may reach.
    """

    generator: np.random.Generator
    """Where the last digits come from."""

    def forward(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Return the value and the pullback, both shaken."""
        value, pullback = self.original(**inputs)

        def shaken(dy: Array) -> Gradients:
            return pullback(self.shake(dy))

        return self.shake(value), shaken

    def shake(self, array: Array) -> Array:
        """Move the last digits, by up to two units in the last place."""
        return array * (1.0 + 2.0 * self.precision("") * self.generator.uniform(-1.0, 1.0, array.shape))
