"""A kind of layer: one entry says all that the text form, the plan and generation must know about it.

The entry names the layer, the values that it takes, the arrays that it is given beside them, and the settings worth
drawing. What follows from these is worked out here: the word, how settings are written and read, and the shape of the
layer's own value, which nobody declares: the layer is run once on ones, and refuses what does not fit.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Any, get_type_hints

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Op, in_words
from gradcheck.reference.windows import Sizes

Shape = tuple[int, ...]
"""The shape of a value in one draw: the batch, then the axes of a sample."""
Settings = Mapping[str, Any]
"""Numbers, words and sizes by name, as a layer's text gives them."""
Pick = Callable[[Sequence[Any]], Any]
"""Chooses one of several things; the simplest stands first, because shrinking goes to the left."""

LARGEST = 20_000
"""How many numbers a case may hold: each of them is moved by itself, several times."""
ROOM = 60
"""How many numbers a sample may grow to when networks are drawn: wider ones are too large to judge in no time."""
WIDEST, FURTHEST = 9999, 16
"""The largest size, and the largest other whole number, that a setting may be."""
AXES = {
    2: "batch x features",
    3: "batch x channels x length (or time x width)",
    4: "batch x channels x height x width",
}
"""What the axes of a value usually mean."""
YES_OR_NO = {"no": False, "yes": True}
"""What the words of a choice stand for."""


WHOLE = {"class": 0, "class-or-ignored": 0, "label": 1}
"""The least of each kind of whole numbers."""


@dataclass(frozen=True)
class Size:
    """A setting that is no field of the layer, but says how large the arrays are that it is given."""

    name: str
    """Its name."""
    says: str
    """What it means."""
    type: Any = int
    """What it is: ``int``, ``float``, ``tuple`` for sizes such as 3x2, or ``Sizes`` for either of these."""
    default: Any = None
    """What it is if nothing is said; None if something must be."""


@dataclass(frozen=True)
class Need:
    """An array that a layer is given beside the value that it works on."""

    shape: Shape
    """Its shape in one draw."""
    holds: str = "weight"
    """What it holds, in the words of ``weights.draw``."""

    def blank(self) -> Array:
        """Return ones of this shape, or the least there may be of whole numbers, that take no memory."""
        what, _, numbers = self.holds.partition(":")
        whole = int(numbers.partition("-")[0]) if what == "length" else WHOLE.get(what)
        return np.broadcast_to(np.float64(1) if whole is None else np.int64(whole), self.shape)


@dataclass(frozen=True)
class Laid:
    """A layer with its settings read, for values of one shape."""

    op: Op
    """The layer."""
    needs: Mapping[str, Need]
    """The arrays that it is given beside the value that it works on."""
    shape: Shape
    """The shape of its own value."""

    @property
    def parameters(self) -> dict[str, Need]:
        """What of its needs is learned."""
        return {role: need for role, need in self.needs.items() if role not in self.op.constants}


def _nothing(shape: Shape, settings: Settings) -> dict[str, Need]:
    """Need nothing beside the value."""
    return {}


