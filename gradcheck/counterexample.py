"""A counterexample is written up so that it can be followed on paper: the network, and all numbers that go into it."""

from collections.abc import Iterator

import numpy as np

from gradcheck.architecture import plan
from gradcheck.generate import Shrunk
from gradcheck.op import Array
from gradcheck.records import Case, Counterexample, Drawn, Result
from gradcheck.reference import Network


def write_up(found_in: Case, shrunk: Shrunk, result: Result, cases: int) -> Counterexample:
    """Write up the smallest case of a finding, with the numbers of the draw in which it is shown."""
    laid = plan(shrunk.case.architecture)
    draw = result.findings[0].draw if result.findings else 0
    return Counterexample(
        case=str(shrunk.case),
        found_in=str(found_in),
        tried=shrunk.tried,
        result=result,
        cases=cases,
        network=tuple(_drawn(laid.network)),
        numbers={name: _written(array[draw]) for name, array in laid.inputs(shrunk.case).items()},
    )


def _drawn(network: Network) -> Iterator[Drawn]:
    """Yield what a drawing of the network shows: its inputs, then its nodes."""
    for name in network.inputs:
        data = name in network.constants or name.startswith("x")
        yield Drawn(name, "input" if data else "parameter", ())
    for node in network.nodes:
        yield Drawn(node.name, node.op.kind, tuple(node.sources.values()))


def _written(array: Array) -> str:
    """Write an array out, on one line, with the digits that it was drawn with."""
    text = np.array2string(
        array, separator=", ", max_line_width=10**6, threshold=10**6, floatmode="unique", precision=17
    )
    return text.replace("\n", "")
