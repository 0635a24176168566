"""Diagnosis of code that is no layer of the textbook: it is matched with one, or its numbers are compared."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache

import numpy as np

from gradcheck.diagnose import evidence, of_layer
from gradcheck.diagnose.hypotheses import close
from gradcheck.diagnose.matching import Reading, reading
from gradcheck.diagnose.unknown import POINTS, Testimony, broken_law, leftover, related
from gradcheck.op import Array
from gradcheck.oracles import ORACLES
from gradcheck.point import Point
from gradcheck.records import Diagnosis, Estimate, Finding

AWAY = 0.3
"""How far the other points lie, in units of the size of the inputs."""
LENGTHS = 3
"""How many lengths of axes are changed to tell sizes apart."""


def diagnose(point: Point, findings: list[Finding]) -> list[Finding]:
    """Add to the findings about unknown code what explains them; those that nothing explains stay as they are."""
    with (
        np.errstate(all="ignore"),
        suppress(Exception),
    ):  # no verdict may fail for want of a diagnosis
        return _diagnosed(point, findings)
    return findings


def _diagnosed(point: Point, findings: list[Finding]) -> list[Finding]:
    there = _points(point)
    layer = reading(point, there)
    by_role = _of_layer(layer, there) if layer else {}
    kind = layer.layer.kind if layer else ""
    left = [own for own in findings if not by_role.get(own.parameter)]
    testimonies = [own for one in (point, *there) for own in _heard(one)] if left else []
    longer = cache(lambda: _lengthened(point))
    told = []
    for finding in findings:
        named = by_role.get(finding.parameter, ())
        if not named and finding.parameter in point.wanted:
            named = _related(finding, testimonies, longer)
        law = broken_law(finding.parameter, testimonies) if not named else ""
        says = f"{finding.says} {law}".rstrip()
        says = f"{says} It computes what the textbook's {kind} layer does." if kind else says
        told.append(replace(finding, diagnoses=named, says=says))
    return told


def _points(point: Point) -> list[Point]:
    """Return points elsewhere, under cotangents of their own."""
    generator, found = np.random.default_rng(6), list[Point]()
    for _ in range(POINTS + 3):
        with suppress(Exception):  # the place may lie outside of the domain
            own = point.shifted(generator, AWAY)
            signs = generator.choice([-1.0, 1.0], own.cotangent.shape)
            cotangent = signs * generator.uniform(0.5, 1.5, own.cotangent.shape)
            own = replace(own, cotangent=cotangent if own.cotangent.ndim > 1 else own.cotangent)
            if np.isfinite(own.value()).all():
                found.append(own)
        if len(found) == POINTS - 1:
            break
    return found


def _of_layer(layer: Reading, there: Sequence[Point]) -> dict[str, tuple[Diagnosis, ...]]:
    """Return the mistakes of the catalogue for every argument that they explain."""
    seen = [
        evidence(layer.layer, layer, layer.read(own), own.cotangent, only=frozenset(layer.sources))
        for own in (layer.point, *there)
    ]
    found = of_layer(layer.layer, layer, seen, layer.inputs, only=frozenset(layer.sources))
    here = seen[0]
    if isinstance(here.claim, str):
        return dict.fromkeys(layer.point.wanted, found)
    wrong = [role for role, own in here.claim.items() if not close(own, here.at.gradients[role])]
    return {layer.sources[role][0]: found for role in wrong}


def _related(finding: Finding, seen: list[Testimony], longer: Callable[[], list[Testimony]]) -> tuple[Diagnosis, ...]:
    """Return the relations that explain one finding."""
    if finding.clause == "shape":
        return leftover(finding.parameter, seen[0]) if seen else ()
    return related(finding.parameter, seen, longer) if finding.clause == "gradient" else ()


def _lengthened(point: Point) -> list[Testimony]:
    """Return points of the same code with some axes longer, to tell sizes apart."""
    lengths = sorted({size for own in point.inputs.values() for size in own.shape[1:] if size > 1})
    found: list[Testimony] = []
    for length in lengths[:LENGTHS]:
        with suppress(Exception):  # the code may be made for these sizes alone
            made = point.op.lengthened(length)
            if made:
                found += _heard(Point.of(made[0], made[1]))
    return found


def _heard(point: Point) -> list[Testimony]:
    """Ask the claim and the best oracle about every draw of a point."""
    answers = [oracle.answer(point) for oracle in ORACLES if oracle.judges(point.op)]
    claim, value = point.claim(), point.value()
    best = {}
    for name in point.wanted:
        said = [own.gradients[name] for own in answers if name in own.gradients]
        best[name] = min(said, key=lambda own: float(own.bar.max(initial=0.0)))
    return [_testimony(point, draw, value, claim, best) for draw in range(point.draws)]


def _testimony(point: Point, draw: int, value: Array, claim: dict[str, Array], best: dict[str, Estimate]) -> Testimony:
    own = {name: array[draw] for name, array in point.inputs.items()}
    beside = {name: np.asarray(array) for name, array in point.op.given.items() if np.ndim(array) > 0}
    numbers = {name: float(array) for name, array in own.items() if array.ndim == 0}
    numbers |= {name: float(number) for name, number in point.op.given.items() if isinstance(number, int | float)}
    return Testimony(
        arrays={
            **point.op.around,
            **{name: array for name, array in own.items() if array.ndim},
            **beside,
            "the value": value[draw],
        },
        numbers=numbers,
        cotangent=point.cotangent[draw],
        claim={name: np.asarray(claim[name][draw]) for name in point.wanted if name in claim},
        right={
            name: Estimate(said.value[draw], said.bar[draw], said.kinks[draw], said.steepest[draw])
            for name, said in best.items()
        },
    )
