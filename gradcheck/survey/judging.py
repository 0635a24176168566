"""One case of a run, judged: by the process that runs, or by another that was sent the case alone."""

from dataclasses import replace

import numpy as np

from gradcheck import mistakes
from gradcheck.architecture import plan
from gradcheck.check import examine
from gradcheck.point import Point
from gradcheck.records import Case, Finding, Result, Verdict

KILLED = "killed"
"""The clause of a case that has killed its worker twice: it is not to be judged here."""


def judge(case: Case, planted: str = "") -> Result:
    """Judge one case, if wanted with a mistake planted into the reference.

    Raises IllFormed or UnknownName if the case or the mistake does not exist.
    """
    result = examine(point_of(case, planted), str(case))
    return replace(result, reproduce=f"gradcheck replay '{case}'" + (f" --plant {planted}" if planted else ""))


def point_of(case: Case, planted: str) -> Point:
    """Return the point of a case, if wanted with a mistake planted into the reference."""
    laid = plan(case.architecture)
    network = mistakes.find(planted).plant(laid.network) if planted else laid.network
    wanted = tuple(name for name in laid.network.inputs if name not in laid.network.constants)
    return Point(network, laid.inputs(case), np.ones(case.draws), wanted)


def ask(fresh: tuple[int, Case], planted: str) -> Result:
    """Judge one case; every process can import this."""
    return judge(fresh[1], planted)


def lost(fresh: tuple[int, Case]) -> Result:
    """Return the result for a case that has killed its worker twice."""
    finding = Finding(KILLED, "", "The process that judged this case died, twice, with nothing beside it.")
    return Result(Verdict.BROKEN, str(fresh[1]), (), (finding,), reproduce=f"gradcheck replay '{fresh[1]}'")
