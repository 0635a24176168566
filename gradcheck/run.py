"""The main job: many random networks through the check, and the smallest counterexample of everything found.

A case depends on the seed and its number alone. A run stops when enough different architectures have been judged, or
time is up, or somebody interrupts it; what was done until then is reported either way. With a mistake planted into
the reference the run ends as soon as it has been found, which proves that a run without one would have noticed.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version

from gradcheck import generate, mistakes
from gradcheck.architecture import parse_case, plan
from gradcheck.generate import Shrunk
from gradcheck.oracles import pytorch
from gradcheck.records import Case, Counterexample, Result, Run, Verdict
from gradcheck.records.evidence import Evidence
from gradcheck.reference import Network
from gradcheck.report.baseline import Key
from gradcheck.report.baseline import key as _key
from gradcheck.survey import gathering
from gradcheck.survey.counterexample import on_paper, write_up
from gradcheck.survey.coverage import Visited
from gradcheck.survey.judging import KILLED, ask, judge, lost, point_of
from gradcheck.survey.margins import Margins
from gradcheck.workers import Engine, answered

CASES = 500
"""How many different architectures are judged if nothing else is said."""
BARREN = 200
"""After so many parts with nothing new in them there is nothing new to come."""
BUDGET = 400
"""How many cases a shrink may try."""
FINDINGS = 8
"""How many different findings are shrunk; a run with more is wrong beyond listing."""
KEPT = 20
"""How many undecided cases are kept in the record."""

WORST_FIRST = (Verdict.BROKEN, Verdict.DIFFERS, Verdict.UNDECIDED, Verdict.AGREES)


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    cases: int
    """Cases judged so far, each with all of its weight draws."""
    share: float
    """The share of the whole run that is done, from 0 to 1."""
    rate: float
    """Pairs of an architecture and a weight draw judged in a second."""
    worst: float
    """The largest error so far among cases that agree, in units of what was allowed."""
    found: int
    """Different findings so far."""

    def __str__(self) -> str:
        """What has been seen so far."""
        found = f", {self.found} found" if self.found else ""
        pairs = f"{self.cases} networks, {self.rate:,.0f} pairs with weights a second"
        return f"{pairs}, worst so far {100 * self.worst:.1f} % of its error bar{found}"


Watcher = Callable[[Progress], None]


def run(  # noqa: PLR0913 - as many as a run has settings
    *,
    cases: int | None = None,
    seconds: float | None = None,
    seed: int = 0,
    planted: str = "",
    layers: Collection[str] = (),
    watch: Watcher | None = None,
    engine: Engine | None = None,
) -> Run:
    """Judge so many different architectures, or as many as fit into so many seconds; 500 if neither is said.

    ``layers`` names layers and losses: nothing else is drawn, but for what is needed to connect them. With an engine
    other processes judge, and the record is the same. Raises
    OracleMissing if PyTorch is not there, UnknownName if a layer or the mistake to plant does not exist.
    """
    pytorch.load()
    wanted = cases or (CASES if seconds is None else sys.maxsize)
    survey = _Survey(seed, planted, tuple(layers), wanted, seconds, watch, engine)
    survey.go()
    return survey.record()


@dataclass
class _Found:
    """A finding on its way to its smallest case."""

    case: Case
    result: Result
    count: int = 0


@dataclass
class _Survey:
    """Everything that a run remembers while it goes on."""

    seed: int
    planted: str
    layers: tuple[str, ...]
    wanted: int
    seconds: float | None
    watch: Watcher | None
    engine: Engine | None
    started: float = field(default_factory=time.monotonic)
    stopped: str = "completed"
    architectures: set[str] = field(default_factory=set)
    draws: int = 0
    entries: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    margins: Margins = field(default_factory=Margins)
    visited: Visited = field(default_factory=Visited)
    sketched: dict[int, tuple[int, int]] = field(default_factory=dict)
    """How many layers were sketched in each part, and how many of these were left out; until they are counted."""
    undecided: list[Result] = field(default_factory=list)
    found: dict[Key, _Found] = field(default_factory=dict)
    counterexamples: list[Counterexample] = field(default_factory=list)

    def go(self) -> None:
        """Judge case after case until there are enough, or time is up, or somebody interrupts."""
        try:
            for (part, case), result in self.judged():
                self.one(part, case, result)
                self.architectures.add(case.architecture)
                if self.watch:
                    self.watch(self.progress())
                if self.planted and self.found:
                    self.stopped = "found"
                if self.seconds is not None and time.monotonic() - self.started >= self.seconds:
                    self.stopped = "time"
                if self.stopped != "completed":
                    break
            for key in list(self.found)[:FINDINGS]:
                self.counterexamples.append(self.smallest(key, self.shrunk(key)))
        except KeyboardInterrupt:
            self.stopped = "interrupted"
            for key in list(self.found)[len(self.counterexamples) : FINDINGS]:
                self.counterexamples.append(self.smallest(key, Shrunk(self.found[key].case)))

    def judged(self) -> Iterator[tuple[tuple[int, Case], Result]]:
        """Yield fresh cases with what the check says about them, judged here or by an engine."""
        return answered(self.engine, partial(ask, planted=self.planted), lost, self.fresh())

    def fresh(self) -> Iterator[tuple[int, Case]]:
        """Yield cases with architectures not seen before, each with its part."""
        seen: set[str] = set()
        mistake = mistakes.find(self.planted) if self.planted else None
        part, barren = 0, 0
        while len(seen) < self.wanted and barren < BARREN:
            before = len(seen)
            drawn = generate.surveyed(self.seed, part, only=self.layers)
            self.sketched[part] = drawn.sketched, drawn.refused
            for case in drawn.cases:
                if case.architecture in seen or len(seen) >= self.wanted:
                    continue
                if mistake is None or _applies(mistake, plan(case.architecture).network):
                    seen.add(case.architecture)
                    yield part, case
            part += 1
            barren = 0 if len(seen) > before else barren + 1

    def one(self, part: int, case: Case, result: Result) -> None:
        """Remember what the check says about a case; with a mistake planted, only if it says nothing without."""
        self.draws += case.draws
        self.entries += sum(comparison.entries for comparison in result.comparisons)
        self.verdicts[result.verdict] += 1
        self.visited.add(plan(case.architecture).network, case.regime)
        self.visited.sketch(*self.sketched.pop(part, (0, 0)))
        if result.verdict is Verdict.UNDECIDED and len(self.undecided) < KEPT:
            self.undecided.append(result)
        self.margins.add(str(case), result)
        killed = any(finding.clause == KILLED for finding in result.findings)
        if self.planted and result.findings and not killed and judge(case).findings:
            return
        for key in {_key(finding) for finding in result.findings}:
            self.found.setdefault(key, _Found(case, result)).count += 1

    def progress(self) -> Progress:
        """Say how far the run has come, by cases or by time, whichever will end it first."""
        done, elapsed = len(self.architectures), time.monotonic() - self.started
        share = max(done / self.wanted, elapsed / self.seconds if self.seconds else 0.0)
        rate = self.draws / max(elapsed, 1e-9)
        return Progress(done, min(share, 1.0), rate, self.margins.closest, len(self.found))

    def shrunk(self, key: Key) -> Shrunk:
        """Shrink a finding to the smallest case that still shows the same one; never what would kill this process."""
        found = self.found[key]
        if key[0] == KILLED:
            return Shrunk(found.case)
        return generate.shrink(found.case, lambda case: self.shows(case, key), budget=BUDGET)

    def smallest(self, key: Key, shrunk: Shrunk) -> Counterexample:
        """Write up the smallest case of a finding."""
        found = self.found[key]
        point = point_of(shrunk.case, self.planted)
        result = self.told(shrunk.case, key)
        small = shrunk.tried > 0 and bool(result.findings)  # a run that was interrupted is to end
        paper = on_paper(point, plan(shrunk.case.architecture).kinds, result) if small else None
        return write_up(found.case, shrunk, result, found.count, point, paper)

    def told(self, case: Case, key: Key) -> Result:
        """Judge the smallest case; where one draw leaves several diagnoses open, let more draws tell them apart."""
        if key[0] == KILLED:
            return self.found[key].result
        result = judge(case, self.planted)
        more = {_key(finding): finding for finding in judge(replace(case, draws=generate.FEW), self.planted).findings}
        findings = [
            replace(finding, diagnoses=more[_key(finding)].diagnoses) if _key(finding) in more else finding
            for finding in result.findings
        ]
        return replace(result, findings=tuple(sorted(findings, key=lambda finding: _key(finding) != key)))

    def shows(self, case: Case, key: Key) -> bool:
        """Say whether a case shows a finding."""
        if self.planted and not _applies(mistakes.find(self.planted), plan(case.architecture).network):
            return False
        return key in {_key(finding) for finding in judge(case, self.planted).findings}

    def nearest(self) -> Evidence | None:
        """Return the evidence for the nearest call: whether it was near to the limit, or the limit near to it."""
        call = next(iter(self.margins.nearest), None)
        return gathering.of_a_call(point_of(parse_case(call.case), self.planted), call.parameter) if call else None

    def record(self) -> Run:
        """Return the record of what was done."""
        verdict = next((verdict for verdict in WORST_FIRST if self.verdicts[verdict]), Verdict.UNDECIDED)
        return Run(
            verdict=verdict,
            seed=self.seed,
            planted=self.planted,
            layers=self.layers,
            stopped=self.stopped,
            cases=len(self.architectures),
            draws=self.draws,
            entries=self.entries,
            verdicts={str(verdict): self.verdicts[verdict] for verdict in Verdict},
            closeness=self.margins.closeness(self.nearest()),
            coverage=self.visited.coverage(),
            counterexamples=tuple(self.counterexamples),
            undecided=tuple(self.undecided),
            versions={name: version(name) for name in ("gradcheck", "numpy", "torch", "hypothesis")},
        )


def _applies(mistake: mistakes.Mistake, network: Network) -> bool:
    """Say whether a mistake changes anything in a network."""
    return mistake.plant(network) != network


__all__ = ["Progress", "judge", "parse_case", "run"]
