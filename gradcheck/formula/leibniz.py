"""A chain of derivatives is judged as a statement about routes, not about fractions.

Every term is a walk from the loss back to the target, or it is not one: then a link is missing, stands on its head,
belongs to another route, or is the derivative of something that depends on nothing. Only when every term is a walk do
the routes get counted: each must be there once. Letters are never cancelled against each other.
"""

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction

from gradcheck.formula.judgement import Slip
from gradcheck.formula.routes import Route, Routes, Term, multiplied_out
from gradcheck.formula.tree import Derivative, Span, Tree
from gradcheck.formula.writing import plain


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


@dataclass(frozen=True)
class Looked:
    """One term, looked at."""

    term: Term
    """The term as it should be, as far as that can be told."""
    slips: tuple[Slip, ...] = ()
    """What is wrong with it."""
    zero: bool = False
    """Whether it is a zero that does no harm."""


def write(factor: Derivative) -> str:
    """Return a factor in plain text."""
    return plain(factor)


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
    graph = tuple(_drawn(route, counted.get(route)) for route in routes.between(target.by, target.of))
    is_right = not missing and all(counted[route] == 1 for route in counted)
    return Told(tuple(slips + missing), is_right, _praise(looked, counted, slips), graph)


def harmless(tree: Tree, target: Derivative, routes: Routes) -> tuple[Slip, ...]:
    """Say which terms of a right formula are zero and could be left out."""
    slips = []
    for term in multiplied_out(tree) or []:
        zero = next((factor for factor in term.factors if not routes.meant(factor)), None)
        if zero:
            says = f"Correct but unnecessary: {zero.of} does not depend on {zero.by}, so this term is 0."
            slips.append(Slip("zero-term", _span(term), says, "leave the term out"))
    return tuple(slips)


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


def look(term: Term, target: Derivative, routes: Routes) -> Looked:
    """Look at one term: is it a walk from the loss to the target, and if not, why not?"""
    problem = routes.problem
    for factor in term.factors:
        if problem.is_input(factor.of) and factor.of != factor.by:
            return _meaningless(term, factor, target, routes)
    for factor in term.factors:
        if not routes.depends(factor.of, factor.by):
            return _unconnected(term, factor, target, routes)
    if walked(term, target, routes) is not None:
        return Looked(term)
    return _broken(term, target, routes)


def walked(term: Term, target: Derivative, routes: Routes) -> list[Derivative] | None:
    """Return the factors in the order of the walk from the loss to the target; None if they are no such walk."""
    left = [factor for factor in term.factors if factor.of != factor.by]
    order: list[Derivative] = []
    here = target.of
    while here != target.by:
        step = next((factor for factor in left if factor.of == here), None)
        if step is None:
            onward = _unit_step(here, left, target, routes)
            if onward is None:
                return None
            here = onward
            continue
        left.remove(step)
        order.append(step)
        here = step.by
    return order if not left else None


def _unit_step(here: str, left: list[Derivative], target: Derivative, routes: Routes) -> str | None:
    """Return where a link leads that may be left out because it is 1 whatever the numbers."""
    ends = {factor.of for factor in left} | {target.by}
    return next(
        (source for source in routes.problem.sources(here) if source in ends and routes.links[source, here] == 1), None
    )


def _meaningless(term: Term, factor: Derivative, target: Derivative, routes: Routes) -> Looked:
    """Take out the derivative of something that depends on nothing."""
    of, by = factor.of, factor.by
    what = "a parameter" if of in routes.problem.parameters else "data"
    partner = next((own for own in term.factors if own.by == of and routes.depends(own.of, by)), None)
    if partner is None and routes.depends(by, of):
        return _unconnected(term, factor, target, routes)
    says = f"{of} does not change when {by} changes: it is {what}, an independent variable, and {write(factor)} is literally 0."
    rest = tuple(own for own in term.factors if own is not factor and own is not partner)
    slip = Slip("meaningless-factor", factor.span, says, question=f"If you nudge {by} a little, what happens to {of}?")
    if partner is None:
        return _without(term, factor, slip, target, routes)
    joined = Derivative(partner.of, by, span=factor.span)
    repaired = replace(term, factors=(*rest, joined))
    says += f" {by} reaches {partner.of} directly, and {write(joined)} is evaluated using {of}."
    repair = f"{write(factor)} * {write(partner)}  ->  {write(joined)}"
    slip = replace(
        slip, says=says, repair=repair, mistake="illegal-cancellation", shown=_nudge(by, of, partner.of, routes)
    )
    further = look(repaired, target, routes)
    return Looked(further.term, (slip, *further.slips))


