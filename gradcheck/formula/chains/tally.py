"""The routes of a derivative counted: each has to be there once, with a plus.

Only a sum of walks can be counted. A walk stands for as many routes as its collapsed factors do.
"""

from fractions import Fraction
from itertools import pairwise

from gradcheck.formula.chains.terms import span_of_term, walked, write
from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.tree import Derivative, Span
from gradcheck.formula.posed.routes import Route, Routes, Term


def count(found: list[Term], target: Derivative, routes: Routes) -> dict[Route, Fraction | None]:
    """Return how often each route is there; None where a term is no walk."""
    counted: dict[Route, Fraction] = {}
    for term in found:
        order = walked(term, target, routes)
        if order is None:
            return {(): None}
        for route in _followed(order, target, routes):
            counted[route] = counted.get(route, Fraction(0)) + term.number
    return {route: counted.get(route, Fraction(0)) for route in routes.between(target.by, target.of)}


def _followed(order: list[Derivative], target: Derivative, routes: Routes) -> list[Route]:
    """Return the routes that a walk stands for."""
    found: list[Route] = [(target.of,)]
    for factor in order:
        found = [
            (*piece[:-1], *rest)
            for rest in found
            for piece in (routes.meant(factor) if rest[0] == factor.of else _through(factor, rest[0], routes))
        ]
    return [route if route[0] == target.by else (target.by, *route) for route in found]


def _through(factor: Derivative, here: str, routes: Routes) -> list[Route]:
    """Return the routes of a factor with the unit link that leads to it."""
    return [(*route, here) for route in routes.meant(factor)]


def weigh(
    counted: dict[Route, Fraction | None], found: list[Term], target: Derivative, routes: Routes, span: Span | None
) -> list[Slip]:
    """Say which routes are missing, there too often, or there with a wrong sign or number."""
    numbers = {number for number in counted.values() if number is not None}
    if len(numbers) == 1 and (number := numbers.pop()) not in (0, 1):
        return [_constant(number, span, "Every route is there, but")]
    slips = []
    for route, times in counted.items():
        through = _through_what(route, counted)
        if times == 0:
            says = f"A change of {target.by} reaches {target.of} {through} as well,"
            says += f" and that route is missing: {_arrows(route)}."
            question = f"Which variables does {_fork(route, routes)} feed?"
            slips.append(Slip("missing-path", None, says, f"add {_product(route)}", question=question))
        elif times == 2:
            says = f"The route {through} is counted twice: {_arrows(route)}."
            question = "Which routes does each collapsed factor already contain?"
            slips.append(Slip("duplicate-path", _where(route, found), says, "count it once", question=question))
        elif times != 1 and times is not None:
            slips.append(_constant(times, _where(route, found), f"The route {through} is there, but"))
    return sorted(slips, key=lambda slip: slip.cause != "missing-path")


def _arrows(route: Route) -> str:
    return " -> ".join(name for name in route if not name.startswith("net_"))


def _constant(number: Fraction, span: Span | None, begin: str) -> Slip:
    if number == -1:
        says = f"{begin} with a minus sign: routes add, and signs come from the local derivatives alone."
        return Slip("wrong-sign", span, says, "replace the minus by a plus")
    cause = "duplicate-path" if number == 2 else "wrong-constant"
    return Slip(cause, span, f"{begin} {number} times instead of once.", f"divide by {number}")


def _where(route: Route, found: list[Term]) -> Span | None:
    """Return where in the text a route stands."""
    inside = [term for term in found if all({factor.of, factor.by} <= set(route) for factor in term.factors)]
    return span_of_term(inside[-1]) if inside else None


def _through_what(route: Route, counted: dict[Route, Fraction | None]) -> str:
    """Name a route by the variables that set it apart."""
    others = [set(other) for other in counted if other != route]
    own = [name for name in route[1:-1] if not all(name in other for other in others) and not name.startswith("net_")]
    return f"through {' and '.join(own)}" if own else "directly"


def _fork(route: Route, routes: Routes) -> str:
    """Return where along a route the last fork lies."""
    for name in route:
        consumers = [own for own in routes.problem.definitions if name in routes.problem.sources(own)]
        if len(consumers) > 1 and not name.startswith("net_"):
            return name
    return route[0]


def _product(route: Route) -> str:
    """Write a route as a product of its links, loss first."""
    named = [name for place, name in enumerate(route) if not name.startswith("net_") or place in (0, len(route) - 1)]
    return " * ".join(write(Derivative(of, by)) for by, of in pairwise(named))


def drawn(route: Route, number: Fraction | None) -> str:
    """Draw a route with what the formula makes of it."""
    marks: dict[Fraction | None, str] = {None: "?", Fraction(0): "missing", Fraction(1): "right"}
    mark = marks.get(number, f"{number} times")
    return f"{' -> '.join(name for name in route if not name.startswith('net_'))}   {mark}"
