"""A problem is a forward pass and nothing more: which letter is computed from which, and what is given.

It is read from a small TOML file that a teacher can copy. From it everything else follows: what depends on what, the
right derivative of anything by anything, the mistakes that could be made, and points at which numbers tell them apart.
Where an activation is applied to an expression, that expression gets the name textbooks give it, ``net_h`` for the
argument of ``h``; it is a step on the way and nobody has to mention it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from gradcheck.errors import GradcheckError, UnknownName
from gradcheck.formula.language.functions import ACTIVATIONS, known
from gradcheck.formula.language.tree import Binary, Call, Index, Name, Tree, names, walk

HOME = Path(__file__).parents[1] / "problems"
"""Where the built-in problems are."""
KINDS = ("real", "positive", "one-hot", "index", "mask", "symmetric", "positive-definite")
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
    own: tuple[str, ...] = ()
    """The definitions that the problem was posed without."""

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
        from gradcheck.formula.posed.posing import posed  # which makes Problems

        return posed(text, name)

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
        return {name for name in self.functions if name in ACTIVATIONS or known(name) is None}

    @cached_property
    def functions(self) -> frozenset[str]:
        """The functions that the forward pass uses."""
        trees = (part for tree in self.forward.values() for part in walk(tree))
        return frozenset(part.function for part in trees if isinstance(part, Call))

    @cached_property
    def activated(self) -> set[str]:
        """The variables that an activation returns."""
        calls = {name: tree for name, tree in self.forward.items() if isinstance(tree, Call)}
        return {name for name, call in calls.items() if call.function in self.activations}

    @cached_property
    def targets(self) -> dict[str, str]:
        """What variables are compared with: the datum that each is subtracted from, or that is subtracted from it."""
        differences = (
            {part.left.name, part.right.name}
            for tree in self.forward.values()
            for part in walk(tree)
            if isinstance(part, Binary)
            and part.operator == "-"
            and isinstance(part.left, Name)
            and isinstance(part.right, Name)
        )
        return {
            (pair - set(self.data)).pop(): (pair & set(self.data)).pop()
            for pair in differences
            if len(pair) == 2 and len(pair & set(self.data)) == 1
        }

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The names that were given to arguments of activations."""
        return tuple(name for name in self.definitions if name not in self.forward)

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Everything that has a value: inputs, then definitions in order."""
        return (*self.inputs, *self.definitions)

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The names of axes, in order of appearance."""
        return tuple(dict.fromkeys(size for shape in self.shapes.values() for size in shape if isinstance(size, str)))

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """The sizes that a formula may mention: an H that is a variable as well is the variable there."""
        return tuple(size for size in self.sizes if size not in (*self.inputs, *self.forward))

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
