"""Code of which only numbers are known: which relation holds between what it claims and what is right?

The right gradient is an oracle's, so six digits are asked for, at three points. Less is claimed than of a layer whose
formula is known: not what was written, but what became of the numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradcheck.mistakes.relations import RELATIONS, Known, Relation, sum_forgotten
from gradcheck.op import Array
from gradcheck.records import Diagnosis, Estimate

SIX_DIGITS = 1e-6
"""How well the right gradient must be known, and how closely a relation must fit, relative to the largest entry."""
POINTS = 3
"""At how many points a relation must hold."""


@dataclass(frozen=True)
class Testimony:
    """One draw of a point: what it was given, what is claimed, and what an oracle says."""

    arrays: Mapping[str, Array]
    """Every argument that is an array, and the value."""
    numbers: Mapping[str, float]
    """Every argument that is a single number."""
    cotangent: Array
    claim: Mapping[str, Array]
    right: Mapping[str, Estimate]

    def known(self, role: str) -> Known:
        """Return what is known about one argument."""
        right = {name: said.value for name, said in self.right.items()}
        return Known(role, self.arrays, self.numbers, right, self.cotangent, np.asarray(self.claim[role]))

    def negated(self) -> "Testimony":
        """Return the same with the claim turned to its negative."""
        return replace(self, claim={name: -claim for name, claim in self.claim.items()})

    def sharp(self, role: str) -> bool:
        """Say whether the right gradient is known to six digits."""
        return sharp(self.right[role])


def sharp(said: Estimate) -> bool:
    """Say whether a gradient is known to six digits."""
    return bool(said.bar.max(initial=0.0) <= SIX_DIGITS * np.abs(said.value).max(initial=0.0))


def related(role: str, seen: Sequence[Testimony], longer: Callable[[], Sequence[Testimony]]) -> tuple[Diagnosis, ...]:
    """Return every relation that holds at all points; ``longer`` makes points at which sizes are others."""
    if len(seen) < POINTS or not all(own.sharp(role) for own in seen):
        return ()
    found = _standing(role, seen, longer)
    if found:
        return tuple(relation.diagnosis(_several(keys)) for relation, keys in found)
    turned = [own.negated() for own in seen]
    standing = _standing(role, turned, lambda: [own.negated() for own in longer()])
    found = [own for own in standing if own[0].cause in ("wrong-reduction", "wrong-constant")]
    return tuple(_together(relation.diagnosis(_several(keys))) for relation, keys in found)


def _standing(
    role: str, seen: Sequence[Testimony], longer: Callable[[], Sequence[Testimony]]
) -> list[tuple[Relation, set[str]]]:
    """Return the relations that hold, each with its particulars; where sizes are meant, sizes are changed to see."""
    found = [(relation, _holding(relation, role, seen)) for relation in RELATIONS]
    found = [(relation, keys) for relation, keys in found if keys]
    if not any("n is" in key for _, keys in found for key in keys):
        return found
    there = [own for own in longer() if own.sharp(role)]
    left = [(relation, keys & _holding(relation, role, there)) for relation, keys in found] if there else found
    return [(relation, keys) for relation, keys in left if keys]


def _together(other: Diagnosis) -> Diagnosis:
    """Say that the sign is lost as well."""
    sign = next(own for own in RELATIONS if own.id == "gradient-negated").diagnosis()
    return replace(
        other,
        mistake=f"{sign.mistake} + {other.mistake}",
        cause=f"{sign.cause} + {other.cause}",
        says=f"Two mistakes at once. {sign.says} {other.says}",
    )


def broken_law(role: str, seen: Sequence[Testimony]) -> str:
    """Say along which axis the right gradient always sums to zero, if the claimed one does not; empty if there is none.

    Rows of a softmax do, and the sets of a normalisation: it needs no formula to see that something is left out.
    """
    if len(seen) < POINTS or any(role not in own.claim or not own.sharp(role) for own in seen):
        return ""
    for axis in range(seen[0].right[role].value.ndim):
        if all(_vanishes(own.right[role].value, axis) for own in seen) and not _vanishes(seen[0].claim[role], axis):
            return f"Along axis {axis} the right gradient always sums to zero; the claimed one does not."
    return ""


def _vanishes(gradient: Array, axis: int) -> bool:
    """Say whether all sums along an axis are nothing but rounding, though there is something to sum."""
    largest = np.abs(gradient).max(initial=0.0)
    several = gradient.ndim > axis and gradient.shape[axis] > 1
    return bool(several and np.abs(gradient.sum(axis=axis)).max() <= SIX_DIGITS * largest)


def leftover(role: str, here: Testimony) -> tuple[Diagnosis, ...]:
    """Return what explains a gradient of another shape than its argument."""
    claim, right = np.asarray(here.claim[role]), here.right[role].value
    found = [sum_forgotten(words) for words, summed in _sums(claim) if _fits(summed, right, here, role)]
    for relation in RELATIONS:
        for words, expected in relation.expects(here.known(role)):
            if expected.shape == claim.shape and expected.shape != right.shape and _fits(claim, expected, here, role):
                found.append(relation.diagnosis(words))
    return tuple({own.mistake: own for own in reversed(found)}.values())


def _sums(claim: Array) -> list[tuple[str, Array]]:
    axes = [(axis,) for axis in range(claim.ndim)] + [(one, other) for one in range(claim.ndim) for other in range(one)]
    return [(f"add over axis {' and '.join(map(str, own))}", claim.sum(axis=own)) for own in axes]


def _holding(relation: Relation, role: str, seen: Sequence[Testimony]) -> set[str]:
    """Return under which particulars a relation holds at all of some points."""
    holds = [_here(relation, role, own) for own in seen]
    return set.intersection(*holds) if holds else set()


def _here(relation: Relation, role: str, own: Testimony) -> set[str]:
    claim = np.asarray(own.claim[role])
    return {words for words, expected in relation.expects(own.known(role)) if _fits(claim, expected, own, role)}


def _fits(claim: Array, expected: Array, own: Testimony, role: str) -> bool:
    """Say whether two arrays are equal to six digits of the largest."""
    if claim.shape != expected.shape or not np.isfinite(claim).all():
        return False
    largest = max(np.abs(expected).max(initial=0.0), np.abs(own.right[role].value).max(initial=0.0) * SIX_DIGITS)
    return bool(np.abs(claim - expected).max(initial=0.0) <= SIX_DIGITS * largest)


def _several(keys: set[str]) -> str:
    """Write particulars out; those of a tie after each other."""
    return " or ".join(sorted(keys)[:3])
