"""A plan is a network laid out from its text, together with what every input of it must look like."""

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache

from gradcheck.architecture import weights
from gradcheck.architecture.text import Architecture, Block, Fork, Layer, Skip
from gradcheck.architecture.vocabulary import JOINS, KINDS, LARGEST, LOSSES, Kind, Laid, Need, Shape, written
from gradcheck.errors import IllFormed
from gradcheck.op import Array
from gradcheck.records import Case
from gradcheck.reference import BUILT_IN, Add, L2Penalty, Network, Node, Residual


@dataclass(frozen=True)
class Plan:
    """A network and what its inputs must look like."""

    network: Network
    shapes: dict[str, tuple[int, ...]]
    """The shape of every input of the network."""
    kinds: dict[str, str]
    """What every input holds, in the words of ``weights.draw``."""

    @property
    def numbers(self) -> int:
        """How many inputs and parameters the network has."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def inputs(self, case: Case) -> dict[str, Array]:
        """Draw every input of the network, (draws, *shape)."""
        seeds = range(case.weights, case.weights + case.draws)
        return {
            name: weights.draw(self.kinds[name], name, shape, seeds, case.regime) for name, shape in self.shapes.items()
        }


@lru_cache(256)
def plan(architecture: str) -> Plan:
    """Lay out an architecture, or a built-in network, from its text.

    Raises IllFormed or UnknownName if it cannot be read, and IllFormed, naming the layer, if sizes do not fit.
    """
    if architecture in BUILT_IN:
        return _built_in(architecture)
    laid = _Builder(Architecture.parse(architecture)).plan()
    if laid.numbers > LARGEST:
        raise IllFormed(f"This network has {laid.numbers:,} inputs and parameters; a case may have {LARGEST:,}.")
    return laid


def shape_after(size: Shape, blocks: tuple[Block, ...]) -> Shape:
    """Return the shape that a value of some size has after blocks. Raises IllFormed if they do not fit."""
    builder = _Builder(Architecture(size, blocks, Layer("half-sum-of-squares")))
    return builder.lay(blocks, "x", size, [])[1]


def _built_in(name: str) -> Plan:
    """Give the built-in networks three samples, and every weight its one number."""
    network = BUILT_IN[name]()
    matrices = {"one-path": {"w1": (1, 1), "w2": (1, 1), "b": (1,)}}.get(name, {})
    shapes = {own: matrices.get(own, ()) if own[0] in "wb" else (3, 1) for own in network.inputs}
    kinds = {own: "weight" if own[0] in "wb" else "data" if own[0] == "x" else "real" for own in network.inputs}
    return Plan(network, shapes, kinds)


@dataclass
class _Builder:
    """Walks an architecture from left to right, and lays node after node."""

    architecture: Architecture
    shapes: dict[str, Shape] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    laid: int = 0

    def plan(self) -> Plan:
        """Lay the blocks, the loss and the penalty."""
        size = self.architecture.size
        self.need("x", Need(size, "data"))
        nodes: list[Node] = []
        y, shape = self.lay(self.architecture.blocks, "x", size, nodes)
        loss = LOSSES[self.architecture.loss.name]
        laid = _fit("loss", self.architecture.loss, loss, shape)
        for role, need in laid.needs.items():
            self.need(role, need)
        nodes.append(Node("loss", laid.op, {loss.inputs[0]: y} | {role: role for role in laid.needs}))
        self.penalise(nodes)
        return Plan(Network(tuple(nodes)), self.shapes, self.kinds)

    def penalise(self, nodes: list[Node]) -> None:
        """Add a penalty for every weight matrix to the loss."""
        if not self.architecture.penalty:
            return
        penalty, total = L2Penalty(float(self.architecture.penalty)), "loss"
        for weight in [name for name, shape in self.shapes.items() if name.startswith("W") and len(shape) == 2]:
            cost = Node(f"penalty({weight})", penalty, {"W": weight})
            both = Node(f"{total}+{cost.name}", Add(), {"left": total, "right": cost.name})
            nodes += [cost, both]
            total = both.name

    def lay(self, blocks: tuple[Block, ...], source: str, shape: Shape, nodes: list[Node]) -> tuple[str, Shape]:
        """Lay blocks one after the other; return the name and the shape of the last value."""
        for block in blocks:
            self.laid += 1
            match block:
                case Layer():
                    node, shape = self.layer(block, source, shape)
                case Skip():
                    node, shape = self.skip(block, source, shape)
                case Fork():
                    node, shape = self.fork(block, source, shape, nodes)
            nodes.append(node)
            source = node.name
        return source, shape

    def layer(self, block: Layer, source: str, shape: Shape) -> tuple[Node, Shape]:
        """One layer with its parameters, its own or those of an earlier layer."""
        kind, name = KINDS[block.name], f"{block.name}{self.laid}"
        laid = _fit(name, block, kind, shape)
        if kind.reads:
            if self.laid > 1:
                raise IllFormed(f"Layer {name} reads indices, which only the input of the network holds: put it first.")
            self.need("x", Need(shape, kind.reads(kind.read(block.settings))))
        shared, owner = re.fullmatch(r"(\D*)(\d*)", block.shares).groups()  # type: ignore[union-attr] # it matches all
        roles = [role for role in laid.parameters if owner and shared in ("", role)]
        if owner and not roles:
            has = ", ".join(laid.parameters) or "nothing"
            raise IllFormed(f"Layer {name} cannot share {block.shares}: it has {has} to share.")
        names = {role: f"{role}{owner if role in roles else self.laid}" for role in laid.needs}
        for role, need in laid.needs.items():
            if role in roles:
                self.same(name, names[role], need)
            self.need(names[role], need)
        return Node(name, laid.op, dict.fromkeys(kind.inputs, source) | names), laid.shape

    def same(self, layer: str, name: str, need: Need) -> None:
        """Refuse to share a parameter that is not there, or of another shape."""
        if self.shapes.get(name) != need.shape:
            has = f"has shape {self.shapes[name]}" if name in self.shapes else "does not exist"
            raise IllFormed(f"Layer {layer} needs {name} of shape {need.shape}, but {name} {has}.")

    def skip(self, block: Skip, source: str, shape: Shape) -> tuple[Node, Shape]:
        """A residual block, its layers a network of their own that shares the names of the parameters."""
        name, inner = f"residual{self.laid}", list[Node]()
        _, out = self.lay(block.layers, "x", shape, inner)
        if not inner or out != shape:
            makes = written(out) if inner else "nothing"
            raise IllFormed(f"Block {name} must keep the shape {written(shape)}; its layers make {makes}.")
        F = Network(tuple(inner))
        return Node(name, Residual(F), {"x": source} | {own: own for own in F.inputs if own != "x"}), shape

    def fork(self, block: Fork, source: str, shape: Shape, nodes: list[Node]) -> tuple[Node, Shape]:
        """Two branches and their join."""
        name = f"{block.join.name}{self.laid}"
        left, left_shape = self.lay(block.left, source, shape, nodes)
        right, right_shape = self.lay(block.right, source, shape, nodes)
        laid = _fit(name, block.join, JOINS[block.join.name], left_shape, right_shape)
        return Node(name, laid.op, {"left": left, "right": right}), laid.shape

    def need(self, name: str, need: Need) -> None:
        """Note an input of the network."""
        self.shapes[name], self.kinds[name] = need.shape, need.holds


def _fit(name: str, block: Layer, kind: Kind, *shapes: Shape) -> Laid:
    """Lay a layer for values of some shapes, and name it if that cannot be done."""
    try:
        return kind.lay(*shapes, text=block.settings)
    except IllFormed as error:
        given = " and ".join(map(written, shapes))
        raise IllFormed(f"Layer {name} ({block}) does not fit {given}: {error}") from None
