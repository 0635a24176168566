"""Code of a person is watched while it runs: what of it ran, and what its names held at the end."""

import linecache
import re
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from dis import opmap
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import numpy as np

OURS = str(Path(__file__).parents[1])
NOT_THEIRS = (OURS, *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}, "<")
"""Where code lies that is nobody's own: this package, the standard library, what is installed."""
TYPED = ("<ipython-input-", "<python-input-")
"""What is called so was typed into a shell that remembers it: IPython's, or Python's own since 3.13."""
INSTALLED = "site-packages"


SLOPE = re.compile(r"prime|deriv|gradient|_grad$|Grad$|^d[A-Z_]", re.IGNORECASE)
"""What a function of one argument is called that is the slope of an activation."""


BACKWARD = frozenset(code for name, code in opmap.items() if "JUMP" in name and "BACKWARD" in name)
"""The instructions that go back."""
ROOM, TIMES = 10_000, 20
"""Code that was changed may run so many lines, and so many times what it ran before; more will not end."""


@dataclass
class Watch:
    """What is seen while code of persons runs."""

    seen: dict[CodeType, dict[str, Any]] = field(default_factory=dict)
    """The code that ran, in the order in which it was left for good, with what its names held at the end."""
    lines: int = 0
    """How many lines ran."""
    unread: bool = False
    """Whether code ran whose lines nobody can read."""

    def entered(self, frame: FrameType, *_: Any) -> Any:
        """Follow a call if it is of a person's own code."""
        if theirs(frame.f_code.co_filename):
            return self.inside
        self.unread = self.unread or _unreadable(frame)
        return None

    def inside(self, frame: FrameType, event: str, _: Any) -> Any:
        """Count a line; note what is left."""
        self.lines += 1
        if event == "return":
            self.seen.pop(frame.f_code, None)
            self.seen[frame.f_code] = _around(frame) | frame.f_locals
        return self.inside


def watched(run: Callable[[], object]) -> Watch:
    """Run something and watch it; a wrong backward pass may fail, and then what ran until then is what counts."""
    watch, before = Watch(), sys.gettrace()
    sys.settrace(watch.entered)
    try:
        run()
    except Exception:
        return watch
    finally:
        sys.settrace(before)
    return watch


@contextmanager
def ending(lines: int) -> Iterator[None]:
    """Raise TimeoutError inside of persons' code whose loops run far more lines than all did: one may not end."""
    left, before = ROOM + TIMES * lines, sys.gettrace()

    def entered(frame: FrameType, *_: Any) -> Any:
        return inside() if theirs(frame.f_code.co_filename) and _loops(frame.f_code) else None

    def inside(*_: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise TimeoutError
        return inside

    sys.settrace(entered)
    try:
        yield
    finally:
        sys.settrace(before)


def _loops(code: CodeType) -> bool:
    """Say whether code goes back to what it has run: all other code ends."""
    return not BACKWARD.isdisjoint(code.co_code[::2])


@contextmanager
def kept(arrays: Iterable[Any]) -> Iterator[None]:
    """Let nobody write to arrays; what is no array is passed over."""
    open_ = [own for own in arrays if isinstance(own, np.ndarray) and own.flags.writeable]
    try:
        for own in open_:
            own.flags.writeable = False
        yield
    finally:
        for own in open_:
            own.flags.writeable = True


def _unreadable(frame: FrameType) -> bool:
    """Say whether a frame runs code that a person made and that stands in no file, and no code that Python made."""
    name, around = frame.f_code.co_name, frame.f_globals
    owned = around.get("__name__") == "__main__" or theirs(str(around.get("__file__", "")))
    return frame.f_code.co_filename.startswith("<") and not name.startswith("__") and owned


def _around(frame: FrameType) -> dict[str, Any]:
    """Return the arrays and numbers that code takes from its module, and the slopes that are written there."""
    used = {name: frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals}
    slopes = {
        name: own
        for name, own in frame.f_globals.items()
        if isinstance(own, FunctionType) and _slope(name) and own.__code__.co_argcount == 1
    }
    return slopes | {name: own for name, own in used.items() if isinstance(own, np.ndarray | int | float)}


def _slope(name: str) -> bool:
    """Say whether a function is called like a slope; a test of one is none, and running it may take long."""
    return bool(SLOPE.search(name)) and not name.startswith("test")


@cache
def theirs(file: str) -> bool:
    """Say whether a file is a person's own."""
    typed = file.startswith(TYPED)
    return (typed or not file.startswith(NOT_THEIRS)) and INSTALLED not in file and bool(linecache.getlines(file))
