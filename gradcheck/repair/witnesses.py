"""Which functions of a person's own file are at work in a backward pass, and what do their names hold?

A person's code is watched while it answers once: what runs on the way back and not on the way forward is the backward
pass. To try an edit, the code objects of these functions are exchanged for as long as it takes.
"""

import ast
import gc
import linecache
import warnings
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from itertools import count
from types import CellType, CodeType, FunctionType
from typing import Any

import numpy as np

from gradcheck.op import Array
from gradcheck.point import Point
from gradcheck.repair.names import Forward
from gradcheck.repair.watching import kept, watched

Key = tuple[str, int, int]
"""A code object in a tree: its name, its line, and its number among those alike."""


@dataclass(frozen=True)
class Tree:
    """A statement of the level of a file, such as a function or a class, and the functions made from it."""

    file: str
    """The file."""
    statement: ast.stmt
    """Its syntax."""
    live: tuple[tuple[FunctionType, Key], ...]
    """The functions that exist, each with the key of its code."""

    @contextmanager
    def running(self, changed: ast.AST | None = None) -> Iterator[None]:
        """Run the code as the tree has it now, where only one function was changed; of a class no other is compiled.

        Raises SyntaxError, ValueError or KeyError if that is no code.
        """
        statement = self.statement
        if isinstance(statement, ast.ClassDef) and changed in statement.body:
            alone = [own for own in statement.body if own is changed]
            statement = ast.copy_location(ast.ClassDef(statement.name, [], [], alone, []), statement)
        now = codes(statement, self.file)
        before = [(function, function.__code__) for function, _ in self.live]
        try:
            for function, key in self.live:
                function.__code__ = now.get(key, function.__code__)
            yield
        finally:
            for function, code in before:
                function.__code__ = code


@dataclass(frozen=True)
class Witness:
    """One function that took part in a backward pass."""

    tree: Tree
    """The statement that it is written in."""
    function: ast.FunctionDef | ast.Lambda
    """Its syntax, a part of the tree."""
    held: Mapping[str, Any]
    """What its names held when it returned."""
    last: int
    """How late it was left for good: what calls others is left after them."""
    work: int
    """How many lines ran in all."""

    @property
    def body(self) -> list[ast.stmt]:
        """Its statements; none if it is a lambda."""
        return self.function.body if isinstance(self.function, ast.FunctionDef) else []

    @property
    def name(self) -> str:
        """What it is called."""
        return getattr(self.function, "name", "lambda")


