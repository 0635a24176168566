"""Other processes give the same answers in the same order, also when some of them die."""

import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck import generate, report, workers
from gradcheck import run as module
from gradcheck.errors import GradcheckError
from gradcheck.records import Case, Result, Verdict
from gradcheck.run import run
from gradcheck.survey.judging import KILLED, judge
from gradcheck.workers import SECONDS, Engine, Work, processes
from tests.elsewhere import die_of_seven, die_once, threads


class Here(Executor):
    """An executor that works at once, and dies of certain items, with all that is sent to it afterwards."""

    def __init__(self, deadly: dict[str, int]) -> None:
        self.deadly, self.dead = deadly, False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **settings: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.dead:
            raise BrokenExecutor
        for item in map(str, args[1]):
            if self.deadly.get(item, 0) > 0:
                self.deadly[item] -= 1
                self.dead = True
                future.set_exception(BrokenExecutor())
                return future
        future.set_result(fn(*args, **settings))
        return future


class Nowhere(Executor):
    """An executor whose workers have all gone."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **settings: Any) -> Future[Any]:
        return Future()


def square(item: int) -> int:
    return item**2


def inverse(item: int) -> int:
    return 1 // item


def through(deadly: dict[str, int], count: int = 100) -> list[tuple[int, int]]:
    """Send numbers through an engine of which some items kill a worker so many times."""
    own = Engine(lambda: Here(deadly), lambda: 3)
    return list(Work(own, square, lambda item: -item).answers(range(count)))


@given(st.dictionaries(st.integers(0, 99).map(str), st.just(1), max_size=5))
def test_what_dead_workers_had_is_run_again_and_counted_once(deadly: dict[str, int]) -> None:
    assert through(deadly) == [(item, item**2) for item in range(100)]


def test_what_kills_its_worker_again_and_again_is_told_and_the_rest_goes_on() -> None:
    assert through({"17": 9}) == [(item, -item if item == 17 else item**2) for item in range(100)]


def test_an_exception_of_the_work_itself_is_no_death() -> None:
    with pytest.raises(ZeroDivisionError):
        list(Work(Engine(lambda: Here({}), lambda: 1), inverse, inverse).answers([1, 0]))


def test_if_no_worker_is_left_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE", 0.0)
    with pytest.raises(GradcheckError, match="No worker is left"):
        list(Work(Engine(Nowhere, lambda: 0), square, square).answers([1]))


class Clock:
    """A clock that an item moves on by so many seconds."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def work(self, seconds: float) -> float:
        self.now += seconds
        return seconds


@given(st.floats(0.005, 10.0))
@settings(max_examples=25)
def test_batches_take_about_half_a_second(each: float) -> None:
    clock, spans = Clock(), []

    class Timed(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **settings: Any) -> Future[Any]:
            spans.append(each * len(args[1]))
            return super().submit(fn, *args, **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "time", clock)
        list(Work(Engine(lambda: Timed({}), lambda: 2), clock.work, clock.work).answers([each] * 3_000))
    settled = spans[20:-1]
    assert settled
    assert all(span <= max(1.5 * SECONDS, each) for span in spans[4:])
    assert all(span >= 0.6 * SECONDS for span in settled)


def test_any_executor_will_do() -> None:
    engine = Engine(partial(ThreadPoolExecutor, 3), lambda: 3)
    assert report.encode(run(cases=12, engine=engine)) == report.encode(run(cases=12))


def test_every_process_has_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in workers.THREADS:
        monkeypatch.setenv(name, "8")
    ((_, found),) = Work(processes(1), threads, threads).answers([0])
    assert set(found.values()) == {"1"}


def test_all_processes_begin_before_any_may_die() -> None:
    before = set(multiprocessing.active_children())
    with processes(3).start() as executor:
        assert executor.submit(abs, -1).result() == 1
        assert len(set(multiprocessing.active_children()) - before) == 3


def test_real_processes_die_and_the_work_goes_on(tmp_path: Path) -> None:
    answers = list(Work(processes(2), die_of_seven, lambda item: -item).answers(range(12)))
    assert answers == [(item, -7 if item == 7 else item**2) for item in range(12)]
    answers = list(Work(processes(2), partial(die_once, tmp_path), lambda item: -item).answers(range(12)))
    assert answers == [(item, item**2) for item in range(12)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "10", "5"]


@pytest.mark.parametrize("planted", ["", "mean-for-sum"])
def test_a_case_that_kills_its_worker_twice_is_reported_and_never_judged_here(
    planted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer = next(case for case in generate.survey(0, 0) if "affine" in case.architecture)

    def judged(case: Case, planted: str = "") -> Result:
        assert case != killer
        return judge(case, planted)

    monkeypatch.setattr(module, "judge", judged)
    record = run(cases=12, planted=planted, engine=Engine(lambda: Here({str((0, killer)): 3}), lambda: 2))
    example = next(own for own in record.counterexamples if own.result.findings[0].clause == KILLED)
    assert (example.case, record.verdict) == (str(killer), Verdict.BROKEN)
    pages = [path.read_text() for path in report.write(record, tmp_path)]
    assert all("the process that judged it died" in page for page in pages if not page.startswith("{"))


def test_the_command_line_gives_the_same_record_with_processes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gradcheck", "run", "-n", "8", "-q", "--jobs", "2", "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "run.json").read_text() == report.encode(run(cases=8))
