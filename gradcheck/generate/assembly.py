"""From loose sketches to networks whose sizes fit: whatever was drawn, something can be built of it.

A sketch names layers and holds *wishes*: a number that is divided by how many choices there are, one choice after the
other, and each time the remainder picks. A layer
that takes other values than there are is given them by a flatten or a reshape before it, branches that must meet end
alike, and only what would grow too large is left out.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gradcheck.architecture import Architecture, Fork, Layer, Skip
from gradcheck.architecture.vocabulary import JOINS, KINDS, LOSSES, ROOM, Kind, Laid, Need, Pick, Shape, beside, written
from gradcheck.architecture.vocabulary.space import factors
from gradcheck.errors import IllFormed
from gradcheck.op import Op

Sketch = dict[str, Any]
Sketches = Sequence[Sketch | None]
Block = Layer | Skip | Fork
Made = tuple[list[Block], Shape]
"""Blocks, and the shape of the value that they end with."""

WISHES = 12**6
"""How many different wishes a sketch may hold: more than any layer has settings to choose from."""
MATRIX = 400
"""How many weights a layer may have."""
SQUARES = 6
"""How many square matrices of its width a layer may learn: a transformer block has four, and other weights."""
SQUARED = 3
"""How many times a value may be multiplied by itself; once more, and huge weights could take it beyond all numbers."""
LONGEST = 9
"""How many channels, or steps of time, a reshape may make."""


@dataclass(frozen=True)
class Assembled:
    """What has become of sketches."""

    architecture: Architecture
    """An architecture whose sizes fit."""
    asked: int
    """How many layers were sketched."""
    refused: int
    """How many of them were left out."""


def assemble(
    size: Shape, head: Sketch | None, first: Sketch | None, sketches: Sketches, loss: Sketch, penalty: str
) -> Assembled:
    """Turn sketches into an architecture whose sizes fit."""
    assembly = Assembly()
    architecture = assembly.architecture(size, [head, first, *sketches], loss, penalty)
    return Assembled(architecture, assembly.asked, assembly.refused)


def alone(word: str, size: Shape, wishes: int) -> tuple[Op, dict[str, Need]]:
    """Return one layer, loss or join that stands alone, and what each of its inputs must look like."""
    kind, pick = (KINDS | LOSSES | JOINS)[word], picker(wishes)
    shape = size if kind.fits(size) else (size[0], *pick(_moderate(factors(math.prod(size[1:]), pick(kind.takes) - 1))))
    settings = kind.draw(pick, shape)
    if settings is None:
        shape = tuple(own + 1 for own in shape)
        settings = kind.draw(pick, shape) or {}
    other = tuple(
        pick((1, 2, 3)) if axis == settings.get("axis") else own for axis, own in enumerate(shape, -len(shape))
    )
    shapes = (shape, other) if word in JOINS else (shape,) * len(kind.inputs)
    laid = kind.lay(*shapes, text=kind.write(settings))
    holds = kind.works_on(kind.read(kind.write(settings)), "weight")
    return laid.op, {name: Need(own, holds) for name, own in zip(kind.inputs, shapes, strict=True)} | dict(laid.needs)


def picker(wishes: int) -> Pick:
    """Return what grants one wish after the other; zero wishes for the first of all choices."""
    left = wishes

    def pick(options: Sequence[Any]) -> Any:
        nonlocal left
        left, wish = divmod(left, len(options))
        return options[wish]

    return pick


@dataclass
class Assembly:
    """Grants the wishes of sketches where the sizes allow it, and numbers the layers as the text form does."""

    laid: int = 0
    owners: list[tuple[int, Layer, Laid]] = field(default_factory=list)
    """The number of every layer so far that owns its parameters, and the layer."""
    asked: int = 0
    """How many layers were sketched."""
    refused: int = 0
    """How many of them were left out."""
    squared: int = 0
    """How many layers have multiplied their value by itself since the last bound."""

    def architecture(self, size: Shape, sketches: Sketches, loss: Sketch, penalty: str) -> Architecture:
        """Assemble everything from the input to the loss.

        The first sketch is of a layer that reads indices, the second of one that must be there: if it can do nothing
        with values of this size, it is given others.
        """
        if sketches[0]:
            size = (*size, *size)[: KINDS[sketches[0]["word"]].takes[0]]
        blocks, shape = self.blocks(sketches, size)
        if sketches[1] and not blocks:
            size = (2, 2) if len(size) == 2 else (2, 1, *[2] * (len(size) - 2))
            blocks, shape = self.blocks(sketches, size)
        kind, pick = LOSSES[loss["word"]], picker(loss["wishes"])
        bridge, settings, _ = self.leading(shape, kind, pick)
        closing = Layer(kind.word, kind.write(settings or {}))
        weighed = any(role.startswith("W") for _, _, laid in self.owners for role in laid.parameters)
        return Architecture(size, (*blocks, *bridge), closing, penalty if weighed else "")

    def blocks(self, sketches: Sketches, shape: Shape) -> Made:
        """Assemble blocks one after the other."""
        made: list[Block] = []
        for sketch in filter(None, sketches):
            more, shape = self.block(sketch, shape)
            made += more
        return made, shape

    def block(self, sketch: Sketch, shape: Shape) -> Made:
        """Assemble one block."""
        match sketch:
            case {"word": str(word), "wishes": int(wishes), "shares": str(shares)}:
                return self.layer(word, picker(wishes), shares, shape)
            case {"first": dict(first), "layers": list(layers)}:
                return self.residual([first, *layers], shape)
            case {"joins": tuple(joins), "left": list(left), "right": list(right), "wishes": int(wishes)}:
                return self.fork(joins, picker(wishes), left, right, shape)
        raise TypeError(f"no such sketch: {sketch}")

    def layer(self, word: str, pick: Pick, shares: str, shape: Shape) -> Made:
        """Assemble one layer, with what must stand before it; nothing if it can do nothing here."""
        self.asked += 1
        before, kind = self.mark(), KINDS[word]
        made, settings, ends = self.leading(shape, kind, pick)
        layer = None if settings is None else self.sharing(Layer(word, kind.write(settings)), shares, ends)
        if layer is None or _too_large(_fitting(layer, ends), shape):
            self.refused += 1
            self.back(before)
            return [], shape
        if _squares(layer) and self.squared == SQUARED:
            made, ends = self.put(Layer("tanh"), made, ends)
            self.squared = 0
        return self.put(layer, made, ends)

    def put(self, layer: Layer, made: list[Block], shape: Shape) -> Made:
        """Lay one layer after others."""
        laid = KINDS[layer.name].lay(shape, text=layer.settings)
        self.laid += 1
        self.squared += _squares(layer)
        if laid.parameters and not layer.shares:
            self.owners.append((self.laid, layer, laid))
        return [*made, layer], laid.shape

    def leading(self, shape: Shape, kind: Kind, pick: Pick) -> tuple[list[Block], dict[str, Any] | None, Shape]:
        """Assemble what must stand before a layer, and draw its settings; if it has none, one more feature may help."""
        made, ends = self.bridge(shape, kind, pick)
        settings = kind.draw(pick, ends)
        if settings is None:
            made, ends = self.put(Layer("gather", str(ends[-1] + 1)), made, ends)
            settings = kind.draw(pick, ends)
        for word in kind.behind:
            made, ends = self.put(Layer(word), made, ends)
        return made, settings, ends

    def bridge(self, shape: Shape, kind: Kind, pick: Pick) -> Made:
        """Assemble what must stand before a layer that takes other axes than there are."""
        if kind.fits(shape):
            return [], shape
        axes = pick(kind.takes)
        if axes == 2:
            return self.put(Layer("flatten"), [], shape)
        shapes = [own for own in factors(math.prod(shape[1:]), axes - 1) if own[0] <= LONGEST]
        narrow = [own for own in shapes if SQUARES * own[-1] ** 2 <= MATRIX]
        return self.put(Layer("reshape", written(pick(narrow or shapes))), [], shape)

    def sharing(self, layer: Layer, shares: str, shape: Shape) -> Layer:
        """Let a layer share parameters of an earlier one if any fit; it then has the settings of that one."""
        for number, owner, there in reversed(self.owners if shares else []):
            here = _fitting(owner, shape) if owner.name == layer.name else None
            roles = list(here.parameters) if here else []
            wanted = {"first": roles[:1], "last": roles[-1:]}.get(shares, roles)
            alike = here is not None and all(here.needs[role] == there.needs.get(role) for role in wanted)
            if alike and not _too_large(here, shape):
                return Layer(layer.name, owner.settings, f"{'' if wanted == roles else wanted[0]}{number}")
        return layer

    def residual(self, sketches: Sketches, shape: Shape) -> Made:
        """Assemble a residual block, whose layers end as they begin."""
        before = self.mark()
        self.laid += 1
        made, ends = self.blocks(sketches, shape)
        rest = self.connection(ends, shape)
        if rest is None or not made:
            self.refused += 1
            self.back(before)
            return [], shape
        for layer in rest:
            made, ends = self.put(layer, made, ends)
        return [Skip(tuple(made))], ends

    def fork(self, joins: tuple[str, str], pick: Pick, left: Sketches, right: Sketches, shape: Shape) -> Made:
        """Assemble two branches that end alike, but for the axis along which they are joined.

        The second of the joins takes the place of the first where there is no room for both branches side by side.
        """
        before = self.mark()
        self.laid += 1
        first, ends = self.blocks(left, shape)
        join = joins[2 * math.prod(ends[1:]) > ROOM]
        settings = JOINS[join].draw(pick, ends) or {}
        second, other = self.blocks(right, shape)
        rest = self.connection(other, ends, settings.get("axis"))
        if rest is None:
            self.refused += 1
            self.back(before)
            return self.blocks(left, shape)
        for layer in rest:
            second, other = self.put(layer, second, other)
        meeting = Layer(join, JOINS[join].write(settings))
        return [Fork(meeting, tuple(first), tuple(second))], JOINS[join].lay(ends, other, text=meeting.settings).shape

    def connection(self, ends: Shape, wanted: Shape, joined: int | None = None) -> list[Layer] | None:
        """Return layers that lead from one shape to another, but for one axis; none if it takes too much."""
        if beside(ends, joined) == beside(wanted, joined):
            return []
        if len(ends) == len(wanted) > 2 and beside(ends, 1 - len(ends)) == beside(wanted, 1 - len(wanted)):
            return [Layer(f"conv{len(ends) - 2}d", f"{wanted[1]},1")]
        width = math.prod(wanted[1:])
        if math.prod(ends[1:]) * width > MATRIX:
            return None
        flat = [Layer("flatten")] if len(ends) > 2 else []
        deep = [Layer("reshape", written(wanted[1:]))] if len(wanted) > 2 else []
        return [*flat, Layer("affine", str(width)), *deep]

    def mark(self) -> tuple[int, int]:
        """Return a mark to go back to."""
        return self.laid, len(self.owners)

    def back(self, mark: tuple[int, int]) -> None:
        """Forget all layers since a mark."""
        self.laid = mark[0]
        del self.owners[mark[1] :]


def _squares(layer: Layer) -> bool:
    """Say whether a layer multiplies its value by itself."""
    return "swi-glu" in str(layer)


def _moderate(shapes: list[Shape]) -> list[Shape]:
    """Leave out shapes with an axis so long that a square matrix of it would be large, where there are others."""
    return [own for own in shapes if max(own) ** 2 <= 2 * MATRIX] or shapes


def _too_large(laid: Laid | None, shape: Shape) -> bool:
    """Say whether a layer makes too much of values of a shape, or learns too many numbers."""
    if laid is None:
        return True
    weights = sum(math.prod(need.shape) for need in laid.parameters.values())
    return weights > MATRIX or math.prod(laid.shape[1:]) > max(ROOM, math.prod(shape[1:]))


def _fitting(layer: Layer, shape: Shape) -> Laid | None:
    """Return a layer laid for values of a shape, if it can be."""
    try:
        return KINDS[layer.name].lay(shape, text=layer.settings)
    except IllFormed:
        return None
