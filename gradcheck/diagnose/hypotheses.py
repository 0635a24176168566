"""Which mistakes of the catalogue reproduce a wrong backward pass, to many digits, at every point that is looked at?

One that does is named; if several do, all are, and that is a tie. If none does, two at once are tried: they are named
only if no other two give the same numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from gradcheck.errors import ContractBroken
from gradcheck.mistakes import CATALOGUE, LayerMistake
from gradcheck.op import Array, Backward, Gradients, Op
from gradcheck.records import Diagnosis

DIGITS = 1e-9
"""How closely a mistake must reproduce the numbers, relative to their largest."""

Answer = Gradients | str
"""What a backward pass returns, or the name of the exception that came instead."""
Slip = Callable[[Backward], Gradients]


@dataclass(frozen=True)
class Evidence:
    """One point, with all that was in hand when the backward pass began, and what the wrong one says."""

    at: Backward
    claim: Answer
    only: frozenset[str] | None = None
    """The inputs whose gradients are claimed; None if all are."""


def evidence(
    right: Op,
    claimed: Op,
    inputs: Mapping[str, Array],
    cotangent: Array | None = None,
    only: frozenset[str] | None = None,
) -> Evidence:
    """Run a layer and a claimed backward pass of it at the same inputs, under a cotangent of random signs and sizes."""
    value, pullback = right(**inputs)
    if cotangent is None:
        generator = np.random.default_rng(5)
        cotangent = generator.uniform(0.5, 1.5, value.shape) * generator.choice([-1.0, 1.0], value.shape)
    at = Backward(right, inputs, value, cotangent, pullback(cotangent))
    return Evidence(at, answer(lambda at: _claimed(claimed, at), at), only)


def _claimed(op: Op, at: Backward) -> Gradients:
    """Run a claimed backward pass. Raises ContractBroken if the forward pass is not that of the layer here."""
    value, pullback = op(**at.inputs)
    if not close(value, at.value):
        raise ContractBroken("value", "", "This is another function.")
    return pullback(at.cotangent)


def answer(backward: Slip, at: Backward) -> Answer:
    """Return the gradients of a backward pass, or the name of the exception it raises."""
    try:
        with np.errstate(all="ignore"):
            return backward(at)
    except Exception as error:  # a wrong backward pass may fail in any way, and how it fails is what is compared
        return type(error).__name__


def explanations(right: Op, seen: Sequence[Evidence], more: Callable[[], Sequence[Evidence]]) -> tuple[Diagnosis, ...]:
    """Return the mistakes that reproduce all of the evidence; ``more`` is asked for if one reproduces what is there."""
    known = {own.id: own for own in CATALOGUE.values() if isinstance(own, LayerMistake) and own.applies(right)}
    left = _standing({(name,): own.backward for name, own in known.items()}, seen)
    if not left:
        twos: dict[tuple[str, ...], Slip] = {
            two: _one_after_the_other(*(known[name] for name in two)) for two in permutations(known, 2)
        }
        left = _standing(twos, seen)
    left = _standing(left, [*seen, *more()]) if left else left
    named = {frozenset(names): names for names in left}
    if any(len(names) == 2 for names in left) and len(named) > 1:
        return ()
    return tuple(_told([known[name] for name in names]) for names in named.values())


def _standing(slips: Mapping[tuple[str, ...], Slip], seen: Sequence[Evidence]) -> dict[tuple[str, ...], Slip]:
    """Return the slips that reproduce all of the evidence."""
    return {names: slip for names, slip in slips.items() if _reproduces(slip, seen)}


def _reproduces(slip: Slip, seen: Sequence[Evidence]) -> bool:
    """Say whether a slip gives the claimed answers, and not only the exceptions."""
    return bool(seen) and all(same(own.claim, answer(slip, own.at), own.only) for own in seen)


def _one_after_the_other(first: LayerMistake, then: LayerMistake) -> Slip:
    return lambda at: then.backward(replace(at, gradients=first.backward(at)))


def _told(told: Sequence[LayerMistake]) -> Diagnosis:
    """Say what was found; two at once in one breath."""
    parts = [own.diagnosis() for own in told]
    if len(parts) == 1:
        return parts[0]
    one, other = sorted(parts, key=lambda own: own.mistake)
    return Diagnosis(
        mistake=f"{one.mistake} + {other.mistake}",
        cause=f"{one.cause} + {other.cause}",
        says=f"Two mistakes at once. {one.says} {other.says}",
        question=f"{one.question} {other.question}",
        wrong=f"{one.wrong}; {other.wrong}",
        right=f"{one.right}; {other.right}",
    )


def same(claim: Answer, other: Answer, only: frozenset[str] | None = None) -> bool:
    """Say whether two answers are the same numbers, or the same failure; if wanted for some inputs only."""
    if isinstance(claim, str) or isinstance(other, str):
        return claim == other
    if only is not None:
        return all(name in other and close(claim[name], other[name]) for name in only & claim.keys())
    return claim.keys() == other.keys() and all(close(claim[name], other[name]) for name in claim)


def close(a: Array, b: Array) -> bool:
    """Say whether two arrays are the same numbers, entry by entry, to many digits of the largest."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    largest = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    return bool(np.all(np.abs(a - b) <= DIGITS * largest))
