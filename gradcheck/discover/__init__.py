"""Somebody else's file: what in it can be judged, with which inputs, and what the check says about it.

Pairs of functions, layers with a forward and a backward method, PyTorch functions and modules are found by the
names that people give them. To add a convention, add its words to ``names``; to add a kind of thing, its finder here.
"""

import ast
import inspect
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from gradcheck.discover import (
    both,
    classes,
    contexts,
    engines,
    estimators,
    functions,
    inner,
    namespaces,
    objects,
    pairing,
    tables,
    textbook,
    torch,
    training,
)
from gradcheck.discover.costless import costless
from gradcheck.discover.decorated import uncover
from gradcheck.discover.flags import flagged
from gradcheck.discover.forms import Form
from gradcheck.discover.given import read as read_inputs
from gradcheck.discover.judging import judge
from gradcheck.discover.layer import Layer
from gradcheck.discover.loading import load
from gradcheck.discover.passes import BACKWARDS, FORWARDS
from gradcheck.discover.propagation import cost_of, propagation
from gradcheck.discover.source import defined_in, source_of, tree_of
from gradcheck.discover.subject import Subject, takes
from gradcheck.discover.unread import unread
from gradcheck.errors import GradcheckError, UnknownName
from gradcheck.records import Result
from gradcheck.repair.showing import from_here

CONVENTIONS = """\
  functions     forward / backward, f / grad, loss / gradient, foo / foo_grad, grad_foo, dfoo, foo_backward, foo_vjp,
                foo_prime, foo_forward / foo_backward with a cache between them; tanh_prime alone, and other slopes
                of what NumPy or everybody calls so
  with a cost   forward_propagation, compute_cost(AL, Y) and backward_propagation, parameters in a dictionary or not
  one function  that returns (loss, grad), for its arguments or for arrays around it, or its value and its pullback,
                or its derivative if it is told so, as nonlin(x, deriv=True)
  classes       with forward and backward methods, gradients returned or kept as self.dW, self.grads['W'], self.W.grad,
                of arrays, or of PyTorch's tensors without autograd
  in functions  the same, written inside another function, for an optimiser
  in a table    {"tanh": (f, df)}, or {"tanh": {"f": f, "df": df}}
  in a class    the same pairs of functions, as static methods or methods that use no self
  networks      classes whose backprop(x, y) returns the gradients of all they hold, lists and all
  loops         that train with everything written out in them: their steps are gradients
  an engine     a class with data, grad and backward(), as in micrograd: each of its operations
  PyTorch       subclasses of torch.autograd.Function and of nn.Module"""
"""What is recognised, for a person whose file holds none of it."""


def find(module: ModuleType, told: tuple[str, ...] = ()) -> list[Subject]:
    """Return what can be judged in a module, in the order of its lines; what is told, and nothing else, if anything is.

    Raises GradcheckError for a pair that cannot be read, UnknownName for a name that is not there.
    """
    uncover(module)
    if told:
        return [subject for text in told for subject in _told(module, text)]
    own = defined_in(module)
    plain = [name for name, thing in own.items() if inspect.isfunction(thing)]
    couples = [pair for pair in pairing.pairs({name: takes(own[name]) for name in plain}) if _returns(own[pair[1]])]
    taken = {name for pair in couples for name in pair}
    found: list[Subject] = []
    for pair in couples:
        with suppress(GradcheckError):  # it is told with what is not read
            found.append(_couple(module, *pair))
    found += [both.both(module, name) for name in plain if name not in taken and both.returns_both(own[name])]
    found += [alone for name in plain if name not in taken and (alone := flagged(module, name))]
    made = [thing for thing in own.values() if inspect.isclass(thing)]
    for thing in [one for one in made if not _left_to_others(one, made)]:
        judged = _of_class(module, thing)
        taken = {*FORWARDS, *BACKWARDS} if judged else set()
        found += [*judged, *namespaces.of(module, thing, taken)]
    loops = list(training.of(module))
    rounds = {own.name for own in loops if own.in_rounds}
    found = [own for own in found if not (isinstance(own, estimators.Estimator) and own.way in rounds)]
    networks = {own.way for own in found if isinstance(own, estimators.Estimator)}
    loops = [own for own in loops if own.name not in networks]
    trained = {own.name for own in loops}
    found = [own for own in found if not (isinstance(own, Layer) and f"{own.name}.{own.backward}" in trained)]
    found += [*loops, *inner.of(module), *tables.of(module, {own.name for own in found})]
    found += textbook.of(module, [own.g for own in found if isinstance(own, functions.Couple)])
    return sorted(found, key=lambda subject: subject.line)


def _couple(module: ModuleType, f: str, g: str) -> Subject:
    """Return a pair of functions; with the cost between them, if the gradient is that of a cost."""
    known = propagation(module, f, g) or costless(module, f, g)
    return known or functions.couple(module, cost_of(module, f, g), g)


def _returns(gradient: object) -> bool:
    """Say whether a gradient is returned: one that is left with the tensors that it is given is not, ``inp.g = out.g``.

    Nor is one that is still to be written.
    """
    left_there = re.search(r"^\s+\w+\.(g|grad)\s*\+?=", source_of(gradient), re.MULTILINE)
    return not left_there and not _to_be_written(tree_of(gradient))


