"""The records: what a check asks, finds and concludes, as plain frozen data.

What is written to disk is exactly these records; every text, page and table is a view of them. Arrays live only in
``Estimate`` and ``Answer``, which pass between the stages and are not written.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from gradcheck.errors import Broken, Differs, Undecided
from gradcheck.records.closeness import Closeness
from gradcheck.records.drawn import Drawn
from gradcheck.records.evidence import Evidence
from gradcheck.records.kills import SelfTest
from gradcheck.records.paper import Paper
from gradcheck.records.place import Place
from gradcheck.shown import Shown

if TYPE_CHECKING:
    from gradcheck.op import Array  # most who read a record have no arrays to put into it

FORMAT = "gradcheck.run/2"
"""The version of the records on disk. 1: the first; 2: the nearest calls, the votes, and the self-test."""


class Verdict(StrEnum):
    """What a check concludes. Only ``AGREES`` is green."""

    AGREES = "agrees"
    """Within the oracles' error bars, and the bars are small enough to mean something."""
    DIFFERS = "differs"
    """Outside the error bars, confirmed away from kinks."""
    BROKEN = "broken"
    """Not even well-formed: wrong shape, not finite, changes its input, changes between calls."""
    UNDECIDED = "undecided"
    """No oracle could judge here; the notes say why."""

    @property
    def wrong(self) -> bool:
        """Whether something is wrong: it differs, or is broken."""
        return self in (Verdict.DIFFERS, Verdict.BROKEN)


@dataclass(frozen=True)
class Case:
    """A network with its weights, in the few words that rebuild it anywhere."""

    architecture: str
    """The size of its input, layers, loss: ``3x4 affine:5 tanh half-sum-of-squares``."""
    weights: int
    """The seed of the first weight draw; draw k has seed ``weights + k``."""
    draws: int
    """How many weight draws are judged side by side."""
    regime: str
    """What the weights are like: ordinary, saturated, tiny, ..."""

    def __str__(self) -> str:
        """The text form, which ``gradcheck replay`` understands."""
        return f"{self.architecture} weights={self.weights} draws={self.draws} regime={self.regime}"


class Estimate(NamedTuple):
    """One oracle's word on one derivative, entry by entry; a tuple, for dozens are made for every layer."""

    value: "Array"
    """The derivative, (draws, *shape of the input)."""
    bar: "Array"
    """How far the truth may be from the value, same shape; infinite where the oracle cannot tell."""
    kinks: "Array"
    """True where the slopes to the left and to the right differ at every step that was tried, same shape."""
    steepest: "Array"
    """The steepest slope to any place that was looked at, same shape; zero if none was."""


@dataclass(frozen=True)
class Answer:
    """All that one oracle says about a point."""

    oracle: str
    """The oracle's name."""
    gradients: dict[str, Estimate]
    """Its estimate for every wanted input."""
    value: Estimate | None
    """The operation's value, if the oracle computes one by its own means."""


@dataclass(frozen=True)
class Comparison:
    """How one parameter's claimed gradient stands against the oracles."""

    parameter: str
    """The name of the input."""
    entries: int
    """How many entries were compared, over all draws."""
    margin: float
    """The largest error in units of what was allowed; above 1 the claim is outside the bars."""
    sensitivity: float | None
    """The smallest relative error of one entry that would have been seen; null if nothing could be judged."""
    kinks: int
    """How many entries lie at a kink, where any slope between the one-sided ones is right."""
    vote: str
    """Who agrees with whom."""


@dataclass(frozen=True)
class Diagnosis:
    """A known mistake that gives exactly these numbers."""

    mistake: str
    """Its id in the catalogue."""
    cause: str
    """The kind of slip that it is."""
    says: str
    """One sentence for the person who made it."""
    question: str
    """A question that leads to the repair."""
    wrong: str
    """The wrong line."""
    right: str
    """The right line."""


@dataclass(frozen=True)
class Entry:
    """One entry of a gradient, as claimed and as it should be."""

    index: tuple[int, ...]
    """Its place in the parameter."""
    claimed: float
    """What the pullback says."""
    differences: float | None
    """What finite differences say; null if they cannot tell."""
    pytorch: float | None
    """What PyTorch autograd says; null if it was not asked or cannot tell."""
    bar: float
    """How far the truth may be from what was found: the complex step's bar if there is one, else the longest."""
    complex_step: float | None = None
    """What the complex step says; null where the code is not analytic."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, in one place."""

    clause: str
    """What is violated: gradient, value, names, shape, ... as ``report.words.title`` lists them."""
    parameter: str
    """The name of the input it shows in; empty if it concerns none in particular."""
    says: str
    """What is wrong, in a sentence."""
    layer: str = ""
    """The layer that is to blame, if one could be told; empty otherwise."""
    layer_kind: str = ""
    """What kind of layer it is."""
    role: str = ""
    """The input of that layer whose gradient is wrong; empty if none in particular."""
    entries: tuple[Entry, ...] = ()
    """The worst entries, worst first."""
    wrong_entries: int = 0
    """How many entries of the parameter are wrong."""
    draw: int = 0
    """The weight draw that the entries belong to."""
    consequences: tuple[str, ...] = ()
    """The parameters whose gradients are wrong because of it."""
    diagnoses: tuple[Diagnosis, ...] = ()
    """The known mistakes that give exactly these numbers; several are a tie."""
    place: Place | None = None
    """Where in the person's code it stands; null if that cannot be told."""