def _without(term: Term, factor: Derivative, slip: Slip, target: Derivative, routes: Routes) -> Looked:
    """Try the term without a factor that says nothing."""
    rest = replace(term, factors=tuple(own for own in term.factors if own is not factor))
    if walked(rest, target, routes) is not None:
        return Looked(rest, (replace(slip, repair=f"leave {write(factor)} out"),))
    further = look(rest, target, routes)
    if further.slips and further.slips[0].cause == "early-stop":
        return Looked(further.term, (slip,))
    return Looked(further.term, (slip,)) if further.slips else Looked(term, (slip,))


def _unconnected(term: Term, factor: Derivative, target: Derivative, routes: Routes) -> Looked:
    """Explain a factor between two variables of which the first does not depend on the second."""
    of, by = factor.of, factor.by
    turned = Derivative(by, of, span=factor.span)
    if routes.depends(by, of):
        repaired = replace(term, factors=tuple(turned if own is factor else own for own in term.factors))
        says = f"Derivatives run from cause to effect: {of} affects {by}, not the other way round."
        slip = Slip(
            "inverted-factor",
            factor.span,
            says,
            f"{write(factor)}  ->  {write(turned)}",
            question=f"Which of {of} and {by} is computed from the other?",
        )
        further = look(repaired, target, routes)
        return Looked(further.term, (slip, *further.slips))
    if renamed := _renamed(term, target, routes, factor):
        return renamed
    says = f"{of} does not depend on {by}, neither directly nor through anything else, so {write(factor)} is 0."
    slip = Slip("not-a-path", factor.span, says, question=f"Which variables is {of} computed from?")
    partner = next((own for own in term.factors if own.by == of and routes.depends(own.of, by)), None)
    if partner is None:
        return Looked(term, (slip,))
    joined = Derivative(partner.of, by, span=factor.span)
    rest = tuple(own for own in term.factors if own is not factor and own is not partner)
    further = look(replace(term, factors=(*rest, joined)), target, routes)
    slip = replace(slip, repair=f"{write(factor)} * {write(partner)}  ->  {write(joined)}")
    return Looked(further.term, (slip, *further.slips))


def _renamed(term: Term, target: Derivative, routes: Routes, only: Derivative | None = None) -> Looked | None:
    """Find one name in one factor that, exchanged for another, makes the term a walk."""
    for factor in term.factors:
        if only is not None and factor is not only:
            continue
        for name in routes.problem.variables:
            for other in (replace(factor, of=name), replace(factor, by=name)):
                if other == factor or not routes.depends(other.of, other.by) or other.of == other.by:
                    continue
                repaired = replace(term, factors=tuple(other if own is factor else own for own in term.factors))
                if walked(repaired, target, routes) is not None:
                    return Looked(repaired, (_slip_of_name(factor, other),))
    return None


def _slip_of_name(factor: Derivative, other: Derivative) -> Slip:
    wrong, right = (factor.of, other.of) if factor.of != other.of else (factor.by, other.by)
    says = f"A slip of a name? {write(factor)} does not join up with the factors beside it; with {right} for {wrong} it does."
    return Slip(
        "wrong-variable",
        factor.span,
        says,
        f"{write(factor)}  ->  {write(other)}",
        question="Does each factor begin where the one before it ends?",
    )


def _broken(term: Term, target: Derivative, routes: Routes) -> Looked:
    """Explain a term all of whose factors exist, but which is no walk from the loss to the target."""
    for factor in term.factors:
        rest = replace(term, factors=tuple(own for own in term.factors if own is not factor))
        if rest.factors and walked(rest, target, routes) is not None:
            says = f"{write(factor)} is one factor too many: without it the links lead from {target.of} to {target.by}."
            return Looked(rest, (Slip("extra-factor", factor.span, says, f"leave {write(factor)} out"),))
    if sum(factor.of == target.of for factor in term.factors) > 1:
        says = "Separate routes add; only the links along one route multiply. Here two routes are multiplied."
        return Looked(term, (Slip("not-a-path", _span(term), says, mistake="product-for-sum"),))
    down, up = _reach(term, target)
    if down in routes.problem.parameters and walked(term, Derivative(target.of, down), routes) is not None:
        says = f"This is the derivative by {down}; asked for was the one by {target.by}."
        return Looked(term, (Slip("wrong-target", _span(term), says, question=f"Which factor is by {target.by}?"),))
    if down != up and routes.depends(down, up):
        return _gap(term, target, Derivative(down, up), routes)
    if renamed := _renamed(term, target, routes):
        return renamed
    says = f"These factors are no walk from {target.of} to {target.by}: after {down} comes nothing that leads on."
    return Looked(
        term, (Slip("not-a-path", _span(term), says, question="Does each factor begin where the one before it ends?"),)
    )


