"""Other processes give the same answers in the same order, also when some of them die."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

import pytest

from gradcheck import report
from gradcheck.errors import GradcheckError
from gradcheck.run import run
from gradcheck.workers import Engine, Work, engine, processes


class Here(Executor):
    """An executor that works at once, and dies of certain items, with all that is sent to it afterwards."""

    def __init__(self, deadly: dict[int, int]) -> None:
        self.deadly, self.dead = deadly, False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **settings: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.dead:
            raise BrokenExecutor
        for item in args[1]:
            if self.deadly.get(item, 0) > 0:
                self.deadly[item] -= 1
                self.dead = True
                future.set_exception(BrokenExecutor())
                return future
        future.set_result(fn(*args, **settings))
        return future


def square(item: int) -> int:
    return item**2


def inverse(item: int) -> int:
    return 1 // item


def through(deadly: dict[int, int], count: int = 100) -> list[tuple[int, int]]:
    """Send numbers through an engine of which some items kill a worker so many times."""
    own = Engine(3, lambda: Here(deadly))
    return list(Work(own, square, lambda item: -item).answers(range(count)))


def test_answers_come_in_order() -> None:
    assert through({}) == [(item, item**2) for item in range(100)]


def test_what_a_dead_worker_had_is_run_again_and_counted_once() -> None:
    assert through({17: 1, 40: 2, 41: 1}) == [(item, item**2) for item in range(100)]


def test_what_kills_its_worker_again_and_again_is_told_and_the_rest_goes_on() -> None:
    assert through({17: 9}) == [(item, -item if item == 17 else item**2) for item in range(100)]


def test_an_exception_of_the_work_itself_is_no_death() -> None:
    with pytest.raises(ZeroDivisionError):
        list(Work(Engine(1, lambda: Here({})), inverse, inverse).answers([1, 0]))


def die_of_seven(item: int) -> int:
    if item == 7:
        os._exit(1)
    return item**2


def test_real_processes_die_and_the_work_goes_on() -> None:
    answers = list(Work(processes(2), die_of_seven, lambda item: -item).answers(range(12)))
    assert answers == [(item, -7 if item == 7 else item**2) for item in range(12)]


def test_a_run_is_the_same_with_processes() -> None:
    assert report.encode(run(cases=12, engine=processes(2))) == report.encode(run(cases=12))


def test_the_command_line_gives_the_same_record_with_processes(tmp_path: Path) -> None:
    for jobs in ("1", "2"):
        command = [sys.executable, "-m", "gradcheck", "run", "-n", "8", "-q", "--jobs", jobs, "--out", tmp_path / jobs]
        subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "1" / "run.json").read_bytes() == (tmp_path / "2" / "run.json").read_bytes()


def test_an_engine_that_is_not_there_is_one_line() -> None:
    with pytest.raises(GradcheckError, match="dask://HOST:PORT"):
        engine("spark://here")
