"""What a class does with objects that it is handed: which methods it calls of them, and whether they are many."""

import ast
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from gradcheck.discover.source import tree_of


@dataclass(frozen=True)
class Kept:
    """Something that a class is handed, and keeps."""

    name: str
    """The argument that it is; what it is kept as, if it is handed over one by one."""
    methods: frozenset[tuple[str, int]]
    """The methods that are called of it, or of each that is in it, with how many arguments."""
    listed: bool
    """Whether it is a list."""
    added_by: str = ""
    """The method that takes one by one, if it is no argument of the constructor."""


def kept_by(made_by: type) -> dict[str, Kept]:
    """Return the objects that a class is handed and keeps, by name: those of which it calls more than themselves."""
    return dict(_kept_by(made_by))


@lru_cache(maxsize=256)
def _kept_by(made_by: Hashable) -> Mapping[str, Kept]:
    assert isinstance(made_by, type)  # noqa: S101 - a class can be looked up, which its type does not say
    trees = [tree_of(own) for own in made_by.__mro__[:-1]]
    calls = [call for tree in trees for call in _calls(tree)]
    found = {}
    for attribute, name, added_by in (own for tree in trees for own in _handed(tree) if own[0]):
        each = frozenset((method, many) for held, listed, method, many in calls if held == attribute and listed)
        whole = frozenset((method, many) for held, listed, method, many in calls if held == attribute and not listed)
        methods = each or ({own for own in whole if own[0] != "append"} if not added_by else ())
        if {method for method, _ in methods} - {"__call__"}:
            found[name] = Kept(name, frozenset(methods), bool(each), added_by)
    return found


def _handed(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    """Yield what is kept: as what, which argument, and by which method if that is not the constructor."""
    for function in (own for own in ast.walk(tree) if isinstance(own, ast.FunctionDef)):
        first = function.name == "__init__"
        arguments = {own.arg for own in (*function.args.args[1:], *function.args.kwonlyargs)}
        arguments |= {function.args.vararg.arg} if function.args.vararg else set()
        for node in ast.walk(function):
            match node:
                case ast.Assign([target], value) if first:
                    pairs = zip(_elements(target), _elements(value), strict=False)
                    yield from ((_of_self(to), _bare(own), "") for to, own in pairs if _bare(own) in arguments)
                case ast.Call(ast.Attribute(held, "append"), [ast.Name(name)]) if (
                    not first and name in arguments and len(function.args.args) == 2 and _of_self(held)
                ):
                    yield _of_self(held), _of_self(held), function.name


def _elements(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _bare(node: ast.expr) -> str:
    """Name what is kept as it is, or as a list of the same."""
    match node:
        case ast.Name(name) | ast.Call(ast.Name("list" | "tuple"), [ast.Name(name)]):
            return name
    return ""


def _of_self(node: ast.AST) -> str:
    """Name an attribute of the object itself; empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self" else ""


def _calls(tree: ast.AST) -> Iterator[tuple[str, bool, str, int]]:
    """Yield what is called of what is kept: as what, whether of each in it, which method, with how many arguments."""
    for function in (own for own in ast.walk(tree) if isinstance(own, ast.FunctionDef)):
        each = dict(_loops(function))
        for call in (own for own in ast.walk(function) if isinstance(own, ast.Call)):
            of, method = _parted(call.func)
            many = len(call.args) + len(call.keywords)
            if isinstance(of, ast.Name) and of.id in each:
                yield each[of.id], True, method, many
            elif isinstance(of, ast.Subscript) and _of_self(of.value):
                yield _of_self(of.value), True, method, many
            elif _of_self(of):
                yield _of_self(of), False, method, many


def _parted(called: ast.expr) -> tuple[ast.expr, str]:
    """Return of what a method is called, and which; what is called itself has a method for that too."""
    if isinstance(called, ast.Attribute) and ast.unparse(called.value) != "self":
        return called.value, called.attr
    return called, "__call__"


def _loops(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Yield the names that loops give to what is in something that is kept, and what that is."""
    for node in ast.walk(function):
        if isinstance(node, ast.For | ast.comprehension):
            held = next((name for own in ast.walk(node.iter) if (name := _of_self(own))), "")
            names = [own.id for own in ast.walk(node.target) if isinstance(own, ast.Name)]
            yield from ((name, held) for name in names if held)
