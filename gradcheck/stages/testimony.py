"""Diagnosis of code that is no layer of the textbook: it is matched with one, or its numbers are compared."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from time import thread_time

import numpy as np

from gradcheck.diagnose import evidence, of_layer
from gradcheck.diagnose.hypotheses import close
from gradcheck.diagnose.matching import Reading, reading
from gradcheck.diagnose.unknown import POINTS, Testimony, broken_law, leftover, related, sharp
from gradcheck.mistakes import CATALOGUE
from gradcheck.op import Array
from gradcheck.oracles import ComplexStep, Differences, Oracle, PyTorch
from gradcheck.point import Point
from gradcheck.records import Diagnosis, Estimate, Finding
from gradcheck.repair import Exhibit, Repair, Scene, repairs, scene, together, uses
from gradcheck.stages.directions import entries_are_few
from gradcheck.stages.smaller import affordable, lengths_of, measured, smaller

AWAY = 0.3
"""How far the other points lie, in units of the size of the inputs."""
SHARPEST: tuple[Oracle, ...] = (PyTorch(), ComplexStep(), Differences(few=0), Differences())
"""Who is asked for the right gradients, one after the other until six digits are known."""
LENGTHS = 3
"""How many lengths of axes are changed to tell sizes apart."""
SECONDS, AT_ONCE = 2.0, 0.5
"""How long an explanation may take with a smaller problem; and with one of many entries that cannot be made smaller."""


_wanted: ContextVar[bool] = ContextVar("wanted", default=True)


@contextmanager
def undiagnosed() -> Iterator[None]:
    """Judge without looking for what explains it, where only the verdict is wanted."""
    before = _wanted.set(False)
    try:
        yield
    finally:
        _wanted.reset(before)


def explanations_wanted() -> bool:
    """Say whether what explains a finding is looked for."""
    return _wanted.get()


def diagnose(point: Point, findings: list[Finding]) -> list[Finding]:
    """Add to the findings about unknown code what explains them; those that nothing explains stay as they are."""
    if not _wanted.get():
        return findings
    with (
        np.errstate(all="ignore"),
        together(),
        suppress(Exception),
    ):  # no verdict may fail for want of a diagnosis
        return _explained(point, findings)
    return findings


def _explained(point: Point, findings: list[Finding]) -> list[Finding]:
    """Look at a smaller point if there are many entries; at the point itself if that shows nothing, and is quick."""
    small = smaller(point)
    if small is not point and affordable(small, POINTS + LENGTHS, SECONDS):
        around = _Around(small, (measured(point, findings),))
        wrong = around.exhibit(small).wrong(_claim(small))
        left = [own for own in findings if own.parameter and own.parameter not in wrong]
        told = _diagnosed(around, [own for own in findings if own not in left])
        if len(told) == 1 and told[0].place:
            return [_with_all(told[0], left, point)]
        if any(finding.diagnoses or finding.place for finding in told):
            return told + left
    few = entries_are_few(point) or affordable(point, POINTS + LENGTHS, AT_ONCE)
    return _diagnosed(_Around(point), findings) if few else findings


def _with_all(finding: Finding, left: list[Finding], point: Point) -> Finding:
    """Add to a repaired finding what was right at the smaller point: with that edit all that is shown is right here."""
    because = {*finding.consequences, *(own.parameter for own in left)}
    return replace(finding, consequences=tuple(name for name in point.wanted if name in because))


@dataclass(frozen=True)
class _Around:
    """A point and others around it, with what the oracles say at each: they are asked once."""

    point: Point
    """The point at which something is wrong."""
    beside: tuple[Exhibit, ...] = ()
    """Others at which what is said must hold as well."""
    said: dict[int, dict[str, Estimate]] = field(default_factory=dict)
    """The best word on every wanted input, by the point."""

    @cached_property
    def there(self) -> list[Point]:
        """Points of the same sizes elsewhere."""
        return _points(self.point)

    @cached_property
    def longer(self) -> list[Point]:
        """Points of other sizes."""
        return _longer(self.point)

    def best(self, own: Point) -> dict[str, Estimate]:
        """Return the sharpest word of any oracle on every wanted input at one of the points."""
        if id(own) not in self.said:
            self.said[id(own)] = _best(own)
        return self.said[id(own)]

    def exhibit(self, own: Point) -> Exhibit:
        """Return a point with those right gradients that are known to six digits."""
        return Exhibit(own, own.value(), {name: said for name, said in self.best(own).items() if sharp(said)})

    def exhibits(self) -> list[Exhibit]:
        """Return the other points with the right gradients there, some of other sizes."""
        return [*(self.exhibit(own) for own in (*self.there, *self.longer)), *self.beside]

    def heard(self, own: Point) -> list[Testimony]:
        """Ask the claim and the best oracle about every draw of a point."""
        claim, value, best = own.claim(), own.value(), self.best(own)
        return [_testimony(own, draw, value, claim, best) for draw in range(own.draws)]


def _diagnosed(around: _Around, findings: list[Finding]) -> list[Finding]:
    with suppress(Exception):  # a backward pass that raises has no numbers, and may still be repaired
        findings = _by_number(around, findings)
    with suppress(Exception):  # where no code can be followed, its numbers keep their names
        findings = _by_repair(around, findings)
    return findings


def _by_number(around: _Around, findings: list[Finding]) -> list[Finding]:
    point, there = around.point, around.there
    layer = reading(point, there)
    by_role = _of_layer(layer, there) if layer else {}
    kind = layer.layer.kind if layer else ""
    left = [own for own in findings if not by_role.get(own.parameter)]
    testimonies = [own for one in (point, *there) for own in around.heard(one)] if left else []
    longer = cache(lambda: [told for own in around.longer for told in around.heard(own)])
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


def _by_repair(around: _Around, findings: list[Finding]) -> list[Finding]:
    """Say of the findings whose code can be repaired where it is wrong; what one edit repairs is one finding."""
    point, _ = around.point, around.longer  # whose functions are edited as well, so they are to be there
    watched = scene(point)
    if watched is None:
        return findings
    here = around.exhibit(point)
    found = repairs(watched, here, here.wrong(_claim(point)), cache(around.exhibits))
    for repair in found:
        findings = _merged(findings, repair, point, watched.unread)
    told, ends = list(findings), thread_time() + uses.SECONDS
    with suppress(TimeoutError):
        for place, finding in enumerate(findings):
            told[place] = _by_uses(watched, finding, around, ends)
    return told


def _by_uses(watched: Scene, finding: Finding, around: _Around, ends: float) -> Finding:
    """Say of a finding without a name which uses of the parameter are left out, if that is what it is."""
    role, points = finding.parameter, [around.point, *around.there]
    said = around.best(around.point)
    if finding.diagnoses or finding.clause != "gradient" or role not in said or not sharp(said[role]):
        return finding
    diagnosis = uses.told(watched, role, points, [around.best(point)[role].value for point in points], ends)
    return replace(finding, diagnoses=(diagnosis,)) if diagnosis else finding


def _claim(point: Point) -> dict[str, Array]:
    """Return what is claimed; nothing if the backward pass raises."""
    with suppress(Exception):
        return point.claim()
    return {}


def _merged(findings: list[Finding], repair: Repair, point: Point, unread: bool) -> list[Finding]:
    """Make one finding of those that one edit repairs.

    Where some of the code cannot be read, what has a name keeps it: an edit of the rest may only make up for
    what is wrong there.
    """
    own = [finding for finding in findings if finding.parameter in repair.settles or not finding.parameter]
    if not own or (unread and own[0].diagnoses):
        return findings
    fitting = tuple(known for known in own[0].diagnoses if known.cause == repair.diagnosis.cause)
    known = own[0].diagnoses if _taught(own[0]) else fitting if len(fitting) == 1 else (repair.diagnosis,)
    because = tuple(name for name in point.wanted if name in repair.settles)
    told = replace(own[0], diagnoses=known, place=repair.place, consequences=because)
    return [told if finding is own[0] else finding for finding in findings if finding is own[0] or finding not in own]


def _taught(finding: Finding) -> bool:
    """Say whether what is told comes from the formula of a layer, and not from numbers alone."""
    return any(told.mistake.partition(" ")[0] in CATALOGUE for told in finding.diagnoses)


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


def _longer(point: Point) -> list[Point]:
    """Return points of the same code with some axes longer, to tell sizes apart."""
    lengths = sorted(size for size in lengths_of(point) if size > 1)
    found: list[Point] = []
    for length in lengths[:LENGTHS]:
        found += _lengthened(point, length, 1) or _lengthened(point, length, length)  # pooling takes even lengths
    return found


def _lengthened(point: Point, length: int, by: int) -> list[Point]:
    """Return a point with axes of this length longer by so much; none if the code is made for these sizes alone."""
    with suppress(Exception):
        if made := point.op.resized({length: length + by}):
            longer = replace(Point.of(*made), wanted=point.wanted)
            return [longer] * all(own.shape == longer.inputs[name].shape for name, own in longer.claim().items())
    return []


def _best(point: Point) -> dict[str, Estimate]:
    """Return the sharpest word of any oracle on every wanted input."""
    best: dict[str, Estimate] = {}
    for oracle in SHARPEST:
        if oracle.judges(point.op):
            for name, said in oracle.answer(point).gradients.items():
                best[name] = min((best.get(name, said), said), key=lambda own: float(own.bar.max(initial=0.0)))
        if best.keys() >= set(point.wanted) and all(map(sharp, best.values())):
            break
    return {name: best[name] for name in point.wanted}


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