def _to_be_written(tree: ast.AST) -> bool:
    """Say whether a function does nothing yet: in it stands a docstring, ``pass``, or that it is missing."""
    body = [node for own in ast.walk(tree) if isinstance(own, ast.FunctionDef) for node in own.body]
    idle = [
        isinstance(own, ast.Pass)
        or (isinstance(own, ast.Expr) and isinstance(own.value, ast.Constant))
        or (isinstance(own, ast.Raise) and "NotImplemented" in ast.unparse(own))
        for own in body
    ]
    return bool(idle) and all(idle)


def _left_to_others(made_by: type, every: Sequence[type]) -> bool:
    """Say whether a class leaves one of its methods to those that are made from it, which are there."""
    unwritten = [name for name, own in vars(made_by).items() if inspect.isfunction(own) and _raises_at_once(own)]
    return any(
        issubclass(one, made_by) and one is not made_by and name in vars(one) for one in every for name in unwritten
    )


def _raises_at_once(method: object) -> bool:
    """Say whether all that a method does is to say that it is not written: ``raise NotImplementedError``."""
    return bool(re.search(r"^\s+raise NotImplementedError", source_of(method), re.MULTILINE)) and not re.search(
        r"^\s+(if|return|for)\b", source_of(method), re.MULTILINE
    )


def _of_class(module: ModuleType, made_by: type) -> list[Subject]:
    """Return what can be judged about a class."""
    for finder in (torch.of, contexts.of, estimators.of, classes.of):
        if subject := finder(module, made_by):
            return [subject]
    return engines.of(module, made_by)


def judge_all(subjects: Sequence[Subject], given: dict[str, Form], path: str, seed: int) -> Iterator[Result | str]:
    """Judge one subject after the other; yield results, and in words why there is none.

    What is made of others comes behind them, as operations of an engine, or a network of layers: of what is wrong it is
    only told.
    """
    wrong: list[str] = []
    for subject in sorted(subjects, key=lambda own: bool(_made_of(own, subjects, [one.name for one in subjects]))):
        if made_of := _made_of(subject, subjects, wrong):
            yield f"{subject.name} is made of {', '.join(made_of)}, and was not judged by itself."
            continue
        try:
            result = judge(subject, given, path, seed)
        except GradcheckError as error:
            yield str(error)
            continue
        if result.verdict.wrong:
            wrong.append(subject.name)
        yield result


def _made_of(subject: Subject, subjects: Sequence[Subject], wrong: Sequence[str]) -> list[str]:
    """Name what a subject is made of, of all that is wrong."""
    operations = [own.name for own in subjects if isinstance(own, engines.Expression) and own.name in wrong]
    if subject.name in engines.consequences(subjects, operations):
        return operations
    return [own.__name__ for own in objects.parts_of(subject.arguments, likeliest=True) if own.__name__ in wrong]


def check_pair(file: Path | str, pair: str, inputs: str = "", seed: int = 0) -> Result:
    """Judge one pair, or one class, of a file: what ``gradcheck check FILE --pair PAIR --inputs INPUTS`` judges.

    Raises GradcheckError if the file cannot be imported, or no inputs are found.
    """
    subjects = find(load(Path(file)), (pair,))
    if len(subjects) > 1:
        raise GradcheckError(f"{pair} holds several things to judge: {', '.join(own.name for own in subjects)}.")
    return judge(subjects[0], inputs_of(subjects, inputs), from_here(str(Path(file).resolve())), seed)


def inputs_of(subjects: Sequence[Subject], text: str) -> dict[str, Form]:
    """Read inputs from a line, for subjects that take them. Raises UnknownName for one that none of them takes."""
    inputs = read_inputs(text)
    known = tuple(dict.fromkeys(own.name for subject in subjects for own in subject.arguments))
    for name in inputs:
        if name not in known:
            raise UnknownName("argument", name, known)
    return inputs


def _told(module: ModuleType, text: str) -> list[Subject]:
    """Return the subjects that a person names: ``f:g``, one name, or one operation of an engine, ``Value.tanh``."""
    apart = (*training.of(module), *inner.of(module), *tables.of(module), *textbook.of(module))
    if named := [own for own in apart if own.name == text]:
        return list(named)
    f, colon, g = text.partition(":")
    name, dot, _ = f.partition(".")
    if dot and colon:
        held = [
            own
            for thing in defined_in(module).values()
            if inspect.isclass(thing)
            for own in namespaces.of(module, thing, set())
        ]
        if pair := [own for own in held if own.name == text]:
            return list(pair)
    for one in (f, g) if colon else (name,):
        if not hasattr(module, one):
            own = [own for own, thing in vars(module).items() if callable(thing) and not own.startswith("_")]
            raise UnknownName(f"function or class of {Path(str(module.__file__)).name} called", one, own)
    if colon:
        return [_couple(module, f, g)]
    thing = getattr(module, name)
    if not inspect.isclass(thing):
        return [flagged(module, f) or both.both(module, f)]
    subjects = [subject for subject in _of_class(module, thing) if not dot or subject.name == f]
    if not subjects:
        raise GradcheckError(f"{f} has no forward and backward method that could be judged.")
    return subjects


__all__ = [
    "CONVENTIONS",
    "Subject",
    "check_pair",
    "find",
    "inputs_of",
    "judge",
    "judge_all",
    "load",
    "read_inputs",
    "unread",
]
