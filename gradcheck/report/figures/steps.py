"""The error of a central difference over its step: is it the gradient that is wrong, or the check?

What the differences are held against is what they themselves come to, once extrapolated. A right claim lies below what
was allowed, and so does what PyTorch says; the differences against a wrong claim come to rest at how wrong it is.
"""

import math

import numpy as np

from gradcheck.op import Array
from gradcheck.records.evidence import Evidence
from gradcheck.report.figures.style import INK, RIGHT, WRONG, figure

UNIT = 2.0**-53
"""Half the spacing of numbers near 1: what rounding does to each value, relatively."""
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Digits as exponents."""


def steps(evidence: Evidence, name: str) -> str:
    """Draw the error over the step, with the two lines of theory, the step that was taken, the bar and PyTorch."""
    step = np.array(evidence.steps)
    place = int(np.ravel_multi_index(evidence.index, evidence.shape)) if evidence.shape else 0
    claimed, right = evidence.claimed[place], evidence.differences
    floor = max(abs(right), abs(evidence.bar), 1e-300) * 1e-17
    error = np.maximum(np.abs(np.array(evidence.slopes) - right), floor)
    with figure(7.0, 3.4, name) as (axes, finished):
        axes.loglog(step, error, "o", color=RIGHT, markersize=3.5, label="slope at one step")
        if abs(claimed - right) > evidence.bar:
            against = np.abs(np.array(evidence.slopes) - claimed)
            axes.loglog(step, against, "s", color=WRONG, markersize=3.5, label="the same, against the claim")
        else:
            level = max(abs(claimed - right), floor)
            axes.axhline(level, color=WRONG, linewidth=1.2, linestyle=":", label="the claim, from the differences")
        for line, style, label in _theory(step, error, evidence):
            axes.loglog(step[line > 0], line[line > 0], style, color=INK, linewidth=0.9, label=label)
        axes.axhline(max(evidence.bar, floor), color=RIGHT, linewidth=1.4, label="what was allowed")
        if evidence.pytorch is not None:
            level = max(abs(evidence.pytorch - right), floor)
            axes.axhline(level, color=INK, linewidth=0.9, linestyle="-.", label="PyTorch, from the differences")
        axes.axvline(evidence.taken, color=RIGHT, linewidth=0.8, linestyle=(0, (5, 3)), label="step that was taken")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(_power_of_ten)
            axis.set_minor_formatter("")
        axes.set_xlabel(f"step (in units of {evidence.parameter})")
        axes.set_ylabel(f"error of d/d{_entry(evidence.parameter, evidence.index)}")
        axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return finished[0]


def _theory(step: Array, error: Array, evidence: Evidence) -> list[tuple[Array, str, str]]:
    """Return the lines of theory, 0 where they say nothing: where the other one hides them, or there is none.

    Truncation goes with the square of the step, rounding with the value over the step.
    """
    seen = error[0] > 20.0 * error[2] > 0.0  # a tenth of the step, and the error is a hundredth
    truncation = step**2 * (error[1] / step[1] ** 2 if seen else 0.0)
    rounding = UNIT * max(abs(evidence.value), 1e-300) / step
    lines = ((truncation, "--", "truncation, step squared"), (rounding, ":", "rounding, value / step"))
    told = [(np.where(line > 0.1 * error, line, 0.0), style, label) for line, style, label in lines]
    return [own for own in told if (own[0] > 0).sum() > 2]


def _power_of_ten(tick: float, _: float) -> str:
    """Write 0.001 as 10⁻³, in plain letters: to typeset formulas takes as long as all the rest of the page."""
    return "10" + str(round(math.log10(tick))).translate(RAISED)


def _entry(parameter: str, index: tuple[int, ...]) -> str:
    return f"{parameter}[{','.join(map(str, index))}]" if index else parameter
