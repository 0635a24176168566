"""A Dask cluster gives the same record, byte for byte, also when a worker is killed midway."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from gradcheck import cluster, report
from gradcheck.cluster import engine
from gradcheck.errors import GradcheckError
from gradcheck.run import Progress, run

NOWHERE = "dask://127.0.0.1:1"


def test_an_address_that_is_none_is_one_line() -> None:
    with pytest.raises(GradcheckError, match="dask://HOST:PORT"):
        engine("spark://here")


def test_without_dask_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(GradcheckError, match=r"gradcheck\[distributed\]"):
        engine(NOWHERE)


@pytest.mark.filterwarnings("ignore")
def test_where_nobody_answers_that_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="needs the extra 'distributed'")
    monkeypatch.setattr(cluster, "PATIENCE", 0.2)
    with pytest.raises(GradcheckError, match="Nobody answers"):
        engine(NOWHERE)


@pytest.fixture
def dask() -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """A scheduler and two workers, in processes of their own."""
    pytest.importorskip("distributed", reason="needs the extra 'distributed'")
    own = [sys.executable, "-m"]
    with ExitStack() as stack:

        def start(*command: str) -> subprocess.Popen[str]:
            process = stack.enter_context(subprocess.Popen([*own, *command], stderr=subprocess.PIPE, text=True))
            stack.callback(process.kill)
            return process

        scheduler = start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        assert scheduler.stderr
        place = next(found[1] for line in scheduler.stderr if (found := re.search(r"Scheduler at: +tcp://(\S+)", line)))
        worker = ("distributed.cli.dask_worker", place, "--no-nanny", "--no-dashboard", "--nthreads", "1")
        yield f"dask://{place}", [start(*worker), start(*worker)]


@pytest.mark.filterwarnings("ignore")
def test_a_worker_is_killed_midway_and_nothing_is_lost_or_counted_twice(
    dask: tuple[str, list[subprocess.Popen[str]]],
) -> None:
    from distributed import default_client

    address, workers = dask
    here = run(cases=12)
    own = engine(address)
    try:
        default_client().wait_for_workers(2)
        killed: list[int] = []

        def watch(progress: Progress) -> None:
            if progress.cases == 3 and not killed:
                os.kill(workers[0].pid, signal.SIGKILL)
                killed.append(workers[0].wait())

        assert own.workers() == 2
        there = run(cases=12, engine=own, watch=watch)
        assert killed == [-signal.SIGKILL]
        assert own.workers() == 1
        assert report.encode(there) == report.encode(here)
    finally:
        default_client().close()
