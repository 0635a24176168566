"""From a text to what it says: its statements, each a chain of formulas with = between them.

A letter that runs freely through a statement, the l of a recursion for layers, makes it one statement for every number
that the letter may be. Lines that define letters of the person's own are put in where those letters are used later.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from gradcheck.formula.claims import same_value
from gradcheck.formula.language.tree import Call, Derivative, Name, Negative, Number, Tree, derivatives, names
from gradcheck.formula.language.values import value
from gradcheck.formula.posed.landscape import Landscape
from gradcheck.formula.posed.problem import Problem
from gradcheck.formula.posed.routes import Routes
from gradcheck.formula.text.changes import settled
from gradcheck.formula.text.columns import with_columns
from gradcheck.formula.text.comprehensions import subscripts_and_sums
from gradcheck.formula.text.conditions import held_where
from gradcheck.formula.text.cursor import MOST_RUNS, FreeLetter
from gradcheck.formula.text.decorations import undecorated
from gradcheck.formula.text.descent import without_steps
from gradcheck.formula.text.gradients import with_deltas, with_nabla
from gradcheck.formula.text.hypotheses import without_hypotheses
from gradcheck.formula.text.layout import without_layout
from gradcheck.formula.text.lettered import Lettered, letters_of
from gradcheck.formula.text.lines import Assignment, own_name, statements, used_elsewhere
from gradcheck.formula.text.lists import one_by_one
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.numbered import numbered
from gradcheck.formula.text.order import definitions_first
from gradcheck.formula.text.own_functions import with_own_functions
from gradcheck.formula.text.parser import Parser
from gradcheck.formula.text.prose import without_prose
from gradcheck.formula.text.ranges import without_ranges
from gradcheck.formula.text.refusals import refuse
from gradcheck.formula.text.spelled_out import spelled_out
from gradcheck.formula.text.squared import rooted
from gradcheck.formula.text.tokens import Token, tokens
from gradcheck.formula.text.unreadable import Unreadable
from gradcheck.op import Array

FROM_ONE = (".*", "./", ".^", ".'", ".+", ".-", "dims")
"""What only languages have that number axes from 1."""


Running = Mapping[str, int]
NOTHING: Running = MappingProxyType({})


@dataclass(frozen=True)
class Statement:
    """One line of a derivation: formulas that are claimed to be equal."""

    chain: tuple[Tree, ...]
    running: dict[str, int] = field(default_factory=dict)
    """The numbers that its running letters stand for."""
    word: str = ""
    """The one word on its left side, if other lines use it."""


@dataclass(frozen=True)
class Reading:
    """A text, understood."""

    statements: tuple[Statement, ...]
    taken: dict[str, str]
    """Every word that is not the problem's own, and what it was taken for."""
    numpy: bool
    """Whether * is NumPy's."""


@dataclass(frozen=True)
class Line:
    """A statement that is yet to be read."""

    piece: list[Token]
    word: str
    """The one word on its left side, if other lines use it."""
    name: str
    """The name of the person's own that it defines; empty if it defines none."""
    letters: tuple[str, ...] = ()
    """The letters that it has, if it may be used with others."""

    @staticmethod
    def of(piece: list[Token], pieces: list[list[Token]], found: Names, own: Collection[str]) -> "Line":
        """Say what a statement among others defines, if some words are the person's own."""
        word = used_elsewhere(piece, pieces)
        name, sides = word if word in own else own_name(piece, found, pieces), Assignment.of(piece)
        letters = letters_of(sides, found) if name and sides else ()
        return Line(piece, word, name[: len(name) - len(letters)], letters)

    def told(self, found: Names, numpy: bool, local: dict[str, Tree]) -> tuple[Tree, ...]:
        """Return what it says that its name is: formulas that are claimed to be equal."""
        equals = next(place for place, token in enumerate(self.piece) if token.kind == "=")
        return tuple(Parser(self.piece[equals + 1 :], found, numpy, local=local).chain())


