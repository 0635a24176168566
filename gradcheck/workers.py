"""Work done by other processes, with the same results in the same order as if there were none.

Items go out in batches of about half a second, and come back in the order in which they went. If a worker dies, what
was lost with it is run again, item by item and with nothing beside it; an item that kills its worker twice is told as
such, and the work goes on. Any ``concurrent.futures.Executor`` will do: a pool of processes here, or a Dask cluster's.
"""

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from gradcheck.errors import GradcheckError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

SECONDS = 0.5
"""About how long a batch takes."""
FIRST = 2
"""How many items the first batches have, when nothing is known of how long one takes."""
AHEAD = 2
"""How many batches are out for each worker, so that none waits for the next."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What says how many threads a process may use, when it is set before the process begins."""


@dataclass(frozen=True)
class Engine:
    """Where work is done."""

    workers: int
    """How many work side by side."""
    start: Callable[[], Executor]
    """Begin anew: at first, and after a worker has died."""


def processes(count: int) -> Engine:
    """Return an engine of so many processes on this machine, each with one thread."""

    def start() -> Executor:
        for name in THREADS:
            os.environ.setdefault(name, "1")  # a new process reads it when it begins
        return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))

    return Engine(count, start)


def engine(address: str) -> Engine:
    """Return the engine of an address such as ``dask://127.0.0.1:8786``.

    Raises GradcheckError if it is no such address, or ``distributed`` is not installed.
    """
    scheme, _, place = address.partition("://")
    if scheme != "dask" or not place:
        raise GradcheckError(f"No such engine: {address!r}. Expected dask://HOST:PORT, a Dask scheduler's address.")
    try:
        from distributed import Client
    except ImportError as error:
        raise GradcheckError(
            f"The engine {address!r} needs Dask ({error}). Install it with: pip install distributed"
        ) from error
    client = Client(place)
    return Engine(max(1, len(client.nthreads())), client.get_executor)


class Work(Generic[Item, Answer]):
    """Items on their way through an engine."""

    def __init__(self, own: Engine, ask: Callable[[Item], Answer], lost: Callable[[Item], Answer]) -> None:
        """Ask each item's question with ``ask``, which other processes must be able to import.

        ``lost`` gives the answer for an item that has killed its worker twice.
        """
        self.engine, self.ask, self.lost = own, ask, lost
        self.executor = own.start()
        self.out: deque[tuple[list[Item], Future[tuple[list[Answer], float]]]] = deque()
        self.size = FIRST

    def answers(self, items: Iterable[Item]) -> Iterator[tuple[Item, Answer]]:
        """Yield every item with its answer, in order."""
        left = iter(items)
        try:
            while self.send(left) or self.out:
                batch, future = self.out.popleft()
                try:
                    answers, seconds = future.result()
                except Exception as error:
                    if not _is_loss(error):
                        raise
                    answers, seconds = self.recover(batch), SECONDS
                self.size = max(1, min(4 * self.size, round(self.size * SECONDS / max(seconds, 1e-3))))
                yield from zip(batch, answers, strict=True)
        finally:
            self.executor.shutdown(wait=False, cancel_futures=True)

    def send(self, left: Iterator[Item]) -> bool:
        """Send batches until every worker has enough to do; say whether there was anything to send."""
        sent = False
        while len(self.out) < AHEAD * self.engine.workers and (batch := list(islice(left, self.size))):
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
                return self.submit([item]).result()[0][0]
            except Exception as error:
                if not _is_loss(error):
                    raise
                self.restart()
        return self.lost(item)

    def restart(self) -> None:
        """Begin anew."""
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = self.engine.start()


def _answer(ask: Callable[[Item], Answer], batch: list[Item]) -> tuple[list[Answer], float]:
    """Answer a batch, in a worker; say how long it took."""
    started = time.monotonic()
    return [ask(item) for item in batch], time.monotonic() - started


def _is_loss(error: Exception) -> bool:
    """Say whether an exception means that a worker has died: Dask has a name of its own for it."""
    return isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"


def _is_done(future: "Future[tuple[list[Answer], float]]") -> bool:
    """Say whether a batch has come back before the worker died."""
    return future.done() and not future.cancelled() and future.exception() is None
