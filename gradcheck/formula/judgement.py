"""What is said about a formula: how it was read, whether it is right, and if not, what exactly is wrong."""

import json
from dataclasses import asdict, dataclass, field

from gradcheck.formula.language.tree import Span
from gradcheck.formula.posed.drawing import Link

VERDICTS = ("correct", "correct-by-cancellation", "wrong", "unreadable")
"""Everything that a judgement may conclude."""


@dataclass(frozen=True)
class Slip:
    """One thing to say about a formula."""

    cause: str
    """What kind of slip it is, in the words that formulas and code share."""
    span: Span | None
    """Where in the person's text it stands; None if it is something that is not there."""
    says: str
    """One sentence for the person who wrote it."""
    repair: str = ""
    """What to write instead; empty if that cannot be told."""
    mistake: str = ""
    """A finer name of the mistake, if it has one."""
    question: str = ""
    """A question that leads to the repair."""
    shown: str = ""
    """A small experiment with numbers that shows it."""

    @property
    def kind(self) -> str:
        """What kind of slip it is, with its finer name if it has one."""
        return f"{self.cause}, {self.mistake}" if self.mistake else self.cause


@dataclass(frozen=True)
class Judgement:
    """The judgement of one text."""

    verdict: str
    """correct, correct-by-cancellation, wrong or unreadable."""
    problem: str
    """The problem it was judged against."""
    text: str
    """What the person wrote."""
    read_as: str
    """The formula as it was understood, in LaTeX."""
    target: str = ""
    """The derivative that it is a formula for."""
    right: tuple[str, ...] = ()
    """What is right about it, to be said first."""
    diagnoses: tuple[Slip, ...] = ()
    """What to say about it, the most important first."""
    taken: tuple[str, ...] = ()
    """Every word that is not the problem's own, and what it was taken for."""
    questions: tuple[str, ...] = ()
    """What is ambiguous, and would change the verdict."""
    graph: tuple[str, ...] = ()
    """The routes of the problem, with what the formula makes of each."""
    links: tuple[Link, ...] = ()
    """The graph of the problem, with what the formula makes of every link."""
    mathml: str = field(default="", repr=False)
    """The formula as it was understood, set for a browser."""

    @property
    def cause(self) -> str:
        """The cause of the first diagnosis; empty if there is none."""
        return self.diagnoses[0].cause if self.diagnoses else ""

    def __bool__(self) -> bool:
        """Say whether the formula is correct."""
        return self.verdict == "correct"

    def hint(self, level: int) -> str:
        """Return as much help as the level allows: where, what kind, a question, an experiment, the repair."""
        from gradcheck.formula.page import hint

        return hint(self, level)

    def __str__(self) -> str:
        """What a person needs to read."""
        from gradcheck.formula.page import page

        return page(self)

    def to_json(self) -> str:
        """Return the judgement as JSON."""
        told = asdict(self) | {"cause": self.cause}
        del told["mathml"]
        return json.dumps(told, ensure_ascii=False, indent=2)

    def _repr_html_(self) -> str:
        """Show the judgement in a notebook."""
        from gradcheck.formula.web import html_page

        return html_page(self)
