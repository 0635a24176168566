"""Interleaved measurement: every contestant once a round, so that all of them see the same machine."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.peers import Contestant, Work
from benchmarks.subjects import Subject

SHORTEST = 0.01
"""Seconds; quicker work is repeated until a measurement takes this long."""


@dataclass
class Measured:
    """The times of one contestant on one subject, one for each round."""

    contestant: str
    looks_at: str
    subject: str
    parameters: int
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Seconds, in the middle of the rounds."""
        return float(np.median(self.seconds))

    def ratio(self, other: "Measured") -> tuple[float, float, float]:
        """Return how many times faster this was than another, round by round: quartile, median, quartile."""
        ratios = [theirs / own for theirs, own in zip(other.seconds, self.seconds, strict=False)]
        low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75))
        return float(low), float(middle), float(high)


def measure(
    contestants: list[Contestant], subject: Subject, rounds: int, patience: float, say: Callable[[str], None]
) -> list[Measured]:
    """Measure all contestants that are here and can take the subject, in turn, so many rounds long.

    The first round warms up and does not count, except for those who take a fifth of ``patience`` (in seconds), and
    those who take longer than that in all are not asked again.
    """
    entered = [one for one in contestants if subject.size * (subject.batch + 50) <= one.largest]
    works = [(Measured(one.name, one.looks_at, subject.name, subject.size), one.prepare, one.name) for one in entered]
    ready: list[tuple[Measured, Work]] = []
    for measured, prepare, name in works:
        try:
            work = prepare(subject)
        except ImportError as error:
            say(f"{name} is left out: {error}.")
            continue
        first = timed(work)
        measured.seconds = [first] if first > 0.2 * patience else []
        ready.append((measured, work))
    for _ in range(rounds):
        for measured, work in ready:
            if sum(measured.seconds) < patience:
                measured.seconds.append(timed(work))
    return [measured for measured, _ in ready]


def timed(work: Work) -> float:
    """Return the seconds that a piece of work takes, the mean of as many repetitions as it needs to be seen."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        count, started = 0, time.perf_counter()
        while count == 0 or time.perf_counter() - started < SHORTEST:
            work()
            count += 1
        return (time.perf_counter() - started) / count
