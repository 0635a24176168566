"""The tables, as Markdown for people and JSON for programs, beside the plots."""

import json
import platform
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path

from benchmarks import plots
from benchmarks.detection import SIZES, Detected
from benchmarks.jobs import Job
from benchmarks.measure import Measured
from benchmarks.ours import REFERENCE
from benchmarks.peers import BASE

NOT_LIKE_FOR_LIKE = """\
## What is not like for like

- torch, scipy, numdifftools, autograd, jax and the loop know nothing of a network but its value. `black box` is what
  gradcheck does when it knows no more; with a network of its own layers it uses that it knows them, and moves the whole
  network along a direction to see that what it assumed was so.
- `exact steps chained` is what `layer by layer` does before it moves the whole. Where moving the whole does not confirm
  it, `every unit moved` is what is done for networks of affine layers with many weights, and `every weight moved` for
  all others: three values of each weight, or six where three do not settle it, since an error bar takes more than two.
  Where rows do not meet before the loss and nothing has a kink, all weights into a unit move the value through the same
  number in every row: it is given four values, and each weight one. Units are given two, but for a few of each layer.
  Of a moved weight only what follows from it is computed: one column, one matrix of rank one, the layers behind;
  torch's slow mode, which knows no layers, runs the whole.
- Who looks at one direction sees far less than who looks at every entry: the table of wrong entries says how much.
- gradcheck measures its error bars, which costs it passes that nobody else makes; its whole check asks PyTorch as well,
  and the contract. numdifftools measures bars too. The peers judge by fixed tolerances.
- torch, jax and autograd derive the gradient that they judge themselves, and are timed with that; scipy, the loop and
  gradcheck are given the reference's own. Among the wrong entries everybody is given the same gradient.
- Who is too slow to be asked often is measured once; torch's slow mode, of the network that the ratios are told of, in
  several rounds. Who would take minutes is not asked: nothing is extrapolated.
- A network of the main job is judged with as many draws of its weights as fit together, 64 to 512: most pairs are of
  small networks. How many networks are judged in a second stands beside it.
- Memory is what NumPy holds at most beside what it is given: layer by layer, derivatives, their bars and one network
  that is moved; along directions, a copy of what was given, the claim, the direction, what is moved and its slopes;
  in a whole check, the claim, its rounding and what both oracles say while they are compared. No Jacobian is built.
- Time is that of the processor, for others work on the machine. Programs start with everything compiled, as they do
  the second time.
- One process, one thread, float64; jax is compiled before it is measured where it says jit.
"""


@dataclass
class Bench:
    """Everything that was measured."""

    measured: list[Measured] = field(default_factory=list)
    """The networks of the tables."""
    growing: list[Measured] = field(default_factory=list)
    """Networks of one form and growing size."""
    detected: list[Detected] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Who was left out, and why."""

    def note(self, text: str) -> None:
        """Remember a note, once."""
        if text not in self.notes:
            self.notes.append(text)


def write(folder: Path, bench: Bench) -> str:
    """Write everything into a folder; return the text."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(_text(bench)) + "\n"
    (folder / "BENCH.md").write_text(text)
    (folder / "bench.json").write_text(json.dumps({"machine": platform.platform(), **asdict(bench)}, indent=1) + "\n")
    plots.time(folder / "time.svg", bench.measured)
    plots.time(folder / "growth.svg", bench.growing)
    plots.detection(folder / "detection.svg", bench.detected)
    return text


def _text(bench: Bench) -> Iterator[str]:
    yield "# How fast\n"
    yield "Medians over the rounds, in time of the processor. `x` is how many times faster than torch's slow mode in"
    yield "the same round, with its quartiles, and if that was measured once, than it was then; `passes` is the time in"
    yield "forward and backward passes of the reference. `once`: measured so.\n"
    for subject, group in groupby(bench.measured, lambda own: own.subject):
        yield from _table(subject, list(group))
    yield "## As the network grows\n\nTanh layers, batch 16; milliseconds, `-` where it would take minutes.\n"
    yield from _growth(bench.growing)
    yield "\n## One wrong entry\n\nNoticed, of so many random places; and forward passes, where they can be counted.\n"
    yield from _detection(bench.detected)
    yield "## Jobs\n\n| | | lowest | highest |\n| --- | ---: | ---: | ---: |"
    for job in bench.jobs:
        low, high = job.spread
        yield f"| {job.name} | {job.value:,.4g} {job.unit} | {low:,.4g} | {high:,.4g} |"
    yield f"\n{NOT_LIKE_FOR_LIKE}"
    yield from bench.notes


def _table(subject: str, group: list[Measured]) -> Iterator[str]:
    asked = {one.contestant: one for one in group if one.seconds}
    yield f"## {subject}, {group[0].parameters:,} parameters\n"
    yield "| | looks at | ms | passes | x | quartiles |\n| --- | --- | ---: | ---: | ---: | ---: |"
    for one in sorted(asked.values(), key=lambda one: one.median):
        yield _row(one, asked.get(BASE), asked[REFERENCE])
    for one in group:
        if not one.seconds:
            yield f"| {one.contestant} | {one.looks_at} | {one.left_out} | | | |"
    yield ""


def _row(one: Measured, base: Measured | None, reference: Measured) -> str:
    passes = 1.0 / one.ratio(reference)[1]
    ratio, quartiles = "-", "-"
    if base:
        low, middle, high = one.ratio(base)
        ratio, quartiles = f"{middle:,.3g}", "once" if len(one.seconds) == 1 else f"{low:,.3g} to {high:,.3g}"
    return f"| {one.contestant} | {one.looks_at} | {1000 * one.median:,.3g} | {passes:,.3g} | {ratio} | {quartiles} |"


def _growth(growing: list[Measured]) -> Iterator[str]:
    sizes = sorted({one.parameters for one in growing})
    yield _line(["parameters", *(f"{size:,}" for size in sizes)])
    yield _line(["---", *["---:"] * len(sizes)])
    for name in dict.fromkeys(one.contestant for one in growing):
        own = {one.parameters: f"{1000 * one.median:,.3g}" for one in growing if one.contestant == name and one.seconds}
        yield _line([name, *(own.get(size, "-") for size in sizes)])


def _detection(detected: list[Detected]) -> Iterator[str]:
    for subject, group in groupby(detected, lambda own: own.subject):
        rows = list(group)
        yield f"### {subject}\n"
        yield _line(["r", *SIZES, "passes"])
        yield _line(["---", *["---:"] * (len(SIZES) + 1)])
        for name, own in groupby(rows, lambda one: one.checker):
            said = {one.size: one for one in own if one.of}
            passes = [one.passes for one in said.values()] or [0]
            counted = f"{min(passes):,} to {max(passes):,}" if max(passes) else "-"
            noticed = {size: f"{one.noticed} of {one.of}" for size, one in said.items()}
            yield _line([name, *(noticed.get(size, "-") for size in SIZES), counted])
        yield ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
