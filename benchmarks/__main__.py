"""``python -m benchmarks``: measure everything, print the table, and write it under reports/bench."""

import argparse
import os
import sys
from pathlib import Path

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

from benchmarks import report  # noqa: E402 - the number of threads is read when NumPy is imported
from benchmarks.jobs import jobs  # noqa: E402
from benchmarks.measure import measure  # noqa: E402
from benchmarks.ours import OURS  # noqa: E402
from benchmarks.peers import PEERS  # noqa: E402
from benchmarks.subjects import subjects  # noqa: E402


def main() -> None:
    """Measure, print and write."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer networks and rounds: under a minute")
    options.add_argument("--out", type=Path, default=Path("reports/bench"), help="the folder to write to")
    given = options.parse_args()
    notes: list[str] = []
    rounds, patience = (3, 5.0) if given.quick else (7, 60.0)
    found = []
    for subject in subjects(given.quick):
        print(f"measuring {subject.name}", file=sys.stderr)
        found += measure([*OURS, *PEERS], subject, rounds, patience, notes.append)
    whole = jobs(rounds, given.quick)
    print(report.write(given.out, found, whole, list(dict.fromkeys(notes))))


if __name__ == "__main__":
    main()
