"""An edit is proved by running the code with it: wrong gradients turn right, right ones stay, the value is the same."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import islice, zip_longest
from time import thread_time
from typing import TypeVar

import numpy as np

from gradcheck.mistakes.slips import slip
from gradcheck.op import Array
from gradcheck.place import Place
from gradcheck.point import Point
from gradcheck.records import Diagnosis, Estimate
from gradcheck.repair.edits import Edit, stages
from gradcheck.repair.names import Names, computed, counters, items
from gradcheck.repair.showing import place
from gradcheck.repair.witnesses import Scene, Witness

Item = TypeVar("Item")

SIX_DIGITS = 1e-6
"""How closely a repaired gradient must be the right one, relative to its largest entry."""
WORK = 400_000
"""How many lines of somebody's code may run in all, for every stage."""
MOST = 4
"""How many times as many edits are looked at, of which the plainest are tried."""
SECONDS = 2.0
"""How long edits are tried in all, in time of the processor: a machine that is busy must not change what is said."""
MISTAKES = 3
"""How many mistakes are looked for, one after the other."""


@dataclass(frozen=True)
class Exhibit:
    """One point with the right gradients there."""

    point: Point
    value: Array
    right: Mapping[str, Estimate]

    def wrong(self, claim: Mapping[str, Array]) -> frozenset[str]:
        """Name the inputs whose claimed gradient is not the right one."""
        return frozenset(name for name, said in self.right.items() if not _same(claim.get(name), said))

    def heard(self) -> frozenset[str] | None:
        """Name what is wrong when the code runs as it is now; None if its value is another."""
        value, back = self.point.open()
        if not np.allclose(value, self.value, rtol=1e-12, atol=0.0, equal_nan=True):
            return None
        return self.wrong(back(self.point.cotangent))

    def holds(self, trial: "Trial", left: frozenset[str]) -> bool:
        """Say whether with an edit nothing is wrong here but what it leaves."""
        heard = trial.heard(self)
        return heard is not None and heard <= left


def _same(claim: Array | None, said: Estimate) -> bool:
    if claim is None or np.shape(claim) != said.value.shape:
        return False
    allowed = np.minimum(said.bar, np.inf) + SIX_DIGITS * np.abs(said.value).max(initial=0.0)
    return bool(np.all(np.abs(claim - said.value) <= allowed))


@dataclass(frozen=True)
class Repair:
    """One expression that is proved guilty."""

    settles: frozenset[str]
    """The inputs whose gradients are right once it is changed."""
    place: Place
    """Where it stands, and what was tried."""
    diagnosis: Diagnosis
    """What kind of slip it is."""


def repairs(
    scene: Scene, here: Exhibit, wrong: frozenset[str], elsewhere: Callable[[], Sequence[Exhibit]]
) -> list[Repair]:
    """Return the edits that repair a backward pass, one after the other; when time is up, those found until then."""
    found, ends = list[Repair](), thread_time() + SECONDS
    with scene.guarded(), ExitStack() as made, suppress(TimeoutError):
        for _ in range(MISTAKES):
            best = _repair(scene, here, wrong, elsewhere, ends) if wrong else None
            if best is None:
                break
            repair, edit = best
            found.append(repair)
            edit.make()
            made.callback(edit.undo)
            wrong -= repair.settles
    return found


def _repair(
    scene: Scene, here: Exhibit, wrong: frozenset[str], elsewhere: Callable[[], Sequence[Exhibit]], ends: float
) -> tuple[Repair, Edit] | None:
    """Return the plainest edit that settles the most; None if nothing does. Raises TimeoutError when time is up.

    One edit that settles everything is looked for to the end: of many wrong gradients it is the one cause.
    """
    most, good = WORK // (scene.work + 50), list[tuple[Trial, frozenset[str]]]()
    for stage in zip_longest(*(_tried(own, most) for own in scene.witnesses), fillvalue=[]):
        tried = sorted((own for trials in stage for own in trials), key=lambda own: own.edit.rank)
        hopeful = [(own, settled) for own in _until(ends, tried) if (settled := own.settled(here, wrong))]
        good += [
            (own, settled)
            for own, settled in _until(ends, hopeful)
            if all(there.holds(own, wrong - settled) for there in elsewhere())
        ]
        if any(settled == wrong for _, settled in good):
            break
    return _chosen(good) if good else None


@dataclass(frozen=True)
class Trial:
    """An edit of one function."""

    edit: Edit
    witness: Witness

    def heard(self, there: Exhibit) -> frozenset[str] | None:
        """Name what is wrong with this edit made; None if the value is another, or it is no code that runs."""
        self.edit.make()
        try:
            with self.witness.tree.running(self.witness.function), np.errstate(all="ignore"):
                return there.heard()
        except Exception:  # most edits do not fit, and may fail in any way
            return None
        finally:
            self.edit.undo()

    def settled(self, here: Exhibit, wrong: frozenset[str]) -> frozenset[str]:
        """Return what the edit settles at a point, nothing if it does any harm there."""
        left = self.heard(here)
        return wrong - left if left is not None and left <= wrong else frozenset()

    @property
    def plainness(self) -> tuple[int, bool, int, int, int]:
        """How far-fetched it is; whether it puts something into a helper of one line, which is right more often.

        Then how far inside it is called, and how early it stands, for what is early may repeat the forward pass; and
        how long it is.
        """
        length = len(ast.unparse(self.edit.new))
        short = len([own for own in self.witness.body if not isinstance(own, ast.Expr)]) <= 1
        helper = short and length > len(ast.unparse(self.edit.old))
        return self.edit.rank, helper, -self.witness.last, -self.edit.line, length


def _until(ends: float, items: Sequence[Item]) -> Iterator[Item]:
    """Yield items for as long as there is time. Raises TimeoutError afterwards."""
    for own in items:
        if thread_time() > ends:
            raise TimeoutError
        yield own


def _tried(witness: Witness, most: int) -> Iterator[list[Trial]]:
    """Yield the edits of one function, stage by stage; of very many the plainest."""
    own = witness.function
    for edits in stages(own, Names(witness.held, counters(own), computed(own), items(own))):
        some = sorted(islice(edits, MOST * most), key=lambda own: own.rank)[:most]
        yield [Trial(edit, witness) for edit in some]


def _chosen(good: list[tuple[Trial, frozenset[str]]]) -> tuple[Repair, Edit]:
    """Return the plainest of those that settle the most, and the lines at which others would do as well."""
    most = max(len(settled) for _, settled in good)
    best = [(own, settled) for own, settled in good if len(settled) == most]
    trial, settled = min(best, key=lambda own: own[0].plainness)
    beside = {own.edit.line for own, _ in best if own.witness.tree.file == trial.witness.tree.file}
    others = sorted(beside - {trial.edit.line})
    where = place(trial.edit, trial.witness, tuple(others))
    return Repair(settled, where, slip(trial.edit.slip).diagnosis(where.wrong, where.right)), trial.edit


__all__ = ["Exhibit", "Repair", "repairs"]
