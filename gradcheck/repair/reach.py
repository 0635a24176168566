"""Which gradients does an expression act on? It is changed a little, and it is seen which of them change.

What acts on no wrong gradient cannot be guilty, and what acts on all of them is suspected; before any other what acts
on every entry that is wrong and on none that is right, as what a loop hands on does where its last turn is right. Most
edits of a long function need not be tried.
"""

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from gradcheck.op import Array
from gradcheck.repair.edits import Edit, Site, parse, sites
from gradcheck.repair.trying import Exhibit, Trial, off
from gradcheck.repair.witnesses import Witness

CHANGED = "(A) * 1.07 + 0.19"
"""What is tried in the place of an expression; a zero must change too."""


@dataclass(frozen=True)
class Reached:
    """What changes with an expression."""

    inputs: frozenset[str]
    """The inputs whose gradients it acts on."""
    exactly: bool
    """Whether it acts on every entry that is wrong, and on none that is right."""


@dataclass
class Reach:
    """What the expressions of a backward pass act on, each found when it is asked for."""

    here: Exhibit
    """The point at which it is seen."""
    before: Mapping[str, Array]
    """The gradients as they are claimed there; none if something is raised,"""
    raised: Collection[tuple[str, int]] = ()
    """and the files and lines in which that is."""
    found: dict[int, Reached | None] = field(default_factory=dict)
    """What an expression acts on, by its id; None if that cannot be told."""

    def acts(self, trial: Trial, wrong: frozenset[str]) -> bool:
        """Say whether an edit may settle something of what is wrong."""
        reached = self._of(trial.edit.unit, trial.witness)
        return reached is None or bool(reached.inputs & wrong)

    def settles(self, trial: Trial, wrong: frozenset[str]) -> bool:
        """Say whether an edit may settle all that is wrong."""
        reached = self._of(trial.edit.unit, trial.witness)
        return reached is None or reached.inputs >= wrong

    def fits(self, site: Site, witness: Witness) -> bool:
        """Say whether an expression acts on all entries that are wrong, and on none that is right; or what raises."""
        if not self.before:
            return (witness.tree.file, site.node.lineno) in self.raised
        reached = self._of(site.unit, witness)
        return reached is not None and reached.exactly

    def _of(self, unit: ast.expr | None, witness: Witness) -> Reached | None:
        if unit is None:
            return None
        if id(unit) not in self.found:
            self.found[id(unit)] = self._seen(unit, witness)
        return self.found[id(unit)]

    def _seen(self, unit: ast.expr, witness: Witness) -> Reached | None:
        """Change an expression, and see what changes."""
        site = next((own for own in sites(witness.function) if own.node is unit), None)
        if site is None or not self.before:
            return None
        edit: Edit = site.edit(parse(CHANGED, A=unit), "")
        heard = Trial(edit, witness).heard(self.here)
        if heard is None or heard.keys() != self.before.keys():
            return None
        changed = {name: own != self.before[name] for name, own in heard.items()}
        exactly = all(np.array_equal(changed[name], entries) for name, entries in self.wrong.items())
        return Reached(frozenset(name for name, own in changed.items() if own.any()), exactly)

    @cached_property
    def wrong(self) -> dict[str, Array]:
        """Where the gradients are wrong."""
        return {name: off(self.before.get(name), said) for name, said in self.here.right.items()}


__all__ = ["Reach"]
