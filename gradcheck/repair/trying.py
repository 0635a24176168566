"""To try an edit: the code is run with it, at points at which the right gradients are known."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gradcheck.op import Array
from gradcheck.point import Point
from gradcheck.records import Estimate
from gradcheck.repair.edits import Edit
from gradcheck.repair.watching import ending, kept
from gradcheck.repair.witnesses import Witness

SIX_DIGITS = 1e-6
"""How closely a repaired gradient must be the right one, relative to its largest entry."""


@dataclass(frozen=True)
class Exhibit:
    """One point with the right gradients there."""

    point: Point
    value: Array
    right: Mapping[str, Estimate]

    def wrong(self, claim: Mapping[str, Array]) -> frozenset[str]:
        """Name the inputs whose claimed gradient is not the right one."""
        return frozenset(name for name, said in self.right.items() if off(claim.get(name), said).any())

    def heard(self) -> Mapping[str, Array] | None:
        """Return the gradients when the code runs as it is now; None if its value is another.

        What it is given beside its inputs is given to every edit, so none may write to it.
        """
        with kept(self.point.op.given.values()):
            value, back = self.point.open()
            if not np.allclose(value, self.value, rtol=1e-12, atol=0.0, equal_nan=True):
                return None
            return back(self.point.cotangent)

    def holds(self, trial: "Trial", left: frozenset[str]) -> bool:
        """Say whether with an edit nothing is wrong here but what it leaves."""
        heard = trial.heard(self)
        return heard is not None and self.wrong(heard) <= left


def off(claim: Array | None, said: Estimate) -> Array:
    """Return where a claim is not what was said; everywhere if it has another shape."""
    if claim is None or np.shape(claim) != said.value.shape:
        return np.ones(max(said.value.shape, (1,)), bool)
    allowed = said.bar + SIX_DIGITS * np.abs(said.value).max(initial=0.0)
    return np.asarray(~(np.abs(claim - said.value) <= allowed))


@dataclass(frozen=True)
class Trial:
    """An edit of one function."""

    edit: Edit
    witness: Witness
    stage: int = 0
    """How late it is tried: what puts something in may only make up for what should be taken out."""

    def heard(self, there: Exhibit) -> Mapping[str, Array] | None:
        """Return the gradients with this edit made; None if the value is another, or it is no code that runs."""
        self.edit.make()
        try:
            running = self.witness.tree.running(self.witness.function)
            with running, ending(self.witness.work), np.errstate(all="ignore"):
                return there.heard()
        except Exception:  # most edits do not fit, and may fail in any way, or never end
            return None
        finally:
            self.edit.undo()

    def settled(self, here: Exhibit, wrong: frozenset[str], raises: bool) -> frozenset[str]:
        """Return what the edit settles at a point, nothing if it does any harm there.

        Where there were no gradients because something raises, nothing may be claimed that is still wrong.
        """
        heard = self.heard(here)
        left = wrong if heard is None else here.wrong(heard)
        harm = not left <= wrong or (raises and heard is not None and not left.isdisjoint(heard))
        return frozenset() if harm else wrong - left

    @property
    def plainness(self) -> tuple[int, int, bool, int, int, bool, int]:
        """How late it is tried, and how far-fetched it is; whether it puts something into a helper of one line.

        Such a helper is right more often. Then how far inside it is called, and how early it stands, for what is early
        may repeat the forward pass; and whether it is of a part, and how long.
        """
        length = len(ast.unparse(self.edit.new))
        short = len([own for own in self.witness.body if not isinstance(own, ast.Expr)]) <= 1
        helper = short and length > len(ast.unparse(self.edit.old))
        part = self.edit.old is not self.edit.unit
        return self.stage, self.edit.rank, helper, -self.witness.last, -self.edit.line, part, length


__all__ = ["Exhibit", "Trial", "off"]
