"""Somebody else's file, run statement by statement as Python would, and nothing left behind but the module.

A gradient can be judged although the file also reads data that are not here, or draws a plot with a library that is not
installed: a statement that raises is left out, with a line that says so, and so is a loop that may never end. The
beginning of what the file prints goes to standard error. Its folder can be imported from while that lasts, as when the
file itself is run; and what is not found there, from the nearest folder above that has it, as when the file is part of
what is run there.
"""

import __future__

import ast
import contextlib
import copyreg
import importlib
import importlib.util
import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from operator import attrgetter
from pathlib import Path
from types import CodeType, ModuleType

import numpy as np

from gradcheck.discover.murmurs import Murmurs
from gradcheck.discover.notebooks import code_of
from gradcheck.discover.source import defined_in
from gradcheck.errors import GradcheckError

NARROW = 6
"""So wide is a hidden layer at most, where a file gives its width a name of its own."""
HIDDEN = re.compile(r"(n|num|nn)?_?(hidden|hdim)_?(size|dim|units|nodes|neurons|layer_size)?|H", re.IGNORECASE)
"""What the width of a hidden layer is called."""
TEXT = "hello world\n"
"""What stands in a file that is not there."""
NOTEBOOK = ".ipynb"
"""What the name of a notebook ends in."""
TOLD = 4
"""So many statements that were left out are told one by one."""

copyreg.pickle(ModuleType, attrgetter("__name__"))  # a copy of an object that holds NumPy as ``self.xp`` holds the same


def load(path: Path) -> ModuleType:
    """Run a file. Raises GradcheckError, with the line at which it failed, if nothing in it can be used."""
    if not path.exists():
        raise GradcheckError(f"There is no file {str(path)!r}; give the path of a Python file, such as student.py.")
    if path.is_dir():
        raise GradcheckError(f"{str(path)!r} is a folder; give Python files, such as {path}/*.py.")
    if not path.is_file() or path.suffix not in (".py", NOTEBOOK):
        raise GradcheckError(f"{str(path)!r} is no Python file; give the path of one, such as student.py.")
    root, dotted = _place(path.resolve())
    with _importable(root), contextlib.redirect_stdout(Murmurs()), _nobody_there():
        try:
            left_out, module = _run(path.resolve(), dotted)
        except GradcheckError:
            raise
        except (Exception, SystemExit) as error:
            raise GradcheckError(f"{path} cannot be imported: {_told(error)}") from error
    if left_out and not defined_in(module):
        raise GradcheckError(f"{path} cannot be imported: {left_out[0]}")
    more = f"; and {len(left_out) - TOLD} more" if len(left_out) > TOLD else ""
    if left_out:
        print(f"gradcheck: of {path} was left out {'; '.join(left_out[:TOLD])}{more}", file=sys.stderr)
    return module


def _place(path: Path) -> tuple[Path, str]:
    """Return the folder that a file is imported from, and its name there: dotted, if it belongs to a package."""
    root, parts = path.parent, [path.stem]
    while (root / "__init__.py").is_file():
        root, parts = root.parent, [root.name, *parts]
    return root, ".".join(parts)


def _run(path: Path, dotted: str) -> tuple[list[str], ModuleType]:
    """Run the statements of a file; return what was left out of it, and the module."""
    package = dotted.rpartition(".")[0]
    if package:
        _importing(path, lambda: importlib.import_module(package))
    name = dotted if package else f"{path.stem} in {path.parent}".replace(".", "_")  # that is no other module's
    spec = importlib.util.spec_from_file_location(name, path, loader=SourceFileLoader(name, str(path)))
    assert spec is not None  # noqa: S101 - it has a loader
    module = importlib.util.module_from_spec(spec)
    tree = ast.parse(_code(path), str(path))
    sys.modules[name] = module  # dataclasses look their module up there, and inspect the source
    return list(_left_out(tree, module, path)), module


def _code(path: Path) -> str | bytes:
    """Return the code of a file; of a notebook say how its lines are counted."""
    if path.suffix != NOTEBOOK:
        return path.read_bytes()
    text, lines = code_of(path)
    if lines:
        print(f"gradcheck: {lines}", file=sys.stderr)
    return text


