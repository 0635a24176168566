"""A problem as a teacher writes it, in TOML, and everything that can be wrong with one.

The forward pass is read in order: a definition may use what is given and what is defined before it. Then it is
computed once, so that shapes that do not fit, and a loss that is not one number, are told by the line they stand in.
"""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from gradcheck.errors import UnknownName
from gradcheck.formula.language.tree import Tree
from gradcheck.formula.language.valueless import Valueless
from gradcheck.formula.posed.landscape import Landscape
from gradcheck.formula.posed.problem import KINDS, IllPosed, Problem
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.parser import Parser
from gradcheck.formula.text.tokens import tokens
from gradcheck.formula.text.unreadable import Unreadable

KEYS = ("title", "parameters", "data", "loss", "forward", "names", "shapes", "kinds")
"""What a problem may say."""


def posed(text: str, name: str = "") -> Problem:
    """Read a problem from TOML. Raises IllPosed, with the line, if it does not hang together."""
    return _Reader(text, name).problem()


class _Reader:
    """Reads the TOML of a problem, and checks that it hangs together."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name

    def problem(self) -> Problem:
        """Read everything; the forward pass last, because it uses the rest."""
        try:
            given = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise IllPosed(f"This is not TOML: {error}") from error
        for key in given:
            if key not in KEYS:
                raise IllPosed(f"{self.line(key)}{UnknownName('key of a problem', key, KEYS)}")
        for key in ("loss", "forward"):
            if key not in given:
                raise IllPosed(f'A problem needs {key!r}, for example loss = "L" and [forward] L = "(w*x - y)^2".')
        empty = Problem(
            str(given.get("title", self.name)),
            self.words(given, "parameters"),
            self.words(given, "data"),
            str(given["loss"]),
            {},
            self.table(given, "names"),
            {name: tuple(axes) for name, axes in self.table(given, "shapes").items()},
            self.table(given, "kinds"),
            self.name,
        )
        self.check(empty)
        return self.defined(empty, self.table(given, "forward"))

    def words(self, given: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """Return a list of names."""
        found = given.get(key, [])
        if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
            raise IllPosed(f'{self.line(key)}{key} should be a list of names, such as ["w1", "w2"].')
        return tuple(found)

    def table(self, given: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Return a table."""
        found = given.get(key, {})
        if not isinstance(found, dict):
            raise IllPosed(f"{self.line(key)}[{key}] should be a table.")
        return found

    def check(self, empty: Problem) -> None:
        """Refuse names used twice, shapes of nothing, kinds that do not exist."""
        for name in empty.inputs:
            if empty.inputs.count(name) > 1:
                raise IllPosed(f"{self.line(name)}{name!r} is listed twice.")
        for table, entries in (("shapes", empty.shapes), ("kinds", empty.kinds)):
            for name in entries:
                if name not in empty.inputs:
                    raise IllPosed(
                        f"{self.line(name, table)}[{table}] speaks of {name!r}, which is no parameter and no datum."
                    )
        for name, kind in empty.kinds.items():
            if kind not in KINDS:
                raise IllPosed(f"{self.line(name, 'kinds')}{UnknownName('kind', kind, KINDS)}")
            axes = empty.shapes.get(name, ())
            if kind in ("symmetric", "positive-definite") and (len(axes) != 2 or axes[0] != axes[1]):
                where = self.line(name, "kinds")
                raise IllPosed(f"{where}What is {kind} is a square matrix; {name} has the shape {list(axes)}.")
        for name, axes in empty.shapes.items():
            for size in axes:
                if not (isinstance(size, str) and re.fullmatch(r"[A-Za-z]\w{0,8}", size)) and not (
                    isinstance(size, int) and 0 < size <= 20
                ):
                    where = self.line(name, "shapes")
                    raise IllPosed(f"{where}A size is a letter, or a number from 1 to 20; given: {size!r}.")

    def defined(self, empty: Problem, forward: Mapping[str, Any]) -> Problem:
        """Read the definitions one after the other; each may use only what stands before it."""
        definitions: dict[str, Tree] = {}
        for name, text in forward.items():
            if name in empty.inputs:
                raise IllPosed(f"{self.line(name, 'forward')}{name!r} is given, and cannot be computed as well.")
            try:
                tree = _definition(str(text), empty.inputs, tuple(definitions), empty.letters, tuple(forward))
            except Unreadable as error:
                raise IllPosed(f"{self.line(name, 'forward')}{name} = {text}: {error.says}.") from error
            definitions[name] = tree
        if empty.loss not in definitions:
            raise IllPosed(f"{self.line('loss')}{UnknownName('definition of the loss', empty.loss, definitions)}")
        problem = Problem(
            **{**{key: getattr(empty, key) for key in empty.__dataclass_fields__}, "forward": definitions}
        )
        self.tried(problem)
        return problem

    def tried(self, problem: Problem) -> None:
        """Compute the forward pass once, to see that its shapes fit and its loss is one number."""
        try:
            loss = Landscape.draw(problem, 0).numbers[problem.loss]
        except Valueless as error:
            place = next((name for name in problem.definitions if error.args and error.says.startswith(f"{name}:")), "")
            raise IllPosed(f"{self.line(place.removeprefix('net_'), 'forward')}{error.says}.") from error
        if loss.ndim:
            says = f"The loss {problem.loss!r} has shape {loss.shape}; it must be one number. A sum or mean is missing."
            raise IllPosed(f"{self.line(problem.loss, 'forward')}{says}")

    def line(self, key: str, table: str = "") -> str:
        """Return where a key stands, in a table or before the first one, as the beginning of a message."""
        here = ""
        for number, line in enumerate(self.text.splitlines(), start=1):
            if heading := re.match(r"\s*\[(\w+)\]", line):
                here = heading[1]
            mentioned = not table and key and f'"{key}"' in line.partition("=")[2] and here == ""
            if (here == table and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line)) or mentioned:
                return f"line {number}: "
        return ""


def _definition(
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
