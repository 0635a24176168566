"""``python -m benchmarks``: measure everything, print the tables, and write them with plots under reports/bench."""

import argparse
import os
import sys
from pathlib import Path

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

from benchmarks import report  # noqa: E402 - the number of threads is read when NumPy is imported
from benchmarks.detection import detect, everywhere  # noqa: E402
from benchmarks.jobs import jobs  # noqa: E402
from benchmarks.measure import Effort, measure  # noqa: E402
from benchmarks.ours import OURS  # noqa: E402
from benchmarks.peers import BASE, PEERS, Contestant  # noqa: E402
from benchmarks.structured import convolutional, recurrent, transformer  # noqa: E402
from benchmarks.subjects import LARGE, MEDIUM, SMALL, Subject, growing, layered, on_paper  # noqa: E402

GROWING = ("plain Python loop", "torch gradcheck, fast mode", BASE)
"""The peers whose time is shown as the network grows."""
PLACES = ((MEDIUM, 1000), (LARGE, 1000))
"""At how many places a single wrong entry of large networks is looked for."""
EFFORT, PATIENT = Effort(5, 1.0, 10.0), Effort(5, 20.0, 30.0)
"""How long is measured, and how long with the network of which the ratios to torch's slow gradcheck are told."""


def main() -> None:
    """Measure, print and write."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer networks, rounds and places: about a minute")
    options.add_argument("--out", type=Path, default=Path("reports/bench"), help="the folder to write to")
    given = options.parse_args()
    print(report.write(given.out, _quick() if given.quick else _whole()))


def _quick() -> report.Bench:
    bench = report.Bench()
    subjects = [on_paper("one-path"), on_paper("two-two-two"), layered(SMALL, 16), layered(MEDIUM, 16)]
    effort = Effort(3, 0.5, 30.0)
    _time(bench, [*subjects, convolutional(1)], effort)
    _grow(bench, growing(1e5), effort)
    _notice(bench, [layered(SMALL, 16)], 4, 1.0)
    bench.jobs = jobs(3, quick=True)
    return bench


def _whole() -> report.Bench:
    bench, batches = report.Bench(), (1, 16, 64)
    small, medium, large = ([layered(sizes, batch) for batch in batches] for sizes in (SMALL, MEDIUM, LARGE))
    structured = [make(batch) for make in (convolutional, recurrent, transformer) for batch in batches]
    _time(bench, [on_paper("one-path"), on_paper("two-two-two"), *small], EFFORT)
    _time(bench, medium, PATIENT)
    _time(bench, [*large, *structured], EFFORT)
    _grow(bench, growing(1e7), EFFORT)
    _notice(bench, [layered(sizes, 16) for sizes in (SMALL, MEDIUM, LARGE)], 20, 1.0)
    bench.detected += [everywhere(layered(sizes, 16), places) for sizes, places in PLACES]
    bench.jobs = jobs(5, quick=False)
    return bench


def _time(bench: report.Bench, subjects: list[Subject], effort: Effort) -> None:
    measure([*OURS, *PEERS], on_paper("one-path"), Effort(0, 0.0, effort.longest), bench.note)  # libraries are loaded
    for subject in subjects:
        print(f"measuring {subject.name}", file=sys.stderr)
        bench.measured += measure([*OURS, *PEERS], subject, effort, bench.note)


def _grow(bench: report.Bench, larger: list[Subject], effort: Effort) -> None:
    few: list[Contestant] = [*OURS, *(peer for peer in PEERS if peer.name in GROWING)]
    measure(few, on_paper("one-path"), Effort(0, 0.0, effort.longest), bench.note)  # libraries are loaded
    for subject in larger:
        print(f"measuring {subject.size:,} parameters", file=sys.stderr)
        bench.growing += measure(few, subject, effort, bench.note)


def _notice(bench: report.Bench, subjects: list[Subject], places: int, patience: float) -> None:
    for subject in subjects:
        print(f"one wrong entry of {subject.name}", file=sys.stderr)
        bench.detected += detect(subject, places, patience, bench.note)


if __name__ == "__main__":
    main()
