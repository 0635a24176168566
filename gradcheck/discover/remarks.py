"""What is said of the points at which a subject was judged: where it is wrong, what was left out, how to ask again."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gradcheck.discover import layouts
from gradcheck.discover.forms import Form
from gradcheck.discover.layout import Layout
from gradcheck.discover.subject import Subject, Trial
from gradcheck.records import Result, Verdict


@dataclass(frozen=True)
class Seen:
    """The points of a subject."""

    trials: list[Trial] = field(default_factory=list)
    """The subject at each."""
    results: list[Result] = field(default_factory=list)
    """What was said at each."""
    inputs: list[str] = field(default_factory=list)
    """What each was, in shapes."""
    elsewhere: list[str] = field(default_factory=list)
    """Points at which the forward pass raised."""

    def add(self, trial: Trial, result: Result, inputs: str) -> None:
        """Add a point."""
        self.trials.append(trial)
        self.results.append(result)
        self.inputs.append(inputs)

    def at(self, inputs: str) -> Trial | None:
        """Return the subject at a point of these shapes, if there is one."""
        return next((own for own, there in zip(self.trials, self.inputs, strict=True) if there == inputs), None)

    @property
    def telling(self) -> bool:
        """Whether something would have been seen to be wrong at some point: gradients of zeros alone tell nothing."""
        return any(least is not None for result in self.results for least in result.sensitivity.values())


def again(subject: Subject, given: Mapping[str, Form], path: str, seed: int) -> str:
    """Return the line that judges a subject once more."""
    again = f"gradcheck check {shlex.quote(path)} --pair {shlex.quote(subject.name)}" + (
        f" --seed {seed}" if seed else ""
    )
    again += f" --inputs '{' '.join(f'{name}={text}' for name, text in given_texts(given).items())}'" if given else ""
    return again


def given_texts(given: Mapping[str, Form]) -> dict[str, str]:
    """Write given forms as they can be given again."""
    from gradcheck.discover.given import written

    return {name: written(form) for name, form in given.items()}


def notes(trial: Trial, layout: Layout, seen: Seen) -> list[str]:
    """Return where it is wrong, what was not judged, and where it does not run."""
    said = [_where(seen)]
    unjudged = [
        name
        for name, form in layout.chosen.items()
        if form.kind in ("real", "positive", "unit") and name not in trial.judged
    ]
    if unjudged and trial.judged:
        said.append(f"no gradient is claimed for {', '.join(unjudged)}, and none was judged")
    if seen.elsewhere:
        said.append(f"the forward pass does not run at {'; at '.join(seen.elsewhere[:2])}")
    return said


def _where(seen: Seen) -> str:
    """Say at which of the points it is wrong."""
    told = list(zip(seen.inputs, seen.results, strict=True))
    wrong = [inputs for inputs, result in told if result.verdict.wrong]
    agree = list(
        dict.fromkeys(inputs for inputs, result in told if result.verdict is Verdict.AGREES and inputs not in wrong)
    )
    if not wrong:
        many = sum(result.verdict is Verdict.AGREES for result in seen.results)
        return f"agrees at {many} of {len(told)} points, which differ in shapes, numbers and their size"
    return f"wrong at {len(wrong)} of {len(told)} points" + (f"; agrees at {'; at '.join(agree)}" if agree else "")


def shapes(inputs: Mapping[str, Any]) -> str:
    """Write inputs as ``--inputs`` takes them: shapes, and values where they are settings."""
    return ", ".join(f"{name} {layouts.shape(value)}" for name, value in inputs.items())
