"""The text of somebody else's functions: where they begin, and what they call the values that they return."""

import ast
import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.repair.watching import theirs

JOINS = ("np.append(", "np.concatenate(", "np.hstack(", "np.r_[", "numpy.concatenate(")
"""What joins arrays to one, and is a name for what it returns."""
GRADIENT = re.compile(
    r"d_?[A-Z]\w*|d_?[a-z]\d?|db\w*|g_?[A-Z]\w*|g_?[a-z]\w?|grad_\w+|\w+_grad|d_?(weight|bias|gamma|beta|theta)\w*"
)
"""What one of several gradients is called."""
SCALED = re.compile(rf"{GRADIENT.pattern}|\w*[gG]rad(ient)?s?(_\w+)?")
"""What is multiplied with a number where it is returned,"""
COUNT = re.compile(r"[nNmM]|([nN]|num|len|batch)_\w+|\w*(size|scale|count|rate|factor)|\w+(_len|_num|\.size)|reg|lr")
"""and what such numbers are called."""
PENALISED = re.compile(r"d[A-Z]\w*|grad\w*|\w*(loss|cost)|nll")
"""What a penalty is added to where it is returned."""


def defined_in(module: ModuleType) -> dict[str, Any]:
    """Return the functions and classes that a module defines itself, by name."""
    return {
        name: thing
        for name, thing in vars(module).items()
        if (inspect.isfunction(thing) or inspect.isclass(thing)) and thing.__module__ == module.__name__
    }


def line_of(thing: Any) -> int:
    """Return the line at which a function or class of a file begins; 0 if that is not known."""
    try:
        return inspect.getsourcelines(thing)[1]
    except (OSError, TypeError):
        return 0


def source_of(thing: Any) -> str:
    """Return the text of a function, class or module; empty if it is not known."""
    try:
        return _read(inspect.unwrap(getattr(thing, "__func__", thing)))
    except (OSError, TypeError):
        return ""


@lru_cache(maxsize=1024)
def _read(thing: Any) -> str:
    """Read a text once: many a question is asked about it. Its comments may stand farther to the left than it does."""
    text = inspect.getsource(thing)
    indent = text[: len(text) - len(text.lstrip())]
    return "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))


def tree_of(thing: Any) -> ast.AST:
    """Return the syntax of a function or class; of nothing if it is not known."""
    return parsed(source_of(thing))


def parsed(text: str) -> ast.AST:
    """Return the syntax of a text; of nothing if it has none."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.Module([], [])


def written(made_by: type, name: str) -> bool:
    """Say whether a class has a method that does something."""
    method = getattr(made_by, name, None)
    if not inspect.isfunction(method) or inspect.isabstract(made_by):
        return False
    nodes = list(ast.walk(tree_of(method)))
    returned = [ast.unparse(own.value) for own in nodes if isinstance(own, ast.Return) and own.value]
    used = [own.value.id for own in nodes if isinstance(own, ast.Attribute) and isinstance(own.value, ast.Name)]
    return "NotImplemented" not in source_of(method) and ("self" in used or any(own != "None" for own in returned))


def text_of(thing: Any) -> str:
    """Return the text of a function; of a class, with those of a person's own that it makes, or calls, and these."""
    every = [thing]
    for own in every if inspect.isclass(thing) else ():
        there = sys.modules.get(own.__module__)
        made = [
            getattr(there, name, None) for name in dict.fromkeys(re.findall(r"\b(\w+)(?:\.\w+)?\(", source_of(own)))
        ]
        every += [one for one in made if inspect.isclass(one) and one not in every and theirs(file_of(one))]
    return "\n".join(map(source_of, every))


def file_of(thing: Any) -> str:
    """Return the file of a class or function; empty if it is not known."""
    try:
        return inspect.getfile(thing)
    except (OSError, TypeError):
        return ""


def text_with_calls(module: ModuleType, *functions: Callable[..., Any]) -> str:
    """Return the text of functions, and of those of a person's own that they call."""
    return "\n".join(map(source_of, _with_calls(module, functions)))


