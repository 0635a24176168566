"""What ``derive`` writes is correct in every notation and every order; spoiled, it is wrong for the right reason."""

from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck import Problem, check_formula, derive
from gradcheck.formula import built_in
from gradcheck.formula.derivation import Derivation
from gradcheck.formula.language.calculus import product, total
from gradcheck.formula.language.tree import Binary, Derivative, Negative, Tree, factors, is_product, terms
from gradcheck.formula.language.writing import STYLES, Writer
from gradcheck.formula.posed.routes import Routes

NUMBERS = ("one-path", "two-two-two", "tiny-rnn")
"""Problems without arrays, where factors may stand in any order."""


@lru_cache
def problem(name: str) -> Problem:
    return Problem.load(name)


@pytest.mark.parametrize("name", built_in())
def test_what_is_derived_is_judged_correct_in_every_notation(name: str) -> None:
    for by in problem(name).parameters:
        derivation = derive(problem(name), by)
        for style in STYLES:
            for form in ("chain", "closed"):
                text = derivation.formula(style, form)
                assert check_formula(problem(name), text).verdict == "correct", text


@st.composite
def derivations(draw: st.DrawFn) -> Derivation:
    name = draw(st.sampled_from(NUMBERS))
    return derive(problem(name), draw(st.sampled_from(problem(name).parameters)))


def shuffled(tree: Tree, data: st.DataObject) -> Tree:
    """The same sum of the same products, in another order."""
    if isinstance(tree, Binary) and tree.operator in "+-":
        parts = [(sign, shuffled(part, data)) for sign, part in terms(tree)]
        return total([part if sign > 0 else Negative(part) for sign, part in data.draw(st.permutations(parts))])
    if is_product(tree):
        return product(data.draw(st.permutations([shuffled(part, data) for part in factors(tree)])))
    return tree


@given(derivations(), st.sampled_from(STYLES), st.booleans(), st.data())
@settings(max_examples=60)
def test_the_order_does_not_matter(derivation: Derivation, style: str, closed: bool, data: st.DataObject) -> None:
    tree = shuffled(derivation.closed if closed else derivation.chain, data)
    judgement = check_formula(derivation.problem, Writer(style)(tree), derivation.by)
    assert judgement.verdict == "correct", str(judgement)


Chain = list[list[Derivative]]


@st.composite
def chains(draw: st.DrawFn, least: int = 1) -> tuple[Derivation, Chain]:
    """A chain rule as a list of terms, with links that are 1 whatever the numbers left out."""
    derivation = draw(derivations().filter(lambda own: len(own.routes) >= least))
    links = Routes.of(derivation.problem).links
    chain = [[link for link in factors(term) if isinstance(link, Derivative)] for _, term in terms(derivation.chain)]
    return derivation, [[link for link in term if links.get((link.by, link.of)) != 1] for term in chain]


def cause(derivation: Derivation, chain: Chain) -> str:
    """The cause that is told first for a chain rule; empty if it is right after all."""
    judgement = check_formula(
        derivation.problem, Writer("plain")(total([product(term) for term in chain])), derivation.by
    )
    assert judgement.verdict in ("correct", "wrong")
    return "" if judgement.verdict == "correct" else judgement.cause


def only_ones_between(derivation: Derivation, link: Derivative, other: Derivative) -> bool:
    """Say whether two factors differ by a link that is 1 whatever the numbers, as dyp/db and dyp/dnet_yp do."""
    links = Routes.of(derivation.problem).links
    between = (link.by, other.by) if link.of == other.of else (other.of, link.of)
    return 1 in (links.get(between), links.get(between[::-1]))


@given(chains(), st.data())
@settings(max_examples=40)
def test_a_factor_that_is_missing(given_: tuple[Derivation, Chain], data: st.DataObject) -> None:
    derivation, chain = given_
    term = data.draw(st.sampled_from([term for term in chain if len(term) > 1]))
    term.pop(data.draw(st.integers(0, len(term) - 1)))
    assert cause(derivation, chain) in ("missing-factor", "early-stop")


@given(chains(least=2), st.data())
@settings(max_examples=40)
def test_a_route_that_is_missing(given_: tuple[Derivation, Chain], data: st.DataObject) -> None:
    derivation, chain = given_
    chain.pop(data.draw(st.integers(0, len(chain) - 1)))
    assert cause(derivation, chain) == "missing-path"


@given(chains(), st.data())
@settings(max_examples=40)
def test_a_route_that_is_counted_twice(given_: tuple[Derivation, Chain], data: st.DataObject) -> None:
    derivation, chain = given_
    chain.append(data.draw(st.sampled_from(chain)))
    assert cause(derivation, chain) == "duplicate-path"


@given(chains(), st.data())
@settings(max_examples=60)
def test_a_name_that_is_another(given_: tuple[Derivation, Chain], data: st.DataObject) -> None:
    derivation, chain = given_
    term = data.draw(st.sampled_from(chain))
    place = data.draw(st.integers(0, len(term) - 1))
    link, name = term[place], data.draw(st.sampled_from(derivation.problem.variables))
    wrong = Derivative(name, link.by) if data.draw(st.booleans()) else Derivative(link.of, name)
    if wrong == link or wrong.of == wrong.by:
        return
    if only_ones_between(derivation, link, wrong):
        return
    term[place] = wrong
    found = cause(derivation, chain)
    leaf = derivation.problem.is_input(wrong.of)
    named = {"wrong-variable", "not-a-path", "inverted-factor", "wrong-target", "missing-factor", "early-stop"}
    named |= {"extra-factor", "missing-path", "duplicate-path"} | ({"meaningless-factor"} if leaf else set())
    assert found in named, (wrong, found)


@given(derivations(), st.sampled_from(STYLES), st.sampled_from(["-({})", "2*({})", "({})/3"]), st.booleans())
@settings(max_examples=40)
def test_a_sign_or_a_constant(derivation: Derivation, style: str, spoiled: str, closed: bool) -> None:
    form = derivation.formula(style, "closed" if closed else "chain")
    left, right = form.split(" = ")
    judgement = check_formula(derivation.problem, f"{left} = {spoiled.format(right)}")
    expected = {"-": {"wrong-sign"}, "2": {"wrong-constant", "duplicate-path"}, "(": {"wrong-constant"}}
    assert judgement.verdict == "wrong"
    assert judgement.cause in expected[spoiled[0]]


def test_the_seed_derivation() -> None:
    derivation = derive("two-two-two", "w1")
    assert derivation.routes == (("w1", "h1", "o1", "L"), ("w1", "h1", "o2", "L"))
    assert derivation.formula() == "dL/dw1 = dL/do1*do1/dh1*dh1/dw1 + dL/do2*do2/dh1*dh1/dw1"
    assert "h1 ==> o1" in derivation.drawing()
    assert "h2 --> o1" in derivation.drawing()
    assert derivation.markdown().startswith("# dL/dw1 in ")
    assert r"\frac{\partial L}{\partial w_{1}}" in derivation.markdown()
