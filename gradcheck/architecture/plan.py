"""A plan is a network laid out from its text, together with what every input of it must look like."""

import math
from dataclasses import dataclass, field

import numpy as np

from gradcheck.architecture import weights
from gradcheck.architecture.text import Architecture, Block, Fork, Layer, Skip
from gradcheck.architecture.vocabulary import ACTIVATIONS, JOINS, LOSSES
from gradcheck.errors import IllFormed
from gradcheck.op import Array
from gradcheck.records import Case
from gradcheck.reference import BUILT_IN, Add, Affine, Dropout, L2Penalty, Network, Node, Residual


@dataclass(frozen=True)
class Plan:
    """A network and what its inputs must look like."""

    network: Network
    shapes: dict[str, tuple[int, ...]]
    """The shape of every input of the network."""
    kinds: dict[str, str]
    """What every input holds, in the words of ``weights.draw``."""

    def inputs(self, case: Case) -> dict[str, Array]:
        """Draw every input of the network, (draws, *shape)."""
        seeds = range(case.weights, case.weights + case.draws)
        return {
            name: np.stack([weights.draw(self.kinds[name], name, shape, seed, case.regime) for seed in seeds])
            for name, shape in self.shapes.items()
        }


LARGEST = 20_000
"""How many numbers a case may hold: each of them is moved by itself, several times."""


def plan(architecture: str) -> Plan:
    """Lay out an architecture, or a built-in network, from its text.

    Raises IllFormed or UnknownName if it cannot be read, and IllFormed, naming the layer, if sizes do not fit.
    """
    if architecture in BUILT_IN:
        return _built_in(architecture)
    laid = _Builder(Architecture.parse(architecture)).plan()
    numbers = sum(math.prod(shape) for shape in laid.shapes.values())
    if numbers > LARGEST:
        raise IllFormed(f"This network has {numbers:,} inputs and parameters; a case may have {LARGEST:,}.")
    return laid


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
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    laid: int = 0

    def plan(self) -> Plan:
        """Lay the blocks, the loss and the penalty."""
        batch, features = self.architecture.batch, self.architecture.features
        self.need("x", (batch, features), "data")
        nodes: list[Node] = []
        y, width = self.lay(self.architecture.blocks, "x", features, nodes)
        loss, kind = LOSSES[self.architecture.loss]
        if kind == "class":
            self.need("target", (batch,), f"class:{width}")
        else:
            self.need("target", (batch, width), kind)
        nodes.append(Node("loss", loss(), {"y": y, "target": "target"}))
        self.penalise(nodes)
        return Plan(Network(tuple(nodes)), self.shapes, self.kinds)

    def penalise(self, nodes: list[Node]) -> None:
        """Add a penalty for every weight matrix to the loss."""
        if not self.architecture.penalty:
            return
        penalty, total = L2Penalty(float(self.architecture.penalty)), "loss"
        for weight in [name for name in self.shapes if name.startswith("W")]:
            cost = Node(f"penalty({weight})", penalty, {"W": weight})
            both = Node(f"{total}+{cost.name}", Add(), {"left": total, "right": cost.name})
            nodes += [cost, both]
            total = both.name

    def lay(self, blocks: tuple[Block, ...], source: str, width: int, nodes: list[Node]) -> tuple[str, int]:
        """Lay blocks one after the other; return the name and the width of the last value."""
        for block in blocks:
            self.laid += 1
            match block:
                case Layer():
                    node, width = self.layer(block, source, width)
                case Skip():
                    node, width = self.skip(block, source, width)
                case Fork():
                    node, width = self.fork(block, source, width, nodes)
            nodes.append(node)
            source = node.name
        return source, width

    def layer(self, block: Layer, source: str, width: int) -> tuple[Node, int]:
        """One layer with its parameters or its mask."""
        number, name = self.laid, f"{block.name}{self.laid}"
        if block.name == "affine":
            return self.affine(block, name, source, width)
        if block.name == "dropout":
            mask = f"mask{number}"
            self.need(mask, (self.architecture.batch, width), f"mask:{block.number or '0.5'}")
            return Node(name, Dropout(), {"x": source, "mask": mask}), width
        layer = ACTIVATIONS[block.name]
        return Node(name, layer(float(block.number)) if block.number else layer(), {"x": source}), width

    def affine(self, block: Layer, name: str, source: str, width: int) -> tuple[Node, int]:
        """An affine layer, with parameters of its own or those of an earlier one."""
        out, shares = int(block.number), block.shares
        owner = shares.lstrip("Wb")
        shared = {f"{kind}{owner}" for kind in "Wb" if owner and kind in (shares.rstrip("0123456789") or "Wb")}
        W, b = (f"{kind}{owner if f'{kind}{owner}' in shared else self.laid}" for kind in "Wb")
        for parameter, shape in ((W, (width, out)), (b, (out,))):
            if parameter in shared and self.shapes.get(parameter) != shape:
                has = f"has shape {self.shapes[parameter]}" if parameter in self.shapes else "does not exist"
                raise IllFormed(f"Layer {name} needs {parameter} of shape {shape}, but {parameter} {has}.")
            self.need(parameter, shape, "weight")
        return Node(name, Affine(), {"x": source, "W": W, "b": b}), out

    def skip(self, block: Skip, source: str, width: int) -> tuple[Node, int]:
        """A residual block, its layers a network of their own that shares the names of the parameters."""
        name, inner = f"residual{self.laid}", list[Node]()
        _, out = self.lay(block.layers, "x", width, inner)
        if not inner or out != width:
            raise IllFormed(f"Block {name} must keep its width {width}; its layers make {out if inner else 'nothing'}.")
        F = Network(tuple(inner))
        return Node(name, Residual(F), {"x": source} | {own: own for own in F.inputs if own != "x"}), width

    def fork(self, block: Fork, source: str, width: int, nodes: list[Node]) -> tuple[Node, int]:
        """Two branches and their join."""
        name = f"{block.join}{self.laid}"
        left, left_width = self.lay(block.left, source, width, nodes)
        right, right_width = self.lay(block.right, source, width, nodes)
        if block.join == "add" and left_width != right_width:
            raise IllFormed(f"Layer {name} adds widths {left_width} and {right_width}; they must be equal.")
        total = left_width if block.join == "add" else left_width + right_width
        return Node(name, JOINS[block.join](), {"left": left, "right": right}), total

    def need(self, name: str, shape: tuple[int, ...], kind: str) -> None:
        """Note an input of the network."""
        self.shapes[name], self.kinds[name] = shape, kind
