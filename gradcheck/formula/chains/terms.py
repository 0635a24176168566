"""One term of a chain rule is a walk from the loss back to the target, or it is not one, and then there is a reason.

A link is missing at its end, its beginning or in the middle; one stands on its head, belongs to another route, is one
too many, or is the derivative of something that depends on nothing. Letters are never cancelled against each other.
"""

from dataclasses import dataclass, replace

from gradcheck.formula.judgement import Slip
from gradcheck.formula.language.tree import Derivative, Span
from gradcheck.formula.language.writing import plain
from gradcheck.formula.posed.landscape import Landscape
from gradcheck.formula.posed.routes import Routes, Term


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
    says = f"{of} does not change when {by} changes: it is {what}, an independent variable,"
    says += f" and {write(factor)} is literally 0."
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
        question = f"Which of {of} and {by} is computed from the other?"
        slip = Slip("inverted-factor", factor.span, says, f"{write(factor)}  ->  {write(turned)}", question=question)
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
    says = f"A slip of a name? {write(factor)} does not join up with the factors beside it;"
    says += f" with {right} for {wrong} it does."
    question = "Does each factor begin where the one before it ends?"
    return Slip("wrong-variable", factor.span, says, f"{write(factor)}  ->  {write(other)}", question=question)


def _broken(term: Term, target: Derivative, routes: Routes) -> Looked:
    """Explain a term all of whose factors exist, but which is no walk from the loss to the target."""
    for factor in term.factors:
        rest = replace(term, factors=tuple(own for own in term.factors if own is not factor))
        if rest.factors and walked(rest, target, routes) is not None:
            says = f"{write(factor)} is one factor too many: without it the links lead from {target.of} to {target.by}."
            return Looked(rest, (Slip("extra-factor", factor.span, says, f"leave {write(factor)} out"),))
    if sum(factor.of == target.of for factor in term.factors) > 1:
        says = "Separate routes add; only the links along one route multiply. Here two routes are multiplied."
        return Looked(term, (Slip("not-a-path", span_of_term(term), says, mistake="product-for-sum"),))
    down, up = _reach(term, target, routes)
    if down in routes.problem.parameters and walked(term, Derivative(target.of, down), routes) is not None:
        says = f"This is the derivative by {down}; asked for was the one by {target.by}."
        question = f"Which factor is by {target.by}?"
        return Looked(term, (Slip("wrong-target", span_of_term(term), says, question=question),))
    if down != up and routes.depends(down, up):
        return _gap(term, target, Derivative(down, up), routes)
    if renamed := _renamed(term, target, routes):
        return renamed
    says = f"These factors are no walk from {target.of} to {target.by}: after {down} comes nothing that leads on."
    question = "Does each factor begin where the one before it ends?"
    return Looked(term, (Slip("not-a-path", span_of_term(term), says, question=question),))


def _reach(term: Term, target: Derivative, routes: Routes) -> tuple[str, str]:
    """Return how far one can walk down from the loss, and up from the target."""
    left = list(term.factors)
    down, up = target.of, target.by
    while left:
        step = next((factor for factor in left if factor.of == down), None)
        onward = step.by if step else _unit_step(down, left, target, routes)
        if onward is None:
            break
        down = onward
        left = [factor for factor in left if factor is not step]
    while step := next((factor for factor in left if factor.by == up), None):
        left.remove(step)
        up = step.of
    return (down, up) if not left else (down, down)


def _gap(term: Term, target: Derivative, link: Derivative, routes: Routes) -> Looked:
    """Explain a walk with one gap in it: at its end, at its beginning, or in the middle."""
    if link.by == target.by:
        cause, mistake = "early-stop", ""
        says = f"You stopped at {link.of}; one more link, {write(link)}, is needed to reach {target.by}."
        question = f"Where is {target.by} in this term?"
    elif link.of == target.of:
        cause, mistake = "missing-factor", "loss-link-missing"
        says = f"This is the derivative of {link.by}, not of {target.of}: multiply by {write(link)}."
        question = f"How does {target.of} come in?"
    else:
        cause, mistake = "missing-factor", "middle-link-missing"
        says = f"After {link.of} the chain goes on at {link.by}; the link between them, {write(link)}, is missing."
        question = f"How does a change of {link.by} get to {link.of}?"
    slip = Slip(cause, span_of_term(term), says, f"multiply by {write(link)}", mistake, question)
    repaired = replace(term, factors=(*term.factors, link))
    return Looked(repaired if walked(repaired, target, routes) is not None else term, (slip,))


def span_of_term(term: Term) -> Span | None:
    """Return the text from the first factor of a term to its last."""
    spans = [factor.span for factor in term.factors if factor.span]
    return (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else None


def _nudge(by: str, leaf: str, reached: str, routes: Routes) -> str:
    """Show by numbers that a leaf does not move and what does."""
    at = Landscape.of(routes.problem, 0)
    slope = at.derivative(reached, by)
    if slope is None or slope.ndim or at.numbers[leaf].ndim:
        return ""
    stays, moves = float(at.numbers[leaf]), 0.001 * float(slope)
    return f"nudge {by} by 0.001: {leaf} stays {stays:.4g}, {reached} moves by {moves:.3g}"