def _left_out(tree: ast.Module, module: ModuleType, path: Path) -> Iterator[str]:
    """Run one statement after another; yield the line of each that is left out, and why."""
    flags = 0
    for statement in map(_narrowed, tree.body):
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            flags |= sum(getattr(__future__, own.name).compiler_flag for own in statement.names)
        if isinstance(statement, ast.While):
            yield f"line {statement.lineno}: a loop that may not end"
            continue
        code = compile(ast.Module([statement], []), str(path), "exec", flags, dont_inherit=True)
        try:
            if stands_in := _execute(code, module):
                yield f"line {statement.lineno}: {stands_in}"
        except (Exception, SystemExit) as error:
            yield f"line {statement.lineno}: {_told(error)}"


def _narrowed(statement: ast.stmt) -> ast.stmt:
    """Let hidden layers be narrow that a file makes wide: a mistake shows in few numbers too, and sooner."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        for name, own in zip(_parts(statement.targets[0]), _parts(statement.value), strict=False):
            if isinstance(own, ast.Constant) and type(own.value) is int and own.value > NARROW:
                own.value = NARROW if HIDDEN.fullmatch(ast.unparse(name)) else own.value
    return statement


def _parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _execute(code: CodeType, module: ModuleType) -> str:
    """Run a statement; once more, with something that stands in for it, if data are not there, and say what."""
    try:
        _importing(Path(str(module.__file__)), lambda: exec(code, vars(module)))  # noqa: S102 - as a person has asked
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sklearn":
            raise
        with _sample_data():
            exec(code, vars(module))  # noqa: S102
        return f"{_told(error)} (twenty points of two classes stand in for it)"
    except FileNotFoundError as error:
        vars(module)["open"] = lambda *_, **__: io.StringIO(TEXT)
        try:
            exec(code, vars(module))  # noqa: S102
        finally:
            del vars(module)["open"]
        return f"{_told(error)} ({TEXT.strip()!r} stands in for it)"
    return ""


def _importing(path: Path, run: Callable[[], object]) -> None:
    """Run something that imports; again, also from the nearest folder above a file that has what is missing."""
    while True:
        try:
            run()
        except ModuleNotFoundError as error:
            top = (error.name or "").partition(".")[0]
            inside = [own.parent for own in path.parents if own.name == top]  # it belongs to what is missing
            beside = [own for own in path.parents if (own / top).is_dir() or (own / f"{top}.py").is_file()]
            home = next(iter(inside + beside), None)
            if not top or home is None or str(home) in sys.path:
                raise
            sys.path.append(_Home(home))
        else:
            return


class _Home(str):
    """A folder that was added to those that are imported from, and will be taken out again."""

    __slots__ = ()


@contextlib.contextmanager
def _sample_data() -> Iterator[None]:
    """Let scikit-learn's data sets be imported where it is not installed: twenty points of two classes, for all."""
    generator = np.random.default_rng(0)
    points = generator.normal(size=(20, 2))
    own, data = ModuleType("sklearn"), ModuleType("sklearn.datasets")
    data.__getattr__ = lambda _: lambda *_, **__: (points.copy(), (points.sum(1) > 0).astype(int))  # type: ignore[method-assign]
    own.datasets = data  # type: ignore[attr-defined]
    sys.modules |= {"sklearn": own, "sklearn.datasets": data}
    try:
        yield
    finally:
        for name in ("sklearn", "sklearn.datasets"):
            sys.modules.pop(name, None)


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))
        sys.path[:] = [own for own in sys.path if not isinstance(own, _Home)]


@contextlib.contextmanager
def _nobody_there() -> Iterator[None]:
    """Let no plot open a window, and no question wait for an answer."""
    before, asked = os.environ.get("MPLBACKEND"), sys.stdin
    os.environ["MPLBACKEND"], sys.stdin = before or "agg", io.StringIO()
    try:
        yield
    finally:
        sys.stdin = asked
        if before is None:
            os.environ.pop("MPLBACKEND", None)


def _told(error: BaseException) -> str:
    """Say in one line what was raised; of an error of syntax, at which line of the file."""
    says = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    place = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
    return f"{place}{type(error).__name__}: {says[:300]}"
