"""The kill matrix: what a check would have caught.

Every mistake of the catalogue is planted into every kind of layer where it can be made, and drawn networks are judged
until it is caught. A pass is worth just as much as this table says; and because a checker that cries wolf catches
everything, the same networks without a mistake are judged beside it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np

from gradcheck import generate
from gradcheck.check import examine
from gradcheck.mistakes import CATALOGUE, FAMILIES, LayerMistake, Mistake
from gradcheck.op import in_words
from gradcheck.oracles import pytorch
from gradcheck.point import Point
from gradcheck.records import Result, Verdict
from gradcheck.records.kills import Kill, SelfTest
from gradcheck.selftest.places import Trial, applies, drawn, kinds, smallest
from gradcheck.stages.contract import violations
from gradcheck.stages.hearing import hear
from gradcheck.survey.judging import ask, lost
from gradcheck.workers import Engine, answered

TRIED = 12
"""In how many cases a mistake may hide before it counts as missed."""
DRAWN = 60
"""How many cases are looked at for one in which the mistake can be made."""
DRAWS = 2
"""How many weight draws each case has."""
EQUIVALENT = 4
"""In how many cases a mistake that is said to change nothing has to change nothing."""

RIGHT = 120
"""How many networks without a mistake are judged beside those into which one is planted."""

Place = tuple[str, str]
"""The id of a mistake, and the kind of layer that it is planted into."""
Planted = tuple[Kill, dict[str, Verdict]]
"""What came of it, and what is said of the same cases without a mistake."""
Peers = Callable[[Point, Point, int], dict[str, str]]
"""Asks other checkers about one draw of a point with a wrong gradient, and of the same with the right one."""


@dataclass(frozen=True)
class Progress:
    """How far a self-test has come."""

    done: int
    of: int
    missed: int

    @property
    def share(self) -> float:
        """The share that is done."""
        return self.done / self.of

    def __str__(self) -> str:
        """What has been seen so far."""
        return f"{self.done} of {self.of} planted, {self.missed} missed"


@dataclass
class Matrix:
    """Everything that a self-test remembers while it goes on."""

    seed: int = 0
    peers: Peers | None = None
    watch: Callable[[Progress], None] | None = None
    engine: Engine | None = None
    kills: list[Kill] = field(default_factory=list)
    judged: dict[str, Verdict] = field(default_factory=dict)
    """What is said of every case without a mistake."""
    known: dict[str, Result] = field(default_factory=dict)
    """What this process has judged of them itself."""

    def go(self, only: tuple[str, ...] = ()) -> SelfTest:
        """Plant every mistake, or some, everywhere; return the record, also when interrupted."""
        pytorch.load()
        stopped = "completed"
        todo = [(own.id, kind) for own in CATALOGUE.values() if own.id in only or not only for kind in kinds(own)]
        try:
            for number, (_, (kill, beside)) in enumerate(self.planted(todo), start=1):
                self.kills.append(kill)
                self.judged |= beside
                if self.watch:
                    missed = sum(own.outcome in ("missed", "alarm") for own in self.kills)
                    self.watch(Progress(number, len(todo), missed))
            right = [] if only else [(0, case) for case in generate.survey(self.seed, 0, RIGHT)]
            for (_, case), result in answered(self.engine, partial(ask, planted=""), lost, right):
                self.judged[str(case)] = result.verdict
        except KeyboardInterrupt:
            stopped = "interrupted"
        alarms = [text for text, own in self.judged.items() if own.wrong]
        undecided = sum(own is Verdict.UNDECIDED for own in self.judged.values())
        return SelfTest(self.seed, tuple(self.kills), len(self.judged), tuple(alarms), undecided, stopped)

    def planted(self, todo: list[Place]) -> Iterator[tuple[Place, Planted]]:
        """Plant mistakes, here or by the engine."""
        plant = self.plant if self.engine is None else partial(_plant, self.seed, self.peers)
        return answered(self.engine, plant, _lost, todo)

    def plant(self, place: Place) -> Planted:
        """Plant one mistake into one kind of layer; return what was said of the same cases without it as well."""
        beside: dict[str, Verdict] = {}
        return self.kill(CATALOGUE[place[0]], place[1], beside), beside

    def kill(self, mistake: Mistake, kind: str, beside: dict[str, Verdict]) -> Kill:
        """Plant one mistake into one kind of layer, and note what is said of the cases without it."""
        argument = _harmless(mistake, kind)
        if argument:
            return self.equivalent(mistake, kind, argument)
        tried = 0
        for trial in self.trials(mistake, kind):
            tried += 1
            point = trial.point(mistake.plant(trial.network))
            result = examine(point, trial.text)
            if result.verdict.wrong:
                right = self.right(trial)
                beside[trial.text] = right.verdict
                if not right.findings:
                    return self.caught(mistake, kind, tried, trial, result)
        return _kill(mistake, kind, "missed", tried)

    def caught(self, mistake: Mistake, kind: str, tried: int, trial: Trial, result: Result) -> Kill:
        """Write up a mistake that was caught, with the smallest case in which it is."""
        clause = result.findings[0].clause
        small = next((own for own in smallest(kind) if applies(mistake, own) and _noticed(mistake, own)), None)
        point = trial.point(mistake.plant(trial.network))
        return _kill(
            mistake,
            kind,
            "caught",
            tried,
            stage="comparison" if clause == "gradient" else clause,
            found_in=trial.text,
            smallest=(small or trial).text,
            numbers=(small or trial).numbers,
            named=_named(mistake, result),
            peers=self.peers(point, trial.point(), result.findings[0].draw) if self.peers else {},
        )

    def equivalent(self, mistake: Mistake, kind: str, argument: str) -> Kill:
        """Try whether a mistake changes nothing where it is said to change nothing."""
        tried = 0
        for trial in self.trials(mistake, kind):
            tried += 1
            if examine(trial.point(mistake.plant(trial.network)), trial.text).verdict is not Verdict.AGREES:
                return _kill(mistake, kind, "alarm", tried, found_in=trial.text, argument=argument)
            if tried == EQUIVALENT:
                break
        return _kill(mistake, kind, "equivalent", tried, argument=argument)

    def trials(self, mistake: Mistake, kind: str) -> Iterator[Trial]:
        """Yield drawn cases in which the mistake can be made."""
        left = TRIED
        for trial in drawn(kind, self.seed, DRAWS, DRAWN):
            if left and applies(mistake, trial):
                left -= 1
                yield trial

    def right(self, trial: Trial) -> Result:
        """Judge a case without a mistake, once."""
        if trial.text not in self.known:
            self.known[trial.text] = examine(trial.point(), trial.text)
        return self.known[trial.text]


@lru_cache(1)
def _matrix(seed: int, peers: Peers | None) -> Matrix:
    """Return the matrix of a worker, which remembers the cases without a mistake from one planting to the next."""
    return Matrix(seed, peers)


def _plant(seed: int, peers: Peers | None, place: Place) -> Planted:
    """Plant a mistake, in a worker."""
    return _matrix(seed, peers).plant(place)


def _lost(place: Place) -> Planted:
    """Return what is said of a planting that has killed its worker twice."""
    died = "the process that judged it died, twice"
    return _kill(CATALOGUE[place[0]], place[1], "missed", 0, argument=died), {}


def _harmless(mistake: Mistake, kind: str) -> str:
    """Return why a mistake changes nothing in a kind of layer; empty if it can."""
    if not isinstance(mistake, LayerMistake):
        return ""
    return next((why for layer, why in mistake.harmless.items() if kind == in_words(layer)), "")


def _noticed(mistake: Mistake, trial: Trial) -> bool:
    """Say whether a check notices a mistake in a case: first whether it changes anything, which is quickly seen."""
    point = trial.point(mistake.plant(trial.network))
    with np.errstate(all="ignore"):
        if _unchanged(point, trial.point()):
            return False
        return bool(violations(point)) or bool(hear(point).wrong)


def _unchanged(point: Point, right: Point) -> bool:
    try:
        claim, truth = point.claim(), right.claim()
    except Exception:  # a mistake of shape may fail in any way, and that is a change
        return False
    return all(
        np.shape(claim[name]) == truth[name].shape and np.allclose(claim[name], truth[name], rtol=1e-9, atol=0.0)
        for name in point.wanted
    )


def _named(mistake: Mistake, result: Result) -> str:
    """Say what the diagnosis made of it."""
    said = {own.mistake for finding in result.findings for own in finding.diagnoses}
    if mistake.id in said:
        return "named" if said == {mistake.id} else "tie"
    return " or ".join(sorted(said)) or "none"


def _kill(mistake: Mistake, kind: str, outcome: str, cases: int, **said: object) -> Kill:
    family = next(name for name, members in FAMILIES.items() if mistake in members)
    blank: dict[str, object] = dict.fromkeys(("stage", "found_in", "smallest", "named", "argument"), "") | {
        "numbers": 0
    }
    return Kill(mistake=mistake.id, family=family, layer=kind, outcome=outcome, cases=cases, **{**blank, **said})  # type: ignore[arg-type] # the fields of the record