@dataclass(frozen=True)
class Scene:
    """The functions of a backward pass."""

    witnesses: tuple[Witness, ...]
    """What took part on the way back, and not on the way forward, if that can be told apart."""
    forwards: tuple[Witness, ...]
    """What took part on the way forward."""
    work: int
    """How many lines ran."""
    unread: bool = False
    """Whether something of the person's ran as well whose lines nobody can read: the mistake may stand there."""

    @cached_property
    def forward(self) -> Forward:
        """What goes forward does, as it is written."""
        return Forward.of([own.function for own in self.forwards])

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Keep what is tried from printing, from warning, and from writing to arrays that outlive it."""
        functions = [own for witness in self.witnesses for own, _ in witness.tree.live]
        outliving = [own for function in functions for own in _outliving(function)]
        with warnings.catch_warnings(), redirect_stdout(StringIO()), kept(outliving):
            warnings.simplefilter("ignore")
            yield


def _outliving(function: FunctionType) -> Iterator[Array]:
    """Yield the arrays that a function sees in its module and in what it was written in."""
    cells = [own.cell_contents for own in function.__closure__ or () if own != CellType()]
    for own in (*function.__globals__.values(), *cells):
        if isinstance(own, np.ndarray):
            yield own


_suspects: ContextVar[Container[int] | None] = ContextVar("suspects", default=None)


@contextmanager
def suspected(lines: Container[int] | None) -> Iterator[None]:
    """Let only these lines of a file be edited, where all others are known to be right, or judged elsewhere."""
    before = _suspects.set(lines)
    try:
        yield
    finally:
        _suspects.reset(before)


_rewriters: ContextVar[Callable[[], ast.NodeTransformer] | None] = ContextVar("rewriters", default=None)


@contextmanager
def rewritten(rewriter: Callable[[], ast.NodeTransformer]) -> Iterator[None]:
    """Let files be read with something in them written otherwise, as their functions are at present."""
    before = _rewriters.set(rewriter)
    try:
        yield
    finally:
        _rewriters.reset(before)


def scene(point: Point) -> Scene | None:
    """Watch a backward pass once; return None if nothing of it is written in a file that can be read."""
    forward = watched(point.open).seen
    watch = watched(lambda: point.open()[1](point.cotangent))
    whole = watch.seen
    backward = {code: held for code, held in whole.items() if code not in forward} or whole
    functions = [own for own in gc.get_referrers(*whole) if isinstance(own, FunctionType) and own.__code__ in whole]
    trees = [tree for file in _files(whole) for tree in _trees(file, functions)]
    lines = _suspects.get()
    witnesses = tuple(own for tree in trees for own in _witnesses(tree, backward, watch.lines))
    witnesses = tuple(own for own in witnesses if lines is None or own.function.lineno in lines)
    forwards = tuple(own for tree in trees for own in _witnesses(tree, forward, watch.lines))
    return Scene(witnesses, forwards, watch.lines, watch.unread) if witnesses else None


def _files(codes: Iterable[CodeType]) -> list[str]:
    """Name the files that code stands in."""
    return list(dict.fromkeys(own.co_filename for own in codes))


def _trees(file: str, functions: list[FunctionType]) -> list[Tree]:
    """Return the statements of a file that some functions are made from."""
    linecache.checkcache(file)
    rewriter, whole = _rewriters.get(), ast.parse("".join(linecache.getlines(file)))
    whole = ast.fix_missing_locations(rewriter().visit(whole)) if rewriter else whole
    trees = [_tree(own, file, functions) for own in whole.body]
    return [own for own in trees if own.live]


def _tree(statement: ast.stmt, file: str, functions: list[FunctionType]) -> Tree:
    """Return a statement with those of some functions that are made from it."""
    lines = range(_begins(statement), (statement.end_lineno or 0) + 1)
    own = [one for one in functions if one.__code__.co_filename == file and one.__code__.co_firstlineno in lines]
    known = codes(statement, file) if own else {}
    keyed = [(one, key) for one in own if (key := key_of(one.__code__, known)) is not None]
    return Tree(file, statement, tuple(keyed))


def key_of(code: CodeType, known: Mapping[Key, CodeType]) -> Key | None:
    """Return the key of a code object; of several alike, of the one that is the same."""
    keys = [key for key in known if key[:2] == (code.co_name, code.co_firstlineno)]
    keys = keys if len(keys) == 1 else [key for key in keys if known[key] == code]
    return keys[0] if keys else None


def _begins(node: ast.stmt | ast.Lambda) -> int:
    """Return the line at which a statement begins: its code object counts from its first decorator."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(own.lineno for own in decorators)])


def codes(statement: ast.stmt, file: str) -> dict[Key, CodeType]:
    """Compile a statement; return every code object in it."""
    compiled = compile(ast.Module([statement], []), file, "exec", dont_inherit=True)
    found: dict[Key, CodeType] = {}
    for code in _inside(compiled):
        number = next(own for own in count() if (code.co_name, code.co_firstlineno, own) not in found)
        found[code.co_name, code.co_firstlineno, number] = code
    return found


def _inside(code: CodeType) -> Iterator[CodeType]:
    for own in code.co_consts:
        if isinstance(own, CodeType):
            yield own
            yield from _inside(own)


def _witnesses(tree: Tree, ran: Mapping[CodeType, dict[str, Any]], lines: int) -> Iterator[Witness]:
    """Yield the functions of a tree that ran."""
    held = {
        (code.co_name, code.co_firstlineno): (own, last)
        for last, (code, own) in enumerate(ran.items())
        if code.co_filename == tree.file
    }
    for node in ast.walk(tree.statement):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            key = getattr(node, "name", "<lambda>"), _begins(node)
            if key in held:
                yield Witness(tree, node, *held[key], lines)
