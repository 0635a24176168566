"""An edit is proved by running the code with it: wrong gradients turn right, right ones stay, the value is the same."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from time import thread_time

import numpy as np

from gradcheck.mistakes.slips import slip
from gradcheck.op import Array
from gradcheck.records import Diagnosis
from gradcheck.records.place import Place
from gradcheck.repair.edits import Edit, stages
from gradcheck.repair.names import Names, bent, computed, counters, functions, items
from gradcheck.repair.reach import Reach
from gradcheck.repair.showing import place
from gradcheck.repair.trying import Exhibit, Trial
from gradcheck.repair.witnesses import Scene, Witness

WORK = 400_000
"""How many lines of somebody's code may run in all, for every stage."""
MOST = 4
"""How many times as many edits are looked at, of which the plainest are tried that act on what is wrong."""
SECONDS = 4.0
"""How long edits are tried in all, in time of the processor: a machine that is busy must not change what is said."""
MISTAKES = 3
"""How many mistakes are looked for, one after the other."""


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
            best = _Search(scene, here, wrong, elsewhere, ends).best() if wrong else None
            if best is None:
                break
            repair, edit = best
            found.append(repair)
            edit.make()
            made.callback(edit.undo)
            wrong -= repair.settles
    return found


@dataclass
class _Search:
    """The search for one edit that settles what is wrong, until time is up.

    One edit that settles everything is looked for to the end: of many wrong gradients it is the one cause. What acts on
    all that is wrong is tried first, through every stage, and then the rest.
    """

    scene: Scene
    here: Exhibit
    wrong: frozenset[str]
    elsewhere: Callable[[], Sequence[Exhibit]]
    ends: float
    good: list[tuple[Trial, frozenset[str]]] = field(default_factory=list)
    """The edits that hold everywhere, with what they settle."""
    raises: bool = False
    """Whether there are no gradients: what only stops that, and leaves some of them wrong, is no repair."""

    def best(self) -> tuple[Repair, Edit] | None:
        """Return the plainest edit that settles the most; None if nothing does."""
        claim = self._claim()
        self.raises = not claim
        reach, most, later = Reach(self.here, claim), WORK // (self.scene.work + 50), list[list[Trial]]()
        forwards = [own.function for own in self.scene.forwards]
        for stage in zip_longest(*(_tried(own, most, forwards) for own in self.scene.witnesses), fillvalue=[]):
            exact, first, others = list[Trial](), list[Trial](), list[Trial]()
            for own in (own for edits in stage for own in edits if reach.acts(own, self.wrong)):
                (exact if reach.fits(own) else first if reach.settles(own, self.wrong) else others).append(own)
            later.append(others)
            if self.done(exact[:most]) or self.done(first[:most]):
                break
        else:
            any(self.done(others[:most]) for others in later)
        return _chosen(self.good) if self.good else None

    def done(self, trials: Sequence[Trial]) -> bool:
        """Try some edits, the plainest first; say whether one settles everything, or time is up."""
        hopeful = []
        for own in sorted(trials, key=lambda own: own.edit.rank):
            if thread_time() > self.ends:
                break
            settled = own.settled(self.here, self.wrong)
            if settled == self.wrong or (settled and not self.raises):
                hopeful.append((own, settled))
        self.good += [(own, settled) for own, settled in hopeful if self._holds(own, self.wrong - settled)]
        return thread_time() > self.ends or any(settled == self.wrong for _, settled in self.good)

    def _holds(self, trial: Trial, left: frozenset[str]) -> bool:
        return all(there.holds(trial, left) for there in self.elsewhere())

    def _claim(self) -> Mapping[str, Array]:
        """Return what the code says at the point as it is now; nothing if it fails."""
        with np.errstate(all="ignore"), suppress(Exception):
            return self.here.heard() or {}
        return {}


def _tried(witness: Witness, most: int, forwards: Sequence[ast.AST]) -> Iterator[list[Trial]]:
    """Yield the edits of one function, stage by stage, the plainest first, and no more than are looked at."""
    own = witness.function
    bends, calls = functions(forwards), bent([*forwards, own])
    names = Names(witness.held, counters(own), computed(own), items(own), bends, calls)
    for stage, edits in enumerate(stages(own, names)):
        some = sorted(islice(edits, MOST * most), key=lambda own: own.rank)
        yield [Trial(edit, witness, stage) for edit in some]


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