def _plain(pick: Pick, shape: Shape) -> dict[str, Any]:
    """Draw no settings."""
    return {}


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of layer, loss or join, and everything that the rest of the house must know about it."""

    layer: type[Op]
    """The class; its fields are settings, and its kind is the word in the text."""
    takes: tuple[int, ...] = ()
    """How many axes its value may have, the batch among them; empty for any number."""
    sizes: tuple[Size, ...] = ()
    """Settings that are no fields of the layer; they come first in the text."""
    needs: Callable[[Shape, Settings], dict[str, Need]] = _nothing
    """What it is given beside its value, out of the shape of that value and the settings."""
    draw: Callable[[Pick, Shape], dict[str, Any] | None] = _plain
    """Settings worth trying for values of a shape; none if this kind can do nothing with it."""
    inputs: tuple[str, ...] = ("x",)
    """Its inputs for the values that it works on: one, several that are given the same one, or the two of a join."""
    reads: Callable[[Settings], str] | None = None
    """For a layer that reads indices and therefore stands first: what the input of the network must hold."""
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """For settings that are written as a word: what each word stands for."""
    holds: str = ""
    """What the values are that it works on, in the words of ``weights.draw``, if they may not be any."""
    behind: tuple[str, ...] = ()
    """In drawn networks, the layers that make such values of any."""

    @cached_property
    def word(self) -> str:
        """Its name in the text."""
        return in_words(self.layer)

    @cached_property
    def settings(self) -> dict[str, Size]:
        """Every setting by name, in the order of the text; ``axes`` follows from the value and is not written."""
        hints = get_type_hints(self.layer)
        own = [
            Size(own.name, "", hints[own.name], None if own.default is MISSING else own.default)
            for own in fields(self.layer)  # type: ignore[arg-type] # layers are dataclasses
        ]
        own.sort(key=lambda size: size.name == "epsilon")  # which nobody means who gives but a number
        return {size.name: size for size in (*self.sizes, *own) if size.name != "axes"}

    @property
    def usage(self) -> str:
        """The text form: ``conv2d:channels,kernel,stride=1``."""
        said = [
            size.name.upper() if size.default is None else f"{size.name}={_written(size.default)}"
            for size in self.settings.values()
        ]
        return self.word + (f":{','.join(said)}" if said else "")

    def write(self, settings: Settings) -> str:
        """Write settings: without its name what has no default or is the only one, and no default at all."""
        said = []
        for name, size in self.settings.items():
            if name in settings and settings[name] != size.default:
                bare = size.default is None or len(self.settings) == 1
                value = self._spelt(name, settings[name])
                said.append(value if bare else f"{name}={value}")
        return ",".join(said)

    def read(self, text: str) -> dict[str, Any]:
        """Read settings. Raises IllFormed, with the form that they should have."""
        given = dict[str, Any]()
        for place, part in enumerate(text.split(",") if text else ()):
            name, _, value = part.partition("=") if "=" in part else (self._at(place), "", part)
            if name not in self.settings or name in given:
                raise IllFormed(f"Cannot read {self.word}:{text} at {part!r}: expected {self.usage}.")
            given[name] = self._number(self.settings[name], value)
        missing = [name for name, size in self.settings.items() if size.default is None and name not in given]
        if missing:
            said = f"{self.word}:{text}" if text else self.word
            raise IllFormed(f"Cannot read {said!r}: {self.word} needs {', '.join(missing)}; expected {self.usage}.")
        return {name: size.default for name, size in self.settings.items()} | given

    def lay(self, *shapes: Shape, text: str = "") -> Laid:
        """Return the layer for values of a shape, a join for values of two.

        Raises IllFormed if the settings cannot be read, or shapes and settings do not fit each other.
        """
        return _lay(self, shapes, text)

    def works_on(self, settings: Settings, usual: str = "data") -> str:
        """Say what the values are that it works on, in the words of ``weights.draw``: the usual, if they may be any."""
        return self.reads(settings) if self.reads else self.holds or usual

    def fits(self, shape: Shape) -> bool:
        """Say whether the values that it takes have so many axes."""
        return not self.takes or len(shape) in self.takes

    def _spelt(self, name: str, value: Any) -> str:
        """Write one setting, by its word if it has one."""
        return next((word for word, own in self.words.get(name, {}).items() if own == value), _written(value))

    def _at(self, place: int) -> str:
        """Name the setting that stands at a place if it is given without its name."""
        return list(self.settings)[place] if place < len(self.settings) else ""

    def _number(self, size: Size, text: str) -> Any:
        """Read one setting."""
        words = YES_OR_NO if size.type is bool else self.words.get(size.name, {})
        if text in words:
            return words[text]
        if size.type is float and re.fullmatch(r"-?[0-9]{1,6}(\.[0-9]{1,9})?(e-?[0-9]{1,2})?", text):
            return float(text)
        if size.type is str and re.fullmatch(r"[a-z][a-z-]{0,20}", text):
            return text
        shape = size.type in (tuple, tuple[int, ...])
        least, most = (1, WIDEST) if shape or size in self.sizes else (-FURTHEST, FURTHEST)
        many = tuple(map(int, text.split("x"))) if re.fullmatch(r"-?[0-9]{1,4}(x-?[0-9]{1,4}){0,5}", text) else ()
        if many and all(least <= own <= most for own in many):
            if size.type in (int, Sizes, Sizes | str) and len(many) == 1:
                return many[0]
            if shape or size.type in (Sizes, Sizes | str):
                return many
        numbers = f"a whole number from {least} to {most}"
        what = {int: numbers, float: "a number", str: "a word", Sizes: f"{numbers}, or one for each axis such as 2x1"}
        wanted = " or ".join((*words, *[what[Sizes]] * (size.type == Sizes | str)))
        wanted = wanted or what.get(size.type, "sizes such as 3 or 3x2")
        raise IllFormed(f"Cannot read {self.word} with {size.name}={text}: expected {wanted}, as in {self.usage}.")


@lru_cache(4096)
def _lay(kind: Kind, shapes: tuple[Shape, ...], text: str) -> Laid:
    """Lay a layer; what was laid once is remembered."""
    settings, shape = kind.read(text), shapes[0]
    _check(kind, shapes, settings)
    op = kind.layer(**{own.name: settings.get(own.name, len(shape) - 1) for own in fields(kind.layer)})  # type: ignore[arg-type] # layers are dataclasses
    needs = kind.needs(shape, settings)
    numbers = sum(map(math.prod, (*shapes, *(need.shape for need in needs.values()))))
    if numbers > LARGEST:
        raise IllFormed(f"it would hold {numbers:,} numbers; a case may have {LARGEST:,}.")
    holds = kind.works_on(settings)
    each = shapes if len(shapes) == len(kind.inputs) else shapes * len(kind.inputs)
    values = {name: Need(own, holds) for name, own in zip(kind.inputs, each, strict=True)}
    with np.errstate(all="ignore"):
        result = op(**{name: need.blank() for name, need in {**values, **needs}.items()})[0]
    return Laid(op, needs, result.shape)


def _check(kind: Kind, shapes: tuple[Shape, ...], settings: Settings) -> None:
    """Refuse values with axes that the layer does not take, and values that do not meet."""
    for shape in shapes:
        if not kind.fits(shape):
            wanted = " or ".join(AXES.get(count, f"{count} axes") for count in kind.takes)
            raise IllFormed(f"it takes {wanted}; flatten or reshape what it is given.")
        if not -len(shape) <= settings.get("axis", -1) <= -1:
            raise IllFormed(f"axis={settings['axis']} is none of the axes of {written(shape)}: -1 to -{len(shape)}.")
    axis = settings.get("axis")
    if len({len(shape) for shape in shapes}) > 1 or len({beside(shape, axis) for shape in shapes}) > 1:
        joined = f" but for the axis {axis}, along which they are joined" if axis else ""
        raise IllFormed(f"values that meet must be of one shape{joined}.")


def beside(shape: Shape, axis: int | None) -> Shape:
    """Return a shape without one of its axes."""
    return tuple(size for place, size in enumerate(shape, -len(shape)) if place != axis)


def written(shape: Shape) -> str:
    """Write a shape as the text form does: 3x4."""
    return "x".join(map(str, shape))


def _written(value: Any) -> str:
    """Write one setting."""
    if isinstance(value, tuple):
        return written(value)
    if isinstance(value, Op):
        return value.kind
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
