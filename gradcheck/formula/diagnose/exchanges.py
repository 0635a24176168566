"""Changes of a person's text that exchange one thing for another: a slope for that of another, a letter for another."""

from collections.abc import Iterator
from dataclasses import replace

from gradcheck.formula.diagnose.edit import Edit
from gradcheck.formula.diagnose.pool import Pool
from gradcheck.formula.language.calculus import product
from gradcheck.formula.language.tree import Binary, Entry, Name, Transpose, Tree, names
from gradcheck.formula.language.writing import plain
from gradcheck.formula.text.cursor import together


def entrywise_factors(tree: Tree) -> list[Tree]:
    """Return the factors of a product that is taken entry by entry; a product of matrices is one of them."""
    if isinstance(tree, Binary) and tree.operator in "* ⊙":
        return [*entrywise_factors(tree.left), *entrywise_factors(tree.right)]
    return [tree]


def of_slope(tree: Tree, pool: Pool) -> Iterator[Edit]:
    """Factors that speak of one activation alone, exchanged for its slope."""
    factors = entrywise_factors(tree)
    yield from _of_other_slope(factors, pool)
    for name, slope in pool.slopes:
        own = {name, *pool.problem.sources(name)}
        meant = [factor for factor in factors if names(factor) and names(factor) <= own]
        if not meant or pool.shape(slope) != pool.shape(tree):
            continue
        rest = [factor for factor in factors if factor not in meant]
        new = product([*rest, slope]) if rest else slope
        old = replace(product(meant), span=together(meant[0], meant[-1]))
        if rest:
            says = f"The slope at {name.removeprefix('net_')}, {{old}}, is one factor too many: it is in there already."
            yield Edit(old, product(rest), "extra-factor", says, "activation-derivative-twice", omits=True)
        says = f"The slope at {name.removeprefix('net_')} is {plain(slope)}, not {{old}}."
        yield Edit(old, new, "wrong-activation-derivative", says, instead=slope)


def _of_other_slope(factors: list[Tree], pool: Pool) -> Iterator[Edit]:
    """The slope of one activation, exchanged for that of another."""
    for name, slope in pool.slopes:
        factor = next((own for own in factors if names(own) == {name} and pool.same(own, slope)), None)
        for other, belonging in pool.slopes if factor else ():
            if factor and other != name and pool.shape(belonging) == pool.shape(slope):
                rest = [own for own in factors if own is not factor]
                says = f"It is the slope at {other.removeprefix('net_')} that belongs here, not that at {name}."
                new = product([*rest, belonging])
                yield Edit(factor, new, "wrong-activation-derivative", says, "slope-of-another", belonging)


def of_letters(tree: Entry, pool: Pool) -> Iterator[Edit]:
    """Other letters: two exchanged, or one in the place of another."""
    if len(tree.letters) == 2 and len({*tree.letters}) == 2:
        turned = replace(tree, letters=tree.letters[::-1])
        yield Edit(
            tree, turned, "missing-transpose", "The letters of {old} have to change places.", "letters-exchanged"
        )
    for place, letter in enumerate(tree.letters):
        for other in pool.letters:
            if other != letter:
                letters = (*tree.letters[:place], other, *tree.letters[place + 1 :])
                says = "The letters here have to be those of {new}, not of {old}."
                yield Edit(tree, replace(tree, letters=letters), "wrong-variable", says, "wrong-letter")
    yield from _of_missing_letter(tree, pool)
    if len(tree.letters) == 1 and isinstance(tree.array, Name):
        for array in pool.variables_with(len(pool.shape(tree.array) or ())):
            for letter in pool.letters:
                if array != tree.array and letter not in tree.letters:
                    new = Entry(array, (letter,))
                    yield Edit(tree, new, "wrong-variable", "It is {new} that belongs here, not {old}.", "wrong-letter")


def _of_missing_letter(tree: Entry, pool: Pool) -> Iterator[Edit]:
    """One more letter, where a row or a column stands for one of its entries."""
    column = isinstance(tree.array, Transpose)
    whole = tree.array.inner if isinstance(tree.array, Transpose) else tree.array
    if len(tree.letters) != 1 or len(pool.shape(whole) or ()) != 2:
        return
    for letter in pool.letters:
        pair = (letter, *tree.letters) if column else (*tree.letters, letter)
        if letter not in tree.letters:
            says = f"{{old}} is a whole {'column' if column else 'row'}; the letter {letter} is missing."
            yield Edit(tree, Entry(whole, pair), "wrong-variable", says, "wrong-letter")
