"""A counterexample is written up so that it can be followed on paper: the network, and all numbers that go into it.

For those who doubt the check, the evidence goes with it: the whole gradient, and the differences at every step.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from gradcheck.architecture import plan
from gradcheck.baseline import Key, key
from gradcheck.check import examine
from gradcheck.evidence import Evidence
from gradcheck.generate import Shrunk
from gradcheck.op import Array
from gradcheck.oracles import ORACLES
from gradcheck.paper import Paper
from gradcheck.point import Point, typical_size
from gradcheck.records import Case, Counterexample, Drawn, Finding, Result
from gradcheck.reference import Network
from gradcheck.simplify import Inputs, presentable, simplified, unaltered, worked

STEPS = 10.0 ** -np.arange(0.5, 13.0, 0.5)
"""The steps of the evidence, in units of the size of the input."""
MOST = 1024
"""A gradient with more entries is not written out."""


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
        evidence=tuple(_evidence(point, result)),
        paper=paper,
    )


def _evidence(point: Point, result: Result) -> Iterator[Evidence]:
    """Yield the evidence for every finding that is about numbers."""
    for finding in result.findings:
        if finding.entries and point.inputs[finding.parameter][0].size <= MOST:
            with np.errstate(all="ignore"):
                yield _gathered(point, finding)


def _gathered(point: Point, finding: Finding) -> Evidence:
    name, draw, index = finding.parameter, finding.draw, finding.entries[0].index
    oracle = next(oracle for oracle in reversed(ORACLES) if oracle.judges(point.op))
    right = oracle.answer(point).gradients[name]
    here, claimed = point.inputs[name], point.claim()[name][draw]
    steps = STEPS * float(typical_size(here)[draw].max())
    moved = np.repeat(here[None], 2 * len(steps), axis=0)
    flat = moved[:, draw].reshape(2 * len(steps), -1)
    place = int(np.ravel_multi_index(index, here.shape[1:])) if index else 0
    flat[:, place] += np.concatenate([steps, -steps])
    moved[:, draw] = flat.reshape(moved[:, draw].shape)
    ahead, behind = np.split(point.project({name: moved})[:, draw], 2)
    return Evidence(
        parameter=name,
        shape=here.shape[1:],
        claimed=_short(claimed),
        expected=_short(right.value[draw]),
        index=index,
        bar=float(f"{right.bar[(draw, *index)]:.3g}"),
        value=float(f"{point.project({name: here[None]})[0, draw]:.6g}"),
        steps=_short(steps, 3),
        slopes=_short((ahead - behind) / (2.0 * steps), 17),
    )


def _short(array: Array, digits: int = 15) -> tuple[float, ...]:
    """Return the numbers of an array with so many digits; what is not finite is left out of no place, but is 0."""
    return tuple(float(f"{number:.{digits}g}") if np.isfinite(number) else 0.0 for number in np.ravel(array))


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
