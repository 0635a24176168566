"""Somebody else's file, imported as Python would import it, without leaving anything behind but the module.

What the file prints while it is imported goes to standard error; what it raises becomes one line with its own line
number. Its folder can be imported from while that lasts, as when the file itself is run.
"""

import ast
import contextlib
import importlib
import importlib.util
import inspect
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from gradcheck.errors import GradcheckError


def load(path: Path) -> ModuleType:
    """Import a file. Raises GradcheckError, with the line at which it failed, if that is not possible."""
    if not path.is_file() or path.suffix != ".py":
        raise GradcheckError(f"{str(path)!r} is no Python file; give the path of one, such as student.py.")
    root, dotted = _place(path.resolve())
    with _importable(root), contextlib.redirect_stdout(sys.stderr):
        try:
            return importlib.import_module(dotted) if "." in dotted else _alone(path.resolve())
        except (Exception, SystemExit) as error:
            raise GradcheckError(f"{path} cannot be imported: {_told(error, path.resolve())}") from error


def _place(path: Path) -> tuple[Path, str]:
    """Return the folder that a file is imported from, and its name there: dotted, if it belongs to a package."""
    root, parts = path.parent, [path.stem]
    while (root / "__init__.py").is_file():
        root, parts = root.parent, [root.name, *parts]
    return root, ".".join(parts)


def _alone(path: Path) -> ModuleType:
    """Import a file that belongs to no package, under a name that is no other module's."""
    spec = importlib.util.spec_from_file_location(f"{path.stem} in {path.parent}".replace(".", "_"), path)
    assert spec is not None  # noqa: S101 - the file ends in .py
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look their module up there, and inspect the source
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))


def _told(error: BaseException, path: Path) -> str:
    """Say in one line what an import raised, and at which line of the file."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
    line = error.lineno if isinstance(error, SyntaxError) else frames[-1].lineno if frames else None
    says = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    place = f"line {line}: " if line else ""
    return f"{place}{type(error).__name__}: {says[:300]}"


def line_of(thing: Any) -> int:
    """Return the line at which a function or class of a file begins; 0 if that is not known."""
    try:
        return inspect.getsourcelines(thing)[1]
    except (OSError, TypeError):
        return 0


def source_of(thing: Any) -> str:
    """Return the text of a function or class; empty if it is not known."""
    try:
        return textwrap.dedent(inspect.getsource(thing))
    except (OSError, TypeError):
        return ""


def returned_names(function: Callable[..., Any]) -> list[str]:
    """Return what the last ``return`` of a function calls the values that it returns; empty for what has no name."""
    try:
        tree = ast.parse(source_of(function))
    except SyntaxError:
        return []
    returns = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    if not returns:
        return []
    last = max(returns, key=lambda node: node.lineno)
    parts = last.elts if isinstance(last, ast.Tuple | ast.List) else [last]
    return [_name(part) for part in parts]


def _name(node: ast.expr) -> str:
    """Name an expression by the variable that it is, if it is one; look through ``x.sum()`` and ``(a + b)`` at none."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""
