"""Work done by other processes, with the same results in the same order as if there were none.

Items go out in batches of about half a second, and come back in the order in which they went. If a worker dies, what
was lost with it is run again, item by item and with nothing beside it; an item that kills its worker twice is told as
such, and the work goes on. Any ``concurrent.futures.Executor`` will do: processes of this machine are started here,
and ``cluster.py`` finds those of a Dask cluster.
"""

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from multiprocessing.synchronize import Barrier
from typing import Generic, TypeVar

from gradcheck.errors import GradcheckError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

SECONDS = 0.5
"""About how long a batch takes."""
FIRST = 2
"""How many items the first batches have, when nothing is known of how long one takes."""
GROWTH = 4
"""How many times larger than a batch that has come back the next may be."""
AHEAD = 2
"""How many batches are out for each worker, so that none waits for the next."""
PATIENCE = 10.0
"""After so many seconds without an answer it is asked whether there is anybody left to give one."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What says how many threads a process may use, if it is set before the process begins."""


@dataclass(frozen=True)
class Engine:
    """Where work is done."""

    start: Callable[[], Executor]
    """Begin anew: at first, and after a worker has died."""
    workers: Callable[[], int]
    """Say how many work side by side at this moment; raises GradcheckError if nobody can say."""


def processes(count: int) -> Engine:
    """Return an engine of so many processes on this machine, each with one thread."""

    def start() -> Executor:
        os.environ.update(dict.fromkeys(THREADS, "1"))  # a new process reads it when it begins
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(count, context, _begin, (context.Barrier(count),))
        for _ in range(count):
            executor.submit(int)  # as long as nobody is idle, every one of these begins a process
        return executor

    return Engine(start, lambda: count)


def _begin(all_here: Barrier) -> None:
    """Begin a process; it has nothing to do before all have begun.

    An interrupt from the keyboard, which reaches all processes of a terminal, is handled by the first alone. And were
    one to begin while another dies, the executor would forget to end it, and then wait for it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    all_here.wait()


class Work(Generic[Item, Answer]):
    """Items on their way through an engine."""

    def __init__(self, engine: Engine, ask: Callable[[Item], Answer], lost: Callable[[Item], Answer]) -> None:
        """Ask each item's question with ``ask``, which other processes must be able to import.

        ``lost`` gives the answer for an item that has killed its worker twice.
        """
        self.engine, self.ask, self.lost = engine, ask, lost
        self.executor = engine.start()
        self.out: deque[tuple[list[Item], Future[tuple[list[Answer], float]]]] = deque()
        self.size = FIRST

    def answers(self, items: Iterable[Item]) -> Iterator[tuple[Item, Answer]]:
        """Yield every item with its answer, in order.

        Raises what ``ask`` raises, and GradcheckError if no worker is left.
        """
        left = iter(items)
        try:
            while self.send(left) or self.out:
                batch, future = self.out.popleft()
                try:
                    answers, seconds = self.result(future)
                    self.size = _resized(len(batch), seconds)
                except Exception as error:
                    if not _is_loss(error):
                        raise
                    answers = self.recover(batch)
                yield from zip(batch, answers, strict=True)
        finally:
            self.stop()

    def send(self, left: Iterator[Item]) -> bool:
        """Send batches until every worker has enough to do; say whether there was anything to send."""
        sent, enough = False, AHEAD * max(1, self.engine.workers())
        while len(self.out) < enough and (batch := list(islice(left, self.size))):
            self.out.append((batch, self.submit(batch)))
            sent = True
        return sent

    def submit(self, batch: list[Item]) -> "Future[tuple[list[Answer], float]]":
        """Send one batch; to a new start, if what was there is broken."""
        try:
            return self.executor.submit(_answer, self.ask, batch)
        except BrokenExecutor:
            self.restart()
            return self.executor.submit(_answer, self.ask, batch)

    def result(self, future: "Future[tuple[list[Answer], float]]") -> tuple[list[Answer], float]:
        """Wait for a batch; raises GradcheckError if there is nobody left to answer it."""
        while not wait([future], PATIENCE).done:
            if self.engine.workers() == 0:
                raise GradcheckError("No worker is left, and what they were asked is lost. Start some, and run again.")
        return future.result()

    def recover(self, batch: list[Item]) -> list[Answer]:
        """Answer a lost batch item by item, and send again what else was out."""
        self.restart()
        answers = [self.alone(item) for item in batch]
        self.out = deque((own, future if _is_done(future) else self.submit(own)) for own, future in self.out)
        return answers

    def alone(self, item: Item) -> Answer:
        """Answer one item with nothing beside it, so that a death is its own doing."""
        for _ in range(2):
            try:
                return self.result(self.submit([item]))[0][0]
            except Exception as error:
                if not _is_loss(error):
                    raise
                self.restart()
        return self.lost(item)

    def restart(self) -> None:
        """Begin anew."""
        self.stop()
        self.executor = self.engine.start()

    def stop(self) -> None:
        """Take back what nobody has begun with."""
        for _, future in self.out:
            future.cancel()
        self.executor.shutdown(wait=False)


def answered(
    engine: Engine | None, ask: Callable[[Item], Answer], lost: Callable[[Item], Answer], items: Iterable[Item]
) -> Iterator[tuple[Item, Answer]]:
    """Yield every item with its answer, in order: answered by an engine, or here if there is none."""
    if engine is None:
        return ((item, ask(item)) for item in items)
    return Work(engine, ask, lost).answers(items)


def _answer(ask: Callable[[Item], Answer], batch: list[Item]) -> tuple[list[Answer], float]:
    """Answer a batch, in a worker; say how long it took."""
    started = time.monotonic()
    return [ask(item) for item in batch], time.monotonic() - started


def _resized(count: int, seconds: float) -> int:
    """Return how many items fit into a batch, if so many took so many seconds."""
    return max(1, min(GROWTH * count, round(count * SECONDS / max(seconds, 1e-9))))


def _is_loss(error: Exception) -> bool:
    """Say whether an exception means that a worker has died: Dask has a name of its own for it."""
    return isinstance(error, BrokenExecutor | CancelledError) or type(error).__name__ == "KilledWorker"


def _is_done(future: "Future[tuple[list[Answer], float]]") -> bool:
    """Say whether a batch has come back before the worker died."""
    return future.done() and not future.cancelled() and future.exception() is None