def arrays_used(module: ModuleType, *functions: Callable[..., Any]) -> list[np.ndarray[Any, Any]]:
    """Return the arrays of a module that functions use, or those that they call."""
    used = [vars(module).get(name) for own in _with_calls(module, functions) for name in _names_in(own)]
    return [own for own in used if isinstance(own, np.ndarray)]


def _with_calls(module: ModuleType, functions: Iterable[Callable[..., Any]]) -> list[Callable[..., Any]]:
    """Return functions, and those of a person's own, of this module or another, that they call, and these."""
    every = list(functions)
    for own in every:
        around, named = getattr(own, "__globals__", vars(module)), _names_in(own)
        called = [around.get(name) for name in named]
        within = [there for there in called if inspect.ismodule(there) or inspect.isclass(there)]
        called += [getattr(there, name, None) for there in within for name in named]
        theirs_alone = (one for one in called if inspect.isfunction(one) and theirs(one.__code__.co_filename))
        every += [one for one in dict.fromkeys(theirs_alone) if one not in every]
    return every


def _names_in(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of what a function takes from its module."""
    return getattr(getattr(function, "__code__", None), "co_names", ())


LAID_OUT = ("ravel", "flatten", "reshape", "copy", "squeeze", "transpose", "astype", "tolist", "item")
"""Methods that lay the same numbers out in another way."""


def returned_names(function: Callable[..., Any]) -> list[str]:
    """Return what the last ``return`` of a function calls the values that it returns; empty for what has no name."""
    plain = inspect.unwrap(getattr(function, "__func__", function))
    return list(_returned(plain)) if inspect.isfunction(plain) else _returned_in(source_of(function))


@lru_cache(maxsize=256)
def _returned(function: Callable[..., Any]) -> list[str]:
    """Read a function once: its backward pass is asked thousands of times, and edits of it stand in no file."""
    return _returned_in(source_of(function))


def _returned_in(text: str) -> list[str]:
    tree = parsed(text)
    returns = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    if not returns:
        return []
    last = max(returns, key=lambda node: node.lineno)
    parts = last.elts if isinstance(last, ast.Tuple | ast.List) else [last]
    return [_name(part) for part in parts]


def nothing_returned(function: Callable[..., Any]) -> set[int]:
    """Return the places at which a function returns None among others, wherever it returns."""
    returned = [node.value for node in ast.walk(tree_of(function)) if isinstance(node, ast.Return)]
    nothing = [
        {place for place, part in enumerate(value.elts) if isinstance(part, ast.Constant) and part.value is None}
        for value in returned
        if isinstance(value, ast.Tuple)
    ]
    return set.intersection(*nothing) if nothing else set()


@lru_cache(maxsize=256)
def returned_keys(function: Callable[..., Any]) -> frozenset[str]:
    """Return the keys of a dictionary that a function returns, last, as it is written out: ``return {"W": dW}``."""
    returns = [node.value for node in ast.walk(tree_of(function)) if isinstance(node, ast.Return)]
    returned = [own.elts[-1] if isinstance(own, ast.Tuple) and own.elts else own for own in returns]
    keys = [key for value in returned if isinstance(value, ast.Dict) for key in value.keys]
    return frozenset(key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


@lru_cache(maxsize=256)
def attributes(made_by: type) -> frozenset[str]:
    """Return the names of what the methods of a class keep on their object."""
    return frozenset(re.findall(r"\bself\.(\w+)", source_of(made_by)))


def calls_with_value_of(module: ModuleType, f: str, g: str, flag: str = "") -> bool:
    """Say whether a module calls one function with what another has returned, and never with anything else.

    ``a = f(z)`` and elsewhere ``g(a)``, or ``f(a, flag=True)``; names are compared as they are written,
    ``self.layer1`` and all.
    """
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError, SyntaxError):
        return False
    values, given, own = set(), [], {f, *_passing_on(tree, f)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _calls(node.value, own):
            values |= {ast.unparse(target) for target in node.targets}
        if isinstance(node, ast.Call) and _calls(node, {g}) and node.args and (not flag or _raises(node, flag)):
            given.append(ast.unparse(node.args[0]))
    return bool(given) and values.issuperset(given)


def calls_alike(module: ModuleType, f: str, g: str) -> bool:
    """Say whether a module calls one function and another with the same, ``f(z)`` and ``g(z)``, as it is written."""
    calls = [own for own in ast.walk(tree_of(module)) if isinstance(own, ast.Call) and own.args]
    given = [{ast.unparse(own.args[0]) for own in calls if _calls(own, {name})} for name in (f, g)]
    return bool(given[0] & given[1])


def _passing_on(tree: ast.AST, f: str) -> Iterator[str]:
    """Name the functions that return what a function returns them: ``def think(x): return sigmoid(x @ w)``."""
    for own in ast.walk(tree):
        if isinstance(own, ast.FunctionDef):
            returns = [node.value for node in ast.walk(own) if isinstance(node, ast.Return) and node.value]
            if returns and all(_calls(value, {f}) for value in returns):
                yield own.name


def _calls(node: ast.expr, names: Collection[str]) -> bool:
    """Say whether an expression calls a function of one of some names, or a method: ``self.sigmoid(z)``."""
    called = node.func if isinstance(node, ast.Call) else None
    return (isinstance(called, ast.Name) and called.id in names) or (
        isinstance(called, ast.Attribute) and called.attr in names
    )


def _raises(node: ast.Call, flag: str) -> bool:
    """Say whether a call raises a flag, by its name or behind the other arguments."""
    given = [*node.args[1:], *(own.value for own in node.keywords if own.arg == flag)]
    return any(isinstance(own, ast.Constant) and own.value is True for own in given)


def _name(node: ast.expr) -> str:
    """Name an expression by the variable that it is, laid out otherwise, or a share of: ``self.dx``, ``dx.ravel()``.

    A dictionary or list of what is called gradients is called gradients.
    """
    node = _as_laid_out(node)
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Call | ast.Subscript) and ast.unparse(node).startswith(JOINS):
        return _name(node.func if isinstance(node, ast.Call) else node.value)
    if all(map(GRADIENT.fullmatch, held := _held(node))) and held:
        return "grads"
    return node.attr if isinstance(node, ast.Attribute) else ""


def _as_laid_out(node: ast.expr) -> ast.expr:
    """Return what an expression is a share of, or another layout of."""
    match node:
        case ast.BinOp(left=inner, op=ast.Div()) | ast.Attribute(value=inner, attr="T"):
            return _as_laid_out(inner)
        case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in LAID_OUT:
            return _as_laid_out(inner)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            for inner, number in ((left, right), (right, left)):
                if _is_number(number) and SCALED.fullmatch(_name(inner)):
                    return _as_laid_out(inner)
        case ast.BinOp(left=inner, op=ast.Add()) if PENALISED.fullmatch(_name(inner)):  # dW + reg * W
            return _as_laid_out(inner)
    return node


def _is_number(node: ast.expr) -> bool:
    """Say whether an expression is one number by what it is called: ``2``, ``1 / N``, ``len(x)``, ``x.shape[0]``."""
    match node:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
            return _is_number(left) and _is_number(right)
        case ast.Call(func=func):
            return ast.unparse(func) in ("len", "float")
        case ast.Subscript(value=ast.Attribute(attr="shape")):
            return True
        case ast.Constant(value=value):
            return isinstance(value, int | float)
    return bool(COUNT.fullmatch(ast.unparse(node).removeprefix("self.")))


def _held(node: ast.expr) -> list[str]:
    """Return what a dictionary or a list calls what it holds: by its keys or else its values."""
    match node:
        case ast.Dict(keys, values):
            pairs = [
                (ast.literal_eval(key) if isinstance(key, ast.Constant) else "", own)
                for key, own in zip(keys, values, strict=True)
            ]
        case ast.Call(ast.Name("dict"), [], keywords):
            pairs = [(str(own.arg), own.value) for own in keywords]
        case ast.List(elements) | ast.Tuple(elements):
            pairs = [("", own) for own in elements]
        case _:
            return []
    return [str(key) if GRADIENT.fullmatch(str(key)) else _name(own) for key, own in pairs]
