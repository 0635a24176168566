"""The table of ratios, as Markdown for people, JSON for programs, and a plot of time against size."""

import json
import platform
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from benchmarks.jobs import Job
from benchmarks.measure import Measured
from benchmarks.ours import REFERENCE
from benchmarks.peers import BASE

NOT_LIKE_FOR_LIKE = """\
Not like for like: torch, scipy, autograd, jax and the loop know nothing of a network but its value, and `black box` is
what gradcheck does when it knows no more; with a network of its own layers it uses that it knows them. Peers that look
at one direction see far less than those that look at every entry. gradcheck measures its error bars, which costs it
several passes that nobody else makes, and its whole check asks PyTorch as well, and the contract. torch, jax and
autograd judge the gradient that they derive themselves.
"""


def write(folder: Path, found: list[Measured], jobs: list[Job], notes: list[str]) -> str:
    """Write everything into a folder; return the text."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(_text(found, jobs, notes)) + "\n"
    (folder / "BENCH.md").write_text(text)
    record = {"machine": platform.platform(), "measured": [asdict(own) for own in found]}
    record |= {"jobs": [asdict(own) for own in jobs], "notes": notes}
    (folder / "bench.json").write_text(json.dumps(record, indent=1) + "\n")
    _plot(folder / "time.svg", found)
    return text


def _text(found: list[Measured], jobs: list[Job], notes: list[str]) -> Iterator[str]:
    yield "# How fast\n"
    yield "One process, one thread, in turn; medians over the rounds. `x` is how many times faster than torch's slow"
    yield "gradcheck in the same round, with its quartiles; `passes` is the time in forward and backward passes.\n"
    for subject, group in groupby(found, lambda own: own.subject):
        own = list(group)
        by_name = {one.contestant: one for one in own}
        yield f"## {subject}, {own[0].parameters:,} parameters\n"
        yield "| | looks at | ms | passes | x | quartiles |\n| --- | --- | ---: | ---: | ---: | ---: |"
        yield from (_row(one, by_name.get(BASE), by_name[REFERENCE]) for one in sorted(own, key=lambda one: one.median))
        yield ""
    yield "## Jobs\n\n| | | lowest | highest |\n| --- | ---: | ---: | ---: |"
    for job in jobs:
        yield f"| {job.name} | {job.value:,.0f} {job.unit} | {job.spread[0]:,.0f} | {job.spread[1]:,.0f} |"
    yield f"\n{NOT_LIKE_FOR_LIKE}"
    yield from notes


def _row(one: Measured, base: Measured | None, reference: Measured) -> str:
    passes = 1.0 / one.ratio(reference)[1]
    low, middle, high = one.ratio(base) if base else (0.0, 0.0, 0.0)
    times = f"{middle:,.3g} | {low:,.3g} to {high:,.3g}" if base else "- | -"
    return f"| {one.contestant} | {one.looks_at} | {1000 * one.median:,.3g} | {passes:,.3g} | {times} |"


def _plot(path: Path, found: list[Measured]) -> None:
    """Draw time against the number of parameters, both on logarithmic scales, a line for every contestant."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot(xlabel="parameters", ylabel="seconds", xscale="log", yscale="log")
    for name in dict.fromkeys(one.contestant for one in found):
        own = sorted((one.parameters, one.median) for one in found if one.contestant == name)
        axes.plot(*zip(*own, strict=True), "o-", label=name, markersize=3)
    axes.legend(fontsize="x-small")
    figure.savefig(path)
