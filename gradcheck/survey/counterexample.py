"""A counterexample is written up so that it can be followed on paper: the network, and all numbers that go into it.

For those who doubt the check, the evidence goes with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from gradcheck.architecture import plan
from gradcheck.check import examine
from gradcheck.generate import Shrunk
from gradcheck.op import Array
from gradcheck.point import Point
from gradcheck.records import Case, Counterexample, Result
from gradcheck.records.drawn import Drawn
from gradcheck.records.paper import Paper
from gradcheck.reference import Network
from gradcheck.report.baseline import Key, key
from gradcheck.survey import gathering
from gradcheck.survey.simplify import Inputs, presentable, simplified, unaltered, worked


def write_up(
    found_in: Case, shrunk: Shrunk, result: Result, cases: int, point: Point, paper: Paper | None = None
) -> Counterexample:
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
        evidence=tuple(gathering.of_findings(point, result)),
        paper=paper,
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


def on_paper(point: Point, kinds: Mapping[str, str], result: Result) -> Paper | None:
    """Work a case through with the plainest numbers that show the same; none if no step is known right."""
    network, draw = point.op, result.findings[0].draw
    if not isinstance(network, Network) or unaltered(network) == network:
        return None
    inputs = {name: array[draw : draw + 1] for name, array in point.inputs.items()}

    fit = presentable(network, inputs)

    def same(changed: Inputs) -> bool:
        there = replace(point, inputs=changed, cotangent=point.cotangent[draw : draw + 1])
        return presentable(network, changed) >= fit and _shown(examine(there, "")) == _shown(result)

    return worked(network, simplified(inputs, kinds, same))


def _shown(result: Result) -> list[tuple[Key, list[str]]]:
    """Return what a result shows: its findings, and what they are called."""
    return sorted((key(own), sorted(named.mistake for named in own.diagnoses)) for own in result.findings)
