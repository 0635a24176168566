"""The wrong derivations that give exactly a person's numbers: one wrong rule, one times a constant, two at once.

Every rule that the forward pass invites to be got wrong is tried. What the formula itself takes as given, a delta or a
dZ2, is taken as right: each step is judged by itself.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from gradcheck.formula.claims import NOTHING, Claim, set_as
from gradcheck.formula.diagnose.ratios import Ratio, constants, ratio
from gradcheck.formula.diagnose.slips import wrong_rules
from gradcheck.formula.diagnose.wrong import WrongRule
from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.calculus import Contributions
from gradcheck.formula.language.tree import Derivative, Tree
from gradcheck.formula.language.valueless import Valueless
from gradcheck.formula.posed.landscape import Landscape, Step
from gradcheck.formula.posed.routes import Routes
from gradcheck.op import Array

MOST_PAIRS = 600
"""How many pairs of mistakes are tried."""


FIRST = ("route-forgotten", "bias-not-summed-over-batch", "first-sample-only", "mean-for-sum")
"""Mistakes that are likelier than the derivative of something else."""


@dataclass(frozen=True)
class Explanation:
    """A wrong derivation that gives the person's numbers."""

    slips: tuple[Slip, ...]
    """What went wrong in it."""


def wrong_derivations(claim: Claim) -> tuple[list[Explanation], list[Explanation]]:
    """Return the wrong rules that give the numbers, and those that give them up to a constant."""
    alone, scaled = [], []
    for rule in candidates(claim.at[0], claim.target):
        found = _factor(claim, (rule,))
        if found and str(found) == "1":
            alone.append(Explanation((_said(rule),)))
        elif found:
            scaled.append(Explanation((_said(rule), *further(found))))
    alone.sort(key=lambda one: one.slips[0].mistake not in FIRST)
    return alone, scaled


def explain_two(claim: Claim) -> Iterator[Explanation]:
    """Yield two wrong rules at once that give the numbers: the same slip in two places first."""
    rules = [
        rule for rule in candidates(claim.at[0], claim.target) if rule.mistake not in ("route-twice", "route-negative")
    ]
    pairs = [
        (first, second)
        for place, first in enumerate(rules)
        for second in rules[place + 1 :]
        if first.part is not second.part
    ]
    pairs.sort(key=lambda pair: pair[0].mistake != pair[1].mistake)
    kinds = dict.fromkeys(rule.mistake for rule in rules)
    everywhere = [tuple(rule for rule in rules if rule.mistake == kind) for kind in kinds]
    for pair in [*(rule for rule in everywhere if len(rule) > 2), *pairs[:MOST_PAIRS]]:
        if claim.agrees_with(predictions(claim, pair)) and _change(claim, pair):
            first, second = pair[:2]
            said = (_said(first),) if first.mistake == second.mistake else (_said(first), _said(second))
            yield Explanation(tuple(sorted(said, key=lambda slip: slip.cause != "missing-path")))


def without_a_route(claim: Claim) -> Iterator[tuple[Slip, tuple[Array, ...]]]:
    """Yield what the derivative would be if a route were forgotten, for every route."""
    for rule in candidates(claim.at[0], claim.target):
        if rule.mistake == "route-forgotten" and _change(claim, (rule,)):
            predicted = tuple(predictions(claim, (rule,)))
            if np.any(predicted[0]):
                yield _said(rule), predicted


@lru_cache(maxsize=64)
def candidates(at: Landscape, target: Derivative) -> tuple[WrongRule, ...]:
    """Return the rules that matter for a target: those on the way from it to what is differentiated."""
    routes = Routes.of(at.problem)
    inside = [
        name for name in at.problem.definitions if routes.depends(name, target.by) and routes.depends(target.of, name)
    ]
    return tuple(rule for name in inside for rule in _candidates_in(at, name))


@lru_cache(maxsize=1024)
def _candidates_in(at: Landscape, name: str) -> tuple[WrongRule, ...]:
    """Return the rules that may be got wrong in one definition, the same for every target: what they give is known."""
    return tuple(wrong_rules(at.problem, at.rules, name))


def _factor(claim: Claim, rules: tuple[WrongRule, ...]) -> Ratio | None:
    """Return the factor between a claim and what wrong rules make of the derivative; None if there is none."""
    found = ratio(claim.values, predictions(claim, rules), claim.at)
    return found if found and _change(claim, rules) else None


def _change(claim: Claim, rules: tuple[WrongRule, ...]) -> bool:
    """Say whether wrong rules make the derivative wrong."""
    return not all(claim.agrees(said, place) for place, said in enumerate(predictions(claim, rules)))


def predictions(claim: Claim, rules: tuple[WrongRule, ...]) -> Iterator[Array]:
    """Yield what wrong rules make of the derivative, point by point.

    What the formula takes as given is right: each step is judged by itself.
    """
    of, by = claim.target.of, claim.target.by
    for at in claim.at:
        given = tuple(sorted(name for name in claim.given if name in at.towards(of)))
        found = _predicted(at, claim.at[0], (of, by), rules, given)
        yield NOTHING if found is None else set_as(found, claim.numpy)


@lru_cache(maxsize=4096)
def _predicted(
    at: Landscape, first: Landscape, derivative: tuple[str, str], rules: tuple[WrongRule, ...], given: tuple[str, ...]
) -> Array | None:
    """Return what wrong rules make of a derivative at a point, whatever a person says; None if it has no value."""
    of, by = derivative
    right = {name: at.towards(of)[name] for name in given}
    with np.errstate(all="ignore"), suppress(Valueless, ValueError):
        gradients = at.gradients(of, np.ones_like(at.numbers[of]), _steps(first, rules), right)
        return gradients.get(by, np.zeros_like(at.numbers[by]))
    return None


@lru_cache(maxsize=4096)
def _steps(at: Landscape, rules: tuple[WrongRule, ...]) -> dict[str, Step]:
    """Return the definitions in which the wrong rules stand, differentiated by them."""
    nodes = {rule.node for rule in rules}
    if len(nodes) == len(rules) > 1:
        return {node: step for rule in rules for node, step in _steps(at, (rule,)).items()}

    def slip(part: Tree, dy: Tree) -> Contributions | None:
        answers = (rule.slip(part, dy) for rule in rules)
        return next((answer for answer in answers if answer is not None), None)

    changed = replace(at.rules, slip=slip)
    return {node: at.pullback(node, changed) for node in nodes}


def further(found: Ratio) -> tuple[Slip, ...]:
    """Return the second mistake, if there is a constant as well."""
    return () if str(found) == "1" else constants(found)


def _said(rule: WrongRule) -> Slip:
    return Slip(rule.cause, None, rule.says, "", rule.mistake, rule.question)
