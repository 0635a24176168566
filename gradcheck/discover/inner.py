"""A function and its gradient that are written inside another, for an optimiser: they use what that one was given.

def fit(X, y):
    def loss(w): ...
    def loss_grad(w): ...
    return minimize(loss, np.zeros(X.shape[1]), jac=loss_grad).x
"""

import ast
import inspect
from collections.abc import Callable, Iterator
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

from gradcheck.discover import pairing
from gradcheck.discover.both import Both, both_of, returns_both
from gradcheck.discover.functions import Couple, couple_of
from gradcheck.discover.source import defined_in, line_of, tree_of
from gradcheck.errors import GradcheckError


def of(module: ModuleType) -> list[Couple | Both]:
    """Return the pairs inside the functions of a module, and what returns its value and its gradients there."""
    found: list[Couple | Both] = []
    for outer in defined_in(module).values():
        for f, g in _pairs(outer) if inspect.isfunction(outer) else ():
            own, its = (_opened(module, outer, (f, g), place) for place in range(2))
            if own and its:
                try:
                    found.append(couple_of(module, (outer.__name__, f, g), own, its))
                except GradcheckError:  # it only looks like a pair
                    continue
        for name in _returning(outer) if inspect.isfunction(outer) else ():
            alone = _opened(module, outer, (name, name), 0)
            if alone and returns_both(alone):
                found.append(both_of(module, f"{outer.__name__}.{name}", alone))
    return found


def _returning(outer: FunctionType) -> list[str]:
    """Name the functions inside another that return two things or more."""
    returns = {
        own.name: [node.value for node in ast.walk(own) if isinstance(node, ast.Return)]
        for own in _body(outer)
        if isinstance(own, ast.FunctionDef) and own.args.args
    }
    return [name for name, values in returns.items() if values and isinstance(values[-1], ast.Tuple)]


def _pairs(outer: FunctionType) -> list[tuple[str, str]]:
    """Name the pairs that a function defines."""
    defined = [own for own in _body(outer) if isinstance(own, ast.FunctionDef)]
    takes = {own.name: [one.arg for one in own.args.args] for own in defined}
    return pairing.pairs(takes) if len(takes) > 1 else []


def _body(outer: FunctionType) -> list[ast.stmt]:
    tree = tree_of(outer)
    function = tree.body[0] if isinstance(tree, ast.Module) and tree.body else None
    return function.body if isinstance(function, ast.FunctionDef) else []


def _opened(module: ModuleType, outer: FunctionType, pair: tuple[str, str], place: int) -> Callable[..., Any] | None:
    """Return one of a pair as a function of its own arguments and of those of the outer that matter.

    None if two of them have the same name.
    """
    bare, kept = _bare(module, outer, pair[place]), _kept(outer, pair)
    used = {node.id for statement in kept for node in ast.walk(statement) if isinstance(node, ast.Name)}
    given = [one for one in inspect.signature(outer).parameters.values() if one.name in used]
    own = list(inspect.signature(bare).parameters.values())
    if {one.name for one in given} & {one.name for one in own}:
        return None
    make = _maker(module, outer, kept, [one.name for one in given], pair)
    signature = inspect.Signature(sorted([*own, *given], key=lambda one: one.default is not one.empty))

    def opened(*values: Any, **named: Any) -> Any:
        bound = signature.bind(*values, **named)
        bound.apply_defaults()
        outside = {one.name: bound.arguments[one.name] for one in given}
        return make(**outside)[place](*(bound.arguments[one.name] for one in own))

    opened.__signature__, opened.__wrapped__ = signature, bare  # type: ignore[attr-defined]
    opened.__doc__ = "\n".join(filter(None, (inspect.getdoc(bare), inspect.getdoc(outer))))
    opened.__name__ = pair[place]
    return opened


def _kept(outer: FunctionType, pair: tuple[str, str]) -> list[ast.stmt]:
    """Return the statements of a function that a pair of functions is made of: what is drawn or printed is not."""
    body, needed, kept = _body(outer), set(pair), list[ast.stmt]()
    last = max(at for at, own in enumerate(body) if isinstance(own, ast.FunctionDef) and own.name in pair)
    for statement in reversed(body[: last + 1]):
        known = set(_named(statement))
        made = set(_made(statement)) if isinstance(statement, ast.Assign | ast.FunctionDef) else known
        if made & needed and not isinstance(statement, ast.Return):
            kept.insert(0, statement)
            needed |= known
    return kept


def _named(tree: ast.AST) -> Iterator[str]:
    """Yield all names in a piece of code."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name


def _made(statement: ast.Assign | ast.FunctionDef) -> Iterator[str]:
    """Yield the names of what a statement makes, or writes into."""
    if isinstance(statement, ast.FunctionDef):
        yield statement.name
    else:
        yield from (name for target in statement.targets for name in _named(target))


def _bare(module: ModuleType, outer: FunctionType, name: str) -> FunctionType:
    """Return a function that is written inside another, for what is written in it; it cannot be called."""
    code = next(own for own in outer.__code__.co_consts if isinstance(own, CodeType) and own.co_name == name)
    return FunctionType(code, vars(module), name, closure=tuple(CellType() for _ in code.co_freevars))


def _maker(
    module: ModuleType, outer: FunctionType, kept: list[ast.stmt], given: list[str], pair: tuple[str, str]
) -> Callable[..., Any]:
    """Return what defines a pair, given what of the outer function's arguments matters, and returns the two."""
    both = ast.Return(ast.Tuple([ast.Name(name, ast.Load()) for name in pair], ast.Load()))
    takes = ast.arguments([], [ast.arg(name) for name in given], None, [], [], None, [])
    tree = ast.Module([ast.FunctionDef(outer.__name__, takes, [*kept, both], [])], [])
    ast.increment_lineno(ast.fix_missing_locations(tree), line_of(outer) - 1)
    whole = compile(tree, str(module.__file__), "exec")
    code = next(own for own in whole.co_consts if isinstance(own, CodeType))
    return FunctionType(code, vars(module), outer.__name__)
