"""The search for an input at which something is wrong, and then for the smallest one like it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from math import log10
from typing import Any, NoReturn

from hypothesis import HealthCheck, Phase, Verbosity, given, settings, target
from hypothesis import seed as seeded
from hypothesis import strategies as st

from gradcheck.records import Result, Verdict


@dataclass
class Found:
    """What a search has seen."""

    wrong: list[tuple[Any, Result]] = field(default_factory=list)
    """Inputs at which something is wrong, the smallest last."""
    right: list[Result] = field(default_factory=list)
    """The results at which nothing is, in the order they were seen."""
    undecided: list[Result] = field(default_factory=list)
    """The results that nobody could judge."""


class _Differs(Exception):
    """The gradient is wrong."""


class _Broken(Exception):
    """The contract is broken."""


def falsify(inputs: st.SearchStrategy[Any], judge: Callable[[Any], Result], examples: int, seed: int) -> Found:
    """Judge so many inputs, aiming at the largest error over its bar; shrink the first at which something is wrong."""
    found = Found()

    @seeded(seed)
    @settings(
        max_examples=examples,
        phases=[Phase.generate, Phase.target, Phase.shrink],
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(inputs)
    def agree(given_inputs: Any) -> None:
        result = judge(given_inputs)
        if result.verdict.wrong:
            found.wrong.append((given_inputs, result))
            _raise(result.verdict)
        (found.right if result.verdict is Verdict.AGREES else found.undecided).append(result)
        worst = max((comparison.margin for comparison in result.comparisons), default=0.0)
        target(log10(max(worst, 1e-6)), label="error over its bar")

    with suppress(_Differs, _Broken):
        agree()
    return found


def _raise(verdict: Verdict) -> NoReturn:
    if verdict is Verdict.BROKEN:
        raise _Broken
    raise _Differs
