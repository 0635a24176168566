"""A problem is a forward pass and nothing more: which letter is computed from which, and what is given.

It is read from a small TOML file that a teacher can copy. From it everything else follows: what depends on what, the
right derivative of anything by anything, the mistakes that could be made, and points at which numbers tell them apart.
Where an activation is applied to an expression, that expression gets the name textbooks give it, ``net_h`` for the
argument of ``h``; it is a step on the way and nobody has to mention it.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from gradcheck.errors import GradcheckError, UnknownName
from gradcheck.formula.functions import ACTIVATIONS, known
from gradcheck.formula.tree import Call, Index, Name, Tree, names, walk

HOME = Path(__file__).parent / "problems"
"""Where the built-in problems are."""
KINDS = ("real", "positive", "one-hot", "index", "mask")
"""What an array may hold."""


class IllPosed(GradcheckError):
    """A problem that does not hang together; the message names the line."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A forward pass: what a formula is judged against."""

    title: str
    parameters: tuple[str, ...]
    """What is learned."""
    data: tuple[str, ...]
    """What is given."""
    loss: str
    """What derivatives are of, if nothing else is said."""
    forward: Mapping[str, Tree]
    """The definitions, in the order of computation."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Other spellings of names that a person may use."""
    shapes: Mapping[str, tuple[int | str, ...]] = field(default_factory=dict)
    """The axes of the inputs that are arrays; a letter is a size."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """What the inputs hold, where it matters."""
    name: str = ""
    """The name of a built-in problem, or of its file."""

    @staticmethod
    def load(path: str | Path) -> "Problem":
        """Read a problem from a file, or a built-in one by its name.

        Raises UnknownName if there is neither, and IllPosed, with the line, if it does not hang together.
        """
        own = Path(path)
        if own.suffix != ".toml" and not own.exists():
            if str(path) not in built_in():
                raise UnknownName("problem", str(path), built_in())
            own = HOME / f"{path}.toml"
        try:
            text = own.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise IllPosed(f"The problem {str(path)!r} cannot be read: {error}.") from error
        return Problem.parse(text, own.stem)

    @staticmethod
    def parse(text: str, name: str = "") -> "Problem":
        """Read a problem from TOML. Raises IllPosed, with the line, if it does not hang together."""
        return _Reader(text, name).problem()

    @staticmethod
    def of(given: "Problem | str | Path") -> "Problem":
        """Return a problem as it is, or read it by name, from a file, or from TOML."""
        if isinstance(given, Problem):
            return given
        if isinstance(given, str) and "\n" in given:
            return Problem.parse(given)
        return Problem.load(given)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Parameters and data: what nothing is computed into."""
        return (*self.parameters, *self.data)

    @cached_property
    def definitions(self) -> dict[str, Tree]:
        """The forward pass step by step, with the arguments of activations as steps of their own."""
        steps: dict[str, Tree] = {}
        for name, tree in self.forward.items():
            if isinstance(tree, Call) and tree.function in self.activations and not isinstance(tree.arguments[0], Name):
                net = f"net_{name}"
                steps[net] = tree.arguments[0]
                tree = Call(tree.function, (Name(net),))
            steps[name] = tree
        return steps

    @cached_property
    def activations(self) -> set[str]:
        """The activations that the forward pass uses, those that it leaves open included."""
        called = {part.function for tree in self.forward.values() for part in walk(tree) if isinstance(part, Call)}
        return {name for name in called if name in ACTIVATIONS or known(name) is None}

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The names that were given to arguments of activations."""
        return tuple(name for name in self.definitions if name not in self.forward)

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Everything that has a value: inputs, then definitions in order."""
        return (*self.inputs, *self.definitions)

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """The sizes, in order of appearance."""
        return tuple(dict.fromkeys(size for shape in self.shapes.values() for size in shape if isinstance(size, str)))

    @cached_property
    def picked(self) -> dict[str, str]:
        """For every input that picks rows, the array it picks them from."""
        picks = (part for tree in self.forward.values() for part in walk(tree) if isinstance(part, Index))
        return {
            pick.at.name: pick.array.name
            for pick in picks
            if isinstance(pick.at, Name) and isinstance(pick.array, Name)
        }

    def sources(self, name: str) -> tuple[str, ...]:
        """Return what a variable is computed from, directly; nothing for an input."""
        if name not in self.definitions:
            return ()
        used = names(self.definitions[name])
        return tuple(source for source in self.variables if source in used)

    def is_input(self, name: str) -> bool:
        """Say whether a variable is a leaf: it depends on nothing."""
        return name not in self.definitions


def built_in() -> tuple[str, ...]:
    """Return the names of the built-in problems."""
    return tuple(sorted(path.stem for path in HOME.glob("*.toml")))


KEYS = ("title", "parameters", "data", "loss", "forward", "names", "shapes", "kinds")
"""What a problem may say."""


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
        for name, axes in empty.shapes.items():
            for size in axes:
                if not (isinstance(size, str) and re.fullmatch(r"[A-Za-z]\w{0,8}", size)) and not (
                    isinstance(size, int) and 0 < size <= 20
                ):
                    where = self.line(name, "shapes")
                    raise IllPosed(f"{where}A size is a letter, or a number from 1 to 20; given: {size!r}.")

    def defined(self, empty: Problem, forward: Mapping[str, Any]) -> Problem:
        """Read the definitions one after the other; each may use only what stands before it."""
        from gradcheck.formula.reading import read_definition
        from gradcheck.formula.unreadable import Unreadable

        definitions: dict[str, Tree] = {}
        for name, text in forward.items():
            if name in empty.inputs:
                raise IllPosed(f"{self.line(name, 'forward')}{name!r} is given, and cannot be computed as well.")
            try:
                tree = read_definition(str(text), empty.inputs, tuple(definitions), empty.letters, tuple(forward))
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
        from gradcheck.formula.landscape import Landscape
        from gradcheck.formula.values import Valueless

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
