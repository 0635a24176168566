"""A search, with Hypothesis, for numbers at which a subject is wrong that is right at all the usual ones.

It likes zeros, and arrays that are all alike, and so finds what hardly anybody's numbers are: two points that coincide,
a vector of length zero. Where the value has no derivative there, a gradient that is not finite is told, and no more.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck.discover import guards
from gradcheck.discover.layout import Layout
from gradcheck.discover.opened import Opened
from gradcheck.discover.readings import is_real
from gradcheck.discover.single import InSingle
from gradcheck.discover.subject import Subject, Trial
from gradcheck.op import Array
from gradcheck.records import Result, Verdict

EXAMPLES = 25
"""How many inputs the search tries."""
SMALL = 64
"""Above so many entries there is no search: it would take long, and large inputs hide little."""
ASIDE = 2.0**-10
"""How far a point beside a kink is from it;"""
CLOSE = 0.02
"""by how much of their size gradients may change on the way,"""
SIDES = 6
"""and how many sides are looked at that are drawn at random."""
NEAR = (2.0**-12, 2.0**-24)
"""How far to go from a point to see whether there is a slope: one and the same on both sides, and at both distances."""


def search(subject: Subject, layout: Layout, seed: int) -> tuple[tuple[Trial, Result] | None, str]:
    """Search for numbers at which the subject is wrong; return it at the smallest, if any, judged, and a remark."""
    inputs = layout.draw(0, seed)
    real = {name: value for name, value in inputs.items() if is_real(value) and layout.chosen[name].kind == "real"}
    many = sum(np.size(value) for value in real.values())
    if not many or _entries(inputs) > SMALL or isinstance(subject, InSingle) or _holds_single(subject, inputs):
        return None, ""  # every look at noise takes long
    from gradcheck.generate import arrays, falsify

    asked = _Asked(subject, inputs, real, seed)
    found = falsify(arrays((many,)), asked.at, EXAMPLES, seed)
    if not found.wrong:
        return None, asked.remark
    smallest, result = found.wrong[-1]
    return (asked.open(smallest), result), asked.remark


def _holds_single(subject: Subject, inputs: Mapping[str, Any]) -> bool:
    """Say whether what is judged holds float32 of its own."""
    trial = subject.open(inputs)
    return isinstance(trial, Opened) and any(getattr(own, "dtype", None) == np.float32 for own in trial.args.values())


@dataclass
class _Asked:
    """A subject that is asked about one point after the other."""

    subject: Subject
    inputs: Mapping[str, Any]
    """What it is given,"""
    real: Mapping[str, Any]
    """and what of that is searched."""
    seed: int
    remark: str = field(default="", init=False)
    """What was seen that is no mistake."""

    def open(self, numbers: Array) -> Trial:
        """Run the subject at numbers."""
        return self.subject.open({**self.inputs, **_filled(self.real, numbers / 4.0)})

    def at(self, numbers: Array) -> Result:
        """Judge the subject at numbers; nothing is said where it cannot be run, or has no derivative."""
        nothing = Result(Verdict.UNDECIDED, self.subject.name, ())
        try:
            trial = self.open(numbers)
            result = trial.glance(self.seed)
        except Exception:  # outside of its domain
            return nothing
        endless = [finding.parameter for finding in result.findings if finding.clause == "finite"]
        if endless and len(endless) == len(result.findings) and all(_slopeless(trial, name) for name in endless):
            self.remark = (
                f"where the value has no derivative the gradient for {', '.join(endless)} is not finite: if that can "
                "happen, say what it is to be there"
            )
            return nothing
        at_kinks = [
            finding for finding in result.findings if "a kink" in finding.says or "no subgradient" in finding.says
        ]
        limit = bool(at_kinks) and len(at_kinks) == len(result.findings) and self._is_limit(trial, numbers / 4.0)
        return nothing if limit or self._is_guarded(result, numbers) else result

    def _is_guarded(self, result: Result, numbers: Array) -> bool:
        """Say whether gradients are off by a small constant that keeps numbers finite, and by nothing else."""
        module = getattr(self.subject, "module", None)
        if module is None or not guards.slight(result):
            return False
        with suppress(Exception), guards.left_out(module) as any_there:  # without it they may not be finite
            return any_there and self.open(numbers).glance(self.seed).verdict is Verdict.AGREES
        return False

    def _is_limit(self, trial: Trial, numbers: Array) -> bool:
        """Say whether the gradients at a kink are those at a point beside it, where they are right.

        Where many numbers are sorted into one another, a mixture of the slopes on all sides need not lie between those
        that are seen when one of them moves alone.
        """
        ramp, generator = np.linspace(1.0, 2.0, numbers.size), np.random.default_rng(numbers.size)
        with suppress(Exception):  # a side may be outside of its domain
            for way in (ramp, -ramp, *generator.normal(size=(SIDES, numbers.size))):
                beside = self.subject.open({**self.inputs, **_filled(self.real, numbers + ASIDE * way)})
                if _alike(trial, beside) and beside.judge(self.seed).verdict is Verdict.AGREES:
                    return True
        return False


def _alike(one: Trial, other: Trial) -> bool:
    """Say whether the gradients at two points are next to the same."""
    if not isinstance(one, Opened) or not isinstance(other, Opened):
        return False
    own, its = ([np.asarray(trial.answered[name]) for name in trial.judged] for trial in (one, other))
    total = max((float(np.abs(part).max(initial=0.0)) for part in own), default=0.0)
    return all(np.allclose(part, beside, rtol=0.0, atol=CLOSE * total) for part, beside in zip(own, its, strict=True))


def _slopeless(trial: Trial, name: str) -> bool:
    """Say whether the value has, along some direction of an argument, other slopes on both sides, or endless ones."""
    if not isinstance(trial, Opened) or not isinstance(trial.args.get(name), np.ndarray | float):
        return False
    here = np.asarray(trial.args[name], dtype=float)
    direction = np.random.default_rng(here.size).normal(size=here.shape)

    def value(step: float) -> Array:
        moved = trial.value(
            {**trial.args, name: here + step * direction if here.ndim else float(here + step * direction)}
        )
        return np.asarray(moved, dtype=float)

    with np.errstate(all="ignore"):
        far, near = (((value(step) - value(0.0)) / step, (value(0.0) - value(-step)) / step) for step in NEAR)
    size = 1e-6 * (1.0 + np.max(np.abs(value(0.0))))
    apart = [np.abs(ahead - behind) for ahead, behind in (far, near)]
    steep = np.abs(near[0]) > 8.0 * np.abs(far[0]) + size
    return bool(np.any((apart[1] > 0.5 * apart[0] + size) | steep))


def _entries(inside: Any) -> int:
    """Count the numbers among inputs, those in dictionaries and lists too."""
    if isinstance(inside, Mapping):
        return sum(map(_entries, inside.values()))
    if isinstance(inside, list | tuple):
        return sum(map(_entries, inside))
    return np.size(inside) if is_real(inside) else 0


def _filled(like: Mapping[str, Any], numbers: Array) -> dict[str, Any]:
    """Return inputs like some others, with numbers from a list."""
    ends = np.cumsum([np.size(value) for value in like.values()])[:-1]
    pieces = zip(like.items(), np.split(numbers, ends), strict=True)
    return {name: own.reshape(np.shape(value)) if np.ndim(value) else float(own[0]) for (name, value), own in pieces}
