"""From a text to what it says: its statements, each a chain of formulas with = between them.

A letter that runs freely through a statement, the l of a recursion for layers, makes it one statement for every number
that the letter may be. Lines that define letters of the person's own are put in where those letters are used later.
"""

import re
from dataclasses import dataclass, field

from gradcheck.formula.cursor import FreeLetter
from gradcheck.formula.names import Names
from gradcheck.formula.parser import Parser
from gradcheck.formula.problem import Problem
from gradcheck.formula.tokens import Token, tokens
from gradcheck.formula.tree import Tree, names
from gradcheck.formula.unreadable import Unreadable

MOST_LETTER = 9
"""The largest number that a running letter is tried with."""


@dataclass(frozen=True)
class Statement:
    """One line of a derivation: formulas that are claimed to be equal."""

    chain: tuple[Tree, ...]
    running: dict[str, int] = field(default_factory=dict)
    """The numbers that its running letters stand for."""


@dataclass(frozen=True)
class Reading:
    """A text, understood."""

    statements: tuple[Statement, ...]
    taken: dict[str, str]
    """Every word that is not the problem's own, and what it was taken for."""
    numpy: bool
    """Whether * is NumPy's."""


def read(text: str, problem: Problem) -> Reading:
    """Read a text about a problem. Raises Unreadable, with the place, if that cannot be done."""
    found = names_of(problem)
    numpy = bool(re.search(r"\bnp\.|\.T\b|@|\*\*|axis\s*=|\.sum\(|\.mean\(|\.dot\(", text))
    pieces = statements(tokens(text), latex="\\" in text)
    if not pieces:
        raise Unreadable("there is nothing to read", (0, max(1, len(text))), "dL/dw1 = dh1/dw1 * do1/dh1 * dL/do1")
    local: dict[str, Tree] = {}
    read_statements: list[Statement] = []
    for piece in pieces:
        name = own_name(piece, found, local)
        if name:
            local[name] = Parser([*piece[2:]], found, numpy, local=local).chain()[-1]
        else:
            read_statements += instances(piece, found, numpy, local)
    if not read_statements:
        first = next(iter(local))
        says = f"this defines {', '.join(local)}, and says nothing about the problem's own letters"
        raise Unreadable(says, pieces[0][0].span, f"dL/dw = {first}")
    return Reading(tuple(read_statements), dict(found.used), numpy)


def read_definition(
    text: str, inputs: tuple[str, ...], before: tuple[str, ...], letters: tuple[str, ...], later: tuple[str, ...]
) -> Tree:
    """Read a definition of a problem, which may use inputs, sizes, and what was defined before it.

    Raises Unreadable for anything else, and says so if a name is defined only later.
    """
    try:
        chain = Parser(tokens(text), Names(inputs, before, letters), numpy=True, strict=True).chain()
    except Unreadable as error:
        word = text[error.span[0] : error.span[1]]
        if word in later:
            says = f"it uses {word}, which is computed at or after it; a cycle, or two lines to be swapped"
            raise Unreadable(says, error.span) from error
        raise
    if len(chain) != 1:
        raise Unreadable("a definition has one right side", (0, len(text)))
    return chain[0]


def names_of(problem: Problem) -> Names:
    """Return the names of a problem, and what textbooks call them."""
    compared = names(problem.definitions[problem.loss]) - set(problem.inputs) - set(problem.letters)
    guess = next(iter(compared)) if len(compared) == 1 else ""
    axes = next((problem.shapes[name] for name in problem.data if len(problem.shapes.get(name, ())) > 1), ())
    arrays = {name for name in problem.variables if _has_axes(problem, name)}
    return Names(
        problem.inputs,
        tuple(problem.forward),
        problem.letters,
        frozenset(problem.activations),
        frozenset(arrays),
        problem.spellings,
        problem.loss,
        problem.steps,
        guess,
        next((size for size in axes if isinstance(size, str)), ""),
    )


def _has_axes(problem: Problem, name: str) -> bool:
    from gradcheck.formula.landscape import Landscape

    return bool(Landscape.of(problem, 0).numbers[name].ndim)


def statements(found: list[Token], latex: bool) -> list[list[Token]]:
    """Cut tokens into statements at the ends of lines, unless a line plainly goes on."""
    pieces: list[list[Token]] = [[]]
    depth = 0
    for token in found[:-1]:
        depth += (token.kind in ("(", "{", "[")) - (token.kind in (")", "}", "]"))
        if token.kind == "line" and depth <= 0:
            pieces.append([])
        elif token.kind != "line":
            pieces[-1].append(token)
    joined: list[list[Token]] = []
    for piece in pieces:
        if joined and piece and goes_on(joined[-1], piece, latex):
            joined[-1] += piece
        elif piece:
            joined.append(piece)
    end = found[-1]
    return [
        [*piece, Token("end", "", (piece[-1].span[1], max(piece[-1].span[1] + 1, end.span[0])))] for piece in joined
    ]


def goes_on(before: list[Token], piece: list[Token], latex: bool) -> bool:
    """Say whether a line continues the one before it."""
    signs = ("=", "+", "*", "/", "@", "⊙", "-")
    unfinished = before[-1].kind in signs
    return unfinished or piece[0].kind in signs[:-1] or (latex and all(token.kind != "=" for token in piece))


def own_name(piece: list[Token], found: Names, local: dict[str, Tree]) -> str:
    """Return the name that a statement defines, if it is the person's own; empty if it defines none."""
    if len(piece) < 3 or piece[0].kind != "word" or piece[1].kind != "=":
        return ""
    word = piece[0].text
    known = found.find_quietly(word) if word not in local else None
    return "" if known or word in ("d", "partial") else word


def instances(piece: list[Token], found: Names, numpy: bool, local: dict[str, Tree]) -> list[Statement]:
    """Read a statement, once for every number that a letter running freely through it may be."""
    try:
        return [Statement(tuple(Parser(list(piece), found, numpy, local=local).chain()))]
    except FreeLetter as free:
        return _run(piece, found, numpy, local, free)


def _run(piece: list[Token], found: Names, numpy: bool, local: dict[str, Tree], free: FreeLetter) -> list[Statement]:
    several: list[Statement] = []
    for number in range(MOST_LETTER + 1):
        running = {free.letter: number}
        try:
            chain = Parser(list(piece), found, numpy, running, local).chain()
        except Unreadable:
            continue
        several.append(Statement(tuple(chain), running))
    if not several:
        raise Unreadable(f"there is no number for {free.letter!r} for which all of these names exist", free.span)
    return several
