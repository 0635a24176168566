"""An edit is proved by running the code with it: wrong gradients turn right, right ones stay, the value is the same."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, zip_longest
from time import thread_time
from traceback import walk_tb
from types import FrameType

import numpy as np

from gradcheck.mistakes.slips import slip
from gradcheck.op import Array
from gradcheck.records import Diagnosis
from gradcheck.records.place import Place
from gradcheck.repair.edits import Edit, Site, stages
from gradcheck.repair.items import items, places
from gradcheck.repair.names import Names, bent, computed, counters
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
LIKELIEST = 0.75
"""How much of that goes to what acts on exactly the wrong entries, if it needs so much."""
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


_left: ContextVar[list[float] | None] = ContextVar("left", default=None)
"""How many seconds are left to all searches that share their time."""


@contextmanager
def together() -> Iterator[None]:
    """Let all searches inside share the time of one, if none around them does."""
    before = _left.get()
    _left.set(before or [SECONDS])
    try:
        yield
    finally:
        _left.set(before)


def repairs(
    scene: Scene, here: Exhibit, wrong: frozenset[str], elsewhere: Callable[[], Sequence[Exhibit]]
) -> list[Repair]:
    """Return the edits that repair a backward pass, one after the other; when time is up, those found until then."""
    found, starts, left = list[Repair](), thread_time(), _left.get() or [SECONDS]
    ends = starts + left[0]
    with scene.guarded(), ExitStack() as made, suppress(TimeoutError):
        for _ in range(MISTAKES):
            search = _Search(scene, here, wrong, elsewhere, ends)
            best = search.best() if wrong else None
            if best is None:
                break
            repair, edit = best
            found.append(repair)
            edit.make()
            made.callback(edit.undo)
            wrong -= repair.settles
            if search.raises:  # what is claimed now is right
                break
    left[0] -= thread_time() - starts
    return found


@dataclass
class _Search:
    """The search for one edit that settles what is wrong, until time is up.

    One edit that settles everything is looked for to the end: of many wrong gradients it is the one cause. What acts on
    exactly the entries that are wrong is tried first, through every stage, or what stands in the line that raises; then
    what acts on all that is wrong, and then the rest.
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
        claim, raised = self._claim()
        self.raises = not claim
        reach = Reach(self.here, claim, raised)
        start = thread_time()
        if not self._likeliest(reach, start + LIKELIEST * (self.ends - start)):
            self._others(reach)
        return _chosen(self.good) if self.good else None

    def _likeliest(self, reach: Reach, ends: float) -> bool:
        """Try the edits of what acts on exactly the wrong entries; say whether one settles everything."""
        for trials in self._stages(reach.fits):
            if self.done(trials[: self.most], ends):
                break
        return self.enough

    def _others(self, reach: Reach) -> None:
        """Try all other edits."""
        later = list[list[Trial]]()
        for trials in self._stages(lambda site, witness: not reach.fits(site, witness)):
            first, others = list[Trial](), list[Trial]()
            for own in (own for own in trials if reach.acts(own, self.wrong)):
                (first if reach.settles(own, self.wrong) else others).append(own)
            later.append(others)
            if self.done(first[: self.most], self.ends):
                return
        any(self.done(others[: self.most], self.ends) for others in later)

    def _stages(self, wanted: Callable[[Site, Witness], bool]) -> Iterator[list[Trial]]:
        """Yield the edits of the wanted sites of all functions, stage by stage."""
        tried = (_tried(own, names, self.most, wanted) for own, names in self._names)
        for stage in zip_longest(*tried, fillvalue=[]):
            yield [own for edits in stage for own in edits]

    @cached_property
    def _names(self) -> list[tuple[Witness, Names]]:
        """The functions, with what their names held."""
        forward, found = self.scene.forward, list[tuple[Witness, Names]]()
        for witness in self.scene.witnesses:
            own = witness.function
            read = counters(own), computed(own), items(own), places(own), forward, forward.bent | bent([own])
            found.append((witness, Names(witness.held, *read, self.raises)))
        return found

    @property
    def most(self) -> int:
        """How many edits are tried at a time."""
        return WORK // (self.scene.work + 50)

    @property
    def enough(self) -> bool:
        """Whether an edit settles everything."""
        return any(self.raises or settled == self.wrong for _, settled in self.good)

    def done(self, trials: Sequence[Trial], ends: float) -> bool:
        """Try some edits, the plainest first; say whether one settles everything, or time is up."""
        hopeful = []
        for own in sorted(trials, key=lambda own: own.edit.rank):
            if thread_time() > ends:
                break
            settled = own.settled(self.here, self.wrong, self.raises)
            if settled:
                hopeful.append((own, settled))
        self.good += [(own, settled) for own, settled in hopeful if self._holds(own, self.wrong - settled)]
        return thread_time() > ends or self.enough

    def _holds(self, trial: Trial, left: frozenset[str]) -> bool:
        return all(there.holds(trial, left) for there in self.elsewhere())

    def _claim(self) -> tuple[Mapping[str, Array], list[tuple[str, int]]]:
        """Return what the code says at the point as it is now; if it fails nothing, and the lines where it does."""
        with np.errstate(all="ignore"):
            try:
                return self.here.heard() or {}, []
            except Exception as error:
                return {}, [(frame.f_code.co_filename, line) for frame, line in _steps(error)]


def _steps(error: BaseException | None) -> Iterator[tuple[FrameType, int]]:
    """Yield the frames and lines that an exception, and what it was made of, came through."""
    while error is not None:
        yield from walk_tb(error.__traceback__)
        error = error.__cause__ or error.__context__


def _tried(witness: Witness, names: Names, most: int, wanted: Callable[[Site, Witness], bool]) -> Iterator[list[Trial]]:
    """Yield the edits of one function, stage by stage, the plainest first, and no more than are looked at."""
    for stage, edits in enumerate(stages(witness.function, names, lambda site: wanted(site, witness))):
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


__all__ = ["Exhibit", "Repair", "repairs", "together"]
