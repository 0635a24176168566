"""The formulas of the corpus, with the truth about each; formulas.toml says how the labels were meant."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gradcheck.formula import Judgement, Problem, built_in, check_formula

HOME = Path(__file__).parent


@dataclass(frozen=True)
class Formula:
    """What somebody typed, and what is to be said about it."""

    problem: str
    text: str
    verdict: str
    target: str | None = None
    cause: str = ""
    also: tuple[str, ...] = ()
    """Other causes by which the same slip can fairly be named."""

    @property
    def posed(self) -> Problem:
        """The problem that it is about."""
        return posed(self.problem)

    def judged(self) -> Judgement:
        """What gradcheck says about it."""
        return check_formula(self.posed, self.text, self.target)

    def fits(self, judgement: Judgement) -> bool:
        """Whether the right thing is told first; where there is nothing to tell, there is nothing to get wrong."""
        return not self.cause or judgement.cause in (self.cause, *self.also)


@lru_cache
def posed(name: str) -> Problem:
    """A built-in problem, or one of the corpus."""
    name = name.removesuffix(".toml")
    return Problem.load(name if name in built_in() else HOME / "problems" / f"{name}.toml")


@lru_cache
def formulas() -> tuple[Formula, ...]:
    """All of them."""
    return tuple(_formulas())


def _formulas() -> Iterator[Formula]:
    for entry in tomllib.loads((HOME / "formulas.toml").read_text(encoding="utf-8"))["formula"]:
        yield Formula(
            entry["problem"],
            entry["text"],
            entry["verdict"],
            entry.get("target"),
            entry.get("cause", ""),
            tuple(entry.get("also", ())),
        )