def read(text: str, problem: Problem, own: Collection[str] = ()) -> Reading:
    """Read a text about a problem, in which some words are the person's own.

    Raises Unreadable, with the place, if that cannot be done.
    """
    found = names_of(problem)
    numpy = bool(
        re.search(
            r"\bnp\.|%\*%|\bNone\b|\.T\b|@|\*\*|axis\s*=|\.sum\(|\.mean\(|\.dot\(|\.astype\(|\bfor \w+ in\b|\btorch\.",
            text,
        )
    )
    written = tokens(without_prose(without_ranges(without_layout(text)), found))
    written = undecorated(written, found)
    refuse(written, found)
    written = without_hypotheses(written, found)
    found_tokens = spelled_out(with_deltas(with_nabla(subscripts_and_sums(written, found), found), found))
    found.means = bars_are_means(found_tokens, found)
    found.from_one = not numpy and any(token.text in FROM_ONE for token in found_tokens)
    whole = with_own_functions(statements(found_tokens, "\\" in text), found)
    single = one_by_one(without_steps(held_where(whole), found), found, problem.parameters)
    rows = numbered(settled(rooted(single, found), found), found)
    pieces = [ended(row, found_tokens[-1]) for row in rows]
    if not pieces:
        raise Unreadable("there is nothing to read", (0, max(1, len(text))), "dL/dw1 = dh1/dw1 * do1/dh1 * dL/do1")
    local: dict[str, Tree] = {}
    read_statements: list[Statement] = []
    lines = [Line.of(piece, pieces, found, own) for piece in pieces]
    lines = [lines[place] for place in definitions_first([line.name for line in lines], pieces)]
    for line in lines:
        if line.name:
            told = line.told(found, numpy, local)
            local[line.name] = Lettered(line.letters, told[-1]) if line.letters else told[-1]
            if len(told) > 1 and derivatives(told[0]):
                read_statements.append(Statement(told))
        else:
            for one in instances(line.piece, found, numpy, local):
                read_statements.append(replace(one, chain=with_columns(one.chain, found), word=line.word))
    if not read_statements:
        read_statements.append(Statement((local[lines[-1].name],)))
    return Reading(tuple(read_statements), dict(found.used), numpy)


def bars_are_means(row: list[Token], names: Names) -> bool:
    r"""Say whether bars are means, as in \bar{p} - \bar{y}: over data, or over names that the text itself defines.

    Where an equation is about a name with a bar, that is its derivative, and so are all others.
    """
    ends = [-1, *(place for place, token in enumerate(row) if token.kind in ("line", ","))]
    begun = [row[end + 1 :] for end in ends if Assignment.of(row[end + 1 : end + 9])]
    left = {rest[0].text for rest in begun if rest[0].kind == "word" and rest[1].kind in ("=", "_")}
    barred = {token.text for token in row if token.kind == "word" and token.text.endswith("bar")}
    begins = {row[end + 1].text for end in ends if end + 1 < len(row)}
    stems = {word: names.find_quietly(word.removesuffix("bar")) for word in barred}
    data = [isinstance(own, Name) and own.name in names.inputs for own in stems.values()]
    return not barred & begins and (any(data) or any(word.removesuffix("bar") in left for word in barred))


def names_of(problem: Problem) -> Names:
    """Return the names of a problem, and what textbooks call them."""
    compared = _mentioned(problem, problem.loss) - set(problem.inputs) - set(problem.letters)
    guess = next(iter(compared)) if len(compared) == 1 else ""
    numbers = Landscape.of(problem, 0).numbers
    arrays = {name: numbers[name].ndim for name in problem.variables if numbers[name].ndim}
    samples = _batch(problem)
    return Names(
        problem.inputs,
        tuple(problem.forward),
        problem.letters,
        frozenset(problem.activations),
        arrays,
        problem.spellings,
        problem.loss,
        problem.steps,
        guess,
        samples,
        {name: _axes(problem, np.shape(numbers[name])) for name in arrays},
        frozenset(name for name, kind in problem.kinds.items() if kind == "one-hot"),
        _batched(numbers, arrays, samples),
        frozenset(problem.activated),
        problem.targets,
        problem.parameters[0] if len(problem.parameters) == 1 else "",
        _given_first(problem),
        lambda tree: next((name for name in problem.variables if same_value(Name(name), tree, problem, False)), ""),
        _of_samples(problem, samples),
        frozenset(size for axes in problem.shapes.values() for size in axes if isinstance(size, int)),
        frozenset(name for name, kind in problem.kinds.items() if kind == "index"),
        Routes.of(problem).depends,
        problem.functions,
    )


