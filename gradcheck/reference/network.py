"""A network is a directed acyclic graph of named nodes, and back-propagation is one walk through it, backwards.

The forward pass goes through the nodes in order and keeps each one's pullback. The backward pass starts at the loss
with the cotangent 1 and asks node after node what its inputs contributed. A value that feeds two consumers receives
two contributions, and they add. A parameter named twice is one parameter: it is a value with two consumers like any
other, so its uses add as well. There is no third rule.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Op, Pullback, Shaken


@dataclass(frozen=True)
class Node:
    """One operation in a network, under a name of its own."""

    name: str
    """What the node's value is called."""
    op: Op
    """What it computes."""
    sources: Mapping[str, str]
    """For each input of the operation, the node or the network input that supplies it."""


@dataclass(frozen=True)
class Network(Op):
    """Nodes in an order in which each uses only what came before it; the last one's value is the network's.

    Raises IllFormed if a name is defined twice, or used by a node that comes before its definition.
    """

    nodes: tuple[Node, ...]
    """The nodes, first to last."""

    def __post_init__(self) -> None:
        """Refuse a graph that has no nodes, two nodes of one name, or an arrow that points backwards."""
        if not self.nodes:
            raise IllFormed("A network needs at least one node; none was given.")
        position = {node.name: index for index, node in enumerate(self.nodes)}
        if len(position) < len(self.nodes):
            raise IllFormed(f"Node names must differ; given: {', '.join(node.name for node in self.nodes)}.")
        for index, node in enumerate(self.nodes):
            for source in node.sources.values():
                if position.get(source, -1) >= index:
                    raise IllFormed(
                        f"Node {node.name!r} uses {source!r}, which is defined at or after it. "
                        "List the nodes so that each uses only nodes before it; a cycle has no such order."
                    )

    @property
    def output(self) -> str:
        """The name of the last node."""
        return self.nodes[-1].name

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The names that no node defines, parameters and data alike, in order of first use."""
        defined = {node.name for node in self.nodes}
        used = (source for node in self.nodes for source in node.sources.values())
        return tuple(dict.fromkeys(source for source in used if source not in defined))

    @cached_property
    def constants(self) -> frozenset[str]:
        """The inputs that every use treats as a constant."""
        varied = {
            source for node in self.nodes for role, source in node.sources.items() if role not in node.op.constants
        }
        return frozenset(self.inputs) - varied

    @property
    def stacks(self) -> bool:
        """A network takes stacks if all of its nodes do."""
        return all(node.op.stacks for node in self.nodes)

    @property
    def composed(self) -> bool:
        """A network is made of layers."""
        return True

    def nudged(self, generator: np.random.Generator) -> "Network":
        """Return the network with the last digits of all that passes from node to node moved, both ways."""
        return Network(tuple(replace(node, op=Shaken(node.op.nudged(generator), generator)) for node in self.nodes))

    def forward(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Return the last node's value, and a pullback that may be asked for some gradients only.

        ``pullback(cotangent, wanted)`` visits just the nodes that the wanted inputs reach.
        """
        values, pullbacks = self.evaluate(inputs)

        def pullback(dL: Array, wanted: Collection[str] | None = None) -> Gradients:
            chosen = [name for name in self.inputs if name not in self.constants] if wanted is None else wanted
            gradients = self.walk(pullbacks, dL, self.reached_from(chosen))
            return {name: gradients[name] if name in gradients else np.zeros_like(inputs[name]) for name in chosen}

        return values[self.output], pullback

    def evaluate(self, inputs: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Pullback]]:
        """Go forwards through the nodes; return every value by name, inputs included, and every pullback.

        Raises IllFormed, naming what is missing, if an input of the network is not given.
        """
        missing = [name for name in self.inputs if name not in inputs]
        if missing:
            raise IllFormed(f"The network needs {', '.join(self.inputs)}; not given: {', '.join(missing)}.")
        values, pullbacks = dict(inputs), {}
        for node in self.nodes:
            arguments = {role: values[source] for role, source in node.sources.items()}
            values[node.name], pullbacks[node.name] = node.op(**arguments)
        return values, pullbacks

    def walk(self, pullbacks: Mapping[str, Pullback], dL: Array, reached: Collection[str]) -> Gradients:
        """Back-propagate: go backwards through the reached nodes; return dL/d(name) for every name met.

        The chain rule for a name that feeds the consumers c is dL/d(name) = sum over c of dL/dc dc/d(name). When
        the walk arrives at a node, all of its consumers lie behind it, so its sum is complete.
        """
        gradients = {self.output: dL}
        for node in reversed(self.nodes):
            if node.name not in reached or node.name not in gradients:
                continue
            for role, gradient in pullbacks[node.name](gradients[node.name]).items():
                source = node.sources[role]
                gradients[source] = gradients[source] + gradient if source in gradients else gradient
        return gradients

    def reached_from(self, names: Collection[str]) -> set[str]:
        """Return the given names and every node whose value depends on one of them."""
        reached = set(names)
        for node in self.nodes:
            if not reached.isdisjoint(node.sources.values()):
                reached.add(node.name)
        return reached
