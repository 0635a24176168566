"""A chain of derivatives is judged as a statement about routes, not about fractions.

Every term has to be a walk from the loss back to the target (``terms``); only when all are, the routes get counted
(``tally``).
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from gradcheck.formula.chains.tally import count, drawn, weigh
from gradcheck.formula.chains.terms import Looked, look, walked, write
from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.tree import Derivative, Span, Tree
from gradcheck.formula.posed.drawing import Link, links, named_links
from gradcheck.formula.posed.routes import Route, Routes, Term, multiplied_out


@dataclass(frozen=True)
class Told:
    """What a look at the terms has told."""

    slips: tuple[Slip, ...]
    """What is wrong, the most important first."""
    repaired: bool
    """Whether the repairs make the formula right."""
    right: tuple[str, ...] = ()
    """What is right."""
    graph: tuple[str, ...] = ()
    """Every route, with what the formula makes of it."""
    links: tuple[Link, ...] = ()
    """The graph, with what the formula makes of every link."""


def tell(tree: Tree, target: Derivative, routes: Routes) -> Told:
    """Look at an expression of derivatives that is not equal to its target, and say why."""
    found = multiplied_out(tree)
    if found is None:
        return Told((), False)
    if summed := _sum_along_route(found, target, routes, tree.span):
        return Told((summed,), False)
    looked = [look(term, target, routes) for term in found]
    slips = [slip for own in looked for slip in own.slips]
    if not all(slip.cause == "wrong-target" for own in looked for slip in own.slips or (None,) if slip) or any(
        not own.slips for own in looked
    ):
        slips = [replace(slip, cause="wrong-variable") if slip.cause == "wrong-target" else slip for slip in slips]
    whole = [own.term for own in looked if not own.zero]
    counted = count(whole, target, routes)
    missing = (
        [] if any(counted[route] is None for route in counted) else weigh(counted, found, target, routes, tree.span)
    )
    graph = tuple(drawn(route, counted.get(route)) for route in routes.between(target.by, target.of))
    is_right = not missing and all(counted[route] == 1 for route in counted)
    marked = links(routes.problem, _marks(found, counted, routes))
    return Told(tuple(slips + missing), is_right, _praise(looked, counted, slips), graph, marked)


def _marks(found: list[Term], counted: dict[Route, Fraction | None], routes: Routes) -> dict[tuple[str, str], str]:
    """Return what a formula makes of the links: a link of a route that is there is right, whatever else it is."""
    problem = routes.problem
    marks: dict[tuple[str, str], str] = {}
    for mark, number in (("twice", 2), ("missing", 0), ("right", 1)):
        for route in (route for route, times in counted.items() if times == number):
            marks.update(dict.fromkeys(named_links(route, problem), mark))
    factors = (factor for term in found for factor in term.factors)
    hops = {(own.by, own.of): "meaningless" for own in factors if problem.is_input(own.of) and own.of != own.by}
    return marks | hops


def _sum_along_route(found: list[Term], target: Derivative, routes: Routes, span: Span | None) -> Slip | None:
    """Recognise the links of one route added up instead of multiplied."""
    if len(found) < 2 or any(len(term.factors) != 1 for term in found):
        return None
    together = Term(Fraction(1), tuple(term.factors[0] for term in found))
    if walked(together, target, routes) is None:
        return None
    says = "These are the right links, but rates along one route multiply: a sum is for separate routes."
    repair = " * ".join(write(factor) for factor in together.factors)
    return Slip(
        "not-a-path", span, says, repair, "sum-for-product", "If h doubles a change and o triples it, what arrives?"
    )


def _praise(looked: list[Looked], counted: dict[Route, Fraction | None], slips: list[Slip]) -> tuple[str, ...]:
    """Say what is right."""
    there = sum(1 for number in counted.values() if number == 1)
    if not there or None in counted.values():
        return (
            (f"{sum(not own.slips for own in looked)} of {len(looked)} terms are right.",)
            if any(not own.slips for own in looked) and len(looked) > 1
            else ()
        )
    every = (
        "both routes are"
        if there == len(counted) == 2
        else f"all {len(counted)} routes are"
        if there == len(counted) > 2
        else "the one route is"
        if there == len(counted)
        else f"{there} of {len(counted)} routes {'is' if there == 1 else 'are'}"
    )
    return (f"{every} there" + (", in the right order." if slips and there == len(counted) else "."),)