def _reach(term: Term, target: Derivative) -> tuple[str, str]:
    """Return how far one can walk down from the loss, and up from the target."""
    left = list(term.factors)
    down, up = target.of, target.by
    while step := next((factor for factor in left if factor.of == down), None):
        left.remove(step)
        down = step.by
    while step := next((factor for factor in left if factor.by == up), None):
        left.remove(step)
        up = step.of
    return (down, up) if not left else (down, down)


def _gap(term: Term, target: Derivative, link: Derivative, routes: Routes) -> Looked:
    """Explain a walk with one gap in it: at its end, at its beginning, or in the middle."""
    repaired = replace(term, factors=(*term.factors, link))
    if link.by == target.by:
        says = f"You stopped at {link.of}; one more link, {write(link)}, is needed to reach {target.by}."
        slip = Slip(
            "early-stop",
            _span(term),
            says,
            f"multiply by {write(link)}",
            question=f"Where is {target.by} in this term?",
        )
    elif link.of == target.of:
        says = f"This is the derivative of {link.by}, not of {target.of}: multiply by {write(link)}."
        slip = Slip(
            "missing-factor",
            _span(term),
            says,
            f"multiply by {write(link)}",
            "loss-link-missing",
            f"How does {target.of} come in?",
        )
    else:
        says = f"After {link.of} the chain goes on at {link.by}; the link between them, {write(link)}, is missing."
        slip = Slip(
            "missing-factor",
            _span(term),
            says,
            f"multiply by {write(link)}",
            "middle-link-missing",
            f"How does a change of {link.by} get to {link.of}?",
        )
    return Looked(repaired, (slip,)) if walked(repaired, target, routes) is not None else Looked(term, (slip,))


def _span(term: Term) -> Span | None:
    spans = [factor.span for factor in term.factors if factor.span]
    return (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else None


def count(found: list[Term], target: Derivative, routes: Routes) -> dict[Route, Fraction | None]:
    """Return how often each route is there; None where a term is no walk."""
    counted: Counter[Route] = Counter()
    for term in found:
        order = walked(term, target, routes)
        if order is None:
            return {(): None}
        for route in _followed(order, target, routes):
            counted[route] += term.number  # type: ignore[assignment]
    return {route: Fraction(counted[route]) for route in routes.between(target.by, target.of)}


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
    for route, number in counted.items():
        through = _through_what(route, counted)
        if number == 0:
            says = f"A change of {target.by} reaches {target.of} {through} as well, and that route is missing: {_arrows(route)}."
            slips.append(
                Slip(
                    "missing-path",
                    None,
                    says,
                    f"add {_product(route)}",
                    question=f"Which variables does {_fork(route, routes)} feed?",
                )
            )
        elif number == 2:
            says = f"The route {through} is counted twice: {_arrows(route)}."
            slips.append(
                Slip(
                    "duplicate-path",
                    _where(route, found),
                    says,
                    "count it once",
                    question="Which routes does each collapsed factor already contain?",
                )
            )
        elif number != 1 and number is not None:
            slips.append(_constant(number, _where(route, found), f"The route {through} is there, but"))
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
    return _span(inside[-1]) if inside else None


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
    return " * ".join(write(Derivative(of, by)) for by, of in zip(named, named[1:], strict=False))


def _drawn(route: Route, number: Fraction | None) -> str:
    """Draw a route with what the formula makes of it."""
    mark = {1: "right", 0: "missing", None: "?"}.get(number, f"{number} times")  # type: ignore[arg-type]
    return f"{' -> '.join(name for name in route if not name.startswith('net_'))}   {mark}"


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
        f"all {len(counted)} routes are"
        if there == len(counted) > 1
        else "the one route is"
        if there == len(counted)
        else f"{there} of {len(counted)} routes {'is' if there == 1 else 'are'}"
    )
    return (f"{every} there" + (", in the right order." if slips and there == len(counted) else "."),)


def _nudge(by: str, leaf: str, reached: str, routes: Routes) -> str:
    """Show by numbers that a leaf does not move and what does."""
    from gradcheck.formula.landscape import Landscape

    at = Landscape.of(routes.problem, 0)
    slope = at.derivative(reached, by)
    if slope is None or slope.ndim or at.numbers[leaf].ndim:
        return ""
    return f"nudge {by} by 0.001: {leaf} stays {float(at.numbers[leaf]):.4g}, {reached} moves by {0.001 * float(slope):.3g}"
