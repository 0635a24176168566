"""Interleaved measurement: every contestant once a round, so that all of them see the same machine.

What is measured is time of the processor, on one thread: others may work on the same machine.
"""

import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from benchmarks.peers import Contestant, Unsuited, Work
from benchmarks.subjects import Subject

SHORTEST = 0.05
"""Seconds; quicker work is repeated until a measurement takes this long: a first time finds a cold cache."""


@dataclass(frozen=True)
class Effort:
    """How long is measured."""

    rounds: int
    """How often everybody is asked, in turn."""
    patience: float
    """Seconds; who has taken longer in all is not asked again, so that slow work is measured once."""
    longest: float
    """Seconds; who takes longer is stopped, and who would, by the number of its passes, is not asked."""


@dataclass
class Measured:
    """The times of one contestant on one subject, one for each round."""

    contestant: str
    looks_at: str
    subject: str
    parameters: int
    seconds: list[float] = field(default_factory=list)
    """One for each round."""
    left_out: str = ""
    """Why there are none."""

    @property
    def median(self) -> float:
        """Seconds, in the middle of the rounds."""
        return float(np.median(self.seconds))

    def ratio(self, other: "Measured") -> tuple[float, float, float]:
        """Return how many times faster this was than another: quartile, median, quartile.

        That is round by round, or, where one of the two was asked less often, every round beside every round.
        """
        together = zip if len(self.seconds) == len(other.seconds) else product
        ratios = [theirs / own for theirs, own in together(other.seconds, self.seconds)]
        low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75))
        return float(low), float(middle), float(high)


def measure(
    contestants: list[Contestant], subject: Subject, effort: Effort, say: Callable[[str], None]
) -> list[Measured]:
    """Measure all contestants that are here, in turn, round after round.

    Everybody warms up once before; that counts only for those who are too slow to be asked again.
    """
    forward = timed(lambda: subject.loss(*subject.parameters.values()))
    found, ready = [], []
    for one in contestants:
        found.append(measured := Measured(one.name, one.looks_at, subject.name, subject.size))
        passes = one.passes * subject.size
        try:
            if passes * forward > effort.longest:
                raise _TooSlow(f"not asked: as long as {passes:,.0f} passes")
            with _at_most(effort.longest):
                work = one.prepare(subject)
                first = timed(work)
        except (_TooSlow, Unsuited) as error:
            measured.left_out = str(error)
        except ImportError as error:
            measured.left_out = "not installed"
            say(f"{one.name} is left out: {error}.")
        else:
            measured.seconds = [first] if first > effort.patience else []
            ready += [(measured, work)] * (first <= effort.patience)
    for _ in range(effort.rounds):
        for measured, work in ready:
            if sum(measured.seconds) < effort.patience:
                measured.seconds.append(timed(work))
    return found


class _TooSlow(BaseException):
    """Somebody takes too long; no checker that catches exceptions is to catch this one."""


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Stop what takes longer, by an alarm."""

    def stop(*_: object) -> None:
        raise _TooSlow(f"stopped after {seconds:.0f} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def timed(work: Work) -> float:
    """Return the seconds that a piece of work takes, the mean of as many repetitions as it needs to be seen."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        count, started = 0, time.process_time()
        while count == 0 or time.process_time() - started < SHORTEST:
            work()
            count += 1
        return (time.process_time() - started) / count
