"""The derivation of a derivative, written out as on paper: back from the loss, one function after the other.

The recursion is always the same: differentiate by the variables of the step before, keep those that depend on what is
asked for, go on until it is reached. What it finds are the routes; the chain rule is their sum; every local derivative
put in gives the closed form.
"""

import html
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from gradcheck.errors import UnknownName
from gradcheck.formula.language.calculus import product, total
from gradcheck.formula.language.simplify import simplified
from gradcheck.formula.language.tree import ONE, Derivative, Name, Tree, rewrite
from gradcheck.formula.language.writing import STYLES, Writer
from gradcheck.formula.posed.drawing import Link, links, svg
from gradcheck.formula.posed.landscape import COTANGENT, Landscape, unspread
from gradcheck.formula.posed.problem import Problem
from gradcheck.formula.posed.routes import Route, Routes
from gradcheck.formula.reading import names_of


@dataclass(frozen=True)
class Derivation:
    """dL/dw, derived."""

    problem: Problem
    of: str
    """What is differentiated: the loss."""
    by: str
    """What it is differentiated by."""

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The routes from what it is by to the loss, through the variables that the problem names."""
        found = Routes.of(self.problem).between(self.by, self.of)
        inner = set(self.problem.steps)
        return tuple(dict.fromkeys(tuple(name for name in route if name not in inner) for route in found))

    @cached_property
    def chain(self) -> Tree:
        """The chain rule: the sum over the routes of the product over their links."""
        return total([product([Derivative(of, by) for by, of in pairwise(route)][::-1]) for route in self.routes])

    @cached_property
    def steps(self) -> tuple[tuple[Derivative, Tree], ...]:
        """Every step back: the derivative by a variable, in terms of those by the variables computed from it."""
        routes = Routes.of(self.problem)
        order = [*reversed(self.problem.definitions), *self.problem.inputs]
        on_the_way = [
            name
            for name in order
            if name != self.of and routes.depends(name, self.by) and routes.depends(self.of, name)
        ]
        return tuple((Derivative(self.of, name), self.step(name)) for name in on_the_way)

    def step(self, name: str) -> Tree:
        """Return dL/d(name) in terms of the derivatives by what is computed from it."""
        reached = []
        for node, contributions in Landscape.of(self.problem, 0).pullbacks.items():
            if not Routes.of(self.problem).depends(self.of, node):
                continue
            for source, tree in contributions:
                if source == name:
                    reached.append(_with(tree, COTANGENT, _one(self.of, node)))
        return self.shortened(total(reached))

    def shortened(self, tree: Tree) -> Tree:
        """Return a formula simplified, with nothing spread that spreads by itself."""
        at = Landscape.of(self.problem, 0)
        return simplified(unspread(simplified(tree), replace(at.point, slope=at.slope)))

    @cached_property
    def locals(self) -> tuple[tuple[Derivative, Tree], ...]:
        """The local derivative along every link, for numbers; none for arrays, whose steps say it all."""
        if any(array.ndim for array in Landscape.of(self.problem, 0).numbers.values()):
            return ()
        links = {(of, by) for route in self.routes for by, of in pairwise(route)}
        ordered = sorted(links, key=lambda link: (-self.problem.variables.index(link[0]), link[1]))
        return tuple((Derivative(of, by), self.local(of, by)) for of, by in ordered)

    def local(self, of: str, by: str) -> Tree:
        """Return the partial derivative of one number by another that it is computed from."""
        steps = Landscape.of(self.problem, 0).pullbacks
        reached = []
        for source, tree in steps[of]:
            if source == by:
                reached.append(_with(tree, COTANGENT, ONE))
            elif source in self.problem.steps:
                reached += [
                    _with(inner, COTANGENT, _with(tree, COTANGENT, ONE)) for own, inner in steps[source] if own == by
                ]
        return simplified(total(reached))

    @cached_property
    def closed(self) -> Tree:
        """The closed form: every derivative on the way put in."""
        known: dict[str, Tree] = {}
        for target, tree in self.steps:
            known[target.by] = self.shortened(
                rewrite(tree, lambda part: known.get(part.by) if isinstance(part, Derivative) else None)
            )
        return known.get(self.by, self.chain)

    def formula(self, style: str = "plain", form: str = "chain") -> str:
        """Return the derivation in one line: ``chain`` for the chain rule, ``closed`` for the closed form.

        ``style`` is latex, plain, unicode or numpy. Raises UnknownName for any other.
        """
        if style not in STYLES:
            raise UnknownName("style", style, STYLES)
        write = Writer(style)
        tree = self.chain if form == "chain" else self.closed
        return f"{write(Derivative(self.of, self.by))} = {write(tree)}"

    def __str__(self) -> str:
        """The whole derivation, for a terminal."""
        return self.text()

    def text(self, style: str = "plain") -> str:
        """Return the whole derivation, a heading and its lines after the other."""
        return "\n\n".join(
            "\n".join([title, *(f"    {line}" for line in lines)]) for title, lines in self.sections(style)
        )

    def markdown(self) -> str:
        """Return the whole derivation in Markdown, its formulas in LaTeX."""
        parts = [f"# {Writer('plain')(Derivative(self.of, self.by))} in {self.problem.title}"]
        for title, lines in self.sections("latex"):
            formulas = title.startswith(("The routes", "At a point"))
            parts += [f"## {title}", *(f"- {line}" if formulas else f"$${line}$$" for line in lines)]
        return "\n\n".join(parts) + "\n"

    def sections(self, style: str) -> list[tuple[str, list[str]]]:
        """Return the derivation in sections: a title, and its lines."""
        write = Writer(style)
        arrow = " <- "
        found = [
            (
                f"Back from {self.of}, keeping what depends on {self.by}",
                [f"{write(left)} = {write(tree)}" for left, tree in self.steps],
            ),
            ("The routes", [arrow.join(reversed(route)) for route in self.routes]),
            ("The chain rule", [self.formula(style)]),
        ]
        if self.locals:
            found.append(("Each local derivative", [f"{write(left)} = {write(tree)}" for left, tree in self.locals]))
        found += [("The closed form", [self.formula(style, "closed")]), ("At a point", self.numbers())]
        return found

    def numbers(self) -> list[str]:
        """Return the derivative at a point, with the values that it takes."""
        at = Landscape.of(self.problem, 0)
        found = at.derivative(self.of, self.by)
        scalars = {
            name: at.numbers[name]
            for name in (*self.problem.inputs, *self.problem.forward, *self.problem.letters)
            if not at.numbers[name].ndim
        }
        lines = [", ".join(f"{name} = {float(array):.4g}" for name, array in scalars.items())] if scalars else []
        shown = (
            f"{float(found):.6g}"
            if found is not None and not found.ndim
            else f"an array of shape {None if found is None else found.shape}"
        )
        return [*lines, f"d{self.of}/d{self.by} = {shown}"]

    @property
    def links(self) -> tuple[Link, ...]:
        """The graph of the problem, with the links of the routes marked."""
        on_route = {link for route in self.routes for link in pairwise(route)}
        return links(self.problem, dict.fromkeys(on_route, "right"))

    def drawing(self) -> str:
        """Return the graph as text: what feeds what, with the links of the routes as double arrows."""
        return "\n".join(f"{link.source} {'==>' if link.mark else '-->'} {link.target}" for link in self.links)

    def _repr_html_(self) -> str:
        """Show the graph and the derivation in a notebook."""
        return f"{svg(self.links)}<pre>{html.escape(self.text())}</pre>"


def derive(problem: "Problem | str", by: str, of: str | None = None) -> Derivation:
    """Derive the derivative of the loss, or of another variable, by a variable of a problem.

    Raises UnknownName if there is no such problem or variable.
    """
    posed = Problem.of(problem)
    names = names_of(posed)
    found = names.find(by)
    name = found.name if isinstance(found, Name) else ""
    if name not in posed.variables:
        raise UnknownName("variable", by, posed.variables)
    above = of or posed.loss
    if above not in posed.definitions:
        raise UnknownName("variable that is computed", above, posed.definitions)
    return Derivation(posed, above, name)


def _one(of: str, node: str) -> Tree:
    """Return dL/d(node), which is 1 for L itself."""
    return ONE if of == node else Derivative(of, node)


def _with(tree: Tree, old: Tree, new: Tree) -> Tree:
    """Return a formula with one name replaced."""
    return rewrite(tree, lambda part: new if part == old else None)
