"""Einstein's convention: a letter that stands twice in a product is summed over, as the j of A_ij y_j.

It is only asked for where a formula makes no sense without it: letters that nothing runs have no value.
"""

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import replace

from gradcheck.formula.language.functions import ALONG_AXES
from gradcheck.formula.language.tree import (
    PLACES,
    Binary,
    Call,
    Coefficient,
    Each,
    Entry,
    Negative,
    Tree,
    parts,
    rewrite,
    walk,
    with_parts,
)


def summed(tree: Tree, taken: Set[str]) -> Tree:
    """Return a formula with a sum over every letter that stands twice in a product, those that are taken left out.

    One that has sums of its own is as it is: who writes some of them leaves none out.
    """
    signs = any(isinstance(part, Each) or getattr(part, "function", "") in ALONG_AXES for part in walk(tree))
    return tree if signs else _summed(tree, taken)


def _summed(tree: Tree, taken: Set[str]) -> Tree:
    match tree:
        case Binary(operator="+" | "-") | Negative():
            return with_parts(tree, tuple(_summed(part, taken) for part in parts(tree)))
        case Coefficient(body=body):
            return replace(tree, body=_summed(body, taken))
    inside = _with_brackets_summed(tree, taken)
    twice = [letter for letter, times in _letters(inside).items() if times > 1 and letter not in taken]
    for letter in twice:
        inside = Each(letter, inside, span=tree.span)
    return inside


def _with_brackets_summed(term: Tree, taken: Set[str]) -> Tree:
    """Return a term in which sums in brackets and arguments of functions have sums of their own."""
    every, brackets = _letters(term), list(_brackets(term))

    def own(part: Tree) -> Tree | None:
        if not any(part is bracket for bracket in brackets):
            return None
        return _summed(part, {*taken, *(every - _letters(part))})

    return rewrite(term, own)


def _brackets(term: Tree) -> Iterator[Tree]:
    """Yield the sums in brackets and the arguments of functions in a term, the outermost of them."""
    for part in parts(term):
        if isinstance(term, Call) or (isinstance(part, Binary) and part.operator in "+-"):
            yield part
        else:
            yield from _brackets(part)


def _letters(tree: Tree) -> Counter[str]:
    """Return how often each letter stands in a term of a formula, those that a sum runs over left out."""
    found: Counter[str] = Counter()
    if isinstance(tree, Entry):
        found.update(letter for letter in tree.letters if letter not in PLACES)
    of_terms = isinstance(tree, Binary) and tree.operator in "+-"
    for part in parts(tree):
        found = found | _letters(part) if of_terms else found + _letters(part)
    if isinstance(tree, Each):
        del found[tree.letter]
    return found