def _mentioned(problem: Problem, name: str) -> set[str]:
    """Return the variables that a definition mentions, itself or by way of what the problem was posed without."""
    found = names(problem.definitions[name])
    own = found & set(problem.own)
    return (found - own).union(*(_mentioned(problem, inner) for inner in own))


def _axes(problem: Problem, shape: tuple[int, ...]) -> tuple[Tree, ...]:
    """Return the lengths of axes as letters, where there are letters."""
    numbers = Landscape.of(problem, 0).numbers
    letters = {int(numbers[letter]): Name(letter) for letter in problem.letters}
    return tuple(letters.get(length) or Number.of(length) for length in shape)


def _batch(problem: Problem) -> str:
    """Return the size that all data share, one of which has samples with axes of their own; else its first."""
    data = [axes for name in problem.data if (axes := problem.shapes.get(name, ()))]
    several = next((axes for axes in data if len(axes) > 1), ())
    named = [size for size in several if isinstance(size, str)]
    return next((size for size in named if all(size in axes for axes in data)), next(iter(named), ""))


def _of_samples(problem: Problem, samples: str) -> Tree | None:
    """Return what the loss is the sum or mean of, if that is one number for each sample."""
    match problem.forward[problem.loss]:
        case Negative(inner=Call(function="sum" | "mean", arguments=(inner,), axis=None)):
            each: Tree = Negative(inner)
        case Call(function="sum" | "mean", arguments=(inner,), axis=None):
            each = inner
        case _:
            return None
    at = Landscape.of(problem, 0).point
    return each if samples and np.shape(value(each, at)) == (int(at.numbers[samples]),) else None


def _batched(numbers: Mapping[str, Array], arrays: Iterable[str], samples: str) -> dict[str, int]:
    """Return the variables that have an axis as long as the batch, with 0 if it is the first, -1 if it is the last."""
    length = numbers.get(samples, 0)
    found = {name: [axis for axis in (0, -1) if np.shape(numbers[name])[axis] == length] for name in arrays}
    return {name: axes[0] for name, axes in found.items() if axes}


def _given_first(problem: Problem) -> str:
    """Return the datum that the forward pass begins with; empty if it begins with none or several."""
    first = next(iter(problem.definitions), "")
    used = [name for name in problem.sources(first) if name in problem.data]
    return used[0] if len(used) == 1 else ""


def ended(piece: list[Token], end: Token) -> list[Token]:
    """Return a statement with a token for its end."""
    last = piece[-1].span[1]
    return [*piece, Token("end", "", (last, max(last + 1, end.span[0])))]


def instances(piece: list[Token], found: Names, numpy: bool, local: dict[str, Tree]) -> list[Statement]:
    """Read a statement, once for every number that a letter running freely through it may be."""
    try:
        return [Statement(tuple(Parser(list(piece), found, numpy, local=local).chain()))]
    except FreeLetter as free:
        return _run(piece, found, numpy, local, free)


def _run(
    piece: list[Token], found: Names, numpy: bool, local: dict[str, Tree], free: FreeLetter, outer: Running = NOTHING
) -> list[Statement]:
    several: list[tuple[Statement, dict[str, str]]] = []
    before, failed = dict(found.used), Unreadable("", free.span)
    twice = not outer and any(found.doubly(token.text) for token in piece if token.kind == "word")
    for number in range(MOST_RUNS + 1):
        running = {**outer, free.letter: number}
        found.used.clear()
        try:
            chain = Parser(list(piece), found, numpy, running, local).chain()
        except Unreadable as error:
            if isinstance(error, FreeLetter) and twice and error.letter != free.letter:  # the n of k_{mn}
                with suppress(Unreadable):
                    inner = _run(piece, found, numpy, local, error, running)
                    several += [(own, dict(found.used)) for own in inner]
            failed = max(failed, error, key=lambda own: own.span[0])
            continue
        several.append((Statement(tuple(chain), running), dict(found.used)))
    if not several and failed.span[0] > free.span[1]:  # the names exist, and something else is not read
        raise failed
    if not several:
        raise Unreadable(f"there is no number for {free.letter!r} for which all of these names exist", free.span)
    begins = [isinstance(own.chain[0], Derivative) and own.chain[0].by == found.given for own, _ in several]
    if begins[0] and not all(begins):  # the a_0 of a_k: that is given, and k does not begin there
        del several[0]
    for used in (before, *(used for _, used in several)):
        found.used.update(used)
    return [own for own, _ in several]
