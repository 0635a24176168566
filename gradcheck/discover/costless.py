"""A forward pass and a backward pass that knows the target, without the cost between them: people train with no more.

    Z1, A1, Z2, A2 = forward_prop(W1, b1, W2, b2, X)
    dW1, db1, dW2, db2 = backward_prop(Z1, A1, Z2, A2, W1, W2, X, Y)

The cost is the usual one that the gradients fit best, but for a factor that all of them have in common.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover import names
from gradcheck.discover.costs import IMPLIED, common_factor, plain
from gradcheck.discover.functions import arguments_beside
from gradcheck.discover.opened import Opened
from gradcheck.discover.propagation import Propagation
from gradcheck.discover.source import line_of, returned_names, source_of, text_with_calls
from gradcheck.discover.subject import arguments_of, settled, takes


@dataclass(frozen=True)
class Costless(Propagation):
    """A forward pass, and the gradient of a cost that nobody wrote down."""

    target: str = ""
    """What the backward pass calls the target."""
    output: str = ""
    """What the forward pass calls what is compared with it."""
    factor: float = 1.0
    """How many times the cost is meant."""

    def open(self, given: Mapping[str, Any]) -> Opened:
        """Run it once, with the cost that fits. Raises ValueError if none does."""
        try:
            found = {name: np.asarray(own) for name, own in self.backward(given, 1.0).items() if name in given}
        except NameError:
            raise
        except Exception:  # it will raise again where it is judged, if that is meant
            if not self._goes_together(given):
                raise
            return Opened(self.name, given, self.value, self.backward)
        tried = {name: replace(self, cost=cost) for name, cost, _ in IMPLIED}
        fits = {name: _factor(own, given, found) for name, own in tried.items()}
        name = max(fits, key=lambda own: fits[own][1])
        if not fits[name][1]:
            raise ValueError(f"what {self.g.__name__} returns is the gradient of none of the usual costs")
        meant = replace(tried[name], factor=fits[name][0])
        opened = Opened(self.name, given, meant.value, meant.backward)
        often = f", {meant.factor:.6g} times" if meant.factor != 1.0 else ""
        opened.remark = f"the value is {name} of what {self.f.__name__} returns{often}"
        opened.fits = True  # or none of them would be the slope of a cost
        return opened

    def value(self, args: Mapping[str, Any]) -> Any:
        """Return the cost."""
        return self.factor * np.reshape(self.cost(self._compared(args), args[self.target]), ())

    def _compared(self, args: Mapping[str, Any]) -> Any:
        """Return what is compared with the target."""
        with settled(self.module):
            first, _, named = self._forward(args)
        return named.get(self.output, first)

    def _goes_together(self, args: Mapping[str, Any]) -> bool:
        """Say whether a batch comes out that has a target for every sample."""
        shape, target = np.shape(self._compared(args)), np.shape(args[self.target])
        return len(shape) > 1 and (target == shape or (len(target) == 1 and target[0] in shape))


def _factor(use: Costless, args: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[float, int]:
    """Return the factor that the gradients have against the slopes of a cost, and how many have it."""
    with suppress(Exception), np.errstate(all="ignore"):  # it is no cost of this
        factor, many = common_factor(use.value, found, args, tuple(found))
        return plain(factor), many if plain(factor) else 0
    return 1.0, 0


def costless(module: ModuleType, name: str, gradient: str) -> Costless | None:
    """Return a forward and a backward pass without a cost; None if they are no such passes.

    All that the backward pass is given is an argument of the forward pass, something that it returns, or the target.
    """
    f, g = vars(module)[name], vars(module)[gradient]
    returned = [own for own in returned_names(f) if own]
    known = {*takes(f), *returned}
    beside = [own for own in takes(g) if own not in takes(f)]
    unknown = [own for own in beside if own not in known and not names.is_cache(own)]
    if (
        not names.BACKWARD & set(names.words(gradient))
        or len(returned) < 2
        or len(unknown) != 1
        or len(beside) < 2
        or not names.is_target(unknown[0])
    ):
        return None
    compared = rf"\b(\w+)(?:['\"]\])?\s*-\s*(?:one_?hot\w*|{unknown[0]})\b"
    output = next((own for own in re.findall(compared, source_of(g)) if own in returned), returned[0])
    text = text_with_calls(module, f, g)
    targets = [replace(own, source=text) for own in arguments_of(g) if own.name in unknown]
    arguments = (*arguments_beside(module, f, g), *targets)
    return Costless(
        f"{name}:{gradient}", line_of(g), arguments, module, f, IMPLIED[0][1], g, target=unknown[0], output=output
    )
