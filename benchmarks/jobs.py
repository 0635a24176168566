"""What is counted in units of its own: networks a second, starts of the program, and the memory of a check."""

import os
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.measure import timed
from benchmarks.ours import BlackBox
from benchmarks.subjects import MEDIUM, Subject, layered, on_paper
from gradcheck import check
from gradcheck.oracles import Differences, PyTorch, layers, units
from gradcheck.oracles.differences import by_entries
from gradcheck.point import Point
from gradcheck.records import Estimate
from gradcheck.reference import Network
from gradcheck.run import run

STACKED = 1000
"""How many draws of the network for paper are stacked."""
FORMULA = ("formula", "--problem", "two-two-two", "dL/dw1 = dL/do1 do1/dh1 dh1/dw1 + dL/do2 do2/dh1 dh1/dw1")
"""A formula by the chain rule, to be judged."""


STARTS = {
    "gradcheck --help": ("-m", "gradcheck", "--help"),
    "import gradcheck": ("-c", "import gradcheck"),
    "gradcheck formula": ("-m", "gradcheck", *FORMULA),
}
"""What is started, by a fresh interpreter."""


@dataclass(frozen=True)
class Job:
    """Something that is counted in its own unit."""

    name: str
    value: float
    unit: str
    spread: tuple[float, float]
    """The lowest and the highest of all rounds."""


def jobs(rounds: int, quick: bool) -> list[Job]:
    """Measure the main job, the stack of draws, and the starts of the program."""
    run(cases=20, seed=1)
    pairs, networks = zip(*[_main_job(20 if quick else 100) for _ in range(rounds)], strict=True)
    return [
        _job("the main job, one core, after start-up", "pairs/s", pairs),
        _job("the main job, as many draws as fit each network", "networks/s", networks),
        _job("two-two-two, draws stacked, all differences", "networks/s", [_stacked(STACKED) for _ in range(rounds)]),
        _job("two-two-two, reference alone, unstacked", "networks/s", [_unstacked() for _ in range(rounds)]),
        *(_job(name, "ms of the processor", _starts(rounds, *arguments)) for name, arguments in STARTS.items()),
        *(
            _job(f"error of {name}, against PyTorch", "of the largest entry", [_error(way)])
            for name, way in WAYS.items()
        ),
        *(_job(f"memory of {name}, 1e6 parameters", "x the network", [held(work)]) for name, work in MEMORY.items()),
    ]


def _job(name: str, unit: str, values: Sequence[float]) -> Job:
    return Job(name, float(np.median(values)), unit, (min(values), max(values)))


def _main_job(cases: int) -> tuple[float, float]:
    """Return how many pairs of an architecture and a weight draw are judged in a second, and how many architectures."""
    started = time.process_time()
    record = run(cases=cases)
    taken = time.process_time() - started
    return record.draws / taken, record.cases / taken


def _stacked(draws: int) -> float:
    """Return networks fully differenced in a second."""
    subject, generator = on_paper("two-two-two"), np.random.default_rng(0)
    inputs = {name: generator.normal(size=(draws, *array.shape)) for name, array in subject.point.inputs.items()}
    inputs = {name: array[:, 0] for name, array in inputs.items()}
    point = Point(subject.network, inputs, np.ones(draws), tuple(subject.parameters))
    return draws / timed(lambda: Differences().answer(point))


def _unstacked() -> float:
    subject = on_paper("two-two-two")
    parameters = tuple(subject.parameters.values())
    return 1.0 / timed(lambda: subject.gradient(*parameters))


def _starts(rounds: int, *arguments: str) -> list[float]:
    """Return how many milliseconds of the processor a fresh interpreter needs for something that is compiled already.

    Somebody else's work on the same machine makes it take longer, and no more of these.
    """
    with tempfile.TemporaryDirectory() as folder:
        compiled = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        compiled.pop("PYTHONDONTWRITEBYTECODE", None)
        return [_start(arguments, compiled) for _ in range(rounds + 1)][1:]


def _start(arguments: tuple[str, ...], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment)  # noqa: S603 - our own
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000.0 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


WAYS: dict[str, Callable[[Point, Network], dict[str, Estimate]]] = {
    "exact steps chained": lambda point, _: layers.chained(point)[0],
    "every unit moved": units.estimates,
    "every weight moved": lambda point, _: by_entries(point),
}
"""What is held against PyTorch's derivative."""


def _error(way: Callable[[Point, Network], dict[str, Estimate]]) -> float:
    """Return how far one way is from PyTorch, in units of the largest entry of each parameter."""
    subject = layered(MEDIUM, 16)
    found, torch = way(subject.point, subject.network), PyTorch().answer(subject.point).gradients
    apart = (np.abs(own.value - torch[name].value).max() / np.abs(own.value).max() for name, own in found.items())
    return float(max(apart))


MEMORY: dict[str, Callable[[Subject], object]] = {
    "layer by layer": lambda subject: Differences().answer(subject.point),
    "PyTorch's answer": lambda subject: PyTorch().answer(subject.point),
    "the black box by directions": lambda subject: check(BlackBox(subject), **subject.parameters),
    "the whole check of the network": lambda subject: check(subject.network, **subject.data, **subject.parameters),
}
"""What is asked how much it holds; what it is given is not counted, nor what PyTorch holds by itself."""


def held(work: Callable[[Subject], object], width: int = 704) -> float:
    """Return the most memory that NumPy holds at a time, in sizes of the network: three layers of one width."""
    subject = layered((width, width, width, 10), 16)
    tracemalloc.start()
    work(subject)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / sum(array.nbytes for array in subject.parameters.values())
