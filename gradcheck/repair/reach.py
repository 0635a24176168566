"""Which gradients does an expression act on? It is changed a little, and it is seen which of them change.

What acts on no wrong gradient cannot be guilty, and what acts on all of them is the first that is suspected: most
edits of a long function need not be tried.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gradcheck.op import Array
from gradcheck.repair.edits import Edit, parse, sites
from gradcheck.repair.trying import Exhibit, Trial

CHANGED = "(A) * 1.07 + 0.19"
"""What is tried in the place of an expression; a zero must change too."""


@dataclass
class Reach:
    """What the expressions of a backward pass act on, each found when it is asked for."""

    here: Exhibit
    """The point at which it is seen."""
    before: Mapping[str, Array]
    """The gradients as they are claimed there."""
    found: dict[int, frozenset[str] | None] = field(default_factory=dict)
    """The inputs whose gradients an expression acts on, by its id; None if that cannot be told."""

    def acts(self, trial: Trial, wrong: frozenset[str]) -> bool:
        """Say whether an edit may settle something of what is wrong."""
        reached = self._of(trial)
        return reached is None or bool(reached & wrong)

    def settles(self, trial: Trial, wrong: frozenset[str]) -> bool:
        """Say whether an edit may settle all that is wrong."""
        reached = self._of(trial)
        return reached is None or reached >= wrong

    def _of(self, trial: Trial) -> frozenset[str] | None:
        unit = trial.edit.unit
        if unit is None:
            return None
        if id(unit) not in self.found:
            self.found[id(unit)] = self._seen(trial, unit)
        return self.found[id(unit)]

    def _seen(self, trial: Trial, unit: ast.expr) -> frozenset[str] | None:
        """Change an expression, and see what changes."""
        site = next((own for own in sites(trial.witness.function) if own.node is unit), None)
        if site is None or not self.before:
            return None
        edit: Edit = site.edit(parse(CHANGED, A=unit), "")
        heard = Trial(edit, trial.witness).heard(self.here)
        if heard is None or heard.keys() != self.before.keys():
            return None
        return frozenset(name for name, own in heard.items() if not np.array_equal(own, self.before[name]))


__all__ = ["Reach"]
