"""A person's own definition with letters, g_i = gamma_i dL/dy_i, holds for whatever letters stand in their place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gradcheck.formula.language.tree import KRONECKER, Binary, Call, Each, Entry, Listed, Place, Tree, rewrite, walk
from gradcheck.formula.text.lines import INDICES, Assignment
from gradcheck.formula.text.names import BATCH, HATS, LOSSES, Names


@dataclass(frozen=True)
class Lettered(Tree):
    """What was defined, and the letters of its left side."""

    letters: tuple[str, ...]
    body: Tree

    def at(self, letters: tuple[str, ...]) -> Tree:
        """Return what was defined, with other letters; a sum inside that runs over one of them takes a free one.

        What is defined on a diagonal, D_ii, is 0 elsewhere.
        """
        if len({*self.letters}) == 1 < len(self.letters):
            on_it = replace(self, letters=self.letters[:1]).at(letters[:1])
            return on_it if len({*letters}) == 1 else Binary("*", on_it, Entry(KRONECKER, letters))
        sums = [part.letter for part in walk(self.body) if isinstance(part, Each)]
        taken = {*letters, *sums, *(letter for part in walk(self.body) for letter in getattr(part, "letters", ()))}
        free = [letter for letter in INDICES if letter not in taken]
        moved = {letter: free.pop(0) for letter in dict.fromkeys(sums) if letter in letters and free}
        return _renamed(self.body, {**moved, **dict(zip(self.letters, letters, strict=True))})

    def whole(self, name: str) -> Tree:
        """Return the array of all entries, in letters that nothing else has."""
        if len({*self.letters}) == 1 < len(self.letters):
            return Call("diag", (replace(self, letters=self.letters[:1]).whole(name),))
        letters = tuple(f"{letter}'{name}" for letter in self.letters)
        return Listed(letters, self.at(letters))


def _renamed(tree: Tree, letters: Mapping[str, str]) -> Tree:
    """Return a formula with other letters."""

    def other(part: Tree) -> Tree | None:
        if isinstance(part, Entry):
            return replace(part, letters=tuple(letters.get(letter, letter) for letter in part.letters))
        if isinstance(part, Each):
            return replace(part, letter=letters.get(part.letter, part.letter), body=_renamed(part.body, letters))
        if isinstance(part, Place):
            return replace(part, letter=letters.get(part.letter, part.letter))
        return None

    return rewrite(tree, other)


def letters_of(own: Assignment, names: Names) -> tuple[str, ...]:
    """Return the letters of a left side such as g_i; none if they are a part of a name."""
    word = own.left[0].text
    letters = tuple(own.name[len(word) :].lstrip("0123456789" if own.left[1:2] and own.left[1].kind == "^" else ""))
    loose = word in (*LOSSES, *HATS, *BATCH)  # a sample's loss, how often a row was picked
    another = loose and word not in names.table and word not in names.others
    known = names.find_quietly(own.name) or (names.find_quietly(word) and not another)
    return letters if own.name and set(letters) <= set(INDICES) and not known else ()