@dataclass(frozen=True, repr=False)
class Result(Shown):
    """The outcome of one check."""

    verdict: Verdict
    """The conclusion."""
    subject: str
    """What was checked, in the words that reproduce it."""
    oracles: tuple[str, ...]
    """Which oracles answered."""
    findings: tuple[Finding, ...] = ()
    """What is wrong; empty if nothing is."""
    comparisons: tuple[Comparison, ...] = ()
    """How close every parameter was."""
    notes: tuple[str, ...] = ()
    """What a reader must know to read the verdict rightly."""
    reproduce: str = ""
    """The command that shows it again; empty if there is none."""

    @property
    def sensitivity(self) -> dict[str, float | None]:
        """For each parameter, the smallest relative error that would have been seen."""
        return {comparison.parameter: comparison.sensitivity for comparison in self.comparisons}

    def __bool__(self) -> bool:
        """Say whether the verdict is AGREES: ``assert check_gradient(...)`` fails where ``verify`` raises."""
        return self.verdict is Verdict.AGREES

    def verify(self) -> None:
        """Return if the verdict is AGREES; raise Differs, Broken or Undecided, with the page, if not."""
        __tracebackhide__ = True
        for listener in LISTENERS:
            listener(self)
        kinds = {Verdict.DIFFERS: Differs, Verdict.BROKEN: Broken, Verdict.UNDECIDED: Undecided}
        if self.verdict is not Verdict.AGREES:
            raise kinds[self.verdict](str(self), self.reproduce)


LISTENERS: list[Callable[[Result], None]] = []
"""Who is told of every result that is verified, before it raises: a test runner that sums them up."""


@dataclass(frozen=True)
class Counterexample:
    """The smallest case found that shows a finding."""

    case: str
    """The case, in the words that rebuild it."""
    found_in: str
    """The case in which it was first seen."""
    tried: int
    """How many cases were tried on the way from there to the smallest."""
    result: Result
    """What the check says about the smallest case."""
    cases: int
    """In how many cases of the run it was seen."""
    network: tuple[Drawn, ...]
    """The network of the smallest case."""
    numbers: dict[str, str]
    """Every input of the smallest case, written out."""
    evidence: tuple[Evidence, ...] = ()
    """For each finding about numbers, the whole gradient and its differences at many steps."""
    paper: Paper | None = None
    """The case with numbers for paper, worked through; null if the right numbers on the way are not known."""


@dataclass(frozen=True)
class Coverage:
    """What a run has visited."""

    kinds: dict[str, int]
    """For each kind of layer, the number of cases with it."""
    pairs: dict[str, int]
    """For each pair of neighbours, as ``tanh > affine``, the number of cases with it."""
    configurations: dict[str, int]
    """For each setting of a layer, as ``conv2d stride=2``, the number of cases with it."""
    regimes: dict[str, int]
    """For each regime of weights, the number of cases in it."""
    possible: int
    """How many pairs of neighbours the words of an architecture allow."""
    sketched: int
    """How many layers were sketched for the cases."""
    refused: int
    """How many of these were left out, because they would have grown too large, or nothing fitted."""
    never: tuple[str, ...]
    """The kinds and regimes that could have been visited and were not."""


@dataclass(frozen=True)
class Run:
    """The outcome of the main job: many cases, what is wrong in them, and how much a pass is worth."""

    verdict: Verdict
    """The conclusion over all cases."""
    seed: int
    """The seed that generates the same cases again."""
    planted: str
    """The mistake that was put into the reference on purpose; empty for none."""
    layers: tuple[str, ...]
    """What alone was drawn; empty for everything."""
    stopped: str
    """Why the run ended: completed, time, interrupted, or found."""
    cases: int
    """How many cases were judged."""
    draws: int
    """How many (architecture, weight draw) pairs these were."""
    entries: int
    """How many derivatives were compared."""
    verdicts: dict[str, int]
    """The number of cases of each verdict."""
    closeness: Closeness
    """How close its cases came to their error bars, and who agreed with whom."""
    coverage: Coverage
    """What was visited, and what was not."""
    counterexamples: tuple[Counterexample, ...]
    """What is wrong, one smallest case for each finding."""
    undecided: tuple[Result, ...]
    """The cases that no oracle could judge, the first few of them."""
    versions: dict[str, str]
    """The versions of what took part."""
    selftest: SelfTest | None = None
    """What a self-test has shown of this check, if one was made; null if not."""
    format: str = field(default=FORMAT)
    """The version of this record."""
